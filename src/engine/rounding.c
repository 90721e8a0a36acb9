/* F2  What rounding will cost a plan, and how it should round. */
#include <math.h>

#include "base/bits.h"
#include "engine/plan_internal.h"

/* Noise of a pass over amplitudes that are normally distributed, norm 1: the largest of a run's 64 parts has the mean square
 * 6.91 (in units of theirs), the unit of the last place is a 32767th (127th) of it, rounding to nearest loses a 12th of its
 * square, stochastic rounding a 6th. */
#define LARGEST_SQUARE 6.91
static double noise_of_pass(kw_precision precision, kw_rounding rounding) {
    const double most = precision == KW_S16 ? 32767 : 127;
    return LARGEST_SQUARE / (most * most) / (rounding == KW_ROUND_STOCHASTIC ? 6 : 12);
}

enum { FEW = 8 /* passes whose errors may add up coherently without much harm */ };
#define SMALL 0.1 /* rad: what a pass turns at most, if it is a small step */

/* Whether no primitive of the pass moves amplitudes far. */
static bool is_small(const kw_way *way, const kw_pass *pass, const double *theta) {
    double sum = 0;
    for (size_t i = pass->first; i < pass->first + pass->count; ++i) {
        const kw_primitive *p = &way->primitives.items[way->order[i]];
        if (p->kind == KW_PRIMITIVE_DENSE || p->kind == KW_PRIMITIVE_FLIP) return false;
        const double turn = sin(kw_angle_value(&p->angle, theta) / 2);
        sum += turn * turn;
    }
    return sum < SMALL * SMALL;
}

kw_rounding kw_plan_rounding(const kw_plan *plan, const double *theta, kw_precision precision) {
    size_t small = 0;
    if (!kw_precision_is_packed(precision) || (plan->circuit->n_parameters && !theta)) return KW_ROUND_NEAREST;
    for (size_t i = 0; i < plan->forward.n_passes; ++i) small += is_small(&plan->forward, &plan->forward.passes[i], theta);
    return small > FEW && 2 * small > plan->forward.n_passes ? KW_ROUND_STOCHASTIC : KW_ROUND_NEAREST;
}

kw_infidelity kw_plan_infidelity(const kw_plan *plan, const double *theta, kw_precision precision, kw_rounding rounding) {
    if (!kw_precision_is_packed(precision)) return (kw_infidelity){0, 0};
    if (rounding == KW_ROUND_AUTO) rounding = kw_plan_rounding(plan, theta, precision);
    const double passes = (double)kw_plan_forward_cost(plan, precision).passes, noise = noise_of_pass(precision, rounding);
    return (kw_infidelity){fmin(1, passes * noise), fmin(1, passes * passes * noise)};
}
