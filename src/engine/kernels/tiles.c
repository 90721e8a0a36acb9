/* F2  Tile kernels: a small interpreter whose registers are the units of one tile.  One source in the compilers' vector
 * types, compiled per instruction set and precision.
 *
 * Loops over units have constant bounds and are unrolled, so that the arrays re[], im[] live in vector registers; KEEP ties
 * two of them to registers between pairs, which keeps gcc's scheduler from spilling them. */
#include "engine/kernels/tile_vectors.h"
#if !KW_DOUBLE_WIDE
#    include "engine/kernels/packed_parts.h"
#endif

#ifdef __BMI2__
#    include <immintrin.h>
#endif

/* Bits of `key` at the set bits of `select`, pushed together. */
ALWAYS_INLINE uint64_t extract(uint64_t key, uint64_t select) {
#ifdef __BMI2__
    return _pext_u64(key, select);
#else
    uint64_t out = 0;
    for (uint64_t bit = 1; select; select &= select - 1, bit <<= 1)
        if (key & select & -select) out |= bit;
    return out;
#endif
}

/* ---- ops ---- */

ALWAYS_INLINE void turn_a(vec *v, vec *w, vec t) {
    const vec x = *v;
    *v = x - t * *w;
    *w = *w + t * x;
    KEEP(*v, *w);
}

ALWAYS_INLINE void turn_b(vec *v, vec *w, vec t) {
    const vec x = *v;
    *v = t * x - *w;
    *w = t * *w + x;
    KEEP(*v, *w);
}

ALWAYS_INLINE void turn(vec *v, vec *w, vec c, vec s) {
    const vec x = *v;
    *v = c * x - s * *w;
    *w = c * *w + s * x;
}

ALWAYS_INLINE void multiply(vec *re, vec *im, vec c, vec d) {
    const vec x = *re;
    *re = x * c - *im * d;
    *im = *im * c + x * d;
    KEEP(*re, *im);
}

/* Pairs of units that differ in bit b, for which `units` are set. */
#define FOR_PAIRS(b) UNROLL for (int k = 0, o; k < UNITS; ++k) if (!(k >> (b)&1) && (o = k | 1 << (b), 1))

ALWAYS_INLINE void op_turn_a(vec *re, vec *im, const kw_tile_op *op, int b) {
    const vec t = all((real)op->number);
    FOR_PAIRS(b) {
        turn_a(&re[k], &re[o], t);
        turn_a(&im[k], &im[o], t);
    }
}

ALWAYS_INLINE void op_turn_b(vec *re, vec *im, const kw_tile_op *op, int b) {
    const vec t = all((real)op->number);
    FOR_PAIRS(b) {
        turn_b(&re[k], &re[o], t);
        turn_b(&im[k], &im[o], t);
    }
}

ALWAYS_INLINE void op_turn(vec *re, vec *im, const kw_tile_op *op, int b) {
    const vec c = ((const vec *)op->lanes)[0], s = ((const vec *)op->lanes)[1];
    FOR_PAIRS(b) {
        if ((k & op->units) != op->units) continue;
        turn(&re[k], &re[o], c, s);
        turn(&im[k], &im[o], c, s);
    }
}

ALWAYS_INLINE void op_flip(vec *re, vec *im, const kw_tile_op *op, int b) {
    FOR_PAIRS(b) {
        if ((k & op->units) != op->units) continue;
        const vec x = re[k], y = im[k];
        re[k] = re[o], im[k] = im[o];
        re[o] = x, im[o] = y;
    }
}

ALWAYS_INLINE void op_flip_some(vec *re, vec *im, const kw_tile_op *op, int b) {
    const ivec some = *(const ivec *)op->some;
    FOR_PAIRS(b) {
        if ((k & op->units) != op->units) continue;
        const vec x = re[k], y = im[k];
        re[k] = blend(x, re[o], some), im[k] = blend(y, im[o], some);
        re[o] = blend(re[o], x, some), im[o] = blend(im[o], y, some);
    }
}

ALWAYS_INLINE void op_lane_turn(vec *re, vec *im, const kw_tile_op *op, int q) {
    const vec c = ((const vec *)op->lanes)[0], s = ((const vec *)op->lanes)[1];
    UNROLL for (uint32_t k = 0; k < UNITS; ++k) {
        if ((k & op->units) != op->units) continue;
        re[k] = c * re[k] + s * crossed(re[k], q);
        im[k] = c * im[k] + s * crossed(im[k], q);
    }
}

