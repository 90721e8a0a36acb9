/* F2  Sums of Pauli strings. */
#ifndef KW_OBSERVABLE_INTERNAL_H
#define KW_OBSERVABLE_INTERNAL_H

#include "ketwall/observable.h"

/** What kw_observable_pauli_sum refuses.                                                                         @local
 *  @return KW_OK, KW_E_INPUT */
kw_status kw_paulis_check(int n_qubits, const kw_pauli *terms, size_t count);

/* Strings in the order of kw_paulis_sort: those that flip the same qubits stand together. */
typedef struct {
    int n_qubits;
    size_t count;
    const kw_pauli *terms;
} kw_pauli_sum;

void kw_paulis_sort(kw_pauli *terms, size_t count);

/** *value <- <state|sum|state>, or with `out`: out += sum |state>.                                          @collective
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_paulis_run(kw_pauli_sum sum, kw_state *state, kw_state *out, double *value);

/** As kw_observable_bytes_exchanged.                                                                             @local */
uint64_t kw_paulis_bytes_exchanged(kw_pauli_sum sum, const int *place, int n_local, kw_precision precision);

/** sum_{i < count} d_i |psi_i|^2, block sums in fixed order.                                                @collective */
double kw_diagonal_expect(const double *d, uint64_t count, const kw_state *state);

/** out <- d_i psi_i, 0 from i = count on; physical order of `state`.                                        @collective */
void kw_diagonal_apply(const double *d, uint64_t count, const kw_state *state, kw_state *out);

#endif
