/* F5  Tables and findings of a study. */
#include "report/sweep.h"

#include <math.h>
#include <string.h>

#include "report/tables.h"

static const json_t *rows_of(const kw_run *run) { return json_object_get(run->result, "rows"); }
static const json_t *findings_of(const kw_run *run) { return json_object_get(run->result, "findings"); }

const kw_study *kw_sweep_study(const kw_run *run) { return kw_study_find(kw_run_text(run->result, "study")); }

kw_number_text kw_sweep_cell(const kw_study_field *field, double value) {
    switch (field->format) {
    case KW_FIELD_FIDELITY: return kw_number_fidelity(value, 1 - value);
    case KW_FIELD_SMALL: return kw_number_small(value);
    case KW_FIELD_BYTES: return kw_number_bytes(value);
    case KW_FIELD_SECONDS: return kw_number_seconds(value);
    default: return value == floor(value) ? kw_number_plain(value) : kw_number_digits(value, 5);
    }
}

/* ---- words ---- */

static void headline(const kw_run *run, FILE *out) {
    const kw_study *study = kw_sweep_study(run);
    if (study) fprintf(out, "%s", study->question);
    else kw_html_format(out, "%s: a study that this program does not know.", kw_run_text(run->result, "study"));
}

static void compare(const kw_run *run, kw_table *table) {
    size_t i;
    json_t *finding;
    kw_table_text(table, kw_run_text(run->result, "study"));
    kw_table_number(table, kw_number_plain((double)json_array_size(rows_of(run))));
    fputs("<td class=\"long\">", table->out);
    json_array_foreach((json_t *)findings_of(run), i, finding) {
        if (i) fputs("<br>", table->out);
        kw_html_text(table->out, kw_run_text(finding, "claim"));
        fputs(" \xE2\x80\x93 <b>", table->out);
        kw_html_text(table->out, kw_run_text(finding, "verdict"));
        fputs("</b>", table->out);
    }
    fputs("</td>", table->out);
}

static void tiles(const kw_run *run, FILE *out) {
    kw_tile(out, "rows", kw_number_plain((double)json_array_size(rows_of(run))));
    kw_tile(out, "findings", kw_number_plain((double)json_array_size(findings_of(run))));
}

static void write_findings(const kw_run *run, FILE *out) {
    static const kw_table_head heads[] = {{"claim", false}, {"experiment", false}, {"number", false}, {"verdict", false}};
    size_t i;
    json_t *finding;
    if (!json_array_size(findings_of(run))) return;
    fputs("<h3>What follows</h3>\n", out);
    kw_table table = kw_table_begin(out, heads, sizeof heads / sizeof *heads);
    json_array_foreach((json_t *)findings_of(run), i, finding) {
        kw_table_row(&table, kw_run_text(finding, "claim"));
        kw_table_text(&table, kw_run_text(finding, "experiment"));
        kw_table_text(&table, kw_run_text(finding, "number"));
        kw_table_text(&table, kw_run_text(finding, "verdict"));
        kw_table_row_end(&table);
    }
    kw_table_end(&table);
}

/* ---- tables ---- */

/* What a group's member says of its section; NULL where there are no sections. */
static const char *section_of(const kw_study *study, const kw_study_group *group, char *text, size_t bytes) {
    if (!study->section) return NULL;
    const char *name = kw_run_text(group->row, study->section);
    if (name) snprintf(text, bytes, "%s", name);
    else snprintf(text, bytes, "%.10g", kw_run_number(group->row, study->section));
    return text;
}

static bool is_of(const kw_study *study, const kw_study_group *group, const char *section) {
    char text[128];
    const char *own = section_of(study, group, text, sizeof text);
    return !section || (own && !strcmp(own, section));
}

static bool is_shown(const kw_study *study, size_t field, const kw_study_group *groups, size_t count, const char *section) {
    const kw_study_field *f = &study->fields[field];
    if (study->section && !strcmp(f->key, study->section)) return false;
    for (size_t g = 0; g < count; ++g)
        if (is_of(study, &groups[g], section) && (kw_run_text(groups[g].row, f->key) || isfinite(groups[g].mean[field])))
            return true;
    return false;
}

static void write_cell(const kw_study *study, const kw_study_group *group, size_t f, kw_table *table) {
    const kw_study_field *field = &study->fields[f];
    const char *text = kw_run_text(group->row, field->key);
    if (text) kw_table_text(table, text);
    else if (field->role == KW_FIELD_VALUE && group->deviation[f] > KW_STUDY_ROUNDING * fabs(group->mean[f]))
        kw_table_format(table, true, "%s \xC2\xB1 %s", kw_sweep_cell(field, group->mean[f]).text,
                        kw_number_digits(group->deviation[f], 2).text);
    else kw_table_number(table, kw_sweep_cell(field, group->mean[f]));
}

