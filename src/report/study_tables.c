/* F5  Headline and tables of a study. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "report/study.h"

static const char PLUS_MINUS[] = "\xC2\xB1", MINUS[] = "\xE2\x88\x92";

/* ---- numbers ---- */

static size_t count_names(const kw_run *run, const char *key) {
    size_t count = 0;
    while (kw_study_name(run, key, count)) ++count;
    return count;
}

static size_t most_seeds(const kw_run *run) {
    size_t most = 0;
    for (size_t i = 0; i < kw_study_rows(run); ++i) {
        const size_t seeds = json_array_size(kw_study_row_at(run, i).accuracies);
        if (seeds > most) most = seeds;
    }
    return most;
}

/* "9.74", with its spread "9.74 +- 0.05", and the unit */
static kw_number_text with_spread(double value, double spread, int decimals, const char *unit) {
    kw_number_text number = kw_number_plain(value);
    if (!(fabs(value) < 1e6)) return number;
    const char *sign = value < 0.0 ? MINUS : "";
    if (spread >= 0.0 && spread < 1e6)
        snprintf(number.text, sizeof number.text, "%s%.*f %s %.*f%s", sign, decimals, fabs(value), PLUS_MINUS, decimals,
                 spread, unit);
    else snprintf(number.text, sizeof number.text, "%s%.*f%s", sign, decimals, fabs(value), unit);
    return number;
}

static kw_number_text percent(double share) { return with_spread(100.0 * share, NAN, 2, " %"); }

static kw_number_text accuracy_text(const kw_study_row *row) {
    return with_spread(100.0 * row->accuracy, 100.0 * row->deviation, 2, " %");
}

/* ---- words ---- */

/* How far the circuit's mean is from that of a control, beside the deviations; `which`: "best control with ..." */
static void write_difference(const kw_study_row *circuit, const kw_study_row *control, const char *which, FILE *out) {
    const double difference = circuit->accuracy - control->accuracy, rounding = 1e-9;
    const bool known = isfinite(circuit->deviation) && isfinite(control->deviation);
    const double spread = known ? fmax(circuit->deviation, control->deviation) : NAN;
    if (fabs(difference) < rounding) fputs("equals that of", out);
    else
        kw_html_format(out, "lies %.2f percentage points %s", fabs(100.0 * difference),
                       difference < 0.0 ? "below" : "above");
    kw_html_format(out, " the %s (%s, %s): ", which, *control->control ? control->control : "without a name",
                   percent(control->accuracy).text);
    if (!known && fabs(difference) >= rounding)
        fputs("whether by more than the spread is not known without several seeds of both.", out);
    else if (!known) fputs("no difference.", out);
    else if (fabs(difference) < fmax(spread, rounding))
        kw_html_format(out, "no difference beyond the spread; the larger of the two deviations over seeds is %.2f.",
                       100.0 * spread);
    else kw_html_format(out, "beyond the spread; the larger of the two deviations over seeds is %.2f.", 100.0 * spread);
}

static void write_judgement(const kw_run *run, const char *set, FILE *out) {
    kw_study_row circuit, control;
    if (!kw_study_circuit(run, set, &circuit)) {
        fputs("The circuit has no result here: there is nothing to compare the controls with.", out);
        return;
    }
    if (!kw_study_best(run, set, circuit.parameters, false, &control)) {
        fputs("No control with at most as many trained parameters has a result: this says nothing about the circuit.", out);
        return;
    }
    kw_html_format(out, "The circuit's mean (%s) ", percent(circuit.accuracy).text);
    write_difference(&circuit, &control, "best control with at most as many trained parameters", out);
    if (kw_study_is_generated(&control) || !kw_study_best(run, set, circuit.parameters, true, &control)) return;
    fputs(" It ", out);
    write_difference(&circuit, &control, "best of those controls that generate the weights, too", out);
}

void kw_study_headline(const kw_run *run, FILE *out) {
    const char *set, *study = kw_run_text(run->result, "study");
    const size_t sets = count_names(run, "set");
    kw_html_format(out, "%s: weights from %zu sources on %zu data set%s, %s seeds of each.", study ? study : "study",
                   count_names(run, "control"), sets, sets == 1 ? "" : "s", kw_number_plain((double)most_seeds(run)).text);
    for (size_t i = 0; (set = kw_study_name(run, "set", i)); ++i) {
        kw_study_row circuit, control;
        if (!kw_study_circuit(run, set, &circuit)) continue;
        kw_html_format(out, " %s: circuit %s", set, accuracy_text(&circuit).text);
        if (kw_study_best(run, set, circuit.parameters, false, &control))
            kw_html_format(out, ", best control with at most as many trained parameters %s (%s)",
                           accuracy_text(&control).text, control.control);
        fputc('.', out);
    }
}

/* ---- tables ---- */

