/* F6  Words that several verbs read in the same way. */
#ifndef KW_REQUEST_H
#define KW_REQUEST_H

#include "cli/options.h"
#include "ketwall/run.h"

/** "0,5,7"; the array is the caller's to free, also on failure.
 *  @param[in] what  what was expected, for messages      @return KW_OK, KW_E_ARG, KW_E_NOMEM                     @local */
kw_status kw_read_list(const char *name, const char *text, const char *what, uint64_t **indices, size_t *count);

/** Seconds, from 0 to 1e9; where the option is not given, *seconds stays.      @return KW_OK, KW_E_ARG            @local */
kw_status kw_read_seconds(const kw_words *words, const char *name, double *seconds);

/** --shots, --observable, --amplitudes and --precision of a circuit.  The amplitudes' indices are the caller's to free, also
 *  on failure.                                                @return KW_OK, KW_E_ARG, KW_E_NOMEM                @local */
kw_status kw_read_run_request(const kw_words *words, kw_run_request *request, uint64_t **amplitudes);

#endif
