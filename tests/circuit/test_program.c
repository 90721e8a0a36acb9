/* Programs: steps, conditions, what is static, segments; and programs written and read again. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "circuit/program_internal.h"
#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

#define H "OPENQASM 2.0;\ninclude \"qelib1.inc\";\n"

static kw_program *parsed(const char *text) {
    kw_program *program = NULL;
    if (kw_program_parse(text, strlen(text), "test.qasm", &program)) fail_msg("%s in: %s", kw_error_message(), text);
    return program;
}

/* What kw_program_write writes; the caller frees it. */
static char *written(const kw_program *program) {
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    assert_non_null(file);
    TEST_MUST(kw_program_write(program, file));
    assert_int_equal(fclose(file), 0);
    return text;
}

static const char teleport[] =
    H "qreg q[3]; creg c0[1]; creg c1[2];\n"
      "u3(0.3,0.2,0.1) q[0]; h q[1]; barrier q[1],q[2]; cx q[1],q[2]; cx q[0],q[1]; h q[0];\n"
      "measure q[0] -> c0[0]; measure q[1] -> c1[1];\n"
      "if(c0==1) z q[2];\nif(c1==2) x q[2];\nif(c1==2) y q[2];\nif(c1==0) y q[2];\nif (c1==3) measure q[2] -> c1[0];\n"
      "reset q[0];\nif(c0==0) reset q[1];\n";

static void steps_are_those_of_the_file(void **unused) {
    (void)unused;
    static const kw_step expected[] = {
        {.kind = KW_STEP_GATES, .condition = -1, .first_gate = 0, .gates = 2},
        {.kind = KW_STEP_BARRIER, .condition = -1, .qubits = 6},
        {.kind = KW_STEP_GATES, .condition = -1, .first_gate = 2, .gates = 3},
        {.kind = KW_STEP_MEASURE, .condition = -1, .qubit = 0, .bit = 0},
        {.kind = KW_STEP_MEASURE, .condition = -1, .qubit = 1, .bit = 2},
        {.kind = KW_STEP_GATES, .condition = 0, .value = 1, .first_gate = 5, .gates = 1},
        {.kind = KW_STEP_GATES, .condition = 1, .value = 2, .first_gate = 6, .gates = 2},
        {.kind = KW_STEP_GATES, .condition = 1, .value = 0, .first_gate = 8, .gates = 1},
        {.kind = KW_STEP_MEASURE, .condition = 1, .value = 3, .qubit = 2, .bit = 1},
        {.kind = KW_STEP_RESET, .condition = -1, .qubit = 0},
        {.kind = KW_STEP_RESET, .condition = 0, .value = 0, .qubit = 1},
    };
    enum { STEPS = sizeof expected / sizeof *expected };
    kw_program *program = parsed(teleport);
    const kw_register *registers;
    assert_int_equal(kw_program_qubits(program), 3);
    assert_int_equal(kw_program_bits(program), 3);
    assert_int_equal(kw_program_registers(program, &registers), 2);
    assert_string_equal(registers[1].name, "c1");
    assert_int_equal(registers[1].size, 2);
    assert_int_equal(registers[1].offset, 1);
    assert_int_equal(kw_program_quantum_registers(program, &registers), 1);
    assert_string_equal(registers[0].name, "q");
    assert_int_equal(kw_program_steps(program), STEPS);
    for (size_t i = 0; i < STEPS; ++i) {
        const kw_step step = kw_program_step(program, i), *want = &expected[i];
        assert_int_equal(step.kind, want->kind);
        assert_int_equal(step.condition, want->condition);
        assert_int_equal(step.value, want->value);
        assert_int_equal(step.first_gate, want->first_gate);
        assert_int_equal(step.gates, want->gates);
        assert_int_equal(step.qubit, want->qubit);
        assert_int_equal(step.bit, want->bit);
        assert_int_equal(step.qubits, want->qubits);
    }
    assert_false(kw_program_is_static(program));
    assert_null(kw_program_circuit(program));
    kw_program_destroy(&program);
    assert_null(program);
    kw_program_destroy(&program);
}

static void segments_cover_the_gates(void **unused) {
    (void)unused;
    static const size_t lengths[] = {5, 0, 0, 1, 2, 1, 0, 0, 0}, following[] = {3, 3, 4, 6, 7, 8, 8, 9, 10};
    kw_program *program = parsed(teleport);
    size_t i = 0;
    for (size_t segment = 0; i < kw_program_steps(program); ++segment) {
        kw_circuit *circuit = NULL;
        size_t next = 0;
        TEST_MUST(kw_program_segment(program, i, &circuit, &next));
        assert_int_equal(kw_circuit_qubits(circuit), 3);
        assert_int_equal(kw_circuit_gates(circuit), lengths[segment]);
        assert_int_equal(next, following[segment]);
        kw_circuit_destroy(&circuit);
        i = next == i ? i + 1 : next;
    }
    kw_circuit *circuit = NULL;
    assert_int_equal(kw_program_segment(program, i, &circuit, &i), KW_E_ARG);
    kw_program_destroy(&program);
}

