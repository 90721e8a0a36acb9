/* How the amplitudes of a state are stored, and what storing them costs in fidelity.
 *
 *   double, single   complex128, complex64: 16 and 8 bytes per amplitude
 *   s16, s8          block floating point: two int16 or int8 per amplitude, one scale per run of 32 amplitudes: 4.06 and
 *                    2.06 bytes.  Gates are computed in single precision, block by block in the cache, so that an amplitude
 *                    is rounded once per pass through memory, not once per gate. */
#ifndef KETWALL_PRECISION_H
#define KETWALL_PRECISION_H

#include <stdbool.h>

#include "ketwall/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { KW_DOUBLE, KW_SINGLE, KW_S16, KW_S8 } kw_precision;
enum { KW_PRECISIONS = 4 };
#define KW_PRECISION_NAMES "double single s16 s8"
#define KW_PRECISION_LIST  "double, single, s16, s8"

/** "double", "single", "s16", "s8".                                                                              @local */
const char *kw_precision_name(kw_precision precision);

/** The precision of a name.                                                                                      @local
 *  @return KW_OK, KW_E_INPUT naming the four */
kw_status kw_precision_parse(const char *name, kw_precision *out);

/** s16 and s8: integers with a scale per run.                                                                    @local */
static inline bool kw_precision_is_packed(kw_precision precision) { return precision >= KW_S16; }

/** What its gates are computed in: double for double, single for all others.                                     @local */
static inline kw_precision kw_precision_of_gates(kw_precision precision) {
    return precision == KW_DOUBLE ? KW_DOUBLE : KW_SINGLE;
}

/* Rounding of packed amplitudes.  Nearest has the least noise, but swallows steps smaller than half a unit of the last
 * place; stochastic rounding (up with the probability of the fraction) has twice the noise and no such dead band.  Auto:
 * stochastic for plans of many passes that each change the state little, nearest for all others. */
typedef enum { KW_ROUND_AUTO, KW_ROUND_NEAREST, KW_ROUND_STOCHASTIC } kw_rounding;
#define KW_ROUNDING_NAMES "auto nearest stochastic"
#define KW_ROUNDING_LIST  "auto, nearest, stochastic"

/** "auto", "nearest", "stochastic".                                                                              @local */
const char *kw_rounding_name(kw_rounding rounding);

/** The rounding of a name.                                                                                       @local
 *  @return KW_OK, KW_E_INPUT naming the three */
kw_status kw_rounding_parse(const char *name, kw_rounding *out);

/** What storage has cost: 1 - F against the state of exact storage, F = |<exact|stored>|^2 / <stored|stored>.
 *  With e_p the rounding errors of write p, measured as they are made:
 *    estimate  sum_p |e_p|^2        errors of different writes are independent
 *    bound     (sum_p |e_p|)^2      always, rounding of the arithmetic in single precision apart
 *  Both 0 for double and single. */
typedef struct {
    double estimate, bound;
} kw_infidelity;

#ifdef __cplusplus
}
#endif
#endif
