/* libFuzzer: the INI reader with every option table there is takes or refuses any bytes; a refusal names the place, and what
 * is taken is written so that it reads back the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "io/machine_file.h"
#include "models/noise_config.h"
#include "models/qae_config.h"
#include "models/train_config.h"
#include "models/vqe_config.h"

enum { MOST_BYTES = 65536 };

static void must_name_the_file(kw_status status, const char *path) {
    fuzz_must(status == KW_E_INPUT && !strncmp(kw_error_message(), path, strlen(path)), "a refusal without a place");
}

static void must_be_the_same(const kw_config *a, const kw_config *b) {
    for (size_t i = 0; i < kw_config_count(a); ++i) {
        const char *key, *value, *other, *origin;
        kw_config_entry(a, i, &key, &value, &origin);
        kw_config_entry(b, i, &key, &other, &origin);
        fuzz_must(value ? other && !strcmp(value, other) : !other, key);
    }
}

static void check_written(const kw_option *table, size_t count, const kw_config *config) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    fuzz_must(out != NULL, "memory");
    kw_config_write(config, out);
    fuzz_must(!fclose(out), "memory");
    kw_config *again = NULL;
    fuzz_must(kw_config_create(table, count, &again) == KW_OK, "a table");
    const kw_status status = kw_config_read(again, fuzz_file(1, text, length));
    if (status == KW_OK) must_be_the_same(config, again);
    else fuzz_must(strstr(kw_error_message(), "too long") != NULL, "what was written is refused");
    kw_config_destroy(&again);
    free(text);
}

/* What checks the values of a table, unless that would read files that they name. */
static void check_values(const kw_option *table, const kw_config *config) {
    kw_qae_config qae;
    kw_vqe_config vqe;
    kw_train_config train;
    kw_status status = KW_OK;
    if (table == kw_qae_options) status = kw_qae_config_parse(config, &qae);
    if (table == kw_train_options) status = kw_train_config_parse(config, &train);
    if (table == kw_vqe_options) {
        status = kw_vqe_config_parse(config, &vqe);
        if (status == KW_OK) kw_vqe_config_clear(&vqe);
    }
    fuzz_must(status == KW_OK || status == KW_E_INPUT || status == KW_E_FIT || status == KW_E_NOMEM, "an odd refusal");
}

static void check_table(const kw_option *table, size_t count, const char *path, int names_files) {
    kw_config *config = NULL;
    fuzz_must(kw_config_create(table, count, &config) == KW_OK, "a table");
    kw_status status = kw_config_read(config, path);
    if (status == KW_OK) check_written(table, count, config);
    if (status == KW_OK) status = kw_config_complete(config);
    if (status != KW_OK) must_name_the_file(status, path);
    else if (!names_files) check_values(table, config);
    fuzz_taken += status == KW_OK;
    kw_config_destroy(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kw_machine machine;
    kw_noise_model noise;
    if (size > MOST_BYTES) return 0;
    const char *path = fuzz_file(0, data, size);
    int names_files = 0;
    for (size_t i = 0; i + 4 <= size; ++i) names_files |= !memcmp(data + i, "file", 4);
    check_table(kw_qae_options, kw_qae_option_count, path, names_files);
    check_table(kw_vqe_options, kw_vqe_option_count, path, names_files);
    check_table(kw_train_options, kw_train_option_count, path, names_files);
    kw_status status = kw_noise_read(path, &noise);
    fuzz_taken += status == KW_OK;
    if (status != KW_OK) must_name_the_file(status, path);
    status = kw_machine_read(path, &machine);
    fuzz_taken += status == KW_OK;
    if (status != KW_OK && strncmp(kw_error_message(), "default: machine.", 17)) must_name_the_file(status, path);
    return 0;
}
