/* The study of plateaus: curves that start where theory says, closed forms beside random starts, any number of ranks, stops,
 * wrong keys. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "studies/study.h"
#include "support/folder.h"
#include "support/world.h"

static const char *const small[] = {"study.trash=3,4",   "study.seeds=2",          "train.steps=7",
                                    "train.every=3",     "train.shots=0,20",       "train.shot_trash=3",
                                    "starts.samples=40", "starts.deep_trash=2",    "starts.product_samples=500",
                                    "study.layers=1",    "starts.product_qubits=3"};
/* product, deep and two sizes of the ansatz; points 0, 3, 6, 7 of three curves per seed; of both costs */
enum { STARTS = 2 * (1 + 1 + 2), POINTS = 4 * 2 * 3 * 2 };

static kw_status study(kw_comm *comm, const char *folder, const char *more, json_t **result) {
    char line[512];
    kw_config *config = NULL;
    const kw_sweep_request request = {"none", "test"};
    assert_int_equal(kw_config_create(kw_study_barren_qae.options, kw_study_barren_qae.option_count, &config), KW_OK);
    snprintf(line, sizeof line, "run.dir=%s", test_in_folder(folder));
    assert_int_equal(kw_config_set(config, line), KW_OK);
    for (size_t i = 0; i < sizeof small / sizeof *small; ++i) assert_int_equal(kw_config_set(config, small[i]), KW_OK);
    *result = NULL;
    kw_status status = more ? kw_config_set(config, more) : KW_OK;
    if (status == KW_OK) status = kw_study_run(&kw_study_barren_qae, comm, config, &request, result);
    kw_config_destroy(&config);
    return status;
}

static void check_starts(const json_t *row) {
    const double trash = kw_study_number(row, "trash");
    const bool local = kw_study_is(row, "cost", "local"), product = kw_study_is(row, "case", "product circuit");
    assert_true(kw_study_number(row, "mean_theory") == (local ? 0.5 : 1 - pow(2, -trash)));
    assert_true(kw_study_number(row, "sigma") < 4.5 && kw_study_number(row, "gradient_error") > 0);
    if (product)
        assert_true(fabs(kw_study_number(row, "gradient_theory") / (local ? 1.0 / 72 : 9.0 / 512) - 1)
                    < 1e-12); /* 3 qubits */
    else assert_true(isnan(kw_study_number(row, "gradient_theory")));
    assert_true(isfinite(kw_study_number(row, "variance_theory")) == !kw_study_is(row, "case", "ansatz cerezo"));
}

/* C_L <= C_G <= k C_L at every point; copies = steps x states x shots x circuits, with n + 2 (n - 1) angles, n = 4. */
static void check_point(const json_t *row) {
    const double local = kw_study_number(row, "cost_local"), global = 1 - kw_study_number(row, "fidelity"),
                 shots = kw_study_number(row, "shots");
    assert_true(local <= global + 1e-12 && global <= kw_study_number(row, "trash") * local + 1e-12);
    assert_true(fabs(kw_study_number(row, "value") - (kw_study_is(row, "cost", "local") ? local : global)) < 1e-12);
    if (shots > 0) assert_true(kw_study_number(row, "copies") == kw_study_number(row, "step") * 2 * shots * (1 + 2 * 10));
    else assert_true(isnan(kw_study_number(row, "copies")));
}

static void check_rows(const json_t *rows) {
    size_t i, starts = 0, points = 0;
    json_t *row;
    json_array_foreach((json_t *)rows, i, row) {
        if (kw_study_is(row, "part", "random starts")) ++starts, check_starts(row);
        else ++points, check_point(row);
    }
    assert_int_equal(starts, STARTS);
    assert_int_equal(points, POINTS);
}

/* The same members, numbers to a tolerance. */
static void check_same(const json_t *a, const json_t *b, double tolerance) {
    size_t i;
    json_t *row, *value;
    const char *key;
    assert_int_equal(json_array_size(a), json_array_size(b));
    json_array_foreach((json_t *)a, i, row) {
        const json_t *other = json_array_get(b, i);
        assert_int_equal(json_object_size(row), json_object_size(other));
        json_object_foreach(row, key, value) {
            const json_t *twin = json_object_get(other, key);
            if (json_is_real(value) ? !(fabs(json_number_value(value) - json_number_value(twin)) <= tolerance)
                                    : !json_equal(value, twin))
                fail_msg("row %zu, %s", i, key);
        }
    }
}

static void rows_hold_what_theory_says(void **state) {
    (void)state;
    json_t *whole, *cut;
    assert_int_equal(study(test_world(), "whole", NULL, &whole), KW_OK);
    kw_status status = KW_E_STOPPED; /* after every round, and gone on with */
    for (int i = 0; i < 40 && status == KW_E_STOPPED; ++i) status = study(test_world(), "cut", "run.max_wall_s=1e-9", &cut);
    assert_int_equal(status, KW_OK);
    if (kw_comm_rank(test_world()) == 0) {
        check_rows(json_object_get(whole, "rows"));
        check_same(json_object_get(whole, "rows"), json_object_get(cut, "rows"), 0);
        assert_int_equal(json_array_size(json_object_get(whole, "findings")), 3);
    }
    json_decref(whole);
    json_decref(cut);
}

static void ranks_do_not_matter(void **state) {
    (void)state;
    json_t *all, *alone = NULL;
    assert_int_equal(study(test_world(), "all", NULL, &all), KW_OK);
    if (kw_comm_rank(test_world()) == 0) {
        assert_int_equal(study(kw_comm_self(), "alone", NULL, &alone), KW_OK);
        check_same(json_object_get(all, "rows"), json_object_get(alone, "rows"), 1e-6);
    }
    json_decref(alone);
    json_decref(all);
}

static void wrong_keys_are_named(void **state) {
    (void)state;
    static const struct {
        const char *word, *message;
        kw_status status;
    } wrong[] = {
        {"study.costs=middle", "study.costs: 'middle' is none of global, local", KW_E_INPUT},
        {"study.trash=", "study.trash is empty", KW_E_INPUT},
        {"study.trash=2", "study.trash", KW_E_INPUT},
        {"train.shots=-1", "train.shots", KW_E_INPUT},
        {"starts.deep_trash=1", "starts.deep_trash", KW_E_INPUT},
        {"run.memory_per_rank=200", "study.starts = no", KW_E_FIT},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        json_t *result;
        char folder[16];
        snprintf(folder, sizeof folder, "wrong%zu", i);
        const kw_status status = study(test_world(), folder, wrong[i].word, &result);
        if (status != wrong[i].status || !strstr(kw_error_message(), wrong[i].message))
            fail_msg("%s: %d, %s", wrong[i].word, (int)status, kw_error_message());
        assert_null(result);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST_IN_FOLDER(rows_hold_what_theory_says), TEST_IN_FOLDER(ranks_do_not_matter),
                                       TEST_IN_FOLDER(wrong_keys_are_named)};
    return TEST_RUN("plateaus of autoencoders", tests);
}