ALWAYS_INLINE void op_lane_turn_a(vec *re, vec *im, const kw_tile_op *op, int q) {
    const vec s = ((const vec *)op->lanes)[1];
    UNROLL for (int k = 0; k < UNITS; ++k) {
        re[k] = re[k] + s * crossed(re[k], q);
        im[k] = im[k] + s * crossed(im[k], q);
        KEEP(re[k], im[k]);
    }
}

ALWAYS_INLINE void op_lane_flip(vec *re, vec *im, const kw_tile_op *op, int q) {
    const ivec some = *(const ivec *)op->some;
    UNROLL for (uint32_t k = 0; k < UNITS; ++k) {
        if ((k & op->units) != op->units) continue;
        re[k] = blend(re[k], crossed(re[k], q), some);
        im[k] = blend(im[k], crossed(im[k], q), some);
    }
}

ALWAYS_INLINE void op_diagonal(vec *re, vec *im, const kw_tile_op *op, uint64_t key) {
    const real *d = (const real *)op->table + extract(key, op->select) * op->step;
    UNROLL for (int k = 0; k < UNITS; ++k) multiply(&re[k], &im[k], all(d[2 * k]), all(d[2 * k + 1]));
}

ALWAYS_INLINE void op_half(vec *re, vec *im, const kw_tile_op *op, uint64_t key, int b) {
    const real *d = (const real *)op->table + extract(key, op->select) * op->step;
    FOR_PAIRS(b) multiply(&re[o], &im[o], all(d[2 * o]), all(d[2 * o + 1]));
}

ALWAYS_INLINE void op_diagonal_lanes(vec *re, vec *im, const kw_tile_op *op, uint64_t key) {
    const vec *d = (const vec *)((const real *)op->table + extract(key, op->select) * op->step);
    UNROLL for (int k = 0; k < UNITS; ++k) multiply(&re[k], &im[k], d[2 * k], d[2 * k + 1]);
}

/* ---- products of two states: units k < HALF_UNITS are the ket's, k + HALF_UNITS the bra's ---- */

enum { HALF_UNITS = UNITS / 2 };

ALWAYS_INLINE void sum_phases(const vec *re, const vec *im, const kw_tile_op *op, uint64_t key, void *sums) {
    vec *sum = (vec *)((real *)sums + op->sums) + extract(key, op->select) * HALF_UNITS;
    UNROLL for (int k = 0; k < HALF_UNITS; ++k) sum[k] += re[k + HALF_UNITS] * im[k] - im[k + HALF_UNITS] * re[k];
}

ALWAYS_INLINE void sum_turn(const vec *re, const vec *im, const kw_tile_op *op, void *sums, int b) {
    vec *sum = (vec *)((real *)sums + op->sums), plus = {0}, minus = {0};
    FOR_PAIRS(b) {
        if (k >= HALF_UNITS || (k & op->units) != op->units) continue;
        plus += re[o + HALF_UNITS] * re[k] + im[o + HALF_UNITS] * im[k];
        minus += re[k + HALF_UNITS] * re[o] + im[k + HALF_UNITS] * im[o];
    }
    *sum += plus - minus;
}

ALWAYS_INLINE void sum_lane_turn(const vec *re, const vec *im, const kw_tile_op *op, void *sums, int q) {
    vec *sum = (vec *)((real *)sums + op->sums), total = {0};
    UNROLL for (uint32_t k = 0; k < HALF_UNITS; ++k) {
        if ((k & op->units) != op->units) continue;
        total += re[k + HALF_UNITS] * crossed(re[k], q) + im[k + HALF_UNITS] * crossed(im[k], q);
    }
    *sum += total;
}

/* Every tile bit, every lane bit. */
#if KW_TILE_BITS > 2
#    define CASES_TILE(code, call) CASE(code, call, 0) CASE(code, call, 1) CASE(code, call, 2)
#else
#    define CASES_TILE(code, call) CASE(code, call, 0) CASE(code, call, 1)
#endif
#if KW_TILE_BITS > 2
#    define CASES_SUM(code, call) CASE(code, call, 0) CASE(code, call, 1)
#else
#    define CASES_SUM(code, call) CASE(code, call, 0)
#endif
#if W_LANE_BITS == 1
#    define CASES_LANE(code, call) CASE(code, call, 0)
#elif W_LANE_BITS == 2
#    define CASES_LANE(code, call) CASE(code, call, 0) CASE(code, call, 1)
#elif W_LANE_BITS == 3
#    define CASES_LANE(code, call) CASE(code, call, 0) CASE(code, call, 1) CASE(code, call, 2)
#else
#    define CASES_LANE(code, call) CASE(code, call, 0) CASE(code, call, 1) CASE(code, call, 2) CASE(code, call, 3)
#endif
#define CASE(code, call, b)                                                                                                 \
    case (code) + (b):                                                                                                      \
        call(re, im, op, b);                                                                                                \
        break;
