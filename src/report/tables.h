/* F5  Tables and data that runs of all kinds have. */
#ifndef KW_TABLES_H
#define KW_TABLES_H

#include "report/kind.h"

/** One row per run of `kind`, linked to the run's section; runs are numbered from 1.                              @local */
void kw_table_comparison(const kw_kind *kind, const kw_run *runs, size_t count, FILE *out);

/** "estimate" or "bound" of the infidelity that rounding has cost packed states; not known of other kinds.          @local
 */
kw_number_text kw_number_rounding(const kw_run *run, const char *what);

void kw_table_resources(const kw_run *run, FILE *out);
void kw_table_provenance(const kw_run *run, FILE *out);

/** metrics.jsonl as CSV, escaped for HTML.                                                                       @local */
void kw_csv_steps(const kw_run *run, FILE *out);

/** One further field of a CSV line: empty for a number that is not known.                                        @local */
void kw_csv_number(FILE *out, double value);
void kw_csv_text(FILE *out, const char *text);

#endif
