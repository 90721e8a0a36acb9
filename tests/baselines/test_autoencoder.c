/* Classical autoencoders: gradients of every kind against differences, exact optima, what phases and seeds do. */
#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "baselines/autoencoder_network.h"
#include "support/dense.h"
#include "support/states.h"

#define SUCCEEDS(call)                                                                                                      \
    do {                                                                                                                    \
        if ((call) != KW_OK) fail_msg("%s: %s", #call, kw_error_message());                                                 \
    } while (0)

static const double paddle[] = {0.4, 0.2, 0.2, 0.1, 0.1};
static const kw_autoencoder_training short_training = {300, 200, 0.02};

static kw_autoencoder_config config_of(kw_autoencoder_kind kind, int n, int latent) {
    return (kw_autoencoder_config){.kind = kind,
                                   .n_qubits = n,
                                   .latent = latent,
                                   .width = 6,
                                   .layers = 2,
                                   .chunk = 2,
                                   .activation = KW_ACTIVATION_TANH};
}

/* ---- gradients of whole networks ---- */

static double loss_at(const kw_autoencoder_network *n, const double *theta) {
    kw_tape_forward(n->tape, theta);
    return *kw_tape_value(n->tape, n->loss);
}

static void check_gradient(kw_autoencoder_kind kind) {
    const kw_autoencoder_config config = config_of(kind, 3, 1);
    test_states s = states_random(3, 4, 17);
    kw_autoencoder_network n;
    double sizes[4 * 8];
    SUCCEEDS(kw_autoencoder_build(&config, s.count, &n));
    SUCCEEDS(kw_tape_seal(n.tape));
    for (size_t i = 0; i < s.count * s.dimension; ++i) sizes[i] = cabs(s.states[i]);
    kw_tape_feed(n.tape, n.input, kind == KW_AUTOENCODER_AMPLITUDE ? sizes : (const double *)s.states);
    kw_tape_feed(n.tape, n.target, (const double *)s.states);
    kw_tape_feed(n.tape, n.weights, s.weights);
    const size_t p = kw_tape_parameters(n.tape);
    double *theta = calloc(2 * p, sizeof *theta), *g = theta + p;
    kw_tape_start(n.tape, 5, theta);
    const double at = loss_at(&n, theta), h = 1e-4;
    assert_true(at > 0 && at < 1);
    kw_tape_backward(n.tape, n.loss, g);
    for (size_t i = 0; i < p; ++i) {
        const double here = theta[i];
        double f[4];
        for (int k = 0; k < 4; ++k) {
            theta[i] = here + (const double[]){-2, -1, 1, 2}[k] * h;
            f[k] = loss_at(&n, theta);
        }
        theta[i] = here;
        const double expected = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h);
        if (!(fabs(g[i] - expected) < 1e-8)) fail_msg("kind %d, parameter %zu: %g, not %g", kind, i, g[i], expected);
    }
    free(theta);
    kw_tape_destroy(&n.tape);
    states_free(&s);
}

static void gradients(void **state) {
    (void)state;
    for (int kind = 0; kind < KW_AUTOENCODER_KINDS; ++kind) check_gradient((kw_autoencoder_kind)kind);
}

/* ---- training ---- */

static kw_autoencoder *trained(const kw_autoencoder_config *config, const test_states *s, uint64_t seed,
                               const kw_autoencoder_training *training, double *fidelity) {
    kw_autoencoder *ae = NULL;
    double loss;
    SUCCEEDS(kw_autoencoder_create(config, seed, &ae));
    SUCCEEDS(kw_autoencoder_train(ae, s->states, s->weights, s->count, training, &loss));
    SUCCEEDS(kw_autoencoder_fidelity(ae, s->states, s->weights, s->count, fidelity));
    if (config->kind != KW_AUTOENCODER_AMPLITUDE) assert_true(fabs(*fidelity + loss - 1) < 1e-12);
    return ae;
}

/* Complex linear maps reach the sum of the largest eigenvalues, and never pass it. */
static void reaches(kw_autoencoder_kind kind, test_states s, int latent, double optimum) {
    const kw_autoencoder_config config = config_of(kind, s.n, latent);
    double fidelity;
    kw_autoencoder *ae = trained(&config, &s, 1, &short_training, &fidelity);
    if (!(fabs(fidelity - optimum) < 1e-6))
        fail_msg("kind %d, %d qubits to %d: %.9f, not %.9f", kind, s.n, latent, fidelity, optimum);
    kw_autoencoder_destroy(&ae);
    states_free(&s);
}

