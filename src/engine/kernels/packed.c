/* F2  The kernel table of packed states: runs are unpacked into a small buffer, the kernels of single precision work there,
 * and what changed is packed again.  `psi` is a kw_packed.  Passes have codecs of their own; gates of tiny states run on a
 * copy in single precision, so that their kernels are not here. */
#include <string.h>

#include "base/bits.h"
#include "base/vectors.h"
#include "engine/kernels/kernels.h"

#define KW_TABLE(kind) KW_SET_NAME(kw_kernels, KW_SET, kind)
#define KW_TILES       KW_SET_NAME(kw_tiles, KW_SET, float)
#define KW_CODEC(kind) KW_SET_NAME(kw_codec, KW_SET, kind)
extern const kw_kernels_table KW_TABLE(float), KW_TABLE(s16), KW_TABLE(s8);
extern const kw_tile_kernels KW_TILES;
extern const kw_codec KW_CODEC(s16), KW_CODEC(s8);
#define FLOATS        (&KW_TABLE(float))
#define KW_TEXT_OF(x) #x
#define KW_TEXT(x)    KW_TEXT_OF(x)

enum { CHUNK = 1024 /* amplitudes */, CHUNK_RUNS = CHUNK / KW_RUN };

/* Amplitudes [origin, end) of a state, whole runs of an aligned chunk, as pairs. */
typedef struct {
    uint64_t origin, end;
    float pairs[2 * CHUNK];
} chunk;

static uint64_t runs_of(const chunk *c) { return (c->end - c->origin) >> KW_RUN_BITS; }

static void open_chunk(const kw_codec *codec, const kw_packed *psi, uint64_t from, uint64_t last, chunk *c) {
    const uint64_t most = (from | (CHUNK - 1)) + 1, end = most < last ? most : last;
    c->origin = from & ~(uint64_t)(KW_RUN - 1);
    c->end = (end + KW_RUN - 1) & ~(uint64_t)(KW_RUN - 1);
    codec->unpack(psi, c->origin >> KW_RUN_BITS, runs_of(c), c->pairs);
}

static void close_chunk(const kw_codec *codec, kw_packed *psi, const chunk *c) {
    codec->pack(psi, c->origin >> KW_RUN_BITS, runs_of(c), c->pairs);
}

/* Chunk by chunk: amplitudes [a, b) of `c` are those of the range. */
#define FOR_CHUNKS(codec, psi, first, last)                                                                                 \
    chunk c;                                                                                                                \
    for (uint64_t from = (first), a, b; from < (last)                                                                       \
                                        && (open_chunk((codec), (psi), from, (last), &c),                                   \
                                            a = from - c.origin, b = (c.end < (last) ? c.end : (last)) - c.origin, 1);      \
         from = c.end)

ALWAYS_INLINE double norm2(const kw_codec *codec, const void *psi, uint64_t first, uint64_t last) {
    double sum = 0;
    FOR_CHUNKS(codec, psi, first, last) sum += FLOATS->norm2(c.pairs, a, b);
    return sum;
}

ALWAYS_INLINE kw_complex dot(const kw_codec *codec, const void *bra, const void *ket, uint64_t first, uint64_t last) {
    kw_complex sum = 0;
    FOR_CHUNKS(codec, bra, first, last) {
        chunk k;
        open_chunk(codec, ket, from, last, &k);
        sum += FLOATS->dot(c.pairs, k.pairs, a, b);
    }
    return sum;
}

ALWAYS_INLINE void fill(const kw_codec *codec, void *psi, kw_amplitude_fn function, const void *context, uint64_t origin,
                        uint64_t first, uint64_t last) {
    FOR_CHUNKS(codec, psi, first, last) {
        FLOATS->fill(c.pairs, function, context, origin + c.origin, a, b);
        close_chunk(codec, psi, &c);
    }
}

ALWAYS_INLINE void weights(const kw_codec *codec, const void *psi, uint64_t mask, int shift, uint64_t first, uint64_t last,
                           double *sums) {
    FOR_CHUNKS(codec, psi, first, last) {
        for (uint64_t i = a; i < b; ++i) {
            const double re = c.pairs[2 * i], im = c.pairs[2 * i + 1];
            sums[kw_popcount((c.origin + i) & mask) + shift] += re * re + im * im;
        }
    }
}

ALWAYS_INLINE void reweigh(const kw_codec *codec, const void *psi, void *out, uint64_t mask, int shift,
                           const double *factors, uint64_t first, uint64_t last) {
    FOR_CHUNKS(codec, psi, first, last) {
        for (uint64_t i = a; i < b; ++i) {
            const float factor = (float)factors[kw_popcount((c.origin + i) & mask) + shift];
            c.pairs[2 * i] *= factor;
            c.pairs[2 * i + 1] *= factor;
        }
        close_chunk(codec, out, &c);
    }
}

