/* F4  Running a program shot by shot: every shot is one trajectory of measurements and errors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/ticker.h"
#include "circuit/program_internal.h"
#include "engine/state_internal.h"
#include "ketwall/observable.h"
#include "models/circuit_noise.h"
#include "models/circuit_run_internal.h"
#include "models/circuit_steps.h"
#include "models/infidelity.h"

/* One shot on its way.  Every draw has the index of its step. */
typedef struct {
    uint64_t bits; /* classical */
    kw_rng outcomes, errors;
} shot;

static kw_rng outcomes_of(uint64_t seed, uint64_t number) { return kw_rng_make(seed, KW_STREAM_SHOTS, number + 1); }
static uint64_t seed_of_end(const kw_rng *outcomes) { return kw_rng_bits(outcomes, KW_DRAW_END); }

double kw_shot_uniform(uint64_t seed, uint64_t number, uint64_t step) {
    const kw_rng outcomes = outcomes_of(seed, number);
    return kw_rng_uniform(&outcomes, step);
}

uint64_t kw_shot_seed(uint64_t seed, uint64_t number) {
    const kw_rng outcomes = outcomes_of(seed, number);
    return seed_of_end(&outcomes);
}

uint64_t kw_program_shot_bytes(const kw_program *program, const kw_run_request *request) {
    const uint64_t values = program->is_static ? 0 : request->n_observables;
    const uint64_t copies = request->files.dir ? 2 : 1; /* a checkpoint gathers its own */
    return copies * request->shots * (sizeof(uint64_t) + values * sizeof(double));
}

static bool happens(const kw_run_job *j, const kw_step *step, uint64_t bits) {
    if (step->condition < 0) return true;
    const kw_register *r = &j->program->classical.items[step->condition];
    return (bits >> r->offset & (kw_bit(r->size) - 1)) == step->value;
}

/* Ranks that all share one shot may stop inside of it; replicas only between shots. */
static bool is_shared(const kw_run_job *j) { return j->replicas == 1; }

/* The stretch with the errors of this shot in it, planned anew; it ends where the state has to be asked for a jump. */
static kw_status run_with_errors(kw_run_job *j, size_t first, const kw_rng *errors, size_t *next) {
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    kw_status status = kw_stretch_circuit(j->program, first, errors, &circuit, next);
    if (status == KW_OK) status = kw_plan_create(circuit, kw_comm_size(j->comm), &plan);
    status = kw_comm_agree(j->comm, status);
    if (status == KW_OK) status = kw_run_circuit(j, circuit, plan, is_shared(j));
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
    return status;
}

static kw_status perform(kw_run_job *j, const kw_prepared_step *p, size_t i, shot *s) {
    const kw_step *step = &j->program->step[i];
    const double u = kw_rng_uniform(&s->outcomes, i);
    kw_status status = KW_OK;
    if (step->kind == KW_STEP_MEASURE) {
        int outcome = 0;
        status = kw_state_measure(j->state, step->qubit, u, &outcome);
        const int read = kw_misread(p->readout, &s->errors, i, outcome);
        s->bits = (s->bits & ~kw_bit(step->bit)) | (uint64_t)read << step->bit;
    }
    if (step->kind == KW_STEP_RESET) status = kw_state_reset_qubit(j->state, step->qubit, u);
    if (step->kind == KW_STEP_NOISE && step->channel == KW_NOISE_AMPLITUDE_DAMPING)
        status = kw_state_damp(j->state, kw_log2(step->qubits), step->rates[0], kw_rng_uniform(&s->errors, i));
    return status;
}