static void linear_optima(void **state) {
    (void)state;
    static const kw_autoencoder_kind kinds[] = {KW_AUTOENCODER_LINEAR, KW_AUTOENCODER_ORTHONORMAL};
    for (int k = 0; k < 2; ++k) {
        reaches(kinds[k], states_ghz_phase(4, 6), 0, 0.5);
        reaches(kinds[k], states_ghz_phase(4, 6), 1, 1.0);
        reaches(kinds[k], states_w_phase(5, 5), 1, 0.4);
        reaches(kinds[k], states_w_phase(4, 4), 2, 1.0);
        reaches(kinds[k], states_spectrum(3, paddle, 5, 3), 2, 0.9);
    }
}

/* 2^{latent+1} reals are as many real directions: five states fit into eight, where complex maps of four keep 0.9. */
static void real_maps_pass_the_bound(void **state) {
    (void)state;
    test_states s = states_spectrum(3, paddle, 5, 3);
    const kw_autoencoder_config config = config_of(KW_AUTOENCODER_REAL, 3, 2);
    double fidelity;
    kw_autoencoder *ae = trained(&config, &s, 1, &short_training, &fidelity);
    assert_true(fidelity > 1 - 1e-6);
    kw_autoencoder_destroy(&ae);
    states_free(&s);
}

/* Every network learns four states by heart. */
static void networks_learn(void **state) {
    (void)state;
    static const kw_autoencoder_kind kinds[] = {KW_AUTOENCODER_DENSE, KW_AUTOENCODER_CONV, KW_AUTOENCODER_DILATED,
                                                KW_AUTOENCODER_GRU};
    static const kw_autoencoder_training training = {600, 400, 0.02};
    for (int k = 0; k < 4; ++k) {
        test_states s = states_ghz_phase(4, 4);
        kw_autoencoder_config config = config_of(kinds[k], 4, 1);
        double fidelity;
        config.width = 12;
        config.chunk = 4;
        kw_autoencoder *ae = trained(&config, &s, 2, &training, &fidelity);
        if (!(fidelity > 0.999)) fail_msg("kind %d: %.6f", kinds[k], fidelity);
        kw_autoencoder_destroy(&ae);
        states_free(&s);
    }
}

/* |amplitudes| that are told perfectly have fidelity |sum_k |a_k| a_k|^2 with the state: 1/2 for GHZ, on average over Haar
 * states 2/(d+1), with a standard deviation per state that is not above 2/(d+1) (an exponential distribution's). */
static void phases_are_lost(void **state) {
    (void)state;
    test_states ghz = states_ghz_phase(4, 6), haar = states_random(3, 48, 23);
    kw_autoencoder_config config = config_of(KW_AUTOENCODER_AMPLITUDE, 4, 1);
    double fidelity, exact = 0;
    kw_autoencoder *ae = trained(&config, &ghz, 1, &short_training, &fidelity);
    assert_true(fabs(fidelity - 0.5) < 1e-6);
    kw_autoencoder_destroy(&ae);
    config = config_of(KW_AUTOENCODER_AMPLITUDE, 3, 2); /* 8 reals for 8 amplitudes: nothing need be lost but the phases */
    config.layers = 0;
    ae = trained(&config, &haar, 0, &short_training, &fidelity);
    for (size_t i = 0; i < haar.count; ++i) {
        kw_complex inner = 0;
        for (size_t k = 0; k < 8; ++k) inner += cabs(haar.states[8 * i + k]) * haar.states[8 * i + k];
        exact += creal(inner * conj(inner)) / (double)haar.count;
    }
    if (!(fabs(fidelity - exact) < 1e-5)) fail_msg("fidelity %.6f, exact %.6f", fidelity, exact);
    assert_true(fabs(exact - 2.0 / 9) < 4 * 2.0 / 9 / sqrt((double)haar.count));
    kw_autoencoder_destroy(&ae);
    states_free(&ghz);
    states_free(&haar);
}

/* ---- use ---- */

/* A state and its multiples by phases have the same latent and the same output. */
static void global_phase(void **state) {
    (void)state;
    for (int kind = 0; kind < KW_AUTOENCODER_KINDS; ++kind) {
        const kw_autoencoder_config config = config_of((kw_autoencoder_kind)kind, 3, 1);
        const kw_autoencoder_training training = {3, 0, 0.01};
        test_states s = states_random(3, 2, 31);
        kw_autoencoder *ae = NULL;
        kw_complex out[2][16];
        double z[2][8], norms[2];
        SUCCEEDS(kw_autoencoder_create(&config, 1, &ae));
        SUCCEEDS(kw_autoencoder_train(ae, s.states, s.weights, s.count, &training, NULL));
        SUCCEEDS(kw_autoencoder_run(ae, s.states, 2, z[0], out[0], norms));
        for (size_t i = 0; i < 16; ++i) s.states[i] *= cexp(1.3 * I);
        SUCCEEDS(kw_autoencoder_run(ae, s.states, 2, z[1], out[1], NULL));
        for (int i = 0; i < 8; ++i) assert_true(fabs(z[0][i] - z[1][i]) < 1e-12);
        for (int i = 0; i < 16; ++i) assert_true(cabs(out[0][i] - out[1][i]) < 1e-12);
        for (int i = 0; i < 2; ++i) {
            assert_true(fabs(creal(dense_inner(out[0] + 8 * i, out[0] + 8 * i, 3)) - 1) < 1e-12);
            assert_true(norms[i] > 0);
            if (kind == KW_AUTOENCODER_ORTHONORMAL) assert_true(norms[i] <= 1 + 1e-12);
        }
        kw_autoencoder_destroy(&ae);
        states_free(&s);
    }
}

