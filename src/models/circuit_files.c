/* F4  The directory of a circuit's run. */
#include "models/circuit_files.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "circuit/program_internal.h"
#include "engine/plan_internal.h"
#include "io/run_directory.h"
#include "models/circuit_run_internal.h"
#include "models/infidelity.h"

/* ---- beginning ---- */

/* dir/config.ini says what a directory is for, also where there is no checkpoint. */
static kw_status sign_directory(const kw_run_keeper *k) {
    char path[KW_CHECKPOINT_PATH_BYTES], *then = NULL;
    size_t length = 0;
    if (snprintf(path, sizeof path, "%s/config.ini", k->wanted->dir) >= (int)sizeof path)
        return kw_fail(KW_E_IO, "%s: the path is too long", k->wanted->dir);
    FILE *file = fopen(path, "r");
    if (file) {
        const bool read = getdelim(&then, &length, '\0', file) > 0;
        const kw_status status = read ? kw_run_check_same(path, then, k->config) : KW_OK;
        free(then);
        fclose(file);
        if (read) return status;
    }
    file = fopen(path, "w");
    if (!file) return kw_fail(KW_E_IO, "%s: %s", path, strerror(errno));
    const bool failed = fputs(k->config, file) == EOF;
    return fclose(file) || failed ? kw_fail(KW_E_IO, "%s: %s", path, strerror(errno)) : KW_OK;
}

/* A result in the directory would say that the run is done. */
static void forget_result(const kw_run_keeper *k) {
    char path[KW_CHECKPOINT_PATH_BYTES];
    if (snprintf(path, sizeof path, "%s/result.json", k->wanted->dir) < (int)sizeof path) unlink(path);
}

static kw_status read_found(void *context, kw_comm *comm, const char *path) {
    kw_run_keeper *k = context;
    snprintf(k->path, sizeof k->path, "%s", path);
    return kw_circuit_checkpoint_read(comm, path, &k->found);
}

