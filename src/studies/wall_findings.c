/* F5  What the rows of the memory wall say. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "studies/wall.h"

/* ---- growth ---- */

static double factor_of(const json_t *rows, const char *storage, const char *what) {
    size_t i;
    double factor = NAN;
    json_t *row;
    json_array_foreach((json_t *)rows, i, row) {
        if (kw_study_is(row, "part", KW_WALL_FITS) && kw_study_is(row, "storage", storage)
            && kw_study_is(row, "state", what))
            factor = kw_study_number(row, "factor");
    }
    return factor;
}

static void find_growth(const json_t *rows, json_t *findings) {
    char text[256];
    const double bytes = factor_of(rows, "double", "bytes at the peak"),
                 layer = factor_of(rows, "double", "seconds per layer");
    const double gradient = factor_of(rows, "double", "seconds per gradient");
    if (!isfinite(bytes) || !isfinite(layer)) return;
    snprintf(text, sizeof text, "bytes %.3f times per qubit, seconds per layer %.2f, per gradient %.2f", bytes, layer,
             gradient);
    kw_study_find_out(findings, "a statevector takes twice the memory per qubit",
                      "storage in double, least squares through the rows of the largest states", text,
                      fabs(bytes - 2) < 0.05 ? "holds" : "does not hold");
}

/* ---- reach ---- */

/* The most qubits of a foretold row that has nodes, and on what. */
static void find_reach(const json_t *rows, json_t *findings) {
    const json_t *most = NULL;
    bool asked = false; /* for 50 qubits */
    size_t i;
    json_t *row;
    char text[256];
    json_array_foreach((json_t *)rows, i, row) {
        if (!kw_study_is(row, "part", KW_WALL_EXTRAPOLATED) || !kw_study_is(row, "storage", "double")) continue;
        const double n = kw_study_number(row, "qubits");
        const bool fits = isfinite(kw_study_number(row, "nodes"));
        if (fits && (!most || n > kw_study_number(most, "qubits"))) most = row;
        asked = asked || n >= 50;
    }
    if (!most || !asked) return;
    snprintf(text, sizeof text, "%.0f qubits on %.0f nodes of %s, %.3g s per layer", kw_study_number(most, "qubits"),
             kw_study_number(most, "nodes"), kw_study_text(most, "machine"), kw_study_number(most, "layer_seconds"));
    kw_study_find_out(findings, "50 qubits do not fit into any of these machines in double",
                      "plans for the machines described, 16 bytes per amplitude; JUQCS-50 (arXiv 2511.03359) stored 2", text,
                      kw_study_number(most, "qubits") < 50 ? "holds" : "does not hold");
}

/* ---- published runs ---- */

typedef struct {
    int count;
    double least, most, log_sum;
} spread;

static void add(spread *s, double ratio) {
    if (!(ratio > 0)) return;
    s->least = s->count ? fmin(s->least, ratio) : ratio;
    s->most = s->count ? fmax(s->most, ratio) : ratio;
    s->log_sum += log(ratio);
    ++s->count;
}

static double mean_of(const spread *s) { return s->count ? exp(s->log_sum / s->count) : NAN; }

/* By which factor the worst is off. */
static double worst_of(const spread *s) { return s->count ? fmax(s->most, 1 / s->least) : INFINITY; }

static void find_series(const json_t *rows, const json_t *first, json_t *findings) {
    const char *name = kw_study_text(first, "storage");
    spread nominal = {0}, own = {0};
    size_t i;
    json_t *row;
    char claim[160], text[256], verdict[128];
    json_array_foreach((json_t *)rows, i, row) {
        if (!kw_study_is(row, "part", KW_WALL_PUBLISHED) || !kw_study_is(row, "storage", name)) continue;
        add(&nominal, kw_study_number(row, "ratio"));
        add(&own, kw_study_number(row, "fitted_ratio"));
    }
    int length = snprintf(text, sizeof text, "predicted / measured %.2f to %.2f (mean %.2f of %d runs)", nominal.least,
                          nominal.most, mean_of(&nominal), nominal.count);
    if (own.count)
        snprintf(text + length, sizeof text - (size_t)length,
                 "; with the bandwidths of its smallest runs %.2f to %.2f (%.2f of %d others)", own.least, own.most,
                 mean_of(&own), own.count);
    snprintf(claim, sizeof claim, "passes, exchanges and nominal bandwidths foretell the runs of %s to a factor of 2", name);
    snprintf(verdict, sizeof verdict, "holds only if a factor of %.1f is allowed", worst_of(&nominal));
    kw_study_find_out(findings, claim, "published seconds beside the same model", text,
                      worst_of(&nominal) <= 2   ? "holds"
                      : worst_of(&nominal) <= 4 ? verdict
                                                : "does not hold");
}

