/* Plans: circuit -> stages between exchanges -> gates at physical positions.  Planning is serial, pure and needs no
 * communicator; the first execution compiles it (kw_plan_prepare), later ones allocate nothing. */
#ifndef KETWALL_PLAN_H
#define KETWALL_PLAN_H

#include <stdbool.h>
#include <stdio.h>

#include "ketwall/circuit.h"
#include "ketwall/observable.h"
#include "ketwall/state.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kw_plan kw_plan;

/** What executing a plan once costs, per rank. */
typedef struct {
    uint64_t exchanges, bytes_exchanged, passes;
} kw_plan_cost;

/** Predicted seconds. */
typedef struct {
    double compute, exchange; /* compute: passes through the state, memory traffic included */
} kw_duration;

/** Plans `circuit` for states of its width on `ranks` ranks that start in logical order.  Look-ahead schedule: gates run as
 *  soon as they may (commuting past diagonal uses of their qubits); at the end of a stage the qubits that are needed last
 *  become global, all in one multi-qubit swap; SWAP is a relabelling.                                            @local
 *  @return KW_OK, KW_E_ARG (ranks not a power of two or > 2^n; a gate wider than the local qubits), KW_E_NOMEM */
kw_status kw_plan_create(const kw_circuit *circuit, int ranks, kw_plan **out);
void kw_plan_destroy(kw_plan **plan);

/** Fewest local qubits per rank that plans of `circuit` need: targets of its widest gate that is not diagonal.    @local */
int kw_plan_least_local(const kw_circuit *circuit);

/** Counted bytes of the plan itself: matrices, derivatives, partial gradients.  A plan serves one caller at a time. @local
 */
uint64_t kw_plan_bytes(const kw_plan *plan);

/** Forward execution, and forward plus backward (adjoint gradient: two states go back).                         @local */
kw_plan_cost kw_plan_forward_cost(const kw_plan *plan, kw_precision precision);
kw_plan_cost kw_plan_gradient_cost(const kw_plan *plan, kw_precision precision);

/** What rounding is expected to cost in one execution that starts in a basis state, from the number of passes and the noise
 *  of a pass over spread-out amplitudes; peaked states may have up to ten times as much.  Rounding `auto` as it would be
 *  chosen for angles theta (NULL: none is small).                                                                @local */
kw_infidelity kw_plan_infidelity(const kw_plan *plan, const double *theta, kw_precision precision, kw_rounding rounding);

/** The rounding that `auto` stands for at these angles.                                                          @local */
kw_rounding kw_plan_rounding(const kw_plan *plan, const double *theta, kw_precision precision);

/** Physical position of every logical qubit at the end of the plan.                                             @local */
const int *kw_plan_final_place(const kw_plan *plan);

/** Prints what executing the plan does: in every stage where the qubits are, its passes with the positions of their blocks,
 *  and in each pass the gates in order with the position of every qubit; between stages the exchange.          @local */
void kw_plan_print(const kw_plan *plan, FILE *out);

/** Compiles the plan for a precision, which the first run does otherwise; about a millisecond per pass.  Memory, not counted
 *  in kw_plan_bytes: one cache block per thread (at most 512 KiB), and tables.  Every rank must call it, and none may run
 *  the plan unless all succeeded.                                                                                @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_plan_prepare(const kw_plan *plan, kw_precision precision);

/** The same for the way back of kw_plan_gradient and kw_plan_backward.                                           @local */
kw_status kw_plan_prepare_gradient(const kw_plan *plan, kw_precision precision);

/** state <- U(theta) state.  The state must be in logical order and on as many ranks as planned.           @collective
 *  @param[in] theta  parameters (p) [rad]; NULL if the circuit has none
 *  @return KW_OK, KW_E_ARG (another width or rank count, or not in logical order), KW_E_NOMEM (as kw_plan_prepare),
 *          KW_E_INTERNAL (kw_state_limit_infidelity) */
kw_status kw_plan_run(const kw_plan *plan, const double *theta, kw_state *state);

/** The same, calling `watch` on every rank after each of its steps (exchanges, passes); `watch` may communicate, and ends
 * the run by false.  A run that was ended goes on with first = `done` on the same plan and state.             @collective
 *  @param[in] first  0, or steps that were done before
 *  @return as kw_plan_run; KW_E_STOPPED: `watch` said false */
typedef bool (*kw_watch_fn)(void *context, uint64_t done, uint64_t steps);
kw_status kw_plan_run_watched(const kw_plan *plan, const double *theta, kw_state *state, uint64_t first, kw_watch_fn watch,
                              void *context);

/** Adjoint gradient (Jones & Gacon 2020, arXiv 2009.02823) of E = <psi|U^dag O U|psi> with two states.    @collective
 *  On entry `ket` holds |psi> in logical order; on return ket and bra are scratch.
 *  @param[out] value     E
 *  @param[out] gradient  dE/dtheta (p)
 *  @param[out] final     if not NULL, called with `context` and U|psi> before the way back (read-only, collective)
 *  @return KW_OK, KW_E_ARG (as kw_plan_run; states or observable that do not belong together), KW_E_NOMEM */
typedef void (*kw_final_fn)(void *context, const kw_state *final);
kw_status kw_plan_gradient(const kw_plan *plan, const double *theta, const kw_observable *observable, kw_state *ket,
                           kw_state *bra, double *value, double *gradient, kw_final_fn final, void *context);

/** The way back of kw_plan_gradient alone, for observables that follow from the final state.               @collective
 *  On entry `ket` holds U|psi> as kw_plan_run left it; on return ket and bra are scratch.
 *  @param[out] value  E; NULL: not wanted
 *  @return as kw_plan_gradient */
kw_status kw_plan_backward(const kw_plan *plan, const double *theta, const kw_observable *observable, kw_state *ket,
                           kw_state *bra, double *value, double *gradient);

#ifdef __cplusplus
}
#endif
#endif
