/* F6  Configurations from the command line. */
#include "cli/configure.h"

#include "models/qae_config.h"

kw_status kw_configure_qae(const kw_words *words, const char *path, kw_config **out) {
    kw_config *config = NULL;
    const char *const *overrides;
    const size_t count = kw_words_values(words, "-p", &overrides);
    kw_status status = kw_config_create(kw_qae_options, kw_qae_option_count, &config);
    for (size_t i = 0; i < count && status == KW_OK; ++i) status = kw_config_set(config, overrides[i]);
    if (status == KW_OK && path) status = kw_config_read(config, path);
    if (status == KW_OK) *out = config;
    else kw_config_destroy(&config);
    return status;
}
