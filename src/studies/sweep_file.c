/* F5  The files of a sweep: result.json from row to row, study.h5 at the end. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "engine/machine.h"
#include "io/provenance.h"
#include "io/run_directory.h"
#include "io/sealed.h"
#include "studies/sweep_internal.h"

#define FORMAT_VERSION 1

/* ---- result.json ---- */

/* What rows depend on. */
static json_t *settings(const kw_sweep *s) {
    static const char *const free_keys[] = {"run.dir", "run.max_wall_s", "run.memory_per_rank"};
    json_t *object = json_object();
    for (size_t i = 0; i < kw_config_count(s->config); ++i) {
        const char *key, *value, *origin;
        bool free_key = false;
        kw_config_entry(s->config, i, &key, &value, &origin);
        for (size_t k = 0; k < sizeof free_keys / sizeof *free_keys; ++k) free_key |= !strcmp(key, free_keys[k]);
        if (!free_key && value) json_object_set_new(object, key, json_string(value));
    }
    if (s->study->ranks_matter) {
        json_object_set_new(object, "ranks", json_integer(kw_comm_size(s->world)));
        json_object_set_new(object, "threads", json_integer(kw_machine_threads()));
    }
    return object;
}

/* The first setting that differs, for the message. */
static const char *difference(const json_t *before, const json_t *wanted) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)wanted, key, value) if (!json_equal(value, json_object_get(before, key))) return key;
    json_object_foreach((json_t *)before, key, value) if (!json_object_get(wanted, key)) return key;
    return NULL;
}

/* Rows of an earlier run of the same study. */
static kw_status take_up(kw_sweep *s, const json_t *wanted) {
    json_error_t error;
    json_t *before = json_load_file(s->path, 0, &error);
    kw_status status = KW_OK;
    if (!before) {
        if (json_error_code(&error) == json_error_cannot_open_file && errno == ENOENT) return KW_OK;
        return kw_fail(KW_E_INPUT, "%s:%d: %s: give another run.dir, or remove it", s->path, error.line, error.text);
    }
    const char *study = json_string_value(json_object_get(before, "study"));
    const char *other = difference(json_object_get(before, "settings"), wanted);
    if (!study || strcmp(study, s->study->name) != 0)
        status = kw_fail(KW_E_INPUT, "%s is of another study (%s): give another run.dir, or remove it", s->path,
                         study ? study : "unknown");
    else if (other)
        status =
            kw_fail(KW_E_INPUT, "%s holds rows of other settings (%s): give another run.dir, or remove it", s->path, other);
    else json_array_extend(s->rows, json_object_get(before, "rows"));
    s->before = json_number_value(json_object_get(before, "seconds"));
    json_decref(before);
    return status;
}

kw_status kw_sweep_begin(kw_sweep *s) {
    const char *dir = kw_config_text(s->config, "run.dir");
    if (snprintf(s->path, sizeof s->path, "%s/result.json", dir) >= (int)sizeof s->path)
        return kw_fail(KW_E_INPUT, "run.dir: the path is too long");
    kw_status status = kw_run_directory_make(dir);
    if (status == KW_OK) status = kw_run_directory_lock(dir, &s->lock);
    if (status != KW_OK) return status;
    json_t *wanted = settings(s);
    s->rows = json_array();
    s->result = json_pack("{s:s, s:i, s:s, s:b, s:O, s:o, s:i, s:i, s:o}", "format", "ketwall-sweep-result", "version",
                          FORMAT_VERSION, "study", s->study->name, "finished", 0, "settings", wanted, "rows", s->rows,
                          "ranks", kw_comm_size(s->world), "threads", kw_machine_threads(), "provenance",
                          kw_provenance(s->request.mpi, s->request.command));
    status = s->result ? take_up(s, wanted) : kw_fail(KW_E_NOMEM, "no memory for the results");
    json_decref(wanted);
    return status;
}

kw_status kw_sweep_save(kw_sweep *s) {
    char temporary[sizeof s->path + 8];
    json_object_set_new(s->result, "seconds", json_real(s->before + kw_seconds() - s->stop.started));
    snprintf(temporary, sizeof temporary, "%s.tmp", s->path);
    FILE *file = fopen(temporary, "w");
    bool good =
        file && !json_dumpf(s->result, file, JSON_INDENT(2) | JSON_PRESERVE_ORDER) && !fflush(file) && !fsync(fileno(file));
    int cause = errno;
    if (file && fclose(file) && good) good = false, cause = errno;
    if (good && rename(temporary, s->path)) good = false, cause = errno;
    if (good) return KW_OK;
    if (file) remove(temporary);
    return kw_fail(KW_E_IO, "cannot write %s: %s", s->path, strerror(cause ? cause : ENOSPC));
}

