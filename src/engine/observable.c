/* F2  Observables: Pauli sums and trash projectors, evaluated and applied. */
#include "ketwall/observable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "base/error.h"
#include "engine/observable_internal.h"
#include "engine/parallel.h"
#include "engine/plan_internal.h"

struct kw_observable {
    int n_qubits;
    uint64_t trash; /* trash mask; 0: a Pauli sum */
    kw_trash_cost cost;
    size_t count;
    kw_pauli *terms;
};

static uint64_t all_qubits(int n) { return kw_bit(n) - 1; }

static kw_status check_qubits(int n) {
    return n >= 1 && n <= KW_MAX_QUBITS ? KW_OK : kw_fail(KW_E_INPUT, "observable on %d qubits: 1 to %d", n, KW_MAX_QUBITS);
}

kw_status kw_paulis_check(int n_qubits, const kw_pauli *terms, size_t count) {
    if (check_qubits(n_qubits) != KW_OK) return KW_E_INPUT;
    if (!count) return kw_fail(KW_E_INPUT, "a Pauli sum needs at least one term");
    for (size_t i = 0; i < count; ++i)
        if ((terms[i].x | terms[i].z) & ~all_qubits(n_qubits) || !isfinite(terms[i].coefficient))
            return kw_fail(KW_E_INPUT, "Pauli term %zu: beyond %d qubits, or coefficient not finite", i, n_qubits);
    return KW_OK;
}

kw_status kw_observable_pauli_sum(int n_qubits, const kw_pauli *terms, size_t count, kw_observable **out) {
    const kw_status status = kw_paulis_check(n_qubits, terms, count);
    if (status != KW_OK) return status;
    kw_observable *observable = calloc(1, sizeof *observable);
    if (observable) observable->terms = malloc(count * sizeof *terms);
    if (!observable || !observable->terms) {
        free(observable);
        return kw_fail(KW_E_NOMEM, "no memory for %zu Pauli terms", count);
    }
    observable->n_qubits = n_qubits;
    observable->count = count;
    memcpy(observable->terms, terms, count * sizeof *terms);
    *out = observable;
    return KW_OK;
}

kw_status kw_observable_trash(int n_qubits, uint64_t trash_mask, kw_trash_cost cost, kw_observable **out) {
    if (check_qubits(n_qubits) != KW_OK) return KW_E_INPUT;
    if (!trash_mask || trash_mask & ~all_qubits(n_qubits))
        return kw_fail(KW_E_INPUT, "trash qubits: expected at least one, all below %d", n_qubits);
    kw_observable *observable = calloc(1, sizeof *observable);
    if (!observable) return kw_fail(KW_E_NOMEM, "no memory for an observable");
    *observable = (kw_observable){.n_qubits = n_qubits, .trash = trash_mask, .cost = cost};
    *out = observable;
    return KW_OK;
}

void kw_observable_destroy(kw_observable **observable) {
    if (*observable) free((*observable)->terms);
    free(*observable);
    *observable = NULL;
}

/* ---- trash registers ---- */

typedef struct {
    const kw_state *in;
    kw_state *out;
    uint64_t mask; /* local positions */
    int shift;     /* ones in the rank bits */
    const double *factors;
} trash_context;

static trash_context trash_at(const kw_state *state, uint64_t trash_mask) {
    const uint64_t positions = kw_deposit(trash_mask, state->place, state->n_qubits);
    const uint64_t rank_bits = (uint64_t)state->comm->rank << state->n_local;
    return (trash_context){
        .in = state, .mask = positions & all_qubits(state->n_local), .shift = kw_popcount(positions & rank_bits)};
}

static void weights_range(void *context, uint64_t first, uint64_t last, double *sums) {
    const trash_context *t = context;
    kw_kernels(t->in->precision)->weights(t->in->amplitudes, t->mask, t->shift, first, last, sums);
}

void kw_state_trash_weights(const kw_state *state, uint64_t trash_mask, double *weights) {
    trash_context t = trash_at(state, trash_mask);
    const int width = kw_popcount(trash_mask) + 1;
    kw_parallel_sum(kw_state_local_count((kw_state *)state), width, weights_range, &t, weights);
    kw_comm_sum(state->comm, weights, (size_t)width);
}

