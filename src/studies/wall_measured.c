/* F5  The memory wall, measured: rows of the storage kinds, how they grow, and what fits. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "models/training.h"
#include "studies/wall.h"
#include "studies/wall_row.h"

enum { KINDS = 16, SIZES = 64 };

/* This machine, measured when the first row needs it. */
typedef struct {
    bool known[KW_PRECISIONS];
    kw_machine machine[KW_PRECISIONS];
} here;

/* One row per kind and size. */
typedef struct {
    const kw_sweep *sweep;
    kw_precision kind[KINDS * SIZES];
    int qubits[KINDS * SIZES];
    size_t count;
    here *here;
} rows;

static int most_qubits(uint64_t memory, kw_precision precision, int ranks, int states) {
    int n = 1;
    while (n < KW_MAX_QUBITS && kw_wall_bytes(n + 1, precision, ranks) <= memory / (uint64_t)states) ++n;
    return n;
}

static kw_status add_kind(rows *r, const char *name) {
    const kw_config *config = kw_sweep_config(r->sweep);
    const int least = (int)kw_config_int(config, "study.least"), step = (int)kw_config_int(config, "study.step");
    const int asked = (int)kw_config_int(config, "study.most");
    kw_precision precision;
    if (kw_precision_parse(name, &precision) != KW_OK)
        return kw_fail(KW_E_INPUT, "study.precisions: %s", kw_error_message());
    if (asked && asked < least) return kw_fail(KW_E_INPUT, "study.most = %d is below study.least = %d", asked, least);
    const int fits = most_qubits(kw_sweep_memory(r->sweep), precision, kw_comm_size(kw_sweep_world(r->sweep)), 1);
    const int most = asked && asked < fits ? asked : fits;
    if (most < least)
        return kw_fail(KW_E_FIT, "%d qubits in %s do not fit: %d would (study.least)", least, kw_precision_name(precision),
                       fits);
    for (int n = least; n <= most; n = n < most && n + step > most ? most : n + step) {
        r->kind[r->count] = precision;
        r->qubits[r->count++] = n;
    }
    return KW_OK;
}

static void name_row(const void *context, size_t i, char text[KW_SWEEP_NAME]) {
    const rows *r = context;
    snprintf(text, KW_SWEEP_NAME, "%s, %s, %d qubits", KW_WALL_MEASURED, kw_precision_name(r->kind[i]), r->qubits[i]);
}

static kw_status measure(const void *context, size_t i, kw_comm *comm, json_t **row) {
    const rows *r = context;
    const kw_config *config = kw_sweep_config(r->sweep);
    const int n = r->qubits[i];
    const kw_precision precision = r->kind[i];
    char path[4096];
    kw_status status = KW_OK;
    if (!r->here->known[precision]) status = kw_bench_machine(comm, precision, &r->here->machine[precision]);
    r->here->known[precision] = status == KW_OK;
    if (snprintf(path, sizeof path, "%s/state.h5", kw_config_text(config, "run.dir")) >= (int)sizeof path)
        status = kw_fail(KW_E_INPUT, "run.dir: the path is too long");
    const kw_wall_request request = {
        .kind = (kw_bench_kind[]){KW_BENCH_RQC, KW_BENCH_HEA, KW_BENCH_QFT}[kw_config_choice(config, "study.circuit")],
        .n_qubits = n,
        .precision = precision,
        .rounding = (kw_rounding)kw_config_choice(config, "run.rounding"),
        .seed = (uint64_t)kw_config_int(config, "run.seed"),
        .repeats = (int)kw_config_int(config, "study.repeats"),
        .exact = n <= kw_config_int(config, "study.exact_most"),
        .gradient = n <= kw_config_int(config, "study.gradient_most"),
        .checkpoint = n <= kw_config_int(config, "study.checkpoint_most") ? path : NULL,
        .machine = &r->here->machine[precision],
        .memory_per_rank = kw_sweep_memory(r->sweep)};
    return status == KW_OK ? kw_wall_measure(comm, &request, row) : status;
}

kw_status kw_wall_measured(kw_sweep *sweep) {
    static const size_t most = KINDS;
    const char *const *names;
    const size_t count = kw_config_texts(kw_sweep_config(sweep), "study.precisions", &names);
    here machine = {0};
    rows r = {.sweep = sweep, .here = &machine};
    kw_status status = count <= most ? KW_OK : kw_fail(KW_E_INPUT, "study.precisions: at most %zu", most);
    for (size_t i = 0; i < count && status == KW_OK; ++i) status = add_kind(&r, names[i]);
    status = kw_comm_agree(kw_sweep_world(sweep), status);
    const kw_sweep_source source = {name_row, measure, &r};
    return status == KW_OK ? kw_sweep_rows(sweep, r.count, false, &source) : status;
}

/* ---- growth: least squares through the logarithms ---- */

/* What grows. */
static const struct {
    const char *key, *name;
} growing[] = {{"state_bytes", "bytes of the state"},
               {"peak_bytes", "bytes at the peak"},
               {"layer_seconds", "seconds per layer"},
               {"gradient_seconds", "seconds per gradient"},
               {"checkpoint_seconds", "seconds per checkpoint"}};
