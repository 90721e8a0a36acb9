/* F6  Command-line words -> values, driven by one table per verb that also prints its --help. */
#ifndef KW_OPTIONS_H
#define KW_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ketwall/status.h"

typedef enum { KW_ARGUMENT_FLAG, KW_ARGUMENT_VALUE, KW_ARGUMENT_REPEATED } kw_argument_kind;

typedef struct {
    const char *name;  /* "--json", or "-p" if there is only a letter */
    const char *alias; /* another spelling ("-o"), or NULL */
    kw_argument_kind kind;
    const char *value; /* what stands for the value in --help ("FILE"); NULL for flags */
    const char *help;
} kw_argument;

/** The command line of one verb. */
typedef struct {
    const char *verb;    /* "report" */
    const char *usage;   /* what follows the verb: "RUN... [-o FILE]" */
    const char *summary; /* a sentence or a few lines */
    const kw_argument *arguments;
    size_t count;
    size_t positional_min, positional_max; /* number of words that are no options */
    const char *example;                   /* "ketwall report runs/ghz -o report.html" */
} kw_syntax;

#define KW_ANY_NUMBER ((size_t)-1)

typedef struct kw_words kw_words;

/** Parses the words after the verb.  Accepts --name value, --name=value, -o value; "--" ends the options.  "--help" (or -h)
 *  anywhere stops parsing: test kw_words_help() first.
 *  @return KW_OK, KW_E_ARG (unknown option with the nearest known one, missing value, too few or too many words),
 *          KW_E_NOMEM                                                                                           @local */
kw_status kw_words_create(const kw_syntax *syntax, int argc, char *const *argv, kw_words **out);
void kw_words_destroy(kw_words **words);

bool kw_words_help(const kw_words *words);                           /* --help was given */
bool kw_words_flag(const kw_words *words, const char *name);         /* given at all */
const char *kw_words_value(const kw_words *words, const char *name); /* last value, NULL if not given */
size_t kw_words_values(const kw_words *words, const char *name, const char *const **values);
size_t kw_words_positional(const kw_words *words, const char *const **values);

/** Whole number given to an option; `fallback` if it was not given.
 *  @return KW_OK, KW_E_ARG (no integer, out of range: states both)                                               @local */
kw_status kw_words_integer(const kw_words *words, const char *name, int64_t min, int64_t max, int64_t fallback,
                           int64_t *value);

/** Usage, summary, options, example on standard output.                                                         @local */
void kw_syntax_print(const kw_syntax *syntax);

#endif
