/* ketwall study compressors as a user runs it: bounds that no row may pass, the same rows on any number of ranks, going on,
 * refusals. */
#include <math.h>
#include <string.h>

#include "cli/shell.h"

static const char CONFIG[] =
    "[run]\ndir = rows\nseed = 3\n"
    "[study]\nfamilies = ghz-phase, circuit, tfim\nqubits = 3\nlatents = 1\ndepths = 2\nmembers = 6\n"
    "test_members = 2\nseeds = 1\nansatze = hea 2\ncosts = local\n"
    "[network]\nwidth = 4\nchannels = 2\nchunk = 2\nsteps = 20\nevaluations = 20\n"
    "[qae]\nsteps = 20\n";

enum { METHODS = 14 }; /* 13 classical ones and a circuit */

static double real(const json_t *row, const char *name) {
    const json_t *value = json_object_get(row, name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static const char *word(const json_t *row, const char *name) {
    const char *text = json_string_value(json_object_get(row, name));
    return text ? text : "";
}

static const json_t *row_of(const json_t *result, const char *family, const char *method) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(result, "rows"), i,
                       row) if (!strcmp(word(row, "family"), family) && !strcmp(word(row, "method"), method)) return row;
    fail_msg("no row of %s, %s", family, method);
    return NULL;
}

/* Complex linear maps and circuits never pass the optimum of the states they are trained on. */
static void expect_row(const json_t *row) {
    const char *method = word(row, "method"), *kind = word(row, "kind");
    const double optimum = real(row, "optimum"), train = real(row, "train_fidelity"), test = real(row, "test_fidelity");
    assert_true(real(row, "constant") > 0 && real(row, "constant") <= optimum && optimum <= 1 + 1e-12);
    if (!strcmp(method, "mps-latent")) { /* 2 numbers: less than any product state of 3 qubits has */
        assert_true(isnan(train) && isnan(test) && real(row, "bond") == 0);
        return;
    }
    assert_true(train >= 0 && train <= 1 + 1e-12 && test >= 0 && test <= 1 + 1e-12);
    assert_true(real(row, "seconds") >= 0 && real(row, "state_bytes") > 0);
    if (!strcmp(method, "pca")) assert_true(fabs(train - optimum) < 1e-12);
    if (!strcmp(method, "linear") || !strcmp(method, "orthonormal")) assert_true(train <= optimum + 1e-12);
    if (strcmp(kind, "quantum") != 0) return;
    const double trash = real(row, "trash_fidelity");
    assert_true(trash <= optimum + 1e-12 && train <= trash + 1e-12 && train >= trash * trash - 1e-12);
    assert_true(real(row, "parameters") == 12);
}

static void bounds_hold(void **unused) {
    (void)unused;
    write_text("study.ini", CONFIG);
    assert_int_equal(ketwall("study compressors study.ini --json out.json"), 0);
    json_t *result = read_json("out.json"), *row;
    size_t i;
    assert_int_equal(json_array_size(json_object_get(result, "rows")), 3 * METHODS);
    json_array_foreach(json_object_get(result, "rows"), i, row) expect_row(row);
    /* GHZ states: one latent qubit is enough, their Schmidt rank is 2, without phases half is lost */
    assert_true(fabs(real(row_of(result, "ghz-phase", "pca"), "test_fidelity") - 1) < 1e-12);
    assert_true(fabs(real(row_of(result, "ghz-phase", "mps-2"), "test_fidelity") - 1) < 1e-12);
    assert_true(fabs(real(row_of(result, "ghz-phase", "mps-1"), "test_fidelity") - 0.5) < 1e-9);
    assert_int_equal(whole_number(row_of(result, "circuit, depth 2", "pca"), "depth"), 2);
    assert_true(json_array_size(json_object_get(result, "findings")) >= 3);
    said("does not hold"); /* that classical compressors fail */
    json_decref(result);
}

/* All but what is measured by clocks. */
static void expect_same(json_t *one, json_t *other) {
    size_t i;
    json_t *row;
    json_t *rows = json_object_get(one, "rows"), *others = json_object_get(other, "rows");
    assert_int_equal(json_array_size(rows), json_array_size(others));
    json_array_foreach(rows, i, row) {
        json_t *twin = json_array_get(others, i);
        json_object_del(row, "seconds");
        json_object_del(twin, "seconds");
        if (!json_equal(row, twin)) fail_msg("row %s differs", word(row, "row"));
    }
}

static void ranks_share_the_rows(void **unused) {
    (void)unused;
    json_t *alone = NULL;
    for (int r = 0; r < rank_counts; ++r) {
        write_text("study.ini", CONFIG);
        assert_int_equal(ketwall_on(1 << r, "study compressors study.ini --json out.json -p study.families=circuit,tfim"),
                         0);
        json_t *result = read_json("out.json");
        if (alone) {
            expect_same(alone, result);
            json_decref(result);
        } else {
            alone = result;
        }
        assert_int_equal(shell("rm -r rows"), 0);
    }
    json_decref(alone);
}

static void it_goes_on_where_it_stopped(void **unused) {
    (void)unused;
    write_text("study.ini", CONFIG);
    assert_int_equal(ketwall("study compressors study.ini -p run.max_wall_s=1e-3"), 75);
    json_t *before = read_json("rows/result.json");
    const size_t there = json_array_size(json_object_get(before, "rows"));
    assert_true(there > 0 && there < 3 * METHODS);
    assert_int_equal(ketwall("study compressors study.ini"), 0);
    json_t *after = read_json("rows/result.json");
    assert_int_equal(json_array_size(json_object_get(after, "rows")), 3 * METHODS);
    assert_true(json_equal(json_array_get(json_object_get(before, "rows"), 0),
                           json_array_get(json_object_get(after, "rows"), 0))); /* not measured again */
    json_decref(before);
    json_decref(after);
    assert_int_equal(ketwall("study compressors study.ini -p network.width=5"), 65);
}

static void what_cannot_be_is_refused(void **unused) {
    (void)unused;
    static const char *const wrong[][2] = {{"study.families=ghz", "study.families: 'ghz'"},
                                           {"study.families=files", "study.families: 'files'"},
                                           {"study.methods=pca,svd", "study.methods: 'svd'"},
                                           {"study.ansatze=bush", "study.ansatze: 'bush'"},
                                           {"study.ansatze='hea 0'", "study.ansatze: 'hea 0'"},
                                           {"study.ansatze='hea 2 3'", "study.ansatze: 'hea 2 3'"},
                                           {"study.costs=both", "study.costs: 'both'"},
                                           {"study.latents=3", "study.latents"},
                                           {"study.test_members=6", "study.test_members"},
                                           {"data.field_range=2", "data.field_range"},
                                           {"network.chunk=3", "chunk"},
                                           {"study.familys=tfim", "study.families"}};
    write_text("study.ini", CONFIG);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        assert_int_equal(ketwall("study compressors study.ini -p %s -p run.dir=wrong%zu", wrong[i][0], i), 65);
        said(wrong[i][1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {IN_SHELL(bounds_hold), IN_SHELL(ranks_share_the_rows),
                                       IN_SHELL(it_goes_on_where_it_stopped), IN_SHELL(what_cannot_be_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
