/* Tests of src/report: well-formed and self-contained pages, escaping, formats of numbers, and refusals of bad run
 * directories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/html.h"
#include "report/page.h"
#include "report/report.h"
#include "report/run.h"

static char root[64];

static char *path_of(const char *run, const char *file) {
    static char paths[4][160];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof *paths, "%s/%s%s%s", root, run, *file ? "/" : "", file);
    return path;
}

static void write_text(const char *run, const char *file, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void write_text(const char *run, const char *file, const char *format, ...) {
    mkdir(path_of(run, ""), 0700);
    FILE *out = fopen(path_of(run, file), "w");
    assert_non_null(out);
    va_list arguments;
    va_start(arguments, format);
    assert_true(vfprintf(out, format, arguments) >= 0);
    va_end(arguments);
    assert_int_equal(fclose(out), 0);
}

static const char METRICS[] = "{\"step\":0,\"seconds\":0.1,\"fidelity\":0.4,\"infidelity\":0.6,\"gradient_norm\":0.5,"
                              "\"test_fidelity\":0.3,\"unknown\":[1]}\n"
                              "{\"step\":1,\"fidelity\":0.9,\"infidelity\":0.1,\"gradient_norm\":0.1}\n"
                              "{\"step\":2,\"fidelity\":0.99999998,\"infidelity\":2e-8,\"gradient_norm\":1e-4}\n";

/* A complete run of two training states and one test state; `label` and `note` are JSON texts. */
static void write_run(const char *run, const char *label, const char *note) {
    write_text(
        run, "result.json",
        "{\"format\":\"ketwall-qae-result\",\"version\":1,\"finished\":true,\"family\":\"ghz-phase\",\"qubits\":20,"
        "\"latent\":1,\"members_train\":2,\"members_test\":1,\"ansatz\":\"cerezo\",\"optimum\":1.0,"
        "\"optimum_error\":0.0,\"null_baseline\":0.5,\"test_optimum\":1.0,\"test_null_baseline\":0.5,"
        "\"train\":{\"fidelity\":0.99999998,\"infidelity\":2e-8,\"cost_global\":2e-8,\"cost_local\":1e-8},"
        "\"test\":{\"fidelity\":0.99,\"infidelity\":0.01},\"peak_bytes_per_rank\":1610612736,\"seconds\":7500,"
        "\"members\":[{\"index\":0,\"set\":\"train\",\"label\":%s,\"weight\":0.5,\"fidelity\":1.0,\"infidelity\":0.0,"
        "\"note\":%s},{\"index\":1,\"set\":\"train\",\"label\":\"b\",\"fidelity\":0.99},{\"index\":2,\"set\":\"test\","
        "\"fidelity\":0.98}],\"more\":{},\"provenance\":{\"host\":\"node<1>\",\"slurm_job_id\":null}}\n",
        label, note);
    write_text(run, "metrics.jsonl", "%s", METRICS);
    write_text(run, "config.ini", "[train]\nsteps = 2 ; <&>\n");
}

static char *read_page(const char *path) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    assert_true(getdelim(&text, &bytes, '\0', in) > 0);
    fclose(in);
    return text;
}

/* Makes the report of the runs and checks what holds for every page. */
static char *make_page(const char *const *runs, size_t count) {
    const char *output = path_of("report.html", "");
    if (kw_report_write(runs, count, output)) fail_msg("%s", kw_error_message());
    char *page = read_page(output);
    page_check_balance(page);
    page_check_self_contained(page);
    assert_in_range(page_check_ids(page), count, 100000);
    remove(output);
    return page;
}

static int occurrences(const char *text, const char *word) {
    int count = 0;
    for (; (text = strstr(text, word)); text += strlen(word)) ++count;
    return count;
}

static void expect_text(const char *page, const char *text) {
    if (!strstr(page, text)) fail_msg("the page does not hold: %s", text);
}

