/* F1  The ansatz library.  Parameters are numbered in the order in which the gates appear. */
#include <limits.h>

#include "base/error.h"
#include "circuit/circuit_internal.h"

enum { KW_MOST_REGISTER_LAYERS = 10000 };

typedef struct {
    kw_circuit *circuit;
    int n, next; /* qubits; next parameter */
    bool ring;
    kw_status status;
} builder;

static void add(builder *b, kw_gate_kind kind, const int *qubits, int n_qubits, int first_parameter) {
    if (b->status != KW_OK) return;
    kw_angle angles[KW_MAX_ANGLES];
    for (int j = 0; j < kw_gate_angles(kind); ++j) angles[j] = kw_angle_parameter(first_parameter + j);
    b->status = kw_circuit_append(b->circuit, kind, qubits, n_qubits, angles);
}

/* A gate with fresh parameters. */
static void one(builder *b, kw_gate_kind kind, int q) {
    add(b, kind, &q, 1, b->next);
    b->next += kw_gate_angles(kind);
}

static void two(builder *b, kw_gate_kind kind, int first, int second) {
    add(b, kind, (const int[]){first, second}, 2, b->next);
    b->next += kw_gate_angles(kind);
}

static void everywhere(builder *b, kw_gate_kind kind) {
    for (int q = 0; q < b->n; ++q) one(b, kind, q);
}

/* Bonds (0,1), (1,2), ... of the ladder; a ring adds (n-1, 0) from three qubits on. */
static int bonds(const builder *b) { return b->ring && b->n > 2 ? b->n : b->n - 1; }

static void ladder(builder *b, kw_gate_kind kind) {
    for (int q = 0; q < bonds(b); ++q) two(b, kind, q, (q + 1) % b->n);
}

/* CZ on pairs (first, first+1), (first+2, first+3), ..., then RY on the qubits of those pairs. */
static void cerezo_brick(builder *b, int first) {
    int end = first;
    for (; end + 1 < b->n; end += 2) two(b, KW_GATE_CZ, end, end + 1);
    for (int q = first; q < end; ++q) one(b, KW_GATE_RY, q);
}

/* General two-qubit gate in 15 angles and 3 CNOTs (Vatan & Williams 2004, arXiv quant-ph/0308006). */
static void vatan_williams(builder *b, int q, int r) {
    one(b, KW_GATE_U, q);
    one(b, KW_GATE_U, r);
    two(b, KW_GATE_CX, r, q);
    one(b, KW_GATE_RZ, q);
    one(b, KW_GATE_RY, r);
    two(b, KW_GATE_CX, q, r);
    one(b, KW_GATE_RY, r);
    two(b, KW_GATE_CX, r, q);
    one(b, KW_GATE_U, q);
    one(b, KW_GATE_U, r);
}

static void romero_a_layer(builder *b) {
    for (int distance = 1; distance < b->n; ++distance)
        for (int q = 0; q + distance < b->n; ++q) vatan_williams(b, q, q + distance);
}

/* Neighbours in pairs, then one of each pair with one of the next, ...: what is left of all qubits gathers in qubit 0. */
static void tree_layer(builder *b) {
    for (int distance = 1; distance < b->n; distance *= 2)
        for (int q = 0; q + distance < b->n; q += 2 * distance) vatan_williams(b, q, q + distance);
}

/* RY, then bricks of CZ on neighbours in the list, each with RY on what it touches, m (m - 1) times the layers. */
static void register_block(builder *b, const int *qubits, int m, int layers) {
    for (int i = 0; i < m; ++i) one(b, KW_GATE_RY, qubits[i]);
    for (int brick = 0; brick < 2 * layers * m * (m - 1) && b->status == KW_OK; ++brick) {
        int end = brick % 2;
        for (; end + 1 < m; end += 2) two(b, KW_GATE_CZ, qubits[end], qubits[end + 1]);
        for (int i = brick % 2; i < end; ++i) one(b, KW_GATE_RY, qubits[i]);
    }
}

/* Qubits that tell `states` states apart. */
static int width_of(int states) {
    int width = 0;
    while (1 << width < states) ++width;
    return width;
}

/* Merges the sites first, ..., first + count - 1 into the first qubits of `list` and returns how many: wide enough for no 1
 * or one on any site; over all sites there is one.  Three sites fill two qubits, so that cuts are at multiples of three. */
