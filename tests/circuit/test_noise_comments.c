/* Noise in OpenQASM comments: read, refused, written and read again; noise models applied to programs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "circuit/program_internal.h"
#include "ketwall/noise.h"
#include "support/run.h"
#include "support/world.h"

#define H "OPENQASM 2.0;\ninclude \"qelib1.inc\";\n"
#define Q H "qreg q[3]; creg c[2];\n" /* line 4 */

static kw_program *parsed(const char *text) {
    kw_program *program = NULL;
    if (kw_program_parse(text, strlen(text), "test.qasm", &program)) fail_msg("%s in: %s", kw_error_message(), text);
    return program;
}

static const char every_channel[] =
    Q "h q[0]; // ketwall: depolarising(0.01) q[0];\n"
      "//ketwall:depolarising(1/8)q[2],q[1];dephasing(0.25) q; // two statements, and a comment on them\n"
      "cx q[0],q[1]; // an ordinary comment; depolarising(2) q;\n"
      "measure q[0] -> c[0];\n//\tketwall: if(c==3) amplitude_damping(0.1) q[1];\r\n// ketwall: bit_flip(1) q[1];\n"
      "// ketwall: readout(0.02, 0.05) q[2];";

static const kw_step expected_steps[] = {
    {.kind = KW_STEP_GATES, .condition = -1, .gates = 1},
    {.kind = KW_STEP_NOISE, .condition = -1, .channel = KW_NOISE_DEPOLARISING, .qubits = 1, .rates = {0.01}},
    {.kind = KW_STEP_NOISE, .condition = -1, .channel = KW_NOISE_DEPOLARISING, .qubits = 6, .rates = {0.125}},
    {.kind = KW_STEP_NOISE, .condition = -1, .channel = KW_NOISE_DEPHASING, .qubits = 1, .rates = {0.25}},
    {.kind = KW_STEP_NOISE, .condition = -1, .channel = KW_NOISE_DEPHASING, .qubits = 2, .rates = {0.25}},
    {.kind = KW_STEP_NOISE, .condition = -1, .channel = KW_NOISE_DEPHASING, .qubits = 4, .rates = {0.25}},
    {.kind = KW_STEP_GATES, .condition = -1, .first_gate = 1, .gates = 1},
    {.kind = KW_STEP_MEASURE, .condition = -1},
    {.kind = KW_STEP_NOISE, .value = 3, .channel = KW_NOISE_AMPLITUDE_DAMPING, .qubits = 2, .rates = {0.1}},
    {.kind = KW_STEP_NOISE, .condition = -1, .channel = KW_NOISE_BIT_FLIP, .qubits = 2, .rates = {1}},
    {.kind = KW_STEP_NOISE, .condition = -1, .channel = KW_NOISE_READOUT, .qubits = 4, .rates = {0.02, 0.05}},
};
enum { STEPS = sizeof expected_steps / sizeof *expected_steps };

static void assert_steps(const kw_program *program, const kw_step *expected, size_t count) {
    assert_int_equal(kw_program_steps(program), count);
    for (size_t i = 0; i < count; ++i) {
        const kw_step step = kw_program_step(program, i), *want = &expected[i];
        const bool same = step.kind == want->kind && step.condition == want->condition && step.value == want->value
                          && step.first_gate == want->first_gate && step.gates == want->gates && step.qubit == want->qubit
                          && step.bit == want->bit && step.qubits == want->qubits && step.channel == want->channel
                          && step.rates[0] == want->rates[0] && step.rates[1] == want->rates[1];
        if (!same) fail_msg("step %zu is another one", i);
    }
}

static void comments_are_read_written_and_read(void **unused) {
    (void)unused;
    kw_program *program = parsed(every_channel);
    char *text = NULL;
    size_t length = 0;
    assert_steps(program, expected_steps, STEPS);
    assert_true(kw_program_is_noisy(program));
    FILE *file = open_memstream(&text, &length);
    assert_non_null(file);
    TEST_MUST(kw_program_write(program, file));
    assert_int_equal(fclose(file), 0);
    kw_program *again = parsed(text);
    assert_steps(again, expected_steps, STEPS);
    kw_program_destroy(&again);
    kw_program_destroy(&program);
    free(text);
}

