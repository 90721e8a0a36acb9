/* Tests of src/report for studies: the circuit beside its controls in words, tables and figures; labels that do not overlap;
 * missing, unknown and broken rows. */
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
#include "report/study.h"

#define PLUS_MINUS "\xC2\xB1"
#define DASH       "\xE2\x80\x93"
#define STRONG     " style=\"background:var(--tint);font-weight:600\""

static const char HEAD[] = "\"format\":\"ketwall-study-result\",\"version\":1,\"finished\":true,\"study\":\"quantum-train\"";

static const char CIRCUIT[] =
    "{\"set\":\"mnist\",\"control\":\"circuit\",\"text\":\"as configured\",\"parameters\":425,\"effective_parameters\":424,"
    "\"epochs\":5,\"test_accuracies\":[0.875,0.885],\"test_losses\":[0.5,0.375],\"test_accuracy\":0.88,"
    "\"test_accuracy_deviation\":0.007,\"test_loss\":0.4375,\"test_loss_deviation\":0.0884}";

/* A row without a word about what it is; deviation: JSON. */
static char *row_of(const char *set, const char *control, int parameters, double accuracy, const char *deviation) {
    static char rows[8][512];
    static int turn;
    char *row = rows[turn++ % 8];
    snprintf(row, sizeof *rows,
             "{\"set\":\"%s\",\"control\":\"%s\",\"parameters\":%d,\"test_accuracies\":[%g],\"test_accuracy\":%g,"
             "\"test_accuracy_deviation\":%s}",
             set, control, parameters, accuracy, accuracy, deviation);
    return row;
}

static void write_study(const char *run, const char *rows) {
    fixture_text(run, "result.json", "{%s,\"rows\":[%s]}\n", HEAD, rows);
}

static char *page_of(const char *run) {
    const char *runs[] = {fixture_path(run, "")};
    return fixture_page(runs, 1);
}

static char *page_with(const char *run, const char *first, const char *second, const char *third) {
    char rows[2048];
    snprintf(rows, sizeof rows, "%s%s%s%s%s", first, *second ? "," : "", second, *third ? "," : "", third);
    write_study(run, rows);
    return page_of(run);
}

static void test_tables(void **state) {
    (void)state;
    char *page = page_with("tables", CIRCUIT, row_of("mnist", "frozen", 321, 0.86, "0.01"),
                           row_of("digits", "cnn-relu", 6676, 0.98, "null"));
    fixture_expect(page, "Study of Quantum-Train and its controls");
    fixture_expect(page,
                   "quantum-train: weights from 3 sources on 2 data sets, 2 seeds of each. mnist: circuit 88.00 " PLUS_MINUS
                   " 0.70 %, best control with at most as many trained parameters 86.00 " PLUS_MINUS " 1.00 % (frozen).<");
    fixture_expect(page, "<td>mnist: 88.00 " PLUS_MINUS " 0.70 %<br>digits: " DASH "</td>"
                         "<td>mnist: 2.00 (frozen)<br>digits: " DASH "</td>");
    fixture_expect(page, "<tr><th scope=\"row\"" STRONG ">circuit</th><td" STRONG ">as configured</td><td class=\"n\"" STRONG
                         ">425</td><td class=\"n\"" STRONG ">424</td><td class=\"n\"" STRONG ">5</td><td class=\"n\"" STRONG
                         ">88.00 " PLUS_MINUS " 0.70 %</td><td" STRONG ">87.50, 88.50</td><td class=\"n\"" STRONG
                         ">0.4375 " PLUS_MINUS " 0.0884</td></tr>");
    fixture_expect(page, "<tr><th scope=\"row\">cnn-relu</th><td>" DASH "</td><td class=\"n\">6676</td><td class=\"n\">" DASH
                         "</td><td class=\"n\">" DASH "</td><td class=\"n\">98.00 %</td><td>98.00</td><td class=\"n\">" DASH
                         "</td></tr>");
    assert_true(strstr(page, "<h3>mnist</h3>") < strstr(page, "<h3>digits</h3>"));
    assert_null(strstr(page, "config.ini"));
    assert_null(strstr(page, "raining curve"));
    free(page);
}

static void judged(const char *run, const char *first, const char *second, const char *third, const char *words) {
    char *page = page_with(run, first, second, third);
    char *paragraph = strdup(strstr(page, "</h3>\n<p>") + strlen("</h3>\n<p>"));
    *strstr(paragraph, "</p>") = '\0';
    assert_string_equal(paragraph, words);
    free(paragraph);
    free(page);
}

