/* Tests of src/io/config.h: every kind of bad input names its place and the remedy; what is written reads back the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/config.h"

static const kw_option table[] = {
    {"run.dir", KW_OPTION_TEXT, "runs/demo", 0, 0, NULL, "", "where results go"},
    {"run.seed", KW_OPTION_INT, "1", 0, 0, NULL, "", "seed"},
    {"run.memory", KW_OPTION_BYTES, "auto", 0, 0, NULL, "B", "memory per rank"},
    {"train.steps", KW_OPTION_INT, NULL, 1, 1000, NULL, "", "number of steps"},
    {"train.rate", KW_OPTION_REAL, "0.05", 0, 1, NULL, "1/rad", "learning rate"},
    {"train.shuffle", KW_OPTION_BOOL, "no", 0, 0, NULL, "", "shuffle"},
    {"train.optimiser", KW_OPTION_CHOICE, "adam", 0, 0, "adam lbfgs spsa", "", "optimiser"},
    {"data.trash", KW_OPTION_INTS, "1, 2,3", 0, 61, NULL, "", "trash qubits"},
    {"data.spectrum", KW_OPTION_REALS, "", 0, 1, NULL, "", "eigenvalues"},
    {"data.files", KW_OPTION_TEXTS, "", 0, 0, NULL, "", "state files"},
};
enum { ROWS = sizeof table / sizeof *table };

static char path[64];

static void write_file(const char *text) {
    snprintf(path, sizeof path, "/tmp/test_config_%ld.ini", (long)getpid());
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static kw_config *fresh(void) {
    kw_config *config = NULL;
    assert_int_equal(kw_config_create(table, ROWS, &config), KW_OK);
    return config;
}

static int remove_file(void **state) {
    (void)state;
    if (*path) remove(path);
    return 0;
}

/* Reads `text`, expects KW_E_INPUT, "file:line: " (line > 0), and every one of the NULL-ended words in the message. */
static void expect_refused(const char *text, int line, const char *first, ...) {
    kw_config *config = fresh();
    write_file(text);
    assert_int_equal(kw_config_read(config, path), KW_E_INPUT);
    char start[96];
    snprintf(start, sizeof start, "%s:%d: ", path, line);
    assert_int_equal(strncmp(kw_error_message(), start, strlen(start)), 0);
    va_list words;
    va_start(words, first);
    for (const char *word = first; word; word = va_arg(words, const char *))
        if (!strstr(kw_error_message(), word)) fail_msg("'%s' is not in: %s", word, kw_error_message());
    va_end(words);
    kw_config_destroy(&config);
    assert_null(config);
}

static void test_values(void **state) {
    (void)state;
    kw_config *config = fresh();
    write_file("\xEF\xBB\xBF; a comment\r\n[train]\r\n  steps = 12   # inline\r\nrate=1e-3 ; inline\nshuffle = TRUE\n"
               "optimiser = spsa\n\n[run]\n\tdir = a b#c;d\nseed = -9223372036854775808\nmemory = 1.5 GiB\n"
               "[data]\ntrash =\nspectrum = 0.5, 0.25 ,0.25\nfiles = x y, z\n");
    assert_int_equal(kw_config_read(config, path), KW_OK);
    assert_int_equal(kw_config_complete(config), KW_OK);
    assert_int_equal(kw_config_int(config, "train.steps"), 12);
    assert_true(kw_config_real(config, "train.rate") == 1e-3);
    assert_true(kw_config_bool(config, "train.shuffle"));
    assert_int_equal(kw_config_choice(config, "train.optimiser"), 2);
    assert_string_equal(kw_config_text(config, "train.optimiser"), "spsa");
    assert_string_equal(kw_config_text(config, "run.dir"), "a b#c;d");
    assert_true(kw_config_int(config, "run.seed") == INT64_MIN);
    assert_true(kw_config_bytes(config, "run.memory") == UINT64_C(1610612736));
    const int64_t *trash;
    const double *spectrum;
    const char *const *files;
    assert_int_equal(kw_config_ints(config, "data.trash", &trash), 0);
    assert_int_equal(kw_config_reals(config, "data.spectrum", &spectrum), 3);
    assert_true(spectrum[0] == 0.5 && spectrum[2] == 0.25);
    assert_int_equal(kw_config_texts(config, "data.files", &files), 2);
    assert_string_equal(files[0], "x y");
    assert_string_equal(files[1], "z");
    kw_config_destroy(&config);
}

