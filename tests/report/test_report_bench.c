/* Tests of src/report for benchmarks: rows, names of cases, figures, missing numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "report/fixture.h"

static const char HEAD[] = "\"format\":\"ketwall-bench-result\",\"version\":1,\"finished\":true,\"seconds\":3";

static const char CIRCUIT[] =
    "{\"name\":\"rqc\",\"scaling\":\"strong\",\"qubits\":24,\"which\":0,\"complex_bytes\":16,\"ranks\":2,\"threads\":1,"
    "\"median_seconds\":0.5,\"best_seconds\":0.375,\"predicted_seconds\":0.25,\"passes\":6,\"exchanges\":2,"
    "\"probe\":5e10,\"memory_share\":0.2,\"bandwidth\":1e10,\"peak\":8e10,\"operations\":6e10,\"efficiency\":0.75}";

static char *page_with(const char *run, const char *rows) {
    fixture_text(run, "result.json", "{%s,\"rows\":[%s],\"provenance\":{\"command\":\"ketwall bench\"}}\n", HEAD, rows);
    const char *runs[] = {fixture_path(run, "")};
    return fixture_page(runs, 1);
}

static void a_row_holds_its_shares(void **state) {
    (void)state;
    char *page = page_with("circuit", CIRCUIT);
    fixture_expect(page, "Benchmark report");
    fixture_expect(page, "1 results on up to 2 ranks x 1 threads, complex128.");
    fixture_expect(page, "<td>rqc, strong</td><td class=\"n\">24</td><td class=\"n\">2</td><td class=\"n\">0.5</td>"
                         "<td class=\"n\">0.375</td><td class=\"n\">6</td><td class=\"n\">2</td><td class=\"n\">10</td>"
                         "<td class=\"n\">20</td><td class=\"n\">75</td><td class=\"n\">0.5</td><td class=\"n\">75</td>");
    assert_null(strstr(page, "config.ini"));
    assert_null(strstr(page, "raining"));
    free(page);
}

static void cases_have_names_and_a_figure(void **state) {
    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1")) skip();
    char *page = page_with("cases", "{\"name\":\"sweep\",\"which\":0,\"memory_share\":0.8},"
                                    "{\"name\":\"sweep\",\"which\":1,\"memory_share\":0.9},"
                                    "{\"name\":\"exchange\",\"which\":1,\"bandwidth\":9}");
    fixture_expect(page, "<td>sweep, qubit 1</td>");
    fixture_expect(page, "<td>exchange, 2 at once</td>");
    fixture_expect(page, ">one H by itself<");
    assert_int_equal(fixture_occurrences(page, "<figure>"), 1); /* no circuit: no bars */
    free(page);
}

static void nothing_but_the_head(void **state) {
    (void)state;
    free(page_with("none", ""));
    char *page = page_with("odd", "3,{},{\"name\":7,\"median_seconds\":\"soon\"}");
    assert_null(strstr(page, ">nan"));
    assert_null(strstr(page, "(null)"));
    free(page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_holds_its_shares),
        cmocka_unit_test(cases_have_names_and_a_figure),
        cmocka_unit_test(nothing_but_the_head),
    };
    return cmocka_run_group_tests(tests, fixture_create, fixture_remove);
}
