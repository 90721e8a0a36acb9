/* F4  Running the autoencoder: what its training loop asks, and what it says. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "models/qae.h"
#include "models/qae_output.h"

/* ---- the loop's questions ---- */

static kw_status value(void *model, uint64_t evaluation, const double *theta, double *f) {
    return kw_qae_value(model, evaluation, theta, f);
}

static kw_status gradient(void *model, uint64_t evaluation, const double *theta, double *f, double *g) {
    kw_qae *q = model;
    return q->rule ? kw_qae_gradient_by_shift(q, evaluation, theta, f, g) : kw_qae_gradient(q, theta, f, g);
}

static kw_status fill_row(void *model, const double *theta, bool whole, double *row) {
    kw_qae *q = model;
    kw_qae_score train, test;
    row[KW_QAE_COST_GLOBAL] = q->last.cost_global;
    row[KW_QAE_COST_LOCAL] = q->last.cost_local;
    row[KW_QAE_FIDELITY] = q->last.fidelity;
    row[KW_QAE_INFIDELITY] = q->last.infidelity;
    if (q->config.training.shots) row[KW_QAE_COPIES] = (double)q->copies;
    if (!whole) return KW_OK;
    const kw_status status = kw_qae_evaluate(q, theta, &train, &test, NULL);
    if (status != KW_OK) return status;
    row[KW_QAE_RECONSTRUCTION] = train.reconstruction;
    if (q->n_test) row[KW_QAE_TEST_FIDELITY] = test.fidelity, row[KW_QAE_TEST_RECONSTRUCTION] = test.reconstruction;
    return KW_OK;
}

static void speak(const void *model, const double *row, char *text, size_t bytes) {
    const kw_qae *q = model;
    snprintf(text, bytes, "cost %.6e  fidelity %.8f of %.8f (gap %.1e)", row[KW_ROW_COST], row[KW_QAE_FIDELITY],
             q->train_bound.optimum, row[KW_QAE_INFIDELITY] - q->train_bound.optimum_error);
}

/* ---- start and end ---- */

static void announce(const kw_qae *q) {
    const kw_qae_forecast *f = &q->forecast;
    const int n = q->config.data.n_qubits;
    fprintf(
        stderr,
        "ketwall: %d qubits to %d, %d training and %d test states, %d angles; %d replica%s of %d rank%s, %.1f MiB each\n", n,
        n - q->config.n_trash, f->train, f->test, f->parameters, f->replicas, f->replicas == 1 ? "" : "s",
        f->ranks_per_state, f->ranks_per_state == 1 ? "" : "s", (double)f->run.peak_bytes / 0x1p20);
    fprintf(stderr, "ketwall: exact optimum %.12f (1 - optimum %.3e), best constant encoder %.12f\n", q->train_bound.optimum,
            q->train_bound.optimum_error, q->train_bound.null_baseline);
    enum { SPOKEN = 4 }; /* notes that are worth a line here; result.json has all */
    for (int i = 0; i < q->n_train + q->n_test && i < SPOKEN; ++i) {
        char label[128];
        if (!*q->entries[i].note) continue;
        kw_ensemble_label(q->ensemble, q->entries[i].member, label, sizeof label);
        fprintf(stderr, "ketwall: %s: %s\n", label, q->entries[i].note);
    }
}

static kw_status finish(kw_training *training, kw_qae *q, kw_comm *world, json_t **result) {
    kw_qae_score train, test;
    kw_qae_result *results = calloc((size_t)q->n_train + (size_t)q->n_test, sizeof *results);
    kw_status status = kw_comm_agree(world, results ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for the results"));
    if (status == KW_OK) status = kw_qae_evaluate(q, kw_training_theta(training), &train, &test, results);
    if (status == KW_OK) {
        const uint64_t copies = kw_qae_copies(&q->config, kw_training_evaluations(training), q->n_train);
        const kw_qae_summary summary = {&train, &test, results, kw_qae_peak(q), kw_qae_traffic(q), copies};
        if (kw_comm_rank(world) == 0) *result = kw_qae_result_json(q, &summary);
        status = kw_training_finish(training, *result);
    }
    free(results);
    return status;
}

static kw_status train(kw_training *training, kw_comm *world, const kw_qae_config *config, const kw_qae_forecast *forecast,
                       json_t **result) {
    kw_qae *q = NULL;
    kw_status status = kw_qae_create(world, config, forecast, &q);
    if (status != KW_OK) return status;
    if (kw_comm_rank(world) == 0) announce(q);
    status = kw_training_run(training, q);
    if (status == KW_OK) status = finish(training, q, world, result);
    kw_qae_destroy(&q);
    return status;
}

kw_status kw_qae_run(kw_comm *world, const kw_config *source, const kw_training_request *request, json_t **result) {
    kw_qae_config config;
    kw_qae_forecast forecast;
    kw_training *training = NULL;
    *result = NULL;
    kw_status status = kw_comm_agree(world, kw_qae_config_parse(source, &config));
    if (status != KW_OK) return status;
    const uint64_t memory = kw_training_memory(world, &config.training);
    status = kw_qae_foretell(&config, kw_comm_size(world), memory, &forecast);
    if (status == KW_OK) status = kw_qae_check_fit(&forecast);
    status = kw_comm_agree(world, status);
    if (status != KW_OK) return status;
    const kw_training_model model = {.kind = "qae",
                                     .columns = KW_QAE_ROW_NAMES,
                                     .row_numbers = KW_QAE_ROW_NUMBERS,
                                     .n_qubits = config.data.n_qubits,
                                     .value = value,
                                     .gradient = gradient,
                                     .row = fill_row,
                                     .speak = speak};
    status = kw_training_create(world, source, &config.training, request, &model, forecast.parameters, &training);
    if (status == KW_OK) status = train(training, world, &config, &forecast, result);
    kw_training_destroy(&training);
    return status;
}
