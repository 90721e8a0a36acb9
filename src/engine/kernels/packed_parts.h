/* F2  The integers of packed amplitudes as vectors; compiled per instruction set, in single precision.
 *
 * Where part k of run r stands among the parts is 64 r + k for a real one: 2 a - k of amplitude a = 32 r + k, which adds up
 * over amplitudes whose bits do not meet. */
#ifndef KW_PACKED_PARTS_H
#define KW_PACKED_PARTS_H

#include <string.h>
#ifdef __AVX2__
#    include <immintrin.h>
#endif

#include "base/vectors.h"
#include "engine/kernels/packed.h"

typedef int16_t shorts __attribute__((vector_size(2 * W), aligned(2), may_alias));
typedef int8_t chars __attribute__((vector_size(W), aligned(1), may_alias));
typedef int32_t ints __attribute__((vector_size(KW_VECTOR_BYTES)));

ALWAYS_INLINE float scale_of(uint16_t upper) {
    const uint32_t bits = (uint32_t)upper << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* W integers of `bytes` each; gcc 12 finds longer ways from the vector types alone. */
ALWAYS_INLINE ints integers_at(const char *from, int bytes) {
#if defined __AVX512F__
    if (bytes == 2) return (ints)_mm512_cvtepi16_epi32(_mm256_loadu_si256((const __m256i_u *)(const void *)from));
    return (ints)_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i_u *)(const void *)from));
#elif defined __AVX2__
    if (bytes == 2) return (ints)_mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i_u *)(const void *)from));
    return (ints)_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i_u *)(const void *)from));
#else
    if (bytes == 2) return __builtin_convertvector(*(const shorts *)(const void *)from, ints);
    return __builtin_convertvector(*(const chars *)(const void *)from, ints);
#endif
}

#endif
