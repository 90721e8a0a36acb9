/* F4  Classical shadows. */
#include "baselines/shadows.h"

#include <complex.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "baselines/stabilizer_basis.h"

enum { BEYOND = 64 /* zgemv of OpenBLAS 0.3.21 reads a little beyond the end of a matrix */ };

struct kw_shadow {
    kw_shadow_kind kind;
    int n;
    uint64_t copies;
    double *sums;     /* (4^n) of the outcomes of string (x, z), at x 2^n + z */
    kw_complex *left; /* (2^n) what measuring has left of a copy */
};

uint64_t kw_shadow_bytes(int n) { return (sizeof(double) << (2 * n)) + (sizeof(kw_complex) << n); }

kw_status kw_shadow_create(kw_shadow_kind kind, int n, kw_shadow **out) {
    if (n < 1 || n > KW_SHADOW_QUBITS)
        return kw_fail(KW_E_INPUT, "classical shadow of %d qubits: 1 to %d can be reconstructed", n, (int)KW_SHADOW_QUBITS);
    kw_shadow *s = calloc(1, sizeof *s);
    double *numbers = s ? kw_block_alloc(kw_shadow_bytes(n)) : NULL;
    if (!numbers) {
        free(s);
        return kw_fail(KW_E_NOMEM, "no memory for a classical shadow of %d qubits", n);
    }
    memset(numbers, 0, kw_shadow_bytes(n));
    *s = (kw_shadow){.kind = kind, .n = n, .sums = numbers, .left = (kw_complex *)(numbers + kw_bit(2 * n))};
    *out = s;
    return KW_OK;
}

void kw_shadow_destroy(kw_shadow **shadow) {
    if (!*shadow) return;
    kw_block_free((*shadow)->sums, kw_shadow_bytes((*shadow)->n));
    free(*shadow);
    *shadow = NULL;
}

uint64_t kw_shadow_copies(const kw_shadow *shadow) { return shadow->copies; }

/* ---- one copy ---- */

static kw_complex power_of_i(int exponent) {
    static const kw_complex powers[] = {1, I, -1, -I};
    return powers[exponent & 3];
}

static double sign_of(uint64_t bits) { return kw_popcount(bits) & 1 ? -1 : 1; }

/* <psi|P|psi>, P|i> = i^|x & z| (-1)^|i & z| |i ^ x> */
static double expect(const kw_complex *psi, uint64_t d, kw_string p) {
    kw_complex sum = 0;
    for (uint64_t i = 0; i < d; ++i) sum += sign_of(i & p.z) * conj(psi[i ^ p.x]) * psi[i];
    return creal(power_of_i(kw_popcount(p.x & p.z)) * sum);
}

/* psi <- (1 + outcome P) psi scale / 2 */
static void project(kw_complex *psi, uint64_t d, kw_string p, double outcome, double scale) {
    const kw_complex factor = outcome * power_of_i(kw_popcount(p.x & p.z));
    for (uint64_t i = 0; i < d; ++i) {
        const uint64_t j = i ^ p.x;
        const kw_complex a = psi[i], b = psi[j];
        if (j < i) continue;
        psi[i] = 0.5 * scale * (a + factor * sign_of(j & p.z) * b);
        if (j != i) psi[j] = 0.5 * scale * (b + factor * sign_of(i & p.z) * a);
    }
}

/* Measures commuting strings one after the other, which leaves their joint eigenvector. */
static void measure_strings(kw_shadow *s, const kw_rng *rng, uint64_t *draw, const kw_string *g, double *outcomes) {
    const uint64_t d = kw_bit(s->n);
    for (int k = 0; k < s->n; ++k) {
        const double mean = fmin(fmax(expect(s->left, d, g[k]), -1), 1);
        outcomes[k] = kw_rng_uniform(rng, (*draw)++) < (1 + mean) / 2 ? 1 : -1;
        project(s->left, d, g[k], outcomes[k], 1 / sqrt((1 + outcomes[k] * mean) / 2));
    }
}

