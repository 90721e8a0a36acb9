/* F2  The compiler of passes while it works: sweeps are chosen in tile_compile.c, their ops made in tile_emit.c. */
#ifndef KW_TILE_EMIT_H
#define KW_TILE_EMIT_H

#include "base/bits.h"
#include "engine/tile_program.h"

/* A primitive of the pass in the block's terms. */
typedef struct {
    size_t index; /* of the primitive */
    const kw_primitive *primitive;
    uint64_t where, moving; /* local positions */
    bool done;
} kw_tile_item;

typedef struct {
    const kw_plan *plan;
    const kw_way *way;
    kw_tile_program *program;
    kw_tile_pass *pass;
    uint64_t positions, lanes; /* of the block; the lowest ones */
    kw_tile_item *items;
    size_t count;
    size_t *pending; /* phases of the sweep in hand, indices of items */
    size_t n_pending;
    uint64_t tile; /* positions */
    int tile_bits[KW_MAX_TILE_BITS];
    int flushes;
} kw_tile_compiler;

static inline uint64_t kw_key_mask(const kw_tile_compiler *c, uint64_t positions) {
    return kw_tile_key(c->program, c->pass, positions);
}
static inline int kw_key_bit(const kw_tile_compiler *c, int position) { return kw_log2(kw_key_mask(c, kw_bit(position))); }

/** Whether the angle of a primitive belongs to the gradient. */
static inline bool kw_is_trained(const kw_tile_compiler *c, const kw_primitive *p) {
    return c->program->back && p->angle.parameter >= 0;
}

/* All return KW_OK, KW_E_NOMEM. */
kw_status kw_emit_op(kw_tile_program *program, const kw_tile_op *op, const kw_tile_source *source);
kw_status kw_emit_reference(kw_tile_program *program, size_t index);

/** A turn or flip of the tile in hand. */
kw_status kw_emit_moving(kw_tile_compiler *compiler, kw_tile_item *item);

/** A dense gate behind the sweep in hand. */
kw_status kw_emit_dense(kw_tile_compiler *compiler, kw_tile_item *item);

/** The pending phases as tables. */
kw_status kw_emit_pending(kw_tile_compiler *compiler);

#endif
