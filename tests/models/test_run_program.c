/* Programs run through the public headers alone: an executor of one's own that goes step by step gives the counts of
 * kw_program_run; memory that is not given is that of the node; what is foretold of both. */
#include "ketwall/run.h"

#include <stdlib.h>
#include <string.h>

#include "ketwall/forecast.h"
#include "ketwall/memory.h"
#include "support/run.h"
#include "support/world.h"

#define HEAD "OPENQASM 2.0; include \"qelib1.inc\"; "

enum { SHOTS = 60, SEED = 5 };

/* Mid-circuit measurements, conditions, resets; measurements that wait for the end and some that do not; one overwrites. */
static const char *const programs[] = {
    HEAD "qreg q[4]; creg a[2]; creg b[3]; ry(0.9) q[0]; cx q[0],q[3]; measure q[0] -> a[0]; if (a == 1) h q[1]; reset q[3];"
         "ry(0.4) q[3]; measure q[3] -> a[1]; if (a == 2) x q[2]; if (a == 3) reset q[1]; h q[0]; measure q[0] -> b[2];"
         "measure q[1] -> b[0]; measure q[2] -> b[1];",
    HEAD "qreg q[3]; creg c[3]; h q; measure q -> c; h q[1]; measure q[1] -> c[0]; if (c == 5) measure q[2] -> c[1];",
    HEAD "qreg q[4]; h q; reset q[1]; cx q[0],q[1]; ry(1.1) q[2];", /* measures nothing: all qubits */
};

static kw_program *parsed(const char *text) {
    kw_program *program = NULL;
    TEST_MUST(kw_program_parse(text, strlen(text), "test.qasm", &program));
    return program;
}

static bool happens(const kw_program *program, const kw_step *step, uint64_t bits) {
    const kw_register *registers;
    if (step->condition < 0) return true;
    kw_program_registers(program, &registers);
    const kw_register *r = &registers[step->condition];
    return (bits >> r->offset & (((uint64_t)1 << r->size) - 1)) == step->value;
}

static void run_gates(const kw_program *program, size_t first, kw_state *state, size_t *next) {
    kw_circuit *circuit = NULL;
    TEST_MUST(kw_program_segment(program, first, &circuit, next));
    TEST_MUST(kw_state_order(state));
    test_execute(test_world(), circuit, NULL, state);
    kw_circuit_destroy(&circuit);
}

static void put(uint64_t *bits, int bit, uint64_t value) { *bits = (*bits & ~((uint64_t)1 << bit)) | value << bit; }

/* One shot, as the docstrings of run.h tell. */
static uint64_t run_shot(const kw_program *program, const bool *is_last, kw_state *state, uint64_t shot) {
    uint64_t bits = 0, index = 0;
    bool measures = false;
    TEST_MUST(kw_state_set_basis(state, 0));
    for (size_t i = 0, next; i < kw_program_steps(program); i = next) {
        const kw_step step = kw_program_step(program, i);
        const double u = kw_shot_uniform(SEED, shot, i);
        int outcome = 0;
        next = i + 1;
        measures = measures || step.kind == KW_STEP_MEASURE;
        if (is_last[i] || !happens(program, &step, bits)) continue;
        if (step.kind == KW_STEP_GATES || step.kind == KW_STEP_BARRIER) run_gates(program, i, state, &next);
        if (step.kind == KW_STEP_RESET) TEST_MUST(kw_state_reset_qubit(state, step.qubit, u));
        if (step.kind != KW_STEP_MEASURE) continue;
        TEST_MUST(kw_state_measure(state, step.qubit, u, &outcome));
        put(&bits, step.bit, (uint64_t)outcome);
    }
    TEST_MUST(kw_state_sample(state, 1, kw_shot_seed(SEED, shot), &index));
    for (size_t i = 0; i < kw_program_steps(program); ++i) {
        const kw_step step = kw_program_step(program, i);
        if (is_last[i]) put(&bits, step.bit, index >> step.qubit & 1);
    }
    return measures ? bits : index;
}

