/* F6  What every verb shares: reporting a failure once, writing JSON, the command line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"

int kw_cli_fail(const kw_cli *cli, kw_status status) {
    if (!cli->world || kw_comm_rank(cli->world) == 0) {
        fflush(stdout);
        fprintf(stderr, "ketwall: %s: %s\n", status == KW_E_STOPPED ? "stopped" : "error",
                *kw_error_message() ? kw_error_message() : kw_status_text(status));
    }
    return kw_status_exit_code(status);
}

kw_status kw_cli_write_json(json_t *value, const char *path) {
    if (!value) return kw_fail(KW_E_NOMEM, "no memory for the JSON of %s", path);
    const bool standard = !strcmp(path, "-");
    FILE *file = standard ? stdout : fopen(path, "w");
    kw_status status = KW_OK;
    if (!file) status = kw_fail(KW_E_IO, "%s: %s", path, strerror(errno));
    if (!status
        && (json_dumpf(value, file, JSON_INDENT(2) | JSON_PRESERVE_ORDER) || fputc('\n', file) == EOF || fflush(file)))
        status = kw_fail(KW_E_IO, "%s: %s", standard ? "standard output" : path, strerror(errno));
    if (file && !standard && fclose(file) && !status) status = kw_fail(KW_E_IO, "%s: %s", path, strerror(errno));
    json_decref(value);
    return status;
}

char *kw_cli_command(const kw_cli *cli, const char *verb) {
    size_t bytes = strlen("ketwall ") + strlen(verb) + 1;
    for (int i = 0; i < cli->argc; ++i) bytes += strlen(cli->argv[i]) + 1;
    char *text = malloc(bytes);
    if (!text) return NULL;
    strcat(strcpy(text, "ketwall "), verb);
    for (int i = 0; i < cli->argc; ++i) strcat(strcat(text, " "), cli->argv[i]);
    return text;
}
