/* F1  Circuits: appending with checks, inversion, evaluation of gate matrices. */
#include "circuit/circuit_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"

kw_status kw_circuit_create(int n_qubits, kw_circuit **out) {
    if (n_qubits < 1 || n_qubits > KW_MAX_QUBITS)
        return kw_fail(KW_E_INPUT, "%d qubits: a circuit has 1 to %d", n_qubits, KW_MAX_QUBITS);
    kw_circuit *circuit = calloc(1, sizeof *circuit);
    if (!circuit) return kw_fail(KW_E_NOMEM, "no memory for a circuit");
    circuit->n_qubits = n_qubits;
    *out = circuit;
    return KW_OK;
}

void kw_circuit_destroy(kw_circuit **circuit) {
    if (!*circuit) return;
    free((*circuit)->gates);
    free((*circuit)->matrices);
    free(*circuit);
    *circuit = NULL;
}

int kw_circuit_qubits(const kw_circuit *circuit) { return circuit->n_qubits; }
size_t kw_circuit_gates(const kw_circuit *circuit) { return circuit->count; }
int kw_circuit_parameters(const kw_circuit *circuit) { return circuit->n_parameters; }

static kw_status check_index(const kw_circuit *circuit, size_t index) {
    return index < circuit->count ? KW_OK : kw_fail(KW_E_ARG, "gate %zu: the circuit has %zu", index, circuit->count);
}

kw_status kw_circuit_gate(const kw_circuit *circuit, size_t index, kw_placed_gate *out) {
    const kw_status status = check_index(circuit, index);
    if (status != KW_OK) return status;
    const kw_gate *gate = &circuit->gates[index];
    kw_placed_gate placed = {.kind = gate->kind};
    for (int q = 0; q < circuit->n_qubits; ++q)
        if (gate->controls & kw_bit(q)) placed.qubits[placed.n_controls++] = q;
    placed.n_qubits = placed.n_controls + gate->n_targets;
    memcpy(placed.qubits + placed.n_controls, gate->targets, sizeof(int) * (size_t)gate->n_targets);
    memcpy(placed.angles, gate->angles, sizeof placed.angles);
    *out = placed;
    return KW_OK;
}

kw_status kw_circuit_gate_matrix(const kw_circuit *circuit, size_t index, const double *theta, kw_complex *matrix) {
    const kw_status status = check_index(circuit, index);
    if (status == KW_OK) kw_gate_evaluate(circuit, &circuit->gates[index], theta, matrix);
    return status;
}

kw_status kw_reserve(void **items, size_t *capacity, size_t count, size_t more, size_t size) {
    if (count + more <= *capacity) return KW_OK;
    size_t wanted = *capacity ? 2 * *capacity : 64;
    while (wanted < count + more) wanted *= 2;
    void *grown = wanted > SIZE_MAX / 2 / size ? NULL : realloc(*items, wanted * size);
    if (!grown) return kw_fail(KW_E_NOMEM, "no memory for %zu items", wanted);
    *items = grown;
    *capacity = wanted;
    return KW_OK;
}

static kw_status check_qubits(const kw_circuit *circuit, const char *name, const int *qubits, int n_qubits) {
    uint64_t seen = 0;
    for (int j = 0; j < n_qubits; ++j) {
        const int q = qubits[j];
        if (q < 0 || q >= circuit->n_qubits)
            return kw_fail(KW_E_INPUT, "gate %s on qubit %d: the circuit has qubits 0 to %d", name, q,
                           circuit->n_qubits - 1);
        if (seen & kw_bit(q)) return kw_fail(KW_E_INPUT, "gate %s uses qubit %d twice", name, q);
        seen |= kw_bit(q);
    }
    return KW_OK;
}

