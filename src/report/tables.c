/* F5  Headline and tables of the report. */
#include "report/tables.h"

#include <math.h>
#include <string.h>

#include "report/html.h"

/* Names of the families for people; others are shown as they are. */
static const char *family_name(const char *family) {
    static const char *const names[][2] = {
        {"ghz-angle", "GHZ angle family"},
        {"ghz-phase", "GHZ phase family"},
        {"w-phase", "W phase family"},
        {"w-graded", "graded W family"},
        {"dicke-phase", "Dicke phase family"},
        {"cerezo", "Cerezo et al. ensemble"},
        {"identical", "identical product states"},
        {"stabilizer", "stabilizer code words"},
        {"sector", "fixed Hamming weight"},
        {"spectrum", "given spectrum"},
        {"random", "Haar-random states"},
        {"tfim", "transverse-field Ising ground states"},
        {"heisenberg", "Heisenberg ground states"},
        {"files", "states from files"},
    };
    for (size_t i = 0; family && i < sizeof names / sizeof *names; ++i)
        if (!strcmp(names[i][0], family)) return names[i][1];
    return family ? family : "unnamed family";
}

static kw_number_text optimum_text(const kw_run *run) { return kw_number_fidelity(run->train.optimum, run->optimum_error); }

static kw_number_text fidelity_text(const kw_run_scores *scores) {
    return kw_number_fidelity(scores->fidelity, scores->infidelity);
}

/* Distances below rounding say nothing about the training. */
static kw_number_text gap_text(double gap) {
    kw_number_text text = kw_number_small(gap);
    if (fabs(gap) < 1e-15) snprintf(text.text, sizeof text.text, "< 10\xE2\x81\xBB\xC2\xB9\xE2\x81\xB5");
    return text;
}

static const char *text_or_empty(const char *text) { return text ? text : ""; }

void kw_table_headline(const kw_run *run, FILE *out) {
    const double latent = kw_run_number(run->result, "latent");
    kw_html_format(out, "%s, %s qubits \xE2\x86\x92 %s latent %s: fidelity %s",
                   family_name(kw_run_text(run->result, "family")),
                   kw_number_plain(kw_run_number(run->result, "qubits")).text, kw_number_plain(latent).text,
                   latent == 1.0 ? "qubit" : "qubits", fidelity_text(&run->train).text);
    if (isfinite(run->train.optimum)) kw_html_format(out, " of at most %s (exact optimum)", optimum_text(run).text);
    if (isfinite(run->train.null_baseline))
        kw_html_format(out, "; best constant encoder %s", kw_number_plain(run->train.null_baseline).text);
    if (run->test.present) kw_html_format(out, "; unseen states %s", fidelity_text(&run->test).text);
    fputc('.', out);
}

