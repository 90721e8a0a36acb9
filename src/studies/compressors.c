/* F5  Study: quantum autoencoders beside classical compressors of the same states, with the same latent. */
#include "studies/compressors.h"

#include "models/training_config.h"

/* clang-format off */
static const kw_option options[] = {
    KW_STUDY_OPTIONS("runs/compressors"),
    {"study.families", KW_OPTION_TEXTS,
     "ghz-phase, w-phase, dicke-phase, identical, tfim, heisenberg, circuit, random", 0, 0, NULL, "",
     "families of states: as data.family of ketwall qae, without files"},
    {"study.qubits", KW_OPTION_INTS, "6", 2, 14, NULL, "", "qubits of the states"},
    {"study.latents", KW_OPTION_INTS, "2", 0, 13, NULL, "", "latent qubits"},
    {"study.depths", KW_OPTION_INTS, "1, 2, 4, 8", 1, 1000, NULL, "", "circuit: layers of the random brickwork"},
    {"study.members", KW_OPTION_INT, "24", 2, 4096, NULL, "", "states of an ensemble"},
    {"study.test_members", KW_OPTION_INT, "8", 0, 4095, NULL, "", "those that are set aside for testing"},
    {"study.seeds", KW_OPTION_INT, "2", 1, 1000, NULL, "", "trainings of what starts at random, on the same states"},
    {"study.methods", KW_OPTION_TEXTS, "", 0, 0, NULL, "",
     "classical compressors: pca, linear, orthonormal, real-linear, dense, conv, dilated, gru, amplitude, mps-latent, mps-1, "
     "mps-2, mps-4; empty: all"},
    {"study.ansatze", KW_OPTION_TEXTS, "cerezo, hea, tree, romero-b 3", 0, 0, NULL, "",
     "circuits of the quantum autoencoder, as ansatz.name of ketwall qae, and their layers; none: none"},
    {"study.costs", KW_OPTION_TEXTS, "local, global", 0, 0, NULL, "", "costs it is trained on"},
    {"data.weight", KW_OPTION_INT, "2", 0, 14, NULL, "", "dicke-phase, sector: number of ones"},
    {"data.field_range", KW_OPTION_REALS, "0.2, 2", 0, 100, NULL, "", "tfim: lowest and highest h; the transition is at 1"},
    {"data.anisotropy_range", KW_OPTION_REALS, "0.2, 2", -100, 100, NULL, "", "heisenberg: lowest and highest Delta; hubbard: hopping, on a chain"},
    {"qae.layers", KW_OPTION_INT, "8", 1, 1000, NULL, "", "layers of a circuit that does not say"},
    {"qae.optimiser", KW_OPTION_CHOICE, "lbfgs", 0, 0, "adam lbfgs", "", "optimiser of the quantum autoencoder"},
    {"qae.steps", KW_OPTION_INT, "200", 1, 1e9, NULL, "", "its steps; lbfgs: evaluations"},
    {"qae.rate", KW_OPTION_REAL, "0.1", 0, 10, NULL, "rad", "adam: learning rate"},
    {"network.width", KW_OPTION_INT, "32", 1, 65536, NULL, "", "hidden units of dense, amplitude and gru"},
    {"network.channels", KW_OPTION_INT, "8", 1, 4096, NULL, "", "channels of conv and dilated"},
    {"network.layers", KW_OPTION_INT, "1", 0, 16, NULL, "", "hidden layers on either side of dense and amplitude"},
    {"network.convolutions", KW_OPTION_INT, "2", 1, 14, NULL, "", "layers on either side of conv and dilated, at most the qubits"},
    {"network.chunk", KW_OPTION_INT, "8", 1, 16384, NULL, "", "gru: amplitudes per step, a power of two"},
    {"network.activation", KW_OPTION_CHOICE, "tanh", 0, 0, KW_ACTIVATION_LIST(KW_OPTION_NAME), "", "of hidden layers"},
    {"network.steps", KW_OPTION_INT, "200", 0, 1e9, NULL, "", "steps of Adam"},
    {"network.rate", KW_OPTION_REAL, "0.02", 0, 10, NULL, "", "its learning rate"},
    {"network.evaluations", KW_OPTION_INT, "200", 0, 1e9, NULL, "", "evaluations of L-BFGS after that"},
};
/* clang-format on */

