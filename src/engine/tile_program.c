/* F2  Tile programs: creation, and the numbers for one theta. */
#include "engine/tile_program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "engine/kernels/kernels.h"
#include "engine/machine.h"
#include "engine/parallel.h"

#define NEVER      ((uint64_t)1 << 63) /* a key bit that is never set */
#define MOST_LOCAL 45                  /* the number of a block has 30 bits in the key */

/* ---- life ---- */

static size_t rounded(size_t bytes) { return (bytes + 4095) / 4096 * 4096; }

/* The largest block, and the most sums and slots of a pass. */
static void measure(const kw_way *way, kw_tile_program *p, size_t *most_sums) {
    int bits = 0;
    *most_sums = 0;
    for (size_t i = 0; i < way->n_passes; ++i) {
        const kw_tile_pass *pass = &p->passes[i];
        if (pass->bits > bits) bits = pass->bits;
        if (pass->n_sums > *most_sums) *most_sums = pass->n_sums;
        if (pass->n_slots > p->most_slots) p->most_slots = pass->n_slots;
    }
    p->block_bytes = ((size_t)kw_amplitude_bytes(p->precision) << bits) * (p->back ? 2 : 1);
}

static kw_status allocate(const kw_way *way, kw_tile_program *p) {
    size_t sums;
    measure(way, p, &sums);
    p->threads = kw_machine_threads();
    p->scratch_bytes = rounded(p->block_bytes + sums * 2 * sizeof(double)); /* sums of a block, totals */
    p->scratch = aligned_alloc(4096, p->scratch_bytes * (size_t)p->threads + 4096);
    p->arena = aligned_alloc(64, p->arena_bytes + 64);
    p->partials = malloc((KW_SEGMENTS * p->most_slots + 1) * sizeof *p->partials);
    if (!p->scratch || !p->arena || !p->partials)
        return kw_fail(KW_E_NOMEM, "no memory for the tables of %zu passes", way->n_passes);
    for (size_t i = 0; i < p->n_sweeps; ++i) p->sweeps[i].ops = p->ops + p->first_op[i];
    for (size_t i = 0; i < p->n_dense; ++i) p->dense[i].kernel.coefficients = p->arena + p->dense[i].coefficients;
    for (size_t i = 0; i < p->n_ops; ++i) {
        p->ops[i].table = p->arena + p->sources[i].table;
        p->ops[i].lanes = p->arena + p->sources[i].lanes;
        p->ops[i].some = p->arena + p->sources[i].some;
    }
    return KW_OK;
}

kw_status kw_tile_program_create(const kw_plan *plan, const kw_way *way, kw_precision precision, kw_tile_program **out) {
    kw_tile_program *p = calloc(1, sizeof *p);
    kw_status status = p ? KW_OK : kw_fail(KW_E_NOMEM, "no memory to compile passes");
    if (p && plan->n_local > MOST_LOCAL) status = kw_fail(KW_E_ARG, "2^%d amplitudes on a rank", plan->n_local);
    if (p) {
        p->kernels = kw_kernels(precision)->tiles;
        p->precision = precision;
        p->back = way->back;
        p->tile_bits = p->kernels->tile_bits - way->back;
        p->passes = malloc((way->n_passes + 1) * sizeof *p->passes);
        if (!p->passes) status = kw_fail(KW_E_NOMEM, "no memory to compile %zu passes", way->n_passes);
    }
    for (size_t i = 0; i < way->n_passes && status == KW_OK; ++i) status = kw_tile_compile(plan, way, p, i);
    if (status == KW_OK) status = allocate(way, p);
    if (status == KW_OK) *out = p;
    else kw_tile_program_destroy(&p);
    return status;
}

void kw_tile_program_destroy(kw_tile_program **program) {
    kw_tile_program *p = *program;
    if (!p) return;
    free(p->passes);
    free(p->sweeps);
    free(p->first_op);
    free(p->dense);
    free(p->first_dense);
    free(p->ops);
    free(p->sources);
    free(p->references);
    free(p->slots);
    free(p->partials);
    free(p->arena);
    free(p->scratch);
    free(p);
    *program = NULL;
}

void kw_tile_dense_range(const kw_tile_program *p, size_t sweep, size_t *first, size_t *end) {
    *first = p->first_dense[sweep];
    *end = sweep + 1 < p->n_sweeps ? p->first_dense[sweep + 1] : p->n_dense;
}

kw_entry_mask kw_tile_entries(const kw_tile_program *p, const kw_tile_pass *pass, const kw_tile_op *op,
                              const kw_tile_source *source, uint64_t where) {
    const uint64_t lanes = kw_bit(p->kernels->lane_bits) - 1, key = kw_tile_key(p, pass, where & ~lanes);
    kw_entry_mask mask = {where & lanes, kw_extract(key, source->tile, p->tile_bits), 0};
    int bit = 0;
    for (uint64_t select = op->select; select; select &= select - 1, ++bit)
        if (key & select & -select) mask.selected |= kw_bit(bit);
    return mask;
}

