/* F4  Running programs: set-up, the choice of the way to run, what it cost. */
#include "models/circuit_run.h"

#include <math.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "circuit/program_internal.h"
#include "ketwall/noise.h"
#include "ketwall/observable.h"
#include "models/circuit_run_internal.h"
#include "models/infidelity.h"

static kw_status parse_observables(kw_run_job *j) {
    const kw_run_request *request = j->request;
    j->observables = calloc(request->n_observables + 1, sizeof(kw_observable *));
    if (!j->observables) return kw_fail(KW_E_NOMEM, "no memory for the observables");
    kw_status status = KW_OK;
    for (size_t i = 0; i < request->n_observables && status == KW_OK; ++i)
        status = kw_observable_parse(request->observables[i], j->result->qubits, &j->observables[i]);
    return status;
}

static kw_status check_qubits(const kw_run_request *request, int n) {
    uint64_t seen = 0;
    if (request->n_qubits > KW_MARGINAL_QUBITS)
        return kw_fail(KW_E_INPUT, "probabilities of %zu qubits: at most %d", request->n_qubits, KW_MARGINAL_QUBITS);
    for (size_t i = 0; i < request->n_qubits; ++i) {
        const uint64_t q = request->qubits[i];
        if (q >= (uint64_t)n || seen & kw_bit((int)q))
            return kw_fail(KW_E_INPUT, "probabilities of qubit %llu: %s %d", (unsigned long long)q,
                           q >= (uint64_t)n ? "expected a qubit from 0 to" : "it stands twice among",
                           q >= (uint64_t)n ? n - 1 : (int)request->n_qubits);
        seen |= kw_bit((int)q);
    }
    return KW_OK;
}

kw_status kw_run_request_check(const kw_program *program, const kw_run_request *request) {
    const int n = kw_program_qubits(program);
    const bool is_static = kw_program_is_static(program);
    if (!is_static && (request->n_amplitudes || request->all_amplitudes || request->n_qubits || request->save_state))
        return kw_fail(KW_E_INPUT, "amplitudes, probabilities and a saved state need a program whose measurements come "
                                   "last, without noise, reset and if");
    if (!is_static && !request->shots)
        return kw_fail(KW_E_INPUT,
                       "a program with noise, reset, if or measurements in mid-circuit needs --shots: its trajectories");
    if ((!is_static || kw_program_is_noisy(program)) && kw_program_bits(program) > KW_MAX_QUBITS)
        return kw_fail(KW_E_INPUT,
                       "%d classical bits in a program with noise, reset, if or measurements in mid-circuit: at most %d",
                       kw_program_bits(program), KW_MAX_QUBITS);
    if (request->all_amplitudes && n > 24) return kw_fail(KW_E_INPUT, "all amplitudes of %d qubits: at most 24 qubits", n);
    for (size_t i = 0; i < request->n_amplitudes; ++i)
        if (request->amplitudes[i] >= kw_bit(n))
            return kw_fail(KW_E_INPUT, "amplitude %llu: %d qubits have 2^%d", (unsigned long long)request->amplitudes[i], n,
                           n);
    return check_qubits(request, n);
}

static kw_status choose_grid(kw_run_job *j) {
    int per_state = 1;
    const kw_status status = kw_program_grid(j->program, j->request, kw_comm_size(j->world), j->memory, &per_state);
    j->replicas = kw_comm_size(j->world) / per_state;
    j->replica = kw_comm_rank(j->world) / per_state;
    return status;
}

kw_status kw_run_check_norm(const kw_run_job *j, double norm, bool at_end) {
    const double tolerance = kw_norm_tolerance(j->request->precision, kw_state_infidelity(j->state));
    const bool shrinks = j->loses_norm && !at_end; /* by the K0 of amplitude damping, until it is normalised */
    if (fabs(norm - 1.0) <= tolerance || (shrinks && norm > 0 && norm < 1.0)) return KW_OK;
    return kw_fail(KW_E_INTERNAL, "the norm of the state is %.12g instead of 1: the result is not to be trusted", norm);
}

