/* F5  The figures of a Quantum-Train run: curves over the epochs, and the first layer's kernels. */
#include <math.h>
#include <stdlib.h>

#include "report/chart.h"
#include "report/html.h"
#include "report/train.h"

/* ---- curves over the epochs ---- */

typedef struct {
    kw_chart_value value;     /* NULL: none */
    const char *name, *title; /* name: of the data block */
    const char *width, *colour;
} curve;

enum { CURVES = 4 }; /* most of a figure */

static double positive(double value) { return value > 0.0 ? value : NAN; }

#define VALUE(name, column)                                                                                                 \
    static double name(const kw_run *run, size_t i) { return kw_run_value(run, i, column); }
#define PERCENT(name, column)                                                                                               \
    static double name(const kw_run *run, size_t i) { return 100.0 * kw_run_value(run, i, column); }
#define POSITIVE(name, column)                                                                                              \
    static double name(const kw_run *run, size_t i) { return positive(kw_run_value(run, i, column)); }
VALUE(train_loss, KW_ROW_COST)
VALUE(validation_loss, KW_TRAIN_STEP_VALIDATION_LOSS)
VALUE(test_loss, KW_TRAIN_STEP_TEST_LOSS)
PERCENT(train_accuracy, KW_TRAIN_STEP_ACCURACY)
PERCENT(validation_accuracy, KW_TRAIN_STEP_VALIDATION_ACCURACY)
PERCENT(test_accuracy, KW_TRAIN_STEP_TEST_ACCURACY)
POSITIVE(circuit_norm, KW_TRAIN_STEP_NORM_CIRCUIT)
POSITIVE(mapping_norm, KW_TRAIN_STEP_NORM_MAPPING)
POSITIVE(weight_norm, KW_TRAIN_STEP_NORM_CNN)
POSITIVE(common_norm, KW_TRAIN_STEP_NORM_COMMON)
VALUE(entanglement, KW_TRAIN_STEP_MEYER_WALLACH)
POSITIVE(participation, KW_TRAIN_STEP_PARTICIPATION)
VALUE(rate, KW_TRAIN_STEP_RATE)
VALUE(blocks, KW_TRAIN_STEP_BLOCKS)
#undef VALUE
#undef PERCENT
#undef POSITIVE

/* Style, axis of epochs, data.  @return curves that have points */
static size_t write_data(const kw_run *run, const curve *curves, size_t count, size_t *points, FILE *out) {
    size_t used = 0;
    if (!run->step_count) return 0;
    kw_chart_style(out);
    kw_chart_axis(run, kw_train_epoch, "epoch (count)", out);
    if (kw_train_epoch(run, run->step_count - 1) <= 12.0) fputs("set xtics 1\n", out);
    for (size_t i = 0; i < count; ++i) {
        points[i] = 0;
        if (curves[i].value) points[i] = kw_chart_points(run, curves[i].name, kw_train_epoch, curves[i].value, out);
        used += points[i] > 0;
    }
    return used;
}

/* The plot command without its end of line, so that levels can follow; pair: the second curve is over the right axis. */
static void write_plot(const curve *curves, size_t count, const size_t *points, bool pair, FILE *out) {
    const char *between = "plot ";
    for (size_t i = 0; i < count; ++i) {
        if (!points[i]) continue;
        fprintf(out, "%s$%s using 1:2%s with ", between, curves[i].name, pair && i ? " axes x1y2" : "");
        kw_chart_line(points[i], i, out);
        fprintf(out, " %s lc rgb '%s' title '%s'", curves[i].width, curves[i].colour, curves[i].title);
        between = ", ";
    }
}

/* Largest over smallest of all values and `level`; 0 if one of them is not positive. */
static double span_of(const kw_run *run, const curve *curves, size_t count, double level) {
    double least = fmin(INFINITY, level), most = fmax(0.0, level);
    for (size_t c = 0; c < count; ++c)
        for (size_t i = 0; i < run->step_count; ++i) {
            const double value = curves[c].value(run, i);
            least = fmin(least, value);
            most = fmax(most, value);
        }
    return least > 0.0 ? most / least : 0.0;
}

bool kw_train_draw_loss(const kw_run *run, FILE *out) {
    static const curve curves[] = {{train_loss, "TRAIN", "training", "lw 2.2", KW_BLUE},
                                   {validation_loss, "VALIDATION", "validation", "lw 2.2", KW_GREEN},
                                   {test_loss, "TEST", "test", "lw 2.2", KW_ORANGE}};
    const double wide = 10.0; /* linear axes show nothing of the small losses beyond */
    const double equal = log(kw_run_number(run->result, "classes"));
    size_t points[CURVES];
    if (!write_data(run, curves, 3, points, out)) return false;
    fputs("set ylabel 'loss (nats)' textcolor rgb '#374151'\n", out);
    if (span_of(run, curves, 3, equal) > wide) fputs("set logscale y\nset format y '%g'\n", out);
    else fputs("set yrange [0:*]\n", out);
    write_plot(curves, 3, points, false, out);
    kw_chart_level(equal, "3", KW_GREY, "equal odds", out);
    fputc('\n', out);
    return true;
}

