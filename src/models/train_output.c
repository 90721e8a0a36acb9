/* F4  Forecast and result of Quantum-Train as JSON. */
#include <math.h>

#include "models/train_internal.h"

/* What a forecast and a result have in common. */
static json_t *common_json(const kw_train_config *c, const kw_train_forecast *f) {
    const kw_training_config *t = &c->training;
    return json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:i, s:i, s:I, s:I, s:I, s:s, s:i, s:i, s:i, s:b, s:I, s:I}", "data",
        c->set_name, "train_images", (json_int_t)f->train, "validation_images", (json_int_t)f->validation, "test_images",
        (json_int_t)f->test, "weights", (json_int_t)c->weights, "layers", c->layers, "source", c->generator.source_name,
        "qubits", c->generator.qubits, "chunk", c->generator.chunk, "parameters",
        (json_int_t)(c->prune_keep && *c->prune_from ? c->prune_keep : f->parameters), "angles", (json_int_t)f->angles,
        "batch", (json_int_t)c->batch, "ansatz", *t->ansatz_file ? t->ansatz_file : t->ansatz_name, "blocks", t->layers,
        "ranks", f->ranks, "ranks_per_state", f->ranks_per_state, "sharded", f->shard, "steps_per_epoch",
        (json_int_t)f->steps_per_epoch, "epochs", (json_int_t)c->epochs);
}

json_t *kw_train_forecast_json(const kw_train_config *config, const kw_train_forecast *f) {
    json_t *object = common_json(config, f);
    if (!object) return NULL;
    json_object_set_new(object, "format", json_string("ketwall-train-plan"));
    json_object_set_new(object, "steps", kw_json_count(f->steps));
    /* of states that several ranks share they are not foretold */
    json_object_set_new(object, "exchanges", f->ranks_per_state > 1 ? json_null() : json_integer(0));
    json_object_set_new(object, "bytes_exchanged", f->ranks_per_state > 1 ? json_null() : json_integer(0));
    json_object_set_new(object, "peak_bytes_per_rank", kw_json_count(f->bytes));
    json_object_set_new(object, "memory_per_rank", kw_json_count(f->memory_per_rank));
    json_object_set_new(object, "fits", json_boolean(f->fits));
    return object;
}

static json_t *score_json(const kw_train_score *s) {
    return s->count ? json_pack("{s:f, s:f, s:I}", "loss", s->loss, "accuracy", s->accuracy, "images", (json_int_t)s->count)
                    : json_null();
}

static json_t *numbers_json(const double *values, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; ++i) json_array_append_new(array, json_real(values[i]));
    return array;
}

/* The kernels of the first layer, for pictures. */
static json_t *filters_json(const kw_train *t) {
    int count, channels, kernel;
    kw_cnn_filters(t->cnn, &count, &channels, &kernel);
    const size_t each = (size_t)channels * (size_t)kernel * (size_t)kernel;
    return json_pack("{s:i, s:i, s:i, s:o}", "count", count, "channels", channels, "kernel", kernel, "values",
                     numbers_json(t->theta, (size_t)count * each));
}

/* Seconds of the steps by part, and the multiply-adds of one. */
static json_t *time_json(const kw_train *t) {
    const double macs = (kw_cnn_forward_macs(t->cnn) + kw_cnn_backward_macs(t->cnn)) * (double)t->config->batch;
    return json_pack("{s:I, s:f, s:f, s:f, s:f, s:f}", "steps", (json_int_t)t->timed_steps, "all", t->step_seconds,
                     "circuit", t->circuit_seconds, "mapping", t->mapping_seconds, "cnn", t->cnn_seconds,
                     "cnn_multiply_adds_per_step", macs);
}

json_t *kw_train_result_json(const kw_train *t, const kw_train_summary *s) {
    const size_t classes = (size_t)t->test.classes;
    const kw_train_config *c = t->config;
    json_t *object = common_json(t->config, &t->forecast);
    if (!object) return NULL;
    json_object_set_new(object, "format", json_string("ketwall-train-result"));
    json_object_set_new(object, "version", json_integer(1));
    json_object_set_new(object, "finished", json_true());
    json_object_set_new(object, "precision", json_string(kw_precision_name(t->config->training.precision)));
    kw_json_set_infidelity(object, c->training.precision, s->cost.rounding, s->cost.infidelity);
    json_object_set_new(object, "effective_parameters",
                        json_integer((json_int_t)(t->mask ? t->config->prune_keep : kw_generator_effective(t->generator))));
    json_object_set_new(object, "optimiser", json_string(c->training.optimiser.kind == KW_OPTIMISER_ADAM ? "adam" : "spsa"));
    json_object_set_new(object, "learning_rate", json_real(c->training.optimiser.learning_rate));
    json_object_set_new(object, "seed", json_integer((json_int_t)c->training.seed));
    json_object_set_new(object, "blocks_used", json_integer(kw_generator_blocks(t->generator)));
    json_object_set_new(object, "train", score_json(&s->train));
    json_object_set_new(object, "validation", score_json(&s->validation));
    json_object_set_new(object, "test", score_json(&s->test));
    json_object_set_new(object, "confusion", numbers_json(s->confusion, classes * classes));
    json_object_set_new(object, "classes", json_integer((json_int_t)classes));
    json_object_set_new(object, "filters", filters_json(t));
    json_object_set_new(object, "time", time_json(t));
    json_object_set_new(object, "exchanges", kw_json_count(s->cost.traffic.exchanges));
    json_object_set_new(object, "bytes_exchanged", kw_json_count(s->cost.traffic.bytes));
    json_object_set_new(object, "peak_bytes_per_rank", kw_json_count(s->peak_bytes));
    return object;
}
