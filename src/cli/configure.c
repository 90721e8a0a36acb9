/* F6  Configurations from the command line. */
#include "cli/configure.h"

#include "base/error.h"
#include "io/config_value.h"
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

kw_status kw_read_bytes(const char *name, const char *text, uint64_t *bytes) {
    static const kw_option option = {.key = "size", .type = KW_OPTION_BYTES, .help = ""};
    kw_value value;
    if (kw_value_parse(&option, text, name, &value) != KW_OK) return kw_fail(KW_E_ARG, "%s", kw_error_message());
    if (value.bytes) *bytes = value.bytes;
    kw_value_free(&value);
    return KW_OK;
}
