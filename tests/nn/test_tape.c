/* The tape: every operation and whole networks against central differences, values in closed form, what it refuses. */
#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/rng.h"
#include "ketwall/gate.h"
#include "nn/tape.h"

#define SUCCEEDS(call)                                                                                                      \
    do {                                                                                                                    \
        if ((call) != KW_OK) fail_msg("%s: %s", #call, kw_error_message());                                                 \
    } while (0)

static void fill(double *numbers, size_t count, uint64_t substream) {
    const kw_rng rng = kw_rng_make(7, KW_STREAM_TEST, substream);
    for (size_t i = 0; i < count; ++i) numbers[i] = 2 * kw_rng_uniform(&rng, i) - 1;
}

/* ---- one operation each; rows x columns of the result where it is not 3 x 4 ---- */

#define ROWS                     3
#define COLUMNS                  4
#define PARAMETER(rows, columns) kw_tape_parameter(t, rows, columns, 1)

static int matmul(kw_tape *t) { return kw_tape_matmul(t, PARAMETER(3, 5), PARAMETER(5, 4)); }
static int complex_matmul(kw_tape *t) { return kw_tape_complex_matmul(t, PARAMETER(3, 10), PARAMETER(5, 4)); }
static int dagger(kw_tape *t) { return kw_tape_complex_matmul_dagger(t, PARAMETER(3, 10), PARAMETER(2, 10)); }
static int orthonormalise(kw_tape *t) { return kw_tape_slice(t, kw_tape_orthonormalise(t, PARAMETER(3, 10)), 3, 4); }
static int add(kw_tape *t) { return kw_tape_add(t, PARAMETER(3, 4), PARAMETER(3, 4)); }
static int add_row(kw_tape *t) { return kw_tape_add(t, PARAMETER(3, 4), PARAMETER(1, 4)); }
static int multiply(kw_tape *t) { return kw_tape_multiply(t, PARAMETER(3, 4), PARAMETER(3, 4)); }
static int square(kw_tape *t) {
    const int a = PARAMETER(3, 4);
    return kw_tape_multiply(t, a, a);
}
static int affine(kw_tape *t) { return kw_tape_affine(t, PARAMETER(3, 4), -1.5, 0.25); }
static int relu(kw_tape *t) { return kw_tape_relu(t, PARAMETER(3, 4)); }
static int hyperbolic(kw_tape *t) { return kw_tape_tanh(t, PARAMETER(3, 4)); }
static int sigmoid(kw_tape *t) { return kw_tape_sigmoid(t, PARAMETER(3, 4)); }
static int absolute(kw_tape *t) { return kw_tape_absolute(t, PARAMETER(3, 4)); }
static int convolve(kw_tape *t) { /* 7 positions of 2 channels, every third: 3 outputs of 4 channels in one row */
    const int a = kw_tape_convolve(t, PARAMETER(1, 14), PARAMETER(4, 10), (kw_convolution){2, 5, 3, 1});
    return kw_tape_reshape(t, a, 3, 4);
}
static int dilated(kw_tape *t) { /* two positions of 3 channels to two of 2 channels, reach beyond both ends */
    return kw_tape_convolve(t, PARAMETER(3, 6), PARAMETER(2, 9), (kw_convolution){3, 3, 1, 2});
}
static int repeat(kw_tape *t) { return kw_tape_repeat(t, PARAMETER(3, 2), 1, 2); }
static int slice(kw_tape *t) { return kw_tape_slice(t, PARAMETER(3, 7), 2, 4); }
static int concat(kw_tape *t) {
    const int a = PARAMETER(3, 1), b = PARAMETER(3, 2);
    return kw_tape_concat(t, (const int[]){a, b, a}, 3);
}
static int reshape(kw_tape *t) {
    return kw_tape_multiply(t, kw_tape_reshape(t, PARAMETER(2, 6), 3, 4),
                            kw_tape_reshape(t, kw_tape_tanh(t, PARAMETER(6, 2)), 3, 4));
}
static int normalise(kw_tape *t) { return kw_tape_normalise(t, PARAMETER(3, 4)); }
static int overlap(kw_tape *t) {
    const int f = kw_tape_overlap(t, PARAMETER(3, 10), PARAMETER(3, 10));
    return kw_tape_concat(t, (const int[]){f, f, f, f}, 4);
}
/* all of it together: two steps of a recurrence with shared weights behind a convolution, onto orthonormal rows */
static int network(kw_tape *t) {
    const int x = kw_tape_tanh(t, kw_tape_convolve(t, PARAMETER(3, 8), PARAMETER(2, 6), (kw_convolution){2, 3, 1, 1}));
    const int w = PARAMETER(4, 4), bias = PARAMETER(1, 4);
    int h = kw_tape_slice(t, x, 0, 4);
    for (int step = 0; step < 2; ++step) {
        const int gate = kw_tape_sigmoid(t, kw_tape_add(t, kw_tape_matmul(t, h, w), bias));
        h = kw_tape_add(t, kw_tape_multiply(t, gate, h), kw_tape_slice(t, x, 4, 4));
    }
    const int rows = kw_tape_orthonormalise(t, PARAMETER(1, 4));
    const int latent = kw_tape_complex_matmul_dagger(t, h, rows);
    return kw_tape_normalise(t, kw_tape_complex_matmul(t, latent, rows));
}

typedef struct {
    const char *name;
    int (*build)(kw_tape *tape);
} operation;

#define CASE(name)                                                                                                          \
    { #name, name }
static const operation operations[] = {
    CASE(matmul),   CASE(complex_matmul), CASE(dagger),  CASE(orthonormalise), CASE(add),        CASE(add_row),
    CASE(multiply), CASE(square),         CASE(affine),  CASE(relu),           CASE(hyperbolic), CASE(sigmoid),
    CASE(absolute), CASE(convolve),       CASE(dilated), CASE(repeat),         CASE(slice),      CASE(concat),
    CASE(reshape),  CASE(normalise),      CASE(overlap), CASE(network)};

static double total(kw_tape *tape, int root, const double *theta) {
    double sum = 0;
    kw_tape_forward(tape, theta);
    for (int i = 0; i < ROWS * COLUMNS; ++i) sum += kw_tape_value(tape, root)[i];
    return sum;
}

/* d/d theta of a random combination of the results, by central differences of error O(h^4) */
static void check_gradient(const operation *o) {
    kw_tape *tape = NULL;
    SUCCEEDS(kw_tape_create(&tape));
    const int weights = kw_tape_input(tape, ROWS, COLUMNS);
    const int root = kw_tape_multiply(tape, o->build(tape), weights);
    SUCCEEDS(kw_tape_seal(tape));
    const size_t p = kw_tape_parameters(tape);
    double *theta = calloc(2 * p, sizeof *theta), *g = theta + p, w[ROWS * COLUMNS];
    fill(w, ROWS * COLUMNS, 1);
    kw_tape_feed(tape, weights, w);
    kw_tape_start(tape, 3, theta);
    total(tape, root, theta);
    kw_tape_backward(tape, root, g);
    const double h = 1e-3;
    for (size_t i = 0; i < p; ++i) {
        const double at = theta[i];
        double f[4];
        for (int k = 0; k < 4; ++k) {
            theta[i] = at + (const double[]){-2, -1, 1, 2}[k] * h;
            f[k] = total(tape, root, theta);
        }
        theta[i] = at;
        const double expected = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h);
        if (!(fabs(g[i] - expected) < 1e-9 * (1 + fabs(expected))))
            fail_msg("%s, parameter %zu: %.12g, differences %.12g", o->name, i, g[i], expected);
    }
    free(theta);
    kw_tape_destroy(&tape);
}

static void gradients(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; ++i) check_gradient(&operations[i]);
}

