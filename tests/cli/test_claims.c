/* ketwall study non-locality and unitarity as a user runs them: bounds and closed forms, the same rows on any number of
 * ranks, refusals, their chapters in the report. */
#include <math.h>
#include <string.h>

#include "cli/shell.h"

static const char LOCALITY[] = "[run]\ndir = rows\n[study]\nsites = 5\nseeds = 2\nadam_steps = 200\nlbfgs = 100\n";
static const char UNITARITY[] = "[run]\ndir = rows\n[study]\nfamilies = ghz-phase 1, random 2\nqubits = 3\nmembers = 24\n"
                                "test_members = 8\nseeds = 1\nwidth = 8\nadam_steps = 100\nlbfgs = 100\nlayers = 1\n";

static double real(const json_t *row, const char *name) {
    const json_t *value = json_object_get(row, name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static bool is(const json_t *row, const char *name, const char *text) {
    const char *value = json_string_value(json_object_get(row, name));
    return value && !strcmp(value, text);
}

/* The same rows on 1, 2 and 4 ranks; the caller drops the reference. */
static json_t *run_everywhere(const char *study, const char *config, size_t rows) {
    json_t *first = NULL;
    write_text("study.ini", config);
    for (int r = 0; r < rank_counts; ++r) {
        assert_int_equal(ketwall_on(1 << r, "study %s study.ini --json out.json", study), 0);
        json_t *result = read_json("out.json");
        assert_int_equal(json_array_size(json_object_get(result, "rows")), rows);
        if (first) assert_true(json_equal(json_object_get(first, "rows"), json_object_get(result, "rows")));
        else first = json_incref(result);
        json_decref(result);
        if (r + 1 < rank_counts) assert_int_equal(shell("rm -r rows"), 0);
    }
    return first;
}

static void the_report_has(const char *one, const char *other) {
    assert_int_equal(ketwall("report rows -o report.html"), 0);
    assert_int_equal(shell("grep -q '%s' report.html", one), 0);
    assert_int_equal(shell("grep -q '%s' report.html", other), 0);
    assert_int_equal(shell("test -s rows/study.h5"), 0);
}

static void nothing_out_of_reach_beats_one_half(void **unused) {
    (void)unused;
    size_t i;
    json_t *row, *result = run_everywhere("non-locality", LOCALITY, 2 * (3 + 3 + 1 + 2 + 2));
    bool reached[2] = {false, false};
    json_array_foreach(json_object_get(result, "rows"), i, row) {
        const bool circuit = is(row, "decoder", "circuit, ladder") || is(row, "decoder", "circuit, tree");
        assert_true(real(row, "fidelity") <= real(row, "bound") + 1e-9);
        if (real(row, "bound") < 1) assert_true(fabs(real(row, "connected")) < 1e-6);
        if (real(row, "fidelity") > 1 - 1e-6) {
            assert_true(fabs(real(row, "connected") - 1) < 1e-3);
            reached[circuit] = true;
        }
    }
    assert_true(reached[0] && reached[1]);
    said("holds only if the network is shallow");
    the_report_has("What follows", "network, kernel 3, dilated");
    json_decref(result);
}

static void phases_are_lost_where_they_are_not_fed(void **unused) {
    (void)unused;
    size_t i;
    json_t *row, *result = run_everywhere("unitarity", UNITARITY, 14);
    json_array_foreach(json_object_get(result, "rows"), i, row) {
        const double trained = real(row, "train_fidelity"), optimum = real(row, "optimum");
        const bool orthonormal = is(row, "method", "linear, orthonormal"), pca = is(row, "method", "principal components");
        const bool quantum = is(row, "method", "quantum autoencoder"), ghz = is(row, "family", "ghz-phase");
        if (orthonormal || pca || quantum) {
            assert_true(trained <= optimum + 1e-9);
            assert_true(real(row, "reversal") < 1e-9);
        }
        if (pca) assert_true(fabs(trained - optimum) < 1e-9);
        if (quantum) assert_true(real(row, "norm_drift") < 1e-9 && real(row, "purity") <= 1 + 1e-9);
        if (ghz && is(row, "method", "moduli alone, uncompressed")) {
            assert_true(real(row, "closed_form") == 0.5);
            assert_true(fabs((real(row, "train_fidelity") * 16 + real(row, "fidelity") * 8) / 24 - 0.5) < 0.25);
        }
        if (is(row, "method", "network on moduli") && ghz) assert_true(trained < 0.9);
    }
    the_report_has("does not hold: an orthonormal linear map", "principal components");
    json_decref(result);
}

static void what_cannot_be_is_refused(void **unused) {
    (void)unused;
    write_text("study.ini", LOCALITY);
    assert_int_equal(ketwall("study non-locality study.ini -p study.sites=8"), 65);
    said("study.sites: 8: expected odd lengths");
    assert_int_equal(ketwall("study non-locality study.ini -p study.chanels=8"), 65);
    said("study.channels");
    write_text("study.ini", UNITARITY);
    assert_int_equal(ketwall("study unitarity study.ini -p study.families=ghz-phase"), 65);
    said("expected a family and its latent qubits");
    assert_int_equal(ketwall_on(rank_counts > 1 ? 2 : 1, "study unitarity study.ini -p 'study.families=w-faze 1'"), 65);
    said("data.family");
    assert_int_equal(ketwall("study unitarity study.ini -p 'study.families=w-phase 3'"), 65);
    said("qae.latent");
    assert_int_equal(ketwall("study unitarity study.ini -p study.test_members=24"), 65);
    assert_int_equal(ketwall("study unitarity missing.ini"), 65);
    assert_int_equal(ketwall("study unitarity study.ini -p run.dir=/dev/null/rows"), 74);
    assert_int_equal(ketwall("study unitary study.ini"), 64);
    said("unitarity");
    if (KETWALL_SERIAL) return;
    write_text("barren.ini", "[run]\ndir = barren\n[study]\ntrash = 3\n");
    assert_int_equal(ketwall_on(3, "study barren-qae barren.ini"), 64); /* before any row */
    said("3 ranks: a power of two is needed; the nearest are 2 and 4");
    assert_int_equal(shell("test ! -e barren/result.json"), 0);
}

static void every_study_has_its_template(void **unused) {
    (void)unused;
    assert_int_equal(ketwall("study --help | sed -n 's/^  \\([a-z-]*\\)  .*/\\1/p' >names; echo quantum-train >>names"), 0);
    assert_int_equal(shell("test $(wc -l <names) -ge 6"), 0);
    assert_int_equal(shell("for name in $(cat names); do %s config template $name >$name.ini && %s config show $name.ini "
                           "--study $name >$name.out || exit 1; grep -q '^seeds\\|^seed' $name.out || exit 2; done",
                           KETWALL_PROGRAM, KETWALL_PROGRAM),
                     0);
    assert_int_equal(ketwall("config template no-study"), 64);
    assert_int_equal(ketwall("config show unitarity.ini --study no-study"), 64);
    said("ketwall study --help names them");
    assert_int_equal(ketwall("config show unitarity.ini --study unitarity -p study.width=many"), 65);
    said("study.width");
}

int main(void) {
    const struct CMUnitTest tests[] = {IN_SHELL(nothing_out_of_reach_beats_one_half),
                                       IN_SHELL(phases_are_lost_where_they_are_not_fed), IN_SHELL(what_cannot_be_is_refused),
                                       IN_SHELL(every_study_has_its_template)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
