/* F3  Checkpoints of circuits on their way. */
#include "io/circuit_checkpoint.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "engine/state_internal.h"
#include "io/checkpoint.h"
#include "io/fields.h"

#define AT(member) offsetof(kw_circuit_checkpoint, member)

static const kw_field fields[] = {
    {KW_FIELD_TEXT, "/", "kind", AT(kind), 0, "", "verb that wrote this file", 3},
    {KW_FIELD_TEXT, "/provenance", "json", AT(provenance), 0, "", "versions, machine, command", 3},
    {KW_FIELD_TEXT, "/config", "ini", AT(config), 0, "", "what was asked for", 3},
    {KW_FIELD_INTEGER, "/quantum", "qubits", AT(n_qubits), 0, "", "qubits of the state", 3},
    {KW_FIELD_INTEGER, "/quantum", "plan", AT(plan), 0, "", "fingerprint of the plan", 3},
    {KW_FIELD_INTEGERS, "/quantum/state/place", NULL, AT(place), AT(n_place), "1", "position of every qubit", 3},
    {KW_FIELD_INTEGER, "/progress", "number", AT(number), 0, "", "of this file", 3},
    {KW_FIELD_INTEGER, "/progress", "shot", AT(shot), 0, "", "shots done", 3},
    {KW_FIELD_INTEGER, "/progress", "step", AT(step), 0, "", "steps of the program done in this shot", 3},
    {KW_FIELD_INTEGER, "/progress", "bits", AT(bits), 0, "", "classical bits of this shot", 3},
    {KW_FIELD_INTEGERS, "/progress/course", NULL, AT(course), AT(n_course), "1",
     "pairs: ranks of a plan, steps of it that are done; each plan is that of what the one before left", 3},
    {KW_FIELD_INTEGERS, "/progress/outcomes", NULL, AT(outcomes), AT(n_outcomes), "1", "bits measured, by shot", 3},
    {KW_FIELD_REALS, "/progress/values", NULL, AT(values), AT(n_values), "1", "observables, by shot", 3},
    {KW_FIELD_REALS, "/progress/infidelity", NULL, AT(infidelity), AT(n_infidelity), "1",
     "what rounding has cost the worst of these shots: estimate, bound", 4},
};
enum { FIELDS = sizeof fields / sizeof *fields };

/* ---- writing ---- */

typedef struct {
    const kw_circuit_checkpoint *checkpoint;
    kw_state *state;
} contents;

static kw_status fill(const void *context, kw_sealed *file) {
    const contents *c = context;
    const kw_status status = kw_fields_write(file, fields, FIELDS, c->checkpoint);
    return status == KW_OK && c->state ? kw_state_store_write(file, c->state) : status;
}

kw_status kw_circuit_checkpoint_write(kw_comm *comm, const char *dir, const kw_circuit_checkpoint *checkpoint,
                                      kw_state *state, kw_checkpoint_series *series) {
    const contents c = {checkpoint, state};
    return kw_checkpoint_put(comm, dir, checkpoint->number, NAN, fill, &c, series);
}

/* ---- reading ---- */

static kw_status bad(const char *path, const char *what) { return kw_fail(KW_E_IO, "%s: %s", path, what); }

/* A file that verifies was written by some Ketwall; still nothing in it is taken on trust. */
static kw_status check(const kw_circuit_checkpoint *c, const char *path) {
    uint64_t seen = 0;
    if (c->n_qubits < 1 || c->n_qubits > KW_MAX_QUBITS) return bad(path, "its number of qubits is out of range");
    if (c->n_place && c->n_place != (size_t)c->n_qubits) return bad(path, "its qubits have no place each");
    for (size_t q = 0; q < c->n_place; ++q) {
        if (c->place[q] < 0 || c->place[q] >= c->n_qubits) return bad(path, "a qubit's place is out of range");
        seen |= kw_bit((int)c->place[q]);
    }
    if (c->n_place && seen != kw_bit((int)c->n_qubits) - 1) return bad(path, "two qubits have one place");
    if (c->n_course % 2) return bad(path, "its course is not made of pairs");
    for (size_t i = 0; i < c->n_course; i += 2) {
        const bool ranks = c->course[i] > 0 && kw_is_power_of_two((uint64_t)c->course[i]);
        if (!ranks || c->course[i + 1] < 0) return bad(path, "its course is out of range");
    }
    if (c->shot < 0 || c->step < 0 || (uint64_t)c->shot > c->n_outcomes) return bad(path, "its progress is out of range");
    for (size_t i = 0; i < c->n_infidelity; ++i)
        if (c->n_infidelity != 2 || !(c->infidelity[i] >= 0 && isfinite(c->infidelity[i])))
            return bad(path, "its infidelity is out of range");
    return KW_OK;
}

