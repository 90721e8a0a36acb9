/* F2  Ops of tile programs: turns, flips, tables of phases, and the sums of the way back. */
#include "engine/tile_emit.h"
#include "base/bits.h"

enum {
    SELECTED_ONCE = 9,  /* bits outside tile and lanes that choose a table, at most, where tables are filled once */
    SELECTED = 6,       /* the same where every run may have other angles */
    SELECTED_LANES = 3, /* the same where the table differs by lane */
    SELECTED_SUMS = 2   /* the same where sums are taken for each table */
};
_Static_assert((KW_TABLE_ENTRIES >> KW_MAX_TILE_BITS) >= 1 << SELECTED_ONCE, "tables fit");
_Static_assert((KW_TABLE_ENTRIES >> KW_MAX_TILE_BITS) >= KW_MAX_LANES << SELECTED_LANES, "tables by lane fit");

static int tile_bit(const kw_tile_compiler *c, int position) {
    int b = 0;
    while (b < c->program->tile_bits && c->tile_bits[b] != position) ++b;
    return b;
}

static size_t lanes_of(const kw_tile_program *p) { return (size_t)1 << p->kernels->lane_bits; }
static size_t scalar_bytes(const kw_tile_program *p) { return p->precision == KW_DOUBLE ? sizeof(double) : sizeof(float); }

static size_t take_arena(kw_tile_program *p, size_t numbers) {
    const size_t at = p->arena_bytes;
    p->arena_bytes += (numbers * scalar_bytes(p) + 63) / 64 * 64;
    return at;
}

kw_status kw_emit_op(kw_tile_program *p, const kw_tile_op *op, const kw_tile_source *source) {
    kw_status status = kw_reserve((void **)&p->ops, &p->op_capacity, p->n_ops, 1, sizeof *p->ops);
    if (status == KW_OK) status = kw_reserve((void **)&p->sources, &p->source_capacity, p->n_ops, 1, sizeof *p->sources);
    if (status != KW_OK) return status;
    p->ops[p->n_ops] = *op;
    p->sources[p->n_ops++] = *source;
    return KW_OK;
}

kw_status kw_emit_reference(kw_tile_program *p, size_t index) {
    const kw_status status =
        kw_reserve((void **)&p->references, &p->reference_capacity, p->n_references, 1, sizeof *p->references);
    if (status == KW_OK) p->references[p->n_references++] = index;
    return status;
}

static kw_tile_source source_of(const kw_tile_compiler *c) {
    kw_tile_source source = {.first = c->program->n_references};
    for (int b = 0; b < c->program->tile_bits; ++b) source.tile[b] = kw_key_bit(c, c->tile_bits[b]);
    return source;
}

/* Room for the sums of an op, and slots for the trained primitives among its references. */
static kw_status push_sums(kw_tile_compiler *c, kw_tile_op op, const kw_tile_source *source, size_t vectors) {
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
    return status == KW_OK ? kw_emit_op(p, &op, source) : status;
}

/* A turn or flip.  Codes that depend on the angle are settled when the numbers come. */
kw_status kw_emit_moving(kw_tile_compiler *c, kw_tile_item *i) {
    kw_tile_program *p = c->program;
    const kw_primitive *primitive = i->primitive;
    const bool turn = primitive->kind == KW_PRIMITIVE_ROTATION;
    const bool on_lane = c->lanes >> primitive->target & 1;
    const uint64_t local = kw_bit(c->plan->n_local) - 1;
    kw_tile_source source = source_of(c);
    kw_tile_op op = {.key = kw_key_mask(c, i->where & ~c->tile & ~c->lanes)};
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
    kw_status status = kw_emit_reference(p, i->index);
    if (status == KW_OK && turn && kw_is_trained(c, primitive)) {
        kw_tile_op sum = op;
        sum.code = (on_lane ? KW_TILE_SUM_LANE_TURN : KW_TILE_SUM_TURN) + at;
        status = push_sums(c, sum, &source, 1);
    }
    if (status == KW_OK) status = kw_emit_op(p, &op, &source);
    i->done = true;
    return status;
}

