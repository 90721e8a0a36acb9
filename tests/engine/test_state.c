/* States and plans: random circuits, inverses, parameters, norms, inner products, traffic; n = 12 on any rank count. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

enum { N = 12, GATES = 200, PARAMETERS = 9 };

static int widest(int n) {
    const int local = test_local_qubits(test_world(), n);
    return local < KW_MAX_TARGETS ? local : KW_MAX_TARGETS;
}

static test_program *random_program(int n, int parameters, size_t gates, uint64_t seed) {
    const test_recipe recipe = {.n = n, .parameters = parameters, .max_targets = widest(n)};
    test_program *program = test_program_create(n);
    test_program_random(program, &recipe, gates, seed);
    return program;
}

static void random_theta(uint64_t seed, double *theta) {
    for (int j = 0; j < PARAMETERS; ++j) theta[j] = 6.0 * dense_uniform(&seed) - 3.0;
}

static void creation_is_checked(void **unused) {
    (void)unused;
    kw_state *state = NULL;
    assert_int_equal(kw_state_create(test_world(), 0, KW_DOUBLE, &state), KW_E_INPUT);
    assert_int_equal(kw_state_create(test_world(), KW_MAX_QUBITS + 1, KW_DOUBLE, &state), KW_E_INPUT);
    if (kw_comm_size(test_world()) > 2) assert_int_equal(kw_state_create(test_world(), 1, KW_DOUBLE, &state), KW_E_ARG);
    for (int n = 54; n <= KW_MAX_QUBITS; ++n)
        assert_int_equal(kw_state_create(test_world(), n, KW_DOUBLE, &state), KW_E_NOMEM);
    assert_null(state);
    state = test_state(test_world(), 7, KW_SINGLE, NULL);
    assert_int_equal(kw_state_qubits(state), 7);
    assert_int_equal(kw_state_precision(state), KW_SINGLE);
    kw_complex amplitude;
    assert_int_equal(kw_state_amplitudes(state, (uint64_t[]){128}, 1, &amplitude), KW_E_INPUT);
    assert_int_equal(kw_state_set_basis(state, 128), KW_E_INPUT);
    TEST_MUST(kw_state_amplitudes(state, (uint64_t[]){0}, 1, &amplitude));
    assert_true(amplitude == 1.0);
    kw_state_destroy(&state);
    assert_null(state);
    kw_state_destroy(&state);
}

static kw_complex zero_amplitude(const void *context, uint64_t index) {
    (void)context, (void)index;
    return 0.0;
}
static kw_complex one_bad_amplitude(const void *context, uint64_t index) {
    (void)context;
    return index == 77 ? NAN : 1.0;
}
static kw_complex ramp(const void *context, uint64_t index) {
    (void)context;
    return (double)index * (1.0 + 2.0 * I);
}

static void filling_normalises_and_refuses(void **unused) {
    (void)unused;
    for (int p = KW_DOUBLE; p < KW_PRECISIONS; ++p) {
        if (!test_fits(test_world(), 7, (kw_precision)p)) continue;
        kw_state *state = test_state(test_world(), 7, (kw_precision)p, NULL);
        assert_int_equal(kw_state_fill(state, zero_amplitude, NULL), KW_E_INPUT);
        assert_int_equal(kw_state_fill(state, one_bad_amplitude, NULL), KW_E_INPUT);
        TEST_MUST(kw_state_fill(state, ramp, NULL));
        const double scale = sqrt(5.0 * 127 * 128 * 255 / 6);
        kw_complex amplitudes[3];
        TEST_MUST(kw_state_amplitudes(state, (uint64_t[]){100, 3, 100}, 3, amplitudes));
        assert_true(cabs(amplitudes[1] - 3 * (1.0 + 2.0 * I) / scale) < test_tolerance_of(state));
        assert_true(cabs(amplitudes[0] - 100 * (1.0 + 2.0 * I) / scale) < test_tolerance_of(state));
        assert_true(amplitudes[0] == amplitudes[2]);
        TEST_MUST(kw_state_set_basis(state, 0x55));
        TEST_MUST(kw_state_amplitudes(state, (uint64_t[]){0x55, 0x2a}, 2, amplitudes));
        assert_true(amplitudes[0] == 1.0 && amplitudes[1] == 0.0);
        kw_state_destroy(&state);
    }
}

/* 200 gates of the whole table at random places, random shared parameters, from a random state. */
static void random_circuits_match_the_reference(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= 10; ++seed) {
        const kw_precision precision = seed <= 6 ? seed % 3 == 0 ? KW_SINGLE : KW_DOUBLE : (kw_precision)(KW_S16 + seed % 2);
        const int n = seed <= 3 ? N : seed <= 6 ? 6 + (int)seed : 4 + (int)seed;
        if (!test_fits(test_world(), n, precision)) continue;
        double theta[PARAMETERS];
        random_theta(seed, theta);
        test_program *program = random_program(n, seed % 2 ? PARAMETERS : 0, GATES, seed);
        kw_circuit *circuit = test_program_circuit(program);
        kw_complex *vector = dense_random(seed, n);
        kw_state *state = test_state(test_world(), n, precision, vector);
        test_execute(test_world(), circuit, theta, state);
        test_program_dense(program, theta, vector);
        const double distance = test_distance(state, vector), norm2 = kw_state_norm2(state);
        if (!(distance < test_tolerance_of(state))) fail_msg("seed %d: off by %g", (int)seed, distance);
        assert_true(fabs(norm2 - 1.0) < test_tolerance(precision));
        kw_state_destroy(&state);
        free(vector);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
}