#define HALF(re, im, op, b)     op_half(re, im, op, here, b)
#define SUM(re, im, op, b)      sum_turn(re, im, op, sums, b)
#define SUM_LANE(re, im, op, q) sum_lane_turn(re, im, op, sums, q)

/* ---- between the state and tiles: interleaved pairs <-> W real parts, W imaginary parts ---- */

typedef real loose __attribute__((vector_size(KW_VECTOR_BYTES), aligned(sizeof(real)), may_alias));
enum { FETCHED = 4 /* tiles at once */, FAR = 1 << 12 /* amplitudes */, UNIT_BYTES = 2 * KW_VECTOR_BYTES, LINE_BYTES = 64 };

/* Asks for the tiles from `at` on, into the second-level cache: the first has room for few lines on their way.  Halves of
 * tiles that are far apart come one after the other: memory serves longer runs faster. */
static uint64_t fetch(const kw_tile_sweep *s, const kw_sweep_ends *ends, uint64_t at) {
    const int part = s->place[UNITS / 2] < FAR ? UNITS : UNITS / 2;
    uint64_t tile = at;
    for (int first = 0; first < UNITS; first += part) {
        tile = at;
        for (int i = 0; i < FETCHED; ++i, tile = next_subset(tile, s->path))
            for (int k = first; k < first + part; ++k)
                for (int line = 0; line < UNIT_BYTES; line += LINE_BYTES)
                    __builtin_prefetch((const char *)((const real *)ends->unit[k] + 2 * tile) + line, 0, 2);
    }
    return tile;
}

ALWAYS_INLINE void load_state(vec *re, vec *im, const kw_sweep_ends *ends, uint64_t at) {
    UNROLL for (int k = 0; k < UNITS; ++k) {
        const loose *in = (const loose *)((const real *)ends->unit[k] + 2 * at);
        const vec a = (vec)in[0], b = (vec)in[1];
        re[k] = SHUFFLE(a, b, EVEN);
        im[k] = SHUFFLE(a, b, ODD);
    }
}

ALWAYS_INLINE void store_state(const vec *re, const vec *im, const kw_sweep_ends *ends, uint64_t at) {
    const vec c = all((real)creal(ends->factor)), d = all((real)cimag(ends->factor));
    UNROLL for (int k = 0; k < UNITS; ++k) {
        loose *out = (loose *)((real *)ends->unit[k] + 2 * at);
        const vec x = re[k] * c - im[k] * d, y = im[k] * c + re[k] * d;
        out[0] = (loose)SHUFFLE(x, y, LOWER);
        out[1] = (loose)SHUFFLE(x, y, UPPER);
    }
}

/* ---- packed amplitudes, in single precision ---- */

#if KW_DOUBLE_WIDE /* where nothing is packed */
#    define fetch_packed fetch
#    define load_packed  load_state
#else
/* From the parts of the first tile to those of the tile at amplitude `at` [bytes]. */
ALWAYS_INLINE uint64_t parts_to(const kw_sweep_ends *ends, uint64_t at) {
    return (2 * at - (at & (KW_RUN - 1))) * (uint64_t)ends->packed;
}

/* As `fetch`. */
static uint64_t fetch_packed(const kw_tile_sweep *s, const kw_sweep_ends *ends, uint64_t at) {
    for (int i = 0; i < FETCHED; ++i, at = next_subset(at, s->path)) {
        const uint64_t to = parts_to(ends, at);
        for (int k = 0; k < UNITS; ++k) {
            const char *parts = (const char *)ends->unit[k] + to;
            __builtin_prefetch(parts, 0, 2);
            if (ends->packed == 2) __builtin_prefetch(parts + KW_RUN * 2, 0, 2);
            __builtin_prefetch(&ends->scales[k][at >> KW_RUN_BITS], 0, 2);
        }
    }
    return at;
}

