/* F4  Costs of the autoencoder over its ensemble: value, adjoint gradient, report. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "engine/state_internal.h"
#include "models/qae_internal.h"

/* Weighted sums of the trash weights w[0..k] over the training members of this replica. */
typedef struct {
    kw_qae *q;
    double weight;                     /* of the member in hand */
    double weights[KW_MAX_QUBITS + 1]; /* summed */
} tally;

static kw_traffic traffic_of(const kw_qae *q) {
    const kw_traffic ket = kw_state_traffic(q->ket), bra = kw_state_traffic(q->bra);
    return (kw_traffic){ket.exchanges + bra.exchanges, ket.bytes + bra.bytes};
}

kw_traffic kw_qae_traffic(kw_qae *q) {
    const kw_traffic mine = traffic_of(q);
    int64_t most[2] = {(int64_t)mine.exchanges, (int64_t)mine.bytes};
    kw_comm_max(q->world, most, 2);
    return (kw_traffic){(uint64_t)most[0], (uint64_t)most[1]};
}

uint64_t kw_qae_peak(kw_qae *q) {
    int64_t peak = (int64_t)(kw_memory_peak() > q->peak_bytes ? kw_memory_peak() : q->peak_bytes);
    kw_comm_max(q->world, &peak, 1);
    return (uint64_t)peak;
}

/* Measures the first evaluation of each kind, to stand beside the forecast. */
static void measure_begin(kw_qae *q, kw_need *start) {
    const kw_traffic now = traffic_of(q);
    if (kw_memory_peak() > q->peak_bytes) q->peak_bytes = kw_memory_peak();
    kw_memory_peak_reset();
    *start = (kw_need){now.exchanges, now.bytes, 0};
}

static void measure_end(kw_qae *q, const kw_need *start, kw_need *out) {
    const kw_traffic now = traffic_of(q);
    int64_t most[3] = {(int64_t)(now.exchanges - start->exchanges), (int64_t)(now.bytes - start->bytes_exchanged),
                       (int64_t)kw_memory_peak()};
    if (out->peak_bytes) return;
    kw_comm_max(q->world, most, 3);
    *out = (kw_need){(uint64_t)most[0], (uint64_t)most[1], (uint64_t)most[2]};
}

static kw_qae_score score_of(const double *weights, int n_trash) {
    kw_qae_score score = {.fidelity = weights[0], .reconstruction = NAN};
    for (int h = 1; h <= n_trash; ++h) {
        score.infidelity += weights[h];
        score.cost_local += h * weights[h] / n_trash;
    }
    score.cost_global = score.infidelity;
    return score;
}

static void add_weights(tally *t, const double *weights) {
    for (int h = 0; h <= t->q->config.n_trash; ++h) t->weights[h] += t->weight * weights[h];
}

/* Counts of a finite number of measurements of the trash register, instead of its exact weights.
 * @param[in] measurement  number of the circuit among all that the run measures */
static void measure_shots(const kw_qae *q, uint64_t measurement, int position, double *weights) {
    const kw_rng rng =
        kw_rng_make(q->config.training.seed, KW_STREAM_SHOTS, measurement * (uint64_t)q->n_train + (uint64_t)position);
    const int k = q->config.n_trash;
    double counts[KW_MAX_QUBITS + 1] = {0}, total = 0;
    for (int h = 0; h <= k; ++h) total += weights[h];
    for (uint64_t shot = 0; shot < q->config.training.shots; ++shot) {
        double u = kw_rng_uniform(&rng, shot) * total;
        int h = 0;
        while (h < k && u >= weights[h]) u -= weights[h++];
        counts[h] += 1;
    }
    for (int h = 0; h <= k; ++h) weights[h] = counts[h] / (double)q->config.training.shots;
}