static void near(const double *got, const double *expected, size_t count) {
    for (size_t i = 0; i < count; ++i)
        if (!(fabs(got[i] - expected[i]) < 1e-14)) fail_msg("number %zu is %.17g, not %.17g", i, got[i], expected[i]);
}

static void values(void **state) {
    (void)state;
    kw_tape *t = NULL;
    SUCCEEDS(kw_tape_create(&t));
    const int x = kw_tape_input(t, 1, 4), w = kw_tape_input(t, 1, 3), pair = kw_tape_input(t, 1, 4);
    const int plain = kw_tape_convolve(t, x, w, (kw_convolution){1, 3, 1, 1});
    const int strided = kw_tape_convolve(t, x, w, (kw_convolution){1, 3, 2, 1});
    const int spread = kw_tape_convolve(t, x, w, (kw_convolution){1, 3, 1, 2});
    const int twice = kw_tape_repeat(t, x, 2, 2), unit = kw_tape_normalise(t, x), overlap = kw_tape_overlap(t, x, pair);
    const int gate = kw_tape_sigmoid(t, x), bend = kw_tape_tanh(t, x), cut = kw_tape_relu(t, x);
    const int product = kw_tape_complex_matmul_dagger(t, x, pair);
    SUCCEEDS(kw_tape_seal(t));
    kw_tape_feed(t, x, (const double[]){1, -2, 3, 4});
    kw_tape_feed(t, w, (const double[]){10, 1, 100});
    kw_tape_feed(t, pair, (const double[]){0.5, 1, -1, 2});
    kw_tape_forward(t, NULL);
    near(kw_tape_value(t, plain), (const double[]){-199, 308, 383, 34}, 4);
    near(kw_tape_value(t, strided), (const double[]){-199, 383}, 2);
    near(kw_tape_value(t, spread), (const double[]){301, 398, 13, -16}, 4);
    near(kw_tape_value(t, twice), (const double[]){1, -2, 1, -2, 3, 4, 3, 4}, 8);
    const double norm = sqrt(30);
    near(kw_tape_value(t, unit), (const double[]){1 / norm, -2 / norm, 3 / norm, 4 / norm}, 4);
    const double complex p = (1 - 2 * I) * (0.5 - I) + (3 + 4 * I) * (-1 - 2 * I); /* sum x conj(y) = conj <x|y> */
    near(kw_tape_value(t, product), (const double[]){creal(p), cimag(p)}, 2);
    near(kw_tape_value(t, overlap), (const double[]){creal(p) * creal(p) + cimag(p) * cimag(p)}, 1);
    near(kw_tape_value(t, gate), (const double[]){1 / (1 + exp(-1)), 1 / (1 + exp(2)), 1 / (1 + exp(-3)), 1 / (1 + exp(-4))},
         4);
    near(kw_tape_value(t, bend), (const double[]){tanh(1), -tanh(2), tanh(3), tanh(4)}, 4);
    near(kw_tape_value(t, cut), (const double[]){1, 0, 3, 4}, 4);
    kw_tape_destroy(&t);
}

