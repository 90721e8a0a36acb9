/* F2  SPSA: simultaneous perturbation (Spall 1998, Johns Hopkins APL Technical Digest 19, 482).
 *
 *   a_k = a / (k + 1 + A)^alpha     c_k = c / (k + 1)^gamma     D in {-1, +1}^p, fair coins
 *   x <- x - a_k (f(x + c_k D) - f(x - c_k D)) / (2 c_k) D      (1 / D_i = D_i) */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/rng.h"
#include "nn/optimiser_internal.h"

/* Direction of step k: bit i % 64 of random number i / 64 is the sign of component i. */
static void direction(uint64_t seed, uint64_t k, double *d, size_t p) {
    const kw_rng rng = kw_rng_make(seed, KW_STREAM_SPSA, k);
    uint64_t bits = 0;
    for (size_t i = 0; i < p; ++i, bits >>= 1) {
        if (i % 64 == 0) bits = kw_rng_bits(&rng, i / 64);
        d[i] = bits & 1 ? 1.0 : -1.0;
    }
}

static void shifted(double *out, const double *x, double c, const double *d, size_t p) {
    for (size_t i = 0; i < p; ++i) out[i] = x[i] + c * d[i];
}

static kw_status run(kw_optimiser *optimiser, kw_comm *comm, const kw_problem *problem) {
    const kw_optimiser_config *config = &optimiser->config;
    const size_t p = optimiser->p;
    double *d = calloc(3 * p + 1, sizeof *d), *point = d ? d + p : NULL, *before = d ? d + 2 * p : NULL;
    kw_status status = kw_comm_agree(comm, d ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a direction of %zu numbers", p));
    while (status == KW_OK && optimiser->steps < config->max_steps) {
        const double k = (double)optimiser->steps;
        const double a = config->learning_rate / pow(k + 1.0 + config->spsa_stability, config->spsa_alpha);
        const double c = config->spsa_c / pow(k + 1.0, config->spsa_gamma);
        double above = 0.0, below = 0.0;
        direction(config->seed, optimiser->steps, d, p);
        shifted(point, optimiser->x, c, d, p);
        optimiser->evaluations = 2 * optimiser->steps; /* also after a step that failed half-way */
        status = kw_optimiser_evaluate(optimiser, comm, problem, point, &above, NULL);
        if (status != KW_OK) break;
        shifted(point, optimiser->x, -c, d, p);
        status = kw_optimiser_evaluate(optimiser, comm, problem, point, &below, NULL);
        if (status != KW_OK) break;
        memcpy(before, optimiser->x, p * sizeof *before);
        shifted(optimiser->x, before, -a * (above - below) / (2.0 * c), d, p);
        kw_comm_broadcast(comm, optimiser->x, p * sizeof *before, 0);
        status = kw_optimiser_step_done(optimiser, comm, problem, before, 0.5 * (above + below), NULL);
    }
    free(d);
    return status;
}

/* x */
static size_t state_size(const kw_optimiser *optimiser) { return optimiser->p; }

static void export_state(const kw_optimiser *optimiser, double *state) {
    memcpy(state, optimiser->x, optimiser->p * sizeof *state);
}

static kw_status import_state(kw_optimiser *optimiser, const double *state, size_t size, uint64_t steps,
                              uint64_t evaluations) {
    if (size != optimiser->p)
        return kw_fail(KW_E_IO, "the stored state of SPSA has %zu numbers, not %zu", size, optimiser->p);
    if (evaluations != 2 * steps) return kw_fail(KW_E_IO, "the stored step counters do not belong to SPSA");
    memcpy(optimiser->x, state, size * sizeof *state);
    return KW_OK;
}

const kw_optimiser_method kw_optimiser_spsa = {run, state_size, export_state, import_state};
