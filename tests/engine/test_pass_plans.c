/* Compiled plans that are used again: other theta, the other precision, other states, other numbers of threads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#    include <omp.h>
#endif

#include "base/bits.h"
#include "engine/tile_program.h"
#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

enum { PARAMETERS = 6 };

static int width(int local) { return local + kw_log2((uint64_t)kw_comm_size(test_world())); }

static test_program *random_program(int n, int parameters, size_t gates, uint64_t seed) {
    const test_recipe recipe = {.n = n, .parameters = parameters, .max_targets = 5};
    test_program *program = test_program_create(n);
    test_program_random(program, &recipe, gates, seed);
    return program;
}

static kw_plan *plan_of(const kw_circuit *circuit) {
    kw_plan *plan = NULL;
    TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
    return plan;
}

/* The local amplitudes after a run, as they lie in memory; the caller frees them. */
static void *local_after(const kw_plan *plan, const double *theta, int n, kw_precision precision, size_t *bytes) {
    kw_complex *start = dense_random(5, n);
    kw_state *state = test_state(test_world(), n, precision, start);
    TEST_MUST(kw_plan_run(plan, theta, state));
    *bytes = kw_state_local_count(state) * kw_amplitude_bytes(precision);
    void *copy = malloc(*bytes);
    assert_non_null(copy);
    memcpy(copy, kw_state_local(state), *bytes);
    kw_state_destroy(&state);
    free(start);
    return copy;
}

static void assert_same_run(const kw_plan *a, const kw_plan *b, const double *theta, int n, kw_precision precision) {
    size_t bytes = 0;
    void *one = local_after(a, theta, n, precision, &bytes), *other = local_after(b, theta, n, precision, &bytes);
    assert_memory_equal(one, other, bytes);
    free(one);
    free(other);
}

/* Angles at which turns change their kind: near 0, near pi, exactly there. */
static void other_thetas_leave_no_trace(void **unused) {
    (void)unused;
    static const double thetas[][PARAMETERS] = {
        {0.1, -0.2, 0.3, 3.0, 2.0, 1.0},
        {3.1, 3.2, -3.1, 0, 0, 0},
        {0, 0, 0, 0, 0, 0},
        {M_PI, -M_PI, M_PI, 2 * M_PI, M_PI_2, 1e6},
        {0.1, -0.2, 0.3, 3.0, 2.0, 1.0},
    };
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        const int n = width(seed == 4 ? 13 : 9);
        test_program *program = random_program(n, PARAMETERS, 120, seed);
        kw_circuit *circuit = test_program_circuit(program);
        kw_plan *used = plan_of(circuit);
        for (size_t t = 0; t < sizeof thetas / sizeof *thetas; ++t) {
            kw_plan *fresh = plan_of(circuit);
            assert_same_run(used, fresh, thetas[t], n, KW_DOUBLE);
            assert_same_run(used, fresh, thetas[t], n, KW_SINGLE);
            kw_plan_destroy(&fresh);
        }
        kw_plan_destroy(&used);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
}

/* Without parameters the numbers are kept. */
static void kept_numbers_are_right(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= 3; ++seed) {
        const int n = width(10);
        test_program *program = random_program(n, 0, 80, seed);
        kw_circuit *circuit = test_program_circuit(program);
        kw_plan *plan = plan_of(circuit);
        kw_complex *expected[2] = {dense_random(9, n), dense_random(9, n)};
        kw_state *states[2] = {test_state(test_world(), n, KW_DOUBLE, expected[0]),
                               test_state(test_world(), n, KW_SINGLE, expected[1])};
        for (int run = 0; run < 6; ++run) { /* three times each, in turn */
            TEST_MUST(kw_state_order(states[run % 2]));
            TEST_MUST(kw_plan_run(plan, NULL, states[run % 2]));
            test_program_dense(program, NULL, expected[run % 2]);
        }
        assert_true(test_distance(states[0], expected[0]) < test_tolerance(KW_DOUBLE));
        assert_true(test_distance(states[1], expected[1]) < test_tolerance(KW_SINGLE));
        for (int p = 0; p < 2; ++p) {
            kw_state_destroy(&states[p]);
            free(expected[p]);
        }
        kw_plan_destroy(&plan);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
}

static void a_plan_serves_states_of_both_kinds(void **unused) {
    (void)unused;
    const int n = width(9);
    test_program *program = random_program(n, PARAMETERS, 100, 3);
    kw_circuit *circuit = test_program_circuit(program);
    kw_plan *plan = plan_of(circuit);
    const double theta[PARAMETERS] = {1, 2, 3, 4, 5, 6};
    TEST_MUST(kw_plan_prepare(plan, KW_SINGLE));
    TEST_MUST(kw_plan_prepare(plan, KW_SINGLE));
    kw_complex *expected = dense_zero(n);
    test_program_dense(program, theta, expected);
    for (int run = 0; run < 4; ++run) {
        const kw_precision precision = run % 2 ? KW_DOUBLE : KW_SINGLE;
        kw_state *state = test_state(test_world(), n, precision, NULL);
        TEST_MUST(kw_plan_run(plan, theta, state));
        assert_true(test_distance(state, expected) < test_tolerance(precision));
        kw_state_destroy(&state);
    }
    free(expected);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
    test_program_destroy(&program);
}

