/* The frame of studies: rows shared out or shared, kept, gone on with, refused; statistics; columns in HDF5. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "io/sealed.h"
#include "studies/study.h"
#include "support/world.h"

enum { ROWS = 7 };

static char folder[64]; /* the same on every rank */
static int measured;    /* rows that this rank has measured */
static int failing = -1, stopping = -1;

static int rank(void) { return kw_comm_rank(test_world()); }
static int ranks(void) { return kw_comm_size(test_world()); }

/* ---- a study: squares of whole numbers, three "seeds" of each of two families, one row more ---- */

static void name_row(const void *context, size_t i, char text[KW_SWEEP_NAME]) {
    snprintf(text, KW_SWEEP_NAME, "%s %zu", (const char *)context, i);
}

static kw_status measure_row(const void *context, size_t i, kw_comm *comm, json_t **row) {
    (void)context;
    ++measured;
    if ((int)i == failing) return kw_fail(KW_E_INPUT, "row %zu cannot be", i);
    if ((int)i == stopping) {
        char path[128];
        snprintf(path, sizeof path, "%s/run/stop", folder);
        fclose(fopen(path, "w"));
    }
    if (kw_comm_rank(comm) == 0)
        *row = json_pack("{s:s, s:i, s:f, s:i, s:i}", "family", i < 3 ? "odd" : "even", "size", i < 6 ? 1 : 2, "square",
                         (double)(i * i), "seed", (int)i, "ranks", kw_comm_size(comm));
    return KW_OK;
}

static bool alone;

static kw_status run_rows(kw_sweep *sweep) {
    const kw_sweep_source source = {name_row, measure_row, "row"};
    return kw_sweep_rows(sweep, ROWS, alone, &source);
}

static void conclude(const json_t *rows, json_t *findings) {
    char number[32];
    snprintf(number, sizeof number, "%zu rows", json_array_size(rows));
    kw_study_find_out(findings, "squares grow", "squaring", number, "holds");
}

static const kw_option options[] = {
    KW_STUDY_OPTIONS("unused"),
    {"study.most", KW_OPTION_INT, "3", 0, 100, NULL, "", "some key"},
};
static const kw_study_field fields[] = {
    {"family", "family", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"size", "size", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"square", "square", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"missing", "missing", KW_FIELD_VALUE, KW_FIELD_NUMBER},
};
static const kw_study squares = {
    .name = "squares",
    .title = "Squares",
    .question = "?",
    .options = options,
    .option_count = 5,
    .fields = fields,
    .field_count = 4,
    .run = run_rows,
    .conclude = conclude,
};

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/ketwall sweep XXXXXX");
    if (rank() == 0 && !mkdtemp(folder)) return -1;
    kw_comm_broadcast(test_world(), folder, sizeof folder, 0);
    measured = 0;
    failing = stopping = -1;
    alone = true;
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    char command[128];
    int64_t done = 0;
    kw_comm_max(test_world(), &done, 1);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return rank() == 0 ? system(command) : 0;
}

static kw_status study(const kw_study *which, const char *setting, json_t **result) {
    char line[128];
    kw_config *config = NULL;
    const kw_sweep_request request = {"none", "test"};
    if (kw_config_create(which->options, which->option_count, &config) != KW_OK) fail_msg("%s", kw_error_message());
    snprintf(line, sizeof line, "run.dir=%s/run", folder);
    assert_int_equal(kw_config_set(config, line), KW_OK);
    if (setting) assert_int_equal(kw_config_set(config, setting), KW_OK);
    *result = NULL;
    const kw_status status = kw_study_run(which, test_world(), config, &request, result);
    kw_config_destroy(&config);
    return status;
}

static int total(int mine) {
    double sum = mine;
    kw_comm_sum(test_world(), &sum, 1);
    return (int)sum;
}

