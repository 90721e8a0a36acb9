/* F2  Mid-circuit measurement and damping: one pass for the probability, one for what follows from it. */
#include <math.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "base/error.h"
#include "engine/parallel.h"
#include "engine/state_internal.h"
#include "ketwall/observable.h"

typedef struct {
    kw_state *state;
    uint64_t mask;         /* local position of the qubit; 0: a rank bit */
    int shift;             /* its value, if it is a rank bit */
    const double *factors; /* of amplitudes with 0 and 1 there */
} collapse_context;

static void collapse_range(void *context, uint64_t first, uint64_t last) {
    const collapse_context *c = context;
    kw_kernels(c->state->precision)
        ->reweigh(c->state->amplitudes, c->state->amplitudes, c->mask, c->shift, c->factors, first, last);
}

/* Amplitudes with 0 and 1 at the qubit times the one and the other factor; of packed states the squared norm after it. */
static double multiply(kw_state *state, int qubit, const double factors[2]) {
    const int position = state->place[qubit];
    const bool local = position < state->n_local;
    collapse_context c = {.state = state, .mask = local ? kw_bit(position) : 0, .factors = factors};
    c.shift = local ? 0 : state->comm->rank >> (position - state->n_local) & 1;
    kw_errors_begin(state, state->rounding);
    kw_parallel_for(kw_state_local_count(state), collapse_range, &c);
    return kw_errors_end(state);
}

/* The errors of what is kept grow with the factor; those of this write come after it. */
static void multiply_part(kw_state *state, int qubit, const double factors[2], double factor) {
    kw_errors_project(state, factor);
    kw_errors_restore(state, multiply(state, qubit, factors), false);
}

static void collapse(kw_state *state, int qubit, int outcome, double weight) {
    double factors[2] = {0, 0};
    factors[outcome] = 1.0 / sqrt(weight);
    multiply_part(state, qubit, factors, factors[outcome]);
}

/* X; a qubit in a rank bit comes down first. */
static void flip(kw_state *state, int qubit) {
    kw_state_localise(state, kw_bit(qubit));
    kw_kernel_args args = {.n_open = 1, .n_targets = 1, .open = {state->place[qubit]}};
    args.offset[1] = kw_bit(state->place[qubit]);
    kw_state_flip(state, &args);
}

static kw_status check(const kw_state *state, int qubit, double u) {
    if (qubit < 0 || qubit >= state->n_qubits)
        return kw_fail(KW_E_INPUT, "qubit %d of a state of qubits 0 to %d", qubit, state->n_qubits - 1);
    if (!(u >= 0 && u < 1)) return kw_fail(KW_E_ARG, "a random number of %g: expected 0 <= u < 1", u);
    return KW_OK;
}

/* What flips a qubit needs it local. */
static kw_status check_flip(const kw_state *state, int qubit, double u) {
    const kw_status status = check(state, qubit, u);
    if (status != KW_OK || state->n_local > 0) return status;
    return kw_fail(KW_E_ARG, "%d ranks hold one amplitude each: to flip a qubit use at most half as many",
                   kw_comm_size(state->comm));
}

kw_status kw_state_measure(kw_state *state, int qubit, double u, int *outcome) {
    double weights[2];
    const kw_status status = check(state, qubit, u);
    if (status != KW_OK) return status;
    kw_state_trash_weights(state, kw_bit(qubit), weights);
    const int found = u * (weights[0] + weights[1]) < weights[1];
    collapse(state, qubit, found, weights[found]);
    *outcome = found;
    return KW_OK;
}

kw_status kw_state_reset_qubit(kw_state *state, int qubit, double u) {
    int outcome = 0;
    kw_status status = check_flip(state, qubit, u);
    if (status == KW_OK) status = kw_state_measure(state, qubit, u, &outcome);
    if (outcome) flip(state, qubit);
    return status;
}

kw_status kw_state_normalise(kw_state *state) {
    const double norm2 = kw_state_norm2(state), factor = 1.0 / sqrt(norm2);
    if (!(norm2 > 0 && isfinite(norm2)))
        return kw_fail(KW_E_INPUT, "a vector of squared norm %g cannot be normalised", norm2);
    if (state->marks) {
        multiply(state, 0, (const double[]){factor, factor});
        return KW_OK;
    }
    state->packed.gain *= factor;
    kw_errors_project(state, factor);
    return KW_OK;
}

kw_status kw_state_damp(kw_state *state, int qubit, double gamma, double u) {
    double weights[2];
    const kw_status status = check_flip(state, qubit, u);
    if (status != KW_OK) return status;
    if (!(gamma >= 0 && gamma <= 1)) return kw_fail(KW_E_ARG, "a damping rate of %g: expected 0 to 1", gamma);
    kw_state_trash_weights(state, kw_bit(qubit), weights);
    if (u * (weights[0] + weights[1]) < gamma * weights[1]) {
        collapse(state, qubit, 1, weights[1]);
        flip(state, qubit);
        return KW_OK;
    }
    const double factor = 1.0 / sqrt(weights[0] + (1 - gamma) * weights[1]);
    multiply_part(state, qubit, (const double[]){factor, factor * sqrt(1 - gamma)}, factor);
    return KW_OK;
}
