/* F2  Adam (Kingma & Ba 2014, arXiv 1412.6980, Algorithm 1). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "nn/optimiser_internal.h"

/* One update after gradient g; t = number of this update, from 1. */
static void update(kw_optimiser *optimiser, const double *g, uint64_t t, double rate) {
    const kw_optimiser_config *c = &optimiser->config;
    const double correct1 = 1.0 - pow(c->beta1, (double)t), correct2 = 1.0 - pow(c->beta2, (double)t);
    for (size_t i = 0; i < optimiser->p; ++i) {
        optimiser->m[i] = c->beta1 * optimiser->m[i] + (1.0 - c->beta1) * g[i];
        optimiser->v[i] = c->beta2 * optimiser->v[i] + (1.0 - c->beta2) * g[i] * g[i];
        optimiser->x[i] -= rate * (optimiser->m[i] / correct1) / (sqrt(optimiser->v[i] / correct2) + c->epsilon);
    }
}

static kw_status run(kw_optimiser *optimiser, kw_comm *comm, const kw_problem *problem) {
    const size_t p = optimiser->p;
    double *g = calloc(2 * p + 1, sizeof *g), *before = g ? g + p : NULL, f;
    kw_status status = kw_comm_agree(comm, g ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a gradient of %zu numbers", p));
    while (status == KW_OK && optimiser->steps < optimiser->config.max_steps) {
        status = kw_optimiser_evaluate(optimiser, comm, problem, optimiser->x, &f, g);
        if (status != KW_OK) break;
        memcpy(before, optimiser->x, p * sizeof *before);
        const double factor = problem->rate ? problem->rate(problem->context) : 1;
        update(optimiser, g, optimiser->steps + 1, factor * optimiser->config.learning_rate);
        kw_comm_broadcast(comm, optimiser->x, p * sizeof *before, 0);
        status = kw_optimiser_step_done(optimiser, comm, problem, before, f, g);
    }
    free(g);
    return status;
}

/* x, m, v */
static size_t state_size(const kw_optimiser *optimiser) { return 3 * optimiser->p; }

static void export_state(const kw_optimiser *optimiser, double *state) {
    const size_t p = optimiser->p;
    memcpy(state, optimiser->x, p * sizeof *state);
    memcpy(state + p, optimiser->m, p * sizeof *state);
    memcpy(state + 2 * p, optimiser->v, p * sizeof *state);
}

static kw_status import_state(kw_optimiser *optimiser, const double *state, size_t size, uint64_t steps,
                              uint64_t evaluations) {
    const size_t p = optimiser->p;
    if (size != 3 * p) return kw_fail(KW_E_IO, "the stored state of Adam has %zu numbers, not %zu", size, 3 * p);
    if (evaluations != steps) return kw_fail(KW_E_IO, "the stored step counters do not belong to Adam");
    memcpy(optimiser->x, state, p * sizeof *state);
    memcpy(optimiser->m, state + p, p * sizeof *state);
    memcpy(optimiser->v, state + 2 * p, p * sizeof *state);
    return KW_OK;
}

const kw_optimiser_method kw_optimiser_adam = {run, state_size, export_state, import_state};
