/* F2  Passes as tile programs: what the tile kernels of one precision run. */
#ifndef KW_TILE_PROGRAM_H
#define KW_TILE_PROGRAM_H

#include "engine/kernels/tiles.h"
#include "engine/plan_internal.h"

#define KW_TABLE_ENTRIES 4096 /* of one diagonal, at most */

/* An op and what its numbers follow from. */
typedef struct {
    size_t first, count;        /* references: indices of primitives; a turn or flip has one */
    uint64_t rank_bits;         /* turns, flips: controls among the rank bits */
    int tile[KW_MAX_TILE_BITS]; /* bits of u of the tile */
    uint64_t lane_controls;     /* turns, flips: lanes that must be 1 */
    size_t table, lanes, some;  /* where its numbers start in the arena [bytes] */
    double weight;              /* sums: what a product of the states in the block stands for */
} kw_tile_source;

typedef struct {
    uint64_t positions;            /* of a block; the lowest lanes are always among them */
    int bits;                      /* c: how many */
    uint64_t outside;              /* local positions that are not in the block */
    size_t first_sweep, n_sweeps;  /* in sweeps */
    size_t first_global, n_global; /* references: phases without local positions */
    size_t n_sums;                 /* numbers */
    size_t first_slot, n_slots;    /* trained primitives whose sums this pass takes, in slots */
    kw_complex factor;
} kw_tile_pass;

/* A trained primitive: its share of the gradient is factor * (the sum over all blocks of what its op says). */
typedef struct {
    size_t op, reference;
    int parameter;
    double factor;
} kw_tile_slot;

/* A dense gate stands between sweeps. */
typedef struct {
    kw_dense kernel;
    size_t primitive;    /* of the way */
    size_t coefficients; /* where they start in the arena [bytes] */
} kw_tile_dense;

struct kw_tile_program {
    const kw_tile_kernels *kernels;
    kw_precision precision;
    int tile_bits; /* for gates: on the way back one less than the kernels have */
    bool back;
    kw_tile_pass *passes;
    kw_tile_sweep *sweeps;
    size_t *first_op;     /* of sweep i, in ops; ops and sources run in parallel, each sweep closes with KW_TILE_END */
    kw_tile_dense *dense; /* those between sweeps i and i + 1 begin at first_dense[i] */
    size_t *first_dense;
    kw_tile_op *ops;
    kw_tile_source *sources;
    size_t *references;
    size_t n_dense, dense_capacity, first_dense_capacity;
    size_t n_sweeps, sweep_capacity, first_op_capacity, n_ops, op_capacity, source_capacity, n_references,
        reference_capacity;
    char *arena; /* tables and lanes */
    size_t arena_bytes;
    bool filled; /* numbers of a plan without parameters stay */
    int rank;    /* that they were filled in for */
    int threads;
    char *scratch; /* per thread: its block, or ket and bra; room for sums */
    size_t scratch_bytes, block_bytes;
    kw_tile_slot *slots;
    size_t n_slots, slot_capacity;
    double *partials; /* way back: (KW_SEGMENTS, most slots of a pass) */
    size_t most_slots;
};

/** Compiles the passes of one way of a plan; makes room for a block per thread (half a MiB each) and for tables and
 *  coefficients, which are not counted.   @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_tile_program_create(const kw_plan *plan, const kw_way *way, kw_precision precision, kw_tile_program **out);
void kw_tile_program_destroy(kw_tile_program **program);

/** Whether the gates' matrices are asked for: by gates that run one by one, and once by dense ones.              @local */
static inline bool kw_plan_needs_matrices(const kw_tile_program *program) { return !program || !program->filled; }

/** Dense gates behind a sweep: [*first, *end).                                                                   @local */
void kw_tile_dense_range(const kw_tile_program *program, size_t sweep, size_t *first, size_t *end);

/** Appends the sweeps of one pass.                                                              @return KW_OK, KW_E_NOMEM */
kw_status kw_tile_compile(const kw_plan *plan, const kw_way *way, kw_tile_program *program, size_t index);

/** Puts in the numbers for theta and a rank.                                                                     @local */
void kw_tile_program_fill(const kw_plan *plan, const kw_way *way, kw_tile_program *program, const double *theta, int rank);

/** Key bits of local positions, and the lanes among them.                                                        @local */
uint64_t kw_tile_key(const kw_tile_program *program, const kw_tile_pass *pass, uint64_t positions);

/* Which entries of a table a phase multiplies: those that have these bits. */
typedef struct {
    uint64_t lanes, units, selected;
} kw_entry_mask;

kw_entry_mask kw_tile_entries(const kw_tile_program *program, const kw_tile_pass *pass, const kw_tile_op *op,
                              const kw_tile_source *source, uint64_t where);

#endif