bool kw_train_draw_accuracy(const kw_run *run, FILE *out) {
    static const curve curves[] = {{train_accuracy, "TRAIN", "training", "lw 2.2", KW_BLUE},
                                   {validation_accuracy, "VALIDATION", "validation", "lw 2.2", KW_GREEN},
                                   {test_accuracy, "TEST", "test", "lw 2.2", KW_ORANGE}};
    size_t points[CURVES];
    if (!write_data(run, curves, 3, points, out)) return false;
    fputs("set ylabel 'accuracy (%)' textcolor rgb '#374151'\nset yrange [0:100]\n", out);
    write_plot(curves, 3, points, false, out);
    kw_chart_level(100.0 * kw_train_numbers_of(run).largest, "3", KW_GREY, "largest class", out);
    fputc('\n', out);
    return true;
}

/* Without a generator the trained numbers are the weights: what else there is called mapping is them. */
bool kw_train_draw_gradients(const kw_run *run, FILE *out) {
    static const curve generator[] = {{weight_norm, "WEIGHTS", "all CNN weights", "lw 1.8", KW_GREEN},
                                      {common_norm, "COMMON", "common mode", "lw 1.8", KW_PURPLE},
                                      {mapping_norm, "MAPPING", "mapping", "lw 2.2", KW_ORANGE},
                                      {circuit_norm, "CIRCUIT", "circuit", "lw 2.2", KW_BLUE}},
                       weights[] = {{mapping_norm, "WEIGHTS", "all CNN weights", "lw 2.2", KW_GREEN},
                                    {common_norm, "COMMON", "common mode", "lw 1.8", KW_PURPLE}};
    const bool generated = kw_train_numbers_of(run).generated;
    const curve *curves = generated ? generator : weights;
    const size_t count = generated ? 4 : 2;
    size_t points[CURVES];
    if (!write_data(run, curves, count, points, out)) return false;
    fputs("set logscale y\nset format y '10^{%T}'\nset ylabel 'gradient norm (circuit: 1/rad)' textcolor rgb "
          "'#374151'\n",
          out);
    write_plot(curves, count, points, false, out);
    fputc('\n', out);
    return true;
}

/* Two curves, the second one over the right axis. */
static bool draw_pair(const kw_run *run, const curve curves[2], const char *left, const char *right, FILE *out) {
    size_t points[CURVES];
    if (!write_data(run, curves, 2, points, out)) return false;
    if (points[0]) fprintf(out, "set ylabel '%s' textcolor rgb '%s'\n", left, curves[0].colour);
    else fputs("unset ytics\n", out);
    if (points[1]) fprintf(out, "set border 11\nset y2tics\nset y2label '%s' textcolor rgb '%s'\n", right, curves[1].colour);
    write_plot(curves, 2, points, true, out);
    fputc('\n', out);
    return true;
}

bool kw_train_draw_entanglement(const kw_run *run, FILE *out) {
    static const curve curves[] = {{entanglement, "Q", "entanglement Q (left)", "lw 2.2", KW_BLUE},
                                   {participation, "SPREAD", "participation ratio (right)", "lw 2.2", KW_PURPLE}};
    const double states = exp2(kw_run_number(run->result, "qubits"));
    fputs("set yrange [0:1]\nset logscale y2\nset format y2 '10^{%T}'\n", out);
    if (states > 1.0 && isfinite(states)) fprintf(out, "set y2range [1:%.17g]\n", states);
    return draw_pair(run, curves, "Meyer-Wallach entanglement Q", "participation ratio (states)", out);
}

static bool changes(const kw_run *run, kw_chart_value value) {
    for (size_t i = 1; i < run->step_count; ++i)
        if (value(run, i) != value(run, 0)) return true;
    return false;
}

bool kw_train_draw_schedule(const kw_run *run, FILE *out) {
    const curve curves[] = {{changes(run, rate) ? rate : NULL, "RATE", "learning rate (left)", "lw 2.2", KW_BLUE},
                            {changes(run, blocks) ? blocks : NULL, "BLOCKS", "blocks (right)", "lw 2.2", KW_ORANGE}};
    fputs("set yrange [0:*]\nset y2range [0:*]\nset format y '%g'\n", out);
    return draw_pair(run, curves, "learning rate", "blocks of the circuit (count)", out);
}

/* ---- the kernels of the first layer ---- */

typedef struct {
    const json_t *values; /* (count, channels, kernel, kernel) */
    size_t count, channels, kernel;
    double most; /* largest size of a value */
} filters;

enum { WIDTH = 900, GAP = 14, LABEL = 24, SCALE = 50, SCALE_STEPS = 31, MOST_SQUARES = 8192 };

static size_t whole(const json_t *object, const char *name) {
    const double value = kw_run_number(object, name);
    return value >= 1.0 && value <= MOST_SQUARES ? (size_t)value : 0;
}

