/* F2  Passes: which primitives of a stage share a trip through memory.
 *
 * A primitive may run once no earlier waiting one shares a position with it, except where both act diagonally.  It fits a
 * block if the positions on which it does not act diagonally are in the block; phases and controls may lie anywhere.
 * Phases wait until a primitive of the pass needs them out of its way, so that they are merged into few tables. */
#include "engine/passes.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"

enum {
    SCANNED = 4096, /* waiting primitives that a choice looks at */
    ROTATIONS = 160 /* per pass: unnormalised, each may let amplitudes grow by sqrt 2, and single precision ends at 2^127 */
};
#define NOWHERE SIZE_MAX

typedef struct {
    kw_plan *plan;
    size_t *next, head; /* waiting primitives, in order */
    bool *taken;        /* by the walk that marks */
    size_t moving;      /* waiting primitives that move something */
    uint64_t local;
    int bits;
} stage;

int kw_pass_bits(int n_local) {
    const int some_blocks = n_local - 3; /* for the threads to share */
    if (n_local <= 12) return n_local;
    if (some_blocks < 12) return 12;
    return some_blocks < KW_PASS_BITS ? some_blocks : KW_PASS_BITS;
}

static const kw_primitive *primitive(const stage *s, size_t i) { return &s->plan->primitives.items[i]; }

static double weight_of(const kw_primitive *p) {
    return p->kind == KW_PRIMITIVE_ROTATION ? 1.0 : p->kind == KW_PRIMITIVE_FLIP ? 0.6 : 0.02;
}

/* What waiting primitives that were passed over leave blocked. */
typedef struct {
    uint64_t moving, still;
    int rotations;
} blocked;

static bool may_run(const kw_primitive *p, const blocked *b) {
    return !(p->moving & (b->moving | b->still)) && !(p->where & b->moving);
}

static void pass_over(const kw_primitive *p, blocked *b) {
    b->moving |= p->moving;
    b->still |= p->where;
}

/* Weight of what could run in a block at `positions`; marks it if asked. */
static double walk(stage *s, uint64_t positions, bool mark) {
    blocked b = {0, 0, 0};
    double weight = 0;
    int scanned = 0;
    for (size_t i = s->head; i != NOWHERE && scanned < SCANNED; i = s->next[i], ++scanned) {
        const kw_primitive *p = primitive(s, i);
        const bool fits = p->kind != KW_PRIMITIVE_DENSE && !(p->moving & ~positions)
                          && (p->kind != KW_PRIMITIVE_ROTATION || b.rotations < ROTATIONS);
        if (mark) s->taken[i] = false;
        if (fits && may_run(p, &b)) {
            weight += weight_of(p);
            b.rotations += p->kind == KW_PRIMITIVE_ROTATION;
            if (mark) s->taken[i] = true;
        } else pass_over(p, &b);
        if ((b.moving & positions) == positions) break;
    }
    return weight;
}

static uint64_t low_positions(const stage *s) { return kw_bit(s->bits < KW_PASS_LOW ? s->bits : KW_PASS_LOW) - 1; }

/* Fills up with positions from `from` upwards, around the end. */
static uint64_t window(const stage *s, uint64_t positions, int from) {
    const int n = s->plan->n_local;
    for (int j = 0; j < n && kw_popcount(positions) < s->bits; ++j) positions |= kw_bit((from + j) % n);
    return positions;
}

/* The positions that the waiting primitives ask for first. */
static uint64_t first_asked(const stage *s) {
    uint64_t positions = low_positions(s);
    blocked b = {0, 0, 0};
    int scanned = 0;
    for (size_t i = s->head; i != NOWHERE && scanned < SCANNED; i = s->next[i], ++scanned) {
        const kw_primitive *p = primitive(s, i);
        const bool dense = p->kind == KW_PRIMITIVE_DENSE;
        if (!dense && may_run(p, &b) && kw_popcount(positions | p->moving) <= s->bits) positions |= p->moving;
        else pass_over(p, &b);
        if ((b.moving & positions) == positions) break;
    }
    return window(s, positions, KW_PASS_LOW);
}

/* Exchanges one position at a time while that helps. */
static uint64_t climb(stage *s, uint64_t positions, double *best) {
    const uint64_t low = low_positions(s);
    for (bool better = true; better;) {
        better = false;
        for (uint64_t out = positions & ~low; out; out &= out - 1)
            for (uint64_t in = s->local & ~positions; in; in &= in - 1) {
                const uint64_t tried = (positions & ~(out & -out)) | (in & -in);
                const double weight = walk(s, tried, false);
                if (weight <= *best + 1e-9) continue;
                positions = tried;
                *best = weight;
                better = true;
                break;
            }
    }
    return positions;
}

static uint64_t choose(stage *s) {
    uint64_t best_positions = first_asked(s);
    if (s->bits == s->plan->n_local) return s->local;
    double best = walk(s, best_positions, false);
    for (int from = KW_PASS_LOW; from < s->plan->n_local; ++from) {
        const uint64_t positions = window(s, low_positions(s), from);
        const double weight = walk(s, positions, false);
        if (weight <= best + 1e-9) continue;
        best = weight;
        best_positions = positions;
    }
    return climb(s, best_positions, &best);
}