static void test_defaults_and_origins(void **state) {
    (void)state;
    kw_config *config = fresh();
    write_file("[train]\nsteps = 3\n");
    assert_false(kw_config_given(config, "train.steps"));
    assert_int_equal(kw_config_read(config, path), KW_OK);
    const int64_t *trash;
    assert_int_equal(kw_config_ints(config, "data.trash", &trash), 3);
    assert_int_equal(trash[2], 3);
    assert_true(kw_config_given(config, "train.steps"));
    assert_false(kw_config_given(config, "train.rate"));
    assert_int_equal(kw_config_count(config), ROWS);
    const char *key, *value, *origin;
    char expected[96];
    snprintf(expected, sizeof expected, "%s:2", path);
    kw_config_entry(config, 3, &key, &value, &origin);
    assert_string_equal(key, "train.steps");
    assert_string_equal(value, "3");
    assert_string_equal(origin, expected);
    kw_config_entry(config, 4, &key, &value, &origin);
    assert_string_equal(value, "0.05");
    assert_string_equal(origin, "default");
    kw_config_destroy(&config);
}

static void test_names(void **state) {
    (void)state;
    expect_refused("[train]\n\nstepz = 3\n", 3, "unknown key train.stepz", "did you mean train.steps?", NULL);
    expect_refused("[run]\nsteps = 3\n", 2, "unknown key run.steps", "did you mean train.steps?", NULL);
    expect_refused("[run]\nxylophone = 3\n", 2, "unknown key run.xylophone", "config template", NULL);
    expect_refused("[trian]\n", 1, "unknown section [trian]", "did you mean [train]?", NULL);
    expect_refused("\n[quokka]\n", 2, "unknown section [quokka]", "[run] [train] [data]", NULL);
    expect_refused("seed = 1\n", 1, "before any [section]", "seed", NULL);
    expect_refused("[run]\nseed = 1\n[train]\nsteps = 1\n[run]\nseed = 2\n", 6, "run.seed", "twice", "line 2", NULL);
}

static void test_syntax(void **state) {
    (void)state;
    expect_refused("[run]\nseed 1\n", 2, "seed 1", "key = value", NULL);
    expect_refused("[run\nseed = 1\n", 1, "[section]", NULL);
    expect_refused("[run] seed = 1\n", 1, "[section]", NULL);
    /* an error of line 2 comes before one of line 3 */
    expect_refused("[run]\nseed = x\nnonsense\n", 2, "run.seed", NULL);
    kw_config *config = fresh();
    write_file("");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite("[run]\nse\0ed = 1\n", 1, 16, file), 16);
    fclose(file);
    assert_int_equal(kw_config_read(config, path), KW_E_INPUT);
    assert_non_null(strstr(kw_error_message(), ":2: a NUL byte"));
    kw_config_destroy(&config);
}

static void test_types(void **state) {
    (void)state;
    expect_refused("[train]\nsteps = 1e2\n", 2, "train.steps", "whole number", "from 1 to 1000", "'1e2'", NULL);
    expect_refused("[train]\nsteps =\n", 2, "train.steps", "whole number", NULL);
    expect_refused("[train]\nsteps = 2 3\n", 2, "train.steps", "whole number", NULL);
    expect_refused("[run]\nseed = 9223372036854775808\n", 2, "run.seed", "64 bits", NULL);
    expect_refused("[train]\nrate = fast\n", 2, "train.rate", "real number", "1/rad", NULL);
    expect_refused("[train]\nrate = nan\n", 2, "train.rate", "real number", NULL);
    expect_refused("[train]\nshuffle = maybe\n", 2, "train.shuffle", "true or false", NULL);
    expect_refused("[run]\nmemory = 3 XiB\n", 2, "run.memory", "96GiB", NULL);
    expect_refused("[run]\nmemory = -1\n", 2, "run.memory", "96GiB", NULL);
    expect_refused("[run]\nmemory = 16EiB\n", 2, "run.memory", "64 bits", NULL);
    expect_refused("[data]\ntrash = 1,,2\n", 2, "data.trash", "item 2", NULL);
    expect_refused("[data]\ntrash = 1,b\n", 2, "data.trash", "'b'", NULL);
}

