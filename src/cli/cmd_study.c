/* F6  ketwall study: sweeps over many runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/configure.h"
#include "cli/launch.h"
#include "cli/learn.h"
#include "cli/study_table.h"
#include "studies/quantum_train.h"
#include "studies/study.h"

static const kw_argument arguments[] = {
    {"-p", NULL, KW_ARGUMENT_REPEATED, "section.key=value", "overrides a key of the file"},
    {"--json", NULL, KW_ARGUMENT_VALUE, "FILE|-", "write the table as JSON too"},
};

static const kw_syntax syntax = {
    .verb = "study",
    .usage = "NAME CONFIG.ini [-p section.key=value]... [--json FILE|-]",
    .summary =
        "Sweeps over many runs, with the best classical control and the exact bound beside each: jobs/configs/NAME*.ini.\n"
        "Rows are kept in run.dir/result.json as they are measured; the same command goes on where it stopped.  ketwall\n"
        "report run.dir draws them; run.dir/study.h5 holds them as columns.\n"
        "\n"
        "quantum-train   the circuit of a ketwall train configuration beside its controls: frozen, permuted, random, "
        "constant\n"
        "                and no probabilities, a mapping of the bits alone with as many parameters, the network itself,\n"
        "                trained, pruned to as many weights, and as a lottery ticket; several seeds of each.  Keys beside\n"
        "                those of ketwall train: study.seeds (3), study.sets (data.set), study.controls (all),\n"
        "                study.direct_epochs (20), study.direct_rate (1e-3).  Every run has its directory in run.dir.\n",
    .arguments = arguments,
    .count = sizeof arguments / sizeof *arguments,
    .positional_min = 2,
    .positional_max = 2,
    .example = "ketwall study quantum-train jobs/configs/quantum-train-seed.ini -p data.set=digits -p run.dir=runs/study",
};

static void print_controls(const json_t *result) {
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

/* The studies that are no table of rows. */
typedef struct {
    const char *name;
    const kw_option *(*options)(size_t *count);
    kw_status (*run)(const kw_cli *cli, const kw_config *config, const char *command, json_t **result);
    void (*print)(const json_t *result);
} own_study;

static kw_status run_quantum_train(const kw_cli *cli, const kw_config *config, const char *command, json_t **result) {
    const kw_training_request request = {.mpi = kw_launch_mpi_version(), .command = command};
    return kw_quantum_train_study(cli->world, config, &request, result);
}

static const own_study own[] = {
    {"quantum-train", kw_quantum_train_options, run_quantum_train, print_controls},
};
enum { OWN = sizeof own / sizeof *own };

/* ---- one study ---- */

typedef struct {
    const own_study *own; /* or */
    const kw_study *table;
} choice;

static kw_status choose(const char *name, choice *out) {
    char known[1024];
    size_t length = 0;
    const kw_study *table;
    *out = (choice){.table = kw_study_find(name)};
    for (size_t i = 0; i < OWN; ++i) {
        if (!strcmp(name, own[i].name)) out->own = &own[i];
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "", own[i].name);
    }
    for (size_t i = 0; (table = kw_study_at(i)) && length < sizeof known; ++i)
        length += (size_t)snprintf(known + length, sizeof known - length, ", %s", table->name);
    return out->own || out->table ? KW_OK
                                  : kw_fail(KW_E_ARG, "ketwall study: unknown '%s', expected one of %s", name, known);
}

static kw_status print(const choice *which, const json_t *result) {
    if (which->table) return kw_study_print(which->table, result);
    which->own->print(result);
    return KW_OK;
}

static kw_status tell(const choice *which, const kw_config *config, json_t *result, const kw_words *words) {
    char path[4096];
    const char *json = kw_words_value(words, "--json");
    kw_status status = KW_OK;
    snprintf(path, sizeof path, "%s/result.json", kw_config_text(config, "run.dir"));
    if (which->own) status = kw_cli_write_json(json_incref(result), path);
    if (status == KW_OK && (!json || strcmp(json, "-") != 0)) status = print(which, result);
    return status == KW_OK && json ? kw_cli_write_json(json_incref(result), json) : status;
}

static kw_status run_choice(const kw_cli *cli, const choice *which, const kw_config *config, json_t **result) {
    char *command = kw_cli_command(cli, "study");
    const kw_sweep_request request = {.mpi = kw_launch_mpi_version(), .command = command ? command : "study"};
    const kw_status status = which->table ? kw_study_run(which->table, cli->world, config, &request, result)
                                          : which->own->run(cli, config, request.command, result);
    free(command);
    return status;
}

static kw_status run(const kw_cli *cli, const kw_words *words) {
    const char *const *positional;
    choice which;
    kw_words_positional(words, &positional);
    const kw_status known = choose(positional[0], &which);
    if (known != KW_OK) return known;
    size_t count = which.table ? which.table->option_count : 0;
    const kw_option *options = which.table ? which.table->options : which.own->options(&count);
    const kw_system system = {"study", "study", options, &count};
    kw_config *config = NULL;
    json_t *result = NULL;
    kw_status status = kw_configure(words, &system, positional[1], &config);
    if (status == KW_OK) status = kw_config_complete(config);
    status = kw_comm_agree(cli->world, status);
    if (status == KW_OK) status = run_choice(cli, &which, config, &result);
    if (status == KW_OK && result) status = tell(&which, config, result, words);
    status = kw_comm_agree(cli->world, status);
    json_decref(result);
    kw_config_destroy(&config);
    return status;
}

static void print_help(void) {
    const kw_study *table;
    kw_syntax_print(&syntax);
    if (kw_study_at(0)) printf("\nFurther studies:\n");
    for (size_t i = 0; (table = kw_study_at(i)); ++i) printf("  %-15s %s\n", table->name, table->title);
}

int kw_cmd_study(const kw_cli *cli) {
    kw_words *words = NULL;
    kw_status status = kw_comm_agree(cli->world, kw_words_create(&syntax, cli->argc, cli->argv, &words));
    if (status == KW_OK && kw_words_help(words)) print_help();
    else if (status == KW_OK) status = kw_comm_agree(cli->world, run(cli, words));
    kw_words_destroy(&words);
    return status == KW_OK ? 0 : kw_cli_fail(cli, status);
}
