/* F6  Results of ketwall bench as text, JSON and HDF5. */
#include "cli/bench_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/launch.h"
#include "engine/state_internal.h"
#include "io/provenance.h"
#include "io/run_directory.h"
#include "io/sealed.h"

static const char *const scalings[] = {"none", "strong", "weak"};

/* ---- columns: every number of a row once ---- */

typedef struct {
    const char *name, *units, *text;
    double (*value)(const kw_bench_row *row);
} column;

#define COLUMN_LIST(X)                                                                                                      \
    X(qubits, "1", "qubits of the state", r->n_qubits)                                                                      \
    X(which, "1", "case of the benchmark: qubit, or qubits exchanged less one", q->which)                                   \
    X(complex_bytes, "byte", "bytes of an amplitude", (double)kw_bytes_of(KW_RUN, q->precision) / KW_RUN)                   \
    X(ranks, "1", "ranks that share the state", r->ranks)                                                                   \
    X(threads, "1", "threads of a rank", r->threads)                                                                        \
    X(plan_seconds, "s", "planning", r->plan_seconds)                                                                       \
    X(first_seconds, "s", "the first run, which compiles the passes", r->first_seconds)                                     \
    X(best_seconds, "s", "best of the repeats", r->best_seconds)                                                            \
    X(median_seconds, "s", "median of the repeats", r->median_seconds)                                                      \
    X(predicted_seconds, "s", "what ketwall plan predicts", r->predicted_seconds)                                           \
    X(probe, "byte/s", "in-place probe of the memory before and after each repeat", r->probe)                               \
    X(memory_share, "1", "bandwidth beside those probes", r->memory_share)                                                  \
    X(bandwidth, "byte/s", "read and written by the passes, or sent and received", r->bandwidth)                            \
    X(peak, "1/s", "multiply-adds of real numbers in registers", r->peak)                                                   \
    X(operations, "1/s", "multiply-adds, products and sums of the passes", r->operations)                                   \
    X(passes, "1", "trips through memory", r->cost.passes)                                                                  \
    X(exchanges, "1", "exchanges between ranks", r->cost.exchanges)                                                         \
    X(bytes_exchanged, "byte", "sent by a rank", r->cost.bytes_exchanged)                                                   \
    X(peak_bytes_per_rank, "byte", "counted memory at its peak", r->peak_bytes)                                             \
    X(infidelity, "1", "that rounding has cost the state, estimated", r->infidelity.estimate)                               \
    X(infidelity_bound, "1", "the same, at most", r->infidelity.bound)                                                      \
    X(efficiency, "1", "beside one rank", row->efficiency)

#define COLUMN_VALUE(name, units, text, expression)                                                                         \
    static double column_##name(const kw_bench_row *row) {                                                                  \
        const kw_bench_result *r = &row->result;                                                                            \
        const kw_bench_request *q = &row->request;                                                                          \
        (void)r, (void)q;                                                                                                   \
        return (double)(expression);                                                                                        \
    }
COLUMN_LIST(COLUMN_VALUE)
#define COLUMN_ENTRY(name, units, text, expression) {#name, units, text, column_##name},
static const column columns[] = {COLUMN_LIST(COLUMN_ENTRY)};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* ---- rows ---- */

/* Strong scaling shares one state among R ranks; weak scaling gives each rank as much as one has alone. */
static double efficiency_of(const kw_bench_rows *rows, const kw_bench_row *row) {
    const bool strong = row->scaling == KW_SCALING_STRONG;
    if (row->scaling == KW_SCALING_NONE) return NAN;
    if (row->result.ranks == 1) return 1;
    for (size_t i = rows->count; i-- > 0;) {
        const kw_bench_row *one = &rows->items[i];
        if (one->scaling != row->scaling || one->result.ranks != 1 || one->request.kind != row->request.kind
            || one->request.which != row->request.which)
            continue;
        return one->result.median_seconds / row->result.median_seconds / (strong ? row->result.ranks : 1);
    }
    return NAN;
}

kw_status kw_bench_rows_append(kw_bench_rows *rows, const kw_bench_row *row) {
    if (rows->count == rows->capacity) {
        const size_t capacity = rows->capacity ? 2 * rows->capacity : 32;
        kw_bench_row *items = realloc(rows->items, capacity * sizeof *items);
        if (!items) return kw_fail(KW_E_NOMEM, "no memory for %zu results", capacity);
        rows->items = items;
        rows->capacity = capacity;
    }
    rows->items[rows->count] = *row;
    rows->items[rows->count].efficiency = efficiency_of(rows, row);
    ++rows->count;
    return KW_OK;
}

void kw_bench_rows_free(kw_bench_rows *rows) { free(rows->items); }

/* ---- the terminal ---- */

void kw_bench_print_head(const kw_bench_row *first) {
    const kw_bench_result *r = &first->result;
    printf("%d rank%s x %d thread%s, %s amplitudes, %.1f G multiply-adds/s in registers; rates of all ranks together\n",
           r->ranks, r->ranks == 1 ? "" : "s", r->threads, r->threads == 1 ? "" : "s",
           kw_precision_name(first->request.precision), r->peak / 1e9);
    printf("%-12s %3s %5s %10s %10s %10s %6s %7s %7s %7s %7s %9s %9s%s\n", "", "n", "ranks", "median s", "best s", "first s",
           "passes", "GB/s", "probe", "memory", "flops", "MiB sent", "predicted", first->scaling ? "   scaling" : "");
}

