/* F5  Runs of Quantum-Train: their numbers, and their place in the report. */
#include "report/train.h"

#include <math.h>
#include <string.h>

#include "models/train_config.h"

kw_train_set kw_train_set_of(const kw_run *run, const char *name) {
    const json_t *set = json_object_get(run->result, name);
    kw_train_set s = {.accuracy = kw_run_number(set, "accuracy"),
                      .loss = kw_run_number(set, "loss"),
                      .images = kw_run_number(set, "images")};
    s.error = s.images > 0.0 ? sqrt(s.accuracy * (1.0 - s.accuracy) / s.images) : NAN;
    return s;
}

size_t kw_train_classes(const kw_run *run) {
    const json_t *matrix = json_object_get(run->result, "confusion");
    const double classes = kw_run_number(run->result, "classes");
    if (!(classes >= 2.0 && classes <= KW_TRAIN_CLASSES) || (double)json_array_size(matrix) != classes * classes) return 0;
    size_t i;
    const json_t *count;
    json_array_foreach(matrix, i, count) if (!json_is_number(count) || json_number_value(count) < 0.0) return 0;
    return (size_t)classes;
}

double kw_train_count(const kw_run *run, size_t truth, size_t answer) {
    const size_t classes = (size_t)kw_run_number(run->result, "classes");
    return json_number_value(json_array_get(json_object_get(run->result, "confusion"), truth * classes + answer));
}

const char *kw_train_data_name(const kw_run *run) {
    static const char *const names[][2] = {
        {"digits", "drawn digits"}, {"mnist", "MNIST"}, {"fashion-mnist", "Fashion-MNIST"}, {"cifar-10", "CIFAR-10"}};
    const char *name = kw_run_text(run->result, "data");
    for (size_t i = 0; name && i < sizeof names / sizeof *names; ++i)
        if (!strcmp(names[i][0], name)) return names[i][1];
    return name ? name : "unnamed images";
}

const char *kw_train_source_words(const char *source) {
#define PAIR(kind, name, text) {name, text},
    static const char *const words[][2] = {KW_SOURCE_LIST(PAIR)};
#undef PAIR
    for (size_t i = 0; source && i < sizeof words / sizeof *words; ++i)
        if (!strcmp(words[i][0], source)) return words[i][1];
    return NULL;
}

const char *kw_train_class_name(const kw_run *run, size_t class) {
    static const char *const names[][1 + KW_TRAIN_CLASSES] = {
        {"fashion-mnist", "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"},
        {"cifar-10", "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"},
        {"", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}};
    const char *data = kw_run_text(run->result, "data");
    size_t set = 0;
    while (*names[set][0] && !(data && !strcmp(data, names[set][0]))) ++set;
    return names[set][1 + class];
}

/* Share of the largest class, and the class that all images are taken for. */
static void look_at_confusion(const kw_run *run, kw_train_numbers *n) {
    const size_t classes = kw_train_classes(run);
    double all = 0.0, largest = 0.0;
    size_t answers = 0, last = 0;
    for (size_t i = 0; i < classes; ++i) {
        double images = 0.0, taken = 0.0;
        for (size_t j = 0; j < classes; ++j) {
            images += kw_train_count(run, i, j);
            taken += kw_train_count(run, j, i);
        }
        all += images;
        largest = fmax(largest, images);
        if (taken > 0.0) {
            ++answers;
            last = i;
        }
    }
    if (all > 0.0) n->largest = largest / all;
    if (answers == 1) n->only = kw_train_class_name(run, last);
}

kw_train_numbers kw_train_numbers_of(const kw_run *run) {
    const json_t *result = run->result, *time = json_object_get(result, "time");
    const double classes = kw_run_number(result, "classes");
    kw_train_numbers n = {.source = kw_run_text(result, "source"),
                          .parameters = kw_run_number(result, "parameters"),
                          .effective = kw_run_number(result, "effective_parameters"),
                          .angles = kw_run_number(result, "angles"),
                          .weights = kw_run_number(result, "weights"),
                          .epochs = kw_run_number(result, "steps") / kw_run_number(result, "steps_per_epoch"),
                          .step_ms = 1e3 * kw_run_number(time, "all") / kw_run_number(time, "steps"),
                          .chance = classes > 1.0 ? 1.0 / classes : NAN};
    n.generated = !n.source || strcmp(n.source, "weights") != 0;
    n.compression = n.weights / n.parameters;
    n.largest = n.chance;
    look_at_confusion(run, &n);
    return n;
}

