/* OpenQASM programs with known answers, from the file to the counts: on all ranks, on one, and with every state spread over
 * all ranks. */
#include <complex.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/circuit_run.h"
#include "programs/answers.h"
#include "support/folder.h"
#include "support/run.h"
#include "support/world.h"

#define SHOTS         2048 /* sampled from one state */
#define DYNAMIC_SHOTS 300  /* run one by one */
#define GIB           ((uint64_t)1 << 30)

static kw_program *read_file(const char *file) {
    char path[512];
    kw_program *program = NULL;
    snprintf(path, sizeof path, TEST_CIRCUITS "/%s.qasm", file);
    TEST_MUST(kw_program_read(path, &program));
    return program;
}

/* The whole request of an answer; paulis: room for 8. */
static kw_run_request request_of(const test_answer *answer, const char **paulis) {
    kw_run_request request = {.shots = answer->is_static ? SHOTS : DYNAMIC_SHOTS,
                              .seed = 11,
                              .observables = paulis,
                              .all_amplitudes = answer->amplitudes != NULL,
                              .memory_per_rank = GIB};
    for (; answer->paulis[request.n_observables].pauli; ++request.n_observables)
        paulis[request.n_observables] = answer->paulis[request.n_observables].pauli;
    return request;
}

/* ---- comparing ---- */

static uint64_t count_of(const kw_run_result *result, const char *key) {
    for (size_t i = 0; i < result->n_counts; ++i)
        if (!strcmp(result->counts[i].bits, key)) return result->counts[i].shots;
    return 0;
}

/* Only the outcomes of the answer occur; those of probability 1 always, the others within 4.5 sigma and by chi-square. */
static bool counts_hold(const test_answer *answer, const kw_run_result *result, uint64_t shots) {
    test_outcome always[2] = {{answer->always, 1.0}};
    const test_outcome *outcomes = answer->always ? always : answer->outcomes;
    uint64_t accounted = 0;
    double chi2 = 0;
    bool good = true;
    int k = 0;
    for (; outcomes[k].key; ++k) {
        const uint64_t count = count_of(result, outcomes[k].key);
        const double expected = outcomes[k].probability * (double)shots, off = (double)count - expected;
        accounted += count;
        chi2 += off * off / expected;
        good = good && fabs(off) <= 4.5 * sqrt(expected * fmax(1.0 - outcomes[k].probability, 0));
    }
    if (!k) return true;
    good = good && accounted == shots && chi2 <= (k - 1) + 4.5 * sqrt(2.0 * (k - 1)) + (k > 1 ? 8 : 0);
    if (!good)
        for (size_t i = 0; i < result->n_counts; ++i)
            print_error("%s: %s %llu of %llu\n", answer->file, result->counts[i].bits,
                        (unsigned long long)result->counts[i].shots, (unsigned long long)shots);
    return good;
}

static bool expectations_hold(const test_answer *answer, const kw_run_result *result) {
    bool good = true;
    for (size_t i = 0; answer->paulis[i].pauli; ++i) {
        const double value = result->expectations[i];
        if (fabs(value - answer->paulis[i].value) <= 1e-11) continue;
        print_error("%s: <%s> = %.15g, not %.15g\n", answer->file, answer->paulis[i].pauli, value, answer->paulis[i].value);
        good = false;
    }
    return good;
}

static bool amplitudes_hold(const test_answer *answer, const kw_run_result *result) {
    if (!answer->amplitudes) return true;
    bool good = result->n_amplitudes == (size_t)1 << result->qubits;
    for (size_t i = 0; good && i < result->n_amplitudes; ++i) {
        const double *expected = answer->amplitudes[i];
        const double off = hypot(creal(result->amplitudes[i]) - expected[0], cimag(result->amplitudes[i]) - expected[1]);
        good = result->indices[i] == i && off <= 1e-12;
        if (!good) print_error("%s: amplitude %zu is off by %.3g\n", answer->file, i, off);
    }
    return good;
}

static bool same_counts(const kw_run_result *a, const kw_run_result *b) {
    bool same = a->n_counts == b->n_counts;
    for (size_t i = 0; same && i < a->n_counts; ++i)
        same = !strcmp(a->counts[i].bits, b->counts[i].bits) && a->counts[i].shots == b->counts[i].shots;
    return same;
}

/* ---- running ---- */

