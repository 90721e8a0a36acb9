/* F5  The controls of Quantum-Train: a sweep. */
#include "studies/quantum_train.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/stop.h"
#include "engine/machine.h"
#include "io/config.h"
#include "io/provenance.h"
#include "models/generator.h"

/* clang-format off: one row per line */
static const kw_option own[] = {
    {"study.seeds", KW_OPTION_INT, "3", 1, 1000, NULL, "", "runs of every control: seeds run.seed, run.seed + 1, ..."},
    {"study.sets", KW_OPTION_TEXTS, "", 0, 0, NULL, "", "data sets; nothing: data.set"},
    {"study.controls", KW_OPTION_TEXTS, "", 0, 0, NULL, "", "what is run; nothing: all"},
    {"study.direct_epochs", KW_OPTION_INT, "20", 1, 1e9, NULL, "", "epochs of cnn-relu and cnn-linear: to convergence"},
    {"study.direct_rate", KW_OPTION_REAL, "1e-3", 0, 1, NULL, "", "learning rate where the weights themselves are trained"},
};
/* clang-format on */

const kw_option *kw_quantum_train_options(size_t *count) {
    static kw_option all[128];
    const size_t more = sizeof own / sizeof *own;
    memcpy(all, kw_train_options, kw_train_option_count * sizeof *all);
    memcpy(all + kw_train_option_count, own, sizeof own);
    *count = kw_train_option_count + more;
    return all;
}

static const char *const names[] = {
#define NAME(kind, name, text) name,
    KW_CONTROL_LIST(NAME)
#undef NAME
};
static const char *const texts[] = {
#define TEXT(kind, name, text) text,
    KW_CONTROL_LIST(TEXT)
#undef TEXT
};

typedef struct {
    kw_comm *world;
    const kw_config *source;
    const kw_training_request *request;
    kw_config *config; /* of the circuit's run on the current data set */
    kw_train_config base;
    size_t parameters;
    json_t *rows;
    kw_infidelity infidelity; /* by rounding, of the worst run */
    kw_stop stop;             /* of the study as a whole */
} study;

/* ---- configurations ---- */

static kw_status set(kw_config *config, const char *key, const char *format, ...) {
    char line[4096];
    va_list arguments;
    int length = snprintf(line, sizeof line, "%s=", key);
    va_start(arguments, format);
    length += vsnprintf(line + length, sizeof line - (size_t)length, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof line) return kw_fail(KW_E_INPUT, "%s: the value is too long", key);
    return kw_config_set(config, line);
}

/* The layers with a relu behind all but pooling and the last one, or with none; pooling and relu commute. */
static void layers_of(const char *layers, bool relu, char *out, size_t bytes) {
    size_t length = 0;
    out[0] = '\0';
    for (bool first = true; *layers; first = false) {
        layers += strspn(layers, ", ");
        const size_t word = strcspn(layers, ",");
        const bool is_relu = !strncmp(layers, "relu", 4), last = layers[word] != ',', pool = !strncmp(layers, "pool", 4);
        if (!is_relu && length < bytes)
            length += (size_t)snprintf(out + length, bytes - length, "%s%.*s%s", first ? "" : ", ", (int)word, layers,
                                       relu && !last && !pool ? ", relu" : "");
        layers += word;
    }
}

/* Hidden units of a mapping of n bits, one hidden layer, that has at most as many parameters. */
static int matched_units(const study *s) {
    const kw_generator_config *g = &s->base.generator;
    const int each = g->qubits + 1 + g->chunk;
    const long units = ((long)s->parameters - g->chunk) / each;
    return units < 1 ? 1 : units > 65536 ? 65536 : (int)units;
}

static void directory_of(const study *s, const char *set_name, kw_control control, uint64_t seed, char *out, size_t bytes) {
    snprintf(out, bytes, "%s/%s/%s-%llu", kw_config_text(s->source, "run.dir"), set_name, names[control],
             (unsigned long long)seed);
}

