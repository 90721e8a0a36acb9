/* F4  The option table of Quantum-Train, and what follows from it. */
#include "models/train_config.h"

#include <math.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"

/* clang-format off: one row per line */
const kw_option kw_train_options[] = {
    KW_TRAINING_RUN_OPTIONS("checkpoints/train"),
    {"run.ranks_per_state", KW_OPTION_INT, "0", 0, 65536, NULL, "",
     "ranks that share one statevector; 0: as few as memory allows"},
    {"run.shard", KW_OPTION_CHOICE, "auto", 0, 0, "auto yes no", "",
     "share the rows of the mapping among the ranks; auto: where that pays"},

    {"data.set", KW_OPTION_CHOICE, "digits", 0, 0, KW_IMAGES_LIST(KW_OPTION_NAME), "",
     "images; digits are drawn by the program, the others are read from data.dir"},
    {"data.dir", KW_OPTION_TEXT, "", 0, 0, NULL, "",
     "folder that holds mnist/, fashion-mnist/, cifar-10/; nothing: KETWALL_DATA_DIR"},
    {"data.train", KW_OPTION_INT, "0", 0, 1e9, NULL, "", "training images; 0: all but those for validation (digits: 12000)"},
    {"data.validation", KW_OPTION_INT, "0", 0, 1e9, NULL, "", "images set aside from the end of the training set"},
    {"data.test", KW_OPTION_INT, "0", 0, 1e9, NULL, "", "test images; 0: all (digits: 4000)"},
    {"data.shuffle", KW_OPTION_BOOL, "yes", 0, 0, NULL, "", "another order of the training images in every epoch"},
    {"data.normalise", KW_OPTION_CHOICE, "set", 0, 0, "set half", "", "(x - mean)/deviation of the set, or (x - 0.5)/0.5"},

    {"cnn.layers", KW_OPTION_TEXT, "conv 4 3, relu, pool 2, conv 8 3, relu, pool 2, dense 30, relu, dense 10", 0, 0, NULL,
     "", "the target network: conv OUT KERNEL [pad PIXELS], pool SIZE, dense OUT, relu"},

    {"generator.source", KW_OPTION_CHOICE, "circuit", 0, 0, KW_SOURCE_LIST(KW_OPTION_NAME), "",
     "what the mapping turns into weights: a trained circuit, or a control"},
    {"generator.qubits", KW_OPTION_INT, "0", 0, 30, NULL, "", "qubits; 0: as few as there are rows to address"},
    {"generator.chunk", KW_OPTION_INT, "1", 1, 65536, NULL, "", "weights per basis state: more of them take fewer qubits"},
    {"generator.hadamard", KW_OPTION_BOOL, "no", 0, 0, NULL, "", "begin with a Hadamard gate on every qubit"},
    {"generator.identity", KW_OPTION_BOOL, "no", 0, 0, NULL, "",
     "every second block begins as the inverse of the one before"},
    {"generator.scaling", KW_OPTION_CHOICE, "none", 0, 0, "none dimension tanh", "",
     "x = P, 2^n P, or (beta tanh(gamma 2^(n-1) P))^alpha"},
    {"generator.gamma", KW_OPTION_REAL, "0.1", 1e-12, 1e12, NULL, "", "of the scaling tanh"},
    {"generator.beta", KW_OPTION_REAL, "0.8", 1e-12, 1e12, NULL, "", "of the scaling tanh"},
    {"generator.alpha", KW_OPTION_REAL, "0.3", 1e-3, 10, NULL, "", "of the scaling tanh"},
    {"generator.floor", KW_OPTION_REAL, "1e-12", 1e-30, 1, NULL, "",
     "scaling tanh: probabilities below count as this, with slope 0"},
    {"generator.centre_input", KW_OPTION_BOOL, "no", 0, 0, NULL, "", "subtract the mean of x over the rows"},
    {"generator.centre_weights", KW_OPTION_BOOL, "no", 0, 0, NULL, "", "subtract the mean of the weights"},
    {"generator.signs", KW_OPTION_BOOL, "no", 0, 0, NULL, "", "bits as -1/+1 instead of 0/1"},
    {"generator.hidden", KW_OPTION_INTS, "20", 1, 65536, NULL, "",
     "hidden units of the mapping, layer by layer; nothing: none"},
    {"generator.activation", KW_OPTION_CHOICE, "relu", 0, 0, "relu none", "", "between the layers of the mapping"},
    {"generator.start", KW_OPTION_CHOICE, "xavier", 0, 0, "xavier pytorch", "",
     "start of the mapping: Glorot's times generator.gain with biases 0, or as torch.nn.Linear"},
    {"generator.gain", KW_OPTION_REAL, "0.5", 0, 100, NULL, "", "of the start xavier"},
    {"generator.shots", KW_OPTION_INT, "0", 0, 1e12, NULL, "",
     "estimate the probabilities from as many samples per step; 0: exact"},
    {"generator.trajectories", KW_OPTION_INT, "1", 1, 100000, NULL, "", "with noise: trajectories averaged in every step"},
    {"generator.depolarising", KW_OPTION_REAL, "0", 0, 1, NULL, "",
     "noise on every qubit after every block: rho -> (1-p) rho + p I/2"},
    {"generator.dephasing", KW_OPTION_REAL, "0", 0, 1, NULL, "", "the same: Z with this probability"},
    {"generator.bit_flip", KW_OPTION_REAL, "0", 0, 1, NULL, "", "the same: X with this probability"},
    {"generator.first_layers", KW_OPTION_INT, "0", 0, 10000, NULL, "", "blocks to begin with; 0: ansatz.layers"},
    {"generator.grow_patience", KW_OPTION_INT, "2", 1, 1000000, NULL, "",
     "epochs without a better validation loss before one block more"},

    KW_TRAINING_ANSATZ_OPTIONS("ry-cnot", ""),

    {"train.epochs", KW_OPTION_INT, "5", 0, 1e9, NULL, "", "times that every training image is seen"},
    {"train.steps", KW_OPTION_INT, "0", 0, 9999999999.0, NULL, "", "stop after so many steps; 0: those of the epochs"},
    {"train.batch", KW_OPTION_INT, "64", 1, 1e6, NULL, "", "images per step, over all ranks"},
    {"train.optimiser", KW_OPTION_CHOICE, "adam", 0, 0, "adam spsa", "", "the optimiser; spsa takes no gradients"},
    {"train.learning_rate", KW_OPTION_REAL, "5e-4", 0, 1e6, NULL, "", "adam: step size; spsa: gain a"},
    {"train.beta1", KW_OPTION_REAL, "0.9", 0, 0.999999999, NULL, "", "adam: decay of the first moment"},
    {"train.beta2", KW_OPTION_REAL, "0.999", 0, 0.999999999, NULL, "", "adam: decay of the second moment"},
    {"train.epsilon", KW_OPTION_REAL, "1e-8", 0, 1, NULL, "", "adam: added to the denominator"},
    {"train.spsa_c", KW_OPTION_REAL, "0.01", 1e-12, 10, NULL, "", "spsa: gain c"},
    {"train.weight_decay", KW_OPTION_REAL, "0", 0, 1, NULL, "",
     "this times the parameters is added to the gradient, after clipping"},
    {"train.clip", KW_OPTION_REAL, "0", 0, 1e12, NULL, "",
     "largest norm of the gradient, longer ones are scaled down; 0: any"},
    {"train.schedule", KW_OPTION_CHOICE, "constant", 0, 0, "constant plateau cosine", "",
     "of the learning rate; plateau looks at the epoch's training loss"},
    {"train.warmup", KW_OPTION_INT, "0", 0, 1e9, NULL, "", "steps over which the learning rate rises from 0"},
    {"train.plateau_factor", KW_OPTION_REAL, "0.5", 0, 1, NULL, "", "plateau: the rate is multiplied by this"},
    {"train.plateau_patience", KW_OPTION_INT, "5", 0, 1000000, NULL, "",
     "plateau: epochs without progress (relative 1e-4) before that"},
    {"train.least_rate", KW_OPTION_REAL, "0", 0, 1, NULL, "", "plateau, cosine: smallest fraction of the learning rate"},
    {"train.evaluate_every", KW_OPTION_INT, "1", 1, 1e9, NULL, "",
     "epochs between looks at the test images; the last one always has one"},

    {"distil.from", KW_OPTION_TEXT, "", 0, 0, NULL, "",
     "run directory of a network trained with generator.source = weights"},
    {"distil.epochs", KW_OPTION_INT, "1", 1, 1e9, NULL, "",
     "epochs that fit its weights, (1/p) |theta - theta*|^2, before the images"},
    {"prune.from", KW_OPTION_TEXT, "", 0, 0, NULL, "",
     "the same, for source weights: its largest weights stay, the others are 0"},
    {"prune.keep", KW_OPTION_INT, "0", 0, 1e9, NULL, "", "weights that stay"},
    {"prune.rewind", KW_OPTION_BOOL, "no", 0, 0, NULL, "",
     "begin at its start values (lottery ticket) instead of its last ones"},
};
/* clang-format on */
const size_t kw_train_option_count = sizeof kw_train_options / sizeof *kw_train_options;

