/* F4  Stabilizer states of n <= KW_MAX_QUBITS qubits as 2n Pauli strings: Clifford circuits in O(n) per gate and O(n^2)
 * bits, whatever their entanglement (Aaronson & Gottesman 2004, arXiv quant-ph/0406196). */
#ifndef KW_TABLEAU_H
#define KW_TABLEAU_H

#include "ketwall/circuit.h"

typedef struct kw_tableau kw_tableau;

/** |0...0>.                                                                                                      @local
 *  @return KW_OK, KW_E_INPUT (n out of range), KW_E_NOMEM */
kw_status kw_tableau_create(int n_qubits, kw_tableau **out);
void kw_tableau_destroy(kw_tableau **tableau);

/** Bytes of 2n rows of n x bits, n z bits and a sign, bits in words of 64.                                       @local */
uint64_t kw_tableau_bytes(int n_qubits);

/** state <- circuit(theta) state.  A gate on up to KW_MAX_TARGETS qubits is Clifford if U P U^dag is a Pauli string, to
 * 1e-9, for every X and Z on them: rotations by multiples of pi/2 count, too.                                         @local
 *  @return KW_OK, KW_E_ARG (widths differ; theta is missing), KW_E_INPUT (names the gate that is not Clifford; the tableau
 *          holds the gates before it) */
kw_status kw_tableau_run(kw_tableau *tableau, const kw_circuit *circuit, const double *theta);

/** <P> of a Pauli string (X on mask x, Z on z, Y on both): 1, -1, or 0 if it anticommutes with a stabilizer.      @local */
int kw_tableau_expect(const kw_tableau *tableau, uint64_t x, uint64_t z);

#endif
