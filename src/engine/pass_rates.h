/* F2  Measured rates of passes. */
#ifndef KW_PASS_RATES_H
#define KW_PASS_RATES_H

#include "engine/machine.h"

/** Seconds per unit of every KW_PASS_*, on one core, in double or single precision.  Memory: a state of 4 MiB (single: 2)
 * meanwhile.            @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_pass_rates_measure(kw_precision precision, double out[KW_PASS_RATES]);

/** That of KW_PASS_BLOCK alone, of any kind of amplitudes.                                                        @local */
kw_status kw_block_rate_measure(kw_precision precision, double *out);

#endif
