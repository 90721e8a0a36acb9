/* F4  Forecast and result of an autoencoder run as JSON. */
#include "models/qae_output.h"

#include "base/bits.h"
#include "models/qae.h"

static json_t *score_json(const kw_qae_score *score) {
    json_t *object = json_object();
    kw_json_set(object, "fidelity", score->fidelity);
    kw_json_set(object, "infidelity", score->infidelity);
    kw_json_set(object, "cost_global", score->cost_global);
    kw_json_set(object, "cost_local", score->cost_local);
    kw_json_set(object, "reconstruction", score->reconstruction);
    return object;
}

/* The worst of all members. */
static kw_infidelity rounding_of(const kw_qae *q, const kw_qae_result *results) {
    kw_infidelity worst = {0, 0};
    for (int i = 0; i < q->n_train + q->n_test; ++i) worst = kw_infidelity_worse(worst, results[i].rounding);
    return worst;
}

static json_t *members_json(const kw_qae *q, const kw_qae_result *results) {
    json_t *array = json_array();
    for (int i = 0; i < q->n_train + q->n_test; ++i) {
        char label[128];
        kw_ensemble_label(q->ensemble, q->entries[i].member, label, sizeof label);
        json_t *object =
            json_pack("{s:i, s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:s}", "index", q->entries[i].member, "set",
                      i < q->n_train ? "train" : "test", "label", label, "weight", q->entries[i].weight, "fidelity",
                      results[i].fidelity, "infidelity", results[i].infidelity, "cost_local", results[i].cost_local,
                      "reconstruction", results[i].reconstruction, "note", q->entries[i].note);
        if (kw_precision_is_packed(q->config.training.precision))
            kw_json_set(object, "cost_bound", kw_observable_error(q->cost, results[i].rounding));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *trash_json(uint64_t mask) {
    json_t *array = json_array();
    for (; mask; mask &= mask - 1) json_array_append_new(array, json_integer(kw_log2(mask & -mask)));
    return array;
}

static const char *gradient_name(const kw_training_config *c) {
#define TEXT(kind, name, text) name,
    static const char *const names[] = {KW_GRADIENT_LIST(TEXT)};
#undef TEXT
    return c->optimiser.kind == KW_OPTIMISER_ADAM || c->optimiser.kind == KW_OPTIMISER_LBFGS ? names[c->gradient] : "none";
}

/* Of exact costs, which no experiment could take, there is no number. */
static json_t *copies_json(uint64_t copies) { return copies ? kw_json_count(copies) : json_null(); }

static json_t *foretold_json(const kw_need *need, bool known) { return known ? kw_json_need(need) : json_null(); }

/* An evaluation of a kind that did not happen has no peak. */
static json_t *measured_json(const kw_need *need) { return need->peak_bytes ? kw_json_need(need) : json_null(); }

/* What a forecast and a result have in common. */
static json_t *common_json(const kw_qae_config *c, const kw_qae_forecast *f) {
    static const char *const families[] = {
#define TEXT(kind, name, text) name,
        KW_FAMILY_LIST(TEXT)};
    static const char *const optimisers[] = {KW_OPTIMISER_LIST(TEXT)};
#undef TEXT
    return json_pack("{s:s, s:i, s:i, s:o, s:i, s:i, s:s, s:i, s:i, s:i, s:b, s:s, s:i, s:i, s:I, s:s, s:s, s:I, s:s, s:I}",
                     "family", families[c->data.family], "qubits", c->data.n_qubits, "latent", c->data.n_qubits - c->n_trash,
                     "trash", trash_json(c->trash_mask), "members_train", f->train, "members_test", f->test, "precision",
                     kw_precision_name(c->training.precision), "ranks", f->ranks, "replicas", f->replicas, "ranks_per_state",
                     f->ranks_per_state, "members_kept", f->keep, "ansatz",
                     *c->training.ansatz_file ? c->training.ansatz_file : c->training.ansatz_name, "layers",
                     *c->training.ansatz_file ? 1 : c->training.layers, "parameters", f->parameters, "gates",
                     (json_int_t)f->gates, "cost", c->cost == KW_COST_GLOBAL ? "global" : "local", "optimiser",
                     optimisers[c->training.optimiser.kind], "shots", (json_int_t)c->training.shots, "gradient",
                     gradient_name(&c->training), "circuits", (json_int_t)c->circuits);
}

json_t *kw_qae_forecast_json(const kw_qae_config *config, const kw_qae_forecast *f) {
    json_t *object = common_json(config, f);
    json_t *rest =
        json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "format", "ketwall-qae-plan", "steps",
                  (json_int_t)f->steps, "copies", copies_json(f->copies), "exchanges",
                  f->run_known ? kw_json_count(f->run.exchanges) : json_null(), "bytes_exchanged",
                  f->run_known ? kw_json_count(f->run.bytes_exchanged) : json_null(), "peak_bytes_per_rank",
                  kw_json_count(f->run.peak_bytes), "memory_per_rank", kw_json_count(f->memory_per_rank), "cost_evaluation",
                  foretold_json(&f->value, f->use_known), "gradient_evaluation", foretold_json(&f->gradient, f->use_known),
                  "evaluation", foretold_json(&f->evaluation, f->use_known), "setup",
                  foretold_json(&f->setup, f->setup_known), "fits", f->fits);
    const bool whole = object && rest && !json_object_update(object, rest);
    json_decref(rest);
    if (whole) return object;
    json_decref(object);
    return NULL;
}

json_t *kw_qae_result_json(const kw_qae *q, const kw_qae_summary *s) {
    json_t *object = common_json(&q->config, &q->forecast);
    json_t *rest =
        json_pack("{s:s, s:i, s:b, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "format", "ketwall-qae-result", "version",
                  1, "finished", 1, "copies", copies_json(s->copies), "train", score_json(s->train), "test",
                  q->n_test ? score_json(s->test) : json_null(), "exchanges", (json_int_t)s->traffic.exchanges,
                  "bytes_exchanged", kw_json_count(s->traffic.bytes), "peak_bytes_per_rank", kw_json_count(s->peak_bytes),
                  "cost_evaluation", measured_json(&q->measured_value), "gradient_evaluation",
                  measured_json(&q->measured_gradient), "evaluation", measured_json(&q->measured_evaluation));
    const bool whole = object && rest && !json_object_update(object, rest);
    json_decref(rest);
    if (!whole) {
        json_decref(object);
        return NULL;
    }
    const kw_infidelity rounding = rounding_of(q, s->results);
    kw_json_set_infidelity(object, q->config.training.precision, kw_state_rounding(q->ket), rounding);
    kw_json_set(object, "cost_bound", kw_observable_error(q->cost, rounding));
    kw_json_set(object, "optimum", q->train_bound.optimum);
    kw_json_set(object, "optimum_error", q->train_bound.optimum_error);
    kw_json_set(object, "null_baseline", q->train_bound.null_baseline);
    if (q->n_test) {
        kw_json_set(object, "test_optimum", q->test_bound.optimum);
        kw_json_set(object, "test_optimum_error", q->test_bound.optimum_error);
        kw_json_set(object, "test_null_baseline", q->test_bound.null_baseline);
    }
    json_object_set_new(object, "members", members_json(q, s->results));
    return object;
}
