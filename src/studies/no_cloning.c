/* F5  Study: what learning costs in copies, each of which is measured once. */
#include "studies/no_cloning.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/training_config.h"

/* clang-format off */
static const kw_option options[] = {
    KW_STUDY_OPTIONS("runs/no-cloning"),
    {"study.families", KW_OPTION_TEXTS, "ghz-phase, w-phase, tfim", 0, 0, NULL, "", "ghz-phase, w-phase, tfim: as data.family of ketwall qae"},
    {"study.qubits", KW_OPTION_INTS, "4, 6, 8", 3, 10, NULL, "", "qubits of the states"},
    {"study.members", KW_OPTION_INT, "8", 1, 1000, NULL, "", "states of an ensemble"},
    {"study.methods", KW_OPTION_TEXTS, "qae-shift, qae-spsa, shadows, pauli-shadows, tomography", 0, 0, NULL, "", "what consumes the copies"},
    {"study.seeds", KW_OPTION_INT, "3", 1, 1000, NULL, "", "seeds of start angles, directions, bases and outcomes"},
    {"study.copies", KW_OPTION_INT, "3000000", 1000, KW_OPTION_MANY, NULL, "", "most copies of all states together"},
    {"study.shadow_copies", KW_OPTION_INT, "300000", 1000, 4e9, NULL, "", "most copies of classical shadows"},
    {"qae.shots", KW_OPTION_INT, "20", 1, 1e9, NULL, "", "shots per state and circuit"},
    {"qae.ansatz", KW_OPTION_CHOICE, "cerezo", 0, 0, KW_ANSATZ_LIST(KW_OPTION_NAME), "", "as ansatz.name of ketwall qae"},
    {"qae.layers", KW_OPTION_INT, "4", 1, 1000, NULL, "", "its layers"},
    {"qae.cost", KW_OPTION_CHOICE, "local", 0, 0, "global local", "", "as train.cost of ketwall qae"},
    {"qae.rate", KW_OPTION_REAL, "0.1", 0, 1e6, NULL, "rad", "learning rate of Adam with shift gradients"},
    {"qae.spsa_a", KW_OPTION_REAL, "4", 0, 1e6, NULL, "rad", "gain a of SPSA"},
    {"qae.spsa_c", KW_OPTION_REAL, "0.2", 1e-12, 10, NULL, "rad", "gain c of SPSA"},
};
/* clang-format on */

static const kw_study_field fields[] = {
    {"case", "Case", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"family", "Family", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"qubits", "Qubits", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"latent", "Latent", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"method", "Method", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"copies", "Copies", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"copies_per_step", "Copies per step", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"fidelity", "Fidelity", KW_FIELD_VALUE, KW_FIELD_FIDELITY},
    {"infidelity", "1 - F", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"optimum_error", "1 - F, optimum (-: 0)", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"exact_infidelity", "1 - F, exact gradients", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"state_infidelity", "1 - F of the states", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"state_theory", "theory of it", KW_FIELD_VALUE, KW_FIELD_SMALL},
};

static const kw_study_figure figures[] = {
    {.name = "copies",
     .caption = "What compression loses against the copies consumed, all states together",
     .x = "copies",
     .x_label = "copies",
     .y = "infidelity",
     .y_label = "1 - F",
     .series = "method",
     .panel = "case",
     .bound = "optimum_error",
     .bound_label = "exact optimum",
     .log_x = true,
     .log_y = true},
    {.name = "states",
     .caption =
         "What reconstruction itself loses: the closest pure state of a classical shadow of each state; with N copies of it "
         "theory expects 2 (d<sup>2</sup> - 1)/((d + 2) N) in first order",
     .x = "copies",
     .x_label = "copies",
     .y = "state_infidelity",
     .y_label = "1 - F of the states",
     .series = "method",
     .panel = "case",
     .bound = "state_theory",
     .bound_label = "first-order theory",
     .log_x = true,
     .log_y = true},
};

