/* F2  Work of passes: their tile programs, counted instead of run. */
#include "engine/pass_work.h"

#include <math.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/error.h"
#include "engine/kernels/kernels.h"
#include "engine/tile_program.h"

#define COMPILED 256 /* passes, at most: a few tenths of a millisecond each */

static bool is(int code, int first, int count) { return code >= first && code < first + count; }

/* Ops are counted by the amplitudes that they change; exchanges within tiles, which only rename registers, by those of the
 * tiles.  Angles have no special values. */
static void add_op(const kw_tile_op *op, const kw_tile_source *source, double amplitudes, double units[KW_PASS_RATES]) {
    const double met = amplitudes / (double)kw_bit(kw_popcount(op->key));
    const bool free = !op->key && !op->units && !source->lane_controls;
    if (op->code == KW_TILE_SUM_PHASES) units[KW_PASS_PHASES] += met / 2;
    else if (is(op->code, KW_TILE_SUM_TURN, KW_MAX_TILE_BITS)) units[KW_PASS_TURN] += met;
    else if (op->code < KW_TILE_TURN_A)
        units[KW_PASS_PHASES] += is(op->code, KW_TILE_HALF, KW_MAX_TILE_BITS) ? met / 2 : met;
    else if (is(op->code, KW_TILE_TURN, KW_MAX_TILE_BITS) && free) units[KW_PASS_TURN] += met;
    else if (is(op->code, KW_TILE_FLIP, KW_MAX_TILE_BITS)) units[KW_PASS_FLIP] += met;
    else units[KW_PASS_LANES] += met / (double)kw_bit(kw_popcount(op->units));
}

/* Per amplitude: real and imaginary part. */
static double arithmetic_of(const kw_tile_op *op, const kw_tile_source *source) {
    const double met = 1 / (double)kw_bit(kw_popcount(op->key) + kw_popcount(op->units));
    const bool free = !op->key && !op->units && !source->lane_controls;
    const bool turn = is(op->code, KW_TILE_TURN, KW_MAX_TILE_BITS) || is(op->code, KW_TILE_LANE_TURN, KW_MAX_LANE_BITS);
    if (op->code == KW_TILE_SUM_PHASES || op->code >= KW_TILE_SUM_TURN) return 1.5 * met;
    if (is(op->code, KW_TILE_HALF, KW_MAX_TILE_BITS)) return 2 * met;
    if (op->code < KW_TILE_TURN_A) return 4 * met;
    return turn ? (free ? 2 : 4) * met : 0;
}

static double entries_of(const kw_tile_op *op) {
    return op->code < KW_TILE_TURN_A ? (double)op->step / 2 * (double)kw_bit(kw_popcount(op->select)) : 0;
}

/* What is counted of the passes of one way. */
typedef struct {
    double units[KW_PASS_RATES], operations;
} tally;

/* Two multiply-adds for each of the parts of a column; as much as that many turns. */
static void add_dense(const kw_tile_program *p, size_t sweep, double amplitudes, tally *sum) {
    size_t i, end;
    kw_tile_dense_range(p, sweep, &i, &end);
    for (; i < end; ++i) {
        const double columns = (double)kw_bit(p->dense[i].kernel.row_bits + p->dense[i].kernel.crossings);
        sum->units[KW_PASS_SWEEP] += amplitudes;
        sum->units[KW_PASS_TURN] += 2 * columns * amplitudes;
        sum->operations += 4 * columns * amplitudes;
    }
}

/* One compiled pass for `times` like it. */
static void add_pass(const kw_plan *plan, const kw_tile_program *p, size_t index, double times, tally *sum) {
    const kw_tile_pass *pass = &p->passes[index];
    const double amplitudes = times * (double)kw_bit(plan->n_local + p->back); /* on the way back of two states */
    sum->units[KW_PASS_BLOCK] += amplitudes;
    sum->units[KW_PASS_SWEEP] += amplitudes * (double)(pass->n_sweeps - 1); /* the first and the last are the block's */
    sum->operations += amplitudes * 4;                                      /* the factor of the pass */
    for (size_t i = pass->first_sweep; i < pass->first_sweep + pass->n_sweeps; ++i) {
        add_dense(p, i, amplitudes, sum);
        for (size_t j = p->first_op[i]; p->ops[j].code != KW_TILE_END; ++j) {
            add_op(&p->ops[j], &p->sources[j], amplitudes, sum->units);
            sum->units[KW_PASS_TABLE] += times * entries_of(&p->ops[j]);
            sum->operations += amplitudes * arithmetic_of(&p->ops[j], &p->sources[j]);
        }
    }
}

/* Of every `stride` passes one, at places without a period: passes of regular circuits have one. */
static size_t choose(size_t group, size_t stride) {
    const double golden = 0.6180339887498949 * (double)group;
    return group * stride + (size_t)((golden - floor(golden)) * (double)stride);
}

static kw_status count(const kw_plan *plan, const kw_way *way, kw_tile_program *p, tally *sum) {
    const size_t stride = (way->n_passes + COMPILED - 1) / COMPILED;
    kw_status status = KW_OK;
    for (size_t group = 0; group * stride < way->n_passes && status == KW_OK; ++group) {
        const size_t rest = way->n_passes - group * stride, chosen = choose(group, stride);
        const size_t pass = chosen < way->n_passes ? chosen : way->n_passes - 1;
        status = kw_tile_compile(plan, way, p, pass);
        if (status == KW_OK) add_pass(plan, p, pass, (double)(rest < stride ? rest : stride), sum);
    }
    return status;
}

static kw_status tally_way(const kw_plan *plan, const kw_way *way, kw_precision precision, tally *sum) {
    kw_tile_program *p = calloc(1, sizeof *p);
    *sum = (tally){0};
    if (!p) return kw_fail(KW_E_NOMEM, "no memory to count passes");
    p->precision = kw_precision_of_gates(precision);
    p->kernels = kw_kernels(p->precision)->tiles;
    p->back = way->back;
    p->tile_bits = p->kernels->tile_bits - way->back;
    p->passes = malloc((way->n_passes + 1) * sizeof *p->passes);
    const kw_status status =
        p->passes ? count(plan, way, p, sum) : kw_fail(KW_E_NOMEM, "no memory to count %zu passes", way->n_passes);
    kw_tile_program_destroy(&p);
    return status;
}

kw_status kw_pass_work(const kw_plan *plan, const kw_way *way, kw_precision precision, double units[KW_PASS_RATES]) {
    tally sum;
    const kw_status status = tally_way(plan, way, precision, &sum);
    for (int r = 0; r < KW_PASS_RATES; ++r) units[r] = sum.units[r];
    return status;
}

kw_status kw_pass_arithmetic(const kw_plan *plan, const kw_way *way, kw_precision precision, double *operations) {
    tally sum;
    const kw_status status = tally_way(plan, way, precision, &sum);
    *operations = sum.operations;
    return status;
}
