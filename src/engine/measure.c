/* F2  Mid-circuit measurement and damping: one pass for the probability, one for what follows from it. */
#include "engine/measure.h"

#include <math.h>

#include "base/bits.h"
#include "base/comm_ops.h"
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

/* Amplitudes with 0 and 1 at the qubit times the one and the other factor. */
static void multiply(kw_state *state, int qubit, const double factors[2]) {
    const int position = state->place[qubit];
    const bool local = position < state->n_local;
    collapse_context c = {.state = state, .mask = local ? kw_bit(position) : 0, .factors = factors};
    c.shift = local ? 0 : state->comm->rank >> (position - state->n_local) & 1;
    kw_parallel_for(kw_state_local_count(state), collapse_range, &c);
}

static void collapse(kw_state *state, int qubit, int outcome, double weight) {
    double factors[2] = {0, 0};
    factors[outcome] = 1.0 / sqrt(weight);
    multiply(state, qubit, factors);
}

/* X; a qubit in a rank bit comes down first. */
static void flip(kw_state *state, int qubit) {
    kw_state_localise(state, kw_bit(qubit));
    kw_kernel_args args = {.n_open = 1, .n_targets = 1, .open = {state->place[qubit]}};
    args.offset[1] = kw_bit(state->place[qubit]);
    kw_state_flip(state, &args);
}

int kw_state_measure(kw_state *state, int qubit, double u) {
    double weights[2];
    kw_state_trash_weights(state, kw_bit(qubit), weights);
    const int outcome = u * (weights[0] + weights[1]) < weights[1];
    collapse(state, qubit, outcome, weights[outcome]);
    return outcome;
}

void kw_state_reset_qubit(kw_state *state, int qubit, double u) {
    if (kw_state_measure(state, qubit, u)) flip(state, qubit);
}

void kw_state_normalise(kw_state *state) {
    const double factor = 1.0 / sqrt(kw_state_norm2(state));
    multiply(state, 0, (const double[]){factor, factor});
}

void kw_state_damp(kw_state *state, int qubit, double gamma, double u) {
    double weights[2];
    kw_state_trash_weights(state, kw_bit(qubit), weights);
    if (u * (weights[0] + weights[1]) < gamma * weights[1]) {
        collapse(state, qubit, 1, weights[1]);
        flip(state, qubit);
        return;
    }
    const double factor = 1.0 / sqrt(weights[0] + (1 - gamma) * weights[1]);
    multiply(state, qubit, (const double[]){factor, factor * sqrt(1 - gamma)});
}
