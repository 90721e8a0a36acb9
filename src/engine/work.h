/* F2  How much work a gate is, in the units of kw_rates. */
#ifndef KW_WORK_H
#define KW_WORK_H

#include "engine/machine.h"
#include "engine/plan_internal.h"

typedef struct {
    kw_rate_class rate;
    double units[KW_UNITS];
} kw_work;

/** Applying a gate window by window to the 2^n_local amplitudes of the rank whose bits are all 1; angles have no special
 *  values. */
kw_work kw_op_work(const kw_plan *plan, const kw_op *op, int window);

/** The inner products of its gradient. */
kw_work kw_cross_work(const kw_plan *plan, const kw_op *op, int window);

static inline double kw_work_seconds(const kw_work *work, const kw_rates *rates) {
    double sum = 0;
    for (int u = 0; u < KW_UNITS; ++u) sum += work->units[u] * rates->seconds[work->rate][u];
    return sum;
}

#endif
