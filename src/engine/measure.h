/* F2  Measuring, resetting and damping single qubits in the course of a circuit. */
#ifndef KW_MEASURE_H
#define KW_MEASURE_H

#include "ketwall/state.h"

/** Measures a qubit: the outcome is 1 if u lies below its probability; the state collapses and is normalised.
 *  @param[in] u  uniform on [0, 1), the same on every rank                                                @collective
 *  @return the outcome */
int kw_state_measure(kw_state *state, int qubit, double u);

/** Measures a qubit and turns it to |0>.                                                                  @collective */
void kw_state_reset_qubit(kw_state *state, int qubit, double u);

/** Scales the state to norm 1.                                                                            @collective */
void kw_state_normalise(kw_state *state);

/** One trajectory of amplitude damping, K0 = diag(1, sqrt(1 - gamma)), K1 = sqrt(gamma) |0><1|: K1 if u lies below
 *  gamma P(1), which is its probability, else K0; the state is normalised.                                @collective */
void kw_state_damp(kw_state *state, int qubit, double gamma, double u);

#endif
