/* F4  Circuits of the generator: blocks of the ansatz on wires whose first is the most significant qubit, as the published
 * codes have them; noise behind every block. */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "models/generator_internal.h"

/* Appends the gates of `part` with wire w on qubit n - 1 - w and parameters shifted by `first`. */
static kw_status append_reversed(kw_circuit *circuit, const kw_circuit *part, int first) {
    const int n = kw_circuit_qubits(circuit);
    kw_status status = KW_OK;
    for (size_t i = 0; i < kw_circuit_gates(part) && status == KW_OK; ++i) {
        kw_placed_gate gate;
        status = kw_circuit_gate(part, i, &gate);
        if (status != KW_OK) return status;
        for (int q = 0; q < gate.n_qubits; ++q) gate.qubits[q] = n - 1 - gate.qubits[q];
        for (int a = 0; a < kw_gate_angles(gate.kind); ++a)
            if (gate.angles[a].parameter >= 0) gate.angles[a].parameter += first;
        status = kw_circuit_append(circuit, gate.kind, gate.qubits, gate.n_qubits, gate.angles);
    }
    return status;
}

/* One block of the ansatz, or ansatz.file whole. */
static kw_status make_block(const kw_training_config *training, int n_qubits, kw_circuit **out) {
    kw_training_config one = *training;
    one.layers = 1;
    return kw_training_ansatz(&one, n_qubits, out);
}

static bool has_noise(const kw_generator_config *c) { return c->depolarising + c->dephasing + c->bit_flip > 0; }

static kw_status append_noise(kw_circuit *circuit, size_t *next) {
    kw_status status = KW_OK;
    for (int q = 0; q < kw_circuit_qubits(circuit) && status == KW_OK; ++q) {
        const kw_angle x = kw_angle_parameter((int)*next), z = kw_angle_parameter((int)*next + 1);
        status = kw_circuit_append(circuit, KW_GATE_RX, &q, 1, &x);
        if (status == KW_OK) status = kw_circuit_append(circuit, KW_GATE_RZ, &q, 1, &z);
        *next += 2;
    }
    return status;
}

kw_status kw_generator_circuit_make(const kw_training_config *training, const kw_generator_config *config, int blocks,
                                    kw_generator_circuit *out) {
    kw_circuit *block = NULL, *inverse = NULL, *circuit = NULL;
    kw_status status = make_block(training, config->qubits, &block);
    if (status == KW_OK) status = kw_circuit_inverse(block, &inverse);
    if (status == KW_OK) status = kw_circuit_create(config->qubits, &circuit);
    const int each = status == KW_OK ? kw_circuit_parameters(block) : 0;
    const bool file = *training->ansatz_file;
    size_t angles = (size_t)each * (size_t)(file ? 1 : training->layers), next = angles;
    for (int q = 0; config->hadamard && q < config->qubits && status == KW_OK; ++q)
        status = kw_circuit_append(circuit, KW_GATE_H, &q, 1, NULL);
    for (int b = 0; b < (file ? 1 : blocks) && status == KW_OK; ++b) {
        status = append_reversed(circuit, config->identity && b % 2 ? inverse : block, b * each);
        if (status == KW_OK && has_noise(config)) status = append_noise(circuit, &next);
    }
    kw_circuit_destroy(&block);
    kw_circuit_destroy(&inverse);
    if (status == KW_OK) *out = (kw_generator_circuit){circuit, angles, (next - angles) / 2};
    else kw_circuit_destroy(&circuit);
    return status;
}

void kw_generator_start_angles(const kw_training_config *training, const kw_generator_config *config, size_t angles,
                               double *phi) {
    kw_training_start_angles(training, angles, phi);
    const size_t each = angles / (size_t)training->layers;
    for (size_t i = each; config->identity && i < angles; ++i)
        if (i / each % 2) phi[i] = phi[i - each];
}

/* Depolarising is X, Y or Z with probability p/4 each (rho -> (1-p) rho + p I/2). */
void kw_generator_draw_noise(const kw_generator_config *c, uint64_t seed, uint64_t trajectory, size_t places,
                             double *angles) {
    const kw_rng rng = kw_rng_make(seed, KW_STREAM_NOISE, trajectory);
    for (size_t i = 0; i < places; ++i) {
        const double u = kw_rng_uniform(&rng, 3 * i);
        bool x = u < c->depolarising / 2, z = u >= c->depolarising / 4 && u < 3 * c->depolarising / 4;
        z ^= kw_rng_uniform(&rng, 3 * i + 1) < c->dephasing;
        x ^= kw_rng_uniform(&rng, 3 * i + 2) < c->bit_flip;
        angles[2 * i] = x ? M_PI : 0;
        angles[2 * i + 1] = z ? M_PI : 0;
    }
}
