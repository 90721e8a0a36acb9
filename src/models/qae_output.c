/* F4  History, metrics, progress and results of an autoencoder run. */
#include "models/qae_output.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "models/qae.h"

#define NAME(member, name) " " name
const char kw_qae_column_names[] = "" KW_QAE_COLUMNS(NAME);
#undef NAME

double kw_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Sets a number; one that was not measured is left out. */
static void set(json_t *object, const char *name, double value) {
    if (isfinite(value)) json_object_set_new(object, name, json_real(value));
}

/* Byte counts above 2^63 - 1 become reals. */
static json_t *count(uint64_t value) {
    return value <= INT64_MAX ? json_integer((json_int_t)value) : json_real((double)value);
}

kw_status kw_qae_write_metric(FILE *metrics, const char *path, const kw_qae_row *row) {
    json_t *line = json_object();
    if (!line) return kw_fail(KW_E_NOMEM, "%s: no memory for a metric", path);
    json_object_set_new(line, "step", json_integer((json_int_t)row->step));
#define SET(member, name)                                                                                                   \
    if (strcmp(name, "step")) set(line, name, row->member);
    KW_QAE_COLUMNS(SET)
#undef SET
    const int failed = json_dumpf(line, metrics, JSON_COMPACT | JSON_REAL_PRECISION(17)) || fputc('\n', metrics) == EOF
                       || fflush(metrics) == EOF;
    json_decref(line);
    return failed ? kw_fail(KW_E_IO, "%s: %s", path, strerror(errno)) : KW_OK;
}

void kw_progress_begin(kw_progress *progress, uint64_t first_step) {
    *progress = (kw_progress){isatty(STDERR_FILENO), kw_clock(), -1e9, first_step};
}

void kw_progress_step(kw_progress *p, const kw_qae *qae, const kw_qae_row *row, uint64_t steps) {
    const double now = kw_clock(), every = p->terminal ? 0.1 : 5.0;
    const uint64_t done = (uint64_t)row->step + 1;
    if (now - p->spoke < every && done < steps) return;
    p->spoke = now;
    const double rate = (double)(done - p->first_step) / (now - p->started + 1e-9);
    const double left = (double)(steps - done) / rate;
    fprintf(stderr,
            "%sstep %" PRIu64 "/%" PRIu64 "  cost %.6e  fidelity %.8f of %.8f (gap %.1e)  %.2f steps/s  %.0f s left%s",
            p->terminal ? "\r\033[K" : "", done, steps, row->cost, row->fidelity, qae->train_bound.optimum,
            row->infidelity - qae->train_bound.optimum_error, rate, left, p->terminal ? "" : "\n");
}

void kw_progress_end(const kw_progress *progress) {
    if (progress->terminal) fputc('\n', stderr);
}

static json_t *score_json(const kw_qae_score *score) {
    json_t *object = json_object();
    set(object, "fidelity", score->fidelity);
    set(object, "infidelity", score->infidelity);
    set(object, "cost_global", score->cost_global);
    set(object, "cost_local", score->cost_local);
    set(object, "reconstruction", score->reconstruction);
    return object;
}

