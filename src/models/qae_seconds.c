/* F4  Predicted seconds of an autoencoder run. */
#include "models/qae_seconds.h"

#include <math.h>

#include "data/ensemble_internal.h"
#include "engine/predict.h"
#include "engine/reconstruct.h"

/* Everything the seconds follow from. */
typedef struct {
    const kw_qae_config *config;
    const kw_qae_forecast *forecast;
    const kw_plan *plan;
    kw_predict_shape shape;
    double make; /* a member, the mean over all; NaN: not known */
} model;

static double sum(kw_duration seconds) { return seconds.compute + seconds.exchange; }

static double passes(const model *m, double streams, double measures) {
    return sum(kw_predict_passes(&m->shape, streams, measures));
}

static double kernel(const model *m, kw_rate_class rate) { return sum(kw_predict_kernel(&m->shape, rate)); }

/* ---- making members ---- */

/* Closed forms are filled in, then normalised; others are made by circuits, from basis states back to logical order. */
static kw_status make_one(const model *m, const kw_ensemble *ensemble, int member, double *seconds) {
    const kw_circuit *circuit = kw_ensemble_member_circuit(ensemble, member);
    kw_plan *plan = NULL;
    *seconds = kw_ensemble_expensive(ensemble) ? NAN : kernel(m, KW_RATE_FILL) + passes(m, 3, 0);
    if (!circuit) return KW_OK;
    const kw_status status = kw_plan_create(circuit, m->shape.ranks, &plan);
    if (status != KW_OK) return status;
    const int *place = kw_plan_final_place(plan);
    const kw_traffic traffic = kw_order_cost(m->shape.n_qubits, m->shape.ranks, place, m->shape.precision);
    *seconds = passes(m, 1, 0) + sum(kw_predict_run(plan, m->shape.machine, m->shape.precision))
               + sum(kw_predict_order(&m->shape, place, traffic));
    kw_plan_destroy(&plan);
    return KW_OK;
}

static kw_status make_seconds(model *m) {
    kw_ensemble *ensemble = NULL;
    kw_status status = kw_ensemble_create(&m->config->data, &ensemble);
    if (status != KW_OK) return status;
    const int members = kw_ensemble_alike(ensemble) ? 1 : kw_ensemble_members(ensemble);
    m->make = 0;
    for (int i = 0; i < members && status == KW_OK; ++i) {
        double seconds;
        status = make_one(m, ensemble, i, &seconds);
        if (status == KW_OK) m->make += seconds / members;
    }
    kw_ensemble_destroy(&ensemble);
    return status;
}

/* ---- evaluations ---- */

/* A member that is kept is copied. */
static double load_seconds(const model *m) { return m->forecast->keep ? passes(m, 2, 0) : m->make; }

/* Members of a set that replica 0 holds. */
static double share(int members, int replicas) { return members ? (members - 1) / replicas + 1 : 0; }

/* Every member once as bra, and own members again for every pair, each pair with an inner product. */
static double setup_seconds(const model *m) {
    const kw_qae_forecast *f = m->forecast;
    double pairs = 0;
    for (int i = 0; i < f->train; i += f->replicas) pairs += f->train - i;
    for (int i = 0; i < f->test; i += f->replicas) pairs += f->test - i;
    const double once = f->keep ? m->make : 0;
    return once * (share(f->train, f->replicas) + share(f->test, f->replicas))
           + (f->train + f->test + pairs) * load_seconds(m) + pairs * passes(m, 2, 0);
}

static double evaluation_seconds(const model *m) {
    const kw_qae_config *c = m->config;
    const kw_traffic traffic =
        kw_localise_cost(c->data.n_qubits, m->shape.ranks, kw_plan_final_place(m->plan),
                         kw_reconstruction_local_mask(c->data.n_qubits, c->trash_mask), c->training.precision);
    return load_seconds(m) + sum(kw_predict_run(m->plan, m->shape.machine, c->training.precision)) + passes(m, 0, 1)
           + sum(kw_predict_traffic(&m->shape, traffic)) + kernel(m, KW_RATE_RECONSTRUCT);
}

/* Opening the angles of a circuit changes none of its passes, so a shifted circuit takes the seconds of a value.  The cost
 * is weighed for the report and as the value, and written into the second state. */
static void predict(const model *m, kw_qae_seconds *out) {
    const kw_qae_forecast *f = m->forecast;
    const kw_qae_config *c = m->config;
    const double train = share(f->train, f->replicas), test = share(f->test, f->replicas);
    uint64_t values = 0, gradients = 0;
    out->value =
        train * (load_seconds(m) + sum(kw_predict_run(m->plan, m->shape.machine, c->training.precision)) + passes(m, 0, 1));
    out->gradient =
        train
        * (load_seconds(m) + sum(kw_predict_gradient(m->plan, m->shape.machine, c->training.precision)) + passes(m, 0, 3));
    if (c->training.gradient == KW_GRADIENT_SHIFT) out->gradient = (double)c->circuits * out->value;
    out->evaluation = (train + test) * evaluation_seconds(m);
    out->setup = setup_seconds(m);
    const uint64_t evaluations = c->training.optimiser.max_steps / c->training.evaluate_every + 1;
    out->training = NAN;
    if (kw_optimiser_fixed_evaluations(&c->training.optimiser, &values, &gradients))
        out->training =
            (double)values * out->value + (double)gradients * out->gradient + (double)evaluations * out->evaluation;
}

kw_status kw_qae_predict(const kw_qae_config *config, const kw_qae_forecast *forecast, const kw_machine *machine,
                         kw_qae_seconds *out) {
    kw_circuit *encoder = NULL;
    kw_plan *plan = NULL;
    kw_status status = kw_training_ansatz(&config->training, config->data.n_qubits, &encoder);
    if (status == KW_OK) status = kw_plan_create(encoder, forecast->ranks_per_state, &plan);
    if (status == KW_OK) {
        model m = {.config = config,
                   .forecast = forecast,
                   .plan = plan,
                   .shape = {machine, config->data.n_qubits, forecast->ranks_per_state, 2, config->training.precision}};
        status = make_seconds(&m);
        if (status == KW_OK) predict(&m, out);
    }
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&encoder);
    return status;
}

static void set(json_t *object, const char *name, double seconds) {
    if (json_is_object(object)) json_object_set_new(object, name, isfinite(seconds) ? json_real(seconds) : json_null());
}

void kw_qae_seconds_json(const kw_qae_seconds *s, json_t *plan) {
    set(json_object_get(plan, "cost_evaluation"), "seconds", s->value);
    set(json_object_get(plan, "gradient_evaluation"), "seconds", s->gradient);
    set(json_object_get(plan, "evaluation"), "seconds", s->evaluation);
    set(json_object_get(plan, "setup"), "seconds", s->setup);
    set(plan, "seconds_training", s->training);
    set(plan, "seconds", s->setup + s->training);
}
