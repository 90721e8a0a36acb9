/* Tests of the program as its users meet it: words in, text and exit code out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static char root[64];
static char output[65536]; /* of the last command, both streams */

/* Runs `KETWALL_PROGRAM arguments` under a shell.  @return its exit code */
static int ketwall(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int ketwall(const char *format, ...) {
    char command[1024];
    int used = snprintf(command, sizeof command, "cd %s; %s ", root, KETWALL_PROGRAM);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command + used, sizeof command - (size_t)used, format, arguments);
    va_end(arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    const size_t length = fread(output, 1, sizeof output - 1, pipe);
    output[length] = '\0';
    const int status = pclose(pipe);
    if (!WIFEXITED(status)) fail_msg("%s was killed", command);
    return WEXITSTATUS(status);
}

static void expect(const char *text) {
    if (!strstr(output, text)) fail_msg("'%s' is not in: %s", text, output);
}

static void write_file(const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char *const verbs[] = {"qae", "plan", "report", "checkpoint", "config", "info"};
enum { VERBS = sizeof verbs / sizeof *verbs };

static void test_help(void **state) {
    (void)state;
    assert_int_equal(ketwall("--help 2>/dev/null"), 0);
    for (size_t i = 0; i < VERBS; ++i) expect(verbs[i]);
    assert_int_equal(ketwall("2>/dev/null"), 64);
    assert_string_equal(output, "");
    for (size_t i = 0; i < VERBS; ++i) {
        char usage[64];
        snprintf(usage, sizeof usage, "usage: ketwall %s ", verbs[i]);
        assert_int_equal(ketwall("%s --help 2>/dev/null", verbs[i]), 0);
        expect(usage);
        expect("options:");
        snprintf(usage, sizeof usage, "ketwall %s ", verbs[i]);
        const char *example = strstr(output, "\nexample:\n  "); /* perhaps behind mpirun */
        if (!example || !strstr(example, usage)) fail_msg("no example of '%s' in: %s", usage, output);
    }
}

static void test_version(void **state) {
    (void)state;
    assert_int_equal(ketwall("--version"), 0);
    assert_int_equal(strncmp(output, "ketwall ", 8), 0);
    expect("revision");
}

static void test_usage_errors(void **state) {
    (void)state;
    assert_int_equal(ketwall("reprot 2>&1"), 64);
    assert_string_equal(output, "ketwall: error: unknown verb reprot; did you mean report?\n");
    assert_int_equal(ketwall("--versoin 2>&1"), 64);
    expect("did you mean --version?");
    assert_int_equal(ketwall("report x --outptu y 2>&1"), 64);
    expect("did you mean --output?");
    assert_int_equal(ketwall("checkpoint lst x 2>&1"), 64);
    expect("did you mean ls?");
    assert_int_equal(ketwall("config shwo 2>&1"), 64);
    expect("did you mean show?");
}

static void test_config(void **state) {
    (void)state;
    assert_int_equal(ketwall("config template > template.ini"), 0);
    assert_int_equal(ketwall("config show template.ini > first.ini 2> first.log; grep -c = template.ini"), 0);
    /* what `show` prints is a configuration that shows the same values */
    assert_int_equal(ketwall("config show first.ini | sed 's/ *;.*//' > a; sed 's/ *;.*//' first.ini | diff - a"), 0);
    write_file("bad.ini", "[run]\nsede = 1\n");
    assert_int_equal(ketwall("config show bad.ini 2>&1"), 65);
    expect("bad.ini:2: unknown key run.sede; did you mean run.seed?");
    assert_int_equal(ketwall("config show -p run.seed=x 2>&1"), 65);
    expect("-p: run.seed: expected a whole number");
    assert_int_equal(ketwall("config show -p run.seed=12345 2>/dev/null | grep -q 'seed = 12345 *; -p'"), 0);
    assert_int_equal(ketwall("config show missing.ini 2>&1"), 65);
    expect("missing.ini: No such file or directory");
}

static void test_report(void **state) {
    (void)state;
    assert_int_equal(ketwall("report nowhere 2>&1"), 65);
    expect("nowhere/result.json");
    write_file("result.json", "{\"format\":\"ketwall-qae-result\",\"version\":1,\"finished\":true}");
    assert_int_equal(ketwall("report . -o page.html"), 0);
    expect("page.html: 1 run");
    assert_int_equal(ketwall("report . -o /nonexistent/page.html 2>&1"), 74);
    expect("/nonexistent/page.html");
}

static void test_damaged_checkpoints(void **state) {
    (void)state;
    write_file("one.h5", "not a checkpoint");
    write_file("two.h5", "");
    assert_int_equal(ketwall("checkpoint ls . 2>/dev/null"), 74);
    expect("one.h5  damaged: ");
    expect("two.h5  damaged: "); /* the first one does not stop the list */
    assert_int_equal(ketwall("checkpoint verify two.h5 one.h5 2>/dev/null"), 74);
    expect("two.h5: damaged: ");
    expect("one.h5: damaged: ");
    assert_int_equal(ketwall("checkpoint show one.h5 2>&1"), 74);
    assert_int_equal(ketwall("checkpoint ls missing.h5 2>/dev/null"), 74);
    expect("missing.h5");
}

static void test_info(void **state) {
    (void)state;
    assert_int_equal(ketwall("info --json - 2>/dev/null"), 0);
    json_error_t error;
    json_t *info = json_loads(output, 0, &error);
    if (!info) fail_msg("line %d: %s", error.line, error.text);
    const json_t *machine = json_object_get(info, "machine"), *largest = json_object_get(info, "largest_qubits");
    assert_in_range(json_integer_value(json_object_get(machine, "cores")), 1, 1 << 16);
    const json_t *state_fits = json_object_get(largest, "state"), *gradient_fits = json_object_get(largest, "gradient");
    const json_int_t n = json_integer_value(json_object_get(state_fits, "complex128"));
    const double available = json_number_value(json_object_get(machine, "memory_available_bytes"));
    assert_true(n > 10 && 16.0 * (double)(UINT64_C(1) << n) <= available);
    assert_true(16.0 * (double)(UINT64_C(2) << n) > available); /* one qubit more does not fit */
    assert_int_equal(json_integer_value(json_object_get(state_fits, "complex64")), n + 1);
    assert_int_equal(json_integer_value(json_object_get(gradient_fits, "complex128")), n - 1);
    assert_in_range(json_integer_value(json_object_get(state_fits, "s16")), n + 1, n + 2); /* the scales take memory, too */
    assert_in_range(json_integer_value(json_object_get(gradient_fits, "s8")), n + 1, n + 2);
    json_decref(info);
    assert_int_equal(ketwall("info --json /nonexistent/x 2>&1"), 74);
    assert_int_equal(ketwall("info 2>/dev/null"), 0);
    expect("complex128");
}

static void test_full_disk(void **state) {
    (void)state;
    assert_int_equal(ketwall("info 2>&1 >/dev/full"), 74);
    expect("ketwall: error: standard output: No space left on device");
}

static void test_serial_refuses_many_tasks(void **state) {
    (void)state;
    if (!KETWALL_SERIAL) skip();
    setenv("SLURM_STEP_NUM_TASKS", "4", 1);
    const int code = ketwall("qae missing.ini 2>&1");
    unsetenv("SLURM_STEP_NUM_TASKS");
    assert_int_equal(code, 64);
    expect("no MPI");
}

static int create_root(void **state) {
    (void)state;
    snprintf(root, sizeof root, "/tmp/test_verbs_XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state) {
    (void)state;
    char command[96];
    snprintf(command, sizeof command, "rm -r '%s'", root);
    return system(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_help),   cmocka_unit_test(test_version),   cmocka_unit_test(test_usage_errors),
        cmocka_unit_test(test_config), cmocka_unit_test(test_report),    cmocka_unit_test(test_damaged_checkpoints),
        cmocka_unit_test(test_info),   cmocka_unit_test(test_full_disk), cmocka_unit_test(test_serial_refuses_many_tasks),
    };
    return cmocka_run_group_tests(tests, create_root, remove_root);
}
