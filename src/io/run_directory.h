/* F3  The directory that a run writes into. */
#ifndef KW_RUN_DIRECTORY_H
#define KW_RUN_DIRECTORY_H

#include "io/config.h"

/** Makes a directory and those above it, where they do not exist.                                               @local
 *  @return KW_OK, KW_E_INPUT (empty path), KW_E_IO */
kw_status kw_run_directory_make(const char *path);

/** Refuses a directory in which an earlier run has left checkpoints.                                            @local
 *  @return KW_OK, KW_E_INPUT (there are some), KW_E_IO */
kw_status kw_run_directory_check_unused(const char *dir);

/** Writes the resolved configuration to dir/config.ini.                                                         @local
 *  @return KW_OK, KW_E_IO */
kw_status kw_run_directory_write_config(const char *dir, const kw_config *config);

#endif
