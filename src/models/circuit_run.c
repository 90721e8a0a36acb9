/* F4  Running programs: once and sampled where measurements come last, shot by shot otherwise. */
#include "models/circuit_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "circuit/program_internal.h"
#include "engine/measure.h"
#include "engine/state_internal.h"
#include "ketwall/observable.h"
#include "ketwall/plan.h"

typedef struct {
    kw_comm *world, *comm; /* comm: the ranks that share a state */
    int replica, replicas;
    uint64_t memory; /* per rank, the least of all ranks */
    const kw_program *program;
    const kw_run_request *request;
    kw_run_result *result;
    kw_state *state;
    kw_observable **observables;
    bool all_qubits;    /* nothing is measured: outcomes are those of all qubits */
    uint64_t *outcomes; /* of every shot: classical bits; in a static program, qubits */
    int *qubit_of_bit;  /* of a static program with measurements, else NULL */
} job;

/* A run of gates with its plan, made once and used by every shot. */
typedef struct {
    kw_plan *plan;
    size_t next; /* step after it */
} segment;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- set-up ---- */

static kw_status parse_observables(job *j) {
    const kw_run_request *request = j->request;
    j->observables = calloc(request->n_observables + 1, sizeof(kw_observable *));
    if (!j->observables) return kw_fail(KW_E_NOMEM, "no memory for the observables");
    kw_status status = KW_OK;
    for (size_t i = 0; i < request->n_observables && status == KW_OK; ++i) {
        kw_pauli pauli;
        status = kw_pauli_parse(request->observables[i], j->result->qubits, &pauli);
        if (status == KW_OK) status = kw_observable_pauli_sum(j->result->qubits, &pauli, 1, &j->observables[i]);
    }
    return status;
}

kw_status kw_run_request_check(const kw_program *program, const kw_run_request *request) {
    const int n = kw_program_qubits(program);
    const bool is_static = kw_program_is_static(program);
    if (!is_static && (request->n_amplitudes || request->all_amplitudes || request->save_state))
        return kw_fail(KW_E_INPUT,
                       "amplitudes and a saved state need a program whose measurements come last, without reset and if");
    if (!is_static && !request->shots)
        return kw_fail(KW_E_INPUT, "a program with reset, if or measurements in mid-circuit needs --shots");
    if (!is_static && kw_program_bits(program) > KW_MAX_QUBITS)
        return kw_fail(KW_E_INPUT,
                       "%d classical bits in a program with reset, if or measurements in mid-circuit: at most %d",
                       kw_program_bits(program), KW_MAX_QUBITS);
    if (request->all_amplitudes && n > 24) return kw_fail(KW_E_INPUT, "all amplitudes of %d qubits: at most 24 qubits", n);
    for (size_t i = 0; i < request->n_amplitudes; ++i)
        if (request->amplitudes[i] >= kw_bit(n))
            return kw_fail(KW_E_INPUT, "amplitude %llu: %d qubits have 2^%d", (unsigned long long)request->amplitudes[i], n,
                           n);
    return KW_OK;
}

static kw_status choose_grid(job *j) {
    int per_state = 1;
    const kw_status status = kw_program_grid(j->program, j->request, kw_comm_size(j->world), j->memory, &per_state);
    j->replicas = kw_comm_size(j->world) / per_state;
    j->replica = kw_comm_rank(j->world) / per_state;
    return status;
}

/* ---- shots ---- */

static bool happens(const job *j, const kw_step *step, uint64_t bits) {
    if (step->condition < 0) return true;
    const kw_register *r = &j->program->classical.items[step->condition];
    return (bits >> r->offset & (kw_bit(r->size) - 1)) == step->value;
}

static kw_status run_gates(job *j, segment *s) {
    kw_status status = kw_plan_run(s->plan, NULL, j->state);
    if (status == KW_OK) status = kw_state_order(j->state);
    return status;
}

