/* F4  Files of a learning run: configuration, metrics, checkpoints. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "engine/kernels/kernels.h"
#include "io/checkpoint.h"
#include "io/run_directory.h"
#include "models/training_internal.h"

/* ---- configuration ---- */

/* Keys that may differ between a run and its continuation. */
static bool may_change(const char *line) {
    static const char *const keys[] = {"run.dir ",
                                       "run.max_wall_s ",
                                       "run.checkpoint_every_s ",
                                       "run.keep_checkpoints ",
                                       "run.memory_per_rank ",
                                       "run.max_infidelity ",
                                       "run.ranks_per_state ",
                                       "run.shard ",
                                       "data.dir ",
                                       "data.keep ",
                                       "train.steps ",
                                       "train.epochs ",
                                       "train.shot_budget ",
                                       "train.evaluate_every "};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i)
        if (!strncmp(line, keys[i], strlen(keys[i]))) return true;
    return false;
}

static size_t line_length(const char *text) { return strcspn(text, "\n"); }

/* The line of a key in "key = value" lines; NULL: there is none. */
static const char *line_of(const char *text, const char *line) {
    const size_t key = strcspn(line, "=");
    for (; *text; text += line_length(text) + (text[line_length(text)] == '\n'))
        if (!strncmp(text, line, key)) return text;
    return NULL;
}

/* Keys that the checkpoint does not know are younger than it is: their defaults stand for what was done then. */
static bool is_default(const kw_training *t, const char *line) {
    for (size_t i = 0; i < kw_config_count(t->source); ++i) {
        const char *key, *value, *origin;
        kw_config_entry(t->source, i, &key, &value, &origin);
        if (!strncmp(key, line, strlen(key)) && line[strlen(key)] == ' ') return !strcmp(origin, "default");
    }
    return false;
}

static kw_status check_same_config(const kw_training *t, const char *stored) {
    for (const char *now = t->config_text; *now; now += line_length(now) + (now[line_length(now)] == '\n')) {
        const char *then = line_of(stored, now);
        const size_t a = line_length(now), b = then ? line_length(then) : 0;
        if (may_change(now) || (then ? a == b && !strncmp(now, then, a) : is_default(t, now))) continue;
        if (!then)
            return kw_fail(KW_E_INPUT,
                           "the checkpoint says nothing of \"%.*s\", which is not the default: give a new run.dir", (int)a,
                           now);
        return kw_fail(KW_E_INPUT,
                       "the checkpoint was made with \"%.*s\", the configuration says \"%.*s\": give a new run.dir, or the "
                       "same value",
                       (int)b, then, (int)a, now);
    }
    for (const char *then = stored; *then; then += line_length(then) + (then[line_length(then)] == '\n'))
        if (!line_of(t->config_text, then))
            return kw_fail(KW_E_IO,
                           "the checkpoint was made with \"%.*s\", which this Ketwall does not know: another "
                           "version wrote it",
                           (int)line_length(then), then);
    return KW_OK;
}

/* ---- metrics ---- */

static kw_status write_metric(const kw_training *t, const double *row) {
    json_t *line = json_object();
    if (!line) return kw_fail(KW_E_NOMEM, "%s: no memory for a metric", t->metrics_path);
    const char *name = t->model.columns;
    json_object_set_new(line, "step", json_integer((json_int_t)row[KW_ROW_STEP]));
    for (size_t i = 0; i < t->model.row_numbers; ++i) {
        char key[64];
        const size_t length = strcspn(name, " ");
        snprintf(key, sizeof key, "%.*s", (int)length, name);
        if (i != KW_ROW_STEP) kw_json_set(line, key, row[i]);
        name += length + (name[length] == ' ');
    }
    const int failed = json_dumpf(line, t->metrics, JSON_COMPACT | JSON_REAL_PRECISION(17)) || fputc('\n', t->metrics) == EOF
                       || fflush(t->metrics) == EOF;
    json_decref(line);
    return failed ? kw_fail(KW_E_IO, "%s: %s", t->metrics_path, strerror(errno)) : KW_OK;
}