static const struct {
    const char *text;
    int line, column;
    const char *first, *second;
} malformed[] = {
    {"// ketwall: depolarizing(0.1) q[0];", 4, 13, "'depolarizing'", "did you mean 'depolarising'"},
    {"// ketwall: noise(0.1) q[0];", 4, 13, "unknown noise 'noise'", NULL},
    {"// ketwall:", 4, 12, "end of the line", "noise"},
    {"// ketwall:\nh q;", 4, 12, "end of the line", "noise"},
    {"// ketwall: h q[0];", 4, 13, "unknown noise 'h'", NULL},
    {"// ketwall: 3", 4, 13, "'3'", "noise"},
    {"// ketwall: dephasing q[0];", 4, 13, "0 rates", "expected 1"},
    {"// ketwall: dephasing(0.1,0.2) q[0];", 4, 13, "2 rates", "expected 1"},
    {"// ketwall: readout(0.1) q[0];", 4, 13, "1 rate,", "expected 2"},
    {"// ketwall: dephasing(1.5) q[0];", 4, 23, "1.5", "from 0 to 1"},
    {"// ketwall: readout(0.5,-0.1) q[0];", 4, 26, "-0.1", "from 0 to 1"},
    {"// ketwall: dephasing(1/0) q[0];", 4, 24, "division by zero", NULL},
    {"// ketwall: dephasing(0.1) q[0]", 4, 32, "end of the line", "','"},
    {"// ketwall: dephasing(0.1) q[0]\n;", 4, 32, "end of the line", "','"},
    {"// ketwall: dephasing(0.1\n) q[0];", 4, 26, "end of the line", "')'"},
    {"// ketwall: dephasing(0.1) q[3];", 4, 30, "'3'", "from 0 to 2"},
    {"// ketwall: dephasing(0.1) r;", 4, 28, "'r'", "not declared"},
    {"// ketwall: dephasing(0.1) c;", 4, 28, "classical", "quantum"},
    {"// ketwall: dephasing(0.1) q[0],q[1];", 4, 13, "2 qubits", "expected 1"},
    {"// ketwall: depolarising(0.1) q[0],q[1],q[2];", 4, 13, "3 qubits", "1 or 2"},
    {"// ketwall: depolarising(0.1) q[1],q[1];", 4, 36, "'q'", "twice"},
    {"// ketwall: depolarising(0.1) q,q[1];", 4, 33, "'q'", "twice"},
    {"// ketwall: if(c==1) readout(0.1,0.1) q;", 4, 13, "condition", NULL},
    {"// ketwall: if(d==1) dephasing(0.1) q;", 4, 16, "'d'", "not declared"},
    {"cx q[0], // ketwall: dephasing(0.1) q;\nq[1];", 4, 10, "'// ketwall:'", "quantum register"},
    {"gate g a { // ketwall: dephasing(0.1) a;\n}", 4, 12, "'// ketwall:'", "a gate"},
};

static void malformed_comments_are_refused(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; ++i) {
        char text[512], place[64];
        kw_program *program = NULL;
        snprintf(text, sizeof text, Q "%s", malformed[i].text);
        snprintf(place, sizeof place, "test.qasm:%d:%d: ", malformed[i].line, malformed[i].column);
        if (kw_program_parse(text, strlen(text), "test.qasm", &program) != KW_E_INPUT)
            fail_msg("not refused: %s", malformed[i].text);
        const char *message = kw_error_message();
        if (strncmp(message, place, strlen(place)) || !strstr(message, malformed[i].first)
            || (malformed[i].second && !strstr(message, malformed[i].second)))
            fail_msg("'%s' for: %s", message, malformed[i].text);
    }
}

