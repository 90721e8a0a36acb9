/* F5  Headline and tables of a Quantum-Train run. */
#include <math.h>
#include <string.h>

#include "report/html.h"
#include "report/train.h"

static const char PLUS_MINUS[] = "\xC2\xB1";

/* ---- words and numbers ---- */

static kw_number_text plain(const kw_run *run, const char *name) {
    return kw_number_plain(kw_run_number(run->result, name));
}

static kw_number_text decimals(double value, int count, const char *unit) {
    kw_number_text text = kw_number_plain(value);
    if (fabs(value) < 1e6)
        snprintf(text.text, sizeof text.text, "%s%.*f%s", value < 0.0 ? "\xE2\x88\x92" : "", count, fabs(value), unit);
    return text;
}

static kw_number_text percent(double share) { return decimals(100.0 * share, 2, " %"); }
static kw_number_text loss_text(double loss) { return decimals(loss, 4, ""); }
static kw_number_text ms_text(double ms) { return decimals(ms, 3, ""); }

static kw_number_text accuracy_text(const kw_train_set *s) {
    kw_number_text text = percent(s->accuracy);
    if (isfinite(s->error) && s->error > 0.0)
        snprintf(text.text, sizeof text.text, "%.2f %s %.2f %%", 100.0 * s->accuracy, PLUS_MINUS, 100.0 * s->error);
    return text;
}

/* ---- headline ---- */

/* "425 trained parameters (104 of them angles of a circuit of 13 qubits) generate all 6676 weights of the network" */
static void write_means(const kw_run *run, const kw_train_numbers *n, FILE *out) {
    const kw_number_text parameters = kw_number_plain(n->parameters), weights = kw_number_plain(n->weights);
    if (!n->generated && n->parameters < n->weights)
        kw_html_format(out, "%s of the network's %s weights are trained themselves, the others are pruned", parameters.text,
                       weights.text);
    else if (!n->generated) kw_html_format(out, "the network's %s weights are trained themselves", weights.text);
    else {
        kw_html_format(out, "%s trained parameters", parameters.text);
        if (n->angles > 0.0)
            kw_html_format(out, " (%s of them angles of a circuit of %s qubits)", kw_number_plain(n->angles).text,
                           plain(run, "qubits").text);
        if (n->angles == 0.0) fputs(" (none of them of a circuit)", out);
        kw_html_format(out, " generate all %s weights of the network", weights.text);
        if (n->source && strcmp(n->source, "circuit") != 0) kw_html_format(out, "; control: %s", n->source);
    }
}

/* Whether it has learnt anything, as sentences. */
static void write_judgement(const kw_train_numbers *n, const kw_train_set *test, FILE *out) {
    const double near_share = 0.01, near_loss = 0.05, blind = -log(n->chance);
    if (!(test->accuracy < n->largest + near_share)) return;
    fputs(" <span class=\"warn\">", out);
    if (fabs(test->loss - blind) < near_loss)
        kw_html_format(
            out,
            "The network is dead: no better than always naming the largest class (%s), with a loss near ln %.0f = "
            "%.3f.",
            percent(n->largest).text, 1.0 / n->chance, blind);
    else kw_html_format(out, "No better than always naming the largest class (%s).", percent(n->largest).text);
    if (n->only) kw_html_format(out, " It takes every test image for class %s.", n->only);
    fputs("</span>", out);
}

void kw_train_headline(const kw_run *run, FILE *out) {
    const kw_train_numbers n = kw_train_numbers_of(run);
    const kw_train_set test = kw_train_set_of(run, "test");
    kw_html_format(out, "%s: test accuracy %s; ", kw_train_data_name(run), percent(test.accuracy).text);
    write_means(run, &n, out);
    if (isfinite(n.chance)) kw_html_format(out, "; chance level %g %%", 100.0 * n.chance);
    fputc('.', out);
    write_judgement(&n, &test, out);
}

/* ---- comparison and tiles ---- */

void kw_train_compare(const kw_run *run, kw_table *table) {
    const kw_train_numbers n = kw_train_numbers_of(run);
    const kw_train_set test = kw_train_set_of(run, "test"), train = kw_train_set_of(run, "train");
    kw_table_text(table, kw_train_data_name(run));
    kw_table_text(table, n.source);
    kw_table_number(table, kw_number_plain(n.parameters));
    kw_table_number(table, kw_number_plain(n.effective));
    kw_table_number(table, kw_number_plain(n.weights));
    kw_table_number(table, kw_number_plain(n.epochs));
    kw_table_number(table, percent(test.accuracy));
    kw_table_number(table, loss_text(test.loss));
    kw_table_number(table, percent(train.accuracy));
    kw_table_number(table, ms_text(n.step_ms));
}

