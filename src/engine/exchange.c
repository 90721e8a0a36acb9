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

/* The block of one partner: the amplitudes whose bits at the swapped local positions spell the partner's rank bits.  The
 * block received has the same slots as the block sent, so no second copy of the state is needed. */
typedef struct {
    char *amplitudes;
    size_t bytes;
    int count, open[KW_MAX_QUBITS]; /* swapped local positions, ascending */
    uint64_t set, closed;           /* closed: the other positions */
} block;

static uint64_t slot_of(const block *b, uint64_t item) { return kw_insert_zeros(item, b->open, b->count) | b->set; }

#define COPY_EACH(size)                                                                                                     \
    for (uint64_t i = 0; i < runs; ++i, chunk += (size)) {                                                                  \
        char *here = b->amplitudes + (at | b->set) * b->bytes;                                                              \
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
    return count <= kw_bit(b->open[0]) ? b->amplitudes + slot_of(b, first) * b->bytes : NULL;
}

static void sort_positions(int *positions, int count) {
    for (int i = 1; i < count; ++i)
        for (int j = i; j > 0 && positions[j] < positions[j - 1]; --j) {
            const int t = positions[j];
            positions[j] = positions[j - 1];
            positions[j - 1] = t;
        }
}

static block make_block(const kw_state *state, const kw_swap *swap) {
    block b = {.amplitudes = state->amplitudes, .bytes = kw_amplitude_bytes(state->precision), .count = swap->count};
    memcpy(b.open, swap->local, sizeof(int) * (size_t)swap->count);
    sort_positions(b.open, b.count);
    b.closed = (kw_bit(state->n_local) - 1) & ~kw_deposit(kw_bit(swap->count) - 1, swap->local, swap->count);
    return b;
}

/* ---- pair by pair ---- */

static void by_pairs(kw_state *state, const kw_swap *swap, const int *rank_bits) {
    block b = make_block(state, swap);
    const uint64_t mine = kw_extract((uint64_t)state->comm->rank, rank_bits, swap->count);
    for (uint64_t step = 1; step < kw_bit(swap->count); ++step) { /* step: XOR distance, so every step pairs all ranks */
        b.set = kw_deposit(mine ^ step, swap->local, swap->count);
        const kw_exchange exchange = {.peer = state->comm->rank ^ (int)kw_deposit(step, rank_bits, swap->count),
                                      .items = kw_bit(state->n_local - swap->count),
                                      .item_bytes = b.bytes,
                                      .chunk_items = state->chunk_items,
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
static void by_slices(const kw_state *state, const kw_swap *swap, const int *rank_bits, kw_comm *group, uint64_t slice) {
    block b = make_block(state, swap);
    int sorted[KW_MAX_QUBITS];
    memcpy(sorted, rank_bits, sizeof(int) * (size_t)swap->count);
    sort_positions(sorted, swap->count);
    const uint64_t items = kw_bit(state->n_local - swap->count), ranks = kw_bit(swap->count);
    char *send = state->work, *receive = send + 2 * state->chunk_items * b.bytes;
    for (uint64_t first = 0; first < items; first += slice) {
        for (int unpack = 0; unpack < 2; ++unpack) {
            for (uint64_t r = 0; r < ranks; ++r) {
                const uint64_t spelt = kw_extract(kw_deposit(r, sorted, swap->count), rank_bits, swap->count);
                b.set = kw_deposit(spelt, swap->local, swap->count);
                copy_runs(&b, first, slice, (unpack ? receive : send) + r * slice * b.bytes, !unpack);
            }
            if (!unpack) kw_comm_alltoall(group, send, receive, slice * b.bytes);
        }
    }
}

/* The ranks that differ in the swapped bits form a group; false: a slice would be less than one amplitude. */
static bool by_alltoall(kw_state *state, const kw_swap *swap, const int *rank_bits) {
    uint64_t slice = 2 * state->chunk_items >> swap->count;
    const uint64_t items = kw_bit(state->n_local - swap->count);
    const uint64_t swapped = kw_deposit(kw_bit(swap->count) - 1, rank_bits, swap->count);
    kw_comm *group = NULL;
    if (!slice || kw_comm_split(state->comm, (int)((uint64_t)state->comm->rank & ~swapped), &group) != KW_OK) return false;
    while (slice > items) slice /= 2;
    by_slices(state, swap, rank_bits, group, slice);
    kw_comm_destroy(&group);
    return true;
}

void kw_state_exchange(kw_state *state, const kw_swap *swap) {
    int rank_bits[KW_MAX_QUBITS];
    for (int j = 0; j < swap->count; ++j) rank_bits[j] = swap->global[j] - state->n_local;
    if (state->exchange_way != KW_EXCHANGE_ALLTOALL || !by_alltoall(state, swap, rank_bits))
        by_pairs(state, swap, rank_bits);
    state->traffic.exchanges += 1;
    state->traffic.bytes += kw_swap_bytes(swap->count, state->n_local, state->precision);
}
