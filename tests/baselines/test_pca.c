/* Principal components: the training fidelity is the sum of the largest eigenvalues, on families whose spectrum is known;
 * vectors are orthonormal and know unseen states of the same span. */
#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "baselines/pca.h"
#include "support/dense.h"
#include "support/states.h"

#define SUCCEEDS(call)                                                                                                      \
    do {                                                                                                                    \
        if ((call) != KW_OK) fail_msg("%s: %s", #call, kw_error_message());                                                 \
    } while (0)

static const double paddle[] = {0.4, 0.2, 0.2, 0.1, 0.1};

static double mean_fidelity(const kw_pca *pca, const test_states *s) {
    kw_complex *out = calloc(s->count * s->dimension, sizeof *out);
    double *norms = calloc(s->count, sizeof *norms), mean = 0;
    SUCCEEDS(kw_pca_run(pca, s->states, s->count, NULL, out, norms));
    for (size_t i = 0; i < s->count; ++i) {
        const kw_complex inner = dense_inner(s->states + i * s->dimension, out + i * s->dimension, s->n);
        const double f = creal(inner) * creal(inner) + cimag(inner) * cimag(inner);
        assert_true(fabs(f - norms[i] * norms[i]) < 1e-12); /* <psi|P|psi> both */
        mean += s->weights[i] * f;
    }
    free(norms);
    free(out);
    return mean;
}

static void known(test_states s, int latent, double optimum, size_t components) {
    kw_pca *pca = NULL;
    double sum = 0, kept = 0;
    const uint64_t before = kw_memory_now();
    SUCCEEDS(kw_pca_create(s.n, latent, s.states, s.weights, s.count, &pca));
    assert_int_equal(kw_memory_now() - before, kw_pca_bytes(pca));
    assert_int_equal(kw_pca_components(pca), components);
    assert_int_equal(kw_pca_bytes(pca), components * s.dimension * 16);
    for (size_t i = 0; i < s.count; ++i) {
        sum += kw_pca_eigenvalues(pca)[i];
        if (i < components) kept += kw_pca_eigenvalues(pca)[i];
    }
    assert_true(fabs(sum - 1) < 1e-12);
    assert_true(fabs(kept - optimum) < 1e-12);
    assert_true(fabs(mean_fidelity(pca, &s) - optimum) < 1e-12);
    kw_pca_destroy(&pca);
    assert_int_equal(kw_memory_now(), before);
    states_free(&s);
}

static void families(void **state) {
    (void)state;
    known(states_ghz_phase(4, 6), 0, 0.5, 1);
    known(states_ghz_phase(4, 6), 1, 1.0, 2);
    known(states_ghz_phase(4, 6), 3, 1.0, 2); /* rank 2: no more vectors than that */
    known(states_w_phase(5, 5), 1, 2.0 / 5, 2);
    known(states_w_phase(5, 5), 2, 4.0 / 5, 4);
    known(states_w_phase(5, 5), 3, 1.0, 5);
    known(states_spectrum(3, paddle, 5, 3), 2, 0.9, 4);
    known(states_random(4, 1, 5), 0, 1.0, 1);
}

/* Latents are the coordinates: their products are those of the states inside the span. */
static void unseen(void **state) {
    (void)state;
    test_states train = states_ghz_phase(4, 3), test = states_ghz_phase(4, 7);
    kw_pca *pca = NULL;
    kw_complex z[14];
    SUCCEEDS(kw_pca_create(4, 1, train.states, train.weights, train.count, &pca));
    assert_true(fabs(mean_fidelity(pca, &test) - 1) < 1e-12);
    SUCCEEDS(kw_pca_run(pca, test.states, test.count, z, NULL, NULL));
    for (size_t i = 0; i < 7; ++i)
        for (size_t j = 0; j < 7; ++j) {
            const kw_complex latent = conj(z[2 * i]) * z[2 * j] + conj(z[2 * i + 1]) * z[2 * j + 1];
            const kw_complex exact = dense_inner(test.states + 16 * i, test.states + 16 * j, 4);
            assert_true(cabs(latent - exact) < 1e-12);
        }
    kw_pca_destroy(&pca);
    states_free(&train);
    states_free(&test);
}

static void refusals(void **state) {
    (void)state;
    test_states s = states_ghz_phase(2, 2);
    kw_pca *pca = NULL;
    assert_int_equal(kw_pca_create(2, 3, s.states, s.weights, 2, &pca), KW_E_ARG);
    assert_int_equal(kw_pca_create(0, 0, s.states, s.weights, 2, &pca), KW_E_ARG);
    assert_int_equal(kw_pca_create(2, 1, s.states, s.weights, 0, &pca), KW_E_ARG);
    assert_null(pca);
    states_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(families), cmocka_unit_test(unseen), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests_name("pca", tests, NULL, NULL);
}