static json_t *members_json(const kw_qae *q, const kw_qae_result *results) {
    json_t *array = json_array();
    for (int i = 0; i < q->n_train + q->n_test; ++i) {
        char label[128];
        kw_ensemble_label(q->ensemble, q->entries[i].member, label, sizeof label);
        json_t *object =
            json_pack("{s:i, s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:s}", "index", q->entries[i].member, "set",
                      i < q->n_train ? "train" : "test", "label", label, "weight", q->entries[i].weight, "fidelity",
                      results[i].fidelity, "infidelity", results[i].infidelity, "cost_local", results[i].cost_local,
                      "reconstruction", results[i].reconstruction, "note", q->entries[i].note);
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *trash_json(uint64_t mask) {
    json_t *array = json_array();
    for (; mask; mask &= mask - 1) json_array_append_new(array, json_integer(kw_log2(mask & -mask)));
    return array;
}

static json_t *need_json(const kw_qae_need *need) {
    return json_pack("{s:o, s:o, s:o}", "exchanges", count(need->exchanges), "bytes_exchanged", count(need->bytes_exchanged),
                     "peak_bytes_per_rank", count(need->peak_bytes));
}

static json_t *foretold_json(const kw_qae_need *need, bool known) { return known ? need_json(need) : json_null(); }

/* An evaluation of a kind that did not happen has no peak. */
static json_t *measured_json(const kw_qae_need *need) { return need->peak_bytes ? need_json(need) : json_null(); }

/* What a forecast and a result have in common. */
static json_t *common_json(const kw_qae_config *c, const kw_qae_forecast *f) {
    static const char *const families[] = {
#define TEXT(kind, name, text) name,
        KW_FAMILY_LIST(TEXT)};
    static const char *const ansatzes[] = {KW_ANSATZ_LIST(TEXT)};
    static const char *const optimisers[] = {KW_OPTIMISER_LIST(TEXT)};
#undef TEXT
    return json_pack("{s:s, s:i, s:i, s:o, s:i, s:i, s:s, s:i, s:i, s:i, s:b, s:s, s:i, s:i, s:I, s:s, s:s, s:I}", "family",
                     families[c->data.family], "qubits", c->data.n_qubits, "latent", c->data.n_qubits - c->n_trash, "trash",
                     trash_json(c->trash_mask), "members_train", f->train, "members_test", f->test, "precision",
                     c->precision == KW_DOUBLE ? "double" : "single", "ranks", f->ranks, "replicas", f->replicas,
                     "ranks_per_state", f->ranks_per_state, "members_kept", f->keep, "ansatz", ansatzes[c->ansatz], "layers",
                     c->layers, "parameters", f->parameters, "gates", (json_int_t)f->gates, "cost",
                     c->cost == KW_COST_GLOBAL ? "global" : "local", "optimiser", optimisers[c->optimiser.kind], "shots",
                     (json_int_t)c->shots);
}

json_t *kw_qae_forecast_json(const kw_qae_config *config, const kw_qae_forecast *f) {
    json_t *object = common_json(config, f);
    json_t *rest = json_pack(
        "{s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "format", "ketwall-qae-plan", "steps",
        (json_int_t)f->steps, "exchanges", f->run_known ? count(f->run.exchanges) : json_null(), "bytes_exchanged",
        f->run_known ? count(f->run.bytes_exchanged) : json_null(), "peak_bytes_per_rank", count(f->run.peak_bytes),
        "memory_per_rank", count(f->memory_per_rank), "cost_evaluation", foretold_json(&f->value, f->use_known),
        "gradient_evaluation", foretold_json(&f->gradient, f->use_known), "evaluation",
        foretold_json(&f->evaluation, f->use_known), "setup", foretold_json(&f->setup, f->setup_known), "fits", f->fits);
    const bool whole = object && rest && !json_object_update(object, rest);
    json_decref(rest);
    if (whole) return object;
    json_decref(object);
    return NULL;
}

static int threads(void) {
    int number = 0;
#pragma omp parallel reduction(+ : number)
    number += 1;
    return number;
}

json_t *kw_qae_result_json(const kw_qae *q, const kw_qae_summary *s) {
    json_t *object = common_json(&q->config, &q->forecast);
    json_t *rest =
        json_pack("{s:s, s:i, s:b, s:i, s:I, s:I, s:o, s:o, s:O, s:I, s:o, s:o, s:o, s:o, s:o}", "format",
                  "ketwall-qae-result", "version", 1, "finished", 1, "threads", threads(), "steps", (json_int_t)s->steps,
                  "evaluations", (json_int_t)s->evaluations, "train", score_json(s->train), "test",
                  q->n_test ? score_json(s->test) : json_null(), "provenance", s->provenance, "exchanges",
                  (json_int_t)s->traffic.exchanges, "bytes_exchanged", count(s->traffic.bytes), "peak_bytes_per_rank",
                  count(s->peak_bytes), "cost_evaluation", measured_json(&q->measured_value), "gradient_evaluation",
                  measured_json(&q->measured_gradient), "evaluation", measured_json(&q->measured_evaluation));
    const bool whole = object && rest && !json_object_update(object, rest);
    json_decref(rest);
    if (!whole) {
        json_decref(object);
        return NULL;
    }
    set(object, "optimum", q->train_bound.optimum);
    set(object, "optimum_error", q->train_bound.optimum_error);
    set(object, "null_baseline", q->train_bound.null_baseline);
    if (q->n_test) {
        set(object, "test_optimum", q->test_bound.optimum);
        set(object, "test_optimum_error", q->test_bound.optimum_error);
        set(object, "test_null_baseline", q->test_bound.null_baseline);
    }
    set(object, "gradient_norm", s->gradient_norm);
    set(object, "seconds", s->seconds);
    json_object_set_new(object, "resident_bytes", count(kw_memory_resident()));
    json_object_set_new(object, "members", members_json(q, s->results));
    return object;
}

kw_status kw_qae_write_json(const json_t *value, const char *path) {
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.tmp", path) >= (int)sizeof temporary)
        return kw_fail(KW_E_IO, "%s: the path is too long", path);
    if (json_dump_file(value, temporary, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) || rename(temporary, path))
        return kw_fail(KW_E_IO, "%s: %s", path, strerror(errno));
    return KW_OK;
}
