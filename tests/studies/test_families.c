/* The study of GHZ and W families: what training reaches, the cap of encoders that conserve the ones, the same numbers on
 * any rank count, gone on with after a stop, wrong cases. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "support/study.h"
#include "support/world.h"

#define CASES                                                                                                               \
    "study.cases=ghz-phase/6/tree/1/local,ghz-phase/5/excitation-preserving/2/global,w-phase/5/excitation-preserving/3/"    \
    "local,w-phase/7/excitation-preserving/1/global,w-phase/4/registers/1/global study.seeds=2"

static double number(const json_t *row, const char *key) {
    const json_t *value = json_object_get(row, key);
    if (!json_is_number(value)) fail_msg("the row has no %s", key);
    return json_number_value(value);
}

/* GHZ by the tree, W by registers: the optimum 1.  Encoders that conserve the ones: half of the GHZ states, 3/5 and 3/7 of
 * the W states. */
static void check_rows(const json_t *result) {
    const double caps[] = {0.5, 0.5, 3.0 / 5, 3.0 / 7, 2.0 / 4};
    const json_t *rows = json_object_get(result, "rows");
    assert_int_equal(json_array_size(rows), 10);
    for (size_t i = 0; i < 10; ++i) {
        const json_t *row = json_array_get(rows, i);
        const bool trains = i < 2 || i > 7;
        assert_true(number(row, "seed") == (double)(1 + i % 2));
        assert_true(fabs(number(row, "optimum") - 1) < 1e-12);
        assert_true(fabs(number(row, "sector_cap") - caps[i / 2]) < 1e-15);
        assert_true(number(row, "reached") == trains);
        if (trains) assert_true(number(row, "gap") <= 1e-7 && number(row, "fidelity") > 1 - 2e-7);
        else assert_true(fabs(number(row, "fidelity") - caps[i / 2]) < 1e-9);
        assert_true(fabs(number(row, "gap") + number(row, "fidelity") - 1) < 1e-9);
        assert_true(number(row, "latent") == (i < 4 ? 1 : i < 8 ? 3 : 2));
    }
}

static const char *verdict(const json_t *result, size_t i) {
    return json_string_value(json_object_get(json_array_get(json_object_get(result, "findings"), i), "verdict"));
}

static void rows_are_apart_or_shared(void **state) {
    (void)state;
    double fidelity[2] = {0};
    for (int shared = 0; shared < 2; ++shared) {
        json_t *result = NULL;
        assert_int_equal(test_study("families", shared ? CASES " study.apart=no" : CASES, &result), KW_OK);
        if (test_study_root()) {
            check_rows(result);
            fidelity[shared] = number(json_array_get(json_object_get(result, "rows"), 0), "fidelity");
            assert_string_equal(verdict(result, 0), "holds");
            assert_string_equal(verdict(result, 1), "holds");
            assert_string_equal(verdict(result, 2), "holds");
        }
        json_decref(result);
        assert_int_equal(test_study_remove_folder(NULL), 0);
        assert_int_equal(test_study_make_folder(NULL), 0);
    }
    assert_true(fabs(fidelity[0] - fidelity[1]) < 1e-6);
}

/* W states and an encoder that is too shallow: said so, with what it reached. */
static void plateaus_are_told(void **state) {
    (void)state;
    json_t *result = NULL;
    assert_int_equal(test_study("families", "study.cases=w-phase/6/ry-cnot/1/local study.seeds=2 study.steps=40", &result),
                     KW_OK);
    if (test_study_root()) {
        assert_string_equal(verdict(result, 0), "does not hold");
        const json_t *finding = json_array_get(json_object_get(result, "findings"), 0);
        assert_non_null(
            strstr(json_string_value(json_object_get(finding, "number")), "0 of 2 trainings; at 6 qubits 0 of 2"));
    }
    json_decref(result);
}

static void a_stopped_study_goes_on(void **state) {
    (void)state;
    json_t *result = NULL;
    test_study_ask_to_stop(true);
    assert_int_equal(test_study("families", CASES, &result), KW_E_STOPPED);
    assert_null(result);
    const size_t kept = test_study_kept();
    assert_true(kept > 0 && kept < 10);
    test_study_ask_to_stop(false);
    assert_int_equal(test_study("families", CASES, &result), KW_OK);
    if (test_study_root()) check_rows(result);
    json_decref(result);
}

static void wrong_cases_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"ghz-phase/6/tree/1",        "dicke-phase/6/tree/1/local", "w-phase/2/tree/1/local",
                                        "w-phase/63/tree/1/local",   "w-phase/6/bush/1/local",     "w-phase/6/tree/0/local",
                                        "w-phase/6/tree/1/regional", "w-phase/6/tree/1/local/x",   ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        char words[128];
        json_t *result = NULL;
        snprintf(words, sizeof words, "study.cases=%s", wrong[i]);
        assert_int_equal(test_study("families", words, &result), KW_E_INPUT);
        if (!strstr(kw_error_message(), "study.cases")) fail_msg("'%s' does not name the key", kw_error_message());
        assert_null(result);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST_STUDY(rows_are_apart_or_shared),
        TEST_STUDY(plateaus_are_told),
        TEST_STUDY(a_stopped_study_goes_on),
        TEST_STUDY(wrong_cases_are_refused),
    };
    return TEST_RUN("families", tests);
}
