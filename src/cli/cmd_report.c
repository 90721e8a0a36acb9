/* F6  ketwall report: one HTML file from run directories. */
#include <stdio.h>

#include "cli/cli.h"
#include "report/report.h"

static const kw_argument arguments[] = {
    {"--output", "-o", KW_ARGUMENT_VALUE, "FILE", "the HTML file (default: report.html)"},
};

static const kw_syntax syntax = {
    .verb = "report",
    .usage = "RUN... [-o FILE]",
    .summary =
        "Reads result.json, metrics.jsonl and config.ini of each run directory and writes one self-contained HTML file:\n"
        "a comparison per kind of run (qae, vqe, train, bench, study), then per run the training curve beside the exact\n"
        "optimum and the classical control, results, configuration, provenance and data.  Plots need gnuplot; without it:\n"
        "the tables.",
    .arguments = arguments,
    .count = sizeof arguments / sizeof *arguments,
    .positional_min = 1,
    .positional_max = KW_ANY_NUMBER,
    .example = "ketwall report runs/ghz runs/tfim -o report.html",
};

int kw_cmd_report(const kw_cli *cli) {
    kw_words *words = NULL;
    kw_status status = kw_words_create(&syntax, cli->argc, cli->argv, &words);
    if (status) return kw_cli_fail(cli, status);
    if (kw_words_help(words)) kw_syntax_print(&syntax);
    else {
        const char *const *runs;
        const size_t count = kw_words_positional(words, &runs);
        const char *path = kw_words_value(words, "--output");
        if (!path) path = "report.html";
        status = kw_report_write(runs, count, path);
        if (!status) printf("%s: %zu run%s\n", path, count, count == 1 ? "" : "s");
    }
    kw_words_destroy(&words);
    return status ? kw_cli_fail(cli, status) : 0;
}
