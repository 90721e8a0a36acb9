/* Basis states one by one, in the qubit order that a circuit left behind: probabilities, diagonal observables, and the way
 * back from them through the circuit. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

enum { PARAMETERS = 5, LEAST = 2, MOST = 13, THREADED = 15 };

/* ---- a circuit, the state behind it, numbers for basis states ---- */

typedef struct {
    int n;
    size_t all;
    kw_precision precision;
    double tolerance, theta[PARAMETERS];
    test_program *program;
    kw_plan *plan;
    kw_state *ket, *bra;
    kw_complex *start, *vector; /* before and behind the circuit, by the reference */
    double *values, *out;       /* (2^n) */
} fixture;

static double draw(uint64_t *seed) { return 2 * dense_uniform(seed) - 1; }

/* Random gates, then SWAPs that take every qubit elsewhere. */
static test_program *program_of(int n, uint64_t seed) {
    const int local = test_local_qubits(test_world(), n);
    const test_recipe recipe = {.n = n, .parameters = PARAMETERS, .max_targets = local < 2 ? local : 2};
    test_program *program = test_program_create(n);
    test_program_random(program, &recipe, 3 * (size_t)n, seed);
    for (int q = 0; q + 1 < n && local > 0; ++q) test_program_add(program, KW_GATE_SWAP, (int[]){q, q + 1}, 2, NULL, NULL);
    return program;
}

static fixture make(int n, kw_precision precision, uint64_t seed) {
    fixture f = {.n = n, .all = (size_t)1 << n, .precision = precision};
    f.program = program_of(n, seed);
    kw_circuit *circuit = test_program_circuit(f.program);
    TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &f.plan));
    kw_circuit_destroy(&circuit);
    f.start = dense_random(seed, n);
    f.vector = dense_random(seed, n);
    f.values = malloc(f.all * sizeof *f.values);
    f.out = malloc((f.all + 1) * sizeof *f.out);
    for (int j = 0; j < PARAMETERS; ++j) f.theta[j] = 3 * draw(&seed);
    for (size_t i = 0; i < f.all; ++i) f.values[i] = draw(&seed);
    test_program_dense(f.program, f.theta, f.vector);
    f.ket = test_state(test_world(), n, precision, f.start);
    f.bra = test_state(test_world(), n, precision, f.start);
    TEST_MUST(kw_plan_run(f.plan, f.theta, f.ket));
    f.tolerance = test_tolerance_of(f.ket);
    return f;
}

static void destroy(fixture *f) {
    test_program_destroy(&f->program);
    kw_plan_destroy(&f->plan);
    kw_state_destroy(&f->ket);
    kw_state_destroy(&f->bra);
    free(f->start);
    free(f->vector);
    free(f->values);
    free(f->out);
}

/* How many basis states matter: all, one, all but one, some. */
enum { COUNTS = 5 };
static size_t count_of(const fixture *f, int which) {
    const size_t counts[COUNTS] = {f->all, 1, f->all - 1, f->all / 2 + f->all / 8 + 1, f->all / 3 + 1};
    return counts[which];
}

static double weight(kw_complex a) { return creal(a) * creal(a) + cimag(a) * cimag(a); }

/* sum of values over the probabilities of `vector` */
static double expectation(const fixture *f, size_t count, const kw_complex *vector) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += f->values[i] * weight(vector[i]);
    return sum;
}

typedef void (*check_fn)(fixture *f, size_t count);

/* All widths and precisions, several counts of basis states. */
static void for_all(int most, check_fn check) {
    for (int n = LEAST; n <= most; n += n < MOST ? 1 : 2)
        for (int precision = KW_DOUBLE; precision < KW_PRECISIONS; ++precision) {
            if (!test_fits(test_world(), n, (kw_precision)precision)) continue;
            fixture f = make(n, (kw_precision)precision, (uint64_t)(17 * n + precision));
            for (int which = 0; which < COUNTS; ++which) check(&f, count_of(&f, which));
            destroy(&f);
        }
}

/* ---- tests ---- */