static void begin_table(FILE *out, const char *const *heads, const bool *numeric, size_t count) {
    fputs("<div class=\"scroll\"><table>\n<thead><tr>", out);
    for (size_t i = 0; i < count; ++i) {
        fprintf(out, "<th%s>", numeric[i] ? " class=\"n\"" : "");
        if (*heads[i]) kw_html_text(out, heads[i]);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
}

static void end_table(FILE *out) { fputs("</tbody>\n</table></div>\n", out); }

static void number_cell(FILE *out, kw_number_text number) {
    fputs("<td class=\"n\">", out);
    kw_html_text(out, number.text);
    fputs("</td>", out);
}

static void text_cell(FILE *out, const char *text) {
    fputs("<td>", out);
    kw_html_text(out, text);
    fputs("</td>", out);
}

static void comparison_row(const kw_run *run, size_t number, FILE *out) {
    const json_t *result = run->result;
    fprintf(out, "<tr><th scope=\"row\"><a href=\"#run-%zu\">", number);
    kw_html_text(out, run->name);
    fputs("</a></th>", out);
    text_cell(out, family_name(kw_run_text(result, "family")));
    fputs("<td class=\"n\">", out);
    kw_html_format(out, "%s \xE2\x86\x92 %s", kw_number_plain(kw_run_number(result, "qubits")).text,
                   kw_number_plain(kw_run_number(result, "latent")).text);
    fputs("</td>", out);
    number_cell(out, fidelity_text(&run->train));
    number_cell(out, gap_text(run->train.gap));
    number_cell(out, fidelity_text(&run->test));
    number_cell(out, kw_number_plain(run->train.null_baseline));
    fputs("<td>", out);
    kw_html_format(out, "%s \xC3\x97 %s, %s angles", text_or_empty(kw_run_text(result, "ansatz")),
                   kw_number_plain(kw_run_number(result, "layers")).text,
                   kw_number_plain(kw_run_number(result, "parameters")).text);
    fputs("</td><td>", out);
    kw_html_format(out, "%s, %s cost, %s steps", text_or_empty(kw_run_text(result, "optimiser")),
                   text_or_empty(kw_run_text(result, "cost")), kw_number_plain(kw_run_number(result, "steps")).text);
    fputs("</td>", out);
    number_cell(out, kw_number_seconds(kw_run_number(result, "seconds")));
    number_cell(out, kw_number_bytes(kw_run_number(result, "peak_bytes_per_rank")));
    fputs("</tr>\n", out);
}

void kw_table_comparison(const kw_run *runs, size_t count, FILE *out) {
    static const char *const heads[] = {"run",          "states",           "qubits",  "F (train)", "optimum \xE2\x88\x92 F",
                                        "F (test)",     "constant encoder", "encoder", "training",  "time",
                                        "memory / rank"};
    static const bool numeric[] = {false, false, true, true, true, true, true, false, false, true, true};
    begin_table(out, heads, numeric, sizeof heads / sizeof *heads);
    for (size_t i = 0; i < count; ++i) comparison_row(&runs[i], i + 1, out);
    end_table(out);
}

static void tile(FILE *out, const char *name, kw_number_text value) {
    fputs("<div class=\"tile\"><b>", out);
    kw_html_text(out, value.text);
    fprintf(out, "</b><span>%s</span></div>\n", name);
}

void kw_table_tiles(const kw_run *run, FILE *out) {
    fputs("<div class=\"tiles\">\n", out);
    tile(out, "trash fidelity, train", fidelity_text(&run->train));
    if (run->test.present) tile(out, "trash fidelity, unseen states", fidelity_text(&run->test));
    tile(out, "distance to the exact optimum", gap_text(run->train.gap));
    tile(out, "reconstruction fidelity, train", kw_number_fidelity(run->train.reconstruction, NAN));
    tile(out, "wall time", kw_number_seconds(kw_run_number(run->result, "seconds")));
    tile(out, "peak memory per rank", kw_number_bytes(kw_run_number(run->result, "peak_bytes_per_rank")));
    fputs("</div>\n", out);
}

static void score_row(FILE *out, const char *name, kw_number_text train, bool test_present, kw_number_text test) {
    fprintf(out, "<tr><th scope=\"row\">%s</th>", name);
    number_cell(out, train);
    if (test_present) number_cell(out, test);
    fputs("</tr>\n", out);
}

void kw_table_results(const kw_run *run, FILE *out) {
    static const char *const heads[] = {"dimensionless", "train", "test"};
    static const bool numeric[] = {false, true, true};
    const kw_run_scores *a = &run->train, *b = &run->test;
    const bool both = b->present;
    begin_table(out, heads, numeric, both ? 3 : 2);
    score_row(out, "states", kw_number_plain(kw_run_number(run->result, "members_train")), both,
              kw_number_plain(kw_run_number(run->result, "members_test")));
    score_row(out, "trash fidelity F", fidelity_text(a), both, fidelity_text(b));
    score_row(out, "infidelity 1 \xE2\x88\x92 F", kw_number_small(a->infidelity), both, kw_number_small(b->infidelity));
    score_row(out, "exact optimum", optimum_text(run), both, kw_number_fidelity(b->optimum, NAN));
    score_row(out, "optimum \xE2\x88\x92 F", gap_text(a->gap), both, gap_text(b->gap));
    score_row(out, "best constant encoder", kw_number_plain(a->null_baseline), both, kw_number_plain(b->null_baseline));
    score_row(out, "global cost", kw_number_small(a->cost_global), both, kw_number_small(b->cost_global));
    score_row(out, "local cost", kw_number_small(a->cost_local), both, kw_number_small(b->cost_local));
    score_row(out, "reconstruction fidelity", kw_number_fidelity(a->reconstruction, NAN), both,
              kw_number_fidelity(b->reconstruction, NAN));
    end_table(out);
}

static void resource_row(FILE *out, const char *name, kw_number_text value) {
    fprintf(out, "<tr><th scope=\"row\">%s</th>", name);
    number_cell(out, value);
    fputs("</tr>\n", out);
}

void kw_table_resources(const kw_run *run, FILE *out) {
    static const struct {
        const char *key, *name;
        kw_number_text (*format)(double);
    } rows[] = {{"ranks", "ranks", kw_number_plain},
                {"replicas", "replicas", kw_number_plain},
                {"threads", "threads per rank", kw_number_plain},
                {"steps", "optimiser steps", kw_number_plain},
                {"evaluations", "evaluations of the cost", kw_number_plain},
                {"gradient_norm", "gradient norm at the end (1/rad)", kw_number_small},
                {"seconds", "wall time", kw_number_seconds},
                {"exchanges", "exchanges between ranks", kw_number_plain},
                {"bytes_exchanged", "sent per rank", kw_number_bytes},
                {"peak_bytes_per_rank", "peak memory per rank, counted", kw_number_bytes},
                {"resident_bytes", "peak memory per rank, resident", kw_number_bytes}};
    static const char *const heads[] = {"run", ""};
    static const bool numeric[] = {false, true};
    begin_table(out, heads, numeric, 2);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
        resource_row(out, rows[i].name, rows[i].format(kw_run_number(run->result, rows[i].key)));
    fputs("<tr><th scope=\"row\">precision</th><td class=\"n\">", out);
    kw_html_text(out, kw_run_text(run->result, "precision"));
    fputs("</td></tr>\n", out);
    end_table(out);
}

void kw_table_members(const kw_run *run, FILE *out) {
    static const char *const heads[] = {"index",          "set", "state", "weight", "F", "1 \xE2\x88\x92 F",
                                        "reconstruction", "note"};
    static const bool numeric[] = {true, false, false, true, true, true, true, false};
    begin_table(out, heads, numeric, sizeof heads / sizeof *heads);
    for (size_t i = 0; i < run->member_count; ++i) {
        const kw_run_member *member = &run->members[i];
        fputs("<tr>", out);
        number_cell(out, kw_number_plain(member->index));
        text_cell(out, member->test ? "test" : "train");
        text_cell(out, member->label);
        number_cell(out, kw_number_plain(member->weight));
        number_cell(out, kw_number_fidelity(member->fidelity, member->infidelity));
        number_cell(out, kw_number_small(member->infidelity));
        number_cell(out, kw_number_fidelity(member->reconstruction, NAN));
        text_cell(out, member->note);
        fputs("</tr>\n", out);
    }
    end_table(out);
}

void kw_table_provenance(const kw_run *run, FILE *out) {
    static const char *const heads[] = {"", ""};
    static const bool numeric[] = {false, false};
    const char *name;
    json_t *value;
    begin_table(out, heads, numeric, 2);
    json_object_foreach(json_object_get(run->result, "provenance"), name, value) {
        fputs("<tr><th scope=\"row\">", out);
        kw_html_text(out, name);
        fputs("</th>", out);
        if (json_is_number(value)) text_cell(out, kw_number_plain(json_number_value(value)).text);
        else text_cell(out, json_string_value(value));
        fputs("</tr>\n", out);
    }
    end_table(out);
}
