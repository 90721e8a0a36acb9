/* F2  Sampling: every shot walks down a binary tree of probabilities in logical order.  All sums are taken over aligned
 * ranges of 2^k amplitudes, so the walk is the same for any number of ranks and threads. */
#include <string.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "engine/parallel.h"
#include "engine/state_internal.h"

#define LEAF_BITS 6 /* amplitudes below a leaf: 2^6, summed again when a shot lands there */

typedef struct {
    const kw_state *state;
    int leaf_bits;
    uint64_t leaves;
    double *tree;  /* 2 * leaves; node i has children 2i and 2i + 1, the leaves start at `leaves` */
    double *ranks; /* the same over rank totals: 2 * R */
    kw_rng rng;
    int64_t *shots;
} sampler;

static void leaf_range(void *context, uint64_t first, uint64_t last) {
    const sampler *s = context;
    for (uint64_t leaf = first; leaf < last; ++leaf)
        s->tree[s->leaves + leaf] =
            kw_kernels(s->state->precision)->tree(s->state->amplitudes, leaf << s->leaf_bits, kw_bit(s->leaf_bits));
}

static void add_up(double *tree, uint64_t leaves) {
    for (uint64_t node = leaves; node-- > 1;) tree[node] = tree[2 * node] + tree[2 * node + 1];
}

/* Goes left or right; a right half of weight 0 is never entered. */
static bool goes_right(double *u, double left, double right) {
    if (*u < left || right <= 0) return false;
    *u -= left;
    return true;
}

static uint64_t walk(const double *tree, uint64_t leaves, double *u) {
    uint64_t node = 1;
    while (node < leaves) node = 2 * node + goes_right(u, tree[2 * node], tree[2 * node + 1]);
    return node - leaves;
}

static void shot_range(void *context, uint64_t first, uint64_t last) {
    const sampler *s = context;
    const kw_state *state = s->state;
    const kw_kernels_table *kernels = kw_kernels(state->precision);
    for (uint64_t shot = first; shot < last; ++shot) {
        double u = kw_rng_uniform(&s->rng, shot) * s->ranks[1];
        s->shots[shot] = -1;
        if (walk(s->ranks, (uint64_t)state->comm->size, &u) != (uint64_t)state->comm->rank) continue;
        uint64_t index = walk(s->tree, s->leaves, &u);
        for (int bits = s->leaf_bits; bits-- > 0;) {
            const uint64_t left = index << (bits + 1), half = kw_bit(bits);
            index = 2 * index
                    + goes_right(&u, kernels->tree(state->amplitudes, left, half),
                                 kernels->tree(state->amplitudes, left + half, half));
        }
        s->shots[shot] = (int64_t)(((uint64_t)state->comm->rank << state->n_local) | index);
    }
}

uint64_t kw_sample_bytes(int n_local, int ranks) {
    const int leaf_bits = n_local < LEAF_BITS ? n_local : LEAF_BITS;
    return (2 * kw_bit(n_local - leaf_bits) + 2 * (uint64_t)ranks) * sizeof(double);
}

kw_status kw_state_sample(kw_state *state, uint64_t shots, uint64_t seed, uint64_t *out) {
    const kw_status ordered = kw_state_order(state);
    if (ordered != KW_OK) return ordered;
    const int ranks = state->comm->size;
    sampler s = {.state = state,
                 .leaf_bits = state->n_local < LEAF_BITS ? state->n_local : LEAF_BITS,
                 .rng = kw_rng_make(seed, KW_STREAM_SHOTS, 0),
                 .shots = (int64_t *)out};
    s.leaves = kw_bit(state->n_local - s.leaf_bits);
    const uint64_t bytes = kw_sample_bytes(state->n_local, ranks);
    s.tree = kw_block_alloc(bytes);
    const kw_status status =
        kw_comm_agree(state->comm, s.tree ? KW_OK : kw_fail(KW_E_NOMEM, "no memory to sample %d qubits", state->n_qubits));
    if (status == KW_OK) {
        s.ranks = s.tree + 2 * s.leaves;
        kw_parallel_for(s.leaves, leaf_range, &s);
        add_up(s.tree, s.leaves);
        const double mine = s.tree[1];
        for (int r = 0; r < ranks; ++r) s.ranks[ranks + r] = r == state->comm->rank ? mine : 0.0;
        kw_comm_sum(state->comm, s.ranks + ranks, (size_t)ranks);
        add_up(s.ranks, (uint64_t)ranks);
        kw_parallel_for(shots, shot_range, &s);
        kw_comm_max(state->comm, s.shots, shots);
    }
    kw_block_free(s.tree, bytes);
    return status;
}
