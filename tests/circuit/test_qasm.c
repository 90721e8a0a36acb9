/* OpenQASM that is valid: against gate lists, against the dense reference, and against what the programs compute. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "circuit/program_internal.h"
#include "support/dense.h"
#include "support/folder.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

#define H "OPENQASM 2.0;\ninclude \"qelib1.inc\";\n"

static kw_program *parsed(const char *text) {
    kw_program *program = NULL;
    if (kw_program_parse(text, strlen(text), "test.qasm", &program)) fail_msg("%s in: %s", kw_error_message(), text);
    return program;
}

/* Distance of two circuits on a random vector. */
static double distance(const kw_circuit *a, const kw_circuit *b) {
    assert_int_equal(kw_circuit_qubits(a), kw_circuit_qubits(b));
    const int n = kw_circuit_qubits(a);
    kw_complex *x = dense_random(7, n), *y = dense_random(7, n);
    test_circuit_dense(a, x);
    test_circuit_dense(b, y);
    const double result = dense_distance(x, y, n);
    free(x);
    free(y);
    return result;
}

static void assert_same_gates(const kw_circuit *a, const kw_circuit *b) {
    assert_int_equal(kw_circuit_qubits(a), kw_circuit_qubits(b));
    assert_int_equal(a->count, b->count);
    for (size_t g = 0; g < a->count; ++g) {
        const kw_gate *p = &a->gates[g], *q = &b->gates[g];
        assert_int_equal(p->kind, q->kind);
        assert_true(p->controls == q->controls);
        assert_memory_equal(p->targets, q->targets, sizeof p->targets);
        for (int j = 0; j < kw_gate_angles(p->kind); ++j) assert_true(p->angles[j].offset == q->angles[j].offset);
    }
}

/* Every gate of the table by its name, in both cases of letters, is the gate that the API appends. */
static void gates_have_their_names(void **unused) {
    (void)unused;
    uint64_t seed = 3;
    for (int k = 0; k < KW_GATE_KINDS; ++k) {
        const kw_gate_kind kind = (kw_gate_kind)k;
        if (kind == KW_GATE_UNITARY) continue;
        char text[512], upper[32], *to = text;
        int qubits[KW_MAX_QUBITS];
        kw_angle angles[KW_MAX_ANGLES];
        const int width = kw_gate_controls(kind) < 0 ? 5 : kw_gate_controls(kind) + kw_gate_targets(kind);
        snprintf(upper, sizeof upper, "%s", kw_gate_name(kind));
        for (char *c = upper; *c; ++c)
            if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 'a' + 'A');
        test_random_qubits(&seed, 6, width, qubits);
        to += sprintf(to, H "qreg work[6];\n");
        kw_circuit *expected = NULL;
        TEST_MUST(kw_circuit_create(6, &expected));
        for (int j = 0; j < KW_MAX_ANGLES; ++j) angles[j] = kw_angle_constant(6 * dense_uniform(&seed) - 3);
        for (int round = 0; round < 2; ++round) {
            to += sprintf(to, "%s", round ? upper : kw_gate_name(kind));
            for (int j = 0; j < kw_gate_angles(kind); ++j) to += sprintf(to, "%c%.17g", j ? ',' : '(', angles[j].offset);
            to += sprintf(to, "%s", kw_gate_angles(kind) ? ")" : "");
            for (int j = 0; j < width; ++j) to += sprintf(to, "%cwork[%d]", j ? ',' : ' ', qubits[j]);
            to += sprintf(to, ";\n");
            TEST_MUST(kw_circuit_append(expected, kind, qubits, width, angles));
        }
        kw_program *program = parsed(text);
        assert_same_gates(kw_program_circuit(program), expected);
        kw_program_destroy(&program);
        kw_circuit_destroy(&expected);
    }
}

