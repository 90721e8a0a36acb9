/* F4  Inside of Quantum-Train: data, one step, epochs. */
#ifndef KW_TRAIN_INTERNAL_H
#define KW_TRAIN_INTERNAL_H

#include "models/generator.h"
#include "models/train.h"

/* X(CONSTANT, "name in metrics.jsonl") of what a row holds behind KW_ROW_COMMON; the cost of a row is the mean training loss
 * of its epoch, the gradient norm the mean before clipping. */
#define KW_TRAIN_COLUMNS(X)                                                                                                 \
    X(KW_TRAIN_EPOCH, "epoch")                                                                                              \
    X(KW_TRAIN_ACCURACY, "train_accuracy")                                                                                  \
    X(KW_TRAIN_VALIDATION_LOSS, "validation_loss")                                                                          \
    X(KW_TRAIN_VALIDATION_ACCURACY, "validation_accuracy")                                                                  \
    X(KW_TRAIN_TEST_LOSS, "test_loss")                                                                                      \
    X(KW_TRAIN_TEST_ACCURACY, "test_accuracy")                                                                              \
    X(KW_TRAIN_NORM_MOST, "gradient_norm_most")                                                                             \
    X(KW_TRAIN_NORM_CIRCUIT, "gradient_circuit")                                                                            \
    X(KW_TRAIN_NORM_MAPPING, "gradient_mapping")                                                                            \
    X(KW_TRAIN_NORM_COMMON, "gradient_common")                                                                              \
    X(KW_TRAIN_NORM_CNN, "gradient_cnn")                                                                                    \
    X(KW_TRAIN_RATE, "learning_rate")                                                                                       \
    X(KW_TRAIN_BLOCKS, "blocks")                                                                                            \
    X(KW_TRAIN_MEYER_WALLACH, "meyer_wallach")                                                                              \
    X(KW_TRAIN_PARTICIPATION, "participation")                                                                              \
    X(KW_TRAIN_IMAGES_PER_SECOND, "images_per_second")

enum {
    KW_TRAIN_BEFORE = KW_ROW_OWN - 1,
#define KW_TRAIN_CONSTANT(constant, name) constant,
    KW_TRAIN_COLUMNS(KW_TRAIN_CONSTANT)
#undef KW_TRAIN_CONSTANT
        KW_TRAIN_ROW_NUMBERS
};

/* What goes on from step to step; all numbers, for checkpoints.  At the start of a run all are 0. */
typedef struct {
    double steps, images, right, loss;                               /* of this epoch so far; sums */
    double norm, norm_most, norm_circuit, norm_mapping, norm_common; /* sums over its steps; norm_most: maximum */
    double norm_cnn;                                                 /* of its first step */
    double blocks;                                                   /* of the circuit; 0: those of the start */
    double epochs;                                                   /* finished */
    double best_train, stalled_train, rate_drops;                    /* plateau */
    double source;                              /* step of the checkpoint that mask or teacher is of, + 1; 0: none */
    double best_validation, stalled_validation; /* growing */
} kw_train_progress;

typedef struct {
    double loss; /* mean */
    double accuracy;
    uint64_t count;
} kw_train_score;

typedef struct {
    kw_comm *world, *comm;
    kw_train_config *config;
    kw_train_forecast forecast;
    kw_images train, test; /* train: with the validation images at its end */
    kw_generator *generator;
    kw_cnn *cnn;
    void *weights;           /* (p) in the precision */
    double *theta, *d_theta; /* (p) */
    double *teacher;         /* (p) weights to distil; NULL */
    double source;           /* as in the progress */
    unsigned char *mask;     /* (p) 1: stays; NULL: all */
    uint32_t *order, *all;   /* (train) of this epoch; 0, 1, 2, ... (largest set) */
    uint64_t ordered;        /* epoch that `order` is of, + 1 */
    uint8_t *predicted;      /* (test) */
    kw_train_progress progress;
    double circuit_seconds, mapping_seconds, cnn_seconds, step_seconds; /* of the steps: by part, in all */
    uint64_t timed_steps;
    double images_before; /* of this epoch, before the run was resumed */
    double epoch_started; /* clock [s] */
} kw_train;

/** Loads the images on rank 0 and gives them to all.                                                       @collective
 *  @return KW_OK, KW_E_INPUT, KW_E_NOMEM */
kw_status kw_train_load(kw_comm *world, const kw_train_config *config, kw_images *train, kw_images *test);

/** Takes the images over.                                                                                  @collective */
kw_status kw_train_create(kw_comm *world, kw_train_config *config, const kw_train_forecast *forecast, kw_images *train,
                          kw_images *test, kw_train **out);
void kw_train_destroy(kw_train **train);

/** Start values; those of prune.from where that is given.                                                  @collective
 *  @return KW_OK, KW_E_INPUT, KW_E_IO, KW_E_NOMEM */
kw_status kw_train_start(kw_comm *world, const kw_train_config *config, double *start);
/* What kw_training_model.start hands on. */
typedef struct {
    double *values;
    size_t count;
} kw_train_start_point;

/** Weights (p) of the run in `directory`: `rewind` its start values, else its last ones.                   @collective
 *  @param[out] source  step of the checkpoint that they are of, + 1
 *  @return KW_OK, KW_E_INPUT naming `key` (no such run, a pruned one, other layers), KW_E_IO, KW_E_NOMEM */
kw_status kw_train_teacher(kw_comm *world, const kw_train_config *config, const char *key, const char *directory,
                           bool rewind, double *weights, double *source);

/** Mean loss of a step's batch, its gradient as the optimiser takes it: clipped, decayed.  g NULL: loss alone.
 *  Counts into the epoch's progress.                                                                       @collective */
kw_status kw_train_step(kw_train *train, uint64_t step, uint64_t evaluation, const double *parameters, double *f, double *g);

/** Before a step or a score: the circuit has the blocks that the progress asks for; mask and teacher are those of the start.
 *  @return KW_OK, KW_E_INPUT (the run that they were taken from has gone on), KW_E_IO (blocks that there are none of),
 *          KW_E_NOMEM                                                                                         @collective */
kw_status kw_train_ready(kw_train *train);

/** theta and the CNN's weights <- generated, without shots or noise of a particular step.                  @collective */
kw_status kw_train_generate(kw_train *train, uint64_t evaluation, const double *parameters);

/** Loss and accuracy of the generated weights on some images; predictions are of this rank's share.        @collective
 *  @param[out] confusion  (classes, classes) true by predicted; may be NULL */
void kw_train_score_images(kw_train *train, const kw_images *images, size_t first, size_t count, kw_train_score *score,
                           double *confusion);

/** Factor of the learning rate.                                                                                  @local */
double kw_train_rate(const kw_train *train);

/** After an epoch: plateau and growing.                                                                          @local */
void kw_train_epoch_done(kw_train *train, double train_loss, double validation_loss);

typedef struct {
    kw_train_score train, validation, test;
    double *confusion; /* (classes, classes) */
    kw_generator_cost cost;
    uint64_t peak_bytes; /* most of any rank */
} kw_train_summary;

/** What result.json holds beside what kw_training_finish adds; NULL without memory.                              @local */
json_t *kw_train_result_json(const kw_train *train, const kw_train_summary *summary);

#endif
