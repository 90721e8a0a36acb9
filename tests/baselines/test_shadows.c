/* Classical shadows: uniform bases, estimates without bias, the variances of theory, reconstruction against copies. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "baselines/overlap.h"
#include "baselines/shadows.h"
#include "baselines/stabilizer_basis.h"
#include "support/chi2.h"
#include "support/dense.h"
#include "support/world.h"

#define MUST(call) assert_int_equal(call, KW_OK)

static const kw_shadow_kind kinds[] = {KW_SHADOW_CLIFFORD, KW_SHADOW_PAULI};

/* ---- bases ---- */

/* All products of the generators but the identity, as a set of 4^n bits: the same for generators of the same basis. */
static uint64_t set_of(const kw_string *g, int n) {
    uint64_t set = 0;
    for (uint64_t t = 1; t < kw_bit(n); ++t) {
        kw_string p = {0, 0};
        for (int k = 0; k < n; ++k)
            if (t >> k & 1) p = kw_strings_join(p, g[k]);
        assert_true(p.x || p.z); /* independent */
        set |= kw_bit((int)(p.x << n | p.z));
    }
    return set;
}

/* Every one of the prod (2^i + 1) bases as often as every other. */
static void bases_are_uniform(void **unused) {
    (void)unused;
    static const size_t known[] = {0, 3, 15, 135};
    for (int n = 1; n <= 3; ++n) {
        enum { EACH = 200 };
        uint64_t sets[135], counts[135] = {0};
        double probabilities[135];
        size_t met = 0;
        for (uint64_t trial = 0; trial < EACH * known[n]; ++trial) {
            const kw_rng rng = kw_rng_make(5, KW_STREAM_TEST, trial);
            kw_string g[3];
            uint64_t draw = 0;
            size_t i = 0;
            kw_stabilizer_basis(&rng, &draw, n, g);
            const uint64_t set = set_of(g, n);
            while (i < met && sets[i] != set) ++i;
            assert_true(i < known[n]);
            if (i == met) sets[met++] = set;
            ++counts[i];
        }
        assert_int_equal(met, known[n]);
        for (size_t i = 0; i < met; ++i) probabilities[i] = 1 / (double)met;
        assert_true(test_chi2(counts, probabilities, met, EACH * known[n]) < test_chi2_bound(met));
    }
}

static void generators_commute(void **unused) {
    (void)unused;
    for (int n = 1; n <= 32; ++n) {
        const kw_rng rng = kw_rng_make(6, KW_STREAM_TEST, (uint64_t)n);
        kw_string g[32];
        uint64_t draw = 0;
        for (int trial = 0; trial < 20; ++trial) {
            if (trial % 2) kw_product_basis(&rng, &draw, n, g);
            else kw_stabilizer_basis(&rng, &draw, n, g);
            for (int i = 0; i < n; ++i)
                for (int j = 0; j < n; ++j) assert_false(kw_strings_anticommute(g[i], g[j]));
            if (n <= 3) set_of(g, n);
        }
    }
}

/* ---- single copies ---- */

static kw_complex *estimate_of(const kw_shadow *shadow, int n) {
    kw_complex *rho = calloc((size_t)1 << (2 * n), sizeof *rho);
    if (!rho) abort();
    kw_shadow_estimate(shadow, 1, rho);
    return rho;
}

