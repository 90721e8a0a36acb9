/* F5  What a run of Quantum-Train holds.  Numbers that a file does not hold are NaN. */
#ifndef KW_REPORT_TRAIN_H
#define KW_REPORT_TRAIN_H

#include "report/kind.h"

/* X(CONSTANT, "name in metrics.jsonl") of what a row holds behind KW_ROW_COMMON; there is one row per epoch */
#define KW_TRAIN_STEP_LIST(X)                                                                                               \
    X(KW_TRAIN_STEP_EPOCH, "epoch")                                                                                         \
    X(KW_TRAIN_STEP_ACCURACY, "train_accuracy")                                                                             \
    X(KW_TRAIN_STEP_VALIDATION_LOSS, "validation_loss")                                                                     \
    X(KW_TRAIN_STEP_VALIDATION_ACCURACY, "validation_accuracy")                                                             \
    X(KW_TRAIN_STEP_TEST_LOSS, "test_loss")                                                                                 \
    X(KW_TRAIN_STEP_TEST_ACCURACY, "test_accuracy")                                                                         \
    X(KW_TRAIN_STEP_NORM_MOST, "gradient_norm_most")                                                                        \
    X(KW_TRAIN_STEP_NORM_CIRCUIT, "gradient_circuit")                                                                       \
    X(KW_TRAIN_STEP_NORM_MAPPING, "gradient_mapping")                                                                       \
    X(KW_TRAIN_STEP_NORM_COMMON, "gradient_common")                                                                         \
    X(KW_TRAIN_STEP_NORM_CNN, "gradient_cnn")                                                                               \
    X(KW_TRAIN_STEP_RATE, "learning_rate")                                                                                  \
    X(KW_TRAIN_STEP_BLOCKS, "blocks")                                                                                       \
    X(KW_TRAIN_STEP_MEYER_WALLACH, "meyer_wallach")                                                                         \
    X(KW_TRAIN_STEP_PARTICIPATION, "participation")                                                                         \
    X(KW_TRAIN_STEP_IMAGES_PER_SECOND, "images_per_second")

enum { KW_TRAIN_STEP_BEFORE = KW_ROW_OWN - 1, KW_TRAIN_STEP_LIST(KW_KIND_STEP_CONSTANT) };

/* Of a set of images. */
typedef struct {
    double accuracy, loss, images; /* loss: mean cross entropy, natural logarithm */
    double error;                  /* standard error of the accuracy, from the number of images alone */
} kw_train_set;

typedef struct {
    const char *source;           /* of the numbers that the mapping sees; NULL: not said */
    bool generated;               /* by a mapping network: the source is not "weights" */
    double parameters, effective; /* trained; those that can change a weight */
    double angles, weights;       /* of the circuit, of the network */
    double compression;           /* weights / parameters */
    double epochs;                /* trained for */
    double step_ms;               /* mean time of a step */
    double chance, largest;       /* 1 / classes; share of the largest class among the test images */
    const char *only;             /* the one class that every test image is taken for; NULL: there are several */
} kw_train_numbers;

/** @param[in] name  "train", "validation", "test"                                                                @local */
kw_train_set kw_train_set_of(const kw_run *run, const char *name);
/** Texts belong to `run`.                                                                                        @local */
kw_train_numbers kw_train_numbers_of(const kw_run *run);

/** Name for people of the data set; others as they are.  Never NULL.                                             @local */
const char *kw_train_data_name(const kw_run *run);
/** What a source is; NULL: an unknown one.                                                                       @local */
const char *kw_train_source_words(const char *source);

enum { KW_TRAIN_CLASSES = 10 }; /* most classes of a confusion matrix that is shown: those of all data sets */

/** Classes of the confusion matrix; 0: there is none, or it is not whole.                                         @local */
size_t kw_train_classes(const kw_run *run);
/** Test images of class `truth` that are taken for class `answer`, both below kw_train_classes.                   @local */
double kw_train_count(const kw_run *run, size_t truth, size_t answer);
/** Name of a class below KW_TRAIN_CLASSES: the data set's own, else its number.                                   @local */
const char *kw_train_class_name(const kw_run *run, size_t class);

/** Epochs done at row i.                                                                                         @local */
double kw_train_epoch(const kw_run *run, size_t i);

void kw_train_circuit(const kw_run *run, kw_table *table);
void kw_train_headline(const kw_run *run, FILE *out);
void kw_train_compare(const kw_run *run, kw_table *table);
void kw_train_tiles(const kw_run *run, FILE *out);
void kw_train_results(const kw_run *run, FILE *out);
void kw_train_lists(const kw_run *run, FILE *out);

bool kw_train_draw_loss(const kw_run *run, FILE *out);
bool kw_train_draw_accuracy(const kw_run *run, FILE *out);
bool kw_train_draw_gradients(const kw_run *run, FILE *out);
bool kw_train_draw_entanglement(const kw_run *run, FILE *out);
bool kw_train_draw_schedule(const kw_run *run, FILE *out);

/** The kernels of the first layer as one picture each; nothing if the run has none.                              @local */
void kw_train_filters(const kw_run *run, FILE *out);

#endif
