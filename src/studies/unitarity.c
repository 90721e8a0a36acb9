/* F5  Unitarity: norm, phase and reversibility of what compresses states. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "baselines/compressor.h"
#include "models/qae_fit.h"
#include "studies/fit.h"
#include "studies/study.h"

/* clang-format off: one row per line */
static const kw_option options[] = {
    KW_STUDY_OPTIONS("runs/unitarity"),
    {"study.families", KW_OPTION_TEXTS, "ghz-phase 1, w-phase 2, random 3", 0, 0, NULL, "",
     "families of states, as data.family of ketwall qae, each with its latent qubits"},
    {"study.qubits", KW_OPTION_INT, "4", 2, 8, NULL, "", "qubits of the states"},
    {"study.members", KW_OPTION_INT, "96", 2, 4096, NULL, "", "states of an ensemble, at random"},
    {"study.test_members", KW_OPTION_INT, "32", 1, 4095, NULL, "", "those that are set aside as unseen"},
    {"study.seeds", KW_OPTION_INT, "3", 1, 1000, NULL, "", "ensembles and trainings: seeds run.seed, run.seed + 1, ..."},
    {"study.width", KW_OPTION_INT, "32", 1, 4096, NULL, "", "networks: hidden units"},
    {"study.adam_steps", KW_OPTION_INT, "500", 0, 1e9, NULL, "", "networks: steps of Adam"},
    {"study.learning_rate", KW_OPTION_REAL, "0.02", 0, 10, NULL, "", "networks: first rate of Adam"},
    {"study.lbfgs", KW_OPTION_INT, "500", 0, 1e9, NULL, "", "evaluations of L-BFGS, networks (behind Adam) and circuits"},
    {"study.ansatz", KW_OPTION_CHOICE, "romero-a", 0, 0, KW_ANSATZ_LIST(KW_OPTION_NAME), "", "the quantum autoencoder's"},
    {"study.layers", KW_OPTION_INT, "2", 1, 1000, NULL, "", "its layers"},
};
/* clang-format on */

/* X(KIND, "name") */
#define METHODS(X)                                                                                                          \
    X(AMPLITUDES, "moduli alone, uncompressed")                                                                             \
    X(AMPLITUDE, "network on moduli")                                                                                       \
    X(RELU, "network, ReLU")                                                                                                \
    X(LINEAR, "linear, two matrices")                                                                                       \
    X(ORTHONORMAL, "linear, orthonormal")                                                                                   \
    X(PRINCIPAL, "principal components")                                                                                    \
    X(QUANTUM, "quantum autoencoder")
#define METHOD_KIND(kind, name) kind,
typedef enum { METHODS(METHOD_KIND) KINDS } method;
#define METHOD_NAME(kind, name) name,
static const char *const names[] = {METHODS(METHOD_NAME)};

typedef struct {
    kw_sweep *sweep;
    const kw_config *config;
    const char *const *families;
    size_t family_count;
    size_t seeds;
} plan;

typedef struct {
    char family[32];
    int latent;
    method kind;
    uint64_t seed;
} place;

/* "w-phase 2" */
static bool read_family(const char *text, place *out) {
    int end = 0;
    return sscanf(text, "%31s %d%n", out->family, &out->latent, &end) == 2 && !text[end] && out->latent >= 0;
}

static place place_of(const plan *p, size_t i) {
    place at = {.kind = (method)(i / p->seeds % KINDS)};
    read_family(p->families[i / p->seeds / KINDS], &at);
    at.seed = (uint64_t)kw_config_int(p->config, "run.seed") + i % p->seeds;
    return at;
}

static void name_row(const void *context, size_t i, char text[KW_SWEEP_NAME]) {
    const place at = place_of(context, i);
    snprintf(text, KW_SWEEP_NAME, "%s to %d, %s, seed %llu", at.family, at.latent, names[at.kind],
             (unsigned long long)at.seed);
}

/* ---- rows ---- */

static void describe(const plan *p, const place *at, char *words, size_t bytes) {
    snprintf(words, bytes,
             "run.seed=%llu data.family=%s data.sampling=random data.qubits=%lld data.members=%lld data.test_members=%lld "
             "qae.latent=%d train.cost=global train.optimiser=lbfgs train.steps=%lld ansatz.name=%s ansatz.layers=%lld",
             (unsigned long long)at->seed, at->family, (long long)kw_config_int(p->config, "study.qubits"),
             (long long)kw_config_int(p->config, "study.members"), (long long)kw_config_int(p->config, "study.test_members"),
             at->latent, (long long)kw_config_int(p->config, "study.lbfgs"), kw_config_text(p->config, "study.ansatz"),
             (long long)kw_config_int(p->config, "study.layers"));
}