static void test_judgement(void **state) {
    (void)state;
    judged(
        "above", CIRCUIT, row_of("mnist", "frozen", 321, 0.86, "0.01"), row_of("mnist", "cnn-relu", 426, 0.98, "0.1"),
        "The circuit&#39;s mean (88.00 %) lies 2.00 percentage points above the best control with at most as many trained "
        "parameters (frozen, 86.00 %): beyond the spread; the larger of the two deviations over seeds is 1.00.");
    judged(
        "within", CIRCUIT, row_of("mnist", "frozen", 321, 0.87, "0.02"), row_of("mnist", "zero", 321, 0.86, "0.5"),
        "The circuit&#39;s mean (88.00 %) lies 1.00 percentage points above the best control with at most as many trained "
        "parameters (frozen, 87.00 %): no difference beyond the spread; the larger of the two deviations over seeds is "
        "2.00.");
    judged(
        "below", CIRCUIT, row_of("mnist", "pruned", 425, 0.92, "0.001"), row_of("mnist", "permuted", 425, 0.88, "0.001"),
        "The circuit&#39;s mean (88.00 %) lies 4.00 percentage points below the best control with at most as many trained "
        "parameters (pruned, 92.00 %): beyond the spread; the larger of the two deviations over seeds is 0.70. It equals "
        "that of the best of those controls that generate the weights, too (permuted, 88.00 %): no difference beyond the "
        "spread; the larger of the two deviations over seeds is 0.70.");
}

static void test_judgement_of_little(void **state) {
    (void)state;
    judged(
        "one", CIRCUIT, row_of("mnist", "own<1>", 1, 0.9, "null"), "",
        "The circuit&#39;s mean (88.00 %) lies 2.00 percentage points below the best control with at most as many trained "
        "parameters (own&lt;1&gt;, 90.00 %): whether by more than the spread is not known without several seeds of both.");
    judged(
        "equal", row_of("mnist", "circuit", 3, 0.5, "null"), row_of("mnist", "", 3, 0.5, "null"), "",
        "The circuit&#39;s mean (50.00 %) equals that of the best control with at most as many trained parameters (without "
        "a name, 50.00 %): no difference.");
    judged("alone", CIRCUIT, row_of("mnist", "cnn-relu", 6676, 0.98, "0.1"), row_of("digits", "zero", 1, 0.1, "0.1"),
           "No control with at most as many trained parameters has a result: this says nothing about the circuit.");
    judged("none", row_of("mnist", "zero", 321, 0.87, "0.02"), "{\"set\":\"mnist\",\"control\":\"circuit\"}", "",
           "The circuit has no result here: there is nothing to compare the controls with.");
}

static void test_figures(void **state) {
    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1")) skip();
    char *page = page_with("figures", CIRCUIT, row_of("mnist", "a'_{b}\\\\n", 321, 0.86, "0.01"),
                           row_of("it's \\\"%d", "zero", 1000000000, 0.98, "null"));
    assert_int_equal(fixture_occurrences(page, "<figure>"), 2);
    fixture_expect(page, "controls with at most as many parameters");
    fixture_expect(page, "mean of the circuit, % (88)");
    fixture_expect(page, "a?_?b??n");
    fixture_expect(page, "test accuracy, it?s ??d (%)");
    assert_null(strstr(page, "controls with more")); /* 10^9 parameters are of a set without a circuit */
    assert_null(strstr(page, "gnuplot could not be run"));
    free(page);
}

static void test_without_gnuplot(void **state) {
    (void)state;
    char *search = strdup(getenv("PATH"));
    assert_non_null(search);
    setenv("PATH", "/nonexistent", 1);
    char *page = page_with("bare", CIRCUIT, "", "");
    setenv("PATH", search, 1);
    free(search);
    assert_null(strstr(page, "<svg"));
    assert_int_equal(fixture_occurrences(page, "gnuplot could not be run"), 1);
    fixture_expect(page, "87.50, 88.50");
    free(page);
}

/* ---- labels ---- */

/* gnuplot's script of the first figure. */
static char *script_of(const char *run) {
    kw_run read;
    char *script = NULL;
    size_t length = 0;
    assert_int_equal(kw_run_read(fixture_path(run, ""), &read), KW_OK);
    FILE *out = open_memstream(&script, &length);
    assert_non_null(out);
    assert_true(kw_study_figures[0].write(&read, out));
    fclose(out);
    kw_run_free(&read);
    return script;
}

typedef struct {
    double x, y;
} place;

/* Places in the picture of the points of a data block: x, y and a third column. */
static size_t read_block(const char *script, const char *name, place *places) {
    double left, right, bottom, top, first, last, least, most;
    size_t count = 0;
    assert_int_equal(
        sscanf(strstr(script, "set lmargin"),
               "set lmargin at screen %lf\nset rmargin at screen %lf\nset bmargin at screen %lf\nset tmargin at "
               "screen %lf\nset logscale x\nset xrange [%lf:%lf]\nset yrange [%lf:%lf]",
               &left, &right, &bottom, &top, &first, &last, &least, &most),
        8);
    const double width = 900.0 * (right - left), height = kw_study_figures[0].height * (top - bottom);
    const char *line = strstr(script, name);
    assert_non_null(line);
    while (strncmp(line = strchr(line, '\n') + 1, "EOD", 3) != 0) {
        place p;
        assert_int_equal(sscanf(line, "%lf\t%lf\t", &p.x, &p.y), 2);
        places[count++] = (place){width * log(p.x / first) / log(last / first), height * (p.y - least) / (most - least)};
        assert_true(places[count - 1].x > 0.0 && places[count - 1].x < width);
        assert_true(places[count - 1].y > -0.5 && places[count - 1].y < height + 0.5);
    }
    return count;
}

