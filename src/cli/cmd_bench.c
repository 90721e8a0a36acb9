/* F6  ketwall bench: how fast this machine runs the engine, beside its own memory bandwidth. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/suggest.h"
#include "cli/cli.h"
#include "cli/configure.h"
#include "studies/bench.h"

static const kw_argument arguments[] = {
    {"--qubits", NULL, KW_ARGUMENT_VALUE, "N", "of every benchmark (default: 24; gradients 20)"},
    {"--precision", NULL, KW_ARGUMENT_VALUE, "double|single", "complex128 or complex64 (default: double)"},
    {"--repeats", NULL, KW_ARGUMENT_VALUE, "R", "timed runs after one that is not (default: 5)"},
    {"--json", NULL, KW_ARGUMENT_VALUE, "FILE|-", "write the results as JSON too"},
};

static const kw_syntax syntax = {
    .verb = "bench",
    .usage = "[NAME]... [--qubits N] [--precision double|single] [--repeats R] [--json FILE|-]",
    .summary =
        "Times circuits on all ranks, which share one state: sweep (one H on each qubit), rqc, hea, qft, gradient, qae,\n"
        "exchange; all of them if none is named.  Beside the median and the best time: passes through memory, their\n"
        "bandwidth as a ratio to a probe that reads and writes the same amplitudes in place just before and after,\n"
        "bytes exchanged, and the seconds that ketwall plan predicts.",
    .arguments = arguments,
    .count = sizeof arguments / sizeof *arguments,
    .positional_min = 0,
    .positional_max = KW_BENCHES,
    .example = "mpirun -n 2 ketwall bench rqc qft --qubits 26",
};

typedef struct {
    bool chosen[KW_BENCHES];
    int64_t qubits, repeats;
    kw_precision precision;
} choice;

static kw_status choose(const char *name, choice *out) {
    kw_suggestion nearest = kw_suggest(name);
    for (int kind = 0; kind < KW_BENCHES; ++kind) {
        kw_suggest_offer(&nearest, kw_bench_name((kw_bench_kind)kind));
        if (strcmp(name, kw_bench_name((kw_bench_kind)kind)) != 0) continue;
        out->chosen[kind] = true;
        return KW_OK;
    }
    return kw_fail(KW_E_ARG, "ketwall bench: unknown benchmark %s%s%s%s", name, nearest.best ? "; did you mean " : "",
                   nearest.best ? nearest.best : "", nearest.best ? "?" : "");
}

static kw_status read_choice(const kw_cli *cli, const kw_words *words, choice *out) {
    const char *const *names, *precision = kw_words_value(words, "--precision");
    const size_t count = kw_words_positional(words, &names);
    *out = (choice){0};
    kw_status status = kw_words_integer(words, "--qubits", 4, KW_MAX_QUBITS, 0, &out->qubits);
    if (status == KW_OK) status = kw_words_integer(words, "--repeats", 1, 10000, 5, &out->repeats);
    if (status == KW_OK && precision && strcmp(precision, "double") != 0 && strcmp(precision, "single") != 0)
        status = kw_fail(KW_E_ARG, "--precision %s: expected double or single", precision);
    out->precision = precision && !strcmp(precision, "single") ? KW_SINGLE : KW_DOUBLE;
    for (size_t i = 0; i < count && status == KW_OK; ++i) status = choose(names[i], out);
    for (int kind = 0; kind < KW_BENCHES && !count; ++kind)
        out->chosen[kind] = kind != KW_BENCH_EXCHANGE || kw_comm_size(cli->world) > 1;
    return status;
}

static void print_head(const kw_bench_result *r, kw_precision precision) {
    printf("%d rank%s x %d thread%s, complex%s; bandwidths of all ranks together\n", r->ranks, r->ranks == 1 ? "" : "s",
           r->threads, r->threads == 1 ? "" : "s", precision == KW_DOUBLE ? "128" : "64");
    printf("%-9s %3s %11s %11s %11s %7s %9s %9s %7s %10s %10s\n", "", "n", "median s", "best s", "first s", "passes", "GB/s",
           "probe", "ratio", "MiB sent", "predicted");
}

static void print_row(kw_bench_kind kind, const kw_bench_result *r) {
    const double probe = fmax(r->probe_before, r->probe_after);
    printf("%-9s %3d %11.6f %11.6f %11.6f %7" PRIu64 " %9.1f %9.1f %7.2f %10.1f", kw_bench_name(kind), r->n_qubits,
           r->median_seconds, r->best_seconds, r->first_seconds, r->cost.passes, r->bandwidth / 1e9, probe / 1e9,
           r->bandwidth / probe, (double)r->cost.bytes_exchanged / 0x1p20);
    if (isnan(r->predicted_seconds)) printf(" %10s\n", "-");
    else printf(" %9.2fx\n", r->predicted_seconds / r->median_seconds);
    fflush(stdout);
}

static json_t *row_json(kw_bench_kind kind, const kw_bench_result *r, kw_precision precision) {
    json_t *row =
        json_pack("{s:s, s:s, s:i, s:s, s:i, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I}", "name",
                  kw_bench_name(kind), "text", kw_bench_text(kind), "qubits", r->n_qubits, "precision",
                  precision == KW_DOUBLE ? "double" : "single", "ranks", r->ranks, "threads", r->threads, "plan_seconds",
                  r->plan_seconds, "first_seconds", r->first_seconds, "best_seconds", r->best_seconds, "median_seconds",
                  r->median_seconds, "probe_before", r->probe_before, "probe_after", r->probe_after, "bandwidth",
                  r->bandwidth, "passes", (json_int_t)r->cost.passes, "exchanges", (json_int_t)r->cost.exchanges,
                  "bytes_exchanged", (json_int_t)r->cost.bytes_exchanged, "peak_bytes_per_rank", (json_int_t)r->peak_bytes);
    if (row && !isnan(r->predicted_seconds)) json_object_set_new(row, "predicted_seconds", json_real(r->predicted_seconds));
    return row;
}

static kw_status run(const kw_cli *cli, const kw_words *words) {
    choice c;
    const char *json = kw_words_value(words, "--json");
    const bool root = kw_comm_rank(cli->world) == 0, quiet = json && !strcmp(json, "-");
    kw_status status = kw_comm_agree(cli->world, read_choice(cli, words, &c));
    json_t *rows = json_array();
    bool first = true;
    for (int kind = 0; kind < KW_BENCHES && status == KW_OK; ++kind) {
        kw_bench_result result;
        if (!c.chosen[kind]) continue;
        const kw_bench_request request = {.kind = (kw_bench_kind)kind,
                                          .n_qubits = c.qubits ? (int)c.qubits : kw_bench_qubits((kw_bench_kind)kind),
                                          .precision = c.precision,
                                          .repeats = (int)c.repeats,
                                          .memory_per_rank = kw_memory_available() / (uint64_t)kw_ranks_on_node()};
        status = kw_bench_run(cli->world, &request, &result);
        if (status != KW_OK || !root) continue;
        if (first && !quiet) print_head(&result, c.precision);
        if (!quiet) print_row((kw_bench_kind)kind, &result);
        json_array_append_new(rows, row_json((kw_bench_kind)kind, &result, c.precision));
        first = false;
    }
    if (status == KW_OK && root && json)
        status = kw_cli_write_json(json_pack("{s:s, s:O}", "format", "ketwall-bench", "results", rows), json);
    json_decref(rows);
    return kw_comm_agree(cli->world, status);
}

int kw_cmd_bench(const kw_cli *cli) {
    kw_words *words = NULL;
    kw_status status = kw_comm_agree(cli->world, kw_words_create(&syntax, cli->argc, cli->argv, &words));
    if (status == KW_OK && kw_words_help(words)) kw_syntax_print(&syntax);
    else if (status == KW_OK) status = run(cli, words);
    kw_words_destroy(&words);
    return status == KW_OK ? 0 : kw_cli_fail(cli, status);
}
