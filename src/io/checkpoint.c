/* F3  Checkpoints: writing, reading, finding the newest good one. */
#include "io/checkpoint.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "io/checkpoint_check.h"
#include "io/circuit_checkpoint.h"
#include "io/fields.h"
#include "io/sealed.h"

#define FORMAT     "ketwall-checkpoint"
#define SPEAK_FROM 1.0 /* s */

#define AT(member) offsetof(kw_checkpoint, member)

static const kw_field fields[] = {
    {KW_FIELD_TEXT, "/", "kind", AT(kind), 0, "", "verb that wrote this file", 1},
    {KW_FIELD_TEXT, "/provenance", "json", AT(provenance), 0, "", "versions, machine, command", 1},
    {KW_FIELD_TEXT, "/config", "ini", AT(config), 0, "", "resolved configuration", 1},
    {KW_FIELD_INTEGER, "/quantum", "qubits", AT(n_qubits), 0, "", "qubits of a state", 1},
    {KW_FIELD_TEXT, "/quantum", "cost_table", AT(cost_table), 0, "", "kernels and block size of the plan", 1},
    {KW_FIELD_REALS, "/quantum/parameters", NULL, AT(parameters), AT(n_parameters), "rad",
     "angles of the trained circuit (P)", 1},
    {KW_FIELD_TEXT, "/optimizer", "name", AT(optimiser), 0, "", "optimiser", 1},
    {KW_FIELD_REALS, "/optimizer/state", NULL, AT(optimiser_state), AT(n_optimiser_state), "1",
     "header, point, moments or evaluations", 1},
    {KW_FIELD_INTEGER, "/progress", "step", AT(step), 0, "", "steps done", 1},
    {KW_FIELD_INTEGER, "/progress", "seed", AT(seed), 0, "", "seed of the counter-based random numbers", 1},
    {KW_FIELD_REALS, "/progress/system", NULL, AT(system_state), AT(n_system_state), "1", "state of the learning system", 2},
    {KW_FIELD_TEXT, "/history", "columns", AT(columns), 0, "", "names of the columns", 1},
    {KW_FIELD_REALS, "/history/table", NULL, AT(history), AT(n_history), "1", "one row per step (T x columns)", 1},
};
enum { FIELDS = sizeof fields / sizeof *fields };

/* Format, version, time and conventions. */
static kw_status write_head(kw_sealed *file) {
    char now[32];
    const time_t seconds = time(NULL);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
    kw_status status = kw_sealed_write_text(file, "/", "format", FORMAT);
    if (status == KW_OK) status = kw_sealed_write_integer(file, "/", "format_version", KW_CHECKPOINT_VERSION);
    if (status == KW_OK) status = kw_sealed_write_text(file, "/", "created_utc", now);
    if (status == KW_OK)
        status = kw_sealed_write_text(file, "/quantum", "qubit_order", "qubit 0 is the least significant bit");
    if (status == KW_OK) status = kw_sealed_write_text(file, "/quantum", "rz_convention", "rz(t) = exp(-i t Z/2)");
    return status;
}

/* A line for what took long enough to be waited for. */
static void report(const char *path, double seconds, kw_checkpoint_series *series) {
    struct stat info;
    if (stat(path, &info)) return;
    series->written += 1;
    series->bytes += (uint64_t)info.st_size;
    series->seconds += seconds;
    if (seconds >= SPEAK_FROM)
        fprintf(stderr, "ketwall: %s: %.3f GB written and verified in %.1f s, %.2f GB/s\n", path,
                1e-9 * (double)info.st_size, seconds, 1e-9 * (double)info.st_size / seconds);
}

kw_status kw_checkpoint_put(kw_comm *comm, const char *dir, int64_t number, double cost, kw_checkpoint_fill fill,
                            const void *context, kw_checkpoint_series *series) {
    char path[KW_CHECKPOINT_PATH_BYTES];
    const double started = kw_seconds();
    kw_sealed *file = NULL;
    kw_status status = kw_checkpoint_path(dir, number, path);
    if (status == KW_OK) status = kw_sealed_create(comm, path, &file);
    if (status != KW_OK) return status;
    status = write_head(file);
    if (status == KW_OK) status = fill(context, file);
    status = kw_sealed_commit(&file, status);
    if (status != KW_OK || kw_comm_rank(comm) != 0) return status;
    report(path, kw_seconds() - started, series);
    kw_checkpoint_series_add(dir, number, cost, series);
    return KW_OK;
}

static kw_status fill(const void *context, kw_sealed *file) {
    const kw_checkpoint *checkpoint = context;
    const kw_status status = kw_sealed_write_reals(file, "/progress/cost", &checkpoint->cost, 1, "1", "cost at this step");
    return status == KW_OK ? kw_fields_write(file, fields, FIELDS, checkpoint) : status;
}

kw_status kw_checkpoint_write(kw_comm *comm, const char *dir, const kw_checkpoint *checkpoint,
                              kw_checkpoint_series *series) {
    return kw_checkpoint_put(comm, dir, checkpoint->step, checkpoint->cost, fill, checkpoint, series);
}

/* ---- reading ---- */

kw_status kw_checkpoint_read_head(kw_sealed *file, const char *path, int64_t *version) {
    char *format = NULL;
    kw_status status = kw_sealed_read_text(file, "/", "format", &format);
    if (status == KW_OK && strcmp(format, FORMAT))
        status = kw_fail(KW_E_IO, "%s: a file of format %s, not a checkpoint (%s)", path, format, FORMAT);
    if (status == KW_OK) status = kw_sealed_read_integer(file, "/", "format_version", version);
    if (status == KW_OK && *version < 1)
        status = kw_fail(KW_E_IO, "%s: there is no format version %" PRId64, path, *version);
    if (status == KW_OK && *version > KW_CHECKPOINT_VERSION)
        status = kw_fail(KW_E_INPUT, "%s: format version %" PRId64 ", this program reads up to %d: use a newer Ketwall",
                         path, *version, KW_CHECKPOINT_VERSION);
    free(format);
    return status;
}

