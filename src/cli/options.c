/* F6  Parsing of a verb's words by its table, and the --help made from the same table. */
#include "cli/options.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/suggest.h"

typedef struct {
    size_t given;
    const char **values; /* all of them; NULL for flags */
} word_slot;

struct kw_words {
    const kw_syntax *syntax;
    word_slot *slots; /* one per argument of the syntax */
    const char **positional;
    size_t positional_count;
    bool help;
};

static bool matches(const kw_argument *argument, const char *word, size_t length) {
    return (strlen(argument->name) == length && !strncmp(argument->name, word, length))
           || (argument->alias && strlen(argument->alias) == length && !strncmp(argument->alias, word, length));
}

static kw_status unknown_option(const kw_syntax *syntax, const char *word) {
    kw_suggestion nearest = kw_suggest(word);
    kw_suggest_offer(&nearest, "--help");
    for (size_t i = 0; i < syntax->count; ++i) kw_suggest_offer(&nearest, syntax->arguments[i].name);
    if (nearest.best)
        return kw_fail(KW_E_ARG, "ketwall %s: unknown option %s; did you mean %s?", syntax->verb, word, nearest.best);
    return kw_fail(KW_E_ARG, "ketwall %s: unknown option %s; `ketwall %s --help` lists all", syntax->verb, word,
                   syntax->verb);
}

/* Takes the option argv[*i] and, if it has one, its value; leaves *i at the last word taken. */
static kw_status take_option(kw_words *words, int argc, char *const *argv, int *i) {
    const kw_syntax *syntax = words->syntax;
    const char *word = argv[*i];
    const char *equals = strncmp(word, "--", 2) ? NULL : strchr(word, '=');
    const size_t length = equals ? (size_t)(equals - word) : strlen(word);
    size_t row = 0;
    while (row < syntax->count && !matches(&syntax->arguments[row], word, length)) ++row;
    if (row == syntax->count) return unknown_option(syntax, word);
    const kw_argument *argument = &syntax->arguments[row];
    word_slot *slot = &words->slots[row];
    if (argument->kind == KW_ARGUMENT_FLAG) {
        if (equals) return kw_fail(KW_E_ARG, "ketwall %s: %s takes no value", syntax->verb, argument->name);
        slot->given = 1;
        return KW_OK;
    }
    const char *value = equals ? equals + 1 : *i + 1 < argc ? argv[++*i] : NULL;
    if (!value || (!equals && !strncmp(value, "--", 2)))
        return kw_fail(KW_E_ARG, "ketwall %s: %s needs a value: %s %s", syntax->verb, word, argument->name, argument->value);
    if (argument->kind == KW_ARGUMENT_VALUE && slot->given)
        return kw_fail(KW_E_ARG, "ketwall %s: %s is given twice", syntax->verb, argument->name);
    slot->values[slot->given++] = value;
    return KW_OK;
}

static kw_status check_positional(const kw_words *words) {
    const kw_syntax *syntax = words->syntax;
    if (words->positional_count < syntax->positional_min)
        return kw_fail(KW_E_ARG, "ketwall %s: something is missing; usage: ketwall %s %s", syntax->verb, syntax->verb,
                       syntax->usage);
    if (words->positional_count > syntax->positional_max)
        return kw_fail(KW_E_ARG, "ketwall %s: unexpected '%s'; usage: ketwall %s %s", syntax->verb,
                       words->positional[syntax->positional_max], syntax->verb, syntax->usage);
    return KW_OK;
}

static kw_status parse(kw_words *words, int argc, char *const *argv) {
    bool options = true;
    for (int i = 0; i < argc && strcmp(argv[i], "--"); ++i)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return words->help = true, KW_OK;
    for (int i = 0; i < argc; ++i) {
        if (options && !strcmp(argv[i], "--")) options = false;
        else if (options && argv[i][0] == '-' && argv[i][1]) {
            const kw_status status = take_option(words, argc, argv, &i);
            if (status) return status;
        } else words->positional[words->positional_count++] = argv[i];
    }
    return check_positional(words);
}

