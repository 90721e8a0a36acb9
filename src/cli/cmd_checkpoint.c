/* F6  ketwall checkpoint: lists, shows and verifies checkpoint files. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/suggest.h"
#include "cli/cli.h"
#include "io/checkpoint.h"

static const kw_syntax syntax = {
    .verb = "checkpoint",
    .usage = "ls DIR|FILE... | show FILE | verify FILE...",
    .summary = "ls      one line per file: step, qubits, cost, size, valid or damaged; of a directory all *.h5 files\n"
               "show    everything a checkpoint holds, without the arrays\n"
               "verify  recomputes the digest of every file\n"
               "Damaged files are reported and passed over; the exit code is then 74.",
    .arguments = NULL,
    .count = 0,
    .positional_min = 2,
    .positional_max = KW_ANY_NUMBER,
    .example = "ketwall checkpoint ls runs/ghz",
};

/* What one action does with one file; `worst` collects the failures. */
typedef kw_status (*file_action)(const char *path);

static kw_status list_file(const char *path) {
    char *text = NULL;
    size_t length = 0;
    FILE *line = open_memstream(&text, &length);
    if (!line) return kw_fail(KW_E_NOMEM, "%s: no memory", path);
    struct stat info = {0};
    kw_status status = stat(path, &info) ? kw_fail(KW_E_IO, "%s: %s", path, strerror(errno)) : kw_checkpoint_verify(path);
    if (!status) status = kw_checkpoint_print(path, line, false);
    fclose(line);
    while (length && text[length - 1] == '\n') text[--length] = '\0';
    if (!status) printf("%s  %s  %.1f MiB  valid\n", path, text, (double)info.st_size / 1048576.0);
    else printf("%s  damaged: %s\n", path, kw_error_message());
    free(text);
    return status;
}

static kw_status show_file(const char *path) {
    const kw_status status = kw_checkpoint_verify(path);
    return status ? status : kw_checkpoint_print(path, stdout, true);
}

static kw_status verify_file(const char *path) {
    struct stat info;
    const bool there = !stat(path, &info) && S_ISREG(info.st_mode);
    const kw_status status = kw_checkpoint_verify(path);
    if (status) printf("%s: %s: %s\n", path, there ? "damaged" : "not a file", kw_error_message());
    else printf("%s: valid\n", path);
    return status;
}

static int is_checkpoint(const struct dirent *entry) {
    const size_t length = strlen(entry->d_name);
    return length > 3 && entry->d_name[0] != '.' && !strcmp(entry->d_name + length - 3, ".h5");
}

/* Applies the action to every *.h5 of a directory, in the order of their names. */
static kw_status each_in_directory(const char *directory, file_action action) {
    struct dirent **entries = NULL;
    const int count = scandir(directory, &entries, is_checkpoint, alphasort);
    if (count < 0) return kw_fail(KW_E_IO, "%s: %s", directory, strerror(errno));
    kw_status worst = KW_OK;
    for (int i = 0; i < count; ++i) {
        const size_t bytes = strlen(directory) + strlen(entries[i]->d_name) + 2;
        char *path = malloc(bytes);
        kw_status status = KW_E_NOMEM;
        if (path) {
            const bool slash = directory[strlen(directory) - 1] == '/';
            snprintf(path, bytes, "%s%s%s", directory, slash ? "" : "/", entries[i]->d_name);
            status = action(path);
        } else kw_fail(status, "%s: no memory", directory);
        if (status > worst) worst = status;
        free(path);
        free(entries[i]);
    }
    free(entries);
    if (!count) printf("%s: no checkpoints (*.h5)\n", directory);
    return worst;
}

static kw_status each_file(const char *const *paths, size_t count, bool directories, file_action action) {
    kw_status worst = KW_OK;
    size_t bad = 0;
    for (size_t i = 0; i < count; ++i) {
        struct stat info;
        const bool directory = directories && !stat(paths[i], &info) && S_ISDIR(info.st_mode);
        const kw_status status = directory ? each_in_directory(paths[i], action) : action(paths[i]);
        if (status > worst) worst = status;
        bad += status != KW_OK;
    }
    if (bad && action != show_file) kw_fail(worst, "a checkpoint is damaged or cannot be read: see the list");
    return worst;
}

static kw_status run(const kw_words *words) {
    static const struct {
        const char *name;
        bool directories;
        file_action action;
    } actions[] = {{"ls", true, list_file}, {"show", false, show_file}, {"verify", false, verify_file}};
    const char *const *positional;
    const size_t count = kw_words_positional(words, &positional);
    kw_suggestion nearest = kw_suggest(positional[0]);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; ++i) {
        kw_suggest_offer(&nearest, actions[i].name);
        if (strcmp(positional[0], actions[i].name)) continue;
        if (actions[i].action == show_file && count > 2)
            return kw_fail(KW_E_ARG, "ketwall checkpoint show: one file at a time; unexpected '%s'", positional[2]);
        return each_file(positional + 1, count - 1, actions[i].directories, actions[i].action);
    }
    return kw_fail(KW_E_ARG, "ketwall checkpoint: unknown '%s'; %s%s%s", positional[0],
                   nearest.best ? "did you mean " : "expected ", nearest.best ? nearest.best : "ls, show or verify",
                   nearest.best ? "?" : "");
}

int kw_cmd_checkpoint(const kw_cli *cli) {
    kw_words *words = NULL;
    kw_status status = kw_words_create(&syntax, cli->argc, cli->argv, &words);
    if (status) return kw_cli_fail(cli, status);
    if (kw_words_help(words)) kw_syntax_print(&syntax);
    else status = run(words);
    kw_words_destroy(&words);
    return status ? kw_cli_fail(cli, status) : 0;
}