static kw_status read_all(kw_sealed *file, const char *path, kw_circuit_checkpoint *c) {
    int64_t version = 0;
    char *kind = NULL;
    kw_status status = kw_checkpoint_read_head(file, path, &version);
    if (status == KW_OK) status = kw_sealed_read_text(file, "/", "kind", &kind);
    if (status == KW_OK && strcmp(kind, KW_CIRCUIT_KIND) != 0)
        status = kw_fail(KW_E_INPUT, "%s: a checkpoint of ketwall %s, not of ketwall run", path, kind);
    free(kind);
    if (status == KW_OK) status = kw_fields_read(file, fields, FIELDS, version, c);
    if (status == KW_OK && kw_state_store_is_packed(file)) {
        status = kw_state_account_read(file, path, &c->account);
        c->packed = status == KW_OK;
    }
    return status == KW_OK ? check(c, path) : status;
}

kw_status kw_circuit_checkpoint_read(kw_comm *comm, const char *path, kw_circuit_checkpoint **out) {
    kw_sealed *file = NULL;
    kw_status status = kw_sealed_open(comm, path, &file);
    if (status != KW_OK) return status;
    kw_circuit_checkpoint *c = calloc(1, sizeof *c);
    status = kw_comm_agree(comm, c ? KW_OK : kw_fail(KW_E_NOMEM, "%s: no memory", path));
    if (status == KW_OK) status = read_all(file, path, c);
    kw_sealed_close(&file);
    if (status == KW_OK) *out = c;
    else kw_circuit_checkpoint_destroy(&c);
    return status;
}

void kw_circuit_checkpoint_destroy(kw_circuit_checkpoint **checkpoint) {
    if (!*checkpoint) return;
    kw_fields_free(fields, FIELDS, *checkpoint);
    kw_state_account_free(&(*checkpoint)->account);
    free(*checkpoint);
    *checkpoint = NULL;
}

kw_status kw_circuit_checkpoint_read_state(const char *path, const kw_circuit_checkpoint *c, kw_state *state) {
    kw_sealed *file = NULL;
    kw_errors errors;
    if (c->n_place != (size_t)state->n_qubits)
        return kw_fail(KW_E_INPUT, "%s holds a state of %zu qubits, not %d", path, c->n_place, state->n_qubits);
    kw_status status = kw_sealed_reopen(state->comm, path, &file);
    if (status != KW_OK) return status;
    status = kw_state_store_read(file, path, state, &errors);
    kw_sealed_close(&file);
    for (int q = 0; q < state->n_qubits && status == KW_OK; ++q) state->place[q] = (int)c->place[q];
    return status;
}

/* ---- printing ---- */

void kw_circuit_checkpoint_describe(const kw_circuit_checkpoint *c, FILE *out) {
    fprintf(out, "%s %" PRId64 ", %" PRId64 " qubits, ", c->kind, c->number, c->n_qubits);
    if (c->n_outcomes) fprintf(out, "%" PRId64 " of %zu shots", c->shot, c->n_outcomes);
    if (c->n_place) fprintf(out, "%sstep %" PRId64 " of the program", c->n_outcomes ? ", " : "", c->step);
    if (c->n_course)
        fprintf(out, ", step %" PRId64 " of the plan for %" PRId64 " ranks", c->course[c->n_course - 1],
                c->course[c->n_course - 2]);
    if (c->packed) {
        fprintf(out, ", ");
        kw_state_account_print(&c->account, out);
    }
    fprintf(out, "\n");
}

kw_status kw_circuit_checkpoint_print(const char *path, FILE *out, bool long_form) {
    kw_circuit_checkpoint *c = NULL;
    const kw_status status = kw_circuit_checkpoint_read(kw_comm_self(), path, &c);
    if (status != KW_OK) return status;
    kw_circuit_checkpoint_describe(c, out);
    if (long_form && c->packed)
        fprintf(out, "rounding    %s, %" PRId64 " writes so far\nnorm        %.12g (squared, of the last pass)\n",
                c->account.rounding, c->account.writes, c->account.drift);
    if (long_form) fprintf(out, "\nasked for\n%s\nprovenance\n%s\n", c->config, c->provenance);
    kw_circuit_checkpoint_destroy(&c);
    return KW_OK;
}