/* Gates and errors from step i on. */
static kw_status run_stretch(kw_run_job *j, const kw_prepared_step *p, size_t i, const kw_rng *errors, size_t *next) {
    *next = p->next;
    if (!p->plan || (p->has_errors && kw_stretch_errs(j->program, i, p->next, errors)))
        return run_with_errors(j, i, errors, next);
    if (!kw_run_goes_on(j)) return kw_run_circuit(j, NULL, p->plan, is_shared(j));
    kw_circuit *circuit = NULL;
    size_t end;
    kw_status status = kw_comm_agree(j->comm, kw_stretch_circuit(j->program, i, NULL, &circuit, &end));
    if (status == KW_OK) status = kw_run_circuit(j, circuit, p->plan, is_shared(j));
    kw_circuit_destroy(&circuit);
    return status;
}

/* From the beginning, or from where the checkpoint stands in this shot. */
static kw_status run_steps(kw_run_job *j, const kw_prepared *prepared, shot *s) {
    kw_run_keeper *k = &j->keeper;
    const bool goes_on = k->found && k->found->n_place;
    kw_status status = goes_on ? kw_run_load_state(j) : kw_state_set_basis(j->state, 0);
    const size_t start = goes_on ? (size_t)k->step : 0;
    size_t i = start;
    if (goes_on) s->bits = k->bits;
    if (goes_on && !k->n_course) kw_circuit_checkpoint_destroy(&k->found);
    for (size_t next; status == KW_OK && i < j->program->steps; i = next) {
        const kw_step *step = &j->program->step[i];
        next = i + 1;
        if (prepared->steps[i].is_final || !happens(j, step, s->bits)) continue;
        k->step = i;
        k->bits = s->bits;
        if (is_shared(j) && i > start) status = kw_run_safe_point(j, true); /* else it would stop where it began */
        if (status != KW_OK) break;
        if (kw_starts_stretch(step, i, &s->errors)) status = run_stretch(j, &prepared->steps[i], i, &s->errors, &next);
        else status = perform(j, &prepared->steps[i], i, s);
    }
    return status;
}

/* What is measured last is sampled from the state, which need not collapse for it. */
static kw_status measure_last(kw_run_job *j, const kw_prepared *prepared, shot *s) {
    uint64_t index = 0;
    if (!prepared->measures_at_end && !prepared->all_qubits) return KW_OK;
    const kw_status status = kw_state_sample(j->state, 1, seed_of_end(&s->outcomes), &index);
    s->bits = kw_read_final(prepared, index, &s->errors, s->bits);
    return status;
}

static kw_status read_expectations(kw_run_job *j, double *values) {
    kw_status status = KW_OK;
    for (size_t i = 0; i < j->request->n_observables && status == KW_OK; ++i) {
        double value = 0;
        status = kw_observable_expect(j->observables[i], j->state, &value);
        if (kw_comm_rank(j->comm) == 0) values[i] = value;
    }
    return status;
}

static kw_status run_shot(kw_run_job *j, const kw_prepared *prepared, uint64_t number) {
    shot s = {.outcomes = outcomes_of(j->request->seed, number), .errors = kw_noise_rng(j->request->seed, number)};
    kw_state_set_rounding(j->state, j->request->rounding, kw_rng_bits(&s.errors, KW_DRAW_ROUNDING));
    kw_status status = run_steps(j, prepared, &s);
    if (status == KW_OK && prepared->loses_norm) status = kw_state_normalise(j->state);
    if (status == KW_OK) status = read_expectations(j, j->values + number * j->request->n_observables);
    if (status == KW_OK) status = measure_last(j, prepared, &s);
    j->outcomes[number] = s.bits;
    j->result->infidelity = kw_infidelity_worse(j->result->infidelity, kw_state_infidelity(j->state));
    return status;
}

/* Means and their standard errors, in the order of the shots: the same for any number of replicas (Welford's update). */
static void average(kw_run_job *j) {
    const size_t n = j->request->n_observables;
    const uint64_t shots = j->request->shots;
    for (size_t i = 0; i < n; ++i) {
        double mean = 0, squares = 0;
        for (uint64_t s = 0; s < shots; ++s) {
            const double off = j->values[s * n + i] - mean;
            mean += off / (double)(s + 1);
            squares += off * (j->values[s * n + i] - mean);
        }
        j->result->expectations[i] = mean;
        j->result->errors[i] = shots > 1 ? sqrt(squares / ((double)shots - 1) / (double)shots) : NAN;
    }
}