/* count 0: there are none, not all of them, or too many to be looked at. */
static filters read_filters(const kw_run *run) {
    const json_t *object = json_object_get(run->result, "filters");
    filters f = {json_object_get(object, "values"), whole(object, "count"), whole(object, "channels"),
                 whole(object, "kernel"), 0.0};
    const double squares = (double)f.count * (double)f.channels * (double)f.kernel * (double)f.kernel;
    size_t i;
    const json_t *value;
    if (squares > MOST_SQUARES || squares != (double)json_array_size(f.values)) f.count = 0;
    json_array_foreach(f.values, i, value) {
        if (!json_is_number(value)) f.count = 0;
        f.most = fmax(f.most, fabs(json_number_value(value)));
    }
    return f;
}

/* -1 blue, 0 white, 1 orange. */
static void write_colour(double value, FILE *out) {
    static const int blue[] = {0x00, 0x72, 0xb2}, orange[] = {0xd5, 0x5e, 0x00};
    const int *end = value < 0.0 ? blue : orange;
    fputs("fill=\"#", out);
    for (int i = 0; i < 3; ++i) fprintf(out, "%02x", (unsigned)lround(255.0 + fabs(value) * (end[i] - 255)));
    fputc('"', out);
}

static void write_square(double x, double y, double width, double height, double value, double most, FILE *out) {
    fprintf(out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" ", x, y, width, height);
    write_colour(most > 0.0 ? value / most : 0.0, out);
    fprintf(out, "><title>%.4g</title></rect>\n", value);
}

/* Without colours, too, a square below zero is known. */
static void write_minus(double x, double y, double half, FILE *out) {
    fprintf(out, "<path d=\"M%.2f %.2fh%.2f\" stroke=\"#1b2230\" stroke-width=\"2\"/>\n", x - half, y, 2.0 * half);
}

static void write_label(const filters *f, size_t picture, double x, double y, FILE *out) {
    static const char *const colours[] = {"red", "green", "blue"};
    const size_t filter = picture / f->channels + 1, channel = picture % f->channels;
    fprintf(out, "<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"middle\">%zu", x, y, filter);
    if (f->channels == 3) fprintf(out, " %s", colours[channel]);
    else if (f->channels > 1) fprintf(out, ".%zu", channel + 1);
    fputs("</text>\n", out);
}

static void write_picture(const filters *f, size_t picture, double x, double y, double size, FILE *out) {
    const size_t each = f->kernel * f->kernel;
    const double square = size / (double)f->kernel;
    for (size_t i = 0; i < each; ++i) {
        const double value = json_number_value(json_array_get(f->values, picture * each + i));
        const size_t column = i % f->kernel, row = i / f->kernel;
        const double left = x + square * (double)column, top = y + square * (double)row;
        write_square(left, top, square, square, value, f->most, out);
        if (value < 0.0) write_minus(left + square / 2.0, top + square / 2.0, square / 5.0, out);
    }
    fprintf(out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"none\" stroke=\"#9aa3af\"/>\n", x, y,
            size, size);
    write_label(f, picture, x + size / 2.0, y + size + LABEL - 9.0, out);
}

/* Colours from -most to most, below the pictures. */
static void write_scale(double most, double y, FILE *out) {
    const double step = 8.0, width = step * SCALE_STEPS, x = 2.0 * LABEL;
    for (int i = 0; i < SCALE_STEPS; ++i)
        write_square(x + step * i, y, step, 12.0, most * (2.0 * i / (SCALE_STEPS - 1) - 1.0), most, out);
    for (int i = -1; i <= 1; ++i)
        fprintf(out, "<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"middle\">%s%.3g</text>\n", x + width * (i + 1) / 2.0,
                y + 28.0, i < 0 ? "\xE2\x88\x92" : "", abs(i) * most);
}

void kw_train_filters(const kw_run *run, FILE *out) {
    const filters f = read_filters(run);
    const size_t pictures = f.count * f.channels, row = pictures <= 8 ? 8 : 12, rows = (pictures + row - 1) / row;
    const double pitch = (double)WIDTH / (double)row, size = pitch - GAP, down = size + LABEL;
    if (!pictures) return;
    fprintf(out,
            "<h3>First layer</h3>\n<figure>\n<div class=\"plot scroll\"" KW_HTML_SCROLL
            ">\n<svg viewBox=\"0 0 %d %.0f\" role=\"img\" shape-rendering=\"crispEdges\" "
            "font-size=\"13\" fill=\"currentColor\">\n"
            "<title>The %zu kernels of the first layer, weights of size %.3g at most</title>\n",
            WIDTH, down * (double)rows + SCALE, pictures, f.most);
    for (size_t i = 0; i < pictures; ++i) {
        const size_t above = i / row;
        write_picture(&f, i, GAP / 2.0 + pitch * (double)(i % row), 2.0 + down * (double)above, size, out);
    }
    write_scale(f.most, down * (double)rows + 12.0, out);
    fputs("</svg>\n</div>\n<figcaption><b>Kernels.</b> Weights by which the first layer multiplies each pixel of its "
          "window: blue "
          "with a bar below zero, white zero, orange above; one scale for all.</figcaption>\n</figure>\n",
          out);
}
