/* F5  Does the quantum part of Quantum-Train matter?  The same network on the same images with the same steps, its weights
 * generated from the circuit and from every control: a sweep of ketwall train, several seeds of each. */
#ifndef KW_STUDY_QUANTUM_TRAIN_H
#define KW_STUDY_QUANTUM_TRAIN_H

#include "models/train.h"

/* X(NAME, "name", what it is) */
#define KW_CONTROL_LIST(X)                                                                                                  \
    X(CIRCUIT, "circuit", "as configured")                                                                                  \
    X(FROZEN, "frozen", "the circuit stays at its start angles")                                                            \
    X(PERMUTED, "permuted", "probabilities given to other rows")                                                            \
    X(RANDOM, "random", "random numbers, drawn once, instead of probabilities")                                             \
    X(CONSTANT, "constant", "2^-n instead of probabilities")                                                                \
    X(ZERO, "zero", "0 instead of probabilities")                                                                           \
    X(BITS, "bits", "a mapping of the bits alone, one hidden ReLU layer, as many parameters as with the circuit")           \
    X(PRUNED, "pruned", "the network itself, trained, pruned by size to as many weights, trained on")                       \
    X(LOTTERY, "lottery", "the same weights from their start values (lottery ticket)")                                      \
    X(CNN_RELU, "cnn-relu", "all weights of the network trained, with ReLU")                                                \
    X(CNN_LINEAR, "cnn-linear", "all weights trained, without activations")

typedef enum {
#define KW_CONTROL_ENUM(kind, name, text) KW_CONTROL_##kind,
    KW_CONTROL_LIST(KW_CONTROL_ENUM)
#undef KW_CONTROL_ENUM
        KW_CONTROLS
} kw_control;

#define KW_QUANTUM_TRAIN_STUDY "quantum-train" /* its name */

/** Options of ketwall train, then those of the study (section study).                                            @local */
const kw_option *kw_quantum_train_options(size_t *count);

/** Runs what is not finished yet; every run has its directory run.dir/SET/CONTROL-SEED and is resumed where it stopped.
 *  @param[out] result  on rank 0: {format, rows: [{set, control, parameters, seeds, test accuracies, mean, deviation, ...}]}
 *  @return as kw_train_run                                                                                 @collective */
kw_status kw_quantum_train_study(kw_comm *world, const kw_config *config, const kw_training_request *request,
                                 json_t **result);

#endif
