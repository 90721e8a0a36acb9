/* F5  The three figures of a run.  Data stand in the script as here-documents; nothing from a run's files reaches gnuplot as
 * a command. */
#include "report/figures.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define BLUE   "#0072b2"
#define ORANGE "#d55e00"
#define GREEN  "#00855f"
#define PURPLE "#8a4fa8"
#define GREY   "#6b7280"

enum { MOST_POINTS = 1500, MOST_LABELS = 36, LABEL_BYTES = 20, MARKED_POINTS = 40 };

static void write_style(FILE *out) {
    fputs("set datafile separator '\\t'\nset datafile commentschars ''\nset border 3 lc rgb '#9aa3af'\n"
          "set tics nomirror out scale 0.6 textcolor rgb '#374151'\nset grid ytics lc rgb '#e5e7eb' lt 1 lw 1\n"
          "set key outside top center horizontal Left reverse samplen 2 width -2 textcolor rgb '#374151'\n",
          out);
}

/* Draws few points as points, too: a line through one point cannot be seen. */
static const char *line_style(size_t points) { return points <= MARKED_POINTS ? "linespoints pt 7 ps 0.45" : "lines"; }

typedef double (*step_value)(const kw_run *run, const kw_run_step *step);

static double fidelity_of(const kw_run *run, const kw_run_step *step) { return (void)run, step->fidelity; }
static double test_fidelity_of(const kw_run *run, const kw_run_step *step) { return (void)run, step->test_fidelity; }

static double positive(double value) { return value > 0.0 ? value : NAN; }
static double gap_of(const kw_run *run, const kw_run_step *step) { return positive(kw_run_step_gap(run, step)); }
static double gradient_of(const kw_run *run, const kw_run_step *step) { return (void)run, positive(step->gradient_norm); }

/* Writes (step, value) where the value is finite, thinned to MOST_POINTS but with the last step.  @return points written */
static size_t write_series(const kw_run *run, const char *name, step_value value, FILE *out) {
    const size_t stride = run->step_count / MOST_POINTS + 1;
    size_t points = 0, defined = 0;
    fprintf(out, "$%s << EOD\n", name);
    for (size_t i = 0; i < run->step_count; ++i) {
        const double y = value(run, &run->steps[i]);
        if (!isfinite(y) || (defined++ % stride && i + 1 < run->step_count)) continue;
        fprintf(out, "%.0f\t%.17g\n", run->steps[i].step, y);
        ++points;
    }
    fputs("EOD\n", out);
    return points;
}

static void write_steps_axis(const kw_run *run, FILE *out) {
    const double last = run->steps[run->step_count - 1].step;
    fprintf(out, "set xlabel 'optimiser step (count)' textcolor rgb '#374151'\nset xrange [0:%.0f]\n",
            last > 0.0 ? last : 1.0);
}

static double lower(double a, double b) { return !(b >= a) ? (isnan(b) ? a : b) : a; }

/* Lower end of a fidelity axis: a tenth below everything that is drawn. */
static double fidelity_floor(const kw_run *run) {
    double least = lower(lower(1.0, run->train.null_baseline), run->test.present ? run->test.null_baseline : NAN);
    for (size_t i = 0; i < run->step_count; ++i)
        least = lower(lower(least, run->steps[i].fidelity), run->steps[i].test_fidelity);
    const double floor_value = floor(least * 10.0 - 0.5) / 10.0;
    return floor_value > 0.0 ? floor_value : 0.0;
}

static void write_level(double value, const char *dash, const char *colour, const char *title, FILE *out) {
    if (isfinite(value))
        fprintf(out, ", %.17g with lines lw 1.6 dt %s lc rgb '%s' title '%s (%.4g)'", value, dash, colour, title, value);
}

static bool differs(double a, double b) { return isfinite(a) && !(fabs(a - b) < 1e-9); }

static bool write_training(const kw_run *run, FILE *out) {
    if (!run->step_count) return false;
    write_style(out);
    write_steps_axis(run, out);
    fprintf(out, "set ylabel 'trash fidelity F (dimensionless)' textcolor rgb '#374151'\nset yrange [%.17g:1.02]\n",
            fidelity_floor(run));
    const size_t train = write_series(run, "TRAIN", fidelity_of, out);
    const size_t test = write_series(run, "TEST", test_fidelity_of, out);
    if (!train) return false;
    fprintf(out, "plot $TRAIN using 1:2 with %s lw 2.2 lc rgb '" BLUE "' title 'train'", line_style(train));
    if (test) fprintf(out, ", $TEST using 1:2 with %s lw 2.2 lc rgb '" ORANGE "' title 'test'", line_style(test));
    write_level(run->train.optimum, "2", GREEN, "optimum", out);
    write_level(run->train.null_baseline, "3", GREY, "constant encoder", out);
    if (test && differs(run->test.optimum, run->train.optimum))
        write_level(run->test.optimum, "4", GREEN, "optimum, test", out);
    if (test && differs(run->test.null_baseline, run->train.null_baseline))
        write_level(run->test.null_baseline, "4", GREY, "constant, test", out);
    fputc('\n', out);
    return true;
}