/* Rows become orthonormal to rounding even where they nearly coincide, and keep their span. */
static void orthonormal_rows(void **state) {
    (void)state;
    enum { M = 4, D = 9 };
    kw_tape *t = NULL;
    double theta[M * 2 * D];
    SUCCEEDS(kw_tape_create(&t));
    const int q = kw_tape_orthonormalise(t, kw_tape_parameter(t, M, 2 * D, 1));
    SUCCEEDS(kw_tape_seal(t));
    kw_tape_start(t, 11, theta);
    for (int i = 0; i < 2 * D; ++i) theta[2 * D + i] = theta[i] + 1e-7 * theta[2 * D + i];
    kw_tape_forward(t, theta);
    const kw_complex *v = (const kw_complex *)kw_tape_value(t, q), *a = (const kw_complex *)theta;
    for (int i = 0; i < M; ++i) {
        double inside = 0, norm = 0;
        for (int k = 0; k < D; ++k) norm += creal(a[i * D + k] * conj(a[i * D + k]));
        for (int j = 0; j < M; ++j) {
            kw_complex product = 0, part = 0;
            for (int k = 0; k < D; ++k) product += conj(v[i * D + k]) * v[j * D + k];
            for (int k = 0; k < D; ++k) part += conj(v[j * D + k]) * a[i * D + k];
            assert_true(cabs(product - (i == j)) < 1e-14);
            inside += creal(part * conj(part));
        }
        assert_true(fabs(inside / norm - 1) < 1e-13);
    }
    kw_tape_destroy(&t);
}

/* A node that cannot be makes whatever is built on it fail, and seal names it. */
static void refusals(void **state) {
    (void)state;
    kw_tape *t = NULL;
    SUCCEEDS(kw_tape_create(&t));
    const int a = kw_tape_input(t, 2, 3), b = kw_tape_input(t, 2, 4);
    assert_int_equal(kw_tape_tanh(t, kw_tape_matmul(t, a, b)), KW_NO_NODE);
    assert_int_equal(kw_tape_add(t, a, a), KW_NO_NODE);
    assert_int_equal(kw_tape_seal(t), KW_E_ARG);
    assert_non_null(strstr(kw_error_message(), "node 2"));
    assert_non_null(strstr(kw_error_message(), "matmul"));
    kw_tape_destroy(&t);
    SUCCEEDS(kw_tape_create(&t));
    assert_int_equal(kw_tape_orthonormalise(t, kw_tape_input(t, 3, 4)), KW_NO_NODE);
    assert_int_equal(kw_tape_seal(t), KW_E_ARG);
    kw_tape_destroy(&t);
    SUCCEEDS(kw_tape_create(&t));
    assert_int_equal(kw_tape_slice(t, kw_tape_input(t, 3, 4), 2, 3), KW_NO_NODE);
    assert_int_equal(kw_tape_seal(t), KW_E_ARG);
    kw_tape_destroy(&t);
}

/* What is counted is returned, and the start follows from the seed alone, within its bounds. */
static void memory_and_start(void **state) {
    (void)state;
    const uint64_t before = kw_memory_now();
    double theta[2][40], other[40];
    kw_tape *t = NULL;
    SUCCEEDS(kw_tape_create(&t));
    const int first = kw_tape_parameter(t, 4, 5, 0.5);
    kw_tape_matmul(t, first, kw_tape_parameter(t, 5, 4, 2));
    SUCCEEDS(kw_tape_seal(t));
    assert_int_equal(kw_tape_parameters(t), 40);
    assert_int_equal(kw_memory_now() - before, kw_tape_bytes(t));
    kw_tape_start(t, 1, theta[0]);
    kw_tape_start(t, 1, theta[1]);
    kw_tape_start(t, 2, other);
    assert_memory_equal(theta[0], theta[1], sizeof other);
    assert_memory_not_equal(theta[0], other, sizeof other);
    double widest = 0;
    for (int i = 0; i < 40; ++i) {
        assert_true(fabs(theta[0][i]) <= (i < 20 ? 0.5 : 2));
        widest = fmax(widest, fabs(theta[0][i]));
    }
    assert_true(widest > 0.5);
    kw_tape_destroy(&t);
    assert_int_equal(kw_memory_now(), before);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradients), cmocka_unit_test(values),
                                       cmocka_unit_test(orthonormal_rows), cmocka_unit_test(refusals),
                                       cmocka_unit_test(memory_and_start)};
    return cmocka_run_group_tests_name("tape", tests, NULL, NULL);
}
