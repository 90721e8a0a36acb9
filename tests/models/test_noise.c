/* Noise by trajectories against exact density matrices; counts that do not depend on the ranks; readout errors; samples of
 * clean circuits against their exact distribution. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "circuit/program_internal.h"
#include "ketwall/noise.h"
#include "models/circuit_run.h"
#include "support/chi2.h"
#include "support/dense.h"
#include "support/density.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

#define GIB  ((uint64_t)1 << 30)
#define HEAD "OPENQASM 2.0;\ninclude \"qelib1.inc\";\n"

static const char *const paulis[] = {"Z0", "X1", "Y2", "Z0 Z1", "X0 X2", "Z0 Y1 X2"};
enum { PAULIS = sizeof paulis / sizeof *paulis };

static kw_program *parsed(const char *text) {
    kw_program *program = NULL;
    TEST_MUST(kw_program_parse(text, strlen(text), "test.qasm", &program));
    return program;
}

static kw_run_request request_of(uint64_t shots, uint64_t seed) {
    return (kw_run_request){
        .shots = shots, .seed = seed, .observables = paulis, .n_observables = PAULIS, .memory_per_rank = GIB};
}

static kw_run_result *run(kw_comm *comm, const kw_program *program, const kw_run_request *request) {
    kw_run_result *result = NULL;
    TEST_MUST(kw_program_run(comm, program, request, &result));
    return result;
}

/* Counts by the number that their key spells; registers side by side. */
static void count(const kw_run_result *result, uint64_t *counts, size_t outcomes) {
    memset(counts, 0, outcomes * sizeof *counts);
    for (size_t i = 0; i < result->n_counts; ++i) {
        uint64_t key = 0;
        for (const char *c = result->counts[i].bits; *c; ++c)
            if (*c != ' ') key = 2 * key + (uint64_t)(*c - '0');
        assert_true(key < outcomes);
        counts[key] = result->counts[i].shots;
    }
}

static void assert_same_counts(const kw_run_result *a, const kw_run_result *b) {
    assert_int_equal(a->n_counts, b->n_counts);
    for (size_t i = 0; i < a->n_counts; ++i) {
        assert_string_equal(a->counts[i].bits, b->counts[i].bits);
        assert_int_equal(a->counts[i].shots, b->counts[i].shots);
    }
}

/* Largest distance from the exact expectations, in standard errors. */
static double worst_sigma(const kw_run_result *result, const kw_complex *rho, const char *what) {
    double worst = 0;
    for (int i = 0; i < PAULIS; ++i) {
        kw_pauli pauli;
        TEST_MUST(kw_pauli_parse(paulis[i], result->qubits, &pauli));
        const double exact = density_expect(rho, result->qubits, pauli.x, pauli.z);
        const double sigma = fabs(result->expectations[i] - exact) / (result->errors[i] + 1e-12);
        if (what && sigma > 3)
            print_error("%s: <%s> = %g +- %g, not %g\n", what, paulis[i], result->expectations[i], result->errors[i], exact);
        worst = fmax(worst, sigma);
    }
    return worst;
}

/* Within 3 sigma of rho, counts by chi-square. */
static void check_against(const kw_run_result *result, const kw_complex *rho, uint64_t shots, double p01, double p10,
                          const char *what) {
    const size_t outcomes = (size_t)1 << result->qubits;
    uint64_t counts[64];
    double probabilities[64];
    count(result, counts, outcomes);
    for (size_t i = 0; i < outcomes; ++i) probabilities[i] = density_read(rho, result->qubits, i, p01, p10);
    if (!(worst_sigma(result, rho, what) <= 3)) fail_msg("%s: expectations", what);
    const double chi2 = test_chi2(counts, probabilities, outcomes, shots);
    if (!(chi2 <= test_chi2_bound(outcomes))) fail_msg("%s: chi^2 = %g over %zu outcomes", what, chi2, outcomes);
}

static const struct {
    const char *noise;
    uint64_t shots;
} channels[] = {
    {"depolarising(0.3) q[1];", 4000},
    {"depolarising(0.4) q[0],q[2];", 4000},
    {"depolarising(0.02) q[2],q[1];", 20000},
    {"dephasing(0.3) q[1];", 4000},
    {"dephasing(0.02) q;", 20000},
    {"bit_flip(0.25) q[2];", 4000},
    {"amplitude_damping(0.35) q[0];", 4000},
    {"amplitude_damping(0.05) q;", 20000},
    {"depolarising(0.2) q[0]; amplitude_damping(0.3) q[0]; dephasing(0.2) q[0]; bit_flip(0.1) q;", 4000},
};

