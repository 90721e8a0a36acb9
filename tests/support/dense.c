/* Dense reference: vectors, matrices and Pauli strings.  The gates are in dense_gates.c. */
#include "support/dense.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t dense_bits(uint64_t *seed) {
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

double dense_uniform(uint64_t *seed) { return (double)(dense_bits(seed) >> 11) * 0x1p-53; }

static kw_complex gaussian(uint64_t *seed) {
    const double radius = sqrt(-2.0 * log(1.0 - dense_uniform(seed)));
    return radius * cexp(I * 2.0 * M_PI * dense_uniform(seed));
}

kw_complex *dense_zero(int n) {
    kw_complex *vector = calloc((size_t)1 << n, sizeof *vector);
    if (!vector) abort();
    vector[0] = 1.0;
    return vector;
}

static void normalise(kw_complex *vector, size_t count, size_t stride) {
    double sum = 0.0;
    for (size_t i = 0; i < count; ++i) sum += creal(vector[i * stride] * conj(vector[i * stride]));
    for (size_t i = 0; i < count; ++i) vector[i * stride] /= sqrt(sum);
}

kw_complex *dense_random(uint64_t seed, int n) {
    kw_complex *vector = dense_zero(n);
    for (size_t i = 0; i < (size_t)1 << n; ++i) vector[i] = gaussian(&seed);
    normalise(vector, (size_t)1 << n, 1);
    return vector;
}

/* Gram-Schmidt (twice, for orthogonality to rounding) on the columns of a Gaussian matrix. */
void dense_random_unitary(uint64_t seed, int k, kw_complex *matrix) {
    const size_t d = (size_t)1 << k;
    for (size_t i = 0; i < d * d; ++i) matrix[i] = gaussian(&seed);
    for (size_t c = 0; c < d; ++c) {
        for (size_t b = 0; b < 2 * c; ++b) {
            const size_t other = b % c;
            kw_complex overlap = 0.0;
            for (size_t r = 0; r < d; ++r) overlap += conj(matrix[r * d + other]) * matrix[r * d + c];
            for (size_t r = 0; r < d; ++r) matrix[r * d + c] -= overlap * matrix[r * d + other];
        }
        normalise(matrix + c, d, d);
    }
}

void dense_apply_matrix(kw_complex *vector, int n, const kw_complex *matrix, const int *qubits, int k) {
    const size_t d = (size_t)1 << k;
    size_t mask = 0;
    for (int j = 0; j < k; ++j) mask |= (size_t)1 << qubits[j];
    for (size_t i = 0; i < (size_t)1 << n; ++i) {
        if (i & mask) continue;
        size_t index[1 << KW_MAX_TARGETS];
        kw_complex in[1 << KW_MAX_TARGETS];
        for (size_t c = 0; c < d; ++c) {
            index[c] = i;
            for (int j = 0; j < k; ++j) index[c] |= ((c >> j) & 1) << qubits[j];
            in[c] = vector[index[c]];
        }
        for (size_t r = 0; r < d; ++r) {
            kw_complex sum = 0.0;
            for (size_t c = 0; c < d; ++c) sum += matrix[r * d + c] * in[c];
            vector[index[r]] = sum;
        }
    }
}

/* Y = iXZ, so P|i> = i^{|x & z|} (-1)^{|i & z|} |i ^ x> */
void dense_add_pauli(kw_complex *out, const kw_complex *vector, int n, double coefficient, uint64_t x, uint64_t z) {
    static const kw_complex powers[4] = {1.0, I, -1.0, -I};
    const kw_complex phase = powers[__builtin_popcountll(x & z) % 4];
    for (uint64_t i = 0; i < (uint64_t)1 << n; ++i) {
        const double sign = __builtin_popcountll(i & z) % 2 ? -1.0 : 1.0;
        out[i ^ x] += coefficient * sign * phase * vector[i];
    }
}

double dense_expect_pauli(const kw_complex *vector, int n, uint64_t x, uint64_t z) {
    kw_complex *image = dense_zero(n);
    image[0] = 0.0;
    dense_add_pauli(image, vector, n, 1.0, x, z);
    const double value = creal(dense_inner(vector, image, n));
    free(image);
    return value;
}

kw_complex dense_inner(const kw_complex *a, const kw_complex *b, int n) {
    kw_complex sum = 0.0;
    for (size_t i = 0; i < (size_t)1 << n; ++i) sum += conj(a[i]) * b[i];
    return sum;
}

double dense_distance(const kw_complex *a, const kw_complex *b, int n) {
    double largest = 0.0;
    for (size_t i = 0; i < (size_t)1 << n; ++i) {
        const double distance = cabs(a[i] - b[i]);
        if (!(distance <= largest)) largest = distance;
    }
    return largest;
}
