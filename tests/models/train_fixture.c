/* A Quantum-Train system without a run directory. */
#include "models/train_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "support/run.h"
#include "support/world.h"

kw_config *train_options(const char *lines) {
    kw_config *config = NULL;
    char *copy = strdup(lines), *rest = NULL;
    TEST_MUST(kw_config_create(kw_train_options, kw_train_option_count, &config));
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        TEST_MUST(kw_config_set(config, line));
    free(copy);
    return config;
}

train_fixture *train_make(kw_comm *comm, const char *lines) {
    train_fixture *f = calloc(1, sizeof *f);
    kw_images images[2];
    kw_train_forecast forecast;
    f->source = train_options(lines);
    TEST_MUST(kw_train_config_parse(f->source, &f->config));
    TEST_MUST(kw_train_load(comm, &f->config, &images[0], &images[1]));
    const size_t found[2] = {images[0].count, images[1].count};
    TEST_MUST(kw_train_foretell(&f->config, found, kw_comm_size(comm), UINT64_C(1) << 30, &forecast));
    TEST_MUST(kw_train_create(comm, &f->config, &forecast, &images[0], &images[1], &f->train));
    return f;
}

void train_free(train_fixture *fixture) {
    kw_train_destroy(&fixture->train);
    kw_config_destroy(&fixture->source);
    free(fixture);
}
