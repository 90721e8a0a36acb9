/* F5  Rows of the study of plateaus: random starts, a row per circuit and cost; trainings, a curve each. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "models/plateau.h"
#include "studies/barren_qae.h"
#include "studies/fit.h"

static const char *const costs[] = {"global", "local", NULL};

typedef enum { ANSATZ, PRODUCT, DEEP, TRAINING } part;

/* One row, or curve, to be. */
typedef struct {
    part part;
    kw_trash_cost cost;
    int trash;
    int64_t shots;
    uint64_t seed;
} item;

typedef struct {
    kw_sweep *sweep;
    item *items;
    size_t count, capacity;
} list;

static int64_t whole(const list *l, const char *key) { return kw_config_int(kw_sweep_config(l->sweep), key); }

/* ---- what is asked for ---- */

static kw_status add(list *l, item i) {
    if (l->count == l->capacity) {
        const size_t wanted = l->capacity ? 2 * l->capacity : 64;
        item *grown = realloc(l->items, wanted * sizeof *grown);
        if (!grown) return kw_fail(KW_E_NOMEM, "no memory for the rows of a study");
        l->items = grown;
        l->capacity = wanted;
    }
    l->items[l->count++] = i;
    return KW_OK;
}

/* A row per cost for every number of trash qubits of a list. */
static kw_status add_starts(list *l, part which, const char *key) {
    const int64_t *sizes;
    const char *const *names;
    const size_t count = kw_config_ints(kw_sweep_config(l->sweep), key, &sizes);
    const size_t n_costs = kw_config_texts(kw_sweep_config(l->sweep), "study.costs", &names);
    kw_status status = KW_OK;
    for (size_t s = 0; s < count; ++s)
        for (size_t c = 0; c < n_costs && status == KW_OK; ++c)
            status = add(l, (item){which, strcmp(names[c], "local") ? KW_COST_GLOBAL : KW_COST_LOCAL, (int)sizes[s], 0,
                                   (uint64_t)whole(l, "run.seed")});
    return status;
}

static kw_status add_trainings(list *l) {
    const kw_config *config = kw_sweep_config(l->sweep);
    const int64_t *sizes, *shots;
    const char *const *names;
    const size_t count = kw_config_ints(config, "study.trash", &sizes),
                 kinds = kw_config_ints(config, "train.shots", &shots);
    const size_t n_costs = kw_config_texts(config, "study.costs", &names), seeds = (size_t)whole(l, "study.seeds");
    kw_status status = KW_OK;
    for (size_t s = 0; s < count; ++s)
        for (size_t k = 0; k < kinds; ++k)
            for (size_t c = 0; c < n_costs; ++c)
                for (size_t seed = 0; seed < seeds && status == KW_OK; ++seed) {
                    if (shots[k] && sizes[s] > whole(l, "train.shot_trash")) continue;
                    status = add(l, (item){TRAINING, strcmp(names[c], "local") ? KW_COST_GLOBAL : KW_COST_LOCAL,
                                           (int)sizes[s], shots[k], (uint64_t)whole(l, "run.seed") + seed});
                }
    return status;
}

static void name_row(const void *context, size_t i, char text[KW_SWEEP_NAME]) {
    static const char *const parts[] = {"starts of cerezo", "starts of the product circuit", "starts of a deep circuit",
                                        "training"};
    const item *t = &((const list *)context)->items[i];
    snprintf(text, KW_SWEEP_NAME, "%s, %s cost, %d trash qubits, %lld shots, seed %llu", parts[t->part], costs[t->cost],
             t->trash, (long long)t->shots, (unsigned long long)t->seed);
}

/* ---- random starts ---- */

/* What is sampled; the caller destroys circuit and ensemble. */
typedef struct {
    kw_circuit *circuit;
    kw_ensemble *ensemble;
    int qubits;
    double variance, gradient; /* closed forms; NAN: there is none */
} subject;

static kw_status make_ansatz(const list *l, const item *t, subject *s) {
    const bool deep = t->part == DEEP;
    const kw_ensemble_config cerezo = {.family = KW_FAMILY_CEREZO, .n_qubits = t->trash + 1};
    s->qubits = t->trash + 1;
    kw_status status = kw_circuit_create(s->qubits, &s->circuit);
    if (status == KW_OK)
        status = kw_circuit_append_ansatz(s->circuit, deep ? KW_ANSATZ_HEA : KW_ANSATZ_CEREZO,
                                          deep ? 4 * s->qubits : (int)whole(l, "study.layers"), false);
    if (status == KW_OK) status = kw_ensemble_create(&cerezo, &s->ensemble);
    if (deep) s->variance = kw_plateau_haar_variance(t->cost, s->qubits, t->trash, 5.0 / 9); /* (2/3)^2 + (1/3)^2 */
    return status;
}

