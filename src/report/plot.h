/* F5  gnuplot as a filter: script -> SVG element that can stand in an HTML page beside others. */
#ifndef KW_PLOT_H
#define KW_PLOT_H

#include "ketwall/status.h"

typedef struct {
    int width, height;  /* the font has 13 of these units */
    const char *prefix; /* every id in the SVG, and every reference to one, begins with it */
    const char *words;  /* for those who do not see it */
} kw_plot_look;

/** Runs gnuplot (found on PATH, without a shell) on `script`, which must not set a terminal.  Colours can be changed by the
 *  page: #rrggbb stands there as var(--crrggbb,#rrggbb).
 *  @param[out] svg     malloc'd element without XML prologue; NULL if gnuplot is missing or failed
 *  @return KW_OK (also without gnuplot), KW_E_NOMEM, KW_E_IO                                                     @local */
kw_status kw_plot_svg(const char *script, const kw_plot_look *look, char **svg);

#endif
