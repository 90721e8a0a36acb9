/* F3  The store behind kw_config: values by key, their origins, and writing them back. */
#include "io/config.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/suggest.h"
#include "io/config_store.h"

static const char *name_of(const char *key) {
    const char *dot = strchr(key, '.');
    return dot ? dot + 1 : key;
}

static size_t section_length(const char *key) { return strcspn(key, "."); }

static bool same_section(const char *a, const char *b) {
    return section_length(a) == section_length(b) && !memcmp(a, b, section_length(a));
}

kw_status kw_config_create(const kw_option *table, size_t count, kw_config **out) {
    kw_config *config = calloc(1, sizeof *config);
    if (!config) return kw_fail(KW_E_NOMEM, "no memory for the configuration");
    config->table = table;
    config->count = count;
    config->slots = calloc(count + 1, sizeof *config->slots);
    kw_status status = config->slots ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for the configuration");
    for (size_t i = 0; i < count && !status; ++i)
        if (table[i].fallback) status = kw_config_store(config, i, table[i].fallback, "default");
    for (size_t i = 0; i < count && !status; ++i) config->slots[i].given = false;
    if (status) kw_config_destroy(&config);
    else *out = config;
    return status;
}

void kw_config_destroy(kw_config **config) {
    if (!config || !*config) return;
    for (size_t i = 0; (*config)->slots && i < (*config)->count; ++i) {
        kw_value_free(&(*config)->slots[i].value);
        free((*config)->slots[i].origin);
    }
    free((*config)->slots);
    free((*config)->path);
    free(*config);
    *config = NULL;
}

bool kw_config_has_section(const kw_config *config, const char *section) {
    const size_t length = strlen(section);
    for (size_t i = 0; i < config->count; ++i) {
        const char *key = config->table[i].key;
        if (section_length(key) == length && !strncmp(key, section, length)) return true;
    }
    return false;
}

kw_status kw_config_find(const kw_config *config, const char *key, const char *origin, size_t *row) {
    kw_suggestion nearest = kw_suggest(key), homonym = {key, NULL, SIZE_MAX};
    for (size_t i = 0; i < config->count; ++i) {
        const char *known = config->table[i].key;
        if (!strcmp(known, key)) return *row = i, KW_OK;
        kw_suggest_offer(&nearest, known);
        if (!strcmp(name_of(known), name_of(key))) kw_suggest_offer(&homonym, known);
    }
    if (homonym.best) nearest = homonym; /* the right name in the wrong section */
    if (nearest.best) return kw_fail(KW_E_INPUT, "%s: unknown key %s; did you mean %s?", origin, key, nearest.best);
    return kw_fail(KW_E_INPUT, "%s: unknown key %s; `ketwall config template` lists all keys", origin, key);
}

kw_status kw_config_store(kw_config *config, size_t row, const char *text, const char *origin) {
    kw_value value;
    const kw_status status = kw_value_parse(&config->table[row], text, origin, &value);
    if (status) return status;
    kw_config_slot *slot = &config->slots[row];
    char *copy = slot->pinned ? NULL : strdup(origin);
    if (!copy) {
        kw_value_free(&value);
        return slot->pinned ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for the configuration");
    }
    kw_value_free(&slot->value);
    free(slot->origin);
    slot->value = value;
    slot->origin = copy;
    slot->given = true;
    return KW_OK;
}

/* What would not read back from a file: line breaks, and what the reader takes for a comment. */
static bool fits_on_a_line(const char *text) {
    bool blank = true;
    for (; *text; ++text) {
        if (*text == '\n' || *text == '\r' || (blank && strchr(";#", *text))) return false;
        blank = isspace((unsigned char)*text);
    }
    return true;
}

kw_status kw_config_set(kw_config *config, const char *assignment) {
    const char *equals = strchr(assignment, '=');
    if (!equals || equals == assignment) return kw_fail(KW_E_INPUT, "-p %s: expected section.key=value", assignment);
    while (isspace((unsigned char)*assignment)) ++assignment;
    size_t length = (size_t)(equals - assignment);
    while (length && isspace((unsigned char)assignment[length - 1])) --length;
    char *key = strndup(assignment, length);
    if (!key) return kw_fail(KW_E_NOMEM, "no memory for -p %s", assignment);
    size_t row = 0;
    kw_status status = kw_config_find(config, key, "-p", &row);
    if (!status && !fits_on_a_line(equals + 1))
        status = kw_fail(KW_E_INPUT, "-p: %s: line breaks and ' #' or ' ;' cannot stand in a value", key);
    if (!status) {
        config->slots[row].pinned = false; /* of two -p for one key the later one counts */
        status = kw_config_store(config, row, equals + 1, "-p");
        config->slots[row].pinned = true;
    }
    free(key);
    return status;
}

