/* F4  Running a static program: once, then sampled. */
#include <stdlib.h>

#include "base/bits.h"
#include "base/clock.h"
#include "base/error.h"
#include "ketwall/noise.h"
#include "ketwall/observable.h"
#include "models/circuit_noise.h"
#include "models/circuit_run_internal.h"
#include "models/circuit_steps.h"

static kw_status read_amplitudes(kw_run_job *j) {
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

/* Of the chosen qubits, in ascending order. */
static kw_status read_probabilities(kw_run_job *j) {
    const kw_run_request *request = j->request;
    int qubits[KW_MARGINAL_QUBITS], count = 0;
    if (!request->n_qubits) return KW_OK;
    for (int q = 0; q < j->result->qubits; ++q)
        for (size_t i = 0; i < request->n_qubits; ++i)
            if (request->qubits[i] == (uint64_t)q) qubits[count++] = q;
    j->result->probabilities = malloc(kw_bit(count) * sizeof(double));
    const kw_status status = kw_comm_agree(
        j->world, j->result->probabilities ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for 2^%d probabilities", count));
    if (status != KW_OK) return status;
    j->result->n_probabilities = kw_bit(count);
    return kw_state_probabilities(j->state, qubits, count, j->result->probabilities);
}

/* Finds out which qubits the classical bits hold, and drops the others from the outcomes. */
static kw_status forget_unmeasured(kw_run_job *j) {
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

/* What is read of the qubits, bit by bit; the same numbers as in a program that runs shot by shot. */
static kw_status misread(kw_run_job *j) {
    kw_prepared prepared = {0};
    const kw_status status = kw_prepare_steps(j->program, 0, &prepared);
    for (uint64_t shot = 0; status == KW_OK && shot < j->request->shots; ++shot) {
        const kw_rng errors = kw_noise_rng(j->request->seed, shot);
        j->outcomes[shot] = kw_read_final(&prepared, j->outcomes[shot], &errors, 0);
    }
    kw_prepared_free(&prepared);
    return status;
}

static kw_status read_outcomes(kw_run_job *j) {
    if (kw_program_is_noisy(j->program)) return misread(j);
    return j->all_qubits ? KW_OK : forget_unmeasured(j);
}

static kw_status execute(kw_run_job *j, const kw_plan *plan) {
    const double started = kw_seconds();
    kw_status status = kw_run_goes_on(j) ? kw_run_load_state(j) : KW_OK;
    if (status == KW_OK) status = kw_run_circuit(j, kw_program_circuit(j->program), plan, true);
    j->result->seconds = kw_seconds() - started;
    return status;
}

kw_status kw_run_once(kw_run_job *j) {
    kw_plan *plan = NULL;
    kw_status status = kw_comm_agree(j->world, kw_plan_create(kw_program_circuit(j->program), kw_comm_size(j->comm), &plan));
    if (status != KW_OK) return status;
    j->result->passes = kw_plan_forward_cost(plan, j->request->precision).passes;
    kw_run_choose_rounding(j, plan);
    status = execute(j, plan);
    kw_plan_destroy(&plan);
    if (status == KW_OK) j->result->norm = kw_run_norm(j);
    for (size_t i = 0; i < j->request->n_observables && status == KW_OK; ++i)
        status = kw_observable_expect(j->observables[i], j->state, &j->result->expectations[i]);
    if (status == KW_OK) status = read_amplitudes(j);
    if (status == KW_OK) status = read_probabilities(j);
    if (status == KW_OK && j->request->shots) {
        status = kw_state_sample(j->state, j->request->shots, j->request->seed, j->outcomes);
        if (status == KW_OK) status = kw_comm_agree(j->world, read_outcomes(j));
    }
    if (status == KW_OK && j->request->save_state && j->replica == 0)
        status = kw_state_save(j->state, j->request->save_state);
    if (status == KW_OK) j->result->infidelity = kw_state_infidelity(j->state); /* sampling may have rounded again */
    return kw_comm_agree(j->world, status);
}
