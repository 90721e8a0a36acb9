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

kw_status kw_read_seconds(const kw_words *words, const char *name, double *seconds) {
    const char *text = kw_words_value(words, name);
    char *end;
    if (!text) return KW_OK;
    const double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0 && value <= 1e9))
        return kw_fail(KW_E_ARG, "%s %s: expected seconds, from 0 to 1e9", name, text);
    *seconds = value;
    return KW_OK;
}

kw_status kw_read_run_request(const kw_words *words, kw_run_request *request, uint64_t **amplitudes) {
    int64_t shots = 0;
    const char *precision = kw_words_value(words, "--precision"), *list = kw_words_value(words, "--amplitudes");
    kw_status status = kw_words_integer(words, "--shots", 0, (int64_t)1 << 40, 0, &shots);
    *request = (kw_run_request){.shots = (uint64_t)shots};
    if (precision && kw_precision_parse(precision, &request->precision) != KW_OK)
        status = kw_fail(KW_E_ARG, "--precision %s: expected double, single, s16 or s8", precision);
    request->n_observables = kw_words_values(words, "--observable", &request->observables);
    request->all_amplitudes = list && !strcmp(list, "all");
    if (status == KW_OK && list && !request->all_amplitudes)
        status = kw_read_list("--amplitudes", list, "basis indices separated by commas, or all", amplitudes,
                              &request->n_amplitudes);
    request->amplitudes = *amplitudes;
    return status;
}