/* A cell of the comparison with one entry per data set. */
static void compare_sets(const kw_run *run, kw_table *table, bool difference) {
    const char *set;
    fputs("<td>", table->out);
    for (size_t i = 0; (set = kw_study_name(run, "set", i)); ++i) {
        kw_study_row circuit, control;
        if (i) fputs("<br>", table->out);
        kw_html_text(table->out, set);
        fputs(": ", table->out);
        const bool found = kw_study_circuit(run, set, &circuit)
                           && (!difference || kw_study_best(run, set, circuit.parameters, false, &control));
        if (!found) kw_html_text(table->out, NULL);
        else if (!difference) kw_html_text(table->out, accuracy_text(&circuit).text);
        else
            kw_html_format(table->out, "%s (%s)",
                           with_spread(100.0 * (circuit.accuracy - control.accuracy), NAN, 2, "").text, control.control);
    }
    fputs("</td>", table->out);
}

void kw_study_compare(const kw_run *run, kw_table *table) {
    kw_table_text(table, kw_run_text(run->result, "study"));
    kw_table_number(table, kw_number_plain((double)count_names(run, "control")));
    kw_table_number(table, kw_number_plain((double)most_seeds(run)));
    compare_sets(run, table, false);
    compare_sets(run, table, true);
}

void kw_study_tiles(const kw_run *run, FILE *out) {
    kw_tile(out, "data sets", kw_number_plain((double)count_names(run, "set")));
    kw_tile(out, "sources of weights", kw_number_plain((double)count_names(run, "control")));
    kw_tile(out, "seeds of each", kw_number_plain((double)most_seeds(run)));
}

/* `element`: td or th with its attributes; the row of the circuit is emphasised. */
static void write_cell(const kw_study_row *row, const char *element, const char *text, FILE *out) {
    static const char strong[] = " style=\"background:var(--tint);font-weight:600\"";
    fprintf(out, "<%s%s>", element, kw_study_is_circuit(row) ? strong : "");
    kw_html_text(out, text);
    fprintf(out, "</%.2s>", element);
}

/* "9.78, 9.70" */
static void write_accuracies(const kw_study_row *row, FILE *out) {
    char *text = NULL;
    size_t i, length = 0;
    const json_t *accuracy;
    FILE *memory = open_memstream(&text, &length);
    if (memory) {
        json_array_foreach(row->accuracies, i, accuracy) {
            const double value = json_is_number(accuracy) ? 100.0 * json_number_value(accuracy) : NAN;
            fprintf(memory, "%s%s", i ? ", " : "", with_spread(value, NAN, 2, "").text);
        }
        fclose(memory);
    }
    write_cell(row, "td", text, out);
    free(text);
}

static void write_row(const kw_study_row *row, kw_table *table) {
    static const char number[] = "td class=\"n\"";
    FILE *out = table->out;
    kw_table_row(table, NULL);
    write_cell(row, "th scope=\"row\"", row->control, out);
    write_cell(row, "td", row->text, out);
    write_cell(row, number, kw_number_plain(row->parameters).text, out);
    write_cell(row, number, kw_number_plain(row->effective).text, out);
    write_cell(row, number, kw_number_plain(row->epochs).text, out);
    write_cell(row, number, accuracy_text(row).text, out);
    write_accuracies(row, out);
    write_cell(row, number, with_spread(row->loss, row->loss_deviation, 4, "").text, out);
    kw_table_row_end(table);
}

static void write_set(const kw_run *run, const char *set, FILE *out) {
    static const kw_table_head heads[] = {{"weights from", false},     {"what it is", false}, {"trained parameters", true},
                                          {"those that matter", true}, {"epochs", true},      {"test accuracy", true},
                                          {"of each seed (%)", false}, {"test loss", true}};
    fputs("<h3>", out);
    kw_html_text(out, set);
    fputs("</h3>\n<p>", out);
    write_judgement(run, set, out);
    fputs("</p>\n", out);
    kw_table table = kw_table_begin(out, heads, sizeof heads / sizeof *heads);
    for (size_t i = 0; i < kw_study_rows(run); ++i) {
        const kw_study_row row = kw_study_row_at(run, i);
        if (!strcmp(row.set, set)) write_row(&row, &table);
    }
    kw_table_end(&table);
}

void kw_study_lists(const kw_run *run, FILE *out) {
    const char *set;
    for (size_t i = 0; (set = kw_study_name(run, "set", i)); ++i) write_set(run, set, out);
    if (count_names(run, "set") > KW_STUDY_FIGURES || count_names(run, "control") > KW_STUDY_POINTS)
        fprintf(out, "<p class=\"soft\">Figures: of the first %d data sets, with at most %d points each.</p>\n",
                KW_STUDY_FIGURES, KW_STUDY_POINTS);
    if (!kw_study_rows(run)) fputs("<p class=\"soft\">The study holds no results.</p>\n", out);
}
