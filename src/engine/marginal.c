/* F2  Probabilities of some qubits, without gathering the state.  Of the chosen qubits in local positions the lowest few are
 * told apart within a sweep (inner), the others select what a sweep runs over (outer); those in rank bits are the same for
 * all amplitudes of a rank.  One trip through memory in all. */
#include <string.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "base/error.h"
#include "engine/parallel.h"
#include "engine/state_internal.h"

typedef struct {
    const kw_state *state;
    int n_inner, inner[KW_MARGINAL_INNER], inner_bit[KW_MARGINAL_INNER]; /* positions, bits of the outcome */
    int n_outer, outer_bit[KW_MARGINAL_QUBITS];
    uint64_t rank_bits;  /* of the outcome */
    kw_kernel_args args; /* opens the outer positions */
} marginal;

static kw_status check(const kw_state *state, const int *qubits, int count) {
    uint64_t seen = 0;
    if (count < 1 || count > KW_MARGINAL_QUBITS)
        return kw_fail(KW_E_INPUT, "probabilities of %d qubits: expected 1 to %d", count, KW_MARGINAL_QUBITS);
    for (int j = 0; j < count; ++j) {
        if (qubits[j] < 0 || qubits[j] >= state->n_qubits || seen & kw_bit(qubits[j]))
            return kw_fail(KW_E_INPUT, "probabilities of qubit %d: expected different qubits from 0 to %d", qubits[j],
                           state->n_qubits - 1);
        seen |= kw_bit(qubits[j]);
    }
    return KW_OK;
}

/* Position by position, from the lowest. */
static void place(marginal *m, const int *qubits, int count) {
    const kw_state *state = m->state;
    for (int position = 0; position < state->n_qubits; ++position)
        for (int j = 0; j < count; ++j) {
            if (state->place[qubits[j]] != position) continue;
            if (position >= state->n_local)
                m->rank_bits |= (uint64_t)(state->comm->rank >> (position - state->n_local) & 1) << j;
            else if (m->n_inner < KW_MARGINAL_INNER) {
                m->inner[m->n_inner] = position;
                m->inner_bit[m->n_inner++] = j;
            } else {
                m->args.open[m->args.n_open++] = position;
                m->outer_bit[m->n_outer++] = j;
            }
        }
}

static void sum_range(void *context, uint64_t first, uint64_t last, double *sums) {
    const marginal *m = context;
    kw_kernels(m->state->precision)->marginal(m->state->amplitudes, &m->args, m->inner, m->n_inner, first, last, sums);
}

kw_status kw_state_probabilities(const kw_state *state, const int *qubits, int count, double *out) {
    const kw_status status = check(state, qubits, count);
    if (status != KW_OK) return status;
    marginal m = {.state = state};
    place(&m, qubits, count);
    memset(out, 0, kw_bit(count) * sizeof *out);
    for (uint64_t v = 0; v < kw_bit(m.n_outer); ++v) {
        double sums[1 << KW_MARGINAL_INNER];
        m.args.set = kw_deposit(v, m.args.open, m.n_outer);
        kw_parallel_sum(kw_bit(state->n_local - m.n_outer), 1 << m.n_inner, sum_range, &m, sums);
        for (uint64_t o = 0; o < kw_bit(m.n_inner); ++o)
            out[m.rank_bits | kw_deposit(v, m.outer_bit, m.n_outer) | kw_deposit(o, m.inner_bit, m.n_inner)] = sums[o];
    }
    kw_comm_sum(state->comm, out, kw_bit(count));
    return KW_OK;
}
