/* F2  Multi-qubit swaps between rank bits and local bits: every rank sends a block to each of 2^k - 1 others and receives
 * one in its place. */
#include "engine/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/comm_ops.h"

uint64_t kw_swap_bytes(int count, int n_local, kw_precision precision) {
    return kw_bytes_of(kw_bit(n_local) - (kw_bit(n_local) >> count), precision);
}

/* ---- blocks ---- */

/* What moves: amplitudes; of packed states runs of parts, and scales; marks of runs.  `shift`: positions within an item. */
typedef struct {
    char *base;
    size_t bytes;
    int shift;
} items;

/* The block of one partner: the items whose bits at the swapped local positions spell the partner's rank bits.  The
 * block received has the same slots as the block sent, so no second copy of the state is needed. */
typedef struct {
    char *base;
    size_t bytes;                   /* of an item */
    uint64_t items, chunk;          /* of the block; of a message */
    int count, open[KW_MAX_QUBITS]; /* swapped local positions, ascending */
    uint64_t set, closed;           /* closed: the other positions */
} block;

static uint64_t slot_of(const block *b, uint64_t item) { return kw_insert_zeros(item, b->open, b->count) | b->set; }

#define COPY_EACH(size)                                                                                                     \
    for (uint64_t i = 0; i < runs; ++i, chunk += (size)) {                                                                  \
        char *here = b->base + (at | b->set) * b->bytes;                                                                    \
        if (pack) memcpy(chunk, here, (size));                                                                              \
        else memcpy(here, chunk, (size));                                                                                   \
        at = ((at | ~beyond) + 1) & beyond;                                                                                 \
    }
/* Runs of a size that the compiler knows. */
#define COPY_RUNS(size)                                                                                                     \
    case size: COPY_EACH(size) break;

/* Copies items [first, first + count) of the block, run by run, to or from the contiguous chunk.  All are powers of two: a
 * chunk is a part of a run, or whole runs. */
static void copy_runs(const block *b, uint64_t first, uint64_t count, char *chunk, bool pack) {
    const uint64_t run = kw_bit(b->open[0]) < count ? kw_bit(b->open[0]) : count, runs = count / run;
    const uint64_t beyond = b->closed & ~(run - 1);
    uint64_t at = slot_of(b, first) & ~b->set;
    switch (run * b->bytes) {
        COPY_RUNS(8)
        COPY_RUNS(16)
        COPY_RUNS(32)
        COPY_RUNS(64)
        COPY_RUNS(128)
        COPY_RUNS(256)
    default: COPY_EACH(run * b->bytes)
    }
}

static void pack_block(void *context, uint64_t first, uint64_t count, void *chunk) {
    copy_runs(context, first, count, chunk, true);
}

static void unpack_block(void *context, uint64_t first, uint64_t count, const void *chunk) {
    copy_runs(context, first, count, (char *)chunk, false);
}

static void *slot_in_state(void *context, uint64_t first, uint64_t count) {
    const block *b = context;
    return count <= kw_bit(b->open[0]) ? b->base + slot_of(b, first) * b->bytes : NULL;
}

static void sort_positions(int *positions, int count) {
    for (int i = 1; i < count; ++i)
        for (int j = i; j > 0 && positions[j] < positions[j - 1]; --j) {
            const int t = positions[j];
            positions[j] = positions[j - 1];
            positions[j - 1] = t;
        }
}

static block make_block(const kw_state *state, const kw_swap *swap, const items *what, int *local) {
    const int positions = state->n_local - what->shift;
    block b = {.base = what->base, .bytes = what->bytes, .count = swap->count, .items = kw_bit(positions - swap->count)};
    b.chunk = state->chunk_items * kw_amplitude_bytes(state->precision) / what->bytes;
    if (b.chunk > b.items) b.chunk = b.items;
    for (int j = 0; j < swap->count; ++j) b.open[j] = local[j] = swap->local[j] - what->shift;
    sort_positions(b.open, b.count);
    b.closed = (kw_bit(positions) - 1) & ~kw_deposit(kw_bit(swap->count) - 1, local, swap->count);
    return b;
}

/* ---- pair by pair ---- */

static void by_pairs(kw_state *state, const kw_swap *swap, const int *rank_bits, const items *what) {
    int local[KW_MAX_QUBITS];
    block b = make_block(state, swap, what, local);
    const uint64_t mine = kw_extract((uint64_t)state->comm->rank, rank_bits, swap->count);
    for (uint64_t step = 1; step < kw_bit(swap->count); ++step) { /* step: XOR distance, so every step pairs all ranks */
        b.set = kw_deposit(mine ^ step, local, swap->count);
        const kw_exchange exchange = {.peer = state->comm->rank ^ (int)kw_deposit(step, rank_bits, swap->count),
                                      .items = b.items,
                                      .item_bytes = b.bytes,
                                      .chunk_items = b.chunk,
                                      .slot = slot_in_state,
                                      .pack = pack_block,
                                      .unpack = unpack_block,
                                      .context = &b,
                                      .work = state->work};
        kw_comm_exchange(state->comm, &exchange);
    }
}

/* ---- all to all ---- */

