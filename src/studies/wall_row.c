/* F5  One row of the memory wall. */
#include "studies/wall_row.h"

#include <complex.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "engine/predict.h"
#include "io/state_store.h"
#include "ketwall/memory.h"
#include "ketwall/observable.h"
#include "models/training.h"
#include "studies/wall.h"

#define MARGIN ((uint64_t)64 << 20) /* plans, blocks in cache, message buffers of MPI */

/* Bytes: counted, per rank, the most of all.  NaN: not measured. */
typedef struct {
    uint64_t state_bytes, peak_bytes, gradient_bytes, file_bytes;
    double seconds, predicted; /* best of the repeats, of the slowest rank */
    kw_plan_cost cost;
    kw_infidelity infidelity, foretold;
    double drift;
    double infidelity_measured; /* against double */
    double gradient_seconds;    /* of <Z0> by all angles of hea */
    double gradient_error;      /* |g - g_double| / |g_double| */
    double checkpoint_seconds;  /* written and verified */
} measured;

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

static double total_of(kw_duration d) { return d.compute + d.exchange; }

static kw_status prepare(kw_comm *world, const kw_wall_request *r, kw_precision precision, kw_state **state) {
    const kw_status status = kw_state_create(world, r->n_qubits, precision, state);
    if (status == KW_OK) kw_state_set_rounding(*state, r->rounding, r->seed);
    return status;
}

/* ---- the circuit forward ---- */

static kw_status time_runs(kw_comm *world, const kw_wall_request *r, const kw_plan *plan, kw_state *state, measured *out) {
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
static kw_status compare(kw_comm *world, const kw_wall_request *r, const kw_plan *plan, kw_state *state, measured *out) {
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

/* The state into a file that is complete and verified; the exchanges that order its qubits come before. */
static kw_status write_state(kw_comm *world, const kw_wall_request *r, kw_state *state, measured *out) {
    if (!r->checkpoint) return KW_OK;
    kw_status status = kw_state_order(state);
    const double start = kw_seconds();
    if (status == KW_OK) status = kw_state_save(state, r->checkpoint);
    out->checkpoint_seconds = slowest(world, kw_seconds() - start);
    if (status != KW_OK) return status;
    out->file_bytes = kw_state_store_bytes(r->n_qubits, r->precision, kw_comm_size(world));
    if (kw_comm_rank(world) == 0 && unlink(r->checkpoint))
        status = kw_fail(KW_E_IO, "%s: %s", r->checkpoint, strerror(errno));
    return kw_comm_agree(world, status);
}

static kw_status run_forward(kw_comm *world, const kw_wall_request *r, measured *out) {
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
        if (r->machine) out->predicted = total_of(kw_predict_run(plan, r->machine, r->precision));
        status = compare(world, r, plan, state, out);
    }
    if (status == KW_OK) status = write_state(world, r, state, out);
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
    *seconds = INFINITY;
    for (int i = 0; i < r->repeats && status == KW_OK; ++i) {
        status = kw_state_set_basis(ket, 0);
        const double start = kw_seconds();
        if (status == KW_OK) status = kw_plan_gradient(l->plan, l->theta, l->z, ket, bra, &value, gradient, NULL, NULL);
        *seconds = fmin(*seconds, slowest(world, kw_seconds() - start));
    }
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

static kw_status run_gradient(kw_comm *world, const kw_wall_request *r, measured *out) {
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

static json_t *row_of(const kw_wall_request *r, const measured *m) {
    json_t *row =
        kw_wall_new_row(KW_WALL_MEASURED, kw_bench_name(r->kind), kw_precision_name(r->precision), NULL, r->n_qubits);
    if (!row) return NULL;
    kw_json_set(row, "state_bytes", (double)m->state_bytes);
    kw_json_set(row, "peak_bytes", (double)m->peak_bytes);
    if (m->gradient_bytes) kw_json_set(row, "gradient_bytes", (double)m->gradient_bytes);
    kw_json_set(row, "seconds", m->seconds);
    kw_json_set(row, "layer_seconds", m->seconds / kw_bench_layers(r->kind, r->n_qubits));
    kw_json_set(row, "predicted_seconds", m->predicted);
    kw_json_set(row, "ratio", m->predicted / m->seconds);
    kw_json_set(row, "passes", (double)m->cost.passes);
    kw_json_set(row, "exchanges", (double)m->cost.exchanges);
    kw_json_set(row, "sent_bytes", (double)m->cost.bytes_exchanged);
    kw_json_set(row, "infidelity", m->infidelity.estimate);
    kw_json_set(row, "infidelity_bound", m->infidelity.bound);
    kw_json_set(row, "infidelity_foretold", m->foretold.estimate);
    kw_json_set(row, "infidelity_measured", m->infidelity_measured);
    kw_json_set(row, "drift", m->drift);
    kw_json_set(row, "gradient_seconds", m->gradient_seconds);
    kw_json_set(row, "gradient_error", m->gradient_error);
    if (m->file_bytes) kw_json_set(row, "checkpoint_bytes", (double)m->file_bytes);
    kw_json_set(row, "checkpoint_seconds", m->checkpoint_seconds);
    return row;
}

kw_status kw_wall_measure(kw_comm *world, const kw_wall_request *r, json_t **row) {
    measured m = {.state_bytes = kw_state_bytes(r->n_qubits, r->precision, kw_comm_size(world)),
                  .predicted = NAN,
                  .infidelity_measured = NAN,
                  .gradient_seconds = NAN,
                  .gradient_error = NAN,
                  .checkpoint_seconds = NAN};
    kw_status status = run_forward(world, r, &m);
    if (status == KW_OK) status = run_gradient(world, r, &m);
    if (status == KW_OK && kw_comm_rank(world) == 0) {
        *row = row_of(r, &m);
        if (!*row) status = kw_fail(KW_E_NOMEM, "no memory for a row");
    }
    return status;
}
