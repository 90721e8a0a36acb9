/* A gate list that runs twice: as a kw_circuit through the library, and on a dense vector by the reference. */
#ifndef TEST_PROGRAM_H
#define TEST_PROGRAM_H

#include <stdint.h>

#include "ketwall/circuit.h"

typedef struct {
    kw_gate_kind kind;
    int n_qubits, qubits[KW_MAX_QUBITS];
    kw_angle angles[KW_MAX_ANGLES];
    kw_complex *matrix; /* KW_GATE_UNITARY: 2^k x 2^k, owned */
} test_gate;

typedef struct {
    int n, parameters;
    size_t count, capacity;
    test_gate *gates;
} test_program;

/** What a random program is drawn from. */
typedef struct {
    int n, parameters;         /* parameters > 0: every angle is factor * theta[j] + offset, j shared at random */
    int max_targets;           /* of a gate that is not diagonal */
    const kw_gate_kind *kinds; /* NULL: the whole table */
    size_t n_kinds;
    double diagonal_bias; /* probability of drawing again when a gate is not diagonal */
} test_recipe;

test_program *test_program_create(int n);
void test_program_destroy(test_program **program);

/** Appends a gate; the angles are copied.  `matrix` (for KW_GATE_UNITARY) is copied too. */
void test_program_add(test_program *program, kw_gate_kind kind, const int *qubits, int n_qubits, const kw_angle *angles,
                      const kw_complex *matrix);

/** Appends `gates` random gates at random places. */
void test_program_random(test_program *program, const test_recipe *recipe, size_t gates, uint64_t seed);

/** Different qubits out of n, in random order. */
void test_random_qubits(uint64_t *seed, int n, int count, int *qubits);

/** The same program for the library, and for the dense reference.  Aborts when the library refuses a gate. */
kw_circuit *test_program_circuit(const test_program *program);
void test_program_dense(const test_program *program, const double *theta, kw_complex *vector);

/** vector <- circuit vector by the dense reference, gate by gate as the library stores them; no parameters, no unitaries. */
void test_circuit_dense(const kw_circuit *circuit, kw_complex *vector);

#endif
