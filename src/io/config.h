/* F3  One option table drives the INI reader, -p, --help, the template, and the resolved config in every output. */
#ifndef KW_CONFIG_H
#define KW_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ketwall/status.h"

typedef enum {
    KW_OPTION_INT,
    KW_OPTION_REAL,
    KW_OPTION_BOOL,
    KW_OPTION_TEXT,
    KW_OPTION_CHOICE,
    KW_OPTION_INTS,
    KW_OPTION_REALS,
    KW_OPTION_TEXTS,
    KW_OPTION_BYTES /* "96GiB", "auto" = 0 */
} kw_option_type;

typedef struct {
    const char *key; /* "section.name" */
    kw_option_type type;
    const char *fallback; /* default, as it would stand in the file; NULL: required */
    double min, max;      /* of numbers and of every list item; min == max == 0: unchecked */
    const char *choices;  /* "adam lbfgs ..." for KW_OPTION_CHOICE */
    const char *unit;     /* "s", "rad" or "" */
    const char *help;
} kw_option;

typedef struct kw_config kw_config;

kw_status kw_config_create(const kw_option *table, size_t count, kw_config **out);
void kw_config_destroy(kw_config **config);

/** Reads an INI file; values given before by kw_config_set win.  Errors name file, line and key, suggest the nearest known
 *  key or choice, and state the allowed range.                   @return KW_OK, KW_E_INPUT                      @local */
kw_status kw_config_read(kw_config *config, const char *path);

/** One "section.key=value" from the command line (-p): overrides the file, whenever it is read.                 @local */
kw_status kw_config_set(kw_config *config, const char *assignment);

/** Fails if a required key is missing.  Call after reading.                                                     @local */
kw_status kw_config_complete(const kw_config *config);

/* Values; the key must be in the table with the matching type. */
int64_t kw_config_int(const kw_config *config, const char *key);
double kw_config_real(const kw_config *config, const char *key);
bool kw_config_bool(const kw_config *config, const char *key);
const char *kw_config_text(const kw_config *config, const char *key); /* TEXT and CHOICE */
int kw_config_choice(const kw_config *config, const char *key);       /* index into choices */
uint64_t kw_config_bytes(const kw_config *config, const char *key);
size_t kw_config_ints(const kw_config *config, const char *key, const int64_t **values);
size_t kw_config_reals(const kw_config *config, const char *key, const double **values);
size_t kw_config_texts(const kw_config *config, const char *key, const char *const **values);
bool kw_config_given(const kw_config *config, const char *key); /* not the default */

/* Resolved configuration, in table order: key, value as text, origin ("default", "qae.ini:12", "-p");
 * a required key that was not given has the value NULL and the origin "missing". */
size_t kw_config_count(const kw_config *config);
void kw_config_entry(const kw_config *config, size_t i, const char **key, const char **value, const char **origin);

/** Writes the table as a commented INI file with defaults / the resolved values as an INI file that reads back the same. */
void kw_config_template(const kw_option *table, size_t count, FILE *out);
void kw_config_write(const kw_config *config, FILE *out);

#endif
