/* F3  Checkpoints of learning runs: one sealed HDF5 file per saved step; the newest good one is found on resume.
 *
 *   /                    format, format_version, kind, created_utc
 *   /provenance          json
 *   /config              ini: the resolved configuration
 *   /quantum             qubits, qubit_order, rz_convention, cost_table; parameters (P) [rad]
 *   /optimizer           name; state (S): header, point, moments or evaluation log
 *   /progress            step, seed, cost; system: what else the learning system carries from step to step (S)
 *   /history             columns; table (T x columns) */
#ifndef KW_CHECKPOINT_H
#define KW_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "io/checkpoint_files.h"
#include "io/sealed.h"

#define KW_CHECKPOINT_VERSION 4 /* 1 had no /progress/system, 1 and 2 knew no circuits, 1 to 3 no packed amplitudes */

typedef struct {
    char *kind; /* "qae" */
    int64_t n_qubits, step, seed;
    double cost;
    char *config;     /* "key = value" lines */
    char *provenance; /* JSON */
    char *cost_table; /* kernels and block size that the plan was made for */
    char *optimiser;
    char *columns; /* names of the history's columns, separated by spaces */
    double *parameters, *optimiser_state, *system_state, *history;
    size_t n_parameters, n_optimiser_state, n_system_state, n_history; /* numbers */
    char *path;                                                        /* where it was read from; not written */
} kw_checkpoint;

/** Writes dir/checkpoint-<step>.h5; what has to go then, goes.                                              @collective
 *  @param[in,out] series  of rank 0
 *  @return KW_OK, KW_E_IO (the earlier checkpoints stay) */
kw_status kw_checkpoint_write(kw_comm *comm, const char *dir, const kw_checkpoint *checkpoint, kw_checkpoint_series *series);

/** Reads one file on every rank.                                                                           @collective
 *  @return KW_OK, KW_E_IO (missing, damaged, newer, fields that contradict each other), naming the file */
kw_status kw_checkpoint_read(kw_comm *comm, const char *path, kw_checkpoint **out);
void kw_checkpoint_destroy(kw_checkpoint **checkpoint);

/** Reads the newest good checkpoint of a directory; damaged ones are named on stderr and passed over.      @collective
 *  @param[out] out   NULL if the directory holds no checkpoint at all
 *  @return KW_OK, KW_E_IO (there are checkpoints, but none is good) */
kw_status kw_checkpoint_latest(kw_comm *comm, const char *dir, kw_checkpoint **out);

/** Checks the digest.                                                                                           @local */
kw_status kw_checkpoint_verify(const char *path);

/** One line, or everything but the arrays; of state files one line.  The digest is checked first.                @local */
kw_status kw_checkpoint_print(const char *path, FILE *out, bool long_form);

/* What checkpoints of all kinds share. */

/** Writes dir/checkpoint-<number>.h5: head, what `fill` writes, seal; tells what took long; what has to go then, goes.
 *  @param[in] cost  NaN: it has none   @param[in,out] series  of rank 0                                     @collective
 *  @return KW_OK, KW_E_IO (the earlier checkpoints stay), or what `fill` returns */
typedef kw_status (*kw_checkpoint_fill)(const void *context, kw_sealed *file);
kw_status kw_checkpoint_put(kw_comm *comm, const char *dir, int64_t number, double cost, kw_checkpoint_fill fill,
                            const void *context, kw_checkpoint_series *series);
/** @return KW_OK, KW_E_IO (not a checkpoint, newer than this program: both are named)                       @collective */
kw_status kw_checkpoint_read_head(kw_sealed *file, const char *path, int64_t *version);

#endif