static void reweigh_range(void *context, uint64_t first, uint64_t last) {
    const trash_context *t = context;
    kw_kernels(t->in->precision)->reweigh(t->in->amplitudes, t->out->amplitudes, t->mask, t->shift, t->factors, first, last);
}

/* Eigenvalue of the cost where the trash register holds h ones. */
static double trash_eigenvalue(const kw_observable *o, int h) {
    return o->cost == KW_COST_GLOBAL ? (h ? 1.0 : 0.0) : (double)h / kw_popcount(o->trash);
}

static double trash_expect(const kw_observable *o, const kw_state *state) {
    double weights[KW_MAX_QUBITS + 1], value = 0;
    kw_state_trash_weights(state, o->trash, weights);
    for (int h = 1; h <= kw_popcount(o->trash); ++h) value += trash_eigenvalue(o, h) * weights[h];
    return value;
}

static void trash_apply(const kw_observable *o, const kw_state *state, kw_state *out) {
    double factors[KW_MAX_QUBITS + 1];
    for (int h = 0; h <= kw_popcount(o->trash); ++h) factors[h] = trash_eigenvalue(o, h);
    trash_context t = trash_at(state, o->trash);
    t.out = out;
    t.factors = factors;
    memcpy(out->place, state->place, sizeof out->place);
    kw_parallel_for(kw_state_local_count(out), reweigh_range, &t);
}

/* ---- Pauli sums ---- */

typedef struct {
    const kw_observable *observable;
    kw_state *state, *out; /* out == NULL: expectation */
    uint64_t x_rank;       /* the rank bits that this round flips */
    double value;
} pauli_context;

typedef struct {
    const pauli_context *round;
    const void *chunk;
    uint64_t x, z, first;
    kw_complex factor;
} term_context;

static void dot_range(void *context, uint64_t first, uint64_t last, double *sums) {
    const term_context *t = context;
    const kw_state *state = t->round->state;
    const char *chunk = (const char *)t->chunk + first * kw_amplitude_bytes(state->precision);
    const kw_complex sum =
        kw_kernels(state->precision)->pauli_dot(state->amplitudes, chunk, t->x, t->z, t->first + first, last - first);
    sums[0] += creal(t->factor * sum);
}

static void add_range(void *context, uint64_t first, uint64_t last) {
    const term_context *t = context;
    const kw_state *out = t->round->out;
    const char *chunk = (const char *)t->chunk + first * kw_amplitude_bytes(out->precision);
    kw_kernels(out->precision)->pauli_add(out->amplitudes, chunk, t->factor, t->x, t->z, t->first + first, last - first);
}

/* (P psi)_i = i^{#Y} (-1)^{|z & j|} psi_j with j = i ^ x.  `chunk` holds psi_j of the partner that the rank bits of x name.
 */
static void use_chunk(void *context, uint64_t first, uint64_t count, const void *chunk) {
    static const kw_complex powers[4] = {1, I, -1, -I};
    pauli_context *p = context;
    const kw_state *state = p->state;
    const uint64_t below = all_qubits(state->n_local);
    const uint64_t source = ((uint64_t)state->comm->rank << state->n_local) ^ p->x_rank;
    for (size_t i = 0; i < p->observable->count; ++i) {
        const kw_pauli *term = &p->observable->terms[i];
        const uint64_t x = kw_deposit(term->x, state->place, state->n_qubits);
        const uint64_t z = kw_deposit(term->z, state->place, state->n_qubits);
        if ((x & ~below) != p->x_rank) continue;
        const double sign = kw_popcount(z & source & ~below) & 1 ? -term->coefficient : term->coefficient;
        term_context t = {p, chunk, x & below, z & below, first, sign * powers[kw_popcount(term->x & term->z) & 3]};
        double sum = 0;
        if (p->out) kw_parallel_for(count, add_range, &t);
        else kw_parallel_sum(count, 1, dot_range, &t, &sum);
        p->value += sum;
    }
}

static void pack_amplitudes(void *context, uint64_t first, uint64_t count, void *chunk) {
    const pauli_context *p = context;
    const uint64_t bytes = kw_amplitude_bytes(p->state->precision);
    memcpy(chunk, (const char *)p->state->amplitudes + first * bytes, count * bytes);
}