static void test_ranges_and_choices(void **state) {
    (void)state;
    expect_refused("[train]\nsteps = 0\n", 2, "train.steps = 0", "from 1 to 1000", NULL);
    expect_refused("[train]\nsteps = 1001\n", 2, "train.steps = 1001", "from 1 to 1000", NULL);
    expect_refused("[train]\nrate = 1.01\n", 2, "from 0 to 1 [1/rad]", NULL);
    expect_refused("[data]\ntrash = 3, 62\n", 2, "data.trash", "62", "from 0 to 61", NULL);
    expect_refused("[train]\noptimiser = adan\n", 2, "did you mean adam?", "adam lbfgs spsa", NULL);
    expect_refused("[train]\noptimiser = newton-raphson\n", 2, "choices: adam lbfgs spsa", NULL);
}

static void test_bytes(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
    } cases[] = {{"auto", 0},
                 {"0", 0},
                 {"96GiB", UINT64_C(96) << 30},
                 {"512MiB", UINT64_C(512) << 20},
                 {"1e9", UINT64_C(1000000000)},
                 {"2kB", 2000},
                 {"4G", UINT64_C(4) << 30},
                 {"18446744073709551615", UINT64_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        kw_config *config = fresh();
        char assignment[64];
        snprintf(assignment, sizeof assignment, "run.memory=%s", cases[i].text);
        assert_int_equal(kw_config_set(config, assignment), KW_OK);
        assert_true(kw_config_bytes(config, "run.memory") == cases[i].bytes);
        kw_config_destroy(&config);
    }
}

static void test_overrides(void **state) {
    (void)state;
    kw_config *config = fresh();
    write_file("[train]\nsteps = 3\nrate = 0.5\n");
    assert_int_equal(kw_config_set(config, "train.steps=4"), KW_OK);
    assert_int_equal(kw_config_set(config, " train.steps = 5 "), KW_OK);
    assert_int_equal(kw_config_read(config, path), KW_OK);
    assert_int_equal(kw_config_int(config, "train.steps"), 5);
    assert_true(kw_config_real(config, "train.rate") == 0.5);
    const char *key, *value, *origin;
    kw_config_entry(config, 3, &key, &value, &origin);
    assert_string_equal(value, "5");
    assert_string_equal(origin, "-p");
    assert_int_equal(kw_config_set(config, "train.rate=0.25"), KW_OK); /* after reading */
    assert_true(kw_config_real(config, "train.rate") == 0.25);
    static const struct {
        const char *assignment, *word;
    } refused[] = {{"train.stepz=1", "did you mean train.steps?"},
                   {"train.steps", "section.key=value"},
                   {"=1", "section.key=value"},
                   {"train.steps=0", "from 1 to 1000"},
                   {"run.dir=a #b", "run.dir"},
                   {"run.dir=a\nb", "run.dir"}};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; ++i) {
        assert_int_equal(kw_config_set(config, refused[i].assignment), KW_E_INPUT);
        assert_non_null(strstr(kw_error_message(), "-p"));
        assert_non_null(strstr(kw_error_message(), refused[i].word));
    }
    assert_int_equal(kw_config_int(config, "train.steps"), 5); /* a refused value changes nothing */
    kw_config_destroy(&config);
}

static void test_overridden_value_is_still_checked(void **state) {
    (void)state;
    kw_config *config = fresh();
    write_file("[train]\nsteps = none\n");
    assert_int_equal(kw_config_set(config, "train.steps=5"), KW_OK);
    assert_int_equal(kw_config_read(config, path), KW_E_INPUT);
    kw_config_destroy(&config);
}

