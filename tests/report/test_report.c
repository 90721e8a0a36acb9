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

#include "report/fixture.h"
#include "report/html.h"
#include "report/qae.h"
#include "report/report.h"

static void test_two_runs(void **state) {
    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1")) skip();
    fixture_qae("one", "\"phi = 0\"", "\"\"");
    fixture_qae("two", "\"phi = 0\"", "\"\"");
    char first[160];
    snprintf(first, sizeof first, "%s/", fixture_path("one", ""));
    const char *runs[] = {first, fixture_path("two", "")};
    char *page = fixture_page(runs, 2);
    assert_int_equal(fixture_occurrences(page, "<figure>"), 6);
    assert_int_equal(fixture_occurrences(page, "<svg role=\"img\""), 12); /* for wide pages and for narrow ones */
    fixture_expect(page,
                   "aria-label=\"Plot of trash fidelity F (dimensionless) over optimiser step (count). train: 3 points: ");
    fixture_expect(page, "<a href=\"#run-1\">one</a>");
    fixture_expect(page, "<a href=\"#run-2\">two</a>");
    fixture_expect(page, "GHZ phase family, 20 qubits \xE2\x86\x92 1 latent qubit: fidelity 0.999999980 of at most 1.0 "
                         "(exact optimum); best constant encoder 0.5");
    fixture_expect(page, ">optimiser step (count)<");
    fixture_expect(page, ">trash fidelity F (dimensionless)<");
    fixture_expect(page, ">gradient norm (1/rad)<");
    fixture_expect(page, ">phi = 0<");
    fixture_expect(page, "1.50 GiB");
    fixture_expect(page, "2 h 05 min");
    char line[128]; /* CSV with every digit, empty where unknown */
    snprintf(line, sizeof line, "\n2,,,%.17g,,,%.17g,%.17g,,,\n", 1e-4, 0.99999998, 2e-8);
    fixture_expect(page, line);
    assert_null(strstr(page, "No plots"));
    free(page);
}

static void test_escaping(void **state) {
    (void)state;
    fixture_qae("<i>&\"", "\"<b>&\\\"c' id='x' \\t\\n\\u0001{_}^2 \\\\n url(#q) $(touch x) `touch x`\"",
                "\"</td><script>alert(1)\"");
    const char *runs[] = {fixture_path("<i>&\"", "")};
    char *page = fixture_page(runs, 1);
    fixture_expect(page, "&lt;i&gt;&amp;&quot;</h2>");
    fixture_expect(page, "<td>&lt;b&gt;&amp;&quot;c&#39; id=&#39;x&#39;");
    fixture_expect(page, ",&quot;&lt;b&gt;&amp;&quot;&quot;c&#39;"); /* CSV doubles quotes */
    fixture_expect(page, "&lt;/td&gt;&lt;script&gt;alert(1)");
    fixture_expect(page, "steps = 2 ; &lt;&amp;&gt;");
    fixture_expect(page, "node&lt;1&gt;");
    assert_null(strchr(page, 1));
    free(page);
}

static void test_without_gnuplot(void **state) {
    (void)state;
    fixture_qae("bare", "\"x\"", "\"\"");
    char *search = strdup(getenv("PATH"));
    assert_non_null(search);
    setenv("PATH", "/nonexistent", 1);
    const char *runs[] = {fixture_path("bare", "")};
    char *page = fixture_page(runs, 1);
    setenv("PATH", search, 1);
    free(search);
    assert_null(strstr(page, "<svg"));
    assert_int_equal(fixture_occurrences(page, "gnuplot could not be run"), 1);
    fixture_expect(page, "trash fidelity F");
    free(page);
}

static void test_little_data(void **state) {
    (void)state;
    fixture_text("little", "result.json",
                 "{\"format\":\"ketwall-qae-result\",\"version\":1,\"finished\":false,\"test\":null}");
    const char *runs[] = {fixture_path("little", "")};
    char *page = fixture_page(runs, 1);
    fixture_expect(page, "has not finished");
    fixture_expect(page, "No training curve");
    fixture_expect(page, "config.ini is missing");
    fixture_expect(page, "fidelity \xE2\x80\x93");
    assert_null(strstr(page, ">nan"));
    assert_null(strstr(page, "(null)"));
    free(page);
}

static void test_resumed_metrics(void **state) {
    (void)state;
    fixture_qae("resumed", "\"x\"", "\"\"");
    fixture_text("resumed", "metrics.jsonl", "%s\n%s", FIXTURE_METRICS,
                 "{\"step\":1,\"fidelity\":0.75}\n{\"step\":2,\"fidelity\":0.875,\"infidelity\":0.25}\n");
    kw_run run;
    assert_int_equal(kw_run_read(fixture_path("resumed", ""), &run), KW_OK);
    assert_int_equal(run.step_count, 3);
    assert_true(kw_run_value(&run, 0, KW_QAE_STEP_FIDELITY) == 0.4 && kw_run_value(&run, 1, KW_QAE_STEP_FIDELITY) == 0.75
                && kw_run_value(&run, 2, KW_QAE_STEP_FIDELITY) == 0.875);
    assert_true(kw_qae_step_gap(&run, 1) == 0.25);
    assert_true(kw_qae_step_gap(&run, 2) == 0.25); /* from the infidelity, which keeps its digits */
    assert_true(isnan(kw_run_value(&run, 2, KW_ROW_GRADIENT_NORM)));
    assert_int_equal(kw_qae_members(&run), 3);
    assert_true(kw_qae_member_at(&run, 2).test && !kw_qae_member_at(&run, 1).test);
    assert_string_equal(run.name, "resumed");
    kw_run_free(&run);
}

static void test_refusals(void **state) {
    (void)state;
    fixture_refused("missing", KW_E_INPUT, "has not finished");
    fixture_text("bad", "result.json", "{\n\"format\":\"ketwall-qae-result\",\n\"version\" 1}\n");
    fixture_refused("bad", KW_E_INPUT, "bad/result.json:3: ");
    fixture_text("bad", "result.json", "{\"format\":\"other\",\"version\":1}");
    fixture_refused("bad", KW_E_INPUT, "ketwall-qae-result");
    fixture_text("bad", "result.json", "[1]");
    fixture_refused("bad", KW_E_INPUT, "ketwall-qae-result");
    fixture_text("bad", "result.json", "{\"format\":\"ketwall-qae-result\",\"version\":2}");
    fixture_refused("bad", KW_E_INPUT, "version 2");
    fixture_qae("bad", "\"x\"", "\"\"");
    fixture_text("bad", "metrics.jsonl", "{\"step\":0}\n\n{\"step\":1,\n");
    fixture_refused("bad", KW_E_INPUT, "bad/metrics.jsonl:3: ");
    fixture_text("bad", "metrics.jsonl", "{\"step\":0}\n{\"step\":\"one\"}\n");
    fixture_refused("bad", KW_E_INPUT, "bad/metrics.jsonl:2: ");
}

static void test_output_refused(void **state) {
    (void)state;
    fixture_qae("good", "\"x\"", "\"\"");
    const char *runs[] = {fixture_path("good", "")};
    const char *output = fixture_path("no-such-folder", "report.html");
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_runs),       cmocka_unit_test(test_escaping), cmocka_unit_test(test_without_gnuplot),
        cmocka_unit_test(test_little_data),    cmocka_unit_test(test_refusals), cmocka_unit_test(test_resumed_metrics),
        cmocka_unit_test(test_output_refused), cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, fixture_create, fixture_remove);
}
