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

/* Four chunks are at most 1/16 of the block; pipelining wants several of them, and short ones.  Packed: whole runs. */
uint64_t kw_state_chunk_items(int n_local, kw_precision precision) {
    uint64_t items = kw_bit(n_local) / 64;
    const uint64_t most = CHUNK_BYTES_MAX / kw_amplitude_bytes(precision);
    const uint64_t least = kw_precision_is_packed(precision) ? KW_RUN : 1;
    if (items > most) items = most;
    return items > least ? items : least;
}

static uint64_t work_bytes(int n_local, kw_precision precision, int ranks) {
    return ranks > 1 ? 4 * kw_bytes_of(kw_state_chunk_items(n_local, precision), precision) : 0;
}

/* Of the block alone; of a packed state the parts of whole runs. */
static uint64_t block_bytes(int n_local, kw_precision precision) {
    const uint64_t amplitudes = kw_bit(n_local);
    if (!kw_precision_is_packed(precision)) return kw_bytes_of(amplitudes, precision);
    return kw_runs(amplitudes) * KW_RUN * kw_amplitude_bytes(precision);
}

/* A mark or a scale per run. */
static uint64_t header_bytes(int n_local, kw_precision precision) {
    return kw_runs(kw_bit(n_local)) * (kw_precision_is_packed(precision) ? sizeof(uint16_t) : sizeof(uint8_t));
}

uint64_t kw_state_bytes(int n_qubits, kw_precision precision, int ranks) {
    const int n_local = n_qubits - kw_log2((uint64_t)ranks);
    const uint64_t amplitudes = block_bytes(n_local, precision);
    const uint64_t rest = header_bytes(n_local, precision) + work_bytes(n_local, precision, ranks);
    return amplitudes > UINT64_MAX - rest ? UINT64_MAX : amplitudes + rest;
}

static kw_status check_packed(int n_qubits, kw_precision precision, int ranks) {
    const int most = kw_most_rank_bits(n_qubits, precision);
    if (kw_log2((uint64_t)ranks) <= most) return KW_OK;
    return kw_fail(KW_E_ARG, "%d ranks cannot share a state of %d qubits in %s: at most %d, or more in single precision",
                   ranks, n_qubits, kw_precision_name(precision), 1 << most);
}

static kw_status check_shape(int n_qubits, int ranks) {
    if (n_qubits < 1 || n_qubits > KW_MAX_QUBITS)
        return kw_fail(KW_E_INPUT, "%d qubits: a state has 1 to %d", n_qubits, KW_MAX_QUBITS);
    const kw_status status = kw_comm_check_size(ranks);
    if (status == KW_OK && kw_log2((uint64_t)ranks) > n_qubits)
        return kw_fail(KW_E_ARG, "%d ranks are too many for %d qubits: at most %d", ranks, n_qubits, 1 << n_qubits);
    return status;
}

/* Of packed states a scale of zero is enough; their parts are cleared once, by the threads that will own them. */
static void clear(void *context, uint64_t first, uint64_t last) {
    kw_state *state = context;
    const uint64_t bytes = kw_amplitude_bytes(state->precision);
    memset((char *)state->amplitudes + first * bytes, 0, (last - first) * bytes);
}

static void clear_parts(void *context, uint64_t first, uint64_t last) {
    kw_state *state = context;
    const uint64_t bytes = KW_RUN * kw_amplitude_bytes(state->precision);
    memset((char *)state->packed.parts + first * bytes, 0, (last - first) * bytes);
}

void kw_state_clear(kw_state *state) {
    if (state->marks) {
        kw_parallel_for(kw_state_local_count(state), clear, state);
        memset(state->marks, 0, header_bytes(state->n_local, state->precision));
    } else memset(state->packed.scales, 0, header_bytes(state->n_local, state->precision));
    state->full = false;
}