/* The outcomes of [from, to), which lie in one chunk. */
ALWAYS_INLINE void marginal_chunk(const kw_codec *codec, const void *psi, uint64_t from, uint64_t to, const int *inner,
                                  int n_inner, double *sums) {
    const uint64_t same = n_inner ? kw_bit(inner[0]) : CHUNK; /* aligned runs of one outcome */
    chunk c;
    open_chunk(codec, psi, from, to, &c);
    while (from < to) {
        const uint64_t end = (from | (same - 1)) + 1, until = end < to ? end : to;
        sums[kw_extract(from, inner, n_inner)] += FLOATS->norm2(c.pairs, from - c.origin, until - c.origin);
        from = until;
    }
}

ALWAYS_INLINE void marginal(const kw_codec *codec, const void *psi, const kw_kernel_args *args, const int *inner,
                            int n_inner, uint64_t first, uint64_t last, double *sums) {
    for (uint64_t group = first, length; group < last; group += length) {
        const uint64_t base = kw_insert_zeros(group, args->open, args->n_open) | args->set;
        const uint64_t whole = args->n_open ? kw_bit(args->open[0]) : UINT64_C(1) << 62,
                       here = whole - (group & (whole - 1));
        length = here < last - group ? here : last - group;
        const uint64_t in_chunk = CHUNK - (base & (CHUNK - 1));
        if (length > in_chunk) length = in_chunk;
        marginal_chunk(codec, psi, base, base + length, inner, n_inner, sums);
    }
}

ALWAYS_INLINE kw_complex get(const void *packed, uint64_t index, int bytes) {
    const kw_packed *psi = packed;
    const uint64_t run = index >> KW_RUN_BITS, at = 2 * (run << KW_RUN_BITS) + (index & (KW_RUN - 1));
    const uint32_t bits = (uint32_t)psi->scales[run] << 16;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    if (!bits) return 0;
    const double unit = (double)scale * psi->gain;
    if (bytes == 2) return unit * (((const int16_t *)psi->parts)[at] + I * ((const int16_t *)psi->parts)[at + KW_RUN]);
    return unit * (((const int8_t *)psi->parts)[at] + I * ((const int8_t *)psi->parts)[at + KW_RUN]);
}

/* 64 units of a 64th: a larger share of the range would not be exact. */
ALWAYS_INLINE void put_one(kw_packed *psi, uint64_t index, int bytes) {
    const uint64_t run = index >> KW_RUN_BITS, at = 2 * (run << KW_RUN_BITS) + (index & (KW_RUN - 1));
    const float unit = 1.0F / 64;
    uint32_t bits;
    memcpy(&bits, &unit, sizeof bits);
    psi->scales[run] = (uint16_t)(bits >> 16);
    memset((char *)psi->parts + run * (uint64_t)(2 * KW_RUN * bytes), 0, (size_t)(2 * KW_RUN * bytes));
    if (bytes == 2) ((int16_t *)psi->parts)[at] = 64;
    else ((int8_t *)psi->parts)[at] = 64;
}

ALWAYS_INLINE double tree_leaf(const kw_codec *codec, const void *psi, uint64_t first, uint64_t size) {
    chunk c;
    open_chunk(codec, psi, first, first + size, &c);
    return FLOATS->tree(c.pairs, first - c.origin, size);
}

static kw_complex register_sum(const kw_kernels_table *table, const kw_complex *a, const void *psi, uint64_t start,
                               const int *positions, int n_positions) {
    kw_complex sum = 0;
    for (uint64_t j = 0; j < kw_bit(n_positions); ++j) {
        const uint64_t index = kw_deposit(j, positions, n_positions);
        sum += conj(a ? a[j] : table->get(psi, index)) * table->get(psi, start + index);
    }
    return sum;
}

/* ---- exchanging amplitudes ---- */

static void swap_runs(kw_packed *psi, uint64_t a, uint64_t b, int bytes) {
    char kept[2 * KW_RUN * sizeof(int16_t)], *const parts = psi->parts;
    const uint64_t each = (uint64_t)(2 * KW_RUN * bytes);
    const uint16_t scale = psi->scales[a];
    memcpy(kept, parts + a * each, each);
    memcpy(parts + a * each, parts + b * each, each);
    memcpy(parts + b * each, kept, each);
    psi->scales[a] = psi->scales[b];
    psi->scales[b] = scale;
}

/* The open positions above the runs' become those just above a run: a group's runs stand behind each other. */
typedef struct {
    kw_kernel_args args;
    int high[KW_MAX_QUBITS], n_high, n_low;
} near_args;

static near_args bring_near(const kw_kernel_args *args) {
    near_args near = {.args = *args};
    for (int j = 0; j < args->n_open; ++j)
        if (args->open[j] < KW_RUN_BITS) ++near.n_low;
        else near.high[near.n_high++] = args->open[j];
    for (int j = 0; j < near.n_high; ++j) near.args.open[near.n_low + j] = KW_RUN_BITS + j;
    for (int i = 0; i < 2; ++i)
        near.args.offset[i] =
            (args->offset[i] & (KW_RUN - 1)) | kw_extract(args->offset[i], near.high, near.n_high) << KW_RUN_BITS;
    return near;
}

