/* Running the real program from a test. */
#include "cli/shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define COMMAND_BYTES 4096

char shell_output[65536];
const int rank_counts = KETWALL_SERIAL ? 1 : 3;

static char folder[64];

/* Writes its exit code beside those of the other ranks, and ends well, so that mpirun ends nobody. */
static const char each[] = "#!/bin/sh\n\"$@\"\necho $? >> codes\n";

int shell_make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/ketwall_cli_XXXXXX");
    if (!mkdtemp(folder)) return -1;
    write_text("each.sh", each);
    return shell("chmod +x each.sh");
}

int shell_remove_folder(void **state) {
    (void)state;
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

const char *shell_path(const char *name) {
    static char paths[4][256];
    static int last;
    last = (last + 1) % 4;
    snprintf(paths[last], sizeof paths[last], "%s/%s", folder, name);
    return paths[last];
}

void write_text(const char *name, const char *text) {
    FILE *file = fopen(shell_path(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int run(const char *command) {
    char whole[COMMAND_BYTES + 256];
    snprintf(whole, sizeof whole, "cd '%s' && { %s\n} 2>&1", folder, command);
    FILE *pipe = popen(whole, "r");
    assert_non_null(pipe);
    size_t length = 0, more;
    while ((more = fread(shell_output + length, 1, sizeof shell_output - 1 - length, pipe))) length += more;
    shell_output[length] = '\0';
    const int status = pclose(pipe);
    if (!WIFEXITED(status)) fail_msg("%s was killed", command);
    return WEXITSTATUS(status);
}

/* `before`, then the formatted words. */
#define COMMAND(text, before, format)                                                                                       \
    char text[COMMAND_BYTES];                                                                                               \
    do {                                                                                                                    \
        va_list arguments;                                                                                                  \
        const int used = snprintf(text, sizeof text, "%s ", before);                                                        \
        va_start(arguments, format);                                                                                        \
        const int length = vsnprintf(text + used, sizeof text - (size_t)used, format, arguments);                           \
        va_end(arguments);                                                                                                  \
        assert_in_range(length, 0, sizeof text - (size_t)used - 1);                                                         \
    } while (0)

int shell(const char *format, ...) {
    COMMAND(command, "", format);
    return run(command);
}

const char *shell_mpirun(int ranks, const char *before) {
    static char text[1024];
    if (KETWALL_SERIAL) snprintf(text, sizeof text, "timeout -k 5 60 %s %s", before, KETWALL_PROGRAM);
    else snprintf(text, sizeof text, "timeout -k 5 60 %s -n %d %s %s", KETWALL_MPIEXEC, ranks, before, KETWALL_PROGRAM);
    return text;
}

int ketwall(const char *format, ...) {
    COMMAND(command, "timeout -k 5 60 " KETWALL_PROGRAM, format);
    return run(command);
}

int mpirun_ketwall(int ranks, const char *format, ...) {
    COMMAND(command, shell_mpirun(ranks, ""), format);
    return run(command);
}

int ketwall_on(int ranks, const char *format, ...) {
    COMMAND(command, shell_mpirun(ranks, "./each.sh"), format);
    remove(shell_path("codes"));
    const int launched = run(command);
    FILE *codes = fopen(shell_path("codes"), "r");
    int first = -1, code, count = 0;
    if (!codes || launched != 0) fail_msg("%s ended with %d: %s", command, launched, shell_output);
    while (fscanf(codes, "%d", &code) == 1) {
        if (count++ == 0) first = code;
        else if (code != first) fail_msg("%s: one rank ended with %d, another with %d", command, first, code);
    }
    fclose(codes);
    if (count != ranks) fail_msg("%s: %d of %d ranks ended by themselves: %s", command, count, ranks, shell_output);
    return first;
}

void said(const char *text) {
    if (!strstr(shell_output, text)) fail_msg("'%s' is not in: %s", text, shell_output);
}

json_t *read_json(const char *name) {
    json_error_t error;
    json_t *value = json_load_file(shell_path(name), 0, &error);
    if (!value) fail_msg("%s, line %d: %s", name, error.line, error.text);
    return value;
}

uint64_t whole_number(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value)) fail_msg("%s is not a whole number", name);
    return (uint64_t)json_integer_value(value);
}
