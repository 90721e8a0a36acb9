/* F4  Running the autoencoder: directory, resume, training loop, checkpoints, results. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "engine/kernels/kernels.h"
#include "io/checkpoint.h"
#include "io/provenance.h"
#include "io/run_directory.h"
#include "models/qae.h"
#include "models/qae_output.h"

#define PATH_BYTES 4096

typedef struct {
    kw_comm *world;
    const kw_config *source;
    kw_qae_config config;
    kw_qae *q;
    kw_optimiser *optimiser;
    size_t n_parameters;
    char *config_text, *provenance_text;
    json_t *provenance;
    kw_qae_row *history;
    size_t rows, row_capacity;
    double started, earlier_seconds, last_checkpoint; /* clock [s]; seconds of the runs before */
    double gradient_norm;
    kw_progress progress;
    FILE *metrics; /* rank 0 */
    char metrics_path[PATH_BYTES];
} run;

static bool is_root(const run *r) { return kw_comm_rank(r->world) == 0; }

/* ---- configuration ---- */

/* "key = value" lines of the resolved configuration. */
static kw_status describe_config(run *r) {
    size_t length;
    FILE *text = open_memstream(&r->config_text, &length);
    if (!text) return kw_fail(KW_E_NOMEM, "no memory for the configuration");
    for (size_t i = 0; i < kw_config_count(r->source); ++i) {
        const char *key, *value, *origin;
        kw_config_entry(r->source, i, &key, &value, &origin);
        fprintf(text, "%s = %s\n", key, value);
    }
    return fclose(text) ? kw_fail(KW_E_NOMEM, "no memory for the configuration") : KW_OK;
}

/* Keys that may differ between a run and its continuation. */
static bool may_change(const char *line) {
    static const char *const keys[] = {"run.dir ",
                                       "run.max_wall_s ",
                                       "run.checkpoint_every_s ",
                                       "run.keep_checkpoints ",
                                       "run.memory_per_rank ",
                                       "run.ranks_per_state ",
                                       "data.keep ",
                                       "train.steps ",
                                       "train.shot_budget ",
                                       "train.evaluate_every "};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i)
        if (!strncmp(line, keys[i], strlen(keys[i]))) return true;
    return false;
}

static size_t line_length(const char *text) { return strcspn(text, "\n"); }

static kw_status check_same_config(const run *r, const char *stored) {
    const char *now = r->config_text;
    while (*now && *stored) {
        const size_t a = line_length(now), b = line_length(stored);
        if ((a != b || strncmp(now, stored, a)) && !may_change(now))
            return kw_fail(KW_E_INPUT,
                           "the checkpoint was made with \"%.*s\", the configuration says \"%.*s\": give a new run.dir, "
                           "or the same value",
                           (int)b, stored, (int)a, now);
        now += a + (now[a] == '\n');
        stored += b + (stored[b] == '\n');
    }
    return *now || *stored ? kw_fail(KW_E_IO, "the checkpoint's configuration has other keys: another version wrote it")
                           : KW_OK;
}

/* ---- directory and files ---- */

/* Metrics of earlier steps are written again from the checkpoint's history, so the file never holds a step twice. */
static kw_status open_metrics(run *r) {
    if (snprintf(r->metrics_path, sizeof r->metrics_path, "%s/metrics.jsonl", r->config.dir) >= (int)sizeof r->metrics_path)
        return kw_fail(KW_E_IO, "run.dir: the path is too long");
    r->metrics = fopen(r->metrics_path, "w");
    if (!r->metrics) return kw_fail(KW_E_IO, "%s: %s", r->metrics_path, strerror(errno));
    kw_status status = KW_OK;
    for (size_t i = 0; status == KW_OK && i < r->rows; ++i)
        status = kw_qae_write_metric(r->metrics, r->metrics_path, &r->history[i]);
    return status;
}

/* ---- checkpoints ---- */

