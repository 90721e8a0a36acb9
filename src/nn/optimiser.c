/* F2  Optimisers: what all methods share, and the dispatch. */
#include "nn/optimiser_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const kw_optimiser_method *method_of(const kw_optimiser *optimiser) {
    static const kw_optimiser_method *const methods[KW_OPTIMISER_KINDS] = {
        [KW_OPTIMISER_ADAM] = &kw_optimiser_adam,
        [KW_OPTIMISER_LBFGS] = &kw_optimiser_nlopt,
        [KW_OPTIMISER_COBYLA] = &kw_optimiser_nlopt,
        [KW_OPTIMISER_SPSA] = &kw_optimiser_spsa,
    };
    return methods[optimiser->config.kind];
}

kw_status kw_optimiser_create(const kw_optimiser_config *config, size_t p, const double *x0, kw_optimiser **out) {
    if ((unsigned)config->kind >= KW_OPTIMISER_KINDS) return kw_fail(KW_E_ARG, "optimiser %d is unknown", (int)config->kind);
    kw_optimiser *optimiser = calloc(1, sizeof *optimiser);
    double *numbers = calloc(4 * p + 1, sizeof *numbers);
    if (!optimiser || !numbers) {
        free(optimiser);
        free(numbers);
        return kw_fail(KW_E_NOMEM, "no memory for an optimiser of %zu parameters", p);
    }
    optimiser->config = *config;
    optimiser->p = p;
    optimiser->x = numbers;
    optimiser->start = numbers + p;
    optimiser->m = numbers + 2 * p;
    optimiser->v = numbers + 3 * p;
    optimiser->log.best = INFINITY;
    memcpy(optimiser->x, x0, p * sizeof *x0);
    memcpy(optimiser->start, x0, p * sizeof *x0);
    *out = optimiser;
    return KW_OK;
}

void kw_optimiser_destroy(kw_optimiser **optimiser) {
    if (!*optimiser) return;
    free((*optimiser)->log.numbers);
    free((*optimiser)->x);
    free(*optimiser);
    *optimiser = NULL;
}

kw_status kw_optimiser_run(kw_optimiser *optimiser, kw_comm *comm, const kw_problem *problem) {
    return method_of(optimiser)->run(optimiser, comm, problem);
}

/* What is no number must reach neither the point nor a checkpoint. */
static kw_status check_finite(const kw_optimiser *optimiser, double f, const double *g) {
    if (!isfinite(f))
        return kw_fail(KW_E_INTERNAL, "the cost of evaluation %" PRIu64 " is not finite", optimiser->evaluations);
    for (size_t i = 0; g && i < optimiser->p; ++i)
        if (!isfinite(g[i]))
            return kw_fail(KW_E_INTERNAL, "number %zu of the gradient of evaluation %" PRIu64 " is not finite", i,
                           optimiser->evaluations);
    return KW_OK;
}

kw_status kw_optimiser_evaluate(kw_optimiser *optimiser, kw_comm *comm, const kw_problem *problem, double *x, double *f,
                                double *g) {
    kw_comm_broadcast(comm, x, optimiser->p * sizeof *x, 0);
    kw_status status = g ? problem->gradient(problem->context, optimiser->evaluations, x, f, g)
                         : problem->value(problem->context, optimiser->evaluations, x, f);
    if (status == KW_OK) status = check_finite(optimiser, *f, g);
    status = kw_comm_agree(comm, status);
    if (status == KW_OK) ++optimiser->evaluations;
    return status;
}

kw_status kw_optimiser_step_done(kw_optimiser *optimiser, kw_comm *comm, const kw_problem *problem, const double *x,
                                 double f, const double *g) {
    const uint64_t step = optimiser->steps++;
    kw_status status = problem->step ? problem->step(problem->context, step, x, f, g) : KW_OK;
    return kw_comm_agree(comm, status);
}

const double *kw_optimiser_x(const kw_optimiser *optimiser) { return optimiser->x; }
uint64_t kw_optimiser_steps(const kw_optimiser *optimiser) { return optimiser->steps; }
uint64_t kw_optimiser_evaluations(const kw_optimiser *optimiser) { return optimiser->evaluations; }

bool kw_optimiser_fixed_evaluations(const kw_optimiser_config *config, uint64_t *values, uint64_t *gradients) {
    if (config->kind != KW_OPTIMISER_ADAM && config->kind != KW_OPTIMISER_SPSA) return false;
    const bool adam = config->kind == KW_OPTIMISER_ADAM;
    *values = adam ? 0 : 2 * config->max_steps;
    *gradients = adam ? config->max_steps : 0;
    return true;
}

/* ---- state ---- */

size_t kw_optimiser_state_size(const kw_optimiser *optimiser) {
    return KW_HEADER_SIZE + method_of(optimiser)->state_size(optimiser);
}

void kw_optimiser_export(const kw_optimiser *optimiser, double *state) {
    state[KW_HEADER_KIND] = (double)optimiser->config.kind;
    state[KW_HEADER_P] = (double)optimiser->p;
    state[KW_HEADER_STEPS] = (double)optimiser->steps;
    state[KW_HEADER_EVALUATIONS] = (double)optimiser->evaluations;
    method_of(optimiser)->export(optimiser, state + KW_HEADER_SIZE);
}

static bool is_count(double value) { return value >= 0.0 && value < 0x1p53 && value == floor(value); }

kw_status kw_optimiser_import(kw_optimiser *optimiser, const double *state, size_t size) {
    static const char *const names[KW_OPTIMISER_KINDS] = {
#define KW_OPTIMISER_NAME(kind, name, text) name,
        KW_OPTIMISER_LIST(KW_OPTIMISER_NAME)
#undef KW_OPTIMISER_NAME
    };
    if (size < KW_HEADER_SIZE)
        return kw_fail(KW_E_IO, "the stored optimiser state has %zu numbers, too few for its header", size);
    for (size_t i = 0; i < size; ++i)
        if (!isfinite(state[i])) return kw_fail(KW_E_IO, "number %zu of the stored optimiser state is not finite", i);
    if (state[KW_HEADER_KIND] != (double)optimiser->config.kind)
        return kw_fail(KW_E_IO, "the stored optimiser state does not belong to %s", names[optimiser->config.kind]);
    if (state[KW_HEADER_P] != (double)optimiser->p)
        return kw_fail(KW_E_IO, "the stored optimiser state has %.0f parameters, %zu are needed", state[KW_HEADER_P],
                       optimiser->p);
    if (!is_count(state[KW_HEADER_STEPS]) || !is_count(state[KW_HEADER_EVALUATIONS]))
        return kw_fail(KW_E_IO, "the stored optimiser state has no valid step counters");
    const uint64_t steps = (uint64_t)state[KW_HEADER_STEPS], evaluations = (uint64_t)state[KW_HEADER_EVALUATIONS];
    kw_status status =
        method_of(optimiser)->import(optimiser, state + KW_HEADER_SIZE, size - KW_HEADER_SIZE, steps, evaluations);
    if (status != KW_OK) return status;
    optimiser->steps = steps;
    optimiser->evaluations = evaluations;
    return KW_OK;
}