ALWAYS_INLINE void load_parts(vec *re, vec *im, const kw_sweep_ends *ends, uint64_t at, int bytes) {
    UNROLL for (int k = 0; k < UNITS; ++k) {
        const char *parts = (const char *)ends->unit[k] + parts_to(ends, at);
        const vec scale = all(ends->gain[k] * scale_of(ends->scales[k][at >> KW_RUN_BITS]));
        re[k] = scale * __builtin_convertvector(integers_at(parts, bytes), vec);
        im[k] = scale * __builtin_convertvector(integers_at(parts + KW_RUN * bytes, bytes), vec);
    }
}

ALWAYS_INLINE void load_packed(vec *re, vec *im, const kw_sweep_ends *ends, uint64_t at) {
    if (ends->packed == 2) load_parts(re, im, ends, at, 2);
    else load_parts(re, im, ends, at, 1);
}
#endif

/* ---- tiles ---- */

ALWAYS_INLINE void load_block(vec *re, vec *im, const vec *units, const kw_tile_sweep *s) {
    UNROLL for (int k = 0; k < UNITS; ++k) {
        re[k] = units[2 * s->offset[k]];
        im[k] = units[2 * s->offset[k] + 1];
    }
}

ALWAYS_INLINE void store_block(const vec *re, const vec *im, vec *units, const kw_tile_sweep *s) {
    UNROLL for (int k = 0; k < UNITS; ++k) {
        units[2 * s->offset[k]] = re[k];
        units[2 * s->offset[k] + 1] = im[k];
    }
}

ALWAYS_INLINE void run_ops(vec *re, vec *im, const kw_tile_op *op, uint64_t here, void *sums) {
    for (; op->code != KW_TILE_END; ++op) {
        if ((here & op->key) != op->key) continue;
        switch (op->code) {
        case KW_TILE_DIAGONAL: op_diagonal(re, im, op, here); break;
        case KW_TILE_DIAGONAL_LANES:
            op_diagonal_lanes(re, im, op, here);
            break;
            CASES_TILE(KW_TILE_HALF, HALF)
            CASES_TILE(KW_TILE_TURN_A, op_turn_a)
            CASES_TILE(KW_TILE_TURN_B, op_turn_b)
            CASES_TILE(KW_TILE_TURN, op_turn)
            CASES_TILE(KW_TILE_FLIP, op_flip)
            CASES_TILE(KW_TILE_FLIP_SOME, op_flip_some)
            CASES_LANE(KW_TILE_LANE_TURN, op_lane_turn)
            CASES_LANE(KW_TILE_LANE_TURN_A, op_lane_turn_a)
            CASES_LANE(KW_TILE_LANE_FLIP, op_lane_flip)
        case KW_TILE_SUM_PHASES:
            sum_phases(re, im, op, here, sums);
            break;
            CASES_SUM(KW_TILE_SUM_TURN, SUM)
            CASES_LANE(KW_TILE_SUM_LANE_TURN, SUM_LANE)
        default: break;
        }
    }
}

static void sweep(void *block, const kw_tile_sweep *s, uint64_t key, const kw_sweep_ends *ends, void *sums) {
    const bool load = ends->load, store = ends->store, packed = ends->packed;
    uint64_t u = 0, at = 0, ahead = 0;
    if (load || store) ahead = packed ? fetch_packed(s, ends, 0) : fetch(s, ends, 0);
    for (unsigned tile = 0; tile == 0 || u; ++tile) {
        vec re[UNITS], im[UNITS], *const units = (vec *)block + 2 * u;
        if ((load || store) && tile % FETCHED == 0) ahead = packed ? fetch_packed(s, ends, ahead) : fetch(s, ends, ahead);
        if (load && packed) load_packed(re, im, ends, at);
        else if (load) load_state(re, im, ends, at);
        else load_block(re, im, units, s);
        run_ops(re, im, s->ops, key | u, sums);
        if (store) store_state(re, im, ends, at);
        else store_block(re, im, units, s);
        u = next_subset(u, s->outside);
        at = next_subset(at, s->path);
    }
}

const kw_tile_kernels KW_TILES = {.lane_bits = W_LANE_BITS,
                                  .tile_bits = KW_TILE_BITS,
                                  .sweep = sweep,
                                  .dense = KW_DENSE_RUN,
                                  .multiply_add = KW_MULTIPLY_ADD};