/* The outcomes of all products of the strings, in Gray code: each differs from the one before by one string. */
static void add_products(kw_shadow *s, const kw_string *g, const double *outcomes) {
    kw_string p = {0, 0};
    double outcome = 1;
    s->sums[0] += 1;
    for (uint64_t t = 1; t < kw_bit(s->n); ++t) {
        const int k = kw_log2(t & -t);
        if (kw_strings_phase(p, g[k]) == 2) outcome = -outcome;
        outcome *= outcomes[k];
        p = kw_strings_join(p, g[k]);
        s->sums[p.x << s->n | p.z] += outcome;
    }
}

void kw_shadow_measure(kw_shadow *s, const kw_complex *psi, uint64_t seed, uint64_t source, uint64_t count) {
    kw_string g[KW_SHADOW_QUBITS];
    double outcomes[KW_SHADOW_QUBITS];
    for (uint64_t c = 0; c < count; ++c, ++s->copies) {
        const kw_rng rng = kw_rng_make(seed, KW_STREAM_SHADOWS, source << 32 | s->copies);
        uint64_t draw = 0;
        if (s->kind == KW_SHADOW_CLIFFORD) kw_stabilizer_basis(&rng, &draw, s->n, g);
        else kw_product_basis(&rng, &draw, s->n, g);
        memcpy(s->left, psi, sizeof *psi << s->n);
        measure_strings(s, &rng, &draw, g, outcomes);
        add_products(s, g, outcomes);
    }
}

/* ---- estimates ---- */

/* Inverse of the channel on one string. */
static double weight_of(const kw_shadow *s, kw_string p) {
    if (!(p.x | p.z)) return 1;
    return s->kind == KW_SHADOW_CLIFFORD ? ldexp(1, s->n) + 1 : pow(3, kw_popcount(p.x | p.z));
}

/* values_j <- sum_z (-1)^|j & z| values_z */
static void walsh_hadamard(kw_complex *values, uint64_t d) {
    for (uint64_t step = 1; step < d; step *= 2)
        for (uint64_t j = 0; j < d; ++j) {
            if (j & step) continue;
            const kw_complex a = values[j], b = values[j | step];
            values[j] = a + b;
            values[j | step] = a - b;
        }
}

/* rho_{j ^ x, j} = 2^-n sum_z i^|x & z| (-1)^|j & z| <P_xz> */
void kw_shadow_estimate(const kw_shadow *s, double weight, kw_complex *rho) {
    const uint64_t d = kw_bit(s->n);
    kw_complex line[1 << KW_SHADOW_QUBITS];
    for (uint64_t x = 0; x < d; ++x) {
        for (uint64_t z = 0; z < d; ++z) {
            const kw_string p = {x, z};
            line[z] = power_of_i(kw_popcount(x & z)) * weight_of(s, p) * s->sums[x << s->n | z];
        }
        walsh_hadamard(line, d);
        for (uint64_t j = 0; j < d; ++j) rho[(j ^ x) * d + j] += weight * line[j] / (double)(s->copies * d);
    }
}

kw_status kw_leading_vectors(const kw_complex *matrix, size_t d, size_t count, kw_complex *vectors) {
    kw_complex *columns = malloc((d * d + BEYOND) * sizeof *columns);
    double *values = malloc(d * sizeof *values);
    kw_status status = columns && values ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for eigenvectors of %zu numbers", d);
    if (status == KW_OK) {
        for (size_t r = 0; r < d; ++r)
            for (size_t c = 0; c < d; ++c) columns[c * d + r] = matrix[r * d + c];
        const lapack_int info = LAPACKE_zheevd(LAPACK_COL_MAJOR, 'V', 'L', (lapack_int)d, columns, (lapack_int)d, values);
        if (info) status = kw_fail(KW_E_INTERNAL, "zheevd on a matrix of %zu rows returned %d", d, (int)info);
    }
    for (size_t a = 0; status == KW_OK && a < count; ++a)
        memcpy(vectors + a * d, columns + (d - 1 - a) * d, d * sizeof *vectors);
    free(values);
    free(columns);
    return status;
}

double kw_tomography_error(double rank, double dimension, double copies) { return fmin(rank * dimension / copies, 1); }
