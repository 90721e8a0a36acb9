/* Tests of src/report for runs of Quantum-Train: wording beside the controls, dead networks, figures over epochs, confusion,
 * kernels, missing and broken numbers, and reports that hold other kinds, too. */
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
#include "report/train.h"

#define MINUS      "\xE2\x88\x92"
#define DASH       "\xE2\x80\x93"
#define PLUS_MINUS "\xC2\xB1"

static const char HEAD[] = "\"format\":\"ketwall-train-result\",\"version\":1,\"finished\":true,\"data\":\"mnist\"";

static const char COUNTS[] = "\"weights\":6676,\"parameters\":425,\"effective_parameters\":424,\"angles\":104,\"qubits\":13,"
                             "\"chunk\":1,\"blocks\":8";
static const char SETS[] = "\"train\":{\"loss\":1.5,\"accuracy\":0.5,\"images\":48000},\"validation\":null,"
                           "\"test\":{\"loss\":1.625,\"accuracy\":0.75,\"images\":300},\"classes\":3,"
                           "\"confusion\":[90,6.0,4,0,75,25,20,20,60]";
static const char FILTERS[] =
    "\"filters\":{\"count\":2,\"channels\":1,\"kernel\":2,\"values\":[0.5,-0.5,0,0.25,0,0,0,0.125]}";
static const char TIME[] = "\"time\":{\"steps\":1500,\"all\":3,\"circuit\":1.5,\"mapping\":0.5,\"cnn\":0.75,"
                           "\"cnn_multiply_adds_per_step\":1e6}";

static const char EPOCHS[] =
    "{\"step\":749,\"seconds\":1,\"cost\":2.5,\"gradient_norm\":8,\"epoch\":1.0,\"train_accuracy\":0.25,"
    "\"test_loss\":2,\"test_accuracy\":0.3,\"gradient_circuit\":0.5,\"gradient_mapping\":7,\"gradient_common\":3,"
    "\"gradient_cnn\":2,\"learning_rate\":0.5,\"blocks\":8.0,\"meyer_wallach\":0.25,\"participation\":9}\n"
    "{\"step\":1499,\"cost\":1.5,\"gradient_norm\":4,\"epoch\":2.0,\"train_accuracy\":0.5,"
    "\"gradient_circuit\":0.25,\"gradient_mapping\":3,\"gradient_common\":0,\"gradient_cnn\":1,\"learning_rate\":0.5,"
    "\"blocks\":8.0,\"meyer_wallach\":0.5,\"participation\":18,\"unknown\":[1]}\n";

/* `more` is the inside of a JSON object. */
static void write_train(const char *run, const char *source, const char *more, const char *metrics) {
    fixture_text(run, "result.json",
                 "{%s,\"source\":\"%s\",\"layers\":\"conv 2 2, dense 3\",\"ansatz\":\"ry-cnot\",\"batch\":64,\"steps\":1500,"
                 "\"steps_per_epoch\":750,\"epochs\":2,\"precision\":\"single\",\"ranks\":1,\"seconds\":4.5,"
                 "\"peak_bytes_per_rank\":1048576,\"gradient_norm\":0.5,\"provenance\":{\"host\":\"node<1>\"},%s}\n",
                 HEAD, source, more);
    fixture_text(run, "metrics.jsonl", "%s", metrics);
    fixture_text(run, "config.ini", "[generator]\nsource = %s\n", source);
}

static char *page_of(const char *run) {
    const char *runs[] = {fixture_path(run, "")};
    return fixture_page(runs, 1);
}

static char *whole_page(const char *run, const char *source, const char *counts, const char *metrics) {
    char more[2048];
    snprintf(more, sizeof more, "%s,%s,%s,%s", counts, SETS, FILTERS, TIME);
    write_train(run, source, more, metrics);
    return page_of(run);
}

static void expect_absent(const char *page, const char *text) {
    const char *found = strstr(page, text);
    if (found) fail_msg("the page holds: %.80s", found);
}

