/* F2  From the primitives of a pass to sweeps over tiles.
 *
 * A sweep has its tile bits; it runs whatever acts on those and on the lanes.  Phases are collected and become one table as
 * late as possible: when a turn or flip waits for them, and at the end of the pass. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "engine/tile_program.h"

enum {
    SELECTED_ONCE = 9,  /* bits outside tile and lanes that choose a table, at most, where tables are filled once */
    SELECTED = 6,       /* the same where every run may have other angles */
    SELECTED_LANES = 3, /* the same where the table differs by lane */
    SELECTED_SUMS = 2,  /* the same where sums are taken for each table */
    FLUSHES = 2         /* tables per sweep before another tile is tried */
};

/* A primitive of the pass in the block's terms. */
typedef struct {
    size_t index; /* of the primitive */
    const kw_primitive *primitive;
    uint64_t where, moving; /* local positions */
    bool done;
} item;

_Static_assert((KW_TABLE_ENTRIES >> KW_MAX_TILE_BITS) >= 1 << SELECTED_ONCE, "tables fit");
_Static_assert((KW_TABLE_ENTRIES >> KW_MAX_TILE_BITS) >= KW_MAX_LANES << SELECTED_LANES, "tables by lane fit");

typedef struct {
    const kw_plan *plan;
    const kw_way *way;
    kw_tile_program *program;
    kw_tile_pass *pass;
    uint64_t positions, lanes; /* of the block; the lowest ones */
    item *items;
    size_t count;
    size_t *pending; /* phases of the sweep in hand, indices of items */
    size_t n_pending;
    uint64_t tile; /* positions */
    int tile_bits[KW_MAX_TILE_BITS];
    int flushes;
} compiler;

static uint64_t key_mask(const compiler *c, uint64_t positions) { return kw_tile_key(c->program, c->pass, positions); }
static int key_bit(const compiler *c, int position) { return kw_log2(key_mask(c, kw_bit(position))); }

/* ---- choosing tiles ---- */

static bool may_run(const item *i, uint64_t moving, uint64_t still) {
    return !(i->moving & (moving | still)) && !(i->where & moving);
}

