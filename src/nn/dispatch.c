/* F2  The network kernels that go with the engine's. */
#include <string.h>

#include "engine/kernels/kernels.h"
#include "nn/kernels/lanes.h"

extern const kw_lanes_table kw_lanes_ref_double, kw_lanes_ref_float;
#ifdef __x86_64__
extern const kw_lanes_table kw_lanes_avx2_double, kw_lanes_avx2_float, kw_lanes_avx512_double, kw_lanes_avx512_float;
#endif

const kw_lanes_table *kw_lanes(kw_precision precision) {
#ifdef __x86_64__
    const char *name = kw_kernels_name();
    if (!strcmp(name, "avx512")) return precision == KW_DOUBLE ? &kw_lanes_avx512_double : &kw_lanes_avx512_float;
    if (!strcmp(name, "avx2")) return precision == KW_DOUBLE ? &kw_lanes_avx2_double : &kw_lanes_avx2_float;
#endif
    return precision == KW_DOUBLE ? &kw_lanes_ref_double : &kw_lanes_ref_float;
}