/* The least memory that runs the program: of a state on all ranks, or on as many as a program so small can use. */
static kw_run_result *run_spread(const test_answer *answer, const kw_program *program, kw_run_request request) {
    kw_run_result *result = NULL;
    kw_status status = KW_E_FIT;
    for (int ranks = kw_comm_size(test_world()); ranks >= 1 && status == KW_E_FIT; ranks /= 2) {
        if (ranks > 1 << kw_program_qubits(program)) continue;
        request.memory_per_rank =
            kw_state_bytes(kw_program_qubits(program), KW_DOUBLE, ranks) + kw_program_shot_bytes(program, &request);
        status = kw_program_run(test_world(), program, &request, &result);
    }
    test_must(status, answer->file, __FILE__, __LINE__);
    return result;
}

static int check_answer(const test_answer *answer) {
    const char *paulis[8];
    const kw_run_request request = request_of(answer, paulis);
    kw_program *program = read_file(answer->file);
    kw_run_result *all = NULL, *self = NULL;
    TEST_MUST(kw_program_run(test_world(), program, &request, &all));
    TEST_MUST(kw_program_run(kw_comm_self(), program, &request, &self));
    kw_run_result *spread = run_spread(answer, program, request);
    bool good = all->is_static == answer->is_static && all->qubits == kw_program_qubits(program);
    if (!good) print_error("%s: not %s\n", answer->file, answer->is_static ? "static" : "dynamic");
    if (!same_counts(all, self) || !same_counts(all, spread)) {
        print_error("%s: the counts depend on the ranks\n", answer->file);
        good = false;
    }
    const kw_run_result *results[] = {all, self, spread};
    for (int i = 0; i < 3; ++i)
        if (!counts_hold(answer, results[i], request.shots) || !expectations_hold(answer, results[i])
            || !amplitudes_hold(answer, results[i]) || !(fabs(results[i]->norm - 1.0) < 1e-12))
            good = false;
    kw_run_result_destroy(&all);
    kw_run_result_destroy(&self);
    kw_run_result_destroy(&spread);
    kw_program_destroy(&program);
    return good ? 0 : 1;
}

static void test_programs_give_their_answers(void **state) {
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < test_answer_count; ++i) wrong += check_answer(&test_answers[i]);
    assert_int_equal(wrong, 0);
}

/* Nothing in the folder goes unchecked. */
static void test_every_file_has_an_answer(void **state) {
    (void)state;
    DIR *folder = opendir(TEST_CIRCUITS);
    assert_non_null(folder);
    size_t files = 0;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char name[256];
        snprintf(name, sizeof name, "%s", entry->d_name);
        char *end = strrchr(name, '.');
        if (!end || strcmp(end, ".qasm") != 0) continue;
        *end = '\0';
        if (!test_answer_find(name)) fail_msg("%s has no answer", entry->d_name);
        ++files;
    }
    closedir(folder);
    assert_int_equal(files, test_answer_count);
}

/* What the answers are compared on: a program that runs shot by shot with its state on all ranks. */
static void test_states_are_spread(void **state) {
    (void)state;
    const char *paulis[8];
    const test_answer *answer = test_answer_find("steane_code");
    kw_program *program = read_file(answer->file);
    kw_run_result *spread = run_spread(answer, program, request_of(answer, paulis));
    assert_int_equal(spread->exchanges > 0, kw_comm_size(test_world()) > 1);
    kw_run_result_destroy(&spread);
    kw_program_destroy(&program);
}

/* Same seed, same counts; another seed, others. */
static void test_seeds(void **state) {
    (void)state;
    static const char *const files[] = {"phase_estimation_inexact", "teleportation"};
    for (size_t f = 0; f < 2; ++f) {
        kw_program *program = read_file(files[f]);
        kw_run_request request = {.shots = DYNAMIC_SHOTS, .memory_per_rank = GIB};
        kw_run_result *results[3] = {NULL};
        for (int i = 0; i < 3; ++i) {
            request.seed = i == 2 ? 6 : 5;
            TEST_MUST(kw_program_run(test_world(), program, &request, &results[i]));
        }
        assert_true(same_counts(results[0], results[1]));
        assert_false(same_counts(results[0], results[2]));
        for (int i = 0; i < 3; ++i) kw_run_result_destroy(&results[i]);
        kw_program_destroy(&program);
    }
}

