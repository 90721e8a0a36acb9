/* F6  Words that several verbs read in the same way. */
#ifndef KW_REQUEST_H
#define KW_REQUEST_H

#include "cli/options.h"
#include "models/circuit_run.h"

/** --shots, --observable, --amplitudes and --precision of a circuit.  The amplitudes' indices are the caller's to free, also
 *  on failure.                                                                                                   @local
 *  @return KW_OK, KW_E_ARG, KW_E_NOMEM */
kw_status kw_read_run_request(const kw_words *words, kw_run_request *request, uint64_t **indices);

#endif
