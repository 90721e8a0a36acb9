/* Trainable circuits from OpenQASM: against lists of gates, their gradients, and what is refused where. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "circuit/qasm_internal.h"
#include "support/dense.h"
#include "support/folder.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

#define H "OPENQASM 2.0;\ninclude \"qelib1.inc\";\n" /* two lines, so that what follows begins in line 3 */

static kw_circuit *parsed(const char *text) {
    kw_circuit *circuit = NULL;
    if (kw_circuit_parse_ansatz(text, strlen(text), "test.qasm", &circuit)) fail_msg("%s in: %s", kw_error_message(), text);
    return circuit;
}

/* The angle that an expression in t0 and t1 becomes, as it stands and passed on by a gate. */
static void angles_are_affine(void **unused) {
    (void)unused;
    static const struct {
        const char *text;
        kw_angle angle;
    } rows[] = {
        {"t0", {0, 1, 0}},
        {"-t1/3", {1, -1.0 / 3.0, 0}},
        {"2*t0 - pi/4", {0, 2, -M_PI / 4}},
        {"t1*2 + 1 - (3 - t1)*4", {1, 6, -11}},
        {"+(t0 + t0)/8", {0, 0.25, 0}},
        {"sin(pi/6)*t1 + cos(0)", {1, 0.49999999999999994, 1}}, /* sin as in C */
        {"2^3*t0^1 - t1^0", {0, 8, -1}},
        {"t0 - (t1 - t1)", {0, 1, 0}},
        {"t0 - t0", {-1, 0, 0}},
        {"0*t0 + 1/8", {-1, 0, 0.125}},
        {"sqrt(4 + t1 - t1)", {-1, 0, 2}},
        {"(t0 - t0 + 3)*t1", {1, 3, 0}},
        {"1^t0", {-1, 0, 1}},
        {"-3*2^2", {-1, 0, -12}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        char text[512];
        snprintf(text, sizeof text,
                 H "gate pass(a) q { rz(2*a - a) q; }\n"
                   "gate ansatz(t0, t1) q { rz(%s) q; pass(%s) q; rx(t0) q; rx(t1) q; }\n"
                   "gate other(t) q { rx(sin(t)) q; }",
                 rows[i].text, rows[i].text);
        kw_circuit *circuit = parsed(text);
        assert_int_equal(kw_circuit_parameters(circuit), 2);
        for (int g = 0; g < 2; ++g) {
            const kw_angle *angle = &circuit->gates[g].angles[0], *expected = &rows[i].angle;
            assert_int_equal(circuit->gates[g].kind, KW_GATE_RZ);
            if (angle->parameter != expected->parameter || angle->factor != expected->factor
                || angle->offset != expected->offset)
                fail_msg("%s: parameter %d, factor %.17g, offset %.17g", rows[i].text, angle->parameter, angle->factor,
                         angle->offset);
        }
        kw_circuit_destroy(&circuit);
    }
}

/* Nested gates, shared and repeated parameters, qubits in another order, gates of several angles. */
static const char nested[] =
    H "gate layer(a) p, q { rx(a/2) p; ry(pi/3 - a) q; cx p, q; }\n"
      "gate twice(x, y) p, q, r { layer(2*x - 1) q, p; cu3(x, -y, 0.5) r, p; layer(y) p, r; }\n"
      "gate ansatz(t0, t1, t2) q0, q1, q2 { h q1; twice(3*t0, t1/4) q2, q0, q1; barrier q0; rzz(t2) q0, q2; rz(t0) q1; }\n";

static void add(test_program *program, kw_gate_kind kind, int first, int second, kw_angle a, kw_angle b, kw_angle c) {
    test_program_add(program, kind, (const int[]){first, second}, second < 0 ? 1 : 2, (const kw_angle[]){a, b, c}, NULL);
}

/* The gates of `nested`, written out by hand. */
static test_program *by_hand(void) {
    test_program *program = test_program_create(3);
    const kw_angle none = kw_angle_constant(0);
    add(program, KW_GATE_H, 1, -1, none, none, none);
    add(program, KW_GATE_RX, 0, -1, (kw_angle){0, 3, -0.5}, none, none);
    add(program, KW_GATE_RY, 2, -1, (kw_angle){0, -6, M_PI / 3 + 1}, none, none);
    add(program, KW_GATE_CX, 0, 2, none, none, none);
    add(program, KW_GATE_CU3, 1, 2, (kw_angle){0, 3, 0}, (kw_angle){1, -0.25, 0}, kw_angle_constant(0.5));
    add(program, KW_GATE_RX, 2, -1, (kw_angle){1, 0.125, 0}, none, none);
    add(program, KW_GATE_RY, 1, -1, (kw_angle){1, -0.25, M_PI / 3}, none, none);
    add(program, KW_GATE_CX, 2, 1, none, none, none);
    add(program, KW_GATE_RZZ, 0, 2, kw_angle_parameter(2), none, none);
    add(program, KW_GATE_RZ, 1, -1, kw_angle_parameter(0), none, none);
    return program;
}

static void random_angles(uint64_t seed, int count, double *theta) {
    for (int j = 0; j < count; ++j) theta[j] = 6.0 * dense_uniform(&seed) - 3.0;
}

static void nested_gates_are_those_written_out(void **unused) {
    (void)unused;
    kw_circuit *circuit = parsed(nested);
    test_program *program = by_hand();
    assert_int_equal(kw_circuit_qubits(circuit), 3);
    assert_int_equal(kw_circuit_parameters(circuit), 3);
    assert_int_equal(kw_circuit_gates(circuit), program->count);
    for (uint64_t seed = 1; seed <= 5; ++seed) {
        double theta[3];
        kw_program *fixed = NULL;
        kw_complex *ours = dense_random(seed, 3), *expected = dense_random(seed, 3);
        random_angles(seed, 3, theta);
        TEST_MUST(kw_program_from_circuit(circuit, theta, &fixed));
        test_circuit_dense(kw_program_circuit(fixed), ours);
        test_program_dense(program, theta, expected);
        assert_true(dense_distance(ours, expected, 3) < 1e-13);
        free(ours);
        free(expected);
        kw_program_destroy(&fixed);
    }
    test_program_destroy(&program);
    kw_circuit_destroy(&circuit);
}

/* <Z0 Z2> of the gates written out, on |000>, by the dense reference. */
static double dense_value(const test_program *program, const double *theta) {
    kw_complex *vector = dense_zero(3);
    test_program_dense(program, theta, vector);
    const double value = dense_expect_pauli(vector, 3, 0, 5);
    free(vector);
    return value;
}

static void gradients_are_central_differences(void **unused) {
    (void)unused;
    kw_circuit *circuit = parsed(nested);
    test_program *program = by_hand();
    kw_plan *plan = NULL;
    kw_observable *observable = NULL;
    TEST_MUST(kw_plan_create(circuit, 1, &plan));
    TEST_MUST(kw_observable_pauli_sum(3, &(kw_pauli){1.0, 0, 5}, 1, &observable));
    for (uint64_t seed = 1; seed <= 5; ++seed) {
        double theta[3], gradient[3], value;
        random_angles(seed, 3, theta);
        kw_state *ket = test_state(test_world(), 3, KW_DOUBLE, NULL), *bra = test_state(test_world(), 3, KW_DOUBLE, NULL);
        TEST_MUST(kw_plan_gradient(plan, theta, observable, ket, bra, &value, gradient, NULL, NULL));
        assert_true(fabs(value - dense_value(program, theta)) < 1e-12);
        for (int j = 0; j < 3; ++j) {
            const double step = 1e-5, here = theta[j];
            theta[j] = here + step;
            const double above = dense_value(program, theta);
            theta[j] = here - step;
            const double below = dense_value(program, theta);
            theta[j] = here;
            assert_true(fabs(gradient[j] - (above - below) / (2 * step)) < 1e-8);
        }
        kw_state_destroy(&bra);
        kw_state_destroy(&ket);
    }
    kw_observable_destroy(&observable);
    kw_plan_destroy(&plan);
    test_program_destroy(&program);
    kw_circuit_destroy(&circuit);
}

/* Registers and statements are read, checked, and no part of the circuit. */
static void statements_are_not_the_ansatz(void **unused) {
    (void)unused;
    kw_circuit *circuit = parsed(H "qreg r[5]; creg c[1];\ngate ansatz(t) a, b { ry(t) b; }\nh r;\nansatz(0.5) r[3], r[4];\n"
                                   "measure r[0] -> c[0];\nif (c == 1) x r[1];");
    assert_int_equal(kw_circuit_qubits(circuit), 2);
    assert_int_equal(kw_circuit_gates(circuit), 1);
    assert_int_equal(circuit->gates[0].kind, KW_GATE_RY);
    assert_int_equal(circuit->gates[0].targets[0], 1);
    kw_circuit_destroy(&circuit);
}

static const struct {
    const char *text;
    int line, column;
    const char *first, *second;
} refused[] = {
    /* the gate itself */
    {H "qreg q[2];\nh q;", 4, 5, "found the end of the file", "gate ansatz(t0, t1, ...)"},
    {H "gate ansatz q { h q; }", 3, 6, "no parameters", "to train"},
    {H "gate ansatz() q { h q; }", 3, 6, "no parameters", NULL},
    {H "opaque ansatz(t) q;", 3, 8, "opaque", "expected a definition"},
    {H "gate ansatz(a, b, c) q { rx(a) q; rz(c) q; }", 3, 16, "'b'", "every parameter"},
    {H "gate g(x, y) q { rx(x) q; }\ngate ansatz(a, b) q { g(a, b) q; }", 4, 16, "'b'", "every parameter"},
    {H "gate ansatz(a, b) q { rx(a + 0*b) q; }", 3, 16, "'b'", "every parameter"},
    {H "gate ansatz(a) q { rx(b) q; }", 3, 23, "'b'", "a parameter"},
    {H "gate ansatz(a) q { rx(a) q; }\nh q;", 4, 3, "'q'", "not declared"},
    /* angles */
    {H "gate ansatz(a) q { rx(sin(a)) q; }", 3, 23, "'sin' of 'a' in the body of gate 'ansatz'", "a*t + b"},
    {H "gate ansatz(a) q { rx(1 + ln(2*a)) q; }", 3, 27, "'ln' of 'a'", "a*t + b"},
    {H "gate ansatz(a) q { rx(a*a) q; }", 3, 24, "'*' of 'a' and 'a'", "a*t + b"},
    {H "gate ansatz(a, b) q { rx(2*a*(b - 1)) q; }", 3, 29, "'*' of 'a' and 'b'", "a*t + b"},
    {H "gate ansatz(a) q { rx(a^2) q; }", 3, 24, "'^' of 'a'", "a*t + b"},
    {H "gate ansatz(a) q { rx(2^a) q; }", 3, 24, "'^' of 'a'", "a*t + b"},
    {H "gate ansatz(a, b) q { rx(a/b) q; }", 3, 27, "'/' of 'a' and 'b'", "a*t + b"},
    {H "gate ansatz(a) q { rx(pi/a) q; }", 3, 25, "'/' by 'a'", "a*t + b"},
    {H "gate ansatz(a, b) q { rx(a + b) q; }", 3, 28, "'+' of 'a' and 'b'", "one parameter"},
    {H "gate ansatz(a, b) q { rx(a) q; rx(b - 2*a) q; }", 3, 37, "'-' of 'b' and 'a'", "one parameter"},
    {H "gate g(x) q {\n  rx(x*x) q; }\ngate ansatz(a) q { g(3*a) q; }", 4, 7, "'*' of 'a' and 'a' in the body of gate 'g'",
     "a*t + b"},
    {H "gate ansatz(a) q { rx(a/(2 - 2)) q; }", 3, 24, "division by zero", "'ansatz'"},
    {H "gate g(x) q { rx(1/x) q; }\ngate ansatz(a) q { g(a - a) q; }", 3, 19, "division by zero", "'g'"},
    {H "gate ansatz(a) q { rx(a*1e200*1e200) q; }", 3, 30, "not finite", "'ansatz'"},
};

static void expect_refused(kw_status status, const char *text, const char *place, const char *first, const char *second) {
    const char *message = kw_error_message();
    if (status != KW_E_INPUT) fail_msg("not refused: %s", text);
    if (strncmp(message, place, strlen(place))) fail_msg("expected %s, got '%s' for: %s", place, message, text);
    if (!strstr(message, first)) fail_msg("'%s' is missing in '%s' for: %s", first, message, text);
    if (second && !strstr(message, second)) fail_msg("'%s' is missing in '%s' for: %s", second, message, text);
}

static void what_cannot_be_trained_is_refused(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; ++i) {
        kw_circuit *circuit = NULL;
        char place[64];
        snprintf(place, sizeof place, "bad.qasm:%d:%d: ", refused[i].line, refused[i].column);
        const char *text = refused[i].text;
        expect_refused(kw_circuit_parse_ansatz(text, strlen(text), "bad.qasm", &circuit), text, place, refused[i].first,
                       refused[i].second);
        assert_null(circuit);
    }
}

