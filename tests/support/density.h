/* Independent dense reference for noise: a density matrix rho of 2^n x 2^n, column by column, and textbook channels on it.
 */
#ifndef TEST_DENSITY_H
#define TEST_DENSITY_H

#include "ketwall/noise.h"

/** |0...0><0...0|; the caller frees it. */
kw_complex *density_zero(int n);

/** rho <- U rho U^dag for gates [first, first + count) of a circuit without unitaries. */
void density_gates(kw_complex *rho, const kw_circuit *circuit, size_t first, size_t count);

/** rho <- (1 - p) rho + p I/2^k (x) Tr_k rho over the qubits of the mask. */
void density_depolarise(kw_complex *rho, int n, uint64_t qubits, double p);

/** rho <- sum of K rho K^dag on one qubit: dephasing, bit flip or amplitude damping with a rate. */
void density_channel(kw_complex *rho, int n, kw_noise_channel channel, int qubit, double rate);

/** The gates and the noise of a program without conditions and resets, every rate times `factor` (at most 1); measurements
 *  and readout errors are passed over.  The caller frees it. */
kw_complex *density_program(const kw_program *program, double factor);

/** Tr(P rho), P as in dense_add_pauli. */
double density_expect(const kw_complex *rho, int n, uint64_t x, uint64_t z);

/** Probability of basis state i once every qubit is misread: 1 for 0 with probability p01, 0 for 1 with probability p10. */
double density_read(const kw_complex *rho, int n, uint64_t i, double p01, double p10);

#endif
