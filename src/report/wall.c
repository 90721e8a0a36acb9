/* F5  The memory wall's place in the report. */
#include <math.h>
#include <string.h>

#include "ketwall/precision.h"
#include "report/chart.h"
#include "report/kind.h"

static const json_t *rows_of(const kw_run *run) { return json_object_get(run->result, "rows"); }
static double number(const json_t *row, const char *name) { return kw_run_number(row, name); }
static double infidelity(const json_t *row, const char *name) {
    return kw_run_number(json_object_get(row, "infidelity"), name);
}

static bool is_of(const json_t *row, int precision) {
    const char *name = kw_run_text(row, "precision");
    return name && !strcmp(name, kw_precision_name((kw_precision)precision));
}

/* The most qubits that were run in a storage kind; NaN: none. */
static double most_qubits(const kw_run *run, int precision) {
    double most = NAN;
    size_t i;
    const json_t *row;
    json_array_foreach(rows_of(run), i, row) if (is_of(row, precision)) most = fmax(most, number(row, "qubits"));
    return most;
}

static double worst(const kw_run *run, double (*value)(const json_t *row)) {
    double most = NAN;
    size_t i;
    const json_t *row;
    json_array_foreach(rows_of(run), i, row) most = fmax(most, value(row));
    return most;
}

static double bound_of(const json_t *row) { return infidelity(row, "bound"); }

/* Measured infidelity beside its bound: never above 1, but for the rounding of single precision's arithmetic. */
static double share_of_bound(const json_t *row) {
    return infidelity(row, "bound") > 1e-10 ? infidelity(row, "measured") / infidelity(row, "bound") : NAN;
}

/* To `count` significant digits. */
static kw_number_text digits(double value, int count) {
    if (!isfinite(value) || value <= 0) return kw_number_plain(NAN);
    const double unit = pow(10, floor(log10(value)) + 1 - count);
    return kw_number_plain(round(value / unit) * unit);
}

/* ---- words and tables ---- */

static void headline(const kw_run *run, FILE *out) {
    kw_html_format(out, "%s", "Largest states run:");
    for (int p = 0; p < KW_PRECISIONS; ++p)
        if (isfinite(most_qubits(run, p)))
            kw_html_format(out, " %.0f qubits in %s;", most_qubits(run, p), kw_precision_name((kw_precision)p));
    kw_html_format(out, " %zu rows.", json_array_size(rows_of(run)));
}

static void compare(const kw_run *run, kw_table *table) {
    for (int p = 0; p < KW_PRECISIONS; ++p) kw_table_number(table, kw_number_plain(most_qubits(run, p)));
    kw_table_number(table, digits(worst(run, bound_of), 2));
}

static void tiles(const kw_run *run, FILE *out) {
    for (int p = 0; p < KW_PRECISIONS; ++p) {
        char text[64];
        snprintf(text, sizeof text, "qubits at most, %s", kw_precision_name((kw_precision)p));
        kw_tile(out, text, kw_number_plain(most_qubits(run, p)));
    }
    kw_tile(out, "largest infidelity measured / bound", digits(worst(run, share_of_bound), 2));
}

static void results(const kw_run *run, FILE *out) {
    static const kw_table_head heads[] = {{"storage", false},     {"qubits", true},
                                          {"GiB per rank", true}, {"seconds", true},
                                          {"passes", true},       {"infidelity, estimated", true},
                                          {"bound", true},        {"measured", true},
                                          {"gradient s", true},   {"its relative error", true}};
    kw_table table = kw_table_begin(out, heads, sizeof heads / sizeof *heads);
    size_t i;
    const json_t *row;
    json_array_foreach(rows_of(run), i, row) {
        kw_table_row(&table, kw_run_text(row, "precision"));
        kw_table_number(&table, kw_number_plain(number(row, "qubits")));
        kw_table_number(&table, digits(number(row, "peak_bytes_per_rank") / 0x1p30, 3));
        kw_table_number(&table, digits(number(row, "seconds"), 3));
        kw_table_number(&table, kw_number_plain(number(row, "passes")));
        kw_table_number(&table, digits(infidelity(row, "estimate"), 3));
        kw_table_number(&table, digits(infidelity(row, "bound"), 3));
        kw_table_number(&table, digits(infidelity(row, "measured"), 3));
        kw_table_number(&table, digits(number(row, "gradient_seconds"), 3));
        kw_table_number(&table, digits(number(row, "gradient_error"), 2));
        kw_table_row_end(&table);
    }
    kw_table_end(&table);
}

static void reach(const kw_run *run, FILE *out) {
    static const kw_table_head heads[] = {{"memory", false}, {"double", true}, {"single", true},
                                          {"s16", true},     {"s8", true},     {"gradient: double", true},
                                          {"single", true},  {"s16", true},    {"s8", true}};
    kw_table table = kw_table_begin(out, heads, sizeof heads / sizeof *heads);
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(run->result, "reach"), i, row) {
        char text[64];
        snprintf(text, sizeof text, "%.0f GiB", number(row, "bytes") / 0x1p30);
        kw_table_row(&table, text);
        for (int states = 1; states <= 2; ++states)
            for (int p = 0; p < KW_PRECISIONS; ++p) {
                snprintf(text, sizeof text, "%s%s", kw_precision_name((kw_precision)p), states == 2 ? "_gradient" : "");
                kw_table_number(&table, kw_number_plain(number(row, text)));
            }
        kw_table_row_end(&table);
    }
    kw_table_end(&table);
}