static bool write_convergence(const kw_run *run, FILE *out) {
    if (!run->step_count) return false;
    write_style(out);
    write_steps_axis(run, out);
    const size_t gaps = write_series(run, "GAP", gap_of, out);
    const size_t norms = write_series(run, "NORM", gradient_of, out);
    if (!gaps && !norms) return false;
    fputs("set format y '10^{%T}'\nset format y2 '10^{%T}'\n", out);
    if (gaps) fputs("set logscale y\nset ylabel 'optimum - F (dimensionless)' textcolor rgb '" BLUE "'\n", out);
    else fputs("unset ytics\n", out);
    if (norms)
        fputs("set border 11\nset logscale y2\nset y2tics\nset y2label 'gradient norm (1/rad)' textcolor rgb '" PURPLE "'\n",
              out);
    fputs("plot ", out);
    if (norms)
        fprintf(out, "$NORM using 1:2 axes x1y2 with %s lw 1.6 dt 2 lc rgb '" PURPLE "' title 'gradient norm (right)'%s",
                line_style(norms), gaps ? ", " : "");
    if (gaps) fprintf(out, "$GAP using 1:2 with %s lw 2.2 lc rgb '" BLUE "' title 'optimum - F (left)'", line_style(gaps));
    fputc('\n', out);
    return true;
}

/* A label as one field of a data line: blanks for control characters, other quotes for ", cut between UTF-8 characters. */
static void write_label(const char *label, FILE *out) {
    size_t length = strlen(label);
    const bool cut = length > LABEL_BYTES;
    if (cut)
        for (length = LABEL_BYTES; length && ((unsigned char)label[length] & 0xC0) == 0x80;) --length;
    for (size_t i = 0; i < length; ++i) {
        const char c = label[i];
        fputc(iscntrl((unsigned char)c) ? ' ' : c == '"' ? '\'' : c, out);
    }
    if (cut) fputs("\xE2\x80\xA6", out);
}

static size_t write_set(const kw_run *run, bool test, FILE *out) {
    const size_t stride = run->member_count / MOST_POINTS + 1;
    size_t written = 0;
    fprintf(out, "$%s << EOD\n", test ? "TEST" : "TRAIN");
    for (size_t i = 0; i < run->member_count; i += stride) {
        const kw_run_member *member = &run->members[i];
        if (member->test != test || !isfinite(member->fidelity)) continue;
        fprintf(out, "%zu\t%.17g\t", i, member->fidelity);
        write_label(*member->label ? member->label : " ", out);
        fputc('\n', out);
        ++written;
    }
    fputs("EOD\n", out);
    return written;
}

static bool write_members(const kw_run *run, FILE *out) {
    if (!run->member_count) return false;
    const bool labels = run->member_count <= MOST_LABELS;
    write_style(out);
    const size_t train = write_set(run, false, out), test = write_set(run, true, out);
    if (!train && !test) return false;
    fprintf(out,
            "set xrange [-0.7:%.1f]\nset yrange [0:1.05]\nset ylabel 'trash fidelity F (dimensionless)' textcolor rgb "
            "'#374151'\n",
            (double)run->member_count - 0.3);
    fprintf(out, "set style fill solid 0.85 noborder\nset boxwidth 0.72\nset xlabel '%s' textcolor rgb '#374151'\n",
            labels ? "state of the ensemble (label)" : "state of the ensemble (index)");
    if (labels) fputs("set xtics rotate by -40 left noenhanced scale 0\n", out);
    const char *columns = labels ? "1:2:xticlabels(stringcolumn(3))" : "1:2";
    fputs("plot ", out);
    if (train) fprintf(out, "$TRAIN using %s with boxes lc rgb '" BLUE "' title 'train'", columns);
    if (test) fprintf(out, "%s$TEST using %s with boxes lc rgb '" ORANGE "' title 'test'", train ? ", " : "", columns);
    write_level(run->train.optimum, "2", GREEN, "optimum", out);
    write_level(run->train.null_baseline, "3", GREY, "constant encoder", out);
    fputc('\n', out);
    return true;
}

const kw_figure kw_figures[] = {
    {"training",
     "<b>Training.</b> Mean probability of finding all trash qubits in |0&rang;. No encoder can pass the exact "
     "optimum; one fixed state that answers every input reaches the dotted line.",
     370, write_training},
    {"convergence",
     "<b>Convergence.</b> Distance to the exact optimum, and size of the cost's gradient. Steps at which the "
     "distance is zero within rounding are not drawn.",
     370, write_convergence},
    {"members", "<b>Every state.</b> The optimum bounds the weighted mean, not each state.", 390, write_members},
};
const size_t kw_figure_count = sizeof kw_figures / sizeof *kw_figures;
