/* F5  gnuplot scripts of a run's figures. */
#ifndef KW_FIGURES_H
#define KW_FIGURES_H

#include <stdio.h>

#include "report/run.h"

typedef struct {
    const char *name, *caption;                  /* caption: HTML */
    int height;                                  /* of 900 */
    bool (*write)(const kw_run *run, FILE *out); /* false: the run has no such data */
} kw_figure;

extern const kw_figure kw_figures[];
extern const size_t kw_figure_count;

#endif
