/* F5  Families of states with known optimum, compressed by training alone: which encoders get there, and where the others
 * stop. */
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
    KW_STUDY_OPTIONS("runs/families"),
    {"run.precision", KW_OPTION_CHOICE, "double", 0, 0, "double single", "", "of the states"},
    {"study.cases", KW_OPTION_TEXTS,
     "ghz-phase/8/tree/1/local, w-phase/6/cerezo/40/local, w-phase/6/excitation-preserving/4/local", 0, 0, NULL, "",
     "what is trained: family/qubits/encoder/layers/cost"},
    {"study.seeds", KW_OPTION_INT, "3", 1, 1000, NULL, "", "random starts of each case: seeds run.seed, run.seed + 1, ..."},
    {"study.steps", KW_OPTION_INT, "400", 1, 1000000, NULL, "", "evaluations of L-BFGS, at most"},
    {"study.goal", KW_OPTION_REAL, "1e-7", 0, 1, NULL, "", "a training ends this far from the optimum: it has reached it"},
    {"study.apart", KW_OPTION_BOOL, "yes", 0, 0, NULL, "", "every training on one rank; no: all ranks share each"},
};

static const kw_study_field fields[] = {
    {"family", "family", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"qubits", "qubits", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"latent", "latent", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"encoder", "encoder", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"layers", "layers", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"cost", "cost", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"fidelity", "fidelity", KW_FIELD_VALUE, KW_FIELD_FIDELITY},
    {"gap", "below the optimum", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"reached", "reached", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"optimum", "optimum", KW_FIELD_VALUE, KW_FIELD_FIDELITY},
    {"sector_cap", "cap of a conserving encoder", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"null_baseline", "constant encoder", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"parameters", "angles", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"evaluations", "evaluations", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"seconds", "seconds", KW_FIELD_VALUE, KW_FIELD_SECONDS},
    {"bytes", "bytes", KW_FIELD_VALUE, KW_FIELD_BYTES},
};

static const kw_study_figure figures[] = {
    {.name = "fidelity",
     .caption = "Fidelity reached from random starts, mean over the seeds; dashed: the exact optimum.",
     .x = "qubits",
     .x_label = "qubits",
     .y = "fidelity",
     .y_label = "fidelity",
     .series = "method",
     .panel = "family",
     .bound = "optimum",
     .bound_label = "exact optimum"},
    {.name = "gap",
     .caption = "How far below the optimum the trainings end; they are stopped once they are near enough.",
     .x = "qubits",
     .x_label = "qubits",
     .y = "gap",
     .y_label = "optimum - fidelity",
     .series = "method",
     .panel = "family",
     .log_y = true},
};
/* clang-format on */

/* ---- cases ---- */

typedef struct {
    char family[32], encoder[48], cost[16];
    int qubits, latent, layers;
} item;

typedef struct {
    const kw_sweep *sweep;
    item *items;
    size_t count, seeds;
} plan;

static int bits_for(int states) {
    int bits = 0;
    while (1 << bits < states) ++bits;
    return bits;
}

/* Rank 2 of GHZ states, rank n of W states: the fewest qubits that lose nothing. */
static kw_status parse(const char *text, item *out) {
    int used = 0;
    const int fields_read = sscanf(text, "%31[^/]/%d/%47[^/]/%d/%15s%n", out->family, &out->qubits, out->encoder,
                                   &out->layers, out->cost, &used);
    if (fields_read != 5 || text[used])
        return kw_fail(KW_E_INPUT, "study.cases: '%s' is not family/qubits/encoder/layers/cost", text);
    const bool ghz = !strcmp(out->family, "ghz-phase");
    if (!ghz && strcmp(out->family, "w-phase") != 0)
        return kw_fail(KW_E_INPUT, "study.cases: '%s': the family is none of ghz-phase, w-phase", text);
    if (out->qubits < 3 || out->qubits > KW_MAX_QUBITS)
        return kw_fail(KW_E_INPUT, "study.cases: '%s': expected 3..%d qubits", text, KW_MAX_QUBITS);
    out->latent = ghz ? 1 : bits_for(out->qubits);
    return KW_OK;
}