/* Bits of u, then those of the number of the block.  Larger states than MOST_LOCAL are planned, but never run: their
 * outermost positions share a bit. */
static int key_bit(const kw_tile_program *p, const kw_tile_pass *pass, int position) {
    const uint64_t below = kw_bit(position) - 1;
    if (pass->positions >> position & 1) return kw_popcount(pass->positions & below) - p->kernels->lane_bits;
    const int outside = 32 + kw_popcount(pass->outside & below);
    return outside < 62 ? outside : 62;
}

uint64_t kw_tile_key(const kw_tile_program *p, const kw_tile_pass *pass, uint64_t positions) {
    uint64_t key = 0;
    for (; positions; positions &= positions - 1) key |= kw_bit(key_bit(p, pass, kw_log2(positions & -positions)));
    return key;
}

/* ---- numbers ---- */

typedef struct {
    const kw_plan *plan;
    const kw_way *way;
    kw_tile_program *program;
    const kw_tile_pass *pass;
    const double *theta;
    uint64_t rank_bits; /* of the positions above the local ones, in place */
    uint64_t local;
} filler;

static const kw_primitive *referred(const filler *f, size_t reference) {
    return &f->way->primitives.items[f->program->references[reference]];
}

static bool rank_allows(const filler *f, uint64_t where) { return !(where & ~f->local & ~f->rank_bits); }

static void put(const kw_tile_program *p, const void *array, size_t i, double value) {
    if (p->precision == KW_DOUBLE) ((double *)array)[i] = value;
    else ((float *)array)[i] = (float)value;
}

static void put_mask(const kw_tile_program *p, const void *array, size_t i, bool set) {
    if (p->precision == KW_DOUBLE) ((int64_t *)array)[i] = -(int64_t)set;
    else ((int32_t *)array)[i] = -(int32_t)set;
}

/* A turn: the fast codes leave out a common factor, which the pass puts back at its end. */
static void fill_turn(const filler *f, kw_tile_op *op, const kw_tile_source *source, double angle, kw_complex *factor) {
    const kw_tile_program *p = f->program;
    const int lanes = 1 << p->kernels->lane_bits;
    const bool on_lane = op->code >= KW_TILE_LANE_TURN;
    const int bit =
        on_lane ? (op->code - KW_TILE_LANE_TURN) % KW_MAX_LANE_BITS : (op->code - KW_TILE_TURN_A) % KW_MAX_TILE_BITS;
    const bool free = !op->units && !op->key && !source->lane_controls;
    const double c = cos(angle / 2), s = sin(angle / 2);
    const bool flat = fabs(c) >= fabs(s);
    for (int l = 0; l < lanes; ++l) {
        const bool acts = ((uint64_t)l & source->lane_controls) == source->lane_controls;
        const double side = on_lane && !(l >> bit & 1) ? -1 : 1, scale = on_lane && free && flat ? c : 1;
        put(p, op->lanes, (size_t)l, acts ? c / scale : 1);
        put(p, op->lanes, (size_t)lanes + (size_t)l, acts ? side * s / scale : 0);
    }
    if (on_lane) op->code = (free && flat ? KW_TILE_LANE_TURN_A : KW_TILE_LANE_TURN) + bit;
    else op->code = (!free ? KW_TILE_TURN : flat ? KW_TILE_TURN_A : KW_TILE_TURN_B) + bit;
    op->number = flat ? s / c : c / s;
    if (free && (flat || !on_lane)) *factor *= flat ? c : s;
}

static void fill_flip(const filler *f, kw_tile_op *op, const kw_tile_source *source) {
    const uint64_t lanes = kw_bit(f->program->kernels->lane_bits);
    for (uint64_t l = 0; l < lanes; ++l)
        put_mask(f->program, op->some, l, (l & source->lane_controls) == source->lane_controls);
}

static void fill_diagonal(const filler *f, const kw_tile_op *op, const kw_tile_source *source) {
    const kw_tile_program *p = f->program;
    const bool by_lane = op->code == KW_TILE_DIAGONAL_LANES;
    const uint64_t tables = kw_bit(kw_popcount(op->select)), units = kw_bit(p->kernels->tile_bits);
    const uint64_t lanes = by_lane ? kw_bit(p->kernels->lane_bits) : 1;
    kw_complex entry[KW_TABLE_ENTRIES];
    for (uint64_t i = 0; i < tables * units * lanes; ++i) entry[i] = 1;
    for (size_t j = source->first; j < source->first + source->count; ++j) {
        const kw_primitive *phase = referred(f, j);
        if (!rank_allows(f, phase->where)) continue;
        const kw_entry_mask mask = kw_tile_entries(p, f->pass, op, source, phase->where & f->local);
        const kw_complex z = cexp(I * kw_angle_value(&phase->angle, f->theta));
        for (uint64_t t = mask.selected; t < tables; t = (t + 1) | mask.selected)
            for (uint64_t k = mask.units; k < units; k = (k + 1) | mask.units)
                for (uint64_t l = mask.lanes; l < lanes; l = (l + 1) | mask.lanes) entry[(t * units + k) * lanes + l] *= z;
    }
    for (uint64_t i = 0; i < tables * units; ++i)
        for (uint64_t l = 0; l < lanes; ++l) {
            put(p, op->table, 2 * i * lanes + l, creal(entry[i * lanes + l]));
            put(p, op->table, (2 * i + 1) * lanes + l, cimag(entry[i * lanes + l]));
        }
}

