/* ketwall bench as a user runs it: rows, files, scaling over ranks, refusals. */
#include <math.h>
#include <string.h>

#include "cli/shell.h"

static const json_t *row_of(const json_t *result, const char *name, int which) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(result, "rows"), i,
                       row) if (!strcmp(json_string_value(json_object_get(row, "name")), name)
                                && json_integer_value(json_object_get(row, "which")) == which) return row;
    fail_msg("no row %s %d", name, which);
    return NULL;
}

static double real(const json_t *row, const char *name) {
    const json_t *value = json_object_get(row, name);
    if (!json_is_number(value)) fail_msg("no number %s", name);
    return json_number_value(value);
}

/* Shares of bounds lie between nothing and what a probe can be off by on a busy machine. */
static void expect_row(const json_t *row, int n, int ranks) {
    assert_int_equal(whole_number(row, "qubits"), n);
    assert_int_equal(whole_number(row, "ranks"), ranks);
    assert_true(real(row, "median_seconds") >= real(row, "best_seconds") && real(row, "best_seconds") > 0);
    assert_true(real(row, "operations") > 0 && real(row, "operations") < 10 * real(row, "peak"));
    assert_true(real(row, "bandwidth") > 0 && real(row, "predicted_seconds") > 0);
}

static void every_benchmark_has_its_rows(void **unused) {
    (void)unused;
    for (int r = 0; r < rank_counts; ++r) {
        const int ranks = 1 << r, local = 12 - r;
        assert_int_equal(ketwall_on(ranks, "bench --qubits 12 --repeats 2 --json rows.json -o out"), 0);
        said("sweep 0");
        said("by qubit:");
        json_t *result = read_json("rows.json");
        for (int q = 0; q < local; ++q) {
            const json_t *row = row_of(result, "sweep", q);
            expect_row(row, 12, ranks);
            assert_int_equal(whole_number(row, "passes"), 1);
            assert_int_equal(whole_number(row, "exchanges"), 0);
        }
        static const char *const circuits[] = {"rqc", "hea", "qft", "gradient", "qae"};
        for (size_t i = 0; i < sizeof circuits / sizeof *circuits; ++i)
            expect_row(row_of(result, circuits[i], 0), 12, ranks);
        for (int width = 1; width <= r; ++width) { /* 2^12 amplitudes of 16 bytes; all but 1 in 2^width leave */
            const uint64_t part = 65536 >> r;
            assert_int_equal(whole_number(row_of(result, "exchange", width - 1), "bytes_exchanged"), part - (part >> width));
            assert_int_equal(whole_number(row_of(result, "exchange_low", width - 1), "exchanges"), 1);
        }
        json_decref(result);
        json_decref(read_json("out/result.json"));
        assert_int_equal(shell("test $(head -c 7 out/bench.h5) = KETWALL && rm -r out"), 0);
    }
}

static void scaling_compares_with_one_rank(void **unused) {
    (void)unused;
    const int ranks = 1 << (rank_counts - 1);
    assert_int_equal(ketwall_on(ranks, "bench hea sweep --qubits 13 --repeats 1 --scaling --json rows.json"), 0);
    json_t *result = read_json("rows.json"), *row;
    size_t i, strong = 0, weak = 0;
    json_array_foreach(json_object_get(result, "rows"), i, row) {
        const bool is_weak = !strcmp(json_string_value(json_object_get(row, "scaling")), "weak");
        const int here = (int)whole_number(row, "ranks");
        const bool alone = json_integer_value(json_object_get(row, "which")) < 13 - rank_counts;
        if (alone) assert_true(real(row, "efficiency") > 0); /* the highest qubits are not local on more ranks */
        if (here == 1) assert_true(real(row, "efficiency") == 1);
        assert_int_equal(whole_number(row, "qubits"), is_weak ? 13 - (int)log2(ranks / here) : 13);
        if (strcmp(json_string_value(json_object_get(row, "name")), "hea") != 0) continue;
        strong += !is_weak;
        weak += is_weak;
    }
    assert_int_equal(strong, rank_counts);
    assert_int_equal(weak, rank_counts);
    json_decref(result);
}

static void results_become_a_chapter(void **unused) {
    (void)unused;
    assert_int_equal(ketwall("bench sweep rqc --qubits 10 --repeats 1 --precision single -o out"), 0);
    assert_int_equal(ketwall("report out -o page.html"), 0);
    assert_int_equal(shell("grep -c 'sweep, qubit 9' page.html && grep -q complex64 page.html"), 0);
    assert_int_equal(shell("grep -q 'Benchmark report' page.html && grep -q 'ketwall bench sweep rqc' page.html"), 0);
}

static void what_cannot_be_run_is_refused(void **unused) {
    (void)unused;
    assert_int_equal(ketwall("bench rqcc 2>&1"), 64);
    said("did you mean rqc?");
    assert_int_equal(ketwall("bench exchange --qubits 10 2>&1"), 64);
    said("at least 2 ranks");
    assert_int_equal(ketwall("bench rqc --qubits 60 2>&1"), 78);
    said("GiB");
    assert_int_equal(ketwall("bench rqc --qubits 3 2>&1"), 64);
    assert_int_equal(ketwall("bench rqc --qubits 8 --repeats 1 -o /dev/null/there 2>&1"), 74);
    said("/dev/null");
    if (rank_counts > 1) {
        assert_int_equal(ketwall_on(3, "bench rqc --qubits 10 2>&1"), 64);
        said("power of two");
        assert_int_equal(ketwall_on(3, "bench exchange --qubits 10 2>&1"), 64);
        said("power of two");
        assert_int_equal(ketwall_on(3, "bench rqc --qubits 10 --scaling 2>&1"), 64);
        said("power of two");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SHELL(every_benchmark_has_its_rows),
        IN_SHELL(scaling_compares_with_one_rank),
        IN_SHELL(results_become_a_chapter),
        IN_SHELL(what_cannot_be_run_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