static size_t labels_apart(const char *run, double width) {
    static const char *const sides[] = {"$LEFT <<", "$RIGHT <<"};
    place labels[2 * KW_STUDY_POINTS];
    size_t count = 0;
    char *script = script_of(run);
    for (int side = 0; side < 2; ++side) {
        const size_t before = count;
        count += read_block(script, sides[side], labels + count);
        for (size_t i = before; i < count && !side; ++i) labels[i].x -= width; /* to where the text begins */
    }
    for (size_t i = 0; i < count; ++i)
        for (size_t j = 0; j < i; ++j)
            if (fabs(labels[i].y - labels[j].y) < 14.9 && fabs(labels[i].x - labels[j].x) < width)
                fail_msg("%s: labels %zu and %zu overlap: %g, %g and %g, %g", run, i, j, labels[i].x, labels[i].y,
                         labels[j].x, labels[j].y);
    free(script);
    return count;
}

/* `count` rows; the accuracies of a group are the same. */
static void write_many(const char *run, int count, const int *parameters, int groups) {
    char *rows = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&rows, &length);
    assert_non_null(out);
    for (int i = 0; i < count; ++i)
        fprintf(out, "%s%s", i ? "," : "",
                row_of("mnist", i ? "name-of-12ch" : "circuit", parameters[i % groups], i % groups < 2 ? 0.1 : 1.0, "0.05"));
    fclose(out);
    write_study(run, rows);
    free(rows);
}

static void test_labels_do_not_overlap(void **state) {
    (void)state;
    static const int same[] = {425}, near[] = {321, 421, 425, 6676}, far[] = {1, 1000, 1000000};
    write_many("same", 40, same, 1);
    assert_int_equal(labels_apart("same", 84.0), KW_STUDY_POINTS);
    write_many("near", 11, near, 4);
    assert_int_equal(labels_apart("near", 84.0), 11);
    write_many("far", 9, far, 3);
    assert_int_equal(labels_apart("far", 84.0), 9);
    write_many("single", 1, same, 1);
    assert_int_equal(labels_apart("single", 84.0), 1);
    char *page = page_of("same");
    assert_null(strstr(page, "gnuplot could not be run"));
    free(page);
}

/* Equal numbers of parameters stand side by side about their place. */
static void test_points_beside_each_other(void **state) {
    (void)state;
    static const int same[] = {425};
    place points[KW_STUDY_POINTS];
    write_many("beside", 4, same, 1);
    char *script = script_of("beside");
    assert_int_equal(read_block(script, "$CIRCUIT <<", points), 1);
    assert_int_equal(read_block(script, "$CONTROLS <<", points + 1), 3);
    double sum = 0.0, least = INFINITY, most = 0.0;
    for (int i = 0; i < 4; ++i) {
        sum += points[i].x;
        least = fmin(least, points[i].x);
        most = fmax(most, points[i].x);
    }
    assert_float_equal(most - least, 27.0, 1e-2);
    assert_float_equal(sum / 4.0, 397.5, 1e-2); /* the middle */
    free(script);
}

static void test_broken_rows(void **state) {
    (void)state;
    char *page = page_with("empty", "", "", "");
    fixture_expect(page, "The study holds no results.");
    fixture_expect(page, "weights from 0 sources on 0 data sets, 0 seeds of each.");
    assert_null(strstr(page, "<svg"));
    free(page);
    page = page_with("odd", "3,{},{\"set\":[],\"control\":7,\"parameters\":\"few\",\"test_accuracies\":[null,true]}", "null",
                     "{\"set\":\"s\",\"control\":\"circuit\",\"parameters\":-1,\"test_accuracy\":1e300,"
                     "\"test_accuracy_deviation\":-1,\"test_accuracies\":{}}");
    assert_null(strstr(page, ">nan"));
    assert_null(strstr(page, "(null)"));
    assert_null(strstr(page, "<svg"));
    free(page);
    fixture_text("rows", "result.json", "{%s,\"rows\":7}\n", HEAD);
    free(page_of("rows"));
    fixture_text("version", "result.json", "{\"format\":\"ketwall-study-result\",\"version\":2}\n");
    fixture_refused("version", KW_E_INPUT, "version 2");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_judgement),
        cmocka_unit_test(test_judgement_of_little),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_without_gnuplot),
        cmocka_unit_test(test_labels_do_not_overlap),
        cmocka_unit_test(test_points_beside_each_other),
        cmocka_unit_test(test_broken_rows),
    };
    return cmocka_run_group_tests(tests, fixture_create, fixture_remove);
}
