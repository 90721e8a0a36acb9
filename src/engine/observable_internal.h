/* F2  What makes a list of Pauli strings a sum. */
#ifndef KW_OBSERVABLE_INTERNAL_H
#define KW_OBSERVABLE_INTERNAL_H

#include "ketwall/observable.h"

/** What kw_observable_pauli_sum refuses.                                                                         @local
 *  @return KW_OK, KW_E_INPUT */
kw_status kw_paulis_check(int n_qubits, const kw_pauli *terms, size_t count);

#endif