static kw_program *channel_program(int n, const char *noise, const char *end) {
    char text[1024];
    snprintf(text, sizeof text,
             HEAD "qreg q[%d]; creg c[%d];\nu3(0.7,0.3,0.2) q[0]; u3(1.9,-0.4,0.8) q[1]; u3(1.1,0.5,-1) q[2];\n"
                  "cx q[0],q[1]; cx q[1],q[2]; u3(0.4,1,2) q; // ketwall: %s\ncx q[2],q[0]; u3(1.2,0.1,0.4) q;\n%s",
             n, n, noise, end);
    return parsed(text);
}

/* Rates that are wrong by a factor of 2 are seen. */
static void channels_match_density_matrices(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof channels / sizeof *channels; ++i) {
        kw_program *program = channel_program(3, channels[i].noise, i % 2 ? "measure q -> c;\n" : "");
        const kw_run_request request = request_of(channels[i].shots, 5);
        kw_run_result *result = run(test_world(), program, &request);
        kw_complex *rho = density_program(program, 1), *half = density_program(program, 0.5),
                   *twice = density_program(program, 2);
        assert_false(result->is_static);
        check_against(result, rho, request.shots, 0, 0, channels[i].noise);
        if (!(worst_sigma(result, half, NULL) > 6) || !(worst_sigma(result, twice, NULL) > 6))
            fail_msg("%s: a wrong factor would not be seen", channels[i].noise);
        free(rho);
        free(half);
        free(twice);
        kw_run_result_destroy(&result);
        kw_program_destroy(&program);
    }
}

/* On all ranks as replicas, on one rank, and with every state on all ranks; in both precisions. */
static void results_do_not_depend_on_ranks(void **unused) {
    (void)unused;
    static const char fed_back[] =
        "measure q[0] -> c[0]; // ketwall: readout(0.2,0.3) q[1]; dephasing(0.1) q[2];\n"
        "if(c==1) x q[1]; // ketwall: if(c==1) depolarising(0.5) q[1];\nreset q[0]; h q[0]; measure q -> c;";
    static const char *const ends[] = {"", "measure q -> c;", fed_back};
    for (size_t e = 0; e < 3; ++e)
        for (int precision = KW_DOUBLE; precision <= KW_SINGLE; ++precision) {
            kw_program *program = channel_program(5, "depolarising(0.4) q; amplitude_damping(0.3) q;", ends[e]);
            kw_run_request request = request_of(101, 3);
            request.precision = (kw_precision)precision;
            kw_run_result *all = run(test_world(), program, &request), *one = run(kw_comm_self(), program, &request);
            const int ranks = kw_program_ranks(program, (kw_precision)precision, kw_comm_size(test_world()));
            request.memory_per_rank = kw_state_bytes(5, request.precision, ranks) + kw_program_shot_bytes(program, &request);
            kw_run_result *spread = run(test_world(), program, &request);
            assert_int_equal(spread->exchanges > 0, ranks > 1);
            assert_same_counts(all, one);
            assert_same_counts(spread, one);
            for (int i = 0; i < PAULIS; ++i) {
                assert_true(all->expectations[i] == one->expectations[i] && all->errors[i] == one->errors[i]);
                assert_true(fabs(spread->expectations[i] - one->expectations[i]) < test_tolerance(request.precision));
                assert_true(fabs(spread->errors[i] - one->errors[i]) < test_tolerance(request.precision));
            }
            kw_run_result_destroy(&all);
            kw_run_result_destroy(&one);
            kw_run_result_destroy(&spread);
            kw_program_destroy(&program);
        }
}

/* ---- noise models ---- */

static void depolarise_behind(kw_complex *rho, int n, const int *qubits, int count, const kw_noise_model *model) {
    if (count == 1) density_depolarise(rho, n, (uint64_t)1 << qubits[0], model->depolarising_1q);
    for (int j = 0; j + 1 < count; ++j)
        density_depolarise(rho, n, (uint64_t)1 << qubits[j] | (uint64_t)1 << qubits[j + 1], model->depolarising_2q);
}

/* The conventions of kw_program_add_noise in words of their own; every rate times `factor`. */
static kw_complex *model_density(const kw_circuit *circuit, kw_noise_model model, double factor) {
    const int n = kw_circuit_qubits(circuit);
    kw_complex *rho = density_zero(n);
    model.depolarising_1q *= factor, model.depolarising_2q *= factor, model.dephasing *= factor;
    model.bit_flip *= factor, model.amplitude_damping *= factor;
    for (size_t g = 0; g < kw_circuit_gates(circuit); ++g) {
        const uint64_t touched = kw_gate_qubits(&circuit->gates[g]);
        int qubits[8], count = 0;
        for (int q = 0; q < n; ++q)
            if (touched >> q & 1) qubits[count++] = q;
        density_gates(rho, circuit, g, 1);
        depolarise_behind(rho, n, qubits, count, &model);
        for (int j = 0; j < count; ++j) {
            density_channel(rho, n, KW_NOISE_DEPHASING, qubits[j], model.dephasing);
            density_channel(rho, n, KW_NOISE_BIT_FLIP, qubits[j], model.bit_flip);
            density_channel(rho, n, KW_NOISE_AMPLITUDE_DAMPING, qubits[j], model.amplitude_damping);
        }
    }
    return rho;
}

