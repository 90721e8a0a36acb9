/* F3  The checkpoint files of a directory. */
#include "io/checkpoint_files.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "io/sealed.h"

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
    if (count >= 0) free(entries);
}

static kw_status join(char *path, const char *dir, const char *name) {
    const int length = snprintf(path, KW_CHECKPOINT_PATH_BYTES, "%s/%s", dir, name);
    return length < KW_CHECKPOINT_PATH_BYTES ? KW_OK : kw_fail(KW_E_IO, "%s/%s: the path is too long", dir, name);
}

kw_status kw_checkpoint_path(const char *dir, int64_t step, char path[KW_CHECKPOINT_PATH_BYTES]) {
    char name[64];
    snprintf(name, sizeof name, "checkpoint-%010" PRId64 ".h5", step);
    return join(path, dir, name);
}

int64_t kw_checkpoint_last_step(const char *dir) {
    struct dirent **entries = NULL;
    const int count = scan(dir, &entries);
    const int64_t last = count > 0 ? step_of(entries[count - 1]) : -1;
    free_entries(entries, count);
    return last;
}

/* ---- which stay ---- */

static void note_cost(int64_t step, double cost, kw_checkpoint_series *series) {
    if (isnan(cost) || (series->best >= 0 && cost >= series->best_cost)) return;
    series->best = step;
    series->best_cost = cost;
}

/* NaN: the file has none, or cannot be read. */
static double cost_of(const char *path) {
    kw_sealed *file = NULL;
    double *values = NULL, cost = NAN;
    size_t count = 0;
    if (kw_sealed_open(kw_comm_self(), path, &file) != KW_OK) return NAN;
    if (kw_sealed_read_reals(file, "/progress/cost", &values, &count) == KW_OK && count == 1) cost = *values;
    free(values);
    kw_sealed_close(&file);
    return cost;
}

void kw_checkpoint_series_begin(const char *dir, int last, kw_checkpoint_series *series) {
    struct dirent **entries = NULL;
    const int count = scan(dir, &entries);
    char path[KW_CHECKPOINT_PATH_BYTES];
    *series = (kw_checkpoint_series){.last = last, .best = -1};
    for (int i = 0; i < count; ++i)
        if (join(path, dir, entries[i]->d_name) == KW_OK) note_cost(step_of(entries[i]), cost_of(path), series);
    free_entries(entries, count);
}

void kw_checkpoint_series_add(const char *dir, int64_t step, double cost, kw_checkpoint_series *series) {
    struct dirent **entries = NULL;
    const int count = scan(dir, &entries);
    int up_to = 0;
    char path[KW_CHECKPOINT_PATH_BYTES];
    note_cost(step, cost, series);
    while (up_to < count && step_of(entries[up_to]) <= step) ++up_to;
    for (int i = 0; i < up_to - series->last; ++i)
        if (step_of(entries[i]) != series->best && join(path, dir, entries[i]->d_name) == KW_OK) unlink(path);
    free_entries(entries, count);
}

/* ---- the newest ---- */

/* Rank 0 looks into the directory; the others receive the path.  Empty: no more. */
static void broadcast_candidate(kw_comm *comm, const char *dir, struct dirent **entries, int index, char *path) {
    path[0] = '\0';
    if (kw_comm_rank(comm) == 0 && index >= 0 && join(path, dir, entries[index]->d_name) != KW_OK) path[0] = '\0';
    kw_comm_broadcast(comm, path, KW_CHECKPOINT_PATH_BYTES, 0);
}

kw_status kw_checkpoint_newest(kw_comm *comm, const char *dir, kw_checkpoint_reader read, void *context, bool *found) {
    struct dirent **entries = NULL;
    const int count = kw_comm_rank(comm) == 0 ? scan(dir, &entries) : 0;
    char path[KW_CHECKPOINT_PATH_BYTES];
    kw_status status = KW_OK;
    *found = false;
    for (int index = count - 1;; --index) {
        broadcast_candidate(comm, dir, entries, index, path);
        if (!*path) break;
        *found = true;
        status = read(context, comm, path);
        if (status != KW_E_IO) break; /* good; or not ours to pass over: of a newer Ketwall, of other work, no memory */
        if (kw_comm_rank(comm) == 0) fprintf(stderr, "ketwall: warning: %s; trying the one before\n", kw_error_message());
    }
    free_entries(entries, count);
    return status == KW_E_IO ? kw_fail(KW_E_IO, "%s: no checkpoint in it can be used", dir) : status;
}
