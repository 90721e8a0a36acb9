/* F5  Studies: their numbers, and their place in the report. */
#include "report/study.h"

#include <math.h>
#include <string.h>

#include "report/train.h"

static const json_t *json_at(const kw_run *run, size_t i) { return json_array_get(json_object_get(run->result, "rows"), i); }

static const char *text_of(const json_t *row, const char *key) {
    const char *text = kw_run_text(row, key);
    return text ? text : "";
}

size_t kw_study_rows(const kw_run *run) { return json_array_size(json_object_get(run->result, "rows")); }

kw_study_row kw_study_row_at(const kw_run *run, size_t i) {
    const json_t *row = json_at(run, i);
    return (kw_study_row){.set = text_of(row, "set"),
                          .control = text_of(row, "control"),
                          .text = kw_run_text(row, "text"),
                          .parameters = kw_run_number(row, "parameters"),
                          .effective = kw_run_number(row, "effective_parameters"),
                          .epochs = kw_run_number(row, "epochs"),
                          .accuracy = kw_run_number(row, "test_accuracy"),
                          .deviation = kw_run_number(row, "test_accuracy_deviation"),
                          .loss = kw_run_number(row, "test_loss"),
                          .loss_deviation = kw_run_number(row, "test_loss_deviation"),
                          .accuracies = json_object_get(row, "test_accuracies")};
}

const char *kw_study_name(const kw_run *run, const char *key, size_t which) {
    for (size_t i = 0; i < kw_study_rows(run); ++i) {
        const char *name = text_of(json_at(run, i), key);
        size_t before = 0;
        while (strcmp(text_of(json_at(run, before), key), name) != 0) ++before;
        if (before == i && which-- == 0) return name;
    }
    return NULL;
}

bool kw_study_is_circuit(const kw_study_row *row) { return !strcmp(row->control, "circuit"); }

bool kw_study_circuit(const kw_run *run, const char *set, kw_study_row *row) {
    for (size_t i = 0; i < kw_study_rows(run); ++i) {
        *row = kw_study_row_at(run, i);
        if (!strcmp(row->set, set) && kw_study_is_circuit(row) && isfinite(row->accuracy)) return true;
    }
    return false;
}

bool kw_study_is_generated(const kw_study_row *row) {
    return kw_train_source_words(row->control) && strcmp(row->control, "weights") != 0;
}

bool kw_study_best(const kw_run *run, const char *set, double parameters, bool generated, kw_study_row *best) {
    bool found = false;
    for (size_t i = 0; i < kw_study_rows(run); ++i) {
        const kw_study_row row = kw_study_row_at(run, i);
        if (strcmp(row.set, set) != 0 || kw_study_is_circuit(&row) || !(row.parameters <= parameters)) continue;
        if ((generated && !kw_study_is_generated(&row)) || !(row.accuracy > (found ? best->accuracy : -INFINITY))) continue;
        *best = row;
        found = true;
    }
    return found;
}

static const kw_table_head heads[] = {{"study", false},
                                      {"sources of weights", true},
                                      {"seeds", true},
                                      {"test accuracy of the circuit", false},
                                      {"circuit \xE2\x88\x92 best control (points)", false}};

const kw_kind kw_kind_study = {
    .format = KW_KIND_FORMAT(study),
    .version = 1,
    .title = "Study of Quantum-Train and its controls",
    .name = "studies",
    .explanation =
        "The same network on the same images, its weights from the circuit and from controls: what a control reaches, too, "
        "is not the work of the circuit. Best control: the most accurate one with at most as many trained parameters as the "
        "circuit's run. &plusmn;: sample deviation over the seeds; that of few seeds is itself uncertain. Parameters that "
        "matter: those that can change a weight. A pruned network and a lottery ticket were found by training all weights.",
    .heads = heads,
    .head_count = sizeof heads / sizeof *heads,
    .compare = kw_study_compare,
    .headline = kw_study_headline,
    .tiles = kw_study_tiles,
    .lists = kw_study_lists,
    .figures = kw_study_figures,
    .figure_count = KW_STUDY_FIGURES,
    .fixed = true,
};
