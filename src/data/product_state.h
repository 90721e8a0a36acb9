/* F2  The best product state of a Pauli sum: what a classical mean-field calculation reaches. */
#ifndef KW_PRODUCT_STATE_H
#define KW_PRODUCT_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "ketwall/observable.h"

/** Lowest <H> found over product states of n qubits with Bloch vectors r_q: E = sum_k c_k prod_{q in k} r_q[P_k(q)].  E is
 *  linear in every r_q, so each is turned in turn against its gradient until E stops falling; the best of several random
 *  starts, an upper bound on the true product optimum.                                                          @local
 *  @return KW_OK, KW_E_NOMEM.  Memory: 8 bytes per qubit of every string. */
kw_status kw_product_energy(int n_qubits, const kw_pauli *terms, size_t count, uint64_t seed, double *energy);

#endif
