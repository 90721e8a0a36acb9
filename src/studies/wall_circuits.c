/* F5  States of the representations. */
#include "studies/wall_circuits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "data/ensemble.h"
#include "ketwall/plan.h"

enum { SEED = 2718, LAYERS = 1000, CHUNK = 4096 };

kw_status kw_wall_state_parse(const char *name, double coupling, kw_wall_state *out) {
    static const char *const names[] = {"ghz", "w", "cluster", "tfim"};
    char rest;
    *out = (kw_wall_state){.family = KW_WALL_RANDOM, .coupling = coupling};
    for (int i = 0; i < KW_WALL_RANDOM; ++i)
        if (!strcmp(name, names[i])) {
            out->family = (kw_wall_family)i;
            return KW_OK;
        }
    if (sscanf(name, "random-%d%c", &out->layers, &rest) == 1 && out->layers >= 1 && out->layers <= LAYERS) return KW_OK;
    return kw_fail(KW_E_INPUT,
                   "study.states: unknown '%s', expected ghz, w, cluster, tfim or random-<layers>, 1 to %d layers", name,
                   LAYERS);
}

bool kw_wall_has_circuit(const kw_wall_state *state) { return state->family != KW_WALL_TFIM; }

/* ---- circuits ---- */

static kw_status one(kw_circuit *c, kw_gate_kind kind, int qubit) { return kw_circuit_append(c, kind, &qubit, 1, NULL); }

static kw_status two(kw_circuit *c, kw_gate_kind kind, int first, int second, double angle) {
    const kw_angle given = kw_angle_constant(angle);
    return kw_circuit_append(c, kind, (const int[]){first, second}, 2, &given);
}

static kw_status append_ghz(kw_circuit *c, int n) {
    kw_status status = one(c, KW_GATE_H, 0);
    for (int q = 0; q + 1 < n && status == KW_OK; ++q) status = two(c, KW_GATE_CX, q, q + 1, 0);
    return status;
}

/* The excitation stays on qubit q with 1 / (n - q) of what came there. */
static kw_status append_w(kw_circuit *c, int n) {
    kw_status status = one(c, KW_GATE_X, 0);
    for (int q = 0; q + 1 < n && status == KW_OK; ++q) {
        status = two(c, KW_GATE_CRY, q, q + 1, 2 * acos(sqrt(1.0 / (n - q))));
        if (status == KW_OK) status = two(c, KW_GATE_CX, q + 1, q, 0);
    }
    return status;
}

static kw_status append_cluster(kw_circuit *c, int n) {
    kw_status status = KW_OK;
    for (int q = 0; q < n && status == KW_OK; ++q) status = one(c, KW_GATE_H, q);
    for (int q = 0; q + 1 < n && status == KW_OK; ++q) status = two(c, KW_GATE_CZ, q, q + 1, 0);
    return status;
}

static kw_status append_random(kw_circuit *c, int n, int layers) {
    const kw_rng rng = kw_rng_make(SEED, KW_STREAM_STATES, 0);
    kw_status status = KW_OK;
    uint64_t drawn = 0;
    for (int layer = 0; layer < layers; ++layer) {
        for (int q = 0; q < n && status == KW_OK; ++q) {
            kw_angle angles[3];
            for (int j = 0; j < 3; ++j) angles[j] = kw_angle_constant(2 * M_PI * kw_rng_uniform(&rng, drawn++));
            status = kw_circuit_append(c, KW_GATE_U3, &q, 1, angles);
        }
        for (int q = layer & 1; q + 1 < n && status == KW_OK; q += 2) status = two(c, KW_GATE_CZ, q, q + 1, 0);
    }
    return status;
}

kw_status kw_wall_circuit(const kw_wall_state *state, int n, kw_circuit **out) {
    kw_circuit *c = NULL;
    kw_status status = kw_circuit_create(n, &c);
    if (status != KW_OK) return status;
    switch (state->family) {
    case KW_WALL_GHZ: status = append_ghz(c, n); break;
    case KW_WALL_W: status = append_w(c, n); break;
    case KW_WALL_CLUSTER: status = append_cluster(c, n); break;
    case KW_WALL_RANDOM: status = append_random(c, n, state->layers); break;
    case KW_WALL_TFIM: status = kw_fail(KW_E_ARG, "no circuit makes this ground state"); break;
    }
    if (status == KW_OK) *out = c;
    else kw_circuit_destroy(&c);
    return status;
}

/* ---- vectors ---- */

static kw_status ground_state(double coupling, uint64_t memory, kw_state *state) {
    const kw_ensemble_config config = {.family = KW_FAMILY_TFIM,
                                       .n_qubits = kw_state_qubits(state),
                                       .members = 1,
                                       .coupling_min = coupling,
                                       .coupling_max = coupling,
                                       .lanczos_bytes = UINT64_MAX,
                                       .adiabatic_steps = 1};
    kw_ensemble *ensemble = NULL;
    kw_prepare_need need = {0};
    kw_status status = kw_ensemble_create(&config, &ensemble);
    if (status == KW_OK) status = kw_ensemble_prepare_need(ensemble, 0, KW_DOUBLE, 1, &need);
    if (status == KW_OK && need.bytes > memory)
        status = kw_fail(KW_E_FIT, "the ground state of %d qubits takes %.3g GiB of Lanczos vectors, %.3g GiB are there",
                         config.n_qubits, (double)need.bytes / 0x1p30, (double)memory / 0x1p30);
    if (status == KW_OK) status = kw_ensemble_prepare(ensemble, 0, state, NULL, 0);
    kw_ensemble_destroy(&ensemble);
    return status;
}

static kw_status run_circuit(const kw_wall_state *which, int n, kw_state *state) {
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    kw_status status = kw_wall_circuit(which, n, &circuit);
    if (status == KW_OK) status = kw_plan_create(circuit, 1, &plan);
    if (status == KW_OK) status = kw_plan_run(plan, NULL, state);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
    return status;
}

static kw_status read_amplitudes(const kw_state *state, uint64_t count, kw_complex *vector) {
    kw_status status = KW_OK;
    for (uint64_t first = 0; first < count && status == KW_OK; first += CHUNK) {
        uint64_t indices[CHUNK];
        const size_t length = count - first < CHUNK ? (size_t)(count - first) : CHUNK;
        for (size_t i = 0; i < length; ++i) indices[i] = first + i;
        status = kw_state_amplitudes(state, indices, length, vector + first);
    }
    return status;
}

static uint64_t bytes_of(int n) { return kw_bit(n) * sizeof(kw_complex); }

void kw_wall_vector_free(kw_complex *vector, int n) { kw_block_free(vector, bytes_of(n)); }

kw_status kw_wall_vector(const kw_wall_state *which, int n, uint64_t memory, kw_complex **out) {
    kw_state *state = NULL;
    kw_complex *vector = kw_block_alloc(bytes_of(n));
    kw_status status = vector ? kw_state_create(kw_comm_self(), n, KW_DOUBLE, &state)
                              : kw_fail(KW_E_NOMEM, "no memory for the amplitudes of %d qubits", n);
    if (status == KW_OK)
        status = kw_wall_has_circuit(which) ? run_circuit(which, n, state) : ground_state(which->coupling, memory, state);
    if (status == KW_OK) status = read_amplitudes(state, kw_bit(n), vector);
    kw_state_destroy(&state);
    if (status == KW_OK) *out = vector;
    else kw_wall_vector_free(vector, n);
    return status;
}
