/* F5  The published benchmark of quantum autoencoders that needs no integrals: ground states of Hubbard ladders, Table II of
 * Romero, Olson & Aspuru-Guzik 2017 (arXiv 1612.02806), with the exact optimum and the best constant encoder beside it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "models/training.h"
#include "studies/fit.h"
#include "studies/study.h"

/* clang-format off: one row per line */
static const kw_option options[] = {
    KW_STUDY_OPTIONS("runs/romero"),
    {"study.lattices", KW_OPTION_TEXTS, "2x1, 2x2", 0, 0, NULL, "", "ladders: columns x rows"},
    {"study.circuits", KW_OPTION_TEXTS, "romero-a, romero-b", 0, 0, NULL, "", "encoders: circuits A and B of the paper"},
    {"study.starts", KW_OPTION_TEXTS, "wide, small", 0, 0, NULL, "", "start angles: as published, and near the identity"},
    {"study.restarts", KW_OPTION_INT, "3", 1, 1000, NULL, "", "starts of every row: seeds run.seed, run.seed + 1, ..."},
    {"study.steps", KW_OPTION_INT, "2000", 1, 1000000, NULL, "", "evaluations of L-BFGS from every start, at most"},
    {"study.start_width", KW_OPTION_REAL, "0.1", 0, 10, NULL, "rad", "standard deviation of the small start angles"},
    {"study.double_bond", KW_OPTION_BOOL, "no", 0, 0, NULL, "", "the bond between two periodic columns counts twice"},
};

static const kw_study_field fields[] = {
    {"system", "Hubbard ladder", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"qubits", "qubits", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"latent", "latent", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"circuit", "circuit", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"start", "start", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"digits", "digits, best start", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"median_digits", "median start", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"published_digits", "published", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"null_digits", "constant encoder", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"infidelity", "1 - fidelity, best", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"optimum_error", "exact minimum", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"restarts", "starts", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"not_worse", "as good as published", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"parameters", "angles", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"evaluations", "evaluations", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"seconds", "seconds", KW_FIELD_VALUE, KW_FIELD_SECONDS},
};

static const kw_study_figure figures[] = {
    {.name = "digits",
     .caption =
         "Digits of the fidelity, -log<sub>10</sub>(1 - F): the best start of each circuit and way to start.  Dashed: "
         "the constant encoder, which compresses nothing but the mean state; 16 digits are rounding.",
     .x = "latent",
     .x_label = "latent qubits",
     .y = "digits",
     .y_label = "digits of F",
     .series = "method",
     .panel = "system",
     .bound = "null_digits",
     .bound_label = "constant encoder"},
};
/* clang-format on */

/* ---- what was published: best of three starts, -log10(1 - C2) ---- */

typedef struct {
    const char *system, *circuit;
    int sites_x, sites_y, latent;
    double digits;
} entry;

static const entry published[] = {
    {"2x1", "romero-a", 2, 1, 3, 7.52}, {"2x1", "romero-a", 2, 1, 2, 1.15}, {"2x1", "romero-a", 2, 1, 1, 1.13},
    {"2x1", "romero-b", 2, 1, 3, 6.82}, {"2x1", "romero-b", 2, 1, 2, 3.92}, {"2x1", "romero-b", 2, 1, 1, 4.02},
    {"2x2", "romero-a", 2, 2, 7, 2.28}, {"2x2", "romero-a", 2, 2, 6, 1.42}, {"2x2", "romero-b", 2, 2, 7, 2.29},
    {"2x2", "romero-b", 2, 2, 6, 2.31},
};
enum { ENTRIES = sizeof published / sizeof *published, STARTS = 4 };

static const char *const systems[] = {"2x1", "2x2", NULL}, *const circuits[] = {"romero-a", "romero-b", NULL};
static const char *const starts[STARTS + 1] = {"wide", "random", "small", "zero", NULL};

/* ---- rows ---- */

typedef struct {
    const entry *entry;
    const char *start;
} line;

typedef struct {
    const kw_sweep *sweep;
    line lines[ENTRIES * STARTS];
    size_t count;
} plan;

static void name_row(const void *context, size_t i, char text[KW_SWEEP_NAME]) {
    const line *l = &((const plan *)context)->lines[i];
    snprintf(text, KW_SWEEP_NAME, "%s %d latent %s %s", l->entry->system, l->entry->latent, l->entry->circuit, l->start);
}

