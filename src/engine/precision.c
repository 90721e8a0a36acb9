/* F2  Names of storage kinds and roundings. */
#include "ketwall/precision.h"

#include <string.h>

#include "base/error.h"

static const char *const precisions[] = {"double", "single", "s16", "s8"};
static const char *const roundings[] = {"auto", "nearest", "stochastic"};

const char *kw_precision_name(kw_precision precision) { return precisions[precision]; }
const char *kw_rounding_name(kw_rounding rounding) { return roundings[rounding]; }

kw_status kw_precision_parse(const char *name, kw_precision *out) {
    for (int p = 0; p < KW_PRECISIONS; ++p)
        if (!strcmp(name, precisions[p])) {
            *out = (kw_precision)p;
            return KW_OK;
        }
    return kw_fail(KW_E_INPUT, "precision \"%.60s\": expected one of " KW_PRECISION_LIST, name);
}

kw_status kw_rounding_parse(const char *name, kw_rounding *out) {
    for (int r = KW_ROUND_AUTO; r <= KW_ROUND_STOCHASTIC; ++r)
        if (!strcmp(name, roundings[r])) {
            *out = (kw_rounding)r;
            return KW_OK;
        }
    return kw_fail(KW_E_INPUT, "rounding \"%.60s\": expected one of " KW_ROUNDING_LIST, name);
}
