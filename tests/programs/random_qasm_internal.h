/* The two sides of a random program while it is written, and the expressions in it. */
#ifndef TEST_RANDOM_QASM_INTERNAL_H
#define TEST_RANDOM_QASM_INTERNAL_H

#include <stdint.h>
#include <stdio.h>

enum { MOST_FORMALS = 3 };

/** A value, and the interval in which it lies whatever values the formals have. */
typedef struct {
    double value, low, high;
} random_value;

/** The parameters of the gate whose body is written: named t0, t1, ...; each within [-FORMAL_BOUND, FORMAL_BOUND]. */
typedef struct {
    int count;
    double values[MOST_FORMALS];
} random_formals;

#define FORMAL_BOUND 8.0

/** Writes a random expression with values in [-bound, bound] to `out` and returns its value.  The text and the draws from
 *  `seed` do not depend on the values of the formals, so that the same seed gives the value of the same text again. */
double random_expression(FILE *out, uint64_t *seed, const random_formals *formals, double bound);

#endif