/* That of a circuit holds other things. */
static kw_status check_kind(kw_sealed *file, const char *path) {
    char *kind = NULL;
    kw_status status = kw_sealed_read_text(file, "/", "kind", &kind);
    if (status == KW_OK && !strcmp(kind, KW_CIRCUIT_KIND))
        status = kw_fail(KW_E_INPUT, "%s: a checkpoint of ketwall run, not of a learning run", path);
    free(kind);
    return status;
}

static kw_status read_all(kw_sealed *file, const char *path, kw_checkpoint *c) {
    double *cost = NULL;
    size_t count = 0;
    int64_t version = 0;
    kw_status status = kw_checkpoint_read_head(file, path, &version);
    if (status == KW_OK) status = check_kind(file, path);
    if (status == KW_OK) status = kw_fields_read(file, fields, FIELDS, version, c);
    if (status == KW_OK) status = kw_sealed_read_reals(file, "/progress/cost", &cost, &count);
    if (status == KW_OK && count != 1) status = kw_fail(KW_E_IO, "%s: /progress/cost holds %zu numbers", path, count);
    if (status == KW_OK) c->cost = *cost;
    free(cost);
    return status == KW_OK ? kw_checkpoint_check(c, path) : status;
}

kw_status kw_checkpoint_read(kw_comm *comm, const char *path, kw_checkpoint **out) {
    kw_sealed *file = NULL;
    kw_status status = kw_sealed_open(comm, path, &file);
    if (status != KW_OK) return status;
    kw_checkpoint *checkpoint = calloc(1, sizeof *checkpoint);
    status = kw_comm_agree(comm, checkpoint ? KW_OK : kw_fail(KW_E_NOMEM, "%s: no memory", path));
    if (status == KW_OK) status = read_all(file, path, checkpoint);
    kw_sealed_close(&file);
    if (status == KW_OK) {
        checkpoint->path = strdup(path);
        status = kw_comm_agree(comm, checkpoint->path ? KW_OK : kw_fail(KW_E_NOMEM, "%s: no memory", path));
    }
    if (status == KW_OK) *out = checkpoint;
    else kw_checkpoint_destroy(&checkpoint);
    return status;
}

void kw_checkpoint_destroy(kw_checkpoint **checkpoint) {
    if (!*checkpoint) return;
    kw_fields_free(fields, FIELDS, *checkpoint);
    free((*checkpoint)->path);
    free(*checkpoint);
    *checkpoint = NULL;
}

static kw_status read_into(void *context, kw_comm *comm, const char *path) {
    return kw_checkpoint_read(comm, path, context);
}

kw_status kw_checkpoint_latest(kw_comm *comm, const char *dir, kw_checkpoint **out) {
    bool found = false;
    *out = NULL;
    return kw_checkpoint_newest(comm, dir, read_into, out, &found);
}

kw_status kw_checkpoint_verify(const char *path) { return kw_sealed_verify(path); }

static void print_learning(const kw_checkpoint *c, FILE *out, bool long_form) {
    fprintf(out, "%s step %" PRId64 ", %" PRId64 " qubits, ", c->kind, c->step, c->n_qubits);
    if (isnan(c->cost)) fprintf(out, "no cost yet\n");
    else fprintf(out, "cost %.10g\n", c->cost);
    if (!long_form) return;
    fprintf(out, "parameters  %zu\noptimiser   %s, state of %zu numbers\nhistory     %zu numbers: %s\nplan        %s\n",
            c->n_parameters, c->optimiser, c->n_optimiser_state, c->n_history, c->columns, c->cost_table);
    fprintf(out, "\nconfiguration\n%s\nprovenance\n%s\n", c->config, c->provenance);
}

/* The verb that wrote a checkpoint; of a state file its format. */
static kw_status kind_of(const char *path, char **kind) {
    kw_sealed *file = NULL;
    int64_t version = 0;
    kw_status status = kw_sealed_open(kw_comm_self(), path, &file);
    if (status == KW_OK) status = kw_sealed_read_text(file, "/", "format", kind);
    if (status == KW_OK && strcmp(*kind, KW_STATE_FORMAT) != 0) {
        free(*kind);
        *kind = NULL;
        status = kw_checkpoint_read_head(file, path, &version);
        if (status == KW_OK) status = kw_sealed_read_text(file, "/", "kind", kind);
    }
    kw_sealed_close(&file);
    return status;
}

kw_status kw_checkpoint_print(const char *path, FILE *out, bool long_form) {
    char *kind = NULL;
    kw_checkpoint *c = NULL;
    kw_status status = kind_of(path, &kind);
    const bool circuit = status == KW_OK && !strcmp(kind, KW_CIRCUIT_KIND);
    const bool state = status == KW_OK && !strcmp(kind, KW_STATE_FORMAT);
    free(kind);
    if (state) return kw_state_file_print(path, out);
    if (circuit) return kw_circuit_checkpoint_print(path, out, long_form);
    if (status == KW_OK) status = kw_checkpoint_read(kw_comm_self(), path, &c);
    if (status == KW_OK) print_learning(c, out, long_form);
    kw_checkpoint_destroy(&c);
    return status;
}