kw_status kw_emit_dense(kw_tile_compiler *c, kw_tile_item *i) {
    kw_tile_program *p = c->program;
    kw_status status = kw_reserve((void **)&p->dense, &p->dense_capacity, p->n_dense, 1, sizeof *p->dense);
    if (status != KW_OK) return status;
    kw_tile_dense *out = &p->dense[p->n_dense++];
    const kw_op *op = &c->plan->ops[i->primitive->op];
    const int targets = c->plan->circuit->gates[op->gate].n_targets;
    int rows[KW_MAX_TARGETS] = {0}, lanes[KW_MAX_TARGETS] = {0};
    *out = (kw_tile_dense){.primitive = i->index};
    kw_dense *d = &out->kernel;
    for (int j = 0; j < targets; ++j) {
        if (c->lanes >> op->targets[j] & 1) lanes[d->crossings++] = op->targets[j];
        else rows[d->row_bits++] = kw_key_bit(c, op->targets[j]);
    }
    for (int r = 0; r < 1 << d->row_bits; ++r) d->offset[r] = kw_deposit((uint64_t)r, rows, d->row_bits);
    for (int x = 0; x < 1 << d->crossings; ++x) d->crossed[x] = (uint32_t)kw_deposit((uint64_t)x, lanes, d->crossings);
    d->outside = (kw_bit(kw_popcount(c->positions) - p->kernels->lane_bits) - 1) & ~d->offset[(1 << d->row_bits) - 1];
    out->coefficients = take_arena(p, (d->crossings ? 2 * lanes_of(p) : 2) << (2 * d->row_bits + d->crossings));
    i->done = true;
    return KW_OK;
}

/* Tile bit that all these phases ask for; -1: none.  Half of the tile is left alone then. */
static int common_bit(const kw_tile_compiler *c, const size_t *phases, size_t count) {
    for (int b = 0; b < c->program->tile_bits; ++b) {
        size_t with = 0;
        for (size_t j = 0; j < count; ++j) with += c->items[phases[j]].where >> c->tile_bits[b] & 1;
        if (with == count) return b;
    }
    return -1;
}

/* Phases as one table. */
static kw_status emit_diagonal(kw_tile_compiler *c, const size_t *phases, size_t count, uint64_t selected, uint64_t key) {
    kw_tile_program *p = c->program;
    const size_t units = (size_t)1 << p->kernels->tile_bits; /* both states */
    kw_tile_source source = source_of(c);
    uint64_t where = 0;
    bool trained = false;
    kw_status status = KW_OK;
    for (size_t j = 0; j < count && status == KW_OK; ++j) {
        where |= c->items[phases[j]].where;
        trained = trained || kw_is_trained(c, c->items[phases[j]].primitive);
        c->items[phases[j]].done = true;
        status = kw_emit_reference(p, c->items[phases[j]].index);
    }
    const bool by_lane = where & c->lanes;
    const int half = by_lane ? -1 : common_bit(c, phases, count);
    kw_tile_op op = {.key = kw_key_mask(c, key), .select = kw_key_mask(c, selected)};
    op.code = by_lane ? KW_TILE_DIAGONAL_LANES : half >= 0 ? KW_TILE_HALF + half : KW_TILE_DIAGONAL;
    op.step = 2 * units * (by_lane ? lanes_of(p) : 1);
    source.count = count;
    source.table = take_arena(p, op.step << kw_popcount(op.select));
    if (status == KW_OK && trained) {
        kw_tile_op sum = op;
        sum.code = KW_TILE_SUM_PHASES;
        status = push_sums(c, sum, &source, units / 2 << kw_popcount(op.select));
    }
    return status == KW_OK ? kw_emit_op(p, &op, &source) : status;
}

/* Those of the pending phases that agree on lanes, in tables of bounded size; a phase that asks for too many bits outside
 * stands alone, under their condition. */
static kw_status flush_kind(kw_tile_compiler *c, bool by_lane) {
    const int plain = c->plan->circuit->n_parameters ? SELECTED : SELECTED_ONCE;
    const int most = c->program->back ? SELECTED_SUMS : by_lane ? SELECTED_LANES : plain;
    size_t *group = c->pending + c->n_pending; /* room for as many behind them */
    uint64_t selected = 0;
    size_t count = 0;
    kw_status status = KW_OK;
    for (size_t j = 0; j < c->n_pending && status == KW_OK; ++j) {
        const kw_tile_item *i = &c->items[c->pending[j]];
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
static bool make_one_table(const kw_tile_compiler *c, uint64_t *selected) {
    size_t by_lane = 0;
    *selected = 0;
    for (size_t j = 0; j < c->n_pending; ++j) {
        const kw_tile_item *i = &c->items[c->pending[j]];
        by_lane += (i->where & c->lanes) != 0;
        *selected |= i->where & ~c->tile & ~c->lanes;
    }
    const int most = c->program->back ? SELECTED_SUMS : SELECTED_LANES;
    return by_lane && by_lane < c->n_pending && kw_popcount(*selected) <= most;
}

kw_status kw_emit_pending(kw_tile_compiler *c) {
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
