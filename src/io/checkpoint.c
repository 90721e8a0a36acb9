/* F3  Checkpoints: writing, reading, finding the newest good one. */
#include "io/checkpoint.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "io/checkpoint_check.h"
#include "io/sealed.h"

#define FORMAT     "ketwall-checkpoint"
#define PATH_BYTES 4096

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

/* ---- the directory ---- */

/* Step in the name of a checkpoint; -1: another file. */
static int64_t step_of(const struct dirent *entry) {
    int64_t step;
    int end = 0;
    const bool valid = sscanf(entry->d_name, "checkpoint-%" SCNd64 ".h5%n", &step, &end) == 1 && end && !entry->d_name[end];
    return valid ? step : -1;
}

static int is_checkpoint(const struct dirent *entry) { return step_of(entry) >= 0; }

/* Names in the order of their steps (zero-padded, so alphabetical); the caller frees them. */
static int scan(const char *dir, struct dirent ***entries) { return scandir(dir, entries, is_checkpoint, alphasort); }

static void free_entries(struct dirent **entries, int count) {
    for (int i = 0; i < count; ++i) free(entries[i]);
    free(entries);
}

static kw_status join(char *path, const char *dir, const char *name) {
    const int length = snprintf(path, PATH_BYTES, "%s/%s", dir, name);
    return length < PATH_BYTES ? KW_OK : kw_fail(KW_E_IO, "%s/%s: the path is too long", dir, name);
}

/* Of those up to `step` the last `keep` stay; later ones, left by a history that was given up, are not ours to remove. */
static void prune(const char *dir, int64_t step, int keep) {
    struct dirent **entries = NULL;
    const int count = scan(dir, &entries);
    int up_to = 0;
    char path[PATH_BYTES];
    while (up_to < count && step_of(entries[up_to]) <= step) ++up_to;
    for (int i = 0; i < up_to - keep; ++i)
        if (join(path, dir, entries[i]->d_name) == KW_OK) unlink(path);
    if (count >= 0) free_entries(entries, count);
}

kw_status kw_checkpoint_write(kw_comm *comm, const char *dir, const kw_checkpoint *checkpoint, int keep) {
    char name[64], path[PATH_BYTES];
    snprintf(name, sizeof name, "checkpoint-%010" PRId64 ".h5", checkpoint->step);
    kw_status status = join(path, dir, name);
    kw_sealed *file = NULL;
    if (status == KW_OK) status = kw_sealed_create(comm, path, &file);
    if (status != KW_OK) return status;
    status = kw_sealed_commit(&file, write_all(file, checkpoint));
    if (status == KW_OK && kw_comm_rank(comm) == 0) prune(dir, checkpoint->step, keep);
    return status;
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
    if (status == KW_OK && *version < 1)
        status = kw_fail(KW_E_IO, "%s: there is no format version %" PRId64, path, *version);
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
    for (int i = 0; i < FIELDS; ++i)
        if (fields[i].type != INTEGER) free(*(void **)member(*checkpoint, fields[i].member));
    free((*checkpoint)->path);
    free(*checkpoint);
    *checkpoint = NULL;
}

/* Rank 0 looks into the directory; the others receive the path, newest first.  Empty: no more. */
static void broadcast_candidate(kw_comm *comm, const char *dir, struct dirent **entries, int index, char *path) {
    path[0] = '\0';
    if (kw_comm_rank(comm) == 0 && index >= 0 && join(path, dir, entries[index]->d_name) != KW_OK) path[0] = '\0';
    kw_comm_broadcast(comm, path, PATH_BYTES, 0);
}

kw_status kw_checkpoint_latest(kw_comm *comm, const char *dir, kw_checkpoint **out) {
    struct dirent **entries = NULL;
    const int count = kw_comm_rank(comm) == 0 ? scan(dir, &entries) : 0;
    char path[PATH_BYTES];
    kw_status status = KW_OK;
    *out = NULL;
    for (int index = count - 1;; --index) {
        broadcast_candidate(comm, dir, entries, index, path);
        if (!*path) break;
        status = kw_checkpoint_read(comm, path, out);
        if (status == KW_OK) break;
        if (kw_comm_rank(comm) == 0) fprintf(stderr, "ketwall: warning: %s; trying the one before\n", kw_error_message());
    }
    if (count >= 0 && entries) free_entries(entries, count);
    if (status != KW_OK) return kw_fail(KW_E_IO, "%s: no checkpoint in it can be used", dir);
    return KW_OK;
}

int64_t kw_checkpoint_last_step(const char *dir) {
    struct dirent **entries = NULL;
    const int count = scan(dir, &entries);
    const int64_t last = count > 0 ? step_of(entries[count - 1]) : -1;
    if (count >= 0) free_entries(entries, count);
    return last;
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
