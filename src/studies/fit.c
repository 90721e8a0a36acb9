/* F5  Autoencoders as rows of a study. */
#include "studies/fit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

enum { WORDS = 2048 };

kw_status kw_study_configure(const kw_sweep *sweep, const char *given, kw_config **out, kw_qae_config *parsed) {
    char words[WORDS], *rest = NULL, memory[64];
    kw_config *config = NULL;
    if (snprintf(words, sizeof words, "%s", given) >= WORDS) return kw_fail(KW_E_INPUT, "too long: %s", given);
    kw_status status = kw_config_create(kw_qae_options, kw_qae_option_count, &config);
    for (char *word = strtok_r(words, " ", &rest); word && status == KW_OK; word = strtok_r(NULL, " ", &rest))
        status = kw_config_set(config, word);
    snprintf(memory, sizeof memory, "run.memory_per_rank=%llu", (unsigned long long)kw_sweep_memory(sweep));
    if (status == KW_OK) status = kw_config_set(config, memory);
    if (status == KW_OK) status = kw_config_complete(config);
    if (status == KW_OK) status = kw_qae_config_parse(config, parsed);
    if (status == KW_OK) *out = config;
    else kw_config_destroy(&config);
    return status;
}

kw_status kw_study_fit(const kw_sweep *sweep, kw_comm *comm, const char *words, const kw_qae_fit_request *request,
                       kw_qae_fit_result *out) {
    kw_config *config = NULL;
    kw_qae_config parsed;
    kw_status status = kw_comm_agree(comm, kw_study_configure(sweep, words, &config, &parsed));
    if (status == KW_OK) status = kw_qae_fit_with(comm, &parsed, request, out);
    kw_config_destroy(&config);
    return status;
}

kw_status kw_study_fit_check(const kw_sweep *sweep, const char *words) {
    kw_config *config = NULL;
    kw_qae_config parsed;
    const kw_status status = kw_study_configure(sweep, words, &config, &parsed);
    kw_config_destroy(&config);
    return status;
}

kw_status kw_study_check_texts(const kw_config *config, const char *key, const char *const *known) {
    char all[512] = "";
    const char *const *list;
    const size_t count = kw_config_texts(config, key, &list);
    for (size_t k = 0, length = 0; known[k] && length < sizeof all; ++k)
        length += (size_t)snprintf(all + length, sizeof all - length, "%s%s", k ? ", " : "", known[k]);
    for (size_t i = 0; i < count; ++i) {
        size_t k = 0;
        while (known[k] && strcmp(known[k], list[i]) != 0) ++k;
        if (!known[k]) return kw_fail(KW_E_INPUT, "%s: '%s' is none of %s", key, list[i], all);
    }
    return count ? KW_OK : kw_fail(KW_E_INPUT, "%s is empty: expected some of %s", key, all);
}

double kw_study_digits(double error) { return -log10(fmax(error, 1e-16)); }