static kw_circuit *random_circuit(int n, size_t gates, uint64_t seed) {
    static const kw_gate_kind kinds[] = {KW_GATE_H,   KW_GATE_U3,   KW_GATE_RX,  KW_GATE_T,  KW_GATE_CX, KW_GATE_CZ,
                                         KW_GATE_CCX, KW_GATE_SWAP, KW_GATE_RZZ, KW_GATE_ID, KW_GATE_CU3};
    const test_recipe recipe = {.n = n, .max_targets = 1, .kinds = kinds, .n_kinds = sizeof kinds / sizeof *kinds};
    test_program *program = test_program_create(n);
    test_program_random(program, &recipe, gates, seed);
    kw_circuit *circuit = test_program_circuit(program);
    test_program_destroy(&program);
    return circuit;
}

static void noise_models_match_density_matrices(void **unused) {
    (void)unused;
    static const kw_noise_model models[] = {
        {.depolarising_1q = 0.02, .depolarising_2q = 0.04},
        {.dephasing = 0.02, .bit_flip = 0.03},
        {.depolarising_2q = 0.02, .amplitude_damping = 0.04, .readout_01 = 0.05, .readout_10 = 0.12},
    };
    for (int m = 0; m < 3; ++m) {
        kw_circuit *circuit = random_circuit(4, 16, (uint64_t)m + 40);
        kw_program *clean = NULL, *program = NULL;
        TEST_MUST(kw_program_from_circuit(circuit, NULL, &clean));
        TEST_MUST(kw_program_add_noise(clean, &models[m], &program));
        const kw_run_request request = request_of(10000, 8);
        kw_run_result *result = run(test_world(), program, &request);
        kw_complex *rho = model_density(circuit, models[m], 1), *half = model_density(circuit, models[m], 0.5);
        check_against(result, rho, request.shots, models[m].readout_01, models[m].readout_10, "noise model");
        assert_true(worst_sigma(result, half, NULL) > 6);
        free(rho);
        free(half);
        kw_run_result_destroy(&result);
        kw_program_destroy(&program);
        kw_program_destroy(&clean);
        kw_circuit_destroy(&circuit);
    }
}

/* ---- readout errors ---- */

/* They leave a program static and its expectations exact; two readings of one qubit are wrong independently, and a later
 * statement replaces an earlier one. */
static void readout_errors_change_counts_alone(void **unused) {
    (void)unused;
    enum { SHOTS = 100000 };
    kw_program *program = parsed(HEAD "qreg q[3]; creg c[2]; creg d[1];\nx q[0]; // ketwall: readout(0.5,0.5) q;\n"
                                      "// ketwall: readout(0.1,0.2) q[0]; readout(0.3,0) q[1]; readout(0,0) q[2];\n"
                                      "measure q[0] -> c[0]; measure q[0] -> c[1]; measure q[1] -> d[0];\n");
    assert_true(kw_program_is_static(program));
    const kw_run_request request = request_of(SHOTS, 9);
    kw_run_result *result = run(test_world(), program, &request), *one = run(kw_comm_self(), program, &request);
    const double p[8] = {.04 * .7, .16 * .7, .16 * .7, .64 * .7, .04 * .3, .16 * .3, .16 * .3, .64 * .3};
    const double exchanged[8] = {.01 * .7, .09 * .7, .09 * .7, .81 * .7, .01 * .3, .09 * .3, .09 * .3, .81 * .3};
    uint64_t counts[8];
    count(result, counts, 8);
    assert_true(test_chi2(counts, p, 8, SHOTS) < test_chi2_bound(8));
    assert_false(test_chi2(counts, exchanged, 8, SHOTS) < test_chi2_bound(8));
    assert_same_counts(result, one);
    assert_true(fabs(result->expectations[0] + 1) < 1e-12);
    assert_null(result->errors);
    kw_run_result_destroy(&result);
    kw_run_result_destroy(&one);
    kw_program_destroy(&program);
}

