/* The study of Hubbard ground states: its rows against published and closed-form numbers, the same on any rank count, gone
 * on with after a stop, wrong keys. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "studies/fit.h"
#include "support/study.h"
#include "support/world.h"

#define SMALL "study.lattices=2x1 study.circuits=romero-b study.starts=wide study.restarts=2 study.steps=150"

static json_t *row_of(const json_t *result, int latent) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(result, "rows"), i,
                       row) if (json_integer_value(json_object_get(row, "latent")) == latent) return row;
    fail_msg("no row of %d latent qubits", latent);
    return NULL;
}

static double number(const json_t *row, const char *key) {
    const json_t *value = json_object_get(row, key);
    if (!json_is_number(value)) fail_msg("the row has no %s", key);
    return json_number_value(value);
}

static void check_rows(const json_t *result, double constant, bool as_good) {
    const double published[] = {0, 4.02, 3.92, 6.82};
    assert_int_equal(json_array_size(json_object_get(result, "rows")), 3);
    for (int latent = 1; latent <= 3; ++latent) {
        const json_t *row = row_of(result, latent);
        assert_true(number(row, "published_digits") == published[latent]);
        assert_true(fabs(number(row, "null_digits") - constant) < 5e-3);
        assert_true(number(row, "optimum_error") < 1e-14);
        assert_true(number(row, "parameters") == 60 && number(row, "restarts") == 2);
        assert_true(number(row, "evaluations") <= 150);
        assert_true(number(row, "digits") >= number(row, "median_digits"));
        assert_true(fabs(kw_study_digits(number(row, "infidelity")) - number(row, "digits")) < 1e-12);
        assert_true(number(row, "digits") <= 16 && number(row, "not_worse") <= 2);
        assert_true((number(row, "digits") >= published[latent]) == (number(row, "not_worse") > 0));
        if (as_good) assert_true(number(row, "not_worse") > 0);
    }
}

static void rows_reach_what_was_published(void **state) {
    (void)state;
    json_t *result = NULL;
    assert_int_equal(test_study("romero", SMALL, &result), KW_OK);
    if (test_study_root()) {
        check_rows(result, 3.72, true);
        const json_t *finding = json_array_get(json_object_get(result, "findings"), 0);
        assert_string_equal(json_string_value(json_object_get(finding, "verdict")), "holds");
        assert_non_null(strstr(json_string_value(json_object_get(finding, "number")), "3 of 3 rows"));
    }
    json_decref(result);
}

/* Every row is the work of one process: the same bits on any number of ranks, which this compares through one of them. */
static void rows_do_not_depend_on_the_ranks(void **state) {
    (void)state;
    json_t *result = NULL;
    assert_int_equal(test_study("romero", SMALL " study.double_bond=yes", &result), KW_OK);
    double errors[3] = {0};
    if (test_study_root()) {
        check_rows(result, 4.18, false);
        for (int latent = 1; latent <= 3; ++latent) errors[latent - 1] = number(row_of(result, latent), "infidelity");
    }
    json_decref(result);
    kw_comm_broadcast(test_world(), errors, sizeof errors, 0);
    kw_config *config = NULL;
    kw_qae_config parsed;
    double best = 1;
    assert_int_equal(kw_config_create(kw_qae_options, kw_qae_option_count, &config), KW_OK);
    static const char *const words[] = {"data.family=hubbard",   "data.qubits=4",         "data.members=6",
                                        "data.coupling_min=0.9", "data.coupling_max=1.1", "data.double_bond=yes",
                                        "qae.latent=2",          "ansatz.name=romero-b",  "ansatz.layers=1",
                                        "ansatz.start=wide",     "train.cost=global",     "train.optimiser=lbfgs",
                                        "train.steps=150"};
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i) assert_int_equal(kw_config_set(config, words[i]), KW_OK);
    for (int seed = 1; seed <= 2; ++seed) {
        char text[32];
        kw_qae_fit_result fit;
        snprintf(text, sizeof text, "run.seed=%d", seed);
        assert_int_equal(kw_config_set(config, text), KW_OK);
        assert_int_equal(kw_qae_config_parse(config, &parsed), KW_OK);
        assert_int_equal(kw_qae_fit(kw_comm_self(), &parsed, &fit), KW_OK);
        best = fmin(best, fit.train.infidelity);
        kw_qae_fit_free(&fit);
    }
    kw_config_destroy(&config);
    assert_true(errors[1] == best);
}

static void a_stopped_study_goes_on(void **state) {
    (void)state;
    json_t *result = NULL;
    test_study_ask_to_stop(true);
    assert_int_equal(test_study("romero", SMALL, &result), KW_E_STOPPED);
    assert_null(result);
    const size_t kept = test_study_kept();
    assert_true(kept > 0 && kept <= 3);
    test_study_ask_to_stop(false);
    assert_int_equal(test_study("romero", SMALL, &result), KW_OK);
    if (test_study_root()) check_rows(result, 3.72, true);
    json_decref(result);
}

static void wrong_keys_are_refused(void **state) {
    (void)state;
    static const char *const wrong[][2] = {{"study.lattices=2x3", "study.lattices"},
                                           {"study.circuits=romero-c", "study.circuits"},
                                           {"study.starts=warm", "study.starts"},
                                           {"study.starts=", "study.starts"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        json_t *result = NULL;
        assert_int_equal(test_study("romero", wrong[i][0], &result), KW_E_INPUT);
        if (!strstr(kw_error_message(), wrong[i][1])) fail_msg("'%s' does not name %s", kw_error_message(), wrong[i][1]);
        assert_null(result);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST_STUDY(rows_reach_what_was_published),
        TEST_STUDY(rows_do_not_depend_on_the_ranks),
        TEST_STUDY(a_stopped_study_goes_on),
        TEST_STUDY(wrong_keys_are_refused),
    };
    return TEST_RUN("romero", tests);
}
