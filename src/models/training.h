/* F4  The run of a learning system: directory, resume, loop over optimiser steps, checkpoints, metrics, results.
 *
 *   run.dir:  config.ini   metrics.jsonl (one row per step)   checkpoint-<step>.h5   result.json (at the end) */
#ifndef KW_TRAINING_H
#define KW_TRAINING_H

#include <jansson.h>

#include "io/checkpoint_files.h"
#include "ketwall/comm.h"
#include "models/need.h"
#include "models/training_config.h"

typedef struct {
    const char *resume;  /* NULL: start anew; "auto": newest good checkpoint of run.dir, if any; else a file */
    const char *mpi;     /* version of the MPI library, for the provenance */
    const char *command; /* command line, likewise */
} kw_training_request;

/* Every row of the history begins with these; NaN: not measured at that step. */
enum { KW_ROW_STEP, KW_ROW_SECONDS, KW_ROW_COST, KW_ROW_GRADIENT_NORM, KW_ROW_OWN };
#define KW_ROW_COMMON "step seconds cost gradient_norm"

/* A learning system as its run sees it.  All functions are collective. */
typedef struct {
    const char *kind;    /* verb: "qae" */
    const char *columns; /* names of all numbers of a row, KW_ROW_COMMON first, separated by spaces */
    size_t row_numbers;
    int n_qubits;
    uint64_t row_every; /* steps of one row; 0: 1 */
    bool save_rows;     /* a checkpoint with every row, beside those of run.checkpoint_every_s */
    /* start point (p); NULL: that of the ansatz */
    void (*start)(const void *context, double *theta);
    const void *start_context;
    /* cost over the training set, keyed by `evaluation` if it is measured by shots; exact cost and gradient (p) */
    kw_status (*value)(void *model, uint64_t evaluation, const double *theta, double *f);
    kw_status (*gradient)(void *model, uint64_t evaluation, const double *theta, double *f, double *g);
    double (*rate)(const void *model); /* factor of the learning rate; NULL: 1 */
    /* row[KW_ROW_OWN...] of the point just evaluated; whole: also what only full evaluations give */
    kw_status (*row)(void *model, const double *theta, bool whole, double *row);
    /* what the progress line says of a row; NULL: of a step in between */
    void (*speak)(const void *model, const double *row, char *text, size_t bytes);
    /* what it carries from step to step beside its parameters, for checkpoints; at the start all 0 */
    size_t state_numbers;
    void (*save_state)(const void *model, double *state);
    void (*restore_state)(void *model, const double *state);
} kw_training_model;

typedef struct kw_training kw_training;

/** Checks run.dir, goes on from a checkpoint or writes the first one, so that even a run cut short in its set-up can be
 *  resumed.                                                                                                @collective
 *  @param[in] parameters  p
 *  @return KW_OK, KW_E_INPUT (the directory holds another run, the checkpoint was made with other values), KW_E_IO,
 *          KW_E_NOMEM */
kw_status kw_training_create(kw_comm *world, const kw_config *source, const kw_training_config *config,
                             const kw_training_request *request, const kw_training_model *model, int parameters,
                             kw_training **out);
void kw_training_destroy(kw_training **training);

/** Cost and gradient evaluations of the run so far; whether its start was made before: it goes on from a checkpoint of a
 * later step.                        @local */
uint64_t kw_training_evaluations(const kw_training *training);
bool kw_training_resumed(const kw_training *training);

/** Minimises.  After every step the ranks agree whether they were asked to stop (see base/stop.h: SIGUSR1, SIGTERM, the file
 *  run.dir/stop, run.max_wall_s).  The last checkpoint holds the end point.                                @collective
 *  @return KW_OK, KW_E_STOPPED (a checkpoint is there), KW_E_INTERNAL (cost or gradient is no number), KW_E_IO, or what the
 *          model returns */
kw_status kw_training_run(kw_training *training, void *model);

const double *kw_training_theta(const kw_training *training); /* (p); start, best or last point */

/** Adds to `result`, on rank 0, what every result holds (steps, evaluations, seconds, gradient_norm, threads,
 *  resident_bytes, provenance) and writes run.dir/result.json.  Elsewhere `result` is NULL.                @collective
 *  @return KW_OK, KW_E_NOMEM (rank 0: result is NULL), KW_E_IO */
kw_status kw_training_finish(kw_training *training, json_t *result);

/** What a rank may use [bytes]: as configured, or its share of the node; the least of all ranks.           @collective */
uint64_t kw_training_memory(kw_comm *world, const kw_training_config *config);

/** Sets a number of a JSON object; one that is not finite is left out.  Byte counts above 2^63 - 1 become reals. @local */
void kw_json_set(json_t *object, const char *name, double value);
json_t *kw_json_count(uint64_t value);
json_t *kw_json_need(const kw_need *need);
json_t *kw_json_checkpoints(const kw_checkpoint_series *series);

#endif
