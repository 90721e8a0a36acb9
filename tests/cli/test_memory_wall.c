/* ketwall study memory-wall as a user runs it: rows of every kind, of machines, of published runs and of other
 * representations; going on, refusals. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/shell.h"

static const char CONFIG[] =
    "[run]\ndir = wall\n[study]\nleast = 10\nmost = 12\nstep = 2\nrepeats = 1\ncheckpoint_most = 12\n"
    "sizes = 6, 40\nextrapolate = 14, 24\nvector_most = 8\nmps_bond = 16\n";

/* Two nodes with room for 20 qubits in double on both together; a node whose ranks cannot share a state. */
static const char MACHINE[] = "[machine]\nnodes = 2\nranks_per_node = 2\ncores_per_node = 2\nmemory_per_node = 9MiB\n"
                              "memory_bandwidth = 10\nnetwork_bandwidth = 1\ndisk_bandwidth = 1\n",
                  ODD_MACHINE[] = "[machine]\nranks_per_node = 3\ncores_per_node = 3\nmemory_per_node = 9MiB\n"
                                  "memory_bandwidth = 10\n";

static double real(const json_t *row, const char *name) {
    const json_t *value = json_object_get(row, name);
    if (!json_is_number(value)) fail_msg("no number %s", name);
    return json_number_value(value);
}

static bool is(const json_t *row, const char *key, const char *text) {
    const char *value = json_string_value(json_object_get(row, key));
    return value && !strcmp(value, text);
}

static size_t rows_of(const json_t *result, const char *part) {
    size_t i, count = 0;
    json_t *row;
    json_array_foreach(json_object_get(result, "rows"), i, row) count += is(row, "part", part);
    return count;
}

/* The row with these members; `state` and `storage` NULL: any. */
static const json_t *find(const json_t *result, const char *part, const char *state, const char *storage, int qubits) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(result, "rows"), i,
                       row) if (is(row, "part", part) && (!state || is(row, "state", state))
                                && (!storage || is(row, "storage", storage))
                                && (!qubits || (int)whole_number(row, "qubits") == qubits)) return row;
    fail_msg("no row %s, %s, %s, %d", part, state ? state : "-", storage ? storage : "-", qubits);
    return NULL;
}

/* Nothing of what is told is better than what is measured; gradients grow worse with every kind. */
static void expect_row(const json_t *row, int kind, int n, int ranks) {
    static const double bytes[] = {16, 8, 4, 2}, gradient_error[] = {0, 1e-5, 1e-3, 0.3};
    const double amplitudes = (double)(1 << n) / ranks;
    assert_true(real(row, "seconds") > 0 && real(row, "gradient_seconds") > 0 && real(row, "predicted_seconds") > 0);
    assert_true(fabs(real(row, "seconds") - 20 * real(row, "layer_seconds")) < 1e-9); /* rqc has 20 layers */
    assert_true(real(row, "state_bytes") >= bytes[kind] * amplitudes);
    assert_true(real(row, "state_bytes") <= 1.25 * bytes[kind] * amplitudes + 1024);
    assert_true(real(row, "peak_bytes") >= real(row, "state_bytes"));
    assert_true(real(row, "checkpoint_seconds") > 0);
    assert_true(real(row, "checkpoint_bytes") >= bytes[kind] * (double)(1 << n));
    if (kind == 0) {
        assert_null(json_object_get(row, "infidelity_measured"));
        return;
    }
    assert_true(real(row, "gradient_error") < gradient_error[kind]);
    assert_true(real(row, "infidelity_measured") < real(row, "infidelity_bound") + 1e-11);
    if (kind > 1) assert_true(real(row, "infidelity") > 0);
}

/* Bytes double with every qubit, whatever the times on a busy machine. */
static void expect_growth(const json_t *result) {
    const json_t *row = find(result, "growth", "bytes of the state", "double", 0);
    assert_true(fabs(real(row, "factor") - 2) < 0.05);
    assert_true(real(find(result, "reach", NULL, "s8", 0), "most_qubits")
                == real(find(result, "reach", NULL, "double", 0), "most_qubits") + 3);
}

