/* F2  How long plans take on a machine: counted work at measured rates, counted bytes at known bandwidths. */
#ifndef KW_PREDICT_H
#define KW_PREDICT_H

#include "engine/machine.h"
#include "engine/plan_internal.h"

static inline void kw_duration_add(kw_duration *sum, double times, kw_duration more) {
    sum->compute += times * more.compute;
    sum->exchange += times * more.exchange;
}

/** kw_plan_run once; kw_plan_gradient once, without its observable.                                              @local
 *  A pass takes memory traffic plus the work of its tile programs, compiled for the kernels of this machine.  A block step
 *  takes memory traffic plus the work of its gates, a sweep the longer of the two.  Threads share the work.  States that
 *  fit into a quarter of the caches go at their bandwidth, in passes at no extra cost.  Not a number: no memory to count. */
kw_duration kw_predict_run(const kw_plan *plan, const kw_machine *machine, kw_precision precision);
kw_duration kw_predict_gradient(const kw_plan *plan, const kw_machine *machine, kw_precision precision);

/* The rest of what goes over states of n qubits on `ranks` ranks. */
typedef struct {
    const kw_machine *machine;
    int n_qubits, ranks, states; /* states that a rank works on in turn */
    kw_precision precision;
} kw_predict_shape;

/** kw_state_order of qubits at `place`, where it takes `traffic`.                                                @local */
kw_duration kw_predict_order(const kw_predict_shape *shape, const int *place, kw_traffic traffic);

/** Exchanges with any ranks.                                                                                     @local */
kw_duration kw_predict_traffic(const kw_predict_shape *shape, kw_traffic traffic);

/** `streams` readings or writings of the amplitudes, as in a copy (2); `measures` weighings.                    @local */
kw_duration kw_predict_passes(const kw_predict_shape *shape, double streams, double measures);

/** A kernel of `rate` once over all amplitudes, written or read once.                                            @local */
kw_duration kw_predict_kernel(const kw_predict_shape *shape, kw_rate_class rate);

#endif
