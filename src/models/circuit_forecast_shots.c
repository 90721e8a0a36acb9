/* F4  What a program that runs shot by shot will cost.  Where the qubits are depends on which conditional steps happened and
 * which resets found a 1; every arrangement that is possible is followed, each with the most that can have led to it. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "circuit/program_internal.h"
#include "engine/state_internal.h"
#include "ketwall/observable.h"
#include "models/circuit_forecast_internal.h"
#include "models/circuit_noise.h"
#include "models/circuit_steps.h"

#define MOST_BRANCHES 64

typedef struct {
    int place[KW_MAX_QUBITS];
    kw_traffic most; /* of one shot so far; exchanges and bytes each by itself */
} branch;

/* One shot as it adds up. */
typedef struct {
    const kw_forecast_query *query;
    kw_run_forecast *out;
    kw_predict_shape shape;
    kw_duration seconds; /* where everything happens */
    branch branches[MOST_BRANCHES];
    int n_branches;
    bool lost; /* there were more: the places are not known, and every exchange is taken for the largest there is */
} shot;

static kw_traffic sum(kw_traffic a, kw_traffic b) {
    return (kw_traffic){a.exchanges + b.exchanges, kw_plus(a.bytes, b.bytes)};
}

static kw_traffic larger(kw_traffic a, kw_traffic b) {
    return (kw_traffic){a.exchanges > b.exchanges ? a.exchanges : b.exchanges, a.bytes > b.bytes ? a.bytes : b.bytes};
}

static kw_traffic exchanges_at_most(const shot *s, uint64_t count) {
    const int n_local = s->out->qubits - kw_log2((uint64_t)s->out->ranks_per_state);
    if (s->out->ranks_per_state == 1) return (kw_traffic){0, 0};
    return (kw_traffic){count, kw_times(count, kw_bytes_of(kw_bit(n_local), s->shape.precision))};
}

/* Into logical order: qubits come down, change places, and go up again. */
static kw_traffic order_cost(const shot *s, const int *place) {
    if (s->lost) return exchanges_at_most(s, 3);
    return kw_order_cost(s->out->qubits, s->out->ranks_per_state, place, s->shape.precision);
}

static void push(shot *s, const int *place, kw_traffic most) {
    const size_t bytes = sizeof(int) * (size_t)s->out->qubits;
    int at = 0;
    while (at < s->n_branches && !s->lost && memcmp(s->branches[at].place, place, bytes) != 0) ++at;
    if (at == MOST_BRANCHES) {
        s->lost = true;
        for (int i = 0; i < s->n_branches; ++i) most = larger(most, s->branches[i].most);
        s->n_branches = 1;
        at = 0;
    }
    if (at == s->n_branches) s->branches[s->n_branches++] = (branch){.most = most};
    memcpy(s->branches[at].place, place, bytes);
    s->branches[at].most = larger(s->branches[at].most, most);
}

/* Gates from logical order on; the most expensive way there counts. */
static void add_stretch(shot *s, const kw_plan *plan, bool conditional) {
    const kw_precision precision = s->shape.precision;
    const kw_traffic forward = kw_traffic_of(kw_plan_forward_cost(plan, precision));
    kw_traffic most = {0, 0};
    for (int i = 0; i < s->n_branches; ++i)
        most = larger(most, sum(s->branches[i].most, order_cost(s, s->branches[i].place)));
    if (s->query->machine) {
        const kw_traffic none = {0, 0};
        s->seconds.compute += kw_predict_order(&s->shape, s->branches[0].place, none).compute;
        s->seconds.compute += kw_predict_run(plan, s->query->machine, precision).compute;
    }
    if (!conditional) {
        s->n_branches = 0;
        s->lost = false;
    } else s->out->exact = false;
    push(s, kw_plan_final_place(plan), sum(most, forward));
}

static void add_measurement(shot *s) {
    if (s->query->machine) kw_duration_add(&s->seconds, 1, kw_predict_passes(&s->shape, 0, 2));
}

/* A qubit that was 1 comes down from a rank bit, changing places with another, and is flipped. */
static void add_reset(shot *s, int qubit) {
    const int n = s->out->qubits, ranks = s->out->ranks_per_state, before = s->n_branches;
    add_measurement(s);
    if (s->query->machine) kw_duration_add(&s->seconds, 1, kw_predict_passes(&s->shape, 2, 0));
    for (int i = 0; i < before && !s->lost; ++i) {
        branch b = s->branches[i];
        const kw_traffic down = kw_localise_cost(n, ranks, b.place, kw_bit(qubit), s->shape.precision);
        if (!down.exchanges) continue;
        s->out->exact = false;
        kw_localise_place(n, ranks, b.place, kw_bit(qubit));
        push(s, b.place, sum(b.most, down));
    }
    if (s->lost) s->branches[0].most = sum(s->branches[0].most, exchanges_at_most(s, 1));
}

