/* F5  One row of the memory wall. */
#include "studies/wall_row.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "ketwall/memory.h"
#include "ketwall/observable.h"

#define MARGIN ((uint64_t)64 << 20) /* plans, blocks in cache, message buffers of MPI */

uint64_t kw_wall_bytes(int n_qubits, kw_precision precision, int ranks) {
    const uint64_t state = kw_state_bytes(n_qubits, precision, ranks);
    return state > UINT64_MAX - MARGIN ? UINT64_MAX : state + MARGIN;
}

static double slowest(kw_comm *world, double seconds) {
    int64_t most = (int64_t)(seconds * 1e9);
    kw_comm_max(world, &most, 1);
    return (double)most * 1e-9;
}

static uint64_t peak(kw_comm *world) {
    int64_t most = (int64_t)kw_memory_peak();
    kw_comm_max(world, &most, 1);
    return (uint64_t)most;
}

static kw_status prepare(kw_comm *world, const kw_wall_request *r, kw_precision precision, kw_state **state) {
    const kw_status status = kw_state_create(world, r->n_qubits, precision, state);
    if (status == KW_OK) kw_state_set_rounding(*state, r->rounding, r->seed);
    return status;
}

/* ---- the circuit forward ---- */

static kw_status time_runs(kw_comm *world, const kw_wall_request *r, const kw_plan *plan, kw_state *state,
                           kw_wall_row *out) {
    kw_status status = kw_comm_agree(world, kw_plan_prepare(plan, r->precision));
    out->seconds = INFINITY;
    for (int i = 0; i < r->repeats && status == KW_OK; ++i) {
        status = kw_state_set_basis(state, 0);
        const double start = kw_seconds();
        if (status == KW_OK) status = kw_plan_run(plan, NULL, state);
        out->seconds = fmin(out->seconds, slowest(world, kw_seconds() - start));
    }
    return status;
}

/* Against the same plan in double, where both fit. */
static kw_status compare(kw_comm *world, const kw_wall_request *r, const kw_plan *plan, kw_state *state, kw_wall_row *out) {
    kw_state *exact = NULL;
    kw_complex inner = 0;
    const int ranks = kw_comm_size(world);
    const uint64_t both = kw_wall_bytes(r->n_qubits, r->precision, ranks) + kw_wall_bytes(r->n_qubits, KW_DOUBLE, ranks);
    if (!r->exact || r->precision == KW_DOUBLE || both > r->memory_per_rank) return KW_OK;
    kw_status status = prepare(world, r, KW_DOUBLE, &exact);
    if (status == KW_OK) status = kw_plan_run(plan, NULL, exact);
    if (status == KW_OK) status = kw_state_inner(exact, state, &inner);
    if (status == KW_OK)
        out->infidelity_measured = 1 - creal(inner * conj(inner)) / kw_state_norm2(exact) / kw_state_norm2(state);
    kw_state_destroy(&exact);
    return status;
}

static kw_status run_forward(kw_comm *world, const kw_wall_request *r, kw_wall_row *out) {
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    kw_state *state = NULL;
    kw_status status = kw_bench_circuit(r->kind, 0, r->n_qubits, false, &circuit);
    if (status == KW_OK) status = kw_plan_create(circuit, kw_comm_size(world), &plan);
    status = kw_comm_agree(world, status);
    kw_memory_peak_reset();
    if (status == KW_OK) status = prepare(world, r, r->precision, &state);
    if (status == KW_OK) status = time_runs(world, r, plan, state, out);
    if (status == KW_OK) {
        out->peak_bytes = peak(world);
        out->cost = kw_plan_forward_cost(plan, r->precision);
        out->infidelity = kw_state_infidelity(state);
        out->foretold = kw_plan_infidelity(plan, NULL, r->precision, r->rounding);
        out->drift = kw_state_drift(state) - 1;
        out->layer_seconds = out->seconds / kw_bench_layers(r->kind, r->n_qubits);
        status = compare(world, r, plan, state, out);
    }
    kw_state_destroy(&state);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
    return status;
}

/* ---- gradients ---- */

typedef struct {
    kw_plan *plan;
    kw_observable *z;
    size_t count;
    double *theta, *gradient, *exact;
} learner;