/* Of the marked primitives: how many move something; phases that none of those needs are unmarked. */
static size_t drop_needless(stage *s, size_t *marked, size_t count) {
    size_t moving = 0;
    uint64_t moved = 0;
    for (size_t j = count; j-- > 0;) {
        const kw_primitive *p = primitive(s, marked[j]);
        moving += p->moving != 0;
        moved |= p->moving;
        if (!p->moving && !(p->where & moved)) s->taken[marked[j]] = false;
    }
    return moving;
}

static kw_status append_pass(stage *s, uint64_t positions) {
    kw_plan *plan = s->plan;
    const kw_status status =
        kw_reserve((void **)&plan->passes, &plan->pass_capacity, plan->n_passes, 1, sizeof *plan->passes);
    if (status != KW_OK) return status;
    plan->passes[plan->n_passes] = (kw_pass){positions, plan->n_order, 0};
    return kw_plan_push_step(&plan->forward, KW_PLAN_PASS, plan->n_passes++, 1);
}

/* Moves marked primitives, or all of them, from the waiting list to the last pass. */
static kw_status take(stage *s, bool everything) {
    kw_plan *plan = s->plan;
    int scanned = 0;
    for (size_t *link = &s->head; *link != NOWHERE && (everything || scanned < SCANNED); ++scanned) {
        const size_t i = *link;
        if (!everything && !s->taken[i]) {
            link = &s->next[i];
            continue;
        }
        const kw_status status =
            kw_reserve((void **)&plan->order, &plan->order_capacity, plan->n_order, 1, sizeof *plan->order);
        if (status != KW_OK) return status;
        plan->order[plan->n_order++] = i;
        plan->passes[plan->n_passes - 1].count += 1;
        s->moving -= primitive(s, i)->moving != 0;
        s->taken[i] = false;
        *link = s->next[i];
    }
    return KW_OK;
}

static size_t list_marked(const stage *s, size_t *marked) {
    size_t count = 0;
    int scanned = 0;
    for (size_t i = s->head; i != NOWHERE && scanned < SCANNED; i = s->next[i], ++scanned)
        if (s->taken[i]) marked[count++] = i;
    return count;
}

/* The first dense gate that may run, as a step of its own. */
static kw_status run_dense(stage *s, bool *found) {
    blocked b = {0, 0, 0};
    *found = false;
    for (size_t *link = &s->head; *link != NOWHERE; link = &s->next[*link]) {
        const size_t i = *link;
        const kw_primitive *p = primitive(s, i);
        if (p->kind == KW_PRIMITIVE_DENSE && may_run(p, &b)) {
            *link = s->next[i];
            *found = true;
            s->moving -= 1;
            return kw_plan_push_step(&s->plan->forward, KW_PLAN_SWEEP, p->op, 1);
        }
        pass_over(p, &b);
    }
    return KW_OK;
}

/* One pass, or a dense gate if no pass can move anything, or a pass of phases alone if even that must wait for them. */
static kw_status one_step(stage *s, size_t *marked) {
    const uint64_t positions = choose(s);
    (void)walk(s, positions, true);
    const size_t count = list_marked(s, marked);
    bool dense = false;
    if (!drop_needless(s, marked, count)) {
        const kw_status status = run_dense(s, &dense);
        if (status != KW_OK || dense) return status;
        for (size_t j = 0; j < count; ++j) s->taken[marked[j]] = true; /* phases */
    }
    kw_status status = append_pass(s, positions);
    if (status == KW_OK) status = take(s, false);
    return status == KW_OK && !s->moving ? take(s, true) : status;
}

static kw_status make_passes(stage *s) {
    size_t *marked = malloc(SCANNED * sizeof *marked);
    kw_status status = marked ? KW_OK : kw_fail(KW_E_NOMEM, "no memory to plan passes");
    while (status == KW_OK && s->head != NOWHERE) status = one_step(s, marked);
    free(marked);
    return status;
}

kw_status kw_passes_append(kw_plan *plan, size_t first, size_t end) {
    const size_t from = plan->primitives.count;
    kw_status status = KW_OK;
    for (size_t i = first; i < end && status == KW_OK; ++i)
        status = kw_lower(&plan->circuit->gates[plan->ops[i].gate], i, plan->ops[i].controls, plan->ops[i].targets,
                          &plan->primitives);
    const size_t count = plan->primitives.count;
    if (status != KW_OK || count == from) return status;
    stage s = {.plan = plan, .head = from, .local = kw_bit(plan->n_local) - 1, .bits = kw_pass_bits(plan->n_local)};
    s.next = malloc(count * sizeof *s.next);
    s.taken = calloc(count, sizeof *s.taken);
    if (!s.next || !s.taken) status = kw_fail(KW_E_NOMEM, "no memory to plan %zu gates", end - first);
    for (size_t i = from; status == KW_OK && i < count; ++i) {
        s.next[i] = i + 1 < count ? i + 1 : NOWHERE;
        s.moving += plan->primitives.items[i].moving != 0;
    }
    if (status == KW_OK) status = make_passes(&s);
    free(s.next);
    free(s.taken);
    return status;
}
