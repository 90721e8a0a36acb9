/* ketwall plan of circuits and for machines: exit codes, and the names in its JSON. */
#include "cli/shell.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define HEAD "OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[8];\ncreg c[8];\n"

/* Prices are given, so that nothing is measured and every plan is the same. */
static const char machine[] = "[machine]\nnodes = 2\nranks_per_node = 4\ncores_per_node = 8\nmemory_per_node = 1GiB\n"
                              "memory_bandwidth = 100\nnetwork_bandwidth = 10\n";

static int make_files(void **state) {
    if (shell_make_folder(state)) return -1;
    write_text("m.ini", machine);
    write_text("static.qasm", HEAD "h q;\nry(0.3) q[7];\ncx q[7],q[0];\nmeasure q -> c;\n");
    write_text("dynamic.qasm", HEAD "x q[7];\nmeasure q[7] -> c[0];\nif(c==1) ry(0.4) q[7];\nreset q[7];\n");
    write_text("angleless.qasm", HEAD "h q;\n");
    return 0;
}

#define IN_FILES(test) cmocka_unit_test_setup_teardown(test, make_files, shell_remove_folder)

static double real_number(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    if (!json_is_real(value)) fail_msg("%s is not a number", name);
    return json_real_value(value);
}

static json_t *plan_of(const char *words) {
    assert_int_equal(ketwall("plan %s --machine m.ini --json plan.json", words), 0);
    return read_json("plan.json");
}

/* What run writes and plan can know, with the same values. */
static void plans_use_the_names_of_runs(void **state) {
    (void)state;
    static const char *const names[] = {"qubits", "passes", "exchanges", "bytes_exchanged", "peak_bytes_per_rank"};
    const int ranks = KETWALL_SERIAL ? 1 : 2;
    const char *words = "static.qasm --shots 10 --observable X7 --amplitudes 0,255 --precision single";
    char given[256];
    snprintf(given, sizeof given, "%s --ranks %d", words, ranks);
    json_t *plan = plan_of(given);
    assert_int_equal(ketwall_on(ranks, "run %s --json result.json", words), 0);
    json_t *result = read_json("result.json");
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        assert_int_equal(whole_number(plan, names[i]), whole_number(result, names[i]));
    assert_true(real_number(plan, "seconds") > 0 && json_is_real(json_object_get(result, "seconds")));
    const double parts = real_number(plan, "seconds_compute") + real_number(plan, "seconds_exchange");
    assert_true(fabs(parts - real_number(plan, "seconds")) < 1e-15);
    assert_true(json_is_true(json_object_get(plan, "exact")));
    assert_string_equal(json_string_value(json_object_get(plan, "machine")), "m.ini");
    json_decref(plan);
    json_decref(result);
    assert_int_equal(ketwall("plan static.qasm --json -"), 0); /* this machine */
    said("\"machine\": null");
    said("\"seconds\": ");
}

static void programs_that_decide_as_they_go(void **state) {
    (void)state;
    assert_int_equal(ketwall("plan dynamic.qasm"), 65);
    said("needs --shots");
    assert_int_equal(ketwall("plan dynamic.qasm --shots 5 --amplitudes all"), 65);
    json_t *plan = plan_of("dynamic.qasm --shots 9 --ranks 4");
    assert_true(json_is_false(json_object_get(plan, "exact")));
    assert_int_equal(whole_number(plan, "replicas"), 4);
    json_decref(plan);
    assert_int_equal(ketwall("plan dynamic.qasm --shots 9 --machine m.ini"), 0);
    said("at most");
}

static void gradients_of_files(void **state) {
    (void)state;
    json_t *once = plan_of("static.qasm"), *gradient = plan_of("static.qasm --gradient");
    assert_true(json_is_true(json_object_get(gradient, "gradient")));
    assert_true(whole_number(gradient, "peak_bytes_per_rank") >= 2 * 16 * 256);
    assert_int_equal(whole_number(gradient, "passes"), 3 * whole_number(once, "passes"));
    assert_true(real_number(gradient, "seconds") > real_number(once, "seconds"));
    json_decref(once);
    json_decref(gradient);
    assert_int_equal(ketwall("plan angleless.qasm --gradient"), 65);
    said("nothing to train");
    assert_int_equal(ketwall("plan dynamic.qasm --gradient"), 65);
    assert_int_equal(ketwall("plan static.qasm --gradient --shots 5"), 64);
    assert_int_equal(ketwall("plan static.qasm --gradient --observable Z0 --observable Z1"), 64);
    assert_int_equal(ketwall("plan --qubits 10 --gradient --observable Z0 --machine m.ini"), 0);
}

