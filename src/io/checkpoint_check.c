/* F3  Checking what was read from a checkpoint.  The digest says that nothing changed since it was written; what another
 * program wrote and sealed may still be nonsense. */
#include "io/checkpoint_check.h"

#include <inttypes.h>
#include <math.h>

#include "base/error.h"
#include "ketwall/gate.h"

static size_t words(const char *text) {
    size_t count = 0;
    for (bool inside = false; *text; ++text) {
        if (*text != ' ' && !inside) ++count;
        inside = *text != ' ';
    }
    return count;
}

static kw_status check_finite(const char *path, const char *name, const double *values, size_t count) {
    for (size_t i = 0; i < count; ++i)
        if (!isfinite(values[i])) return kw_fail(KW_E_IO, "%s: number %zu of %s is not finite", path, i, name);
    return KW_OK;
}

kw_status kw_checkpoint_check(const kw_checkpoint *c, const char *path) {
    if (c->n_qubits < 0 || c->n_qubits > KW_MAX_QUBITS)
        return kw_fail(KW_E_IO, "%s: %" PRId64 " qubits, expected 0 to %d", path, c->n_qubits, KW_MAX_QUBITS);
    if (c->step < 0) return kw_fail(KW_E_IO, "%s: step %" PRId64 " is negative", path, c->step);
    const size_t columns = words(c->columns);
    if (!columns || c->n_history % columns)
        return kw_fail(KW_E_IO, "%s: a history of %zu numbers in %zu columns", path, c->n_history, columns);
    kw_status status = check_finite(path, "/quantum/parameters", c->parameters, c->n_parameters);
    if (status == KW_OK) status = check_finite(path, "/optimizer/state", c->optimiser_state, c->n_optimiser_state);
    if (status == KW_OK) status = check_finite(path, "/progress/system", c->system_state, c->n_system_state);
    return status;
}