static kw_status make_learner(const kw_wall_request *r, int ranks, learner *l) {
    static const kw_pauli z0 = {1, 0, 1};
    const kw_rng rng = kw_rng_make(1, KW_STREAM_PARAMETERS, 1);
    kw_circuit *circuit = NULL;
    kw_status status = kw_bench_circuit(KW_BENCH_GRADIENT, 0, r->n_qubits, true, &circuit);
    if (status == KW_OK) status = kw_plan_create(circuit, ranks, &l->plan);
    if (status == KW_OK) status = kw_observable_pauli_sum(r->n_qubits, &z0, 1, &l->z);
    if (status == KW_OK) l->count = (size_t)kw_circuit_parameters(circuit);
    kw_circuit_destroy(&circuit);
    if (status != KW_OK) return status;
    l->theta = malloc(3 * l->count * sizeof *l->theta);
    if (!l->theta) return kw_fail(KW_E_NOMEM, "no memory for %zu angles", l->count);
    l->gradient = l->theta + l->count;
    l->exact = l->gradient + l->count;
    for (size_t i = 0; i < l->count; ++i) l->theta[i] = 2 * M_PI * kw_rng_uniform(&rng, i);
    return KW_OK;
}

static kw_status take_gradient(kw_comm *world, const kw_wall_request *r, const learner *l, kw_precision precision,
                               double *gradient, double *seconds) {
    kw_state *ket = NULL, *bra = NULL;
    double value = 0;
    kw_status status = prepare(world, r, precision, &ket);
    if (status == KW_OK) status = prepare(world, r, precision, &bra);
    if (status == KW_OK) status = kw_comm_agree(world, kw_plan_prepare(l->plan, precision));
    if (status == KW_OK) status = kw_comm_agree(world, kw_plan_prepare_gradient(l->plan, precision));
    const double start = kw_seconds();
    if (status == KW_OK) status = kw_plan_gradient(l->plan, l->theta, l->z, ket, bra, &value, gradient, NULL, NULL);
    *seconds = slowest(world, kw_seconds() - start);
    kw_state_destroy(&ket);
    kw_state_destroy(&bra);
    return status;
}

static double distance(const learner *l) {
    double off = 0, norm = 0;
    for (size_t i = 0; i < l->count; ++i) {
        off += pow(l->gradient[i] - l->exact[i], 2);
        norm += pow(l->exact[i], 2);
    }
    return sqrt(off / norm);
}

static kw_status run_gradient(kw_comm *world, const kw_wall_request *r, kw_wall_row *out) {
    const int ranks = kw_comm_size(world);
    const bool exact =
        r->exact && r->precision != KW_DOUBLE && 2 * kw_wall_bytes(r->n_qubits, KW_DOUBLE, ranks) <= r->memory_per_rank;
    learner l = {0};
    double ignored;
    if (!r->gradient || 2 * kw_wall_bytes(r->n_qubits, r->precision, ranks) > r->memory_per_rank) return KW_OK;
    kw_status status = kw_comm_agree(world, make_learner(r, ranks, &l));
    kw_memory_peak_reset();
    if (status == KW_OK) status = take_gradient(world, r, &l, r->precision, l.gradient, &out->gradient_seconds);
    if (status == KW_OK) out->gradient_bytes = peak(world);
    if (status == KW_OK && exact) {
        status = take_gradient(world, r, &l, KW_DOUBLE, l.exact, &ignored);
        if (status == KW_OK) out->gradient_error = distance(&l);
    }
    kw_plan_destroy(&l.plan);
    kw_observable_destroy(&l.z);
    free(l.theta);
    return status;
}

kw_status kw_wall_measure(kw_comm *world, const kw_wall_request *r, kw_wall_row *out) {
    *out = (kw_wall_row){.state_bytes = kw_state_bytes(r->n_qubits, r->precision, kw_comm_size(world)),
                         .infidelity_measured = NAN,
                         .gradient_seconds = NAN,
                         .gradient_error = NAN};
    const kw_status status = run_forward(world, r, out);
    return status == KW_OK ? run_gradient(world, r, out) : status;
}

static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

json_t *kw_wall_json(const kw_wall_request *r, const kw_wall_row *row) {
    return json_pack("{s:s, s:i, s:I, s:I, s:I, s:f, s:f, s:I, s:I, s:I, s:{s:f, s:f, s:f, s:o}, s:f, s:o, s:o}",
                     "precision", kw_precision_name(r->precision), "qubits", r->n_qubits, "state_bytes_per_rank",
                     (json_int_t)row->state_bytes, "peak_bytes_per_rank", (json_int_t)row->peak_bytes,
                     "gradient_bytes_per_rank", (json_int_t)row->gradient_bytes, "seconds", row->seconds, "layer_seconds",
                     row->layer_seconds, "passes", (json_int_t)row->cost.passes, "exchanges",
                     (json_int_t)row->cost.exchanges, "bytes_exchanged", (json_int_t)row->cost.bytes_exchanged, "infidelity",
                     "estimate", row->infidelity.estimate, "bound", row->infidelity.bound, "foretold",
                     row->foretold.estimate, "measured", number(row->infidelity_measured), "drift", row->drift,
                     "gradient_seconds", number(row->gradient_seconds), "gradient_error", number(row->gradient_error));
}
