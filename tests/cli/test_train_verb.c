/* ketwall train and ketwall study from the command line: results, plans, resume, mistakes. */
#include "cli/shell.h"

enum { PAIR = KETWALL_SERIAL ? 1 : 2 };

static const char small[] = "[run]\ndir = run\n[data]\nset = digits\ntrain = 96\nvalidation = 32\ntest = 64\n"
                            "[cnn]\nlayers = conv 2 5, relu, pool 4, dense 10\n[generator]\nhidden = 6\n"
                            "[ansatz]\nlayers = 2\n[train]\nbatch = 32\nepochs = 3\n";

static void runs_are_planned_and_reported(void **state) {
    (void)state;
    write_text("t.ini", small);
    for (int ranks = 1; ranks <= (rank_counts > 1 ? 3 : 1); ++ranks) {
        shell("rm -rf run");
        assert_int_equal(ketwall_on(ranks, "train t.ini --json result.json"), 0);
        said("test       accuracy");
        assert_int_equal(shell("OMP_NUM_THREADS=1 %s plan t.ini --ranks %d --json - >plan.json", KETWALL_PROGRAM, ranks), 0);
        json_t *plan = read_json("plan.json"), *result = read_json("result.json"), *kept = read_json("run/result.json");
        static const char *const same[] = {"weights",         "parameters",   "angles",    "qubits",         "steps",
                                           "steps_per_epoch", "train_images", "exchanges", "bytes_exchanged"};
        for (size_t i = 0; i < sizeof same / sizeof *same; ++i)
            if (!json_equal(json_object_get(plan, same[i]), json_object_get(result, same[i]))) fail_msg("%s", same[i]);
        assert_true(json_equal(result, kept));
        assert_int_equal(whole_number(result, "steps"), 9);
        json_decref(plan);
        json_decref(result);
        json_decref(kept);
    }
    assert_int_equal(ketwall("report run -o report.html"), 0);
    assert_int_equal(shell("grep -q 'Quantum-Train' report.html"), 0);
    assert_int_equal(ketwall("plan t.ini"), 0);
    said("weights:       782 from");
    assert_int_equal(ketwall("plan t.ini --verbose >plan.txt; grep -q 'ry' plan.txt"), 0);
    assert_int_equal(shell("%s config template train >all.ini && %s config show all.ini", KETWALL_PROGRAM, KETWALL_PROGRAM),
                     0);
}

static void runs_go_on(void **state) {
    (void)state;
    write_text("t.ini", small);
    assert_int_equal(ketwall_on(PAIR, "train t.ini -p run.max_wall_s=1e-9"), 75);
    assert_int_equal(ketwall_on(PAIR, "train t.ini"), 65);
    said("--resume auto");
    assert_int_equal(ketwall_on(1, "train t.ini --resume auto"), 0);
    assert_int_equal(ketwall_on(1, "train t.ini --resume auto -p train.learning_rate=1"), 65);
    said("train.learning_rate");
    assert_int_equal(ketwall_on(1, "train t.ini --resume auto -p train.epochs=4"), 0);
    said("12 steps");
}

static void mistakes_are_named(void **state) {
    (void)state;
    write_text("t.ini", small);
    write_text("bad.ini", "[generator]\nsauce = circuit\n");
    assert_int_equal(ketwall_on(PAIR, "train bad.ini"), 65);
    said("generator.source");
    assert_int_equal(ketwall_on(PAIR, "train t.ini -p data.set=mnist -p data.dir=nowhere"), 65);
    said("nowhere");
    assert_int_equal(ketwall_on(PAIR, "train t.ini -p run.memory_per_rank=100KiB"), 78);
    said("generator.chunk");
    assert_int_equal(ketwall_on(PAIR, "study quantum t.ini"), 64);
    said("expected one of quantum-train");
    assert_int_equal(ketwall_on(PAIR, "study quantum-train t.ini -p study.controls=luck"), 65);
    said("luck");
    assert_int_equal(ketwall("study"), 64);
}

static void studies_are_tables(void **state) {
    (void)state;
    write_text("t.ini", small);
    const char *line =
        "study quantum-train t.ini -p study.seeds=2 -p study.direct_epochs=2 -p study.controls=circuit,bits,pruned "
        "--json study.json";
    for (int again = 0; again < 2; ++again) { /* the second time nothing is left to do */
        assert_int_equal(ketwall_on(PAIR, "%s", line), 0);
        said("pruned");
        json_t *study = read_json("study.json"), *rows = json_object_get(study, "rows");
        assert_int_equal(json_array_size(rows), 3);
        for (size_t i = 0; i < 3; ++i) {
            const json_t *row = json_array_get(rows, i);
            assert_int_equal(json_array_size(json_object_get(row, "test_accuracies")), 2);
            assert_true(whole_number(row, "parameters") <= whole_number(json_array_get(rows, 0), "parameters"));
        }
        json_decref(study);
    }
    assert_int_equal(ketwall("report run -o study.html"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {IN_SHELL(runs_are_planned_and_reported), IN_SHELL(runs_go_on),
                                       IN_SHELL(mistakes_are_named), IN_SHELL(studies_are_tables)};
    return cmocka_run_group_tests_name("train", tests, NULL, NULL);
}