/* Whether a file lies in the directory. */
static bool lies_in(const char *file, const char *dir) {
    char above[KW_CHECKPOINT_PATH_BYTES];
    struct stat one, other;
    const char *slash = strrchr(file, '/');
    const int length = slash ? (int)(slash - file) + 1 : 2;
    if (snprintf(above, sizeof above, "%.*s", length, slash ? file : "./") >= (int)sizeof above) return false;
    return !stat(above, &one) && !stat(dir, &other) && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* Without --resume, or with a file from elsewhere, no other run's checkpoints may be in the way. */
static kw_status take_directory(kw_run_keeper *k) {
    const char *dir = k->wanted->dir, *resume = k->wanted->resume;
    kw_status status = kw_run_directory_make(dir);
    if (status == KW_OK) status = kw_run_directory_lock(dir, &k->lock);
    if (status == KW_OK) kw_run_directory_clean(dir, k->lock);
    if (status == KW_OK && (!resume || (strcmp(resume, "auto") != 0 && !lies_in(resume, dir))))
        status = kw_run_directory_check_unused(dir);
    k->from_elsewhere = resume && strcmp(resume, "auto") != 0 && !lies_in(resume, dir);
    if (status == KW_OK) status = sign_directory(k);
    if (status == KW_OK) forget_result(k);
    k->series = (kw_checkpoint_series){.last = k->wanted->keep, .best = -1};
    return status;
}

static kw_status find(kw_run_job *j) {
    kw_run_keeper *k = &j->keeper;
    const char *resume = k->wanted->resume;
    bool any = false;
    if (!resume) return KW_OK;
    if (!strcmp(resume, "auto")) return kw_checkpoint_newest(j->world, k->wanted->dir, read_found, k, &any);
    return read_found(k, j->world, resume);
}

/* A file that agrees in what was asked for, and still could not be of this run. */
static kw_status check_sizes(const kw_run_job *j) {
    const kw_circuit_checkpoint *c = j->keeper.found;
    const size_t shots = j->result->is_static ? 0 : j->request->shots;
    const bool good = c->n_outcomes == shots && c->n_values == shots * j->request->n_observables
                      && (size_t)c->step <= j->program->steps && c->n_course <= 2 * KW_COURSE_PAIRS
                      && c->n_qubits == j->result->qubits && (!j->result->is_static || (c->n_place && c->n_course));
    return good ? KW_OK : kw_fail(KW_E_IO, "%s: its sizes contradict what it was made for", j->keeper.path);
}

/* Takes over where the run stood; the state is read when it is needed. */
static kw_status go_on(kw_run_job *j) {
    kw_run_keeper *k = &j->keeper;
    kw_status status = kw_run_check_same(k->path, k->found->config, k->config);
    if (status == KW_OK) status = check_sizes(j);
    if (status != KW_OK) return status;
    k->shot = (uint64_t)k->found->shot;
    k->step = (uint64_t)k->found->step;
    k->bits = (uint64_t)k->found->bits;
    k->n_course = k->found->n_course;
    memcpy(k->course, k->found->course, k->n_course * sizeof *k->course);
    if (k->found->n_infidelity) j->result->infidelity = (kw_infidelity){k->found->infidelity[0], k->found->infidelity[1]};
    if (j->request->progress && kw_comm_rank(j->world) == 0) {
        fprintf(stderr, "ketwall: going on from %s:\n  ", k->path);
        kw_circuit_checkpoint_describe(k->found, stderr);
    }
    return KW_OK;
}

kw_status kw_run_keeper_open(kw_run_job *j) {
    kw_run_keeper *k = &j->keeper;
    k->wanted = &j->request->files;
    k->lock = -1;
    if (!k->wanted->dir) return KW_OK;
    if (k->wanted->keep < 1) return kw_fail(KW_E_ARG, "%d checkpoints to keep: at least one", k->wanted->keep);
    k->written = kw_seconds();
    k->stop = (kw_stop){.comm = j->world,
                        .dir = k->wanted->dir,
                        .max_wall_s = k->wanted->max_wall_s,
                        .started = k->written,
                        .looked = -INFINITY};
    k->provenance = strdup(k->wanted->provenance ? k->wanted->provenance : "{}");
    kw_status status = k->provenance ? kw_run_describe(j, &k->config) : kw_fail(KW_E_NOMEM, "no memory for the provenance");
    if (status == KW_OK && kw_comm_rank(j->world) == 0) status = take_directory(k);
    status = kw_comm_agree(j->world, status);
    if (status == KW_OK) status = find(j);
    if (status == KW_OK && k->found) status = kw_comm_agree(j->world, go_on(j)); /* "@FILE" is read on every rank */
    if (kw_comm_rank(j->world) == 0) {
        const int64_t last = kw_checkpoint_last_step(k->wanted->dir);
        k->number = last > 0 ? last + 1 : 1;
    }
    kw_comm_broadcast(j->world, &k->number, sizeof k->number, 0);
    return status;
}

void kw_run_keeper_close(kw_run_job *j) {
    kw_run_keeper *k = &j->keeper;
    if (!k->wanted || !k->wanted->dir) return;
    kw_run_directory_unlock(&k->lock);
    kw_circuit_checkpoint_destroy(&k->found);
    free(k->config);
    free(k->provenance);
}

/* ---- safe points ---- */

static kw_status check_state(const kw_run_job *j) {
    const double norm = kw_state_norm2(j->state);
    return kw_comm_agree(j->world, kw_run_check_norm(j, norm, false));
}

/* What all replicas have measured so far; the originals stay apart. */
static kw_status gather(kw_run_job *j, int64_t **outcomes, double **values, size_t *n_values) {
    const size_t shots = j->request->shots;
    *n_values = shots * j->request->n_observables;
    *outcomes = malloc((shots + 1) * sizeof **outcomes);
    *values = malloc((*n_values + 1) * sizeof **values);
    const kw_status status = kw_comm_agree(
        j->world, *outcomes && *values ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a checkpoint of %zu shots", shots));
    if (status != KW_OK) return status;
    for (size_t s = 0; s < shots; ++s) (*outcomes)[s] = (int64_t)j->outcomes[s];
    memcpy(*values, j->values, *n_values * sizeof **values);
    kw_comm_max(j->world, *outcomes, shots);
    kw_comm_sum(j->world, *values, *n_values);
    return KW_OK;
}

static kw_status write_checkpoint(kw_run_job *j, kw_circuit_checkpoint *c, bool state) {
    kw_run_keeper *k = &j->keeper;
    int64_t place[KW_MAX_QUBITS];
    for (int q = 0; q < j->state->n_qubits; ++q) place[q] = j->state->place[q];
    c->place = place;
    c->n_place = state ? (size_t)j->state->n_qubits : 0;
    kw_status status = KW_OK;
    if (j->replica == 0)
        status = kw_circuit_checkpoint_write(j->comm, k->wanted->dir, c, state ? j->state : NULL, &k->series);
    c->place = NULL;
    return kw_comm_agree(j->world, status);
}

static kw_status save(kw_run_job *j, bool state) {
    kw_run_keeper *k = &j->keeper;
    const kw_infidelity worst = kw_infidelity_worst(j->world, j->result->infidelity);
    double infidelity[] = {worst.estimate, worst.bound};
    kw_circuit_checkpoint c = {.kind = (char *)KW_CIRCUIT_KIND,
                               .provenance = k->provenance,
                               .config = k->config,
                               .n_qubits = j->result->qubits,
                               .plan = j->running ? (int64_t)kw_plan_fingerprint(j->running)
                                       : k->found ? k->found->plan
                                                  : 0,
                               .number = k->number,
                               .shot = (int64_t)k->shot,
                               .step = (int64_t)k->step,
                               .bits = (int64_t)k->bits,
                               .course = k->course,
                               .n_course = k->n_course,
                               .infidelity = infidelity,
                               .n_infidelity = 2};
    kw_status status = state ? check_state(j) : KW_OK;
    if (status == KW_OK && !j->result->is_static) {
        status = gather(j, &c.outcomes, &c.values, &c.n_values);
        c.n_outcomes = j->request->shots;
    }
    if (status == KW_OK) status = write_checkpoint(j, &c, state);
    free(c.outcomes);
    free(c.values);
    if (status == KW_OK) k->number += 1;
    k->written = kw_seconds();
    return status;
}

kw_status kw_run_safe_point(kw_run_job *j, bool state) {
    kw_run_keeper *k = &j->keeper;
    if (!k->wanted->dir) return KW_OK;
    const bool due = k->wanted->every_s > 0 && kw_seconds() - k->written >= k->wanted->every_s;
    const kw_stop_decision decision = kw_stop_agree(&k->stop, due);
    if (decision == KW_GO_ON) return KW_OK;
    const kw_status status = save(j, state);
    if (status != KW_OK || decision != KW_STOP) return status;
    return kw_fail(KW_E_STOPPED, "the run stops, because %s: go on with --resume auto", k->stop.reason);
}

/* ---- going on ---- */

kw_status kw_run_keep_start(kw_run_job *j, bool state) {
    bool elsewhere = j->keeper.from_elsewhere;
    kw_comm_broadcast(j->world, &elsewhere, sizeof elsewhere, 0);
    j->keeper.from_elsewhere = false;
    return elsewhere ? save(j, state) : KW_OK;
}

kw_status kw_run_load_state(kw_run_job *j) {
    kw_run_keeper *k = &j->keeper;
    kw_status status = kw_circuit_checkpoint_read_state(k->path, k->found, j->state);
    status = kw_comm_agree(j->world, status);
    if (status == KW_OK) status = check_state(j);
    return status == KW_OK ? kw_run_keep_start(j, true) : status;
}