static kw_status pass_network(const plan *p, const place *at, const kw_vectors *v, kw_compression *out) {
    static const kw_autoencoder_kind kinds[KINDS] = {[AMPLITUDE] = KW_AUTOENCODER_AMPLITUDE,
                                                     [RELU] = KW_AUTOENCODER_DENSE,
                                                     [LINEAR] = KW_AUTOENCODER_LINEAR,
                                                     [ORTHONORMAL] = KW_AUTOENCODER_ORTHONORMAL};
    const kw_autoencoder_config config = {.kind = kinds[at->kind],
                                          .n_qubits = v->n_qubits,
                                          .latent = at->latent,
                                          .width = (int)kw_config_int(p->config, "study.width"),
                                          .layers = 1,
                                          .activation = KW_ACTIVATION_RELU};
    const kw_autoencoder_training training = {(uint64_t)kw_config_int(p->config, "study.adam_steps"),
                                              (uint64_t)kw_config_int(p->config, "study.lbfgs"),
                                              kw_config_real(p->config, "study.learning_rate")};
    return kw_compress_network(v, &config, &training, at->seed, out);
}

static kw_status pass_quantum(const plan *p, const kw_qae_config *config, const char *words, kw_comm *comm,
                              const kw_vectors *v, kw_compression *out) {
    kw_qae_fit_result result = {0};
    kw_circuit *encoder = NULL;
    kw_status status = kw_study_fit(p->sweep, comm, words, NULL, &result);
    if (status == KW_OK) status = kw_training_ansatz(&config->training, config->data.n_qubits, &encoder);
    if (status == KW_OK) status = kw_compress_channel(v, encoder, result.angles, config->trash_mask, out);
    kw_circuit_destroy(&encoder);
    kw_qae_fit_free(&result);
    return status;
}

/* What is left of the phases on average; NaN: not known in closed form. */
static double closed_form(const place *at, int n_qubits) {
    if (at->kind != AMPLITUDES) return NAN;
    if (!strcmp(at->family, "ghz-phase")) return 0.5;
    return strcmp(at->family, "random") ? NAN : 2 / (exp2(n_qubits) + 1);
}

static kw_status tell(const place *at, const kw_vectors *v, const kw_compression *got, json_t **out) {
    double optimum, constant;
    kw_status status = kw_compression_bounds(v, at->latent, &optimum, &constant);
    if (status != KW_OK) return status;
    json_t *row = json_pack("{s:s, s:i, s:s, s:I}", "family", at->family, "latent", at->latent, "method", names[at->kind],
                            "seed", (json_int_t)at->seed);
    if (!row) return kw_fail(KW_E_NOMEM, "no memory for a row");
    kw_json_set(row, "fidelity", got->test);
    kw_json_set(row, "train_fidelity", got->train);
    kw_json_set(row, "optimum", at->kind == AMPLITUDES ? 1 : optimum);
    kw_json_set(row, "closed_form", closed_form(at, v->n_qubits));
    kw_json_set(row, "norm", got->norm);
    kw_json_set(row, "norm_drift", got->norm_drift);
    kw_json_set(row, "reversal", got->reversal);
    kw_json_set(row, "purity", got->purity);
    *out = row;
    return KW_OK;
}

static kw_status measure_with(const plan *p, const place *at, const kw_qae_config *config, const char *words, kw_comm *comm,
                              json_t **row) {
    kw_vectors v;
    kw_compression got;
    kw_status status = kw_vectors_make(config, &v);
    if (status != KW_OK) return status;
    if (at->kind == AMPLITUDES) status = kw_compress_amplitudes(&v, &got);
    else if (at->kind == PRINCIPAL) status = kw_compress_pca(&v, at->latent, &got);
    else if (at->kind == QUANTUM) status = pass_quantum(p, config, words, comm, &v, &got);
    else status = pass_network(p, at, &v, &got);
    if (status == KW_OK) status = tell(at, &v, &got, row);
    kw_vectors_free(&v);
    return status;
}

static kw_status measure(const void *context, size_t i, kw_comm *comm, json_t **row) {
    const plan *p = context;
    const place at = place_of(p, i);
    char words[512];
    kw_config *source = NULL;
    kw_qae_config config;
    describe(p, &at, words, sizeof words);
    kw_status status = kw_study_configure(p->sweep, words, &source, &config);
    if (status == KW_OK) status = measure_with(p, &at, &config, words, comm, row);
    kw_config_destroy(&source);
    return status;
}

static kw_status run(kw_sweep *sweep) {
    plan p = {.sweep = sweep, .config = kw_sweep_config(sweep)};
    const kw_sweep_source source = {name_row, measure, &p};
    place at;
    p.family_count = kw_config_texts(p.config, "study.families", &p.families);
    p.seeds = (size_t)kw_config_int(p.config, "study.seeds");
    for (size_t i = 0; i < p.family_count; ++i)
        if (!read_family(p.families[i], &at))
            return kw_fail(KW_E_INPUT, "study.families: '%s': expected a family and its latent qubits, such as 'w-phase 2'",
                           p.families[i]);
    return kw_sweep_rows(sweep, p.family_count * KINDS * p.seeds, true, &source);
}