/* Which row or column of the gate's matrix a value of the unit bits and a lane stand for. */
static int matrix_index(const kw_tile_program *p, const kw_op *op, int targets, int units, int lane) {
    int index = 0;
    for (int j = 0, unit = 0; j < targets; ++j) {
        const bool on_lane = op->targets[j] < p->kernels->lane_bits;
        const int bit = on_lane ? lane >> op->targets[j] : units >> unit;
        unit += !on_lane;
        index |= (bit & 1) << j;
    }
    return index;
}

static kw_complex dense_entry(const filler *f, const kw_tile_dense *dense, int row, int column, int lane) {
    const kw_op *op = &f->plan->ops[f->way->primitives.items[dense->primitive].op];
    const int targets = f->plan->circuit->gates[op->gate].n_targets, patterns = 1 << dense->kernel.crossings;
    const int from = column / patterns, crossed = (int)dense->kernel.crossed[column % patterns];
    const int r = matrix_index(f->program, op, targets, row, lane);
    const int c = matrix_index(f->program, op, targets, from, lane ^ crossed);
    return f->plan->matrices[op->matrix + ((size_t)r << targets) + (size_t)c];
}

static void fill_dense(const filler *f, kw_tile_dense *dense) {
    const kw_tile_program *p = f->program;
    kw_dense *kernel = &dense->kernel;
    const int rows = 1 << kernel->row_bits, columns = rows << kernel->crossings;
    const int lanes = kernel->crossings ? 1 << p->kernels->lane_bits : 1;
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c)
            for (int l = 0; l < lanes; ++l) {
                const kw_complex z = dense_entry(f, dense, r, c, l);
                const size_t at = 2 * ((size_t)r * (size_t)columns + (size_t)c) * (size_t)lanes + (size_t)l;
                put(p, kernel->coefficients, at, creal(z));
                put(p, kernel->coefficients, at + (size_t)lanes, cimag(z));
            }
}

static void fill_op(const filler *f, size_t i, kw_complex *factor) {
    kw_tile_op *op = &f->program->ops[i];
    kw_tile_source *source = &f->program->sources[i];
    source->weight = pow(cabs(*factor), 2);
    if (op->code == KW_TILE_SUM_PHASES) return;
    if (op->code < KW_TILE_TURN_A) {
        fill_diagonal(f, op, source);
        return;
    }
    const kw_primitive *primitive = referred(f, source->first);
    op->key &= ~NEVER;
    if (op->code > KW_TILE_SUM_PHASES) {
        if (!rank_allows(f, primitive->where)) op->key |= NEVER;
        return;
    }
    if (primitive->kind == KW_PRIMITIVE_FLIP) fill_flip(f, op, source);
    else if (rank_allows(f, primitive->where)) fill_turn(f, op, source, kw_angle_value(&primitive->angle, f->theta), factor);
    if (!rank_allows(f, primitive->where)) op->key |= NEVER;
}

static void fill_pass(filler all, kw_tile_pass *pass) {
    const kw_tile_program *p = all.program;
    kw_complex factor = 1;
    all.pass = pass;
    const filler *f = &all;
    for (size_t j = 0; j < pass->n_global; ++j) {
        const kw_primitive *phase = referred(f, pass->first_global + j);
        if (rank_allows(f, phase->where)) factor *= cexp(I * kw_angle_value(&phase->angle, f->theta));
    }
    for (size_t i = 0; i < pass->n_sweeps; ++i)
        for (size_t j = p->first_op[pass->first_sweep + i]; p->ops[j].code != KW_TILE_END; ++j) fill_op(f, j, &factor);
    pass->factor = factor;
}

void kw_tile_program_fill(const kw_plan *plan, const kw_way *way, kw_tile_program *p, const double *theta, int rank) {
    if (p->filled && p->rank == rank && !plan->circuit->n_parameters) return;
    filler f = {.plan = plan,
                .way = way,
                .program = p,
                .theta = theta,
                .rank_bits = (uint64_t)rank << plan->n_local,
                .local = kw_bit(plan->n_local) - 1};
    for (size_t i = 0; i < p->n_dense && !p->filled; ++i) fill_dense(&f, &p->dense[i]); /* the same for every theta */
#pragma omp parallel for schedule(dynamic) num_threads(p->threads) if (p->threads > 1 && way->n_passes > 3)
    for (size_t i = 0; i < way->n_passes; ++i) fill_pass(f, &p->passes[i]);
    p->filled = true;
    p->rank = rank;
}
