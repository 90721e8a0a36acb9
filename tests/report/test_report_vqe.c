/* Tests of src/report for runs of the variational eigensolver: wording against the classical control, missing numbers,
 * figures, refusals, and reports that hold other kinds, too. */
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
#include "report/vqe.h"

#define MINUS "\xE2\x88\x92"

static const char HEAD[] = "\"format\":\"ketwall-vqe-result\",\"version\":1,\"finished\":true";

/* A run with the given energies beside its head; `energies` is the inside of a JSON object. */
static void write_vqe(const char *run, const char *energies, const char *metrics) {
    fixture_text(
        run, "result.json",
        "{%s,\"hamiltonian\":\"tfim\",\"file\":\"\",\"qubits\":10,\"terms\":20,\"precision\":\"double\",\"ranks\":1,"
        "\"ansatz\":\"qaoa\",\"layers\":5,\"parameters\":10,\"optimiser\":\"lbfgs\",\"shots\":0,\"steps\":3,"
        "\"seconds\":2.5,\"peak_bytes_per_rank\":212992,\"provenance\":{\"host\":\"node<1>\"},%s}\n",
        HEAD, energies);
    fixture_text(run, "metrics.jsonl", "%s", metrics);
    fixture_text(run, "config.ini", "[vqe]\nqubits = 10\n");
}

static const char ENERGIES[] = "\"energy\":-12.625,\"variance\":0.375,\"exact_energy\":-12.75,\"exact_method\":\"Lanczos\","
                               "\"exact_residual\":1e-14,\"product_energy\":-12.25,\"gap\":0.125,\"gradient_norm\":0.5";

static const char STEPS[] = "{\"step\":0,\"seconds\":0.5,\"cost\":-2,\"gradient_norm\":8,\"energy\":-2}\n"
                            "{\"step\":1,\"cost\":-12,\"gradient_norm\":0.5,\"energy\":-12}\n"
                            "{\"step\":2,\"cost\":-12.5,\"gradient_norm\":0.25,\"energy\":-12.5,\"variance\":0.75}\n";

static char *page_of(const char *run) {
    const char *runs[] = {fixture_path(run, "")};
    return fixture_page(runs, 1);
}

static void expect_absent(const char *page, const char *text) {
    const char *found = strstr(page, text);
    if (found) fail_msg("the page holds: %.80s", found);
}

static void test_whole_run(void **state) {
    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1")) skip();
    write_vqe("ising", ENERGIES, STEPS);
    char *page = page_of("ising");
    fixture_expect(page, "Ising chain, 10 qubits: energy " MINUS "12.625 of exact " MINUS
                         "12.75 (Lanczos), best product state found " MINUS "12.25.</p>");
    fixture_expect(page, "Variational eigensolver report");
    expect_absent(page, "autoencoder");
    expect_absent(page, "Worse than");
    fixture_expect(page, "<th scope=\"row\">E " MINUS " exact</th><td class=\"n\">0.125</td>");
    fixture_expect(page, "<th scope=\"row\">(E " MINUS " exact) per qubit</th><td class=\"n\">0.0125</td>");
    fixture_expect(page, "exact closed</th><td class=\"n\">0.7500</td>"); /* (-12.25 + 12.625) / (-12.25 + 12.75) */
    fixture_expect(page, "variance of the energy</th><td class=\"n\">0.375</td>");
    fixture_expect(page, "gradient norm at the end (per rad)</th><td class=\"n\">0.5</td>");
    fixture_expect(page,
                   "<pre tabindex=\"0\" role=\"group\">step,seconds,cost,gradient_norm,energy,variance\n0,0.5,-2,8,-2,\n");
    fixture_expect(page, "\n2,,-12.5,0.25,-12.5,0.75\n");
    fixture_expect(page, "node&lt;1&gt;");
    assert_int_equal(fixture_occurrences(page, "<figure>"), 2);
    fixture_expect(page, ">energy (units of H)<");
    fixture_expect(page, ">exact (-12.75)<");
    fixture_expect(page, ">best product state found (-12.25)<");
    fixture_expect(page, ">best product state found (0.5)<");
    fixture_expect(page, ">gradient norm (right)<");
    free(page);
}

static void test_against_the_control(void **state) {
    (void)state;
    write_vqe("worse", "\"energy\":-12,\"exact_energy\":-14,\"exact_method\":\"\",\"product_energy\":-13", STEPS);
    char *page = page_of("worse");
    fixture_expect(page, "of exact " MINUS "14, best product state found " MINUS "13. <span class=\"warn\">Worse than the "
                         "classical control: this energy lies 1 above the best product state found.</span>");
    fixture_expect(page, "exact closed</th><td class=\"n\">" MINUS "1</td>");
    free(page);
    write_vqe("equal", "\"energy\":-13,\"exact_energy\":-13,\"product_energy\":-13.00000000000001", STEPS);
    page = page_of("equal");
    fixture_expect(page, "The best product state found reaches the same energy.</p>");
    fixture_expect(page, "0 within rounding");
    expect_absent(page, "Worse than");
    expect_absent(page, "exact closed"); /* nothing was there to close */
    free(page);
}

