/* F5  Rows of the study of copies: a curve per way to consume them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "models/qae_shadows.h"
#include "studies/fit.h"
#include "studies/no_cloning.h"

static const char *const families[] = {"ghz-phase", "w-phase", "tfim", NULL};
static const char *const methods[] = {
#define NAME(kind, name) name,
    KW_COPYING_LIST(NAME) NULL
#undef NAME
};

enum { PER_DECADE = 3, POINTS = 64 };

/* One curve to be. */
typedef struct {
    const char *family;
    int qubits, latent;
    kw_copying method;
    uint64_t seed;
} item;

typedef struct {
    kw_sweep *sweep;
    item *items;
    size_t count;
} list;

/* ---- what is asked for ---- */

/* As many latent qubits as the rank of the family asks for: 2, n, and nearly 2. */
static int latent_of(const char *family, int qubits) {
    int latent = 1;
    while (!strcmp(family, "w-phase") && 1 << latent < qubits) ++latent;
    return latent;
}

static kw_copying method_of(const char *name) {
    int m = 0;
    while (strcmp(methods[m], name) != 0) ++m;
    return (kw_copying)m;
}

static kw_status make_list(list *l) {
    const kw_config *c = kw_sweep_config(l->sweep);
    const char *const *family, *const *method;
    const int64_t *qubits;
    const size_t n_families = kw_config_texts(c, "study.families", &family),
                 sizes = kw_config_ints(c, "study.qubits", &qubits);
    const size_t n_methods = kw_config_texts(c, "study.methods", &method), seeds = (size_t)kw_config_int(c, "study.seeds");
    kw_status status = kw_study_check_texts(c, "study.families", families);
    if (status == KW_OK) status = kw_study_check_texts(c, "study.methods", methods);
    if (status != KW_OK) return status;
    if (!sizes) return kw_fail(KW_E_INPUT, "study.qubits is empty: expected numbers of qubits");
    l->items = malloc(n_families * sizes * n_methods * seeds * sizeof *l->items);
    if (!l->items) return kw_fail(KW_E_NOMEM, "no memory for the rows of a study");
    for (size_t f = 0; f < n_families; ++f)
        for (size_t q = 0; q < sizes; ++q)
            for (size_t m = 0; m < n_methods; ++m)
                for (size_t s = 0; s < (method_of(method[m]) == KW_COPYING_TOMOGRAPHY ? 1 : seeds); ++s)
                    l->items[l->count++] = (item){family[f], (int)qubits[q], latent_of(family[f], (int)qubits[q]),
                                                  method_of(method[m]), (uint64_t)kw_config_int(c, "run.seed") + s};
    return KW_OK;
}

static void name_row(const void *context, size_t i, char text[KW_SWEEP_NAME]) {
    const item *t = &((const list *)context)->items[i];
    snprintf(text, KW_SWEEP_NAME, "%s, %d qubits, %s, seed %llu", t->family, t->qubits, methods[t->method],
             (unsigned long long)t->seed);
}

/* The autoencoder of a row, but for its optimiser. */
static void describe(const list *l, const item *t, char *words, size_t bytes) {
    const kw_config *c = kw_sweep_config(l->sweep);
    snprintf(words, bytes,
             "data.family=%s data.qubits=%d data.members=%lld qae.latent=%d ansatz.name=%s ansatz.layers=%lld train.cost=%s "
             "run.seed=%llu",
             t->family, t->qubits, (long long)kw_config_int(c, "study.members"), t->latent, kw_config_text(c, "qae.ansatz"),
             (long long)kw_config_int(c, "qae.layers"), kw_config_text(c, "qae.cost"), (unsigned long long)t->seed);
}

/* Totals 1, 2.15, 4.64, 10, ... times 100, up to `most`, which ends them. */
static size_t totals(double most, uint64_t *out) {
    size_t count = 0;
    for (; count + 1 < POINTS; ++count) {
        const double total = 100 * pow(10, (double)count / PER_DECADE);
        if (total > 0.99 * most) break;
        out[count] = (uint64_t)total;
    }
    out[count++] = (uint64_t)most;
    return count;
}

/* ---- curves ---- */

/* Points of one curve, or of the two that shadows give. */
typedef struct {
    const item *item;
    json_t *points;
    double per_step; /* NAN: no steps */
    double optimum_error;
} curve;