/* A row holds the step at its end, counted from 0. */
double kw_train_epoch(const kw_run *run, size_t i) {
    const double epoch = (kw_run_value(run, i, KW_ROW_STEP) + 1.0) / kw_run_number(run->result, "steps_per_epoch");
    if (isfinite(epoch)) return epoch;
    const double written = kw_run_value(run, i, KW_TRAIN_STEP_EPOCH);
    return isfinite(written) ? written : (double)i + 1.0;
}

static const kw_table_head heads[] = {
    {"data set", false}, {"source", false},       {"parameters", true}, {"that matter", true},    {"weights", true},
    {"epochs", true},    {"test accuracy", true}, {"test loss", true},  {"train accuracy", true}, {"ms / step", true}};

static const kw_figure figures[] = {
    {"loss",
     "<b>Loss.</b> Mean cross entropy of the images; a network that gives all classes the same odds stands at the dotted "
     "line. Training: mean over the epoch, while the weights change; validation and test: at its end.",
     370, kw_train_draw_loss},
    {"accuracy",
     "<b>Accuracy.</b> Share of the images whose class is named right, over the same images as the loss. A network that "
     "always names the largest class of the test set reaches the dotted line.",
     370, kw_train_draw_accuracy},
    {"gradients",
     "<b>Gradients.</b> Size of the loss's gradient by part, before clipping: means over the epoch, that of all CNN weights "
     "at the epoch's first step. Common mode: |&sum; dL/d&theta;|, the pull on all weights at once. Zeros are not drawn.",
     370, kw_train_draw_gradients},
    {"entanglement",
     "<b>The circuit's state.</b> Meyer-Wallach entanglement: 0 for a product state, near 1 for a random one. Participation "
     "ratio 1/&sum; P&sup2;: over how many basis states the probabilities are spread; its axis ends at 2<sup>n</sup>, of "
     "which a random state takes half. All other rows of the mapping see a probability near 0.",
     350, kw_train_draw_entanglement},
    {"schedule", "<b>Schedule.</b> What was changed between epochs: learning rate, blocks of the circuit.", 300,
     kw_train_draw_schedule},
};

#define SOURCE(kind, name, text) "<br><b>" name "</b>: " text "."
const kw_kind kw_kind_train = {
    .format = KW_KIND_FORMAT(train),
    .version = 1,
    .columns = KW_ROW_COMMON KW_TRAIN_STEP_LIST(KW_KIND_STEP_NAME),
    .title = "Quantum-Train report",
    .name = "Quantum-Train",
    .explanation =
        "A result of <b>circuit</b> says little about the circuit without its controls beside it, on the same images, "
        "network and mapping: what a control reaches, too, is not the work of the trained circuit, and "
        "<b>weights</b> is what the network itself can do. Differences must be large beside the standard errors that each "
        "run names, and beside those between seeds. Parameters: trained numbers. That matter: those of them that can "
        "change a weight; layers without activation between them count as one. Weights: of the network. ms / step: "
        "generating the weights, the batch, and the way back. Source, of the number that the mapping sees beside the bits "
        "of a weight's address:" KW_SOURCE_LIST(SOURCE),
    .heads = heads,
    .head_count = sizeof heads / sizeof *heads,
    .compare = kw_train_compare,
    .circuit = kw_train_circuit,
    .headline = kw_train_headline,
    .tiles = kw_train_tiles,
    .results = kw_train_results,
    .lists = kw_train_lists,
    .figures = figures,
    .figure_count = sizeof figures / sizeof *figures,
};
#undef SOURCE