/* ---- what follows ---- */

static double mean_of(const json_t *rows, const char *family, method kind, const char *key) {
    double sum = 0, count = 0;
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)rows, i, row) {
        const double value = kw_study_number(row, key);
        const bool meant = kw_study_is(row, "method", names[kind]) && (!family || kw_study_is(row, "family", family));
        if (!meant || isnan(value)) continue;
        sum += value;
        ++count;
    }
    return count > 0 ? sum / count : NAN;
}

static void conclude(const json_t *rows, json_t *findings) {
    char number[512];
    const double ghz = mean_of(rows, "ghz-phase", AMPLITUDES, "fidelity");
    const double haar = mean_of(rows, "random", AMPLITUDES, "fidelity");
    const double linear = mean_of(rows, "ghz-phase", ORTHONORMAL, "fidelity");
    snprintf(number, sizeof number,
             "mean fidelity of unseen states from moduli alone: GHZ phases %.4f (1/2), Haar %.4f (%.4f); from "
             "amplitudes, orthonormal linear map, GHZ phases: %.8f",
             ghz, haar, mean_of(rows, "random", AMPLITUDES, "closed_form"), linear);
    if (isfinite(ghz) && isfinite(linear))
        kw_study_find_out(findings, "Classical networks lose the phase of quantum states",
                          "states coded by moduli beside states coded by amplitudes", number,
                          linear <= ghz    ? "holds"
                          : linear > 0.999 ? "holds only if phases are never fed to the network"
                                           : "holds in part: a map that sees the phases keeps some of them");
    const double reversal = mean_of(rows, NULL, ORTHONORMAL, "reversal");
    snprintf(number, sizeof number,
             "encode, decode, encode: latents move by %.2e (ReLU network), %.2e (two matrices), %.2e (orthonormal), %.2e "
             "(quantum autoencoder, whose output is mixed: purity %.4f on Haar states)",
             mean_of(rows, NULL, RELU, "reversal"), mean_of(rows, NULL, LINEAR, "reversal"), reversal,
             mean_of(rows, NULL, QUANTUM, "reversal"), mean_of(rows, "random", QUANTUM, "purity"));
    if (isfinite(reversal))
        kw_study_find_out(findings, "Classical networks are not unitary and hence not reversible; quantum autoencoders are",
                          "norm of the output, and encode, decode, encode again", number,
                          reversal < 1e-6 ? "does not hold: an orthonormal linear map is as reversible, and the quantum "
                                            "autoencoder, which discards its trash, is a channel, not unitary"
                                          : "holds");
}

static const kw_study_field fields[] = {
    {"family", "family", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"latent", "latent qubits", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"method", "method", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"fidelity", "fidelity, unseen", KW_FIELD_VALUE, KW_FIELD_FIDELITY},
    {"train_fidelity", "trained on", KW_FIELD_VALUE, KW_FIELD_FIDELITY},
    {"optimum", "exact optimum", KW_FIELD_VALUE, KW_FIELD_FIDELITY},
    {"closed_form", "closed form", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"norm", "norm of the output", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"norm_drift", "|norm - 1|", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"reversal", "latents move by", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"purity", "purity", KW_FIELD_VALUE, KW_FIELD_NUMBER},
};

static const kw_study_figure figures[] = {
    {.name = "fidelity",
     .caption = "Fidelity of unseen states, beside the exact optimum of all quantum encoders and complex linear maps",
     .x = "method",
     .x_label = "",
     .y = "fidelity",
     .y_label = "fidelity of unseen states",
     .series = "family",
     .bound = "optimum",
     .bound_label = "exact optimum"},
    {.name = "reversal",
     .caption = "How far the latent moves under encode, decode, encode again, nothing normalised in between",
     .x = "method",
     .x_label = "",
     .y = "reversal",
     .y_label = "relative distance",
     .series = "family",
     .log_y = true},
};

const kw_study kw_study_unitarity = {
    .name = "unitarity",
    .title = "Norm, phase and reversibility of classical and quantum autoencoders",
    .question =
        "Do classical networks lose what a unitary map keeps?  Phase: fidelity of unseen states, with and without phases in "
        "the input (closed forms for the moduli of amplitudes alone: 1/2 for the phases of GHZ, 2/(d + 1) for Haar states). "
        " Norm: of "
        "the raw output.  Reversibility: how far the latent moves when it is decoded and encoded again.  The quantum "
        "autoencoder traces its trash out: it is a channel, whose output is mixed unless the trash is |0...0&gt;.",
    KW_STUDY_TABLES,
    .section = "family",
    .run = run,
    .conclude = conclude,
};
