/* F6  ketwall config: the resolved configuration, or every key with its default. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/suggest.h"
#include "cli/cli.h"
#include "cli/configure.h"
#include "io/machine_file.h"

static const kw_argument arguments[] = {
    {"-p", NULL, KW_ARGUMENT_REPEATED, "KEY=VALUE", "overrides section.key of the file"},
};

static const kw_syntax syntax = {
    .verb = "config",
    .usage = "show [CONFIG.ini] [-p section.key=value]... | template [qae|vqe|train|machine]",
    .summary = "show      every key with its value and where the value comes from: a file and line, -p, or the default\n"
               "template  every key with its default, meaning and range, as a file to start from;\n"
               "          machine: one for ketwall plan --machine, with what is measured on this machine now",
    .arguments = arguments,
    .count = sizeof arguments / sizeof *arguments,
    .positional_min = 1,
    .positional_max = 2,
    .example = "ketwall config template qae > qae.ini; ketwall config show qae.ini -p train.steps=100",
};

/* The section goes before its first key; the origin is a comment, so that the output is a configuration itself. */
static void print_resolved(const kw_config *config) {
    const char *key, *value, *origin, *section = "";
    for (size_t i = 0; i < kw_config_count(config); ++i) {
        kw_config_entry(config, i, &key, &value, &origin);
        const size_t length = strcspn(key, ".");
        if (strlen(section) < length || strncmp(section, key, length) || section[length] != '.')
            printf("%s[%.*s]\n", *section ? "\n" : "", (int)length, key);
        section = key;
        char line[128];
        snprintf(line, sizeof line, "%s%s = %s", value ? "" : "# ", key + length + 1, value ? value : "");
        if (strlen(line) < sizeof line - 1) printf("%-40s  ; %s\n", line, origin);
        else printf("%s = %s  ; %s\n", key + length + 1, value, origin);
    }
}

static kw_status show(const kw_words *words, const char *path) {
    const kw_system *system = NULL;
    kw_config *config = NULL;
    kw_status status = kw_system_detect(words, path, &system);
    if (!status) status = kw_configure(words, system, path, &config);
    if (!status) {
        print_resolved(config);
        status = kw_config_complete(config);
    }
    kw_config_destroy(&config);
    return status;
}

static kw_status run(const kw_words *words) {
    const char *const *positional;
    const size_t count = kw_words_positional(words, &positional);
    const char *what = positional[0];
    if (!strcmp(what, "show")) return show(words, count > 1 ? positional[1] : NULL);
    if (!strcmp(what, "template")) {
        const bool machine = count > 1 && !strcmp(positional[1], "machine") && !kw_words_flag(words, "-p");
        if (machine) return kw_machine_template(stdout);
        const kw_system *system = count > 1 ? kw_system_of(positional[1]) : kw_systems;
        if (!system || kw_words_flag(words, "-p"))
            return kw_fail(KW_E_ARG, "ketwall config template takes qae, vqe, train or machine, neither a file nor -p");
        kw_config_template(system->options, *system->count, stdout);
        return KW_OK;
    }
    kw_suggestion nearest = kw_suggest(what);
    kw_suggest_offer(&nearest, "show");
    kw_suggest_offer(&nearest, "template");
    return kw_fail(KW_E_ARG, "ketwall config: unknown '%s'; %s%s%s", what, nearest.best ? "did you mean " : "expected ",
                   nearest.best ? nearest.best : "show or template", nearest.best ? "?" : "");
}

int kw_cmd_config(const kw_cli *cli) {
    kw_words *words = NULL;
    kw_status status = kw_words_create(&syntax, cli->argc, cli->argv, &words);
    if (status) return kw_cli_fail(cli, status);
    if (kw_words_help(words)) kw_syntax_print(&syntax);
    else status = run(words);
    kw_words_destroy(&words);
    return status ? kw_cli_fail(cli, status) : 0;
}
