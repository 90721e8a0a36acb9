/* F5  The memory wall: a row per storage kind and number of qubits. */
#include "studies/memory_wall.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/stop.h"
#include "io/provenance.h"
#include "io/run_directory.h"
#include "ketwall/memory.h"
#include "studies/wall_row.h"

/* clang-format off: one row per line */
static const kw_option options[] = {
    {"run.dir", KW_OPTION_TEXT, "runs/memory-wall", 0, 0, NULL, "", "directory of the result"},
    {"run.seed", KW_OPTION_INT, "1", 0, 9007199254740992.0, NULL, "", "seed of stochastic rounding"},
    {"run.rounding", KW_OPTION_CHOICE, "auto", 0, 0, KW_ROUNDING_NAMES, "", "of s16 and s8 amplitudes"},
    {"run.memory_per_rank", KW_OPTION_BYTES, "auto", 0, 0, NULL, "", "memory a rank may use; auto: what the node has"},
    {"run.max_wall_s", KW_OPTION_REAL, "0", 0, 1e9, NULL, "s", "stop between rows after this time; 0: never"},
    {"study.circuit", KW_OPTION_CHOICE, "rqc", 0, 0, "rqc hea qft", "", "that of ketwall bench"},
    {"study.precisions", KW_OPTION_TEXTS, KW_PRECISION_LIST, 0, 0, NULL, "", "storage kinds"},
    {"study.least", KW_OPTION_INT, "14", 4, KW_MAX_QUBITS, NULL, "", "qubits of the first row"},
    {"study.most", KW_OPTION_INT, "0", 0, KW_MAX_QUBITS, NULL, "", "of the last one; 0: the most that fit"},
    {"study.step", KW_OPTION_INT, "2", 1, KW_MAX_QUBITS, NULL, "", "qubits between rows"},
    {"study.repeats", KW_OPTION_INT, "3", 1, 1000, NULL, "", "runs of each, of which the best counts"},
    {"study.exact_most", KW_OPTION_INT, "26", 0, KW_MAX_QUBITS, NULL, "",
     "qubits up to which states and gradients are compared with double, where both fit"},
    {"study.gradient_most", KW_OPTION_INT, "26", 0, KW_MAX_QUBITS, NULL, "", "qubits up to which gradients are measured"},
};
/* clang-format on */

const kw_option *kw_memory_wall_options(size_t *count) {
    *count = sizeof options / sizeof *options;
    return options;
}

typedef struct {
    kw_comm *world;
    const kw_config *config;
    json_t *result, *rows; /* rank 0 */
    char path[4096];
    kw_stop stop;
    uint64_t memory; /* per rank, the least of all */
} study;

static bool is_root(const study *s) { return kw_comm_rank(s->world) == 0; }

static bool is_of(const json_t *row, kw_precision precision) {
    const char *name = json_string_value(json_object_get(row, "precision"));
    return name && !strcmp(name, kw_precision_name(precision));
}

/* ---- the result from row to row ---- */

static kw_status save(const study *s) {
    char temporary[sizeof s->path + 8];
    if (!is_root(s)) return KW_OK;
    snprintf(temporary, sizeof temporary, "%s.tmp", s->path);
    if (json_dump_file(s->result, temporary, JSON_INDENT(2) | JSON_PRESERVE_ORDER) || rename(temporary, s->path))
        return kw_fail(KW_E_IO, "%s: %s", s->path, strerror(errno));
    return KW_OK;
}

/* What rows depend on. */
static json_t *settings(const study *s) {
    json_t *object = json_object();
    static const char *const keys[] = {"run.seed",      "run.rounding",     "study.circuit",
                                       "study.repeats", "study.exact_most", "study.gradient_most"};
    for (size_t i = 0; i < kw_config_count(s->config); ++i) {
        const char *key, *value, *origin;
        kw_config_entry(s->config, i, &key, &value, &origin);
        for (size_t k = 0; k < sizeof keys / sizeof *keys; ++k)
            if (!strcmp(key, keys[k])) json_object_set_new(object, key, json_string(value));
    }
    json_object_set_new(object, "ranks", json_integer(kw_comm_size(s->world)));
    return object;
}

