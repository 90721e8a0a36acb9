/* F2  Observables: Pauli sums, trash projectors and diagonals, evaluated and applied. */
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
    const double *diagonal; /* (diagonal_count), the caller's; NULL: another kind */
    uint64_t diagonal_count;
    uint64_t trash; /* trash mask; 0: a Pauli sum */
    kw_trash_cost cost;
    size_t count;
    kw_pauli *terms; /* by x: strings that flip the same qubits stand together */
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
    kw_paulis_sort(observable->terms, count);
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

kw_status kw_observable_diagonal(int n_qubits, const double *values, uint64_t count, kw_observable **out) {
    if (check_qubits(n_qubits) != KW_OK) return KW_E_INPUT;
    if (count > kw_bit(n_qubits))
        return kw_fail(KW_E_INPUT, "a diagonal of %llu numbers on %d qubits: at most 2^%d", (unsigned long long)count,
                       n_qubits, n_qubits);
    kw_observable *observable = calloc(1, sizeof *observable);
    if (!observable) return kw_fail(KW_E_NOMEM, "no memory for an observable");
    *observable = (kw_observable){.n_qubits = n_qubits, .diagonal = values, .diagonal_count = count};
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
    kw_state_occupy(out);
    kw_errors_begin(out, out->rounding);
    kw_parallel_for(kw_state_local_count(out), reweigh_range, &t);
    kw_errors_end(out);
}

static kw_pauli_sum sum_of(const kw_observable *o) { return (kw_pauli_sum){o->n_qubits, o->count, o->terms}; }

uint64_t kw_observable_bytes_exchanged(const kw_observable *observable, const int *place, int n_local,
                                       kw_precision precision) {
    return kw_paulis_bytes_exchanged(sum_of(observable), place, n_local, precision);
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
    if (observable->diagonal) {
        *value = kw_diagonal_expect(observable->diagonal, observable->diagonal_count, state);
        return KW_OK;
    }
    if (!observable->trash) return kw_paulis_run(sum_of(observable), state, NULL, value);
    *value = trash_expect(observable, state);
    return KW_OK;
}

static double largest_of(const kw_observable *o, double sign) {
    double most = o->diagonal_count < kw_bit(o->n_qubits) ? 0 : sign * o->diagonal[0];
    for (uint64_t i = 0; i < o->diagonal_count; ++i) most = fmax(most, sign * o->diagonal[i]);
    return most;
}

/* Largest less smallest eigenvalue, or more. */
static double spread(const kw_observable *o) {
    double sum = 0;
    if (o->trash) return 1;
    if (o->diagonal) return largest_of(o, 1) + largest_of(o, -1);
    for (size_t i = 0; i < o->count; ++i) sum += o->terms[i].x | o->terms[i].z ? 2 * fabs(o->terms[i].coefficient) : 0;
    return sum;
}

/* Largest absolute eigenvalue, or more. */
static double size(const kw_observable *o) {
    double sum = 0;
    if (o->trash) return 1;
    if (o->diagonal) return fmax(largest_of(o, 1), largest_of(o, -1));
    for (size_t i = 0; i < o->count; ++i) sum += fabs(o->terms[i].coefficient);
    return sum;
}

/* Pure states: |<O> - <O>'| <= spread / 2 * the trace norm of the difference, 2 sqrt(1 - F). */
double kw_observable_error(const kw_observable *observable, kw_infidelity infidelity) {
    return spread(observable) * fmin(1, sqrt(infidelity.bound));
}

kw_status kw_observable_apply(const kw_observable *observable, kw_state *state, kw_state *out) {
    kw_status status = check(observable, state);
    if (status == KW_OK) status = check_out(state, out);
    if (status != KW_OK) return status;
    kw_errors_reset(out);
    if (!out->marks) { /* the norm of O |psi> is known once it is normalised */
        out->errors.error = size(observable) * state->errors.error;
        out->errors.noise = state->errors.noise;
    }
    if (observable->trash) {
        trash_apply(observable, state, out);
        return KW_OK;
    }
    memcpy(out->place, state->place, sizeof out->place);
    if (observable->diagonal) {
        kw_state_occupy(out);
        kw_diagonal_apply(observable->diagonal, observable->diagonal_count, state, out);
        return KW_OK;
    }
    kw_state_clear(out);
    kw_state_occupy(out);
    return kw_paulis_run(sum_of(observable), state, out, NULL);
}

kw_status kw_observable_apply_value(const kw_observable *observable, kw_state *state, kw_state *out, double *value) {
    kw_status status = kw_observable_apply(observable, state, out);
    if (status != KW_OK) return status;
    if (observable->trash || observable->diagonal) return kw_observable_expect(observable, state, value);
    kw_complex product = 0;
    status = kw_state_inner(state, out, &product);
    *value = creal(product);
    return status;
}
