/* F6  The rows of a study on the terminal. */
#include "cli/study_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CELL = 64 };

/* Bytes of a cell as it is written, without those of UTF-8 that take no place: headings and names are ASCII. */
static int width_of(const char *text) { return (int)strlen(text); }

static void write_number(kw_field_format format, double value, double deviation, char *cell) {
    static const char *const formats[] = {
        [KW_FIELD_TEXT] = "%.6g",  [KW_FIELD_NUMBER] = "%.6g", [KW_FIELD_FIDELITY] = "%.8f",
        [KW_FIELD_SMALL] = "%.2e", [KW_FIELD_BYTES] = "%.6g",  [KW_FIELD_SECONDS] = "%.3g",
    };
    if (!isfinite(value)) {
        strcpy(cell, "-");
        return;
    }
    const int length = snprintf(cell, CELL, formats[format], value);
    if (isfinite(deviation) && deviation > KW_STUDY_ROUNDING * fabs(value))
        snprintf(cell + length, (size_t)(CELL - length), " +- %.1e", deviation);
}

static void write_cell(const kw_study *study, const kw_study_group *group, size_t f, char *cell) {
    const kw_study_field *field = &study->fields[f];
    const char *text = json_string_value(json_object_get(group->row, field->key));
    if (text) snprintf(cell, CELL, "%s", text);
    else write_number(field->format, group->mean[f], field->role == KW_FIELD_VALUE ? group->deviation[f] : NAN, cell);
}

static void print_cell(const kw_study *study, size_t f, int width, const char *cell) {
    const bool left = study->fields[f].format == KW_FIELD_TEXT;
    const bool last = f + 1 == study->field_count;
    if (left && last) printf("%s\n", cell);
    else printf(left ? "%-*s%s" : "%*s%s", width, cell, last ? "\n" : "  ");
}

static void print_groups(const kw_study *study, const kw_study_group *groups, size_t count) {
    char cell[CELL];
    int width[KW_STUDY_FIELDS];
    for (size_t f = 0; f < study->field_count; ++f) {
        width[f] = width_of(study->fields[f].heading);
        for (size_t g = 0; g < count; ++g) {
            write_cell(study, &groups[g], f, cell);
            if (width_of(cell) > width[f]) width[f] = width_of(cell);
        }
    }
    for (size_t f = 0; f < study->field_count; ++f) print_cell(study, f, width[f], study->fields[f].heading);
    for (size_t g = 0; g < count; ++g)
        for (size_t f = 0; f < study->field_count; ++f) {
            write_cell(study, &groups[g], f, cell);
            print_cell(study, f, width[f], cell);
        }
}

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "-";
}

kw_status kw_study_print(const kw_study *study, const json_t *result) {
    kw_study_group *groups = NULL;
    size_t i, count = 0;
    json_t *finding;
    const kw_status status = kw_study_groups(study, json_object_get(result, "rows"), &groups, &count);
    if (status != KW_OK) return status;
    print_groups(study, groups, count);
    json_array_foreach(json_object_get(result, "findings"), i, finding)
        printf("%s%s: %s\n  %s: %s\n", i ? "" : "\n", text_of(finding, "claim"), text_of(finding, "verdict"),
               text_of(finding, "experiment"), text_of(finding, "number"));
    kw_study_groups_free(groups, count);
    return KW_OK;
}