kw_exchange_way kw_exchange_chosen(void) {
    const char *wanted = getenv("KETWALL_EXCHANGE");
    if (!wanted || !strcmp(wanted, "pairs")) return KW_EXCHANGE_PAIRS;
    return !strcmp(wanted, "alltoall") ? KW_EXCHANGE_ALLTOALL : KW_EXCHANGE_UNKNOWN;
}

/* One slice of the blocks of all ranks of the group at a time. */
static void by_slices(const kw_state *state, const kw_swap *swap, const int *rank_bits, kw_comm *group, const items *what) {
    int sorted[KW_MAX_QUBITS], local[KW_MAX_QUBITS];
    block b = make_block(state, swap, what, local);
    memcpy(sorted, rank_bits, sizeof(int) * (size_t)swap->count);
    sort_positions(sorted, swap->count);
    const uint64_t ranks = kw_bit(swap->count);
    const size_t half = 2 * state->chunk_items * kw_amplitude_bytes(state->precision);
    uint64_t slice = half / b.bytes >> swap->count;
    if (slice > b.items) slice = b.items;
    char *send = state->work, *receive = send + half;
    for (uint64_t first = 0; first < b.items; first += slice) {
        for (int unpack = 0; unpack < 2; ++unpack) {
            for (uint64_t r = 0; r < ranks; ++r) {
                const uint64_t spelt = kw_extract(kw_deposit(r, sorted, swap->count), rank_bits, swap->count);
                b.set = kw_deposit(spelt, local, swap->count);
                copy_runs(&b, first, slice, (unpack ? receive : send) + r * slice * b.bytes, !unpack);
            }
            if (!unpack) kw_comm_alltoall(group, send, receive, slice * b.bytes);
        }
    }
}

/* The ranks that differ in the swapped bits form a group; false: a slice would be less than one item. */
static bool by_alltoall(kw_state *state, const kw_swap *swap, const int *rank_bits, const items *what) {
    const uint64_t half = 2 * state->chunk_items * kw_amplitude_bytes(state->precision);
    const uint64_t swapped = kw_deposit(kw_bit(swap->count) - 1, rank_bits, swap->count);
    kw_comm *group = NULL;
    if (!(half / what->bytes >> swap->count)) return false;
    if (kw_comm_split(state->comm, (int)((uint64_t)state->comm->rank & ~swapped), &group) != KW_OK) return false;
    by_slices(state, swap, rank_bits, group, what);
    kw_comm_destroy(&group);
    return true;
}

static void move(kw_state *state, const kw_swap *swap, const int *rank_bits, items what) {
    if (state->exchange_way != KW_EXCHANGE_ALLTOALL || !by_alltoall(state, swap, rank_bits, &what))
        by_pairs(state, swap, rank_bits, &what);
}

/* ---- what a state is made of ---- */

static bool moves_runs(const kw_swap *swap) {
    for (int j = 0; j < swap->count; ++j)
        if (swap->local[j] < KW_RUN_BITS) return false;
    return true;
}

static void move_plain(kw_state *state, const kw_swap *swap, const int *rank_bits) {
    move(state, swap, rank_bits, (items){state->amplitudes, kw_amplitude_bytes(state->precision), 0});
    if (moves_runs(swap)) move(state, swap, rank_bits, (items){(char *)state->marks, sizeof *state->marks, KW_RUN_BITS});
    else kw_state_occupy(state);
    if (moves_runs(swap)) state->full = false; /* the next pass looks */
}

static void move_packed(kw_state *state, const kw_swap *swap, const int *rank_bits) {
    const size_t run = KW_RUN * kw_amplitude_bytes(state->precision);
    move(state, swap, rank_bits, (items){state->packed.parts, run, KW_RUN_BITS});
    move(state, swap, rank_bits, (items){(char *)state->packed.scales, sizeof *state->packed.scales, KW_RUN_BITS});
}

/* Qubits below the runs of a packed state take the place of others meanwhile. */
static void lift(kw_state *state, kw_swap *swap, kw_swap *lifted) {
    int spare = state->n_local - 1;
    *lifted = (kw_swap){0};
    for (int j = 0; j < swap->count; ++j) {
        if (swap->local[j] >= KW_RUN_BITS) continue;
        for (int k = 0; k < swap->count; ++k)
            if (swap->local[k] == spare) --spare, k = -1;
        lifted->local[lifted->count] = swap->local[j];
        lifted->global[lifted->count++] = spare;
        kw_state_swap_local(state, swap->local[j], spare);
        swap->local[j] = spare;
    }
}

void kw_state_exchange(kw_state *state, const kw_swap *wanted) {
    int rank_bits[KW_MAX_QUBITS] = {0};
    kw_swap swap = *wanted, lifted = {0};
    for (int j = 0; j < swap.count; ++j) rank_bits[j] = swap.global[j] - state->n_local;
    if (state->marks) move_plain(state, &swap, rank_bits);
    else {
        lift(state, &swap, &lifted);
        move_packed(state, &swap, rank_bits);
        state->full = false; /* the next pass looks */
        for (int j = lifted.count; j-- > 0;) kw_state_swap_local(state, lifted.local[j], lifted.global[j]);
    }
    state->traffic.exchanges += 1;
    state->traffic.bytes += kw_swap_bytes(swap.count, state->n_local, state->precision);
}