static void static_programs_are_told(void **unused) {
    (void)unused;
    static const struct {
        const char *text;
        bool is_static;
    } rows[] = {
        {"h q; measure q -> c;", true},
        {"h q;", true},
        {"", true},
        {"measure q[0] -> c[0]; h q[1]; measure q[1] -> c[1];", true},
        {"measure q[0] -> c[0]; barrier q; measure q[0] -> c[1];", true},
        {"measure q[0] -> c[0]; x q[0];", false},
        {"measure q[0] -> c[0]; cx q[0],q[1];", false},
        {"if (c==0) x q[0];", false},
        {"reset q; h q;", true},
        {"h q[0]; reset q[1];", true},
        {"h q[0]; reset q[0];", false},
        {"measure q[0] -> c[0]; reset q[0];", false},
        {"cx q[0],q[1]; reset q[1];", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        char text[256];
        snprintf(text, sizeof text, H "qreg q[2]; creg c[2]; %s", rows[i].text);
        kw_program *program = parsed(text);
        if (kw_program_is_static(program) != rows[i].is_static) fail_msg("static or not: %s", rows[i].text);
        assert_true((kw_program_circuit(program) != NULL) == rows[i].is_static);
        kw_program_destroy(&program);
    }
    int qubit_of_bit[3];
    kw_program *program =
        parsed(H "qreg q[3]; creg c[3]; measure q[2] -> c[0]; measure q[1] -> c[0]; measure q[1] -> c[2];");
    assert_int_equal(kw_program_final_measurements(program, qubit_of_bit), 3);
    assert_int_equal(qubit_of_bit[0], 1);
    assert_int_equal(qubit_of_bit[1], -1);
    assert_int_equal(qubit_of_bit[2], 1);
    kw_program_destroy(&program);
}

/* Register-wide statements become one step per qubit; a file without the last line break; wide registers. */
static void wide_programs(void **unused) {
    (void)unused;
    kw_program *program = parsed("OPENQASM 2.0;qreg q[62];creg c[70];U(0,0,0) q;if(c==18446744073709551615) reset q;"
                                 "measure q[3]->c[69];\nif(c==3)CX q[0],q[61];");
    assert_int_equal(kw_program_qubits(program), 62);
    assert_int_equal(kw_program_steps(program), 1 + 62 + 1 + 1);
    assert_true(kw_program_step(program, 62).value == UINT64_MAX);
    assert_int_equal(kw_program_step(program, 63).bit, 69);
    char *text = written(program);
    assert_non_null(strstr(text, "if(c==18446744073709551615) reset q[61];"));
    kw_program *again = parsed(text);
    assert_int_equal(kw_program_steps(again), kw_program_steps(program));
    kw_program_destroy(&again);
    kw_program_destroy(&program);
    free(text);
}

/* Texts in qelib1's own gates come back word for word. */
static void writing_is_a_fixed_point(void **unused) {
    (void)unused;
    const char *const texts[] = {
        teleport,
        H "qreg a[2]; qreg b[3]; creg one[1]; creg k[2]; cu(0.1,1e-300,-0,3) b[2],a[1]; rx(0.1+0.2) a; u0(1) b;\n"
          "c4x a[0],b[0],b[1],b[2],a[1]; rc3x a[0],b[0],b[1],b[2]; crz(pi/7) a[0],b[0]; measure a -> k;",
        H "qreg q[7]; mcx q[0],q[1],q[2],q[3],q[4],q[5],q[6]; iswap q[0],q[1]; ryy(0.3) q[3],q[4];",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
        kw_program *program = parsed(texts[i]);
        char *first = written(program);
        kw_program *again = parsed(first);
        char *second = written(again);
        kw_program *third = parsed(second);
        char *last = written(third);
        if (i < 2) assert_string_equal(first, second);
        assert_string_equal(second, last);
        kw_program_destroy(&program);
        kw_program_destroy(&again);
        kw_program_destroy(&third);
        free(first);
        free(second);
        free(last);
    }
}

/* Random circuits over the whole table, parameters bound, written and read: the same matrix, phase included. */
static void written_circuits_compute_the_same(void **unused) {
    (void)unused;
    enum { N = 9, P = 5, GATES = 60 };
    const test_recipe recipe = {.n = N, .parameters = P, .max_targets = 4};
    for (uint64_t seed = 1; seed <= 12; ++seed) {
        uint64_t draw = seed;
        double theta[P];
        for (int j = 0; j < P; ++j) theta[j] = 6.0 * dense_uniform(&draw);
        test_program *list = test_program_create(N), *kept = test_program_create(N);
        test_program_random(list, &recipe, GATES, seed);
        for (size_t g = 0; g < list->count; ++g)
            if (list->gates[g].kind != KW_GATE_UNITARY)
                test_program_add(kept, list->gates[g].kind, list->gates[g].qubits, list->gates[g].n_qubits,
                                 list->gates[g].angles, NULL);
        kw_circuit *circuit = test_program_circuit(kept);
        kw_program *program = NULL;
        TEST_MUST(kw_program_from_circuit(circuit, theta, &program));
        char *text = written(program);
        kw_program *again = parsed(text);
        kw_complex *expected = dense_random(seed, N), *vector = dense_random(seed, N);
        test_program_dense(kept, theta, expected);
        test_circuit_dense(kw_program_circuit(again), vector);
        assert_true(dense_distance(vector, expected, N) < 1e-11);
        free(expected);
        free(vector);
        free(text);
        kw_program_destroy(&again);
        kw_program_destroy(&program);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&kept);
        test_program_destroy(&list);
    }
}

