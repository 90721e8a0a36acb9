/* F2  Orders of qubits: which swaps bring qubits to the places where they are wanted. */
#include <string.h>

#include "base/bits.h"
#include "engine/parallel.h"
#include "engine/state_internal.h"

static void invert(const int *place, int n, int *occupant) {
    for (int q = 0; q < n; ++q) occupant[place[q]] = q;
}

/* Applies a swap to the account of places. */
static void move_places(int *place, int n, const kw_swap *swap) {
    int occupant[KW_MAX_QUBITS];
    invert(place, n, occupant);
    for (int j = 0; j < swap->count; ++j) {
        place[occupant[swap->global[j]]] = swap->local[j];
        place[occupant[swap->local[j]]] = swap->global[j];
    }
}

/* The next swap on the way from `place` to `wanted`: wrong rank positions take their qubit from where it is local; where it
 * sits in another rank bit, that position's qubits first come down to spare local positions.  count 0: nothing is wrong. */
static kw_swap next_swap(const int *place, const int *wanted, int n, int n_local) {
    int should[KW_MAX_QUBITS]; /* qubit that belongs at a position */
    uint64_t taken = 0;
    kw_swap swap = {0};
    invert(wanted, n, should);
    for (int p = n_local; p < n; ++p) {
        const int from = place[should[p]];
        if (from >= n_local) continue;
        swap.global[swap.count] = p;
        swap.local[swap.count++] = from;
        taken |= kw_bit(from);
    }
    for (int p = n_local, spare = n_local - 1; p < n; ++p) {
        if (place[should[p]] == p || place[should[p]] < n_local) continue;
        while (spare >= 0 && taken & kw_bit(spare)) --spare;
        if (spare < 0) break;
        swap.global[swap.count] = p;
        swap.local[swap.count++] = spare--;
    }
    return swap;
}

/* place[q] = q */
static const int logical_order[KW_MAX_QUBITS] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                                 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
                                                 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
                                                 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61};

typedef struct {
    kw_state *state;
    kw_kernel_args args;
} flip_context;

static void flip_range(void *context, uint64_t first, uint64_t last) {
    const flip_context *f = context;
    kw_kernels(f->state->precision)->flip(f->state->amplitudes, &f->args, first, last);
}

void kw_state_flip(kw_state *state, const kw_kernel_args *args) {
    flip_context f = {state, *args};
    kw_state_occupy(state);
    kw_errors_begin(state, state->rounding);
    kw_parallel_for(kw_bit(state->n_local - args->n_open), flip_range, &f);
    kw_errors_end(state);
}

/* ...0...1... <-> ...1...0... */
void kw_state_swap_local(kw_state *state, int a, int b) {
    kw_kernel_args args = {.n_open = 2, .n_targets = 2, .open = {a < b ? a : b, a < b ? b : a}};
    args.offset[0] = kw_bit(a);
    args.offset[1] = kw_bit(b);
    kw_state_flip(state, &args);
}

void kw_state_arrange(kw_state *state, const int *wanted) {
    const int n = state->n_qubits;
    if (!wanted) wanted = logical_order;
    for (kw_swap swap = next_swap(state->place, wanted, n, state->n_local); swap.count;
         swap = next_swap(state->place, wanted, n, state->n_local)) {
        kw_state_exchange(state, &swap);
        move_places(state->place, n, &swap);
    }
    for (int q = 0; q < n; ++q) {
        const int from = state->place[q], to = wanted[q];
        if (from == to) continue;
        int occupant[KW_MAX_QUBITS];
        invert(state->place, n, occupant);
        kw_state_swap_local(state, from, to);
        state->place[occupant[to]] = from;
        state->place[q] = to;
    }
}

kw_status kw_state_order(kw_state *state) {
    kw_state_arrange(state, NULL);
    return KW_OK;
}

static void count_swap(kw_traffic *cost, const kw_swap *swap, int n_local, kw_precision precision) {
    cost->exchanges += 1;
    cost->bytes += kw_swap_bytes(swap->count, n_local, precision);
}

kw_traffic kw_order_cost(int n_qubits, int ranks, const int *place, kw_precision precision) {
    int now[KW_MAX_QUBITS];
    const int n_local = n_qubits - kw_log2((uint64_t)ranks);
    kw_traffic cost = {0, 0};
    memcpy(now, place, sizeof(int) * (size_t)n_qubits);
    for (kw_swap swap = next_swap(now, logical_order, n_qubits, n_local); swap.count;
         swap = next_swap(now, logical_order, n_qubits, n_local)) {
        count_swap(&cost, &swap, n_local, precision);
        move_places(now, n_qubits, &swap);
    }
    return cost;
}

/* Global qubits of `mask` change places with local qubits outside it, the highest first. */
static kw_swap localising_swap(const int *place, int n, int n_local, uint64_t mask) {
    int occupant[KW_MAX_QUBITS] = {0};
    kw_swap swap = {0};
    invert(place, n, occupant);
    int spare = n_local - 1;
    for (int p = n_local; p < n; ++p) {
        if (!(mask & kw_bit(occupant[p]))) continue;
        while (spare >= 0 && mask & kw_bit(occupant[spare])) --spare;
        swap.global[swap.count] = p;
        swap.local[swap.count++] = spare--;
    }
    return swap;
}

void kw_state_localise(kw_state *state, uint64_t mask) {
    const kw_swap swap = localising_swap(state->place, state->n_qubits, state->n_local, mask);
    if (!swap.count) return;
    kw_state_exchange(state, &swap);
    move_places(state->place, state->n_qubits, &swap);
}

kw_traffic kw_localise_cost(int n_qubits, int ranks, const int *place, uint64_t mask, kw_precision precision) {
    const int n_local = n_qubits - kw_log2((uint64_t)ranks);
    const kw_swap swap = localising_swap(place, n_qubits, n_local, mask);
    kw_traffic cost = {0, 0};
    if (swap.count) count_swap(&cost, &swap, n_local, precision);
    return cost;
}

void kw_localise_place(int n_qubits, int ranks, int *place, uint64_t mask) {
    const kw_swap swap = localising_swap(place, n_qubits, n_qubits - kw_log2((uint64_t)ranks), mask);
    move_places(place, n_qubits, &swap);
}