static void own_executors_reproduce_counts(void **unused) {
    (void)unused;
    for (size_t p = 0; p < sizeof programs / sizeof *programs; ++p) {
        kw_program *program = parsed(programs[p]);
        const kw_run_request request = {.shots = SHOTS, .seed = SEED};
        kw_run_result *result = NULL;
        bool is_last[32];
        assert_true(kw_program_steps(program) <= 32);
        TEST_MUST(kw_program_run(test_world(), program, &request, &result));
        assert_false(result->is_static);
        assert_true(result->n_counts > 2);
        TEST_MUST(kw_program_measured_last(program, is_last));
        kw_state *state = test_state(test_world(), kw_program_qubits(program), KW_DOUBLE, NULL);
        for (uint64_t shot = 0; shot < SHOTS; ++shot) {
            char key[80];
            size_t at = 0;
            assert_true(kw_program_key(program, run_shot(program, is_last, state, shot), key, sizeof key) < sizeof key);
            while (at < result->n_counts && strcmp(result->counts[at].bits, key) != 0) ++at;
            if (at == result->n_counts) fail_msg("program %zu: %s was never counted", p, key);
            --result->counts[at].shots;
        }
        for (size_t i = 0; i < result->n_counts; ++i) assert_int_equal(result->counts[i].shots, 0);
        kw_state_destroy(&state);
        kw_run_result_destroy(&result);
        kw_program_destroy(&program);
    }
}

static void memory_is_that_of_the_node(void **unused) {
    (void)unused;
    kw_program *small = parsed(HEAD "qreg q[6]; h q;"), *huge = parsed(HEAD "qreg q[50]; h q;");
    const kw_run_request nothing = {0};
    kw_run_result *result = NULL;
    TEST_MUST(kw_program_run(test_world(), small, &nothing, &result));
    assert_true(result->n_counts == 0 && result->norm > 0.999999);
    assert_true(result->peak_bytes_per_rank <= kw_memory_per_rank());
    kw_run_result_destroy(&result);
    const uint64_t before = kw_memory_now();
    assert_int_equal(kw_program_run(test_world(), huge, &nothing, &result), KW_E_FIT);
    assert_null(result);
    assert_int_equal(kw_memory_now(), before);
    kw_program_destroy(&huge);
    kw_program_destroy(&small);
}

/* Without memory in the request: that of this node, or of the machine. */
static void forecasts_need_no_memory(void **unused) {
    (void)unused;
    kw_program *program = parsed(HEAD "qreg q[20]; h q; cx q[0],q[19];");
    const kw_run_request nothing = {0};
    kw_machine *machine = NULL;
    kw_run_forecast f;
    TEST_MUST(kw_program_foretell(program, &(kw_forecast_query){.request = &nothing, .ranks = 2}, &f));
    assert_true(f.fits && f.exact && f.passes > 0 && f.memory_per_rank > 0);
    assert_true(f.peak_bytes_per_rank >= kw_state_bytes(20, KW_DOUBLE, 2));
    assert_true(f.seconds.compute == 0.0 && f.seconds.exchange == 0.0);
    if (kw_comm_rank(test_world()) == 0) {
        TEST_MUST(kw_machine_create(NULL, 2, &machine));
        TEST_MUST(
            kw_program_foretell(program, &(kw_forecast_query){.request = &nothing, .ranks = 2, .machine = machine}, &f));
        assert_true(f.fits && f.seconds.compute > 0.0 && f.memory_per_rank > 0);
        kw_machine_destroy(&machine);
        assert_null(machine);
    }
    assert_int_equal(kw_machine_create(NULL, 0, &machine), KW_E_ARG);
    assert_int_equal(kw_machine_create("/no/such/machine.ini", 1, &machine), KW_E_INPUT);
    assert_null(machine);
    assert_int_equal(kw_program_foretell(program, &(kw_forecast_query){.request = &nothing, .ranks = 0}, &f), KW_E_ARG);
    kw_program_destroy(&program);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_executors_reproduce_counts),
        cmocka_unit_test(memory_is_that_of_the_node),
        cmocka_unit_test(forecasts_need_no_memory),
    };
    return TEST_RUN("run", tests);
}