static void test_two_runs(void **state) {
    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1")) skip();
    write_run("one", "\"phi = 0\"", "\"\"");
    write_run("two", "\"phi = 0\"", "\"\"");
    char first[160];
    snprintf(first, sizeof first, "%s/", path_of("one", ""));
    const char *runs[] = {first, path_of("two", "")};
    char *page = make_page(runs, 2);
    assert_int_equal(occurrences(page, "<svg"), 6);
    assert_int_equal(occurrences(page, "</figure>"), 6);
    expect_text(page, "<a href=\"#run-1\">one</a>");
    expect_text(page, "<a href=\"#run-2\">two</a>");
    expect_text(page, "GHZ phase family, 20 qubits \xE2\x86\x92 1 latent qubit: fidelity 0.999999980 of at most 1.0 "
                      "(exact optimum); best constant encoder 0.5");
    expect_text(page, ">optimiser step (count)<");
    expect_text(page, ">trash fidelity F (dimensionless)<");
    expect_text(page, ">gradient norm (1/rad)<");
    expect_text(page, ">phi = 0<");
    expect_text(page, "1.50 GiB");
    expect_text(page, "2 h 05 min");
    char line[128]; /* CSV with every digit, empty where unknown */
    snprintf(line, sizeof line, "\n2,,,,,%.17g,%.17g,%.17g,,,\n", 0.99999998, 2e-8, 1e-4);
    expect_text(page, line);
    assert_null(strstr(page, "No plots"));
    free(page);
}

static void test_escaping(void **state) {
    (void)state;
    write_run("<i>&\"", "\"<b>&\\\"c' id='x' \\t\\n\\u0001{_}^2 \\\\n url(#q) $(touch x) `touch x`\"",
              "\"</td><script>alert(1)\"");
    const char *runs[] = {path_of("<i>&\"", "")};
    char *page = make_page(runs, 1);
    expect_text(page, "&lt;i&gt;&amp;&quot;</h2>");
    expect_text(page, "<td>&lt;b&gt;&amp;&quot;c&#39; id=&#39;x&#39;");
    expect_text(page, ",&quot;&lt;b&gt;&amp;&quot;&quot;c&#39;"); /* CSV doubles quotes */
    expect_text(page, "&lt;/td&gt;&lt;script&gt;alert(1)");
    expect_text(page, "steps = 2 ; &lt;&amp;&gt;");
    expect_text(page, "node&lt;1&gt;");
    assert_null(strchr(page, 1));
    free(page);
}

static void test_without_gnuplot(void **state) {
    (void)state;
    write_run("bare", "\"x\"", "\"\"");
    char *search = strdup(getenv("PATH"));
    assert_non_null(search);
    setenv("PATH", "/nonexistent", 1);
    const char *runs[] = {path_of("bare", "")};
    char *page = make_page(runs, 1);
    setenv("PATH", search, 1);
    free(search);
    assert_null(strstr(page, "<svg"));
    assert_int_equal(occurrences(page, "gnuplot could not be run"), 1);
    expect_text(page, "reconstruction fidelity");
    free(page);
}

static void test_little_data(void **state) {
    (void)state;
    write_text("little", "result.json",
               "{\"format\":\"ketwall-qae-result\",\"version\":1,\"finished\":false,\"test\":null}");
    const char *runs[] = {path_of("little", "")};
    char *page = make_page(runs, 1);
    expect_text(page, "has not finished");
    expect_text(page, "No training curve");
    expect_text(page, "config.ini is missing");
    expect_text(page, "fidelity \xE2\x80\x93");
    assert_null(strstr(page, ">nan"));
    assert_null(strstr(page, "(null)"));
    free(page);
}

static void test_resumed_metrics(void **state) {
    (void)state;
    write_run("resumed", "\"x\"", "\"\"");
    write_text("resumed", "metrics.jsonl", "%s\n%s", METRICS,
               "{\"step\":1,\"fidelity\":0.75}\n{\"step\":2,\"fidelity\":0.875,\"infidelity\":0.25}\n");
    kw_run run;
    assert_int_equal(kw_run_read(path_of("resumed", ""), &run), KW_OK);
    assert_int_equal(run.step_count, 3);
    assert_true(run.steps[0].fidelity == 0.4 && run.steps[1].fidelity == 0.75 && run.steps[2].fidelity == 0.875);
    assert_true(kw_run_step_gap(&run, &run.steps[1]) == 0.25);
    assert_true(kw_run_step_gap(&run, &run.steps[2]) == 0.25); /* from the infidelity, which keeps its digits */
    assert_true(isnan(run.steps[2].gradient_norm));
    assert_int_equal(run.member_count, 3);
    assert_true(run.members[2].test && !run.members[1].test);
    assert_string_equal(run.name, "resumed");
    kw_run_free(&run);
}

