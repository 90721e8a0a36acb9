/* F2  Between packed amplitudes and single precision, run by run; compiled once per instruction set.  The loops over a run
 * have constant bounds, so that compilers turn them into vectors. */
#include <math.h>
#include <string.h>

#ifdef __AVX2__
#    include <immintrin.h>
#endif

#include "engine/kernels/packed_parts.h"
#include "engine/kernels/tile_vectors.h"

#define KW_CODEC_S16 KW_SET_NAME(kw_codec, KW_SET, s16)
#define KW_CODEC_S8  KW_SET_NAME(kw_codec, KW_SET, s8)
extern const kw_codec KW_CODEC_S16, KW_CODEC_S8;

enum { AHEAD = 8 /* runs that are asked for before they are needed */, BATCH = 16 /* runs */, LINE_BYTES = 64 };
#define LEAST 0x1p-100F /* runs whose parts are all smaller are zero */

/* Rounded here, not fused with what is added to it: every set finds the same integers. */
#ifdef __AVX2__
#    define ROUNDED(x) __asm__("" : "+v"(x))
#else
#    define ROUNDED(x) (void)0
#endif

/* What one kind is made of; bytes: of a part. */
#define MOST_OF(bytes)   ((bytes) == 2 ? 32767 : 127)
#define RUN_BYTES(bytes) ((uint64_t)(2 * KW_RUN * (bytes)))
enum { VECTORS = 2 * KW_RUN / W /* of a run's parts */ };

typedef uint32_t words __attribute__((vector_size(KW_VECTOR_BYTES)));

ALWAYS_INLINE uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

ALWAYS_INLINE float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Their lowest bits alone. */
ALWAYS_INLINE void put_integers(char *to, int bytes, ints q) {
#ifdef __AVX512F__
    if (bytes == 2) _mm256_storeu_si256((__m256i_u *)(void *)to, _mm512_cvtepi32_epi16((__m512i)q));
    else _mm_storeu_si128((__m128i_u *)(void *)to, _mm512_cvtepi32_epi8((__m512i)q));
#else
    if (bytes == 2) *(shorts *)(void *)to = __builtin_convertvector(q, shorts);
    else *(chars *)(void *)to = __builtin_convertvector(q, chars);
#endif
}

/* Vector i of the parts of a run: real parts, then imaginary ones. */
ALWAYS_INLINE vec part_at(const char *parts, int i, int bytes) {
    return __builtin_convertvector(integers_at(parts + i * W * bytes, bytes), vec);
}

/* Units of W real and W imaginary parts. */
ALWAYS_INLINE void unpack_run(const kw_packed *psi, uint64_t run, int bytes, vec *units) {
    const vec scale = all((float)psi->gain * scale_of(psi->scales[run]));
    const char *parts = (const char *)psi->parts + run * RUN_BYTES(bytes);
    UNROLL for (int i = 0; i < VECTORS / 2; ++i) {
        units[2 * i] = scale * part_at(parts, i, bytes);
        units[2 * i + 1] = scale * part_at(parts, VECTORS / 2 + i, bytes);
    }
}

/* ---- writing ---- */

/* A hash of (key of the write, run, part).  The multipliers are those of "lowbias32" of C. Wellons, Prospecting for Hash
 * Functions, 2018. */
ALWAYS_INLINE words hash32(words x) {
    x ^= x >> 16;
    x *= 0x7feb352dU;
    x ^= x >> 15;
    x *= 0x846ca68bU;
    return x ^ x >> 16;
}