static void test_words_and_tables(void **state) {
    (void)state;
    char *page = whole_page("seed", "circuit", COUNTS, EPOCHS);
    fixture_expect(page,
                   "MNIST: test accuracy 75.00 %; 425 trained parameters (104 of them angles of a circuit of 13 qubits) "
                   "generate all 6676 weights of the network; chance level 33.3333 %.</p>");
    fixture_expect(page, "<b>75.00 " PLUS_MINUS " 2.50 %</b>"); /* sqrt(0.75 x 0.25 / 300) */
    fixture_expect(page, "<b>15.71</b><span>weights per trained parameter");
    fixture_expect(page, "without its controls beside it");
    /* data, source, parameters, that matter, weights, epochs, accuracies, loss, ms */
    fixture_expect(page, "<td>MNIST</td><td>circuit</td><td class=\"n\">425</td><td class=\"n\">424</td><td class=\"n\">6676"
                         "</td><td class=\"n\">2</td><td class=\"n\">75.00 %</td><td class=\"n\">1.6250</td>"
                         "<td class=\"n\">50.00 %</td><td class=\"n\">2.000</td>");
    expect_absent(page, "<th scope=\"row\">validation");
    fixture_expect(page, "test loss " MINUS " training loss</th><td class=\"n\">0.1250</td>");
    fixture_expect(page, "<th scope=\"row\">network</th><td>conv 2 2, dense 3</td>");
    fixture_expect(page, "<th scope=\"row\">source</th><td>probabilities of the trained circuit</td>");
    fixture_expect(page, "entanglement at the end</th><td class=\"n\">0.5</td>");
    expect_absent(page, "blocks at the end");
    fixture_expect(page, "<th scope=\"row\">circuit</th><td class=\"n\">1.5 s</td><td class=\"n\">1.000</td>"
                         "<td class=\"n\">50.0 %</td>");
    fixture_expect(page, "32000 images per second; the network: 1e+06 multiply-adds per step, 2e+09 per second");
    expect_absent(page, "control: ");
    fixture_expect(page, "<th scope=\"col\">true class</th><th scope=\"col\" class=\"n\">0</th><th scope=\"col\" "
                         "class=\"n\">1</th><th scope=\"col\" class=\"n\">2</th>"
                         "<th scope=\"col\" class=\"n\">images</th><th scope=\"col\" class=\"n\">recall</th>");
    fixture_expect(page, "<th scope=\"row\">1</th><td class=\"n\" style=\"background:rgba(213,94,0,0.000)\">0</td>"
                         "<td class=\"n\" style=\"background:rgba(0,114,178,0.520)\">75</td>"
                         "<td class=\"n\" style=\"background:rgba(213,94,0,0.300)\">25</td><td class=\"n\">100</td>"
                         "<td class=\"n\">75.0 %</td>");
    fixture_expect(page, "<th scope=\"row\">all</th><td class=\"n\">110</td><td class=\"n\">101</td><td class=\"n\">89</td>"
                         "<td class=\"n\">300</td><td class=\"n\">75.00 %</td>");
    free(page);
}

static void test_kernels(void **state) {
    (void)state;
    char *page = whole_page("seed", "circuit", COUNTS, EPOCHS);
    const char *svg = strstr(page, "<title>The 2 kernels of the first layer, weights of size 0.5 at most</title>");
    assert_non_null(svg);
    const char *end = strstr(svg, "</svg>");
    assert_non_null(end);
    char *picture = strndup(svg, (size_t)(end - svg));
    assert_int_equal(fixture_occurrences(picture, "<rect "), 8 + 2 + 31); /* squares, frames, scale */
    fixture_expect(picture, "fill=\"#d55e00\"><title>0.5</title>");
    fixture_expect(picture, "fill=\"#0072b2\"><title>-0.5</title>");
    fixture_expect(picture, "fill=\"#ffffff\"><title>0</title>");
    fixture_expect(picture, "fill=\"#eaaf80\"><title>0.25</title>"); /* half way from white to #d55e00 */
    fixture_expect(picture, ">" MINUS "0.5</text>");
    assert_int_equal(fixture_occurrences(picture, "<path "), 1); /* the bar of the one below zero */
    free(picture);
    free(page);
    write_train("colour", "weights",
                "\"filters\":{\"count\":1,\"channels\":3,\"kernel\":1,\"values\":[0,0,0]},\"parameters\":3", "");
    page = page_of("colour"); /* nothing to scale by */
    fixture_expect(page, ">1 red</text>");
    expect_absent(page, "\"nan");
    free(page);
}

