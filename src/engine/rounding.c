/* F2  What rounding will cost a plan, and how it should round. */
#include <math.h>

#include "base/bits.h"
#include "engine/plan_internal.h"

/* Of amplitudes that are normally distributed: the largest of a run's 64 parts has the mean square 6.91, in units of theirs,
 * and a unit of the last place is a 32767th (127th) of it. */
#define LARGEST_SQUARE 6.91

static double unit_square(kw_precision precision) {
    const double most = precision == KW_S16 ? 32767 : 127;
    return LARGEST_SQUARE / (most * most);
}

/* Rounding to nearest loses a 12th of the square of a unit, stochastic rounding a 6th. */
static double noise_of_pass(kw_precision precision, kw_rounding rounding) {
    return unit_square(precision) / (rounding == KW_ROUND_STOCHASTIC ? 6 : 12);
}

enum { FEW = 8 /* passes whose errors may add up coherently without much harm */ };
#define SMALL 8.0 /* units of the last place: how far a pass that is a small step moves amplitudes */

/* |U - e^{i a}|^2 per dimension, at the best a: how far a gate moves. */
static double step_of(const kw_circuit *circuit, const kw_gate *gate, const double *theta) {
    kw_complex matrix[KW_MAX_DIMENSION * KW_MAX_DIMENSION], trace = 0;
    const int d = 1 << gate->n_targets;
    kw_gate_evaluate(circuit, gate, theta, matrix);
    for (int r = 0; r < d; ++r) trace += matrix[r * (d + 1)];
    return 2 * (1 - cabs(trace) / d);
}

static bool is_small(const kw_plan *plan, const kw_pass *pass, const double *theta, double most) {
    const kw_way *way = &plan->forward;
    size_t last = plan->n_ops;
    double sum = 0;
    for (size_t i = pass->first; i < pass->first + pass->count && sum < most; ++i) {
        const size_t op = way->primitives.items[way->order[i]].op;
        if (op != last) sum += step_of(plan->circuit, &plan->circuit->gates[plan->ops[op].gate], theta);
        last = op;
    }
    return sum < most;
}

kw_rounding kw_plan_rounding(const kw_plan *plan, const double *theta, kw_precision precision) {
    const double most = SMALL * SMALL * unit_square(precision);
    size_t small = 0;
    if (!kw_precision_is_packed(precision) || (plan->circuit->n_parameters && !theta)) return KW_ROUND_NEAREST;
    for (size_t i = 0; i < plan->forward.n_passes; ++i) small += is_small(plan, &plan->forward.passes[i], theta, most);
    return small > FEW && 2 * small > plan->forward.n_passes ? KW_ROUND_STOCHASTIC : KW_ROUND_NEAREST;
}

kw_infidelity kw_plan_infidelity(const kw_plan *plan, const double *theta, kw_precision precision, kw_rounding rounding) {
    if (!kw_precision_is_packed(precision)) return (kw_infidelity){0, 0};
    if (rounding == KW_ROUND_AUTO) rounding = kw_plan_rounding(plan, theta, precision);
    const double passes = (double)kw_plan_forward_cost(plan, precision).passes, noise = noise_of_pass(precision, rounding);
    return (kw_infidelity){fmin(1, passes * noise), fmin(1, passes * passes * noise)};
}
