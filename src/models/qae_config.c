/* F4  The option table of the autoencoder, and what follows from it. */
#include "models/qae_config.h"

#include <string.h>

#include "base/bits.h"
#include "base/error.h"

#define NAME(kind, name, text) name " "

#define MANY 1e15

const kw_option kw_qae_options[] = {
    {"run.dir", KW_OPTION_TEXT, "checkpoints/qae", 0, 0, NULL, "", "directory of checkpoints, metrics and results"},
    {"run.seed", KW_OPTION_INT, "1", 0, 9007199254740992.0, NULL, "", "seed of everything that is random"},
    {"run.precision", KW_OPTION_CHOICE, "double", 0, 0, "double single", "", "complex128 or complex64 amplitudes"},
    {"run.ranks_per_state", KW_OPTION_INT, "0", 0, 65536, NULL, "",
     "ranks that share one state, a power of two; 0: as few as memory allows, the others become replicas"},
    {"run.memory_per_rank", KW_OPTION_BYTES, "auto", 0, 0, NULL, "", "memory a rank may use; auto: what the node has"},
    {"run.max_wall_s", KW_OPTION_REAL, "0", 0, 1e9, NULL, "s",
     "stop with a checkpoint and exit code 75 after this time; 0: never"},
    {"run.checkpoint_every_s", KW_OPTION_REAL, "60", 0, 1e9, NULL, "s", "time between checkpoints; 0: after every step"},
    {"run.keep_checkpoints", KW_OPTION_INT, "3", 1, 1000, NULL, "", "checkpoints that stay on disk"},

    {"data.family", KW_OPTION_CHOICE, "ghz-phase", 0, 0, KW_FAMILY_LIST(NAME), "", "the ensemble of states"},
    {"data.qubits", KW_OPTION_INT, "10", 2, KW_MAX_QUBITS, NULL, "", "qubits of every state"},
    {"data.members", KW_OPTION_INT, "8", 1, 100000, NULL, "",
     "states (cerezo, stabilizer, spectrum, files and quadrature bring their own number)"},
    {"data.test_members", KW_OPTION_INT, "0", 0, 100000, NULL, "", "states set aside at random for testing"},
    {"data.sampling", KW_OPTION_CHOICE, "grid", 0, 0, "grid random quadrature", "",
     "how the family's angle, phase or coupling is chosen"},
    {"data.weight", KW_OPTION_INT, "1", 0, KW_MAX_QUBITS, NULL, "", "dicke-phase, sector: number of ones"},
    {"data.logical", KW_OPTION_INT, "1", 0, 20, NULL, "", "stabilizer: logical qubits"},
    {"data.coupling_min", KW_OPTION_REAL, "0.5", -1e6, 1e6, NULL, "", "tfim: lowest h; heisenberg: lowest Delta"},
    {"data.coupling_max", KW_OPTION_REAL, "1.0", -1e6, 1e6, NULL, "", "tfim: highest h; heisenberg: highest Delta"},
    {"data.periodic", KW_OPTION_BOOL, "yes", 0, 0, NULL, "", "tfim, heisenberg: ring instead of open chain"},
    {"data.spectrum", KW_OPTION_REALS, "0.4, 0.2, 0.2, 0.1, 0.1", 0, 1e300, NULL, "", "spectrum: eigenvalues"},
    {"data.files", KW_OPTION_TEXTS, "", 0, 0, NULL, "", "files: state files, comma-separated"},
    {"data.scramble_layers", KW_OPTION_INT, "4", 1, 1000, NULL, "", "stabilizer, spectrum: layers of the random circuit"},
    {"data.lanczos_memory", KW_OPTION_BYTES, "auto", 0, 0, NULL, "",
     "ground states: Lanczos may take this much per rank, beyond it an adiabatic circuit; auto: half of "
     "run.memory_per_rank"},
    {"data.adiabatic_steps", KW_OPTION_INT, "400", 1, 1000000, NULL, "", "ground states: Trotter steps of that circuit"},
    {"data.keep", KW_OPTION_CHOICE, "auto", 0, 0, "auto yes no", "",
     "keep the states in memory; auto: if they are expensive to make and fit"},

    {"qae.latent", KW_OPTION_INT, "1", 0, KW_MAX_QUBITS, NULL, "", "latent qubits; the qubits from there on are trash"},
    {"qae.trash", KW_OPTION_INTS, "", 0, KW_MAX_QUBITS - 1, NULL, "",
     "trash qubits, comma-separated, instead of qae.latent"},

    {"ansatz.name", KW_OPTION_CHOICE, "cerezo", 0, 0, KW_ANSATZ_LIST(NAME), "", "the encoder circuit"},
    {"ansatz.layers", KW_OPTION_INT, "2", 1, 10000, NULL, "", "its layers"},
    {"ansatz.ring", KW_OPTION_BOOL, "no", 0, 0, NULL, "", "close its entangling ladder to a ring"},
    {"ansatz.start", KW_OPTION_CHOICE, "random", 0, 0, "random small zero", "",
     "start angles: uniform on [0, 2 pi), normal with ansatz.start_width, or all 0"},
    {"ansatz.start_width", KW_OPTION_REAL, "0.1", 0, 10, NULL, "rad", "standard deviation of small start angles"},

    {"train.cost", KW_OPTION_CHOICE, "local", 0, 0, "global local", "", "trash cost that is minimised; both are reported"},
    {"train.optimiser", KW_OPTION_CHOICE, "adam", 0, 0, KW_OPTIMISER_LIST(NAME), "", "the optimiser"},
    {"train.steps", KW_OPTION_INT, "100", 0, 9999999999.0, NULL, "", "steps (lbfgs, cobyla: evaluations at most)"},
    {"train.learning_rate", KW_OPTION_REAL, "0.1", 0, 1e6, NULL, "rad", "adam: step size; spsa: gain a"},
    {"train.beta1", KW_OPTION_REAL, "0.9", 0, 0.999999999, NULL, "", "adam: decay of the first moment"},
    {"train.beta2", KW_OPTION_REAL, "0.999", 0, 0.999999999, NULL, "", "adam: decay of the second moment"},
    {"train.epsilon", KW_OPTION_REAL, "1e-8", 0, 1, NULL, "", "adam: added to the denominator"},
    {"train.spsa_c", KW_OPTION_REAL, "0.1", 1e-12, 10, NULL, "rad", "spsa: gain c"},
    {"train.spsa_alpha", KW_OPTION_REAL, "0.602", 0, 1, NULL, "", "spsa: decay of a"},
    {"train.spsa_gamma", KW_OPTION_REAL, "0.101", 0, 1, NULL, "", "spsa: decay of c"},
    {"train.spsa_stability", KW_OPTION_REAL, "10", 0, MANY, NULL, "", "spsa: stability constant A"},
    {"train.initial_step", KW_OPTION_REAL, "0.5", 1e-12, 10, NULL, "rad", "cobyla: first step"},
    {"train.tolerance", KW_OPTION_REAL, "0", 0, 1, NULL, "", "lbfgs, cobyla: stop below this relative change; 0: never"},
    {"train.shots", KW_OPTION_INT, "0", 0, MANY, NULL, "", "spsa, cobyla: shots per state and evaluation; 0: exact costs"},
    {"train.shot_budget", KW_OPTION_INT, "0", 0, MANY, NULL, "", "shots of the whole run; 0: unlimited"},
    {"train.evaluate_every", KW_OPTION_INT, "10", 1, MANY, NULL, "",
     "steps between evaluations of test fidelity and reconstruction"},
};
const size_t kw_qae_option_count = sizeof kw_qae_options / sizeof *kw_qae_options;

