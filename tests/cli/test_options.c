/* Tests of src/cli/options.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/options.h"

static const kw_argument arguments[] = {
    {"--verbose", "-v", KW_ARGUMENT_FLAG, NULL, "more"},
    {"--output", "-o", KW_ARGUMENT_VALUE, "FILE", "the file"},
    {"--ranks", NULL, KW_ARGUMENT_VALUE, "R", "number of ranks"},
    {"-p", NULL, KW_ARGUMENT_REPEATED, "K=V", "override"},
};

static const kw_syntax syntax = {"test", "FILE [MORE]", "a test", arguments, 4, 1, 2, "ketwall test x"};

/* Parses the NULL-ended words. */
static kw_status parse(const char *const *list, kw_words **words) {
    char *argv[16];
    int argc = 0;
    for (; list[argc]; ++argc) argv[argc] = (char *)list[argc];
    return kw_words_create(&syntax, argc, argv, words);
}

static void test_everything_at_once(void **state) {
    (void)state;
    const char *list[] = {"-v", "a", "-p", "x.y=1", "--output=o=1", "-p", "x.z=-2", "--ranks", "-3", "--", "--b", NULL};
    kw_words *words = NULL;
    assert_int_equal(parse(list, &words), KW_OK);
    assert_false(kw_words_help(words));
    assert_true(kw_words_flag(words, "--verbose"));
    assert_string_equal(kw_words_value(words, "--output"), "o=1");
    const char *const *values;
    assert_int_equal(kw_words_values(words, "-p", &values), 2);
    assert_string_equal(values[0], "x.y=1");
    assert_string_equal(values[1], "x.z=-2");
    assert_int_equal(kw_words_positional(words, &values), 2);
    assert_string_equal(values[0], "a");
    assert_string_equal(values[1], "--b");
    int64_t ranks = 0;
    assert_int_equal(kw_words_integer(words, "--ranks", -5, 5, 1, &ranks), KW_OK);
    assert_int_equal(ranks, -3);
    assert_int_equal(kw_words_integer(words, "--ranks", 1, 5, 1, &ranks), KW_E_ARG);
    assert_non_null(strstr(kw_error_message(), "--ranks -3: expected a whole number from 1 to 5"));
    kw_words_destroy(&words);
    assert_null(words);
}

static void test_nothing_but_the_file(void **state) {
    (void)state;
    const char *list[] = {"-", NULL};
    kw_words *words = NULL;
    assert_int_equal(parse(list, &words), KW_OK);
    assert_false(kw_words_flag(words, "--verbose"));
    assert_null(kw_words_value(words, "--output"));
    const char *const *values;
    assert_int_equal(kw_words_values(words, "-p", &values), 0);
    int64_t ranks = 0;
    assert_int_equal(kw_words_integer(words, "--ranks", 1, 5, 7, &ranks), KW_OK);
    assert_int_equal(ranks, 7);
    kw_words_destroy(&words);
}

static void test_help(void **state) {
    (void)state;
    const char *wanted[] = {"--nonsense", "-h", NULL}, *hidden[] = {"--", "--help", NULL};
    kw_words *words = NULL;
    assert_int_equal(parse(wanted, &words), KW_OK);
    assert_true(kw_words_help(words));
    kw_words_destroy(&words);
    assert_int_equal(parse(hidden, &words), KW_OK);
    assert_false(kw_words_help(words));
    kw_words_destroy(&words);
}

static void test_refusals(void **state) {
    (void)state;
    static const struct {
        const char *list[6], *word;
    } cases[] = {
        {{"a", "--outptu", "x", NULL}, "unknown option --outptu; did you mean --output?"},
        {{"a", "--quokka-mode", NULL}, "unknown option --quokka-mode; `ketwall test --help`"},
        {{"a", "--output", NULL}, "--output needs a value: --output FILE"},
        {{"a", "--output", "--verbose", NULL}, "needs a value"},
        {{"a", "-o", "x", "-o", "y", NULL}, "--output is given twice"},
        {{"a", "--verbose=1", NULL}, "--verbose takes no value"},
        {{"-v", NULL}, "usage: ketwall test FILE [MORE]"},
        {{"a", "b", "c", NULL}, "unexpected 'c'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        kw_words *words = NULL;
        assert_int_equal(parse(cases[i].list, &words), KW_E_ARG);
        assert_null(words);
        if (!strstr(kw_error_message(), cases[i].word)) fail_msg("'%s' is not in: %s", cases[i].word, kw_error_message());
    }
}

static void test_bad_integers(void **state) {
    (void)state;
    static const char *const bad[] = {"x", "", "1.5", "4e1", "99999999999999999999", "6"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        const char *list[] = {"a", "--ranks", bad[i], NULL};
        kw_words *words = NULL;
        int64_t ranks = 42;
        assert_int_equal(parse(list, &words), KW_OK);
        assert_int_equal(kw_words_integer(words, "--ranks", 1, 5, 1, &ranks), KW_E_ARG);
        assert_int_equal(ranks, 42);
        kw_words_destroy(&words);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_at_once), cmocka_unit_test(test_nothing_but_the_file), cmocka_unit_test(test_help),
        cmocka_unit_test(test_refusals),           cmocka_unit_test(test_bad_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
