/* F5  What the rows of the study of compressors say about the claims. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "studies/compressors.h"

#define CLEARLY 1e-3 /* fidelities that differ by less are taken as equal */

/* Rows of one family, size and latent. */
typedef struct {
    const char *family;
    double qubits, latent, optimum;
    double pca;          /* on the training states */
    double trash;        /* best quantum one, on the training states */
    double quantum;      /* the same one on unseen states */
    double classical;    /* best on unseen states with the same latent; -inf: none */
    double error;        /* of the latter */
    double free;         /* best network or real map on unseen states, which no bound holds for; -inf: none */
    double free_trained; /* the same on the training states */
    double mps;          /* smallest bond that keeps unseen states to 1e-3 in less than 2^n amplitudes; inf: none */
    bool has_mps;        /* whether any was made */
} cell;

enum { CELLS = 1024 };

static cell *cell_of(cell *cells, size_t *count, const kw_study_group *g) {
    const double qubits = kw_study_mean(g, "qubits"), latent = kw_study_mean(g, "latent");
    for (size_t i = 0; i < *count; ++i)
        if (kw_study_is(g->row, "family", cells[i].family) && cells[i].qubits == qubits && cells[i].latent == latent)
            return &cells[i];
    if (*count == CELLS) return NULL;
    cells[*count] = (cell){.family = kw_study_text(g->row, "family"),
                           .qubits = qubits,
                           .latent = latent,
                           .optimum = kw_study_mean(g, "optimum"),
                           .pca = NAN,
                           .trash = -INFINITY,
                           .quantum = -INFINITY,
                           .classical = -INFINITY,
                           .free = -INFINITY,
                           .free_trained = -INFINITY,
                           .mps = INFINITY};
    return &cells[(*count)++];
}

/* Of unseen states, or, without any, of those trained on.  A quantum autoencoder counts by its trash fidelity, the larger
 * one, which it has after a measurement of the trash: so do linear maps, which project and normalise. */
static double unseen(const kw_study_group *g) {
    const bool quantum = kw_study_is(g->row, "kind", "quantum");
    const double test = kw_study_mean(g, quantum ? "test_trash_fidelity" : "test_fidelity");
    return isfinite(test) ? test : kw_study_mean(g, quantum ? "trash_fidelity" : "train_fidelity");
}

static void enter(cell *c, const kw_study_group *g) {
    const char *kind = kw_study_text(g->row, "kind");
    const double f = unseen(g);
    if (!isfinite(f)) return;
    if (kw_study_is(g->row, "method", "pca")) c->pca = kw_study_mean(g, "train_fidelity");
    if (!strcmp(kind, "mps")) {
        c->has_mps = true;
        const bool smaller = kw_study_mean(g, "state_bytes") < 16 * exp2(c->qubits);
        if (f >= 1 - CLEARLY && smaller) c->mps = fmin(c->mps, kw_study_mean(g, "bond"));
        return;
    }
    if (!strcmp(kind, "quantum")) {
        if (kw_study_mean(g, "trash_fidelity") > c->trash) {
            c->trash = kw_study_mean(g, "trash_fidelity");
            c->quantum = f;
        }
        return;
    }
    if (f > c->classical) {
        c->classical = f;
        c->error = kw_study_mean(g, "test_error");
    }
    if (!strcmp(kind, "network") || kw_study_is(g->row, "method", "real-linear")) {
        c->free = fmax(c->free, f);
        c->free_trained = fmax(c->free_trained, kw_study_mean(g, "train_fidelity"));
    }
}

static bool one_size(const cell *cells, size_t count) {
    for (size_t i = 1; i < count; ++i)
        if (cells[i].qubits != cells[0].qubits || cells[i].latent != cells[0].latent) return false;
    return true;
}

/* "tfim; w-phase; ..." of the cells that are marked, as many as fit, with their sizes where these differ. */
static void name_cells(const cell *cells, const bool *marked, size_t count, char *out, size_t bytes) {
    const bool brief = one_size(cells, count);
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count; ++i) {
        if (!marked[i] || length >= bytes) continue;
        length += (size_t)snprintf(out + length, bytes - length, "%s%s", length ? "; " : "", cells[i].family);
        if (!brief && length < bytes)
            length +=
                (size_t)snprintf(out + length, bytes - length, ", %.0f qubits to %.0f", cells[i].qubits, cells[i].latent);
    }
}

static void say_pca(const cell *cells, size_t count, json_t *findings) {
    char words[256];
    double worst = 0;
    size_t with = 0;
    for (size_t i = 0; i < count; ++i) {
        if (!isfinite(cells[i].pca)) continue;
        worst = fmax(worst, fabs(cells[i].pca - cells[i].optimum));
        ++with;
    }
    if (!with) return;
    snprintf(words, sizeof words,
             "principal components miss the exact optimum of the training states by at most %.1e in %zu cases", worst, with);
    kw_study_find_out(findings, "Classical compressors fail on quantum states",
                      "principal components of the state vectors beside the exact optimum of all quantum encoders", words,
                      worst < 1e-9 ? "does not hold" : "holds");
}

/* Of few states: a difference below three standard errors says nothing. */
static double threshold(const cell *c) { return fmax(CLEARLY, isfinite(c->error) ? 3 * sqrt(2.0) * c->error : 0); }