/* "ry-cnot x 8, 104 angles" */
void kw_train_circuit(const kw_run *run, kw_table *table) {
    const kw_train_numbers n = kw_train_numbers_of(run);
    const char *ansatz = kw_run_text(run->result, "ansatz");
    if (n.angles > 0.0)
        kw_table_format(table, false, "%s \xC3\x97 %s, %s angles", ansatz ? ansatz : "", plain(run, "blocks").text,
                        kw_number_plain(n.angles).text);
    else kw_table_text(table, n.source && !strcmp(n.source, "frozen") ? "not trained" : "none");
}

void kw_train_tiles(const kw_run *run, FILE *out) {
    const kw_train_numbers n = kw_train_numbers_of(run);
    const kw_train_set test = kw_train_set_of(run, "test"), train = kw_train_set_of(run, "train");
    kw_tile(out, "test accuracy, \xC2\xB1 standard error", accuracy_text(&test));
    kw_tile(out, "test loss", loss_text(test.loss));
    kw_tile(out, "training accuracy", percent(train.accuracy));
    kw_tile(out, "trained parameters", kw_number_plain(n.parameters));
    kw_tile(out, "weights of the network", kw_number_plain(n.weights));
    if (n.compression != 1.0) kw_tile(out, "weights per trained parameter", decimals(n.compression, 2, ""));
    kw_tile(out, "ms per step", ms_text(n.step_ms));
}

/* ---- results ---- */

static void write_sets(const kw_run *run, FILE *out) {
    static const kw_table_head heads[] = {{"set", false}, {"images", true}, {"accuracy", true}, {"loss", true}};
    static const char *const sets[][2] = {{"train", "training"}, {"validation", "validation"}, {"test", "test"}};
    kw_table table = kw_table_begin(out, heads, 4);
    for (size_t i = 0; i < 3; ++i) {
        const kw_train_set set = kw_train_set_of(run, sets[i][0]);
        if (!isfinite(set.accuracy)) continue;
        kw_table_row(&table, sets[i][1]);
        kw_table_number(&table, kw_number_plain(set.images));
        kw_table_number(&table, accuracy_text(&set));
        kw_table_number(&table, loss_text(set.loss));
        kw_table_row_end(&table);
    }
    kw_table_end(&table);
}

/* Text that may be long. */
static void text_row(kw_table *table, const char *name, const char *text) {
    if (!text || !*text) return;
    kw_table_row(table, name);
    kw_table_text(table, text);
    kw_table_row_end(table);
}

static double last_value(const kw_run *run, size_t column) {
    return run->step_count ? kw_run_value(run, run->step_count - 1, column) : NAN;
}

static void circuit_rows(const kw_run *run, const kw_train_numbers *n, kw_table *table) {
    const double blocks = last_value(run, KW_TRAIN_STEP_BLOCKS);
    const bool grows = blocks != kw_run_number(run->result, "blocks");
    if (!(n->angles > 0.0)) return;
    kw_table_text_pair(table, "ansatz", kw_run_text(run->result, "ansatz"));
    kw_table_pair(table, "blocks", plain(run, "blocks"));
    if (grows) kw_table_pair(table, "blocks at the end", kw_number_plain(blocks));
    kw_table_pair(table, "angles", kw_number_plain(n->angles));
    kw_table_pair(table, "Meyer-Wallach entanglement at the end",
                  kw_number_plain(last_value(run, KW_TRAIN_STEP_MEYER_WALLACH)));
    kw_table_pair(table, "participation ratio at the end (states)",
                  kw_number_plain(last_value(run, KW_TRAIN_STEP_PARTICIPATION)));
}

void kw_train_results(const kw_run *run, FILE *out) {
    static const kw_table_head heads[] = {{"how", false}, {"value", true}};
    const kw_train_numbers n = kw_train_numbers_of(run);
    const kw_train_set test = kw_train_set_of(run, "test"), train = kw_train_set_of(run, "train");
    write_sets(run, out);
    kw_table table = kw_table_begin(out, heads, 2);
    kw_table_pair(&table, "test loss \xE2\x88\x92 training loss", loss_text(test.loss - train.loss));
    text_row(&table, "network", kw_run_text(run->result, "layers"));
    text_row(&table, "source", kw_train_source_words(n.source));
    kw_table_pair(&table, "weights of the network", kw_number_plain(n.weights));
    kw_table_pair(&table, "trained parameters", kw_number_plain(n.parameters));
    kw_table_pair(&table, "those that matter", kw_number_plain(n.effective));
    kw_table_pair(&table, "weights per parameter", decimals(n.compression, 2, ""));
    if (n.generated) kw_table_pair(&table, "qubits", plain(run, "qubits"));
    if (n.generated) kw_table_pair(&table, "weights per basis state", plain(run, "chunk"));
    circuit_rows(run, &n, &table);
    kw_table_pair(&table, "images per step", plain(run, "batch"));
    kw_table_pair(&table, "steps per epoch", plain(run, "steps_per_epoch"));
    kw_table_pair(&table, "epochs", kw_number_plain(n.epochs));
    kw_table_pair(&table, "gradient norm at the end", kw_number_small(kw_run_number(run->result, "gradient_norm")));
    kw_table_end(&table);
}