void kw_images_shape(kw_images_kind kind, int shape[3], int *classes) {
    const bool colour = kind == KW_IMAGES_CIFAR10;
    shape[0] = colour ? 3 : 1;
    shape[1] = shape[2] = colour ? 32 : 28;
    *classes = 10;
}

static void parse_data(const kw_config *c, kw_train_config *out) {
    int shape[3], classes;
    out->set = (kw_images_kind)kw_config_choice(c, "data.set");
    out->set_name = kw_config_text(c, "data.set");
    out->data_dir = kw_config_text(c, "data.dir");
    out->train = (size_t)kw_config_int(c, "data.train");
    out->validation = (size_t)kw_config_int(c, "data.validation");
    out->test = (size_t)kw_config_int(c, "data.test");
    out->shuffle = kw_config_bool(c, "data.shuffle");
    kw_images_shape(out->set, shape, &classes);
    const bool half = kw_config_choice(c, "data.normalise") == 1;
    for (int channel = 0; channel < shape[0]; ++channel) {
        double *mean = &out->normalisation.mean[channel], *deviation = &out->normalisation.deviation[channel];
        if (half) *mean = *deviation = 0.5;
        else kw_images_normalisation(out->set, channel, mean, deviation);
    }
}

static kw_status count_weights(const kw_config *c, kw_train_config *out) {
    int shape[3], classes;
    uint64_t bytes;
    out->layers = kw_config_text(c, "cnn.layers");
    kw_images_shape(out->set, shape, &classes);
    return kw_cnn_need(out->layers, shape[0], shape[1], shape[2], classes, KW_SINGLE, &out->weights, &bytes);
}

