/* F2  Basis states one by one: their probabilities, and observables that are diagonal in them. */
#include <string.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "base/error.h"
#include "engine/observable_internal.h"
#include "engine/parallel.h"
#include "engine/state_internal.h"

enum { RUN_BITS = 8 };

/* Logical indices of a state's local amplitudes: those of a run of 2^RUN_BITS differ by a table. */
typedef struct {
    const kw_state *state;
    const double *d;
    double *probabilities;
    kw_state *out;
    uint64_t count; /* basis states that matter */
    int occupant[KW_MAX_QUBITS];
    uint64_t low[1 << RUN_BITS];
} basis;

static basis basis_of(const kw_state *state, uint64_t count) {
    basis b = {.state = state, .count = count};
    for (int q = 0; q < state->n_qubits; ++q) b.occupant[state->place[q]] = q;
    const int bits = state->n_local < RUN_BITS ? state->n_local : RUN_BITS;
    for (uint64_t i = 0; i < kw_bit(bits); ++i) b.low[i] = kw_deposit(i, b.occupant, bits);
    return b;
}

/* The run from local amplitude `first` on, up to `last` at most. */
static kw_basis_run run_at(const basis *b, uint64_t first, uint64_t last) {
    const uint64_t start = first & ~(kw_bit(RUN_BITS) - 1), end = start + kw_bit(RUN_BITS);
    const uint64_t index = start | (uint64_t)b->state->comm->rank << b->state->n_local;
    return (kw_basis_run){.origin = kw_deposit(index, b->occupant, b->state->n_qubits),
                          .length = (end < last ? end : last) - first,
                          .count = b->count,
                          .low = b->low + (first - start)};
}

static const kw_basis_kernels *kernels_of(const basis *b) {
    return kw_kernels(kw_precision_of_gates(b->state->precision))->basis;
}

enum { BUFFER = 2 << RUN_BITS }; /* pairs of a run, of packed states */

static void distribute_range(void *context, uint64_t first, uint64_t last) {
    const basis *b = context;
    float buffer[BUFFER];
    for (kw_basis_run run; first < last; first += run.length) {
        run = run_at(b, first, last);
        kernels_of(b)->weights(kw_state_view(b->state, first, run.length, buffer), &run, b->probabilities);
    }
}

kw_status kw_state_distribution(const kw_state *state, uint64_t count, double *out) {
    if (count > kw_bit(state->n_qubits))
        return kw_fail(KW_E_INPUT, "%llu probabilities of %d qubits: at most 2^%d", (unsigned long long)count,
                       state->n_qubits, state->n_qubits);
    basis b = basis_of(state, count);
    b.probabilities = out;
    if (state->comm->size > 1) memset(out, 0, sizeof *out * count);
    kw_parallel_for(kw_bit(state->n_local), distribute_range, &b);
    kw_comm_sum(state->comm, out, count);
    return KW_OK;
}

static void expect_range(void *context, uint64_t first, uint64_t last, double *sums) {
    const basis *b = context;
    float buffer[BUFFER];
    for (kw_basis_run run; first < last; first += run.length) {
        run = run_at(b, first, last);
        sums[0] += kernels_of(b)->dot(kw_state_view(b->state, first, run.length, buffer), &run, b->d);
    }
}

double kw_diagonal_expect(const double *d, uint64_t count, const kw_state *state) {
    basis b = basis_of(state, count);
    b.d = d;
    double sum = 0;
    kw_parallel_sum(kw_bit(state->n_local), 1, expect_range, &b, &sum);
    kw_comm_sum(state->comm, &sum, 1);
    return sum;
}

static void scale_range(void *context, uint64_t first, uint64_t last) {
    const basis *b = context;
    float in[BUFFER], buffer[BUFFER] = {0};
    for (kw_basis_run run; first < last; first += run.length) {
        run = run_at(b, first, last);
        void *const out = kw_state_take(b->out, first, run.length, buffer);
        kernels_of(b)->scale(kw_state_view(b->state, first, run.length, in), &run, b->d, out);
        kw_state_put_back(b->out, first, run.length, buffer);
    }
}

void kw_diagonal_apply(const double *d, uint64_t count, const kw_state *state, kw_state *out) {
    basis b = basis_of(state, count);
    b.d = d;
    b.out = out;
    kw_errors_begin(out, out->rounding);
    kw_parallel_for(kw_bit(state->n_local), scale_range, &b);
    kw_errors_end(out);
}
