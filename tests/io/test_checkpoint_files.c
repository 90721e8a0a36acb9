/* Which checkpoint files stay: the newest, the best, and those of later steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/checkpoint.h"

static char folder[] = "/tmp/ketwall-series-XXXXXX";

static const char *path_of(int64_t step) {
    static char path[KW_CHECKPOINT_PATH_BYTES];
    assert_int_equal(kw_checkpoint_path(folder, step, path), KW_OK);
    return path;
}

static bool there(int64_t step) { return !access(path_of(step), F_OK); }

static void touch(int64_t step) {
    FILE *file = fopen(path_of(step), "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static void add(int64_t step, double cost, kw_checkpoint_series *series) {
    touch(step);
    kw_checkpoint_series_add(folder, step, cost, series);
}

static void newest_and_best_stay(void **state) {
    (void)state;
    const double costs[] = {NAN, 0.9, 0.3, 0.5, 0.4, 0.6, 0.3};
    kw_checkpoint_series series;
    kw_checkpoint_series_begin(folder, 2, &series);
    assert_true(series.best == -1);
    touch(100); /* of a history that was given up */
    for (int i = 0; i < 7; ++i) add(i, costs[i], &series);
    for (int i = 0; i < 7; ++i) assert_int_equal(there(i), i == 2 || i >= 5);
    assert_true(there(100));
    assert_int_equal(kw_checkpoint_last_step(folder), 100);
    add(7, 0.1, &series);
    add(8, NAN, &series);
    add(9, NAN, &series);
    for (int i = 0; i < 10; ++i) assert_int_equal(there(i), i >= 7);
    for (int i = 7; i <= 100; i = i == 9 ? 100 : i + 1) assert_int_equal(unlink(path_of(i)), 0);
}

/* A run that goes on knows which of the files was the best. */
static void best_is_found_again(void **state) {
    (void)state;
    char text[] = "x";
    double number = 0;
    kw_checkpoint c = {.kind = text,
                       .config = text,
                       .provenance = text,
                       .cost_table = text,
                       .optimiser = text,
                       .columns = text,
                       .parameters = &number,
                       .optimiser_state = &number,
                       .system_state = &number,
                       .history = &number,
                       .n_parameters = 1,
                       .n_optimiser_state = 1,
                       .n_system_state = 1,
                       .n_history = 1};
    kw_checkpoint_series series, again;
    kw_checkpoint_series_begin(folder, 3, &series);
    const double costs[] = {0.5, 0.2, 0.4};
    for (int i = 0; i < 3; ++i) {
        c.step = i;
        c.cost = costs[i];
        assert_int_equal(kw_checkpoint_write(kw_comm_self(), folder, &c, &series), KW_OK);
    }
    assert_int_equal(series.written, 3);
    assert_true(series.bytes > 3 * 512 && series.seconds > 0);
    kw_checkpoint_series_begin(folder, 1, &again);
    assert_true(again.best == 1 && again.best_cost == 0.2);
    c.step = 3;
    c.cost = 0.3;
    assert_int_equal(kw_checkpoint_write(kw_comm_self(), folder, &c, &again), KW_OK);
    for (int i = 0; i < 4; ++i) assert_int_equal(there(i), i == 1 || i == 3);
    for (int i = 1; i < 4; i += 2) assert_int_equal(unlink(path_of(i)), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(newest_and_best_stay), cmocka_unit_test(best_is_found_again)};
    if (!mkdtemp(folder)) return 1;
    const int failed = cmocka_run_group_tests_name("checkpoint files", tests, NULL, NULL);
    return rmdir(folder) || failed;
}