static int merge_sites(builder *b, int first, int count, int layers, int *list) {
    const int width = width_of(count == b->n ? count : count + 1), left = ((count + 1) / 2 + 2) / 3 * 3;
    int held = 0;
    if (count <= 3)
        while (held < count) list[held] = first + held, ++held;
    else {
        held = merge_sites(b, first, left, layers, list);
        held += merge_sites(b, first + left, count - left, layers, list + held);
    }
    if (width >= held) return held;
    register_block(b, list, held, layers);
    return width;
}

static void registers(builder *b, int layers) {
    int list[KW_MAX_QUBITS];
    const int width = merge_sites(b, 0, b->n, layers, list);
    for (int i = 0; i < width; ++i) /* ascending, so that no later one has been moved */
        if (list[i] != i) two(b, KW_GATE_SWAP, i, list[i]);
}

static void rotations(builder *b) {
    for (int q = 0; q < b->n; ++q) {
        one(b, KW_GATE_RZ, q);
        one(b, KW_GATE_RY, q);
        one(b, KW_GATE_RZ, q);
    }
}

static void romero_b_layer(builder *b) {
    rotations(b);
    for (int control = 0; control < b->n; ++control)
        for (int target = 0; target < b->n; ++target) {
            if (target == control) continue;
            two(b, KW_GATE_CRZ, control, target);
            two(b, KW_GATE_CRY, control, target);
            two(b, KW_GATE_CRZ, control, target);
        }
    rotations(b);
}

/* exp(-i t (XX + YY)/2) on every bond: RXX and RYY share their angle; then RZ. */
static void excitation_layer(builder *b) {
    for (int q = 0; q < bonds(b); ++q) {
        const int pair[2] = {q, (q + 1) % b->n};
        add(b, KW_GATE_RXX, pair, 2, b->next);
        add(b, KW_GATE_RYY, pair, 2, b->next++);
    }
    everywhere(b, KW_GATE_RZ);
}

static void layer(builder *b, kw_ansatz_kind kind) {
    switch (kind) {
    case KW_ANSATZ_CEREZO:
        cerezo_brick(b, 0);
        cerezo_brick(b, 1);
        break;
    case KW_ANSATZ_HEA:
        everywhere(b, KW_GATE_RY);
        everywhere(b, KW_GATE_RZ);
        ladder(b, KW_GATE_CX);
        break;
    case KW_ANSATZ_ROMERO_A: romero_a_layer(b); break;
    case KW_ANSATZ_ROMERO_B: romero_b_layer(b); break;
    case KW_ANSATZ_RY_CNOT:
        everywhere(b, KW_GATE_RY);
        ladder(b, KW_GATE_CX);
        break;
    case KW_ANSATZ_U3_CU3:
        everywhere(b, KW_GATE_U3);
        ladder(b, KW_GATE_CU3);
        break;
    case KW_ANSATZ_TREE: tree_layer(b); break;
    case KW_ANSATZ_EXCITATION_PRESERVING: excitation_layer(b); break;
    case KW_ANSATZ_REGISTERS:
    case KW_ANSATZ_KINDS: break;
    }
}

kw_status kw_circuit_append_ansatz(kw_circuit *circuit, kw_ansatz_kind kind, int layers, bool ring) {
    if (layers < 1) return kw_fail(KW_E_INPUT, "an ansatz needs at least 1 layer, not %d", layers);
    if (circuit->n_qubits < 2) return kw_fail(KW_E_INPUT, "an entangling ansatz needs at least 2 qubits");
    builder b = {circuit, circuit->n_qubits, circuit->n_parameters, ring, KW_OK};
    if (kind == KW_ANSATZ_CEREZO) everywhere(&b, KW_GATE_RY);
    if (kind == KW_ANSATZ_EXCITATION_PRESERVING) everywhere(&b, KW_GATE_RZ);
    if (kind == KW_ANSATZ_REGISTERS && layers > KW_MOST_REGISTER_LAYERS)
        return kw_fail(KW_E_INPUT, "%d layers of registers: at most %d", layers, KW_MOST_REGISTER_LAYERS);
    if (kind == KW_ANSATZ_REGISTERS) registers(&b, layers);
    for (int i = 0; kind != KW_ANSATZ_REGISTERS && i < layers && b.status == KW_OK; ++i) {
        if (b.next > INT_MAX / 2) return kw_fail(KW_E_INPUT, "%d layers: more parameters than can be numbered", layers);
        layer(&b, kind);
    }
    return b.status;
}
