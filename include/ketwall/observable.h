/* Observables: Pauli sums, diagonals, and the projector costs of the quantum autoencoder. */
#ifndef KETWALL_OBSERVABLE_H
#define KETWALL_OBSERVABLE_H

#include <stdint.h>

#include "ketwall/state.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kw_observable kw_observable;

/** One term: coefficient * prod_q P_q, P_q = X if only x has bit q, Z if only z has it, Y if both. */
typedef struct {
    double coefficient;
    uint64_t x, z;
} kw_pauli;

/** Sum of Pauli strings on n qubits.                                                                            @local
 *  @return KW_OK, KW_E_INPUT (n out of range, a mask beyond n qubits, no term), KW_E_NOMEM */
kw_status kw_observable_pauli_sum(int n_qubits, const kw_pauli *terms, size_t count, kw_observable **out);

/** Reads one string into masks: sparse, such as "Z0 Z1" or "X0 Y3" ("I": identity), or dense, one letter per qubit with the
 *  highest qubit first, such as "ZIIX" on 4 qubits.                                                              @local
 *  @return KW_OK, KW_E_INPUT naming what was found */
kw_status kw_pauli_parse(const char *text, int n_qubits, kw_pauli *out);

/** Reads a Pauli sum from a text file: lines "coefficient string" such as "-0.81 I", "0.17 * Z0 Z1", "0.12 ZZII",
 *  "(0.045+0j) [X0 X1] +"; # begins a comment; the strings as for kw_pauli_parse.  Terms of one string are added up.  @local
 *  @param[in,out] n_qubits  0: set to the letters of the dense strings, else to one more than the largest qubit
 *  @param[out]    terms     (count) sorted by x, then z; the caller frees them
 *  @return KW_OK, KW_E_INPUT ("FILE:LINE:COLUMN: ..."), KW_E_NOMEM */
kw_status kw_paulis_read(const char *path, int *n_qubits, kw_pauli **terms, size_t *count);

/** The observable of one string, or "@FILE": of the Pauli sum in a file.                                        @local
 *  @return as kw_pauli_parse, kw_paulis_read, kw_observable_pauli_sum */
kw_status kw_observable_parse(const char *text, int n_qubits, kw_observable **out);

/* Costs of the autoencoder, over k = popcount(mask) trash qubits (Cerezo et al. 2021, arXiv 2001.00550):
 *   global  C_G = 1 - <|0..0><0..0|_trash>            local  C_L = 1 - (1/k) sum_j <|0><0|_j> */
typedef enum { KW_COST_GLOBAL, KW_COST_LOCAL } kw_trash_cost;

/** A cost of the autoencoder.                                                                                    @local
 *  @return KW_OK, KW_E_INPUT (n out of range, no trash qubit, or one beyond n qubits), KW_E_NOMEM */
kw_status kw_observable_trash(int n_qubits, uint64_t trash_mask, kw_trash_cost cost, kw_observable **out);

/** O = sum_{i < count} values_i |i><i|: the linear form by which the gradient of any function of the probabilities goes
 * back through a circuit, values_i = df/dP_i.                                                                    @local
 *  @param[in] values  (count) in logical order, the same on every rank; the caller's, read whenever the observable is used
 *  @return KW_OK, KW_E_INPUT (n out of range, count > 2^n), KW_E_NOMEM */
kw_status kw_observable_diagonal(int n_qubits, const double *values, uint64_t count, kw_observable **out);

void kw_observable_destroy(kw_observable **observable);

/** <psi|O|psi> without a second state.  Pauli strings that flip the same qubits (X or Y) share one trip through memory;
 * those that flip global qubits stream the partner's block once per distinct pattern of global X bits.          @collective
 *  @return KW_OK, KW_E_ARG (made for another number of qubits), KW_E_NOMEM */
kw_status kw_observable_expect(const kw_observable *observable, kw_state *state, double *value);

/** How far <O> of a state of that infidelity may be from the exact one: (largest - smallest eigenvalue) sqrt(bound), at
 *  most (largest - smallest); of a Pauli sum with 2 sum_k |c_k| over the strings that are not the identity.       @local */
double kw_observable_error(const kw_observable *observable, kw_infidelity infidelity);

/** out <- O |state>, in the qubit order of `state`, not normalised.                                        @collective
 *  @return KW_OK, KW_E_ARG (numbers of qubits, precisions or communicators differ), KW_E_NOMEM */
kw_status kw_observable_apply(const kw_observable *observable, kw_state *state, kw_state *out);

/** Bytes sent per rank by one kw_observable_expect or kw_observable_apply of a state whose qubit q lives at physical
 *  position place[q].                                                                                           @local */
uint64_t kw_observable_bytes_exchanged(const kw_observable *observable, const int *place, int n_local,
                                       kw_precision precision);

/** Weights of the trash register: w[h] = sum of |psi_i|^2 over i whose trash bits hold h ones (h = 0..k); so
 *  F = w[0], 1 - F = w[1] + ... + w[k] and C_L = sum_h h w[h] / k, each without cancellation.              @collective */
void kw_state_trash_weights(const kw_state *state, uint64_t trash_mask, double *weights);

/** Reconstruction fidelity of the autoencoder for the encoded state phi = U psi:
 *  F_rec = sum_t |<chi_0|chi_t>|^2, chi_t = (<t|_trash) phi  (Romero et al. 2017, Eqs. 1-2).  The smaller of the latent
 *  and the trash register is made local first, which may exchange.                                         @collective
 *  @return KW_OK, KW_E_ARG (neither register fits into the local qubits), KW_E_NOMEM.
 *  Memory: at most 16 * 2^(n/2) bytes. */
kw_status kw_state_reconstruction_fidelity(kw_state *state, uint64_t trash_mask, double *fidelity);

#ifdef __cplusplus
}
#endif
#endif