static void expressions_have_their_values(void **unused) {
    (void)unused;
    static const struct {
        const char *text;
        double value;
    } rows[] = {
        {"0", 0},
        {"pi", M_PI},
        {"-3*pi/8", -3 * M_PI / 8},
        {"1.910e+00", 1.91},
        {"1E3", 1000},
        {".5", 0.5},
        {"2.", 2},
        {"2e-2", 0.02},
        {"-2^2", -4},
        {"2^3^2", 512},
        {"2^-1", 0.5},
        {"-2^-2", -0.25},
        {"1/2/2", 0.25},
        {"2-3-4", -5},
        {"2-3*4", -10},
        {"(2-3)*4", -4},
        {"--1", 1},
        {"+1", 1},
        {"2*-3", -6},
        {"-pi/2", -M_PI / 2},
        {"6/2*3", 9},
        {"sin(pi/6)", 0.5},
        {"cos(pi/3)", 0.5},
        {"tan(pi/4)", 1},
        {"exp(1)", M_E},
        {"ln(exp(2))", 2},
        {"sqrt(2)", M_SQRT2},
        {"sin(1)^2+cos(1)^2", 1},
        {"((((1))))", 1},
        {"1+2*3^2-4/2", 17},
        {"18446744073709551616", 0x1p64},
        {"sqrt(sqrt(16))*ln(exp(1))", 2},
        {"0.30000000000000004", 0.30000000000000004},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        char text[512];
        snprintf(text, sizeof text, H "gate g(t,u) a { rx(t) a; rz(u+(%s)*1) a; }\nqreg q[1]; rx(%s) q[0]; g(%s,0) q;",
                 rows[i].text, rows[i].text, rows[i].text);
        kw_program *program = parsed(text);
        const kw_circuit *circuit = kw_program_circuit(program);
        for (size_t g = 0; g < 3; ++g)
            if (fabs(circuit->gates[g].angles[0].offset - rows[i].value) > 1e-15 * fmax(1, fabs(rows[i].value)))
                fail_msg("%s is %.17g, not %.17g", rows[i].text, circuit->gates[g].angles[0].offset, rows[i].value);
        kw_program_destroy(&program);
    }
}

