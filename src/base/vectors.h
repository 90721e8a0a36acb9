/* F0  Vectors of one kernel set and precision: W lanes, and the same shuffles for every width.  Compiled per instruction set
 * (KW_SET, KW_VECTOR_BYTES) and precision (KW_SCALAR, KW_DOUBLE_WIDE). */
#ifndef KW_VECTORS_H
#define KW_VECTORS_H

#define KW_PASTE3(a, b, c)   a##_##b##_##c
#define KW_SET_NAME(a, b, c) KW_PASTE3(a, b, c) /* of what exists once per set and precision: name_set_scalar */

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
enum { W = LANES };
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

#define EVEN(i) (2 * (i))
#define ODD(i)  (2 * (i) + 1)

ALWAYS_INLINE vec all(real x) { return x - (vec){0}; }
ALWAYS_INLINE vec blend(vec a, vec b, ivec take_b) { return (vec)(((ivec)a & ~take_b) | ((ivec)b & take_b)); }

#endif