static kw_status make_product(const item *t, subject *s) {
    s->qubits = t->trash;
    s->variance = kw_plateau_product_variance(t->cost, t->trash);
    s->gradient = kw_plateau_product_gradient(t->cost, t->trash);
    return kw_plateau_product(t->trash, &s->circuit);
}

/* Distance from theory in standard errors, or NAN. */
static double off(double measured, double error, double theory) {
    return isfinite(theory) && error > 0 ? fabs(measured - theory) / error : NAN;
}

static json_t *starts_row(const item *t, const subject *s, uint64_t samples, const kw_plateau *p) {
    static const char *const cases[] = {"ansatz cerezo", "product circuit", "deep circuit"};
    const double mean = kw_plateau_mean(t->cost, t->trash);
    const double off_mean = off(p->mean, p->mean_error, mean),
                 off_variance = off(p->variance, p->variance_error, s->variance);
    json_t *row = json_pack("{s:s, s:s, s:s, s:i, s:I, s:I}", "part", "random starts", "case", cases[t->part], "cost",
                            costs[t->cost], "trash", t->trash, "samples", (json_int_t)samples, "seed", (json_int_t)t->seed);
    kw_json_set(row, "mean", p->mean);
    kw_json_set(row, "mean_error", p->mean_error);
    kw_json_set(row, "mean_theory", mean);
    kw_json_set(row, "variance", p->variance);
    kw_json_set(row, "variance_error", p->variance_error);
    kw_json_set(row, "variance_theory", s->variance);
    kw_json_set(row, "gradient", p->gradient);
    kw_json_set(row, "gradient_error", p->gradient_error);
    kw_json_set(row, "gradient_theory", s->gradient);
    kw_json_set(row, "sigma", fmax(fmax(off_mean, off_variance), off(p->gradient, p->gradient_error, s->gradient)));
    return row;
}

static kw_status measure_starts(const void *context, size_t i, kw_comm *comm, json_t **row) {
    const list *l = context;
    const item *t = &l->items[i];
    const uint64_t samples = (uint64_t)whole(l, t->part == PRODUCT ? "starts.product_samples" : "starts.samples");
    subject s = {.variance = NAN, .gradient = NAN};
    kw_plateau found;
    kw_status status = t->part == PRODUCT ? make_product(t, &s) : make_ansatz(l, t, &s);
    const uint64_t bytes = kw_plateau_bytes(s.qubits, 1);
    if (status == KW_OK && bytes > kw_sweep_memory(l->sweep))
        status = kw_fail(KW_E_FIT,
                         "random starts on %d qubits take %.3f GiB, %.3f GiB are there: fewer trash qubits, or "
                         "study.starts = no",
                         s.qubits, (double)bytes / 0x1p30, (double)kw_sweep_memory(l->sweep) / 0x1p30);
    if (status == KW_OK) {
        const uint64_t all = kw_bit(s.qubits) - 1;
        const kw_plateau_request request = {.circuit = s.circuit,
                                            .ensemble = s.ensemble,
                                            .trash_mask = t->part == PRODUCT ? all : all - 1,
                                            .cost = t->cost,
                                            .starts = samples,
                                            .seed = t->seed};
        status = kw_plateau_measure(comm, &request, &found);
    }
    if (status == KW_OK) *row = starts_row(t, &s, samples, &found);
    kw_ensemble_destroy(&s.ensemble);
    kw_circuit_destroy(&s.circuit);
    return status;
}

/* ---- trainings ---- */

typedef struct {
    const item *item;
    json_t *points;
} curve;

