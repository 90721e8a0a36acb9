/* F1  What a circuit is made of; read by the planner and the writers. */
#ifndef KW_CIRCUIT_INTERNAL_H
#define KW_CIRCUIT_INTERNAL_H

#include <complex.h>
#include <stdint.h>

#include "ketwall/circuit.h"

typedef struct {
    kw_gate_kind kind;
    int n_targets;
    uint64_t controls; /* mask of qubits */
    int targets[KW_MAX_TARGETS];
    kw_angle angles[KW_MAX_ANGLES];
    size_t matrix; /* unitary: where its 4^t entries start in kw_circuit.matrices */
} kw_gate;

struct kw_circuit {
    int n_qubits, n_parameters;
    size_t count, capacity;
    kw_gate *gates;
    size_t matrix_count, matrix_capacity;
    kw_complex *matrices;
    bool shrinks; /* a matrix is not unitary: the K0 of amplitude damping */
};

/** Makes room for `more` items of `size` bytes behind `count`; doubles, so that appending stays linear.
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_reserve(void **items, size_t *capacity, size_t count, size_t more, size_t size);

/** Appends a gate as it stands, whatever its number of controls; not a unitary, which needs its matrix. */
kw_status kw_circuit_push(kw_circuit *circuit, const kw_gate *gate);

/** kw_circuit_append_unitary for any matrix: states lose their norm by one that is not unitary. */
kw_status kw_circuit_append_matrix(kw_circuit *circuit, const int *qubits, int n_qubits, const kw_complex *matrix);

/** Target matrix of a gate at theta, row-major (2^t x 2^t). */
void kw_gate_evaluate(const kw_circuit *circuit, const kw_gate *gate, const double *theta, kw_complex *matrix);

/** Value of an angle at theta [rad]. */
static inline double kw_angle_value(const kw_angle *angle, const double *theta) {
    return angle->parameter < 0 ? angle->offset : angle->offset + angle->factor * theta[angle->parameter];
}

/** Qubits that a gate touches, as a mask; and those on which it acts diagonally (controls, and all if it is diagonal). */
static inline uint64_t kw_gate_qubits(const kw_gate *gate) {
    uint64_t mask = gate->controls;
    for (int j = 0; j < gate->n_targets; ++j) mask |= (uint64_t)1 << gate->targets[j];
    return mask;
}
static inline bool kw_gate_is_diagonal(const kw_gate *gate) { return kw_gate_flags(gate->kind) & KW_DIAGONAL; }

#endif