static void test_best_sample(void **state) {
    (void)state;
    write_vqe("cut",
              "\"energy\":-6.5,\"exact_energy\":-8,\"exact_method\":\"all basis states\",\"product_energy\":-8,"
              "\"best_sample\":{\"bits\":\"011100\",\"energy\":-8}",
              STEPS);
    char *page = page_of("cut");
    fixture_expect(page, "best sample 011100 with " MINUS "8. <span");
    fixture_expect(page, "lies 1.5 above the best product state found; only the best sample is as low.</span>");
    fixture_expect(page, "best sample</th><td class=\"n\">011100</td>");
    free(page);
    write_vqe("cut", "\"energy\":-6.5,\"product_energy\":-8,\"best_sample\":{\"bits\":\"01\",\"energy\":-7}", STEPS);
    page = page_of("cut");
    fixture_expect(page, "the best sample lies above it, too.</span>");
    free(page);
}

/* A derivative-free optimiser without an exact energy: neither gradient, nor variance, nor a gap. */
static void test_missing_numbers(void **state) {
    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1")) skip();
    write_vqe("bare",
              "\"energy\":-1.75,\"variance\":null,\"exact_energy\":null,\"exact_method\":\"\",\"product_energy\":-1.5",
              "{\"step\":0,\"cost\":-1,\"energy\":-1}\n{\"step\":1,\"cost\":-1.75,\"energy\":-1.75}\n");
    char *page = page_of("bare");
    fixture_expect(page, "energy " MINUS "1.75, best product state found " MINUS "1.5.</p>");
    assert_int_equal(fixture_occurrences(page, "<figure>"), 1);
    static const char *const absent[] = {"variance of the energy",
                                         "exact closed",
                                         "E " MINUS " exact</th><td",
                                         "gradient norm",
                                         "per qubit",
                                         "method of the exact",
                                         "best sample</th>",
                                         ">nan",
                                         "(null)",
                                         ">inf"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; ++i) expect_absent(page, absent[i]);
    free(page);
}

static void test_nothing_but_the_head(void **state) {
    (void)state;
    fixture_text("empty", "result.json",
                 "{\"format\":\"ketwall-vqe-result\",\"version\":1,\"finished\":false,"
                 "\"best_sample\":[1],\"qubits\":0,\"hamiltonian\":3,\"provenance\":[]}");
    char *page = page_of("empty");
    fixture_expect(page, "unnamed Hamiltonian, 0 qubits: energy \xE2\x80\x93.");
    fixture_expect(page, "has not finished");
    fixture_expect(page, "No training curve");
    fixture_expect(page, "config.ini is missing");
    expect_absent(page, "(CSV)");
    expect_absent(page, ">nan");
    expect_absent(page, "(null)");
    free(page);
    fixture_text("empty", "result.json", "{%s,\"qubits\":0,\"energy\":-1,\"exact_energy\":-2}", HEAD);
    page = page_of("empty");
    fixture_expect(page, "exact</th><td class=\"n\">1</td>");
    expect_absent(page, "per qubit");
    free(page);
}

static void test_shots(void **state) {
    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1")) skip();
    fixture_text("shots", "result.json", "{%s,\"hamiltonian\":\"file\",\"file\":\"<h2>.txt\",\"shots\":100,\"energy\":-7}",
                 HEAD);
    fixture_text("shots", "metrics.jsonl", "{\"step\":0,\"cost\":-5}\n{\"step\":1,\"cost\":-6.5,\"energy\":-6}\n");
    char *page = page_of("shots");
    fixture_expect(page, "Pauli sum of &lt;h2&gt;.txt, ");
    fixture_expect(page, ">measured by shots<");
    fixture_expect(page, ">without shot noise<");
    fixture_expect(page, ", 100 shots, ");
    free(page);
}