/* Pairs of texts that must be the same gates. */
static void equal_ways_to_write(void **unused) {
    (void)unused;
    static const char *const pairs[][2] = {
        {"qreg q[3]; h q;", "qreg q[3]; h q[0]; h q[1]; h q[2];"},
        {"qreg a[2]; qreg b[2]; cx a,b;", "qreg r[4]; cx r[0],r[2]; cx r[1],r[3];"},
        {"qreg a[1]; qreg b[3]; cx a[0],b;", "qreg q[4]; cx q[0],q[1]; cx q[0],q[2]; cx q[0],q[3];"},
        {"qreg a[3]; qreg b[1]; qreg c[3]; ccx a,b[0],c;",
         "qreg q[7]; ccx q[0],q[3],q[4]; ccx q[1],q[3],q[5]; ccx q[2],q[3],q[6];"},
        {"qreg a[1]; x a[0]; qreg b[1]; x b[0];", "qreg q[2]; x q;"},
        {"qreg q[1];U(1,2,3) q[0];", "qreg q[1]; u(1,2,3) q[0];"},
        {"qreg q[1]; u0(3) q[0];", "qreg q[1]; id q[0];"},
        {"qreg q[4]; c3sx q[0],q[1],q[2],q[3];", "qreg q[4]; c3sqrtx q[0],q[1],q[2],q[3];"},
        {"qreg q[2]; cH q[0],q[1]; Cx q[0],q[1];", "qreg q[2]; ch q[0],q[1]; cx q[0],q[1];"},
        {"gate f(t) a { rz(t) a; } gate g(t) a,b { rx(t/2) b; f(-t) a; }\nqreg q[2]; g(4) q[1],q[0];",
         "qreg q[2]; rx(2) q[0]; rz(-4) q[1];"},
        {"gate h a { x a; } qreg q[1]; h q[0]; H q[0];", "qreg q[1]; x q; x q;"},
        {"gate g a { h a; } gate h a { x a; } qreg q[1]; g q; h q;", "qreg q[1]; H q; x q;"},
        {"gate nothing(a) b { } gate also b { barrier b; } qreg q[2]; nothing(1) q; also q; h q;", "qreg q[2]; h q;"},
        {"opaque ryy(t) a,b; opaque magic a; qreg q[2]; ryy(1) q[0],q[1];", "qreg q[2]; ryy(1) q[0],q[1];"},
        {"opaque later a; gate later a { y a; } qreg q[1]; later q;", "qreg q[1]; y q;"},
        {"qreg x[1]; x x[0];", "qreg q[1]; x q;"},
        {"// a\nqreg q[1]; // b\r\nx//c\nq[0]//d\n;//", "qreg q[1]; x q;"},
        {"qreg q [ 2 ] ; x\tq [ 1 ]\n;\f h() q[0];", "qreg q[2]; x q[1]; h q[0];"},
        {"include \"qelib1.inc\"; include \"lib/qelib1.inc\"; qreg q[1]; x q;", "qreg q[1]; x q;"},
        {"qreg q[2]; creg c[2]; reset q; h q; barrier q; x q[1]; measure q->c;", "qreg q[2]; h q; x q[1];"},
        {"gate ansatz(t0,t1,t2) q0,q1 { ry(t0) q0; ry(t1) q1; cx q0,q1; rz(2*t2-t0) q1; } qreg q[2];\n"
         "ansatz(0.25,0.5,1) q[0],q[1];",
         "qreg q[2]; ry(0.25) q[0]; ry(0.5) q[1]; cx q[0],q[1]; rz(1.75) q[1];"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; ++i) {
        char text[2][1024];
        for (int side = 0; side < 2; ++side) snprintf(text[side], sizeof text[side], H "%s", pairs[i][side]);
        kw_program *a = parsed(text[0]), *b = parsed(text[1]);
        assert_same_gates(kw_program_circuit(a), kw_program_circuit(b));
        kw_program_destroy(&a);
        kw_program_destroy(&b);
    }
}

/* Bodies as the OpenQASM 2 paper (arXiv 1707.03429) gives them, against the built-in gates. */
static void definitions_of_the_paper(void **unused) {
    (void)unused;
    static const char *const rows[][2] = {
        {"gate my a,b,c { h c; cx b,c; tdg c; cx a,c; t c; cx b,c; tdg c; cx a,c; t b; t c; h c; cx a,b; t a; tdg b;"
         " cx a,b; } qreg q[3]; my q[2],q[0],q[1];",
         "qreg q[3]; ccx q[2],q[0],q[1];"},
        {"gate my(l) a,b { u1(l/2) a; cx a,b; u1(-l/2) b; cx a,b; u1(l/2) b; } qreg q[2]; my(0.7) q[1],q[0];",
         "qreg q[2]; cu1(0.7) q[1],q[0];"},
        {"gate my(t,p,l) c,x { u1((l+p)/2) c; u1((l-p)/2) x; cx c,x; u3(-t/2,0,-(p+l)/2) x; cx c,x; u3(t/2,p,0) x; }"
         " qreg q[2]; my(0.7,0.3,-2) q[1],q[0];",
         "qreg q[2]; cu3(0.7,0.3,-2) q[1],q[0];"},
        {"gate my a,b { sdg b; cx a,b; s b; } qreg q[2]; my q[0],q[1];", "qreg q[2]; cy q[0],q[1];"},
        {"gate my(p,l) q { U(pi/2,p,l) q; } qreg q[1]; my(0.1,0.2) q;", "qreg q[1]; u2(0.1,0.2) q;"},
        {"gate my a,b { CX a,b; CX b,a; CX a,b; } qreg q[3]; my q[0],q[2];", "qreg q[3]; swap q[2],q[0];"},
        {"gate my(t) a,b { cx a,b; rz(t) b; cx a,b; } qreg q[2]; my(1.3) q[0],q[1];", "qreg q[2]; rzz(1.3) q[0],q[1];"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        char text[2][1024];
        for (int side = 0; side < 2; ++side) snprintf(text[side], sizeof text[side], H "%s", rows[i][side]);
        kw_program *a = parsed(text[0]), *b = parsed(text[1]);
        assert_true(distance(kw_program_circuit(a), kw_program_circuit(b)) < 1e-14);
        kw_program_destroy(&a);
        kw_program_destroy(&b);
    }
}

/* The ripple-carry adder (Cuccaro et al. 2004): 4 bits, every pair of numbers. */
static void adders_add(void **unused) {
    (void)unused;
    for (int a = 0; a < 16; ++a)
        for (int b = a % 3; b < 16; b += 3) {
            char text[2048], *to = text;
            to += sprintf(to, H "gate majority a,b,c { cx c,b; cx c,a; ccx a,b,c; }\n"
                                "gate unmaj a,b,c { ccx a,b,c; cx c,a; cx a,b; }\n"
                                "qreg cin[1]; qreg a[4]; qreg b[4]; qreg cout[1]; creg ans[5];\n");
            for (int j = 0; j < 4; ++j) {
                if (a >> j & 1) to += sprintf(to, "x a[%d];\n", j);
                if (b >> j & 1) to += sprintf(to, "x b[%d];\n", j);
            }
            to += sprintf(to, "majority cin[0],b[0],a[0];\n");
            for (int j = 1; j < 4; ++j) to += sprintf(to, "majority a[%d],b[%d],a[%d];\n", j - 1, j, j);
            to += sprintf(to, "cx a[3],cout[0];\n");
            for (int j = 3; j > 0; --j) to += sprintf(to, "unmaj a[%d],b[%d],a[%d];\n", j - 1, j, j);
            sprintf(to, "unmaj cin[0],b[0],a[0];\nmeasure b[0]->ans[0]; measure b[1]->ans[1]; measure b[2]->ans[2];\n"
                        "measure b[3]->ans[3]; measure cout[0]->ans[4];\n");
            kw_program *program = parsed(text);
            kw_complex *vector = dense_zero(10);
            test_circuit_dense(kw_program_circuit(program), vector);
            int qubit_of_bit[5], sum = 0;
            assert_int_equal(kw_program_final_measurements(program, qubit_of_bit), 5);
            for (int i = 0; i < 1024; ++i)
                if (cabs(vector[i]) > 0.5)
                    for (int j = 0; j < 5; ++j) sum |= (i >> qubit_of_bit[j] & 1) << j;
            assert_int_equal(sum, a + b);
            free(vector);
            kw_program_destroy(&program);
        }
}

/* Included files, relative to the including one. */
static void files_include_files(void **unused) {
    (void)unused;
    FILE *file = fopen(test_in_folder("main.qasm"), "w");
    assert_non_null(file);
    fputs("\xEF\xBB\xBFOPENQASM 2.0;\ninclude \"part.inc\";\nqreg q[2];\nmine(pi) q;\n", file);
    fclose(file);
    file = fopen(test_in_folder("part.inc"), "w");
    assert_non_null(file);
    fputs("include \"qelib1.inc\";\ngate mine(t) a { h a; rz(t) a; }", file);
    fclose(file);
    kw_program *program = NULL, *same = parsed(H "qreg q[2]; h q[0]; rz(pi) q[0]; h q[1]; rz(pi) q[1];");
    TEST_MUST(kw_program_read(test_in_folder("main.qasm"), &program));
    assert_same_gates(kw_program_circuit(program), kw_program_circuit(same));
    kw_program_destroy(&program);
    kw_program_destroy(&same);
}

/* 200,000 gates in one file: the time is printed, not judged. */
static void large_files_are_read(void **unused) {
    (void)unused;
    enum { GATES = 200000, N = 30 };
    uint64_t seed = 1;
    char *text = malloc((size_t)GATES * 64), *to = text;
    assert_non_null(text);
    to += sprintf(to, H "gate pair(t) a,b { cx a,b; rz(t/2) b; cx a,b; }\nqreg q[%d];\ncreg c[%d];\n", N, N);
    for (int g = 0; g < GATES; ++g) {
        int q[2];
        test_random_qubits(&seed, N, 2, q);
        if (g % 4 == 0) to += sprintf(to, "u3(%.15f,-pi/%d,%.6e) q[%d];\n", dense_uniform(&seed), 2 + g % 7, 0.5, q[0]);
        else if (g % 4 == 1) to += sprintf(to, "pair(3*pi/%d) q[%d], q[%d];\n", 1 + g % 9, q[0], q[1]);
        else to += sprintf(to, "%s q[%d],q[%d];\n", g % 4 == 2 ? "cx" : "cZ", q[0], q[1]);
    }
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    kw_program *program = parsed(text);
    clock_gettime(CLOCK_MONOTONIC, &end);
    print_message("%d statements, %.1f MB, %zu gates: %.3f s\n", GATES, (double)(to - text) / 1e6,
                  kw_circuit_gates(kw_program_circuit(program)),
                  (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec));
    assert_int_equal(kw_circuit_gates(kw_program_circuit(program)), GATES + GATES / 2);
    kw_program_destroy(&program);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gates_have_their_names),
        cmocka_unit_test(expressions_have_their_values),
        cmocka_unit_test(equal_ways_to_write),
        cmocka_unit_test(definitions_of_the_paper),
        cmocka_unit_test(adders_add),
        TEST_IN_FOLDER(files_include_files),
        cmocka_unit_test(large_files_are_read),
    };
    return TEST_RUN("qasm", tests);
}
