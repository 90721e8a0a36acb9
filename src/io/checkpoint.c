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
#include "io/sealed.h"

#define FORMAT     "ketwall-checkpoint"
#define SPEAK_FROM 1.0 /* s */

enum { TEXT, INTEGER, REALS };

/* Every field of the file: where it stands, and which member of kw_checkpoint it fills. */
typedef struct {
    int type;
    const char *group, *name;
    size_t member, count; /* offsets in kw_checkpoint; count: of arrays */
    const char *units, *description;
    int since; /* version of the format */
} field;

#define AT(member) offsetof(kw_checkpoint, member)

static const field fields[] = {
    {TEXT, "/", "kind", AT(kind), 0, "", "verb that wrote this file", 1},
    {TEXT, "/provenance", "json", AT(provenance), 0, "", "versions, machine, command", 1},
    {TEXT, "/config", "ini", AT(config), 0, "", "resolved configuration", 1},
    {INTEGER, "/quantum", "qubits", AT(n_qubits), 0, "", "qubits of a state", 1},
    {TEXT, "/quantum", "cost_table", AT(cost_table), 0, "", "kernels and block size of the plan", 1},
    {REALS, "/quantum/parameters", NULL, AT(parameters), AT(n_parameters), "rad", "angles of the trained circuit (P)", 1},
    {TEXT, "/optimizer", "name", AT(optimiser), 0, "", "optimiser", 1},
    {REALS, "/optimizer/state", NULL, AT(optimiser_state), AT(n_optimiser_state), "1",
     "header, point, moments or evaluations", 1},
    {INTEGER, "/progress", "step", AT(step), 0, "", "steps done", 1},
    {INTEGER, "/progress", "seed", AT(seed), 0, "", "seed of the counter-based random numbers", 1},
    {REALS, "/progress/system", NULL, AT(system_state), AT(n_system_state), "1", "state of the learning system", 2},
    {TEXT, "/history", "columns", AT(columns), 0, "", "names of the columns", 1},
    {REALS, "/history/table", NULL, AT(history), AT(n_history), "1", "one row per step (T x columns)", 1},
};
enum { FIELDS = sizeof fields / sizeof *fields };

static void *member(const kw_checkpoint *checkpoint, size_t offset) { return (char *)checkpoint + offset; }

static kw_status write_field(kw_sealed *file, const kw_checkpoint *c, const field *f) {
    switch (f->type) {
    case TEXT: return kw_sealed_write_text(file, f->group, f->name, *(char **)member(c, f->member));
    case INTEGER: return kw_sealed_write_integer(file, f->group, f->name, *(int64_t *)member(c, f->member));
    default:
        return kw_sealed_write_reals(file, f->group, *(double **)member(c, f->member), *(size_t *)member(c, f->count),
                                     f->units, f->description);
    }
}

static kw_status write_all(kw_sealed *file, const kw_checkpoint *checkpoint) {
    char now[32];
    const time_t seconds = time(NULL);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
    kw_status status = kw_sealed_write_text(file, "/", "format", FORMAT);
    if (status == KW_OK) status = kw_sealed_write_integer(file, "/", "format_version", KW_CHECKPOINT_VERSION);
    if (status == KW_OK) status = kw_sealed_write_text(file, "/", "created_utc", now);
    if (status == KW_OK)
        status = kw_sealed_write_text(file, "/quantum", "qubit_order", "qubit 0 is the least significant bit");
    if (status == KW_OK) status = kw_sealed_write_text(file, "/quantum", "rz_convention", "rz(t) = exp(-i t Z/2)");
    if (status == KW_OK)
        status = kw_sealed_write_reals(file, "/progress/cost", &checkpoint->cost, 1, "1", "cost at this step");
    for (int i = 0; status == KW_OK && i < FIELDS; ++i) status = write_field(file, checkpoint, &fields[i]);
    return status;
}

/* A line for what took long enough to be waited for. */
static void report_cost(const char *path, double seconds, kw_checkpoint_series *series) {
    struct stat info;
    if (stat(path, &info)) return;
    series->written += 1;
    series->bytes += (uint64_t)info.st_size;
    series->seconds += seconds;
    if (seconds >= SPEAK_FROM)
        fprintf(stderr, "ketwall: %s: %.3f GB written and verified in %.1f s, %.2f GB/s\n", path,
                1e-9 * (double)info.st_size, seconds, 1e-9 * (double)info.st_size / seconds);
}