/* One copy: (d + 1)|s><s| - 1, or a product of 3|s><s| - 1: Hermitian, trace 1, with the eigenvalues d, -1 or 2, -1. */
static void one_copy_inverts_the_channel(void **unused) {
    (void)unused;
    for (int kind = 0; kind < 2; ++kind)
        for (int n = 1; n <= 5; ++n)
            for (uint64_t source = 0; source < 10; ++source) {
                const size_t d = (size_t)1 << n;
                kw_complex *psi = dense_random(source + 3, n), top[32];
                kw_shadow *shadow = NULL;
                MUST(kw_shadow_create(kinds[kind], n, &shadow));
                kw_shadow_measure(shadow, psi, 4, source, 1);
                kw_complex *rho = estimate_of(shadow, n), trace = 0, square = 0;
                for (size_t i = 0; i < d; ++i) {
                    trace += rho[i * d + i];
                    for (size_t j = 0; j < d; ++j) {
                        assert_true(cabs(rho[i * d + j] - conj(rho[j * d + i])) < 1e-12);
                        square += rho[i * d + j] * rho[j * d + i];
                    }
                }
                assert_true(cabs(trace - 1) < 1e-12);
                const double expected = kind ? pow(5, n) : (double)(d * d + d - 1);
                assert_true(cabs(square - expected) < 1e-9);
                MUST(kw_leading_vectors(rho, d, 1, top));
                kw_complex image[32] = {0};
                for (size_t i = 0; i < d; ++i)
                    for (size_t j = 0; j < d; ++j) image[i] += rho[i * d + j] * top[j];
                for (size_t i = 0; i < d; ++i) assert_true(cabs(image[i] - (double)d * top[i]) < 1e-10);
                free(rho);
                free(psi);
                kw_shadow_destroy(&shadow);
            }
}

/* ---- many copies ---- */

/* Every entry of the mean estimate against the state, by the scatter of batches. */
static void estimates_have_no_bias(void **unused) {
    (void)unused;
    enum { N = 3, D = 8, BATCHES = 300, COPIES = 60 };
    for (int kind = 0; kind < 2; ++kind) {
        kw_complex *psi = dense_random(17, N), mean[D * D] = {0};
        double square[D * D][2] = {{0}};
        for (uint64_t batch = 0; batch < BATCHES; ++batch) {
            kw_shadow *shadow = NULL;
            MUST(kw_shadow_create(kinds[kind], N, &shadow));
            kw_shadow_measure(shadow, psi, 8, batch, COPIES);
            assert_int_equal(kw_shadow_copies(shadow), COPIES);
            kw_complex *rho = estimate_of(shadow, N);
            for (size_t i = 0; i < D * D; ++i) {
                mean[i] += rho[i] / BATCHES;
                square[i][0] += creal(rho[i]) * creal(rho[i]) / BATCHES;
                square[i][1] += cimag(rho[i]) * cimag(rho[i]) / BATCHES;
            }
            free(rho);
            kw_shadow_destroy(&shadow);
        }
        for (size_t i = 0; i < D * D; ++i) {
            const kw_complex off = mean[i] - psi[i / D] * conj(psi[i % D]);
            const double errors[2] = {sqrt((square[i][0] - creal(mean[i]) * creal(mean[i])) / BATCHES),
                                      sqrt(fabs(square[i][1] - cimag(mean[i]) * cimag(mean[i])) / BATCHES)};
            if (!(fabs(creal(off)) < 5 * errors[0] && fabs(cimag(off)) <= 5 * errors[1] + 1e-14))
                fail_msg("%d, entry %zu: off by %g, %g; errors %g, %g", kind, i, creal(off), cimag(off), errors[0],
                         errors[1]);
            assert_true(errors[0] < 0.05);
        }
        free(psi);
    }
}

/* Tr(estimate |psi><psi|) of single copies: mean 1, variance 2 (d - 1) / (d + 2). */
static void fidelity_estimates_scatter_as_theory_says(void **unused) {
    (void)unused;
    enum { COPIES = 6000 };
    for (int n = 2; n <= 4; ++n) {
        const size_t d = (size_t)1 << n;
        kw_complex *psi = dense_random(23, n);
        double sums[5] = {0};
        for (uint64_t copy = 0; copy < COPIES; ++copy) {
            kw_shadow *shadow = NULL;
            MUST(kw_shadow_create(KW_SHADOW_CLIFFORD, n, &shadow));
            kw_shadow_measure(shadow, psi, 9, copy, 1);
            kw_complex *rho = estimate_of(shadow, n), value = 0;
            for (size_t i = 0; i < d; ++i)
                for (size_t j = 0; j < d; ++j) value += conj(psi[i]) * rho[i * d + j] * psi[j];
            for (int k = 1; k <= 4; ++k) sums[k] += pow(creal(value) - 1, k) / COPIES;
            free(rho);
            kw_shadow_destroy(&shadow);
        }
        const double variance = 2 * ((double)d - 1) / ((double)d + 2);
        if (!(fabs(sums[1]) < 4.5 * sqrt(variance / COPIES))) fail_msg("n = %d: mean 1 + %g", n, sums[1]);
        if (!(fabs(sums[2] - variance) < 4.5 * sqrt((sums[4] - sums[2] * sums[2]) / COPIES)))
            fail_msg("n = %d: variance %g, expected %g", n, sums[2], variance);
        free(psi);
    }
}