static void test_figures(void **state) {
    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1")) skip();
    char *page = whole_page("seed", "circuit", COUNTS, EPOCHS);
    assert_int_equal(fixture_occurrences(page, "<figure>"), 4 + 1); /* and the kernels */
    expect_absent(page, "No plots");
    fixture_expect(page, ">epoch (count)<");
    fixture_expect(page, ">equal odds (1.09861)<");    /* ln 3 */
    fixture_expect(page, ">largest class (33.3333)<"); /* 100 of 300 */
    fixture_expect(page, ">common mode<");
    fixture_expect(page, ">participation ratio (right)<");
    expect_absent(page, "learning rate (left)"); /* it does not change */
    fixture_expect(
        page, "<pre tabindex=\"0\" role=\"group\">step,seconds,cost,gradient_norm,epoch,train_accuracy,validation_loss,");
    fixture_expect(page, "\n1499,,1.5,4,2,0.5,,,,,,0.25,3,0,1,0.5,8,0.5,18,\n");
    free(page);
    page = whole_page("grown", "circuit", COUNTS,
                      "{\"step\":749,\"cost\":200,\"learning_rate\":1e-3,\"blocks\":2,\"validation_loss\":3}\n"
                      "{\"step\":1499,\"cost\":0.01,\"learning_rate\":5e-4,\"blocks\":3,\"validation_loss\":0.5}\n");
    fixture_expect(page, ">learning rate (left)<");
    fixture_expect(page, ">validation<");
    fixture_expect(page, "blocks at the end</th><td class=\"n\">3</td>");
    assert_int_equal(fixture_occurrences(page, "<figure>"), 2 + 1); /* loss, schedule */
    free(page);
}

static void test_without_gnuplot(void **state) {
    (void)state;
    char *search = strdup(getenv("PATH"));
    assert_non_null(search);
    setenv("PATH", "/nonexistent", 1);
    char *page = whole_page("bare", "circuit", COUNTS, EPOCHS);
    setenv("PATH", search, 1);
    free(search);
    assert_int_equal(fixture_occurrences(page, "gnuplot could not be run"), 1);
    assert_int_equal(fixture_occurrences(page, "<figure>"), 1); /* the kernels need none */
    fixture_expect(page, "Confusion of the test images");
    fixture_expect(page, "Time of a step");
    free(page);
}

static void test_controls(void **state) {
    (void)state;
    const char *weights = "\"weights\":6676,\"parameters\":6676,\"angles\":0,\"qubits\":13";
    write_train("weights", "weights", weights, "{\"step\":749,\"gradient_mapping\":2,\"gradient_cnn\":1}\n");
    char *page = page_of("weights");
    fixture_expect(page, "; the network&#39;s 6676 weights are trained themselves.</p>");
    expect_absent(page, "<th scope=\"row\">ansatz");
    expect_absent(page, ">mapping<");
    free(page);
    page = whole_page("pruned", "weights", "\"weights\":6676,\"parameters\":425,\"angles\":0", EPOCHS);
    fixture_expect(page, "425 of the network&#39;s 6676 weights are trained themselves, the others are pruned; chance");
    free(page);
    page = whole_page("bits", "bits", "\"weights\":6676,\"parameters\":301,\"angles\":0,\"qubits\":13", EPOCHS);
    fixture_expect(
        page, "301 trained parameters (none of them of a circuit) generate all 6676 weights of the network; control: bits;");
    free(page);
    page = whole_page("permuted", "permuted", COUNTS, EPOCHS);
    fixture_expect(page, "6676 weights of the network; control: permuted; chance");
    free(page);
}

static void test_dead_networks(void **state) {
    (void)state;
    static const char form[] = "\"test\":{\"loss\":%s,\"accuracy\":0.4,\"images\":10},\"classes\":3,\"confusion\":%s";
    char more[256];
    snprintf(more, sizeof more, form, "1.1", "[0,3,0,0,4,0,0,3,0]");
    write_train("dead", "circuit", more, EPOCHS);
    char *page = page_of("dead");
    fixture_expect(page,
                   "<span class=\"warn\">The network is dead: no better than always naming the largest class (40.00 %), "
                   "with a loss near ln 3 = 1.099. It takes every test image for class 1.</span></p>");
    free(page);
    snprintf(more, sizeof more, form, "50", "[1,2,0,1,3,0,0,3,0]");
    write_train("burst", "circuit", more, EPOCHS);
    page = page_of("burst");
    fixture_expect(page, "<span class=\"warn\">No better than always naming the largest class (40.00 %).</span></p>");
    free(page);
}

/* Diverged: what is not finite was left out. */
static void test_nothing_but_the_head(void **state) {
    (void)state;
    fixture_text("empty", "result.json",
                 "{\"format\":\"ketwall-train-result\",\"version\":1,\"finished\":false,\"data\":3,\"source\":[],\"test\":7,"
                 "\"time\":{\"all\":0,\"steps\":0},\"filters\":[],\"classes\":0,\"confusion\":[],\"provenance\":[]}");
    char *page = page_of("empty");
    fixture_expect(page,
                   "unnamed images: test accuracy " DASH "; " DASH " trained parameters generate all " DASH " weights");
    fixture_expect(page, "No training curve");
    static const char *const absent[] = {
        "chance level", "class=\"warn\">The", "<svg", "Confusion of", "Time of a step", ">nan", "(null)", "First layer"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; ++i) expect_absent(page, absent[i]);
    free(page);
    fixture_text("empty", "metrics.jsonl", "{\"step\":0}\n{\"step\":1,\"cost\":null}\n");
    page = page_of("empty"); /* rows without a number: no figure, no complaint */
    expect_absent(page, "<svg");
    expect_absent(page, "No plots");
    free(page);
}