const kw_study kw_study_no_cloning = {
    .name = "no-cloning",
    .title = "Copies of a state consumed: autoencoders trained by shots, classical shadows, tomography",
    .question =
        "No state can be cloned, so every measurement consumes a fresh copy, for a quantum autoencoder as for a classical "
        "method. How good is the compression after how many copies? The rule of accounting: <strong>copies = steps &times; "
        "states &times; shots &times; circuits</strong>; a step by parameter shift measures two circuits per angle and one "
        "for "
        "the cost, SPSA two in all; a classical shadow measures every copy once. Fidelity is the exact one of the "
        "compressed true states. <em>qae-shift</em>: Adam on gradients by parameter shift; <em>qae-spsa</em>: SPSA; beside "
        "them what the same circuit and as many steps reach with exact gradients. <em>shadows</em>: every state is "
        "reconstructed from random stabilizer bases (Huang, Kueng, Preskill 2020, arXiv 2002.08953) as the closest pure "
        "state, and principal components compress what was reconstructed; <em>mean-shadows</em>: leading eigenvectors of "
        "the "
        "mean of all estimates; <em>pauli-</em>: random Pauli bases. <em>tomography</em>: the formula of full tomography, "
        "&Theta;(r d/&epsilon;<sup>2</sup>) copies per state (Haah et al. 2016, arXiv 1508.01797; 2510.07699) with rank r = "
        "1, 1 - F = &epsilon;<sup>2</sup> and the constant set to 1: an order, no measurement, and of each state by itself, "
        "while compression averages over all of them. For states with structure "
        "neither 2<sup>n</sup> holds: tomography with matrix product states took 27 bases of 1,000 shots, 27,000 copies, of "
        "an ion simulator of 20 qubits (arXiv 2208.04862). Latent qubits are as many as the family needs: ghz-phase and "
        "tfim 1, w-phase log<sub>2</sub> n, rounded up.",
    KW_STUDY_TABLES,
    .section = "case",
    .run = kw_no_cloning_run,
    .conclude = kw_no_cloning_conclude,
};

/* ---- findings ---- */

#define LOSS 0.05 /* beyond the optimum, that counts as learned */

enum { CASES = 64 };

/* Fewest copies of every way to the goal in one case; INFINITY: not reached. */
typedef struct {
    const char *name;
    double qubits, quantum, classical, shift_step, spsa_step;
    bool has_classical; /* whether any such method was asked for */
} outcome;

static void enter(const kw_study_group *g, outcome *o) {
    const char *method = kw_study_text(g->row, "method");
    const bool reached = kw_study_mean(g, "infidelity") <= fmax(kw_study_mean(g, "optimum_error"), 0) + LOSS;
    const double copies = kw_study_mean(g, "copies");
    if (!strcmp(method, "tomography")) return; /* no measurement */
    const bool quantum = !strncmp(method, "qae", 3);
    if (!strcmp(method, "qae-shift")) o->shift_step = kw_study_mean(g, "copies_per_step");
    if (!strcmp(method, "qae-spsa")) o->spsa_step = kw_study_mean(g, "copies_per_step");
    o->has_classical = o->has_classical || !quantum;
    if (reached && quantum) o->quantum = fmin(o->quantum, copies);
    if (reached && !quantum) o->classical = fmin(o->classical, copies);
}

static size_t gather(const kw_study_group *groups, size_t count, outcome *outcomes) {
    size_t used = 0;
    for (size_t g = 0; g < count; ++g) {
        size_t i = 0;
        while (i < used && !kw_study_is(groups[g].row, "case", outcomes[i].name)) ++i;
        if (i == CASES) continue;
        if (i == used)
            outcomes[used++] = (outcome){kw_study_text(groups[g].row, "case"),
                                         kw_study_mean(&groups[g], "qubits"),
                                         INFINITY,
                                         INFINITY,
                                         NAN,
                                         NAN,
                                         false};
        enter(&groups[g], &outcomes[i]);
    }
    return used;
}

static size_t tell(char *words, size_t bytes, double copies) {
    return (size_t)(isfinite(copies) ? snprintf(words, bytes, "%.2g", copies) : snprintf(words, bytes, "not reached"));
}

