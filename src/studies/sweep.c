/* F5  Measuring the rows of a study. */
#include "studies/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "io/run_directory.h"
#include "ketwall/memory.h"
#include "studies/sweep_internal.h"

const kw_config *kw_sweep_config(const kw_sweep *s) { return s->config; }
kw_comm *kw_sweep_world(const kw_sweep *s) { return s->world; }
const kw_sweep_request *kw_sweep_request_of(const kw_sweep *s) { return &s->request; }
uint64_t kw_sweep_memory(const kw_sweep *s) { return s->memory; }
const json_t *kw_sweep_table(const kw_sweep *s) { return s->rows; }

/* ---- which are missing ---- */

static bool has_row(const kw_sweep *s, const char *name) {
    size_t i;
    json_t *row;
    json_array_foreach(s->rows, i, row) {
        if (kw_study_is(row, "row", name)) return true;
    }
    return false;
}

/* Rows that are to be measured, the same on every rank; the caller frees *missing. */
static kw_status find_missing(const kw_sweep *s, size_t count, const kw_sweep_source *source, size_t **missing,
                              size_t *left) {
    *left = 0;
    *missing = malloc((count + 1) * sizeof **missing);
    const kw_status status =
        kw_comm_agree(s->world, *missing ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for %zu rows", count));
    if (status != KW_OK) return status;
    for (size_t i = 0; kw_sweep_is_root(s) && i < count; ++i) {
        char name[KW_SWEEP_NAME];
        source->name(source->context, i, name);
        if (!has_row(s, name)) (*missing)[(*left)++] = i;
    }
    kw_comm_broadcast(s->world, left, sizeof *left, 0);
    kw_comm_broadcast(s->world, *missing, *left * sizeof **missing, 0);
    return KW_OK;
}

/* ---- one round: a row, or one per rank ---- */

static bool append(kw_sweep *s, const char *name, json_t *row) {
    return row && !json_object_set_new(row, "row", json_string(name)) && !json_array_append(s->rows, row);
}

/* A row, or all points of a curve. */
static kw_status keep(kw_sweep *s, const kw_sweep_source *source, size_t i, json_t *row) {
    char name[KW_SWEEP_NAME];
    size_t point;
    json_t *one;
    source->name(source->context, i, name);
    bool kept = json_is_array(row) ? json_array_size(row) > 0 : append(s, name, row);
    json_array_foreach(row, point, one) kept = kept && append(s, name, one);
    if (!kept) return kw_fail(KW_E_NOMEM, "no memory for the row %s", name);
    fprintf(stderr, "== %s: %s\n", s->study->name, name);
    return KW_OK;
}

/* Rank r's row as text goes to rank 0, which keeps it. */
static kw_status collect(kw_sweep *s, const kw_sweep_source *source, size_t i, int owner, const json_t *row) {
    const bool mine = kw_comm_rank(s->world) == owner;
    char *text = mine ? json_dumps(row, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    size_t bytes = text ? strlen(text) + 1 : 0;
    kw_comm_broadcast(s->world, &bytes, sizeof bytes, owner);
    if (!mine) text = malloc(bytes + 1);
    kw_status status = kw_comm_agree(s->world, text && bytes ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a row"));
    if (status == KW_OK) {
        kw_comm_broadcast(s->world, text, bytes, owner);
        json_t *copy = kw_sweep_is_root(s) ? json_loads(text, 0, NULL) : NULL;
        if (kw_sweep_is_root(s)) status = keep(s, source, i, copy);
        json_decref(copy);
    }
    free(text);
    return kw_comm_agree(s->world, status);
}

static kw_status measure_together(kw_sweep *s, const kw_sweep_source *source, size_t i) {
    json_t *row = NULL;
    kw_status status = kw_comm_agree(s->world, source->measure(source->context, i, s->world, &row));
    if (status == KW_OK && kw_sweep_is_root(s)) status = keep(s, source, i, row);
    json_decref(row);
    return kw_comm_agree(s->world, status);
}

/* Rows rows[0], rows[1], ... of ranks 0, 1, ...; where one fails the others are kept all the same. */
static kw_status measure_alone(kw_sweep *s, const kw_sweep_source *source, const size_t *rows, size_t count) {
    const size_t rank = (size_t)kw_comm_rank(s->world);
    json_t *row = NULL;
    const kw_status own = rank < count ? source->measure(source->context, rows[rank], kw_comm_self(), &row) : KW_OK;
    kw_status status = KW_OK;
    size_t kept = 0;
    for (size_t r = 0; r < count && status == KW_OK; ++r) {
        bool good = own == KW_OK;
        kw_comm_broadcast(s->world, &good, sizeof good, (int)r);
        if (good) status = collect(s, source, rows[r], (int)r, row);
        kept += good;
    }
    json_decref(row);
    if (status != KW_OK) return status;
    status = kw_comm_agree(s->world, own);
    if (status == KW_OK) return KW_OK;
    char message[1024];
    snprintf(message, sizeof message, "%s", kw_error_message());
    if (kept && kw_sweep_is_root(s) && kw_sweep_save(s) != KW_OK)
        fprintf(stderr, "ketwall: warning: %s\n", kw_error_message());
    return kw_fail(status, "%s", message);
}

static kw_status save_and_look(kw_sweep *s) {
    kw_status status = kw_comm_agree(s->world, kw_sweep_is_root(s) ? kw_sweep_save(s) : KW_OK);
    s->stop.looked = -INFINITY;
    if (status == KW_OK && kw_stop_agree(&s->stop, false) == KW_STOP)
        status = kw_fail(KW_E_STOPPED, "the study stops, because %s: the same command goes on", s->stop.reason);
    return status;
}

kw_status kw_sweep_rows(kw_sweep *s, size_t count, bool alone, const kw_sweep_source *source) {
    size_t *missing = NULL, left = 0;
    const size_t width = alone ? (size_t)kw_comm_size(s->world) : 1;
    kw_status status = find_missing(s, count, source, &missing, &left);
    for (size_t i = 0; i < left && status == KW_OK; i += width) {
        const size_t end = i + width < left ? i + width : left;
        status = alone ? measure_alone(s, source, missing + i, end - i) : measure_together(s, source, missing[i]);
        if (status == KW_OK) status = save_and_look(s);
    }
    free(missing);
    return status;
}

/* ---- the whole study ---- */

static kw_status conclude(kw_sweep *s) {
    json_t *findings = json_array();
    if (!findings) return kw_fail(KW_E_NOMEM, "no memory for the findings");
    if (s->study->conclude) s->study->conclude(s->rows, findings);
    json_object_set_new(s->result, "findings", findings);
    json_object_set_new(s->result, "finished", json_true());
    return kw_sweep_save(s);
}

/* The least of all ranks. */
static uint64_t memory_of(kw_comm *world, const kw_config *config) {
    const uint64_t given = kw_config_bytes(config, "run.memory_per_rank"), memory = given ? given : kw_memory_per_rank();
    int64_t least = -(int64_t)(memory < INT64_MAX ? memory : INT64_MAX);
    kw_comm_max(world, &least, 1);
    return (uint64_t)-least;
}

kw_status kw_study_run(const kw_study *study, kw_comm *world, const kw_config *config, const kw_sweep_request *request,
                       json_t **result) {
    kw_sweep *s = calloc(1, sizeof *s);
    *result = NULL;
    kw_status status = kw_comm_agree(world, s ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a study"));
    if (status != KW_OK) {
        free(s);
        return status;
    }
    *s = (kw_sweep){.study = study, .world = world, .config = config, .request = *request, .lock = -1};
    s->memory = memory_of(world, config);
    s->stop = (kw_stop){.comm = world,
                        .dir = kw_config_text(config, "run.dir"),
                        .max_wall_s = kw_config_real(config, "run.max_wall_s"),
                        .started = kw_seconds()};
    status = kw_comm_agree(world, kw_sweep_is_root(s) ? kw_sweep_begin(s) : KW_OK);
    if (status == KW_OK) status = study->run(s);
    if (status == KW_OK) status = kw_comm_agree(world, kw_sweep_is_root(s) ? conclude(s) : KW_OK);
    if (status == KW_OK) status = kw_sweep_write_columns(s);
    if (status == KW_OK && kw_sweep_is_root(s)) *result = json_incref(s->result);
    json_decref(s->result);
    kw_run_directory_unlock(&s->lock);
    free(s);
    return status;
}