kw_status kw_circuit_push(kw_circuit *circuit, const kw_gate *gate) {
    kw_status status = kw_reserve((void **)&circuit->gates, &circuit->capacity, circuit->count, 1, sizeof *circuit->gates);
    if (status != KW_OK) return status;
    for (int j = 0; j < kw_gate_angles(gate->kind); ++j)
        if (gate->angles[j].parameter >= circuit->n_parameters) circuit->n_parameters = gate->angles[j].parameter + 1;
    circuit->gates[circuit->count++] = *gate;
    return KW_OK;
}

kw_status kw_circuit_append(kw_circuit *circuit, kw_gate_kind kind, const int *qubits, int n_qubits,
                            const kw_angle *angles) {
    const char *name = kw_gate_name(kind);
    if (kind == KW_GATE_UNITARY) return kw_fail(KW_E_INPUT, "a unitary needs its matrix: kw_circuit_append_unitary");
    const int controls = kw_gate_controls(kind), targets = kw_gate_targets(kind);
    if (controls < 0 ? n_qubits < targets + 1 : n_qubits != controls + targets)
        return kw_fail(KW_E_INPUT, "gate %s on %d qubits: it takes %s%d", name, n_qubits, controls < 0 ? "at least " : "",
                       controls < 0 ? targets + 1 : controls + targets);
    kw_status status = check_qubits(circuit, name, qubits, n_qubits);
    if (status != KW_OK) return status;
    kw_gate gate = {.kind = kind, .n_targets = targets};
    for (int j = 0; j < n_qubits - targets; ++j) gate.controls |= kw_bit(qubits[j]);
    for (int j = 0; j < targets; ++j) gate.targets[j] = qubits[n_qubits - targets + j];
    for (int j = 0; j < kw_gate_angles(kind); ++j) {
        if (!isfinite(angles[j].offset) || !isfinite(angles[j].factor))
            return kw_fail(KW_E_INPUT, "gate %s: angle %d is not a finite number", name, j);
        gate.angles[j] = angles[j];
    }
    return kw_circuit_push(circuit, &gate);
}

#define UNITARY 1e-10 /* what a matrix may be off by */

/* max |(U^dag U - 1)_{ab}|; infinite if an entry is not a number */
static double unitarity_error(const kw_complex *m, int dimension) {
    double worst = 0;
    for (int a = 0; a < dimension; ++a)
        for (int b = 0; b < dimension; ++b) {
            kw_complex sum = a == b ? -1 : 0;
            for (int r = 0; r < dimension; ++r) sum += conj(m[r * dimension + a]) * m[r * dimension + b];
            if (isnan(cabs(sum))) return INFINITY;
            worst = fmax(worst, cabs(sum));
        }
    return worst;
}

kw_status kw_circuit_append_matrix(kw_circuit *circuit, const int *qubits, int n_qubits, const kw_complex *matrix) {
    if (n_qubits < 1 || n_qubits > KW_MAX_TARGETS)
        return kw_fail(KW_E_INPUT, "unitary on %d qubits: 1 to %d are supported", n_qubits, KW_MAX_TARGETS);
    kw_status status = check_qubits(circuit, "unitary", qubits, n_qubits);
    if (status != KW_OK) return status;
    const size_t entries = (size_t)1 << (2 * n_qubits);
    status = kw_reserve((void **)&circuit->matrices, &circuit->matrix_capacity, circuit->matrix_count, entries,
                        sizeof *circuit->matrices);
    if (status != KW_OK) return status;
    kw_gate gate = {.kind = KW_GATE_UNITARY, .n_targets = n_qubits, .matrix = circuit->matrix_count};
    memcpy(gate.targets, qubits, sizeof *qubits * (size_t)n_qubits);
    memcpy(circuit->matrices + circuit->matrix_count, matrix, entries * sizeof *matrix);
    circuit->matrix_count += entries;
    circuit->shrinks = circuit->shrinks || !(unitarity_error(matrix, 1 << n_qubits) < UNITARY);
    return kw_circuit_push(circuit, &gate);
}

