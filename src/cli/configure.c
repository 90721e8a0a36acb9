/* F6  Configurations from the command line. */
#include "cli/configure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "io/config_value.h"
#include "models/qae_config.h"
#include "models/train_config.h"
#include "models/vqe_config.h"
#include "studies/quantum_train.h"
#include "studies/study.h"

const kw_system kw_systems[] = {
    {"qae", "qae", kw_qae_options, &kw_qae_option_count},
    {"vqe", "vqe", kw_vqe_options, &kw_vqe_option_count},
    {"train", "generator", kw_train_options, &kw_train_option_count},
};
const size_t kw_system_count = sizeof kw_systems / sizeof *kw_systems;

const kw_system *kw_system_of(const char *verb) {
    for (size_t i = 0; i < kw_system_count; ++i)
        if (!strcmp(kw_systems[i].verb, verb)) return &kw_systems[i];
    return NULL;
}

bool kw_system_named(const char *name, kw_system *out) {
    static size_t controls;
    const kw_option *options = kw_quantum_train_options(&controls);
    const kw_system *system = kw_system_of(name);
    const kw_study *study = kw_study_find(name);
    if (system) *out = *system;
    else if (study) *out = (kw_system){"study", "study", study->options, &study->option_count};
    else if (!strcmp(name, KW_QUANTUM_TRAIN_STUDY)) *out = (kw_system){"study", "study", options, &controls};
    else return false;
    return true;
}

/* "[vqe]" or "vqe.key=..." for a system named vqe. */
static const kw_system *named_in(const char *text, char before, char behind) {
    text += strspn(text, " \t");
    if (before && *text++ != before) return NULL;
    for (size_t i = 0; i < kw_system_count; ++i) {
        const size_t length = strlen(kw_systems[i].section);
        if (!strncmp(text, kw_systems[i].section, length) && text[length] == behind) return &kw_systems[i];
    }
    return NULL;
}

kw_status kw_system_detect(const kw_words *words, const char *path, const kw_system **out) {
    const char *const *overrides;
    const size_t count = kw_words_values(words, "-p", &overrides);
    const kw_system *found = NULL;
    for (size_t i = 0; i < count && !found; ++i) found = named_in(overrides[i], '\0', '.');
    FILE *file = path && !found ? fopen(path, "r") : NULL;
    if (path && !found && !file) return kw_fail(KW_E_INPUT, "%s: %s", path, strerror(errno));
    char *line = NULL;
    size_t capacity = 0;
    while (file && !found && getline(&line, &capacity, file) >= 0) found = named_in(line, '[', ']');
    if (file) fclose(file);
    free(line);
    *out = found ? found : kw_systems;
    return KW_OK;
}

kw_status kw_configure(const kw_words *words, const kw_system *system, const char *path, kw_config **out) {
    kw_config *config = NULL;
    const char *const *overrides;
    const size_t count = kw_words_values(words, "-p", &overrides);
    kw_status status = kw_config_create(system->options, *system->count, &config);
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