static int bits_for(size_t rows) {
    int bits = 1;
    while ((size_t)kw_bit(bits) < rows) ++bits;
    return bits;
}

static kw_status parse_mapping(const kw_config *c, kw_generator_config *g) {
    const int64_t *hidden;
    const size_t count = kw_config_ints(c, "generator.hidden", &hidden);
    if (count >= KW_MAPPING_LAYERS)
        return kw_fail(KW_E_INPUT, "generator.hidden: %zu layers, at most %d", count, KW_MAPPING_LAYERS - 1);
    g->mapping = (kw_mapping_config){.bits = g->qubits,
                                     .rows = g->rows,
                                     .value = g->source != KW_SOURCE_BITS,
                                     .sign = kw_config_bool(c, "generator.signs"),
                                     .relu = kw_config_choice(c, "generator.activation") == 0,
                                     .layers = (int)count + 1};
    for (size_t i = 0; i < count; ++i) g->mapping.width[i] = (int)hidden[i];
    g->mapping.width[count] = g->chunk;
    g->mapping_pytorch = kw_config_choice(c, "generator.start") == 1;
    g->mapping_gain = kw_config_real(c, "generator.gain");
    return KW_OK;
}

static kw_status check_generator(const kw_train_config *t) {
    const kw_generator_config *g = &t->generator;
    const bool noise = g->depolarising + g->dephasing + g->bit_flip > 0;
    if (g->qubits < 2 || (size_t)kw_bit(g->qubits) < g->rows)
        return kw_fail(KW_E_INPUT, "generator.qubits = %d: %zu rows of %d weights need %d", g->qubits, g->rows, g->chunk,
                       bits_for(g->rows) < 2 ? 2 : bits_for(g->rows));
    if ((noise || g->shots) && !kw_source_trains_circuit(g->source))
        return kw_fail(KW_E_INPUT, "generator.source = %s runs no circuit that shots or noise could change", g->source_name);
    if (g->first_layers > t->training.layers)
        return kw_fail(KW_E_INPUT, "generator.first_layers = %d: more than ansatz.layers = %d", g->first_layers,
                       t->training.layers);
    if (*t->training.ansatz_file && (g->identity || g->first_layers))
        return kw_fail(KW_E_INPUT, "ansatz.file has no blocks that generator.identity or first_layers could count");
    return KW_OK;
}

static kw_status parse_generator(const kw_config *c, kw_train_config *out) {
    kw_generator_config *g = &out->generator;
    g->source = (kw_source)kw_config_choice(c, "generator.source");
    g->source_name = kw_config_text(c, "generator.source");
    g->chunk = (int)kw_config_int(c, "generator.chunk");
    g->rows = (out->weights + (size_t)g->chunk - 1) / (size_t)g->chunk;
    g->qubits = (int)kw_config_int(c, "generator.qubits");
    if (!g->qubits) g->qubits = bits_for(g->rows) < 2 ? 2 : bits_for(g->rows);
    g->hadamard = kw_config_bool(c, "generator.hadamard");
    g->identity = kw_config_bool(c, "generator.identity");
    g->scaling = (kw_scaling)kw_config_choice(c, "generator.scaling");
    g->gamma = kw_config_real(c, "generator.gamma");
    g->beta = kw_config_real(c, "generator.beta");
    g->alpha = kw_config_real(c, "generator.alpha");
    g->floor = kw_config_real(c, "generator.floor");
    g->centre_input = kw_config_bool(c, "generator.centre_input");
    g->centre_weights = kw_config_bool(c, "generator.centre_weights");
    g->shots = (uint64_t)kw_config_int(c, "generator.shots");
    g->trajectories = (int)kw_config_int(c, "generator.trajectories");
    g->depolarising = kw_config_real(c, "generator.depolarising");
    g->dephasing = kw_config_real(c, "generator.dephasing");
    g->bit_flip = kw_config_real(c, "generator.bit_flip");
    g->first_layers = (int)kw_config_int(c, "generator.first_layers");
    g->grow_patience = (int)kw_config_int(c, "generator.grow_patience");
    const kw_status status = check_generator(out);
    return status == KW_OK ? parse_mapping(c, g) : status;
}

