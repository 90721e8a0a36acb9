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

/* Quantum-Train's is the one study that is no table of rows: NULL. */
static kw_status choose(const char *name, const kw_study **out) {
    char known[1024] = KW_QUANTUM_TRAIN_STUDY;
    size_t length = strlen(known);
    const kw_study *study;
    *out = kw_study_find(name);
    for (size_t i = 0; (study = kw_study_at(i)) && length < sizeof known; ++i)
        length += (size_t)snprintf(known + length, sizeof known - length, ", %s", study->name);
    return *out || !strcmp(name, KW_QUANTUM_TRAIN_STUDY)
               ? KW_OK
               : kw_fail(KW_E_ARG, "ketwall study: unknown '%s', expected one of %s", name, known);
}

static kw_status run_study(const kw_cli *cli, const kw_study *study, const kw_config *config, json_t **result) {
    char *command = kw_cli_command(cli, "study");
    const char *line = command ? command : "study";
    const kw_sweep_request request = {.mpi = kw_launch_mpi_version(), .command = line};
    const kw_training_request training = {.mpi = kw_launch_mpi_version(), .command = line};
    const kw_status status = study ? kw_study_run(study, cli->world, config, &request, result)
                                   : kw_quantum_train_study(cli->world, config, &training, result);
    free(command);
    return status;
}

static kw_status tell(const kw_study *study, const kw_config *config, json_t *result, const kw_words *words) {
    char path[4096];
    const char *json = kw_words_value(words, "--json");
    const bool people = !json || strcmp(json, "-") != 0;
    kw_status status = KW_OK;
    snprintf(path, sizeof path, "%s/result.json", kw_config_text(config, "run.dir"));
    if (!study) status = kw_cli_write_json(json_incref(result), path);
    if (people && study && status == KW_OK) status = kw_study_print(study, result);
    if (people && !study && status == KW_OK) print_controls(result);
    return status == KW_OK && json ? kw_cli_write_json(json_incref(result), json) : status;
}

static kw_status run(const kw_cli *cli, const kw_words *words) {
    const char *const *positional;
    const kw_study *study;
    kw_system system;
    kw_words_positional(words, &positional);
    kw_status status = choose(positional[0], &study);
    if (status != KW_OK) return status;
    kw_config *config = NULL;
    json_t *result = NULL;
    kw_system_named(positional[0], &system);
    status = kw_configure(words, &system, positional[1], &config);
    if (status == KW_OK) status = kw_config_complete(config);
    status = kw_comm_agree(cli->world, status);
    if (status == KW_OK) status = run_study(cli, study, config, &result);
    if (status == KW_OK && result) status = tell(study, config, result, words);
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