/* Rows of an earlier run of the same study. */
static kw_status take_up(study *s, json_t *wanted) {
    json_error_t error;
    json_t *before = json_load_file(s->path, 0, &error);
    kw_status status = KW_OK;
    if (!before && json_error_code(&error) != json_error_cannot_open_file)
        status = kw_fail(KW_E_INPUT, "%s:%d: %s: give another run.dir, or remove it", s->path, error.line, error.text);
    else if (before && !json_equal(json_object_get(before, "settings"), wanted))
        status = kw_fail(KW_E_INPUT, "%s holds rows of other settings or rank counts: give another run.dir, or remove it",
                         s->path);
    else if (before) json_array_extend(s->rows, json_object_get(before, "rows"));
    json_decref(before);
    return status;
}

static kw_status begin(study *s, const char *mpi, const char *command) {
    const char *dir = kw_config_text(s->config, "run.dir");
    if (!is_root(s)) return KW_OK;
    snprintf(s->path, sizeof s->path, "%s/result.json", dir);
    json_t *wanted = settings(s);
    s->result = json_pack("{s:s, s:i, s:s, s:b, s:O, s:O, s:o}", "format", "ketwall-wall-result", "version", 1, "study",
                          "memory-wall", "finished", 0, "settings", wanted, "rows", s->rows, "provenance",
                          kw_provenance(mpi, command));
    kw_status status = s->result ? kw_run_directory_make(dir) : kw_fail(KW_E_NOMEM, "no memory for the results");
    if (status == KW_OK) status = take_up(s, wanted);
    json_decref(wanted);
    return status;
}

static bool is_measured(const study *s, kw_precision precision, int n) {
    int64_t found = 0;
    size_t i;
    json_t *row;
    json_array_foreach(s->rows, i, row) if (json_integer_value(json_object_get(row, "qubits")) == n && is_of(row, precision))
        found = 1;
    kw_comm_max(s->world, &found, 1);
    return found;
}

/* ---- what fits ---- */

static int most_qubits(const study *s, kw_precision precision) {
    int n = 1;
    while (n < KW_MAX_QUBITS && kw_wall_bytes(n + 1, precision, kw_comm_size(s->world)) <= s->memory) ++n;
    return n;
}

static json_t *reach_of(uint64_t bytes, int ranks) {
    json_t *row = json_pack("{s:I}", "bytes", (json_int_t)bytes * ranks);
    for (int p = 0; p < KW_PRECISIONS; ++p)
        for (int states = 1; states <= 2; ++states) {
            char name[32];
            int n = 1;
            while (n < KW_MAX_QUBITS && (uint64_t)states * kw_wall_bytes(n + 1, (kw_precision)p, ranks) <= bytes) ++n;
            snprintf(name, sizeof name, "%s%s", kw_precision_name((kw_precision)p), states == 2 ? "_gradient" : "");
            json_object_set_new(row, name, json_integer(n));
        }
    return row;
}

/* ---- seconds per doubling: least squares through the logarithms, from half-way between 20 qubits and the most on ---- */

static json_t *fit_of(const json_t *rows, kw_precision precision) {
    double count = 0, x = 0, y = 0, xx = 0, xy = 0;
    size_t i;
    json_t *row;
    int most = 0;
    json_array_foreach((json_t *)rows, i, row) {
        const int n = (int)json_integer_value(json_object_get(row, "qubits"));
        if (n > most) most = n;
    }
    json_array_foreach((json_t *)rows, i, row) {
        const double n = json_number_value(json_object_get(row, "qubits"));
        const double t = log2(json_number_value(json_object_get(row, "seconds")));
        if (!is_of(row, precision)) continue;
        if (2 * n < most + 20) continue; /* states that stay in cache are another regime */
        count += 1, x += n, y += t, xx += n * n, xy += n * t;
    }
    const double spread = count * xx - x * x, slope = spread > 0 ? (count * xy - x * y) / spread : NAN;
    return json_pack("{s:s, s:i, s:o}", "precision", kw_precision_name(precision), "rows", (int)count,
                     "seconds_per_doubling", isfinite(slope) ? json_real(exp2(slope)) : json_null());
}

