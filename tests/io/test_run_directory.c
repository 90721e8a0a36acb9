/* The directory of a run: made with all that is above it, refused where an earlier run has left checkpoints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/run_directory.h"
#include "ketwall/status.h"

static char root[] = "/tmp/ketwall-test-XXXXXX";

static const char *below(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static void touch(const char *name) {
    FILE *file = fopen(below(name), "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static void test_make(void **state) {
    (void)state;
    struct stat info;
    assert_int_equal(kw_run_directory_make(below("a//b/c/")), KW_OK);
    assert_int_equal(stat(below("a/b/c"), &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    assert_int_equal(kw_run_directory_make(below("a/b/c")), KW_OK);
    assert_int_equal(kw_run_directory_make(""), KW_E_INPUT);
    touch("a/file");
    assert_int_equal(kw_run_directory_make(below("a/file/d")), KW_E_IO);
    assert_non_null(strstr(kw_error_message(), "a/file/d"));
}

static void test_unused(void **state) {
    (void)state;
    assert_int_equal(kw_run_directory_make(below("run")), KW_OK);
    assert_int_equal(kw_run_directory_check_unused(below("run")), KW_OK);
    touch("run/config.ini");
    assert_int_equal(kw_run_directory_check_unused(below("run")), KW_OK);
    touch("run/checkpoint-0000000001.h5");
    assert_int_equal(kw_run_directory_check_unused(below("run")), KW_E_INPUT);
    assert_non_null(strstr(kw_error_message(), "--resume auto"));
    assert_int_equal(kw_run_directory_check_unused(below("nowhere")), KW_E_IO);
}

static void test_config(void **state) {
    (void)state;
    static const kw_option table[] = {{.key = "run.seed", .type = KW_OPTION_INT, .fallback = "7", .max = 9, .help = "seed"}};
    kw_config *config = NULL;
    char line[64] = "";
    assert_int_equal(kw_config_create(table, 1, &config), KW_OK);
    assert_int_equal(kw_run_directory_make(below("config")), KW_OK);
    assert_int_equal(kw_run_directory_write_config(below("config"), config), KW_OK);
    FILE *file = fopen(below("config/config.ini"), "r");
    assert_non_null(file);
    assert_true(fread(line, 1, sizeof line - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(line, "[run]\nseed = 7\n");
    assert_int_equal(kw_run_directory_write_config(below("nowhere"), config), KW_E_IO);
    kw_config_destroy(&config);
}

static int start(void **state) {
    (void)state;
    return !mkdtemp(root);
}

static int end(void **state) {
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_make), cmocka_unit_test(test_unused),
                                       cmocka_unit_test(test_config)};
    return cmocka_run_group_tests(tests, start, end);
}
