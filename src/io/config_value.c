/* F3  Parsing and checking of one option's value. */
#include "io/config_value.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/suggest.h"

/* Where a value comes from, for messages. */
typedef struct {
    const kw_option *option;
    const char *origin;
} value_source;

const char *kw_option_type_text(kw_option_type type) {
    static const char *const texts[] = {
        [KW_OPTION_INT] = "a whole number",
        [KW_OPTION_REAL] = "a real number",
        [KW_OPTION_BOOL] = "true or false",
        [KW_OPTION_TEXT] = "text",
        [KW_OPTION_CHOICE] = "one of a list",
        [KW_OPTION_INTS] = "whole numbers separated by commas",
        [KW_OPTION_REALS] = "real numbers separated by commas",
        [KW_OPTION_TEXTS] = "texts separated by commas",
        [KW_OPTION_BYTES] = "a size such as 96GiB, 512MiB, 1e9, or auto",
    };
    return texts[type];
}

void kw_option_range(const kw_option *option, char *text, size_t bytes) {
    const double huge = 9e18;
    const bool unit = option->unit && *option->unit;
    char limits[96] = "";
    if (option->min != 0.0 || option->max != 0.0) {
        if (option->max >= huge) snprintf(limits, sizeof limits, "at least %.15g", option->min);
        else if (option->min <= -huge) snprintf(limits, sizeof limits, "at most %.15g", option->max);
        else snprintf(limits, sizeof limits, "from %.15g to %.15g", option->min, option->max);
    }
    snprintf(text, bytes, "%s%s%s%s%s", limits, *limits && unit ? " " : "", unit ? "[" : "", unit ? option->unit : "",
             unit ? "]" : "");
}

static kw_status type_error(const value_source *source, const char *text) {
    char range[160];
    kw_option_range(source->option, range, sizeof range);
    return kw_fail(KW_E_INPUT, "%s: %s: expected %s%s%s, found '%s'", source->origin, source->option->key,
                   kw_option_type_text(source->option->type), *range ? " " : "", range, text);
}

static kw_status check_range(const value_source *source, double value, const char *text) {
    const kw_option *option = source->option;
    if ((option->min == 0.0 && option->max == 0.0) || (value >= option->min && value <= option->max)) return KW_OK;
    char range[160];
    kw_option_range(option, range, sizeof range);
    return kw_fail(KW_E_INPUT, "%s: %s = %s is out of range: allowed is %s", source->origin, option->key, text, range);
}

static kw_status parse_integer(const value_source *source, const char *text, int64_t *out) {
    char *end;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (end == text || *end) return type_error(source, text);
    if (errno == ERANGE)
        return kw_fail(KW_E_INPUT, "%s: %s = %s is out of range: it does not fit into 64 bits", source->origin,
                       source->option->key, text);
    *out = value;
    return check_range(source, (double)value, text);
}

static kw_status parse_real(const value_source *source, const char *text, double *out) {
    char *end;
    const double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value)) return type_error(source, text);
    *out = value;
    return check_range(source, value, text);
}

static kw_status parse_bool(const value_source *source, const char *text, int64_t *out) {
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (int i = 0; i < 8; ++i)
        if (!strcasecmp(text, words[i])) return *out = i % 2, KW_OK;
    return type_error(source, text);
}

/* Powers of 1024 with or without the "iB", as Slurm reads them; powers of 1000 as kB, MB, GB ... */
static bool unit_factor(const char *unit, double *factor) {
    static const char letters[] = "KMGTPE";
    *factor = 1.0;
    if (!*unit || !strcmp(unit, "B")) return true;
    const char *letter = strchr(letters, toupper((unsigned char)*unit));
    if (!letter) return false;
    const bool decimal = !strcmp(unit + 1, "B");
    if (unit[1] && !decimal && strcmp(unit + 1, "iB")) return false;
    *factor = pow(decimal ? 1000.0 : 1024.0, (double)(letter - letters + 1));
    return true;
}

static kw_status parse_bytes(const value_source *source, const char *text, uint64_t *out) {
    if (!strcasecmp(text, "auto")) return *out = 0, KW_OK;
    char *end;
    double factor;
    const double value = strtod(text, &end);
    if (end == text || !isfinite(value) || value < 0.0) return type_error(source, text);
    while (isspace((unsigned char)*end)) ++end;
    if (!unit_factor(end, &factor)) return type_error(source, text);
    const double bytes = value * factor;
    const bool digits = text[strspn(text, "0123456789")] == '\0';
    errno = 0;
    const uint64_t exact = digits ? strtoull(text, NULL, 10) : 0;
    if (digits ? errno == ERANGE : bytes >= 18446744073709551616.0)
        return kw_fail(KW_E_INPUT, "%s: %s = %s is out of range: it does not fit into 64 bits", source->origin,
                       source->option->key, text);
    *out = digits ? exact : (uint64_t)bytes;
    return check_range(source, bytes, text);
}