static void expect_rows(const json_t *result, int ranks_of_row) {
    const json_t *rows = json_object_get(result, "rows");
    assert_int_equal(json_array_size(rows), ROWS);
    for (int i = 0; i < ROWS; ++i) {
        char name[32];
        const json_t *row = json_array_get(rows, (size_t)i);
        snprintf(name, sizeof name, "row %d", i);
        assert_string_equal(json_string_value(json_object_get(row, "row")), name);
        assert_true(json_number_value(json_object_get(row, "square")) == i * i);
        assert_int_equal(json_integer_value(json_object_get(row, "ranks")), ranks_of_row);
    }
    assert_true(json_is_true(json_object_get(result, "finished")));
    const json_t *finding = json_array_get(json_object_get(result, "findings"), 0);
    assert_string_equal(json_string_value(json_object_get(finding, "number")), "7 rows");
}

static void rows_are_shared_out_or_shared(void **state) {
    (void)state;
    for (int together = 0; together < 2; ++together) {
        json_t *result;
        alone = !together;
        measured = 0;
        assert_int_equal(study(&squares, together ? "study.most=4" : NULL, &result), together ? KW_E_INPUT : KW_OK);
        if (together) { /* other settings: refused, and nothing lost */
            assert_non_null(strstr(kw_error_message(), "study.most"));
            assert_int_equal(total(measured), 0);
            remove_folder(NULL);
            assert_int_equal(study(&squares, NULL, &result), KW_OK);
        }
        if (rank() == 0) expect_rows(result, together ? ranks() : 1);
        else assert_null(result);
        assert_int_equal(total(measured), together ? ROWS * ranks() : ROWS);
        json_decref(result);
    }
}

static void a_cut_study_goes_on(void **state) {
    (void)state;
    json_t *result;
    char path[128];
    stopping = 2;
    assert_int_equal(study(&squares, NULL, &result), KW_E_STOPPED);
    const int first = total(measured);
    assert_true(first >= 3 && first < ROWS);
    stopping = -1;
    snprintf(path, sizeof path, "%s/run/stop", folder);
    if (rank() == 0) assert_int_equal(remove(path), 0);
    measured = 0;
    assert_int_equal(study(&squares, NULL, &result), KW_OK);
    assert_int_equal(total(measured), ROWS - first); /* none twice */
    if (rank() == 0) expect_rows(result, 1);
    json_decref(result);
}

static void one_failing_rank_ends_all(void **state) {
    (void)state;
    json_t *result;
    failing = 1;
    assert_int_equal(study(&squares, NULL, &result), KW_E_INPUT);
    assert_string_equal(kw_error_message(), "row 1 cannot be");
    const int before = total(measured);
    failing = -1;
    assert_int_equal(study(&squares, NULL, &result), KW_OK); /* the rounds before it are kept, the directory is free */
    if (rank() == 0) {
        assert_int_equal(json_array_size(json_object_get(result, "rows")), ROWS);
        if (ranks() == 1) expect_rows(result, 1);
    }
    json_decref(result);
    assert_int_equal(total(measured) - before, ROWS - (before - 1)); /* what the others measured beside it was kept */
}

static void another_study_is_not_gone_on_with(void **state) {
    (void)state;
    json_t *result;
    kw_study other = squares;
    other.name = "cubes";
    assert_int_equal(study(&squares, NULL, &result), KW_OK);
    json_decref(result);
    assert_int_equal(study(&other, NULL, &result), KW_E_INPUT);
    assert_non_null(strstr(kw_error_message(), "another study (squares)"));
    other = squares;
    other.ranks_matter = true;
    assert_int_equal(study(&other, NULL, &result), KW_E_INPUT);
    assert_non_null(strstr(kw_error_message(), "(ranks)"));
}

static void columns_hold_the_rows(void **state) {
    (void)state;
    json_t *result;
    char path[128], *text = NULL;
    double *values = NULL;
    size_t count = 0;
    kw_sealed *file = NULL;
    assert_int_equal(study(&squares, NULL, &result), KW_OK);
    json_decref(result);
    snprintf(path, sizeof path, "%s/run/study.h5", folder);
    assert_int_equal(kw_sealed_open(test_world(), path, &file), KW_OK);
    assert_int_equal(kw_sealed_read_reals(file, "/rows/square", &values, &count), KW_OK);
    assert_int_equal(count, ROWS);
    for (int i = 0; i < ROWS; ++i) assert_true(values[i] == i * i);
    free(values);
    assert_int_equal(kw_sealed_read_reals(file, "/rows/family", &values, &count), KW_OK);
    for (int i = 0; i < ROWS; ++i) assert_true(values[i] == (i < 3 ? 0 : 1));
    free(values);
    assert_int_equal(kw_sealed_read_reals(file, "/rows/missing", &values, &count), KW_OK);
    for (int i = 0; i < ROWS; ++i) assert_true(isnan(values[i]));
    free(values);
    assert_int_equal(kw_sealed_read_text(file, "/names", "family", &text), KW_OK);
    assert_string_equal(text, "odd\neven");
    free(text);
    kw_sealed_close(&file);
}