static void say_best(const cell *cells, size_t count, json_t *findings) {
    bool ahead[CELLS] = {false};
    char names[512], words[256], verdict[640];
    size_t with = 0, won = 0, behind = 0;
    double gain = -1;
    for (size_t i = 0; i < count; ++i) {
        if (!isfinite(cells[i].quantum) || !isfinite(cells[i].classical)) continue;
        const double lead = cells[i].quantum - cells[i].classical, least = threshold(&cells[i]);
        ++with;
        ahead[i] = lead > least;
        won += ahead[i];
        behind += lead < -least;
        gain = fmax(gain, lead);
    }
    if (!with) return;
    name_cells(cells, ahead, count, names, sizeof names);
    snprintf(words, sizeof words,
             "unseen states: the quantum one ahead in %zu of %zu cases, behind in %zu, else equal to 1e-3 or three "
             "standard errors; its largest lead %+.2e",
             won, with, behind, gain);
    if (won && won < with) snprintf(verdict, sizeof verdict, "holds only if the states are: %s", names);
    else snprintf(verdict, sizeof verdict, "%s", won ? "holds" : "does not hold");
    kw_study_find_out(
        findings, "A quantum autoencoder compresses quantum states better than any classical compressor",
        "the quantum autoencoder that was trained best, by trash fidelity, against the linear map or network with the "
        "same latent that was best on the unseen states, in hindsight",
        words, verdict);
}

static void say_bound(const cell *cells, size_t count, json_t *findings) {
    bool beyond[CELLS] = {false};
    char names[512], words[768];
    size_t with = 0, trained = 0, unseen_too = 0;
    for (size_t i = 0; i < count; ++i) {
        if (!isfinite(cells[i].free)) continue;
        ++with;
        trained += cells[i].free_trained > cells[i].optimum + CLEARLY;
        unseen_too += beyond[i] = cells[i].free > cells[i].optimum + CLEARLY;
    }
    if (!with) return;
    name_cells(cells, beyond, count, names, sizeof names);
    snprintf(
        words, sizeof words,
        "networks and real maps pass it on the states they are trained on in %zu of %zu cases, on unseen states in %zu%s%s",
        trained, with, unseen_too, unseen_too ? ": " : "", names);
    kw_study_find_out(findings, "What bounds quantum encoders bounds classical networks with the same latent, too",
                      "the best of networks and of linear maps of real and imaginary parts beside the exact optimum", words,
                      trained ? "does not hold" : "holds");
}

static void say_trained(const cell *cells, size_t count, json_t *findings) {
    bool reached[CELLS] = {false};
    char names[512], words[256], verdict[640];
    size_t with = 0, there = 0;
    double worst = 0;
    for (size_t i = 0; i < count; ++i) {
        if (!isfinite(cells[i].trash)) continue;
        const double gap = cells[i].optimum - cells[i].trash;
        ++with;
        reached[i] = gap < CLEARLY;
        there += reached[i];
        worst = fmax(worst, gap);
    }
    if (!with) return;
    name_cells(cells, reached, count, names, sizeof names);
    snprintf(words, sizeof words, "trash fidelity within %.0e of the optimum in %zu of %zu cases, largest gap %.3f", CLEARLY,
             there, with, worst);
    if (there && there < with) snprintf(verdict, sizeof verdict, "holds only if the states are: %s", names);
    else snprintf(verdict, sizeof verdict, "%s", there ? "holds" : "does not hold");
    kw_study_find_out(findings, "A quantum autoencoder can be trained to the exact optimum",
                      "best of the circuits and costs on the states it was trained on, mean over the seeds", words, verdict);
}

static void say_mps(const cell *cells, size_t count, json_t *findings) {
    bool kept[CELLS] = {false};
    char names[512], words[256], verdict[640];
    size_t there = 0;
    size_t with = 0;
    for (size_t i = 0; i < count; ++i) there += kept[i] = isfinite(cells[i].mps), with += cells[i].has_mps;
    if (!with) return;
    name_cells(cells, kept, count, names, sizeof names);
    snprintf(words, sizeof words,
             "matrix product states smaller than 2^n amplitudes keep unseen states to %.0e in %zu of %zu cases", CLEARLY,
             there, with);
    if (there && there < with) snprintf(verdict, sizeof verdict, "holds only if the states are other than: %s", names);
    else snprintf(verdict, sizeof verdict, "%s", there ? "does not hold" : "holds");
    kw_study_find_out(findings, "Entangled states need memory that grows as 2^n without a quantum computer",
                      "every state by itself as a matrix product state of small bond", words, verdict);
}

void kw_compressors_conclude(const json_t *rows, json_t *findings) {
    static cell cells[CELLS];
    kw_study_group *groups = NULL;
    size_t count = 0, used = 0;
    if (kw_study_groups(&kw_study_compressors, rows, &groups, &count) != KW_OK) return;
    for (size_t g = 0; g < count; ++g) {
        cell *c = cell_of(cells, &used, &groups[g]);
        if (c) enter(c, &groups[g]);
    }
    say_pca(cells, used, findings);
    say_best(cells, used, findings);
    say_bound(cells, used, findings);
    say_trained(cells, used, findings);
    say_mps(cells, used, findings);
    kw_study_groups_free(groups, count);
}
