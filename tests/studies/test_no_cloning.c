/* The study of copies: the rule of accounting, the same rows on any number of ranks and after a stop, wrong keys. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "studies/study.h"
#include "support/folder.h"
#include "support/world.h"

static const char *const small[] = {"study.families=ghz-phase", "study.qubits=3",           "study.seeds=2",
                                    "study.copies=20000",       "study.shadow_copies=3000", "qae.layers=1"};

static kw_status study(const char *folder, const char *more, json_t **result) {
    char line[512];
    kw_config *config = NULL;
    const kw_study *which = &kw_study_no_cloning;
    const kw_sweep_request request = {"none", "test"};
    assert_int_equal(kw_config_create(which->options, which->option_count, &config), KW_OK);
    snprintf(line, sizeof line, "run.dir=%s", test_in_folder(folder));
    assert_int_equal(kw_config_set(config, line), KW_OK);
    for (size_t i = 0; i < sizeof small / sizeof *small; ++i) assert_int_equal(kw_config_set(config, small[i]), KW_OK);
    *result = NULL;
    kw_status status = more ? kw_config_set(config, more) : KW_OK;
    if (status == KW_OK) status = kw_study_run(which, test_world(), config, &request, result);
    kw_config_destroy(&config);
    return status;
}

/* 5 angles + 2 and 2 in the bricks of the layer of 3 qubits: 3 + 4 = 7; 8 states, 20 shots. */
static void check_rows(const json_t *rows) {
    const double shift_step = 20 * 8 * (1 + 2 * 7), spsa_step = 20 * 8 * 2;
    int counts[5] = {0};
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)rows, i, row) {
        static const char *const methods[] = {"qae-shift", "qae-spsa", "shadows", "pauli-shadows", "tomography"};
        const char *method = json_string_value(json_object_get(row, "method"));
        const double copies = kw_study_number(row, "copies"), infidelity = kw_study_number(row, "infidelity");
        for (int m = 0; m < 5; ++m) counts[m] += !strcmp(method, methods[m]);
        assert_true(fabs(kw_study_number(row, "fidelity") + infidelity - 1) < 1e-12);
        assert_true(copies > 0 && copies <= 20000 && infidelity > -1e-12 && infidelity <= 1);
        if (!strcmp(method, "qae-shift")) {
            assert_true(kw_study_number(row, "copies_per_step") == shift_step && fmod(copies, shift_step) == 0);
            assert_true(isfinite(kw_study_number(row, "exact_infidelity")));
        }
        if (!strcmp(method, "qae-spsa"))
            assert_true(kw_study_number(row, "copies_per_step") == spsa_step && fmod(copies, spsa_step) == 0);
        if (strstr(method, "shadows")) assert_true(copies <= 3000);
        assert_true(isnan(kw_study_number(row, "optimum_error"))); /* 0 */
    }
    for (int m = 0; m < 5; ++m) assert_true(counts[m] >= 4);
}

/* Rows by name and copies in any order, all numbers equal. */
static void check_same(const json_t *a, const json_t *b) {
    size_t i, j;
    json_t *row, *other;
    assert_int_equal(json_array_size(a), json_array_size(b));
    json_array_foreach((json_t *)a, i, row) {
        bool found = false;
        json_array_foreach((json_t *)b, j, other) found = found || json_equal(row, other);
        if (!found) fail_msg("row %zu has no equal", i);
    }
}

static void rows_count_their_copies(void **state) {
    (void)state;
    json_t *whole, *cut;
    assert_int_equal(study("whole", NULL, &whole), KW_OK);
    /* stopped after every round, and gone on with */
    kw_status status = KW_E_STOPPED;
    for (int i = 0; i < 20 && status == KW_E_STOPPED; ++i) status = study("cut", "run.max_wall_s=1e-9", &cut);
    assert_int_equal(status, KW_OK);
    if (kw_comm_rank(test_world()) == 0) {
        check_rows(json_object_get(whole, "rows"));
        check_same(json_object_get(whole, "rows"), json_object_get(cut, "rows"));
        assert_int_equal(json_array_size(json_object_get(whole, "findings")), 2); /* one size: nothing grows */
    }
    json_decref(whole);
    json_decref(cut);
}

/* What one rank alone gets, bit for bit: rows are those of one process each. */
static void ranks_do_not_matter(void **state) {
    (void)state;
    json_t *all, *alone = NULL;
    char line[512];
    assert_int_equal(study("all", NULL, &all), KW_OK);
    if (kw_comm_rank(test_world()) == 0) {
        kw_config *config = NULL;
        const kw_sweep_request request = {"none", "test"};
        assert_int_equal(kw_config_create(kw_study_no_cloning.options, kw_study_no_cloning.option_count, &config), KW_OK);
        snprintf(line, sizeof line, "run.dir=%s", test_in_folder("alone"));
        assert_int_equal(kw_config_set(config, line), KW_OK);
        for (size_t i = 0; i < sizeof small / sizeof *small; ++i) assert_int_equal(kw_config_set(config, small[i]), KW_OK);
        assert_int_equal(kw_study_run(&kw_study_no_cloning, kw_comm_self(), config, &request, &alone), KW_OK);
        kw_config_destroy(&config);
        check_same(json_object_get(all, "rows"), json_object_get(alone, "rows"));
    }
    json_decref(alone);
    json_decref(all);
}

static void wrong_keys_are_named(void **state) {
    (void)state;
    static const struct {
        const char *word, *message;
    } wrong[] = {
        {"study.families=tfim,bell", "'bell' is none of ghz-phase, w-phase, tfim"},
        {"study.methods=guessing", "study.methods: 'guessing' is none of qae-shift"},
        {"study.qubits=", "study.qubits is empty"},
        {"study.qubits=11", "study.qubits"},
        {"qae.shots=1000", "one step takes"},
        {"qae.ansatz=cereso", "did you mean cerezo?"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        json_t *result;
        char folder[16];
        snprintf(folder, sizeof folder, "wrong%zu", i);
        assert_int_equal(study(folder, wrong[i].word, &result), KW_E_INPUT);
        if (!strstr(kw_error_message(), wrong[i].message)) fail_msg("%s: %s", wrong[i].word, kw_error_message());
        assert_null(result);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST_IN_FOLDER(rows_count_their_copies), TEST_IN_FOLDER(ranks_do_not_matter),
                                       TEST_IN_FOLDER(wrong_keys_are_named)};
    return TEST_RUN("copies", tests);
}
