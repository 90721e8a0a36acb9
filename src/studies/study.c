/* F5  The studies there are, their findings, and the statistics of their rows. */
#include "studies/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define ADDRESS(identifier) &kw_study_##identifier,
static const kw_study *const studies[] = {KW_STUDY_LIST(ADDRESS) NULL};
#undef ADDRESS

/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
const kw_study *kw_study_at(size_t i) { return i < sizeof studies / sizeof *studies ? studies[i] : NULL; }

const kw_study *kw_study_find(const char *name) {
    const kw_study *study = NULL;
    for (size_t i = 0; name && (study = kw_study_at(i)) && strcmp(study->name, name) != 0;) ++i;
    return name ? study : NULL;
}

size_t kw_study_field_of(const kw_study *study, const char *key) {
    size_t i = 0;
    while (i < study->field_count && strcmp(study->fields[i].key, key) != 0) ++i;
    return i;
}

void kw_study_find_out(json_t *findings, const char *claim, const char *experiment, const char *number,
                       const char *verdict) {
    json_array_append_new(findings, json_pack("{s:s, s:s, s:s, s:s}", "claim", claim, "experiment", experiment, "number",
                                              number, "verdict", verdict));
}

/* ---- members of rows ---- */

double kw_study_number(const json_t *row, const char *key) {
    const json_t *value = json_object_get(row, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

const char *kw_study_text(const json_t *row, const char *key) {
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

bool kw_study_is(const json_t *row, const char *key, const char *text) { return !strcmp(kw_study_text(row, key), text); }

/* ---- statistics ---- */

double kw_study_mean(const kw_study_group *group, const char *key) {
    const size_t field = kw_study_field_of(group->study, key);
    return field < group->study->field_count ? group->mean[field] : NAN;
}

static bool same_group(const kw_study *study, const json_t *a, const json_t *b) {
    for (size_t i = 0; i < study->field_count; ++i) {
        const kw_study_field *f = &study->fields[i];
        if (f->role != KW_FIELD_GROUP) continue;
        const json_t *left = json_object_get(a, f->key), *right = json_object_get(b, f->key);
        if (json_is_number(left) && json_is_number(right) ? json_number_value(left) != json_number_value(right)
                                                          : left != right && !json_equal(left, right))
            return false;
    }
    return true;
}

/* Number of the row's group; a new one where there is none.  SIZE_MAX: no memory. */
static size_t group_of(const kw_study *study, kw_study_group *groups, size_t *count, const json_t *row) {
    size_t g = 0;
    while (g < *count && !same_group(study, groups[g].row, row)) ++g;
    if (g < *count) return g;
    double *numbers = calloc(2 * study->field_count, sizeof *numbers);
    if (!numbers) return SIZE_MAX;
    groups[(*count)++] =
        (kw_study_group){.study = study, .row = row, .mean = numbers, .deviation = numbers + study->field_count};
    return g;
}

/* Of one field in all groups: means first, then the deviations from them. */
static void take_statistics(const json_t *rows, const size_t *group, kw_study_group *groups, size_t count, const char *key,
                            size_t field, double *members) {
    size_t i;
    json_t *row;
    memset(members, 0, count * sizeof *members);
    json_array_foreach((json_t *)rows, i, row) {
        const json_t *value = json_object_get(row, key);
        if (!json_is_number(value)) continue;
        groups[group[i]].mean[field] += json_number_value(value);
        ++members[group[i]];
    }
    for (size_t g = 0; g < count; ++g) groups[g].mean[field] = members[g] > 0 ? groups[g].mean[field] / members[g] : NAN;
    json_array_foreach((json_t *)rows, i, row) {
        const json_t *value = json_object_get(row, key);
        if (json_is_number(value))
            groups[group[i]].deviation[field] += pow(json_number_value(value) - groups[group[i]].mean[field], 2);
    }
    for (size_t g = 0; g < count; ++g)
        groups[g].deviation[field] = members[g] > 1 ? sqrt(groups[g].deviation[field] / (members[g] - 1)) : NAN;
}

kw_status kw_study_groups(const kw_study *study, const json_t *rows, kw_study_group **out, size_t *count) {
    const size_t most = json_array_size(rows);
    kw_study_group *groups = calloc(most + 1, sizeof *groups);
    size_t *group = calloc(most + 1, sizeof *group), i, used = 0;
    double *members = calloc(most + 1, sizeof *members);
    json_t *row;
    bool complete = groups && group && members;
    json_array_foreach((json_t *)rows, i, row) {
        if (!complete) break;
        group[i] = group_of(study, groups, &used, row);
        complete = group[i] != SIZE_MAX;
        if (complete) ++groups[group[i]].rows;
    }
    for (size_t f = 0; complete && f < study->field_count; ++f)
        take_statistics(rows, group, groups, used, study->fields[f].key, f, members);
    free(group);
    free(members);
    if (!complete) {
        kw_study_groups_free(groups, used);
        return kw_fail(KW_E_NOMEM, "no memory for the statistics of %zu rows", most);
    }
    *out = groups;
    *count = used;
    return KW_OK;
}

void kw_study_groups_free(kw_study_group *groups, size_t count) {
    for (size_t g = 0; groups && g < count; ++g) free(groups[g].mean); /* and the deviations behind it */
    free(groups);
}
