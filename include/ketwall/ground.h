/* Ground-state energies: what a variational result stands beside.  Lanczos (ARPACK over one process, PARPACK through kw_comm
 * over several, LAPACK up to 6 qubits), the best product state, and the chains that have closed forms. */
#ifndef KETWALL_GROUND_H
#define KETWALL_GROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ketwall/comm.h"
#include "ketwall/observable.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double energy, residual; /* residual: |H v - E v| */
    int products;            /* y = H x taken; 0: dense diagonalisation, or no X and Y in H */
} kw_ground;

/** Lowest eigenvalue of the Pauli sum H = sum_k c_k P_k: without X and Y the least diagonal element, else by Lanczos from a
 *  random start, where a complex H = A + i B becomes the real [A -B; B A] on one more qubit.  One solve at a time in a
 *  process, since ARPACK keeps its state in static variables.                                              @collective
 *  @param[in]  seed    of the start vector, which depends on no rank count
 *  @param[out] result  the same on every rank; energy in the units of the coefficients
 *  @return KW_OK, KW_E_INPUT (as kw_observable_pauli_sum), KW_E_ARG (rank count; a communicator without solver; more than
 *          2^29 components per rank), KW_E_NOMEM, KW_E_INTERNAL (no convergence)
 *  Memory: kw_ground_energy_bytes().  Source: Lehoucq, Sorensen & Yang, ARPACK Users' Guide (SIAM 1998). */
kw_status kw_ground_energy(kw_comm *comm, int n_qubits, const kw_pauli *terms, size_t count, uint64_t seed,
                           kw_ground *result);

/** Counted bytes per rank of kw_ground_energy on `ranks` ranks: about 25 vectors of 8 * 2^n / ranks bytes; UINT64_MAX where
 *  it refuses.                                                                                                   @local */
uint64_t kw_ground_energy_bytes(int n_qubits, const kw_pauli *terms, size_t count, int ranks);

/** Lowest <H> found over product states of n qubits with Bloch vectors r_q: E = sum_k c_k prod_{q in k} r_q[P_k(q)].  E is
 *  linear in every r_q, so each is turned in turn against its gradient until E stops falling; the best of several random
 *  starts, an upper bound on the true product optimum.                                                          @local
 *  @return KW_OK, KW_E_INPUT (as kw_observable_pauli_sum), KW_E_NOMEM.  Memory: 8 bytes per qubit of every string. */
kw_status kw_product_energy(int n_qubits, const kw_pauli *terms, size_t count, uint64_t seed, double *energy);

/* ---- chains and ladders: open, or periodic (a ring; a "ring" of 2 sites has one bond) ---- */

/** Transverse-field Ising chain -sum_b Z Z - h sum_q X.  Writes at most 2 n terms, returns their number.       @local */
size_t kw_tfim_terms(int n_qubits, double h, bool periodic, kw_pauli *terms);

/** Heisenberg (XXZ) chain sum_b (X X + Y Y + Delta Z Z).  Writes at most 3 n terms, returns their number.      @local */
size_t kw_heisenberg_terms(int n_qubits, double delta, bool periodic, kw_pauli *terms);

/* Fermi-Hubbard model on sites_x columns and sites_y rows, ring along x where `periodic`, open along y.  On two columns the
 * ring would join both by the bond inside and by the one around the edge: once as on a chain, or `twice`. */
typedef struct {
    int sites_x, sites_y;
    double hopping, interaction; /* t, U */
    bool periodic, twice;
} kw_hubbard;

/** H = -t sum_{bonds, spins} (a_i^dag a_j + h.c.) + U sum_i n_{i up} n_{i down} by Jordan and Wigner: spin s (0 up, 1 down)
 *  of site x + sites_x y is qubit 2 site + s, 1 for occupied.  Writes at most 12 terms per site, returns their number.
 *  @local */
size_t kw_hubbard_terms(const kw_hubbard *model, kw_pauli *terms);

/** Ground-state energy of the Ising chain from free fermions (Pfeuty 1970): open, -sum of the singular values of the
 *  n x n matrix with h on and 1 beside the diagonal; ring, -sum_k sqrt(1 + h^2 - 2 h cos k), k = (2 m + 1) pi / n.
 *  @return KW_OK, KW_E_INPUT (n < 1), KW_E_NOMEM, KW_E_INTERNAL (LAPACK) @local */
kw_status kw_tfim_energy(int n_qubits, double h, bool periodic, double *energy);

#ifdef __cplusplus
}
#endif
#endif
