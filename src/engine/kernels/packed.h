/* F2  Packed amplitudes: block floating point in runs of 32 amplitudes, and the way between them and single precision.
 *
 *   run r:   amplitude 32 r + k = gain * scale_r * (re_k + i im_k)        k = 0 ... 31
 *   parts    per run 32 real parts, then 32 imaginary parts: int16_t or int8_t
 *   scales   per run the upper half of a float (bfloat16); 0: the run is zero, whatever its parts say
 *
 * A run's scale is its largest part / 32767 (or 127), rounded up.  Writing rounds each part to an integer, to the nearest
 * one or stochastically, and adds up what was lost. */
#ifndef KW_PACKED_H
#define KW_PACKED_H

#include <complex.h>
#include <stdbool.h>
#include <stdint.h>

#include "ketwall/gate.h"

enum { KW_RUN_BITS = 5, KW_RUN = 1 << KW_RUN_BITS };

#define KW_TALLY_UNIT                                                                                                       \
    0x1p-60 /* sums are kept in integers of this unit: they do not depend on the order of threads;                          \
             * UINT64_MAX: they are too large, or not numbers */

typedef struct {
    void *parts;
    uint16_t *scales;
    double gain;
    bool stochastic;
    uint64_t key;   /* of this write's random numbers */
    uint64_t noise; /* |e|^2 of what was written since this write began, in units */
    uint64_t norm;  /* |psi|^2 of the same */
} kw_packed;

/* Of one storage kind and kernel set.  Runs come behind each other, or as blocks of a pass hold them: first | s for the
 * subsets s of `path` in turn.  Blocks are those of tiles.h in single precision, whose
 * sweeps load packed amplitudes themselves. */
typedef struct {
    /* runs <- factor * block */
    void (*pack_block)(kw_packed *psi, uint64_t first, uint64_t path, const void *block, kw_complex factor);
    /* pairs (re, im) of `count` whole runs */
    void (*unpack)(const kw_packed *psi, uint64_t first, uint64_t count, float *pairs);
    void (*pack)(kw_packed *psi, uint64_t first, uint64_t count, const float *pairs);
} kw_codec;

#endif
