/* F2  Vectors of one kernel set and precision, for the tile kernels: W lanes, and the same shuffles for every width.
 * Compiled per instruction set (KW_SET, KW_VECTOR_BYTES, KW_TILE_BITS) and precision (KW_SCALAR). */
#ifndef KW_TILE_VECTORS_H
#define KW_TILE_VECTORS_H

#include "base/vectors.h"
#include "engine/kernels/tiles.h"

#define KW_TILES        KW_SET_NAME(kw_tiles, KW_SET, KW_SCALAR)
#define KW_DENSE_RUN    KW_SET_NAME(kw_dense_run, KW_SET, KW_SCALAR)
#define KW_MULTIPLY_ADD KW_SET_NAME(kw_multiply_add, KW_SET, KW_SCALAR)

enum { UNITS = 1 << KW_TILE_BITS };

#define LOWER(i)     (((i) >> 1) + ((i)&1) * W)
#define UPPER(i)     (((i) >> 1) + ((i)&1) * W + W / 2)
#define CROSSED_0(i) ((i) ^ 1)
#define CROSSED_1(i) ((i) ^ 2)
#define CROSSED_2(i) ((i) ^ 4)
#define CROSSED_3(i) ((i) ^ 8)

ALWAYS_INLINE vec crossed(vec v, int q) {
    switch (q) {
    case 0: return SHUFFLE(v, v, CROSSED_0);
#if W_LANE_BITS > 1
    case 1: return SHUFFLE(v, v, CROSSED_1);
#endif
#if W_LANE_BITS > 2
    case 2: return SHUFFLE(v, v, CROSSED_2);
#endif
#if W_LANE_BITS > 3
    case 3: return SHUFFLE(v, v, CROSSED_3);
#endif
    default: return v;
    }
}

/* The next subset of the bits of `set`; behind the last one 0. */
ALWAYS_INLINE uint64_t next_subset(uint64_t subset, uint64_t set) { return ((subset | ~set) + 1) & set; }

/* ---- the files of one set and precision ---- */

extern const kw_tile_kernels KW_TILES;
void KW_DENSE_RUN(void *block, const kw_dense *dense);
double KW_MULTIPLY_ADD(uint64_t rounds);

#endif
