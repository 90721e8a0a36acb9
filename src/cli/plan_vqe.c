/* F6  Plan of a variational eigensolver. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/plan_circuit.h"
#include "models/vqe.h"

static void print_forecast(const kw_vqe_config *config, const kw_vqe_forecast *f) {
    printf("eigensolver: %s, %d qubits, %zu Pauli strings, %zu gates, %d angles, %" PRIu64 " steps\n", config->name,
           config->n_qubits, config->n_terms, f->gates, f->parameters, f->steps);
    printf("grid:        %d ranks, %d share the state; exact energy %s\n", f->ranks, f->ranks_per_state,
           f->exact ? "computed" : "not computed");
    printf("per rank:\n");
    kw_plan_print_need("one energy", &f->value, true);
    if (f->gradients) kw_plan_print_need("one gradient", &f->gradient, true);
    kw_plan_print_need("one whole evaluation", &f->evaluation, true);
    kw_plan_print_need("whole run", &f->run, f->run_known);
    printf("fits: %s (%.6f of %.6f GiB per rank)\n", f->fits ? "true" : "false", kw_gib(f->run.peak_bytes),
           kw_gib(f->memory_per_rank));
}

static kw_status print_circuit(const kw_vqe_config *config, int ranks) {
    kw_circuit *circuit = NULL;
    const kw_status status = kw_vqe_circuit(config, &circuit);
    return kw_plan_print_circuit(status, circuit, ranks);
}

typedef struct {
    const kw_vqe_config *config;
    const kw_vqe_forecast *forecast;
} trial;

static bool fits(const void *context, kw_precision precision) {
    const trial *t = context;
    kw_vqe_config config = *t->config;
    kw_vqe_forecast found;
    config.training.precision = precision;
    return kw_vqe_foretell(&config, t->forecast->ranks, t->forecast->memory_per_rank, &found) == KW_OK && found.fits;
}

static kw_status report(const kw_plan_request *r, const kw_vqe_config *config, const kw_vqe_forecast *f) {
    const trial t = {config, f};
    const kw_plan_storage storage = kw_plan_storage_of(&config->training, f->fits, fits, &t, f->rounding, f->infidelity);
    bool print;
    const kw_status status = kw_plan_write_learned(r, kw_vqe_forecast_json(config, f), &storage, &print);
    if (status != KW_OK || !print) return status;
    print_forecast(config, f);
    kw_plan_print_storage(&storage, "run.precision = ");
    return kw_words_flag(r->words, "--verbose") ? print_circuit(config, f->ranks_per_state) : KW_OK;
}

kw_status kw_plan_vqe(const kw_plan_request *r, const kw_config *source) {
    kw_vqe_config config;
    kw_vqe_forecast forecast;
    kw_status status = kw_vqe_config_parse(source, &config);
    if (status != KW_OK) return status;
    const bool given = !kw_words_value(r->words, "--memory-per-rank") && config.training.memory_per_rank;
    status = kw_vqe_foretell(&config, r->ranks, given ? config.training.memory_per_rank : r->memory, &forecast);
    if (status == KW_OK) status = report(r, &config, &forecast);
    kw_vqe_config_clear(&config);
    return status;
}