static void the_circuits_move_qubits(void **unused) {
    (void)unused;
    for (int n = 4; n <= MOST; ++n) {
        fixture f = make(n, KW_DOUBLE, (uint64_t)(17 * n));
        const int *place = kw_plan_final_place(f.plan);
        int moved = 0;
        for (int q = 0; q < n; ++q) moved += place[q] != q;
        assert_true(moved > n / 2);
        destroy(&f);
    }
}

static void check_distribution(fixture *f, size_t count) {
    for (size_t i = 0; i <= f->all; ++i) f->out[i] = 7;
    TEST_MUST(kw_state_distribution(f->ket, count, f->out));
    for (size_t i = 0; i < count; ++i)
        if (!(fabs(f->out[i] - weight(f->vector[i])) < f->tolerance))
            fail_msg("%d qubits: P(%d) = %.12g, expected %.12g", f->n, (int)i, f->out[i], weight(f->vector[i]));
    assert_true(f->out[count] == 7);
    assert_true(test_distance(f->ket, f->vector) < f->tolerance); /* the state stays */
}

static void distributions_match_the_reference(void **unused) {
    (void)unused;
    for_all(THREADED, check_distribution);
}

static void check_expect(fixture *f, size_t count) {
    kw_observable *observable = NULL;
    TEST_MUST(kw_observable_diagonal(f->n, f->values, count, &observable));
    const kw_traffic before = kw_state_traffic(f->ket);
    double value;
    TEST_MUST(kw_observable_expect(observable, f->ket, &value));
    const double expected = expectation(f, count, f->vector);
    if (!(fabs(value - expected) < f->tolerance))
        fail_msg("%d qubits, %d values: %.12g, expected %.12g", f->n, (int)count, value, expected);
    f->values[0] += 1; /* the caller's, read at every use */
    TEST_MUST(kw_observable_expect(observable, f->ket, &value));
    assert_true(fabs(value - expected - weight(f->vector[0])) < 2 * f->tolerance);
    assert_int_equal(kw_state_traffic(f->ket).bytes, before.bytes);
    const int local = test_local_qubits(test_world(), f->n);
    assert_int_equal(kw_observable_bytes_exchanged(observable, kw_plan_final_place(f->plan), local, f->precision), 0);
    assert_true(test_distance(f->ket, f->vector) < f->tolerance);
    kw_observable_destroy(&observable);
}

static void expectations_match_the_reference(void **unused) {
    (void)unused;
    for_all(THREADED, check_expect);
}

static void check_apply(fixture *f, size_t count) {
    kw_observable *observable = NULL;
    kw_complex *expected = dense_zero(f->n);
    memset(expected, 0, f->all * sizeof *expected);
    for (size_t i = 0; i < count; ++i) expected[i] = f->values[i] * f->vector[i];
    TEST_MUST(kw_observable_diagonal(f->n, f->values, count, &observable));
    test_state_set(f->bra, f->start); /* something to overwrite, in another order */
    TEST_MUST(kw_observable_apply(observable, f->ket, f->bra));
    const double distance = test_distance(f->bra, expected);
    if (!(distance < f->tolerance + test_tolerance_of(f->bra)))
        fail_msg("%d qubits, %d values: off by %g", f->n, (int)count, distance);
    assert_true(test_distance(f->ket, f->vector) < f->tolerance);
    kw_observable_destroy(&observable);
    free(expected);
}

static void applied_diagonals_match_the_reference(void **unused) {
    (void)unused;
    for_all(THREADED, check_apply);
}

static double shifted(const fixture *f, size_t count, int parameter, double by) {
    double theta[PARAMETERS];
    kw_complex *vector = malloc(f->all * sizeof *vector);
    memcpy(vector, f->start, f->all * sizeof *vector);
    memcpy(theta, f->theta, sizeof theta);
    theta[parameter] += by;
    test_program_dense(f->program, theta, vector);
    const double value = expectation(f, count, vector);
    free(vector);
    return value;
}

