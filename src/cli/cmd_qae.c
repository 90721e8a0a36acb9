/* F6  ketwall qae: trains a quantum autoencoder. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/configure.h"
#include "cli/launch.h"
#include "models/qae.h"

static const kw_argument arguments[] = {
    {"-p", NULL, KW_ARGUMENT_REPEATED, "section.key=value", "overrides a key of the file"},
    {"--resume", NULL, KW_ARGUMENT_VALUE, "FILE|auto",
     "go on from a checkpoint; auto: the newest good one of run.dir, if any"},
    {"--json", NULL, KW_ARGUMENT_VALUE, "FILE|-", "write the result as JSON too"},
};

static const kw_syntax syntax = {
    .verb = "qae",
    .usage = "CONFIG.ini [-p section.key=value]... [--resume FILE|auto] [--json FILE|-]",
    .summary =
        "Trains an encoder circuit that compresses an ensemble of quantum states into fewer qubits, beside the exact\n"
        "optimum and the best constant encoder.  Writes config.ini, metrics.jsonl, checkpoint-*.h5 and result.json\n"
        "into run.dir.  Keys and defaults: ketwall config template.",
    .arguments = arguments,
    .count = sizeof arguments / sizeof *arguments,
    .positional_min = 1,
    .positional_max = 1,
    .example = "mpirun -n 2 ketwall qae jobs/configs/qae.ini -p train.steps=50",
};

static double number(const json_t *object, const char *name) { return json_number_value(json_object_get(object, name)); }

static void print_set(const char *name, const json_t *set, double optimum_error, double null_baseline) {
    printf("%-8s fidelity %.12f, reconstruction %.12f\n", name, number(set, "fidelity"), number(set, "reconstruction"));
    printf("%-8s infidelity %.6e (exact optimum %.3e, best constant encoder %.3e)\n", "", number(set, "infidelity"),
           optimum_error, 1 - null_baseline);
    printf("%-8s cost: global %.6e  local %.6e\n", "", number(set, "cost_global"), number(set, "cost_local"));
}

static void print_result(const json_t *r) {
    const json_t *test = json_object_get(r, "test");
    print_set("train", json_object_get(r, "train"), number(r, "optimum_error"), number(r, "null_baseline"));
    if (json_is_object(test)) print_set("test", test, number(r, "test_optimum_error"), number(r, "test_null_baseline"));
    const json_t *norm = json_object_get(r, "gradient_norm");
    if (norm) printf("%-8s gradient norm %.3e\n", "", json_number_value(norm));
    printf("%" JSON_INTEGER_FORMAT " steps, %.1f s; per rank %.0f exchanges, %.1f MiB sent, %.1f MiB held\n",
           json_integer_value(json_object_get(r, "steps")), number(r, "seconds"), number(r, "exchanges"),
           number(r, "bytes_exchanged") / 0x1p20, number(r, "peak_bytes_per_rank") / 0x1p20);
}

/* The words of the command line, as they were typed. */
static char *command_line(const kw_cli *cli) {
    size_t bytes = strlen("ketwall qae") + 1;
    for (int i = 0; i < cli->argc; ++i) bytes += strlen(cli->argv[i]) + 1;
    char *text = malloc(bytes);
    if (!text) return NULL;
    strcpy(text, "ketwall qae");
    for (int i = 0; i < cli->argc; ++i) strcat(strcat(text, " "), cli->argv[i]);
    return text;
}

static kw_status train(const kw_cli *cli, const kw_words *words) {
    kw_config *config = NULL;
    json_t *result = NULL;
    char *command = command_line(cli);
    const kw_training_request request = {.resume = kw_words_value(words, "--resume"),
                                    .mpi = kw_launch_mpi_version(),
                                    .command = command ? command : "ketwall qae"};
    const char *const *path_of;
    kw_words_positional(words, &path_of);
    kw_status status = kw_configure_qae(words, path_of[0], &config);
    if (status == KW_OK) status = kw_config_complete(config);
    status = kw_comm_agree(cli->world, status);
    if (status == KW_OK) status = kw_qae_run(cli->world, config, &request, &result);
    if (status == KW_OK && kw_comm_rank(cli->world) == 0) {
        const char *path = kw_words_value(words, "--json");
        if (!path || strcmp(path, "-") != 0) print_result(result);
        if (path) status = kw_cli_write_json(json_incref(result), path);
    }
    status = kw_comm_agree(cli->world, status);
    json_decref(result);
    kw_config_destroy(&config);
    free(command);
    return status;
}

int kw_cmd_qae(const kw_cli *cli) {
    kw_words *words = NULL;
    kw_status status = kw_words_create(&syntax, cli->argc, cli->argv, &words);
    if (status == KW_OK && kw_words_help(words)) kw_syntax_print(&syntax);
    else {
        status = kw_comm_agree(cli->world, status);
        if (status == KW_OK) status = train(cli, words);
    }
    kw_words_destroy(&words);
    return status == KW_OK ? 0 : kw_cli_fail(cli, status);
}