/* What the shots before the checkpoint gave; rank 0 has it, as if it had run them. */
static void take_over(kw_run_job *j) {
    const kw_run_keeper *k = &j->keeper;
    const size_t n = j->request->n_observables;
    if (kw_comm_rank(j->world) != 0) return;
    for (uint64_t s = 0; s < k->shot; ++s) j->outcomes[s] = (uint64_t)k->found->outcomes[s];
    memcpy(j->values, k->found->values, k->shot * n * sizeof *j->values);
}

/* One shot of every replica, and a safe point. */
static kw_status run_round(kw_run_job *j, const kw_prepared *prepared, uint64_t first) {
    const uint64_t shots = j->request->shots, mine = first + (uint64_t)j->replica, replicas = (uint64_t)j->replicas;
    kw_status status = mine < shots ? run_shot(j, prepared, mine) : KW_OK;
    if (!j->keeper.wanted->dir) return status;
    status = kw_comm_agree(j->world, status);
    j->keeper.shot = first + replicas < shots ? first + replicas : shots;
    return status == KW_OK && j->keeper.shot < shots ? kw_run_safe_point(j, false) : status;
}

static kw_status run_all(kw_run_job *j, const kw_prepared *prepared) {
    const uint64_t shots = j->request->shots;
    kw_ticker ticker = kw_ticker_begin("shot", j->request->progress && kw_comm_rank(j->world) == 0);
    kw_status status = KW_OK;
    if (j->keeper.found) take_over(j);
    if (j->keeper.found && (!j->keeper.found->n_place || !is_shared(j))) {
        /* replicas begin a shot that was cut anew: to the same end, since its random numbers are its own */
        kw_circuit_checkpoint_destroy(&j->keeper.found);
        j->keeper.n_course = 0;
        status = kw_run_keep_start(j, false);
    }
    for (uint64_t s = j->keeper.shot; status == KW_OK && s < shots; s += (uint64_t)j->replicas) {
        status = run_round(j, prepared, s);
        kw_ticker_step(&ticker, s + 1, shots);
    }
    kw_ticker_end(&ticker);
    return kw_comm_agree(j->world, status);
}

kw_status kw_run_shots(kw_run_job *j) {
    const size_t values = j->request->shots * j->request->n_observables;
    kw_prepared prepared = {0};
    kw_status status = kw_prepare_steps(j->program, kw_comm_size(j->comm), &prepared);
    j->loses_norm = prepared.loses_norm;
    j->values = calloc(values + 1, sizeof *j->values);
    j->result->errors = calloc(j->request->n_observables + 1, sizeof *j->result->errors);
    if (status == KW_OK && (!j->values || !j->result->errors))
        status = kw_fail(KW_E_NOMEM, "no memory for %zu values of observables", values);
    status = kw_comm_agree(j->world, status);
    for (size_t i = 0; status == KW_OK && i < j->program->steps; ++i)
        if (prepared.steps[i].plan) {
            j->result->passes += kw_plan_forward_cost(prepared.steps[i].plan, j->request->precision).passes;
            kw_run_choose_rounding(j, prepared.steps[i].plan);
        }
    const double started = kw_seconds();
    if (status == KW_OK) status = run_all(j, &prepared);
    j->result->seconds = kw_seconds() - started;
    if (status == KW_OK) {
        j->result->norm = kw_run_norm(j);
        kw_comm_sum(j->world, j->values, values);
        kw_comm_max(j->world, (int64_t *)j->outcomes, j->request->shots);
        average(j);
    }
    kw_prepared_free(&prepared);
    return status;
}