/* Observables of the last state; then what is measured last is sampled in logical order. */
static kw_status add_end(shot *s, const kw_prepared *prepared) {
    const kw_run_request *request = s->query->request;
    const bool samples = prepared->measures_at_end || prepared->all_qubits;
    kw_traffic most = {0, 0};
    kw_status status = KW_OK;
    for (int b = 0; b < s->n_branches; ++b) {
        kw_traffic here = s->branches[b].most, one = {0, 0};
        for (size_t i = 0; i < request->n_observables && status == KW_OK; ++i) {
            status = s->lost ? kw_forecast_observable_most(request->observables[i], s->out, request->precision, &one)
                             : kw_forecast_observable(request->observables[i], s->branches[b].place, s->out,
                                                      request->precision, &one);
            here = sum(here, one);
        }
        most = larger(most, samples ? sum(here, order_cost(s, s->branches[b].place)) : here);
    }
    s->branches[0].most = most;
    s->n_branches = 1;
    if (!s->query->machine) return status;
    const double measures = (double)request->n_observables + (samples ? 1 : 0);
    kw_duration_add(&s->seconds, 1, kw_predict_passes(&s->shape, 1, measures)); /* |0...0> at first */
    kw_duration_add(&s->seconds, 1, kw_predict_traffic(&s->shape, most));
    return status;
}

/* The stretches and the other steps; returns the counted bytes of all plans. */
static uint64_t add_steps(shot *s, const kw_program *program, const kw_prepared *prepared) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < program->steps;) {
        const kw_step *step = &program->step[i];
        const kw_prepared_step *p = &prepared->steps[i];
        if (p->plan) {
            s->out->passes += kw_plan_forward_cost(p->plan, s->shape.precision).passes;
            kw_forecast_add_infidelity(s->out, p->plan, s->query->request);
            bytes = kw_plus(bytes, kw_plan_bytes(p->plan));
            add_stretch(s, p->plan, step->condition >= 0);
            if (s->query->verbose) kw_plan_print(p->plan, s->query->verbose);
            i = p->next;
            continue;
        }
        if (step->condition >= 0) s->out->exact = false;
        if (step->kind == KW_STEP_MEASURE && !p->is_final) add_measurement(s);
        if (step->kind == KW_STEP_RESET) add_reset(s, step->qubit);
        ++i;
    }
    return bytes;
}

static kw_status check_noise(const kw_program *program) {
    for (size_t i = 0; i < program->steps; ++i)
        if (kw_noise_acts(&program->step[i]))
            return kw_fail(KW_E_INPUT, "a program with noise is not planned: every shot has errors of its own in it");
    return KW_OK;
}

kw_status kw_forecast_shots(const kw_program *program, const kw_forecast_query *query, kw_run_forecast *out) {
    const uint64_t shots = (query->request->shots - 1) / (uint64_t)out->replicas + 1;
    const int n_local = out->qubits - kw_log2((uint64_t)out->ranks_per_state);
    kw_prepared prepared = {0};
    kw_status status = check_noise(program);
    if (status != KW_OK) return status;
    shot *s = calloc(1, sizeof *s);
    if (!s) return kw_fail(KW_E_NOMEM, "no memory to plan the shots");
    *s = (shot){.query = query, .out = out, .shape = kw_forecast_shape(out, query), .n_branches = 1};
    for (int q = 0; q < out->qubits; ++q) s->branches[0].place[q] = q;
    status = kw_prepare_steps(program, out->ranks_per_state, &prepared);
    if (status == KW_OK) {
        const uint64_t plans = add_steps(s, program, &prepared);
        const bool samples = prepared.measures_at_end || prepared.all_qubits;
        status = add_end(s, &prepared);
        kw_forecast_add(out, shots, s->branches[0].most);
        kw_duration_add(&out->seconds, (double)shots, s->seconds);
        kw_forecast_finish(out, kw_plus(plans, samples ? kw_sample_bytes(n_local, out->ranks_per_state) : 0),
                           query->request->precision);
    }
    kw_prepared_free(&prepared);
    free(s);
    return status;
}