/* True if no earlier term flips the same rank bits as term i. */
static bool is_new_round(const kw_observable *o, const int *place, int n_local, size_t i) {
    const uint64_t x = kw_deposit(o->terms[i].x, place, o->n_qubits) >> n_local;
    for (size_t j = 0; j < i; ++j)
        if (kw_deposit(o->terms[j].x, place, o->n_qubits) >> n_local == x) return false;
    return true;
}

/* One round per distinct pattern of flipped rank bits: the partner's amplitudes stream by once for all its terms. */
static double pauli_rounds(const kw_observable *o, kw_state *state, kw_state *out) {
    pauli_context p = {.observable = o, .state = state, .out = out};
    const uint64_t count = kw_state_local_count(state);
    for (size_t i = 0; i < o->count; ++i) {
        if (!is_new_round(o, state->place, state->n_local, i)) continue;
        p.x_rank = kw_deposit(o->terms[i].x, state->place, state->n_qubits) & ~all_qubits(state->n_local);
        if (!p.x_rank) {
            use_chunk(&p, 0, count, state->amplitudes);
            continue;
        }
        const kw_exchange exchange = {.peer = state->comm->rank ^ (int)(p.x_rank >> state->n_local),
                                      .items = count,
                                      .item_bytes = kw_amplitude_bytes(state->precision),
                                      .chunk_items = state->chunk_items,
                                      .pack = pack_amplitudes,
                                      .unpack = use_chunk,
                                      .context = &p,
                                      .work = state->work};
        kw_comm_exchange(state->comm, &exchange);
        state->traffic.exchanges += 1;
        state->traffic.bytes += count * kw_amplitude_bytes(state->precision);
    }
    kw_comm_sum(state->comm, &p.value, 1);
    return p.value;
}

uint64_t kw_observable_bytes_exchanged(const kw_observable *observable, const int *place, int n_local,
                                       kw_precision precision) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < observable->count; ++i)
        if (kw_deposit(observable->terms[i].x, place, observable->n_qubits) >> n_local
            && is_new_round(observable, place, n_local, i))
            bytes += kw_bit(n_local) * kw_amplitude_bytes(precision);
    return bytes;
}

static void clear_range(void *context, uint64_t first, uint64_t last) {
    kw_state *state = context;
    const uint64_t bytes = kw_amplitude_bytes(state->precision);
    memset((char *)state->amplitudes + first * bytes, 0, (last - first) * bytes);
}

static kw_status check(const kw_observable *observable, const kw_state *state) {
    if (observable->n_qubits == state->n_qubits) return KW_OK;
    return kw_fail(KW_E_ARG, "observable on %d qubits, state on %d", observable->n_qubits, state->n_qubits);
}

static kw_status check_out(const kw_state *state, const kw_state *out) {
    if (out->n_qubits == state->n_qubits && out->precision == state->precision && out->comm->size == state->comm->size)
        return KW_OK;
    return kw_fail(KW_E_ARG, "the state for the result must have the qubits, precision and ranks of the other");
}

kw_status kw_observable_expect(const kw_observable *observable, kw_state *state, double *value) {
    const kw_status status = check(observable, state);
    if (status != KW_OK) return status;
    *value = observable->trash ? trash_expect(observable, state) : pauli_rounds(observable, state, NULL);
    return KW_OK;
}

kw_status kw_observable_apply(const kw_observable *observable, kw_state *state, kw_state *out) {
    kw_status status = check(observable, state);
    if (status == KW_OK) status = check_out(state, out);
    if (status != KW_OK) return status;
    if (observable->trash) {
        trash_apply(observable, state, out);
        return KW_OK;
    }
    memcpy(out->place, state->place, sizeof out->place);
    kw_parallel_for(kw_state_local_count(out), clear_range, out);
    pauli_rounds(observable, state, out);
    return KW_OK;
}

kw_status kw_observable_apply_value(const kw_observable *observable, kw_state *state, kw_state *out, double *value) {
    kw_status status = kw_observable_apply(observable, state, out);
    if (status != KW_OK) return status;
    if (observable->trash) {
        *value = trash_expect(observable, state);
        return KW_OK;
    }
    kw_complex product = 0;
    status = kw_state_inner(state, out, &product);
    *value = creal(product);
    return status;
}