static void compare(const outcome *o, size_t count, json_t *findings) {
    char words[4096] = "";
    size_t length = 0, learned = 0, judged = 0;
    for (size_t i = 0; i < count && length + 256 < sizeof words; ++i) {
        length += (size_t)snprintf(words + length, sizeof words - length, "%s%s: ", i ? "; " : "", o[i].name);
        length += tell(words + length, sizeof words - length, o[i].classical);
        length += (size_t)snprintf(words + length, sizeof words - length, " classical, ");
        length += tell(words + length, sizeof words - length, o[i].quantum);
        length += (size_t)snprintf(words + length, sizeof words - length, " quantum");
        judged += o[i].has_classical && (isfinite(o[i].classical) || isfinite(o[i].quantum));
        learned += isfinite(o[i].classical);
    }
    if (!judged) return;
    kw_study_find_out(findings, "Without cloning, only a quantum autoencoder can learn to compress quantum states",
                      "copies until the mean fidelity is within 0.05 of the optimum", words,
                      learned == judged ? "does not hold"
                      : learned         ? "holds only if the ensemble is one that the classical methods do not reach"
                                        : "holds");
}

static void account(const outcome *o, size_t count, json_t *findings) {
    char words[256];
    const outcome *most = NULL;
    for (size_t i = 0; i < count; ++i)
        if (isfinite(o[i].shift_step) && (!most || o[i].shift_step > most->shift_step)) most = &o[i];
    if (!most) return;
    snprintf(words, sizeof words, "%s: %.0f copies in one step by parameter shift%s", most->name, most->shift_step,
             isfinite(most->spsa_step) ? "" : ", SPSA not asked for");
    if (isfinite(most->spsa_step)) {
        const size_t length = strlen(words);
        snprintf(words + length, sizeof words - length, ", %.0f by SPSA", most->spsa_step);
    }
    kw_study_find_out(findings, "A quantum autoencoder learns without spending copies on its gradients",
                      "copies = steps x states x shots x circuits", words, "does not hold");
}

/* Growth of the classical copies per qubit, between the smallest and the largest states of every family. */
static void grow(const outcome *o, size_t count, json_t *findings) {
    char words[256];
    double least = INFINITY, most = 0, logs = 0, pairs = 0;
    for (size_t i = 0; i < count; ++i) least = fmin(least, o[i].qubits), most = fmax(most, o[i].qubits);
    for (size_t i = 0; i < count; ++i)
        for (size_t j = 0; j < count; ++j) {
            const size_t family = strcspn(o[i].name, ",");
            if (o[i].qubits != least || o[j].qubits != most || least == most) continue;
            if (strncmp(o[i].name, o[j].name, family + 1) != 0) continue;
            if (!isfinite(o[i].classical) || !isfinite(o[j].classical)) continue;
            logs += log(o[j].classical / o[i].classical) / (most - least);
            ++pairs;
        }
    if (!pairs) return;
    const double factor = exp(logs / pairs);
    snprintf(words, sizeof words,
             "times %.2f per qubit between %.0f and %.0f qubits (2 would be the dimension); 27,000 copies at 20 qubits with "
             "matrix product states (arXiv 2208.04862)",
             factor, least, most);
    kw_study_find_out(findings, "Classical reconstruction needs few copies at any size",
                      "growth of the copies with the qubits", words,
                      factor > 1.2 ? "holds only if the states have structure that the reconstruction uses" : "holds");
}

void kw_no_cloning_conclude(const json_t *rows, json_t *findings) {
    kw_study_group *groups = NULL;
    size_t count = 0;
    outcome outcomes[CASES];
    if (kw_study_groups(&kw_study_no_cloning, rows, &groups, &count) != KW_OK) return;
    const size_t used = gather(groups, count, outcomes);
    compare(outcomes, used, findings);
    account(outcomes, used, findings);
    grow(outcomes, used, findings);
    kw_study_groups_free(groups, count);
}
