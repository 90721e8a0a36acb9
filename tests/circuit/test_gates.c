/* The gate table against the dense reference: matrices, flags, derivatives, inverses. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ketwall/gate.h"
#include "support/dense.h"
#include "support/world.h"

enum { MAX_DIMENSION = 1 << KW_MAX_TARGETS, TRIALS = 5 };

typedef kw_complex matrix[MAX_DIMENSION * MAX_DIMENSION];

static void random_angles(uint64_t *seed, double *angles) {
    for (int j = 0; j < KW_MAX_ANGLES; ++j) angles[j] = 4.0 * M_PI * (dense_uniform(seed) - 0.5);
}

static size_t dimension(kw_gate_kind kind) { return (size_t)1 << kw_gate_targets(kind); }

/* Calls check(kind, angles) for every kind but the dense unitary, at random angles. */
static void for_every_kind(void (*check)(kw_gate_kind kind, const double *angles)) {
    uint64_t seed = 11;
    for (int kind = 0; kind < KW_GATE_KINDS; ++kind) {
        if (kind == KW_GATE_UNITARY) continue;
        for (int trial = 0; trial < TRIALS; ++trial) {
            double angles[KW_MAX_ANGLES];
            random_angles(&seed, angles);
            check((kw_gate_kind)kind, angles);
        }
    }
}

/* Largest |a - b| over d x d entries. */
static double difference(const kw_complex *a, const kw_complex *b, size_t d) {
    double largest = 0.0;
    for (size_t i = 0; i < d * d; ++i) largest = fmax(largest, cabs(a[i] - b[i]));
    return largest;
}

static void multiply(const kw_complex *a, const kw_complex *b, size_t d, kw_complex *out) {
    for (size_t r = 0; r < d; ++r)
        for (size_t c = 0; c < d; ++c) {
            out[r * d + c] = 0.0;
            for (size_t k = 0; k < d; ++k) out[r * d + c] += a[r * d + k] * b[k * d + c];
        }
}

static void identity(kw_complex *out, size_t d) {
    for (size_t i = 0; i < d * d; ++i) out[i] = i % (d + 1) == 0;
}

/* Qubits 0 .. c-1 are the controls, c .. c+t-1 the targets: the columns of the gate, one by one. */
static void check_columns(kw_gate_kind kind, int controls, const double *angles) {
    const int targets = kw_gate_targets(kind), n = controls + targets;
    const size_t d = dimension(kind), all = ((size_t)1 << controls) - 1;
    int qubits[KW_MAX_QUBITS];
    matrix ours;
    for (int q = 0; q < n; ++q) qubits[q] = q;
    kw_gate_matrix(kind, angles, ours);
    for (size_t i = 0; i < (size_t)1 << n; ++i) {
        kw_complex *column = dense_zero(n);
        column[0] = 0.0;
        column[i] = 1.0;
        dense_apply(column, n, kind, qubits, n, angles);
        for (size_t r = 0; r < (size_t)1 << n; ++r) {
            kw_complex expected = r == i;
            if ((i & all) == all) expected = (r & all) == all ? ours[(r >> controls) * d + (i >> controls)] : 0.0;
            if (cabs(column[r] - expected) > 1e-13) fail_msg("%s: row %zu, column %zu", kw_gate_name(kind), r, i);
        }
        free(column);
    }
}

static void check_matrix(kw_gate_kind kind, const double *angles) {
    const int controls = kw_gate_controls(kind);
    if (controls >= 0) check_columns(kind, controls, angles);
    else
        for (int c = 1; c <= 5; ++c) check_columns(kind, c, angles);
}

static void check_unitary(kw_gate_kind kind, const double *angles) {
    const size_t d = dimension(kind);
    matrix u, adjoint, product, one;
    kw_gate_matrix(kind, angles, u);
    for (size_t i = 0; i < d * d; ++i) adjoint[i] = conj(u[(i % d) * d + i / d]);
    multiply(adjoint, u, d, product);
    identity(one, d);
    if (difference(product, one, d) > 1e-14) fail_msg("%s is not unitary", kw_gate_name(kind));
}

static void check_flags(kw_gate_kind kind, const double *angles) {
    const size_t d = dimension(kind);
    const int flags = kw_gate_flags(kind);
    matrix u;
    kw_gate_matrix(kind, angles, u);
    for (size_t i = 0; i < d * d; ++i) {
        const int is_zero = u[i] == 0.0, is_one = u[i] == 1.0;
        if ((flags & KW_DIAGONAL) && i % (d + 1) != 0 && !is_zero) fail_msg("%s is not diagonal", kw_gate_name(kind));
        if ((flags & KW_PERMUTATION) && !is_zero && !is_one) fail_msg("%s is not a permutation", kw_gate_name(kind));
        if ((flags & KW_REAL) && cimag(u[i]) != 0.0) fail_msg("%s is not real", kw_gate_name(kind));
    }
}

static void check_derivative(kw_gate_kind kind, const double *angles) {
    const size_t d = dimension(kind);
    const double step = 1e-6;
    for (int which = 0; which < kw_gate_angles(kind); ++which) {
        double shifted[KW_MAX_ANGLES];
        matrix exact, above, below;
        memcpy(shifted, angles, sizeof shifted);
        kw_gate_derivative(kind, angles, which, exact);
        shifted[which] = angles[which] + step;
        kw_gate_matrix(kind, shifted, above);
        shifted[which] = angles[which] - step;
        kw_gate_matrix(kind, shifted, below);
        for (size_t i = 0; i < d * d; ++i) above[i] = (above[i] - below[i]) / (2 * step);
        if (difference(exact, above, d) > 1e-7) fail_msg("d %s / d angle %d", kw_gate_name(kind), which);
    }
}