ALWAYS_INLINE uint32_t key_of_run(uint64_t key, uint64_t run) {
    uint64_t z = key ^ (run + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(z >> 32);
}

/* Uniform on (-1/2, 1/2), for vector i of the parts. */
ALWAYS_INLINE vec random_shift(uint32_t key, int i) {
    words part;
    for (uint32_t l = 0; l < W; ++l) part[l] = ((uint32_t)i * W + l) * 0x9e3779b9U;
    return __builtin_convertvector((ints)(hash32(part + key) >> 8), vec) * all(0x1p-24F) - all(0.5F - 0x1p-25F);
}

/* Sums of what was written, by lane. */
typedef struct {
    vec noise, norm;
} tally;

ALWAYS_INLINE ints greater(ints a, ints b) {
#if defined __AVX512F__
    return (ints)_mm512_max_epi32((__m512i)a, (__m512i)b);
#elif defined __AVX2__
    return (ints)_mm256_max_epi32((__m256i)a, (__m256i)b);
#else
    return (ints)blend((vec)b, (vec)a, (ivec)(a > b));
#endif
}

/* No further from 0 than `most`: what stochastic rounding may move beyond it. */
ALWAYS_INLINE vec within(vec x, vec most) { return blend(blend(x, most, x > most), -most, x < -most); }

/* The largest |x|, by the order of floats' bits. */
ALWAYS_INLINE float largest(const vec *x) {
    ints most = {0};
    UNROLL for (int i = 0; i < VECTORS; ++i) most = greater((ints)x[i] & 0x7fffffff, most);
    UNROLL for (int q = 0; q < W_LANE_BITS; ++q) most = greater((ints)crossed((vec)most, q), most);
    return float_of((uint32_t)most[0]);
}

/* Runs are written in batches, step by step, so that none waits for another's maximum. */
typedef struct {
    uint64_t run[BATCH];
    const vec *units[BATCH];
    vec turned[BATCH][VECTORS]; /* where the factor is not real */
    float most[BATCH], scale[BATCH], inverse[BATCH];
    int count;
} batch;

/* The next run; a real factor is left to the scales. */
ALWAYS_INLINE void take_run(batch *b, uint64_t run, const vec *units, const float factor[2]) {
    if (factor[1] != 0) {
        const vec c = all(factor[0]), d = all(factor[1]);
        vec *const x = b->turned[b->count];
        UNROLL for (int i = 0; i < VECTORS; i += 2) {
            x[i] = units[i] * c - units[i + 1] * d;
            x[i + 1] = units[i + 1] * c + units[i] * d;
        }
        units = x;
    }
    b->run[b->count] = run;
    b->units[b->count] = units;
    b->most[b->count++] = largest(units);
}

ALWAYS_INLINE void choose_scales(kw_packed *psi, batch *b, const float factor[2], int bytes) {
    const float left = factor[1] != 0 ? 1 : factor[0];
    for (int i = 0; i < BATCH; ++i) { /* those behind the last run too, for vectors' sake */
        const float most = b->most[i] * __builtin_fabsf(left);
        const uint32_t upper = (bits_of(most * (1.0F / (float)MOST_OF(bytes))) + 0xffff) & 0xffff0000;
        const float scale = most <= __builtin_inff() ? float_of(upper) : most;
        b->scale[i] = most <= LEAST ? 0 : scale;
        b->inverse[i] = most <= LEAST ? 0 : left / scale;
    }
    for (int i = 0; i < b->count; ++i) psi->scales[b->run[i]] = (uint16_t)(bits_of(b->scale[i]) >> 16);
}

/* Rounds, keeps the integers, adds up what was lost and what is kept. */
ALWAYS_INLINE void round_run(const kw_packed *psi, const batch *b, int i, int bytes, bool stochastic, tally *sum) {
    const vec magic = all(12582912.0F); /* 1.5 * 2^23: adding it leaves the nearest integer in the lowest bits */
    const vec inverse = all(b->inverse[i]), most = all((float)MOST_OF(bytes));
    const uint32_t key = stochastic ? key_of_run(psi->key, b->run[i]) : 0;
    char *const parts = (char *)psi->parts + b->run[i] * RUN_BYTES(bytes);
    vec noise = {0}, norm = {0};
    UNROLL for (int j = 0; j < VECTORS; ++j) {
        const int part = (j & 1) * (VECTORS / 2) + j / 2;
        vec scaled = b->units[i][j] * inverse;
        ROUNDED(scaled);
        const vec moved = (stochastic ? within(scaled + random_shift(key, part), most) : scaled) + magic;
        put_integers(parts + part * W * bytes, bytes, (ints)moved);
        const vec kept = moved - magic, lost = kept - scaled;
        noise += lost * lost;
        norm += kept * kept;
    }
    const vec square = all(b->scale[i] * b->scale[i]);
    sum->noise += noise * square;
    sum->norm += norm * square;
}

ALWAYS_INLINE void write_batch(kw_packed *psi, batch *b, const float factor[2], int bytes, bool stochastic, tally *sum) {
    choose_scales(psi, b, factor, bytes);
    for (int i = 0; i < b->count; ++i) round_run(psi, b, i, bytes, stochastic, sum);
    b->count = 0;
}

/* Rounded up: nothing vanishes.  Sums end at UINT64_MAX, where they stay: too much for the unit, or not a number. */
static void add(uint64_t *sum, double value) {
    const uint64_t units = value < 8 ? (uint64_t)ceil(value / KW_TALLY_UNIT) : UINT64_MAX;
    uint64_t before = __atomic_load_n(sum, __ATOMIC_RELAXED), after;
    do after = units > UINT64_MAX - before ? UINT64_MAX : before + units;
    while (!__atomic_compare_exchange_n(sum, &before, after, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

typedef struct {
    double noise, norm;
} total;

ALWAYS_INLINE void fold(tally *sum, total *all_of) {
    for (int l = 0; l < W; ++l) {
        all_of->noise += (double)sum->noise[l];
        all_of->norm += (double)sum->norm[l];
    }
    *sum = (tally){{0}, {0}};
}

static void add_up(kw_packed *psi, const total *all_of) {
    const double unit = psi->gain * psi->gain;
    add(&psi->noise, all_of->noise * unit);
    add(&psi->norm, all_of->norm * unit);
}

/* ---- blocks and stretches ---- */

ALWAYS_INLINE uint64_t next_run(uint64_t subset, uint64_t path) { return ((subset | ~path) + 1) & path; }

ALWAYS_INLINE void pack_all(kw_packed *psi, uint64_t first, uint64_t path, const vec *units, kw_complex factor, int bytes,
                            bool stochastic) {
    const float f[2] = {(float)(creal(factor) / psi->gain), (float)(cimag(factor) / psi->gain)};
    total all_of = {0, 0};
    batch b;
    uint64_t at = 0;
    memset(b.most, 0, sizeof b.most);
    do {
        tally sum = {{0}, {0}};
        b.count = 0;
        do {
            take_run(&b, first | at, units, f);
            units += VECTORS;
            at = next_run(at, path);
        } while (at && b.count < BATCH);
        write_batch(psi, &b, f, bytes, stochastic, &sum);
        fold(&sum, &all_of);
    } while (at);
    add_up(psi, &all_of);
}

/* Between pairs (re, im) and units. */
ALWAYS_INLINE void part_pairs(const float *pairs, vec *units) {
    float *out = (float *)units;
    for (int k = 0; k < KW_RUN; ++k) {
        out[k / W * 2 * W + k % W] = pairs[2 * k];
        out[k / W * 2 * W + W + k % W] = pairs[2 * k + 1];
    }
}

ALWAYS_INLINE void join_pairs(const vec *units, float *pairs) {
    const float *in = (const float *)units;
    for (int k = 0; k < KW_RUN; ++k) {
        pairs[2 * k] = in[k / W * 2 * W + k % W];
        pairs[2 * k + 1] = in[k / W * 2 * W + W + k % W];
    }
}

ALWAYS_INLINE void unpack_pairs(const kw_packed *psi, uint64_t first, uint64_t count, float *pairs, int bytes) {
    vec units[VECTORS];
    for (uint64_t run = first; run < first + count; ++run, pairs += 2 * KW_RUN) {
        unpack_run(psi, run, bytes, units);
        join_pairs(units, pairs);
    }
}

ALWAYS_INLINE void pack_pairs(kw_packed *psi, uint64_t first, uint64_t count, const float *pairs, int bytes) {
    const float f[2] = {(float)(1 / psi->gain), 0};
    total all_of = {0, 0};
    batch b;
    vec units[BATCH][VECTORS];
    memset(b.most, 0, sizeof b.most);
    for (uint64_t run = first; run < first + count;) {
        tally sum = {{0}, {0}};
        b.count = 0;
        for (; run < first + count && b.count < BATCH; ++run, pairs += 2 * KW_RUN) {
            part_pairs(pairs, units[b.count]);
            take_run(&b, run, units[b.count], f);
        }
        write_batch(psi, &b, f, bytes, psi->stochastic, &sum);
        fold(&sum, &all_of);
    }
    add_up(psi, &all_of);
}

#define KIND(name, bytes)                                                                                                   \
    static void pack_block_##name(kw_packed *psi, uint64_t first, uint64_t path, const void *block, kw_complex factor) {    \
        if (psi->stochastic) pack_all(psi, first, path, block, factor, bytes, true);                                        \
        else pack_all(psi, first, path, block, factor, bytes, false);                                                       \
    }                                                                                                                       \
    static void unpack_##name(const kw_packed *psi, uint64_t first, uint64_t count, float *pairs) {                         \
        unpack_pairs(psi, first, count, pairs, bytes);                                                                      \
    }                                                                                                                       \
    static void pack_##name(kw_packed *psi, uint64_t first, uint64_t count, const float *pairs) {                           \
        pack_pairs(psi, first, count, pairs, bytes);                                                                        \
    }

KIND(s16, 2)
KIND(s8, 1)

const kw_codec KW_CODEC_S16 = {pack_block_s16, unpack_s16, pack_s16};
const kw_codec KW_CODEC_S8 = {pack_block_s8, unpack_s8, pack_s8};