/* mcx, mcz and mcp on every number of controls, some qubits left over, random places. */
static void many_controls_are_written(void **unused) {
    (void)unused;
    enum { N = 10 };
    const kw_gate_kind kinds[] = {KW_GATE_MCX, KW_GATE_MCZ, KW_GATE_MCP};
    for (int k = 1; k < N; ++k)
        for (int which = 0; which < 3; ++which) {
            uint64_t seed = (uint64_t)k;
            int qubits[N];
            const double angle = 0.7;
            const kw_angle constant = kw_angle_constant(angle);
            test_random_qubits(&seed, N, k + 1, qubits);
            kw_circuit *circuit = NULL;
            kw_program *program = NULL;
            TEST_MUST(kw_circuit_create(N, &circuit));
            TEST_MUST(kw_circuit_append(circuit, kinds[which], qubits, k + 1, &constant));
            TEST_MUST(kw_program_from_circuit(circuit, NULL, &program));
            char *text = written(program);
            kw_program *again = parsed(text);
            kw_complex *expected = dense_random(seed, N), *vector = dense_random(seed, N);
            dense_apply(expected, N, kinds[which], qubits, k + 1, &angle);
            test_circuit_dense(kw_program_circuit(again), vector);
            assert_true(dense_distance(vector, expected, N) < 1e-12);
            free(expected);
            free(vector);
            free(text);
            kw_program_destroy(&again);
            kw_program_destroy(&program);
            kw_circuit_destroy(&circuit);
        }
}

static void what_cannot_be_written(void **unused) {
    (void)unused;
    kw_circuit *circuit = NULL;
    kw_program *program = NULL;
    kw_complex matrix[16];
    dense_random_unitary(1, 2, matrix);
    TEST_MUST(kw_circuit_create(2, &circuit));
    TEST_MUST(kw_circuit_append_unitary(circuit, (int[]){0, 1}, 2, matrix));
    TEST_MUST(kw_program_from_circuit(circuit, NULL, &program));
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(kw_program_write(program, file), KW_E_INPUT);
    assert_non_null(strstr(kw_error_message(), "unitary"));
    fclose(file);
    kw_program_destroy(&program);
    const kw_angle angle = kw_angle_parameter(0);
    const double bad = NAN;
    TEST_MUST(kw_circuit_append(circuit, KW_GATE_RX, (int[]){0}, 1, &angle));
    assert_int_equal(kw_program_from_circuit(circuit, &bad, &program), KW_E_INPUT);
    assert_null(program);
    kw_circuit_destroy(&circuit);
    if (!(file = fopen("/dev/full", "w"))) return;
    program = parsed(H "qreg q[1]; x q;");
    setvbuf(file, NULL, _IONBF, 0);
    assert_int_equal(kw_program_write(program, file), KW_E_IO);
    fclose(file);
    kw_program_destroy(&program);
}

static void check_key(const char *text, uint64_t bits, const char *expected) {
    kw_program *program = parsed(text);
    char key[80], cut[4];
    assert_int_equal(kw_program_key(program, bits, key, sizeof key), strlen(expected));
    assert_string_equal(key, expected);
    assert_int_equal(kw_program_key(program, bits, NULL, 0), strlen(expected));
    assert_int_equal(kw_program_key(program, bits, cut, sizeof cut), strlen(expected));
    assert_int_equal(strlen(cut), 3);
    assert_memory_equal(cut, expected, 3);
    kw_program_destroy(&program);
}

/* Qiskit's order: the last register first, its highest bit first. */
static void keys_are_those_of_qiskit(void **unused) {
    (void)unused;
    check_key(teleport, 5, "10 1");
    check_key(teleport, 2, "01 0");
    check_key(H "qreg a[3]; qreg b[1]; creg c[2]; h a;", 9, "1001");
    check_key(H "qreg q[1]; creg a[60]; creg b[10]; measure q[0] -> b[0];", (uint64_t)15 << 60 | 1,
              "0000001111 000000000000000000000000000000000000000000000000000000000001");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_those_of_the_file), cmocka_unit_test(segments_cover_the_gates),
        cmocka_unit_test(static_programs_are_told),    cmocka_unit_test(wide_programs),
        cmocka_unit_test(writing_is_a_fixed_point),    cmocka_unit_test(written_circuits_compute_the_same),
        cmocka_unit_test(many_controls_are_written),   cmocka_unit_test(what_cannot_be_written),
        cmocka_unit_test(keys_are_those_of_qiskit),
    };
    return TEST_RUN("program", tests);
}
