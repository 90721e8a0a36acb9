/* F2  Spin chains, and the matrix-free product y = H x of a real Hamiltonian with a real vector over all ranks.
 *
 * Vectors: 2^n doubles, 2^l per rank; component i of rank r belongs to basis state r 2^l + i (position = logical qubit). */
#ifndef KW_HAMILTONIAN_H
#define KW_HAMILTONIAN_H

#include <stdbool.h>
#include <stddef.h>

#include "ketwall/ground.h"

/** Bonds of a chain: n - 1 open; n on a ring, but 1 on a "ring" of 2 sites.  Bond b joins sites b and (b + 1) mod n. */
int kw_chain_bonds(int n_qubits, bool periodic);

typedef struct kw_hamiltonian kw_hamiltonian;

/** Groups the terms by x mask and stores the diagonal.  Every term must be real (an even number of Y).    @collective
 *  @return KW_OK, KW_E_ARG (a complex term), KW_E_NOMEM.  Counted memory: kw_hamiltonian_bytes(). */
kw_status kw_hamiltonian_create(kw_comm *comm, int n_qubits, const kw_pauli *terms, size_t count, kw_hamiltonian **out);
void kw_hamiltonian_destroy(kw_hamiltonian **hamiltonian);
uint64_t kw_hamiltonian_bytes(int n_qubits, int ranks);

/** Adds `amount` to the diagonal elements of the basis states that `is_lifted` names.                            @local */
void kw_hamiltonian_lift(kw_hamiltonian *hamiltonian, bool (*is_lifted)(const void *context, uint64_t index),
                         const void *context, double amount);

/** y <- H x.  The partner's block is streamed once per distinct pattern of global X bits.                  @collective */
void kw_hamiltonian_apply(kw_hamiltonian *hamiltonian, const double *x, double *y);

/** The least diagonal element of a sum of I and Z strings.  No memory; 2^l times `count` operations.       @collective */
double kw_diagonal_minimum(kw_comm *comm, int n_qubits, const kw_pauli *terms, size_t count);

#endif
