/* Programs on packed states: what they say of their error holds beside double precision; the limit stops them. */
#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ketwall/run.h"
#include "support/run.h"
#include "support/world.h"

enum { QUBITS = 10, LAYERS = 6 };

static kw_program *parsed(const char *text) {
    kw_program *program = NULL;
    TEST_MUST(kw_program_parse(text, strlen(text), "test.qasm", &program));
    return program;
}

/* Layers of gates; `middle` stands between two of them. */
static kw_program *layers(const char *middle) {
    static char text[16384];
    size_t used = (size_t)sprintf(text, "OPENQASM 2.0; include \"qelib1.inc\"; qreg q[%d]; creg c[%d]; ", QUBITS, QUBITS);
    for (int l = 0; l < LAYERS; ++l) {
        for (int q = 0; q < QUBITS; ++q)
            used += (size_t)sprintf(text + used, "u3(%d.3,0.%d,%d.1) q[%d]; cx q[%d],q[%d]; ", l, q + 1, q, q, q,
                                    (q + 1 + l) % QUBITS);
        if (l == LAYERS / 2) used += (size_t)sprintf(text + used, "%s ", middle);
    }
    return parsed(text);
}

static kw_run_result *run(const kw_program *program, const kw_run_request *request) {
    kw_run_result *result = NULL;
    TEST_MUST(kw_program_run(test_world(), program, request, &result));
    return result;
}

static void check_bounds(const kw_run_result *exact, const kw_run_result *packed, size_t count) {
    const kw_infidelity cost = packed->infidelity;
    assert_true(cost.estimate > 0 && cost.bound >= cost.estimate * (1 - 1e-12)); /* one write: the same */
    for (size_t i = 0; i < count; ++i) {
        assert_true(packed->bounds[i] > 0 && exact->bounds[i] == 0);
        assert_true(fabs(packed->expectations[i] - exact->expectations[i])
                    <= packed->bounds[i] + 1e-6); /* single precision */
    }
}

static double overlap2(const kw_run_result *a, const kw_run_result *b) {
    kw_complex sum = 0;
    double norm = 0;
    for (size_t i = 0; i < a->n_amplitudes; ++i) {
        sum += conj(a->amplitudes[i]) * b->amplitudes[i];
        norm += creal(b->amplitudes[i] * conj(b->amplitudes[i]));
    }
    return creal(sum * conj(sum)) / norm;
}

static void static_programs_know_their_error(void **state) {
    (void)state;
    static const char *const observables[] = {"Z0 Z9", "X4", "Y0 X1 Z2"};
    kw_program *program = layers("");
    kw_run_request request = {
        .seed = 3, .shots = 10, .observables = observables, .n_observables = 3, .all_amplitudes = true};
    kw_run_result *exact = run(program, &request);
    assert_true(exact->infidelity.estimate == 0 && exact->infidelity.bound == 0);
    for (int p = KW_S16; p <= KW_S8; ++p)
        for (int rounding = KW_ROUND_AUTO; rounding <= KW_ROUND_STOCHASTIC; ++rounding) {
            request.precision = (kw_precision)p;
            request.rounding = (kw_rounding)rounding;
            kw_run_result *packed = run(program, &request);
            check_bounds(exact, packed, 3);
            assert_true(packed->rounding != KW_ROUND_AUTO);
            assert_true(1 - overlap2(exact, packed) <= packed->infidelity.bound + 1e-5);
            const double error = sqrt(packed->infidelity.bound);
            assert_true(fabs(packed->norm - 1) <= error * (2 + error) + 1e-3);
            kw_run_result_destroy(&packed);
        }
    kw_run_result_destroy(&exact);
    kw_program_destroy(&program);
}

/* Gates alone between the shots' measurements: every shot is the same state, up to rounding. */
static void shots_report_the_worst(void **state) {
    (void)state;
    static const char *const observables[] = {"Z3"};
    kw_program *program = layers("measure q[0] -> c[0];");
    kw_run_request request = {.seed = 3, .shots = 9, .observables = observables, .n_observables = 1};
    kw_run_result *exact = run(program, &request);
    request.precision = KW_S16;
    kw_run_result *nearest = run(program, &request);
    request.rounding = KW_ROUND_STOCHASTIC;
    kw_run_result *stochastic = run(program, &request);
    check_bounds(exact, nearest, 1);
    check_bounds(exact, stochastic, 1);
    assert_int_equal(stochastic->rounding, KW_ROUND_STOCHASTIC);
    assert_true(stochastic->infidelity.estimate > nearest->infidelity.estimate);
    kw_run_result_destroy(&exact);
    kw_run_result_destroy(&nearest);
    kw_run_result_destroy(&stochastic);
    kw_program_destroy(&program);
}

/* Amplitude damping shrinks the norm by itself. */
static void damped_shots_run(void **state) {
    (void)state;
    kw_program *program = layers("\n// ketwall: amplitude_damping(0.2) q;\n");
    const kw_run_request request = {.seed = 3, .shots = 8, .precision = KW_S16};
    kw_run_result *result = run(program, &request);
    assert_true(result->infidelity.estimate > 0 && result->infidelity.estimate < 1e-4);
    kw_run_result_destroy(&result);
    kw_program_destroy(&program);
}

static void the_limit_stops_a_run(void **state) {
    (void)state;
    static const char *const middles[] = {"", "measure q[0] -> c[0];"};
    for (int i = 0; i < 2; ++i) {
        kw_program *program = layers(middles[i]);
        kw_run_request request = {.seed = 3, .shots = 5, .precision = KW_S8, .max_infidelity = 1e-8};
        kw_run_result *result = NULL;
        assert_int_equal(kw_program_run(test_world(), program, &request, &result), KW_E_INTERNAL);
        request.max_infidelity = 0.5;
        TEST_MUST(kw_program_run(test_world(), program, &request, &result));
        kw_run_result_destroy(&result);
        kw_program_destroy(&program);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(static_programs_know_their_error),
        cmocka_unit_test(shots_report_the_worst),
        cmocka_unit_test(damped_shots_run),
        cmocka_unit_test(the_limit_stops_a_run),
    };
    return TEST_RUN("packed runs", tests);
}