static void lists(const kw_run *run, FILE *out) {
    results(run, out);
    fputs("<p>Qubits of the largest state, and of the largest state with a gradient, by the memory of all ranks "
          "together:</p>\n",
          out);
    reach(run, out);
}

/* ---- figures: a line per storage kind ---- */

static const char *const colours[KW_PRECISIONS] = {KW_BLUE, KW_GREEN, KW_ORANGE, KW_PURPLE};
static const int shapes[KW_PRECISIONS] = {7, 5, 9, 13};

/* Data block name<precision> of (qubits, value); returns the points. */
static size_t block(const kw_run *run, const char *name, int precision, double (*value)(const json_t *row), FILE *out) {
    size_t i, points = 0;
    const json_t *row;
    fprintf(out, "$%s%d << EOD\n", name, precision);
    json_array_foreach(rows_of(run), i, row) {
        if (!is_of(row, precision) || !(value(row) > 0)) continue;
        fprintf(out, "%.0f\t%.6g\n", number(row, "qubits"), value(row));
        ++points;
    }
    fputs("EOD\n", out);
    return points;
}

/* Lines of one value; with `second`, its points beside them. */
static bool draw(const kw_run *run, const char *axis, double (*value)(const json_t *row),
                 double (*second)(const json_t *row), FILE *out) {
    size_t points[KW_PRECISIONS], more[KW_PRECISIONS], all = 0;
    const char *before = "plot ";
    for (int p = 0; p < KW_PRECISIONS; ++p) {
        all += points[p] = block(run, "LINE", p, value, out);
        more[p] = second ? block(run, "POINT", p, second, out) : 0;
    }
    if (!all) return false;
    kw_chart_style(out);
    fprintf(out,
            "set xlabel 'qubits' textcolor rgb '#374151'\nset ylabel '%s' textcolor rgb '#374151'\nset logscale y\n"
            "set format y '10^{%%L}'\nset key maxcols 3\nset offsets graph 0.03, graph 0.03\n",
            axis);
    for (int p = 0; p < KW_PRECISIONS; ++p) {
        const char *name = kw_precision_name((kw_precision)p);
        if (points[p]) {
            fprintf(out, "%s$LINE%d using 1:2 with linespoints pt %d ps 0.6 lw 1.8 dt %d lc rgb '%s' title '%s'", before, p,
                    shapes[p], p + 1, colours[p], name);
            before = ", ";
        }
        if (more[p]) {
            fprintf(out, "%s$POINT%d using 1:2 with points pt %d ps 1.2 lc rgb '%s' title '%s, measured'", before, p,
                    shapes[p] - 1, colours[p], name);
            before = ", ";
        }
    }
    fputc('\n', out);
    return true;
}

static double seconds_of(const json_t *row) { return number(row, "seconds"); }
static double bytes_of(const json_t *row) { return number(row, "peak_bytes_per_rank") / 0x1p30; }
static double estimate_of(const json_t *row) { return infidelity(row, "estimate"); }
static double measured_of(const json_t *row) { return infidelity(row, "measured"); }

static bool draw_seconds(const kw_run *run, FILE *out) { return draw(run, "seconds", seconds_of, NULL, out); }
static bool draw_bytes(const kw_run *run, FILE *out) { return draw(run, "GiB per rank", bytes_of, NULL, out); }
static bool draw_infidelity(const kw_run *run, FILE *out) { return draw(run, "infidelity", estimate_of, measured_of, out); }

static const kw_figure figures[] = {
    {"seconds", "<b>Time.</b> One run of the circuit from |0...0&gt;, best of the repeats, for each storage kind.", 380,
     draw_seconds},
    {"bytes", "<b>Memory.</b> Counted bytes per rank: amplitudes, scales or marks of runs, exchange buffers.", 380,
     draw_bytes},
    {"infidelity",
     "<b>Price.</b> Infidelity against exact storage: lines as estimated from the rounding errors that were measured while "
     "the state was written, points as measured against a state in double precision, where both fit.",
     380, draw_infidelity},
};

static const kw_table_head heads[] = {
    {"double", true}, {"single", true}, {"s16", true}, {"s8", true}, {"largest bound of the infidelity", true}};

const kw_kind kw_kind_wall = {
    .format = KW_KIND_FORMAT(wall),
    .version = 1,
    .title = "The memory wall",
    .name = "memory walls",
    .explanation = "The largest number of qubits run in each storage kind: 16, 8, 4 and 2 bytes per amplitude. The bound of "
                   "the infidelity holds always, (the sum of the rounding errors of all writes) squared.",
    .heads = heads,
    .head_count = sizeof heads / sizeof *heads,
    .compare = compare,
    .headline = headline,
    .tiles = tiles,
    .lists = lists,
    .figures = figures,
    .figure_count = sizeof figures / sizeof *figures,
};
