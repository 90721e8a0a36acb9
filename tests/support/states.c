/* Ensembles of state vectors in closed form. */
#include "support/states.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "support/dense.h"

static test_states make(int n, size_t count) {
    test_states s = {.n = n, .count = count, .dimension = (size_t)1 << n};
    s.states = calloc(count * s.dimension, sizeof *s.states);
    s.weights = calloc(count, sizeof *s.weights);
    for (size_t i = 0; i < count; ++i) s.weights[i] = 1 / (double)count;
    return s;
}

void states_free(test_states *states) {
    free(states->states);
    free(states->weights);
}

static kw_complex turn(size_t k, size_t count) { return cexp(2 * acos(-1.0) * I * (double)k / (double)count); }

test_states states_ghz_phase(int n, size_t count) {
    test_states s = make(n, count);
    for (size_t k = 0; k < count; ++k) {
        s.states[k * s.dimension] = sqrt(0.5);
        s.states[(k + 1) * s.dimension - 1] = sqrt(0.5) * turn(k, count);
    }
    return s;
}

test_states states_w_phase(int n, size_t count) {
    test_states s = make(n, count);
    for (size_t k = 0; k < count; ++k)
        for (int j = 0; j < n; ++j)
            s.states[k * s.dimension + ((size_t)1 << j)] = turn((size_t)j * k % count, count) / sqrt(n);
    return s;
}

test_states states_random(int n, size_t count, uint64_t seed) {
    test_states s = make(n, count);
    for (size_t k = 0; k < count; ++k) {
        kw_complex *one = dense_random(seed + 1000 * k, n);
        for (size_t i = 0; i < s.dimension; ++i) s.states[k * s.dimension + i] = one[i];
        free(one);
    }
    return s;
}

test_states states_spectrum(int n, const double *weights, size_t count, uint64_t seed) {
    test_states s = states_random(n, count, seed);
    for (size_t k = 0; k < count; ++k) {
        kw_complex *own = s.states + k * s.dimension;
        for (size_t j = 0; j < k; ++j) {
            const kw_complex *other = s.states + j * s.dimension, part = dense_inner(other, own, n);
            for (size_t i = 0; i < s.dimension; ++i) own[i] -= part * other[i];
        }
        const double norm = sqrt(creal(dense_inner(own, own, n)));
        for (size_t i = 0; i < s.dimension; ++i) own[i] /= norm;
        s.weights[k] = weights[k];
    }
    return s;
}
