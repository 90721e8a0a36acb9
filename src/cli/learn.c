/* F6  The verbs of the learning systems. */
#include "cli/learn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/configure.h"
#include "cli/launch.h"

static const kw_argument arguments[] = {
    {"-p", NULL, KW_ARGUMENT_REPEATED, "section.key=value", "overrides a key of the file"},
    {"--resume", NULL, KW_ARGUMENT_VALUE, "FILE|auto",
     "go on from a checkpoint; auto: the newest good one of run.dir, if any"},
    {"--json", NULL, KW_ARGUMENT_VALUE, "FILE|-", "write the result as JSON too"},
};

static kw_syntax syntax_of(const kw_learner *learner) {
    return (kw_syntax){.verb = learner->verb,
                       .usage = "CONFIG.ini [-p section.key=value]... [--resume FILE|auto] [--json FILE|-]",
                       .summary = learner->summary,
                       .arguments = arguments,
                       .count = sizeof arguments / sizeof *arguments,
                       .positional_min = 1,
                       .positional_max = 1,
                       .example = learner->example};
}

double kw_json_number(const json_t *object, const char *name) { return json_number_value(json_object_get(object, name)); }

void kw_print_costs(const json_t *r) {
    const json_t *norm = json_object_get(r, "gradient_norm");
    if (norm) printf("%-8s gradient norm %.3e\n", "", json_number_value(norm));
    printf("%.0f steps, %.1f s; per rank %.0f exchanges, %.1f MiB sent, %.1f MiB held\n", kw_json_number(r, "steps"),
           kw_json_number(r, "seconds"), kw_json_number(r, "exchanges"), kw_json_number(r, "bytes_exchanged") / 0x1p20,
           kw_json_number(r, "peak_bytes_per_rank") / 0x1p20);
    if (json_is_integer(json_object_get(r, "copies")))
        printf("%.0f copies of states measured: evaluations x states x shots x circuits (%.0f)\n",
               kw_json_number(r, "copies"), kw_json_number(r, "circuits"));
    const json_t *rounding = json_object_get(r, "rounding"), *infidelity = json_object_get(r, "infidelity");
    if (rounding)
        printf("%s, rounding %s: infidelity %.2e, at most %.2e\n", json_string_value(json_object_get(r, "precision")),
               json_string_value(rounding), kw_json_number(infidelity, "estimate"), kw_json_number(infidelity, "bound"));
}

static kw_status learn(const kw_cli *cli, const kw_words *words, const kw_learner *learner) {
    kw_config *config = NULL;
    json_t *result = NULL;
    char *command = kw_cli_command(cli, learner->verb);
    const kw_training_request request = {.resume = kw_words_value(words, "--resume"),
                                         .mpi = kw_launch_mpi_version(),
                                         .command = command ? command : learner->verb};
    const char *const *path_of;
    kw_words_positional(words, &path_of);
    kw_status status = kw_configure(words, kw_system_of(learner->verb), path_of[0], &config);
    if (status == KW_OK) status = kw_config_complete(config);
    status = kw_comm_agree(cli->world, status);
    if (status == KW_OK) status = learner->run(cli->world, config, &request, &result);
    if (status == KW_OK && kw_comm_rank(cli->world) == 0) {
        const char *path = kw_words_value(words, "--json");
        if (!path || strcmp(path, "-") != 0) learner->print(result);
        if (path) status = kw_cli_write_json(json_incref(result), path);
    }
    status = kw_comm_agree(cli->world, status);
    json_decref(result);
    kw_config_destroy(&config);
    free(command);
    return status;
}

int kw_learn(const kw_cli *cli, const kw_learner *learner) {
    const kw_syntax syntax = syntax_of(learner);
    kw_words *words = NULL;
    kw_status status = kw_words_create(&syntax, cli->argc, cli->argv, &words);
    if (status == KW_OK && kw_words_help(words)) kw_syntax_print(&syntax);
    else {
        status = kw_comm_agree(cli->world, status);
        if (status == KW_OK) status = learn(cli, words, learner);
    }
    kw_words_destroy(&words);
    return status == KW_OK ? 0 : kw_cli_fail(cli, status);
}