static void expect_refused(const char *run, kw_status status, const char *word) {
    const char *runs[] = {path_of(run, "")};
    const char *output = path_of("refused.html", "");
    assert_int_equal(kw_report_write(runs, 1, output), status);
    if (!strstr(kw_error_message(), word)) fail_msg("'%s' is not in: %s", word, kw_error_message());
    assert_int_equal(access(output, F_OK), -1);
}

static void test_refusals(void **state) {
    (void)state;
    expect_refused("missing", KW_E_INPUT, "has not finished");
    write_text("bad", "result.json", "{\n\"format\":\"ketwall-qae-result\",\n\"version\" 1}\n");
    expect_refused("bad", KW_E_INPUT, "bad/result.json:3: ");
    write_text("bad", "result.json", "{\"format\":\"other\",\"version\":1}");
    expect_refused("bad", KW_E_INPUT, "ketwall-qae-result");
    write_text("bad", "result.json", "[1]");
    expect_refused("bad", KW_E_INPUT, "ketwall-qae-result");
    write_text("bad", "result.json", "{\"format\":\"ketwall-qae-result\",\"version\":2}");
    expect_refused("bad", KW_E_INPUT, "version 2");
    write_run("bad", "\"x\"", "\"\"");
    write_text("bad", "metrics.jsonl", "{\"step\":0}\n\n{\"step\":1,\n");
    expect_refused("bad", KW_E_INPUT, "bad/metrics.jsonl:3: ");
    write_text("bad", "metrics.jsonl", "{\"step\":0}\n{\"step\":\"one\"}\n");
    expect_refused("bad", KW_E_INPUT, "bad/metrics.jsonl:2: ");
}

static void test_output_refused(void **state) {
    (void)state;
    write_run("good", "\"x\"", "\"\"");
    const char *runs[] = {path_of("good", "")};
    const char *output = path_of("no-such-folder", "report.html");
    assert_int_equal(kw_report_write(runs, 1, output), KW_E_IO);
    assert_non_null(strstr(kw_error_message(), output));
    assert_non_null(strstr(kw_error_message(), "No such file or directory"));
}

static void test_numbers(void **state) {
    (void)state;
    assert_string_equal(kw_number_fidelity(1.0, 0.0).text, "1.0");
    assert_string_equal(kw_number_fidelity(0.99999998, 2e-8).text, "0.999999980");
    assert_string_equal(kw_number_fidelity(0.5, NAN).text, "0.5000");
    assert_string_equal(kw_number_fidelity(1.0, 3e-14).text,
                        "1 \xE2\x88\x92 3.00 \xC3\x97 10\xE2\x81\xBB\xC2\xB9\xE2\x81\xB4");
    assert_string_equal(kw_number_fidelity(NAN, NAN).text, "\xE2\x80\x93");
    assert_string_equal(kw_number_small(-2.5e-7).text, "\xE2\x88\x92"
                                                       "2.50 \xC3\x97 10\xE2\x81\xBB\xE2\x81\xB7");
    assert_string_equal(kw_number_small(0.0).text, "0");
    assert_string_equal(kw_number_plain(-0.25).text, "\xE2\x88\x92"
                                                     "0.25");
    assert_string_equal(kw_number_plain(123456789.0).text, "123456789");
    assert_string_equal(kw_number_bytes(1023.0).text, "1023 B");
    assert_string_equal(kw_number_bytes(1073741824.0).text, "1.00 GiB");
    assert_string_equal(kw_number_seconds(1.25).text, "1.25 s");
    assert_string_equal(kw_number_seconds(125.0).text, "2 min 05 s");
    assert_string_equal(kw_number_seconds(NAN).text, "\xE2\x80\x93");
}

static int create_root(void **state) {
    (void)state;
    snprintf(root, sizeof root, "/tmp/test_report_XXXXXX");
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
        cmocka_unit_test(test_two_runs),       cmocka_unit_test(test_escaping), cmocka_unit_test(test_without_gnuplot),
        cmocka_unit_test(test_little_data),    cmocka_unit_test(test_refusals), cmocka_unit_test(test_resumed_metrics),
        cmocka_unit_test(test_output_refused), cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, create_root, remove_root);
}