/* Single precision: the answers that are certain. */
static void test_single_precision(void **state) {
    (void)state;
    for (size_t i = 0; i < test_answer_count; ++i) {
        if (!test_answers[i].always) continue;
        kw_program *program = read_file(test_answers[i].file);
        const kw_run_request request = {.shots = 20, .seed = 2, .precision = KW_SINGLE, .memory_per_rank = GIB};
        kw_run_result *result = NULL;
        TEST_MUST(kw_program_run(test_world(), program, &request, &result));
        assert_int_equal(result->n_counts, 1);
        assert_string_equal(result->counts[0].bits, test_answers[i].always);
        assert_int_equal(result->counts[0].shots, 20);
        kw_run_result_destroy(&result);
        kw_program_destroy(&program);
    }
}

/* ---- refusals ---- */

static void refused(const char *file, const kw_run_request *request, kw_status expected, const char *text) {
    kw_program *program = read_file(file);
    kw_run_result *result = NULL;
    const kw_status status = kw_program_run(test_world(), program, request, &result);
    if (status != expected || !strstr(kw_error_message(), text))
        fail_msg("%s: %s: %s", file, kw_status_text(status), kw_error_message());
    assert_null(result);
    kw_program_destroy(&program);
}

static void test_dynamic_programs_have_no_amplitudes(void **state) {
    (void)state;
    static const uint64_t index = 1;
    static const char *const files[] = {"teleportation", "reset_half", "measured_between", "condition_chain"};
    const char *path = test_in_folder("state.h5");
    for (size_t f = 0; f < sizeof files / sizeof *files; ++f) {
        const kw_run_request all = {.shots = 1, .all_amplitudes = true, .memory_per_rank = GIB};
        const kw_run_request some = {.shots = 1, .amplitudes = &index, .n_amplitudes = 1, .memory_per_rank = GIB};
        const kw_run_request save = {.shots = 1, .save_state = path, .memory_per_rank = GIB};
        const kw_run_request none = {.memory_per_rank = GIB};
        refused(files[f], &all, KW_E_INPUT, "amplitudes");
        refused(files[f], &some, KW_E_INPUT, "amplitudes");
        refused(files[f], &save, KW_E_INPUT, "saved state");
        refused(files[f], &none, KW_E_INPUT, "shots");
        assert_false(test_exists(path));
    }
}

static void test_what_does_not_fit(void **state) {
    (void)state;
    const kw_run_request request = {.shots = 1, .memory_per_rank = 64};
    refused("ghz_16", &request, KW_E_FIT, "16 qubits need");
    refused("steane_code", &request, KW_E_FIT, "8 qubits need");
}

static void test_unknown_requests(void **state) {
    (void)state;
    static const char *const wrong[] = {"Q0", "Z4", "Z0 Z0", "Z", "Z0 and more", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        const kw_run_request request = {.shots = 1, .observables = &wrong[i], .n_observables = 1, .memory_per_rank = GIB};
        refused("ghz_4", &request, KW_E_INPUT, "");
        refused("entanglement_swapping", &request, KW_E_INPUT, "");
    }
    static const uint64_t index = 16;
    const kw_run_request beyond = {.amplitudes = &index, .n_amplitudes = 1, .memory_per_rank = GIB};
    refused("ghz_4", &beyond, KW_E_INPUT, "amplitude 16");
}

/* A saved state, also of a program with fewer amplitudes than ranks. */
static void test_saved_states(void **state) {
    (void)state;
    static const char *const files[] = {"w_3", "one_qubit"};
    for (size_t f = 0; f < 2; ++f) {
        kw_program *program = read_file(files[f]);
        const char *path = test_in_folder(files[f]);
        const kw_run_request request = {.save_state = path, .all_amplitudes = true, .memory_per_rank = GIB};
        kw_run_result *result = NULL;
        TEST_MUST(kw_program_run(test_world(), program, &request, &result));
        assert_int_equal(result->n_counts, 0);
        kw_state *loaded = NULL;
        TEST_MUST(kw_state_create(kw_comm_self(), result->qubits, KW_DOUBLE, &loaded));
        TEST_MUST(kw_state_load(loaded, path));
        assert_true(test_distance(loaded, result->amplitudes) < 1e-15);
        kw_state_destroy(&loaded);
        kw_run_result_destroy(&result);
        kw_program_destroy(&program);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programs_give_their_answers),
        cmocka_unit_test(test_every_file_has_an_answer),
        cmocka_unit_test(test_states_are_spread),
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_single_precision),
        TEST_IN_FOLDER(test_dynamic_programs_have_no_amplitudes),
        cmocka_unit_test(test_what_does_not_fit),
        cmocka_unit_test(test_unknown_requests),
        TEST_IN_FOLDER(test_saved_states),
    };
    return TEST_RUN("programs", tests);
}
