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

static void print_cell(const kw_study *study, size_t f, bool last, int width, const char *cell) {
    const bool left = study->fields[f].format == KW_FIELD_TEXT;
    if (left && last) printf("%s\n", cell);
    else printf(left ? "%-*s%s" : "%*s%s", width, cell, last ? "\n" : "  ");
}

/* What a group says of its section; "" where there are no sections. */
static const char *section_of(const kw_study *study, const kw_study_group *group, char *cell) {
    *cell = '\0';
    if (study->section) write_cell(study, group, kw_study_field_of(study, study->section), cell);
    return cell;
}

/* The groups of one section, and of its columns those that hold anything. */
static void print_groups(const kw_study *study, const kw_study_group *groups, size_t count, const char *section) {
    char cell[CELL];
    int width[KW_STUDY_FIELDS];
    size_t shown[KW_STUDY_FIELDS], used = 0;
    for (size_t f = 0; f < study->field_count; ++f) {
        bool filled = false;
        width[f] = width_of(study->fields[f].heading);
        for (size_t g = 0; g < count; ++g) {
            if (strcmp(section_of(study, &groups[g], cell), section) != 0) continue;
            write_cell(study, &groups[g], f, cell);
            filled = filled || strcmp(cell, "-") != 0;
            if (width_of(cell) > width[f]) width[f] = width_of(cell);
        }
        if (filled && !(study->section && !strcmp(study->fields[f].key, study->section))) shown[used++] = f;
    }
    for (size_t i = 0; i < used; ++i)
        print_cell(study, shown[i], i + 1 == used, width[shown[i]], study->fields[shown[i]].heading);
    for (size_t g = 0; g < count; ++g)
        for (size_t i = 0; i < used && !strcmp(section_of(study, &groups[g], cell), section); ++i) {
            write_cell(study, &groups[g], shown[i], cell);
            print_cell(study, shown[i], i + 1 == used, width[shown[i]], cell);
        }
}

/* Sections in the order of their first rows. */
static void print_sections(const kw_study *study, const kw_study_group *groups, size_t count) {
    for (size_t g = 0; g < count; ++g) {
        char section[CELL], other[CELL];
        bool first = true;
        section_of(study, &groups[g], section);
        for (size_t before = 0; before < g && first; ++before)
            first = strcmp(section_of(study, &groups[before], other), section) != 0;
        if (!first) continue;
        if (*section) printf("%s%s\n", g ? "\n" : "", section);
        print_groups(study, groups, count, section);
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
    print_sections(study, groups, count);
    json_array_foreach(json_object_get(result, "findings"), i, finding)
        printf("%s%s: %s\n  %s: %s\n", i ? "" : "\n", text_of(finding, "claim"), text_of(finding, "verdict"),
               text_of(finding, "experiment"), text_of(finding, "number"));
    kw_study_groups_free(groups, count);
    return KW_OK;
}
