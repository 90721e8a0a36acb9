/* The directory of a run: made with all that is above it, refused where an earlier run has left checkpoints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* The lock is the process's: another one is refused while it lives, and only so long. */
static void test_lock(void **state) {
    (void)state;
    int lock = -1, ready[2], status = 0;
    char byte = 0;
    assert_int_equal(kw_run_directory_make(below("locked")), KW_OK);
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        if (kw_run_directory_lock(below("locked"), &lock) != KW_OK || write(ready[1], "x", 1) != 1) _exit(1);
        pause();
        _exit(2);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(kw_run_directory_lock(below("locked"), &lock), KW_E_IO);
    char holder[64];
    snprintf(holder, sizeof holder, "process %ld on ", (long)child);
    assert_non_null(strstr(kw_error_message(), holder));
    assert_int_equal(lock, -1);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(kw_run_directory_lock(below("locked"), &lock), KW_OK);
    assert_true(lock >= 0);
    kw_run_directory_unlock(&lock);
    assert_int_equal(kw_run_directory_lock(below("locked"), &lock), KW_OK);
    kw_run_directory_unlock(&lock);
    assert_int_equal(lock, -1);
}

/* A file of that name that is not ours. */
static void test_foreign_lock(void **state) {
    (void)state;
    int lock = -1;
    char text[16] = "";
    assert_int_equal(kw_run_directory_make(below("foreign")), KW_OK);
    FILE *file = fopen(below("foreign/lock"), "w");
    assert_non_null(file);
    fputs("key of a door", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(kw_run_directory_lock(below("foreign"), &lock), KW_E_IO);
    assert_int_equal(lock, -1);
    file = fopen(below("foreign/lock"), "r");
    assert_non_null(fgets(text, sizeof text, file));
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, "key of a door");
}

static void test_clean(void **state) {
    (void)state;
    assert_int_equal(kw_run_directory_make(below("cut")), KW_OK);
    touch("cut/checkpoint-0000000007.h5");
    touch("cut/checkpoint-0000000008.h5.tmp");
    touch("cut/result.json.tmp");
    touch("cut/notes.tmp");
    kw_run_directory_clean(below("cut"), -1);
    assert_int_equal(access(below("cut/result.json.tmp"), F_OK), 0); /* not ours without the lock */
    int lock = -1;
    assert_int_equal(kw_run_directory_lock(below("cut"), &lock), KW_OK);
    kw_run_directory_clean(below("cut"), lock);
    kw_run_directory_unlock(&lock);
    assert_int_equal(access(below("cut/notes.tmp"), F_OK), 0);
    assert_int_equal(access(below("cut/checkpoint-0000000007.h5"), F_OK), 0);
    assert_int_equal(access(below("cut/checkpoint-0000000008.h5.tmp"), F_OK), -1);
    assert_int_equal(access(below("cut/result.json.tmp"), F_OK), -1);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_make),   cmocka_unit_test(test_lock),
                                       cmocka_unit_test(test_clean),  cmocka_unit_test(test_foreign_lock),
                                       cmocka_unit_test(test_unused), cmocka_unit_test(test_config)};
    return cmocka_run_group_tests(tests, start, end);
}