static void words_of(const plan *p, const item *t, uint64_t seed, char *words, size_t bytes) {
    const kw_config *c = kw_sweep_config(p->sweep);
    snprintf(words, bytes,
             "data.family=%s data.qubits=%d data.sampling=quadrature qae.latent=%d ansatz.name=%s ansatz.layers=%d "
             "ansatz.start=random train.cost=%s train.optimiser=lbfgs train.steps=%lld run.seed=%llu run.precision=%s",
             t->family, t->qubits, t->latent, t->encoder, t->layers, t->cost, (long long)kw_config_int(c, "study.steps"),
             (unsigned long long)seed, kw_config_text(c, "run.precision"));
}

static const item *item_of(const plan *p, size_t i, uint64_t *seed) {
    *seed = (uint64_t)kw_config_int(kw_sweep_config(p->sweep), "run.seed") + i % p->seeds;
    return &p->items[i / p->seeds];
}

static void name_row(const void *context, size_t i, char text[KW_SWEEP_NAME]) {
    uint64_t seed;
    const item *t = item_of(context, i, &seed);
    snprintf(text, KW_SWEEP_NAME, "%s %d qubits %s x%d %s seed %llu", t->family, t->qubits, t->encoder, t->layers, t->cost,
             (unsigned long long)seed);
}

/* ---- rows ---- */

/* An encoder U that conserves the number N of ones leaves trash in |0...0> only where all ones are in the latent qubits.  W
 * states: on the n states of one 1, U is an n x n unitary V and F = tr(V rho V^dag P), P the projector on the `latent`
 * places: at most the sum of as many eigenvalues of rho.  Those of the whole family are all 1/n: F = latent/n, whatever V
 * is.  GHZ states: U keeps |1..1>, so that this half is lost. */
static double sector_cap(const item *t) { return strcmp(t->family, "w-phase") ? 0.5 : (double)t->latent / t->qubits; }

static json_t *describe(const plan *p, const item *t, uint64_t seed, const kw_qae_fit_result *r) {
    char method[96];
    const double gap = r->train.infidelity - r->train_bound.optimum_error;
    snprintf(method, sizeof method, "%s x%d, %s", t->encoder, t->layers, t->cost);
    json_t *row =
        json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:I, s:I, s:I}", "family", t->family, "encoder", t->encoder, "cost",
                  t->cost, "method", method, "qubits", t->qubits, "latent", t->latent, "layers", t->layers, "seed",
                  (json_int_t)seed, "parameters", (json_int_t)r->n_angles, "evaluations", (json_int_t)r->evaluations);
    if (!row) return NULL;
    kw_json_set(row, "fidelity", r->train.fidelity);
    kw_json_set(row, "infidelity", r->train.infidelity);
    kw_json_set(row, "gap", fmax(gap, 0));
    kw_json_set(row, "reached", gap <= kw_config_real(kw_sweep_config(p->sweep), "study.goal"));
    kw_json_set(row, "optimum", r->train_bound.optimum);
    kw_json_set(row, "null_baseline", r->train_bound.null_baseline);
    kw_json_set(row, "sector_cap", sector_cap(t));
    kw_json_set(row, "seconds", r->seconds);
    kw_json_set(row, "bytes", (double)r->peak_bytes);
    return row;
}

static kw_status measure(const void *context, size_t i, kw_comm *comm, json_t **row) {
    const plan *p = context;
    const kw_qae_fit_request request = {.goal = kw_config_real(kw_sweep_config(p->sweep), "study.goal")};
    kw_qae_fit_result result;
    char words[1024];
    uint64_t seed;
    const item *t = item_of(p, i, &seed);
    words_of(p, t, seed, words, sizeof words);
    const kw_status status = kw_study_fit(p->sweep, comm, words, &request, &result);
    if (status != KW_OK) return status;
    if (kw_comm_rank(comm) == 0) *row = describe(p, t, seed, &result);
    kw_qae_fit_free(&result);
    return KW_OK;
}

/* ---- the study ---- */

static kw_status read_cases(const kw_config *c, plan *p) {
    const char *const *texts;
    p->count = kw_config_texts(c, "study.cases", &texts);
    p->items = calloc(p->count + 1, sizeof *p->items);
    if (!p->items) return kw_fail(KW_E_NOMEM, "no memory for %zu cases", p->count);
    kw_status status = p->count ? KW_OK : kw_fail(KW_E_INPUT, "study.cases is empty");
    for (size_t i = 0; i < p->count && status == KW_OK; ++i) {
        char words[1024];
        status = parse(texts[i], &p->items[i]);
        if (status != KW_OK) break;
        words_of(p, &p->items[i], 1, words, sizeof words);
        status = kw_study_fit_check(p->sweep, words);
        if (status != KW_OK) status = kw_fail(status, "study.cases: '%s': %s", texts[i], kw_error_message());
    }
    return status;
}

