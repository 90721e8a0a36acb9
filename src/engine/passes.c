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
    SCANNED = 4096, /* waiting primitives that a pass takes from */
    TRIED = 1024,   /* that a choice among blocks looks at */
    CHOICES = 256,  /* of blocks that are compared */
    /* per pass: unnormalised, each may let amplitudes grow by sqrt 2, products of two states by 2, and single precision ends
     * at 2^127 */
    ROTATIONS = 160,
    ROTATIONS_BACK = 80
};
#define NOWHERE SIZE_MAX

typedef struct {
    const kw_plan *plan;
    kw_way *way;
    size_t *next, head; /* waiting primitives, in order */
    bool *taken;        /* by the walk that marks */
    size_t moving;      /* waiting primitives that move something */
    uint64_t local;
    int bits;
} stage;

int kw_pass_bits(int n_local, bool back) {
    const int some_blocks = n_local - 3, most = KW_PASS_BITS - back; /* some: for the threads to share */
    if (n_local <= 12) return n_local;
    if (some_blocks < 12) return 12;
    return some_blocks < most ? some_blocks : most;
}

static const kw_primitive *primitive(const stage *s, size_t i) { return &s->way->primitives.items[i]; }

static double weight_of(const kw_primitive *p) {
    if (p->kind == KW_PRIMITIVE_DENSE)
        return (double)kw_bit(kw_popcount(p->moving) + 1); /* multiply-adds, as a rotation's */
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
    const int most = s->way->back ? ROTATIONS_BACK : ROTATIONS;
    blocked b = {0, 0, 0};
    double weight = 0;
    int scanned = 0;
    for (size_t i = s->head; i != NOWHERE && scanned < (mark ? SCANNED : TRIED); i = s->next[i], ++scanned) {
        const kw_primitive *p = primitive(s, i);
        const bool fits = !(p->moving & ~positions) && (p->kind != KW_PRIMITIVE_ROTATION || b.rotations < most);
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
        if (may_run(p, &b) && kw_popcount(positions | p->moving) <= s->bits) positions |= p->moving;
        else pass_over(p, &b);
        if ((b.moving & positions) == positions) break;
    }
    return window(s, positions, KW_PASS_LOW);
}

