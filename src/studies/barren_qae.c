/* F5  Study: global against local costs of the quantum autoencoder, as it grows. */
#include "studies/barren_qae.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/training_config.h"

/* clang-format off */
static const kw_option options[] = {
    KW_STUDY_OPTIONS("runs/barren-qae"),
    {"study.trash", KW_OPTION_INTS, "10, 13, 16", 3, 61, NULL, "", "trash qubits n_B; there is one latent qubit"},
    {"study.costs", KW_OPTION_TEXTS, "global, local", 0, 0, NULL, "", "costs that are trained and sampled"},
    {"study.layers", KW_OPTION_INT, "2", 1, 1000, NULL, "", "layers of the ansatz cerezo"},
    {"study.seeds", KW_OPTION_INT, "3", 1, 1000, NULL, "", "trainings from start angles of their own"},
    {"study.starts", KW_OPTION_BOOL, "yes", 0, 0, NULL, "", "random starts before the trainings"},
    {"train.steps", KW_OPTION_INT, "100", 0, 1e7, NULL, "", "steps of Adam"},
    {"train.every", KW_OPTION_INT, "5", 1, 1e7, NULL, "", "steps between the points of a curve"},
    {"train.rate", KW_OPTION_REAL, "0.1", 0, 1e6, NULL, "rad", "its learning rate"},
    {"train.shots", KW_OPTION_INTS, "0, 100", 0, 1e9, NULL, "", "shots per state and circuit of gradients by parameter shift; 0: exact gradients"},
    {"train.shot_trash", KW_OPTION_INT, "13", 0, 61, NULL, "", "trash qubits up to which finite shots are trained"},
    {"starts.samples", KW_OPTION_INT, "200", 2, 1e9, NULL, "", "random starts of the ansatz, on one rank each row"},
    {"starts.product_samples", KW_OPTION_INT, "20000", 2, 1e9, NULL, "", "random starts of the product circuit"},
    {"starts.product_qubits", KW_OPTION_INTS, "2, 4, 6, 8, 10", 1, 30, NULL, "", "its qubits, all of them trash"},
    {"starts.deep_trash", KW_OPTION_INTS, "3, 5, 7", 2, 20, NULL, "", "trash qubits of a deep circuit (hea, 4 n layers), as good as Haar-random"},
};
/* clang-format on */

static const kw_study_field fields[] = {
    {"part", "Part", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"case", "Case", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"cost", "Cost", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"shots", "Shots", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"trash", "n_B", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"step", "Step", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"value", "Cost reached", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"cost_local", "Local cost", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"fidelity", "Fidelity", KW_FIELD_VALUE, KW_FIELD_FIDELITY},
    {"copies", "Copies", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"samples", "Starts", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"mean", "Mean cost", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"mean_error", "its error", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"mean_theory", "exact", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"variance", "Cost variance", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"variance_error", "its error", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"variance_theory", "exact", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"gradient", "Slope variance", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"gradient_error", "its error", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"gradient_theory", "exact", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"sigma", "Off theory, errors", KW_FIELD_VALUE, KW_FIELD_NUMBER},
};

static const kw_study_figure figures[] = {
    {.name = "curves",
     .caption = "The cost that is trained, against the steps, for growing n<sub>B</sub>",
     .x = "step",
     .x_label = "step",
     .y = "value",
     .y_label = "cost",
     .series = "trash",
     .panel = "case",
     .only_key = "part",
     .only_value = "training"},
    {.name = "slopes",
     .caption = "Variance of a slope at random starts, mean over the angles",
     .x = "trash",
     .x_label = "trash qubits",
     .y = "gradient",
     .y_label = "variance of a slope",
     .series = "cost",
     .panel = "case",
     .bound = "gradient_theory",
     .bound_label = "closed form",
     .only_key = "part",
     .only_value = "random starts",
     .log_y = true},
    {.name = "costs",
     .caption = "Variance of the cost at random starts",
     .x = "trash",
     .x_label = "trash qubits",
     .y = "variance",
     .y_label = "variance of the cost",
     .series = "cost",
     .panel = "case",
     .bound = "variance_theory",
     .bound_label = "closed form",
     .only_key = "part",
     .only_value = "random starts",
     .log_y = true},
};

const kw_study kw_study_barren_qae = {
    .name = "barren-qae",
    .title = "Plateaus: global and local costs of a growing autoencoder",
    .question =
        "The experiment of Cerezo et al. (2021, arXiv 2001.00550): the ensemble |0&rang;|0,0,...,0&rang; with 2/3 and "
        "|1&rang;|1,1,0,...,0&rang; with 1/3 is compressed into one qubit by their ansatz; the global cost is 1 - "
        "&lang;|0..0&rang;&lang;0..0|&rang; of all n<sub>B</sub> trash qubits, the local one the mean over single qubits. "
        "Both have the "
        "optimum 0. Adam trains with exact gradients, and with gradients by parameter shift from finite shots; the points "
        "of "
        "the curves are exact costs. At random starts the mean cost is 1/2 (local) and 1 - 2<sup>-n<sub>B</sub></sup> "
        "(global) for any circuit that ends with a random RY on every trash qubit. Closed forms stand beside: for the "
        "product "
        "circuit of RX rotations on |0...0&rang;, slopes have the variance (1/8)(3/8)<sup>n-1</sup> (global) and "
        "1/(8n<sup>2</sup>) (local); for deep circuits the cost has the variance of Haar-random ones. Errors are standard "
        "errors of the sample. Exact gradients of a simulation are rescaled by Adam however small they are: what a plateau "
        "takes away is what a number of shots can resolve.",
    KW_STUDY_TABLES,
    .section = "case",
    .run = kw_barren_qae_run,
    .conclude = kw_barren_qae_conclude,
};