static void parse_run(const kw_config *c, kw_qae_config *out) {
    out->dir = kw_config_text(c, "run.dir");
    out->seed = (uint64_t)kw_config_int(c, "run.seed");
    out->precision = (kw_precision)kw_config_choice(c, "run.precision");
    out->ranks_per_state = (int)kw_config_int(c, "run.ranks_per_state");
    out->memory_per_rank = kw_config_bytes(c, "run.memory_per_rank");
    out->max_wall_s = kw_config_real(c, "run.max_wall_s");
    out->checkpoint_every_s = kw_config_real(c, "run.checkpoint_every_s");
    out->keep_checkpoints = (int)kw_config_int(c, "run.keep_checkpoints");
}

static void parse_data(const kw_config *c, kw_qae_config *out) {
    kw_ensemble_config *data = &out->data;
    data->family = (kw_family)kw_config_choice(c, "data.family");
    data->n_qubits = (int)kw_config_int(c, "data.qubits");
    data->members = (int)kw_config_int(c, "data.members");
    data->sampling = (kw_sampling)kw_config_choice(c, "data.sampling");
    data->seed = out->seed;
    data->weight = (int)kw_config_int(c, "data.weight");
    data->logical = (int)kw_config_int(c, "data.logical");
    data->coupling_min = kw_config_real(c, "data.coupling_min");
    data->coupling_max = kw_config_real(c, "data.coupling_max");
    data->periodic = kw_config_bool(c, "data.periodic");
    data->spectrum_count = kw_config_reals(c, "data.spectrum", &data->spectrum);
    data->file_count = kw_config_texts(c, "data.files", &data->files);
    data->scramble_layers = (int)kw_config_int(c, "data.scramble_layers");
    data->lanczos_bytes = kw_config_bytes(c, "data.lanczos_memory");
    data->adiabatic_steps = (int)kw_config_int(c, "data.adiabatic_steps");
    out->test_members = (int)kw_config_int(c, "data.test_members");
    out->keep = (kw_keep)kw_config_choice(c, "data.keep");
}

