/* Figures in words: what is told of a script that is written here by hand; colours of drawn ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "report/plot.h"
#include "report/words.h"

static void expect_words(const char *script, const char *expected) {
    char *words = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&words, &length);
    assert_non_null(out);
    kw_plot_words(script, out);
    fclose(out);
    assert_string_equal(words, expected);
    free(words);
}

static void test_few_points(void **state) {
    (void)state;
    expect_words(
        "$A << EOD\n0\t1.5\n2\t-3\nEOD\n$AB << EOD\n7\t8\nEOD\nset xlabel 'step (count)' textcolor rgb '#374151'\n"
        "set ylabel 'loss'\nplot $AB using 1:2 with lines title 'other, one', $A using 1:2 with lines title 'train', "
        "0.25 with lines dt 2 title 'bound (0.25)', $A using 1:2 with points notitle\n",
        "Plot of loss over step (count). other, one: 1 point: 8 at 7. train: 2 points: 1.5 at 0, -3 at 2. bound (0.25).");
}

/* Names from the data or from the axis; fields that are missing; columns of a band. */
static void test_names(void **state) {
    (void)state;
    expect_words(
        "$A << EOD\n0\t1\ta state\n1\t2\tb, c\nEOD\n\nplot $A using 1:2:xticlabels(stringcolumn(3)) with boxes title 'x'\n",
        "Plot. x: 2 points: 1 at a state, 2 at b, c.");
    expect_words("$B << EOD\nrun 1\t10\t30\nrun 2\t20\t\nEOD\nset ylabel 'share'\nplot $B using 2:xtic(1) title 'left', "
                 "'' using 3 title 'right'\n",
                 "Plot of share. left: 2 points: 10 at run 1, 20 at run 2. right: 1 point: 30 at run 1.");
    expect_words("$S0 << EOD\n0\t5\t4\t6\tNaN\n1\t7\t7\t7\tNaN\nEOD\nset ylabel 'F'\n"
                 "set xtics rotate by -30 ('pca, exact' 0, 'mps' 1)\n"
                 "plot $S0 using 1:2:3:4 with yerrorbars notitle, $S0 using 1:2 with points title 's', $S0 using 1:5 with "
                 "lines title 'bound'\n",
                 "Plot of F. s: 2 points: 5 at pca, exact, 7 at mps. bound: 0 points.");
}

/* More than a dozen: the first, the last and the extremes; two axes. */
static void test_many_points(void **state) {
    (void)state;
    char script[4096] = "$G << EOD\n";
    for (int i = 0; i < 13; ++i)
        snprintf(script + strlen(script), sizeof script - strlen(script), "%d\t%d\n", i,
                 i == 4   ? 100
                 : i == 9 ? -1
                          : i + 10);
    snprintf(script + strlen(script), sizeof script - strlen(script),
             "EOD\nset xlabel 'x'\nset ylabel 'y'\nset y2label 'z'\n"
             "plot $G using 1:2 with lines title 'g'\n");
    expect_words(script,
                 "Plot of y and z over x. g: 13 points, first 10 at 0, last 22 at 12, lowest -1 at 9, highest 100 at 4.");
}

/* Every colour of a plot can be changed by the page, and only in this way. */
static void test_colours(void **state) {
    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1")) skip();
    const kw_plot_look look = {.width = 440, .height = 300, .prefix = "p-", .words = "a < b"};
    char *svg = NULL;
    assert_int_equal(kw_plot_svg("set xlabel 'black' textcolor rgb '#374151'\nplot x with linespoints lc rgb '" KW_BLUE
                                 "'\n",
                                 &look, &svg),
                     KW_OK);
    assert_non_null(svg);
    assert_ptr_equal(strstr(svg, "<svg role=\"img\" aria-label=\"a &lt; b\""), svg);
    assert_non_null(strstr(svg, "viewBox=\"0 0 440 300\""));
    assert_non_null(strstr(svg, "var(--c0072b2,#0072b2)"));
    assert_non_null(strstr(svg, "var(--c374151,#374151)"));
    assert_non_null(strstr(svg, "var(--cffffff,#ffffff)"));
    assert_non_null(strstr(svg, ">black<"));
    assert_null(strstr(svg, "rgb("));
    assert_null(strstr(svg, "\"black\""));
    free(svg);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_few_points), cmocka_unit_test(test_names),
                                       cmocka_unit_test(test_many_points), cmocka_unit_test(test_colours)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
