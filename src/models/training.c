/* F4  Running a learning system: set-up, loop, end. */
#include "models/training.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "engine/machine.h"
#include "io/provenance.h"
#include "io/run_directory.h"
#include "models/training_internal.h"

void kw_json_set(json_t *object, const char *name, double value) {
    if (isfinite(value)) json_object_set_new(object, name, json_real(value));
}

json_t *kw_json_count(uint64_t value) {
    return value <= INT64_MAX ? json_integer((json_int_t)value) : json_real((double)value);
}

json_t *kw_json_need(const kw_need *need) {
    return json_pack("{s:o, s:o, s:o}", "exchanges", kw_json_count(need->exchanges), "bytes_exchanged",
                     kw_json_count(need->bytes_exchanged), "peak_bytes_per_rank", kw_json_count(need->peak_bytes));
}

json_t *kw_json_checkpoints(const kw_checkpoint_series *series) {
    return json_pack("{s:o, s:o, s:f}", "written", kw_json_count(series->written), "bytes", kw_json_count(series->bytes),
                     "seconds", series->seconds);
}

/* ---- set-up ---- */

/* "key = value" lines of the resolved configuration. */
static kw_status describe_config(kw_training *t) {
    size_t length;
    FILE *text = open_memstream(&t->config_text, &length);
    if (!text) return kw_fail(KW_E_NOMEM, "no memory for the configuration");
    for (size_t i = 0; i < kw_config_count(t->source); ++i) {
        const char *key, *value, *origin;
        kw_config_entry(t->source, i, &key, &value, &origin);
        fprintf(text, "%s = %s\n", key, value);
    }
    return fclose(text) ? kw_fail(KW_E_NOMEM, "no memory for the configuration") : KW_OK;
}

void kw_training_start_angles(const kw_training_config *c, size_t p, double *theta) {
    const kw_rng rng = kw_rng_make(c->seed, KW_STREAM_PARAMETERS, 0);
    for (size_t i = 0; i < p; ++i) {
        double pair[2] = {0, 0};
        if (c->start == KW_ANSATZ_START_RANDOM) pair[0] = 2 * M_PI * kw_rng_uniform(&rng, i);
        if (c->start == KW_ANSATZ_START_WIDE) pair[0] = 4 * M_PI * kw_rng_uniform(&rng, i); /* period of crx, cu3 */
        if (c->start == KW_ANSATZ_START_SMALL) kw_rng_normal_pair(&rng, i, pair);
        theta[i] = c->start == KW_ANSATZ_START_SMALL ? c->start_width * pair[0] : pair[0];
    }
}

static kw_status create_optimiser(kw_training *t) {
    double *theta = malloc((t->n_parameters + 1) * sizeof *theta);
    if (!theta) return kw_fail(KW_E_NOMEM, "no memory for %zu angles", t->n_parameters);
    if (t->model.start) t->model.start(t->model.start_context, theta);
    else kw_training_start_angles(&t->config, t->n_parameters, theta);
    const kw_status status = kw_optimiser_create(&t->config.optimiser, t->n_parameters, theta, &t->optimiser);
    free(theta);
    return status;
}

uint64_t kw_training_memory(kw_comm *world, const kw_training_config *config) {
    int64_t limit = (int64_t)config->memory_per_rank;
    if (!limit) limit = (int64_t)kw_memory_per_rank();
    limit = -limit;
    kw_comm_max(world, &limit, 1);
    return (uint64_t)-limit;
}

static kw_status prepare(kw_training *t, const kw_training_request *request) {
    kw_status status = describe_config(t);
    t->state = calloc(t->model.state_numbers + 1, sizeof *t->state);
    if (status == KW_OK && !t->state) status = kw_fail(KW_E_NOMEM, "no memory for the state of a run");
    if (status == KW_OK) status = create_optimiser(t);
    t->provenance = kw_provenance(request->mpi, request->command);
    if (t->provenance) t->provenance_text = json_dumps(t->provenance, JSON_INDENT(2));
    if (status == KW_OK && !t->provenance_text) status = kw_fail(KW_E_NOMEM, "no memory for the provenance");
    return status;
}

