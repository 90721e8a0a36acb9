/* F3  A state on disk: the amplitudes in logical order as one dataset of a sealed file, readable on any number of ranks. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "build_info.h"
#include "engine/state_internal.h"
#include "io/sealed.h"

#define GROUP      "/quantum/state"
#define AMPLITUDES GROUP "/amplitudes"

/* How far |psi|^2 may be from 1: rounding of many gates, not a vector that was never a state. */
#define NORM_TOLERANCE        1e-6
#define NORM_TOLERANCE_SINGLE 1e-4

kw_status kw_state_save(kw_state *state, const char *path) {
    kw_comm *comm = kw_state_comm(state);
    kw_status status = kw_state_order(state);
    if (status != KW_OK) return status;
    const uint64_t count = kw_state_local_count(state), first = count * (uint64_t)kw_comm_rank(comm);
    const int n = kw_state_qubits(state);
    kw_sealed *file = NULL;
    status = kw_sealed_create(comm, path, &file);
    if (status != KW_OK) return status;
    status = kw_sealed_write_text(file, "/", "format", "ketwall-state");
    if (status == KW_OK) status = kw_sealed_write_integer(file, "/", "format_version", 1);
    if (status == KW_OK) status = kw_sealed_write_text(file, "/provenance", "code_version", KW_VERSION);
    if (status == KW_OK) status = kw_sealed_write_text(file, "/provenance", "git_revision", KW_GIT_REVISION);
    if (status == KW_OK) status = kw_sealed_write_integer(file, "/provenance", "n_ranks", kw_comm_size(comm));
    if (status == KW_OK) status = kw_sealed_write_integer(file, "/quantum", "n_qubits", n);
    if (status == KW_OK) status = kw_sealed_write_text(file, "/quantum", "qubit_order", "q0 least significant");
    if (status == KW_OK)
        status = kw_sealed_write_text(file, GROUP, "precision", kw_precision_name(kw_state_precision(state)));
    if (status == KW_OK)
        status = kw_sealed_write_amplitudes(file, AMPLITUDES, kw_state_local(state), first, count, UINT64_C(1) << n,
                                            kw_state_precision(state));
    return kw_sealed_commit(&file, status);
}

static double norm_tolerance(const kw_state *state, kw_sealed *file) {
    char *stored = NULL;
    double tolerance = kw_state_precision(state) == KW_SINGLE ? NORM_TOLERANCE_SINGLE : NORM_TOLERANCE;
    if (kw_sealed_read_text(file, GROUP, "precision", &stored) == KW_OK && !strcmp(stored, "single"))
        tolerance = NORM_TOLERANCE_SINGLE;
    free(stored);
    return tolerance;
}

static kw_status read_qubits(kw_sealed *file, const char *path, int *n_qubits) {
    uint64_t total = 0;
    const kw_status status = kw_sealed_amplitudes_total(file, AMPLITUDES, &total);
    if (status != KW_OK) return status;
    if (!kw_is_power_of_two(total) || total < 2 || kw_log2(total) > KW_MAX_QUBITS)
        return kw_fail(KW_E_INPUT, "%s holds %" PRIu64 " amplitudes, which is not a power of two from 2 to 2^%d", path,
                       total, KW_MAX_QUBITS);
    *n_qubits = kw_log2(total);
    return KW_OK;
}

/* Fills the state; on failure its amplitudes are undefined. */
static kw_status load(kw_state *state, kw_sealed *file, const char *path) {
    kw_comm *comm = kw_state_comm(state);
    const uint64_t count = kw_state_local_count(state), first = count * (uint64_t)kw_comm_rank(comm);
    const int n = kw_state_qubits(state);
    int stored = 0;
    kw_status status = read_qubits(file, path, &stored);
    if (status != KW_OK) return status;
    if (stored != n)
        return kw_fail(KW_E_INPUT, "%s holds a state of %d qubits, but %d qubits are asked for", path, stored, n);
    kw_state_reset_order(state);
    status = kw_sealed_read_amplitudes(file, AMPLITUDES, kw_state_local(state), first, count, kw_state_precision(state));
    if (status != KW_OK) return status;
    const double norm2 = kw_state_norm2(state), tolerance = norm_tolerance(state, file);
    if (!(fabs(norm2 - 1.0) <= tolerance))
        return kw_fail(KW_E_INPUT, "%s holds a vector of squared norm %.9g; a state has 1", path, norm2);
    return KW_OK;
}

kw_status kw_state_load(kw_state *state, const char *path) {
    kw_sealed *file = NULL;
    kw_status status = kw_sealed_open(kw_state_comm(state), path, &file);
    if (status == KW_OK) status = load(state, file, path);
    kw_sealed_close(&file);
    return status;
}

kw_status kw_state_file_qubits(const char *path, int *n_qubits) {
    kw_sealed *file = NULL;
    kw_status status = kw_sealed_open(kw_comm_self(), path, &file);
    if (status == KW_OK) status = read_qubits(file, path, n_qubits);
    kw_sealed_close(&file);
    return status;
}
