/* F4  Inside of a learning run. */
#ifndef KW_TRAINING_INTERNAL_H
#define KW_TRAINING_INTERNAL_H

#include <stdio.h>

#include "base/stop.h"
#include "io/checkpoint.h"
#include "models/training.h"

#define KW_PATH_BYTES 4096

struct kw_training {
    kw_comm *world;
    const kw_config *source;
    kw_training_config config;
    kw_training_model model;
    void *system; /* of the model's functions */
    kw_optimiser *optimiser;
    size_t n_parameters;
    double *state; /* (model.state_numbers) */
    char *config_text, *provenance_text;
    json_t *provenance;
    double *history; /* (rows x model.row_numbers) */
    size_t rows, row_capacity;
    double started, earlier_seconds, last_checkpoint; /* clock [s]; seconds of the runs before */
    double gradient_norm;
    kw_stop stop;
    kw_checkpoint_series checkpoints; /* rank 0 */
    int lock;                         /* rank 0: of run.dir; -1: not held */
    FILE *metrics;                    /* rank 0 */
    char metrics_path[KW_PATH_BYTES];
    /* progress line */
    bool terminal;
    double training_started, spoke; /* clock [s] */
    uint64_t first_step;
};

static inline bool kw_training_is_root(const kw_training *t) { return kw_comm_rank(t->world) == 0; }

/** Appends a row to the history, and on rank 0 to the metrics.                    @return KW_OK, KW_E_NOMEM, KW_E_IO */
kw_status kw_training_add_row(kw_training *training, const double *row);

/** Writes the checkpoint of the current step.                                                              @collective */
kw_status kw_training_save(kw_training *training);

/** Goes on from a checkpoint, or writes the first one.                                                     @collective */
kw_status kw_training_start(kw_training *training, const char *resume);

#endif