/* weights (k + 1) of the trash register behind a circuit, exact or measured. */
static kw_status run_member(kw_qae *q, const kw_plan *plan, const double *angles, uint64_t measurement, int position,
                            double *weights) {
    kw_status status = kw_qae_load(q, position, q->ket);
    if (status == KW_OK) status = kw_plan_run(plan, angles, q->ket);
    if (status != KW_OK) return status;
    kw_state_trash_weights(q->ket, q->config.trash_mask, weights);
    if (q->config.training.shots) measure_shots(q, measurement, position, weights);
    return KW_OK;
}

/* Sums over replicas; within a replica all ranks hold the same numbers, so its rank 0 speaks for it. */
static void sum_replicas(kw_qae *q, double *values, size_t count) {
    if (kw_comm_rank(q->comm) != 0) memset(values, 0, count * sizeof *values);
    kw_comm_sum(q->world, values, count);
}

static double cost_of(const kw_qae *q, const kw_qae_score *score) {
    return q->config.cost == KW_COST_GLOBAL ? score->cost_global : score->cost_local;
}

/* Cost of what all replicas have added up. */
static double conclude(tally *t) {
    kw_qae *q = t->q;
    sum_replicas(q, t->weights, (size_t)q->config.n_trash + 1);
    q->last = score_of(t->weights, q->config.n_trash);
    return cost_of(q, &q->last);
}

kw_status kw_qae_value(kw_qae *q, uint64_t evaluation, const double *theta, double *f) {
    tally t = {.q = q};
    kw_need start;
    kw_status status = KW_OK;
    measure_begin(q, &start);
    for (int i = kw_qae_first(q, false); status == KW_OK && i < kw_qae_end(q, false); i += q->forecast.replicas) {
        double weights[KW_MAX_QUBITS + 1];
        t.weight = q->entries[i].weight;
        status = run_member(q, q->plan, theta, evaluation, i, weights);
        if (status == KW_OK) add_weights(&t, weights);
    }
    status = kw_comm_agree(q->world, status);
    if (status != KW_OK) return status;
    *f = conclude(&t);
    q->copies = kw_qae_copies(&q->config, evaluation + 1, q->n_train);
    measure_end(q, &start, &q->measured_value);
    return KW_OK;
}

static void tally_final(void *context, const kw_state *final) {
    tally *t = context;
    double weights[KW_MAX_QUBITS + 1];
    kw_state_trash_weights(final, t->q->config.trash_mask, weights);
    add_weights(t, weights);
}