/* Exchanges one position at a time while that helps. */
static uint64_t climb(stage *s, uint64_t positions, double best, int choices) {
    const uint64_t low = low_positions(s);
    for (bool better = true; better;) {
        better = false;
        for (uint64_t out = positions & ~low; out && choices > 0; out &= out - 1)
            for (uint64_t in = s->local & ~positions; in && choices > 0; in &= in - 1, --choices) {
                const uint64_t tried = (positions & ~(out & -out)) | (in & -in);
                const double weight = walk(s, tried, false);
                if (weight <= best + 1e-9) continue;
                positions = tried;
                best = weight;
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
    return climb(s, best_positions, best, CHOICES - s->plan->n_local);
}

/* Of the marked primitives: how many move something; phases that none of those needs are unmarked. */
static size_t drop_needless(stage *s, const size_t *marked, size_t count) {
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
    kw_way *way = s->way;
    const kw_status status = kw_reserve((void **)&way->passes, &way->pass_capacity, way->n_passes, 1, sizeof *way->passes);
    if (status != KW_OK) return status;
    way->passes[way->n_passes] = (kw_pass){positions, way->n_order, 0};
    return kw_plan_push_step(&way->steps, KW_PLAN_PASS, way->n_passes++, 1);
}

/* Moves marked primitives, or all of them, from the waiting list to the last pass. */
static kw_status take(stage *s, bool everything) {
    kw_way *way = s->way;
    int scanned = 0;
    for (size_t *link = &s->head; *link != NOWHERE && (everything || scanned < SCANNED); ++scanned) {
        const size_t i = *link;
        if (!everything && !s->taken[i]) {
            link = &s->next[i];
            continue;
        }
        const kw_status status = kw_reserve((void **)&way->order, &way->order_capacity, way->n_order, 1, sizeof *way->order);
        if (status != KW_OK) return status;
        way->order[way->n_order++] = i;
        way->passes[way->n_passes - 1].count += 1;
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

/* One pass: of phases alone if nothing else is left, or is in sight behind them. */
static kw_status one_step(stage *s, size_t *marked) {
    const uint64_t positions = choose(s);
    (void)walk(s, positions, true);
    const size_t count = list_marked(s, marked);
    if (!drop_needless(s, marked, count))
        for (size_t j = 0; j < count; ++j) s->taken[marked[j]] = true;
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

/* ---- stages ---- */

/* Primitives of ops [first, end); on the way back inverted, the last one first. */
static kw_status lower_ops(const kw_plan *plan, size_t first, size_t end, kw_way *way) {
    const size_t from = way->primitives.count;
    kw_status status = KW_OK;
    for (size_t i = first; i < end && status == KW_OK; ++i)
        status = kw_lower(&plan->circuit->gates[plan->ops[i].gate], i, plan->ops[i].controls, plan->ops[i].targets,
                          &way->primitives);
    if (status != KW_OK || !way->back || way->primitives.count == from) return status;
    kw_primitive *items = way->primitives.items + from;
    const size_t count = way->primitives.count - from;
    for (size_t i = 0; i < count / 2; ++i) {
        const kw_primitive keep = items[i];
        items[i] = items[count - 1 - i];
        items[count - 1 - i] = keep;
    }
    for (size_t i = 0; i < count; ++i) {
        items[i].angle.factor = -items[i].angle.factor;
        items[i].angle.offset = -items[i].angle.offset;
    }
    return KW_OK;
}

/* The passes of ops [first, end), which run between two exchanges. */
static kw_status add_stage(const kw_plan *plan, size_t first, size_t end, kw_way *way) {
    const size_t from = way->primitives.count;
    kw_status status = lower_ops(plan, first, end, way);
    const size_t count = way->primitives.count;
    if (status != KW_OK || count == from) return status;
    stage s = {.plan = plan,
               .way = way,
               .head = from,
               .local = kw_bit(plan->n_local) - 1,
               .bits = kw_pass_bits(plan->n_local, way->back)};
    s.next = malloc(count * sizeof *s.next);
    s.taken = calloc(count, sizeof *s.taken);
    if (!s.next || !s.taken) status = kw_fail(KW_E_NOMEM, "no memory to plan %zu gates", end - first);
    for (size_t i = from; status == KW_OK && i < count; ++i) {
        s.next[i] = i + 1 < count ? i + 1 : NOWHERE;
        s.moving += primitive(&s, i)->moving != 0;
    }
    if (status == KW_OK) status = make_passes(&s);
    free(s.next);
    free(s.taken);
    return status;
}

static kw_status make_forward(kw_plan *plan) {
    kw_status status = KW_OK;
    size_t first = 0, end = 0;
    for (size_t i = 0; i < plan->n_steps && status == KW_OK; ++i) {
        const kw_plan_step step = plan->steps[i];
        if (step.kind != KW_PLAN_EXCHANGE) {
            end = step.first + step.count;
            continue;
        }
        status = add_stage(plan, first, end, &plan->forward);
        if (status == KW_OK) status = kw_plan_push_step(&plan->forward.steps, step.kind, step.first, step.count);
        first = end;
    }
    return status == KW_OK ? add_stage(plan, first, end, &plan->forward) : status;
}

/* First op whose gate has a trained angle; n_ops: none. */
static size_t first_trained(const kw_plan *plan) {
    for (size_t i = 0; i < plan->n_ops; ++i) {
        const kw_gate *gate = &plan->circuit->gates[plan->ops[i].gate];
        for (int j = 0; j < kw_gate_angles(gate->kind); ++j)
            if (gate->angles[j].parameter >= 0) return i;
    }
    return plan->n_ops;
}

static kw_status make_back(kw_plan *plan) {
    const size_t least = first_trained(plan);
    size_t end = plan->n_ops, begin = end;
    kw_status status = KW_OK;
    for (size_t i = plan->n_steps; i-- > 0 && begin > least && status == KW_OK;) {
        const kw_plan_step step = plan->steps[i];
        if (step.kind != KW_PLAN_EXCHANGE) {
            begin = step.first > least ? step.first : least;
            continue;
        }
        status = add_stage(plan, begin, end, &plan->back);
        if (status == KW_OK) status = kw_plan_push_step(&plan->back.steps, step.kind, step.first, step.count);
        end = begin;
    }
    return status == KW_OK ? add_stage(plan, begin, end, &plan->back) : status;
}

/* The single steps themselves, in order or from the last to the first one with a trained angle. */
static kw_status copy_steps(kw_plan *plan) {
    kw_status status = KW_OK;
    for (size_t i = 0; i < plan->n_steps && status == KW_OK; ++i)
        status = kw_plan_push_step(&plan->forward.steps, plan->steps[i].kind, plan->steps[i].first, plan->steps[i].count);
    for (size_t i = plan->n_steps; i-- > plan->first_trained_step && status == KW_OK;)
        status = kw_plan_push_step(&plan->back.steps, plan->steps[i].kind, plan->steps[i].first, plan->steps[i].count);
    return status;
}

kw_status kw_passes_make(kw_plan *plan) {
    plan->back.back = true;
    if (!plan->by_passes) return copy_steps(plan);
    const kw_status status = make_forward(plan);
    return status == KW_OK ? make_back(plan) : status;
}
