/* F4  Gates as small matrices. */
#include "baselines/local_gate.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"

/* The matrix on targets (low bits) and controls (high bits): the identity where a control is 0. */
static void control(const kw_complex *target, int targets, int width, kw_complex *out) {
    const int small = 1 << targets, dimension = 1 << width, offset = dimension - small;
    memset(out, 0, sizeof *out << (2 * width));
    for (int i = 0; i < offset; ++i) out[i * dimension + i] = 1;
    for (int r = 0; r < small; ++r)
        memcpy(&out[(offset + r) * dimension + offset], &target[r * small], sizeof *out * (size_t)small);
}

kw_status kw_local_gate_of(const kw_circuit *circuit, size_t index, const double *theta, kw_local_gate *out) {
    kw_placed_gate placed;
    kw_complex target[1 << (2 * KW_MAX_TARGETS)], matrix[1 << (2 * KW_MAX_TARGETS)];
    kw_status status = kw_circuit_gate(circuit, index, &placed);
    if (status != KW_OK) return status;
    const int width = placed.n_qubits, targets = width - placed.n_controls, dimension = 1 << width;
    snprintf(out->name, sizeof out->name, "gate %zu, %s", index, kw_gate_name(placed.kind));
    if (width > KW_MAX_TARGETS)
        return kw_fail(KW_E_INPUT,
                       "%s, acts on %d qubits; only the statevector takes more than %d: run it there, or "
                       "write the gate in smaller ones",
                       out->name, width, KW_MAX_TARGETS);
    for (int j = 0; !theta && j < kw_gate_angles(placed.kind); ++j)
        if (placed.angles[j].parameter >= 0) return kw_fail(KW_E_ARG, "%s, has a parameter: give theta", out->name);
    status = kw_circuit_gate_matrix(circuit, index, theta, target);
    if (status != KW_OK) return status;
    control(target, targets, width, matrix);
    int bit[KW_MAX_TARGETS]; /* of the sorted index, for every bit of the matrix: targets, then controls */
    for (int j = 0; j < width; ++j) {
        const int q = placed.qubits[(placed.n_controls + j) % width];
        bit[j] = 0;
        for (int k = 0; k < width; ++k) bit[j] += placed.qubits[k] < q;
        out->qubits[bit[j]] = q;
    }
    out->width = width;
    for (int r = 0; r < dimension; ++r)
        for (int c = 0; c < dimension; ++c)
            out->matrix[kw_deposit((uint64_t)r, bit, width) * (uint64_t)dimension + kw_deposit((uint64_t)c, bit, width)] =
                matrix[r * dimension + c];
    return KW_OK;
}
