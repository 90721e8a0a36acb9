/* Run directories for the tests of src/report, and what holds for every page made of them. */
#ifndef TEST_REPORT_FIXTURE_H
#define TEST_REPORT_FIXTURE_H

#include <stddef.h>

#include "ketwall/status.h"

/** Set-up and tear-down of a test group: the folder of all run directories. */
int fixture_create(void **state);
int fixture_remove(void **state);

/** Path of a file of a run ("": of the run itself); good for four calls. */
char *fixture_path(const char *run, const char *file);

/** Writes a file into a run directory, which is made. */
void fixture_text(const char *run, const char *file, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** A complete run of the autoencoder: two training states and one test state; `label` and `note` are JSON texts. */
void fixture_qae(const char *run, const char *label, const char *note);
extern const char FIXTURE_METRICS[]; /* its metrics.jsonl: steps 0, 1, 2 */

/** Makes the report of the runs and checks that the page is well-formed and self-contained.  @return the page, malloc'd */
char *fixture_page(const char *const *runs, size_t count);

/** A report of this run ends with `status`, a message that holds `word`, and no file. */
void fixture_refused(const char *run, kw_status status, const char *word);

int fixture_occurrences(const char *text, const char *word);
void fixture_expect(const char *page, const char *text);

#endif
