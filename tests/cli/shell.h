/* Running the real program from a test: a folder to work in, ranks under mpirun, exit codes of every rank, output. */
#ifndef TEST_SHELL_H
#define TEST_SHELL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdbool.h>

/** Set-up and tear-down: an empty folder that all commands run in. */
int shell_make_folder(void **state);
int shell_remove_folder(void **state);

#define IN_SHELL(test) cmocka_unit_test_setup_teardown(test, shell_make_folder, shell_remove_folder)

/** Runs a shell command in the folder.  Fails if it is killed by a signal.  @return its exit code */
int shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Runs the program as one process, without mpirun; as `ranks` processes, each of which must end with the same exit code; as
 *  `ranks` processes for whom mpirun speaks.  What takes longer than a minute is killed and counts as 124.
 *  @return the exit code */
int ketwall(const char *format, ...) __attribute__((format(printf, 1, 2)));
int ketwall_on(int ranks, const char *format, ...) __attribute__((format(printf, 2, 3)));
int mpirun_ketwall(int ranks, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The command line of mpirun_ketwall, for the shell; `before` stands between mpirun and the program. */
const char *shell_mpirun(int ranks, const char *before);

/** What the last command wrote, both streams; fails unless it holds the text. */
extern char shell_output[65536];
void said(const char *text);

/** folder/name; the text stays valid until the fourth call from now. */
const char *shell_path(const char *name);
void write_text(const char *name, const char *text);
json_t *read_json(const char *name);
uint64_t whole_number(const json_t *object, const char *name);

/** Rank counts to test with, the first `rank_counts` of 1, 2, 4; one only in a build without MPI. */
extern const int rank_counts;

#endif
