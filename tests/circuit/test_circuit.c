/* Circuits: what may be appended, what is refused and why, parameters, inverses. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

static kw_circuit *circuit_of(int n) {
    kw_circuit *circuit = NULL;
    TEST_MUST(kw_circuit_create(n, &circuit));
    return circuit;
}

static void assert_refused(kw_status status, const char *named) {
    assert_int_equal(status, KW_E_INPUT);
    if (!strstr(kw_error_message(), named)) fail_msg("'%s' is missing in: %s", named, kw_error_message());
}

static void widths_are_checked(void **unused) {
    (void)unused;
    kw_circuit *circuit = NULL;
    assert_refused(kw_circuit_create(0, &circuit), "0");
    assert_refused(kw_circuit_create(KW_MAX_QUBITS + 1, &circuit), "63");
    assert_null(circuit);
    for (int n = 1; n <= KW_MAX_QUBITS; n += 61) {
        circuit = circuit_of(n);
        assert_int_equal(kw_circuit_qubits(circuit), n);
        assert_int_equal(kw_circuit_gates(circuit), 0);
        assert_int_equal(kw_circuit_parameters(circuit), 0);
        kw_circuit_destroy(&circuit);
        assert_null(circuit);
    }
    kw_circuit_destroy(&circuit);
}

static void gates_are_checked(void **unused) {
    (void)unused;
    kw_circuit *circuit = circuit_of(5);
    const kw_angle angle = kw_angle_constant(0.5);
    assert_refused(kw_circuit_append(circuit, KW_GATE_H, (int[]){5}, 1, NULL), "5");
    assert_refused(kw_circuit_append(circuit, KW_GATE_H, (int[]){-1}, 1, NULL), "-1");
    assert_refused(kw_circuit_append(circuit, KW_GATE_H, (int[]){0, 1}, 2, NULL), "h");
    assert_refused(kw_circuit_append(circuit, KW_GATE_CX, (int[]){3}, 1, NULL), "cx");
    assert_refused(kw_circuit_append(circuit, KW_GATE_CX, (int[]){3, 3}, 2, NULL), "3");
    assert_refused(kw_circuit_append(circuit, KW_GATE_MCP, (int[]){2}, 1, &angle), "mcp");
    assert_refused(kw_circuit_append(circuit, KW_GATE_MCX, (int[]){0, 1, 2, 3, 1}, 5, NULL), "1");
    assert_int_equal(kw_circuit_gates(circuit), 0);
    TEST_MUST(kw_circuit_append(circuit, KW_GATE_MCX, (int[]){0, 1, 2, 3, 4}, 5, NULL));
    TEST_MUST(kw_circuit_append(circuit, KW_GATE_MCP, (int[]){4, 0}, 2, &angle));
    assert_int_equal(kw_circuit_gates(circuit), 2);
    kw_circuit_destroy(&circuit);
}

static void unitaries_are_checked(void **unused) {
    (void)unused;
    kw_circuit *circuit = circuit_of(6);
    kw_complex matrix[1 << (2 * KW_MAX_TARGETS)];
    const int qubits[] = {5, 0, 3, 1, 2, 4};
    for (int k = 1; k <= KW_MAX_TARGETS; ++k) {
        dense_random_unitary((uint64_t)k, k, matrix);
        TEST_MUST(kw_circuit_append_unitary(circuit, qubits, k, matrix));
        matrix[0] += 1e-6;
        assert_refused(kw_circuit_append_unitary(circuit, qubits, k, matrix), "unitary");
        matrix[0] = NAN;
        assert_refused(kw_circuit_append_unitary(circuit, qubits, k, matrix), "unitary");
    }
    dense_random_unitary(1, 2, matrix);
    assert_int_equal(kw_circuit_append_unitary(circuit, (int[]){0, 0}, 2, matrix), KW_E_INPUT);
    assert_int_equal(kw_circuit_append_unitary(circuit, (int[]){0, 6}, 2, matrix), KW_E_INPUT);
    assert_int_equal(kw_circuit_append_unitary(circuit, qubits, 6, matrix), KW_E_INPUT);
    assert_int_equal(kw_circuit_append_unitary(circuit, qubits, 0, matrix), KW_E_INPUT);
    assert_int_equal(kw_circuit_gates(circuit), KW_MAX_TARGETS);
    kw_circuit_destroy(&circuit);
}

static void parameters_are_counted(void **unused) {
    (void)unused;
    kw_circuit *circuit = circuit_of(3), *tail = circuit_of(3), *wide = circuit_of(4);
    kw_angle angles[3] = {kw_angle_parameter(4), kw_angle_constant(1.0), {2, -0.5, 0.25}};
    TEST_MUST(kw_circuit_append(circuit, KW_GATE_U, (int[]){1}, 1, angles));
    assert_int_equal(kw_circuit_parameters(circuit), 5);
    angles[0] = kw_angle_parameter(6);
    TEST_MUST(kw_circuit_append(tail, KW_GATE_RX, (int[]){2}, 1, angles));
    TEST_MUST(kw_circuit_append(tail, KW_GATE_CX, (int[]){2, 0}, 2, NULL));
    TEST_MUST(kw_circuit_append_circuit(circuit, tail));
    assert_int_equal(kw_circuit_parameters(circuit), 7);
    assert_int_equal(kw_circuit_gates(circuit), 3);
    TEST_MUST(kw_circuit_append(wide, KW_GATE_X, (int[]){3}, 1, NULL));
    assert_int_not_equal(kw_circuit_append_circuit(circuit, wide), KW_OK);
    assert_int_equal(kw_circuit_gates(circuit), 3);
    kw_circuit_destroy(&wide);
    kw_circuit_destroy(&tail);
    kw_circuit_destroy(&circuit);
}

/* |psi> -> U -> U^-1 is the identity, for the whole table with shared parameters. */
static void inverses_undo(void **unused) {
    (void)unused;
    enum { N = 6, P = 7 };
    const test_recipe recipe = {.n = N, .parameters = P, .max_targets = 5};
    for (uint64_t seed = 1; seed <= 5; ++seed) {
        uint64_t draw = seed;
        double theta[P];
        for (int j = 0; j < P; ++j) theta[j] = 6.0 * dense_uniform(&draw);
        test_program *program = test_program_create(N);
        test_program_random(program, &recipe, 150, seed);
        kw_circuit *circuit = test_program_circuit(program), *inverse = NULL;
        TEST_MUST(kw_circuit_inverse(circuit, &inverse));
        assert_int_equal(kw_circuit_gates(inverse), kw_circuit_gates(circuit));
        assert_int_equal(kw_circuit_parameters(inverse), kw_circuit_parameters(circuit));
        TEST_MUST(kw_circuit_append_circuit(circuit, inverse));
        kw_complex *start = dense_random(seed, N);
        kw_state *state = test_state(kw_comm_self(), N, KW_DOUBLE, start);
        test_execute(kw_comm_self(), circuit, theta, state);
        assert_true(test_distance(state, start) < 1e-12);
        kw_state_destroy(&state);
        free(start);
        kw_circuit_destroy(&inverse);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
}

static void append_read(kw_circuit *copy, const kw_circuit *circuit, size_t index) {
    kw_complex matrix[1 << (2 * KW_MAX_TARGETS)];
    kw_placed_gate gate;
    TEST_MUST(kw_circuit_gate(circuit, index, &gate));
    TEST_MUST(gate.kind == KW_GATE_UNITARY ? kw_circuit_gate_matrix(circuit, index, NULL, matrix) : KW_OK);
    TEST_MUST(gate.kind == KW_GATE_UNITARY ? kw_circuit_append_unitary(copy, gate.qubits, gate.n_qubits, matrix)
                                           : kw_circuit_append(copy, gate.kind, gate.qubits, gate.n_qubits, gate.angles));
}

/* A circuit made anew of what is read from another is the same unitary. */
static void gates_are_read_back(void **unused) {
    (void)unused;
    enum { N = 6, P = 5 };
    const double theta[P] = {0.3, -1.2, 2.5, 0.8, -0.1};
    const test_recipe recipe = {.n = N, .parameters = P, .max_targets = 5};
    test_program *program = test_program_create(N);
    test_program_random(program, &recipe, 200, 8);
    kw_circuit *circuit = test_program_circuit(program), *copy = circuit_of(N);
    for (size_t i = 0; i < kw_circuit_gates(circuit); ++i) append_read(copy, circuit, i);
    assert_int_equal(kw_circuit_parameters(copy), kw_circuit_parameters(circuit));
    kw_complex *vector = dense_random(4, N);
    kw_state *state = test_state(kw_comm_self(), N, KW_DOUBLE, vector);
    test_execute(kw_comm_self(), copy, theta, state);
    test_program_dense(program, theta, vector);
    assert_true(test_distance(state, vector) < 1e-12);
    kw_state_destroy(&state);
    free(vector);
    kw_circuit_destroy(&copy);
    kw_circuit_destroy(&circuit);
    test_program_destroy(&program);
}

static void gates_are_told(void **unused) {
    (void)unused;
    kw_circuit *circuit = circuit_of(5);
    const kw_angle angle = {2, -0.5, 0.25};
    const double theta[] = {0, 0, 1.5};
    kw_placed_gate gate;
    kw_complex matrix[4];
    TEST_MUST(kw_circuit_append(circuit, KW_GATE_MCP, (int[]){4, 0, 3, 1}, 4, &angle));
    TEST_MUST(kw_circuit_gate(circuit, 0, &gate));
    assert_int_equal(gate.kind, KW_GATE_MCP);
    assert_int_equal(gate.n_qubits, 4);
    assert_int_equal(gate.n_controls, 3);
    assert_memory_equal(gate.qubits, ((int[]){0, 3, 4, 1}), 4 * sizeof(int));
    assert_true(gate.angles[0].parameter == 2 && gate.angles[0].factor == -0.5 && gate.angles[0].offset == 0.25);
    TEST_MUST(kw_circuit_gate_matrix(circuit, 0, theta, matrix));
    assert_true(matrix[0] == 1 && cabs(matrix[3] - cexp(-0.5 * I)) < 1e-15);
    assert_int_equal(kw_circuit_gate(circuit, 1, &gate), KW_E_ARG);
    assert_int_equal(kw_circuit_gate_matrix(circuit, 1, theta, matrix), KW_E_ARG);
    kw_circuit_destroy(&circuit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_are_checked),    cmocka_unit_test(gates_are_checked),
        cmocka_unit_test(unitaries_are_checked), cmocka_unit_test(parameters_are_counted),
        cmocka_unit_test(inverses_undo),         cmocka_unit_test(gates_are_read_back),
        cmocka_unit_test(gates_are_told),
    };
    return TEST_RUN("circuit", tests);
}