/* The network as it is configured, which is what gets pruned. */
static kw_control dense(const study *s) {
    return strstr(s->base.layers, "relu") ? KW_CONTROL_CNN_RELU : KW_CONTROL_CNN_LINEAR;
}

static kw_status change(const study *s, const char *set_name, kw_control control, uint64_t seed, kw_config *c) {
    char text[2048];
    kw_status status = KW_OK;
    const double rate = kw_config_real(s->source, "study.direct_rate");
    const bool pruned = control == KW_CONTROL_PRUNED || control == KW_CONTROL_LOTTERY;
    if (control > KW_CONTROL_CIRCUIT && control < KW_CONTROL_PRUNED)
        status = set(c, "generator.source", "%s", names[control]);
    if (control == KW_CONTROL_BITS) {
        status = set(c, "generator.hidden", "%d", matched_units(s));
        if (status == KW_OK) status = set(c, "generator.activation", "relu");
    }
    if (control < KW_CONTROL_PRUNED) return status;
    status = set(c, "generator.source", "weights");
    if (status == KW_OK) status = set(c, "train.learning_rate", "%g", rate);
    if (status == KW_OK && pruned) {
        directory_of(s, set_name, dense(s), seed, text, sizeof text);
        status = set(c, "prune.from", "%s", text);
        if (status == KW_OK) status = set(c, "prune.keep", "%zu", s->parameters);
        if (status == KW_OK && control == KW_CONTROL_LOTTERY) status = set(c, "prune.rewind", "yes");
        return status;
    }
    layers_of(s->base.layers, control == KW_CONTROL_CNN_RELU, text, sizeof text);
    if (status == KW_OK) status = set(c, "cnn.layers", "%s", text);
    if (status == KW_OK) status = set(c, "train.epochs", "%lld", (long long)kw_config_int(s->source, "study.direct_epochs"));
    return status;
}

/* What the study's configuration sets, without its own section. */
static kw_status copy(const kw_config *source, kw_config *out) {
    kw_status status = KW_OK;
    for (size_t i = 0; i < kw_train_option_count && status == KW_OK; ++i) {
        const char *key, *value, *origin;
        kw_config_entry(source, i, &key, &value, &origin);
        if (kw_config_given(source, key)) status = set(out, key, "%s", value);
    }
    return status;
}

/* Of run.max_wall_s, which is the whole study's; never 0, which would be for ever. */
static double seconds_left(const study *s) {
    double left = s->stop.max_wall_s - (kw_seconds() - s->stop.started);
    kw_comm_broadcast(s->world, &left, sizeof left, 0);
    return fmax(left, 1e-3);
}

static kw_status stopped(const char *reason) {
    return kw_fail(KW_E_STOPPED, "the study stops, because %s: the same command goes on", reason);
}

static kw_status configure(const study *s, const char *set_name, kw_control control, uint64_t seed, kw_config **out) {
    char directory[2048];
    kw_config *c = NULL;
    kw_status status = kw_config_create(kw_train_options, kw_train_option_count, &c);
    if (status == KW_OK) status = copy(s->source, c);
    directory_of(s, set_name, control, seed, directory, sizeof directory);
    if (status == KW_OK) status = set(c, "run.dir", "%s", directory);
    if (status == KW_OK) status = set(c, "run.seed", "%llu", (unsigned long long)seed);
    if (status == KW_OK && s->stop.max_wall_s > 0) status = set(c, "run.max_wall_s", "%.3f", seconds_left(s));
    if (status == KW_OK) status = set(c, "data.set", "%s", set_name);
    if (status == KW_OK) status = change(s, set_name, control, seed, c);
    if (status == KW_OK) *out = c;
    else kw_config_destroy(&c);
    return status;
}

/* ---- runs ---- */

static kw_status run_one(const study *s, const char *set_name, kw_control control, uint64_t seed, json_t **result) {
    kw_config *config = NULL;
    kw_training_request request = *s->request;
    request.resume = "auto";
    kw_status status = kw_comm_agree(s->world, configure(s, set_name, control, seed, &config));
    if (status == KW_OK && kw_comm_rank(s->world) == 0)
        fprintf(stderr, "== %s, %s, seed %llu\n", set_name, names[control], (unsigned long long)seed);
    if (status == KW_OK) status = kw_train_run(s->world, config, &request, result);
    kw_config_destroy(&config);
    return status;
}

