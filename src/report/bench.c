/* F5  Runs of ketwall bench: their place in the report. */
#include <math.h>
#include <string.h>

#include "report/chart.h"
#include "report/kind.h"

static const json_t *rows_of(const kw_run *run) { return json_object_get(run->result, "rows"); }

static double number(const json_t *row, const char *name) { return kw_run_number(row, name); }

static const char *text(const json_t *row, const char *name) {
    const char *value = kw_run_text(row, name);
    return value ? value : "";
}

static double probe_of(const json_t *row) { return number(row, "probe"); }
static double memory_share(const json_t *row) { return number(row, "memory_share"); }
static double flop_share(const json_t *row) { return number(row, "operations") / number(row, "peak"); }

/* The largest number of a name among the rows; NaN: none. */
static double largest(const kw_run *run, double (*value)(const json_t *row)) {
    double most = NAN;
    size_t i;
    const json_t *row;
    json_array_foreach(rows_of(run), i, row) most = fmax(most, value(row));
    return most;
}

static double peak_of(const json_t *row) { return number(row, "peak"); }
static double ranks_of(const json_t *row) { return number(row, "ranks"); }
static double infidelity_of(const json_t *row) { return number(row, "infidelity"); }
static double threads_of(const json_t *row) { return number(row, "threads"); }

/* ---- words and tables ---- */

static const char *amplitudes_of(const json_t *row) {
    kw_precision precision;
    const char *name = kw_run_text(row, "precision");
    if (name && kw_precision_parse(name, &precision) == KW_OK && kw_precision_is_packed(precision)) return name;
    return number(row, "complex_bytes") == 16 ? "complex128" : "complex64";
}

static void headline(const kw_run *run, FILE *out) {
    const json_t *first = json_array_get(rows_of(run), 0);
    kw_html_format(out, "%zu results on up to %s ranks x %s threads, %s.", json_array_size(rows_of(run)),
                   kw_number_plain(largest(run, ranks_of)).text, kw_number_plain(number(first, "threads")).text,
                   amplitudes_of(first));
}

static kw_number_text per_second(double value) { return kw_number_plain(round(value / 1e8) / 10); }

static void compare(const kw_run *run, kw_table *table) {
    kw_table_number(table, kw_number_plain((double)json_array_size(rows_of(run))));
    kw_table_number(table, kw_number_plain(largest(run, ranks_of)));
    kw_table_number(table, kw_number_plain(largest(run, threads_of)));
    kw_table_number(table, per_second(largest(run, probe_of)));
    kw_table_number(table, per_second(largest(run, peak_of)));
}

static void tiles(const kw_run *run, FILE *out) {
    const double infidelity = largest(run, infidelity_of);
    kw_tile(out, "GB/s read and written by the probe at best", per_second(largest(run, probe_of)));
    kw_tile(out, "thousand million multiply-adds per second in registers", per_second(largest(run, peak_of)));
    kw_tile(out, "largest infidelity by rounding", kw_number_small(infidelity > 0 ? infidelity : NAN));
}

/* Rounded to so many significant digits. */
static kw_number_text digits(double value, int count) {
    if (!isfinite(value) || value <= 0) return kw_number_plain(NAN);
    const double unit = pow(10, floor(log10(value)) + 1 - count);
    return kw_number_plain(round(value / unit) * unit);
}

static kw_number_text percent(double share) {
    return kw_number_plain(isfinite(share) && share > 0 ? round(100 * share) : NAN);
}

static void write_name(const json_t *row, kw_table *table) {
    const char *name = text(row, "name"), *scaling = text(row, "scaling");
    const bool plain = !*scaling || !strcmp(scaling, "none");
    if (!strcmp(name, "sweep")) kw_table_format(table, false, "sweep, qubit %.0f", number(row, "which"));
    else if (!strncmp(name, "exchange", 8))
        kw_table_format(table, false, "%s, %.0f at once", name, number(row, "which") + 1);
    else kw_table_format(table, false, "%s%s%s", name, plain ? "" : ", ", plain ? "" : scaling);
}

