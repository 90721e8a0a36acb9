/* Independent dense reference: a vector of 2^n amplitudes and plain matrix algebra on basis indices.
 * Gates are the qelib1.inc programs over U(theta, phi, lambda) and CX; nothing of the library is called. */
#ifndef TEST_DENSE_H
#define TEST_DENSE_H

#include <stdint.h>

#include "ketwall/gate.h"

/** Next 64 random bits; next uniform number in [0, 1) (splitmix64). */
uint64_t dense_bits(uint64_t *seed);
double dense_uniform(uint64_t *seed);

/** |0...0>, or a random unit vector of 2^n amplitudes; the caller frees it. */
kw_complex *dense_zero(int n);
kw_complex *dense_random(uint64_t seed, int n);

/** A random unitary, 2^k x 2^k, row-major. */
void dense_random_unitary(uint64_t seed, int k, kw_complex *matrix);

/** vector <- gate vector; qubits: controls first, then targets.  Not for KW_GATE_UNITARY. */
void dense_apply(kw_complex *vector, int n, kw_gate_kind kind, const int *qubits, int n_qubits, const double *angles);

/** vector <- matrix on k qubits; qubits[j] is bit j of the matrix index. */
void dense_apply_matrix(kw_complex *vector, int n, const kw_complex *matrix, const int *qubits, int k);

/** out += coefficient * P vector, P = X, Z or Y where x, z or both have the bit. */
void dense_add_pauli(kw_complex *out, const kw_complex *vector, int n, double coefficient, uint64_t x, uint64_t z);

/** <vector|P|vector> */
double dense_expect_pauli(const kw_complex *vector, int n, uint64_t x, uint64_t z);

/** <a|b>, and the largest |a_i - b_i|. */
kw_complex dense_inner(const kw_complex *a, const kw_complex *b, int n);
double dense_distance(const kw_complex *a, const kw_complex *b, int n);

#endif