static kw_status train(const plan *p, const line *l, kw_comm *comm, uint64_t seed, kw_qae_fit_result *out) {
    const kw_config *c = kw_sweep_config(p->sweep);
    const entry *e = l->entry;
    char words[1024];
    snprintf(words, sizeof words,
             "data.family=hubbard data.sites_x=%d data.sites_y=%d data.qubits=%d data.members=6 data.interaction=2 "
             "data.coupling_min=0.9 data.coupling_max=1.1 data.periodic=yes data.double_bond=%s qae.latent=%d "
             "ansatz.name=%s ansatz.layers=1 ansatz.start=%s ansatz.start_width=%.17g train.cost=global "
             "train.optimiser=lbfgs train.steps=%lld run.seed=%llu",
             e->sites_x, e->sites_y, 2 * e->sites_x * e->sites_y, kw_config_bool(c, "study.double_bond") ? "yes" : "no",
             e->latent, e->circuit, l->start, kw_config_real(c, "study.start_width"),
             (long long)kw_config_int(c, "study.steps"), (unsigned long long)seed);
    return kw_study_fit(p->sweep, comm, words, NULL, out);
}

/* What the starts of a row gave. */
typedef struct {
    double *errors; /* 1 - F (count) */
    size_t count, angles;
    double evaluations, seconds, minimum, constant; /* sums; the exact minimum of 1 - F, and that of a constant encoder */
} tally;

static void add(tally *t, kw_qae_fit_result *result) {
    t->errors[t->count++] = result->train.infidelity;
    t->angles = result->n_angles;
    t->evaluations += (double)result->evaluations;
    t->seconds += result->seconds;
    t->minimum = result->train_bound.optimum_error;
    t->constant = 1 - result->train_bound.null_baseline;
    kw_qae_fit_free(result);
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static json_t *describe(const line *l, tally *t) {
    const entry *e = l->entry;
    size_t good = 0;
    char method[64];
    qsort(t->errors, t->count, sizeof *t->errors, ascending);
    for (size_t i = 0; i < t->count; ++i) good += kw_study_digits(t->errors[i]) >= e->digits;
    const double below = kw_study_digits(t->errors[(t->count - 1) / 2]), above = kw_study_digits(t->errors[t->count / 2]);
    snprintf(method, sizeof method, "%s, %s", e->circuit, l->start);
    json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i}", "system", e->system, "circuit", e->circuit,
                            "start", l->start, "method", method, "qubits", 2 * e->sites_x * e->sites_y, "latent", e->latent,
                            "restarts", (int)t->count, "not_worse", (int)good, "parameters", (int)t->angles);
    if (!row) return NULL;
    kw_json_set(row, "digits", kw_study_digits(t->errors[0]));
    kw_json_set(row, "median_digits", (below + above) / 2);
    kw_json_set(row, "published_digits", e->digits);
    kw_json_set(row, "null_digits", kw_study_digits(t->constant));
    kw_json_set(row, "infidelity", t->errors[0]);
    kw_json_set(row, "optimum_error", t->minimum);
    kw_json_set(row, "evaluations", t->evaluations / (double)t->count);
    kw_json_set(row, "seconds", t->seconds);
    return row;
}

static kw_status measure(const void *context, size_t i, kw_comm *comm, json_t **row) {
    const plan *p = context;
    const kw_config *c = kw_sweep_config(p->sweep);
    const size_t restarts = (size_t)kw_config_int(c, "study.restarts");
    tally t = {.errors = calloc(restarts, sizeof *t.errors)};
    kw_status status = t.errors ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for %zu starts", restarts);
    for (size_t r = 0; r < restarts && status == KW_OK; ++r) {
        kw_qae_fit_result result;
        status = train(p, &p->lines[i], comm, (uint64_t)kw_config_int(c, "run.seed") + r, &result);
        if (status == KW_OK) add(&t, &result);
    }
    if (status == KW_OK) *row = describe(&p->lines[i], &t);
    free(t.errors);
    return status;
}

/* ---- the study ---- */

static bool listed(const kw_config *config, const char *key, const char *text) {
    const char *const *list;
    const size_t count = kw_config_texts(config, key, &list);
    for (size_t i = 0; i < count; ++i)
        if (!strcmp(list[i], text)) return true;
    return false;
}