/* Three points each, which stand or fall together. */
static kw_status measure_curve(const void *context, size_t i, kw_comm *comm, json_t **row) {
    json_t *points = json_array();
    for (int point = 0; point < 3; ++point) {
        json_t *one = NULL;
        const kw_status status = measure_row(context, i, comm, &one);
        if (status != KW_OK) {
            json_decref(points);
            return status;
        }
        if (one) json_object_set_new(one, "size", json_integer(point)), json_array_append_new(points, one);
    }
    if (kw_comm_rank(comm) == 0) *row = points;
    else json_decref(points);
    return KW_OK;
}

static kw_status run_curves(kw_sweep *sweep) {
    const kw_sweep_source source = {name_row, measure_curve, "curve"};
    return kw_sweep_rows(sweep, 6, alone, &source);
}

static void curves_are_rows_of_one_name(void **state) {
    (void)state;
    kw_study curves = squares;
    curves.run = run_curves;
    for (int together = 0; together < 2; ++together) {
        json_t *result;
        alone = !together;
        failing = 5;
        assert_int_equal(study(&curves, NULL, &result), KW_E_INPUT);
        failing = -1;
        measured = 0;
        assert_int_equal(study(&curves, NULL, &result), KW_OK);
        assert_true(total(measured) < 18 * (together ? ranks() : 1)); /* what was whole is not measured again */
        const json_t *rows = json_object_get(result, "rows");
        if (rank() == 0) assert_int_equal(json_array_size(rows), 18);
        for (int i = 0; rank() == 0 && i < 18; ++i) {
            char name[32];
            const json_t *row = json_array_get(rows, (size_t)i);
            snprintf(name, sizeof name, "curve %d", i / 3);
            assert_string_equal(json_string_value(json_object_get(row, "row")), name);
            assert_int_equal(json_integer_value(json_object_get(row, "size")), i % 3);
        }
        json_decref(result);
        remove_folder(NULL);
    }
}

static void groups_average_over_seeds(void **state) {
    (void)state;
    json_t *rows = json_array();
    kw_study_group *groups = NULL;
    size_t count = 0;
    for (size_t i = 0; i < ROWS; ++i) {
        json_t *row = NULL;
        measure_row(NULL, i, kw_comm_self(), &row);
        json_array_append_new(rows, row);
    }
    assert_int_equal(kw_study_groups(&squares, rows, &groups, &count), KW_OK);
    assert_int_equal(count, 3); /* (odd, 1): 0 1 4   (even, 1): 9 16 25   (even, 2): 36 */
    assert_int_equal(groups[0].rows, 3);
    assert_true(fabs(groups[0].mean[2] - 5.0 / 3) < 1e-15);
    assert_true(fabs(groups[0].deviation[2] - sqrt(13.0 / 3)) < 1e-15);
    assert_true(fabs(groups[1].mean[2] - 50.0 / 3) < 1e-14);
    assert_true(groups[2].mean[2] == 36 && isnan(groups[2].deviation[2]));
    assert_true(isnan(groups[0].mean[3]));
    kw_study_groups_free(groups, count);
    json_decref(rows);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(rows_are_shared_out_or_shared),     IN_FOLDER(a_cut_study_goes_on),   IN_FOLDER(one_failing_rank_ends_all),
        IN_FOLDER(another_study_is_not_gone_on_with), IN_FOLDER(columns_hold_the_rows), IN_FOLDER(groups_average_over_seeds),
        IN_FOLDER(curves_are_rows_of_one_name)};
    return TEST_RUN("sweep", tests);
}