static void parse_training(const kw_config *c, kw_train_config *out) {
    kw_training_config *t = &out->training;
    out->epochs = (uint64_t)kw_config_int(c, "train.epochs");
    out->steps = (uint64_t)kw_config_int(c, "train.steps");
    out->batch = (uint64_t)kw_config_int(c, "train.batch");
    out->clip = kw_config_real(c, "train.clip");
    out->weight_decay = kw_config_real(c, "train.weight_decay");
    out->schedule = (kw_schedule)kw_config_choice(c, "train.schedule");
    out->warmup = (uint64_t)kw_config_int(c, "train.warmup");
    out->plateau_factor = kw_config_real(c, "train.plateau_factor");
    out->plateau_patience = (int)kw_config_int(c, "train.plateau_patience");
    out->least_rate = kw_config_real(c, "train.least_rate");
    t->evaluate_every = (uint64_t)kw_config_int(c, "train.evaluate_every");
    t->optimiser =
        (kw_optimiser_config){.kind = kw_config_choice(c, "train.optimiser") ? KW_OPTIMISER_SPSA : KW_OPTIMISER_ADAM,
                              .learning_rate = kw_config_real(c, "train.learning_rate"),
                              .beta1 = kw_config_real(c, "train.beta1"),
                              .beta2 = kw_config_real(c, "train.beta2"),
                              .epsilon = kw_config_real(c, "train.epsilon"),
                              .spsa_c = kw_config_real(c, "train.spsa_c"),
                              .spsa_alpha = 0.602,
                              .spsa_gamma = 0.101,
                              .seed = t->seed};
}

/* What SPSA has no use for. */
static kw_status check_spsa(const kw_train_config *t) {
    const char *key = t->schedule != KW_SCHEDULE_CONSTANT ? "train.schedule"
                      : t->warmup                         ? "train.warmup"
                      : t->clip > 0                       ? "train.clip"
                      : t->weight_decay > 0               ? "train.weight_decay"
                                                          : NULL;
    if (!key || t->training.optimiser.kind != KW_OPTIMISER_SPSA) return KW_OK;
    return kw_fail(KW_E_INPUT,
                   "%s: train.optimiser = spsa takes no gradients and sets its own gains; leave it at its default", key);
}

static kw_status parse_teachers(const kw_config *c, kw_train_config *out) {
    out->distil_from = kw_config_text(c, "distil.from");
    out->distil_epochs = (uint64_t)kw_config_int(c, "distil.epochs");
    out->prune_from = kw_config_text(c, "prune.from");
    out->prune_keep = (size_t)kw_config_int(c, "prune.keep");
    out->prune_rewind = kw_config_bool(c, "prune.rewind");
    const bool direct = out->generator.source == KW_SOURCE_WEIGHTS;
    if (*out->prune_from && !direct) return kw_fail(KW_E_INPUT, "prune.from: only generator.source = weights can be pruned");
    if (*out->distil_from && direct)
        return kw_fail(KW_E_INPUT, "distil.from: generator.source = weights has no generator to distil into");
    if (*out->prune_from && (!out->prune_keep || out->prune_keep > out->weights))
        return kw_fail(KW_E_INPUT, "prune.keep = %zu: expected 1 to %zu weights", out->prune_keep, out->weights);
    return KW_OK;
}

kw_status kw_train_config_parse(const kw_config *c, kw_train_config *out) {
    memset(out, 0, sizeof *out);
    kw_training_config_run(c, &out->training);
    kw_training_config_ansatz(c, &out->training);
    out->ranks_per_state = (int)kw_config_int(c, "run.ranks_per_state");
    out->shard = kw_config_choice(c, "run.shard");
    parse_data(c, out);
    parse_training(c, out);
    kw_status status = count_weights(c, out);
    if (status == KW_OK) status = parse_generator(c, out);
    if (status == KW_OK) status = check_spsa(out);
    if (status == KW_OK) status = parse_teachers(c, out);
    return status;
}
