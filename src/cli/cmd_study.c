/* F6  ketwall study: sweeps over many runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/configure.h"
#include "cli/launch.h"
#include "cli/learn.h"
#include "studies/quantum_train.h"

static const kw_argument arguments[] = {
    {"-p", NULL, KW_ARGUMENT_REPEATED, "section.key=value", "overrides a key of the file"},
    {"--json", NULL, KW_ARGUMENT_VALUE, "FILE|-", "write the table as JSON too"},
};

static const kw_syntax syntax = {
    .verb = "study",
    .usage = "quantum-train CONFIG.ini [-p section.key=value]... [--json FILE|-]",
    .summary =
        "quantum-train   the circuit of a ketwall train configuration beside its controls: frozen, permuted, random, "
        "constant\n"
        "                and no probabilities, a mapping of the bits alone with as many parameters, the network itself,\n"
        "                trained, pruned to as many weights, and as a lottery ticket; several seeds of each.\n"
        "\n"
        "Keys beside those of ketwall train: study.seeds (3), study.sets (data.set), study.controls (all),\n"
        "study.direct_epochs (20), study.direct_rate (1e-3).  Every run has its directory in run.dir; the same command "
        "again\n"
        "goes on where it stopped.",
    .arguments = arguments,
    .count = sizeof arguments / sizeof *arguments,
    .positional_min = 2,
    .positional_max = 2,
    .example = "ketwall study quantum-train jobs/configs/quantum-train-seed.ini -p data.set=digits -p run.dir=runs/study",
};

static void print_rows(const json_t *result) {
    size_t i;
    json_t *row;
    const char *before = "";
    json_array_foreach(json_object_get(result, "rows"), i, row) {
        const char *set = json_string_value(json_object_get(row, "set"));
        if (strcmp(set, before) != 0)
            printf("%s%s\n  %-11s %10s %8s %7s  %-16s %s\n", *before ? "\n" : "", set, "weights from", "parameters",
                   "matter", "epochs", "test accuracy", "test loss");
        before = set;
        const json_t *deviation = json_object_get(row, "test_accuracy_deviation");
        char spread[32] = "";
        if (json_is_number(deviation)) snprintf(spread, sizeof spread, "+- %.2f", 100 * json_number_value(deviation));
        printf("  %-12s %10.0f %8.0f %7.0f  %6.2f %-8s %% %8.4f\n", json_string_value(json_object_get(row, "control")),
               kw_json_number(row, "parameters"), kw_json_number(row, "effective_parameters"), kw_json_number(row, "epochs"),
               100 * kw_json_number(row, "test_accuracy"), spread, kw_json_number(row, "test_loss"));
    }
}

static kw_status write_result(const kw_config *config, json_t *result, const kw_words *words) {
    char path[4096];
    const char *json = kw_words_value(words, "--json");
    snprintf(path, sizeof path, "%s/result.json", kw_config_text(config, "run.dir"));
    const kw_status status = kw_cli_write_json(json_incref(result), path);
    if (!json || strcmp(json, "-") != 0) print_rows(result);
    return status == KW_OK && json ? kw_cli_write_json(json_incref(result), json) : status;
}

static kw_status run(const kw_cli *cli, const kw_words *words) {
    const char *const *positional;
    kw_words_positional(words, &positional);
    if (strcmp(positional[0], "quantum-train") != 0)
        return kw_fail(KW_E_ARG, "ketwall study: unknown '%s', expected quantum-train", positional[0]);
    size_t count;
    const kw_option *options = kw_quantum_train_options(&count);
    const kw_system system = {"study", "study", options, &count};
    kw_config *config = NULL;
    json_t *result = NULL;
    char *command = kw_cli_command(cli, "study");
    const kw_training_request request = {.mpi = kw_launch_mpi_version(), .command = command ? command : "study"};
    kw_status status = kw_comm_agree(cli->world, kw_configure(words, &system, positional[1], &config));
    if (status == KW_OK) status = kw_quantum_train_study(cli->world, config, &request, &result);
    if (status == KW_OK && result) status = write_result(config, result, words);
    status = kw_comm_agree(cli->world, status);
    json_decref(result);
    kw_config_destroy(&config);
    free(command);
    return status;
}

int kw_cmd_study(const kw_cli *cli) {
    kw_words *words = NULL;
    kw_status status = kw_comm_agree(cli->world, kw_words_create(&syntax, cli->argc, cli->argv, &words));
    if (status == KW_OK && kw_words_help(words)) kw_syntax_print(&syntax);
    else if (status == KW_OK) status = kw_comm_agree(cli->world, run(cli, words));
    kw_words_destroy(&words);
    return status == KW_OK ? 0 : kw_cli_fail(cli, status);
}