kw_status kw_qae_gradient(kw_qae *q, const double *theta, double *f, double *g) {
    const size_t p = (size_t)q->forecast.parameters;
    tally t = {.q = q};
    kw_need start;
    double *one = malloc((p + 1) * sizeof *one);
    kw_status status =
        kw_comm_agree(q->world, one ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a gradient of %zu numbers", p));
    measure_begin(q, &start);
    memset(g, 0, p * sizeof *g);
    for (int i = kw_qae_first(q, false); status == KW_OK && i < kw_qae_end(q, false); i += q->forecast.replicas) {
        double value;
        t.weight = q->entries[i].weight;
        status = kw_qae_load(q, i, q->ket);
        if (status == KW_OK)
            status = kw_plan_gradient(q->plan, theta, q->cost, q->ket, q->bra, &value, one, tally_final, &t);
        for (size_t j = 0; status == KW_OK && j < p; ++j) g[j] += t.weight * one[j];
    }
    free(one);
    status = kw_comm_agree(q->world, status);
    if (status != KW_OK) return status;
    *f = conclude(&t);
    sum_replicas(q, g, p);
    measure_end(q, &start, &q->measured_gradient);
    return KW_OK;
}

/* Adds what one member gives to cost and gradient.  The unshifted circuit comes first.
 * @param angles  (angles of the opened circuit) scratch */
static kw_status shift_member(tally *t, const double *theta, uint64_t first, int position, double *angles, double *g) {
    kw_qae *q = t->q;
    double weights[KW_MAX_QUBITS + 1];
    t->weight = q->entries[position].weight;
    kw_shift_angles(q->rule, theta, KW_UNSHIFTED, angles);
    kw_status status = run_member(q, q->shifted, angles, first, position, weights);
    if (status == KW_OK) add_weights(t, weights);
    for (size_t term = 0; status == KW_OK && term < q->rule->n_terms; ++term) {
        kw_shift_angles(q->rule, theta, term, angles);
        status = run_member(q, q->shifted, angles, first + 1 + term, position, weights);
        if (status != KW_OK) break;
        const kw_qae_score score = score_of(weights, q->config.n_trash);
        g[q->rule->terms[term].parameter] += t->weight * q->rule->terms[term].weight * cost_of(q, &score);
    }
    return status;
}

kw_status kw_qae_gradient_by_shift(kw_qae *q, uint64_t evaluation, const double *theta, double *f, double *g) {
    const size_t p = (size_t)q->forecast.parameters;
    tally t = {.q = q};
    kw_need start;
    double *angles = malloc((q->rule->n_angles + 1) * sizeof *angles);
    kw_status status =
        kw_comm_agree(q->world, angles ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for %zu shifted angles", q->rule->n_angles));
    measure_begin(q, &start);
    memset(g, 0, p * sizeof *g);
    for (int i = kw_qae_first(q, false); status == KW_OK && i < kw_qae_end(q, false); i += q->forecast.replicas)
        status = shift_member(&t, theta, evaluation * q->config.circuits, i, angles, g);
    free(angles);
    status = kw_comm_agree(q->world, status);
    if (status != KW_OK) return status;
    *f = conclude(&t);
    sum_replicas(q, g, p);
    q->copies = kw_qae_copies(&q->config, evaluation + 1, q->n_train);
    measure_end(q, &start, &q->measured_gradient);
    return KW_OK;
}

static kw_status evaluate_one(kw_qae *q, const double *theta, int position, kw_qae_result *out) {
    double weights[KW_MAX_QUBITS + 1];
    kw_status status = kw_qae_load(q, position, q->ket);
    if (status == KW_OK) status = kw_plan_run(q->plan, theta, q->ket);
    if (status != KW_OK) return status;
    kw_state_trash_weights(q->ket, q->config.trash_mask, weights);
    const kw_qae_score score = score_of(weights, q->config.n_trash);
    double reconstruction = 0;
    status = kw_state_reconstruction_fidelity(q->ket, q->config.trash_mask, &reconstruction);
    *out = (kw_qae_result){score.fidelity, score.infidelity, score.cost_local, reconstruction, kw_state_infidelity(q->ket)};
    return status;
}

static void average(const kw_qae *q, bool test, const kw_qae_result *results, kw_qae_score *out) {
    *out = (kw_qae_score){0};
    for (int i = test ? q->n_train : 0; i < kw_qae_end(q, test); ++i) {
        const double p = q->entries[i].weight;
        out->fidelity += p * results[i].fidelity;
        out->infidelity += p * results[i].infidelity;
        out->cost_local += p * results[i].cost_local;
        out->reconstruction += p * results[i].reconstruction;
    }
    out->cost_global = out->infidelity;
}

kw_status kw_qae_evaluate(kw_qae *q, const double *theta, kw_qae_score *train, kw_qae_score *test, kw_qae_result *results) {
    const size_t members = (size_t)q->n_train + (size_t)q->n_test;
    kw_qae_result *all = calloc(members, sizeof *all);
    kw_need start;
    kw_status status = kw_comm_agree(q->world, all ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for %zu results", members));
    measure_begin(q, &start);
    for (int set = 0; set < 2; ++set)
        for (int i = kw_qae_first(q, set); status == KW_OK && i < kw_qae_end(q, set); i += q->forecast.replicas)
            status = evaluate_one(q, theta, i, &all[i]);
    status = kw_comm_agree(q->world, status);
    if (status == KW_OK) {
        sum_replicas(q, (double *)all, members * sizeof *all / sizeof(double));
        average(q, false, all, train);
        average(q, true, all, test);
        if (results) memcpy(results, all, members * sizeof *all);
        measure_end(q, &start, &q->measured_evaluation);
    }
    free(all);
    return status;
}