/* Below rounding it is 0, which a logarithmic axis cannot show. */
static void set_optimum(json_t *row, double error) {
    if (error > 1e-12) kw_json_set(row, "optimum_error", error);
}

static json_t *add_point(curve *v, const char *prefix, uint64_t copies, double fidelity, double infidelity) {
    const item *t = v->item;
    char name[64], method[64];
    snprintf(name, sizeof name, "%s, %d qubits", t->family, t->qubits);
    snprintf(method, sizeof method, "%s%s", prefix, methods[t->method]);
    json_t *row =
        json_pack("{s:s, s:s, s:i, s:i, s:s, s:I, s:I}", "case", name, "family", t->family, "qubits", t->qubits, "latent",
                  t->latent, "method", method, "copies", (json_int_t)copies, "seed", (json_int_t)t->seed);
    kw_json_set(row, "copies_per_step", v->per_step);
    kw_json_set(row, "fidelity", fidelity);
    kw_json_set(row, "infidelity", infidelity);
    set_optimum(row, v->optimum_error);
    json_array_append_new(v->points, row);
    return row;
}

static void on_moment(void *context, uint64_t steps, uint64_t copies, const kw_qae_score *score) {
    (void)steps;
    add_point(context, "", copies, score->fidelity, score->infidelity);
}

/* Steps whose copies come nearest below the totals, none twice.  SPSA measures two circuits in a step. */
static kw_status plan_moments(const list *l, const kw_qae_config *config, int members, uint64_t *moments, size_t *count,
                              double *per_step) {
    uint64_t copies[POINTS];
    const int64_t most = kw_config_int(kw_sweep_config(l->sweep), "study.copies");
    const uint64_t values = config->training.optimiser.kind == KW_OPTIMISER_SPSA ? 2 : 1;
    const uint64_t each = kw_qae_copies(config, values, members);
    const size_t points = totals((double)most, copies);
    *count = 0;
    *per_step = (double)each;
    for (size_t i = 0; i < points; ++i) {
        const uint64_t steps = copies[i] / each;
        if (steps && (!*count || steps > moments[*count - 1])) moments[(*count)++] = steps;
    }
    if (*count) return KW_OK;
    return kw_fail(KW_E_INPUT, "study.copies = %lld: one step takes %llu", (long long)most, (unsigned long long)each);
}

/* What as many steps reach with exact gradients stands beside every point. */
static kw_status add_exact(const list *l, const char *words, uint64_t steps, kw_comm *comm, curve *v) {
    char exact[640];
    kw_qae_fit_result result;
    size_t i;
    json_t *row;
    snprintf(exact, sizeof exact, "%s train.learning_rate=%.17g train.steps=%llu", words,
             kw_config_real(kw_sweep_config(l->sweep), "qae.rate"), (unsigned long long)steps);
    const kw_status status = kw_study_fit(l->sweep, comm, exact, NULL, &result);
    if (status != KW_OK) return status;
    json_array_foreach(v->points, i, row) kw_json_set(row, "exact_infidelity", result.train.infidelity);
    kw_qae_fit_free(&result);
    return KW_OK;
}

static kw_status measure_quantum(const list *l, const item *t, kw_comm *comm, curve *v) {
    const kw_config *c = kw_sweep_config(l->sweep);
    const bool shift = t->method == KW_COPYING_SHIFT;
    const int64_t shots = kw_config_int(c, "qae.shots");
    const int members = (int)kw_config_int(c, "study.members");
    char words[512], all[1024];
    uint64_t moments[POINTS] = {0};
    kw_config *source = NULL;
    kw_qae_config config;
    kw_qae_fit_result result;
    kw_qae_fit_request request = {.moment = on_moment, .moments = moments, .context = v};
    describe(l, t, words, sizeof words);
    const int length =
        shift ? snprintf(all, sizeof all, "%s train.gradient=shift train.learning_rate=%.17g train.shots=%lld", words,
                         kw_config_real(c, "qae.rate"), (long long)shots)
              : snprintf(all, sizeof all,
                         "%s train.optimiser=spsa train.learning_rate=%.17g train.spsa_c=%.17g train.shots=%lld", words,
                         kw_config_real(c, "qae.spsa_a"), kw_config_real(c, "qae.spsa_c"), (long long)shots);
    kw_status status = kw_study_configure(l->sweep, all, &source, &config);
    if (status == KW_OK) status = plan_moments(l, &config, members, moments, &request.n_moments, &v->per_step);
    kw_config_destroy(&source);
    if (status != KW_OK) return status;
    const uint64_t steps = moments[request.n_moments - 1];
    snprintf(all + length, sizeof all - (size_t)length, " train.steps=%llu", (unsigned long long)steps);
    v->optimum_error = NAN;
    status = kw_study_fit(l->sweep, comm, all, &request, &result);
    if (status != KW_OK) return status;
    size_t i;
    json_t *row;
    json_array_foreach(v->points, i, row) set_optimum(row, result.train_bound.optimum_error);
    kw_qae_fit_free(&result);
    return shift ? add_exact(l, words, steps, comm, v) : KW_OK;
}