static kw_status parse_choice(const value_source *source, const char *text, int64_t *out) {
    const char *choices = source->option->choices;
    const size_t length = strlen(choices);
    char *words = malloc(length + 1);
    if (!words) return kw_fail(KW_E_NOMEM, "no memory for the choices of %s", source->option->key);
    memcpy(words, choices, length + 1);
    kw_suggestion nearest = kw_suggest(text);
    kw_status status = KW_E_INPUT;
    int64_t index = 0;
    char *rest = NULL;
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest), ++index) {
        if (!strcmp(word, text)) {
            *out = index;
            status = KW_OK;
            break;
        }
        kw_suggest_offer(&nearest, word);
    }
    if (status && nearest.best)
        kw_fail(status, "%s: %s = %s is unknown; did you mean %s?  Choices: %s", source->origin, source->option->key, text,
                nearest.best, choices);
    else if (status)
        kw_fail(status, "%s: %s = %s is unknown; choices: %s", source->origin, source->option->key, text, choices);
    free(words);
    return status;
}

/* Cuts blanks at both ends of `text`, in place. */
static char *trim(char *text) {
    while (isspace((unsigned char)*text)) ++text;
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1])) --length;
    text[length] = '\0';
    return text;
}

static kw_status parse_item(const value_source *source, const char *text, size_t i, kw_value *value) {
    switch (source->option->type) {
    case KW_OPTION_INT:
    case KW_OPTION_INTS: return parse_integer(source, text, &value->ints[i]);
    case KW_OPTION_REAL:
    case KW_OPTION_REALS: return parse_real(source, text, &value->reals[i]);
    case KW_OPTION_BOOL: return parse_bool(source, text, &value->ints[i]);
    case KW_OPTION_BYTES: return parse_bytes(source, text, &value->bytes);
    case KW_OPTION_CHOICE:
    case KW_OPTION_TEXT:
    case KW_OPTION_TEXTS: break;
    }
    value->texts[i] = strdup(text);
    if (!value->texts[i]) return kw_fail(KW_E_NOMEM, "no memory for %s", source->option->key);
    return source->option->type == KW_OPTION_CHOICE ? parse_choice(source, text, &value->ints[i]) : KW_OK;
}

static bool is_list(kw_option_type type) {
    return type == KW_OPTION_INTS || type == KW_OPTION_REALS || type == KW_OPTION_TEXTS;
}

static kw_status parse_list(const value_source *source, char *text, kw_value *value) {
    char *rest = text;
    for (size_t i = 0; i < value->count; ++i) {
        char *item = strsep(&rest, ",");
        item = trim(item);
        if (!*item)
            return kw_fail(KW_E_INPUT, "%s: %s: item %zu of the list is empty", source->origin, source->option->key, i + 1);
        const kw_status status = parse_item(source, item, i, value);
        if (status) return status;
    }
    return KW_OK;
}

kw_status kw_value_parse(const kw_option *option, const char *text, const char *origin, kw_value *out) {
    const value_source source = {option, origin};
    kw_status status = KW_E_NOMEM;
    kw_value value = {.count = 1};
    char *copy = strdup(text);
    if (!copy) goto done;
    char *trimmed = trim(copy);
    if (is_list(option->type)) {
        value.count = *trimmed ? 1 : 0;
        for (const char *c = trimmed; *c; ++c) value.count += *c == ',';
    }
    value.text = strdup(trimmed);
    value.ints = calloc(value.count + 1, sizeof *value.ints);
    value.reals = calloc(value.count + 1, sizeof *value.reals);
    value.texts = calloc(value.count + 1, sizeof *value.texts);
    if (!value.text || !value.ints || !value.reals || !value.texts) goto done;
    if (is_list(option->type)) status = parse_list(&source, trimmed, &value);
    else status = parse_item(&source, trimmed, 0, &value);
    if (status) goto done;
    *out = value;
    value = (kw_value){0};
done:
    if (status == KW_E_NOMEM) kw_fail(status, "no memory for the value of %s", option->key);
    kw_value_free(&value);
    free(copy);
    return status;
}

void kw_value_free(kw_value *value) {
    if (value->texts)
        for (size_t i = 0; i < value->count; ++i) free(value->texts[i]);
    free(value->texts);
    free(value->reals);
    free(value->ints);
    free(value->text);
    *value = (kw_value){0};
}
