/* F6  ketwall bench: how fast this machine runs the engine, beside its own memory bandwidth. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/suggest.h"
#include "cli/bench_rows.h"
#include "cli/cli.h"
#include "cli/configure.h"
#include "cli/request.h"

static const kw_argument arguments[] = {
    {"--qubits", NULL, KW_ARGUMENT_VALUE, "N", "of every benchmark (default: 24; gradients 20)"},
    KW_PRECISION_ARGUMENT(""),
    {"--repeats", NULL, KW_ARGUMENT_VALUE, "R", "timed runs after the first (default: 5)"},
    {"--scaling", NULL, KW_ARGUMENT_FLAG, NULL, "on 1, 2, 4, ... of the ranks: N qubits (strong), as many per rank (weak)"},
    {"--output", "-o", KW_ARGUMENT_VALUE, "DIR", "write DIR/result.json, for ketwall report, and DIR/bench.h5"},
    {"--json", NULL, KW_ARGUMENT_VALUE, "FILE|-", "write the results as JSON too"},
};

static const kw_syntax syntax = {
    .verb = "bench",
    .usage =
        "[NAME]... [--qubits N] [--precision " KW_PRECISION_WORDS "] [--repeats R] [--scaling] [-o DIR] [--json FILE|-]",
    .summary =
        "Times circuits on all ranks, which share one state: sweep (one H, on each local qubit by itself), rqc, hea, qft,\n"
        "gradient, qae, exchange and exchange_low (1, 2, ... qubits at once); all of them if none is named.  Beside the\n"
        "median and the best time: passes through memory; their bandwidth, beside that of a probe that reads and writes\n"
        "the same amplitudes in place just before and after, and its share of it (memory); the share of the multiply-adds\n"
        "that the cores can do at most (flops); bytes exchanged; what ketwall plan predicts, as a part of the median.",
    .arguments = arguments,
    .count = sizeof arguments / sizeof *arguments,
    .positional_min = 0,
    .positional_max = KW_BENCHES,
    .example = "mpirun -n 2 ketwall bench rqc qft --qubits 26",
};

typedef struct {
    bool chosen[KW_BENCHES];
    int64_t qubits, repeats;
    bool scaling;
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

static kw_status check_ranks(const choice *c, int ranks) {
    for (int kind = 0; kind < KW_BENCHES; ++kind)
        if (c->chosen[kind] && ranks < kw_bench_least_ranks((kw_bench_kind)kind))
            return kw_fail(KW_E_ARG, "ketwall bench %s: needs at least %d ranks: mpirun -n 2 ketwall bench ...",
                           kw_bench_name((kw_bench_kind)kind), kw_bench_least_ranks((kw_bench_kind)kind));
    return KW_OK;
}

static kw_status read_choice(const kw_cli *cli, const kw_words *words, choice *out) {
    const char *const *names;
    const size_t count = kw_words_positional(words, &names);
    *out = (choice){0};
    kw_status status = kw_words_integer(words, "--qubits", 4, KW_MAX_QUBITS, 0, &out->qubits);
    if (status == KW_OK) status = kw_words_integer(words, "--repeats", 1, 10000, 5, &out->repeats);
    if (status == KW_OK) status = kw_read_precision(words, &out->precision);
    for (size_t i = 0; i < count && status == KW_OK; ++i) status = choose(names[i], out);
    out->scaling = kw_words_flag(words, "--scaling");
    const int ranks = kw_comm_size(cli->world);
    if (status == KW_OK) status = check_ranks(out, ranks);
    for (int kind = 0; kind < KW_BENCHES && !count; ++kind)
        out->chosen[kind] = ranks >= kw_bench_least_ranks((kw_bench_kind)kind);
    return status;
}

typedef struct {
    const kw_cli *cli;
    const choice *choice;
    bool root, quiet;
    kw_bench_rows rows;
} job;

/* What the ranks of `comm` do together: all cases of one benchmark. */
static kw_status run_kind(job *s, kw_comm *comm, kw_bench_kind kind, int n, kw_scaling scaling, const kw_machine *machine) {
    const int cases = kw_bench_cases(kind, n, kw_comm_size(comm));
    const size_t first = s->rows.count;
    const int here = kw_ranks_on_node(), size = kw_comm_size(comm);
    const uint64_t neighbours = (uint64_t)(size < here ? size : here);
    kw_status status = kw_comm_agree(comm, kw_bench_check_ranks(n, size));
    for (int which = 0; which < cases && status == KW_OK; ++which) {
        kw_bench_row row = {.scaling = scaling};
        row.request = (kw_bench_request){.kind = kind,
                                         .n_qubits = n,
                                         .which = which,
                                         .precision = s->choice->precision,
                                         .repeats = (int)s->choice->repeats,
                                         .memory_per_rank = kw_memory_available() / neighbours,
                                         .machine = machine};
        status = kw_bench_run(comm, &row.request, &row.result);
        if (status == KW_OK) status = kw_comm_agree(comm, kw_bench_rows_append(&s->rows, &row));
        if (status != KW_OK || !s->root || s->quiet) continue;
        const kw_bench_row *last = &s->rows.items[s->rows.count - 1];
        if (s->rows.count == 1) kw_bench_print_head(last);
        kw_bench_print_row(last);
    }
    if (status == KW_OK && kind == KW_BENCH_SWEEP && s->root && !s->quiet)
        kw_bench_print_cases(s->rows.items + first, s->rows.count - first);
    return status;
}

