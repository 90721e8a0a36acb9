/* F2  From the primitives of a pass to sweeps over tiles.
 *
 * A sweep has its tile bits; it runs whatever acts on those and on the lanes.  Phases are collected and become one table as
 * late as possible: when a turn or flip waits for them, and at the end of the pass.  Dense gates stand between sweeps. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "engine/tile_emit.h"

enum { FLUSHES = 2 /* tables per sweep before another tile is tried */ };

/* ---- choosing tiles ---- */

static bool may_run(const kw_tile_item *i, uint64_t moving, uint64_t still) {
    return !(i->moving & (moving | still)) && !(i->where & moving);
}

static bool is_dense(const kw_tile_item *i) { return i->primitive->kind == KW_PRIMITIVE_DENSE; }

static double walk(const kw_tile_compiler *c, uint64_t positions) {
    uint64_t moving = 0, still = 0;
    double weight = 0;
    for (size_t j = 0; j < c->count; ++j) {
        const kw_tile_item *i = &c->items[j];
        if (i->done) continue;
        if (!is_dense(i) && !(i->moving & ~positions) && may_run(i, moving, still))
            weight += i->primitive->kind == KW_PRIMITIVE_ROTATION ? 1.0 : i->moving ? 0.6 : 0.0;
        else {
            moving |= i->moving;
            still |= i->where;
        }
        if ((moving & positions) == positions) break;
    }
    return weight;
}

/* The best of all choices of `more` positions out of `from`. */
static void best_of(const kw_tile_compiler *c, uint64_t chosen, uint64_t from, int more, uint64_t *best, double *weight) {
    if (!more) {
        const double here = walk(c, chosen | c->lanes);
        if (here > *weight + 1e-9) *weight = here, *best = chosen;
        return;
    }
    for (; kw_popcount(from) >= more; from &= from - 1)
        best_of(c, chosen | (from & -from), from & (from - 1), more - 1, best, weight);
}

static uint64_t best_tile(const kw_tile_compiler *c) {
    uint64_t tile = 0;
    double weight = -1;
    best_of(c, 0, c->positions & ~c->lanes, c->program->tile_bits, &tile, &weight);
    return tile;
}

static void set_tile(kw_tile_compiler *c, uint64_t tile) {
    c->tile = tile;
    for (int b = 0; tile; tile &= tile - 1, ++b) c->tile_bits[b] = kw_log2(tile & -tile);
}

/* ---- sweeps ---- */

/* Goes through what waits: phases become pending, turns and flips on tile and lanes are emitted where nothing is in their
 * way.  *emitted: how many; *held: some could move in this tile but for pending phases. */
static kw_status go_through(kw_tile_compiler *c, size_t *emitted, bool *held) {
    const uint64_t reach = c->tile | c->lanes;
    uint64_t moving = 0, still = 0, phases = 0;
    kw_status status = KW_OK;
    *emitted = 0;
    *held = false;
    c->n_pending = 0;
    for (size_t j = 0; j < c->count && status == KW_OK; ++j) {
        kw_tile_item *i = &c->items[j];
        if (i->done) continue;
        if (!i->moving && may_run(i, moving, still)) {
            c->pending[c->n_pending++] = j;
            phases |= i->where;
            continue;
        }
        const bool runs = i->moving && !is_dense(i) && !(i->moving & ~reach) && may_run(i, moving, still);
        if (runs && !(i->moving & phases)) {
            status = kw_emit_moving(c, i);
            ++*emitted;
            continue;
        }
        *held = *held || runs;
        moving |= i->moving;
        still |= i->where;
        if ((moving & reach) == reach) break;
    }
    return status;
}

/* The first dense gate that only phases stand before; NULL: none.  *held: some do. */
static kw_tile_item *next_dense(const kw_tile_compiler *c, bool *held) {
    uint64_t moving = 0, still = 0, phases = 0;
    for (size_t j = 0; j < c->count; ++j) {
        kw_tile_item *i = &c->items[j];
        if (i->done) continue;
        const bool free = may_run(i, moving, still);
        *held = (i->moving & phases) != 0;
        if (is_dense(i) && free) return i;
        if (!i->moving && free) phases |= i->where;
        else {
            moving |= i->moving;
            still |= i->where;
        }
    }
    return NULL;
}

static bool moves_left(const kw_tile_compiler *c) {
    for (size_t j = 0; j < c->count; ++j)
        if (!c->items[j].done && c->items[j].moving) return true;
    return false;
}

static void forget_done(kw_tile_compiler *c) {
    size_t kept = 0;
    for (size_t j = 0; j < c->count; ++j)
        if (!c->items[j].done) c->items[kept++] = c->items[j];
    c->count = kept;
}

/* Those that nothing moving stands before. */
static void collect_phases(kw_tile_compiler *c) {
    uint64_t moving = 0;
    c->n_pending = 0;
    for (size_t j = 0; j < c->count; ++j) {
        const kw_tile_item *i = &c->items[j];
        if (i->done) continue;
        if (!i->moving && !(i->where & moving)) c->pending[c->n_pending++] = j;
        else moving |= i->moving;
    }
}

/* Ops of one sweep; phases that nothing needed wait for a later one, except when nothing is left that moves, or when a dense
 * gate behind the sweep needs them out of its way. */