static void on_moment(void *context, uint64_t steps, uint64_t copies, const kw_qae_score *score) {
    curve *v = context;
    const item *t = v->item;
    char name[64], gradients[32] = "exact gradients";
    if (t->shots) snprintf(gradients, sizeof gradients, "%lld shots", (long long)t->shots);
    snprintf(name, sizeof name, "%s cost, %s", costs[t->cost], gradients);
    json_t *row =
        json_pack("{s:s, s:s, s:s, s:I, s:i, s:I, s:I}", "part", "training", "case", name, "cost", costs[t->cost], "shots",
                  (json_int_t)t->shots, "trash", t->trash, "step", (json_int_t)steps, "seed", (json_int_t)t->seed);
    kw_json_set(row, "value", t->cost == KW_COST_GLOBAL ? score->cost_global : score->cost_local);
    kw_json_set(row, "cost_local", score->cost_local);
    kw_json_set(row, "fidelity", score->fidelity);
    if (t->shots) kw_json_set(row, "copies", (double)copies);
    json_array_append_new(v->points, row);
}

static uint64_t *make_moments(uint64_t steps, uint64_t every, size_t *count) {
    uint64_t *moments = malloc((steps / every + 2) * sizeof *moments);
    *count = 0;
    for (uint64_t step = 0; moments && step < steps; step += every) moments[(*count)++] = step;
    if (moments) moments[(*count)++] = steps;
    return moments;
}

/* Every rank makes the points; those of rank 0 are kept. */
static kw_status measure_training(const void *context, size_t i, kw_comm *comm, json_t **row) {
    const list *l = context;
    const item *t = &l->items[i];
    const uint64_t steps = (uint64_t)whole(l, "train.steps");
    char words[512];
    curve v = {t, json_array()};
    kw_qae_fit_request request = {.moment = on_moment, .context = &v};
    kw_qae_fit_result result;
    uint64_t *moments = make_moments(steps, (uint64_t)whole(l, "train.every"), &request.n_moments);
    request.moments = moments;
    kw_status status = kw_comm_agree(
        comm, moments && v.points ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a curve of %zu points", request.n_moments));
    snprintf(words, sizeof words,
             "data.family=cerezo data.qubits=%d qae.latent=1 ansatz.name=cerezo ansatz.layers=%lld train.cost=%s "
             "train.steps=%llu train.learning_rate=%.17g train.shots=%lld train.gradient=%s run.seed=%llu",
             t->trash + 1, (long long)whole(l, "study.layers"), costs[t->cost], (unsigned long long)steps,
             kw_config_real(kw_sweep_config(l->sweep), "train.rate"), (long long)t->shots, t->shots ? "shift" : "adjoint",
             (unsigned long long)t->seed);
    if (status == KW_OK) status = kw_study_fit(l->sweep, comm, words, &request, &result);
    if (status == KW_OK) kw_qae_fit_free(&result);
    if (status == KW_OK && kw_comm_rank(comm) == 0) *row = json_incref(v.points);
    json_decref(v.points);
    free(moments);
    return status;
}

/* ---- the study ---- */

static kw_status check(const list *l) {
    const int64_t *sizes;
    if (!kw_config_ints(kw_sweep_config(l->sweep), "study.trash", &sizes))
        return kw_fail(KW_E_INPUT, "study.trash is empty: expected numbers of trash qubits");
    return kw_study_check_texts(kw_sweep_config(l->sweep), "study.costs", costs);
}

static kw_status list_starts(list *l) {
    kw_status status = check(l);
    if (status == KW_OK && !kw_config_bool(kw_sweep_config(l->sweep), "study.starts")) return KW_OK;
    if (status == KW_OK) status = add_starts(l, PRODUCT, "starts.product_qubits");
    if (status == KW_OK) status = add_starts(l, DEEP, "starts.deep_trash");
    return status == KW_OK ? add_starts(l, ANSATZ, "study.trash") : status;
}

/* Random starts are one rank's work each, trainings that of all ranks together: their states may be large. */
kw_status kw_barren_qae_run(kw_sweep *sweep) {
    list starts = {.sweep = sweep}, trainings = {.sweep = sweep};
    const kw_sweep_source first = {name_row, measure_starts, &starts}, then = {name_row, measure_training, &trainings};
    kw_status status = list_starts(&starts);
    if (status == KW_OK) status = add_trainings(&trainings);
    if (status == KW_OK && trainings.count) status = kw_comm_check_size(kw_comm_size(kw_sweep_world(sweep)));
    status = kw_comm_agree(kw_sweep_world(sweep), status);
    if (status == KW_OK) status = kw_sweep_rows(sweep, starts.count, true, &first);
    if (status == KW_OK) status = kw_sweep_rows(sweep, trainings.count, false, &then);
    free(starts.items);
    free(trainings.items);
    return status;
}