/* ---- findings ---- */

#define TRAINED 0.05 /* a cost below this is */

/* The last point of the curve of the most trash qubits, by shots of the fewest shots; NULL: there is none. */
static const kw_study_group *end_of(const kw_study_group *groups, size_t count, const char *cost, bool shots) {
    const kw_study_group *end = NULL;
    for (size_t i = 0; i < count; ++i) {
        const kw_study_group *g = &groups[i];
        if (!kw_study_is(g->row, "part", "training") || !kw_study_is(g->row, "cost", cost)
            || (kw_study_mean(g, "shots") > 0) != shots)
            continue;
        const double more = end ? kw_study_mean(g, "trash") - kw_study_mean(end, "trash") : 1;
        const double fewer = end ? kw_study_mean(end, "shots") - kw_study_mean(g, "shots") : 0;
        if (more > 0 || (more == 0 && (fewer > 0 || (fewer == 0 && kw_study_mean(g, "step") >= kw_study_mean(end, "step")))))
            end = g;
    }
    return end;
}

static void judge_trainability(const kw_study_group *groups, size_t count, json_t *findings) {
    static const char *const costs[] = {"global", "local"};
    char words[512] = "";
    enum { GLOBAL_SHOTS = 2, GLOBAL = 1 | GLOBAL_SHOTS, SHOTS = GLOBAL_SHOTS | 8 };
    int failed = 0, judged = 0; /* bits: global, its shots, local, its shots */
    for (int c = 0; c < 2; ++c)
        for (int shots = 0; shots < 2; ++shots) {
            const kw_study_group *g = end_of(groups, count, costs[c], shots);
            const size_t length = strlen(words);
            if (!g) continue;
            char source[48] = "exact gradients";
            if (shots) snprintf(source, sizeof source, "%.0f shots", kw_study_mean(g, "shots"));
            snprintf(words + length, sizeof words - length, "%s%s cost, %s, n_B = %.0f: %.2g after %.0f steps",
                     judged ? "; " : "", costs[c], source, kw_study_mean(g, "trash"), kw_study_mean(g, "value"),
                     kw_study_mean(g, "step"));
            judged |= 1 << (2 * c + shots);
            failed |= (kw_study_mean(g, "value") < TRAINED ? 0 : 1) << (2 * c + shots);
        }
    if (!judged) return;
    kw_study_find_out(findings, "Quantum autoencoders stop training as they grow",
                      "cost after training at the largest n_B, global and local, exact and from shots", words,
                      !failed                  ? "does not hold"
                      : failed == judged       ? "holds"
                      : failed == GLOBAL_SHOTS ? "holds only if the cost is global and is measured by few shots"
                      : !(failed & ~GLOBAL)    ? "holds only if the cost is global"
                      : !(failed & ~SHOTS)     ? "holds only if the cost is measured by few shots"
                                               : "holds only in part: see the costs");
}

/* Slopes of the ansatz between the fewest and the most trash qubits, and how far everything is from its closed form. */
static void judge_slopes(const kw_study_group *groups, size_t count, json_t *findings) {
    static const char *const costs[] = {"global", "local"};
    char words[256] = "";
    double factors[2] = {NAN, NAN};
    for (int c = 0; c < 2; ++c) {
        const kw_study_group *least = NULL, *most = NULL;
        for (size_t i = 0; i < count; ++i) {
            if (!kw_study_is(groups[i].row, "case", "ansatz cerezo") || !kw_study_is(groups[i].row, "cost", costs[c]))
                continue;
            if (!least || kw_study_mean(&groups[i], "trash") < kw_study_mean(least, "trash")) least = &groups[i];
            if (!most || kw_study_mean(&groups[i], "trash") > kw_study_mean(most, "trash")) most = &groups[i];
        }
        if (least == most) continue;
        factors[c] = pow(kw_study_mean(most, "gradient") / kw_study_mean(least, "gradient"),
                         1 / (kw_study_mean(most, "trash") - kw_study_mean(least, "trash")));
    }
    if (!isfinite(factors[0]) || !isfinite(factors[1])) return;
    snprintf(words, sizeof words, "per trash qubit times %.3f (global) and %.3f (local)", factors[0], factors[1]);
    kw_study_find_out(findings, "Slopes vanish exponentially with the qubits", "variance of a slope at random starts", words,
                      factors[0] < 0.7 && factors[1] > 0.8 ? "holds only if the cost is global"
                      : factors[1] < 0.7                   ? "holds"
                                                           : "does not hold");
}

static void judge_theory(const kw_study_group *groups, size_t count, json_t *findings) {
    char words[128];
    double worst = 0;
    int compared = 0;
    for (size_t i = 0; i < count; ++i) {
        const double sigma = kw_study_mean(&groups[i], "sigma");
        if (!isfinite(sigma)) continue;
        ++compared;
        worst = fmax(worst, sigma);
    }
    if (!compared) return;
    snprintf(words, sizeof words, "at most %.1f standard errors off in %d rows", worst, compared);
    kw_study_find_out(findings, "Closed forms of means and variances at random starts hold", "random starts beside theory",
                      words, worst < 4 ? "holds" : "does not hold");
}

void kw_barren_qae_conclude(const json_t *rows, json_t *findings) {
    kw_study_group *groups = NULL;
    size_t count = 0;
    if (kw_study_groups(&kw_study_barren_qae, rows, &groups, &count) != KW_OK) return;
    judge_trainability(groups, count, findings);
    judge_slopes(groups, count, findings);
    judge_theory(groups, count, findings);
    kw_study_groups_free(groups, count);
}
