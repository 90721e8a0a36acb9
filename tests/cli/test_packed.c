/* Packed amplitudes as users meet them: options, results that say what rounding has cost, plans, limits. */
#include "cli/shell.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PAIR (rank_counts > 1 ? 2 : 1)

static const char *const kinds[] = {"s16", "s8"};

/* 11 qubits, so that four ranks hold whole runs; several passes and exchanges. */
static int make_files(void **state) {
    static char text[16384];
    if (shell_make_folder(state)) return -1;
    size_t length = (size_t)sprintf(text, "OPENQASM 2.0; include \"qelib1.inc\"; qreg q[11]; creg c[11];\n");
    for (int layer = 0; layer < 12; ++layer)
        for (int q = 0; q < 11; ++q)
            length += (size_t)sprintf(text + length, "ry(%d.5) q[%d]; rz(0.%d) q[%d]; cx q[%d],q[%d];\n", layer % 7, q,
                                      3 + q, q, q, (q + 1 + layer % 10) % 11);
    sprintf(text + length, "measure q -> c;\n");
    write_text("c.qasm", text);
    write_text("shots.qasm", "OPENQASM 2.0; include \"qelib1.inc\"; qreg q[8]; creg c[8]; h q; measure q[7] -> c[7];\n"
                             "if(c==128) ry(0.3) q[7]; ry(0.7) q[0]; cx q[0],q[7]; measure q -> c;\n");
    write_text("m.ini", "[machine]\nnodes = 1\nranks_per_node = 4\ncores_per_node = 4\nmemory_per_node = 1GiB\n"
                        "memory_bandwidth = 100\n");
    return 0;
}

#define IN_FILES(test) cmocka_unit_test_setup_teardown(test, make_files, shell_remove_folder)

static double real(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    if (!json_is_real(value)) fail_msg("%s is no real number", name);
    return json_real_value(value);
}

static const char *text(const json_t *object, const char *name) {
    const char *value = json_string_value(json_object_get(object, name));
    if (!value) fail_msg("%s is no text", name);
    return value;
}

static void words_are_read_and_refused(void **state) {
    (void)state;
    assert_int_equal(ketwall("run c.qasm --precision s15"), 64);
    said("--precision: ");
    said("expected one of double, single, s16, s8");
    assert_int_equal(ketwall("plan c.qasm --precision s15"), 64);
    assert_int_equal(ketwall("bench rqc --precision half"), 64);
    assert_int_equal(ketwall("run c.qasm --rounding up"), 64);
    said("--rounding: ");
    said("expected one of auto, nearest, stochastic");
    assert_int_equal(ketwall("plan c.qasm --rounding up"), 64);
    assert_int_equal(ketwall("run c.qasm --max-infidelity 1.5"), 64);
    said("--max-infidelity 1.5: expected an infidelity, from 0 to 1");
    assert_int_equal(ketwall("run c.qasm --max-infidelity little"), 64);
    write_text("qae.ini", "[qae]\nlatent = 1\n[run]\nprecision = s12\n");
    assert_int_equal(ketwall("qae qae.ini"), 65);
    said("qae.ini:4");
    said("run.precision");
    write_text("qae.ini", "[qae]\nlatent = 1\n[run]\nrounding = never\n");
    assert_int_equal(ketwall("qae qae.ini"), 65);
    said("run.rounding");
    write_text("qae.ini", "[qae]\nlatent = 1\n[run]\nmax_infidelity = 2\n");
    assert_int_equal(ketwall("qae qae.ini"), 65);
    said("run.max_infidelity");
}

/* A double-precision run beside it stays within what is claimed. */
static void results_carry_their_error(void **state) {
    (void)state;
    const char *words = "run c.qasm --observable 'Z0 Z5' --observable X3 --shots 20";
    assert_int_equal(ketwall("%s --json exact.json", words), 0);
    assert_null(strstr(shell_output, "rounding"));
    json_t *exact = read_json("exact.json");
    assert_null(json_object_get(exact, "rounding"));
    assert_true(real(json_object_get(exact, "infidelity"), "bound") == 0);
    for (int r = 0; r < rank_counts; ++r)
        for (int k = 0; k < 2; ++k) {
            assert_int_equal(ketwall_on(1 << r, "%s --precision %s --json out.json", words, kinds[k]), 0);
            said(kinds[k]);
            said("infidelity");
            json_t *out = read_json("out.json");
            const json_t *infidelity = json_object_get(out, "infidelity");
            const double estimate = real(infidelity, "estimate"), bound = real(infidelity, "bound");
            assert_true(estimate > 0 && estimate < (k ? 1e-2 : 1e-6) && bound >= estimate * (1 - 1e-12) && bound < 0.5);
            assert_string_equal(text(out, "precision"), kinds[k]);
            assert_string_equal(text(out, "rounding"), "nearest");
            for (size_t i = 0; i < 2; ++i) {
                const json_t *one = json_array_get(json_object_get(out, "expectations"), i);
                const json_t *true_one = json_array_get(json_object_get(exact, "expectations"), i);
                assert_true(real(true_one, "bound") == 0 && real(one, "bound") > 0);
                assert_true(fabs(real(one, "value") - real(true_one, "value")) <= real(one, "bound") + 1e-6);
            }
            json_decref(out);
        }
    json_decref(exact);
}