static void noise_decides_what_is_static(void **unused) {
    (void)unused;
    static const struct {
        const char *text;
        bool is_static;
    } rows[] = {
        {"h q[0];", true},
        {"h q[0]; // ketwall: readout(0.1,0.1) q;\nmeasure q[0] -> c[0];", true},
        {"h q[0]; // ketwall: dephasing(0.1) q;", false},
        {"// ketwall: amplitude_damping(0) q;", false},
        {"measure q[0] -> c[0];// ketwall: bit_flip(0.1) q[0];", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        char text[256];
        snprintf(text, sizeof text, Q "%s", rows[i].text);
        kw_program *program = parsed(text);
        if (kw_program_is_static(program) != rows[i].is_static) fail_msg("static or not: %s", rows[i].text);
        kw_program_destroy(&program);
    }
}

/* One row per gate, expanded, with its noise behind it under its condition. */
static void models_follow_every_gate(void **unused) {
    (void)unused;
    static const kw_noise_model model = {
        .depolarising_1q = 0.1, .depolarising_2q = 0.2, .dephasing = 0.3, .amplitude_damping = 0.4, .readout_10 = 0.5};
#define NOISE(c, under, mask, ...)                                                                                          \
    {                                                                                                                       \
        .kind = KW_STEP_NOISE, .condition = (under), .value = (under) < 0 ? 0 : 2, .channel = KW_NOISE_##c,                 \
        .qubits = (mask), .rates = {                                                                                        \
            __VA_ARGS__                                                                                                     \
        }                                                                                                                   \
    }
#define EACH(under, mask) NOISE(DEPHASING, under, mask, 0.3), NOISE(AMPLITUDE_DAMPING, under, mask, 0.4)
    static const kw_step expected[] = {
        NOISE(READOUT, -1, 1, 0, 0.5),
        NOISE(READOUT, -1, 2, 0, 0.5),
        NOISE(READOUT, -1, 4, 0, 0.5),
        {.kind = KW_STEP_GATES, .condition = -1, .gates = 1},
        NOISE(DEPOLARISING, -1, 2, 0.1),
        EACH(-1, 2),
        {.kind = KW_STEP_GATES, .condition = -1, .first_gate = 1, .gates = 1},
        NOISE(DEPOLARISING, -1, 5, 0.2),
        EACH(-1, 1),
        EACH(-1, 4),
        {.kind = KW_STEP_BARRIER, .condition = -1, .qubits = 7},
        {.kind = KW_STEP_MEASURE, .condition = -1, .qubit = 2, .bit = 1},
        {.kind = KW_STEP_GATES, .value = 2, .first_gate = 2, .gates = 1},
        NOISE(DEPOLARISING, 0, 3, 0.2),
        NOISE(DEPOLARISING, 0, 6, 0.2),
        EACH(0, 1),
        EACH(0, 2),
        EACH(0, 4),
    };
    kw_program *program = parsed(H "qreg q[3]; creg c[2]; h q[1]; cx q[2],q[0];\n"
                                   "barrier q; measure q[2] -> c[1]; if(c==2) ccx q[2],q[0],q[1];");
    kw_program *noisy = NULL;
    TEST_MUST(kw_program_add_noise(program, &model, &noisy));
    assert_steps(noisy, expected, sizeof expected / sizeof *expected);
    assert_false(kw_program_is_noisy(program));
    assert_int_equal(kw_program_bits(noisy), 2);
    kw_program_destroy(&noisy);
    const kw_noise_model none = {0}, wrong = {.dephasing = 1.1}, undefined = {.readout_01 = NAN};
    TEST_MUST(kw_program_add_noise(program, &none, &noisy));
    assert_false(kw_program_is_noisy(noisy));
    kw_program *refused = NULL;
    assert_int_equal(kw_program_add_noise(program, &wrong, &refused), KW_E_INPUT);
    assert_int_equal(kw_program_add_noise(program, &undefined, &refused), KW_E_INPUT);
    assert_null(refused);
    kw_program_destroy(&noisy);
    kw_program_destroy(&program);
}

/* A gate that the file defines counts as the gates that it stands for. */
static void user_gates_err_gate_by_gate(void **unused) {
    (void)unused;
    static const kw_noise_model model = {.depolarising_1q = 0.1, .depolarising_2q = 0.2};
    kw_program *program = parsed(H "gate mine a,b { h a; cx b,a; }\nqreg q[2]; mine q[0],q[1];"), *noisy = NULL;
    TEST_MUST(kw_program_add_noise(program, &model, &noisy));
    assert_int_equal(kw_program_steps(noisy), 4);
    assert_true(kw_program_step(noisy, 1).rates[0] == 0.1 && kw_program_step(noisy, 3).rates[0] == 0.2);
    kw_program_destroy(&noisy);
    kw_program_destroy(&program);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_are_read_written_and_read), cmocka_unit_test(malformed_comments_are_refused),
        cmocka_unit_test(noise_decides_what_is_static),       cmocka_unit_test(models_follow_every_gate),
        cmocka_unit_test(user_gates_err_gate_by_gate),
    };
    return TEST_RUN("noise comments", tests);
}
