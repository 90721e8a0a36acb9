/* F3  What must hold between the fields of a checkpoint, whoever wrote it. */
#ifndef KW_CHECKPOINT_CHECK_H
#define KW_CHECKPOINT_CHECK_H

#include "io/checkpoint.h"

/** Counts in their range, a history of whole rows, finite numbers.
 *  @return KW_OK, KW_E_IO naming the file and the field                                                         @local */
kw_status kw_checkpoint_check(const kw_checkpoint *checkpoint, const char *path);

#endif