kw_status kw_training_create(kw_comm *world, const kw_config *source, const kw_training_config *config,
                             const kw_training_request *request, const kw_training_model *model, int parameters,
                             kw_training **out) {
    kw_training *t = calloc(1, sizeof *t);
    kw_status status = t ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a run");
    if (t) {
        t->world = world;
        t->source = source;
        t->config = *config;
        t->model = *model;
        if (!t->model.row_every) t->model.row_every = 1;
        t->n_parameters = (size_t)parameters;
        t->started = t->last_checkpoint = kw_seconds();
        t->gradient_norm = NAN;
        t->lock = -1;
        t->stop = (kw_stop){.comm = world,
                            .dir = t->config.dir,
                            .max_wall_s = config->max_wall_s,
                            .started = t->started,
                            .looked = -INFINITY};
        status = prepare(t, request);
    }
    status = kw_comm_agree(world, status);
    if (status == KW_OK) status = kw_training_start(t, request->resume);
    if (status == KW_OK) *out = t;
    else kw_training_destroy(&t);
    return status;
}

void kw_training_destroy(kw_training **training) {
    kw_training *t = *training;
    if (!t) return;
    if (t->metrics) fclose(t->metrics);
    kw_run_directory_unlock(&t->lock);
    kw_optimiser_destroy(&t->optimiser);
    json_decref(t->provenance);
    free(t->provenance_text);
    free(t->config_text);
    free(t->history);
    free(t->state);
    free(t);
    *training = NULL;
}

uint64_t kw_training_evaluations(const kw_training *t) { return kw_optimiser_evaluations(t->optimiser); }

bool kw_training_resumed(const kw_training *t) { return kw_optimiser_steps(t->optimiser) > 0; }

const double *kw_training_theta(const kw_training *t) { return kw_optimiser_x(t->optimiser); }

/* ---- progress on stderr: one rewritten line on a terminal, a log line every few seconds otherwise ---- */

static void speak(kw_training *t, uint64_t step, const double *row) {
    const uint64_t steps = t->config.optimiser.max_steps, done = step + 1;
    const double now = kw_seconds(), every = t->terminal ? 0.1 : 5.0;
    if (now - t->spoke < every && done < steps) return;
    t->spoke = now;
    char text[256];
    t->model.speak(t->system, row, text, sizeof text);
    const double rate = (double)(done - t->first_step) / (now - t->training_started + 1e-9);
    fprintf(stderr, "%sstep %" PRIu64 "/%" PRIu64 "  %s  %.2f steps/s  %.0f s left%s", t->terminal ? "\r\033[K" : "", done,
            steps, text, rate, (double)(steps - done) / rate, t->terminal ? "" : "\n");
}

/* ---- loop ---- */

static double norm(const double *g, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += g[i] * g[i];
    return sqrt(sum);
}

/* Rank 0's clock decides on checkpoints. */
static kw_stop_decision decide(kw_training *t, bool row) {
    const bool due = kw_seconds() - t->last_checkpoint >= t->config.checkpoint_every_s;
    return kw_stop_agree(&t->stop, due || (row && t->model.save_rows));
}

static kw_status value(void *context, uint64_t evaluation, const double *theta, double *f) {
    const kw_training *t = context;
    return t->model.value(t->system, evaluation, theta, f);
}

static kw_status gradient(void *context, uint64_t evaluation, const double *theta, double *f, double *g) {
    const kw_training *t = context;
    return t->model.gradient(t->system, evaluation, theta, f, g);
}

static double rate(void *context) {
    const kw_training *t = context;
    return t->model.rate(t->system);
}

