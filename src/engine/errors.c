/* F2  What rounding costs a packed state.
 *
 * Write p leaves U phi_{p-1} + e_p, so that after all writes |phi - psi| <= sum_p |e_p| for the exact psi.  The angle
 * between them has sin <= |phi - psi| / |psi|, with |psi| >= `exact`, and 1 - F = sin^2.  Errors that know nothing of each
 * other add up in squares.
 */
#include <math.h>

#include "base/comm_ops.h"
#include "base/rng.h"
#include "engine/state_internal.h"

void kw_errors_reset(kw_state *state) {
    state->errors = (kw_errors){.exact = 1};
    state->drift = 1;
    state->writes = 0;
    state->packed.gain = 1;
}

void kw_errors_begin(kw_state *state, kw_rounding rounding) {
    kw_packed *psi = &state->packed;
    const kw_rng keys = kw_rng_make(state->seed, KW_STREAM_ROUNDING, (uint64_t)state->comm->rank);
    psi->stochastic = rounding == KW_ROUND_STOCHASTIC;
    psi->key = kw_rng_bits(&keys, state->writes++);
    psi->noise = psi->norm = 0;
}

static double tally(uint64_t units) { return units == UINT64_MAX ? NAN : (double)units * KW_TALLY_UNIT; }

double kw_errors_end(kw_state *state) {
    if (state->marks) return 1;
    double sums[2] = {tally(state->packed.noise), tally(state->packed.norm)};
    kw_comm_sum(state->comm, sums, 2);
    state->errors.noise += sums[1] > 0 ? sums[0] / sums[1] : sums[0]; /* of a state of norm 1 */
    state->errors.error += sqrt(sums[0]);
    return sums[1];
}

void kw_errors_scale(kw_state *state, double factor) {
    state->errors.error *= factor;
    state->errors.exact *= factor;
}

/* The exact state's part, times the same factor, is no shorter than 1 less the error.  All of the error may lie in that
 * part, but most likely it has the same share of it as the state, which the factor makes up for. */
void kw_errors_project(kw_state *state, double factor) {
    kw_errors *e = &state->errors;
    e->error *= factor;
    e->exact = fmax(0, 1 - e->error);
}

void kw_errors_restore(kw_state *state, double norm2, bool shrunk) {
    if (state->marks || !(norm2 > 0)) return;
    const double factor = 1 / sqrt(norm2);
    state->packed.gain *= factor;
    if (shrunk) kw_errors_project(state, factor);
    else kw_errors_scale(state, factor);
}

static double share(double part, double exact) { return part < exact ? part / exact : 1; }

kw_infidelity kw_errors_infidelity(const kw_errors *e) {
    const double bound = pow(share(e->error, e->exact), 2);
    return (kw_infidelity){fmin(share(e->noise, 1), bound), bound};
}

kw_infidelity kw_state_infidelity(const kw_state *state) { return kw_errors_infidelity(&state->errors); }

double kw_errors_off_norm(const kw_errors *e) {
    const double off = e->error + fabs(1 - e->exact);
    return off * (2 + off);
}

double kw_state_drift(const kw_state *state) { return state->drift; }

void kw_state_set_rounding(kw_state *state, kw_rounding rounding, uint64_t seed) {
    state->rounding = rounding;
    state->seed = seed;
}

kw_rounding kw_state_rounding(const kw_state *state) { return state->used; }

void kw_state_limit_infidelity(kw_state *state, double most) { state->most_infidelity = most; }
