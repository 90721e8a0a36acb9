/* F2  The distributed statevector: life, setting, reading, norms and inner products. */
#include "ketwall/state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "base/error.h"
#include "base/memory.h"
#include "engine/exchange.h"
#include "engine/parallel.h"
#include "engine/state_internal.h"

#define CHUNK_BYTES_MAX ((uint64_t)512 << 10)

/* Four chunks are at most 1/16 of the block; pipelining wants several of them, and short ones. */
uint64_t kw_state_chunk_items(int n_local, kw_precision precision) {
    uint64_t items = kw_bit(n_local) / 64;
    const uint64_t most = CHUNK_BYTES_MAX / kw_amplitude_bytes(precision);
    if (items > most) items = most;
    return items ? items : 1;
}

static uint64_t work_bytes(int n_local, kw_precision precision, int ranks) {
    return ranks > 1 ? 4 * kw_state_chunk_items(n_local, precision) * kw_amplitude_bytes(precision) : 0;
}

uint64_t kw_state_bytes(int n_qubits, kw_precision precision, int ranks) {
    const int n_local = n_qubits - kw_log2((uint64_t)ranks);
    const uint64_t amplitudes = kw_bytes_of(kw_bit(n_local), precision), work = work_bytes(n_local, precision, ranks);
    return amplitudes > UINT64_MAX - work ? UINT64_MAX : amplitudes + work;
}

static kw_status check_shape(int n_qubits, int ranks) {
    if (n_qubits < 1 || n_qubits > KW_MAX_QUBITS)
        return kw_fail(KW_E_INPUT, "%d qubits: a state has 1 to %d", n_qubits, KW_MAX_QUBITS);
    int below = 1;
    while (2 * below <= ranks) below *= 2;
    if (below != ranks)
        return kw_fail(KW_E_ARG, "%d ranks cannot share one state: use a power of two, %d or %d", ranks, below, 2 * below);
    if (kw_log2((uint64_t)ranks) > n_qubits)
        return kw_fail(KW_E_ARG, "%d ranks are too many for %d qubits: at most %d", ranks, n_qubits, 1 << n_qubits);
    return KW_OK;
}

static void clear(void *context, uint64_t first, uint64_t last) {
    kw_state *state = context;
    const uint64_t bytes = kw_amplitude_bytes(state->precision);
    memset((char *)state->amplitudes + first * bytes, 0, (last - first) * bytes);
}

kw_status kw_state_create(kw_comm *comm, int n_qubits, kw_precision precision, kw_state **out) {
    kw_status status = check_shape(n_qubits, comm->size);
    if (status != KW_OK) return status;
    kw_state *state = calloc(1, sizeof *state);
    const uint64_t bytes = kw_state_bytes(n_qubits, precision, comm->size);
    if (state) {
        *state = (kw_state){.comm = comm, .n_qubits = n_qubits, .precision = precision};
        state->n_local = n_qubits - kw_log2((uint64_t)comm->size);
        state->chunk_items = kw_state_chunk_items(state->n_local, precision);
        const uint64_t work = work_bytes(state->n_local, precision, comm->size);
        state->amplitudes = kw_block_alloc(bytes - work);
        if (work) state->work = kw_block_alloc(work);
        if (!state->amplitudes || (work && !state->work)) kw_state_destroy(&state);
    }
    status = state ? KW_OK
                   : kw_fail(KW_E_NOMEM, "no memory for %d qubits: %.2f GiB per rank; use more ranks or single precision",
                             n_qubits, (double)bytes / 0x1p30);
    status = kw_comm_agree(comm, status);
    if (status != KW_OK) {
        kw_state_destroy(&state);
        return status;
    }
    int64_t way = kw_exchange_chosen();
    kw_comm_max(comm, &way, 1); /* mpirun may leave the environment behind */
    state->exchange_way = (int)way;
    *out = state;
    return kw_state_set_basis(state, 0);
}

void kw_state_destroy(kw_state **state) {
    kw_state *s = *state;
    if (!s) return;
    const uint64_t work = work_bytes(s->n_local, s->precision, s->comm->size);
    kw_block_free(s->amplitudes, kw_state_bytes(s->n_qubits, s->precision, s->comm->size) - work);
    kw_block_free(s->work, work);
    free(s);
    *state = NULL;
}

int kw_state_qubits(const kw_state *state) { return state->n_qubits; }
kw_precision kw_state_precision(const kw_state *state) { return state->precision; }
kw_traffic kw_state_traffic(const kw_state *state) { return state->traffic; }
void *kw_state_local(kw_state *state) { return state->amplitudes; }
uint64_t kw_state_local_count(const kw_state *state) { return kw_bit(state->n_local); }
kw_comm *kw_state_comm(const kw_state *state) { return state->comm; }

void kw_state_reset_order(kw_state *state) {
    for (int q = 0; q < KW_MAX_QUBITS; ++q) state->place[q] = q;
}

/* Physical index of a logical one. */
static uint64_t physical(const kw_state *state, uint64_t index) { return kw_deposit(index, state->place, state->n_qubits); }

static bool is_mine(const kw_state *state, uint64_t physical_index) {
    return physical_index >> state->n_local == (uint64_t)state->comm->rank;
}

