/* Shortcuts to autoencoders. */
#include "support/autoencoder.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/dense.h"
#include "support/run.h"

kw_config *test_config(const char *format, ...) {
    char words[1024], *rest = NULL;
    kw_config *config = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    if (length < 0 || length >= (int)sizeof words) abort();
    TEST_MUST(kw_config_create(kw_qae_options, kw_qae_option_count, &config));
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        TEST_MUST(kw_config_set(config, word));
    TEST_MUST(kw_config_complete(config));
    return config;
}

kw_qae_config test_parse(const kw_config *source) {
    kw_qae_config config;
    TEST_MUST(kw_qae_config_parse(source, &config));
    return config;
}

kw_qae *test_autoencoder(kw_comm *world, const kw_config *source) {
    kw_qae_config config = test_parse(source);
    kw_qae_forecast forecast;
    kw_qae *qae = NULL;
    TEST_MUST(kw_qae_foretell(&config, kw_comm_size(world), TEST_MEMORY, &forecast));
    TEST_MUST(kw_qae_create(world, &config, &forecast, &qae));
    return qae;
}

kw_status test_autoencoder_run(kw_comm *world, const kw_config *source, const char *resume, json_t **result) {
    const kw_training_request request = {.resume = resume, .mpi = "none", .command = "test"};
    json_t *own = NULL;
    const kw_status status = kw_qae_run(world, source, &request, &own);
    if (result) *result = own;
    else json_decref(own);
    return status;
}

double *test_angles(const kw_qae *qae, uint64_t seed) {
    const size_t p = (size_t)qae->forecast.parameters;
    double *theta = malloc((p + 1) * sizeof *theta);
    if (!theta) abort();
    for (size_t i = 0; i < p; ++i) theta[i] = 2 * M_PI * dense_uniform(&seed);
    return theta;
}
