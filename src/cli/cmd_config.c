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
    {"--study", NULL, KW_ARGUMENT_VALUE, "NAME", "with show: the file is of this study"},
};

static const kw_syntax syntax = {
    .verb = "config",
    .usage = "show [CONFIG.ini] [--study NAME] [-p section.key=value]... | template [qae|vqe|train|machine|STUDY]",
    .summary = "show      every key with its value and where the value comes from: a file and line, -p, or the default\n"
               "template  every key with its default, meaning and range, as a file to start from;\n"
               "          machine: one for ketwall plan --machine, with what is measured on this machine now;\n"
               "          STUDY: a study of ketwall study",
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

/* The one of --study, or whose section stands in the file. */
static kw_status find_system(const kw_words *words, const char *path, kw_system *out) {
    const char *name = kw_words_value(words, "--study");
    const kw_system *system = NULL;
    if (name && kw_system_named(name, out) && !strcmp(out->verb, "study")) return KW_OK;
    if (name) return kw_fail(KW_E_ARG, "--study %s: there is no such study; ketwall study --help names them", name);
    const kw_status status = kw_system_detect(words, path, &system);
    if (status == KW_OK) *out = *system;
    return status;
}

static kw_status show(const kw_words *words, const char *path) {
    kw_system system;
    kw_config *config = NULL;
    kw_status status = find_system(words, path, &system);
    if (!status) status = kw_configure(words, &system, path, &config);
    if (!status) {
        print_resolved(config);
        status = kw_config_complete(config);
    }
    kw_config_destroy(&config);
    return status;
}

/* The first system where none is named. */
static kw_status print_template(const kw_words *words, const char *name) {
    kw_system system = kw_systems[0];
    if (kw_words_flag(words, "-p") || kw_words_flag(words, "--study"))
        return kw_fail(KW_E_ARG, "ketwall config template takes a name alone, neither -p nor --study");
    if (name && !strcmp(name, "machine")) return kw_machine_template(stdout);
    if (name && !kw_system_named(name, &system))
        return kw_fail(KW_E_ARG, "ketwall config template takes qae, vqe, train, machine or the name of a study, not '%s'",
                       name);
    kw_config_template(system.options, *system.count, stdout);
    return KW_OK;
}

static kw_status run(const kw_words *words) {
    const char *const *positional;
    const size_t count = kw_words_positional(words, &positional);
    const char *what = positional[0];
    if (!strcmp(what, "show")) return show(words, count > 1 ? positional[1] : NULL);
    if (!strcmp(what, "template")) return print_template(words, count > 1 ? positional[1] : NULL);
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