/* The same seed, the same bits, whatever states are run beside; another seed, another network. */
static void seeds_and_batches(void **state) {
    (void)state;
    const kw_autoencoder_config config = config_of(KW_AUTOENCODER_DENSE, 3, 1);
    const kw_autoencoder_training training = {20, 10, 0.01};
    test_states s = states_random(3, 70, 3); /* more than one batch */
    double f[3], *z = calloc(70 * 4, sizeof *z), one[4];
    for (int i = 0; i < 3; ++i) {
        kw_autoencoder *ae = trained(&config, &s, i == 2, &training, &f[i]);
        if (i == 0) {
            SUCCEEDS(kw_autoencoder_run(ae, s.states, 70, z, NULL, NULL));
            SUCCEEDS(kw_autoencoder_run(ae, s.states + 69 * 8, 1, one, NULL, NULL));
            for (int k = 0; k < 4; ++k) assert_true(fabs(one[k] - z[69 * 4 + k]) < 1e-13);
        }
        kw_autoencoder_destroy(&ae);
    }
    assert_memory_equal(&f[0], &f[1], sizeof *f);
    assert_true(f[2] != f[0]);
    free(z);
    states_free(&s);
}

/* Two dense layers of D = 2^{n+1} reals through z: 2 D z + D + z with biases; what is foretold is what training says. */
static void accounts(void **state) {
    (void)state;
    const kw_autoencoder_training training = {2, 3, 0.01};
    kw_autoencoder_config config = config_of(KW_AUTOENCODER_DENSE, 10, 1);
    test_states s = states_random(10, 2, 3);
    size_t parameters;
    uint64_t bytes;
    kw_autoencoder *ae = NULL;
    config.layers = 0;
    SUCCEEDS(kw_autoencoder_need(&config, &training, s.count, &parameters, &bytes));
    assert_int_equal(parameters, 2 * 2048 * 4 + 2048 + 4);
    const uint64_t before = kw_memory_now();
    SUCCEEDS(kw_autoencoder_create(&config, 1, &ae));
    assert_int_equal(kw_autoencoder_parameters(ae), parameters);
    assert_int_equal(kw_memory_now() - before, 8 * parameters);
    SUCCEEDS(kw_autoencoder_train(ae, s.states, s.weights, s.count, &training, NULL));
    assert_int_equal(kw_autoencoder_bytes(ae), bytes);
    assert_true(bytes > 5 * 8 * parameters);
    kw_autoencoder_destroy(&ae);
    assert_int_equal(kw_memory_now(), before);
    states_free(&s);
}

static void refused(kw_autoencoder_config config, const char *word) {
    kw_autoencoder *ae = NULL;
    assert_int_equal(kw_autoencoder_create(&config, 1, &ae), KW_E_ARG);
    if (!strstr(kw_error_message(), word)) fail_msg("'%s' does not name %s", kw_error_message(), word);
    assert_null(ae);
}

static void refusals(void **state) {
    (void)state;
    kw_autoencoder_config config = config_of(KW_AUTOENCODER_DENSE, 3, 4);
    refused(config, "latent");
    config = config_of(KW_AUTOENCODER_CONV, 3, 1);
    config.layers = 4;
    refused(config, "layers");
    config = config_of(KW_AUTOENCODER_DILATED, 3, 1);
    config.width = 0;
    refused(config, "width");
    config = config_of(KW_AUTOENCODER_GRU, 3, 1);
    config.chunk = 3;
    refused(config, "chunk");
    config.chunk = 16;
    refused(config, "chunk");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients),         cmocka_unit_test(linear_optima),   cmocka_unit_test(real_maps_pass_the_bound),
        cmocka_unit_test(networks_learn),    cmocka_unit_test(phases_are_lost), cmocka_unit_test(global_phase),
        cmocka_unit_test(seeds_and_batches), cmocka_unit_test(accounts),        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests_name("autoencoder", tests, NULL, NULL);
}
