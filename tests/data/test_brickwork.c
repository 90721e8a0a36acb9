/* Random brickwork circuits: angles of their own for every member, drawn as Haar-random one-qubit states need them, and
 * entanglement across a cut only from the layer on that has a gate there. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "data/ensemble.h"
#include "support/world.h"

#define MUST(call) assert_int_equal(call, KW_OK)

enum { N = 4, MEMBERS = 64 };

/* (MEMBERS x 2^N) amplitudes */
static kw_complex *amplitudes_of(int layers, uint64_t seed) {
    const kw_ensemble_config config = {.family = KW_FAMILY_CIRCUIT,
                                       .n_qubits = N,
                                       .members = MEMBERS,
                                       .sampling = KW_SAMPLING_RANDOM,
                                       .seed = seed,
                                       .scramble_layers = layers};
    kw_complex *out = calloc(MEMBERS << N, sizeof *out);
    kw_ensemble *ensemble = NULL;
    kw_state *state = NULL;
    uint64_t indices[1 << N];
    for (uint64_t i = 0; i < 1 << N; ++i) indices[i] = i;
    MUST(kw_ensemble_create(&config, &ensemble));
    assert_int_equal(kw_ensemble_members(ensemble), MEMBERS);
    MUST(kw_state_create(test_world(), N, KW_DOUBLE, &state));
    for (int m = 0; m < MEMBERS; ++m) {
        MUST(kw_ensemble_prepare(ensemble, m, state, NULL, 0));
        MUST(kw_state_amplitudes(state, indices, 1 << N, out + (m << N)));
    }
    kw_state_destroy(&state);
    kw_ensemble_destroy(&ensemble);
    return out;
}

static double fidelity(const kw_complex *a, const kw_complex *b) {
    kw_complex sum = 0;
    for (int i = 0; i < 1 << N; ++i) sum += conj(a[i]) * b[i];
    return creal(sum * conj(sum));
}

/* Purity of the first two qubits. */
static double purity(const kw_complex *psi) {
    double sum = 0;
    for (int a = 0; a < 4; ++a)
        for (int b = 0; b < 4; ++b) {
            kw_complex element = 0;
            for (int rest = 0; rest < 4; ++rest) element += psi[a + 4 * rest] * conj(psi[b + 4 * rest]);
            sum += creal(element * conj(element));
        }
    return sum;
}

/* One layer: products of Haar-random qubits and a fixed unitary.  Overlaps of disjoint pairs are independent, with mean 2^-n
 * and mean square 3^-n. */
static void test_one_layer(void **unused) {
    (void)unused;
    kw_complex *psi = amplitudes_of(1, 3);
    const int pairs = MEMBERS / 2;
    double mean = 0, bare = 0;
    for (int m = 0; m < pairs; ++m) mean += fidelity(psi + (2 * m << N), psi + ((2 * m + 1) << N)) / pairs;
    const double exact = pow(0.5, N), deviation = sqrt((pow(3, -N) - exact * exact) / pairs);
    if (!(fabs(mean - exact) < 4 * deviation)) fail_msg("mean overlap %g, not %g +- %g", mean, exact, deviation);
    for (int m = 0; m < MEMBERS; ++m) {
        assert_true(fabs(purity(psi + (m << N)) - 1) < 1e-12);
        bare += fidelity(psi + (m << N), psi + (m << N)) / MEMBERS;
    }
    assert_true(fabs(bare - 1) < 1e-12);
    free(psi);
}

/* The second layer has a gate across the middle; a CZ makes no more than Schmidt rank 2, purity at least 1/2. */
static void test_two_layers(void **unused) {
    (void)unused;
    kw_complex *psi = amplitudes_of(2, 3), *again = amplitudes_of(2, 3), *other = amplitudes_of(2, 4);
    double least = 1;
    for (int m = 0; m < MEMBERS; ++m) least = fmin(least, purity(psi + (m << N)));
    assert_true(least < 0.7 && least > 0.5 - 1e-12);
    assert_memory_equal(psi, again, sizeof *psi * (MEMBERS << N));
    assert_true(fidelity(psi, other) < 0.999);
    free(psi);
    free(again);
    free(other);
}

static void test_bad_input(void **unused) {
    (void)unused;
    kw_ensemble *ensemble = NULL;
    const kw_ensemble_config config = {.family = KW_FAMILY_CIRCUIT, .n_qubits = N, .members = 1};
    assert_int_equal(kw_ensemble_create(&config, &ensemble), KW_E_INPUT);
    assert_null(ensemble);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_layer), cmocka_unit_test(test_two_layers),
                                       cmocka_unit_test(test_bad_input)};
    return TEST_RUN("brickwork", tests);
}