static kw_status measure_shadows(const list *l, const item *t, curve *v) {
    const kw_config *c = kw_sweep_config(l->sweep);
    const uint64_t members = (uint64_t)kw_config_int(c, "study.members");
    char words[512];
    uint64_t copies[POINTS];
    kw_shadow_score scores[POINTS];
    kw_config *source = NULL;
    kw_qae_config config;
    size_t count = totals((double)kw_config_int(c, "study.shadow_copies"), copies), first = 0;
    while (first + 1 < count && copies[first] < members) ++first;
    describe(l, t, words, sizeof words);
    kw_status status = kw_study_configure(l->sweep, words, &source, &config);
    if (status == KW_OK)
        status = kw_qae_shadows(&config, t->method == KW_COPYING_CLIFFORD ? KW_SHADOW_CLIFFORD : KW_SHADOW_PAULI, t->seed,
                                copies + first, count - first, scores);
    kw_config_destroy(&source);
    for (size_t i = 0; status == KW_OK && i < count - first; ++i) {
        const kw_shadow_score *s = &scores[i];
        v->optimum_error = s->optimum_error;
        json_t *row = add_point(v, "", s->copies, 1 - s->infidelity, s->infidelity);
        kw_json_set(row, "state_infidelity", s->state_infidelity);
        kw_json_set(row, "state_theory", s->state_theory);
        add_point(v, "mean-", s->copies, 1 - s->mean_infidelity, s->mean_infidelity);
    }
    return status;
}

static void add_formula(const list *l, const item *t, curve *v) {
    const kw_config *c = kw_sweep_config(l->sweep);
    const double members = (double)kw_config_int(c, "study.members");
    uint64_t copies[POINTS];
    const size_t count = totals((double)kw_config_int(c, "study.copies"), copies);
    for (size_t i = 0; i < count; ++i) {
        const double error = kw_tomography_error(1, exp2(t->qubits), (double)copies[i] / members);
        add_point(v, "", copies[i], 1 - error, error);
    }
}

static kw_status measure(const void *context, size_t i, kw_comm *comm, json_t **row) {
    const list *l = context;
    curve v = {.item = &l->items[i], .points = json_array(), .per_step = NAN, .optimum_error = NAN};
    kw_status status = v.points ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a curve");
    if (status == KW_OK) switch (v.item->method) {
        case KW_COPYING_SHIFT:
        case KW_COPYING_SPSA: status = measure_quantum(l, v.item, comm, &v); break;
        case KW_COPYING_CLIFFORD:
        case KW_COPYING_PAULI: status = measure_shadows(l, v.item, &v); break;
        case KW_COPYING_TOMOGRAPHY:
        case KW_COPYINGS: add_formula(l, v.item, &v); break;
        }
    if (status == KW_OK) *row = v.points;
    else json_decref(v.points);
    return status;
}

kw_status kw_no_cloning_run(kw_sweep *sweep) {
    list l = {.sweep = sweep};
    const kw_sweep_source source = {name_row, measure, &l};
    kw_status status = kw_comm_agree(kw_sweep_world(sweep), make_list(&l));
    if (kw_comm_rank(kw_sweep_world(sweep)) == 0 && status == KW_OK)
        fprintf(stderr, "ketwall: copies = steps x states x shots x circuits, each measured once\n");
    if (status == KW_OK) status = kw_sweep_rows(sweep, l.count, true, &source);
    free(l.items);
    return status;
}