static kw_status save(run *r) {
    const size_t size = kw_optimiser_state_size(r->optimiser);
    double *state = malloc((size + 1) * sizeof *state);
    kw_status status = kw_comm_agree(r->world, state ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a checkpoint"));
    if (status == KW_OK) {
        static char *const optimisers[] = {
#define TEXT(kind, name, text) name,
            KW_OPTIMISER_LIST(TEXT)};
#undef TEXT
        char cost_table[64];
        snprintf(cost_table, sizeof cost_table, "built-in, kernels %s", kw_kernels_name());
        kw_optimiser_export(r->optimiser, state);
        const kw_checkpoint checkpoint = {.kind = "qae",
                                          .n_qubits = r->config.data.n_qubits,
                                          .step = (int64_t)kw_optimiser_steps(r->optimiser),
                                          .seed = (int64_t)r->config.seed,
                                          .cost = r->rows ? r->history[r->rows - 1].cost : NAN,
                                          .config = r->config_text,
                                          .provenance = r->provenance_text,
                                          .cost_table = cost_table,
                                          .optimiser = optimisers[r->config.optimiser.kind],
                                          .columns = (char *)kw_qae_column_names + 1,
                                          .parameters = (double *)kw_optimiser_x(r->optimiser),
                                          .n_parameters = r->n_parameters,
                                          .optimiser_state = state,
                                          .n_optimiser_state = size,
                                          .history = (double *)r->history,
                                          .n_history = r->rows * KW_QAE_ROW_NUMBERS};
        status = kw_checkpoint_write(r->world, r->config.dir, &checkpoint, r->config.keep_checkpoints);
    }
    free(state);
    r->last_checkpoint = kw_clock();
    return status;
}

static kw_status append_row(run *r, const kw_qae_row *row) {
    if (r->rows == r->row_capacity) {
        const size_t wanted = r->row_capacity ? 2 * r->row_capacity : 256;
        kw_qae_row *grown = realloc(r->history, wanted * sizeof *grown);
        if (!grown) return kw_fail(KW_E_NOMEM, "no memory for the history of %zu steps", wanted);
        r->history = grown;
        r->row_capacity = wanted;
    }
    r->history[r->rows++] = *row;
    return KW_OK;
}

static kw_status restore(run *r, const kw_checkpoint *c) {
    kw_status status = strcmp(c->kind, "qae") ? kw_fail(KW_E_INPUT, "the checkpoint belongs to ketwall %s, not qae", c->kind)
                                              : check_same_config(r, c->config);
    if (status == KW_OK) status = kw_optimiser_import(r->optimiser, c->optimiser_state, c->n_optimiser_state);
    if (status == KW_OK && (c->n_history % KW_QAE_ROW_NUMBERS || strcmp(c->columns, kw_qae_column_names + 1)))
        status = kw_fail(KW_E_IO, "the checkpoint's history has other columns: another version wrote it");
    for (size_t i = 0; status == KW_OK && i < c->n_history / KW_QAE_ROW_NUMBERS; ++i)
        status = append_row(r, (const kw_qae_row *)c->history + i);
    if (status == KW_OK && r->rows) {
        r->earlier_seconds = r->history[r->rows - 1].seconds;
        r->gradient_norm = r->history[r->rows - 1].gradient_norm;
    }
    return status;
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

/* Goes on from a checkpoint, or starts with one, so that even a run cut short in its set-up can be resumed. */
static kw_status start_or_resume(run *r, const char *resume) {
    kw_checkpoint *checkpoint = NULL;
    kw_status status = KW_OK;
    if (is_root(r)) status = kw_run_directory_make(r->config.dir);
    if (is_root(r) && status == KW_OK && !resume) status = kw_run_directory_check_unused(r->config.dir);
    status = kw_comm_agree(r->world, status);
    if (status != KW_OK) return status;
    if (resume && !strcmp(resume, "auto")) status = kw_checkpoint_latest(r->world, r->config.dir, &checkpoint);
    else if (resume) status = kw_checkpoint_read(r->world, resume, &checkpoint);
    if (status == KW_OK && checkpoint) status = kw_comm_agree(r->world, restore(r, checkpoint));
    if (status == KW_OK && is_root(r)) {
        if (checkpoint && strcmp(resume, "auto") != 0) status = check_no_later(r->config.dir, checkpoint->step);
        if (checkpoint && status == KW_OK)
            fprintf(stderr, "ketwall: going on after step %llu\n", (unsigned long long)kw_optimiser_steps(r->optimiser));
        if (status == KW_OK) status = kw_run_directory_write_config(r->config.dir, r->source);
        if (status == KW_OK) status = open_metrics(r);
    }
    status = kw_comm_agree(r->world, status);
    if (status == KW_OK && !checkpoint) status = save(r);
    kw_checkpoint_destroy(&checkpoint);
    return status;
}

/* ---- training ---- */

static double norm(const double *g, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += g[i] * g[i];
    return sqrt(sum);
}

enum { GO_ON, SAVE, STOP };

/* Rank 0's clock decides for all. */
static int decide(const run *r) {
    const double now = kw_clock();
    int decision = GO_ON;
    if (now - r->last_checkpoint >= r->config.checkpoint_every_s) decision = SAVE;
    if (r->config.max_wall_s > 0 && now - r->started >= r->config.max_wall_s) decision = STOP;
    kw_comm_broadcast(r->world, &decision, sizeof decision, 0);
    return decision;
}

static kw_status value(void *context, uint64_t evaluation, const double *theta, double *f) {
    return kw_qae_value(((run *)context)->q, evaluation, theta, f);
}

static kw_status gradient(void *context, uint64_t evaluation, const double *theta, double *f, double *g) {
    (void)evaluation; /* exact: no shots to key */
    return kw_qae_gradient(((run *)context)->q, theta, f, g);
}

static kw_status on_step(void *context, uint64_t step, const double *x, double f, const double *g) {
    run *r = context;
    kw_qae *q = r->q;
    r->gradient_norm = g ? norm(g, (size_t)q->forecast.parameters) : NAN;
    kw_qae_row row = {(double)step,
                      r->earlier_seconds + kw_clock() - r->started,
                      f,
                      q->last.cost_global,
                      q->last.cost_local,
                      q->last.fidelity,
                      q->last.infidelity,
                      r->gradient_norm,
                      NAN,
                      NAN,
                      NAN};
    kw_status status = KW_OK;
    if ((step + 1) % r->config.evaluate_every == 0) {
        kw_qae_score train, test;
        status = kw_qae_evaluate(q, x, &train, &test, NULL);
        if (status != KW_OK) return status;
        row.reconstruction = train.reconstruction;
        if (q->n_test) row.test_fidelity = test.fidelity, row.test_reconstruction = test.reconstruction;
    }
    status = append_row(r, &row);
    if (status == KW_OK && is_root(r)) status = kw_qae_write_metric(r->metrics, r->metrics_path, &row);
    status = kw_comm_agree(r->world, status);
    if (status != KW_OK) return status;
    if (is_root(r)) kw_progress_step(&r->progress, q, &row, r->config.optimiser.max_steps);
    const int decision = decide(r);
    if (decision != GO_ON) status = save(r);
    if (status == KW_OK && decision == STOP)
        status = kw_fail(KW_E_STOPPED, "run.max_wall_s = %g reached after step %llu: resume with --resume auto",
                         r->config.max_wall_s, (unsigned long long)step + 1);
    return status;
}

static kw_status finish(run *r, json_t **result) {
    kw_qae *q = r->q;
    kw_qae_score train, test;
    kw_qae_result *results = calloc((size_t)q->n_train + (size_t)q->n_test, sizeof *results);
    kw_status status = kw_comm_agree(r->world, results ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for the results"));
    if (status == KW_OK) status = kw_qae_evaluate(q, kw_optimiser_x(r->optimiser), &train, &test, results);
    if (status == KW_OK) {
        const kw_qae_summary summary = {.train = &train,
                                        .test = &test,
                                        .results = results,
                                        .steps = kw_optimiser_steps(r->optimiser),
                                        .evaluations = kw_optimiser_evaluations(r->optimiser),
                                        .peak_bytes = kw_qae_peak(q),
                                        .traffic = kw_qae_traffic(q),
                                        .seconds = r->earlier_seconds + kw_clock() - r->started,
                                        .gradient_norm = r->gradient_norm,
                                        .provenance = r->provenance};
        if (is_root(r)) {
            char path[PATH_BYTES];
            snprintf(path, sizeof path, "%s/result.json", r->config.dir);
            *result = kw_qae_result_json(q, &summary);
            status = *result ? kw_qae_write_json(*result, path) : kw_fail(KW_E_NOMEM, "no memory for the results");
        }
        status = kw_comm_agree(r->world, status);
    }
    free(results);
    return status;
}

/* ---- set-up ---- */

static void start_angles(const kw_qae_config *c, size_t p, double *theta) {
    const kw_rng rng = kw_rng_make(c->seed, KW_STREAM_PARAMETERS, 0);
    for (size_t i = 0; i < p; ++i) {
        double pair[2] = {0, 0};
        if (c->start == KW_ANSATZ_START_RANDOM) pair[0] = 2 * M_PI * kw_rng_uniform(&rng, i);
        if (c->start == KW_ANSATZ_START_SMALL) kw_rng_normal_pair(&rng, i, pair);
        theta[i] = c->start == KW_ANSATZ_START_SMALL ? c->start_width * pair[0] : pair[0];
    }
}

static kw_status create_optimiser(run *r, int parameters) {
    const size_t p = r->n_parameters = (size_t)parameters;
    double *theta = malloc((p + 1) * sizeof *theta);
    if (!theta) return kw_fail(KW_E_NOMEM, "no memory for %zu angles", p);
    start_angles(&r->config, p, theta);
    const kw_status status = kw_optimiser_create(&r->config.optimiser, p, theta, &r->optimiser);
    free(theta);
    return status;
}

/* What a rank may use: as configured, or its share of the node; the smallest answer of all ranks. */
static uint64_t memory_limit(const run *r) {
    int64_t limit = (int64_t)r->config.memory_per_rank;
    if (!limit) limit = (int64_t)(kw_memory_available() / (uint64_t)kw_ranks_on_node());
    limit = -limit;
    kw_comm_max(r->world, &limit, 1);
    return (uint64_t)-limit;
}

static kw_status prepare(run *r, const kw_qae_request *request, kw_qae_forecast *forecast) {
    kw_status status = kw_qae_config_parse(r->source, &r->config);
    if (status == KW_OK) status = describe_config(r);
    status = kw_comm_agree(r->world, status);
    if (status != KW_OK) return status;
    const uint64_t limit = memory_limit(r);
    status = kw_qae_foretell(&r->config, kw_comm_size(r->world), limit, forecast);
    if (status == KW_OK) status = kw_qae_check_fit(forecast);
    if (status == KW_OK) status = create_optimiser(r, forecast->parameters);
    r->provenance = kw_provenance(request->mpi, request->command);
    if (r->provenance) r->provenance_text = json_dumps(r->provenance, JSON_INDENT(2));
    if (status == KW_OK && !r->provenance_text) status = kw_fail(KW_E_NOMEM, "no memory for the provenance");
    return kw_comm_agree(r->world, status);
}

static void announce(const run *r) {
    const kw_qae_forecast *f = &r->q->forecast;
    const kw_qae_bound *bound = &r->q->train_bound;
    fprintf(
        stderr,
        "ketwall: %d qubits to %d, %d training and %d test states, %d angles; %d replica%s of %d rank%s, %.1f MiB each\n",
        r->config.data.n_qubits, r->config.data.n_qubits - r->config.n_trash, f->train, f->test, f->parameters, f->replicas,
        f->replicas == 1 ? "" : "s", f->ranks_per_state, f->ranks_per_state == 1 ? "" : "s",
        (double)f->run.peak_bytes / 0x1p20);
    fprintf(stderr, "ketwall: exact optimum %.12f (1 - optimum %.3e), best constant encoder %.12f\n", bound->optimum,
            bound->optimum_error, bound->null_baseline);
    enum { SPOKEN = 4 }; /* notes that are worth a line here; result.json has all */
    for (int i = 0; i < r->q->n_train + r->q->n_test; ++i) {
        char label[128];
        if (!*r->q->entries[i].note || i >= SPOKEN) continue;
        kw_ensemble_label(r->q->ensemble, r->q->entries[i].member, label, sizeof label);
        fprintf(stderr, "ketwall: %s: %s\n", label, r->q->entries[i].note);
    }
}

static kw_status train(run *r, const kw_qae_forecast *forecast, json_t **result) {
    kw_status status = kw_qae_create(r->world, &r->config, forecast, &r->q);
    if (status != KW_OK) return status;
    if (is_root(r)) {
        announce(r);
        kw_progress_begin(&r->progress, kw_optimiser_steps(r->optimiser));
    }
    const kw_problem problem = {value, gradient, on_step, r};
    status = kw_optimiser_run(r->optimiser, r->world, &problem);
    if (is_root(r)) kw_progress_end(&r->progress);
    if (status == KW_OK) status = save(r);
    if (status == KW_OK) status = finish(r, result);
    return status;
}

static void clean_up(run *r) {
    if (r->metrics) fclose(r->metrics);
    kw_qae_destroy(&r->q);
    kw_optimiser_destroy(&r->optimiser);
    json_decref(r->provenance);
    free(r->provenance_text);
    free(r->config_text);
    free(r->history);
}

kw_status kw_qae_run(kw_comm *world, const kw_config *config, const kw_qae_request *request, json_t **result) {
    run r = {.world = world, .source = config, .started = kw_clock(), .gradient_norm = NAN};
    kw_qae_forecast forecast;
    *result = NULL;
    r.last_checkpoint = r.started;
    kw_status status = prepare(&r, request, &forecast);
    if (status == KW_OK) status = start_or_resume(&r, request->resume);
    if (status == KW_OK) status = train(&r, &forecast, result);
    clean_up(&r);
    return status;
}
