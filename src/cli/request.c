/* F6  Words that several verbs read in the same way. */
#include "cli/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

kw_status kw_read_list(const char *name, const char *text, const char *what, uint64_t **indices, size_t *count) {
    *indices = malloc((strlen(text) + 1) * sizeof **indices);
    if (!*indices) return kw_fail(KW_E_NOMEM, "no memory for %s", name);
    for (const char *at = text;; ++at) {
        char *end;
        errno = 0;
        const uint64_t index = strtoull(at, &end, 10);
        if (end == at || *at == '-' || errno || (*end && *end != ','))
            return kw_fail(KW_E_ARG, "%s %s: expected %s", name, text, what);
        (*indices)[(*count)++] = index;
        if (!*end) break;
        at = end;
    }
    return KW_OK;
}

/* From 0 to `most`; where the option is not given, *out stays. */
static kw_status read_real(const kw_words *words, const char *name, const char *what, double most, double *out) {
    const char *text = kw_words_value(words, name);
    char *end;
    if (!text) return KW_OK;
    const double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0 && value <= most))
        return kw_fail(KW_E_ARG, "%s %s: expected %s, from 0 to %g", name, text, what, most);
    *out = value;
    return KW_OK;
}

kw_status kw_read_seconds(const kw_words *words, const char *name, double *seconds) {
    return read_real(words, name, "seconds", 1e9, seconds);
}

static kw_status as_argument(const char *name, kw_status status) {
    return status == KW_OK ? KW_OK : kw_fail(KW_E_ARG, "%s: %s", name, kw_error_message());
}

kw_status kw_read_precision(const kw_words *words, kw_precision *precision) {
    const char *text = kw_words_value(words, "--precision");
    return text ? as_argument("--precision", kw_precision_parse(text, precision)) : KW_OK;
}

/* How amplitudes are stored, and what that may cost. */
static kw_status read_storage(const kw_words *words, kw_run_request *request) {
    const char *rounding = kw_words_value(words, "--rounding");
    kw_status status = kw_read_precision(words, &request->precision);
    if (status == KW_OK && rounding) status = as_argument("--rounding", kw_rounding_parse(rounding, &request->rounding));
    if (status != KW_OK) return status;
    return read_real(words, "--max-infidelity", "an infidelity", 1, &request->max_infidelity);
}

kw_status kw_read_run_request(const kw_words *words, kw_run_request *request, uint64_t **amplitudes) {
    int64_t shots = 0;
    const char *list = kw_words_value(words, "--amplitudes");
    kw_status status = kw_words_integer(words, "--shots", 0, (int64_t)1 << 40, 0, &shots);
    *request = (kw_run_request){.shots = (uint64_t)shots, .max_infidelity = strtod(KW_MAX_INFIDELITY, NULL)};
    if (status == KW_OK) status = read_storage(words, request);
    request->n_observables = kw_words_values(words, "--observable", &request->observables);
    request->all_amplitudes = list && !strcmp(list, "all");
    if (status == KW_OK && list && !request->all_amplitudes)
        status = kw_read_list("--amplitudes", list, "basis indices separated by commas, or all", amplitudes,
                              &request->n_amplitudes);
    request->amplitudes = *amplitudes;
    return status;
}