static void every_kind_has_its_rows(void **unused) {
    (void)unused;
    for (int r = 0; r < rank_counts; ++r) {
        static const char *const kinds[] = {"double", "single", "s16", "s8"};
        const int step = r == 2 ? 3 : 1; /* many ranks on few cores take their time */
        write_text("wall.ini", CONFIG);
        assert_int_equal(ketwall_on(1 << r, "study memory-wall wall.ini --json wall.json -p study.states=ghz%s",
                                    step == 3 ? " -p study.precisions=double,s8" : ""),
                         0);
        json_t *result = read_json("wall.json");
        assert_int_equal(rows_of(result, "measured"), step == 3 ? 4 : 8);
        for (int k = 0; k < 4; k += step)
            for (int n = 10; n <= 12; n += 2) expect_row(find(result, "measured", "rqc", kinds[k], n), k, n, 1 << r);
        expect_growth(result);
        assert_int_equal(shell("test -f wall/study.h5 && test ! -e wall/state.h5"), 0);
        json_decref(result);
        assert_int_equal(shell("rm -r wall"), 0);
    }
}

static void other_representations_hold_what_they_can(void **unused) {
    (void)unused;
    write_text("wall.ini", CONFIG);
    assert_int_equal(ketwall("study memory-wall wall.ini --json wall.json -p study.precisions=double -p study.most=10 "
                             "-p study.states=ghz,w,cluster,tfim,random-2,random-30"),
                     0);
    json_t *result = read_json("wall.json");
    static const char *const two[] = {"ghz", "w", "cluster"};
    for (int i = 0; i < 3; ++i) {
        char storage[32];
        snprintf(storage, sizeof storage, "MPS, %s", two[i]);
        const json_t *row = find(result, "other representations", two[i], storage, 40);
        assert_int_equal(real(row, "bond"), 2);
        assert_int_equal(real(row, "bytes"), 4992);
        const json_t *small = find(result, "other representations", two[i], storage, 6);
        assert_true(real(small, "infidelity_measured") < 1e-12);
    }
    assert_int_equal(real(find(result, "other representations", "cluster", "tableau", 40), "bytes"), 8 * (4 * 40 + 2));
    assert_null(json_object_get(find(result, "other representations", "w", "tableau", 40), "bytes"));
    const json_t *ground = find(result, "other representations", "tfim", "MPS, tfim", 6);
    assert_true(real(ground, "bond") < 8 && real(ground, "infidelity_measured") < 1e-6);
    assert_true(is(find(result, "other representations", "tfim", "MPS, tfim", 40), "note",
                   "no statevector of 40 qubits to split (study.vector_most)"));
    assert_true(real(find(result, "other representations", "random-2", "MPS, random-2", 40), "bond") <= 2);
    const json_t *deep = find(result, "other representations", "random-30", "MPS, random-30", 40);
    assert_null(json_object_get(deep, "bytes"));
    assert_non_null(strstr(json_string_value(json_object_get(deep, "note")), "the limit is 16"));
    /* 2 D z + D + z with D = 2^7, z = 4; 4^7 */
    assert_int_equal(real(find(result, "classical networks", "any", "dense autoencoder", 6), "parameters"), 1156);
    assert_int_equal(real(find(result, "classical networks", "any", "one full layer", 6), "parameters"), 16384);
    assert_true(real(find(result, "classical networks", "any", "1-D CNN", 40), "work_bytes") > 16 * 0x1p40);
    json_decref(result);
}