static kw_status record(kw_training *t, uint64_t step, const double *theta, double f) {
    double *row = malloc(t->model.row_numbers * sizeof *row);
    kw_status status = kw_comm_agree(t->world, row ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a row of the history"));
    if (status == KW_OK) {
        for (size_t i = 0; i < t->model.row_numbers; ++i) row[i] = NAN;
        row[KW_ROW_STEP] = (double)step;
        row[KW_ROW_COST] = f;
        row[KW_ROW_GRADIENT_NORM] = t->gradient_norm;
        const uint64_t number = step / t->model.row_every + 1;
        status = t->model.row(t->system, theta, number % t->config.evaluate_every == 0, row);
    }
    if (status == KW_OK) {
        row[KW_ROW_SECONDS] = t->earlier_seconds + kw_seconds() - t->started;
        t->gradient_norm = row[KW_ROW_GRADIENT_NORM];
        status = kw_comm_agree(t->world, kw_training_add_row(t, row));
    }
    if (status == KW_OK && kw_training_is_root(t)) speak(t, step, row);
    free(row);
    return status;
}

static kw_status on_step(void *context, uint64_t step, const double *theta, double f, const double *g) {
    kw_training *t = context;
    t->gradient_norm = g ? norm(g, t->n_parameters) : NAN;
    const bool whole_row = (step + 1) % t->model.row_every == 0 || step + 1 == t->config.optimiser.max_steps;
    kw_status status = KW_OK;
    if (whole_row) status = record(t, step, theta, f);
    else if (kw_training_is_root(t)) speak(t, step, NULL);
    if (status != KW_OK) return status;
    const kw_stop_decision decision = decide(t, whole_row);
    if (decision != KW_GO_ON) status = kw_training_save(t);
    if (status == KW_OK && decision == KW_STOP)
        status = kw_fail(KW_E_STOPPED, "the run stops after step %llu, because %s: go on with --resume auto",
                         (unsigned long long)step + 1, t->stop.reason);
    return status;
}

kw_status kw_training_run(kw_training *t, void *model) {
    t->system = model;
    t->terminal = isatty(STDERR_FILENO);
    t->training_started = kw_seconds();
    t->spoke = -INFINITY;
    t->first_step = kw_optimiser_steps(t->optimiser);
    if (t->model.restore_state) t->model.restore_state(model, t->state);
    const kw_problem problem = {
        .value = value, .gradient = gradient, .rate = t->model.rate ? rate : NULL, .step = on_step, .context = t};
    const kw_status status = kw_optimiser_run(t->optimiser, t->world, &problem);
    if (kw_training_is_root(t) && t->terminal) fputc('\n', stderr);
    return status == KW_OK ? kw_training_save(t) : status;
}

/* ---- end ---- */

/* Writes JSON to path.tmp and renames it. */
static kw_status write_json(const json_t *document, const char *path) {
    char temporary[KW_PATH_BYTES];
    if (snprintf(temporary, sizeof temporary, "%s.tmp", path) >= (int)sizeof temporary)
        return kw_fail(KW_E_IO, "%s: the path is too long", path);
    if (json_dump_file(document, temporary, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) || rename(temporary, path))
        return kw_fail(KW_E_IO, "%s: %s", path, strerror(errno));
    return KW_OK;
}

static kw_status write_result(const kw_training *t, json_t *result) {
    char path[KW_PATH_BYTES];
    if (!result) return kw_fail(KW_E_NOMEM, "no memory for the results");
    json_object_set_new(result, "steps", json_integer((json_int_t)kw_optimiser_steps(t->optimiser)));
    json_object_set_new(result, "evaluations", json_integer((json_int_t)kw_optimiser_evaluations(t->optimiser)));
    json_object_set_new(result, "threads", json_integer(kw_machine_threads()));
    json_object_set_new(result, "resident_bytes", kw_json_count(kw_memory_resident()));
    json_object_set(result, "provenance", t->provenance);
    json_object_set_new(result, "checkpoints", kw_json_checkpoints(&t->checkpoints));
    kw_json_set(result, "gradient_norm", t->gradient_norm);
    kw_json_set(result, "seconds", t->earlier_seconds + kw_seconds() - t->started);
    snprintf(path, sizeof path, "%s/result.json", t->config.dir);
    return write_json(result, path);
}

kw_status kw_training_finish(kw_training *t, json_t *result) {
    return kw_comm_agree(t->world, kw_training_is_root(t) ? write_result(t, result) : KW_OK);
}