static double number(const json_t *object, const char *part, const char *name) {
    const json_t *from = part ? json_object_get(object, part) : object;
    return json_number_value(json_object_get(from, name));
}

/* Mean and sample deviation of what stands in an array. */
static void add_statistics(json_t *row, const char *name, const json_t *values) {
    const size_t count = json_array_size(values);
    double sum = 0, squares = 0;
    char key[64];
    for (size_t i = 0; i < count; ++i) sum += json_number_value(json_array_get(values, i));
    const double mean = sum / (double)count;
    for (size_t i = 0; i < count; ++i) squares += pow(json_number_value(json_array_get(values, i)) - mean, 2);
    json_object_set_new(row, name, json_real(mean));
    snprintf(key, sizeof key, "%s_deviation", name);
    json_object_set_new(row, key, count > 1 ? json_real(sqrt(squares / (double)(count - 1))) : json_null());
}

static json_t *make_row(const char *set_name, kw_control control, const json_t *last, json_t *accuracies, json_t *losses) {
    json_t *row = json_pack("{s:s, s:s, s:s, s:O, s:O, s:O, s:O, s:O}", "set", set_name, "control", names[control], "text",
                            texts[control], "parameters", json_object_get(last, "parameters"), "effective_parameters",
                            json_object_get(last, "effective_parameters"), "epochs", json_object_get(last, "epochs"),
                            "test_accuracies", accuracies, "test_losses", losses);
    if (!row) return NULL;
    add_statistics(row, "test_accuracy", accuracies);
    add_statistics(row, "test_loss", losses);
    return row;
}

static void note_infidelity(study *s, const json_t *result) {
    const kw_infidelity run = {number(result, "infidelity", "estimate"), number(result, "infidelity", "bound")};
    s->infidelity = kw_infidelity_worse(s->infidelity, run);
}

static kw_status run_control(study *s, const char *set_name, kw_control control) {
    const uint64_t first = (uint64_t)kw_config_int(s->source, "run.seed");
    const int64_t seeds = kw_config_int(s->source, "study.seeds");
    json_t *accuracies = json_array(), *losses = json_array(), *last = NULL;
    kw_status status = KW_OK;
    for (int64_t i = 0; i < seeds && status == KW_OK; ++i) {
        json_t *result = NULL;
        s->stop.looked = -INFINITY;
        if (kw_stop_agree(&s->stop, false) == KW_STOP) status = stopped(s->stop.reason);
        if (status != KW_OK) break;
        if (control == KW_CONTROL_PRUNED || control == KW_CONTROL_LOTTERY) {
            status = run_one(s, set_name, dense(s), first + (uint64_t)i, &result);
            json_decref(result);
            result = NULL;
        }
        if (status == KW_OK) status = run_one(s, set_name, control, first + (uint64_t)i, &result);
        if (!result) continue;
        note_infidelity(s, result);
        json_array_append_new(accuracies, json_real(number(result, "test", "accuracy")));
        json_array_append_new(losses, json_real(number(result, "test", "loss")));
        json_decref(last);
        last = result;
    }
    if (status == KW_OK && last) {
        json_t *row = make_row(set_name, control, last, accuracies, losses);
        if (!row || json_array_append_new(s->rows, row)) status = kw_fail(KW_E_NOMEM, "no memory for a row");
    }
    json_decref(last);
    json_decref(accuracies);
    json_decref(losses);
    return kw_comm_agree(s->world, status);
}

/* ---- what is run ---- */

static bool chosen(const kw_config *source, kw_control control) {
    const char *const *list;
    const size_t count = kw_config_texts(source, "study.controls", &list);
    for (size_t i = 0; i < count; ++i)
        if (!strcmp(list[i], names[control])) return true;
    return count == 0;
}

