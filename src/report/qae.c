/* F5  Runs of the quantum autoencoder: their numbers, and their place in the report. */
#include "report/qae.h"

#include <math.h>
#include <string.h>

/* From the infidelities where they are known: 1 - F loses the digits that matter near 1. */
static double gap_of(double optimum, double optimum_error, double fidelity, double infidelity) {
    return isnan(optimum_error) || isnan(infidelity) ? optimum - fidelity : infidelity - optimum_error;
}

static kw_qae_scores read_scores(const json_t *scores, double optimum, double optimum_error, double null_baseline) {
    const double fidelity = kw_run_number(scores, "fidelity"), infidelity = kw_run_number(scores, "infidelity");
    return (kw_qae_scores){.present = json_is_object(scores),
                           .fidelity = fidelity,
                           .infidelity = infidelity,
                           .cost_global = kw_run_number(scores, "cost_global"),
                           .cost_local = kw_run_number(scores, "cost_local"),
                           .reconstruction = kw_run_number(scores, "reconstruction"),
                           .optimum = optimum,
                           .optimum_error = optimum_error,
                           .null_baseline = null_baseline,
                           .gap = gap_of(optimum, optimum_error, fidelity, infidelity)};
}

kw_qae_scores kw_qae_train_scores(const kw_run *run) {
    const json_t *result = run->result;
    return read_scores(json_object_get(result, "train"), kw_run_number(result, "optimum"),
                       kw_run_number(result, "optimum_error"), kw_run_number(result, "null_baseline"));
}

kw_qae_scores kw_qae_test_scores(const kw_run *run) {
    const json_t *result = run->result;
    return read_scores(json_object_get(result, "test"), kw_run_number(result, "test_optimum"),
                       kw_run_number(result, "test_optimum_error"), kw_run_number(result, "test_null_baseline"));
}

double kw_qae_step_gap(const kw_run *run, size_t i) {
    return gap_of(kw_run_number(run->result, "optimum"), kw_run_number(run->result, "optimum_error"),
                  kw_run_value(run, i, KW_QAE_STEP_FIDELITY), kw_run_value(run, i, KW_QAE_STEP_INFIDELITY));
}

size_t kw_qae_members(const kw_run *run) { return json_array_size(json_object_get(run->result, "members")); }

static const char *text_of(const json_t *object, const char *name) {
    const char *text = kw_run_text(object, name);
    return text ? text : "";
}

kw_qae_member kw_qae_member_at(const kw_run *run, size_t i) {
    const json_t *member = json_array_get(json_object_get(run->result, "members"), i);
    return (kw_qae_member){.test = !strcmp(text_of(member, "set"), "test"),
                           .label = text_of(member, "label"),
                           .note = text_of(member, "note"),
                           .index = kw_run_number(member, "index"),
                           .weight = kw_run_number(member, "weight"),
                           .fidelity = kw_run_number(member, "fidelity"),
                           .infidelity = kw_run_number(member, "infidelity"),
                           .reconstruction = kw_run_number(member, "reconstruction")};
}

static const kw_table_head heads[] = {{"states", false},   {"qubits", true},
                                      {"F (train)", true}, {"optimum \xE2\x88\x92 F", true},
                                      {"F (test)", true},  {"constant encoder", true}};

static const kw_figure figures[] = {
    {"training",
     "<b>Training.</b> Mean probability of finding all trash qubits in |0&rang;. No encoder can pass the exact "
     "optimum; one fixed state that answers every input reaches the dotted line.",
     370, kw_qae_draw_training},
    {"convergence",
     "<b>Convergence.</b> Distance to the exact optimum, and size of the cost's gradient. Steps at which the "
     "distance is zero within rounding are not drawn.",
     370, kw_qae_draw_convergence},
    {"members", "<b>Every state.</b> The optimum bounds the weighted mean, not each state.", 390, kw_qae_draw_members},
};

const kw_kind kw_kind_qae = {
    .format = KW_KIND_FORMAT(qae),
    .version = 1,
    .columns = KW_ROW_COMMON KW_QAE_STEP_LIST(KW_KIND_STEP_NAME),
    .title = "Quantum autoencoder report",
    .name = "autoencoders",
    .explanation =
        "F: mean trash fidelity, the probability of finding every trash qubit in |0&rang; after encoding. "
        "Optimum: the largest F that any encoder can reach on these states. Constant encoder: the largest F of one "
        "fixed state that answers every input.",
    .heads = heads,
    .head_count = sizeof heads / sizeof *heads,
    .compare = kw_qae_compare,
    .headline = kw_qae_headline,
    .tiles = kw_qae_tiles,
    .results = kw_qae_results,
    .lists = kw_qae_member_table,
    .data = kw_qae_member_csv,
    .figures = figures,
    .figure_count = sizeof figures / sizeof *figures,
};
