/* F4  Values that the configurations of all learning runs share. */
#include "models/training_config.h"

#include "base/error.h"
#include "ketwall/qasm.h"

void kw_training_config_run(const kw_config *c, kw_training_config *out) {
    out->dir = kw_config_text(c, "run.dir");
    out->seed = (uint64_t)kw_config_int(c, "run.seed");
    out->precision = (kw_precision)kw_config_choice(c, "run.precision");
    out->rounding = (kw_rounding)kw_config_choice(c, "run.rounding");
    out->max_infidelity = kw_config_real(c, "run.max_infidelity");
    out->memory_per_rank = kw_config_bytes(c, "run.memory_per_rank");
    out->max_wall_s = kw_config_real(c, "run.max_wall_s");
    out->checkpoint_every_s = kw_config_real(c, "run.checkpoint_every_s");
    out->keep_checkpoints = (int)kw_config_int(c, "run.keep_checkpoints");
}

void kw_training_config_ansatz(const kw_config *c, kw_training_config *out) {
    out->ansatz = kw_config_choice(c, "ansatz.name");
    out->ansatz_name = kw_config_text(c, "ansatz.name");
    out->ansatz_file = kw_config_text(c, "ansatz.file");
    out->layers = (int)kw_config_int(c, "ansatz.layers");
    out->ring = kw_config_bool(c, "ansatz.ring");
    out->start = (kw_ansatz_start)kw_config_choice(c, "ansatz.start");
    out->start_width = kw_config_real(c, "ansatz.start_width");
}

static void parse_optimiser(const kw_config *c, kw_training_config *out) {
    out->shots = (uint64_t)kw_config_int(c, "train.shots");
    out->evaluate_every = (uint64_t)kw_config_int(c, "train.evaluate_every");
    out->optimiser = (kw_optimiser_config){.kind = (kw_optimiser_kind)kw_config_choice(c, "train.optimiser"),
                                           .max_steps = (uint64_t)kw_config_int(c, "train.steps"),
                                           .learning_rate = kw_config_real(c, "train.learning_rate"),
                                           .beta1 = kw_config_real(c, "train.beta1"),
                                           .beta2 = kw_config_real(c, "train.beta2"),
                                           .epsilon = kw_config_real(c, "train.epsilon"),
                                           .spsa_c = kw_config_real(c, "train.spsa_c"),
                                           .spsa_alpha = kw_config_real(c, "train.spsa_alpha"),
                                           .spsa_gamma = kw_config_real(c, "train.spsa_gamma"),
                                           .spsa_stability = kw_config_real(c, "train.spsa_stability"),
                                           .initial_step = kw_config_real(c, "train.initial_step"),
                                           .tolerance = kw_config_real(c, "train.tolerance"),
                                           .seed = out->seed};
}

/* Which optimisers take which gradients, and with how many shots. */
static kw_status check_gradient(const kw_config *c, const kw_training_config *t) {
    const kw_optimiser_kind kind = t->optimiser.kind;
    const char *name = kw_config_text(c, "train.optimiser");
    const bool takes = kind == KW_OPTIMISER_ADAM || kind == KW_OPTIMISER_LBFGS;
    if (t->gradient == KW_GRADIENT_SHIFT && !takes)
        return kw_fail(KW_E_INPUT, "train.gradient = shift: %s takes no gradient; use train.optimiser = adam or lbfgs",
                       name);
    if (!takes || !t->shots) return KW_OK;
    if (kind == KW_OPTIMISER_LBFGS)
        return kw_fail(KW_E_INPUT,
                       "train.shots = %llu: the line searches of lbfgs need exact values; use train.optimiser = "
                       "adam, spsa or cobyla",
                       (unsigned long long)t->shots);
    if (t->gradient == KW_GRADIENT_SHIFT) return KW_OK;
    return kw_fail(KW_E_INPUT,
                   "train.shots = %llu: the adjoint gradient of %s is exact; use train.gradient = shift (ketwall qae), or "
                   "train.optimiser = spsa or cobyla",
                   (unsigned long long)t->shots, name);
}

kw_status kw_training_config_parse(const kw_config *c, kw_training_config *out) {
    kw_training_config_run(c, out);
    kw_training_config_ansatz(c, out);
    parse_optimiser(c, out);
    const kw_status status = check_gradient(c, out);
    if (status != KW_OK) return status;
    if (kw_config_int(c, "train.shot_budget") && !out->shots)
        return kw_fail(KW_E_INPUT, "train.shot_budget needs train.shots");
    return KW_OK;
}

/* The budget buys whole steps: spsa takes two evaluations for each. */
kw_status kw_training_config_budget(const kw_config *c, uint64_t measurements, kw_training_config *config) {
    const uint64_t budget = (uint64_t)kw_config_int(c, "train.shot_budget");
    if (!budget) return KW_OK;
    const uint64_t each = (config->optimiser.kind == KW_OPTIMISER_SPSA ? 2 : 1) * measurements;
    const uint64_t steps = budget / each / config->shots;
    if (!steps)
        return kw_fail(KW_E_INPUT, "train.shot_budget = %llu: one step takes %llu shots in each of %llu measurements",
                       (unsigned long long)budget, (unsigned long long)config->shots, (unsigned long long)each);
    if (steps < config->optimiser.max_steps) config->optimiser.max_steps = steps;
    return KW_OK;
}

static kw_status from_file(const char *path, int n_qubits, kw_circuit **out) {
    kw_circuit *circuit = NULL;
    const kw_status status = kw_circuit_read_ansatz(path, &circuit);
    if (status != KW_OK) return status;
    if (kw_circuit_qubits(circuit) == n_qubits) {
        *out = circuit;
        return KW_OK;
    }
    const int has = kw_circuit_qubits(circuit);
    kw_circuit_destroy(&circuit);
    return kw_fail(KW_E_INPUT, "ansatz.file = %s: gate ansatz acts on %d qubits, the states have %d", path, has, n_qubits);
}

kw_status kw_training_ansatz(const kw_training_config *config, int n_qubits, kw_circuit **out) {
    kw_circuit *circuit = NULL;
    if (!config->circuit && *config->ansatz_file) return from_file(config->ansatz_file, n_qubits, out);
    kw_status status = kw_circuit_create(n_qubits, &circuit);
    if (status == KW_OK && config->circuit) status = kw_circuit_append_circuit(circuit, config->circuit);
    else if (status == KW_OK)
        status = kw_circuit_append_ansatz(circuit, (kw_ansatz_kind)config->ansatz, config->layers, config->ring);
    if (status == KW_OK) *out = circuit;
    else kw_circuit_destroy(&circuit);
    return status;
}
