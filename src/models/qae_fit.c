/* F4  Training an autoencoder in memory. */
#include "models/qae_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "circuit/shift.h"

#define LEAST_COST 1e-300 /* whose logarithm is taken where the cost is 0 */

typedef struct {
    kw_qae *q;
    const kw_qae_fit_request *request;
    size_t p;
    double *best; /* (p) angles of the lowest cost */
    double best_cost;
    bool reached;
    size_t told;    /* moments */
    double telling; /* seconds */
} fit;

/* ---- the optimiser's questions ---- */

static double logarithm(double cost) { return log10(fmax(cost, LEAST_COST)); }

static kw_status value(void *context, uint64_t evaluation, const double *theta, double *f) {
    const fit *t = context;
    const kw_status status = kw_qae_value(t->q, evaluation, theta, f);
    if (status == KW_OK && t->request->logarithm) *f = logarithm(*f);
    return status;
}

/* d log10 C = dC / (C ln 10) */
static kw_status gradient(void *context, uint64_t evaluation, const double *theta, double *f, double *g) {
    const fit *t = context;
    const kw_status status =
        t->q->rule ? kw_qae_gradient_by_shift(t->q, evaluation, theta, f, g) : kw_qae_gradient(t->q, theta, f, g);
    if (status != KW_OK || !t->request->logarithm) return status;
    const double factor = 1 / (fmax(*f, LEAST_COST) * log(10.0));
    for (size_t i = 0; i < t->p; ++i) g[i] *= factor;
    *f = logarithm(*f);
    return KW_OK;
}

/* Tells the exact scores of the point that so many steps have led to, if they are asked for.  Adam takes one evaluation for
 * each step, SPSA two. */
static kw_status tell(fit *t, uint64_t steps, const double *theta) {
    const kw_qae_fit_request *r = t->request;
    if (t->told == r->n_moments || r->moments[t->told] != steps) return KW_OK;
    const uint64_t each = t->q->config.training.optimiser.kind == KW_OPTIMISER_SPSA ? 2 : 1;
    const double started = kw_seconds();
    kw_qae_score train, test;
    const kw_status status = kw_qae_evaluate(t->q, theta, &train, &test, NULL);
    if (status != KW_OK) return status;
    r->moment(r->context, steps, kw_qae_copies(&t->q->config, each * steps, t->q->n_train), &train);
    ++t->told;
    t->telling += kw_seconds() - started;
    return KW_OK;
}

static kw_status on_step(void *context, uint64_t step, const double *theta, double f, const double *g) {
    fit *t = context;
    (void)g;
    if (f < t->best_cost) {
        t->best_cost = f;
        memcpy(t->best, theta, t->p * sizeof *theta);
    }
    const double gap = t->q->last.infidelity - t->q->train_bound.optimum_error;
    kw_status status = t->request->step ? t->request->step(t->request->context, step, &t->q->last) : KW_OK;
    if (status == KW_OK) status = tell(t, step, theta);
    t->reached = status == KW_OK && t->request->goal > 0 && gap <= t->request->goal;
    return t->reached ? KW_E_STOPPED : status;
}

/* ---- the training ---- */

static kw_status start_angles(const fit *t, double *theta) {
    const double *given = t->request->start;
    for (size_t i = 0; given && i < t->p; ++i)
        if (!isfinite(given[i])) return kw_fail(KW_E_ARG, "start angle %zu is not finite", i);
    if (given) memcpy(theta, given, t->p * sizeof *theta);
    else kw_training_start_angles(&t->q->config.training, t->p, theta);
    return KW_OK;
}

/* t->best: the start, then the angles that are kept. */
static kw_status optimise(fit *t, kw_qae_fit_result *out) {
    const kw_training_config *c = &t->q->config.training;
    const kw_problem problem = {.value = value, .gradient = gradient, .step = on_step, .context = t};
    kw_optimiser *optimiser = NULL;
    kw_status status = start_angles(t, t->best);
    if (status == KW_OK) status = kw_optimiser_create(&c->optimiser, t->p, t->best, &optimiser);
    status = kw_comm_agree(t->q->world, status);
    if (status != KW_OK) goto done;
    const double started = kw_seconds();
    status = kw_optimiser_run(optimiser, t->q->world, &problem);
    if (status == KW_E_STOPPED && t->reached) status = KW_OK;
    if (status != KW_OK) goto done;
    out->seconds = kw_seconds() - started - t->telling;
    out->steps = kw_optimiser_steps(optimiser);
    out->evaluations = kw_optimiser_evaluations(optimiser);
    out->copies = kw_qae_copies(&t->q->config, out->evaluations, t->q->n_train);
    out->reached = t->reached;
    status = tell(t, out->steps, kw_optimiser_x(optimiser));
    if (c->shots) memcpy(t->best, kw_optimiser_x(optimiser), t->p * sizeof *t->best);
done:
    kw_optimiser_destroy(&optimiser);
    return status;
}

static kw_status train(kw_qae *q, const kw_qae_fit_request *request, kw_qae_fit_result *out) {
    const size_t p = (size_t)q->forecast.parameters;
    fit t = {.q = q, .request = request, .p = p, .best_cost = INFINITY};
    t.best = malloc((p + 1) * sizeof *t.best);
    kw_status status = kw_comm_agree(q->world, t.best ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for %zu angles", p));
    if (status == KW_OK) status = optimise(&t, out);
    if (status == KW_OK) status = kw_qae_evaluate(q, t.best, &out->train, &out->test, NULL);
    if (status == KW_OK) out->angles = t.best;
    else free(t.best);
    return status;
}

kw_status kw_qae_fit_with(kw_comm *comm, const kw_qae_config *given, const kw_qae_fit_request *request,
                          kw_qae_fit_result *out) {
    const kw_qae_fit_request nothing = {0};
    kw_qae_config config = *given;
    kw_qae_forecast forecast;
    kw_qae_fit_result result = {0};
    kw_qae *q = NULL;
    if (request && request->encoder) config.training.circuit = request->encoder;
    if (request && request->encoder && config.training.gradient == KW_GRADIENT_SHIFT)
        config.circuits = 1 + kw_shift_terms(request->encoder);
    if (request && request->goal > 0 && config.training.optimiser.kind == KW_OPTIMISER_SPSA)
        return kw_fail(KW_E_ARG, "a goal for SPSA, which evaluates beside its points and never at them");
    const uint64_t memory = kw_training_memory(comm, &config.training);
    kw_status status = kw_comm_agree(comm, kw_qae_foretell(&config, kw_comm_size(comm), memory, &forecast));
    if (status == KW_OK) status = kw_qae_create(comm, &config, &forecast, &q);
    if (status != KW_OK) return status;
    result.n_train = q->n_train;
    result.n_test = q->n_test;
    result.train_bound = q->train_bound;
    result.test_bound = q->test_bound;
    result.n_angles = (size_t)forecast.parameters;
    result.n_gates = forecast.gates;
    status = train(q, request ? request : &nothing, &result);
    if (status == KW_OK) result.peak_bytes = kw_qae_peak(q);
    kw_qae_destroy(&q);
    if (status == KW_OK) *out = result;
    return status;
}

kw_status kw_qae_fit(kw_comm *comm, const kw_qae_config *config, kw_qae_fit_result *out) {
    return kw_qae_fit_with(comm, config, NULL, out);
}

void kw_qae_fit_free(kw_qae_fit_result *result) {
    free(result->angles);
    *result = (kw_qae_fit_result){0};
}