static void conclude(study *s) {
    static const double gib[] = {8, 16, 24, 64, 128, 256, 512};
    json_t *fits = json_array(), *reach = json_array();
    for (int p = 0; p < KW_PRECISIONS; ++p) json_array_append_new(fits, fit_of(s->rows, (kw_precision)p));
    for (size_t i = 0; i < sizeof gib / sizeof *gib; ++i)
        json_array_append_new(reach, reach_of((uint64_t)(gib[i] * 0x1p30), 1));
    json_object_set_new(s->result, "fits", fits);
    json_object_set_new(s->result, "reach", reach);
    json_object_set_new(s->result, "finished", json_true());
}

/* ---- rows ---- */

static kw_status stop_or(study *s, kw_status status) {
    s->stop.looked = -INFINITY;
    if (status == KW_OK && kw_stop_agree(&s->stop, false) == KW_STOP)
        return kw_fail(KW_E_STOPPED, "the study stops, because %s: the same command goes on", s->stop.reason);
    return status;
}

static kw_status measure(study *s, kw_precision precision, int n) {
    const kw_wall_request request = {
        .kind = (kw_bench_kind[]){KW_BENCH_RQC, KW_BENCH_HEA, KW_BENCH_QFT}[kw_config_choice(s->config, "study.circuit")],
        .n_qubits = n,
        .precision = precision,
        .rounding = (kw_rounding)kw_config_choice(s->config, "run.rounding"),
        .seed = (uint64_t)kw_config_int(s->config, "run.seed"),
        .repeats = (int)kw_config_int(s->config, "study.repeats"),
        .exact = n <= kw_config_int(s->config, "study.exact_most"),
        .gradient = n <= kw_config_int(s->config, "study.gradient_most"),
        .memory_per_rank = s->memory};
    kw_wall_row row;
    kw_status status = kw_wall_measure(s->world, &request, &row);
    if (status == KW_OK && is_root(s)) {
        if (json_array_append_new(s->rows, kw_wall_json(&request, &row)))
            status = kw_fail(KW_E_NOMEM, "no memory for a row");
        fprintf(stderr, "== %s, %d qubits: %.4g s\n", kw_precision_name(precision), n, row.seconds);
    }
    status = kw_comm_agree(s->world, status);
    return kw_comm_agree(s->world, status == KW_OK ? save(s) : status);
}

static kw_status measure_kind(study *s, const char *name) {
    const int least = (int)kw_config_int(s->config, "study.least"), step = (int)kw_config_int(s->config, "study.step");
    const int asked = (int)kw_config_int(s->config, "study.most");
    kw_precision precision;
    kw_status status = kw_precision_parse(name, &precision);
    if (status != KW_OK) return kw_fail(KW_E_INPUT, "study.precisions: %s", kw_error_message());
    const int fits = most_qubits(s, precision), most = asked && asked < fits ? asked : fits;
    if (most < least)
        return kw_fail(KW_E_FIT, "%d qubits in %s do not fit: %d would (study.least)", least, kw_precision_name(precision),
                       fits);
    for (int n = least; n <= most && status == KW_OK; n = n < most && n + step > most ? most : n + step)
        if (!is_measured(s, precision, n)) status = stop_or(s, measure(s, precision, n));
    return status;
}

kw_status kw_memory_wall_study(kw_comm *world, const kw_config *config, const char *mpi, const char *command,
                               json_t **result) {
    const uint64_t memory = kw_config_bytes(config, "run.memory_per_rank");
    study s = {.world = world, .config = config, .rows = json_array(), .memory = memory ? memory : kw_memory_per_rank()};
    s.stop = (kw_stop){.comm = world,
                       .dir = kw_config_text(config, "run.dir"),
                       .max_wall_s = kw_config_real(config, "run.max_wall_s"),
                       .started = kw_seconds()};
    int64_t least = -(int64_t)(s.memory < INT64_MAX ? s.memory : INT64_MAX);
    kw_comm_max(world, &least, 1);
    s.memory = (uint64_t)-least;
    const char *const *names;
    const size_t count = kw_config_texts(config, "study.precisions", &names);
    *result = NULL;
    kw_status status = kw_comm_agree(world, begin(&s, mpi, command));
    for (size_t i = 0; i < count && status == KW_OK; ++i) status = measure_kind(&s, names[i]);
    if (status == KW_OK && is_root(&s)) conclude(&s);
    if (status == KW_OK) status = save(&s);
    if (status == KW_OK && is_root(&s)) *result = json_incref(s.result);
    json_decref(s.result);
    json_decref(s.rows);
    return kw_comm_agree(world, status);
}