/* The whole way, and forth and back by hand, which is the same to the bit. */
static void check_gradient(fixture *f, size_t count) {
    const double step = 1e-5, before = expectation(f, count, f->vector);
    kw_observable *observable = NULL;
    double gradient[PARAMETERS] = {0}, again[PARAMETERS] = {0}, value, same; /* a small circuit may leave some out */
    if (kw_precision_is_packed(f->precision)) return;                        /* test_packed_gradient.c */
    TEST_MUST(kw_observable_diagonal(f->n, f->values, count, &observable));
    test_state_set(f->ket, f->start);
    TEST_MUST(kw_plan_gradient(f->plan, f->theta, observable, f->ket, f->bra, &value, gradient, NULL, NULL));
    assert_true(fabs(value - before) < f->tolerance);
    for (int j = 0; j < PARAMETERS; ++j) {
        const double expected = (shifted(f, count, j, step) - shifted(f, count, j, -step)) / (2 * step);
        if (!(fabs(gradient[j] - expected) < (f->precision == KW_DOUBLE ? 1e-7 : 1e-3)))
            fail_msg("%d qubits, %d values, parameter %d: %.10g, expected %.10g", f->n, (int)count, j, gradient[j],
                     expected);
    }
    for (int wanted = 0; wanted < 2; ++wanted) {
        same = value;
        test_state_set(f->ket, f->start);
        test_state_set(f->bra, f->start); /* in another order than the ket */
        TEST_MUST(kw_plan_run(f->plan, f->theta, f->ket));
        TEST_MUST(kw_plan_backward(f->plan, f->theta, observable, f->ket, f->bra, wanted ? &same : NULL, again));
        assert_memory_equal(again, gradient, sizeof again);
        assert_memory_equal(&same, &value, sizeof same);
    }
    kw_observable_destroy(&observable);
}

static void gradients_are_central_differences(void **unused) {
    (void)unused;
    for_all(10, check_gradient);
    for (int n = 11; n <= MOST; ++n) {
        fixture f = make(n, n % 2 ? KW_DOUBLE : KW_SINGLE, (uint64_t)n);
        check_gradient(&f, f.all / 7 + 1);
        destroy(&f);
    }
}

/* Values that are asked of the state behind the circuit: the linear form of sum_i P_i^2 / 2 is P itself. */
static void values_may_follow_from_the_state(void **unused) {
    (void)unused;
    fixture f = make(8, KW_DOUBLE, 4);
    kw_observable *observable = NULL;
    const double step = 1e-5;
    double gradient[PARAMETERS] = {0};
    TEST_MUST(kw_observable_diagonal(f.n, f.values, f.all, &observable));
    TEST_MUST(kw_state_distribution(f.ket, f.all, f.values));
    TEST_MUST(kw_plan_backward(f.plan, f.theta, observable, f.ket, f.bra, NULL, gradient));
    for (int j = 0; j < PARAMETERS; ++j) {
        double halves[2] = {0, 0};
        for (int side = 0; side < 2; ++side) {
            double theta[PARAMETERS];
            kw_complex *vector = dense_random(4, f.n);
            memcpy(theta, f.theta, sizeof theta);
            theta[j] += side ? step : -step;
            test_program_dense(f.program, theta, vector);
            for (size_t i = 0; i < f.all; ++i) halves[side] += weight(vector[i]) * weight(vector[i]) / 2;
            free(vector);
        }
        assert_true(fabs(gradient[j] - (halves[1] - halves[0]) / (2 * step)) < 1e-8);
    }
    assert_true(fabs(gradient[0]) > 1e-6); /* of something */
    kw_observable_destroy(&observable);
    destroy(&f);
}

static void no_value_at_all_is_zero(void **unused) {
    (void)unused;
    fixture f = make(5, KW_DOUBLE, 6);
    kw_observable *observable = NULL;
    double value = 7, gradient[PARAMETERS] = {0};
    TEST_MUST(kw_observable_diagonal(f.n, f.values, 0, &observable));
    TEST_MUST(kw_state_distribution(f.ket, 0, f.out));
    TEST_MUST(kw_observable_expect(observable, f.ket, &value));
    assert_true(value == 0);
    TEST_MUST(kw_plan_backward(f.plan, f.theta, observable, f.ket, f.bra, &value, gradient));
    for (int j = 0; j < PARAMETERS; ++j) assert_true(gradient[j] == 0);
    assert_true(value == 0);
    kw_observable_destroy(&observable);
    destroy(&f);
}

