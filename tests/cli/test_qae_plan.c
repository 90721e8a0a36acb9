/* ketwall plan says what ketwall qae will count; ketwall report shows what it did. */
#include "cli/shell.h"

#include <stdio.h>
#include <string.h>

static const char *const words[] = {
    "-p data.family=cerezo -p data.qubits=9 -p run.ranks_per_state=%d -p train.steps=5 -p train.evaluate_every=2",
    "-p data.family=stabilizer -p data.logical=2 -p data.qubits=8 -p data.test_members=1 -p qae.latent=2 "
    "-p run.ranks_per_state=%d -p data.keep=no -p train.steps=3 -p run.precision=single -p ansatz.name=hea",
    "-p data.family=w-phase -p data.qubits=7 -p data.members=6 -p qae.trash=0,3 -p run.ranks_per_state=%d -p data.keep=yes "
    "-p train.optimiser=spsa -p train.steps=4 -p train.shots=20",
    "-p data.family=ghz-phase -p data.qubits=9 -p data.members=4 -p run.ranks_per_state=%d -p data.keep=yes -p "
    "train.steps=3 "
    "-p run.precision=s16",
    "-p data.family=stabilizer -p data.logical=1 -p data.qubits=9 -p run.ranks_per_state=%d -p data.keep=no -p "
    "train.steps=2 "
    "-p run.precision=s8 -p run.max_infidelity=0 -p ansatz.name=hea",
    "-p data.family=ghz-phase -p data.qubits=7 -p data.members=3 -p run.ranks_per_state=%d -p ansatz.name=u3-cu3 -p "
    "ansatz.layers=1 -p train.gradient=shift -p train.shots=7 -p train.steps=2",
};
enum { WORDS = sizeof words / sizeof *words };

static void check_equal(const json_t *plan, const json_t *result, const char *what) {
    static const char *const names[] = {"exchanges", "bytes_exchanged", "peak_bytes_per_rank"};
    for (int i = 0; i < 3; ++i) {
        const uint64_t foretold = whole_number(plan, names[i]), counted = whole_number(result, names[i]);
        if (foretold != counted)
            fail_msg("%s, %s: foretold %llu, counted %llu", what, names[i], (unsigned long long)foretold,
                     (unsigned long long)counted);
    }
}

/* One run, its result as JSON on the way; `spread`: ranks per state. */
static void check_run(int set, int ranks, int spread) {
    char given[512];
    snprintf(given, sizeof given, words[set], spread);
    shell("rm -rf run");
    /* the other streams keep what belongs to people */
    assert_int_equal(shell("%s plan qae.ini %s --ranks %d --json - 2>errors >plan.json", KETWALL_PROGRAM, given, ranks), 0);
    assert_int_equal(ketwall_on(ranks, "qae qae.ini %s --json again.json", given), 0);
    json_t *plan = read_json("plan.json"), *result = read_json("run/result.json"), *again = read_json("again.json");
    assert_true(json_equal(result, again));
    check_equal(plan, result, "run");
    const char *step = strstr(given, "spsa") ? "cost_evaluation" : "gradient_evaluation";
    check_equal(json_object_get(plan, step), json_object_get(result, step), step);
    check_equal(json_object_get(plan, "evaluation"), json_object_get(result, "evaluation"), "evaluation");
    assert_true(json_is_true(json_object_get(plan, "fits")));
    static const char *const same[] = {"qubits",          "latent", "trash",      "ranks",    "replicas",
                                       "ranks_per_state", "gates",  "parameters", "steps",    "precision",
                                       "members_kept",    "family", "gradient",   "circuits", "copies"};
    for (size_t i = 0; i < sizeof same / sizeof *same; ++i) {
        assert_non_null(json_object_get(plan, same[i]));
        if (!json_equal(json_object_get(plan, same[i]), json_object_get(result, same[i]))) fail_msg("%s differs", same[i]);
    }
    /* ranks that share a state talk to each other */
    assert_true((whole_number(result, "exchanges") > 0) == (spread > 1));
    json_decref(again);
    json_decref(result);
    json_decref(plan);
}