/* Numbers that are kept belong to one rank; filling in others leaves nothing behind. */
static void numbers_belong_to_a_rank(void **unused) {
    (void)unused;
    enum { RANKS = 4 };
    test_program *program = random_program(11, 0, 200, 2);
    kw_circuit *circuit = test_program_circuit(program);
    kw_plan *plan = NULL;
    TEST_MUST(kw_plan_create(circuit, RANKS, &plan));
    for (int precision = KW_DOUBLE; precision <= KW_SINGLE; ++precision) {
        kw_tile_program *used = NULL;
        TEST_MUST(kw_tile_program_create(plan, &plan->forward, (kw_precision)precision, &used));
        for (int run = 0; run < 2 * RANKS; ++run) {
            kw_tile_program *fresh = NULL;
            TEST_MUST(kw_tile_program_create(plan, &plan->forward, (kw_precision)precision, &fresh));
            kw_tile_program_fill(plan, &plan->forward, used, NULL, run % RANKS);
            kw_tile_program_fill(plan, &plan->forward, fresh, NULL, run % RANKS);
            assert_int_equal(used->n_ops, fresh->n_ops);
            for (size_t i = 0; i < used->n_ops; ++i) {
                assert_true(used->ops[i].key == fresh->ops[i].key);
                if (!(used->ops[i].key >> 63)) assert_int_equal(used->ops[i].code, fresh->ops[i].code);
            }
            for (size_t i = 0; i < plan->forward.n_passes; ++i)
                assert_memory_equal(&used->passes[i].factor, &fresh->passes[i].factor, sizeof(kw_complex));
            kw_tile_program_destroy(&fresh);
        }
        kw_tile_program_destroy(&used);
    }
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
    test_program_destroy(&program);
}

/* Gradient of a sum of Paulis. */
static void gradient_of(const kw_circuit *circuit, const double *theta, kw_precision precision, double *gradient) {
    const int n = kw_circuit_qubits(circuit);
    const kw_pauli terms[] = {{0.7, 3, 0}, {-0.4, 0, 6}, {0.5, kw_bit(n - 1), 1}, {1.1, 0, kw_bit(n - 1)}};
    kw_observable *observable = NULL;
    double value;
    kw_plan *plan = plan_of(circuit);
    TEST_MUST(kw_observable_pauli_sum(n, terms, sizeof terms / sizeof *terms, &observable));
    kw_state *ket = test_state(test_world(), n, precision, NULL), *bra = test_state(test_world(), n, precision, NULL);
    TEST_MUST(kw_plan_gradient(plan, theta, observable, ket, bra, &value, gradient, NULL, NULL));
    kw_state_destroy(&bra);
    kw_state_destroy(&ket);
    kw_observable_destroy(&observable);
    kw_plan_destroy(&plan);
}

/* Turns leave factors out, up to sqrt 2 each, and the products of ket and bra have twice as many. */
static void long_gradients_stay_finite(void **unused) {
    (void)unused;
    kw_circuit *circuit = NULL;
    TEST_MUST(kw_circuit_create(width(9), &circuit));
    TEST_MUST(kw_circuit_append_ansatz(circuit, KW_ANSATZ_RY_CNOT, 30, false));
    const size_t parameters = (size_t)kw_circuit_parameters(circuit);
    double *theta = malloc(parameters * sizeof *theta), *gradients[2];
    assert_non_null(theta);
    for (int p = 0; p < 2; ++p) assert_non_null(gradients[p] = malloc(parameters * sizeof **gradients));
    uint64_t seed = 1;
    for (size_t j = 0; j < parameters; ++j) theta[j] = M_PI_2 + 0.02 * (dense_uniform(&seed) - 0.5);
    for (int p = KW_DOUBLE; p <= KW_SINGLE; ++p) gradient_of(circuit, theta, (kw_precision)p, gradients[p]);
    for (size_t j = 0; j < parameters; ++j)
        if (!(fabs(gradients[KW_DOUBLE][j] - gradients[KW_SINGLE][j]) < 1e-4))
            fail_msg("angle %zu: %g in single, %g in double precision", j, gradients[KW_SINGLE][j], gradients[KW_DOUBLE][j]);
    for (int p = 0; p < 2; ++p) free(gradients[p]);
    free(theta);
    kw_circuit_destroy(&circuit);
}

#ifdef _OPENMP
/* Compiled with `first` threads, run with `then`. */
static void *run_with(const kw_circuit *circuit, int n, kw_precision precision, int first, int then, size_t *bytes) {
    const int before = omp_get_max_threads();
    kw_plan *plan = plan_of(circuit);
    omp_set_num_threads(first);
    TEST_MUST(kw_plan_prepare(plan, precision));
    omp_set_num_threads(then);
    void *copy = local_after(plan, NULL, n, precision, bytes);
    omp_set_num_threads(before);
    kw_plan_destroy(&plan);
    return copy;
}

static void threads_change_no_bit(void **unused) {
    (void)unused;
    static const int counts[][2] = {{3, 3}, {1, 4}, {4, 1}, {2, 7}, {4, 4}, {3, 2}};
    const int n = width(16);
    for (int precision = KW_DOUBLE; precision <= KW_SINGLE; ++precision) {
        test_program *program = random_program(n, 0, 200, 11);
        kw_circuit *circuit = test_program_circuit(program);
        size_t bytes = 0;
        void *alone = run_with(circuit, n, (kw_precision)precision, 1, 1, &bytes);
        for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i) {
            void *shared = run_with(circuit, n, (kw_precision)precision, counts[i][0], counts[i][1], &bytes);
            assert_memory_equal(alone, shared, bytes);
            free(shared);
        }
        free(alone);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_thetas_leave_no_trace),
        cmocka_unit_test(kept_numbers_are_right),
        cmocka_unit_test(a_plan_serves_states_of_both_kinds),
        cmocka_unit_test(numbers_belong_to_a_rank),
        cmocka_unit_test(long_gradients_stay_finite),
#ifdef _OPENMP
        cmocka_unit_test(threads_change_no_bit),
#endif
    };
    return TEST_RUN("pass plans", tests);
}
