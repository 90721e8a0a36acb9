/* F4  What every learning run is configured by: directory, resources, trainable circuit, optimiser. */
#ifndef KW_TRAINING_CONFIG_H
#define KW_TRAINING_CONFIG_H

#include "io/config.h"
#include "ketwall/circuit.h"
#include "ketwall/optimiser.h"
#include "ketwall/state.h"
#include "models/infidelity.h"

#define KW_OPTION_MANY 1e15
/* name of one row of an X(KIND, "name", ...) list, for the choices of an option */
#define KW_OPTION_NAME(kind, name, text) name " "

/* Rows of the option tables.  `directory`: default of run.dir; `fallback`: default of ansatz.name; `more`: names beside
 * those of the library; `shots`: what train.shots counts. */
/* clang-format off: one row per line */
#define KW_TRAINING_RUN_OPTIONS(directory)                                                                                    \
    {"run.dir", KW_OPTION_TEXT, directory, 0, 0, NULL, "", "directory of checkpoints, metrics and results"},                  \
        {"run.seed", KW_OPTION_INT, "1", 0, 9007199254740992.0, NULL, "", "seed of everything that is random"},               \
        {"run.precision", KW_OPTION_CHOICE, "double", 0, 0, KW_PRECISION_NAMES, "", "amplitudes of 16, 8, 4, 2 bytes"},       \
        {"run.rounding", KW_OPTION_CHOICE, "auto", 0, 0, KW_ROUNDING_NAMES, "", "of s16 and s8 amplitudes"},                  \
        {"run.max_infidelity", KW_OPTION_REAL, KW_MAX_INFIDELITY, 0, 1, NULL, "", "stop once rounding costs more; 0: never"}, \
        {"run.memory_per_rank", KW_OPTION_BYTES, "auto", 0, 0, NULL, "", "memory a rank may use; auto: what the node has"},   \
        {"run.max_wall_s",                                                                                                    \
         KW_OPTION_REAL,                                                                                                      \
         "0",                                                                                                                 \
         0,                                                                                                                   \
         1e9,                                                                                                                 \
         NULL,                                                                                                                \
         "s",                                                                                                                 \
         "stop with a checkpoint and exit code 75 after this time; 0: never"},                                                \
        {"run.checkpoint_every_s", KW_OPTION_REAL, "60", 0, 1e9, NULL, "s", "time between checkpoints; 0: after every step"}, \
    {                                                                                                                         \
        "run.keep_checkpoints", KW_OPTION_INT, "3", 1, 1000, NULL, "", "checkpoints that stay on disk"                        \
    }

#define KW_TRAINING_ANSATZ_OPTIONS(fallback, more)                                                                          \
    {"ansatz.name", KW_OPTION_CHOICE, fallback, 0, 0, KW_ANSATZ_LIST(KW_OPTION_NAME) more, "", "the trainable circuit"},    \
        {"ansatz.file",                                                                                                     \
         KW_OPTION_TEXT,                                                                                                    \
         "",                                                                                                                \
         0,                                                                                                                 \
         0,                                                                                                                 \
         NULL,                                                                                                              \
         "",                                                                                                                \
         "OpenQASM 2 file with gate ansatz(t0, ...) q0, ... { ... }: its parameters are trained, instead of ansatz.name"},  \
        {"ansatz.layers", KW_OPTION_INT, "2", 1, 10000, NULL, "", "layers of ansatz.name"},                                 \
        {"ansatz.ring", KW_OPTION_BOOL, "no", 0, 0, NULL, "", "close the entangling ladder of ansatz.name to a ring"},      \
        {"ansatz.start",                                                                                                    \
         KW_OPTION_CHOICE,                                                                                                  \
         "random",                                                                                                          \
         0,                                                                                                                 \
         0,                                                                                                                 \
         "random small zero wide",                                                                                          \
         "",                                                                                                                \
         "start angles: uniform on [0, 2 pi), normal with ansatz.start_width, all 0, or uniform on [0, 4 pi)"},             \
    {                                                                                                                       \
        "ansatz.start_width", KW_OPTION_REAL, "0.1", 0, 10, NULL, "rad", "standard deviation of small start angles"         \
    }