static kw_status run(kw_sweep *sweep) {
    const kw_config *c = kw_sweep_config(sweep);
    plan p = {.sweep = sweep, .seeds = (size_t)kw_config_int(c, "study.seeds")};
    kw_status status = kw_comm_agree(kw_sweep_world(sweep), read_cases(c, &p));
    const kw_sweep_source source = {name_row, measure, &p};
    if (status == KW_OK) status = kw_sweep_rows(sweep, p.count * p.seeds, kw_config_bool(c, "study.apart"), &source);
    free(p.items);
    return status;
}

/* ---- findings ---- */

static bool conserves(const json_t *row) { return kw_study_is(row, "encoder", "excitation-preserving"); }

typedef struct {
    int rows, reached, most, most_rows, most_reached; /* all; those of the most qubits */
    double best;                                      /* fidelity at the most qubits */
} trainings;

static trainings count(const json_t *rows, const char *family) {
    trainings t = {.best = NAN};
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)rows, i, row) {
        if (!kw_study_is(row, "family", family) || conserves(row)) continue;
        const double qubits = kw_study_number(row, "qubits");
        if (qubits > t.most) t = (trainings){t.rows, t.reached, (int)qubits, 0, 0, NAN};
        const bool reached = kw_study_number(row, "reached") > 0;
        ++t.rows;
        t.reached += reached;
        if (qubits < t.most) continue;
        ++t.most_rows;
        t.most_reached += reached;
        t.best = fmax(t.best, kw_study_number(row, "fidelity"));
    }
    return t;
}

static void find_family(const json_t *rows, const char *family, const char *claim, json_t *findings) {
    const trainings t = count(rows, family);
    char text[200], verdict[96];
    if (!t.rows) return;
    snprintf(text, sizeof text, "%d of %d trainings; at %d qubits %d of %d, best fidelity %.8f", t.reached, t.rows, t.most,
             t.most_reached, t.most_rows, t.best);
    snprintf(verdict, sizeof verdict, "%s",
             t.reached == t.rows  ? "holds"
             : t.most_reached > 0 ? "holds only if the encoder and its cost suit the family"
             : t.reached > 0      ? "holds only if there are few qubits"
                                  : "does not hold");
    kw_study_find_out(findings, claim, "L-BFGS on exact gradients from random starts", text, verdict);
}

static void find_cap(const json_t *rows, json_t *findings) {
    double off = 0;
    int count = 0;
    size_t i;
    json_t *row;
    char text[160];
    json_array_foreach((json_t *)rows, i, row) {
        if (!kw_study_is(row, "family", "w-phase") || !conserves(row)) continue;
        ++count;
        off = fmax(off, fabs(kw_study_number(row, "fidelity") - kw_study_number(row, "sector_cap")));
    }
    if (!count) return;
    snprintf(text, sizeof text, "%d trainings, fidelity off latent/n by at most %.1e", count, off);
    kw_study_find_out(findings, "An encoder that conserves the ones keeps latent/n of the W family, whatever its angles",
                      "the excitation-preserving ansatz, trained", text, off < 1e-5 ? "holds" : "does not hold");
}

static void conclude(const json_t *rows, json_t *findings) {
    find_family(rows, "ghz-phase", "Training compresses the GHZ family to one qubit without loss", findings);
    find_family(rows, "w-phase", "Training compresses the W family to ceil(log2 n) qubits without loss", findings);
    find_cap(rows, findings);
}

const kw_study kw_study_families = {
    .name = "families",
    .title = "GHZ and W families: the optimum by training alone",
    .question =
        "The best encoders of these families can be written down.  Does training find them from random angles?  GHZ states "
        "of all phases have rank 2 and fit into one qubit, W states of all phases have rank n and fit into "
        "ceil(log<sub>2</sub> "
        "n).  Their mean is summed exactly, over 2 and n states.  An encoder that conserves the number of ones cannot do "
        "it: it keeps "
        "latent/n of the W family, at any angles.",
    KW_STUDY_TABLES,
    .section = "family",
    .run = run,
    .conclude = conclude,
};