kw_status kw_words_create(const kw_syntax *syntax, int argc, char *const *argv, kw_words **out) {
    const size_t room = (size_t)argc + 1;
    kw_words *words = calloc(1, sizeof *words);
    bool complete = words != NULL;
    if (words) {
        words->syntax = syntax;
        words->slots = calloc(syntax->count + 1, sizeof *words->slots);
        words->positional = calloc(room, sizeof *words->positional);
        complete = words->slots && words->positional;
    }
    for (size_t i = 0; complete && i < syntax->count; ++i) {
        words->slots[i].values = calloc(room, sizeof *words->slots[i].values);
        complete = words->slots[i].values != NULL;
    }
    const kw_status status = complete ? parse(words, argc, argv) : kw_fail(KW_E_NOMEM, "no memory for the command line");
    if (status) kw_words_destroy(&words);
    else *out = words;
    return status;
}

void kw_words_destroy(kw_words **words) {
    if (!words || !*words) return;
    for (size_t i = 0; (*words)->slots && i < (*words)->syntax->count; ++i) free((*words)->slots[i].values);
    free((*words)->slots);
    free((*words)->positional);
    free(*words);
    *words = NULL;
}

static const word_slot *slot_of(const kw_words *words, const char *name) {
    for (size_t i = 0; i < words->syntax->count; ++i)
        if (!strcmp(words->syntax->arguments[i].name, name)) return &words->slots[i];
    assert(!"the option is in the table");
    return NULL;
}

bool kw_words_help(const kw_words *words) { return words->help; }
bool kw_words_flag(const kw_words *words, const char *name) { return slot_of(words, name)->given > 0; }

const char *kw_words_value(const kw_words *words, const char *name) {
    const word_slot *slot = slot_of(words, name);
    return slot->given ? slot->values[slot->given - 1] : NULL;
}

size_t kw_words_values(const kw_words *words, const char *name, const char *const **values) {
    const word_slot *slot = slot_of(words, name);
    *values = slot->values;
    return slot->given;
}

size_t kw_words_positional(const kw_words *words, const char *const **values) {
    *values = words->positional;
    return words->positional_count;
}

kw_status kw_words_integer(const kw_words *words, const char *name, int64_t min, int64_t max, int64_t fallback,
                           int64_t *value) {
    const char *text = kw_words_value(words, name);
    if (!text) return *value = fallback, KW_OK;
    char *end;
    errno = 0;
    const long long number = strtoll(text, &end, 10);
    if (end == text || *end || errno == ERANGE || number < min || number > max)
        return kw_fail(KW_E_ARG, "ketwall %s: %s %s: expected a whole number from %" PRId64 " to %" PRId64,
                       words->syntax->verb, name, text, min, max);
    *value = number;
    return KW_OK;
}

static void print_argument(const kw_argument *argument) {
    char left[64];
    snprintf(left, sizeof left, "%s%s%s%s%s", argument->alias ? argument->alias : "", argument->alias ? ", " : "",
             argument->name, argument->value ? " " : "", argument->value ? argument->value : "");
    if (strlen(left) <= 26) printf("  %-26s  %s\n", left, argument->help);
    else printf("  %s\n  %-26s  %s\n", left, "", argument->help);
}

void kw_syntax_print(const kw_syntax *syntax) {
    static const kw_argument help = {"--help", "-h", KW_ARGUMENT_FLAG, NULL, "this text"};
    printf("usage: ketwall %s %s\n\n%s\n\noptions:\n", syntax->verb, syntax->usage, syntax->summary);
    for (size_t i = 0; i < syntax->count; ++i) print_argument(&syntax->arguments[i]);
    print_argument(&help);
    printf("\nexample:\n  %s\n", syntax->example);
}
