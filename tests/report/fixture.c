/* Run directories for the tests of src/report, and what holds for every page made of them. */
#include "report/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/page.h"
#include "report/report.h"

static char root[64];

char *fixture_path(const char *run, const char *file) {
    static char paths[4][160];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof *paths, "%s/%s%s%s", root, run, *file ? "/" : "", file);
    return path;
}

void fixture_text(const char *run, const char *file, const char *format, ...) {
    mkdir(fixture_path(run, ""), 0700);
    FILE *out = fopen(fixture_path(run, file), "w");
    assert_non_null(out);
    va_list arguments;
    va_start(arguments, format);
    assert_true(vfprintf(out, format, arguments) >= 0);
    va_end(arguments);
    assert_int_equal(fclose(out), 0);
}

const char FIXTURE_METRICS[] = "{\"step\":0,\"seconds\":0.1,\"fidelity\":0.4,\"infidelity\":0.6,\"gradient_norm\":0.5,"
                               "\"test_fidelity\":0.3,\"unknown\":[1]}\n"
                               "{\"step\":1,\"fidelity\":0.9,\"infidelity\":0.1,\"gradient_norm\":0.1}\n"
                               "{\"step\":2,\"fidelity\":0.99999998,\"infidelity\":2e-8,\"gradient_norm\":1e-4}\n";

void fixture_qae(const char *run, const char *label, const char *note) {
    fixture_text(
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
    fixture_text(run, "metrics.jsonl", "%s", FIXTURE_METRICS);
    fixture_text(run, "config.ini", "[train]\nsteps = 2 ; <&>\n");
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

char *fixture_page(const char *const *runs, size_t count) {
    const char *output = fixture_path("report.html", "");
    if (kw_report_write(runs, count, output)) fail_msg("%s", kw_error_message());
    char *page = read_page(output);
    page_check_balance(page);
    page_check_self_contained(page);
    page_check_tables(page);
    page_check_headings(page);
    page_check_access(page);
    page_check_colours(page);
    assert_in_range(page_check_ids(page), count, 100000);
    remove(output);
    return page;
}

int fixture_occurrences(const char *text, const char *word) {
    int count = 0;
    for (; (text = strstr(text, word)); text += strlen(word)) ++count;
    return count;
}

void fixture_expect(const char *page, const char *text) {
    if (!strstr(page, text)) fail_msg("the page does not hold: %s", text);
}

void fixture_refused(const char *run, kw_status status, const char *word) {
    const char *runs[] = {fixture_path(run, "")};
    const char *output = fixture_path("refused.html", "");
    assert_int_equal(kw_report_write(runs, 1, output), status);
    if (!strstr(kw_error_message(), word)) fail_msg("'%s' is not in: %s", word, kw_error_message());
    assert_int_equal(access(output, F_OK), -1);
}

int fixture_create(void **state) {
    (void)state;
    snprintf(root, sizeof root, "/tmp/test_report_XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

int fixture_remove(void **state) {
    (void)state;
    char command[96];
    snprintf(command, sizeof command, "rm -r '%s'", root);
    return system(command);
}
