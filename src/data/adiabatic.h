/* F2  Ground states by adiabatic circuits, for chains whose Lanczos vectors do not fit.
 *
 *   H(s), s = (k + 1/2)/steps, second-order Trotter steps that get shorter towards the end:
 *   Ising       (1 - s)(-sum X) + s (-sum ZZ - h sum X)           from |+>^n
 *   Heisenberg  sum over bonds (0,1), (2,3), ... + s sum over the other bonds    from singlets on (0,1), (2,3), ... */
#ifndef KW_ADIABATIC_H
#define KW_ADIABATIC_H

#include "data/ensemble.h"
#include "ketwall/circuit.h"

/** The circuit on |0..0>, its parameters filled by kw_adiabatic_angles: one circuit serves all couplings.        @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_adiabatic_circuit(kw_family family, int n_qubits, bool periodic, int steps, kw_circuit **out);

/** Number of parameters, and their values [rad] for a coupling (h or Delta).                                    @local */
int kw_adiabatic_parameters(kw_family family, int steps);
void kw_adiabatic_angles(kw_family family, double coupling, int steps, double *theta);

#endif