kw_status kw_checkpoint_write(kw_comm *comm, const char *dir, const kw_checkpoint *checkpoint,
                              kw_checkpoint_series *series) {
    char path[KW_CHECKPOINT_PATH_BYTES];
    const double started = kw_seconds();
    kw_sealed *file = NULL;
    kw_status status = kw_checkpoint_path(dir, checkpoint->step, path);
    if (status == KW_OK) status = kw_sealed_create(comm, path, &file);
    if (status != KW_OK) return status;
    status = kw_sealed_commit(&file, write_all(file, checkpoint));
    if (status != KW_OK || kw_comm_rank(comm) != 0) return status;
    report_cost(path, kw_seconds() - started, series);
    kw_checkpoint_series_add(dir, checkpoint->step, checkpoint->cost, series);
    return KW_OK;
}

/* ---- reading ---- */

static kw_status read_field(kw_sealed *file, kw_checkpoint *c, const field *f) {
    switch (f->type) {
    case TEXT: return kw_sealed_read_text(file, f->group, f->name, member(c, f->member));
    case INTEGER: return kw_sealed_read_integer(file, f->group, f->name, member(c, f->member));
    default: return kw_sealed_read_reals(file, f->group, member(c, f->member), member(c, f->count));
    }
}

static kw_status check_format(kw_sealed *file, const char *path, int64_t *version) {
    char *format = NULL;
    kw_status status = kw_sealed_read_text(file, "/", "format", &format);
    if (status == KW_OK && strcmp(format, FORMAT))
        status = kw_fail(KW_E_IO, "%s: a file of format %s, not a checkpoint (%s)", path, format, FORMAT);
    if (status == KW_OK) status = kw_sealed_read_integer(file, "/", "format_version", version);
    if (status == KW_OK && *version > KW_CHECKPOINT_VERSION)
        status = kw_fail(KW_E_IO, "%s: format version %" PRId64 ", this program reads up to %d: use a newer Ketwall", path,
                         *version, KW_CHECKPOINT_VERSION);
    free(format);
    return status;
}

static kw_status read_all(kw_sealed *file, const char *path, kw_checkpoint *c) {
    double *cost = NULL;
    size_t count = 0;
    int64_t version = 0;
    kw_status status = check_format(file, path, &version);
    for (int i = 0; status == KW_OK && i < FIELDS; ++i)
        if (fields[i].since <= version) status = read_field(file, c, &fields[i]);
    if (status == KW_OK) status = kw_sealed_read_reals(file, "/progress/cost", &cost, &count);
    if (status == KW_OK && count != 1) status = kw_fail(KW_E_IO, "%s: /progress/cost holds %zu numbers", path, count);
    if (status == KW_OK) c->cost = *cost;
    free(cost);
    return status;
}

kw_status kw_checkpoint_read(kw_comm *comm, const char *path, kw_checkpoint **out) {
    kw_sealed *file = NULL;
    kw_status status = kw_sealed_open(comm, path, &file);
    if (status != KW_OK) return status;
    kw_checkpoint *checkpoint = calloc(1, sizeof *checkpoint);
    status = kw_comm_agree(comm, checkpoint ? KW_OK : kw_fail(KW_E_NOMEM, "%s: no memory", path));
    if (status == KW_OK) status = read_all(file, path, checkpoint);
    kw_sealed_close(&file);
    if (status == KW_OK) *out = checkpoint;
    else kw_checkpoint_destroy(&checkpoint);
    return status;
}

void kw_checkpoint_destroy(kw_checkpoint **checkpoint) {
    if (!*checkpoint) return;
    for (int i = 0; i < FIELDS; ++i)
        if (fields[i].type != INTEGER) free(*(void **)member(*checkpoint, fields[i].member));
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

kw_status kw_checkpoint_print(const char *path, FILE *out, bool long_form) {
    kw_checkpoint *c = NULL;
    const kw_status status = kw_checkpoint_read(kw_comm_self(), path, &c);
    if (status != KW_OK) return status;
    fprintf(out, "%s step %" PRId64 ", %" PRId64 " qubits, ", c->kind, c->step, c->n_qubits);
    if (isnan(c->cost)) fprintf(out, "no cost yet\n");
    else fprintf(out, "cost %.10g\n", c->cost);
    if (long_form) {
        fprintf(out, "parameters  %zu\noptimiser   %s, state of %zu numbers\nhistory     %zu numbers: %s\nplan        %s\n",
                c->n_parameters, c->optimiser, c->n_optimiser_state, c->n_history, c->columns, c->cost_table);
        fprintf(out, "\nconfiguration\n%s\nprovenance\n%s\n", c->config, c->provenance);
    }
    kw_checkpoint_destroy(&c);
    return KW_OK;
}