/* Metrics of earlier steps are written again from the checkpoint's history, so the file never holds a step twice. */
static kw_status open_metrics(kw_training *t) {
    if (snprintf(t->metrics_path, sizeof t->metrics_path, "%s/metrics.jsonl", t->config.dir) >= (int)sizeof t->metrics_path)
        return kw_fail(KW_E_IO, "run.dir: the path is too long");
    t->metrics = fopen(t->metrics_path, "w");
    if (!t->metrics) return kw_fail(KW_E_IO, "%s: %s", t->metrics_path, strerror(errno));
    kw_status status = KW_OK;
    for (size_t i = 0; status == KW_OK && i < t->rows; ++i) status = write_metric(t, t->history + i * t->model.row_numbers);
    return status;
}

static kw_status append_row(kw_training *t, const double *row) {
    const size_t bytes = t->model.row_numbers * sizeof *row;
    if (t->rows == t->row_capacity) {
        const size_t wanted = t->row_capacity ? 2 * t->row_capacity : 256;
        double *grown = realloc(t->history, wanted * bytes);
        if (!grown) return kw_fail(KW_E_NOMEM, "no memory for the history of %zu steps", wanted);
        t->history = grown;
        t->row_capacity = wanted;
    }
    memcpy(t->history + t->rows++ * t->model.row_numbers, row, bytes);
    return KW_OK;
}

kw_status kw_training_add_row(kw_training *t, const double *row) {
    const kw_status status = append_row(t, row);
    return status == KW_OK && t->metrics ? write_metric(t, row) : status;
}

/* ---- checkpoints ---- */

static const double *last_row(const kw_training *t) {
    return t->rows ? t->history + (t->rows - 1) * t->model.row_numbers : NULL;
}

static void describe(const kw_training *t, double *state, size_t size, char *cost_table, kw_checkpoint *out) {
    static char *const optimisers[] = {
#define TEXT(kind, name, text) name,
        KW_OPTIMISER_LIST(TEXT)};
#undef TEXT
    *out = (kw_checkpoint){.kind = (char *)t->model.kind,
                           .n_qubits = t->model.n_qubits,
                           .step = (int64_t)kw_optimiser_steps(t->optimiser),
                           .seed = (int64_t)t->config.seed,
                           .cost = t->rows ? last_row(t)[KW_ROW_COST] : NAN,
                           .config = t->config_text,
                           .provenance = t->provenance_text,
                           .cost_table = cost_table,
                           .optimiser = optimisers[t->config.optimiser.kind],
                           .columns = (char *)t->model.columns,
                           .parameters = (double *)kw_optimiser_x(t->optimiser),
                           .n_parameters = t->n_parameters,
                           .optimiser_state = state,
                           .n_optimiser_state = size,
                           .system_state = t->state,
                           .n_system_state = t->model.state_numbers,
                           .history = t->history,
                           .n_history = t->rows * t->model.row_numbers};
}

