/* F5  gnuplot as a filter: script -> SVG element that can stand in an HTML page beside others. */
#ifndef KW_PLOT_H
#define KW_PLOT_H

#include "ketwall/status.h"

/** Runs gnuplot (found on PATH, without a shell) on `script`, which must not set a terminal.  Every id in the SVG, and every
 *  reference to one, begins with `prefix`.
 *  @param[in]  height  of 900 units of width
 *  @param[out] svg     malloc'd element without XML prologue; NULL if gnuplot is missing or failed
 *  @return KW_OK (also without gnuplot), KW_E_NOMEM, KW_E_IO                                                     @local */
kw_status kw_plot_svg(const char *script, int height, const char *prefix, char **svg);

#endif
