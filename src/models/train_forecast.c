/* F4  The forecast of a Quantum-Train run. */
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "engine/state_internal.h"
#include "models/generator_internal.h"
#include "models/train_internal.h"

static kw_status check_images(const kw_train_config *c, const size_t found[2], kw_train_forecast *f) {
    if (c->validation >= found[0] || c->train > found[0] - c->validation)
        return kw_fail(KW_E_INPUT, "data.train = %zu, data.validation = %zu: %s has %zu training images", c->train,
                       c->validation, c->set_name, found[0]);
    if (c->test > found[1])
        return kw_fail(KW_E_INPUT, "data.test = %zu: %s has %zu test images", c->test, c->set_name, found[1]);
    f->train = c->train ? c->train : found[0] - c->validation;
    f->validation = c->validation;
    f->test = c->test ? c->test : found[1];
    f->steps_per_epoch = (f->train + c->batch - 1) / c->batch;
    f->steps = f->steps_per_epoch * c->epochs;
    if (c->steps && c->steps < f->steps) f->steps = c->steps;
    return KW_OK;
}

/* Images, networks, numbers of the generator, optimiser; without the states. */
static kw_status count_bytes(const kw_train_config *c, const size_t found[2], double *macs, kw_train_forecast *f) {
    int shape[3], classes;
    size_t weights;
    uint64_t cnn;
    kw_mapping_measure mapping;
    const bool generated = c->generator.source != KW_SOURCE_WEIGHTS;
    kw_images_shape(c->set, shape, &classes);
    kw_status status = kw_cnn_need(c->layers, shape[0], shape[1], shape[2], classes, c->training.precision, &weights, &cnn);
    if (status == KW_OK) status = kw_mapping_need(&c->generator.mapping, c->training.precision, &mapping);
    if (status != KW_OK) return status;
    const uint64_t image = (uint64_t)(shape[0] * shape[1] * shape[2]) + 2, rows = c->generator.rows;
    f->plain_bytes = (found[0] + found[1]) * (image + 8) + c->weights * 28 + f->parameters * 48;
    if (generated) f->plain_bytes += rows * (32 + 8 * (uint64_t)c->generator.chunk);
    f->bytes = f->plain_bytes + cnn + (generated ? mapping.bytes : 0);
    *macs = mapping.macs;
    return KW_OK;
}

/* States, two where a gradient goes back, and plan; what rounding costs them. */
static kw_status state_bytes(const kw_train_config *c, int ranks, kw_train_forecast *f, uint64_t *bytes) {
    kw_generator_circuit made = {0};
    kw_plan *plan = NULL;
    *bytes = 0;
    if (!kw_source_runs_circuit(c->generator.source)) return KW_OK;
    kw_status status = kw_generator_circuit_make(&c->training, &c->generator, c->training.layers, &made);
    if (status == KW_OK) status = kw_plan_create(made.circuit, ranks, &plan);
    const uint64_t states = kw_source_trains_circuit(c->generator.source) ? 2 : 1;
    if (status == KW_OK) {
        *bytes = states * kw_state_bytes(c->generator.qubits, c->training.precision, ranks) + kw_plan_bytes(plan);
        f->rounding = kw_rounding_used(plan, c->training.precision, c->training.rounding);
        f->infidelity = kw_plan_infidelity(plan, NULL, c->training.precision, f->rounding);
    }
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&made.circuit);
    return status;
}

static kw_status choose_grid(const kw_train_config *c, int ranks, kw_train_forecast *f) {
    int each = c->ranks_per_state ? c->ranks_per_state : 1;
    uint64_t states = 0;
    const int rank_bits = kw_most_rank_bits(c->generator.qubits, c->training.precision);
    const int most = 1 << (rank_bits < c->generator.qubits - 2 ? rank_bits : c->generator.qubits - 2);
    if (each & (each - 1) || (each && ranks % each))
        return kw_fail(KW_E_ARG, "run.ranks_per_state = %d: expected a power of two that divides the %d ranks", each, ranks);
    if (kw_bit(rank_bits) < (uint64_t)each)
        return kw_fail(KW_E_ARG, "run.ranks_per_state = %d: %d qubits in %s allow at most %d", each, c->generator.qubits,
                       kw_precision_name(c->training.precision), 1 << rank_bits);
    kw_status status = state_bytes(c, each, f, &states);
    while (status == KW_OK && !c->ranks_per_state && ranks % (2 * each) == 0 && f->bytes + states > f->memory_per_rank
           && 2 * each <= most)
        status = state_bytes(c, each *= 2, f, &states);
    if (status != KW_OK) return status;
    f->ranks_per_state = each;
    f->bytes += states;
    f->fits = f->bytes <= f->memory_per_rank;
    return KW_OK;
}

/* Rows are worth sharing where they take longer than the sums over ranks of all weights: some 1e8 multiply-adds. */
static kw_status choose_shards(const kw_train_config *c, double macs, kw_train_forecast *f) {
    if (c->shard == 2 && f->ranks_per_state > 1)
        return kw_fail(KW_E_INPUT, "run.shard = no: ranks that share a state share the rows too");
    f->shard = f->ranks_per_state > 1 || (f->ranks > 1 && (c->shard == 1 || (c->shard == 0 && macs > 1e8)));
    if (c->generator.source == KW_SOURCE_WEIGHTS) f->shard = false;
    return KW_OK;
}

kw_status kw_train_foretell(const kw_train_config *c, const size_t found[2], int ranks, uint64_t memory_per_rank,
                            kw_train_forecast *out) {
    kw_train_forecast f = {.ranks = ranks, .memory_per_rank = memory_per_rank};
    double macs;
    kw_status status = check_images(c, found, &f);
    if (status == KW_OK) status = kw_generator_count(&c->training, &c->generator, c->weights, &f.angles, &f.parameters);
    if (status == KW_OK) status = count_bytes(c, found, &macs, &f);
    if (status == KW_OK) status = choose_grid(c, ranks, &f);
    if (status == KW_OK) status = choose_shards(c, macs, &f);
    if (status == KW_OK) *out = f;
    return status;
}
