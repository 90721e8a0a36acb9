/* F2  Ground state of a real Hamiltonian: ARPACK over one process, PARPACK (through kw_comm) over several, LAPACK up to 6
 * qubits.  The result is the projection of a fixed start vector onto the ground eigenspace, so that degenerate ground
 * states (an Ising chain at h -> 0, a Heisenberg chain of an odd number of sites) come out in a definite sector, the same
 * on any rank count. */
#ifndef KW_LANCZOS_H
#define KW_LANCZOS_H

#include "data/hamiltonian.h"

typedef enum {
    KW_START_UNIFORM, /* all ones: for Hamiltonians whose off-diagonal elements are <= 0 (Ising chain).  The ground state is
                         positive (Perron-Frobenius) and even under the flip of all spins; the odd sector is lifted by 2, so
                         that at h -> 0 the cat state comes out, not a mixture of sectors */
    KW_START_SECTOR,  /* random on the basis states with floor(n/2) ones: for Hamiltonians that conserve that number */
    KW_START_SPINS,   /* random on the basis states with floor(n/4) ones among the even and as many among the odd qubits:
                         the half-filled sector without magnetisation of kw_hubbard_terms */
    KW_START_RANDOM   /* random everywhere */
} kw_start;

/** Counted bytes per rank of kw_ground_state beside its result: the diagonal of H and about 24 vectors; UINT64_MAX where
 *  it refuses more than 2^29 components per rank.                                                               @local */
uint64_t kw_ground_bytes(int n_qubits, int ranks);

/** Lowest eigenpair within the sector of the start vector.                                                 @collective
 *  @param[in]  seed    of the random starts
 *  @param[out] vector  2^l components of this rank, normalised over all ranks; the first component of largest magnitude
 *                      (up to 1e-6 relative) is positive
 *  @return KW_OK, KW_E_ARG (this communicator has no Lanczos solver; more than 2^29 components per rank), KW_E_NOMEM,
 *          KW_E_INTERNAL (no convergence)
 *  Source: Lehoucq, Sorensen & Yang, ARPACK Users' Guide (SIAM 1998). */
kw_status kw_ground_state(kw_comm *comm, int n_qubits, const kw_pauli *terms, size_t count, kw_start start, uint64_t seed,
                          double *vector, kw_ground *result);

/** No string with X or Y: the ground state is a basis state.                                                    @local */
bool kw_paulis_are_diagonal(const kw_pauli *terms, size_t count);

#endif
