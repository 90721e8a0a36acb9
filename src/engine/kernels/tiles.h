/* F2  Tile programs: gates on a block of 2^c amplitudes of a state, real and imaginary parts apart.
 *
 *   block:  unit u = W real parts, W imaginary parts, of the amplitudes u W ... u W + W - 1 of the block   (W lanes)
 *   tile:   2^K units that differ in K bits of u; held in registers while a program of ops runs over them
 *   key:    u of the tile | number of the block << 32: what ops ask for bits outside the tile
 *
 * On the way back of a gradient two blocks, ket and bra, stand behind each other; a tile takes half of its units from each:
 * its highest bit is the state, on which no gate acts.
 *
 * W and K belong to the kernel set and precision: `tiles` in the kernel table. */
#ifndef KW_TILES_H
#define KW_TILES_H

#include <complex.h>
#include <stdbool.h>
#include <stdint.h>

#include "ketwall/gate.h"

enum { KW_MAX_LANES = 16, KW_MAX_TILE_BITS = 3, KW_MAX_LANE_BITS = 4, KW_PEAK_CHAINS = 12 };

/* Codes; those with "+ b" exist for every tile bit b, those with "+ q" for every lane bit q. */
enum {
    KW_TILE_END,
    KW_TILE_DIAGONAL,                                           /* unit k of the tile *= table[2 k] + i table[2 k + 1] */
    KW_TILE_DIAGONAL_LANES,                                     /* the same with W factors per unit */
    KW_TILE_HALF,                                               /* + b: of the units with bit b alone */
    KW_TILE_TURN_A = KW_TILE_HALF + KW_MAX_TILE_BITS,           /* + b: [1 -t; t 1], t = number */
    KW_TILE_TURN_B = KW_TILE_TURN_A + KW_MAX_TILE_BITS,         /* + b: [t -1; 1 t] */
    KW_TILE_TURN = KW_TILE_TURN_B + KW_MAX_TILE_BITS,           /* + b: [c -s; s c] by lane: c = lanes[0], s = lanes[1] */
    KW_TILE_FLIP = KW_TILE_TURN + KW_MAX_TILE_BITS,             /* + b: exchange */
    KW_TILE_FLIP_SOME = KW_TILE_FLIP + KW_MAX_TILE_BITS,        /* + b: in the lanes of `some` */
    KW_TILE_LANE_TURN = KW_TILE_FLIP_SOME + KW_MAX_TILE_BITS,   /* + q: v = lanes[0] v + lanes[1] (v of lane ^ 2^q) */
    KW_TILE_LANE_TURN_A = KW_TILE_LANE_TURN + KW_MAX_LANE_BITS, /* + q: v = v + lanes[1] (v of lane ^ 2^q) */
    KW_TILE_LANE_FLIP = KW_TILE_LANE_TURN_A + KW_MAX_LANE_BITS, /* + q: lanes of `some` take lane ^ 2^q */
    /* two states: sums += products of bra and ket, by lane */
    KW_TILE_SUM_PHASES = KW_TILE_LANE_FLIP + KW_MAX_LANE_BITS,  /* Im conj(bra) ket of each unit of the tile's half */
    KW_TILE_SUM_TURN,                                           /* + b: Re conj(bra_1) ket_0 - Re conj(bra_0) ket_1 */
    KW_TILE_SUM_LANE_TURN = KW_TILE_SUM_TURN + KW_MAX_TILE_BITS /* + q: Re conj(bra) (ket of lane ^ 2^q) */
};

/* One op.  It acts where all bits of `key` are set in the key, and (turns, flips) on units of the tile that have `units`. */
typedef struct {
    int code;
    uint32_t units;
    uint64_t key;
    double number;
    uint64_t select;   /* diagonals: bits of the key that choose the table: table + step * extract(key, select) */
    uint64_t step;     /* numbers */
    const void *table; /* of the kernels' scalar */
    const void *lanes; /* 2 W scalars */
    const void *some;  /* W integers of the scalar's width, 0 or -1 */
    uint64_t sums;     /* where its sums start [numbers]; those of a table behind those of the one before */
} kw_tile_op;

typedef struct {
    uint64_t offset[1 << KW_MAX_TILE_BITS]; /* of unit k of the tile in the block [units] */
    uint64_t outside;                       /* bits of u that are not the tile's: one tile for each subset */
    uint64_t place[1 << KW_MAX_TILE_BITS];  /* of unit k in the state [amplitudes] */
    uint64_t path;                          /* where the bits of `outside` lie in the state */
    const kw_tile_op *ops;                  /* up to KW_TILE_END */
} kw_tile_sweep;

/* The first sweep of a pass loads its tiles from the state, the last one stores them there, times `factor`; between sweeps
 * they are in the block. */
typedef struct {
    bool load, store;
    int packed;                        /* bytes of a part of packed amplitudes, which are loaded only; 0: of pairs */
    void *unit[1 << KW_MAX_TILE_BITS]; /* amplitudes of unit k of the first tile; packed: its real parts */
    const uint16_t *scales[1 << KW_MAX_TILE_BITS];
    float gain[1 << KW_MAX_TILE_BITS];
    kw_complex factor;
} kw_sweep_ends;

/* A unitary on up to KW_MAX_TARGETS bits of a block.  Row r of the output: the units where the unit bits among the targets
 * spell r.  Column c of the input: the rows in turn, each 2^l times, with the lanes of every subset of the l lane bits among
 * the targets crossed. */
typedef struct {
    int row_bits, crossings;                 /* l of the targets are lane bits */
    uint64_t offset[1 << KW_MAX_TARGETS];    /* of row r [units] */
    uint32_t crossed[1 << KW_MAX_LANE_BITS]; /* by subset: lanes to exchange with, as an XOR of lane numbers */
    uint64_t outside;                        /* bits of u that are no targets */
    const void *coefficients; /* (rows, columns, 2) of the kernel's scalar; with crossings (rows, columns, 2, W) */
} kw_dense;

typedef struct {
    int lane_bits, tile_bits;
    /* sums: of the ops that have some, or NULL */
    void (*sweep)(void *block, const kw_tile_sweep *sweep, uint64_t key, const kw_sweep_ends *ends, void *sums);
    void (*dense)(void *block, const kw_dense *dense);
    /* KW_PEAK_CHAINS vectors of W numbers, each multiplied and added to `rounds` times: the most that a core can do */
    double (*multiply_add)(uint64_t rounds);
} kw_tile_kernels;

#endif
