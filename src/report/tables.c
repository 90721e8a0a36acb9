/* F5  Comparison, resources and provenance: the same for runs of all kinds. */
#include "report/tables.h"

#include <math.h>
#include <string.h>

#include "report/html.h"

static const char *text_or_dash(const char *text) { return text ? text : "\xE2\x80\x93"; }

static kw_number_text plain(const kw_run *run, const char *name) {
    return kw_number_plain(kw_run_number(run->result, name));
}

/* "adam by parameter shift, local cost, 100 shots, 30 steps" */
static void training_cell(const kw_run *run, FILE *out) {
    const char *cost = kw_run_text(run->result, "cost"), *gradient = kw_run_text(run->result, "gradient");
    fputs("<td>", out);
    kw_html_text(out, kw_run_text(run->result, "optimiser"));
    if (gradient && !strcmp(gradient, "shift")) fputs(" by parameter shift", out);
    if (cost) kw_html_format(out, ", %s cost", cost);
    if (kw_run_number(run->result, "shots") > 0.0) kw_html_format(out, ", %s shots", plain(run, "shots").text);
    kw_html_format(out, ", %s steps", plain(run, "steps").text);
    fputs("</td>", out);
}

static void comparison_row(const kw_run *run, size_t number, kw_table *table) {
    kw_table_row(table, NULL);
    fprintf(table->out, "<th scope=\"row\"><a href=\"#run-%zu\">", number);
    kw_html_text(table->out, run->name);
    fputs("</a></th>", table->out);
    run->kind->compare(run, table);
    if (run->columns) {
        if (run->kind->circuit) run->kind->circuit(run, table);
        else
            kw_table_format(table, false, "%s \xC3\x97 %s, %s angles", text_or_dash(kw_run_text(run->result, "ansatz")),
                            plain(run, "layers").text, plain(run, "parameters").text);
        training_cell(run, table->out);
    }
    kw_table_number(table, kw_number_seconds(kw_run_number(run->result, "seconds")));
    kw_table_number(table, kw_number_bytes(kw_run_number(run->result, "peak_bytes_per_rank")));
    kw_table_row_end(table);
}

void kw_table_comparison(const kw_kind *kind, const kw_run *runs, size_t count, FILE *out) {
    static const kw_table_head first = {"run", false};
    static const kw_table_head last[] = {{"circuit", false}, {"training", false}, {"time", true}, {"memory / rank", true}};
    enum { LAST = sizeof last / sizeof *last, TRAINING = 2 /* of those */ };
    kw_table_head heads[1 + KW_KIND_HEADS + LAST] = {first};
    size_t used = 1;
    for (size_t i = 0; i < kind->head_count; ++i) heads[used++] = kind->heads[i];
    for (size_t i = kind->columns ? 0 : TRAINING; i < LAST; ++i) heads[used++] = last[i];
    kw_table table = kw_table_begin(out, heads, used);
    for (size_t i = 0; i < count; ++i)
        if (runs[i].kind == kind) comparison_row(&runs[i], i + 1, &table);
    kw_table_end(&table);
}

kw_number_text kw_number_rounding(const kw_run *run, const char *what) {
    const bool packed = kw_run_text(run->result, "rounding");
    return kw_number_small(packed ? kw_run_number(json_object_get(run->result, "infidelity"), what) : NAN);
}

void kw_table_resources(const kw_run *run, FILE *out) {
    static const struct {
        const char *key, *name;
        kw_number_text (*format)(double);
    } rows[] = {{"ranks", "ranks", kw_number_plain},
                {"ranks_per_state", "ranks that share a state", kw_number_plain},
                {"replicas", "replicas", kw_number_plain},
                {"threads", "threads per rank", kw_number_plain},
                {"gates", "gates of the circuit", kw_number_plain},
                {"steps", "optimiser steps", kw_number_plain},
                {"evaluations", "evaluations of the cost", kw_number_plain},
                {"seconds", "wall time", kw_number_seconds},
                {"exchanges", "exchanges between ranks", kw_number_plain},
                {"bytes_exchanged", "sent per rank", kw_number_bytes},
                {"peak_bytes_per_rank", "peak memory per rank, counted", kw_number_bytes},
                {"resident_bytes", "peak memory per rank, resident", kw_number_bytes}};
    static const kw_table_head heads[] = {{"run", false}, {"value", true}};
    kw_table table = kw_table_begin(out, heads, 2);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
        kw_table_pair(&table, rows[i].name, rows[i].format(kw_run_number(run->result, rows[i].key)));
    kw_table_text_pair(&table, "precision", kw_run_text(run->result, "precision"));
    kw_table_text_pair(&table, "rounding", kw_run_text(run->result, "rounding"));
    kw_table_pair(&table, "infidelity by rounding, about", kw_number_rounding(run, "estimate"));
    kw_table_pair(&table, "the same, at most", kw_number_rounding(run, "bound"));
    kw_table_end(&table);
}

void kw_table_provenance(const kw_run *run, FILE *out) {
    static const kw_table_head heads[] = {{"of", false}, {"value", false}};
    const char *name;
    json_t *value;
    kw_table table = kw_table_begin(out, heads, 2);
    json_object_foreach(json_object_get(run->result, "provenance"), name, value) {
        kw_table_row(&table, name);
        if (json_is_number(value)) kw_table_text(&table, kw_number_plain(json_number_value(value)).text);
        else kw_table_text(&table, json_string_value(value));
        kw_table_row_end(&table);
    }
    kw_table_end(&table);
}