static void write_table(const kw_study *study, const kw_study_group *groups, size_t count, const char *section, FILE *out) {
    kw_table_head heads[KW_STUDY_FIELDS + 1];
    size_t shown[KW_STUDY_FIELDS], used = 0;
    for (size_t f = 0; f < study->field_count; ++f) {
        if (!is_shown(study, f, groups, count, section)) continue;
        heads[used] = (kw_table_head){study->fields[f].heading, study->fields[f].format != KW_FIELD_TEXT};
        shown[used++] = f;
    }
    heads[used] = (kw_table_head){"rows", true};
    kw_table table = kw_table_begin(out, heads, used + 1);
    for (size_t g = 0; g < count; ++g) {
        if (!is_of(study, &groups[g], section)) continue;
        kw_table_row(&table, NULL);
        for (size_t i = 0; i < used; ++i) write_cell(study, &groups[g], shown[i], &table);
        kw_table_number(&table, kw_number_plain((double)groups[g].rows));
        kw_table_row_end(&table);
    }
    kw_table_end(&table);
}

static void write_sections(const kw_study *study, const kw_study_group *groups, size_t count, FILE *out) {
    for (size_t g = 0; g < count; ++g) {
        char section[128];
        bool first = true;
        section_of(study, &groups[g], section, sizeof section);
        for (size_t before = 0; before < g && first; ++before) first = !is_of(study, &groups[before], section);
        if (!first) continue;
        fputs("<h3>", out);
        kw_html_format(out, "%s: %s", study->fields[kw_study_field_of(study, study->section)].heading, section);
        fputs("</h3>\n", out);
        write_table(study, groups, count, section, out);
    }
}

static void lists(const kw_run *run, FILE *out) {
    const kw_study *study = kw_sweep_study(run);
    kw_study_group *groups = NULL;
    size_t count = 0;
    write_findings(run, out);
    if (!study || kw_study_groups(study, rows_of(run), &groups, &count) != KW_OK) return;
    if (study->section) write_sections(study, groups, count, out);
    else {
        fputs("<h3>Results</h3>\n", out);
        write_table(study, groups, count, NULL, out);
    }
    fputs("<p class=\"soft\">\xC2\xB1: sample deviation over the seeds; that of few seeds is itself uncertain.</p>\n", out);
    kw_study_groups_free(groups, count);
}

/* ---- data ---- */

static void write_csv(const kw_study *study, const json_t *rows, FILE *out) {
    size_t i;
    json_t *row;
    fputs("row,seed", out);
    for (size_t f = 0; f < study->field_count; ++f) fprintf(out, ",%s", study->fields[f].key);
    fputc('\n', out);
    json_array_foreach((json_t *)rows, i, row) {
        fprintf(out, "%zu", i + 1);
        kw_csv_number(out, kw_run_number(row, "seed"));
        for (size_t f = 0; f < study->field_count; ++f) {
            const char *text = kw_run_text(row, study->fields[f].key);
            if (text) kw_csv_text(out, text);
            else kw_csv_number(out, kw_run_number(row, study->fields[f].key));
        }
        fputc('\n', out);
    }
}

static void data(const kw_run *run, FILE *out) {
    const kw_study *study = kw_sweep_study(run);
    if (!study) return;
    fputs("<details><summary>Data: every row (CSV)</summary>\n<pre" KW_HTML_SCROLL ">", out);
    write_csv(study, rows_of(run), out);
    fputs("</pre></details>\n<details><summary>Settings</summary>\n<pre" KW_HTML_SCROLL ">", out);
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(run->result, "settings"), key, value) if (json_is_string(value))
        kw_html_format(out, "%s = %s\n", key, json_string_value(value));
    fputs("</pre></details>\n", out);
}

static const kw_table_head heads[] = {{"study", false}, {"rows", true}, {"what follows", false}};

const kw_kind kw_kind_sweep = {
    .format = KW_KIND_FORMAT(sweep),
    .version = 1,
    .title = "Studies",
    .name = "studies of claims",
    .explanation = "What each study was asked, and what its numbers say: every quantum result stands beside the best "
                   "classical control and the exact bound, in the tables below.",
    .heads = heads,
    .head_count = sizeof heads / sizeof *heads,
    .compare = compare,
    .headline = headline,
    .tiles = tiles,
    .lists = lists,
    .data = data,
    .draw = kw_sweep_draw,
};