ALWAYS_INLINE void flip(const kw_codec *codec, void *psi, const kw_kernel_args *args, uint64_t first, uint64_t last,
                        int bytes) {
    const near_args near = bring_near(args);
    const uint64_t groups = (uint64_t)KW_RUN >> near.n_low, runs = kw_bit(near.n_high);
    float pairs[2 * KW_RUN << KW_MAX_TARGETS];
    for (uint64_t group = first; group < last; group += groups) {
        const uint64_t base = kw_insert_zeros(group, args->open, args->n_open);
        const uint64_t end = last - group < groups ? last - group : groups;
        if (!near.n_low) {
            swap_runs(psi, (base | args->offset[0]) >> KW_RUN_BITS, (base | args->offset[1]) >> KW_RUN_BITS, bytes);
            continue;
        }
        for (uint64_t r = 0; r < runs; ++r)
            codec->unpack(psi, (base | kw_deposit(r, near.high, near.n_high)) >> KW_RUN_BITS, 1, pairs + 2 * KW_RUN * r);
        FLOATS->flip(pairs, &near.args, 0, end);
        for (uint64_t r = 0; r < runs; ++r)
            codec->pack(psi, (base | kw_deposit(r, near.high, near.n_high)) >> KW_RUN_BITS, 1, pairs + 2 * KW_RUN * r);
    }
}

/* ---- the tables ---- */

#define KIND(kind, bytes)                                                                                                   \
    static double norm2_##kind(const void *psi, uint64_t first, uint64_t last) {                                            \
        return norm2(&KW_CODEC(kind), psi, first, last);                                                                    \
    }                                                                                                                       \
    static kw_complex dot_##kind(const void *bra, const void *ket, uint64_t first, uint64_t last) {                         \
        return dot(&KW_CODEC(kind), bra, ket, first, last);                                                                 \
    }                                                                                                                       \
    static void fill_##kind(void *psi, kw_amplitude_fn function, const void *context, uint64_t origin, uint64_t first,      \
                            uint64_t last) {                                                                                \
        fill(&KW_CODEC(kind), psi, function, context, origin, first, last);                                                 \
    }                                                                                                                       \
    static void weights_##kind(const void *psi, uint64_t mask, int shift, uint64_t first, uint64_t last, double *sums) {    \
        weights(&KW_CODEC(kind), psi, mask, shift, first, last, sums);                                                      \
    }                                                                                                                       \
    static void reweigh_##kind(const void *psi, void *out, uint64_t mask, int shift, const double *factors, uint64_t first, \
                               uint64_t last) {                                                                             \
        reweigh(&KW_CODEC(kind), psi, out, mask, shift, factors, first, last);                                              \
    }                                                                                                                       \
    static void marginal_##kind(const void *psi, const kw_kernel_args *args, const int *inner, int n_inner, uint64_t first, \
                                uint64_t last, double *sums) {                                                              \
        marginal(&KW_CODEC(kind), psi, args, inner, n_inner, first, last, sums);                                            \
    }                                                                                                                       \
    static void flip_##kind(void *psi, const kw_kernel_args *args, uint64_t first, uint64_t last) {                         \
        flip(&KW_CODEC(kind), psi, args, first, last, bytes);                                                               \
    }                                                                                                                       \
    static kw_complex get_##kind(const void *psi, uint64_t index) { return get(psi, index, bytes); }                        \
    static void put_one_##kind(void *psi, uint64_t index) { put_one(psi, index, bytes); }                                   \
    static double tree_##kind(const void *psi, uint64_t first, uint64_t size) {                                             \
        if (size <= CHUNK) return tree_leaf(&KW_CODEC(kind), psi, first, size);                                             \
        return tree_##kind(psi, first, size / 2) + tree_##kind(psi, first + size / 2, size / 2);                            \
    }                                                                                                                       \
    static kw_complex register_dot_##kind(const kw_complex *a, const void *psi, uint64_t start, const int *positions,       \
                                          int n_positions) {                                                                \
        return register_sum(&KW_TABLE(kind), a, psi, start, positions, n_positions);                                        \
    }                                                                                                                       \
    const kw_kernels_table KW_TABLE(kind) = {.name = KW_TEXT(KW_SET),                                                       \
                                             .tiles = &KW_TILES,                                                            \
                                             .codec = &KW_CODEC(kind),                                                      \
                                             .flip = flip_##kind,                                                           \
                                             .norm2 = norm2_##kind,                                                         \
                                             .dot = dot_##kind,                                                             \
                                             .fill = fill_##kind,                                                           \
                                             .weights = weights_##kind,                                                     \
                                             .reweigh = reweigh_##kind,                                                     \
                                             .marginal = marginal_##kind,                                                   \
                                             .get = get_##kind,                                                             \
                                             .put_one = put_one_##kind,                                                     \
                                             .tree = tree_##kind,                                                           \
                                             .register_dot = register_dot_##kind};

KIND(s16, 2)
KIND(s8, 1)
