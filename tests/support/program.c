/* Gate lists for both sides of a comparison. */
#include "support/program.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "circuit/circuit_internal.h"
#include "support/dense.h"

test_program *test_program_create(int n) {
    test_program *program = calloc(1, sizeof *program);
    if (!program) abort();
    program->n = n;
    return program;
}

void test_program_destroy(test_program **program) {
    if (!*program) return;
    for (size_t g = 0; g < (*program)->count; ++g) free((*program)->gates[g].matrix);
    free((*program)->gates);
    free(*program);
    *program = NULL;
}

void test_program_add(test_program *program, kw_gate_kind kind, const int *qubits, int n_qubits, const kw_angle *angles,
                      const kw_complex *matrix) {
    if (program->count == program->capacity) {
        program->capacity = program->capacity ? 2 * program->capacity : 64;
        program->gates = realloc(program->gates, program->capacity * sizeof *program->gates);
        if (!program->gates) abort();
    }
    test_gate *gate = &program->gates[program->count++];
    memset(gate, 0, sizeof *gate);
    gate->kind = kind;
    gate->n_qubits = n_qubits;
    memcpy(gate->qubits, qubits, (size_t)n_qubits * sizeof *qubits);
    for (int j = 0; j < kw_gate_angles(kind); ++j) {
        gate->angles[j] = angles[j];
        if (angles[j].parameter >= program->parameters) program->parameters = angles[j].parameter + 1;
    }
    if (kind == KW_GATE_UNITARY) {
        const size_t bytes = sizeof *matrix << (2 * n_qubits);
        gate->matrix = malloc(bytes);
        if (!gate->matrix) abort();
        memcpy(gate->matrix, matrix, bytes);
    }
}

void test_random_qubits(uint64_t *seed, int n, int count, int *qubits) {
    int all[KW_MAX_QUBITS];
    for (int q = 0; q < n; ++q) all[q] = q;
    for (int j = 0; j < count; ++j) {
        const int pick = j + (int)(dense_bits(seed) % (uint64_t)(n - j));
        qubits[j] = all[pick];
        all[pick] = all[j];
    }
}

/* Width of a random gate of this kind, or 0 if it does not fit. */
static int random_width(const test_recipe *recipe, kw_gate_kind kind, uint64_t *seed) {
    const int controls = kw_gate_controls(kind), targets = kw_gate_targets(kind);
    if (kind == KW_GATE_UNITARY) {
        const int most = recipe->max_targets < recipe->n ? recipe->max_targets : recipe->n;
        return most < 1 ? 0 : 1 + (int)(dense_bits(seed) % (uint64_t)most);
    }
    if (!(kw_gate_flags(kind) & KW_DIAGONAL) && targets > recipe->max_targets) return 0;
    if (controls >= 0) return controls + targets <= recipe->n ? controls + targets : 0;
    return recipe->n < 2 ? 0 : 2 + (int)(dense_bits(seed) % (uint64_t)(recipe->n - 1));
}

void test_program_random(test_program *program, const test_recipe *recipe, size_t gates, uint64_t seed) {
    for (size_t g = 0; g < gates;) {
        const uint64_t pick = dense_bits(&seed);
        const kw_gate_kind kind =
            recipe->kinds ? recipe->kinds[pick % recipe->n_kinds] : (kw_gate_kind)(pick % KW_GATE_KINDS);
        const int width = random_width(recipe, kind, &seed);
        if (width == 0) continue;
        if (!(kw_gate_flags(kind) & KW_DIAGONAL) && dense_uniform(&seed) < recipe->diagonal_bias) continue;
        int qubits[KW_MAX_QUBITS];
        kw_angle angles[KW_MAX_ANGLES];
        kw_complex matrix[1 << (2 * KW_MAX_TARGETS)];
        test_random_qubits(&seed, recipe->n, width, qubits);
        for (int j = 0; j < KW_MAX_ANGLES; ++j) {
            angles[j] = kw_angle_constant(2.0 * M_PI * (2.0 * dense_uniform(&seed) - 1.0));
            if (recipe->parameters == 0) continue;
            angles[j].parameter = (int)(dense_bits(&seed) % (uint64_t)recipe->parameters);
            angles[j].factor = 3.0 * dense_uniform(&seed) - 1.5;
        }
        if (kind == KW_GATE_UNITARY) dense_random_unitary(dense_bits(&seed), width, matrix);
        test_program_add(program, kind, qubits, width, angles, matrix);
        ++g;
    }
}

kw_circuit *test_program_circuit(const test_program *program) {
    kw_circuit *circuit = NULL;
    kw_status status = kw_circuit_create(program->n, &circuit);
    for (size_t g = 0; g < program->count && status == KW_OK; ++g) {
        const test_gate *gate = &program->gates[g];
        if (gate->kind == KW_GATE_UNITARY)
            status = kw_circuit_append_unitary(circuit, gate->qubits, gate->n_qubits, gate->matrix);
        else status = kw_circuit_append(circuit, gate->kind, gate->qubits, gate->n_qubits, gate->angles);
    }
    if (status != KW_OK) {
        fprintf(stderr, "test_program_circuit: %s\n", kw_error_message());
        abort();
    }
    return circuit;
}

void test_program_dense(const test_program *program, const double *theta, kw_complex *vector) {
    for (size_t g = 0; g < program->count; ++g) {
        const test_gate *gate = &program->gates[g];
        double angles[KW_MAX_ANGLES] = {0};
        for (int j = 0; j < kw_gate_angles(gate->kind); ++j) {
            const kw_angle *angle = &gate->angles[j];
            angles[j] = angle->offset + (angle->parameter < 0 ? 0.0 : angle->factor * theta[angle->parameter]);
        }
        if (gate->kind == KW_GATE_UNITARY)
            dense_apply_matrix(vector, program->n, gate->matrix, gate->qubits, gate->n_qubits);
        else dense_apply(vector, program->n, gate->kind, gate->qubits, gate->n_qubits, angles);
    }
}

void test_circuit_dense(const kw_circuit *circuit, kw_complex *vector) {
    for (size_t g = 0; g < circuit->count; ++g) {
        const kw_gate *gate = &circuit->gates[g];
        int qubits[KW_MAX_QUBITS], count = 0;
        double angles[KW_MAX_ANGLES];
        for (int q = 0; q < circuit->n_qubits; ++q)
            if (gate->controls >> q & 1) qubits[count++] = q;
        for (int j = 0; j < gate->n_targets; ++j) qubits[count++] = gate->targets[j];
        for (int j = 0; j < KW_MAX_ANGLES; ++j) angles[j] = gate->angles[j].offset;
        dense_apply(vector, circuit->n_qubits, gate->kind, qubits, count, angles);
    }
}
