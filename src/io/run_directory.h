/* F3  The directory that a run writes into. */
#ifndef KW_RUN_DIRECTORY_H
#define KW_RUN_DIRECTORY_H

#include "io/config.h"

/** Makes a directory and those above it, where they do not exist.                                               @local
 *  @return KW_OK, KW_E_INPUT (empty path), KW_E_IO */
kw_status kw_run_directory_make(const char *path);

/** Takes the directory for this process, by a lock on dir/lock that dies with it; rank 0 does this for all.       @local
 *  @param[out] lock  to be given back; -1: the file system has no locks, which a warning says
 *  @return KW_OK, KW_E_IO (another run has it: which one; dir/lock is another kind of file) */
kw_status kw_run_directory_lock(const char *dir, int *lock);
/** Gives it back, if it is held, and sets *lock to -1.                                                          @local */
void kw_run_directory_unlock(int *lock);

/** Removes what a run that was cut short left half-written (checkpoint-<number>.h5.tmp, result.json.tmp), and says so;
 * without the lock (-1) nothing. @local */
void kw_run_directory_clean(const char *dir, int lock);

/** Refuses a directory in which an earlier run has left checkpoints.                                            @local
 *  @return KW_OK, KW_E_INPUT (there are some), KW_E_IO */
kw_status kw_run_directory_check_unused(const char *dir);

/** Writes the resolved configuration to dir/config.ini.                                                         @local
 *  @return KW_OK, KW_E_IO */
kw_status kw_run_directory_write_config(const char *dir, const kw_config *config);

#endif
