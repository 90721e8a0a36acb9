/* ketwall study memory-wall as a user runs it: rows of every kind, going on, refusals. */
#include <string.h>

#include "cli/shell.h"

static const char CONFIG[] = "[run]\ndir = wall\n[study]\nleast = 10\nmost = 12\nstep = 2\nrepeats = 1\n";

static double real(const json_t *row, const char *name) {
    const json_t *value = json_object_get(row, name);
    if (!json_is_number(value)) fail_msg("no number %s", name);
    return json_number_value(value);
}

/* Nothing of what is told is better than what is measured; gradients grow worse with every kind. */
static void expect_row(const json_t *row, int kind, int n, int ranks) {
    static const double bytes[] = {16, 8, 4, 2}, gradient_error[] = {0, 1e-5, 1e-3, 0.3};
    const json_t *infidelity = json_object_get(row, "infidelity");
    const double amplitudes = (double)(1 << n) / ranks;
    assert_int_equal(whole_number(row, "qubits"), n);
    assert_true(real(row, "seconds") > 0 && real(row, "gradient_seconds") > 0);
    assert_true(real(row, "state_bytes_per_rank") >= bytes[kind] * amplitudes);
    assert_true(real(row, "state_bytes_per_rank") <= 1.25 * bytes[kind] * amplitudes + 1024);
    assert_true(real(row, "peak_bytes_per_rank") >= real(row, "state_bytes_per_rank"));
    if (kind == 0) {
        assert_true(json_is_null(json_object_get(infidelity, "measured")));
        return;
    }
    assert_true(real(row, "gradient_error") < gradient_error[kind]);
    assert_true(real(infidelity, "measured") < real(infidelity, "bound") + 1e-11);
    if (kind > 1) assert_true(real(infidelity, "estimate") > 0);
}

static void every_kind_has_its_rows(void **unused) {
    (void)unused;
    for (int r = 0; r < rank_counts; ++r) {
        static const char *const kinds[] = {"double", "single", "s16", "s8"};
        write_text("wall.ini", CONFIG);
        assert_int_equal(ketwall_on(1 << r, "study memory-wall wall.ini --json wall.json"), 0);
        json_t *result = read_json("wall.json"), *rows = json_object_get(result, "rows");
        assert_int_equal(json_array_size(rows), 8);
        for (int i = 0; i < 8; ++i) {
            const json_t *row = json_array_get(rows, (size_t)i);
            assert_string_equal(json_string_value(json_object_get(row, "precision")), kinds[i / 2]);
            expect_row(row, i / 2, i % 2 ? 12 : 10, 1 << r);
        }
        const json_t *small = json_array_get(json_object_get(result, "reach"), 1); /* 16 GiB */
        assert_int_equal(whole_number(small, "double") + 3, whole_number(small, "s8"));
        json_decref(result);
        assert_int_equal(shell("rm -r wall"), 0);
    }
}

static void it_goes_on_where_it_stopped(void **unused) {
    (void)unused;
    write_text("wall.ini", CONFIG);
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.precisions=s16"), 0);
    json_t *before = read_json("wall/result.json");
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.precisions=s16,s8"), 0);
    json_t *after = read_json("wall/result.json");
    assert_int_equal(json_array_size(json_object_get(after, "rows")), 4);
    assert_true(json_equal(json_array_get(json_object_get(before, "rows"), 0),
                           json_array_get(json_object_get(after, "rows"), 0))); /* not measured again */
    json_decref(before);
    json_decref(after);
    assert_int_equal(shell("touch wall/stop"), 0);
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.precisions=single"), 75);
    assert_int_equal(shell("rm -f wall/stop"), 0);
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.circuit=qft"), 65);
    said("wall/result.json holds rows of other settings");
}

static void what_cannot_be_is_refused(void **unused) {
    (void)unused;
    write_text("wall.ini", CONFIG);
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.precisions=s4"), 65);
    said("study.precisions");
    assert_int_equal(ketwall("study memory-wall wall.ini -p study.least=20 -p run.memory_per_rank=65MiB"), 78);
    said("study.least");
    assert_int_equal(ketwall("study memory-hole wall.ini"), 64);
    said("expected one of quantum-train, memory-wall");
    assert_int_equal(ketwall("study memory-wall wall.ini -p run.dir=/dev/null/wall"), 74);
}

int main(void) {
    const struct CMUnitTest tests[] = {IN_SHELL(every_kind_has_its_rows), IN_SHELL(it_goes_on_where_it_stopped),
                                       IN_SHELL(what_cannot_be_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