double kw_run_norm(const kw_run_job *j) {
    const bool restored = kw_precision_is_packed(j->request->precision) && !j->loses_norm;
    return restored ? kw_state_drift(j->state) : kw_state_norm2(j->state);
}

void kw_run_choose_rounding(kw_run_job *j, const kw_plan *plan) {
    const kw_run_request *request = j->request;
    const kw_rounding chosen = kw_rounding_used(plan, request->precision, request->rounding);
    if (chosen > j->result->rounding) j->result->rounding = chosen;
}

/* Of the worst shot, for all of them. */
static void bound_errors(kw_run_job *j) {
    kw_run_result *result = j->result;
    result->infidelity = kw_infidelity_worst(j->world, result->infidelity);
    for (size_t i = 0; i < j->request->n_observables; ++i)
        result->bounds[i] = kw_observable_error(j->observables[i], result->infidelity);
}

static void measure_costs(kw_run_job *j) {
    const kw_traffic traffic = kw_state_traffic(j->state);
    int64_t most[3] = {(int64_t)traffic.exchanges, (int64_t)traffic.bytes, (int64_t)kw_memory_peak()};
    kw_comm_max(j->world, most, 3);
    j->result->exchanges = (uint64_t)most[0];
    j->result->bytes_exchanged = (uint64_t)most[1];
    j->result->peak_bytes_per_rank = (uint64_t)most[2];
    j->result->checkpoints = j->keeper.series.written;
    j->result->checkpoint_bytes = j->keeper.series.bytes;
    j->result->checkpoint_seconds = j->keeper.series.seconds;
}

static kw_status allocate(kw_run_job *j) {
    j->result->expectations = calloc(j->request->n_observables + 1, sizeof(double));
    j->result->bounds = calloc(j->request->n_observables + 1, sizeof(double));
    j->outcomes = calloc(j->request->shots + 1, sizeof *j->outcomes);
    if (!j->result->expectations || !j->result->bounds || !j->outcomes)
        return kw_fail(KW_E_NOMEM, "no memory for %llu shots", (unsigned long long)j->request->shots);
    return KW_OK;
}

static kw_status run_job(kw_run_job *j) {
    const uint64_t memory = j->request->memory_per_rank ? j->request->memory_per_rank : kw_memory_per_rank();
    int64_t least = -(int64_t)(memory < INT64_MAX ? memory : INT64_MAX);
    kw_comm_max(j->world, &least, 1);
    j->memory = (uint64_t)-least;
    kw_status status = kw_run_request_check(j->program, j->request);
    j->all_qubits = kw_program_measures_nothing(j->program);
    if (status == KW_OK) status = choose_grid(j);
    if (status == KW_OK) status = parse_observables(j);
    if (status == KW_OK) status = allocate(j);
    status = kw_comm_agree(j->world, status);
    if (status == KW_OK) status = kw_comm_split(j->world, j->replica, &j->comm);
    if (status != KW_OK) return status;
    kw_memory_peak_reset();
    status = kw_run_keeper_open(j);
    if (status != KW_OK) return status;
    status = kw_comm_agree(j->world, kw_state_create(j->comm, j->result->qubits, j->request->precision, &j->state));
    if (status == KW_OK) kw_state_obey(j->state, j->request->rounding, j->request->seed, j->request->max_infidelity);
    if (status == KW_OK) status = j->result->is_static ? kw_run_once(j) : kw_run_shots(j);
    if (status == KW_OK) status = kw_comm_agree(j->world, kw_run_check_norm(j, j->result->norm, true));
    if (status != KW_OK) return status;
    bound_errors(j);
    measure_costs(j);
    return kw_comm_agree(j->world, kw_run_count(j));
}

kw_status kw_program_run(kw_comm *world, const kw_program *program, const kw_run_request *request, kw_run_result **out) {
    kw_run_job j = {.world = world, .program = program, .request = request};
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
    free(j.values);
    free(j.qubit_of_bit);
    kw_run_keeper_close(&j);
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
    free((*result)->bounds);
    free((*result)->errors);
    free((*result)->indices);
    free((*result)->amplitudes);
    free((*result)->probabilities);
    free(*result);
    *result = NULL;
}
