/* F6  Words that several verbs read in the same way. */
#include "cli/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* "0,5,7" or "all". */
static kw_status read_amplitudes(const char *text, kw_run_request *request, uint64_t **indices) {
    request->all_amplitudes = !strcmp(text, "all");
    if (request->all_amplitudes) return KW_OK;
    *indices = malloc((strlen(text) + 1) * sizeof **indices);
    if (!*indices) return kw_fail(KW_E_NOMEM, "no memory for --amplitudes");
    for (const char *at = text;; ++at) {
        char *end;
        errno = 0;
        const uint64_t index = strtoull(at, &end, 10);
        if (end == at || *at == '-' || errno || (*end && *end != ','))
            return kw_fail(KW_E_ARG, "--amplitudes %s: expected basis indices separated by commas, or all", text);
        (*indices)[request->n_amplitudes++] = index;
        if (!*end) break;
        at = end;
    }
    request->amplitudes = *indices;
    return KW_OK;
}

kw_status kw_read_run_request(const kw_words *words, kw_run_request *request, uint64_t **indices) {
    int64_t shots = 0;
    const char *precision = kw_words_value(words, "--precision"), *amplitudes = kw_words_value(words, "--amplitudes");
    kw_status status = kw_words_integer(words, "--shots", 0, (int64_t)1 << 40, 0, &shots);
    *request = (kw_run_request){.shots = (uint64_t)shots};
    if (precision && !strcmp(precision, "single")) request->precision = KW_SINGLE;
    else if (precision && strcmp(precision, "double") != 0)
        status = kw_fail(KW_E_ARG, "--precision %s: expected double or single", precision);
    request->n_observables = kw_words_values(words, "--observable", &request->observables);
    if (status == KW_OK && amplitudes) status = read_amplitudes(amplitudes, request, indices);
    return status;
}
