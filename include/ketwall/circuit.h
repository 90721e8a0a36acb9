/* Circuits: a list of gates on n qubits whose angles are constants or depend on shared parameters. */
#ifndef KETWALL_CIRCUIT_H
#define KETWALL_CIRCUIT_H

#include <stddef.h>
#include <stdint.h>

#include "ketwall/gate.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kw_circuit kw_circuit;

/** An angle: offset + factor * theta[parameter]; parameter < 0 means the constant `offset` [rad]. */
typedef struct {
    int parameter;
    double factor, offset;
} kw_angle;

static inline kw_angle kw_angle_constant(double value) {
    kw_angle angle = {-1, 0.0, value};
    return angle;
}
static inline kw_angle kw_angle_parameter(int parameter) {
    kw_angle angle = {parameter, 1.0, 0.0};
    return angle;
}

/** An empty circuit on n qubits, 1 <= n <= KW_MAX_QUBITS.                                                        @local
 *  @return KW_OK, KW_E_INPUT (n out of range), KW_E_NOMEM */
kw_status kw_circuit_create(int n_qubits, kw_circuit **out);
void kw_circuit_destroy(kw_circuit **circuit);

/** Appends a gate.  `qubits`: controls first, then targets, all different; `angles`: kw_gate_angles(kind) of them.
 *  @return KW_OK, KW_E_INPUT (wrong number of qubits, out of range, repeated), KW_E_NOMEM                        @local */
kw_status kw_circuit_append(kw_circuit *circuit, kw_gate_kind kind, const int *qubits, int n_qubits, const kw_angle *angles);

/** Appends a dense unitary on 1 to 5 target qubits; qubits[j] is bit j of the matrix index.  `matrix` (2^k x 2^k) is
 *  row-major, copied, and checked: |U^dag U - 1| < 1e-10.
 *  @return KW_OK, KW_E_INPUT, KW_E_NOMEM                                                                         @local */
kw_status kw_circuit_append_unitary(kw_circuit *circuit, const int *qubits, int n_qubits, const kw_complex *matrix);

/** Appends exp(-i angle P / 2), P = prod_q P_q with X on the qubits of mask x, Z on those of z, Y on those of both: one gate
 *  of the table for one qubit or two equal letters, else a CNOT ladder around an RZ.                              @local
 *  @return KW_OK, KW_E_INPUT (no qubit, or one beyond the circuit), KW_E_NOMEM */
kw_status kw_circuit_append_pauli_rotation(kw_circuit *circuit, uint64_t x, uint64_t z, kw_angle angle);

/** Appends every gate of `tail`; its parameters keep their indices.  `tail` may not be `circuit`.               @local
 *  @return KW_OK, KW_E_INPUT (tail has more qubits), KW_E_NOMEM */
kw_status kw_circuit_append_circuit(kw_circuit *circuit, const kw_circuit *tail);

/** The circuit that undoes `circuit`: gates reversed, each inverted.                                            @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_circuit_inverse(const kw_circuit *circuit, kw_circuit **out);

/** Qubits, gates, and 1 + the largest parameter index in use.                                                    @local */
int kw_circuit_qubits(const kw_circuit *circuit);
size_t kw_circuit_gates(const kw_circuit *circuit);
int kw_circuit_parameters(const kw_circuit *circuit);

/** A gate of a circuit, as kw_circuit_append takes it. */
typedef struct {
    kw_gate_kind kind;
    int n_controls, n_qubits;
    int qubits[KW_MAX_QUBITS]; /* n_qubits of them: controls from the lowest, then targets */
    kw_angle angles[KW_MAX_ANGLES];
} kw_placed_gate;

/** Gate `index` of kw_circuit_gates().                                                                           @local
 *  @return KW_OK, KW_E_ARG (no such gate) */
kw_status kw_circuit_gate(const kw_circuit *circuit, size_t index, kw_placed_gate *out);

/** Its matrix on its targets, row-major (2^t x 2^t, at most 1,024 numbers), at theta (NULL if no angle of it depends on a
 *  parameter); of a dense unitary the one that it was appended with.                                             @local
 *  @return KW_OK, KW_E_ARG (no such gate) */
kw_status kw_circuit_gate_matrix(const kw_circuit *circuit, size_t index, const double *theta, kw_complex *matrix);

/* ---- ansatz library: trainable circuits; parameters are numbered in the order in which the gates appear ---- */

/* X(KIND, "name", what it is) */
#define KW_ANSATZ_LIST(X)                                                                                                   \
    X(CEREZO, "cerezo", "RY, then per layer two CZ bricks each followed by RY on the touched qubits")                       \
    X(HEA, "hea", "per layer RY, RZ on every qubit, then CNOT ladder or ring")                                              \
    X(ROMERO_A, "romero-a", "per layer a general two-qubit gate (15 angles) on every pair of qubits")                       \
    X(ROMERO_B, "romero-b", "per layer rotations, all controlled rotations, rotations: 3n(n-1) + 6n angles")                \
    X(RY_CNOT, "ry-cnot", "per layer RY on every qubit, then CNOT ladder or ring")                                          \
    X(U3_CU3, "u3-cu3", "per layer U3 on every qubit, then CU3 ladder or ring")                                             \
    X(TREE, "tree", "per layer general two-qubit gates (15 angles) on pairs at distance 1, 2, 4, ... towards qubit 0")      \
    X(REGISTERS, "registers",                                                                                               \
      "neighbouring sites merged to registers of ceil(log2(sites + 1)) qubits, the last one in 0, 1, ...")                  \
    X(EXCITATION_PRESERVING, "excitation-preserving",                                                                       \
      "RZ, then per layer RXX and RYY of one shared angle on neighbours, and RZ: conserves the number of ones")

typedef enum {
#define KW_ANSATZ_ENUM(kind, name, text) KW_ANSATZ_##kind,
    KW_ANSATZ_LIST(KW_ANSATZ_ENUM)
#undef KW_ANSATZ_ENUM
        KW_ANSATZ_KINDS
} kw_ansatz_kind;

/** Appends `layers` layers of an ansatz to `circuit`, its parameters numbered from kw_circuit_parameters(circuit) on.
 *  Parameters per layer and sources: cerezo n + 2L(n-1) for odd n (arXiv 2001.00550, Fig. 4); hea 2nL; romero-a
 *  15 L n(n-1)/2 and romero-b L(3n(n-1) + 6n) (arXiv 1612.02806); ry-cnot nL; u3-cu3 3nL + 3L(n-1) or 3Ln on a ring;
 *  tree 15 L(n-1), L ceil(log2 n) of them deep (the shape of Pesah et al. 2021, arXiv 2011.02966);
 *  registers: a block of L m(m-1) double bricks of RY and CZ where registers of m qubits in all are merged to fewer, just
 *  wide enough for a single 1 on any of their sites;
 *  excitation-preserving n(L+1) + L(n-1) or Ln on a ring.                                                        @local
 *  @param[in]  ring  closes the entangling ladder, where there is one, between the last and the first qubit
 *  @return KW_OK, KW_E_INPUT (layers < 1, an entangling ansatz on fewer than 2 qubits, 2^30 parameters), KW_E_NOMEM */
kw_status kw_circuit_append_ansatz(kw_circuit *circuit, kw_ansatz_kind kind, int layers, bool ring);

#ifdef __cplusplus
}
#endif
#endif