static const kw_study_field fields[] = {
    {"family", "family", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"depth", "depth", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"qubits", "qubits", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"latent", "latent", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"kind", "kind", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"method", "method", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"train_fidelity", "fidelity, trained on", KW_FIELD_VALUE, KW_FIELD_FIDELITY},
    {"test_fidelity", "fidelity, unseen", KW_FIELD_VALUE, KW_FIELD_FIDELITY},
    {"test_error", "its error", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"optimum", "exact optimum", KW_FIELD_VALUE, KW_FIELD_FIDELITY},
    {"constant", "constant encoder", KW_FIELD_VALUE, KW_FIELD_FIDELITY},
    {"trash_fidelity", "trash, trained on", KW_FIELD_VALUE, KW_FIELD_FIDELITY},
    {"test_trash_fidelity", "trash, unseen", KW_FIELD_VALUE, KW_FIELD_FIDELITY},
    {"parameters", "parameters", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"model_bytes", "model", KW_FIELD_VALUE, KW_FIELD_BYTES},
    {"state_bytes", "encoded state", KW_FIELD_VALUE, KW_FIELD_BYTES},
    {"training_bytes", "training", KW_FIELD_VALUE, KW_FIELD_BYTES},
    {"seconds", "fit", KW_FIELD_VALUE, KW_FIELD_SECONDS},
    {"bond", "bond", KW_FIELD_VALUE, KW_FIELD_NUMBER},
};

#define BY_FAMILY(kind_name, what)                                                                                          \
    {                                                                                                                       \
        .name = "unseen-" kind_name, .caption = "Fidelity of unseen states after " what ", by family", .x = "family",       \
        .x_label = "family", .y = "test_fidelity", .y_label = "fidelity of unseen states", .series = "method",              \
        .panel = "size", .bound = "optimum", .bound_label = "exact optimum of the training states", .only_key = "kind",     \
        .only_value = kind_name                                                                                             \
    }

static const kw_study_figure figures[] = {
    BY_FAMILY("quantum", "a quantum autoencoder"),
    BY_FAMILY("linear", "linear maps"),
    BY_FAMILY("network", "networks"),
    BY_FAMILY("mps", "truncation to a matrix product state"),
    {.name = "depth",
     .caption = "Fidelity of unseen states made by random circuits of growing depth",
     .x = "depth",
     .x_label = "layers of the circuit",
     .y = "test_fidelity",
     .y_label = "fidelity of unseen states",
     .series = "method",
     .panel = "kind_size",
     .bound = "optimum",
     .bound_label = "exact optimum of the training states",
     .log_x = true},
};

const kw_study kw_study_compressors = {
    .name = "compressors",
    .title = "Compressors of quantum states: autoencoders beside principal components, networks, matrix product states",
    .question =
        "Quantum autoencoders beside principal components, linear maps, networks and matrix product states: the same "
        "states, the same latent (2<sup>latent</sup> complex numbers; a matrix product state has its own). Fidelity is that "
        "of the decoded state with the original, |&lang;&psi;|&phi;&rang;|<sup>2</sup>, output normalised; for the quantum "
        "autoencoder that of its output channel. Its trash fidelity is what it has where the trash is measured as "
        "|0&hellip;0&rang;, which happens with this probability: that is the projection which linear maps make, too. The "
        "exact optimum is the sum of the "
        "2<sup>latent</sup> largest eigenvalues of the training states&rsquo; mean density matrix: it bounds all quantum "
        "encoders and all complex linear maps on the states they are trained on, but neither maps of real and imaginary "
        "parts, nor networks, nor matrix product states. The constant encoder is the best single state.  The error of the "
        "unseen states is that of a mean over as many states as were set aside.",
    KW_STUDY_TABLES,
    .section = "family",
    .run = kw_compressors_run,
    .conclude = kw_compressors_conclude,
};
