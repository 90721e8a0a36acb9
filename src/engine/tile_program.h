/* F2  Passes as tile programs: what the tile kernels of one precision run. */
#ifndef KW_TILE_PROGRAM_H
#define KW_TILE_PROGRAM_H

#include "engine/kernels/tiles.h"
#include "engine/plan_internal.h"

/* An op and what its numbers follow from. */
typedef struct {
    size_t first, count;        /* references: indices of primitives; a turn or flip has one */
    uint64_t rank_bits;         /* turns, flips: controls among the rank bits */
    int tile[KW_MAX_TILE_BITS]; /* bits of u of the tile */
    uint64_t lane_controls;     /* turns, flips: lanes that must be 1 */
    size_t table, lanes, some;  /* where its numbers start in the arena [bytes] */
} kw_tile_source;

typedef struct {
    kw_block_shape shape;
    uint64_t outside;              /* local positions that are not in the block */
    size_t first_sweep, n_sweeps;  /* in sweeps */
    size_t first_global, n_global; /* references: phases without local positions */
    kw_complex factor;
} kw_tile_pass;

struct kw_tile_program {
    const kw_tile_kernels *kernels;
    kw_precision precision;
    kw_tile_pass *passes;
    kw_sweep *sweeps;
    size_t *first_op; /* of sweep i, in ops; ops and sources run in parallel, each sweep closes with KW_TILE_END */
    kw_tile_op *ops;
    kw_tile_source *sources;
    size_t *references;
    size_t n_sweeps, sweep_capacity, first_op_capacity, n_ops, op_capacity, source_capacity, n_references,
        reference_capacity;
    char *arena; /* tables and lanes */
    size_t arena_bytes;
    bool filled; /* numbers of a plan without parameters stay */
    int rank;    /* that they were filled in for */
    int threads;
    char *scratch; /* one block per thread */
    size_t scratch_bytes;
};

/** Compiles the passes of a plan; makes room for one block per thread (at most 1 MiB each, not counted).        @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_tile_program_create(const kw_plan *plan, kw_precision precision, kw_tile_program **out);
void kw_tile_program_destroy(kw_tile_program **program);

/** Appends the sweeps of one pass.                                                              @return KW_OK, KW_E_NOMEM */
kw_status kw_tile_compile(const kw_plan *plan, kw_tile_program *program, size_t pass);

/** Puts in the numbers for theta and a rank.                                                                     @local */
void kw_tile_program_fill(const kw_plan *plan, kw_tile_program *program, const double *theta, int rank);

#endif