/* 1 - F of the closest pure state, 2 (d^2 - 1) / (d + 2) / N, and smaller the more copies. */
static void reconstruction_follows_the_copies(void **unused) {
    (void)unused;
    enum { N = 3, D = 8, REPEATS = 60 };
    static const int copies[] = {1000, 8000};
    for (int c = 0; c < 2; ++c) {
        double mean = 0, square = 0;
        for (uint64_t repeat = 0; repeat < REPEATS; ++repeat) {
            kw_complex *psi = dense_random(repeat + 31, N), top[D];
            kw_shadow *shadow = NULL;
            MUST(kw_shadow_create(KW_SHADOW_CLIFFORD, N, &shadow));
            kw_shadow_measure(shadow, psi, 10, repeat, (uint64_t)copies[c]);
            kw_complex *rho = estimate_of(shadow, N);
            MUST(kw_leading_vectors(rho, D, 1, top));
            const double error = 1 - kw_vector_fidelity(top, psi, D);
            mean += error / REPEATS;
            square += error * error / REPEATS;
            free(rho);
            free(psi);
            kw_shadow_destroy(&shadow);
        }
        const double theory = 2 * (D * D - 1) / (D + 2.0) / copies[c];
        if (!(fabs(mean - theory) < 5 * sqrt((square - mean * mean) / REPEATS) + 0.03 * theory))
            fail_msg("%d copies: 1 - F = %.3e, theory %.3e", copies[c], mean, theory);
    }
}

/* Copies are numbered: in one go or in two, the same numbers; other sources and seeds have their own. */
static void copies_are_numbered(void **unused) {
    (void)unused;
    enum { N = 4 };
    kw_complex *psi = dense_random(2, N), *one, *two, *three;
    kw_shadow *a = NULL, *b = NULL, *c = NULL;
    for (int kind = 0; kind < 2; ++kind) {
        MUST(kw_shadow_create(kinds[kind], N, &a));
        MUST(kw_shadow_create(kinds[kind], N, &b));
        MUST(kw_shadow_create(kinds[kind], N, &c));
        kw_shadow_measure(a, psi, 1, 7, 50);
        kw_shadow_measure(b, psi, 1, 7, 20);
        kw_shadow_measure(b, psi, 1, 7, 30);
        kw_shadow_measure(c, psi, 1, 8, 50);
        one = estimate_of(a, N), two = estimate_of(b, N), three = estimate_of(c, N);
        assert_memory_equal(one, two, sizeof *one << (2 * N));
        assert_true(memcmp(one, three, sizeof *one << (2 * N)) != 0);
        free(one);
        free(two);
        free(three);
        kw_shadow_destroy(&a);
        kw_shadow_destroy(&b);
        kw_shadow_destroy(&c);
    }
    free(psi);
}

static void sizes_are_checked(void **unused) {
    (void)unused;
    kw_shadow *shadow = NULL;
    assert_int_equal(kw_shadow_create(KW_SHADOW_PAULI, 0, &shadow), KW_E_INPUT);
    assert_int_equal(kw_shadow_create(KW_SHADOW_PAULI, KW_SHADOW_QUBITS + 1, &shadow), KW_E_INPUT);
    assert_null(shadow);
    kw_shadow_destroy(&shadow);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bases_are_uniform),
        cmocka_unit_test(generators_commute),
        cmocka_unit_test(one_copy_inverts_the_channel),
        cmocka_unit_test(estimates_have_no_bias),
        cmocka_unit_test(fidelity_estimates_scatter_as_theory_says),
        cmocka_unit_test(reconstruction_follows_the_copies),
        cmocka_unit_test(copies_are_numbered),
        cmocka_unit_test(sizes_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