static kw_status check_names(const kw_config *source) {
    const char *const *list;
    const size_t count = kw_config_texts(source, "study.controls", &list);
    for (size_t i = 0; i < count; ++i) {
        bool known = false;
        for (int control = 0; control < KW_CONTROLS; ++control) known = known || !strcmp(list[i], names[control]);
        if (!known)
            return kw_fail(KW_E_INPUT,
                           "study.controls: '%s' is none of "
#define TEXT(kind, name, text) name " "
                           KW_CONTROL_LIST(TEXT),
#undef TEXT
                           list[i]);
    }
    return KW_OK;
}

/* The circuit's own run on a data set: what the controls are matched to. */
static kw_status use_set(study *s, const char *set_name) {
    size_t angles;
    kw_config_destroy(&s->config);
    kw_status status =
        configure(s, set_name, KW_CONTROL_CIRCUIT, (uint64_t)kw_config_int(s->source, "run.seed"), &s->config);
    if (status == KW_OK) status = kw_train_config_parse(s->config, &s->base);
    if (status == KW_OK && s->base.generator.source != KW_SOURCE_CIRCUIT)
        status = kw_fail(KW_E_INPUT, "generator.source = %s: the study makes the controls itself, from source circuit",
                         s->base.generator.source_name);
    if (status == KW_OK)
        status = kw_generator_count(&s->base.training, &s->base.generator, s->base.weights, &angles, &s->parameters);
    if (status == KW_OK && s->parameters > s->base.weights)
        status = kw_fail(KW_E_INPUT, "%zu parameters generate %zu weights: nothing is left to prune", s->parameters,
                         s->base.weights);
    return kw_comm_agree(s->world, status);
}

static void add_costs(const study *s, double started, json_t *result) {
    json_object_set_new(result, "seconds", json_real(kw_seconds() - started));
    kw_json_set_infidelity(result, s->base.training.precision, s->base.training.rounding, s->infidelity);
    json_object_set_new(result, "precision", json_string(kw_precision_name(s->base.training.precision)));
    json_object_set_new(result, "ranks", json_integer(kw_comm_size(s->world)));
    json_object_set_new(result, "threads", json_integer(kw_machine_threads()));
    json_object_set_new(result, "provenance", kw_provenance(s->request->mpi, s->request->command));
}

kw_status kw_quantum_train_study(kw_comm *world, const kw_config *config, const kw_training_request *request,
                                 json_t **result) {
    study s = {.world = world, .source = config, .request = request, .rows = json_array()};
    s.stop = (kw_stop){.comm = world,
                       .dir = kw_config_text(config, "run.dir"),
                       .max_wall_s = kw_config_real(config, "run.max_wall_s"),
                       .started = kw_seconds()};
    const char *const *sets;
    const size_t count = kw_config_texts(config, "study.sets", &sets);
    const bool root = kw_comm_rank(world) == 0;
    const double started = kw_seconds();
    *result = NULL;
    kw_status status = kw_comm_agree(world, check_names(config));
    for (size_t i = 0; i < (count ? count : 1) && status == KW_OK; ++i) {
        const char *set_name = count ? sets[i] : kw_config_text(config, "data.set");
        status = use_set(&s, set_name);
        for (int control = 0; control < KW_CONTROLS && status == KW_OK; ++control)
            if (chosen(config, (kw_control)control)) status = run_control(&s, set_name, (kw_control)control);
    }
    kw_config_destroy(&s.config);
    if (status == KW_OK && root) {
        *result = json_pack("{s:s, s:i, s:s, s:b, s:O}", "format", "ketwall-study-result", "version", 1, "study",
                            KW_QUANTUM_TRAIN_STUDY, "finished", 1, "rows", s.rows);
        if (*result) add_costs(&s, started, *result);
        else status = kw_fail(KW_E_NOMEM, "no memory for the results");
    }
    json_decref(s.rows);
    status = kw_comm_agree(world, status);
    if (status == KW_E_STOPPED && !s.stop.reason) return stopped("one of its runs was asked to");
    return status;
}