static bool allocate(kw_state *state) {
    const uint64_t work = work_bytes(state->n_local, state->precision, state->comm->size);
    void *const block = kw_block_alloc(block_bytes(state->n_local, state->precision));
    void *const headers = kw_block_alloc(header_bytes(state->n_local, state->precision));
    if (kw_precision_is_packed(state->precision)) {
        state->packed = (kw_packed){.parts = block, .scales = headers, .gain = 1};
        state->amplitudes = &state->packed;
    } else {
        state->amplitudes = block;
        state->marks = headers;
    }
    state->chunk_items = kw_state_chunk_items(state->n_local, state->precision);
    if (work) state->work = kw_block_alloc(work);
    return block && headers && (!work || state->work);
}

static kw_status set_up(kw_comm *comm, int n_qubits, kw_precision precision, kw_state **out) {
    kw_state *state = calloc(1, sizeof *state);
    if (state) {
        *state = (kw_state){.comm = comm, .n_qubits = n_qubits, .precision = precision, .drift = 1, .most_infidelity = 1};
        state->n_local = n_qubits - kw_log2((uint64_t)comm->size);
        if (!allocate(state)) kw_state_destroy(&state);
    }
    *out = state;
    if (state) return KW_OK;
    return kw_fail(KW_E_NOMEM, "no memory for %d qubits: %.2f GiB per rank; use more ranks or %s", n_qubits,
                   (double)kw_state_bytes(n_qubits, precision, comm->size) / 0x1p30,
                   precision == KW_S8 ? "fewer qubits" : "fewer bytes per amplitude: single, s16, s8");
}

kw_status kw_state_create(kw_comm *comm, int n_qubits, kw_precision precision, kw_state **out) {
    kw_state *state = NULL;
    kw_status status = check_shape(n_qubits, comm->size);
    if (status == KW_OK) status = check_packed(n_qubits, precision, comm->size);
    if (status != KW_OK) return status;
    status = kw_comm_agree(comm, set_up(comm, n_qubits, precision, &state));
    if (status != KW_OK) {
        kw_state_destroy(&state);
        return status;
    }
    int64_t way = kw_exchange_chosen();
    kw_comm_max(comm, &way, 1); /* mpirun may leave the environment behind */
    state->exchange_way = (int)way;
    if (!state->marks) kw_parallel_for(kw_runs(kw_state_local_count(state)), clear_parts, state);
    *out = state;
    return kw_state_set_basis(state, 0);
}

void kw_state_destroy(kw_state **state) {
    kw_state *s = *state;
    if (!s) return;
    kw_block_free(s->marks ? s->amplitudes : s->packed.parts, block_bytes(s->n_local, s->precision));
    kw_block_free(s->marks ? (void *)s->marks : s->packed.scales, header_bytes(s->n_local, s->precision));
    kw_block_free(s->work, work_bytes(s->n_local, s->precision, s->comm->size));
    free(s);
    *state = NULL;
}

int kw_state_qubits(const kw_state *state) { return state->n_qubits; }
kw_precision kw_state_precision(const kw_state *state) { return state->precision; }
kw_traffic kw_state_traffic(const kw_state *state) { return state->traffic; }
void *kw_state_local(kw_state *state) {
    kw_state_occupy(state);
    return state->amplitudes;
}
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
    kw_errors_reset(state);
    kw_state_clear(state);
    if (is_mine(state, index)) {
        const uint64_t at = index & (kw_bit(state->n_local) - 1);
        kw_kernels(state->precision)->put_one(state->amplitudes, at);
        if (state->marks) state->marks[at >> KW_RUN_BITS] = 1;
    }
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

static kw_status check_norm(double norm2) {
    if (norm2 > 0 && isfinite(norm2)) return KW_OK;
    return kw_fail(KW_E_INPUT, "state with norm^2 = %g cannot be normalised", norm2);
}

/* ---- packed: the norm comes first, so that what rounding loses is counted at norm 1 ---- */

static kw_complex scaled_amplitude(const void *context, uint64_t index) {
    const fill_context *f = context;
    return f->factor * f->amplitude(f->context, index);
}