static kw_status run_kinds(job *s, kw_comm *comm, int weak_bits, kw_scaling scaling, const kw_machine *machine) {
    kw_status status = KW_OK;
    for (int kind = 0; kind < KW_BENCHES && status == KW_OK; ++kind) {
        const int n = s->choice->qubits ? (int)s->choice->qubits : kw_bench_qubits((kw_bench_kind)kind);
        if (s->choice->chosen[kind] && kw_comm_size(comm) >= kw_bench_least_ranks((kw_bench_kind)kind))
            status = run_kind(s, comm, (kw_bench_kind)kind, n - weak_bits, scaling, machine);
    }
    return status;
}

/* On the first R ranks while the others wait: all qubits, then as many amplitudes per rank as when all ranks share them. */
static kw_status run_scaling(job *s, int ranks) {
    kw_comm *world = s->cli->world, *part = NULL;
    const int weak_bits = kw_log2((uint64_t)(kw_comm_size(world) / ranks));
    kw_machine machine;
    kw_status status = kw_comm_split(world, kw_comm_rank(world) < ranks, &part);
    if (status != KW_OK) return status;
    if (kw_comm_rank(world) < ranks) {
        status = kw_bench_machine(part, s->choice->precision, &machine);
        if (status == KW_OK) status = run_kinds(s, part, 0, KW_SCALING_STRONG, &machine);
        if (status == KW_OK) status = run_kinds(s, part, weak_bits, KW_SCALING_WEAK, &machine);
    }
    kw_comm_destroy(&part);
    return kw_comm_agree(world, status);
}

static kw_status run_whole(job *s) {
    kw_machine machine;
    const kw_status status = kw_bench_machine(s->cli->world, s->choice->precision, &machine);
    return status == KW_OK ? run_kinds(s, s->cli->world, 0, KW_SCALING_NONE, &machine) : status;
}

static kw_status run_all(job *s) {
    const int size = kw_comm_size(s->cli->world);
    kw_status status = KW_OK;
    if (!kw_is_power_of_two((uint64_t)size)) return kw_fail(KW_E_ARG, "%d ranks: expected a power of two", size);
    if (!s->choice->scaling) return run_whole(s);
    for (int ranks = 1; ranks <= size && status == KW_OK; ranks *= 2) status = run_scaling(s, ranks);
    return status;
}

static kw_status run(const kw_cli *cli, const kw_words *words) {
    choice c;
    const char *json = kw_words_value(words, "--json"), *dir = kw_words_value(words, "--output");
    job s = {.cli = cli, .choice = &c, .root = kw_comm_rank(cli->world) == 0, .quiet = json && !strcmp(json, "-")};
    kw_status status = kw_comm_agree(cli->world, read_choice(cli, words, &c));
    const double started = kw_seconds();
    if (status == KW_OK) status = run_all(&s);
    s.rows.seconds = kw_seconds() - started;
    char *command = kw_cli_command(cli, "bench");
    if (status == KW_OK && s.root && dir) status = kw_bench_write(&s.rows, command, dir);
    if (status == KW_OK && s.root && json) status = kw_cli_write_json(kw_bench_json(&s.rows, command), json);
    free(command);
    kw_bench_rows_free(&s.rows);
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
