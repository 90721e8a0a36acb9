/* F5  Pieces of gnuplot scripts. */
#include "report/chart.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "models/training.h"

enum { MARKED_POINTS = 40 };

void kw_chart_name(const char *name, char *out, size_t bytes) {
    size_t length = 0;
    for (; *name && length + 1 < bytes; ++name)
        out[length++] = isalnum((unsigned char)*name) || strchr("-+._ ()=,", *name) ? *name : '?';
    out[length] = '\0';
}

void kw_chart_style(FILE *out) {
    fputs("set datafile separator '\\t'\nset datafile commentschars ''\nset border 3 lc rgb '#9aa3af'\n"
          "set tics nomirror out scale 0.6 textcolor rgb '#374151'\nset grid ytics lc rgb '#e5e7eb' lt 1 lw 1\n"
          "set key outside top center horizontal Left reverse samplen 2 width -2 textcolor rgb '#374151'\n",
          out);
}

void kw_chart_axis(const kw_run *run, kw_chart_value x, const char *title, FILE *out) {
    const double last = x(run, run->step_count - 1);
    fprintf(out, "set xlabel '%s' textcolor rgb '#374151'\nset xrange [0:%.17g]\n", title, last > 0.0 ? last : 1.0);
}

static double step_of(const kw_run *run, size_t i) { return kw_run_value(run, i, KW_ROW_STEP); }

void kw_chart_steps(const kw_run *run, FILE *out) { kw_chart_axis(run, step_of, "optimiser step (count)", out); }

void kw_chart_line(size_t points, size_t series, FILE *out) {
    static const int shapes[] = {7, 5, 9, 13}, dashes[] = {1, 2, 4, 5};
    const size_t every = points <= MARKED_POINTS ? 1 : points / 10;
    fprintf(out, "linespoints pt %d ps 0.7 pi %zu dt %d", shapes[series % 4], every, dashes[series % 4]);
}

/* The last step is always among them. */
size_t kw_chart_points(const kw_run *run, const char *name, kw_chart_value x, kw_chart_value y, FILE *out) {
    const size_t stride = run->step_count / KW_CHART_POINTS + 1;
    size_t points = 0, defined = 0;
    fprintf(out, "$%s << EOD\n", name);
    for (size_t i = 0; i < run->step_count; ++i) {
        const double value = y(run, i);
        if (!isfinite(value) || (defined++ % stride && i + 1 < run->step_count)) continue;
        fprintf(out, "%.17g\t%.17g\n", x(run, i), value);
        ++points;
    }
    fputs("EOD\n", out);
    return points;
}

size_t kw_chart_series(const kw_run *run, const char *name, kw_chart_value value, FILE *out) {
    return kw_chart_points(run, name, step_of, value, out);
}

void kw_chart_level(double value, const char *dash, const char *colour, const char *title, FILE *out) {
    if (isfinite(value))
        fprintf(out, ", %.17g with lines lw 1.6 dt %s lc rgb '%s' title '%s (%.6g)'", value, dash, colour, title, value);
}

static double gradient_of(const kw_run *run, size_t i) {
    const double norm = kw_run_value(run, i, KW_ROW_GRADIENT_NORM);
    return norm > 0.0 ? norm : NAN;
}

static void write_log_axes(const kw_chart_distance *d, bool left, bool right, FILE *out) {
    fputs("set format y '10^{%T}'\nset format y2 '10^{%T}'\n", out);
    if (left) fprintf(out, "set logscale y\nset ylabel '%s (%s)' textcolor rgb '" KW_BLUE "'\n", d->title, d->unit);
    else fputs("unset ytics\n", out);
    if (right)
        fprintf(out,
                "set border 11\nset logscale y2\nset y2tics\nset y2label 'gradient norm (%s)' textcolor rgb '" KW_PURPLE
                "'\n",
                d->gradient_unit);
}

bool kw_chart_convergence(const kw_run *run, const kw_chart_distance *d, FILE *out) {
    if (!run->step_count) return false;
    kw_chart_style(out);
    kw_chart_steps(run, out);
    const size_t gaps = kw_chart_series(run, "GAP", d->value, out);
    const size_t norms = kw_chart_series(run, "NORM", gradient_of, out);
    if (!gaps && !norms) return false;
    write_log_axes(d, gaps, norms, out);
    fputs("plot ", out);
    if (norms) {
        fputs("$NORM using 1:2 axes x1y2 with ", out);
        kw_chart_line(norms, 1, out);
        fprintf(out, " lw 1.6 lc rgb '" KW_PURPLE "' title 'gradient norm (right)'%s", gaps ? ", " : "");
    }
    if (gaps) {
        fputs("$GAP using 1:2 with ", out);
        kw_chart_line(gaps, 0, out);
        fprintf(out, " lw 2.2 lc rgb '" KW_BLUE "' title '%s (left)'", d->title);
    }
    if (gaps) kw_chart_level(d->control, "3", KW_GREY, d->control_title, out);
    fputc('\n', out);
    return true;
}