kw_status kw_circuit_append_unitary(kw_circuit *circuit, const int *qubits, int n_qubits, const kw_complex *matrix) {
    const bool sized = n_qubits >= 1 && n_qubits <= KW_MAX_TARGETS; /* if not, appending says so */
    const double error = sized ? unitarity_error(matrix, 1 << n_qubits) : 0;
    if (!(error < UNITARY))
        return kw_fail(KW_E_INPUT, "matrix is not unitary: |U^dag U - 1| = %g, allowed %g", error, UNITARY);
    return kw_circuit_append_matrix(circuit, qubits, n_qubits, matrix);
}

static kw_status append_copy(kw_circuit *circuit, const kw_circuit *source, const kw_gate *gate) {
    if (gate->kind != KW_GATE_UNITARY) return kw_circuit_push(circuit, gate);
    return kw_circuit_append_matrix(circuit, gate->targets, gate->n_targets, source->matrices + gate->matrix);
}

kw_status kw_circuit_append_circuit(kw_circuit *circuit, const kw_circuit *tail) {
    if (tail->n_qubits > circuit->n_qubits)
        return kw_fail(KW_E_INPUT, "a circuit on %d qubits does not fit into one on %d", tail->n_qubits, circuit->n_qubits);
    for (size_t i = 0; i < tail->count; ++i) {
        const kw_status status = append_copy(circuit, tail, &tail->gates[i]);
        if (status != KW_OK) return status;
    }
    return KW_OK;
}

/* An angle x = o + f theta becomes sign * x + offset. */
static kw_angle transformed(kw_angle angle, double sign, double offset) {
    return (kw_angle){angle.parameter, sign * angle.factor, sign * angle.offset + offset};
}

static kw_status append_inverse(kw_circuit *circuit, const kw_circuit *source, const kw_gate *gate) {
    if (gate->kind == KW_GATE_UNITARY) {
        kw_complex adjoint[1 << (2 * KW_MAX_TARGETS)];
        const int dimension = 1 << gate->n_targets;
        for (int r = 0; r < dimension; ++r)
            for (int c = 0; c < dimension; ++c)
                adjoint[r * dimension + c] = conj(source->matrices[gate->matrix + (size_t)(c * dimension + r)]);
        return kw_circuit_append_unitary(circuit, gate->targets, gate->n_targets, adjoint);
    }
    int from[KW_MAX_ANGLES];
    double sign[KW_MAX_ANGLES], offset[KW_MAX_ANGLES];
    kw_gate inverse = *gate;
    inverse.kind = kw_gate_inverse(gate->kind, from, sign, offset);
    for (int j = 0; j < kw_gate_angles(gate->kind); ++j)
        inverse.angles[j] = transformed(gate->angles[from[j]], sign[j], offset[j]);
    return kw_circuit_push(circuit, &inverse);
}

kw_status kw_circuit_inverse(const kw_circuit *circuit, kw_circuit **out) {
    kw_circuit *inverse = NULL;
    kw_status status = kw_circuit_create(circuit->n_qubits, &inverse);
    for (size_t i = circuit->count; status == KW_OK && i-- > 0;)
        status = append_inverse(inverse, circuit, &circuit->gates[i]);
    if (status == KW_OK) *out = inverse;
    else kw_circuit_destroy(&inverse);
    return status;
}

void kw_gate_evaluate(const kw_circuit *circuit, const kw_gate *gate, const double *theta, kw_complex *matrix) {
    if (gate->kind == KW_GATE_UNITARY) {
        memcpy(matrix, circuit->matrices + gate->matrix, sizeof(kw_complex) << (2 * gate->n_targets));
        return;
    }
    double angles[KW_MAX_ANGLES];
    for (int j = 0; j < kw_gate_angles(gate->kind); ++j) angles[j] = kw_angle_value(&gate->angles[j], theta);
    kw_gate_matrix(gate->kind, angles, matrix);
}
