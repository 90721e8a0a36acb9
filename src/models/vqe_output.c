/* F4  Forecast and result of a variational eigensolver as JSON. */
#include <math.h>

#include "models/vqe_internal.h"

static json_t *need_json(const kw_need *need, bool known) { return known ? kw_json_need(need) : json_null(); }

/* What a forecast and a result have in common. */
static json_t *common_json(const kw_vqe_config *c, const kw_vqe_forecast *f) {
    static const char *const optimisers[] = {
#define TEXT(kind, name, text) name,
        KW_OPTIMISER_LIST(TEXT)};
#undef TEXT
    const kw_training_config *t = &c->training;
    const bool file = *t->ansatz_file, chain = c->hamiltonian == KW_VQE_TFIM || c->hamiltonian == KW_VQE_HEISENBERG;
    json_t *object =
        json_pack("{s:s, s:s, s:i, s:I, s:s, s:i, s:i, s:s, s:i, s:i, s:I, s:s, s:I}", "hamiltonian", c->name, "file",
                  c->file, "qubits", c->n_qubits, "terms", (json_int_t)c->n_terms, "precision",
                  kw_precision_name(t->precision), "ranks", f->ranks, "ranks_per_state", f->ranks_per_state, "ansatz",
                  file ? t->ansatz_file : t->ansatz_name, "layers", file ? 1 : t->layers, "parameters", f->parameters,
                  "gates", (json_int_t)f->gates, "optimiser", optimisers[t->optimiser.kind], "shots", (json_int_t)t->shots);
    if (object && chain) {
        json_object_set_new(object, "coupling", json_real(c->coupling));
        json_object_set_new(object, "periodic", json_boolean(c->periodic));
    }
    return object;
}

/* Takes `rest` over. */
static json_t *joined(json_t *object, json_t *rest) {
    const bool whole = object && rest && !json_object_update(object, rest);
    json_decref(rest);
    if (whole) return object;
    json_decref(object);
    return NULL;
}

json_t *kw_vqe_forecast_json(const kw_vqe_config *config, const kw_vqe_forecast *f) {
    return joined(common_json(config, f),
                  json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "format", "ketwall-vqe-plan", "steps",
                            (json_int_t)f->steps, "exchanges", f->run_known ? kw_json_count(f->run.exchanges) : json_null(),
                            "bytes_exchanged", f->run_known ? kw_json_count(f->run.bytes_exchanged) : json_null(),
                            "peak_bytes_per_rank", kw_json_count(f->run.peak_bytes), "memory_per_rank",
                            kw_json_count(f->memory_per_rank), "cost_evaluation", need_json(&f->value, true),
                            "gradient_evaluation", need_json(&f->gradient, f->gradients), "evaluation",
                            need_json(&f->evaluation, true), "exact", f->exact, "fits", f->fits));
}

static json_t *bits_json(uint64_t index, int n_qubits) {
    char bits[KW_MAX_QUBITS + 1];
    for (int q = 0; q < n_qubits; ++q) bits[n_qubits - 1 - q] = (char)('0' + (index >> q & 1));
    return json_stringn(bits, (size_t)n_qubits);
}

static json_t *number_or_null(bool known, double value) { return known ? json_real(value) : json_null(); }

json_t *kw_vqe_result_json(const kw_vqe *q, const kw_vqe_summary *s) {
    const kw_vqe_controls *c = &q->controls;
    json_t *object = joined(
        common_json(q->config, &q->forecast),
        json_pack("{s:s, s:i, s:b, s:f, s:o, s:o, s:s, s:f, s:I, s:o, s:o}", "format", "ketwall-vqe-result", "version", 1,
                  "finished", 1, "energy", s->energy, "variance", number_or_null(!isnan(s->variance), s->variance),
                  "exact_energy", number_or_null(c->known, c->exact), "exact_method", c->method, "product_energy",
                  c->product, "exchanges", (json_int_t)s->exchanges, "bytes_exchanged", kw_json_count(s->bytes_exchanged),
                  "peak_bytes_per_rank", kw_json_count(s->peak_bytes)));
    if (!object) return NULL;
    kw_json_set_infidelity(object, q->config->training.precision, kw_state_rounding(q->ket), s->infidelity);
    kw_json_set(object, "energy_bound", kw_observable_error(q->energy, s->infidelity));
    kw_json_set(object, "exact_residual", c->residual);
    if (c->known) kw_json_set(object, "gap", s->energy - c->exact);
    if (c->has_best_sample)
        json_object_set_new(
            object, "best_sample",
            json_pack("{s:o, s:f}", "bits", bits_json(c->best_sample, q->config->n_qubits), "energy", c->best_energy));
    return object;
}
