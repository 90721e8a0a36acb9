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
    kw_state *out;
    const double *d;
    double *probabilities;
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

/* Logical index of local amplitude i, a multiple of the run. */
static uint64_t run_start(const basis *b, uint64_t i) {
    return kw_deposit(i | (uint64_t)b->state->comm->rank << b->state->n_local, b->occupant, b->state->n_qubits);
}

/* Calls `statement` with i, the local index, and j, the logical one, for all i in [first, last) with j < count. */
#define FOR_BASIS(b, first, last, statement)                                                                                \
    for (uint64_t i = (first); i < (last);) {                                                                               \
        const uint64_t start = i & ~(kw_bit(RUN_BITS) - 1), origin = run_start(b, start);                                   \
        const uint64_t end = start + kw_bit(RUN_BITS) < (last) ? start + kw_bit(RUN_BITS) : (last);                         \
        for (; i < end; ++i) {                                                                                              \
            const uint64_t j = origin | (b)->low[i - start];                                                                \
            if (j < (b)->count) statement;                                                                                  \
        }                                                                                                                   \
    }

typedef struct {
    float re, im;
} single;

static double weight(const kw_state *state, uint64_t i) {
    if (state->precision == KW_SINGLE) {
        const single a = ((const single *)state->amplitudes)[i];
        return (double)a.re * a.re + (double)a.im * a.im;
    }
    const kw_complex a = ((const kw_complex *)state->amplitudes)[i];
    return creal(a) * creal(a) + cimag(a) * cimag(a);
}

static void distribute_range(void *context, uint64_t first, uint64_t last) {
    basis *b = context;
    FOR_BASIS(b, first, last, b->probabilities[j] = weight(b->state, i))
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
    FOR_BASIS(b, first, last, sums[0] += b->d[j] * weight(b->state, i))
}

double kw_diagonal_expect(const double *d, uint64_t count, const kw_state *state) {
    basis b = basis_of(state, count);
    b.d = d;
    double sum = 0;
    kw_parallel_sum(kw_bit(state->n_local), 1, expect_range, &b, &sum);
    kw_comm_sum(state->comm, &sum, 1);
    return sum;
}

static void scale(const basis *b, uint64_t i, double factor) {
    if (b->state->precision == KW_SINGLE) {
        const single a = ((const single *)b->state->amplitudes)[i];
        ((single *)b->out->amplitudes)[i] = (single){(float)factor * a.re, (float)factor * a.im};
    } else ((kw_complex *)b->out->amplitudes)[i] = factor * ((const kw_complex *)b->state->amplitudes)[i];
}

static void scale_range(void *context, uint64_t first, uint64_t last) {
    const basis *b = context;
    FOR_BASIS(b, first, last, scale(b, i, b->d[j]))
}

static void clear_range(void *context, uint64_t first, uint64_t last) {
    const basis *b = context;
    const uint64_t bytes = kw_amplitude_bytes(b->out->precision);
    memset((char *)b->out->amplitudes + first * bytes, 0, (last - first) * bytes);
}

void kw_diagonal_apply(const double *d, uint64_t count, const kw_state *state, kw_state *out) {
    basis b = basis_of(state, count);
    b.d = d;
    b.out = out;
    if (count < kw_bit(state->n_qubits)) kw_parallel_for(kw_bit(state->n_local), clear_range, &b);
    kw_parallel_for(kw_bit(state->n_local), scale_range, &b);
}
