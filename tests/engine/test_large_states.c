/* States of several cache blocks: gates above and below the block boundary, sweeps, threads, and their gradients. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

enum { N = 17, PARAMETERS = 3 };

static const double theta[PARAMETERS] = {0.3, -1.1, 2.2};

static test_program *random_program(size_t gates, double diagonal_bias, uint64_t seed) {
    const test_recipe recipe = {N, PARAMETERS, KW_MAX_TARGETS, NULL, 0, diagonal_bias};
    test_program *program = test_program_create(N);
    test_program_random(program, &recipe, gates, seed);
    return program;
}

static void random_circuits_match_the_reference(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= 8; ++seed) {
        const kw_precision precision = (kw_precision)(seed % KW_PRECISIONS);
        test_program *program = random_program(60, seed > 4 ? 0.8 : 0.0, seed);
        kw_circuit *circuit = test_program_circuit(program);
        kw_complex *vector = dense_random(seed, N);
        kw_state *state = test_state(test_world(), N, precision, vector);
        test_execute(test_world(), circuit, theta, state);
        test_program_dense(program, theta, vector);
        assert_true(test_distance(state, vector) < test_tolerance_of(state));
        assert_true(fabs(kw_state_norm2(state) - 1.0) < test_tolerance(precision));
        kw_state_destroy(&state);
        free(vector);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
}

/* A layered circuit and its inverse, many blocks and many gates long. */
static void layers_are_undone(void **unused) {
    (void)unused;
    double angles[512];
    uint64_t seed = 3;
    kw_circuit *circuit = NULL, *inverse = NULL;
    TEST_MUST(kw_circuit_create(N, &circuit));
    TEST_MUST(kw_circuit_append_ansatz(circuit, KW_ANSATZ_HEA, 6, true));
    TEST_MUST(kw_circuit_append_ansatz(circuit, KW_ANSATZ_EXCITATION_PRESERVING, 2, false));
    TEST_MUST(kw_circuit_append_ansatz(circuit, KW_ANSATZ_CEREZO, 3, false));
    for (int j = 0; j < kw_circuit_parameters(circuit); ++j) angles[j] = 6.0 * dense_uniform(&seed);
    TEST_MUST(kw_circuit_inverse(circuit, &inverse));
    TEST_MUST(kw_circuit_append_circuit(circuit, inverse));
    kw_complex *start = dense_random(4, N);
    kw_state *state = test_state(test_world(), N, KW_DOUBLE, start);
    test_execute(test_world(), circuit, angles, state);
    assert_true(test_distance(state, start) < 1e-12);
    kw_state_destroy(&state);
    free(start);
    kw_circuit_destroy(&inverse);
    kw_circuit_destroy(&circuit);
}

static double dense_value(const test_program *program, const kw_pauli *terms, int count, const double *at) {
    kw_complex *vector = dense_zero(N);
    test_program_dense(program, at, vector);
    double value = 0.0;
    for (int t = 0; t < count; ++t) value += terms[t].coefficient * dense_expect_pauli(vector, N, terms[t].x, terms[t].z);
    free(vector);
    return value;
}

static void gradients_match_central_differences(void **unused) {
    (void)unused;
    const kw_pauli terms[] = {{0.7, 0x10001, 0x00300}, {-0.4, 0x00000, 0x18003}, {0.5, 0x04000, 0x14000}, {0.2, 0x00007, 0}};
    enum { TERMS = sizeof terms / sizeof *terms };
    for (uint64_t seed = 11; seed <= 12; ++seed) {
        double value, gradient[PARAMETERS];
        test_program *program = random_program(40, 0.3, seed);
        for (int q = 0; q < N; ++q) {
            const kw_angle angle = {q % PARAMETERS, 0.5 + 0.1 * q, 0.2};
            test_program_add(program, KW_GATE_RY, &q, 1, &angle, NULL);
        }
        kw_circuit *circuit = test_program_circuit(program);
        kw_plan *plan = NULL;
        kw_observable *observable = NULL;
        TEST_MUST(kw_observable_pauli_sum(N, terms, TERMS, &observable));
        TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
        kw_state *ket = test_state(test_world(), N, KW_DOUBLE, NULL), *bra = test_state(test_world(), N, KW_DOUBLE, NULL);
        TEST_MUST(kw_plan_gradient(plan, theta, observable, ket, bra, &value, gradient, NULL, NULL));
        assert_true(fabs(value - dense_value(program, terms, TERMS, theta)) < 1e-12);
        for (int j = 0; j < PARAMETERS; ++j) {
            double shifted[2][PARAMETERS];
            memcpy(shifted[0], theta, sizeof theta);
            memcpy(shifted[1], theta, sizeof theta);
            shifted[0][j] += 1e-5;
            shifted[1][j] -= 1e-5;
            const double difference =
                (dense_value(program, terms, TERMS, shifted[0]) - dense_value(program, terms, TERMS, shifted[1])) / 2e-5;
            assert_true(fabs(gradient[j] - difference) < 1e-6);
        }
        kw_state_destroy(&bra);
        kw_state_destroy(&ket);
        kw_observable_destroy(&observable);
        kw_plan_destroy(&plan);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
}

static void samples_do_not_depend_on_ranks(void **unused) {
    (void)unused;
    enum { SHOTS = 2000 };
    static uint64_t ours[SHOTS], alone[SHOTS];
    kw_complex *start = dense_random(8, N);
    kw_state *state = test_state(test_world(), N, KW_DOUBLE, start), *self = test_state(kw_comm_self(), N, KW_DOUBLE, start);
    TEST_MUST(kw_state_sample(state, SHOTS, 5, ours));
    TEST_MUST(kw_state_sample(self, SHOTS, 5, alone));
    assert_memory_equal(ours, alone, sizeof ours);
    kw_state_destroy(&self);
    kw_state_destroy(&state);
    free(start);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_circuits_match_the_reference),
        cmocka_unit_test(layers_are_undone),
        cmocka_unit_test(gradients_match_central_differences),
        cmocka_unit_test(samples_do_not_depend_on_ranks),
    };
    return TEST_RUN("large states", tests);
}