static void test_required(void **state) {
    (void)state;
    kw_config *config = fresh();
    assert_int_equal(kw_config_complete(config), KW_E_INPUT);
    assert_non_null(strstr(kw_error_message(), "train.steps"));
    assert_non_null(strstr(kw_error_message(), "[train]"));
    assert_non_null(strstr(kw_error_message(), "-p train.steps=..."));
    assert_int_equal(kw_config_set(config, "train.steps=5"), KW_OK);
    assert_int_equal(kw_config_complete(config), KW_OK);
    kw_config_destroy(&config);
}

static void test_unreadable(void **state) {
    (void)state;
    kw_config *config = fresh();
    assert_int_equal(kw_config_read(config, "/nonexistent/qae.ini"), KW_E_INPUT);
    assert_string_equal(kw_error_message(), "/nonexistent/qae.ini: No such file or directory");
    assert_int_equal(kw_config_read(config, "/tmp"), KW_E_INPUT);
    assert_string_equal(kw_error_message(), "/tmp: Is a directory");
    kw_config_destroy(&config);
}

static void test_long_lines(void **state) {
    (void)state;
    enum { ITEMS = 700 };
    char *text = malloc(ITEMS * 8 + 64);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "[data]\ntrash =");
    for (int i = 0; i < ITEMS; ++i) used += (size_t)sprintf(text + used, "%s%d", i ? (i % 3 ? "," : " , ") : " ", i % 62);
    strcpy(text + used, "  # and a comment\nspectrum = 1\n[train]\nsteps = 7\n");
    write_file(text);
    free(text);
    kw_config *config = fresh();
    assert_int_equal(kw_config_read(config, path), KW_OK);
    const int64_t *trash;
    assert_int_equal(kw_config_ints(config, "data.trash", &trash), ITEMS);
    for (int i = 0; i < ITEMS; ++i) assert_int_equal(trash[i], i % 62);
    const char *key, *value, *origin;
    kw_config_entry(config, 3, &key, &value, &origin);
    assert_string_equal(strrchr(origin, ':'), ":5"); /* lines of the file, not pieces */
    kw_config_destroy(&config);
}

/* Everything that `write` put into a file reads back as the same texts. */
static void expect_same(const kw_config *before) {
    kw_config *after = fresh();
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    kw_config_write(before, file);
    fclose(file);
    assert_int_equal(kw_config_read(after, path), KW_OK);
    for (size_t i = 0; i < ROWS; ++i) {
        const char *key, *origin, *value[2];
        kw_config_entry(before, i, &key, &value[0], &origin);
        kw_config_entry(after, i, &key, &value[1], &origin);
        assert_string_equal(value[0], value[1]);
        assert_int_equal(strncmp(origin, path, strlen(path)), 0); /* nothing was left to a default */
    }
    kw_config_destroy(&after);
}

static void test_write_round_trip(void **state) {
    (void)state;
    kw_config *config = fresh();
    write_file("[train]\nsteps = 3\nshuffle = yes\n[data]\nfiles = a.h5, b c.h5\n[run]\ndir = x=y:[z]\n");
    assert_int_equal(kw_config_read(config, path), KW_OK);
    expect_same(config);
    kw_config_destroy(&config);
}

static void test_template_round_trip(void **state) {
    (void)state;
    write_file("");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    kw_config_template(table, ROWS, file);
    fclose(file);
    kw_config *config = fresh();
    assert_int_equal(kw_config_read(config, path), KW_OK);
    for (size_t i = 0; i < ROWS; ++i) {
        const char *key, *value, *origin;
        kw_config_entry(config, i, &key, &value, &origin);
        if (table[i].fallback) assert_string_equal(value, table[i].fallback);
        else assert_null(value);
        assert_int_equal(kw_config_given(config, key), table[i].fallback != NULL);
    }
    assert_int_equal(kw_config_complete(config), KW_E_INPUT); /* the required key is listed, but not given */
    assert_int_equal(kw_config_set(config, "train.steps=5"), KW_OK);
    expect_same(config);
    kw_config_destroy(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_defaults_and_origins),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_syntax),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_ranges_and_choices),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_overridden_value_is_still_checked),
        cmocka_unit_test(test_required),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_write_round_trip),
        cmocka_unit_test(test_template_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, remove_file);
}
