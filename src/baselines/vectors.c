/* F4  The states of an ensemble as vectors in one process. */
#include "baselines/vectors.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "models/qae_forecast.h"

void kw_vectors_free(kw_vectors *vectors) {
    kw_block_free(vectors->states, vectors->bytes);
    free(vectors->weights);
    *vectors = (kw_vectors){0};
}

static kw_status normalise(double *weights, size_t count, const char *set) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += weights[i];
    if (count && !(sum > 0))
        return kw_fail(KW_E_INPUT, "all %s states have weight 0: give others, or another run.seed", set);
    for (size_t i = 0; i < count; ++i) weights[i] /= sum;
    return KW_OK;
}

static kw_status fill(const kw_ensemble *ensemble, const int *member_at, kw_vectors *v) {
    kw_state *state = NULL;
    uint64_t *indices = malloc(v->dimension * sizeof *indices);
    kw_status status = indices ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for %zu indices", v->dimension);
    if (status == KW_OK) status = kw_state_create(kw_comm_self(), v->n_qubits, KW_DOUBLE, &state);
    for (size_t i = 0; i < v->dimension && status == KW_OK; ++i) indices[i] = i;
    for (size_t i = 0; i < v->train + v->test && status == KW_OK; ++i) {
        v->weights[i] = kw_ensemble_weight(ensemble, member_at[i]);
        status = kw_ensemble_prepare(ensemble, member_at[i], state, NULL, 0);
        if (status == KW_OK) status = kw_state_amplitudes(state, indices, v->dimension, v->states + i * v->dimension);
    }
    kw_state_destroy(&state);
    free(indices);
    return status;
}

kw_status kw_vectors_make(const kw_qae_config *config, kw_vectors *out) {
    kw_ensemble *ensemble = NULL;
    kw_ensemble_config data = config->data;
    const uint64_t memory = config->training.memory_per_rank ? config->training.memory_per_rank : kw_memory_per_rank();
    if (!data.lanczos_bytes) data.lanczos_bytes = memory / 2; /* auto, as kw_qae_foretell takes it */
    kw_status status = kw_ensemble_create(&data, &ensemble);
    if (status != KW_OK) return status;
    const int members = kw_ensemble_members(ensemble);
    const size_t count = (size_t)members, test = (size_t)config->test_members;
    kw_vectors v = {.n_qubits = config->data.n_qubits, .train = count - test, .test = test};
    v.dimension = (size_t)1 << v.n_qubits;
    v.bytes = count * v.dimension * sizeof *v.states;
    v.states = kw_block_alloc(v.bytes);
    v.weights = calloc(count, sizeof *v.weights);
    int *member_at = malloc(count * sizeof *member_at);
    if (!v.states || !v.weights || !member_at)
        status = kw_fail(KW_E_NOMEM, "no memory for %d states of %d qubits", members, v.n_qubits);
    if (status == KW_OK) status = kw_qae_split(config, members, member_at);
    if (status == KW_OK) status = fill(ensemble, member_at, &v);
    if (status == KW_OK) status = normalise(v.weights, v.train, "training");
    if (status == KW_OK) status = normalise(v.weights + v.train, v.test, "test");
    if (status == KW_OK) *out = v;
    else kw_vectors_free(&v);
    free(member_at);
    kw_ensemble_destroy(&ensemble);
    return status;
}
