/* F2  The local amplitudes as bytes: views of runs, slabs that are kept aside, copies. */
#include <string.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "engine/parallel.h"
#include "engine/state_internal.h"

#define BROADCAST_BYTES ((uint64_t)1 << 29)

/* ---- runs ---- */

static char *at(const kw_state *state, uint64_t first) {
    return (char *)state->amplitudes + first * kw_amplitude_bytes(state->precision);
}

const void *kw_state_view(const kw_state *state, uint64_t first, uint64_t count, void *buffer) {
    if (state->marks) return at(state, first);
    const uint64_t run = first >> KW_RUN_BITS, inside = first & (KW_RUN - 1);
    kw_kernels(state->precision)->codec->unpack(&state->packed, run, kw_runs(inside + count), buffer);
    return (float *)buffer + 2 * inside;
}

void *kw_state_take(kw_state *state, uint64_t first, uint64_t count, void *buffer) {
    return state->marks ? at(state, first) : (void *)kw_state_view(state, first, count, buffer);
}

void kw_state_put_back(kw_state *state, uint64_t first, uint64_t count, const void *buffer) {
    if (!state->marks)
        kw_kernels(state->precision)->codec->pack(&state->packed, first >> KW_RUN_BITS, kw_runs(count), buffer);
}

void kw_state_occupy(kw_state *state) {
    if (!state->marks || state->full) return;
    memset(state->marks, 1, kw_runs(kw_state_local_count(state)));
    state->full = true;
}

/* ---- slabs: block, scales, what the numbers mean ---- */

typedef struct {
    double gain;
    kw_errors errors;
    uint64_t writes;
} meaning;

typedef struct {
    char *block, *headers;
    uint64_t block_bytes, header_bytes;
} pieces;

static pieces pieces_of(const kw_state *state) {
    const uint64_t count = kw_state_local_count(state), runs = kw_runs(count), each = kw_amplitude_bytes(state->precision);
    if (state->marks) return (pieces){state->amplitudes, NULL, count * each, 0};
    return (pieces){state->packed.parts, (char *)state->packed.scales, runs * KW_RUN * each, runs * sizeof(uint16_t)};
}

uint64_t kw_slab_bytes(int n_local, kw_precision precision) {
    return kw_bytes_of(kw_bit(n_local), precision) + (kw_precision_is_packed(precision) ? sizeof(meaning) : 0);
}

uint64_t kw_state_slab_bytes(const kw_state *state) { return kw_slab_bytes(state->n_local, state->precision); }

void kw_state_store(const kw_state *state, void *slab) {
    const pieces p = pieces_of(state);
    const meaning with = {state->packed.gain, state->errors, state->writes};
    memcpy(slab, p.block, p.block_bytes);
    if (!p.header_bytes) return;
    memcpy((char *)slab + p.block_bytes, p.headers, p.header_bytes);
    memcpy((char *)slab + p.block_bytes + p.header_bytes, &with, sizeof with);
}

static void set_meaning(kw_state *state, const meaning *with) {
    state->packed.gain = with->gain;
    state->errors = with->errors;
    state->writes = with->writes;
    state->drift = 1;
}

void kw_state_restore(kw_state *state, const void *slab) {
    const pieces p = pieces_of(state);
    meaning with;
    kw_state_reset_order(state);
    kw_state_occupy(state);
    memcpy(p.block, slab, p.block_bytes);
    if (!p.header_bytes) return;
    memcpy(p.headers, (const char *)slab + p.block_bytes, p.header_bytes);
    memcpy(&with, (const char *)slab + p.block_bytes + p.header_bytes, sizeof with);
    set_meaning(state, &with);
}

static void broadcast(kw_comm *column, char *bytes, uint64_t count, int root) {
    for (uint64_t from = 0; from < count; from += BROADCAST_BYTES)
        kw_comm_broadcast(column, bytes + from, count - from < BROADCAST_BYTES ? count - from : BROADCAST_BYTES, root);
}

void kw_state_broadcast(kw_state *state, kw_comm *column, int root) {
    const pieces p = pieces_of(state);
    meaning with = {state->packed.gain, state->errors, state->writes};
    kw_state_reset_order(state);
    kw_state_occupy(state);
    broadcast(column, p.block, p.block_bytes, root);
    broadcast(column, p.headers, p.header_bytes, root);
    kw_comm_broadcast(column, &with, sizeof with, root);
    set_meaning(state, &with);
}

/* ---- copies ---- */

typedef struct {
    pieces from, to;
    uint64_t runs;
} copy_context;

static void copy_range(void *context, uint64_t first, uint64_t last) {
    const copy_context *c = context;
    const uint64_t block = c->from.block_bytes / c->runs, header = c->from.header_bytes / c->runs;
    memcpy(c->to.block + first * block, c->from.block + first * block, (last - first) * block);
    memcpy(c->to.headers + first * header, c->from.headers + first * header, (last - first) * header);
}

void kw_state_copy(kw_state *target, const kw_state *source) {
    copy_context c = {pieces_of(source), pieces_of(target), kw_runs(kw_state_local_count(source))};
    if (source->marks) { /* the marks are the headers */
        c.from.headers = (char *)source->marks;
        c.to.headers = (char *)target->marks;
        c.from.header_bytes = c.runs;
    }
    memcpy(target->place, source->place, sizeof target->place);
    kw_parallel_for(c.runs, copy_range, &c);
    target->full = source->full;
    target->packed.gain = source->packed.gain;
    target->errors = source->errors;
    target->writes = source->writes;
    target->drift = source->drift;
}
