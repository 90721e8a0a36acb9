/* F6  Words that several verbs read in the same way. */
#ifndef KW_REQUEST_H
#define KW_REQUEST_H

#include "cli/options.h"
#include "ketwall/run.h"
#include "models/infidelity.h"

/** "0,5,7"; the array is the caller's to free, also on failure.
 *  @param[in] what  what was expected, for messages      @return KW_OK, KW_E_ARG, KW_E_NOMEM                     @local */
kw_status kw_read_list(const char *name, const char *text, const char *what, uint64_t **indices, size_t *count);

/** Seconds, from 0 to 1e9; where the option is not given, *seconds stays.      @return KW_OK, KW_E_ARG            @local */
kw_status kw_read_seconds(const kw_words *words, const char *name, double *seconds);

/** --precision; where it is not given, *precision stays.      @return KW_OK, KW_E_ARG                             @local */
kw_status kw_read_precision(const kw_words *words, kw_precision *precision);

/* Rows of the option tables. */
#define KW_PRECISION_WORDS "double|single|s16|s8"
#define KW_PRECISION_ARGUMENT(of)                                                                                           \
    { "--precision", NULL, KW_ARGUMENT_VALUE, KW_PRECISION_WORDS, of "16, 8, 4 or 2 bytes per amplitude (default: double)" }
#define KW_ROUNDING_ARGUMENTS(of)                                                                                           \
    {"--rounding", NULL, KW_ARGUMENT_VALUE, "auto|nearest|stochastic", of "how s16 and s8 round (default: auto)"}, {        \
        "--max-infidelity", NULL, KW_ARGUMENT_VALUE, "X",                                                                   \
            of "most that rounding may cost (default: " KW_MAX_INFIDELITY "; 0: any)"                                       \
    }

/** --shots, --observable, --amplitudes, --precision, --rounding and --max-infidelity of a circuit.  The amplitudes' indices
 * are the caller's to free, also on failure.                                                @return KW_OK, KW_E_ARG,
 * KW_E_NOMEM                @local */
kw_status kw_read_run_request(const kw_words *words, kw_run_request *request, uint64_t **amplitudes);

#endif
