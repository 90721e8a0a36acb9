/* F4  Running the variational eigensolver: what its training loop asks, and what it says. */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/lanczos.h"
#include "models/vqe_internal.h"

/* ---- the loop's questions ---- */

static kw_status value(void *model, uint64_t evaluation, const double *theta, double *f) {
    return kw_vqe_value(model, evaluation, theta, f);
}

static kw_status gradient(void *model, uint64_t evaluation, const double *theta, double *f, double *g) {
    (void)evaluation; /* exact: no shots to key */
    return kw_vqe_gradient(model, theta, f, g);
}

static kw_status fill_row(void *model, const double *theta, bool whole, double *row) {
    kw_vqe *q = model;
    if (!q->strings) row[KW_VQE_ENERGY] = row[KW_ROW_COST];
    return whole ? kw_vqe_evaluate(q, theta, &row[KW_VQE_ENERGY], &row[KW_VQE_VARIANCE]) : KW_OK;
}

static void speak(const void *model, const double *row, char *text, size_t bytes) {
    const kw_vqe *q = model;
    const double energy = row[KW_ROW_COST];
    if (q->controls.known)
        snprintf(text, bytes, "energy %.10f of %.10f (gap %.1e)", energy, q->controls.exact, energy - q->controls.exact);
    else snprintf(text, bytes, "energy %.10f (best product state %.10f)", energy, q->controls.product);
}

/* ---- start and end ---- */

static void announce(const kw_vqe *q) {
    const kw_vqe_forecast *f = &q->forecast;
    const kw_vqe_controls *c = &q->controls;
    fprintf(stderr, "ketwall: %d qubits, %zu Pauli strings, %zu gates, %d angles; %d rank%s, %.1f MiB each\n",
            q->config->n_qubits, q->config->n_terms, f->gates, f->parameters, f->ranks_per_state,
            f->ranks_per_state == 1 ? "" : "s", (double)f->run.peak_bytes / 0x1p20);
    if (f->ranks > f->ranks_per_state)
        fprintf(stderr, "ketwall: %d of %d ranks can share this state; the others repeat the work\n", f->ranks_per_state,
                f->ranks);
    if (c->known) fprintf(stderr, "ketwall: exact ground-state energy %.12f (%s); ", c->exact, c->method);
    else fprintf(stderr, "ketwall: exact ground-state energy not computed; ");
    fprintf(stderr, "best product state found %.12f\n", c->product);
}

static void measure_costs(kw_vqe *q, kw_vqe_summary *out) {
    const kw_traffic ket = kw_state_traffic(q->ket), bra = q->bra ? kw_state_traffic(q->bra) : (kw_traffic){0, 0};
    const uint64_t peak = kw_memory_peak() > q->peak_bytes ? kw_memory_peak() : q->peak_bytes;
    int64_t most[3] = {(int64_t)(ket.exchanges + bra.exchanges), (int64_t)(ket.bytes + bra.bytes), (int64_t)peak};
    kw_comm_max(q->world, most, 3);
    out->exchanges = (uint64_t)most[0];
    out->bytes_exchanged = (uint64_t)most[1];
    out->peak_bytes = (uint64_t)most[2];
}

static kw_status train(kw_training *training, kw_comm *world, kw_vqe_config *config, const kw_vqe_forecast *forecast,
                       json_t **result) {
    kw_vqe *q = NULL;
    kw_vqe_summary summary;
    kw_status status = kw_vqe_create(world, config, forecast, &q);
    if (status != KW_OK) return status;
    if (kw_comm_rank(world) == 0) announce(q);
    status = kw_training_run(training, q);
    if (status == KW_OK) status = kw_vqe_evaluate(q, kw_training_theta(training), &summary.energy, &summary.variance);
    if (status == KW_OK) summary.infidelity = kw_state_infidelity(q->ket);
    if (status == KW_OK && kw_paulis_are_diagonal(config->terms, config->n_terms)) status = kw_vqe_best_sample(q);
    if (status == KW_OK) {
        measure_costs(q, &summary);
        if (kw_comm_rank(world) == 0) *result = kw_vqe_result_json(q, &summary);
        status = kw_training_finish(training, *result);
    }
    kw_vqe_destroy(&q);
    return status;
}

static kw_status check_fit(const kw_vqe_forecast *f) {
    if (f->fits) return KW_OK;
    return kw_fail(KW_E_FIT,
                   "%.3f GiB per rank are needed, %.3f GiB are there: use more ranks, a smaller run.precision, a larger "
                   "run.memory_per_rank%s; ketwall plan shows what fits",
                   (double)f->run.peak_bytes / 0x1p30, (double)f->memory_per_rank / 0x1p30,
                   f->exact_bytes > f->memory_per_rank ? ", or vqe.exact = auto" : "");
}

static kw_status run(kw_comm *world, const kw_config *source, kw_vqe_config *config, const kw_training_request *request,
                     json_t **result) {
    kw_vqe_forecast forecast;
    kw_training *training = NULL;
    const uint64_t memory = kw_training_memory(world, &config->training);
    kw_status status = kw_vqe_foretell(config, kw_comm_size(world), memory, &forecast);
    if (status == KW_OK) status = check_fit(&forecast);
    status = kw_comm_agree(world, status);
    if (status != KW_OK) return status;
#define NAME(constant, name) " " name
    const kw_training_model model = {.kind = "vqe",
                                     .columns = KW_ROW_COMMON KW_VQE_COLUMNS(NAME),
                                     .row_numbers = KW_VQE_ROW_NUMBERS,
                                     .n_qubits = config->n_qubits,
                                     .value = value,
                                     .gradient = gradient,
                                     .row = fill_row,
                                     .speak = speak};
#undef NAME
    status = kw_training_create(world, source, &config->training, request, &model, forecast.parameters, &training);
    if (status == KW_OK) status = train(training, world, config, &forecast, result);
    kw_training_destroy(&training);
    return status;
}

kw_status kw_vqe_run(kw_comm *world, const kw_config *source, const kw_training_request *request, json_t **result) {
    kw_vqe_config config;
    *result = NULL;
    kw_status status = kw_comm_agree(world, kw_vqe_config_parse(source, &config));
    if (status == KW_OK) status = run(world, source, &config, request, result);
    kw_vqe_config_clear(&config);
    return status;
}
