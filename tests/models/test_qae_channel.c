/* The autoencoder as a channel, beside what the engine says of the same states, and beside closed forms. */
#include "models/qae_channel.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/rng.h"
#include "ketwall/observable.h"
#include "ketwall/plan.h"
#include "support/world.h"

enum { N = 5, D = 1 << N };

#define SUCCEEDS(call)                                                                                                      \
    do {                                                                                                                    \
        if ((call) != KW_OK) fail_msg("%s: %s", #call, kw_error_message());                                                 \
    } while (0)

static void random_numbers(uint64_t seed, double *out, size_t count) {
    const kw_rng rng = kw_rng_make(seed, KW_STREAM_PARAMETERS, 0);
    for (size_t i = 0; i < count; ++i) out[i] = 6.28 * kw_rng_uniform(&rng, i);
}

static void random_state(uint64_t seed, kw_complex *psi) {
    double parts[2 * D], norm = 0;
    random_numbers(seed, parts, 2 * D);
    for (int i = 0; i < 2 * D; ++i) parts[i] -= 3.14, norm += parts[i] * parts[i];
    for (int i = 0; i < D; ++i) psi[i] = (parts[2 * i] + I * parts[2 * i + 1]) / sqrt(norm);
}

static kw_complex amplitude_of(const void *context, uint64_t index) { return ((const kw_complex *)context)[index]; }

/* F_rec by the engine. */
static double reconstruction(const kw_circuit *encoder, const double *theta, const kw_complex *psi, uint64_t trash) {
    kw_plan *plan = NULL;
    kw_state *state = NULL;
    double fidelity;
    SUCCEEDS(kw_plan_create(encoder, 1, &plan));
    SUCCEEDS(kw_state_create(kw_comm_self(), N, KW_DOUBLE, &state));
    SUCCEEDS(kw_state_fill(state, amplitude_of, psi));
    SUCCEEDS(kw_plan_run(plan, theta, state));
    SUCCEEDS(kw_state_reconstruction_fidelity(state, trash, &fidelity));
    kw_state_destroy(&state);
    kw_plan_destroy(&plan);
    return fidelity;
}

static void a_random_encoder(void **unused) {
    (void)unused;
    static const uint64_t trash[] = {0x10, 0x1c, 0x05, 0x1f};
    for (size_t t = 0; t < sizeof trash / sizeof *trash; ++t) {
        kw_circuit *encoder = NULL;
        kw_qae_channel *channel = NULL;
        kw_qae_passage passage;
        kw_complex psi[D], rho[D * D];
        double theta[200], trace = 0;
        const size_t m = (size_t)1 << (N - kw_popcount(trash[t]));
        SUCCEEDS(kw_circuit_create(N, &encoder));
        SUCCEEDS(kw_circuit_append_ansatz(encoder, KW_ANSATZ_U3_CU3, 2, true));
        random_numbers(7 + t, theta, (size_t)kw_circuit_parameters(encoder));
        random_state(90 + t, psi);
        SUCCEEDS(kw_qae_channel_create(encoder, theta, trash[t], &channel));
        SUCCEEDS(kw_qae_channel_encode(channel, psi, rho));
        for (size_t i = 0; i < m; ++i) trace += creal(rho[i * m + i]);
        assert_true(fabs(trace - 1) < 1e-12);
        for (size_t i = 0; i < m * m; ++i) assert_true(cabs(rho[i] - conj(rho[i % m * m + i / m])) < 1e-14);
        SUCCEEDS(kw_qae_channel_pass(channel, psi, 0x11, &passage));
        assert_true(fabs(passage.fidelity - reconstruction(encoder, theta, psi, trash[t])) < 1e-12);
        assert_true(fabs(passage.trace - 1) < 1e-12);
        assert_true(passage.reversal < 1e-12); /* decoded states have |0..0> in the trash */
        assert_true(passage.purity < 1 + 1e-12 && passage.purity > 1.0 / (double)m - 1e-12);
        assert_true(fabs(passage.correlation) <= 1 && fabs(passage.single[0]) <= 1 && fabs(passage.single[1]) <= 1);
        kw_qae_channel_destroy(&channel);
        kw_circuit_destroy(&encoder);
    }
}

/* The CNOT ladder takes the GHZ family into one qubit, and back: its ends are correlated, none of them by itself. */
static void the_exact_encoder_of_ghz(void **unused) {
    (void)unused;
    kw_circuit *encoder = NULL;
    kw_qae_channel *channel = NULL;
    kw_qae_passage passage;
    kw_complex psi[D] = {0};
    SUCCEEDS(kw_circuit_create(N, &encoder));
    for (int q = N - 1; q > 0; --q) SUCCEEDS(kw_circuit_append(encoder, KW_GATE_CX, (int[]){q - 1, q}, 2, NULL));
    psi[0] = sqrt(0.5);
    psi[D - 1] = sqrt(0.5) * cexp(0.7 * I);
    SUCCEEDS(kw_qae_channel_create(encoder, NULL, 0x1e, &channel));
    SUCCEEDS(kw_qae_channel_pass(channel, psi, 0x11, &passage));
    assert_true(fabs(passage.fidelity - 1) < 1e-14 && fabs(passage.purity - 1) < 1e-14);
    assert_true(fabs(passage.correlation - 1) < 1e-14);
    assert_true(fabs(passage.single[0]) < 1e-14 && fabs(passage.single[1]) < 1e-14);
    kw_qae_channel_destroy(&channel);
    /* the middle qubit traced out instead: a mixture of |0..0> and |1..1> with half of the fidelity */
    kw_circuit_destroy(&encoder);
    SUCCEEDS(kw_circuit_create(N, &encoder));
    SUCCEEDS(kw_qae_channel_create(encoder, NULL, 0x04, &channel));
    SUCCEEDS(kw_qae_channel_pass(channel, psi, 0x10, &passage));
    assert_true(fabs(passage.fidelity - 0.25) < 1e-14 && fabs(passage.purity - 0.5) < 1e-14);
    assert_true(fabs(passage.single[0]) < 1e-14 && passage.single[0] == passage.single[1]);
    assert_int_equal(kw_qae_channel_create(encoder, NULL, 0, &channel), KW_E_ARG);
    kw_qae_channel_destroy(&channel);
    kw_circuit_destroy(&encoder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_random_encoder), cmocka_unit_test(the_exact_encoder_of_ghz)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
