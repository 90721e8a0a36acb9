/* The states whose representations the memory wall compares: closed forms of their amplitudes and energies. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "ketwall/ground.h"
#include "studies/wall_circuits.h"
#include "support/dense.h"
#include "support/run.h"
#include "support/world.h"

#define MUST(call) TEST_MUST(call)

enum { N = 7 };

static kw_complex *vector_of(const char *name, double coupling, int n) {
    kw_wall_state state;
    kw_complex *vector = NULL;
    MUST(kw_wall_state_parse(name, coupling, &state));
    MUST(kw_wall_vector(&state, n, (uint64_t)1 << 30, &vector));
    return vector;
}

static void expect_amplitudes(const char *name, double (*amplitude)(unsigned i)) {
    kw_complex *vector = vector_of(name, 1, N);
    for (unsigned i = 0; i < 1u << N; ++i) assert_true(cabs(vector[i] - amplitude(i)) < 1e-12);
    kw_wall_vector_free(vector, N);
}

static double ghz(unsigned i) { return i == 0 || i == (1u << N) - 1 ? M_SQRT1_2 : 0; }
static double w(unsigned i) { return __builtin_popcount(i) == 1 ? 1 / sqrt(N) : 0; }
/* a sign for every pair of neighbours that are both 1 */
static double cluster(unsigned i) { return (__builtin_popcount(i & i >> 1) % 2 ? -1 : 1) / sqrt(1u << N); }

static void test_closed_forms(void **unused) {
    (void)unused;
    expect_amplitudes("ghz", ghz);
    expect_amplitudes("w", w);
    expect_amplitudes("cluster", cluster);
}

static void test_ground_state(void **unused) {
    (void)unused;
    kw_pauli terms[2 * N];
    double exact, energy = 0;
    kw_complex *vector = vector_of("tfim", 0.7, N);
    const size_t count = kw_tfim_terms(N, 0.7, false, terms);
    for (size_t i = 0; i < count; ++i)
        energy += terms[i].coefficient * dense_expect_pauli(vector, N, terms[i].x, terms[i].z);
    MUST(kw_tfim_energy(N, 0.7, false, &exact));
    assert_true(fabs(energy - exact) < 1e-9);
    kw_wall_vector_free(vector, N);
}

/* The same seed gives the same angles; every layer has its brick of CZ. */
static void test_random(void **unused) {
    (void)unused;
    kw_wall_state state;
    kw_circuit *circuit = NULL;
    MUST(kw_wall_state_parse("random-5", 1, &state));
    MUST(kw_wall_circuit(&state, N, &circuit));
    assert_int_equal(kw_circuit_gates(circuit), 5 * N + 5 * (N / 2));
    kw_circuit_destroy(&circuit);
    kw_complex *a = vector_of("random-5", 1, N), *b = vector_of("random-5", 1, N);
    assert_true(dense_distance(a, b, N) == 0);
    assert_true(fabs(creal(dense_inner(a, a, N)) - 1) < 1e-12);
    kw_wall_vector_free(a, N);
    kw_wall_vector_free(b, N);
}

static void test_refusals(void **unused) {
    (void)unused;
    static const char *const names[] = {"", "bell", "random-", "random-0", "random-3x", "random-1001"};
    kw_wall_state state;
    kw_complex *vector = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        assert_int_equal(kw_wall_state_parse(names[i], 1, &state), KW_E_INPUT);
    MUST(kw_wall_state_parse("tfim", 1, &state));
    assert_int_equal(kw_wall_vector(&state, 12, 1 << 16, &vector), KW_E_FIT);
    assert_null(vector);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_closed_forms), cmocka_unit_test(test_ground_state),
                                       cmocka_unit_test(test_random), cmocka_unit_test(test_refusals)};
    return TEST_RUN("wall_circuits", tests);
}