#define KW_TRAINING_OPTIMISER_OPTIONS(shots)                                                                                  \
    {"train.optimiser", KW_OPTION_CHOICE, "adam", 0, 0, KW_OPTIMISER_LIST(KW_OPTION_NAME), "", "the optimiser"},              \
        {"train.steps", KW_OPTION_INT, "100", 0, 9999999999.0, NULL, "", "steps (lbfgs, cobyla: evaluations at most)"},       \
        {"train.learning_rate", KW_OPTION_REAL, "0.1", 0, 1e6, NULL, "rad", "adam: step size; spsa: gain a"},                 \
        {"train.beta1", KW_OPTION_REAL, "0.9", 0, 0.999999999, NULL, "", "adam: decay of the first moment"},                  \
        {"train.beta2", KW_OPTION_REAL, "0.999", 0, 0.999999999, NULL, "", "adam: decay of the second moment"},               \
        {"train.epsilon", KW_OPTION_REAL, "1e-8", 0, 1, NULL, "", "adam: added to the denominator"},                          \
        {"train.spsa_c", KW_OPTION_REAL, "0.1", 1e-12, 10, NULL, "rad", "spsa: gain c"},                                      \
        {"train.spsa_alpha", KW_OPTION_REAL, "0.602", 0, 1, NULL, "", "spsa: decay of a"},                                    \
        {"train.spsa_gamma", KW_OPTION_REAL, "0.101", 0, 1, NULL, "", "spsa: decay of c"},                                    \
        {"train.spsa_stability", KW_OPTION_REAL, "10", 0, KW_OPTION_MANY, NULL, "", "spsa: stability constant A"},            \
        {"train.initial_step", KW_OPTION_REAL, "0.5", 1e-12, 10, NULL, "rad", "cobyla: first step"},                          \
        {"train.tolerance", KW_OPTION_REAL, "0", 0, 1, NULL, "", "lbfgs, cobyla: stop below this relative change; 0: never"}, \
        {"train.shots", KW_OPTION_INT, "0", 0, KW_OPTION_MANY, NULL, "", shots "; 0: exact"},                                 \
        {"train.shot_budget", KW_OPTION_INT, "0", 0, KW_OPTION_MANY, NULL, "", "shots of the whole run; 0: unlimited"}, {     \
        "train.evaluate_every", KW_OPTION_INT, "10", 1, KW_OPTION_MANY, NULL, "", "steps between full evaluations"            \
    }
/* clang-format on */

/* X(KIND, "name", what it is) */
#define KW_GRADIENT_LIST(X)                                                                                                 \
    X(ADJOINT, "adjoint", "exact, from the state itself")                                                                   \
    X(SHIFT, "shift", "from values of shifted circuits, as hardware takes it")

typedef enum {
#define KW_GRADIENT_ENUM(kind, name, text) KW_GRADIENT_##kind,
    KW_GRADIENT_LIST(KW_GRADIENT_ENUM)
#undef KW_GRADIENT_ENUM
} kw_gradient_method;

typedef enum { KW_ANSATZ_START_RANDOM, KW_ANSATZ_START_SMALL, KW_ANSATZ_START_ZERO, KW_ANSATZ_START_WIDE } kw_ansatz_start;

typedef struct {
    const char *dir;
    uint64_t seed;
    kw_precision precision;
    kw_rounding rounding;     /* of packed amplitudes */
    double max_infidelity;    /* that rounding may cost; 0: no limit */
    uint64_t memory_per_rank; /* bytes; 0: what the node has */
    double max_wall_s, checkpoint_every_s;
    int keep_checkpoints;

    const kw_circuit *circuit;             /* the caller's own, instead of an ansatz; NULL: none */
    const char *ansatz_name, *ansatz_file; /* file: "" for none */
    int ansatz;                            /* kw_ansatz_kind, or behind it what the system adds */
    int layers;
    bool ring;
    kw_ansatz_start start;
    double start_width;

    kw_optimiser_config optimiser;
    kw_gradient_method gradient; /* what the option table has; else adjoint */
    uint64_t shots;              /* of one measurement; 0: exact costs */
    uint64_t evaluate_every;
} kw_training_config;

/** Values of the rows above.  Texts belong to `c`.  `out->gradient` is the caller's, who knows its table.         @local
 *  @return KW_OK, KW_E_INPUT naming the key (an optimiser, a gradient and shots that do not go together) */
kw_status kw_training_config_parse(const kw_config *c, kw_training_config *out);

/** The rows of KW_TRAINING_RUN_OPTIONS and KW_TRAINING_ANSATZ_OPTIONS alone.                                       @local */
void kw_training_config_run(const kw_config *c, kw_training_config *out);
void kw_training_config_ansatz(const kw_config *c, kw_training_config *out);

/** Start angles (p) of ansatz.start, from the seed.                                                                @local */
void kw_training_start_angles(const kw_training_config *config, size_t p, double *theta);

/** Lets train.shot_budget bound the steps.                                                                      @local
 *  @param[in] measurements  of train.shots shots each in one evaluation of what the optimiser asks for, cost or gradient
 *  @return KW_OK, KW_E_INPUT (it does not pay for one step) */
kw_status kw_training_config_budget(const kw_config *c, uint64_t measurements, kw_training_config *config);

/** A copy of the caller's own, the circuit of ansatz.file, or of the ansatz library, on n qubits. @local
 *  @return KW_OK, KW_E_INPUT (the file; it has another number of qubits), KW_E_NOMEM */
kw_status kw_training_ansatz(const kw_training_config *config, int n_qubits, kw_circuit **out);

#endif
