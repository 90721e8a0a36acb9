/* F2  Random circuits of growing depth: one brickwork of parametrised gates, and angles of its own for every member. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/rng.h"
#include "data/ensemble_internal.h"
#include "engine/state_internal.h"

/* U3 on every qubit, then CZ on (0,1), (2,3), ... in layers 0, 2, ..., on (1,2), (3,4), ... in the others. */
static kw_status append_layer(kw_circuit *circuit, int layer) {
    const int n = kw_circuit_qubits(circuit);
    kw_status status = KW_OK;
    for (int q = 0; q < n && status == KW_OK; ++q) {
        const int next = kw_circuit_parameters(circuit);
        kw_angle angles[3];
        for (int j = 0; j < 3; ++j) angles[j] = kw_angle_parameter(next + j);
        status = kw_circuit_append(circuit, KW_GATE_U3, &q, 1, angles);
    }
    for (int q = layer % 2; q + 1 < n && status == KW_OK; q += 2)
        status = kw_circuit_append(circuit, KW_GATE_CZ, (const int[]){q, q + 1}, 2, NULL);
    return status;
}

kw_status kw_brickwork_circuit(const kw_ensemble_config *config, kw_circuit **out) {
    kw_circuit *circuit = NULL;
    kw_status status = kw_circuit_create(config->n_qubits, &circuit);
    for (int layer = 0; layer < config->scramble_layers && status == KW_OK; ++layer) status = append_layer(circuit, layer);
    if (status == KW_OK) *out = circuit;
    else kw_circuit_destroy(&circuit);
    return status;
}

/* U3(theta, phi, lambda) is Haar-random for phi, lambda uniform and cos theta uniform on [-1, 1]. */
static double angle(const kw_rng *rng, uint64_t i) {
    const double u = kw_rng_uniform(rng, i);
    return i % 3 ? 2 * acos(-1.0) * u : acos(1 - 2 * u);
}

kw_status kw_brickwork_prepare(const kw_ensemble *ensemble, int member, kw_state *state) {
    const uint64_t p = (uint64_t)kw_circuit_parameters(ensemble->circuit);
    const kw_rng rng = kw_rng_make(ensemble->config.seed, KW_STREAM_STATES, (uint64_t)member);
    const kw_plan *plan = NULL;
    double *theta = malloc(p * sizeof *theta);
    kw_status status =
        theta ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for the %llu angles of a circuit", (unsigned long long)p);
    if (status == KW_OK) status = kw_ensemble_plan(ensemble, kw_comm_size(state->comm), &plan);
    status = kw_comm_agree(state->comm, status);
    for (uint64_t i = 0; theta && i < p; ++i) theta[i] = angle(&rng, i);
    if (status == KW_OK) status = kw_state_set_basis(state, 0);
    if (status == KW_OK) status = kw_plan_run(plan, theta, state);
    if (status == KW_OK) status = kw_state_order(state);
    free(theta);
    return status;
}