/* What is misread in mid-circuit decides conditions. */
static void conditions_see_what_was_read(void **unused) {
    (void)unused;
    enum { SHOTS = 20000 };
    kw_program *program = parsed(HEAD "qreg q[3]; creg c[1]; creg d[1];\n// ketwall: readout(0.25,0) q[0];\n"
                                      "measure q[0] -> c[0]; if(c==1) x q[1]; measure q[1] -> d[0];\n");
    const double p[4] = {.75, 0, 0, .25};
    uint64_t counts[4];
    const kw_run_request request = request_of(SHOTS, 4);
    kw_run_result *result = run(test_world(), program, &request);
    count(result, counts, 4);
    assert_true(test_chi2(counts, p, 4, SHOTS) < 24); /* one degree of freedom: 1e-6 */
    kw_run_result_destroy(&result);
    kw_program_destroy(&program);
}

/* ---- errors of means, requests, samples ---- */

static void errors_are_those_of_the_mean(void **unused) {
    (void)unused;
    kw_program *program = parsed(HEAD "qreg q[3];\n// ketwall: bit_flip(0.3) q[0];\n");
    for (uint64_t shots = 1; shots <= 50; shots += 49) {
        const kw_run_request request = request_of(shots, 6);
        kw_run_result *result = run(test_world(), program, &request);
        const double mean = result->expectations[0]; /* of +1 and -1: sum of squares n (1 - mean^2) */
        const double error = sqrt((1 - mean * mean) / (double)(shots - 1));
        if (shots == 1) assert_true(isnan(result->errors[0]));
        else assert_true(mean > -1 && mean < 1 && fabs(result->errors[0] - error) < 1e-14);
        kw_run_result_destroy(&result);
    }
    kw_program_destroy(&program);
}

static void noisy_programs_need_trajectories(void **unused) {
    (void)unused;
    kw_program *program = channel_program(3, "depolarising(0.1) q;", "");
    static const uint64_t qubit = 0;
    kw_run_request requests[] = {request_of(0, 1), request_of(5, 1), request_of(5, 1), request_of(1000, 1)};
    static const char *const texts[] = {"needs --shots", "amplitudes", "probabilities", "the shots"};
    requests[1].all_amplitudes = true;
    requests[2].qubits = &qubit;
    requests[2].n_qubits = 1;
    requests[3].memory_per_rank = 1000 * 8 * (1 + PAULIS);
    for (int i = 0; i < 4; ++i) {
        kw_run_result *result = NULL;
        assert_int_equal(kw_program_run(test_world(), program, &requests[i], &result), i == 3 ? KW_E_FIT : KW_E_INPUT);
        if (!strstr(kw_error_message(), texts[i])) fail_msg("%s", kw_error_message());
    }
    kw_program_destroy(&program);
}

/* 10^6 samples of a circuit without noise; one part in a hundred of another distribution is seen. */
static void samples_have_the_exact_distribution(void **unused) {
    (void)unused;
    enum { N = 6, OUTCOMES = 1 << N, SHOTS = 1000000 };
    kw_circuit *circuit = random_circuit(N, 60, 12);
    kw_program *program = NULL;
    TEST_MUST(kw_program_from_circuit(circuit, NULL, &program));
    const kw_run_request request = {.shots = SHOTS, .seed = 7, .memory_per_rank = GIB};
    kw_run_result *result = run(test_world(), program, &request);
    kw_complex *vector = dense_zero(N);
    double exact[OUTCOMES], wrong[OUTCOMES];
    uint64_t counts[OUTCOMES];
    test_circuit_dense(circuit, vector);
    for (int i = 0; i < OUTCOMES; ++i) {
        exact[i] = creal(vector[i] * conj(vector[i]));
        wrong[i] = 0.99 * exact[i] + 0.01 / OUTCOMES;
    }
    count(result, counts, OUTCOMES);
    assert_true(test_chi2(counts, exact, OUTCOMES, SHOTS) < test_chi2_bound(OUTCOMES));
    assert_false(test_chi2(counts, wrong, OUTCOMES, SHOTS) < test_chi2_bound(OUTCOMES));
    free(vector);
    kw_run_result_destroy(&result);
    kw_program_destroy(&program);
    kw_circuit_destroy(&circuit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channels_match_density_matrices),     cmocka_unit_test(results_do_not_depend_on_ranks),
        cmocka_unit_test(noise_models_match_density_matrices), cmocka_unit_test(readout_errors_change_counts_alone),
        cmocka_unit_test(conditions_see_what_was_read),        cmocka_unit_test(errors_are_those_of_the_mean),
        cmocka_unit_test(noisy_programs_need_trajectories),    cmocka_unit_test(samples_have_the_exact_distribution),
    };
    return TEST_RUN("noise", tests);
}
