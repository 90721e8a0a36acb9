/* F5  One run directory in memory: result.json, metrics.jsonl, config.ini.  Numbers that a file does not hold are NaN. */
#ifndef KW_RUN_H
#define KW_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "ketwall/status.h"

typedef struct kw_kind kw_kind;

typedef struct {
    char *name;          /* last part of the directory */
    const kw_kind *kind; /* the verb that made it */
    json_t *result;      /* the whole of result.json */
    bool finished;
    double *steps;  /* (step_count, columns) rows of metrics.jsonl in the order of the kind's columns */
    size_t columns; /* of the kind */
    size_t step_count;
    char *config; /* text of config.ini, NULL if there is none */
} kw_run;

/** Reads a run directory into *run; free it in any case with kw_run_free.
 *  @return KW_OK, KW_E_INPUT (no finished run; of no known kind; malformed: file and line), KW_E_NOMEM           @local */
kw_status kw_run_read(const char *directory, kw_run *run);
void kw_run_free(kw_run *run);

double kw_run_number(const json_t *object, const char *name);    /* NaN if missing */
const char *kw_run_text(const json_t *object, const char *name); /* NULL if missing */

/** Number of row i of metrics.jsonl: KW_ROW_STEP, KW_ROW_COST, ..., or a column of the kind's own.               @local */
double kw_run_value(const kw_run *run, size_t i, size_t column);

#endif
