/* F6  Plan of a Quantum-Train run. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/plan_circuit.h"
#include "models/generator_internal.h"
#include "models/train.h"

static void print_forecast(const kw_train_config *c, const kw_train_forecast *f) {
    printf("quantum-train: %s, %zu training, %zu validation and %zu test images (as published; the run counts them)\n",
           c->set_name, f->train, f->validation, f->test);
    printf("weights:       %zu from %zu parameters: source %s, %d qubits, %zu angles, %d weights per row\n", c->weights,
           f->parameters, c->generator.source_name, c->generator.qubits, f->angles, c->generator.chunk);
    printf("steps:         %" PRIu64 " of %" PRIu64 " images, %" PRIu64 " per epoch\n", f->steps, c->batch,
           f->steps_per_epoch);
    printf("grid:          %d ranks share a batch, %d a state; the mapping's rows are %s\n", f->ranks, f->ranks_per_state,
           f->shard ? "shared" : "computed on every rank");
    printf("fits: %s (%.6f of %.6f GiB per rank)\n", f->fits ? "true" : "false", kw_gib(f->bytes),
           kw_gib(f->memory_per_rank));
}

static kw_status print_circuit(const kw_train_config *c, int ranks) {
    kw_generator_circuit made = {0};
    const kw_status status = kw_generator_circuit_make(&c->training, &c->generator, c->training.layers, &made);
    return kw_plan_print_circuit(status, made.circuit, ranks);
}

typedef struct {
    const kw_train_config *config;
    const kw_train_forecast *forecast;
    const size_t *images;
} trial;

static bool fits(const void *context, kw_precision precision) {
    const trial *t = context;
    kw_train_config config = *t->config;
    kw_train_forecast found;
    config.training.precision = precision;
    return kw_train_foretell(&config, t->images, t->forecast->ranks, t->forecast->memory_per_rank, &found) == KW_OK
           && found.fits;
}

static kw_status report(const kw_plan_request *r, const kw_train_config *config, const kw_train_forecast *f,
                        const size_t images[2]) {
    const trial t = {config, f, images};
    const kw_plan_storage storage = kw_plan_storage_of(&config->training, f->fits, fits, &t, f->rounding, f->infidelity);
    bool print;
    const kw_status status = kw_plan_write_learned(r, kw_train_forecast_json(config, f), &storage, &print);
    if (status != KW_OK || !print) return status;
    print_forecast(config, f);
    kw_plan_print_storage(&storage, "run.precision = ");
    return kw_words_flag(r->words, "--verbose") ? print_circuit(config, f->ranks_per_state) : KW_OK;
}

kw_status kw_plan_train(const kw_plan_request *r, const kw_config *source) {
    kw_train_config config;
    kw_train_forecast forecast;
    size_t found[2];
    kw_status status = kw_train_config_parse(source, &config);
    if (status != KW_OK) return status;
    const bool given = !kw_words_value(r->words, "--memory-per-rank") && config.training.memory_per_rank;
    kw_train_expected_images(&config, found);
    status = kw_train_foretell(&config, found, r->ranks, given ? config.training.memory_per_rank : r->memory, &forecast);
    return status == KW_OK ? report(r, &config, &forecast, found) : status;
}