static void plans_come_true(void **state) {
    (void)state;
    write_text("qae.ini", "[run]\ndir = run\n");
    for (int set = 0; set < WORDS; ++set)
        for (int r = 0; r < rank_counts; ++r)
            for (int spread = 1; spread <= 1 << r; spread *= 2)
                if (r < 2 || spread > 1) check_run(set, 1 << r, spread);
}

/* Without a fixed number of evaluations the whole run is not foretold, one evaluation still is. */
static void what_is_not_known_is_null(void **state) {
    (void)state;
    write_text("qae.ini", "[run]\ndir = run\n[train]\noptimiser = lbfgs\nsteps = 4\n");
    assert_int_equal(shell("%s plan qae.ini --json plan.json", KETWALL_PROGRAM), 0);
    json_t *plan = read_json("plan.json");
    assert_true(json_is_null(json_object_get(plan, "exchanges")));
    assert_true(json_is_integer(json_object_get(json_object_get(plan, "gradient_evaluation"), "exchanges")));
    assert_int_equal(ketwall_on(1, "qae qae.ini"), 0);
    json_t *result = read_json("run/result.json");
    assert_int_equal(whole_number(plan, "peak_bytes_per_rank"), whole_number(result, "peak_bytes_per_rank"));
    json_decref(result);
    json_decref(plan);
}

static void plans_say_what_would_fit(void **state) {
    (void)state;
    write_text("qae.ini", "[run]\ndir = run\n[data]\nqubits = 20\nmembers = 2\n");
    assert_int_equal(ketwall("plan qae.ini --memory-per-rank 10MiB --ranks 2"), 0);
    said("fits: false");
    said("it would fit on 4 ranks");
    assert_int_equal(ketwall("plan qae.ini --memory-per-rank 10MiB --ranks 4 --json plan.json"), 0);
    json_t *plan = read_json("plan.json");
    assert_true(json_is_true(json_object_get(plan, "fits")));
    assert_int_equal(whole_number(plan, "ranks_per_state"), 4);
    json_decref(plan);
    assert_int_equal(ketwall("plan missing.ini"), 65);
    assert_int_equal(shell("test -e run"), 1);
}

/* Two finished runs and one that was stopped. */
static void reports_show_finished_runs(void **state) {
    (void)state;
    const int ranks = KETWALL_SERIAL ? 1 : 2;
    write_text("qae.ini", "[data]\nfamily = ghz-phase\nqubits = 4\ntest_members = 2\n[train]\nsteps = 12\n");
    assert_int_equal(ketwall_on(ranks, "qae qae.ini -p run.dir=one"), 0);
    said("train    fidelity ");
    said("test     fidelity ");
    said("12 steps");
    assert_int_equal(ketwall_on(1, "qae qae.ini -p run.dir=two -p train.optimiser=spsa -p data.test_members=0"), 0);
    assert_int_equal(ketwall("report one two -o page.html"), 0);
    said("page.html: 2 runs");
    assert_int_equal(shell("grep -q '</html>' page.html && grep -q 'ghz-phase' page.html && grep -q 'phi = ' page.html && "
                           "! grep -E '(src|href) *= *.?(https?:|/)' page.html"),
                     0);
    assert_int_equal(ketwall_on(1, "qae qae.ini -p run.dir=three -p run.max_wall_s=1e-9"), 75);
    assert_int_equal(ketwall("report one three -o other.html"), 65);
    said("three/result.json");
    assert_int_equal(shell("test -e other.html"), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SHELL(plans_come_true),
        IN_SHELL(what_is_not_known_is_null),
        IN_SHELL(plans_say_what_would_fit),
        IN_SHELL(reports_show_finished_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