static void results(const kw_run *run, FILE *out) {
    static const kw_table_head heads[] = {{"benchmark", false},
                                          {"qubits", true},
                                          {"ranks", true},
                                          {"median s", true},
                                          {"best s", true},
                                          {"passes", true},
                                          {"exchanges", true},
                                          {"GB/s", true},
                                          {"% of the probe", true},
                                          {"% of flops", true},
                                          {"predicted / measured", true},
                                          {"scaling %", true}};
    kw_table table = kw_table_begin(out, heads, sizeof heads / sizeof *heads);
    size_t i;
    const json_t *row;
    json_array_foreach(rows_of(run), i, row) {
        kw_table_row(&table, NULL);
        write_name(row, &table);
        kw_table_number(&table, kw_number_plain(number(row, "qubits")));
        kw_table_number(&table, kw_number_plain(number(row, "ranks")));
        kw_table_number(&table, digits(number(row, "median_seconds"), 4));
        kw_table_number(&table, digits(number(row, "best_seconds"), 4));
        kw_table_number(&table, kw_number_plain(number(row, "passes")));
        kw_table_number(&table, kw_number_plain(number(row, "exchanges")));
        kw_table_number(&table, per_second(number(row, "bandwidth")));
        kw_table_number(&table, percent(memory_share(row)));
        kw_table_number(&table, percent(flop_share(row)));
        kw_table_number(&table, digits(number(row, "predicted_seconds") / number(row, "median_seconds"), 2));
        kw_table_number(&table, percent(number(row, "efficiency")));
        kw_table_row_end(&table);
    }
    kw_table_end(&table);
}

/* ---- figures ---- */

/* Bars: shares of what memory and cores can do, for the benchmarks that are no cases of one. */
static bool draw_bounds(const kw_run *run, FILE *out) {
    size_t i, bars = 0;
    const json_t *row;
    fputs("$BOUNDS << EOD\n", out);
    json_array_foreach(rows_of(run), i, row) {
        const double memory = 100 * memory_share(row), flops = 100 * flop_share(row);
        if (!isfinite(memory) || !isfinite(flops) || !(flops > 0) || !strcmp(text(row, "name"), "sweep")) continue;
        fprintf(out, "%.12s %.0f (%.0f)\t%.6g\t%.6g\n", text(row, "name"), number(row, "qubits"), number(row, "ranks"),
                memory, flops);
        ++bars;
    }
    fputs("EOD\n", out);
    if (!bars) return false;
    kw_chart_style(out);
    fputs("set style data histograms\nset style fill solid 0.9 noborder\nset boxwidth 0.9\nset xtics rotate by -30\n"
          "set ylabel 'share of the bound (%)' textcolor rgb '#374151'\nset yrange [0:*]\n"
          "plot $BOUNDS using 2:xtic(1) lc rgb '" KW_BLUE "' title 'memory: passes beside the probe', "
          "'' using 3 " KW_CHART_LIGHT(KW_ORANGE) " title 'cores: multiply-adds beside the peak'\n",
          out);
    return true;
}

static bool draw_sweep(const kw_run *run, FILE *out) {
    size_t i, points = 0;
    const json_t *row;
    fputs("$SWEEP << EOD\n", out);
    json_array_foreach(rows_of(run), i, row) {
        if (strcmp(text(row, "name"), "sweep") != 0 || !isfinite(memory_share(row))) continue;
        fprintf(out, "%.0f\t%.6g\n", number(row, "which"), 100 * memory_share(row));
        ++points;
    }
    fputs("EOD\n", out);
    if (points < 2) return false;
    kw_chart_style(out);
    fputs("set xlabel 'qubit' textcolor rgb '#374151'\nset ylabel 'share of the probe (%)' textcolor rgb '#374151'\n"
          "set yrange [0:*]\nplot $SWEEP using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 lc rgb '" KW_BLUE
          "' title 'one H by itself', 75 with lines dt 2 lc rgb '" KW_GREY "' title '75 %'\n",
          out);
    return true;
}

static const kw_figure figures[] = {
    {"bounds",
     "<b>Bounds.</b> What the passes read and write beside a probe that reads and writes the same memory in place, and "
     "their arithmetic beside what the cores can do in registers; qubits, and ranks in parentheses. Whichever is nearer to "
     "100 % limits the benchmark.",
     380, draw_bounds},
    {"sweep", "<b>One gate on each qubit.</b> An H alone moves the whole state once: its bandwidth beside the probe's.", 330,
     draw_sweep},
};

static const kw_table_head heads[] = {
    {"results", true}, {"ranks", true}, {"threads", true}, {"probe GB/s", true}, {"G multiply-adds/s", true}};

const kw_kind kw_kind_bench = {
    .format = KW_KIND_FORMAT(bench),
    .version = 1,
    .title = "Benchmark report",
    .name = "benchmarks",
    .explanation =
        "Probe: every amplitude of the state multiplied in place, read and written bytes counted. Multiply-adds: fused "
        "multiply-adds of real numbers by all cores, in registers. Rates are those of all ranks together.",
    .heads = heads,
    .head_count = sizeof heads / sizeof *heads,
    .compare = compare,
    .headline = headline,
    .tiles = tiles,
    .lists = results,
    .figures = figures,
    .figure_count = sizeof figures / sizeof *figures,
};
