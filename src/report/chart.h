/* F5  Pieces of gnuplot scripts: series over the optimiser's steps or something else, levels, axes.  Data stand in the
 * script as here-documents; nothing from a run's files reaches gnuplot as a command. */
#ifndef KW_CHART_H
#define KW_CHART_H

#include <stdio.h>

#include "report/run.h"

#define KW_BLUE   "#0072b2"
#define KW_ORANGE "#c45100"
#define KW_GREEN  "#00855f"
#define KW_PURPLE "#8a4fa8"
#define KW_GREY   "#6b7280"

/* Bars that are told from solid ones without colours. */
#define KW_CHART_LIGHT(colour) "lc rgb '" colour "' fs solid 0.3 border lc rgb '" colour "'"

enum { KW_CHART_POINTS = 1500 }; /* most points of a series: longer ones are thinned */

/** Of row i of metrics.jsonl; NaN: nothing is drawn there.                                                        @local */
typedef double (*kw_chart_value)(const kw_run *run, size_t i);

/** Copies a name from a run's files with nothing that gnuplot or SVG would take for more than letters.              @local
 */
void kw_chart_name(const char *name, char *out, size_t bytes);

void kw_chart_style(FILE *out);
/** The horizontal axis, from 0 to x of the last row; the run must have rows.                                      @local */
void kw_chart_axis(const kw_run *run, kw_chart_value x, const char *title, FILE *out);
/** The same over the optimiser's steps.                                                                           @local */
void kw_chart_steps(const kw_run *run, FILE *out);

/** Writes the data block $name of points (x, y).  @return points written                                          @local */
size_t kw_chart_points(const kw_run *run, const char *name, kw_chart_value x, kw_chart_value y, FILE *out);
/** The same over the optimiser's steps.                                                                           @local */
size_t kw_chart_series(const kw_run *run, const char *name, kw_chart_value value, FILE *out);
/** How line number `series` of a figure is drawn: lines are told apart without colours, by dashes and by the shape of some
 * of their points; of few points all are drawn.                                                                     @local
 */
void kw_chart_line(size_t points, size_t series, FILE *out);
/** ", ..." behind a plot command: a horizontal line; nothing if `value` is not finite.                             @local */
void kw_chart_level(double value, const char *dash, const char *colour, const char *title, FILE *out);

/* What a convergence figure draws on its left axis, beside the gradient norm on its right one. */
typedef struct {
    kw_chart_value value;             /* positive, or NaN */
    const char *title;                /* of the distance */
    const char *unit, *gradient_unit; /* for the axes */
    double control;                   /* distance of the classical control; NaN: not drawn */
    const char *control_title;
} kw_chart_distance;

/** Logarithms of a distance to the optimum and of the gradient norm; either may be missing.
 *  @return false: both are missing                                                                               @local */
bool kw_chart_convergence(const kw_run *run, const kw_chart_distance *distance, FILE *out);

#endif