kw_status kw_config_complete(const kw_config *config) {
    for (size_t i = 0; i < config->count; ++i) {
        if (config->slots[i].origin) continue;
        const char *key = config->table[i].key;
        return kw_fail(KW_E_INPUT, "%s: required key %s is missing (%s): write `%s = ...` under [%.*s], or give -p %s=...",
                       config->path ? config->path : "configuration", key, config->table[i].help, name_of(key),
                       (int)section_length(key), key, key);
    }
    return KW_OK;
}

static const kw_config_slot *slot_of(const kw_config *config, const char *key) {
    for (size_t i = 0; i < config->count; ++i)
        if (!strcmp(config->table[i].key, key)) return &config->slots[i];
    assert(!"the key is in the option table");
    return NULL;
}

int64_t kw_config_int(const kw_config *config, const char *key) { return slot_of(config, key)->value.ints[0]; }
double kw_config_real(const kw_config *config, const char *key) { return slot_of(config, key)->value.reals[0]; }
bool kw_config_bool(const kw_config *config, const char *key) { return slot_of(config, key)->value.ints[0] != 0; }
const char *kw_config_text(const kw_config *config, const char *key) { return slot_of(config, key)->value.texts[0]; }
int kw_config_choice(const kw_config *config, const char *key) { return (int)slot_of(config, key)->value.ints[0]; }
uint64_t kw_config_bytes(const kw_config *config, const char *key) { return slot_of(config, key)->value.bytes; }
bool kw_config_given(const kw_config *config, const char *key) { return slot_of(config, key)->given; }

size_t kw_config_ints(const kw_config *config, const char *key, const int64_t **values) {
    const kw_value *value = &slot_of(config, key)->value;
    *values = value->ints;
    return value->count;
}

size_t kw_config_reals(const kw_config *config, const char *key, const double **values) {
    const kw_value *value = &slot_of(config, key)->value;
    *values = value->reals;
    return value->count;
}

size_t kw_config_texts(const kw_config *config, const char *key, const char *const **values) {
    const kw_value *value = &slot_of(config, key)->value;
    *values = (const char *const *)value->texts;
    return value->count;
}

size_t kw_config_count(const kw_config *config) { return config->count; }

void kw_config_entry(const kw_config *config, size_t i, const char **key, const char **value, const char **origin) {
    *key = config->table[i].key;
    *value = config->slots[i].value.text;
    *origin = config->slots[i].origin ? config->slots[i].origin : "missing";
}

/* Calls `print` for every row, section by section in order of first appearance, with a heading before each section. */
static void for_each_section(const kw_option *table, size_t count, FILE *out, void (*print)(const void *, size_t, FILE *),
                             const void *context) {
    bool first = true;
    for (size_t i = 0; i < count; ++i) {
        size_t seen = 0;
        while (seen < i && !same_section(table[seen].key, table[i].key)) ++seen;
        if (seen < i) continue;
        fprintf(out, "%s[%.*s]\n", first ? "" : "\n", (int)section_length(table[i].key), table[i].key);
        first = false;
        for (size_t j = i; j < count; ++j)
            if (same_section(table[j].key, table[i].key)) print(context, j, out);
    }
}

static void print_template_row(const void *context, size_t row, FILE *out) {
    const kw_option *option = (const kw_option *)context + row;
    char range[160];
    kw_option_range(option, range, sizeof range);
    fprintf(out, "# %s%s%s", option->help, *range ? "; " : "", range);
    if (option->type == KW_OPTION_CHOICE) fprintf(out, "; choices: %s", option->choices);
    else if (option->type != KW_OPTION_TEXT) fprintf(out, "; %s", kw_option_type_text(option->type));
    if (option->fallback) fprintf(out, "\n%s = %s\n", name_of(option->key), option->fallback);
    else fprintf(out, "; required\n# %s =\n", name_of(option->key));
}

void kw_config_template(const kw_option *table, size_t count, FILE *out) {
    for_each_section(table, count, out, print_template_row, table);
}

static void print_value_row(const void *context, size_t row, FILE *out) {
    const kw_config *config = context;
    const char *text = config->slots[row].value.text;
    if (text) fprintf(out, "%s = %s\n", name_of(config->table[row].key), text);
}

void kw_config_write(const kw_config *config, FILE *out) {
    for_each_section(config->table, config->count, out, print_value_row, config);
}
