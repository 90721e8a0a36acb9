/* F6  The rows of a study on the terminal. */
#ifndef KW_STUDY_TABLE_H
#define KW_STUDY_TABLE_H

#include "studies/study.h"

/** Prints groups of rows with means and deviations over the seeds, then the findings.
 *  @return KW_OK, KW_E_NOMEM                                                                                     @local */
kw_status kw_study_print(const kw_study *study, const json_t *result);

#endif
