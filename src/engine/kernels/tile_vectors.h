/* F2  Vectors of one kernel set and precision, for the tile kernels: W lanes, and the same shuffles for every width.
 * Compiled per instruction set (KW_SET, KW_VECTOR_BYTES, KW_TILE_BITS) and precision (KW_SCALAR). */
#ifndef KW_TILE_VECTORS_H
#define KW_TILE_VECTORS_H

#include "engine/kernels/tiles.h"

#define KW_PASTE3(a, b, c)    a##_##b##_##c
#define KW_TILE_NAME(a, b, c) KW_PASTE3(a, b, c)
#define KW_TILES              KW_TILE_NAME(kw_tiles, KW_SET, KW_SCALAR)
#define KW_DENSE_RUN          KW_TILE_NAME(kw_dense_run, KW_SET, KW_SCALAR)
#define KW_MULTIPLY_ADD       KW_TILE_NAME(kw_multiply_add, KW_SET, KW_SCALAR)

#if KW_DOUBLE_WIDE
#    define SCALAR_BYTES 8
#else
#    define SCALAR_BYTES 4
#endif
#define LANES (KW_VECTOR_BYTES / SCALAR_BYTES)
#if LANES == 2
#    define W_LANE_BITS 1
#elif LANES == 4
#    define W_LANE_BITS 2
#elif LANES == 8
#    define W_LANE_BITS 3
#else
#    define W_LANE_BITS 4
#endif

typedef KW_SCALAR real;
enum { W = LANES, UNITS = 1 << KW_TILE_BITS };
typedef real vec __attribute__((vector_size(KW_VECTOR_BYTES)));
typedef __typeof__((vec){0} < (vec){0}) ivec; /* integers of the scalar's width */

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define UNROLL        _Pragma("GCC unroll 16")
#ifdef __AVX2__
#    define KEEP(a, b) __asm__ volatile("" : "+v"(a), "+v"(b))
#else
#    define KEEP(a, b) (void)0
#endif

/* ---- lanes: the same shuffle for every precision and width, from lists of indices ---- */

#if LANES == 2
#    define LIST(F) F(0), F(1)
#elif LANES == 4
#    define LIST(F) F(0), F(1), F(2), F(3)
#elif LANES == 8
#    define LIST(F) F(0), F(1), F(2), F(3), F(4), F(5), F(6), F(7)
#else
#    define LIST(F) F(0), F(1), F(2), F(3), F(4), F(5), F(6), F(7), F(8), F(9), F(10), F(11), F(12), F(13), F(14), F(15)
#endif
#define SHUFFLE(a, b, F) __builtin_shufflevector(a, b, LIST(F))

#define EVEN(i)      (2 * (i))
#define ODD(i)       (2 * (i) + 1)
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

ALWAYS_INLINE vec all(real x) { return x - (vec){0}; }
ALWAYS_INLINE vec blend(vec a, vec b, ivec take_b) { return (vec)(((ivec)a & ~take_b) | ((ivec)b & take_b)); }

/* The next subset of the bits of `set`; behind the last one 0. */
ALWAYS_INLINE uint64_t next_subset(uint64_t subset, uint64_t set) { return ((subset | ~set) + 1) & set; }

/* ---- the files of one set and precision ---- */

extern const kw_tile_kernels KW_TILES;
void KW_DENSE_RUN(void *block, const kw_dense *dense);
double KW_MULTIPLY_ADD(uint64_t rounds);

#endif