static void long_circuits_are_refused(void **unused) {
    (void)unused;
    const char *text = H "gate g(a) q { rx(a) q; rx(a) q; }\ngate ansatz(a) q { g(a) q; g(a) q; }";
    kw_circuit *circuit = NULL;
    expect_refused(kw_qasm_parse_ansatz(text, strlen(text), "big", 6, &circuit), text, "big:4:6: ", "more gates", NULL);
    TEST_MUST(kw_qasm_parse_ansatz(text, strlen(text), "big", 7, &circuit));
    assert_int_equal(kw_circuit_gates(circuit), 4);
    kw_circuit_destroy(&circuit);
}

static void write_file(const char *name, const char *text) {
    FILE *file = fopen(test_in_folder(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Gates of an included file are at fault in that file. */
static void files_are_named(void **unused) {
    (void)unused;
    kw_circuit *circuit = NULL;
    char place[512];
    expect_refused(kw_circuit_read_ansatz(test_in_folder("none.qasm"), &circuit), "none", "", "none.qasm", "No such file");
    write_file("main.qasm", H "include \"part.inc\";\ngate ansatz(a) q { part(a) q; }\n");
    write_file("part.inc", "gate part(x) q {\n  rx(exp(x)) q; }\n");
    snprintf(place, sizeof place, "%s:2:6: ", test_in_folder("part.inc"));
    expect_refused(kw_circuit_read_ansatz(test_in_folder("main.qasm"), &circuit), "part", place, "'exp' of 'a'", "'part'");
    write_file("part.inc", "gate part(x) q { rx(x) q; }\n");
    TEST_MUST(kw_circuit_read_ansatz(test_in_folder("main.qasm"), &circuit));
    assert_int_equal(kw_circuit_parameters(circuit), 1);
    kw_circuit_destroy(&circuit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(angles_are_affine),
        cmocka_unit_test(nested_gates_are_those_written_out),
        cmocka_unit_test(gradients_are_central_differences),
        cmocka_unit_test(statements_are_not_the_ansatz),
        cmocka_unit_test(what_cannot_be_trained_is_refused),
        cmocka_unit_test(long_circuits_are_refused),
        TEST_IN_FOLDER(files_are_named),
    };
    return TEST_RUN("qasm_ansatz", tests);
}
