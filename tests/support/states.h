/* Ensembles of state vectors in closed form, without the library's own families. */
#ifndef TEST_STATES_H
#define TEST_STATES_H

#include <stddef.h>
#include <stdint.h>

#include "ketwall/gate.h"

/* count x 2^n amplitudes and weights that sum to 1 */
typedef struct {
    int n;
    size_t count, dimension;
    kw_complex *states;
    double *weights;
} test_states;

test_states states_ghz_phase(int n, size_t count);             /* (|0..0> + e^{2 pi i k / count} |1..1>)/sqrt 2 */
test_states states_w_phase(int n, size_t count);               /* n^{-1/2} sum_j e^{2 pi i j k / count} |1_j> */
test_states states_random(int n, size_t count, uint64_t seed); /* Haar */
/** Orthonormal states, random, with these weights. */
test_states states_spectrum(int n, const double *weights, size_t count, uint64_t seed);
void states_free(test_states *states);

#endif