kw_status kw_training_save(kw_training *t) {
    const size_t size = kw_optimiser_state_size(t->optimiser);
    double *state = malloc((size + 1) * sizeof *state);
    kw_status status = kw_comm_agree(t->world, state ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a checkpoint"));
    if (status == KW_OK) {
        char cost_table[64];
        kw_checkpoint checkpoint;
        snprintf(cost_table, sizeof cost_table, "built-in, kernels %s", kw_kernels_name());
        kw_optimiser_export(t->optimiser, state);
        if (t->system && t->model.save_state) t->model.save_state(t->system, t->state);
        describe(t, state, size, cost_table, &checkpoint);
        status = kw_checkpoint_write(t->world, t->config.dir, &checkpoint, &t->checkpoints);
    }
    free(state);
    t->last_checkpoint = kw_seconds();
    return status;
}

/* Rows of the checkpoint's history; columns that are younger than it stand behind its own, and hold no number.
 * @return KW_OK, KW_E_IO, KW_E_NOMEM */
static kw_status restore_history(kw_training *t, const kw_checkpoint *c) {
    const size_t length = strlen(c->columns);
    size_t stored = 1;
    for (const char *at = c->columns; *at; ++at) stored += *at == ' ';
    const char next = strncmp(t->model.columns, c->columns, length) ? 'x' : t->model.columns[length];
    if ((next && next != ' ') || stored < KW_ROW_OWN || c->n_history % stored)
        return kw_fail(KW_E_IO, "the checkpoint's history has other columns: another version wrote it");
    double *row = malloc(t->model.row_numbers * sizeof *row);
    kw_status status = row ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a row of the history");
    for (size_t i = 0; status == KW_OK && i < c->n_history; i += stored) {
        for (size_t j = 0; j < t->model.row_numbers; ++j) row[j] = j < stored ? c->history[i + j] : NAN;
        status = append_row(t, row);
    }
    free(row);
    return status;
}

static kw_status restore_fields(kw_training *t, const kw_checkpoint *c) {
    kw_status status = strcmp(c->kind, t->model.kind)
                           ? kw_fail(KW_E_INPUT, "the checkpoint belongs to ketwall %s, not %s", c->kind, t->model.kind)
                           : check_same_config(t, c->config);
    if (status == KW_OK && c->n_parameters != t->n_parameters)
        status =
            kw_fail(KW_E_IO, "the checkpoint holds %zu parameters, the circuit has %zu", c->n_parameters, t->n_parameters);
    if (status == KW_OK) status = kw_optimiser_import(t->optimiser, c->optimiser_state, c->n_optimiser_state);
    if (status == KW_OK && (uint64_t)c->step != kw_optimiser_steps(t->optimiser))
        status = kw_fail(KW_E_IO, "the checkpoint is of step %lld, its optimiser of another one", (long long)c->step);
    if (status == KW_OK && c->n_system_state != t->model.state_numbers)
        status =
            kw_fail(KW_E_IO, "the checkpoint holds %zu numbers of the system's state, not %zu: another version wrote it",
                    c->n_system_state, t->model.state_numbers);
    if (status == KW_OK && c->n_system_state) memcpy(t->state, c->system_state, c->n_system_state * sizeof *t->state);
    if (status == KW_OK) status = restore_history(t, c);
    if (status == KW_OK && t->rows) {
        t->earlier_seconds = last_row(t)[KW_ROW_SECONDS];
        t->gradient_norm = last_row(t)[KW_ROW_GRADIENT_NORM];
    }
    return status;
}

static kw_status restore(kw_training *t, const kw_checkpoint *c) {
    const kw_status status = restore_fields(t, c);
    return status == KW_OK ? KW_OK : kw_fail(status, "%s: %s", c->path, kw_error_message());
}

/* `auto` would find those of later steps instead of what this run is going to write. */
static kw_status check_no_later(const char *dir, int64_t step) {
    const int64_t last = kw_checkpoint_last_step(dir);
    if (last <= step) return KW_OK;
    return kw_fail(
        KW_E_INPUT,
        "run.dir: %s holds checkpoints up to step %lld, later than step %lld: remove them, or give another run.dir", dir,
        (long long)last, (long long)step);
}

kw_status kw_training_start(kw_training *t, const char *resume) {
    kw_checkpoint *checkpoint = NULL;
    kw_status status = KW_OK;
    const bool root = kw_training_is_root(t);
    if (root) status = kw_run_directory_make(t->config.dir);
    if (root && status == KW_OK) status = kw_run_directory_lock(t->config.dir, &t->lock);
    if (root && status == KW_OK) kw_run_directory_clean(t->config.dir, t->lock);
    if (root && status == KW_OK && !resume) status = kw_run_directory_check_unused(t->config.dir);
    status = kw_comm_agree(t->world, status);
    if (status != KW_OK) return status;
    if (resume && !strcmp(resume, "auto")) status = kw_checkpoint_latest(t->world, t->config.dir, &checkpoint);
    else if (resume) status = kw_checkpoint_read(t->world, resume, &checkpoint);
    if (status == KW_OK && checkpoint) status = kw_comm_agree(t->world, restore(t, checkpoint));
    if (status == KW_OK && root) {
        kw_checkpoint_series_begin(t->config.dir, t->config.keep_checkpoints, &t->checkpoints);
        if (checkpoint && strcmp(resume, "auto") != 0) status = check_no_later(t->config.dir, checkpoint->step);
        if (checkpoint && status == KW_OK)
            fprintf(stderr, "ketwall: going on after step %llu\n", (unsigned long long)kw_optimiser_steps(t->optimiser));
        if (status == KW_OK) status = kw_run_directory_write_config(t->config.dir, t->source);
        if (status == KW_OK) status = open_metrics(t);
    }
    status = kw_comm_agree(t->world, status);
    /* from the start there is something that --resume auto finds here */
    const bool elsewhere = checkpoint && strcmp(resume, "auto") != 0;
    if (status == KW_OK && (!checkpoint || elsewhere)) status = kw_training_save(t);
    kw_checkpoint_destroy(&checkpoint);
    return status;
}