/* ---- the time of a step ---- */

static void time_row(kw_table *table, const char *name, double seconds, double all, double steps) {
    if (!(seconds > 0.0)) return;
    kw_table_row(table, name);
    kw_table_number(table, kw_number_seconds(seconds));
    kw_table_number(table, ms_text(1e3 * seconds / steps));
    kw_table_number(table, decimals(100.0 * seconds / all, 1, " %"));
    kw_table_row_end(table);
}

static void write_time(const kw_run *run, FILE *out) {
    static const kw_table_head heads[] = {{"part", false}, {"all steps", true}, {"ms per step", true}, {"share", true}};
    const json_t *time = json_object_get(run->result, "time");
    const double all = kw_run_number(time, "all"), steps = kw_run_number(time, "steps"), cnn = kw_run_number(time, "cnn");
    const double circuit = kw_run_number(time, "circuit"), mapping = kw_run_number(time, "mapping");
    if (!(all > 0.0 && steps > 0.0)) return;
    fputs("<h3>Time of a step</h3>\n", out);
    kw_table table = kw_table_begin(out, heads, 4);
    time_row(&table, "circuit", circuit, all, steps);
    time_row(&table, "mapping", mapping, all, steps);
    time_row(&table, "network", cnn, all, steps);
    time_row(&table, "rest", all - circuit - mapping - cnn, all, steps);
    time_row(&table, "all", all, all, steps);
    kw_table_end(&table);
    const double images = kw_run_number(run->result, "batch") * steps / all;
    const double work = kw_run_number(time, "cnn_multiply_adds_per_step");
    if (!isfinite(images) || !isfinite(work / cnn)) return;
    fputs("<p class=\"soft\">", out);
    kw_html_format(out, "%.0f images per second; the network: %.3g multiply-adds per step, %.3g per second, by all ranks.",
                   images, work, work * steps / cnn);
    fputs("</p>\n", out);
}

/* ---- confusion ---- */

/* A count, shaded by its share of the row: blue where it is right, orange where it is wrong. */
static void shaded_cell(kw_table *table, double count, double share, bool right) {
    const double most = 0.6;
    fprintf(table->out, "<td class=\"n\" style=\"background:rgba(%s,%.3f)\">%.0f</td>", right ? "0,114,178" : "213,94,0",
            most * sqrt(share), count);
}

static double row_sum(const kw_run *run, size_t truth, size_t classes) {
    double images = 0.0;
    for (size_t j = 0; j < classes; ++j) images += kw_train_count(run, truth, j);
    return images;
}

static void confusion_row(const kw_run *run, size_t truth, size_t classes, kw_table *table) {
    const double images = row_sum(run, truth, classes);
    kw_table_row(table, kw_train_class_name(run, truth));
    for (size_t j = 0; j < classes; ++j) {
        const double count = kw_train_count(run, truth, j);
        shaded_cell(table, count, images > 0.0 ? count / images : 0.0, j == truth);
    }
    kw_table_number(table, kw_number_plain(images));
    kw_table_number(table, decimals(100.0 * kw_train_count(run, truth, truth) / images, 1, " %"));
    kw_table_row_end(table);
}

/* How often each class was named. */
static void answer_row(const kw_run *run, size_t classes, kw_table *table) {
    double images = 0.0, right = 0.0;
    kw_table_row(table, "all");
    for (size_t j = 0; j < classes; ++j) {
        double answers = 0.0;
        for (size_t i = 0; i < classes; ++i) answers += kw_train_count(run, i, j);
        kw_table_number(table, kw_number_plain(answers));
        images += answers;
        right += kw_train_count(run, j, j);
    }
    kw_table_number(table, kw_number_plain(images));
    kw_table_number(table, percent(right / images));
    kw_table_row_end(table);
}

static void write_confusion(const kw_run *run, FILE *out) {
    kw_table_head heads[KW_TRAIN_CLASSES + 3] = {{"true class", false}};
    const size_t classes = kw_train_classes(run);
    if (!classes) return;
    for (size_t i = 0; i < classes; ++i) heads[1 + i] = (kw_table_head){kw_train_class_name(run, i), true};
    heads[1 + classes] = (kw_table_head){"images", true};
    heads[2 + classes] = (kw_table_head){"recall", true};
    fputs("<h3>Confusion of the test images</h3>\n", out);
    kw_table table = kw_table_begin(out, heads, classes + 3);
    for (size_t i = 0; i < classes; ++i) confusion_row(run, i, classes, &table);
    answer_row(run, classes, &table);
    kw_table_end(&table);
    fputs("<p class=\"soft\">Rows: the class of an image; columns: the class that the network names. Recall: share of a "
          "class's images that are named right. Shades grow with the square root of the share.</p>\n",
          out);
}

void kw_train_lists(const kw_run *run, FILE *out) {
    write_time(run, out);
    write_confusion(run, out);
    kw_train_filters(run, out);
}