static void amplitudes_as_for_run(void **state) {
    (void)state;
    assert_int_equal(ketwall("plan static.qasm --amplitudes 1,x"), 64);
    assert_int_equal(ketwall("plan static.qasm --amplitudes 256"), 65);
    assert_int_equal(ketwall("plan --qubits 25 --amplitudes all"), 65);
    assert_int_equal(ketwall("plan --qubits 24 --amplitudes all --machine m.ini"), 0);
}

static void machines(void **state) {
    (void)state;
    json_t *eight = plan_of("--qubits 30 --ranks 8");
    assert_int_equal(whole_number(eight, "memory_per_rank"), (1 << 30) / 4);
    assert_true(json_is_false(json_object_get(eight, "fits")));
    json_decref(eight);
    json_t *more = plan_of("--qubits 30 --ranks 8 --memory-per-rank 3GiB");
    assert_true(json_is_true(json_object_get(more, "fits")));
    json_decref(more);
    assert_int_equal(ketwall("plan --qubits 30 --ranks 16 --machine m.ini"), 64);
    said("2 nodes of 4 ranks, 8 in all");
    said("machine.nodes");
    assert_int_equal(ketwall("plan --qubits 30 --machine none.ini"), 65);
    write_text("bad.ini", "[machine]\nnods = 2\n");
    assert_int_equal(ketwall("plan --qubits 30 --machine bad.ini"), 65);
    said("bad.ini:2");
    said("did you mean machine.nodes");
    assert_int_equal(shell("%s config template machine >mine.ini", KETWALL_PROGRAM), 0);
    assert_int_equal(ketwall("plan --qubits 12 --machine mine.ini"), 0);
    said("nodes of mine.ini");
    assert_int_equal(ketwall("plan --qubits 12 --ranks 4096"), 0);
    said("more ranks than cores");
    assert_int_equal(ketwall("plan --qubits 62 --layers 2 --ranks 65536"), 0);
}

/* The largest circuits are planned, and twice the same. */
static void large_plans(void **state) {
    (void)state;
    write_text("large.ini", "[machine]\nnodes = 65536\nranks_per_node = 1\ncores_per_node = 64\nmemory_per_node = 1TiB\n"
                            "memory_bandwidth = 400\nnetwork_bandwidth = 25\n");
    const char *words = "plan --qubits 62 --layers 550 --ranks 65536 --machine large.ini --json"; /* 10^5 gates */
    assert_int_equal(ketwall("%s a.json", words), 0);
    assert_int_equal(ketwall("%s b.json", words), 0);
    json_t *a = read_json("a.json"), *b = read_json("b.json");
    assert_true(json_equal(a, b));
    assert_true(real_number(a, "seconds") > 0);
    json_decref(a);
    json_decref(b);
}

static void autoencoders(void **state) {
    (void)state;
    write_text("qae.ini", "[run]\ndir = run\n[data]\nqubits = 12\n[train]\nsteps = 7\n");
    json_t *plan = plan_of("qae.ini");
    const double step = real_number(json_object_get(plan, "gradient_evaluation"), "seconds");
    assert_true(step > real_number(json_object_get(plan, "cost_evaluation"), "seconds"));
    assert_true(real_number(plan, "seconds_training") > 7 * step);
    assert_true(real_number(plan, "seconds") > real_number(plan, "seconds_training"));
    json_decref(plan);
    plan = plan_of("qae.ini -p train.optimiser=lbfgs"); /* decides as it goes */
    assert_true(json_is_null(json_object_get(plan, "seconds")));
    assert_true(real_number(json_object_get(plan, "gradient_evaluation"), "seconds") == step);
    json_decref(plan);
    assert_int_equal(ketwall("plan qae.ini --machine m.ini"), 0);
    said("one gradient");
    /* members that circuits make: the seconds of those circuits, too, but not of files that hold states */
    write_text("make.qasm", "OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[12];\nh q;\ncx q[0], q[11];\n");
    plan = plan_of("qae.ini -p data.family=files -p data.files=make.qasm");
    assert_true(real_number(json_object_get(plan, "gradient_evaluation"), "seconds") > 0);
    assert_true(real_number(json_object_get(plan, "setup"), "seconds") > 0);
    json_decref(plan);
    assert_int_equal(ketwall("run make.qasm --save-state state.h5"), 0);
    plan = plan_of("qae.ini -p data.family=files -p data.files=state.h5");
    assert_true(
        json_is_null(json_object_get(json_object_get(plan, "setup"), "seconds"))); /* where they are read, and kept */
    json_decref(plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FILES(plans_use_the_names_of_runs),
        IN_FILES(programs_that_decide_as_they_go),
        IN_FILES(gradients_of_files),
        IN_FILES(amplitudes_as_for_run),
        IN_FILES(machines),
        IN_FILES(large_plans),
        IN_FILES(autoencoders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
