/* F4  Overlaps of state vectors that stand in memory as a whole. */
#ifndef KW_OVERLAP_H
#define KW_OVERLAP_H

#include <complex.h>
#include <stddef.h>

#include "ketwall/gate.h"

/** <a|b>                                                                                                          @local */
static inline kw_complex kw_vector_inner(const kw_complex *a, const kw_complex *b, size_t dimension) {
    kw_complex sum = 0;
    for (size_t i = 0; i < dimension; ++i) sum += conj(a[i]) * b[i];
    return sum;
}

/** |<a|b>|^2                                                                                                      @local */
static inline double kw_vector_fidelity(const kw_complex *a, const kw_complex *b, size_t dimension) {
    const kw_complex inner = kw_vector_inner(a, b, dimension);
    return creal(inner) * creal(inner) + cimag(inner) * cimag(inner);
}

#endif
