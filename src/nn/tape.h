/* F2  Reverse-mode differentiation of small networks: a tape of operations on real matrices (row-major, double precision)
 * that is written once and replayed.
 *
 * All parameters of a tape are one flat block theta (p), as kw_optimiser wants them.  A network's batch stands in rows.  A
 * row of positions stands as [position][channel]; complex numbers stand as pairs (re, im), so that a state of n qubits is a
 * row of 2^{n+1} reals, which is two channels.
 *
 * Writing never fails by itself: a node that cannot be is KW_NO_NODE, so is whatever is made of it, and kw_tape_seal says
 * what was wrong first. */
#ifndef KW_TAPE_H
#define KW_TAPE_H

#include <stddef.h>
#include <stdint.h>

#include "ketwall/status.h"

typedef struct kw_tape kw_tape;

#define KW_NO_NODE (-1)

/** An empty tape.                                                                  @return KW_OK, KW_E_NOMEM    @local */
kw_status kw_tape_create(kw_tape **out);
void kw_tape_destroy(kw_tape **tape);

/* ---- writing: every call returns the number of a node, whose shape is (rows, columns).  Parameters stand in theta in the
 *      order of their calls: give each its own statement, because C leaves the order of a call's arguments open. ---- */

/** The next rows x columns numbers of theta; they start uniform on +-bound.                                       @local */
int kw_tape_parameter(kw_tape *tape, size_t rows, size_t columns, double bound);
int kw_tape_input(kw_tape *tape, size_t rows, size_t columns);

int kw_tape_matmul(kw_tape *tape, int a, int b); /* (r, k) (k, c) -> (r, c) */
/** Complex products of pairs: a b, or a b^dagger: (r, 2k) (k, 2c) -> (r, 2c); (r, 2k) (c, 2k) -> (r, 2c).         @local */
int kw_tape_complex_matmul(kw_tape *tape, int a, int b);
int kw_tape_complex_matmul_dagger(kw_tape *tape, int a, int b);
/** Rows of complex numbers (r, 2k), r <= k, to orthonormal ones with the same span (Gram-Schmidt, whose triangular factor
 * has a positive diagonal): Q of A^T = Q R.                                                                          @local
 */
int kw_tape_orthonormalise(kw_tape *tape, int a);

int kw_tape_add(kw_tape *tape, int a, int b);                         /* b: as a, or one row, which is added to every row */
int kw_tape_multiply(kw_tape *tape, int a, int b);                    /* element by element */
int kw_tape_affine(kw_tape *tape, int a, double scale, double shift); /* scale a + shift */

/* X(NAME, function, y, dy/dx in terms of x and y) */
#define KW_TAPE_UNARY_LIST(X)                                                                                               \
    X(RELU, relu, x > 0 ? x : 0, x > 0)                                                                                     \
    X(TANH, tanh, tanh(x), 1 - y * y)                                                                                       \
    X(SIGMOID, sigmoid, 1 / (1 + exp(-x)), y * (1 - y))                                                                     \
    X(ABSOLUTE, absolute, fabs(x), (x > 0) - (x < 0))
#define KW_TAPE_UNARY(NAME, function, value, slope) int kw_tape_##function(kw_tape *tape, int a);
KW_TAPE_UNARY_LIST(KW_TAPE_UNARY)
#undef KW_TAPE_UNARY

/* Cross-correlation along positions with zeros beyond the ends: output o sits on position o stride, so that there are
 * ceil(length / stride) of them.  kernel odd. */
typedef struct {
    size_t channels; /* of the input */
    size_t kernel, stride, dilation;
} kw_convolution;

/** (r, length x channels), weights (outputs, kernel x channels) -> (r, ceil(length / stride) x outputs)           @local */
int kw_tape_convolve(kw_tape *tape, int a, int weights, kw_convolution window);
int kw_tape_repeat(kw_tape *tape, int a, size_t channels, size_t factor); /* every position `factor` times */

int kw_tape_slice(kw_tape *tape, int a, size_t first, size_t count); /* columns */
int kw_tape_concat(kw_tape *tape, const int *nodes, size_t count);   /* columns behind each other */
int kw_tape_reshape(kw_tape *tape, int a, size_t rows, size_t columns);

/** Rows to norm 1 (that of a row of zeros stays 0): x / sqrt(|x|^2 + 2^-80).                                      @local */
int kw_tape_normalise(kw_tape *tape, int a);
/** |<a_r|b_r>|^2 of rows of complex numbers -> (r, 1)                                                             @local */
int kw_tape_overlap(kw_tape *tape, int a, int b);

/** Ends the writing and allocates.  Memory: kw_tape_bytes().                                                      @local
 *  @return KW_OK, KW_E_ARG (names the first node that could not be), KW_E_NOMEM */
kw_status kw_tape_seal(kw_tape *tape);

/* ---- replaying ---- */

size_t kw_tape_parameters(const kw_tape *tape);
uint64_t kw_tape_bytes(const kw_tape *tape); /* of all values and slopes, without theta; known before the seal, too */
void kw_tape_start(const kw_tape *tape, uint64_t seed, double *theta);
void kw_tape_feed(kw_tape *tape, int input, const double *values);

/** All nodes from theta (p), which must stay until the backward pass.                                             @local */
void kw_tape_forward(kw_tape *tape, const double *theta);
const double *kw_tape_value(const kw_tape *tape, int node);

/** gradient (p) <- d(sum of the node's numbers) / d theta at the last forward pass.  Once after each: it takes the place of
 *  what nodes kept of their inputs.                                                                                @local */
void kw_tape_backward(kw_tape *tape, int node, double *gradient);

#endif
