/* F5  Reading of run directories. */
#include "report/run.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const char FORMAT[] = "ketwall-qae-result";
enum { FORMAT_VERSION = 1 };

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

/* From the infidelities where they are known: 1 - F loses the digits that matter near 1. */
static double gap_of(double optimum, double optimum_error, double fidelity, double infidelity) {
    return isnan(optimum_error) || isnan(infidelity) ? optimum - fidelity : infidelity - optimum_error;
}

double kw_run_step_gap(const kw_run *run, const kw_run_step *step) {
    return gap_of(run->train.optimum, run->optimum_error, step->fidelity, step->infidelity);
}

static kw_run_scores read_scores(const json_t *scores) {
    const kw_run_scores values = {
        .present = json_is_object(scores),
        .fidelity = kw_run_number(scores, "fidelity"),
        .infidelity = kw_run_number(scores, "infidelity"),
        .cost_global = kw_run_number(scores, "cost_global"),
        .cost_local = kw_run_number(scores, "cost_local"),
        .reconstruction = kw_run_number(scores, "reconstruction"),
    };
    return values;
}

static kw_status read_members(kw_run *run, const char *directory) {
    const json_t *members = json_object_get(run->result, "members");
    const size_t count = json_array_size(members);
    run->members = calloc(count + 1, sizeof *run->members);
    if (!run->members) return kw_fail(KW_E_NOMEM, "%s: no memory for %zu members", directory, count);
    for (size_t i = 0; i < count; ++i) {
        const json_t *member = json_array_get(members, i);
        const char *set = kw_run_text(member, "set"), *label = kw_run_text(member, "label");
        const char *note = kw_run_text(member, "note");
        run->members[i] = (kw_run_member){
            .test = set && !strcmp(set, "test"),
            .label = label ? label : "",
            .note = note ? note : "",
            .index = kw_run_number(member, "index"),
            .weight = kw_run_number(member, "weight"),
            .fidelity = kw_run_number(member, "fidelity"),
            .infidelity = kw_run_number(member, "infidelity"),
            .reconstruction = kw_run_number(member, "reconstruction"),
        };
    }
    run->member_count = count;
    return KW_OK;
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
    const char *format = kw_run_text(run->result, "format");
    if (!format || strcmp(format, FORMAT)) return kw_fail(KW_E_INPUT, "%s:1: the format is not \"%s\"", path, FORMAT);
    const double version = kw_run_number(run->result, "version");
    if (version != FORMAT_VERSION)
        return kw_fail(KW_E_INPUT, "%s:1: format version %g; this program reads version %d", path, version, FORMAT_VERSION);
    run->finished = json_is_true(json_object_get(run->result, "finished"));
    run->optimum_error = kw_run_number(run->result, "optimum_error");
    run->train = read_scores(json_object_get(run->result, "train"));
    run->train.optimum = kw_run_number(run->result, "optimum");
    run->train.null_baseline = kw_run_number(run->result, "null_baseline");
    run->train.gap = gap_of(run->train.optimum, run->optimum_error, run->train.fidelity, run->train.infidelity);
    run->test = read_scores(json_object_get(run->result, "test"));
    run->test.optimum = kw_run_number(run->result, "test_optimum");
    run->test.null_baseline = kw_run_number(run->result, "test_null_baseline");
    run->test.gap = gap_of(run->test.optimum, kw_run_number(run->result, "test_optimum_error"), run->test.fidelity,
                           run->test.infidelity);
    return read_members(run, directory);
}

static kw_run_step read_step(const json_t *line) {
    const kw_run_step step = {
        .step = kw_run_number(line, "step"),
        .seconds = kw_run_number(line, "seconds"),
        .cost = kw_run_number(line, "cost"),
        .cost_global = kw_run_number(line, "cost_global"),
        .cost_local = kw_run_number(line, "cost_local"),
        .fidelity = kw_run_number(line, "fidelity"),
        .infidelity = kw_run_number(line, "infidelity"),
        .gradient_norm = kw_run_number(line, "gradient_norm"),
        .test_fidelity = kw_run_number(line, "test_fidelity"),
        .reconstruction = kw_run_number(line, "reconstruction"),
        .test_reconstruction = kw_run_number(line, "test_reconstruction"),
    };
    return step;
}

/* A resumed run repeats the steps after its checkpoint: the later line counts. */
static kw_status add_step(kw_run *run, const kw_run_step *step, size_t *capacity) {
    while (run->step_count && run->steps[run->step_count - 1].step >= step->step) --run->step_count;
    if (run->step_count == *capacity) {
        const size_t more = *capacity ? 2 * *capacity : 256;
        kw_run_step *steps = realloc(run->steps, more * sizeof *steps);
        if (!steps) return kw_fail(KW_E_NOMEM, "no memory for %zu steps", more);
        run->steps = steps;
        *capacity = more;
    }
    run->steps[run->step_count++] = *step;
    return KW_OK;
}

static kw_status read_line(const char *path, int number, const char *text, size_t length, kw_run *run, size_t *capacity) {
    json_error_t error;
    json_t *line = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!line) return kw_fail(KW_E_INPUT, "%s:%d: %s", path, number, error.text);
    const kw_run_step step = read_step(line);
    json_decref(line);
    if (isnan(step.step)) return kw_fail(KW_E_INPUT, "%s:%d: expected an object with the number \"step\"", path, number);
    return add_step(run, &step, capacity);
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
        if (!status) status = read_metrics(metrics, run);
        if (!status) status = read_config(config, run);
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
    free(run->members);
    free(run->config);
    *run = (kw_run){0};
}