static void circuit_then_inverse_is_the_identity(void **unused) {
    (void)unused;
    double theta[PARAMETERS];
    random_theta(3, theta);
    test_program *program = random_program(N, PARAMETERS, GATES, 21);
    kw_circuit *circuit = test_program_circuit(program), *inverse = NULL;
    TEST_MUST(kw_circuit_inverse(circuit, &inverse));
    TEST_MUST(kw_circuit_append_circuit(circuit, inverse));
    for (int p = KW_DOUBLE; p < KW_PRECISIONS; ++p) {
        if (!test_fits(test_world(), N, (kw_precision)p)) continue;
        kw_state *state = test_state(test_world(), N, (kw_precision)p, NULL);
        test_execute(test_world(), circuit, theta, state);
        kw_complex *zero = dense_zero(N);
        assert_true(test_distance(state, zero) < test_tolerance_of(state));
        free(zero);
        kw_state_destroy(&state);
    }
    kw_circuit_destroy(&inverse);
    kw_circuit_destroy(&circuit);
    test_program_destroy(&program);
}

static void the_same_run_gives_the_same_bits(void **unused) {
    (void)unused;
    test_program *program = random_program(N, 0, GATES, 31);
    kw_circuit *circuit = test_program_circuit(program);
    kw_complex *amplitudes[2];
    for (int run = 0; run < 2; ++run) {
        kw_state *state = test_state(test_world(), N, KW_DOUBLE, NULL);
        test_execute(test_world(), circuit, NULL, state);
        amplitudes[run] = test_amplitudes(state);
        kw_state_destroy(&state);
    }
    assert_memory_equal(amplitudes[0], amplitudes[1], sizeof(kw_complex) << N);
    free(amplitudes[0]);
    free(amplitudes[1]);
    kw_circuit_destroy(&circuit);
    test_program_destroy(&program);
}

/* Two states that went through different circuits and lie in different qubit orders. */
static void inner_products_cross_qubit_orders(void **unused) {
    (void)unused;
    for (int p = KW_DOUBLE; p < KW_PRECISIONS; ++p) {
        if (!test_fits(test_world(), N, (kw_precision)p)) continue;
        kw_state *states[2];
        kw_complex *vectors[2], inner;
        for (int s = 0; s < 2; ++s) {
            test_program *program = random_program(N, 0, 60, 41 + (uint64_t)s);
            kw_circuit *circuit = test_program_circuit(program);
            vectors[s] = dense_random(9, N);
            states[s] = test_state(test_world(), N, (kw_precision)p, vectors[s]);
            test_execute(test_world(), circuit, NULL, states[s]);
            test_program_dense(program, NULL, vectors[s]);
            kw_circuit_destroy(&circuit);
            test_program_destroy(&program);
        }
        const kw_complex expected = dense_inner(vectors[0], vectors[1], N);
        TEST_MUST(kw_state_inner(states[0], states[1], &inner));
        assert_true(cabs(inner - expected) < test_tolerance_of(states[0]) + test_tolerance_of(states[1]));
        assert_true(test_distance(states[1], vectors[1]) < test_tolerance_of(states[1]));
        TEST_MUST(kw_state_inner(states[1], states[0], &inner));
        assert_true(cabs(inner - conj(expected)) < test_tolerance_of(states[0]) + test_tolerance_of(states[1]));
        kw_state *copy = test_state(test_world(), N, (kw_precision)p, NULL);
        kw_state_copy(copy, states[1]);
        assert_true(test_distance(copy, vectors[1]) < test_tolerance_of(copy));
        kw_state_destroy(&copy);
        for (int s = 0; s < 2; ++s) {
            kw_state_destroy(&states[s]);
            free(vectors[s]);
        }
    }
}