static kw_status run(kw_sweep *sweep) {
    const kw_config *c = kw_sweep_config(sweep);
    plan p = {.sweep = sweep};
    kw_status status = kw_study_check_texts(c, "study.lattices", systems);
    if (status == KW_OK) status = kw_study_check_texts(c, "study.circuits", circuits);
    if (status == KW_OK) status = kw_study_check_texts(c, "study.starts", starts);
    status = kw_comm_agree(kw_sweep_world(sweep), status);
    if (status != KW_OK) return status;
    for (size_t s = 0; s < STARTS; ++s)
        for (size_t e = 0; e < ENTRIES; ++e)
            if (listed(c, "study.starts", starts[s]) && listed(c, "study.lattices", published[e].system)
                && listed(c, "study.circuits", published[e].circuit))
                p.lines[p.count++] = (line){&published[e], starts[s]};
    const kw_sweep_source source = {name_row, measure, &p};
    return kw_sweep_rows(sweep, p.count, true, &source);
}

/* Best digits of an entry over the rows, all or those of one start; NaN: not measured. */
static double best_of(const json_t *rows, const entry *e, const char *start, double *constant) {
    double best = NAN;
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)rows, i, row) {
        const bool same = kw_study_is(row, "system", e->system) && kw_study_is(row, "circuit", e->circuit)
                          && kw_study_number(row, "latent") == e->latent;
        if (!same || (start && !kw_study_is(row, "start", start))) continue;
        best = fmax(best, kw_study_number(row, "digits"));
        *constant = kw_study_number(row, "null_digits");
    }
    return best;
}

/* Rows that are at least as good as published. */
static void find_reached(const json_t *rows, const char *start, const char *claim, json_t *findings) {
    int measured = 0, reached = 0;
    double least = INFINITY, constant;
    char number[160];
    for (size_t e = 0; e < ENTRIES; ++e) {
        const double ours = best_of(rows, &published[e], start, &constant);
        if (isnan(ours)) continue;
        ++measured;
        reached += ours >= published[e].digits;
        least = fmin(least, ours - published[e].digits);
    }
    if (!measured) return;
    snprintf(number, sizeof number, "%d of %d rows; the closest by %+.2f digits", reached, measured, least);
    kw_study_find_out(findings, claim, "L-BFGS on exact adjoint gradients, the best start of each row", number,
                      reached == measured ? "holds" : "does not hold");
}

static void conclude(const json_t *rows, json_t *findings) {
    int measured = 0, below = 0, above = 0;
    char number[160];
    find_reached(rows, NULL, "Every published row of Table II is reached", findings);
    find_reached(rows, "wide", "Starts as published, uniform on [0, 4 pi), are enough for that", findings);
    for (size_t e = 0; e < ENTRIES; ++e) {
        double constant = NAN;
        const double ours = best_of(rows, &published[e], NULL, &constant);
        if (isnan(ours)) continue;
        ++measured;
        below += published[e].digits < constant;
        above += ours > constant;
    }
    snprintf(number, sizeof number, "published: %d of %d rows above it; here: %d of %d", measured - below, measured, above,
             measured);
    kw_study_find_out(findings, "The autoencoder compresses better than a constant encoder",
                      "digits beside -log10(1 - largest eigenvalue of the mean state)", number,
                      above == measured ? "holds"
                      : above           ? "holds only if it is trained further"
                                        : "does not hold");
}

const kw_study kw_study_romero = {
    .name = "romero",
    .title = "Hubbard ground states: the published autoencoder benchmark",
    .question =
        "How close do the two published encoder circuits come to the exact optimum on six half-filled Hubbard ground states "
        "(U = 2, hopping 0.9 to 1.1)?  Table II of Romero, Olson and Aspuru-Guzik (2017) gives -log<sub>10</sub>(1 - F), "
        "the "
        "best of three random starts.  Six states have rank 6 at most and those of two sites rank 2, so the exact minimum "
        "of "
        "1 - F is 0 in every row; the best <em>constant</em> encoder, which maps one fixed state to |0...0&gt;, already "
        "reaches almost four digits, because the six states hardly differ.  The period of two columns is ambiguous: here "
        "their bond "
        "counts once unless the configuration says twice.",
    KW_STUDY_TABLES,
    .section = "system",
    .run = run,
    .conclude = conclude,
};
