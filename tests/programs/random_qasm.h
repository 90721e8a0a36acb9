/* Random OpenQASM programs with the gates they stand for: written twice from the same random choices, as text for the
 * reader, and as a flat list of gates for the dense reference.  The reader's expansion has no part in the list. */
#ifndef TEST_RANDOM_QASM_H
#define TEST_RANDOM_QASM_H

#include <stddef.h>
#include <stdint.h>

#include "support/program.h"

typedef struct {
    char *text;
    size_t length;
    test_program *gates;
} random_qasm;

/** A program on n qubits (6 <= n <= 12) with at least `gates` gates after expansion.  It has one to three registers, all
 * gates of qelib1.inc and those known beyond it, angles that are expressions, up to four gates of its own that use each
 * other, gates on whole registers, and barriers.  No gate moves more than four targets. */
random_qasm *random_qasm_create(int n, size_t gates, uint64_t seed);
void random_qasm_destroy(random_qasm **program);

#endif
