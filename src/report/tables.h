/* F5  Everything of the report that is text: headline, tables, data. */
#ifndef KW_TABLES_H
#define KW_TABLES_H

#include <stdio.h>

#include "report/run.h"

/** "GHZ phase family, 20 qubits -> 1 latent qubit: fidelity ... of at most ...; best constant encoder ..."        @local */
void kw_table_headline(const kw_run *run, FILE *out);

/** One row per run, linked to its section.                                                                       @local */
void kw_table_comparison(const kw_run *runs, size_t count, FILE *out);

void kw_table_tiles(const kw_run *run, FILE *out);
void kw_table_results(const kw_run *run, FILE *out);
void kw_table_resources(const kw_run *run, FILE *out);
void kw_table_members(const kw_run *run, FILE *out);
void kw_table_provenance(const kw_run *run, FILE *out);

/** The numbers behind the figures as CSV, escaped for HTML.                                                      @local */
void kw_table_steps_csv(const kw_run *run, FILE *out);
void kw_table_members_csv(const kw_run *run, FILE *out);

#endif