static void stochastic_rounding_is_reproducible(void **state) {
    (void)state;
    const char *words = "run c.qasm --precision s8 --rounding stochastic --amplitudes 0,77,1000 --seed";
    assert_int_equal(ketwall_on(PAIR, "%s 5 --json a.json", words), 0);
    said("rounding stochastic");
    assert_int_equal(ketwall_on(PAIR, "%s 5 --json b.json", words), 0);
    assert_int_equal(ketwall_on(PAIR, "%s 6 --json c.json", words), 0);
    json_t *a = read_json("a.json"), *b = read_json("b.json"), *c = read_json("c.json");
    assert_true(json_equal(json_object_get(a, "amplitudes"), json_object_get(b, "amplitudes")));
    assert_false(json_equal(json_object_get(a, "amplitudes"), json_object_get(c, "amplitudes")));
    json_decref(a);
    json_decref(b);
    json_decref(c);
}

static void too_much_noise_stops_the_run(void **state) {
    (void)state;
    for (int r = 0; r < rank_counts; ++r) {
        assert_int_equal(ketwall_on(1 << r, "run c.qasm --precision s8 --max-infidelity 1e-7"), 70);
        said("1e-07");
        assert_int_equal(ketwall_on(1 << r, "run shots.qasm --shots 9 --precision s8 --max-infidelity 1e-12"), 70);
        assert_int_equal(ketwall_on(1 << r, "run c.qasm --precision s8 --max-infidelity 0"), 0);
    }
    const char *words =
        "-p run.dir=r -p data.qubits=9 -p train.steps=2 -p run.precision=s8 -p ansatz.name=hea -p ansatz.layers=9";
    write_text("qae.ini", "[qae]\nlatent = 1\n");
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini %s -p run.max_infidelity=1e-9", words), 70);
    /* the remedy: go on with a higher limit */
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini %s -p run.max_infidelity=0 --resume auto", words), 0);
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini %s -p run.rounding=nearest --resume auto", words), 65);
    said("run.rounding");
}

static void plans_come_true(void **state) {
    (void)state;
    static const char *const names[] = {"qubits", "passes", "exchanges", "bytes_exchanged", "peak_bytes_per_rank"};
    static const char *const runs[] = {"c.qasm --shots 50 --observable 'X10 Z0' --amplitudes 0,5", "c.qasm",
                                       "shots.qasm --shots 8 --observable Z7"};
    for (int r = 0; r < rank_counts; ++r)
        for (int k = 0; k < 2; ++k)
            for (size_t i = 0; i < sizeof runs / sizeof *runs; ++i) {
                assert_int_equal(
                    ketwall("plan %s --precision %s --ranks %d --machine m.ini --json plan.json", runs[i], kinds[k], 1 << r),
                    0);
                assert_int_equal(ketwall_on(1 << r, "run %s --precision %s --json out.json", runs[i], kinds[k]), 0);
                json_t *plan = read_json("plan.json"), *out = read_json("out.json");
                for (size_t j = 0; j < sizeof names / sizeof *names; ++j)
                    if (whole_number(plan, names[j]) != whole_number(out, names[j]))
                        fail_msg("%s, %s, %d ranks, %s: foretold %llu, counted %llu", runs[i], kinds[k], 1 << r, names[j],
                                 (unsigned long long)whole_number(plan, names[j]),
                                 (unsigned long long)whole_number(out, names[j]));
                assert_string_equal(text(plan, "rounding"), text(out, "rounding"));
                assert_true(real(plan, "seconds") > 0);
                json_decref(plan);
                json_decref(out);
            }
}

