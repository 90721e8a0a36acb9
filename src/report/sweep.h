/* F5  Studies that are tables of rows, in the report: everything is drawn from the study's own table. */
#ifndef KW_REPORT_SWEEP_H
#define KW_REPORT_SWEEP_H

#include "report/kind.h"
#include "studies/study.h"

/** The study that a run is of; NULL: this program does not know it.                                              @local */
const kw_study *kw_sweep_study(const kw_run *run);

/** A member of a row as text for people: names as they are, numbers in the field's format.                       @local */
kw_number_text kw_sweep_cell(const kw_study_field *field, double value);

/** Figures of a study, panel by panel: as `draw` of a kind.                                                       @local */
bool kw_sweep_draw(const kw_run *run, size_t i, kw_figure_words *words, FILE *out);

#endif