static kw_status parse_registers(const kw_config *c, kw_qae_config *out) {
    const int n = out->data.n_qubits, latent = (int)kw_config_int(c, "qae.latent");
    const int64_t *trash;
    const size_t count = kw_config_ints(c, "qae.trash", &trash);
    if (!count && latent >= n)
        return kw_fail(KW_E_INPUT, "qae.latent = %d: expected less than data.qubits = %d, so that something is compressed",
                       latent, n);
    out->trash_mask = count ? 0 : (kw_bit(n) - 1) & ~(kw_bit(latent) - 1);
    for (size_t i = 0; i < count; ++i) {
        if (trash[i] >= n) return kw_fail(KW_E_INPUT, "qae.trash: qubit %lld, but data.qubits = %d", (long long)trash[i], n);
        if (out->trash_mask & kw_bit((int)trash[i]))
            return kw_fail(KW_E_INPUT, "qae.trash: qubit %lld stands twice", (long long)trash[i]);
        out->trash_mask |= kw_bit((int)trash[i]);
    }
    out->n_trash = kw_popcount(out->trash_mask);
    return KW_OK;
}

static kw_status parse_training(const kw_config *c, kw_qae_config *out) {
    out->ansatz = (kw_ansatz_kind)kw_config_choice(c, "ansatz.name");
    out->layers = (int)kw_config_int(c, "ansatz.layers");
    out->ring = kw_config_bool(c, "ansatz.ring");
    out->start = (kw_ansatz_start)kw_config_choice(c, "ansatz.start");
    out->start_width = kw_config_real(c, "ansatz.start_width");
    out->cost = (kw_trash_cost)kw_config_choice(c, "train.cost");
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
    const bool exact = out->optimiser.kind == KW_OPTIMISER_ADAM || out->optimiser.kind == KW_OPTIMISER_LBFGS;
    if (exact && out->shots)
        return kw_fail(KW_E_INPUT, "train.shots = %llu: %s needs exact gradients; use train.optimiser = spsa or cobyla",
                       (unsigned long long)out->shots, kw_config_text(c, "train.optimiser"));
    if (kw_config_int(c, "train.shot_budget") && !out->shots)
        return kw_fail(KW_E_INPUT, "train.shot_budget needs train.shots");
    return KW_OK;
}

/* The budget buys whole steps: spsa takes two evaluations for each. */
static kw_status apply_budget(const kw_config *c, kw_qae_config *out, int train_members) {
    const uint64_t budget = (uint64_t)kw_config_int(c, "train.shot_budget");
    if (!budget) return KW_OK;
    const uint64_t evaluations = out->optimiser.kind == KW_OPTIMISER_SPSA ? 2 : 1;
    const uint64_t states = evaluations * (uint64_t)train_members, steps = budget / states / out->shots;
    if (!steps)
        return kw_fail(KW_E_INPUT, "train.shot_budget = %llu: one step takes %llu shots on each of %llu states",
                       (unsigned long long)budget, (unsigned long long)out->shots, (unsigned long long)states);
    if (steps < out->optimiser.max_steps) out->optimiser.max_steps = steps;
    return KW_OK;
}

/* Families with a fixed number of members know it only once they are described. */
static kw_status check_members(const kw_config *c, kw_qae_config *out) {
    kw_ensemble *ensemble = NULL;
    kw_status status = kw_ensemble_create(&out->data, &ensemble);
    if (status != KW_OK) return status;
    const int members = kw_ensemble_members(ensemble);
    kw_ensemble_destroy(&ensemble);
    if (out->test_members >= members)
        return kw_fail(KW_E_INPUT, "data.test_members = %d: the ensemble has %d states, and one must be left for training",
                       out->test_members, members);
    return apply_budget(c, out, members - out->test_members);
}

kw_status kw_qae_config_parse(const kw_config *source, kw_qae_config *out) {
    memset(out, 0, sizeof *out);
    parse_run(source, out);
    parse_data(source, out);
    kw_status status = parse_registers(source, out);
    if (status == KW_OK) status = parse_training(source, out);
    if (status == KW_OK) status = check_members(source, out);
    return status;
}
