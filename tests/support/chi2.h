/* Pearson's test of counts against probabilities. */
#ifndef TEST_CHI2_H
#define TEST_CHI2_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/** sum of (count - expected)^2 / expected; infinite if an outcome of probability 0 occurs. */
static inline double test_chi2(const uint64_t *counts, const double *probabilities, size_t outcomes, uint64_t shots) {
    double sum = 0;
    for (size_t i = 0; i < outcomes; ++i) {
        const double expected = probabilities[i] * (double)shots, off = (double)counts[i] - expected;
        if (expected > 0) sum += off * off / expected;
        else if (counts[i]) return INFINITY;
    }
    return sum;
}

/** The bound that chi^2 exceeds with probability 1e-6 (Wilson and Hilferty's cube root). */
static inline double test_chi2_bound(size_t outcomes) {
    const double k = (double)outcomes - 1, v = 2 / (9 * k);
    return k * pow(1 - v + 4.7534 * sqrt(v), 3);
}

#endif
