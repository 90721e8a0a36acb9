/* F6  Words that several verbs read in the same way. */
#ifndef KW_REQUEST_H
#define KW_REQUEST_H

#include "cli/options.h"
#include "ketwall/run.h"

/** "0,5,7"; the array is the caller's to free, also on failure.
 *  @param[in] what  what was expected, for messages      @return KW_OK, KW_E_ARG, KW_E_NOMEM                     @local */
kw_status kw_read_list(const char *name, const char *text, const char *what, uint64_t **indices, size_t *count);

/** --shots, --observable, --amplitudes and --precision of a circuit.  The amplitudes' indices are the caller's to free, also
 *  on failure.                                                @return KW_OK, KW_E_ARG, KW_E_NOMEM                @local */
kw_status kw_read_run_request(const kw_words *words, kw_run_request *request, uint64_t **amplitudes);

#endif