static double walk(const compiler *c, uint64_t positions) {
    uint64_t moving = 0, still = 0;
    double weight = 0;
    for (size_t j = 0; j < c->count; ++j) {
        const item *i = &c->items[j];
        if (i->done) continue;
        if (!(i->moving & ~positions) && may_run(i, moving, still))
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
static void best_of(const compiler *c, uint64_t chosen, uint64_t from, int more, uint64_t *best, double *weight) {
    if (!more) {
        const double here = walk(c, chosen | c->lanes);
        if (here > *weight + 1e-9) *weight = here, *best = chosen;
        return;
    }
    for (; kw_popcount(from) >= more; from &= from - 1)
        best_of(c, chosen | (from & -from), from & (from - 1), more - 1, best, weight);
}

static uint64_t best_tile(const compiler *c) {
    uint64_t tile = 0;
    double weight = -1;
    best_of(c, 0, c->positions & ~c->lanes, c->program->tile_bits, &tile, &weight);
    return tile;
}

static void set_tile(compiler *c, uint64_t tile) {
    c->tile = tile;
    for (int b = 0; tile; tile &= tile - 1, ++b) c->tile_bits[b] = kw_log2(tile & -tile);
}

static int tile_bit(const compiler *c, int position) {
    int b = 0;
    while (b < c->program->tile_bits && c->tile_bits[b] != position) ++b;
    return b;
}

/* ---- emitting ops ---- */

static size_t lanes_of(const kw_tile_program *p) { return (size_t)1 << p->kernels->lane_bits; }
static size_t scalar_bytes(const kw_tile_program *p) { return p->precision == KW_DOUBLE ? sizeof(double) : sizeof(float); }

static size_t take_arena(kw_tile_program *p, size_t numbers) {
    const size_t at = p->arena_bytes;
    p->arena_bytes += (numbers * scalar_bytes(p) + 63) / 64 * 64;
    return at;
}

static kw_status push_op(kw_tile_program *p, const kw_tile_op *op, const kw_tile_source *source) {
    kw_status status = kw_reserve((void **)&p->ops, &p->op_capacity, p->n_ops, 1, sizeof *p->ops);
    if (status == KW_OK) status = kw_reserve((void **)&p->sources, &p->source_capacity, p->n_ops, 1, sizeof *p->sources);
    if (status != KW_OK) return status;
    p->ops[p->n_ops] = *op;
    p->sources[p->n_ops++] = *source;
    return KW_OK;
}

static kw_status push_reference(kw_tile_program *p, size_t index) {
    const kw_status status =
        kw_reserve((void **)&p->references, &p->reference_capacity, p->n_references, 1, sizeof *p->references);
    if (status == KW_OK) p->references[p->n_references++] = index;
    return status;
}

static kw_tile_source source_of(const compiler *c) {
    kw_tile_source source = {.first = c->program->n_references};
    for (int b = 0; b < c->program->tile_bits; ++b) source.tile[b] = key_bit(c, c->tile_bits[b]);
    return source;
}

static bool is_trained(const compiler *c, const kw_primitive *p) { return c->program->back && p->angle.parameter >= 0; }

/* Room for the sums of an op, and slots for the trained primitives among its references. */
static kw_status push_sums(compiler *c, kw_tile_op op, const kw_tile_source *source, size_t vectors) {
    kw_tile_program *p = c->program;
    kw_status status = KW_OK;
    op.sums = c->pass->n_sums;
    c->pass->n_sums += vectors * lanes_of(p);
    for (size_t j = source->first; j < source->first + source->count && status == KW_OK; ++j) {
        const kw_primitive *primitive = &c->way->primitives.items[p->references[j]];
        if (primitive->angle.parameter < 0) continue;
        status = kw_reserve((void **)&p->slots, &p->slot_capacity, p->n_slots, 1, sizeof *p->slots);
        if (status != KW_OK) break;
        p->slots[p->n_slots++] = (kw_tile_slot){p->n_ops, j, primitive->angle.parameter, -primitive->angle.factor};
    }
    return status == KW_OK ? push_op(p, &op, source) : status;
}

/* A turn or flip.  Codes that depend on the angle are settled when the numbers come. */
static kw_status emit_moving(compiler *c, item *i) {
    kw_tile_program *p = c->program;
    const kw_primitive *primitive = i->primitive;
    const bool turn = primitive->kind == KW_PRIMITIVE_ROTATION;
    const bool on_lane = c->lanes >> primitive->target & 1;
    const uint64_t local = kw_bit(c->plan->n_local) - 1;
    kw_tile_source source = source_of(c);
    kw_tile_op op = {.key = key_mask(c, i->where & ~c->tile & ~c->lanes)};
    source.count = 1;
    source.rank_bits = primitive->where & ~local;
    source.lane_controls = i->where & c->lanes;
    for (int b = 0; b < p->tile_bits; ++b)
        if (i->where >> c->tile_bits[b] & 1) op.units |= 1u << b;
    const int at = on_lane ? primitive->target : tile_bit(c, primitive->target);
    if (turn) op.code = (on_lane ? KW_TILE_LANE_TURN : KW_TILE_TURN) + at;
    else if (on_lane) op.code = KW_TILE_LANE_FLIP + at;
    else op.code = (source.lane_controls ? KW_TILE_FLIP_SOME : KW_TILE_FLIP) + at;
    source.lanes = take_arena(p, turn ? 2 * lanes_of(p) : 0);
    source.some = take_arena(p, turn ? 0 : lanes_of(p));
    kw_status status = push_reference(p, i->index);
    if (status == KW_OK && turn && is_trained(c, primitive)) {
        kw_tile_op sum = op;
        sum.code = (on_lane ? KW_TILE_SUM_LANE_TURN : KW_TILE_SUM_TURN) + at;
        status = push_sums(c, sum, &source, 1);
    }
    if (status == KW_OK) status = push_op(p, &op, &source);
    i->done = true;
    return status;
}

/* Tile bit that all these phases ask for; -1: none.  Half of the tile is left alone then. */
static int common_bit(const compiler *c, const size_t *phases, size_t count) {
    for (int b = 0; b < c->program->tile_bits; ++b) {
        size_t with = 0;
        for (size_t j = 0; j < count; ++j) with += c->items[phases[j]].where >> c->tile_bits[b] & 1;
        if (with == count) return b;
    }
    return -1;
}

/* Phases as one table. */
static kw_status emit_diagonal(compiler *c, const size_t *phases, size_t count, uint64_t selected, uint64_t key) {
    kw_tile_program *p = c->program;
    const size_t units = (size_t)1 << p->kernels->tile_bits; /* both states */
    kw_tile_source source = source_of(c);
    uint64_t where = 0;
    bool trained = false;
    kw_status status = KW_OK;
    for (size_t j = 0; j < count && status == KW_OK; ++j) {
        where |= c->items[phases[j]].where;
        trained = trained || is_trained(c, c->items[phases[j]].primitive);
        c->items[phases[j]].done = true;
        status = push_reference(p, c->items[phases[j]].index);
    }
    const bool by_lane = where & c->lanes;
    const int half = by_lane ? -1 : common_bit(c, phases, count);
    kw_tile_op op = {.key = key_mask(c, key), .select = key_mask(c, selected)};
    op.code = by_lane ? KW_TILE_DIAGONAL_LANES : half >= 0 ? KW_TILE_HALF + half : KW_TILE_DIAGONAL;
    op.step = 2 * units * (by_lane ? lanes_of(p) : 1);
    source.count = count;
    source.table = take_arena(p, op.step << kw_popcount(op.select));
    if (status == KW_OK && trained) {
        kw_tile_op sum = op;
        sum.code = KW_TILE_SUM_PHASES;
        status = push_sums(c, sum, &source, units / 2 << kw_popcount(op.select));
    }
    return status == KW_OK ? push_op(p, &op, &source) : status;
}

/* Those of the pending phases that agree on lanes, in tables of bounded size; a phase that asks for too many bits outside
 * stands alone, under their condition. */
static kw_status flush_kind(compiler *c, bool by_lane) {
    const int plain = c->plan->circuit->n_parameters ? SELECTED : SELECTED_ONCE;
    const int most = c->program->back ? SELECTED_SUMS : by_lane ? SELECTED_LANES : plain;
    size_t *group = c->pending + c->n_pending; /* room for as many behind them */
    uint64_t selected = 0;
    size_t count = 0;
    kw_status status = KW_OK;
    for (size_t j = 0; j < c->n_pending && status == KW_OK; ++j) {
        const item *i = &c->items[c->pending[j]];
        const uint64_t outside = i->where & ~c->tile & ~c->lanes;
        if (((i->where & c->lanes) != 0) != by_lane) continue;
        if (kw_popcount(outside) > most) {
            status = emit_diagonal(c, &c->pending[j], 1, 0, outside);
            continue;
        }
        if (count && kw_popcount(selected | outside) > most) {
            status = emit_diagonal(c, group, count, selected, 0);
            selected = count = 0;
        }
        selected |= outside;
        group[count++] = c->pending[j];
    }
    return status == KW_OK && count ? emit_diagonal(c, group, count, selected, 0) : status;
}

/* Whether all pending phases, some by lane and some not, make one small table. */
static bool make_one_table(const compiler *c, uint64_t *selected) {
    size_t by_lane = 0;
    *selected = 0;
    for (size_t j = 0; j < c->n_pending; ++j) {
        const item *i = &c->items[c->pending[j]];
        by_lane += (i->where & c->lanes) != 0;
        *selected |= i->where & ~c->tile & ~c->lanes;
    }
    const int most = c->program->back ? SELECTED_SUMS : SELECTED_LANES;
    return by_lane && by_lane < c->n_pending && kw_popcount(*selected) <= most;
}

static kw_status flush(compiler *c) {
    uint64_t selected;
    kw_status status = KW_OK;
    if (make_one_table(c, &selected)) status = emit_diagonal(c, c->pending, c->n_pending, selected, 0);
    else {
        status = flush_kind(c, false);
        if (status == KW_OK) status = flush_kind(c, true);
    }
    c->n_pending = 0;
    ++c->flushes;
    return status;
}

/* ---- sweeps ---- */

/* Goes through what waits: phases become pending, turns and flips on tile and lanes are emitted where nothing is in their
 * way.  *emitted: how many; *blocked: some could move in this tile but for pending phases. */
static kw_status go_through(compiler *c, size_t *emitted, bool *held) {
    const uint64_t reach = c->tile | c->lanes;
    uint64_t moving = 0, still = 0, phases = 0;
    kw_status status = KW_OK;
    *emitted = 0;
    *held = false;
    c->n_pending = 0;
    for (size_t j = 0; j < c->count && status == KW_OK; ++j) {
        item *i = &c->items[j];
        if (i->done) continue;
        if (!i->moving && may_run(i, moving, still)) {
            c->pending[c->n_pending++] = j;
            phases |= i->where;
            continue;
        }
        const bool runs = i->moving && !(i->moving & ~reach) && may_run(i, moving, still);
        if (runs && !(i->moving & phases)) {
            status = emit_moving(c, i);
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

static bool moves_left(const compiler *c) {
    for (size_t j = 0; j < c->count; ++j)
        if (!c->items[j].done && c->items[j].moving) return true;
    return false;
}

static void forget_done(compiler *c) {
    size_t kept = 0;
    for (size_t j = 0; j < c->count; ++j)
        if (!c->items[j].done) c->items[kept++] = c->items[j];
    c->count = kept;
}

static void collect_rest(compiler *c) {
    c->n_pending = 0;
    for (size_t j = 0; j < c->count; ++j)
        if (!c->items[j].done) c->pending[c->n_pending++] = j;
}

/* Ops of one sweep; phases that nothing needed wait for a later one, except when nothing is left that moves. */
static kw_status fill_sweep(compiler *c) {
    kw_status status = KW_OK;
    size_t emitted = 0;
    bool held = false;
    c->flushes = 0;
    do {
        status = go_through(c, &emitted, &held);
        if (status == KW_OK && !emitted && held && c->flushes < FLUSHES) {
            status = flush(c);
            emitted = 1;
        }
    } while (status == KW_OK && emitted);
    if (status == KW_OK && !moves_left(c)) {
        collect_rest(c);
        status = flush(c);
    }
    return status;
}

static kw_status push_sweep(compiler *c) {
    kw_tile_program *p = c->program;
    const int c_bits = kw_popcount(c->positions);
    uint64_t tile = 0;
    kw_status status = kw_reserve((void **)&p->sweeps, &p->sweep_capacity, p->n_sweeps, 1, sizeof *p->sweeps);
    if (status == KW_OK)
        status = kw_reserve((void **)&p->first_op, &p->first_op_capacity, p->n_sweeps, 1, sizeof *p->first_op);
    if (status != KW_OK) return status;
    kw_sweep *sweep = &p->sweeps[p->n_sweeps];
    *sweep = (kw_sweep){0};
    int bits[KW_MAX_TILE_BITS];
    for (int b = 0; b < p->tile_bits; ++b) {
        bits[b] = key_bit(c, c->tile_bits[b]);
        tile |= kw_bit(bits[b]);
    }
    const uint64_t bra = kw_bit(c_bits - p->kernels->lane_bits); /* stands behind the ket */
    for (int k = 0; k < 1 << p->kernels->tile_bits; ++k)
        sweep->offset[k] = kw_deposit((uint64_t)k, bits, p->tile_bits) + (k >> p->tile_bits ? bra : 0);
    sweep->outside = (kw_bit(c_bits - p->kernels->lane_bits) - 1) & ~tile;
    p->first_op[p->n_sweeps++] = p->n_ops;
    status = fill_sweep(c);
    const kw_tile_op end = {.code = KW_TILE_END};
    const kw_tile_source none = {0};
    return status == KW_OK ? push_op(p, &end, &none) : status;
}

/* Phases without a local position become the pass's factor; not those of rank bits whose angle is trained: the rank's whole
 * part of the inner product of bra and ket belongs to them (that of all ranks is real, so global phases have no gradient).
 */
static kw_status split_items(compiler *c, const kw_pass *pass) {
    const uint64_t local = kw_bit(c->plan->n_local) - 1;
    kw_status status = KW_OK;
    c->pass->first_global = c->program->n_references;
    for (size_t j = 0; j < pass->count && status == KW_OK; ++j) {
        const size_t index = c->way->order[pass->first + j];
        const kw_primitive *p = &c->way->primitives.items[index];
        if (p->where & local || p->moving || (p->where && is_trained(c, p))) {
            c->items[c->count++] = (item){index, p, p->where & local, p->moving, false};
            continue;
        }
        status = push_reference(c->program, index);
        c->pass->n_global += 1;
    }
    return status;
}

static kw_status make_sweeps(compiler *c) {
    kw_status status = KW_OK;
    do {
        set_tile(c, best_tile(c));
        status = push_sweep(c);
        c->pass->n_sweeps += 1;
        forget_done(c);
    } while (status == KW_OK && moves_left(c));
    return status;
}

kw_status kw_tile_compile(const kw_plan *plan, const kw_way *way, kw_tile_program *program, size_t index) {
    const kw_pass *pass = &way->passes[index];
    kw_tile_pass *out = &program->passes[index];
    compiler c = {.plan = plan,
                  .way = way,
                  .program = program,
                  .pass = out,
                  .positions = pass->positions,
                  .lanes = kw_bit(program->kernels->lane_bits) - 1};
    *out = (kw_tile_pass){.shape = {pass->positions, kw_popcount(pass->positions)},
                          .outside = (kw_bit(plan->n_local) - 1) & ~pass->positions,
                          .first_sweep = program->n_sweeps,
                          .first_slot = program->n_slots,
                          .factor = 1};
    c.items = malloc((pass->count + 1) * sizeof *c.items);
    c.pending = malloc((2 * pass->count + 1) * sizeof *c.pending);
    kw_status status = c.items && c.pending ? split_items(&c, pass) : kw_fail(KW_E_NOMEM, "no memory to compile a pass");
    if (status == KW_OK && c.count) status = make_sweeps(&c);
    out->n_slots = program->n_slots - out->first_slot;
    free(c.items);
    free(c.pending);
    return status;
}
