/* F3  A state on disk: the amplitudes in logical order in a sealed file, readable on any number of ranks. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "build_info.h"
#include "engine/state_internal.h"
#include "io/sealed.h"
#include "io/state_store.h"

#define VERSION        1 /* of files of complex numbers */
#define VERSION_PACKED 2

/* How far |psi|^2 may be from 1: rounding of many gates, not a vector that was never a state. */
#define NORM_TOLERANCE        1e-6
#define NORM_TOLERANCE_SINGLE 1e-4

kw_status kw_state_save(kw_state *state, const char *path) {
    kw_comm *comm = kw_state_comm(state);
    kw_status status = kw_state_order(state);
    if (status != KW_OK) return status;
    const kw_precision precision = kw_state_precision(state);
    kw_sealed *file = NULL;
    status = kw_sealed_create(comm, path, &file);
    if (status != KW_OK) return status;
    status = kw_sealed_write_text(file, "/", "format", KW_STATE_FORMAT);
    if (status == KW_OK)
        status = kw_sealed_write_integer(file, "/", "format_version",
                                         kw_precision_is_packed(precision) ? VERSION_PACKED : VERSION);
    if (status == KW_OK) status = kw_sealed_write_text(file, "/provenance", "code_version", KW_VERSION);
    if (status == KW_OK) status = kw_sealed_write_text(file, "/provenance", "git_revision", KW_GIT_REVISION);
    if (status == KW_OK) status = kw_sealed_write_integer(file, "/provenance", "n_ranks", kw_comm_size(comm));
    if (status == KW_OK) status = kw_sealed_write_integer(file, "/quantum", "n_qubits", kw_state_qubits(state));
    if (status == KW_OK) status = kw_sealed_write_text(file, "/quantum", "qubit_order", "q0 least significant");
    if (status == KW_OK) status = kw_sealed_write_text(file, KW_STATE_GROUP, "precision", kw_precision_name(precision));
    if (status == KW_OK) status = kw_state_store_write(file, state);
    return kw_sealed_commit(&file, status);
}

/* Files that other programs made may say nothing of it. */
static kw_status check_version(kw_sealed *file, const char *path) {
    int64_t version = 0;
    if (kw_sealed_read_integer(file, "/", "format_version", &version) != KW_OK || version <= VERSION_PACKED) return KW_OK;
    return kw_fail(KW_E_INPUT, "%s: format version %" PRId64 " of states, this program reads up to %d: use a newer Ketwall",
                   path, version, VERSION_PACKED);
}

/* A run of 32 may hold fewer amplitudes: packed files say how many qubits there are. */
static kw_status packed_qubits(kw_sealed *file, const char *path, uint64_t runs, int *n_qubits) {
    int64_t n = 0;
    const kw_status status = kw_sealed_read_integer(file, "/quantum", "n_qubits", &n);
    if (status != KW_OK) return status;
    if (n < 1 || n > KW_MAX_QUBITS || kw_runs(kw_bit((int)n)) != runs)
        return kw_fail(KW_E_IO, "%s: %" PRId64 " qubits in %" PRIu64 " runs of 32 amplitudes", path, n, runs);
    *n_qubits = (int)n;
    return KW_OK;
}

static kw_status read_qubits(kw_sealed *file, const char *path, int *n_qubits) {
    uint64_t total = 0;
    kw_status status = check_version(file, path);
    if (status == KW_OK) status = kw_state_store_count(file, path, &total);
    if (status != KW_OK) return status;
    if (kw_state_store_is_packed(file)) return packed_qubits(file, path, total, n_qubits);
    if (!kw_is_power_of_two(total) || total < 2 || kw_log2(total) > KW_MAX_QUBITS)
        return kw_fail(KW_E_INPUT, "%s holds %" PRIu64 " amplitudes, which is not a power of two from 2 to 2^%d", path,
                       total, KW_MAX_QUBITS);
    *n_qubits = kw_log2(total);
    return KW_OK;
}

/* Gates of single precision may have made the state, or make it. */
static double norm_tolerance(const kw_state *state, kw_sealed *file, const kw_errors *errors) {
    char *stored = NULL;
    const bool known = kw_sealed_read_text(file, KW_STATE_GROUP, "precision", &stored) == KW_OK;
    const bool single =
        kw_state_precision(state) != KW_DOUBLE || (known && strcmp(stored, kw_precision_name(KW_DOUBLE)) != 0);
    free(stored);
    return (single ? NORM_TOLERANCE_SINGLE : NORM_TOLERANCE) + kw_errors_off_norm(errors);
}

/* Fills the state; on failure its amplitudes are undefined. */
static kw_status load(kw_state *state, kw_sealed *file, const char *path) {
    const int n = kw_state_qubits(state);
    int stored = 0;
    kw_errors errors;
    kw_status status = read_qubits(file, path, &stored);
    if (status != KW_OK) return status;
    if (stored != n)
        return kw_fail(KW_E_INPUT, "%s holds a state of %d qubits, but %d qubits are asked for", path, stored, n);
    kw_state_reset_order(state);
    status = kw_state_store_read(file, path, state, &errors);
    if (status != KW_OK) return status;
    const double norm2 = kw_state_norm2(state), tolerance = norm_tolerance(state, file, &errors);
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

kw_status kw_state_file_print(const char *path, FILE *out) {
    kw_sealed *file = NULL;
    char *precision = NULL;
    kw_state_account account = {0};
    int n = 0;
    kw_status status = kw_sealed_open(kw_comm_self(), path, &file);
    if (status == KW_OK) status = read_qubits(file, path, &n);
    const bool packed = status == KW_OK && kw_state_store_is_packed(file);
    if (packed) status = kw_state_account_read(file, path, &account);
    else if (status == KW_OK) status = kw_sealed_read_text(file, KW_STATE_GROUP, "precision", &precision);
    kw_sealed_close(&file);
    if (status != KW_OK) return status;
    fprintf(out, "state, %d qubits, ", n);
    if (packed) kw_state_account_print(&account, out);
    else fprintf(out, "%s", precision);
    fprintf(out, "\n");
    free(precision);
    kw_state_account_free(&account);
    return KW_OK;
}