kw_status kw_state_set_basis(kw_state *state, uint64_t index) {
    if (index >= kw_bit(state->n_qubits))
        return kw_fail(KW_E_INPUT, "basis state %llu: %d qubits have 2^%d", (unsigned long long)index, state->n_qubits,
                       state->n_qubits);
    kw_state_reset_order(state);
    kw_parallel_for(kw_state_local_count(state), clear, state);
    if (is_mine(state, index))
        kw_kernels(state->precision)->put(state->amplitudes, index & (kw_bit(state->n_local) - 1), 1.0);
    return KW_OK;
}

typedef struct {
    kw_state *state;
    kw_amplitude_fn amplitude;
    const void *context;
    double factor;
} fill_context;

static void fill_range(void *context, uint64_t first, uint64_t last) {
    const fill_context *f = context;
    const uint64_t origin = (uint64_t)f->state->comm->rank << f->state->n_local;
    kw_kernels(f->state->precision)->fill(f->state->amplitudes, f->amplitude, f->context, origin, first, last);
}

static void scale_range(void *context, uint64_t first, uint64_t last) {
    const fill_context *f = context;
    kw_kernels(f->state->precision)->scale(f->state->amplitudes, f->factor, first, last);
}

kw_status kw_state_fill(kw_state *state, kw_amplitude_fn amplitude, const void *context) {
    kw_state_reset_order(state);
    fill_context f = {state, amplitude, context, 1.0};
    kw_parallel_for(kw_state_local_count(state), fill_range, &f);
    const double norm2 = kw_state_norm2(state);
    if (!(norm2 > 0) || !isfinite(norm2)) return kw_fail(KW_E_INPUT, "state with norm^2 = %g cannot be normalised", norm2);
    f.factor = 1.0 / sqrt(norm2);
    if (f.factor != 1.0) kw_parallel_for(kw_state_local_count(state), scale_range, &f);
    return KW_OK;
}

typedef struct {
    kw_state *state;
    const double *local;
} real_context;

static kw_complex real_amplitude(const void *local, uint64_t index) { return ((const double *)local)[index]; }

static void real_range(void *context, uint64_t first, uint64_t last) {
    const real_context *r = context;
    kw_kernels(r->state->precision)->fill(r->state->amplitudes, real_amplitude, r->local, 0, first, last);
}

void kw_state_set_local_real(kw_state *state, const double *local) {
    kw_state_reset_order(state);
    kw_parallel_for(kw_state_local_count(state), real_range, &(real_context){state, local});
}

typedef struct {
    const kw_state *a, *b;
} pair_context;

static void copy_range(void *context, uint64_t first, uint64_t last) {
    const pair_context *p = context;
    const uint64_t bytes = kw_amplitude_bytes(p->a->precision);
    memcpy((char *)p->b->amplitudes + first * bytes, (const char *)p->a->amplitudes + first * bytes, (last - first) * bytes);
}

void kw_state_copy(kw_state *target, const kw_state *source) {
    memcpy(target->place, source->place, sizeof target->place);
    kw_parallel_for(kw_state_local_count(source), copy_range, &(pair_context){source, target});
}

kw_status kw_state_amplitudes(const kw_state *state, const uint64_t *indices, size_t count, kw_complex *out) {
    for (size_t i = 0; i < count; ++i)
        if (indices[i] >= kw_bit(state->n_qubits))
            return kw_fail(KW_E_INPUT, "amplitude %llu: %d qubits have 2^%d", (unsigned long long)indices[i],
                           state->n_qubits, state->n_qubits);
    for (size_t i = 0; i < count; ++i) {
        const uint64_t index = physical(state, indices[i]);
        out[i] = is_mine(state, index)
                     ? kw_kernels(state->precision)->get(state->amplitudes, index & (kw_bit(state->n_local) - 1))
                     : 0.0;
    }
    kw_comm_sum(state->comm, (double *)out, 2 * count);
    return KW_OK;
}

static void norm_range(void *context, uint64_t first, uint64_t last, double *sums) {
    const pair_context *p = context;
    sums[0] += kw_kernels(p->a->precision)->norm2(p->a->amplitudes, first, last);
}

double kw_state_norm2(const kw_state *state) {
    double norm2 = 0;
    kw_parallel_sum(kw_state_local_count(state), 1, norm_range, &(pair_context){state, NULL}, &norm2);
    kw_comm_sum(state->comm, &norm2, 1);
    return norm2;
}

static void dot_range(void *context, uint64_t first, uint64_t last, double *sums) {
    const pair_context *p = context;
    const kw_complex dot = kw_kernels(p->a->precision)->dot(p->a->amplitudes, p->b->amplitudes, first, last);
    sums[0] += creal(dot);
    sums[1] += cimag(dot);
}

kw_status kw_state_inner(const kw_state *a, kw_state *b, kw_complex *out) {
    if (a->n_qubits != b->n_qubits || a->precision != b->precision || a->comm->size != b->comm->size)
        return kw_fail(KW_E_ARG,
                       "inner product of states of %d and %d qubits on %d and %d ranks: they must agree, in precision too",
                       a->n_qubits, b->n_qubits, a->comm->size, b->comm->size);
    kw_state_arrange(b, a->place);
    double sums[2];
    kw_parallel_sum(kw_state_local_count(a), 2, dot_range, &(pair_context){a, b}, sums);
    kw_comm_sum(a->comm, sums, 2);
    *out = sums[0] + I * sums[1];
    return KW_OK;
}
