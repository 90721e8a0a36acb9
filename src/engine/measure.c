/* F2  Mid-circuit measurement: one pass for the probability, one for the collapse. */
#include "engine/measure.h"

#include <math.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "engine/parallel.h"
#include "engine/state_internal.h"
#include "ketwall/observable.h"

typedef struct {
    kw_state *state;
    uint64_t mask;     /* local position of the qubit; 0: a rank bit */
    int shift;         /* its value, if it is a rank bit */
    double factors[2]; /* of amplitudes with 0 and 1 there */
} collapse_context;

static void collapse_range(void *context, uint64_t first, uint64_t last) {
    const collapse_context *c = context;
    kw_kernels(c->state->precision)
        ->reweigh(c->state->amplitudes, c->state->amplitudes, c->mask, c->shift, c->factors, first, last);
}

int kw_state_measure(kw_state *state, int qubit, double u) {
    double weights[2];
    kw_state_trash_weights(state, kw_bit(qubit), weights);
    const int outcome = u * (weights[0] + weights[1]) < weights[1];
    const int position = state->place[qubit];
    const bool local = position < state->n_local;
    collapse_context c = {.state = state, .mask = local ? kw_bit(position) : 0};
    c.shift = local ? 0 : state->comm->rank >> (position - state->n_local) & 1;
    c.factors[outcome] = 1.0 / sqrt(weights[outcome]);
    kw_parallel_for(kw_state_local_count(state), collapse_range, &c);
    return outcome;
}

/* X after an outcome of 1; a qubit in a rank bit comes down first. */
void kw_state_reset_qubit(kw_state *state, int qubit, double u) {
    if (!kw_state_measure(state, qubit, u)) return;
    kw_state_localise(state, kw_bit(qubit));
    kw_kernel_args args = {.n_open = 1, .n_targets = 1, .open = {state->place[qubit]}};
    args.offset[1] = kw_bit(state->place[qubit]);
    kw_state_flip(state, &args);
}