static void check_inverse(kw_gate_kind kind, const double *angles) {
    const size_t d = dimension(kind);
    int from[KW_MAX_ANGLES];
    double sign[KW_MAX_ANGLES], offset[KW_MAX_ANGLES], back[KW_MAX_ANGLES] = {0};
    const kw_gate_kind inverse = kw_gate_inverse(kind, from, sign, offset);
    assert_int_equal(kw_gate_angles(inverse), kw_gate_angles(kind));
    assert_int_equal(kw_gate_controls(inverse), kw_gate_controls(kind));
    assert_int_equal(kw_gate_targets(inverse), kw_gate_targets(kind));
    for (int j = 0; j < kw_gate_angles(kind); ++j) back[j] = sign[j] * angles[from[j]] + offset[j];
    matrix u, v, product, one;
    kw_gate_matrix(kind, angles, u);
    kw_gate_matrix(inverse, back, v);
    multiply(v, u, d, product);
    identity(one, d);
    if (difference(product, one, d) > 1e-14) fail_msg("inverse of %s", kw_gate_name(kind));
}

/* Both ways of the reference agree at any placement: the gate's program, and its matrix on the targets. */
static void check_placement(kw_gate_kind kind, const double *angles) {
    enum { N = 6 };
    static uint64_t seed = 5;
    int qubits[N];
    matrix u;
    const int targets = kw_gate_targets(kind);
    if (kw_gate_controls(kind) != 0) return;
    const int first = (int)(dense_bits(&seed) % N);
    for (int j = 0; j < N; ++j) qubits[j] = (first + 5 * j) % N;
    kw_complex *a = dense_random(seed, N), *b = dense_random(seed, N);
    kw_gate_matrix(kind, angles, u);
    dense_apply(a, N, kind, qubits, targets, angles);
    dense_apply_matrix(b, N, u, qubits, targets);
    assert_true(dense_distance(a, b, N) < 1e-13);
    free(a);
    free(b);
}

static void matrices_are_the_reference(void **unused) {
    (void)unused;
    for_every_kind(check_matrix);
}
static void the_reference_agrees_with_itself(void **unused) {
    (void)unused;
    for_every_kind(check_placement);
}
static void matrices_are_unitary(void **unused) {
    (void)unused;
    for_every_kind(check_unitary);
}
static void flags_hold_at_every_angle(void **unused) {
    (void)unused;
    for_every_kind(check_flags);
}
static void derivatives_are_differences(void **unused) {
    (void)unused;
    for_every_kind(check_derivative);
}
static void inverses_invert(void **unused) {
    (void)unused;
    for_every_kind(check_inverse);
}

static void the_table_reads_as_written(void **unused) {
    (void)unused;
#define CHECK_ROW(kind, name, controls, targets, angles, base, inverse, flags)                                              \
    assert_string_equal(kw_gate_name(KW_GATE_##kind), name);                                                                \
    assert_int_equal(kw_gate_controls(KW_GATE_##kind), controls);                                                           \
    assert_int_equal(kw_gate_targets(KW_GATE_##kind), targets);                                                             \
    assert_int_equal(kw_gate_angles(KW_GATE_##kind), angles);                                                               \
    assert_int_equal(kw_gate_flags(KW_GATE_##kind), flags);
    KW_GATE_LIST(CHECK_ROW)
#undef CHECK_ROW
    assert_int_equal(kw_gate_angles(KW_GATE_CU), 4);
    assert_int_equal(kw_gate_controls(KW_GATE_X), 0);
}

/* Pauli rotations have a fixed point: the reference itself is checked against exp(-itP/2) written out. */
static void the_reference_has_the_stated_phases(void **unused) {
    (void)unused;
    const double t = 0.7, c = cos(t / 2), s = sin(t / 2);
    kw_complex v[4] = {1.0, 0.0, 0.0, 0.0};
    dense_apply(v, 2, KW_GATE_RZZ, (int[]){0, 1}, 2, &t);
    assert_true(cabs(v[0] - cexp(-I * t / 2)) < 1e-15);
    kw_complex w[4] = {1.0, 0.0, 0.0, 0.0};
    dense_apply(w, 2, KW_GATE_RXX, (int[]){0, 1}, 2, &t);
    assert_true(cabs(w[0] - c) < 1e-15 && cabs(w[3] + I * s) < 1e-15);
    kw_complex y[4] = {1.0, 0.0, 0.0, 0.0};
    dense_apply(y, 2, KW_GATE_RYY, (int[]){0, 1}, 2, &t);
    assert_true(cabs(y[0] - c) < 1e-15 && cabs(y[3] - I * s) < 1e-15);
    kw_complex z[2] = {0.0, 1.0};
    dense_apply(z, 1, KW_GATE_RZ, (int[]){0}, 1, &t);
    assert_true(cabs(z[1] - cexp(I * t / 2)) < 1e-15);
    kw_complex x[2] = {1.0, 0.0};
    dense_apply(x, 1, KW_GATE_SX, (int[]){0}, 1, NULL);
    assert_true(cabs(x[0] - (1 + I) / 2) < 1e-15 && cabs(x[1] - (1 - I) / 2) < 1e-15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_reads_as_written),       cmocka_unit_test(the_reference_has_the_stated_phases),
        cmocka_unit_test(matrices_are_the_reference),       cmocka_unit_test(matrices_are_unitary),
        cmocka_unit_test(the_reference_agrees_with_itself), cmocka_unit_test(flags_hold_at_every_angle),
        cmocka_unit_test(derivatives_are_differences),      cmocka_unit_test(inverses_invert),
    };
    return TEST_RUN("gates", tests);
}
