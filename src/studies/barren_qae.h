/* F5  Inside of the study of plateaus: its rows and what they say. */
#ifndef KW_BARREN_QAE_H
#define KW_BARREN_QAE_H

#include "studies/study.h"

/** Rows of the study.                                                                                      @collective */
kw_status kw_barren_qae_run(kw_sweep *sweep);
/** Findings of its rows.                                                                                         @local */
void kw_barren_qae_conclude(const json_t *rows, json_t *findings);

#endif
