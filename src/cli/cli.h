/* F6  What every verb of the program gets and gives back. */
#ifndef KW_CLI_H
#define KW_CLI_H

#include <jansson.h>

#include "cli/options.h"
#include "ketwall/comm.h"

typedef struct {
    int argc; /* words after the verb */
    char **argv;
    kw_comm *world;
} kw_cli;

/* One function per verb; the return value is the exit code. */
int kw_cmd_run(const kw_cli *cli);
int kw_cmd_qae(const kw_cli *cli);
int kw_cmd_vqe(const kw_cli *cli);
int kw_cmd_train(const kw_cli *cli);
int kw_cmd_study(const kw_cli *cli);
int kw_cmd_plan(const kw_cli *cli);
int kw_cmd_bench(const kw_cli *cli);
int kw_cmd_report(const kw_cli *cli);
int kw_cmd_checkpoint(const kw_cli *cli);
int kw_cmd_config(const kw_cli *cli);
int kw_cmd_info(const kw_cli *cli);

/** Reports a failure once (rank 0): "ketwall: error: <kw_error_message()>" on stderr.
 *  @return the exit code of `status`, so that `return kw_cli_fail(cli, status)` reads well                      @local */
int kw_cli_fail(const kw_cli *cli, kw_status status);

/** Writes JSON, indented, to a file or ("-") to standard output; takes over the reference to `value`.
 *  @return KW_OK, KW_E_IO, KW_E_NOMEM (value is NULL)                                                            @local */
kw_status kw_cli_write_json(json_t *value, const char *path);

/** The words of the command line, as they were typed; NULL without memory; the caller frees it.                  @local */
char *kw_cli_command(const kw_cli *cli, const char *verb);

#endif
