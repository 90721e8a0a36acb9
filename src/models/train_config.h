/* F4  The configuration of Quantum-Train: option table, and the checked values. */
#ifndef KW_TRAIN_CONFIG_H
#define KW_TRAIN_CONFIG_H

#include "data/images.h"
#include "models/training_config.h"
#include "nn/cnn.h"
#include "nn/mapping.h"

extern const kw_option kw_train_options[];
extern const size_t kw_train_option_count;

/* X(KIND, "name", what it is): where the numbers come from that the mapping turns into weights */
#define KW_SOURCE_LIST(X)                                                                                                   \
    X(CIRCUIT, "circuit", "probabilities of the trained circuit")                                                           \
    X(PERMUTED, "permuted", "the same, given to other rows by a fixed random permutation")                                  \
    X(FROZEN, "frozen", "probabilities of the circuit at its start angles, which are not trained")                          \
    X(RANDOM, "random", "random numbers, drawn once, distributed as the probabilities of a random state")                   \
    X(CONSTANT, "constant", "2^-n in every row")                                                                            \
    X(ZERO, "zero", "0 in every row")                                                                                       \
    X(BITS, "bits", "no number at all: the mapping sees the bits alone")                                                    \
    X(WEIGHTS, "weights", "no generator: the weights themselves are trained")

typedef enum {
#define KW_SOURCE_ENUM(kind, name, text) KW_SOURCE_##kind,
    KW_SOURCE_LIST(KW_SOURCE_ENUM)
#undef KW_SOURCE_ENUM
} kw_source;

static inline bool kw_source_trains_circuit(kw_source s) { return s == KW_SOURCE_CIRCUIT || s == KW_SOURCE_PERMUTED; }
static inline bool kw_source_runs_circuit(kw_source s) { return kw_source_trains_circuit(s) || s == KW_SOURCE_FROZEN; }

typedef enum { KW_SCALING_NONE, KW_SCALING_DIMENSION, KW_SCALING_TANH } kw_scaling;
typedef enum { KW_SCHEDULE_CONSTANT, KW_SCHEDULE_PLATEAU, KW_SCHEDULE_COSINE } kw_schedule;

typedef struct {
    kw_source source;
    const char *source_name;
    int qubits, chunk; /* n; weights per row c */
    size_t rows;       /* R = ceil(p / c) */
    bool hadamard, identity, centre_input, centre_weights;
    kw_scaling scaling;
    double gamma, beta, alpha, floor;
    kw_mapping_config mapping;
    bool mapping_pytorch; /* start values */
    double mapping_gain;
    uint64_t shots; /* 0: exact probabilities */
    int trajectories;
    double depolarising, dephasing, bit_flip; /* after every block, on every qubit */
    int first_layers, grow_patience; /* blocks at the start; epochs without progress before one more; 0: all at once */
} kw_generator_config;

typedef struct {
    kw_training_config training;
    int ranks_per_state; /* 0: as memory asks */
    int shard;           /* 0 auto, 1 yes, 2 no */
    kw_images_kind set;
    const char *set_name, *data_dir;
    size_t train, validation, test; /* images; 0: all there are */
    bool shuffle;
    kw_normalisation normalisation;
    const char *layers;
    size_t weights; /* p */
    kw_generator_config generator;
    uint64_t batch, epochs, steps; /* steps: 0 for those of the epochs */
    double clip, weight_decay;
    kw_schedule schedule;
    uint64_t warmup; /* steps */
    double plateau_factor;
    int plateau_patience;
    double least_rate;
    const char *distil_from, *prune_from; /* run directories, "" for none */
    uint64_t distil_epochs;
    size_t prune_keep;
    bool prune_rewind;
} kw_train_config;

/** Checked values; shapes and the number of weights follow from cnn.layers and the data set.  Texts belong to `source`.
 *  @return KW_OK, KW_E_INPUT naming the key, KW_E_NOMEM                                                          @local */
kw_status kw_train_config_parse(const kw_config *source, kw_train_config *out);

/** (channels, height, width) and classes of a data set.                                                          @local */
void kw_images_shape(kw_images_kind kind, int shape[3], int *classes);

#endif
