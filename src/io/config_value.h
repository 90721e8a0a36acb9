/* F3  One option's value: text -> typed value, checked against its row of the option table. */
#ifndef KW_CONFIG_VALUE_H
#define KW_CONFIG_VALUE_H

#include "io/config.h"

typedef struct {
    char *text;     /* as given, without surrounding blanks; NULL: no value */
    size_t count;   /* items of a list, else 1 */
    int64_t *ints;  /* INT, INTS, BOOL (0, 1), CHOICE (index) */
    double *reals;  /* REAL, REALS */
    char **texts;   /* TEXT, CHOICE, TEXTS */
    uint64_t bytes; /* BYTES */
} kw_value;

/** Parses `text`; the message begins with "origin: key: ".  On failure *out is left alone.
 *  @return KW_OK, KW_E_INPUT, KW_E_NOMEM                                                                         @local */
kw_status kw_value_parse(const kw_option *option, const char *text, const char *origin, kw_value *out);
void kw_value_free(kw_value *value);

/** "from 1 to 8 [s]", "at least 0", or "" where nothing is checked.                                              @local */
void kw_option_range(const kw_option *option, char *text, size_t bytes);

/** "whole number", "list of real numbers", ...                                                                   @local */
const char *kw_option_type_text(kw_option_type type);

#endif