static void print_name(const kw_bench_row *row) {
    char name[32];
    const char *kind = kw_bench_name(row->request.kind);
    const bool cases = kw_bench_cases(row->request.kind, row->result.n_qubits, row->result.ranks) > 1;
    if (cases) snprintf(name, sizeof name, "%s %d", kind, row->request.which + (row->request.kind != KW_BENCH_SWEEP));
    else snprintf(name, sizeof name, "%s", kind);
    printf("%-12s", name);
}

static void print_share(double part, double whole) {
    if (part > 0) printf(" %6.0f%%", 100 * part / whole);
    else printf(" %7s", "-");
}

void kw_bench_print_row(const kw_bench_row *row) {
    const kw_bench_result *r = &row->result;
    print_name(row);
    printf(" %3d %5d %10.6f %10.6f %10.6f %6.0f %7.1f %7.1f", r->n_qubits, r->ranks, r->median_seconds, r->best_seconds,
           r->first_seconds, (double)r->cost.passes, r->bandwidth / 1e9, r->probe / 1e9);
    print_share(r->memory_share, 1);
    print_share(r->operations, r->peak);
    printf(" %9.1f", (double)r->cost.bytes_exchanged / 0x1p20);
    if (isnan(r->predicted_seconds)) printf(" %9s", "-");
    else printf(" %8.2fx", r->predicted_seconds / r->median_seconds);
    if (row->scaling) printf("   %s", scalings[row->scaling]);
    if (!isnan(row->efficiency)) printf(" %.0f%%", 100 * row->efficiency);
    putchar('\n');
    fflush(stdout);
}

void kw_bench_print_cases(const kw_bench_row *rows, size_t count) {
    printf("%*s memory, by qubit:", 12, "");
    for (size_t i = 0; i < count; ++i) printf(" %.2f", rows[i].result.memory_share);
    putchar('\n');
}

/* ---- files ---- */

json_t *kw_bench_json(const kw_bench_rows *rows, const char *command) {
    json_t *list = json_array();
    for (size_t i = 0; i < rows->count; ++i) {
        const kw_bench_row *row = &rows->items[i];
        json_t *out = json_pack("{s:s, s:s, s:s, s:s}", "name", kw_bench_name(row->request.kind), "text",
                                kw_bench_text(row->request.kind), "scaling", scalings[row->scaling], "precision",
                                kw_precision_name(row->request.precision));
        for (int c = 0; c < COLUMNS; ++c) {
            const double value = columns[c].value(row);
            if (!isfinite(value)) continue;
            const bool counted = !strcmp(columns[c].units, "1") || !strcmp(columns[c].units, "byte");
            const bool whole = counted && value == floor(value);
            json_object_set_new(out, columns[c].name, whole ? json_integer((json_int_t)value) : json_real(value));
        }
        json_array_append_new(list, out);
    }
    return json_pack("{s:s, s:i, s:b, s:f, s:o, s:o}", "format", "ketwall-bench-result", "version", 1, "finished", 1,
                     "seconds", rows->seconds, "rows", list, "provenance",
                     kw_provenance(kw_launch_mpi_version(), command ? command : "ketwall bench"));
}

static kw_status write_names(kw_sealed *file, const kw_bench_rows *rows) {
    char *names = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&names, &bytes);
    if (!out) return kw_fail(KW_E_NOMEM, "no memory for the names of %zu results", rows->count);
    for (size_t i = 0; i < rows->count; ++i) fprintf(out, "%s%s", i ? " " : "", kw_bench_name(rows->items[i].request.kind));
    fclose(out);
    const kw_status status = kw_sealed_write_text(file, "/bench", "names", names);
    free(names);
    return status;
}

static kw_status write_columns(kw_sealed *file, const kw_bench_rows *rows) {
    double *values = malloc((rows->count + 1) * sizeof *values);
    kw_status status = values ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for %zu results", rows->count);
    for (int c = 0; c < COLUMNS && status == KW_OK; ++c) {
        char path[64];
        snprintf(path, sizeof path, "/bench/%s", columns[c].name);
        for (size_t i = 0; i < rows->count; ++i) values[i] = columns[c].value(&rows->items[i]);
        status = kw_sealed_write_reals(file, path, values, rows->count, columns[c].units, columns[c].text);
    }
    free(values);
    return status == KW_OK ? write_names(file, rows) : status;
}

kw_status kw_bench_write(const kw_bench_rows *rows, const char *command, const char *dir) {
    char path[4096];
    kw_sealed *file = NULL;
    if (strlen(dir) + 16 > sizeof path) return kw_fail(KW_E_INPUT, "the name of the directory is too long");
    kw_status status = kw_run_directory_make(dir);
    snprintf(path, sizeof path, "%s/bench.h5", dir);
    if (status == KW_OK) status = kw_sealed_create(kw_comm_self(), path, &file);
    if (status == KW_OK) status = kw_sealed_commit(&file, write_columns(file, rows));
    snprintf(path, sizeof path, "%s/result.json", dir);
    return status == KW_OK ? kw_cli_write_json(kw_bench_json(rows, command), path) : status;
}