/* ---- what is refused ---- */

static void refused(kw_status status, kw_status wanted, const char *text) {
    assert_int_equal(status, wanted);
    if (!strstr(kw_error_message(), text)) fail_msg("\"%s\" is not in \"%s\"", text, kw_error_message());
}

static void too_many_values_are_refused(void **unused) {
    (void)unused;
    fixture f = make(5, KW_DOUBLE, 8);
    kw_observable *observable = NULL;
    f.out[0] = 7;
    refused(kw_state_distribution(f.ket, 33, f.out), KW_E_INPUT, "33 probabilities of 5 qubits");
    refused(kw_state_distribution(f.ket, UINT64_MAX, f.out), KW_E_INPUT, "at most 2^5");
    assert_true(f.out[0] == 7);
    refused(kw_observable_diagonal(5, f.values, 33, &observable), KW_E_INPUT, "33 numbers on 5 qubits");
    refused(kw_observable_diagonal(0, f.values, 1, &observable), KW_E_INPUT, "0 qubits");
    refused(kw_observable_diagonal(KW_MAX_QUBITS + 1, f.values, 1, &observable), KW_E_INPUT, "qubits: 1 to");
    assert_null(observable);
    destroy(&f);
}

static void other_states_are_refused(void **unused) {
    (void)unused;
    fixture f = make(6, KW_DOUBLE, 9), wide = make(7, KW_DOUBLE, 9), single = make(6, KW_SINGLE, 9);
    kw_observable *narrow = NULL, *observable = NULL;
    double value = 7, g[PARAMETERS] = {7};
    TEST_MUST(kw_observable_diagonal(f.n, f.values, f.all, &observable));
    TEST_MUST(kw_observable_diagonal(f.n - 1, f.values, 3, &narrow));
    refused(kw_observable_expect(narrow, f.ket, &value), KW_E_ARG, "5 qubits");
    refused(kw_observable_apply(narrow, f.ket, f.bra), KW_E_ARG, "5 qubits");
    refused(kw_observable_apply(observable, f.ket, single.bra), KW_E_ARG, "precision");
    refused(kw_observable_apply(observable, f.ket, wide.bra), KW_E_ARG, "qubits");
    refused(kw_plan_backward(f.plan, f.theta, observable, wide.ket, f.bra, &value, g), KW_E_ARG, "kw_plan_run first");
    refused(kw_plan_backward(f.plan, f.theta, observable, f.bra, wide.bra, &value, g), KW_E_ARG, "kw_plan_run first");
    refused(kw_plan_backward(f.plan, f.theta, observable, f.ket, wide.bra, &value, g), KW_E_ARG, "qubits");
    refused(kw_plan_backward(f.plan, f.theta, observable, f.ket, single.bra, &value, g), KW_E_ARG, "precision");
    refused(kw_plan_backward(f.plan, f.theta, narrow, f.ket, f.bra, &value, g), KW_E_ARG, "5 qubits");
    assert_true(value == 7 && g[0] == 7);
    assert_true(test_distance(f.ket, f.vector) < f.tolerance);
    kw_observable_destroy(&narrow);
    kw_observable_destroy(&observable);
    destroy(&f);
    destroy(&wide);
    destroy(&single);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_circuits_move_qubits),          cmocka_unit_test(distributions_match_the_reference),
        cmocka_unit_test(expectations_match_the_reference),  cmocka_unit_test(applied_diagonals_match_the_reference),
        cmocka_unit_test(gradients_are_central_differences), cmocka_unit_test(values_may_follow_from_the_state),
        cmocka_unit_test(no_value_at_all_is_zero),           cmocka_unit_test(too_many_values_are_refused),
        cmocka_unit_test(other_states_are_refused),
    };
    return TEST_RUN("diagonal", tests);
}
