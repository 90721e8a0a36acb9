/* The same gradients on states that are worked on by passes: several blocks, tiles and lanes. */
#define TEST_QUBITS 13
#include "engine/test_gradient.c"