enum { GROWING = sizeof growing / sizeof *growing };

static bool is_of(const json_t *row, kw_precision precision) {
    return kw_study_is(row, "part", KW_WALL_MEASURED) && kw_study_is(row, "storage", kw_precision_name(precision));
}

/* Sums of a straight line through (n, log2 value). */
typedef struct {
    double count, x, y, xx, xy;
    int from, to;
} line;

static line line_of(const json_t *table, kw_precision precision, const char *key, int least) {
    line l = {.from = KW_MAX_QUBITS};
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)table, i, row) {
        const double n = kw_study_number(row, "qubits"), value = kw_study_number(row, key);
        if (!is_of(row, precision) || !(value > 0) || n < least) continue;
        l.from = n < l.from ? (int)n : l.from;
        l.to = n > l.to ? (int)n : l.to;
        l.count += 1, l.x += n, l.y += log2(value), l.xx += n * n, l.xy += n * log2(value);
    }
    return l;
}

/* States that stay in cache are another regime: the rows from half-way between KW_WALL_LARGE qubits and the most on, if they
 * are three at least, or those from KW_WALL_LARGE on, or, where these are not two, all. */
static double factor_of(const json_t *table, kw_precision precision, const char *key, int *from, int *to) {
    line l = line_of(table, precision, key, 0);
    line large = line_of(table, precision, key, (l.to + KW_WALL_LARGE + 1) / 2);
    if (large.count < 3) large = line_of(table, precision, key, KW_WALL_LARGE);
    if (large.count >= 2) l = large;
    *from = l.from;
    *to = l.to;
    const double spread = l.count * l.xx - l.x * l.x;
    return spread > 0 ? exp2((l.count * l.xy - l.x * l.y) / spread) : NAN;
}

/* Of as many rows as there are: a study that goes on with more memory has more of them. */
static void name_growth(const void *context, size_t i, char text[KW_SWEEP_NAME]) {
    const kw_precision precision = (kw_precision)(i / GROWING);
    size_t row, count = 0;
    json_t *of;
    json_array_foreach((json_t *)kw_sweep_table(context), row, of) count += is_of(of, precision);
    snprintf(text, KW_SWEEP_NAME, "%s, %s, %s, %zu rows", KW_WALL_FITS, kw_precision_name(precision),
             growing[i % GROWING].name, count);
}

static kw_status measure_growth(const void *context, size_t i, kw_comm *comm, json_t **row) {
    const kw_sweep *sweep = context;
    const kw_precision precision = (kw_precision)(i / GROWING);
    int from, to;
    char text[64];
    if (kw_comm_rank(comm) != 0) return KW_OK;
    const double factor = factor_of(kw_sweep_table(sweep), precision, growing[i % GROWING].key, &from, &to);
    *row = kw_wall_new_row(KW_WALL_FITS, growing[i % GROWING].name, kw_precision_name(precision), NULL, 0);
    if (!*row) return kw_fail(KW_E_NOMEM, "no memory for a row");
    kw_json_set(*row, "factor", factor);
    if (isfinite(factor)) snprintf(text, sizeof text, "from %d to %d qubits", from, to);
    else snprintf(text, sizeof text, "fewer than two rows");
    json_object_set_new(*row, "note", json_string(text));
    return KW_OK;
}

kw_status kw_wall_growth(kw_sweep *sweep) {
    const kw_sweep_source source = {name_growth, measure_growth, sweep};
    return kw_sweep_rows(sweep, (size_t)KW_PRECISIONS * GROWING, false, &source);
}

/* ---- reach ---- */

static const double gib[] = {8, 16, 24, 64, 128, 256, 512};
enum { MEMORIES = sizeof gib / sizeof *gib };

static void name_reach(const void *context, size_t i, char text[KW_SWEEP_NAME]) {
    (void)context;
    snprintf(text, KW_SWEEP_NAME, "%s, %s, %.0f GiB", KW_WALL_REACH, kw_precision_name((kw_precision)(i / MEMORIES)),
             gib[i % MEMORIES]);
}

static kw_status measure_reach(const void *context, size_t i, kw_comm *comm, json_t **row) {
    const kw_precision precision = (kw_precision)(i / MEMORIES);
    const double bytes = gib[i % MEMORIES] * 0x1p30;
    (void)context, (void)comm;
    *row = kw_wall_new_row(KW_WALL_REACH, NULL, kw_precision_name(precision), NULL, 0);
    if (!*row) return kw_fail(KW_E_NOMEM, "no memory for a row");
    kw_json_set(*row, "memory", bytes);
    kw_json_set(*row, "most_qubits", most_qubits((uint64_t)bytes, precision, 1, 1));
    kw_json_set(*row, "most_gradient", most_qubits((uint64_t)bytes, precision, 1, 2));
    return KW_OK;
}

kw_status kw_wall_reach(kw_sweep *sweep) {
    const kw_sweep_source source = {name_reach, measure_reach, NULL};
    return kw_sweep_rows(sweep, (size_t)KW_PRECISIONS * MEMORIES, true, &source);
}