/* This program on this machine, where states are out of its caches. */
static void find_own(const json_t *rows, json_t *findings) {
    spread own = {0};
    size_t i;
    json_t *row;
    char text[256], verdict[128];
    json_array_foreach((json_t *)rows, i, row) {
        if (kw_study_is(row, "part", KW_WALL_MEASURED) && kw_study_number(row, "qubits") >= KW_WALL_LARGE)
            add(&own, kw_study_number(row, "ratio"));
    }
    if (!own.count) return;
    snprintf(text, sizeof text, "predicted / measured %.2f to %.2f (mean %.2f of %d rows from %d qubits on)", own.least,
             own.most, mean_of(&own), own.count, KW_WALL_LARGE);
    snprintf(verdict, sizeof verdict, "holds only if a factor of %.1f is allowed", worst_of(&own));
    kw_study_find_out(findings, "plans foretell the seconds of this machine to a factor of 2",
                      "one run of the circuit in every storage kind, from rates and bandwidths measured before", text,
                      worst_of(&own) <= 2   ? "holds"
                      : worst_of(&own) <= 4 ? verdict
                                            : "does not hold");
}

static void find_published(const json_t *rows, json_t *findings) {
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)rows, i, row) {
        if (!kw_study_is(row, "part", KW_WALL_PUBLISHED)) continue;
        bool met = false;
        for (size_t before = 0; before < i && !met; ++before) {
            const json_t *other = json_array_get(rows, before);
            met = kw_study_is(other, "part", KW_WALL_PUBLISHED)
                  && kw_study_is(other, "storage", kw_study_text(row, "storage"));
        }
        if (!met) find_series(rows, row, findings);
    }
}

/* ---- representations ---- */

static const json_t *largest(const json_t *rows, const char *storage, const char *state) {
    const json_t *found = NULL;
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)rows, i, row) {
        if (kw_study_is(row, "part", KW_WALL_REPRESENTATION) && kw_study_is(row, "storage", storage)
            && kw_study_is(row, "state", state) && kw_study_number(row, "bytes") > 0
            && (!found || kw_study_number(row, "qubits") > kw_study_number(found, "qubits")))
            found = row;
    }
    return found;
}

/* Whether a representation gave up anywhere: its note says why. */
static bool has_refused(const json_t *rows, const char *storage, const char *state) {
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)rows, i, row) {
        if (kw_study_is(row, "part", KW_WALL_REPRESENTATION) && kw_study_is(row, "storage", storage)
            && kw_study_is(row, "state", state) && *kw_study_text(row, "note"))
            return true;
    }
    return false;
}

static void find_state(const json_t *rows, const char *storage, const char *state, json_t *findings) {
    const json_t *row = largest(rows, storage, state);
    char claim[160], text[256];
    if (!row) return;
    const double n = kw_study_number(row, "qubits"), bytes = kw_study_number(row, "bytes"), whole = ldexp(16, (int)n);
    snprintf(claim, sizeof claim, "%s states need 2^n numbers classically", state);
    const int length =
        snprintf(text, sizeof text, "%.0f qubits in %.4g bytes (%s), the statevector takes %.3g", n, bytes, storage, whole);
    if (has_refused(rows, storage, state))
        snprintf(text + length, sizeof text - (size_t)length, "; larger ones were not to be had");
    kw_study_find_out(findings, claim, "the largest state that another representation held here", text,
                      bytes < whole ? "does not hold" : "holds");
}

/* A tableau where there is one. */
static void find_structure(const json_t *rows, json_t *findings) {
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)rows, i, row) {
        const char *state = kw_study_text(row, "state"), *storage = kw_study_text(row, "storage");
        if (!kw_study_is(row, "part", KW_WALL_REPRESENTATION) || strncmp(storage, "MPS", 3) != 0) continue;
        bool met = false;
        for (size_t before = 0; before < i && !met; ++before)
            met = kw_study_is(json_array_get(rows, before), "storage", storage);
        if (!met) find_state(rows, largest(rows, "tableau", state) ? "tableau" : storage, state, findings);
    }
}

static void find_networks(const json_t *rows, json_t *findings) {
    const json_t *most = NULL;
    size_t i;
    json_t *row;
    char text[256];
    json_array_foreach((json_t *)rows, i, row) {
        if (kw_study_is(row, "part", KW_WALL_NETWORKS) && kw_study_is(row, "storage", "1-D CNN")
            && (!most || kw_study_number(row, "qubits") > kw_study_number(most, "qubits")))
            most = row;
    }
    if (!most) return;
    snprintf(text, sizeof text, "%.0f qubits: %.3g bytes of weights, %.3g at work; the statevector takes %.3g",
             kw_study_number(most, "qubits"), kw_study_number(most, "bytes"), kw_study_number(most, "work_bytes"),
             kw_study_number(most, "vector_bytes"));
    kw_study_find_out(
        findings, "a network with few weights passes the memory wall", "1-D CNN that reads amplitudes, by formula", text,
        kw_study_number(most, "work_bytes") < kw_study_number(most, "vector_bytes") ? "holds" : "does not hold");
}

void kw_wall_conclude(const json_t *rows, json_t *findings) {
    find_growth(rows, findings);
    find_reach(rows, findings);
    find_own(rows, findings);
    find_published(rows, findings);
    find_structure(rows, findings);
    find_networks(rows, findings);
}