static void test_mixed_report(void **state) {
    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1")) skip();
    write_vqe("first", ENERGIES, STEPS);
    fixture_qae("second", "\"x\"", "\"\"");
    write_vqe("third", ENERGIES, STEPS);
    char paths[3][160];
    static const char *const names[] = {"first", "second", "third"};
    for (size_t i = 0; i < 3; ++i) snprintf(paths[i], sizeof paths[i], "%s", fixture_path(names[i], ""));
    const char *runs[] = {paths[0], paths[1], paths[2]};
    char *page = fixture_page(runs, 3);
    assert_int_equal(fixture_occurrences(page, "<figure>"), 7);
    fixture_expect(page, "<title>Ketwall report</title>");
    fixture_expect(page, "<h1>Ketwall report</h1>");
    expect_absent(page, "Quantum autoencoder report");
    assert_int_equal(fixture_occurrences(page, "<h2>Comparison of "), 2);
    /* every run stands in the table of its kind, under its own number */
    const char *qae = strstr(page, "<h2>Comparison of autoencoders</h2>");
    const char *vqe = strstr(page, "<h2>Comparison of variational eigensolvers</h2>");
    assert_true(qae && vqe && qae < vqe);
    const char *second = strstr(page, "<a href=\"#run-2\">second</a>"),
               *third = strstr(page, "<a href=\"#run-3\">third</a>");
    assert_true(second && second > qae && second < vqe && third && third > vqe);
    assert_int_equal(fixture_occurrences(page, "<a href=\"#run-"), 3);
    const char *section = strstr(page, "id=\"run-2\">\n<h2>second</h2>");
    assert_true(section && strstr(section, "GHZ phase family") && strstr(section, "id=\"run-3\">\n<h2>third</h2>"));
    free(page);
    page = fixture_page(runs, 1); /* a report of one kind is named after it */
    fixture_expect(page, "<h1>Variational eigensolver report</h1>");
    fixture_expect(page, "<h2>Comparison</h2>");
    free(page);
}

static void test_refusals(void **state) {
    (void)state;
    fixture_text("bad", "result.json", "{\"format\":\"ketwall-vqe-result\",\"version\":2}");
    fixture_refused("bad", KW_E_INPUT, "version 2 of ketwall-vqe-result; this program reads version 1");
    fixture_text("bad", "result.json", "{\"format\":\"ketwall-vqe-plan\",\"version\":1}");
    fixture_refused("bad", KW_E_INPUT, "none of \"ketwall-qae-result\" \"ketwall-vqe-result\"");
    fixture_text("bad", "result.json", "{\"format\":\"ketwall-vqe-result\",\n\"version\":1,\n\"energy\":-1.\n}");
    fixture_refused("bad", KW_E_INPUT, "bad/result.json:");
    write_vqe("bad", ENERGIES, "{\"step\":0}\n{\"step\":1,\"energy\":}\n");
    fixture_refused("bad", KW_E_INPUT, "bad/metrics.jsonl:2: ");
    write_vqe("bad", ENERGIES, "{\"energy\":-1}\n");
    fixture_refused("bad", KW_E_INPUT, "the number \"step\"");
}

static void test_numbers_of_runs(void **state) {
    (void)state;
    write_vqe("double", "\"energy\":-9.999999,\"exact_energy\":-10,\"product_energy\":-9", STEPS);
    kw_run run;
    assert_int_equal(kw_run_read(fixture_path("double", ""), &run), KW_OK);
    kw_vqe_numbers n = kw_vqe_numbers_of(&run);
    assert_true(n.open > 0.99e-6 && n.open < 1.01e-6 && n.closed == 1.0 - n.open);
    assert_true(isnan(n.variance) && isnan(n.best_energy) && !n.best_bits);
    assert_int_equal(run.step_count, 3);
    assert_true(kw_run_value(&run, 2, KW_VQE_STEP_VARIANCE) == 0.75 && isnan(kw_run_value(&run, 1, KW_VQE_STEP_VARIANCE)));
    /* what single precision cannot tell apart is the same */
    json_object_set_new(run.result, "precision", json_string("single"));
    n = kw_vqe_numbers_of(&run);
    assert_true(n.open == 0.0 && n.closed == 1.0);
    kw_run_free(&run);
}

static void test_energies_as_text(void **state) {
    (void)state;
    assert_string_equal(kw_number_energy(-12.7849064429993, 6).text, MINUS "12.784906");
    assert_string_equal(kw_number_energy(-12.500000000000005, 12).text, MINUS "12.5");
    assert_string_equal(kw_number_energy(-8.0, 6).text, MINUS "8");
    assert_string_equal(kw_number_energy(100.0, 6).text, "100");
    assert_string_equal(kw_number_energy(0.0, 6).text, "0");
    assert_string_equal(kw_number_energy(-2.5e-7, 6).text, MINUS "2.50 \xC3\x97 10\xE2\x81\xBB\xE2\x81\xB7");
    assert_string_equal(kw_number_energy(2.5e-7, 12).text, "0.00000025");
    assert_string_equal(kw_number_energy(NAN, 6).text, "\xE2\x80\x93");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_run),       cmocka_unit_test(test_against_the_control),
        cmocka_unit_test(test_best_sample),     cmocka_unit_test(test_missing_numbers),
        cmocka_unit_test(test_shots),           cmocka_unit_test(test_nothing_but_the_head),
        cmocka_unit_test(test_mixed_report),    cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_numbers_of_runs), cmocka_unit_test(test_energies_as_text),
    };
    return cmocka_run_group_tests(tests, fixture_create, fixture_remove);
}
