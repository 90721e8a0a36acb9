/* F5  Reading of run directories. */
#include "report/run.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "models/training.h"
#include "report/kind.h"

enum { NAME_BYTES = 64 };

double kw_run_number(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

const char *kw_run_text(const json_t *object, const char *name) { return json_string_value(json_object_get(object, name)); }

static char *join(const char *directory, const char *name) {
    const size_t bytes = strlen(directory) + strlen(name) + 2;
    char *path = malloc(bytes);
    if (path) snprintf(path, bytes, "%s/%s", directory, name);
    else kw_fail(KW_E_NOMEM, "%s: no memory", directory);
    return path;
}

static kw_status read_result(const char *path, const char *directory, kw_run *run) {
    FILE *file = fopen(path, "r");
    if (!file)
        return kw_fail(KW_E_INPUT, "%s: %s: the run has not finished, or %s is no run directory", path, strerror(errno),
                       directory);
    json_error_t error;
    run->result = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    fclose(file);
    if (!run->result) return kw_fail(KW_E_INPUT, "%s:%d: %s", path, error.line, error.text);
    run->kind = kw_kind_find(kw_run_text(run->result, "format"));
    if (!run->kind) return kw_fail(KW_E_INPUT, "%s:1: the format is none of %s", path, kw_kind_formats());
    const double version = kw_run_number(run->result, "version");
    if (version != run->kind->version)
        return kw_fail(KW_E_INPUT, "%s:1: version %g of %s; this program reads version %d", path, version, run->kind->format,
                       run->kind->version);
    run->columns = run->kind->columns ? 1 : 0;
    for (const char *c = run->kind->columns; c && *c; ++c) run->columns += *c == ' ';
    run->finished = json_is_true(json_object_get(run->result, "finished"));
    return KW_OK;
}

double kw_run_value(const kw_run *run, size_t i, size_t column) { return run->steps[i * run->columns + column]; }

static void read_row(const json_t *line, const char *columns, double *row) {
    for (const char *name = columns; *name; ++row) {
        char key[NAME_BYTES];
        const size_t length = strcspn(name, " ");
        snprintf(key, sizeof key, "%.*s", (int)length, name);
        *row = kw_run_number(line, key);
        name += length + (name[length] == ' ');
    }
}

/* The place of the next row. */
static kw_status next_row(kw_run *run, size_t *capacity, double **row) {
    if (run->step_count == *capacity) {
        const size_t more = *capacity ? 2 * *capacity : 256;
        double *steps = realloc(run->steps, more * run->columns * sizeof *steps);
        if (!steps) return kw_fail(KW_E_NOMEM, "no memory for %zu steps", more);
        run->steps = steps;
        *capacity = more;
    }
    *row = run->steps + run->step_count * run->columns;
    return KW_OK;
}

/* A resumed run may repeat the steps after its checkpoint: the later line counts. */
static void add_row(kw_run *run, const double *row) {
    size_t place = run->step_count;
    while (place && kw_run_value(run, place - 1, KW_ROW_STEP) >= row[KW_ROW_STEP]) --place;
    memmove(run->steps + place * run->columns, row, run->columns * sizeof *row);
    run->step_count = place + 1;
}

static kw_status read_line(const char *path, int number, const char *text, size_t length, kw_run *run, size_t *capacity) {
    json_error_t error;
    double *row = NULL;
    const kw_status status = next_row(run, capacity, &row);
    if (status) return status;
    json_t *line = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!line) return kw_fail(KW_E_INPUT, "%s:%d: %s", path, number, error.text);
    read_row(line, run->kind->columns, row);
    json_decref(line);
    if (isnan(row[KW_ROW_STEP]))
        return kw_fail(KW_E_INPUT, "%s:%d: expected an object with the number \"step\"", path, number);
    add_row(run, row);
    return KW_OK;
}

static kw_status read_metrics(const char *path, kw_run *run) {
    FILE *file = fopen(path, "r");
    if (!file) return errno == ENOENT ? KW_OK : kw_fail(KW_E_INPUT, "%s: %s", path, strerror(errno));
    char *text = NULL;
    size_t bytes = 0, capacity = 0;
    ssize_t length;
    kw_status status = KW_OK;
    for (int number = 1; !status && (length = getline(&text, &bytes, file)) >= 0; ++number)
        if (text[strspn(text, " \t\r\n")]) status = read_line(path, number, text, (size_t)length, run, &capacity);
    if (!status && ferror(file)) status = kw_fail(KW_E_INPUT, "%s: %s", path, strerror(errno));
    free(text);
    fclose(file);
    return status;
}

static kw_status read_config(const char *path, kw_run *run) {
    FILE *file = fopen(path, "r");
    if (!file) return errno == ENOENT ? KW_OK : kw_fail(KW_E_INPUT, "%s: %s", path, strerror(errno));
    size_t bytes = 0;
    const ssize_t length = getdelim(&run->config, &bytes, '\0', file);
    kw_status status = KW_OK;
    if (ferror(file)) status = kw_fail(KW_E_INPUT, "%s: %s", path, strerror(errno));
    if (length < 0) {
        free(run->config);
        run->config = NULL;
    }
    fclose(file);
    return status;
}

/* Last part of the path: "runs/ghz/" -> "ghz". */
static char *name_of(const char *directory) {
    size_t end = strlen(directory);
    while (end > 1 && directory[end - 1] == '/') --end;
    size_t start = end;
    while (start > 0 && directory[start - 1] != '/') --start;
    return start < end ? strndup(directory + start, end - start) : strdup(directory);
}

kw_status kw_run_read(const char *directory, kw_run *run) {
    *run = (kw_run){0};
    run->name = name_of(directory);
    char *result = join(directory, "result.json"), *metrics = join(directory, "metrics.jsonl");
    char *config = join(directory, "config.ini");
    kw_status status = KW_E_NOMEM;
    if (run->name && result && metrics && config) {
        status = read_result(result, directory, run);
        if (!status && run->columns) status = read_metrics(metrics, run);
        if (!status && run->columns) status = read_config(config, run);
    }
    free(result);
    free(metrics);
    free(config);
    return status;
}

void kw_run_free(kw_run *run) {
    json_decref(run->result);
    free(run->name);
    free(run->steps);
    free(run->config);
    *run = (kw_run){0};
}
