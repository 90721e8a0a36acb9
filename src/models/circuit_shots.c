/* F4  Running a program shot by shot. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "circuit/program_internal.h"
#include "engine/measure.h"
#include "engine/state_internal.h"
#include "ketwall/observable.h"
#include "models/circuit_run_internal.h"

/* A run of gates with its plan, made once and used by every shot. */
typedef struct {
    kw_plan *plan;
    size_t next; /* step after it */
} segment;

static bool happens(const kw_run_job *j, const kw_step *step, uint64_t bits) {
    if (step->condition < 0) return true;
    const kw_register *r = &j->program->classical.items[step->condition];
    return (bits >> r->offset & (kw_bit(r->size) - 1)) == step->value;
}

static kw_status run_gates(kw_run_job *j, segment *s) {
    kw_status status = kw_plan_run(s->plan, NULL, j->state);
    if (status == KW_OK) status = kw_state_order(j->state);
    return status;
}

static kw_status one_shot(kw_run_job *j, segment *segments, uint64_t shot, uint64_t *bits) {
    const kw_rng rng = kw_rng_make(j->request->seed, KW_STREAM_SHOTS, shot + 1);
    uint64_t draws = 0;
    kw_status status = kw_state_set_basis(j->state, 0);
    *bits = 0;
    for (size_t i = 0; status == KW_OK && i < kw_program_steps(j->program);) {
        const kw_step step = kw_program_step(j->program, i);
        const bool happen = happens(j, &step, *bits);
        if (segments[i].plan) {
            if (happen) status = run_gates(j, &segments[i]);
            i = segments[i].next;
            continue;
        }
        if (happen && step.kind == KW_STEP_MEASURE) {
            const int outcome = kw_state_measure(j->state, step.qubit, kw_rng_uniform(&rng, draws++));
            *bits = (*bits & ~kw_bit(step.bit)) | (uint64_t)outcome << step.bit;
        }
        if (happen && step.kind == KW_STEP_RESET) kw_state_reset_qubit(j->state, step.qubit, kw_rng_uniform(&rng, draws++));
        if (step.kind == KW_STEP_RESET && status == KW_OK) status = kw_state_order(j->state);
        ++i;
    }
    return status;
}

/* Draws behind all those of the program. */
static uint64_t measure_all(kw_run_job *j, uint64_t shot) {
    const kw_rng rng = kw_rng_make(j->request->seed, KW_STREAM_SHOTS, shot + 1);
    uint64_t outcome = 0;
    for (int q = 0; q < j->result->qubits; ++q) {
        const double u = kw_rng_uniform(&rng, (uint64_t)1 << 62 | (uint64_t)q);
        outcome |= (uint64_t)kw_state_measure(j->state, q, u) << q;
    }
    return outcome;
}

static kw_status plan_segments(const kw_run_job *j, segment *segments) {
    kw_status status = KW_OK;
    for (size_t i = 0; status == KW_OK && i < kw_program_steps(j->program);) {
        const kw_step_kind kind = kw_program_step(j->program, i).kind;
        kw_circuit *circuit = NULL;
        if (kind != KW_STEP_GATES && kind != KW_STEP_BARRIER) {
            ++i;
            continue;
        }
        status = kw_program_segment(j->program, i, &circuit, &segments[i].next);
        if (status == KW_OK) status = kw_plan_create(circuit, kw_comm_size(j->comm), &segments[i].plan);
        if (status == KW_OK) j->result->passes += kw_plan_forward_cost(segments[i].plan, j->request->precision).passes;
        kw_circuit_destroy(&circuit);
        if (status == KW_OK) i = segments[i].next;
    }
    return status;
}

/* Means over the shots of what a shot leaves behind. */
static kw_status add_expectations(kw_run_job *j) {
    kw_status status = KW_OK;
    for (size_t i = 0; i < j->request->n_observables && status == KW_OK; ++i) {
        double value = 0;
        status = kw_observable_expect(j->observables[i], j->state, &value);
        j->result->expectations[i] += value / (double)j->request->shots;
    }
    return status;
}

static void sum_replicas(kw_run_job *j) {
    const size_t n = j->request->n_observables;
    if (kw_comm_rank(j->comm) != 0) memset(j->result->expectations, 0, n * sizeof(double));
    kw_comm_sum(j->world, j->result->expectations, n);
    kw_comm_max(j->world, (int64_t *)j->outcomes, j->request->shots);
}

kw_status kw_run_shots(kw_run_job *j) {
    const size_t steps = kw_program_steps(j->program);
    segment *segments = calloc(steps + 1, sizeof *segments);
    kw_status status = segments ? plan_segments(j, segments) : kw_fail(KW_E_NOMEM, "no memory for %zu steps", steps);
    status = kw_comm_agree(j->world, status);
    const double started = kw_seconds();
    for (uint64_t shot = 0; shot < j->request->shots; ++shot) j->outcomes[shot] = 0;
    for (uint64_t shot = (uint64_t)j->replica; status == KW_OK && shot < j->request->shots; shot += (uint64_t)j->replicas) {
        status = one_shot(j, segments, shot, &j->outcomes[shot]);
        if (status == KW_OK) status = add_expectations(j);
        if (status == KW_OK && j->all_qubits) j->outcomes[shot] = measure_all(j, shot);
    }
    status = kw_comm_agree(j->world, status);
    j->result->seconds = kw_seconds() - started;
    if (status == KW_OK) {
        j->result->norm = kw_state_norm2(j->state);
        sum_replicas(j);
    }
    for (size_t i = 0; segments && i < steps; ++i) kw_plan_destroy(&segments[i].plan);
    free(segments);
    return status;
}
