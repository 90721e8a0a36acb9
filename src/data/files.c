/* F2  Members from files: states from HDF5, circuits on |0...0> from OpenQASM (names that end in .qasm). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "data/ensemble_internal.h"
#include "engine/state_internal.h"

static bool is_circuit(const char *path) {
    static const char ending[] = ".qasm";
    const size_t length = strlen(path), tail = sizeof ending - 1;
    return length >= tail && !strcmp(path + length - tail, ending);
}

static kw_status check(const kw_program *program, const char *path, int n_qubits) {
    const int n = kw_program_qubits(program);
    if (n != n_qubits)
        return kw_fail(KW_E_INPUT, "data.files: %s has %d qubit%s, but data.qubits = %d", path, n, n == 1 ? "" : "s",
                       n_qubits);
    if (!kw_program_is_static(program))
        return kw_fail(KW_E_INPUT,
                       "data.files: %s makes no definite state: expected gates, and measurements only at the end (no reset "
                       "or gate after a measurement, no 'if', no noise but of readout)",
                       path);
    return KW_OK;
}

kw_status kw_files_read(kw_ensemble *ensemble) {
    const kw_ensemble_config *c = &ensemble->config;
    kw_status status = KW_OK;
    ensemble->programs = calloc(c->file_count, sizeof(kw_program *));
    if (!ensemble->programs) return kw_fail(KW_E_NOMEM, "no memory for %zu files", c->file_count);
    for (size_t k = 0; !status && k < c->file_count; ++k) {
        if (!is_circuit(c->files[k])) continue;
        status = kw_program_read(c->files[k], &ensemble->programs[k]);
        if (!status) status = check(ensemble->programs[k], c->files[k], c->n_qubits);
    }
    return status;
}

/* A missing file is bad input, a damaged one an input/output error. */
static kw_status load(kw_state *state, const char *path) {
    kw_comm *comm = kw_state_comm(state);
    kw_status status = KW_OK;
    if (kw_comm_rank(comm) == 0 && access(path, R_OK))
        status = kw_fail(KW_E_INPUT, "data.files: %s: %s", path, strerror(errno));
    status = kw_comm_agree(comm, status);
    return status == KW_OK ? kw_state_load(state, path) : status;
}

/* Not kept: the plans of all members together may be large, and those worth keeping are kept as states. */
static kw_status run(const kw_circuit *circuit, kw_state *state) {
    kw_plan *plan = NULL;
    kw_status status = kw_comm_agree(state->comm, kw_plan_create(circuit, kw_comm_size(state->comm), &plan));
    if (!status) status = kw_state_set_basis(state, 0);
    if (!status) status = kw_plan_run(plan, NULL, state);
    if (!status) status = kw_state_order(state);
    kw_plan_destroy(&plan);
    return status;
}

kw_status kw_files_prepare(const kw_ensemble *ensemble, int member, kw_state *state) {
    const kw_program *program = ensemble->programs[member];
    return program ? run(kw_program_circuit(program), state) : load(state, ensemble->config.files[member]);
}

kw_status kw_files_prepare_need(const kw_ensemble *ensemble, int member, kw_precision precision, int ranks,
                                kw_prepare_need *out) {
    const kw_program *program = ensemble->programs[member];
    kw_prepare_need need = {.traffic_known = true};
    kw_status status = KW_OK;
    if (program) status = kw_ensemble_foretell(kw_program_circuit(program), precision, ranks, &need.traffic, &need.bytes);
    if (status) return kw_fail(status, "data.files: %s: %s", ensemble->config.files[member], kw_error_message());
    *out = need;
    return KW_OK;
}