/* A machine that published runs belong to by its name, and one that is too small. */
static void machines_are_foretold(void **unused) {
    (void)unused;
    write_text("wall.ini", CONFIG);
    write_text("archer2.ini", MACHINE);
    assert_int_equal(ketwall("study memory-wall wall.ini --json wall.json -p study.precisions=double -p study.most=10 "
                             "-p study.states=ghz -p study.machines=archer2.ini"),
                     0);
    json_t *result = read_json("wall.json");
    const json_t *fits = find(result, "foretold", "rqc", "double", 14),
                 *wall = find(result, "foretold", "rqc", "double", 24);
    assert_int_equal(whole_number(fits, "nodes"), 1);
    assert_true(real(fits, "layer_seconds") > 0 && real(fits, "gradient_seconds") > 0
                && real(fits, "checkpoint_seconds") > 0);
    assert_null(json_object_get(wall, "layer_seconds"));
    assert_non_null(strstr(json_string_value(json_object_get(wall, "note")), "does not fit"));
    assert_int_equal(rows_of(result, "published runs"), 12); /* of QuEST */
    const json_t *run = find(result, "published runs", "QFT", "QuEST, 33 qubits", 33);
    assert_true(fabs(real(run, "predicted_seconds") / real(run, "seconds") - real(run, "ratio")) < 1e-12);
    /* 33 + 33 * 32 / 4 + 16 / 2 trips of 2 * 128 GiB at 10 GB/s */
    assert_true(fabs(real(run, "predicted_seconds") - 305 * 2 * 0x1p37 / 10e9) < 1);
    json_decref(result);
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.machines=missing.ini -p run.dir=other"), 65);
    said("missing.ini");
    write_text("odd.ini", ODD_MACHINE);
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.machines=odd.ini -p run.dir=other"), 65);
    said("odd.ini: machine.ranks_per_node: 3 ranks: a power of two is needed; the nearest are 2 and 4");
    assert_int_equal(shell("test ! -e other/result.json"), 0);
}

static void it_goes_on_where_it_stopped(void **unused) {
    (void)unused;
    write_text("wall.ini", CONFIG);
    assert_int_equal(shell("mkdir wall && touch wall/stop"), 0);
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.precisions=s16,s8 -p study.states=ghz"), 75);
    json_t *before = read_json("wall/result.json");
    assert_int_equal(json_array_size(json_object_get(before, "rows")), 1);
    assert_int_equal(shell("rm -f wall/stop"), 0);
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.precisions=s16,s8 -p study.states=ghz"), 0);
    json_t *after = read_json("wall/result.json");
    assert_int_equal(rows_of(after, "measured"), 4);
    assert_true(json_equal(json_array_get(json_object_get(before, "rows"), 0),
                           json_array_get(json_object_get(after, "rows"), 0))); /* not measured again */
    json_decref(before);
    json_decref(after);
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.circuit=qft"), 65);
    said("wall/result.json holds rows of other settings");
}

static void what_cannot_be_is_refused(void **unused) {
    (void)unused;
    write_text("wall.ini", CONFIG);
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.precisions=s4"), 65);
    said("study.precisions");
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.states=random-0 -p run.dir=other"), 65);
    said("study.states: unknown 'random-0'");
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.least=20 -p study.most=0 -p run.memory_per_rank=65MiB"),
                     78);
    said("study.least");
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.most=9"), 65);
    said("study.most = 9 is below study.least = 10");
    assert_int_equal(ketwall("study memory-hole wall.ini"), 64);
    said("expected one of quantum-train, memory-wall");
    assert_int_equal(ketwall("study memory-wall wall.ini -p run.dir=/dev/null/wall"), 74);
    if (KETWALL_SERIAL) return;
    assert_int_equal(ketwall_on(3, "study memory-wall wall.ini -p run.dir=three"), 64);
    said("3 ranks: a power of two is needed; the nearest are 2 and 4");
    assert_int_equal(shell("test ! -e three/result.json"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {IN_SHELL(every_kind_has_its_rows), IN_SHELL(other_representations_hold_what_they_can),
                                       IN_SHELL(machines_are_foretold), IN_SHELL(it_goes_on_where_it_stopped),
                                       IN_SHELL(what_cannot_be_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