/* ---- study.h5 ---- */

/* Number of a text among those of its column, which are told line by line. */
static double number_of(char **names, size_t *bytes, const char *text) {
    double number = 0;
    const size_t length = strlen(text);
    for (const char *at = *names; at && *at; ++number) {
        const size_t line = strcspn(at, "\n");
        if (line == length && !memcmp(at, text, length)) return number;
        at += line + (at[line] == '\n');
    }
    char *more = realloc(*names, *bytes + length + 2);
    if (!more) return NAN;
    *names = more;
    *bytes += (size_t)sprintf(more + *bytes, "%s%s", *bytes ? "\n" : "", text);
    return number;
}

/* The column of a member, rank 0's values; *names: its texts, if it has any. */
static void read_column(const kw_sweep *s, const char *key, double *values, char **names) {
    size_t i, bytes = 0;
    json_t *row;
    json_array_foreach(s->rows, i, row) {
        const json_t *value = json_object_get(row, key);
        values[i] = json_is_number(value)   ? json_number_value(value)
                    : json_is_string(value) ? number_of(names, &bytes, json_string_value(value))
                                            : NAN;
    }
}

static kw_status write_column(kw_sweep *s, kw_sealed *file, const char *key, const char *heading, double *values,
                              size_t count) {
    char path[128], *names = NULL;
    if (kw_sweep_is_root(s)) read_column(s, key, values, &names);
    int64_t is_text = names != NULL;
    kw_comm_broadcast(s->world, &is_text, sizeof is_text, 0);
    snprintf(path, sizeof path, "/rows/%s", key);
    kw_status status = kw_sealed_write_reals(file, path, values, count, is_text ? "line of /names, from 0" : "1", heading);
    if (status == KW_OK && is_text) status = kw_sealed_write_text(file, "/names", key, names ? names : "");
    free(names);
    return status;
}

static kw_status write_all(kw_sweep *s, kw_sealed *file, double *values, size_t count) {
    char *wanted = kw_sweep_is_root(s) ? json_dumps(json_object_get(s->result, "settings"), JSON_INDENT(1)) : NULL;
    char *origin = kw_sweep_is_root(s) ? json_dumps(json_object_get(s->result, "provenance"), JSON_INDENT(1)) : NULL;
    char *findings = kw_sweep_is_root(s) ? json_dumps(json_object_get(s->result, "findings"), JSON_INDENT(1)) : NULL;
    kw_status status = kw_sealed_write_integer(file, "/", "format_version", FORMAT_VERSION);
    if (status == KW_OK) status = kw_sealed_write_text(file, "/", "study", s->study->name);
    if (status == KW_OK) status = kw_sealed_write_text(file, "/", "settings", wanted ? wanted : "");
    if (status == KW_OK) status = kw_sealed_write_text(file, "/", "provenance", origin ? origin : "");
    if (status == KW_OK) status = kw_sealed_write_text(file, "/", "findings", findings ? findings : "");
    for (size_t i = 0; i < s->study->field_count && status == KW_OK; ++i)
        status = write_column(s, file, s->study->fields[i].key, s->study->fields[i].heading, values, count);
    if (status == KW_OK) status = write_column(s, file, "seed", "seed", values, count);
    free(wanted);
    free(origin);
    free(findings);
    return status;
}

kw_status kw_sweep_write_columns(kw_sweep *s) {
    char path[4096];
    kw_sealed *file = NULL;
    size_t count = json_array_size(s->rows);
    kw_comm_broadcast(s->world, &count, sizeof count, 0);
    double *values = calloc(count + 1, sizeof *values);
    const char *dir = kw_config_text(s->config, "run.dir");
    kw_status status = values && snprintf(path, sizeof path, "%s/study.h5", dir) < (int)sizeof path
                           ? KW_OK
                           : kw_fail(KW_E_NOMEM, "no memory for %zu rows", count);
    status = kw_comm_agree(s->world, status);
    if (status == KW_OK) status = kw_sealed_create(s->world, path, &file);
    if (status == KW_OK) status = kw_sealed_commit(&file, write_all(s, file, values, count));
    free(values);
    return status;
}