static kw_status fill_sweep(kw_tile_compiler *c) {
    kw_status status = KW_OK;
    size_t emitted = 0;
    bool held = false;
    c->flushes = 0;
    do {
        status = go_through(c, &emitted, &held);
        if (status == KW_OK && !emitted && held && c->flushes < FLUSHES) {
            status = kw_emit_pending(c);
            emitted = 1;
        }
    } while (status == KW_OK && emitted);
    if (status == KW_OK && (!moves_left(c) || (next_dense(c, &held) && held))) {
        collect_phases(c);
        status = kw_emit_pending(c);
    }
    return status;
}

static kw_status push_sweep(kw_tile_compiler *c) {
    kw_tile_program *p = c->program;
    const int c_bits = kw_popcount(c->positions);
    uint64_t tile = 0;
    kw_status status = kw_reserve((void **)&p->sweeps, &p->sweep_capacity, p->n_sweeps, 1, sizeof *p->sweeps);
    if (status == KW_OK)
        status = kw_reserve((void **)&p->first_op, &p->first_op_capacity, p->n_sweeps, 1, sizeof *p->first_op);
    if (status == KW_OK)
        status = kw_reserve((void **)&p->first_dense, &p->first_dense_capacity, p->n_sweeps, 1, sizeof *p->first_dense);
    if (status != KW_OK) return status;
    kw_tile_sweep *sweep = &p->sweeps[p->n_sweeps];
    *sweep = (kw_tile_sweep){0};
    int bits[KW_MAX_TILE_BITS];
    for (int b = 0; b < p->tile_bits; ++b) {
        bits[b] = kw_key_bit(c, c->tile_bits[b]);
        tile |= kw_bit(bits[b]);
    }
    const uint64_t bra = kw_bit(c_bits - p->kernels->lane_bits); /* stands behind the ket */
    for (int k = 0; k < 1 << p->kernels->tile_bits; ++k) {
        sweep->offset[k] = kw_deposit((uint64_t)k, bits, p->tile_bits) + (k >> p->tile_bits ? bra : 0);
        sweep->place[k] = kw_deposit((uint64_t)k, c->tile_bits, p->tile_bits);
    }
    sweep->outside = (kw_bit(c_bits - p->kernels->lane_bits) - 1) & ~tile;
    sweep->path = c->positions & ~c->tile & ~c->lanes;
    p->first_dense[p->n_sweeps] = p->n_dense;
    p->first_op[p->n_sweeps++] = p->n_ops;
    status = fill_sweep(c);
    const kw_tile_op end = {.code = KW_TILE_END};
    const kw_tile_source none = {0};
    return status == KW_OK ? kw_emit_op(p, &end, &none) : status;
}

/* Phases without a local position become the pass's factor; not those of rank bits whose angle is trained: the rank's whole
 * part of the inner product of bra and ket belongs to them (that of all ranks is real, so global phases have no gradient).
 */
static kw_status split_items(kw_tile_compiler *c, const kw_pass *pass) {
    const uint64_t local = kw_bit(c->plan->n_local) - 1;
    kw_status status = KW_OK;
    c->pass->first_global = c->program->n_references;
    for (size_t j = 0; j < pass->count && status == KW_OK; ++j) {
        const size_t index = c->way->order[pass->first + j];
        const kw_primitive *p = &c->way->primitives.items[index];
        if (p->where & local || p->moving || (p->where && kw_is_trained(c, p))) {
            c->items[c->count++] = (kw_tile_item){index, p, p->where & local, p->moving, false};
            continue;
        }
        status = kw_emit_reference(c->program, index);
        c->pass->n_global += 1;
    }
    return status;
}

/* Dense gates that may run behind the last sweep. */
static kw_status emit_dense(kw_tile_compiler *c, bool *some) {
    kw_status status = KW_OK;
    bool held = false;
    *some = false;
    for (kw_tile_item *i; status == KW_OK && (i = next_dense(c, &held)) && !held; *some = true) status = kw_emit_dense(c, i);
    forget_done(c);
    return status;
}

/* Sweeps while a tile has something to do, then dense gates, in turn; the last one is a sweep. */
static kw_status make_sweeps(kw_tile_compiler *c) {
    kw_status status = KW_OK;
    bool dense = false;
    do {
        set_tile(c, best_tile(c));
        status = push_sweep(c);
        c->pass->n_sweeps += 1;
        forget_done(c);
        if (status == KW_OK) status = emit_dense(c, &dense);
    } while (status == KW_OK && (dense || moves_left(c)));
    return status;
}

kw_status kw_tile_compile(const kw_plan *plan, const kw_way *way, kw_tile_program *program, size_t index) {
    const kw_pass *pass = &way->passes[index];
    kw_tile_pass *out = &program->passes[index];
    kw_tile_compiler c = {.plan = plan,
                          .way = way,
                          .program = program,
                          .pass = out,
                          .positions = pass->positions,
                          .lanes = kw_bit(program->kernels->lane_bits) - 1};
    *out = (kw_tile_pass){.positions = pass->positions,
                          .bits = kw_popcount(pass->positions),
                          .outside = (kw_bit(plan->n_local) - 1) & ~pass->positions,
                          .first_sweep = program->n_sweeps,
                          .first_slot = program->n_slots,
                          .factor = 1};
    c.items = malloc((pass->count + 1) * sizeof *c.items);
    c.pending = malloc((2 * pass->count + 1) * sizeof *c.pending);
    kw_status status = c.items && c.pending ? split_items(&c, pass) : kw_fail(KW_E_NOMEM, "no memory to compile a pass");
    if (status == KW_OK) status = make_sweeps(&c);
    out->n_slots = program->n_slots - out->first_slot;
    free(c.items);
    free(c.pending);
    return status;
}
