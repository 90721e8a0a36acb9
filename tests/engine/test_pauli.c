/* Pauli strings and Pauli sums from text. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ketwall/observable.h"
#include "support/folder.h"
#include "support/run.h"
#include "support/world.h"

static const char *write_text(const char *text) {
    const char *path = test_in_folder("sum.pauli");
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) == EOF || fclose(file)) fail_msg("cannot write %s", path);
    return path;
}

static void dense_strings_put_the_highest_qubit_first(void **unused) {
    (void)unused;
    kw_pauli sparse, dense;
    TEST_MUST(kw_pauli_parse("Z3 Y1 X0", 4, &sparse));
    TEST_MUST(kw_pauli_parse(" ziYX ", 4, &dense));
    assert_true(sparse.x == 3 && sparse.z == 10);
    assert_true(dense.x == sparse.x && dense.z == sparse.z);
    TEST_MUST(kw_pauli_parse("X", 1, &dense));
    assert_true(dense.x == 1 && dense.z == 0);
    assert_int_equal(kw_pauli_parse("XYZ", 4, &dense), KW_E_INPUT);
    assert_non_null(strstr(kw_error_message(), "3 letters"));
}

static void files_hold_terms_in_the_usual_spellings(void **unused) {
    (void)unused;
    const char *path = write_text("# a comment\n"
                                  "\n"
                                  "-0.25 []\n"
                                  "  0.5 * Z0 Z2   # behind a term\n"
                                  "(0.125+0j) [X0 Y1] +\r\n"
                                  "+ 1e-1 ZIZ\n"
                                  "- 2 X1 +\n"
                                  "0.75 I");
    const kw_pauli expected[] = {{0.5, 0, 0}, {0.6, 0, 5}, {-2, 2, 0}, {0.125, 3, 2}};
    kw_pauli *terms = NULL;
    size_t count = 0;
    int n = 3;
    TEST_MUST(kw_paulis_read(path, &n, &terms, &count));
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; ++i) {
        assert_true(terms[i].x == expected[i].x && terms[i].z == expected[i].z);
        assert_true(fabs(terms[i].coefficient - expected[i].coefficient) < 1e-15);
    }
    free(terms);
    n = 0;
    TEST_MUST(kw_paulis_read(path, &n, &terms, &count));
    assert_int_equal(n, 3);
    free(terms);
    n = 0;
    TEST_MUST(kw_paulis_read(write_text("0.5 Z0\n0.25 I\n1 X6 Y2"), &n, &terms, &count));
    assert_int_equal(n, 7);
    free(terms);
    n = 0;
    assert_int_equal(kw_paulis_read(write_text("0.5 Z4\n1 XX\n"), &n, &terms, &count), KW_E_INPUT);
    assert_non_null(strstr(kw_error_message(), "qubit 4"));
}

static void an_observable_is_a_string_or_a_file(void **unused) {
    (void)unused;
    char at_file[4096];
    kw_observable *sum = NULL, *string = NULL;
    kw_state *state = test_state(test_world(), 5, KW_DOUBLE, NULL);
    double value = 0;
    snprintf(at_file, sizeof at_file, "@%s", write_text("0.5 Z0\n-2 Z1 Z2\n7 X0\n"));
    TEST_MUST(kw_observable_parse(at_file, 5, &sum));
    TEST_MUST(kw_observable_expect(sum, state, &value));
    assert_true(fabs(value + 1.5) < 1e-14);
    TEST_MUST(kw_observable_parse("IIIIZ", 5, &string));
    TEST_MUST(kw_observable_expect(string, state, &value));
    assert_true(fabs(value - 1) < 1e-14);
    kw_observable_destroy(&sum);
    kw_observable_destroy(&string);
    kw_state_destroy(&state);
}

static void mistakes_are_named_with_line_and_column(void **unused) {
    (void)unused;
    static const struct {
        const char *text, *where, *what;
    } cases[] = {
        {"0.5 Z0\nZ1\n", ":2:1:", "coefficient"},
        {"0.5 Z0\n\n0.5\n", ":3:4:", "Pauli string"},
        {"0.5 Z9\n", ":1:5:", "0 to 2"},
        {"0.5 Z0 Z0\n", ":1:5:", "twice"},
        {"  0.5 W0\n", ":1:7:", "W0"},
        {"0.5 [Z0\n", ":1:5:", "']'"},
        {"0.5 [Z0] [Z1]\n", ":1:5:", "one Pauli string"},
        {"(0.5+1j) Z0\n", ":1:5:", "not real"},
        {"(0.5+0j Z0\n", ":1:8:", "')'"},
        {"nan Z0\n", ":1:1:", "finite"},
        {"1e999 Z0\n", ":1:1:", "finite"},
        {"1 ZZ\n", ":1:3:", "2 letters"},
        {"# nothing\n", "", "no Pauli term"},
        {"", "", "no Pauli term"},
    };
    kw_pauli *terms = NULL;
    size_t count = 0;
    int n = 3;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const char *path = write_text(cases[i].text);
        assert_int_equal(kw_paulis_read(path, &n, &terms, &count), KW_E_INPUT);
        if (!strstr(kw_error_message(), path) || !strstr(kw_error_message(), cases[i].where)
            || !strstr(kw_error_message(), cases[i].what))
            fail_msg("%s: unhelpful: %s", cases[i].text, kw_error_message());
    }
    assert_int_equal(kw_paulis_read(test_in_folder("missing"), &n, &terms, &count), KW_E_INPUT);
    assert_int_equal(kw_paulis_read(test_in_folder("."), &n, &terms, &count), KW_E_INPUT);
    assert_null(terms);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense_strings_put_the_highest_qubit_first),
        TEST_IN_FOLDER(files_hold_terms_in_the_usual_spellings),
        TEST_IN_FOLDER(an_observable_is_a_string_or_a_file),
        TEST_IN_FOLDER(mistakes_are_named_with_line_and_column),
    };
    return TEST_RUN("Pauli sums", tests);
}
