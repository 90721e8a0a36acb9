/* F3  The checkpoint files of a directory: their names, which of them stay, and the newest good one. */
#ifndef KW_CHECKPOINT_FILES_H
#define KW_CHECKPOINT_FILES_H

#include <stdint.h>

#include "ketwall/comm.h"

#define KW_CHECKPOINT_PATH_BYTES 4096

/** What a run knows of its checkpoints. */
typedef struct {
    int last;     /* so many of the newest stay */
    int64_t best; /* and that of the lowest cost; -1: none has a cost yet */
    double best_cost;
    uint64_t written, bytes; /* since the start of the process */
    double seconds;          /* of writing, flushing and verifying them */
} kw_checkpoint_series;

/** Looks at the costs of those that are there.                                                                   @local */
void kw_checkpoint_series_begin(const char *dir, int last, kw_checkpoint_series *series);

/** A checkpoint of `step` was written: those up to it that need not stay are removed; later ones, left by a history that was
 *  given up, are not ours to remove.
 *  @param[in] cost  NaN: it has none                                                                             @local */
void kw_checkpoint_series_add(const char *dir, int64_t step, double cost, kw_checkpoint_series *series);

/** dir/checkpoint-<step>.h5                                               @return KW_OK, KW_E_IO (too long)        @local */
kw_status kw_checkpoint_path(const char *dir, int64_t step, char path[KW_CHECKPOINT_PATH_BYTES]);

/** The last step that a directory has a file of, good or damaged; -1: none.                                     @local */
int64_t kw_checkpoint_last_step(const char *dir);

/** Calls `read` with the files of a directory, the newest first, until one can be read; damaged ones (KW_E_IO) are
 *  named on stderr and passed over. @collective
 *  @param[out] found  false: there is no file at all
 *  @return KW_OK, KW_E_IO (there are files, but none is good), or what else `read` returns */
typedef kw_status (*kw_checkpoint_reader)(void *context, kw_comm *comm, const char *path);
kw_status kw_checkpoint_newest(kw_comm *comm, const char *dir, kw_checkpoint_reader read, void *context, bool *found);

#endif
