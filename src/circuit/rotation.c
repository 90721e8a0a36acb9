/* F1  Rotations about Pauli strings, in gates of the table. */
#include "base/bits.h"
#include "base/error.h"
#include "circuit/circuit_internal.h"

/* Turns X and Y of the string into Z, or back. */
static kw_status change_basis(kw_circuit *circuit, uint64_t x, uint64_t z, bool back) {
    kw_status status = KW_OK;
    for (; x && status == KW_OK; x &= x - 1) {
        const int q = kw_log2(x & -x);
        const bool is_y = z >> q & 1;
        if (is_y && !back) status = kw_circuit_append(circuit, KW_GATE_SDG, &q, 1, NULL);
        if (status == KW_OK) status = kw_circuit_append(circuit, KW_GATE_H, &q, 1, NULL);
        if (is_y && back && status == KW_OK) status = kw_circuit_append(circuit, KW_GATE_S, &q, 1, NULL);
    }
    return status;
}

/* The parity of the string's qubits goes to the last of them, and back. */
static kw_status ladder(kw_circuit *circuit, const int *qubits, int count, bool back) {
    kw_status status = KW_OK;
    for (int j = 0; j + 1 < count && status == KW_OK; ++j) {
        const int at = back ? count - 2 - j : j;
        status = kw_circuit_append(circuit, KW_GATE_CX, qubits + at, 2, NULL);
    }
    return status;
}

kw_status kw_circuit_append_pauli_rotation(kw_circuit *circuit, uint64_t x, uint64_t z, kw_angle angle) {
    static const kw_gate_kind one[] = {KW_GATE_RX, KW_GATE_RZ, KW_GATE_RY}, two[] = {KW_GATE_RXX, KW_GATE_RZZ, KW_GATE_RYY};
    const uint64_t all = x | z;
    int qubits[64], count = 0;
    if (!all || all >> circuit->n_qubits)
        return kw_fail(KW_E_INPUT, "rotation about a Pauli string: it must act on some of the %d qubits, and on no other",
                       circuit->n_qubits);
    for (uint64_t rest = all; rest; rest &= rest - 1) qubits[count++] = kw_log2(rest & -rest);
    const int letter = x & z ? 2 : z ? 1 : 0;
    const bool same = letter == 2 ? x == z : !(x && z);
    if (same && count == 1) return kw_circuit_append(circuit, one[letter], qubits, 1, &angle);
    if (same && count == 2) return kw_circuit_append(circuit, two[letter], qubits, 2, &angle);
    kw_status status = change_basis(circuit, x, z, false);
    if (status == KW_OK) status = ladder(circuit, qubits, count, false);
    if (status == KW_OK) status = kw_circuit_append(circuit, KW_GATE_RZ, &qubits[count - 1], 1, &angle);
    if (status == KW_OK) status = ladder(circuit, qubits, count, true);
    return status == KW_OK ? change_basis(circuit, x, z, true) : status;
}