static kw_status one_shot(job *j, segment *segments, uint64_t shot, uint64_t *bits) {
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
static uint64_t measure_all(job *j, uint64_t shot) {
    const kw_rng rng = kw_rng_make(j->request->seed, KW_STREAM_SHOTS, shot + 1);
    uint64_t outcome = 0;
    for (int q = 0; q < j->result->qubits; ++q) {
        const double u = kw_rng_uniform(&rng, (uint64_t)1 << 62 | (uint64_t)q);
        outcome |= (uint64_t)kw_state_measure(j->state, q, u) << q;
    }
    return outcome;
}

static kw_status plan_segments(const job *j, segment *segments) {
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
static kw_status add_expectations(job *j) {
    kw_status status = KW_OK;
    for (size_t i = 0; i < j->request->n_observables && status == KW_OK; ++i) {
        double value = 0;
        status = kw_observable_expect(j->observables[i], j->state, &value);
        j->result->expectations[i] += value / (double)j->request->shots;
    }
    return status;
}

static void sum_replicas(job *j) {
    const size_t n = j->request->n_observables;
    if (kw_comm_rank(j->comm) != 0) memset(j->result->expectations, 0, n * sizeof(double));
    kw_comm_sum(j->world, j->result->expectations, n);
    kw_comm_max(j->world, (int64_t *)j->outcomes, j->request->shots);
}

static kw_status run_shots(job *j) {
    const size_t steps = kw_program_steps(j->program);
    segment *segments = calloc(steps + 1, sizeof *segments);
    kw_status status = segments ? plan_segments(j, segments) : kw_fail(KW_E_NOMEM, "no memory for %zu steps", steps);
    status = kw_comm_agree(j->world, status);
    const double started = now();
    for (uint64_t shot = 0; shot < j->request->shots; ++shot) j->outcomes[shot] = 0;
    for (uint64_t shot = (uint64_t)j->replica; status == KW_OK && shot < j->request->shots; shot += (uint64_t)j->replicas) {
        status = one_shot(j, segments, shot, &j->outcomes[shot]);
        if (status == KW_OK) status = add_expectations(j);
        if (status == KW_OK && j->all_qubits) j->outcomes[shot] = measure_all(j, shot);
    }
    status = kw_comm_agree(j->world, status);
    j->result->seconds = now() - started;
    if (status == KW_OK) {
        j->result->norm = kw_state_norm2(j->state);
        sum_replicas(j);
    }
    for (size_t i = 0; segments && i < steps; ++i) kw_plan_destroy(&segments[i].plan);
    free(segments);
    return status;
}

/* ---- once, then sampled ---- */

static kw_status read_amplitudes(job *j) {
    kw_run_result *result = j->result;
    const size_t count = j->request->all_amplitudes ? (size_t)kw_bit(result->qubits) : j->request->n_amplitudes;
    result->indices = malloc((count + 1) * sizeof *result->indices);
    result->amplitudes = malloc((count + 1) * sizeof *result->amplitudes);
    const kw_status status = kw_comm_agree(j->world, result->indices && result->amplitudes
                                                         ? KW_OK
                                                         : kw_fail(KW_E_NOMEM, "no memory for %zu amplitudes", count));
    if (status != KW_OK) return status;
    for (size_t i = 0; i < count; ++i) result->indices[i] = j->request->all_amplitudes ? i : j->request->amplitudes[i];
    result->n_amplitudes = count;
    return kw_state_amplitudes(j->state, result->indices, count, result->amplitudes);
}

/* Finds out which qubits the classical bits hold, and drops the others from the outcomes. */
static kw_status forget_unmeasured(job *j) {
    const int bits = kw_program_bits(j->program);
    uint64_t measured = 0;
    int *qubit_of_bit = malloc(((size_t)bits + 1) * sizeof *qubit_of_bit);
    if (!qubit_of_bit) return kw_fail(KW_E_NOMEM, "no memory for %d classical bits", bits);
    j->qubit_of_bit = qubit_of_bit;
    kw_program_final_measurements(j->program, qubit_of_bit);
    for (int b = 0; b < bits; ++b)
        if (qubit_of_bit[b] >= 0) measured |= kw_bit(qubit_of_bit[b]);
    for (uint64_t shot = 0; shot < j->request->shots; ++shot) j->outcomes[shot] &= measured;
    return KW_OK;
}

static kw_status run_once(job *j) {
    kw_plan *plan = NULL;
    kw_status status = kw_comm_agree(j->world, kw_plan_create(kw_program_circuit(j->program), kw_comm_size(j->comm), &plan));
    if (status != KW_OK) return status;
    j->result->passes = kw_plan_forward_cost(plan, j->request->precision).passes;
    const double started = now();
    status = kw_plan_run(plan, NULL, j->state);
    j->result->seconds = now() - started;
    kw_plan_destroy(&plan);
    if (status == KW_OK) j->result->norm = kw_state_norm2(j->state);
    for (size_t i = 0; i < j->request->n_observables && status == KW_OK; ++i)
        status = kw_observable_expect(j->observables[i], j->state, &j->result->expectations[i]);
    if (status == KW_OK) status = read_amplitudes(j);
    if (status == KW_OK && j->request->shots) {
        status = kw_state_sample(j->state, j->request->shots, j->request->seed, j->outcomes);
        if (status == KW_OK && !j->all_qubits) status = kw_comm_agree(j->world, forget_unmeasured(j));
    }
    if (status == KW_OK && j->request->save_state && j->replica == 0)
        status = kw_state_save(j->state, j->request->save_state);
    return kw_comm_agree(j->world, status);
}

/* ---- results ---- */

static int by_value(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int by_key(const void *a, const void *b) { return strcmp(((const kw_count *)a)->bits, ((const kw_count *)b)->bits); }

static int bit_of(const job *j, uint64_t outcome, int bit) {
    const int at = j->qubit_of_bit ? j->qubit_of_bit[bit] : bit;
    return at < 0 ? 0 : (int)(outcome >> at & 1);
}

/* Registers from last to first, each with its highest bit first; NULL if there is no memory. */
static char *make_key(const job *j, uint64_t outcome) {
    const kw_register *registers;
    int count = kw_program_registers(j->program, &registers);
    const kw_register all = {"", j->result->qubits, 0};
    if (j->all_qubits) registers = &all, count = 1;
    char *key = malloc((size_t)registers[count - 1].offset + (size_t)registers[count - 1].size + (size_t)count), *at = key;
    for (int r = count; key && r-- > 0;) {
        for (int b = registers[r].size; b-- > 0;) *at++ = (char)('0' + bit_of(j, outcome, registers[r].offset + b));
        *at++ = r ? ' ' : '\0';
    }
    return key;
}

static kw_status count_outcomes(job *j) {
    const uint64_t shots = j->request->shots;
    kw_run_result *result = j->result;
    uint64_t *sorted = j->outcomes;
    qsort(sorted, shots, sizeof *sorted, by_value);
    size_t distinct = 0;
    for (uint64_t i = 0; i < shots; ++i) distinct += !i || sorted[i] != sorted[i - 1];
    result->counts = calloc(distinct + 1, sizeof *result->counts);
    if (!result->counts) return kw_fail(KW_E_NOMEM, "no memory for %zu counts", distinct);
    for (uint64_t i = 0; i < shots; ++i) {
        if (!i || sorted[i] != sorted[i - 1]) {
            kw_count *count = &result->counts[result->n_counts];
            count->bits = make_key(j, sorted[i]);
            if (!count->bits) return kw_fail(KW_E_NOMEM, "no memory for %zu counts", distinct);
            ++result->n_counts;
        }
        ++result->counts[result->n_counts - 1].shots;
    }
    qsort(result->counts, result->n_counts, sizeof *result->counts, by_key);
    return KW_OK;
}

static kw_status check_norm(const job *j) {
    const double tolerance = j->request->precision == KW_DOUBLE ? 1e-8 : 1e-3;
    if (fabs(j->result->norm - 1.0) <= tolerance) return KW_OK;
    return kw_fail(KW_E_INTERNAL, "the norm of the state is %.12g instead of 1: the result is not to be trusted",
                   j->result->norm);
}

static void measure_costs(job *j) {
    const kw_traffic traffic = kw_state_traffic(j->state);
    int64_t most[3] = {(int64_t)traffic.exchanges, (int64_t)traffic.bytes, (int64_t)kw_memory_peak()};
    kw_comm_max(j->world, most, 3);
    j->result->exchanges = (uint64_t)most[0];
    j->result->bytes_exchanged = (uint64_t)most[1];
    j->result->peak_bytes_per_rank = (uint64_t)most[2];
}

static kw_status allocate(job *j) {
    j->result->expectations = calloc(j->request->n_observables + 1, sizeof(double));
    j->outcomes = calloc(j->request->shots + 1, sizeof *j->outcomes);
    if (!j->result->expectations || !j->outcomes)
        return kw_fail(KW_E_NOMEM, "no memory for %llu shots", (unsigned long long)j->request->shots);
    return KW_OK;
}

static bool measures_nothing(const kw_program *program) {
    for (size_t i = 0; i < program->steps; ++i)
        if (program->step[i].kind == KW_STEP_MEASURE) return false;
    return true;
}

static kw_status run_job(job *j) {
    int64_t least = -(int64_t)(j->request->memory_per_rank < INT64_MAX ? j->request->memory_per_rank : INT64_MAX);
    kw_comm_max(j->world, &least, 1);
    j->memory = (uint64_t)-least;
    kw_status status = kw_run_request_check(j->program, j->request);
    j->all_qubits = measures_nothing(j->program);
    if (status == KW_OK) status = choose_grid(j);
    if (status == KW_OK) status = parse_observables(j);
    if (status == KW_OK) status = allocate(j);
    status = kw_comm_agree(j->world, status);
    if (status == KW_OK) status = kw_comm_split(j->world, j->replica, &j->comm);
    if (status != KW_OK) return status;
    kw_memory_peak_reset();
    status = kw_comm_agree(j->world, kw_state_create(j->comm, j->result->qubits, j->request->precision, &j->state));
    if (status == KW_OK) status = j->result->is_static ? run_once(j) : run_shots(j);
    if (status == KW_OK) status = kw_comm_agree(j->world, check_norm(j));
    if (status != KW_OK) return status;
    measure_costs(j);
    return kw_comm_agree(j->world, count_outcomes(j));
}

kw_status kw_program_run(kw_comm *world, const kw_program *program, const kw_run_request *request, kw_run_result **out) {
    job j = {.world = world, .program = program, .request = request};
    j.result = calloc(1, sizeof *j.result);
    kw_status status = kw_comm_agree(world, j.result ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a result"));
    if (status == KW_OK) {
        j.result->qubits = kw_program_qubits(program);
        j.result->is_static = kw_program_is_static(program);
        status = run_job(&j);
    }
    for (size_t i = 0; j.observables && i < request->n_observables; ++i) kw_observable_destroy(&j.observables[i]);
    free(j.observables);
    free(j.outcomes);
    free(j.qubit_of_bit);
    kw_state_destroy(&j.state);
    if (j.comm) kw_comm_destroy(&j.comm);
    if (status == KW_OK) *out = j.result;
    else kw_run_result_destroy(&j.result);
    return status;
}

void kw_run_result_destroy(kw_run_result **result) {
    if (!*result) return;
    for (size_t i = 0; i < (*result)->n_counts; ++i) free((*result)->counts[i].bits);
    free((*result)->counts);
    free((*result)->expectations);
    free((*result)->indices);
    free((*result)->amplitudes);
    free(*result);
    *result = NULL;
}