static void plans_foretell_noise_and_what_fits(void **state) {
    (void)state;
    assert_int_equal(ketwall("plan --qubits 30 --layers 40 --machine m.ini --precision s8 --memory-per-rank 3GiB"), 0);
    said("infidelity about");
    assert_int_equal(
        ketwall("plan --qubits 30 --layers 40 --machine m.ini --precision s8 --max-infidelity 1e-6 --json plan.json"), 0);
    said("above the limit of 1e-06");
    said("fits: false"); /* and no kind would */
    assert_null(strstr(shell_output, "fits with"));
    json_t *plan = read_json("plan.json");
    assert_true(json_is_false(json_object_get(plan, "within_max_infidelity")));
    assert_null(json_object_get(plan, "fits_with_precision"));
    json_decref(plan);
    assert_int_equal(ketwall("plan --qubits 30 --machine m.ini --memory-per-rank 5GiB --json plan.json"), 0);
    said("fits with --precision s16");
    plan = read_json("plan.json");
    assert_string_equal(text(plan, "fits_with_precision"), "s16");
    assert_true(json_is_true(json_object_get(plan, "within_max_infidelity")));
    json_decref(plan);
    write_text("qae.ini", "[qae]\nlatent = 1\n[data]\nqubits = 24\nmembers = 2\nkeep = no\n");
    assert_int_equal(ketwall("plan qae.ini --machine m.ini --memory-per-rank 80MiB --json plan.json"), 0);
    said("fits with run.precision = s8");
    plan = read_json("plan.json");
    assert_string_equal(text(plan, "fits_with_precision"), "s8");
    json_decref(plan);
    write_text("vqe.ini", "[vqe]\nqubits = 24\nexact = no\n");
    assert_int_equal(ketwall("plan vqe.ini --machine m.ini --memory-per-rank 150MiB"), 0);
    said("fits with run.precision = s16");
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --memory-per-rank 9000"), PAIR > 1 ? 78 : 78);
    said("--precision s");
}

static void learning_carries_its_error(void **state) {
    (void)state;
    write_text("qae.ini", "[qae]\nlatent = 1\n[data]\nqubits = 9\nmembers = 4\n[train]\nsteps = 3\n");
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini -p run.dir=a -p run.precision=s16"), 0);
    said("s16, rounding ");
    json_t *result = read_json("a/result.json");
    assert_true(real(json_object_get(result, "infidelity"), "estimate") > 0);
    assert_true(real(result, "cost_bound") > 0);
    assert_true(real(json_array_get(json_object_get(result, "members"), 3), "cost_bound") > 0);
    json_decref(result);
    write_text("vqe.ini", "[vqe]\nqubits = 9\n[train]\nsteps = 3\n");
    assert_int_equal(ketwall_on(PAIR, "vqe vqe.ini -p run.dir=b -p run.precision=s8"), 0);
    result = read_json("b/result.json");
    assert_true(real(json_object_get(result, "infidelity"), "bound") > 0);
    assert_true(real(result, "energy_bound") > 0);
    json_decref(result);
    assert_int_equal(ketwall("report a b -o page.html"), 0);
    assert_int_equal(shell("grep -q 'infidelity by rounding' page.html && grep -q 'may have moved E' page.html"), 0);
}

static void benchmarks_count_packed_bytes(void **state) {
    (void)state;
    assert_int_equal(ketwall_on(PAIR, "bench rqc gradient qae --qubits 13 --repeats 1 --precision s16 -o out"), 0);
    said("s16 amplitudes");
    json_t *result = read_json("out/result.json");
    const json_t *row = json_array_get(json_object_get(result, "rows"), 0);
    assert_true(real(row, "complex_bytes") == 4.0625);
    assert_string_equal(text(row, "precision"), "s16");
    assert_true(real(row, "infidelity") > 0 && real(row, "bandwidth") > 0 && real(row, "probe") > 0);
    json_decref(result);
    assert_int_equal(ketwall("report out -o page.html"), 0);
    assert_int_equal(shell("grep -q 'largest infidelity' page.html && grep -q 'threads, s16' page.html"), 0);
    assert_int_equal(ketwall("bench sweep --qubits 10 --repeats 1 --precision s8"), 0);
    if (rank_counts > 1)
        assert_int_equal(ketwall_on(2, "bench exchange exchange_low --qubits 12 --repeats 1 --precision s8"), 0);
}

static void directories_of_another_rounding_are_refused(void **state) {
    (void)state;
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --precision s16 --dir d"), 0);
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --precision s16 --dir d --resume auto --rounding stochastic"), 65);
    said("was made with \"rounding = auto\", now it is \"rounding = stochastic\"");
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --precision s8 --dir d --resume auto"), 65);
    said("precision = s16");
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --precision s16 --dir d --resume auto --max-infidelity 0.2"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FILES(words_are_read_and_refused),
        IN_FILES(results_carry_their_error),
        IN_FILES(stochastic_rounding_is_reproducible),
        IN_FILES(too_much_noise_stops_the_run),
        IN_FILES(plans_come_true),
        IN_FILES(plans_foretell_noise_and_what_fits),
        IN_FILES(learning_carries_its_error),
        IN_FILES(benchmarks_count_packed_bytes),
        IN_FILES(directories_of_another_rounding_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