static void square_range(void *context, uint64_t first, uint64_t last, double *sums) {
    const fill_context *f = context;
    const uint64_t origin = (uint64_t)f->state->comm->rank << f->state->n_local;
    for (uint64_t i = first; i < last; ++i) {
        const kw_complex value = f->amplitude(f->context, origin + i);
        sums[0] += creal(value) * creal(value) + cimag(value) * cimag(value);
    }
}

static kw_status fill_packed(fill_context *f) {
    kw_state *state = f->state;
    double norm2 = 0;
    kw_parallel_sum(kw_state_local_count(state), 1, square_range, f, &norm2);
    kw_comm_sum(state->comm, &norm2, 1);
    const kw_status status = check_norm(norm2);
    if (status != KW_OK) return status;
    f->factor = 1.0 / sqrt(norm2);
    fill_context scaled = {state, scaled_amplitude, f, 1.0};
    kw_errors_begin(state, state->rounding);
    kw_parallel_for(kw_state_local_count(state), fill_range, &scaled);
    kw_errors_restore(state, kw_errors_end(state), false);
    return KW_OK;
}

kw_status kw_state_fill(kw_state *state, kw_amplitude_fn amplitude, const void *context) {
    kw_state_reset_order(state);
    kw_errors_reset(state);
    kw_state_occupy(state);
    fill_context f = {state, amplitude, context, 1.0};
    if (!state->marks) return fill_packed(&f);
    kw_parallel_for(kw_state_local_count(state), fill_range, &f);
    const double norm2 = kw_state_norm2(state);
    const kw_status status = check_norm(norm2);
    if (status != KW_OK) return status;
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
    kw_errors_reset(state);
    kw_state_occupy(state);
    kw_errors_begin(state, state->rounding);
    kw_parallel_for(kw_state_local_count(state), real_range, &(real_context){state, local});
    kw_errors_end(state);
}

typedef struct {
    const kw_state *a, *b;
} pair_context;

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

enum { CHUNK = 1024 };

/* Amplitude k of a view. */
static kw_complex amplitude_of(const void *view, uint64_t k, kw_precision precision) {
    if (precision == KW_DOUBLE) return ((const double *)view)[2 * k] + I * ((const double *)view)[2 * k + 1];
    return (double)((const float *)view)[2 * k] + I * (double)((const float *)view)[2 * k + 1];
}

/* Of states in different precisions. */
static void mixed_range(void *context, uint64_t first, uint64_t last, double *sums) {
    const pair_context *p = context;
    float buffers[2][2 * CHUNK];
    for (uint64_t from = first; from < last; from += CHUNK) {
        const uint64_t count = last - from < CHUNK ? last - from : CHUNK;
        const void *const a = kw_state_view(p->a, from, count, buffers[0]);
        const void *const b = kw_state_view(p->b, from, count, buffers[1]);
        kw_complex sum = 0;
        for (uint64_t k = 0; k < count; ++k)
            sum += conj(amplitude_of(a, k, p->a->precision)) * amplitude_of(b, k, p->b->precision);
        sums[0] += creal(sum);
        sums[1] += cimag(sum);
    }
}

static void dot_range(void *context, uint64_t first, uint64_t last, double *sums) {
    const pair_context *p = context;
    const kw_complex dot = kw_kernels(p->a->precision)->dot(p->a->amplitudes, p->b->amplitudes, first, last);
    sums[0] += creal(dot);
    sums[1] += cimag(dot);
}

kw_status kw_state_inner(const kw_state *a, kw_state *b, kw_complex *out) {
    if (a->n_qubits != b->n_qubits || a->comm->size != b->comm->size)
        return kw_fail(KW_E_ARG, "inner product of states of %d and %d qubits on %d and %d ranks: they must agree",
                       a->n_qubits, b->n_qubits, a->comm->size, b->comm->size);
    kw_state_arrange(b, a->place);
    double sums[2];
    kw_parallel_sum(kw_state_local_count(a), 2, a->precision == b->precision ? dot_range : mixed_range,
                    &(pair_context){a, b}, sums);
    kw_comm_sum(a->comm, sums, 2);
    *out = sums[0] + I * sums[1];
    return KW_OK;
}