static void test_broken_shapes(void **state) {
    (void)state;
    static const char *const shapes[] = {
        "\"classes\":2,\"confusion\":[1,2,3]",
        "\"classes\":2,\"confusion\":[1,2,3,\"4\"]",
        "\"classes\":2,\"confusion\":[1,2,3,-4]",
        "\"classes\":11,\"confusion\":{}",
        "\"filters\":{\"count\":1,\"channels\":1,\"kernel\":2,\"values\":[1,2,3]}",
        "\"filters\":{\"count\":1,\"channels\":1,\"kernel\":2,\"values\":[1,2,3,null]}",
        "\"filters\":{\"count\":1,\"channels\":0,\"kernel\":2,\"values\":[]}",
        "\"filters\":{\"count\":1e300,\"channels\":1e300,\"kernel\":2,\"values\":[]}",
        "\"filters\":{\"count\":-1,\"channels\":-1,\"kernel\":1,\"values\":[1]}",
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i) {
        write_train("broken", "circuit", shapes[i], "");
        char *page = page_of("broken");
        expect_absent(page, "Confusion of");
        expect_absent(page, "First layer");
        free(page);
    }
}

static void test_numbers_of_runs(void **state) {
    (void)state;
    char *page = whole_page("numbers", "circuit", COUNTS, EPOCHS);
    free(page);
    kw_run run;
    assert_int_equal(kw_run_read(fixture_path("numbers", ""), &run), KW_OK);
    const kw_train_numbers n = kw_train_numbers_of(&run);
    assert_true(n.generated && n.epochs == 2.0 && n.step_ms == 2.0 && n.compression == 6676.0 / 425.0 && !n.only);
    assert_true(fabs(n.largest - 1.0 / 3.0) < 1e-15 && n.largest == n.chance);
    assert_int_equal(kw_train_classes(&run), 3);
    assert_true(isnan(kw_train_set_of(&run, "validation").accuracy));
    assert_true(kw_train_epoch(&run, 1) == 2.0);
    run.steps[run.columns + KW_ROW_STEP] = 1124; /* cut short in the second epoch */
    assert_true(kw_train_epoch(&run, 1) == 1.5);
    json_object_del(run.result, "steps_per_epoch");
    assert_true(kw_train_epoch(&run, 1) == 2.0); /* as the row says */
    run.steps[KW_TRAIN_STEP_EPOCH] = NAN;
    assert_true(kw_train_epoch(&run, 0) == 1.0);
    json_object_set_new(run.result, "data", json_string("fashion-mnist"));
    assert_string_equal(kw_train_class_name(&run, 9), "boot");
    kw_run_free(&run);
}

static void test_mixed_report(void **state) {
    (void)state;
    free(whole_page("first", "circuit", COUNTS, EPOCHS));
    fixture_qae("second", "\"x\"", "\"\"");
    free(whole_page("third", "weights", COUNTS, EPOCHS));
    char paths[3][160];
    static const char *const names[] = {"first", "second", "third"};
    for (size_t i = 0; i < 3; ++i) snprintf(paths[i], sizeof paths[i], "%s", fixture_path(names[i], ""));
    const char *runs[] = {paths[0], paths[1], paths[2]};
    char *page = fixture_page(runs, 3);
    const char *qae = strstr(page, "<h2>Comparison of autoencoders</h2>");
    const char *train = strstr(page, "<h2>Comparison of Quantum-Train</h2>");
    assert_true(qae && train && qae < train);
    assert_true(strstr(train, "<a href=\"#run-1\">first</a>") && strstr(train, "<a href=\"#run-3\">third</a>"));
    assert_true(strstr(qae, "<a href=\"#run-2\">second</a>") < train);
    assert_int_equal(fixture_occurrences(page, "<h3>First layer</h3>"), 2);
    free(page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_tables), cmocka_unit_test(test_kernels),
        cmocka_unit_test(test_figures),          cmocka_unit_test(test_without_gnuplot),
        cmocka_unit_test(test_controls),         cmocka_unit_test(test_nothing_but_the_head),
        cmocka_unit_test(test_dead_networks),    cmocka_unit_test(test_broken_shapes),
        cmocka_unit_test(test_numbers_of_runs),  cmocka_unit_test(test_mixed_report),
    };
    return cmocka_run_group_tests(tests, fixture_create, fixture_remove);
}