static void inner_products_are_checked(void **unused) {
    (void)unused;
    kw_complex inner;
    kw_state *a = test_state(test_world(), 6, KW_DOUBLE, NULL), *b = test_state(test_world(), 7, KW_DOUBLE, NULL),
             *c = test_state(test_world(), 6, KW_SINGLE, NULL);
    assert_int_equal(kw_state_inner(a, b, &inner), KW_E_ARG);
    TEST_MUST(kw_state_inner(a, c, &inner)); /* precisions may differ */
    assert_true(cabs(inner - 1.0) < 1e-6);
    kw_state_destroy(&a);
    kw_state_destroy(&b);
    kw_state_destroy(&c);
}

/* A plan runs only on states that it was made for: width, ranks, logical order. */
static void plans_check_their_states(void **unused) {
    (void)unused;
    const int ranks = kw_comm_size(test_world());
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL, *other = NULL;
    TEST_MUST(kw_circuit_create(7, &circuit));
    TEST_MUST(kw_circuit_append(circuit, KW_GATE_H, (int[]){6}, 1, NULL));
    TEST_MUST(kw_plan_create(circuit, ranks, &plan));
    TEST_MUST(kw_plan_create(circuit, 2 * ranks, &other));
    kw_state *wide = test_state(test_world(), 8, KW_DOUBLE, NULL), *state = test_state(test_world(), 7, KW_DOUBLE, NULL);
    assert_int_equal(kw_plan_run(plan, NULL, wide), KW_E_ARG);
    assert_int_equal(kw_plan_run(other, NULL, state), KW_E_ARG);
    TEST_MUST(kw_plan_run(plan, NULL, state));
    kw_state_destroy(&state);
    kw_state_destroy(&wide);
    kw_plan_destroy(&other);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
}

/* What a plan predicts is what the state measures. */
static void planned_traffic_is_measured(void **unused) {
    (void)unused;
    for (uint64_t seed = 51; seed < 63; ++seed) {
        const kw_precision precision = (kw_precision)(seed % KW_PRECISIONS);
        if (!test_fits(test_world(), N, precision)) continue;
        test_program *program = random_program(N, 0, 80, seed);
        kw_circuit *circuit = test_program_circuit(program);
        kw_plan *plan = NULL;
        TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
        kw_state *state = test_state(test_world(), N, precision, NULL);
        const kw_traffic before = kw_state_traffic(state);
        TEST_MUST(kw_plan_run(plan, NULL, state));
        const kw_traffic after = kw_state_traffic(state);
        const kw_plan_cost cost = kw_plan_forward_cost(plan, precision);
        assert_int_equal(after.exchanges - before.exchanges, cost.exchanges);
        assert_int_equal(after.bytes - before.bytes, cost.bytes_exchanged);
        if (kw_comm_size(test_world()) == 1) assert_int_equal(cost.exchanges, 0);
        assert_true(cost.passes > 0);
        kw_state_destroy(&state);
        kw_plan_destroy(&plan);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(creation_is_checked),
        cmocka_unit_test(filling_normalises_and_refuses),
        cmocka_unit_test(random_circuits_match_the_reference),
        cmocka_unit_test(circuit_then_inverse_is_the_identity),
        cmocka_unit_test(the_same_run_gives_the_same_bits),
        cmocka_unit_test(inner_products_cross_qubit_orders),
        cmocka_unit_test(inner_products_are_checked),
        cmocka_unit_test(plans_check_their_states),
        cmocka_unit_test(planned_traffic_is_measured),
    };
    return TEST_RUN("state", tests);
}
