/* Measuring, resetting and damping single qubits of states in the qubit order that a circuit left behind, against the dense
 * reference; both outcomes of each. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

enum { N = 6, MOST = 11 /* what packed states need on 8 ranks */ };

/* A scrambled state of the world, and the dense vector that it should hold. */
typedef struct {
    int n;
    kw_precision precision;
    kw_state *state;
    kw_complex *vector;
} fixture;

static fixture make(kw_precision precision) {
    const int n = test_fits(test_world(), N, precision) ? N : MOST;
    fixture f = {n, precision, NULL, dense_random(3, n)};
    const int local = test_local_qubits(test_world(), n);
    const test_recipe recipe = {.n = n, .max_targets = local < 3 ? local : 3};
    test_program *program = test_program_create(n);
    test_program_random(program, &recipe, 60, 11);
    kw_circuit *circuit = test_program_circuit(program);
    f.state = test_state(test_world(), n, precision, f.vector);
    test_execute(test_world(), circuit, NULL, f.state);
    test_program_dense(program, NULL, f.vector);
    kw_circuit_destroy(&circuit);
    test_program_destroy(&program);
    return f;
}

static void destroy(fixture *f) {
    kw_state_destroy(&f->state);
    free(f->vector);
}

static double weight_of_one(const fixture *f, int qubit) {
    const kw_complex *v = f->vector;
    double sum = 0;
    for (int i = 0; i < 1 << f->n; ++i)
        if (i >> qubit & 1) sum += creal(v[i] * conj(v[i]));
    return sum;
}

/* v <- diag(zero, one) on the qubit, flipped or not, normalised. */
static void act(const fixture *f, int qubit, double zero, double one, bool flips) {
    kw_complex *const v = f->vector, out[1 << MOST];
    double norm2 = 0;
    for (int i = 0; i < 1 << f->n; ++i) {
        const kw_complex amplitude = v[i] * (i >> qubit & 1 ? one : zero);
        out[flips ? i ^ 1 << qubit : i] = amplitude;
        norm2 += creal(amplitude * conj(amplitude));
    }
    for (int i = 0; i < 1 << f->n; ++i) v[i] = out[i] / sqrt(norm2);
}

static void assert_matches(const fixture *f, const char *what, int qubit) {
    const double distance = test_distance(f->state, f->vector);
    if (!(distance < 9 * test_tolerance(f->precision) + test_tolerance_of(f->state)))
        fail_msg("%s of qubit %d, %s: off by %g", what, qubit, kw_precision_name(f->precision), distance);
}

typedef enum { MEASURE, RESET, DAMP } operation;

/* u lies in the middle of what leads to a jump (outcome 1), or of the rest. */
static void check(operation what, kw_precision precision, int qubit, bool jumps) {
    const double gamma = what == DAMP ? 0.3 : 1.0;
    fixture f = make(precision);
    const double jump = gamma * weight_of_one(&f, qubit), u = jumps ? jump / 2 : (1 + jump) / 2;
    int outcome = -1;
    if (what == MEASURE) {
        TEST_MUST(kw_state_measure(f.state, qubit, u, &outcome));
        assert_int_equal(outcome, jumps);
    }
    if (what == RESET) TEST_MUST(kw_state_reset_qubit(f.state, qubit, u));
    if (what == DAMP) TEST_MUST(kw_state_damp(f.state, qubit, gamma, u));
    act(&f, qubit, !jumps, jumps ? 1 : sqrt(1 - gamma), jumps && what != MEASURE);
    assert_matches(&f, what == MEASURE ? "measurement" : what == RESET ? "reset" : "damping", qubit);
    TEST_MUST(kw_state_order(f.state));
    assert_matches(&f, "order after that", qubit);
    destroy(&f);
}

static void check_all(operation what) {
    for (int q = 0; q < N; ++q)
        for (int jumps = 0; jumps < 2; ++jumps)
            for (int p = KW_DOUBLE; p < KW_PRECISIONS; ++p) check(what, (kw_precision)p, q, jumps);
}

static void measurements_collapse(void **unused) {
    (void)unused;
    check_all(MEASURE);
}

static void resets_leave_zero(void **unused) {
    (void)unused;
    check_all(RESET);
}

static void damping_jumps_or_weakens(void **unused) {
    (void)unused;
    check_all(DAMP);
}

/* What cannot happen does not, at the very ends of u. */
static void certain_outcomes_are_certain(void **unused) {
    (void)unused;
    kw_state *state = test_state(test_world(), N, KW_DOUBLE, NULL);
    int outcome = -1;
    for (int q = 0; q < N; ++q) {
        TEST_MUST(kw_state_set_basis(state, (uint64_t)1 << q));
        TEST_MUST(kw_state_measure(state, q, nextafter(1, 0), &outcome));
        assert_int_equal(outcome, 1);
        TEST_MUST(kw_state_measure(state, (q + 1) % N, 0, &outcome));
        assert_int_equal(outcome, 0);
    }
    kw_state_destroy(&state);
}

static void norms_are_restored(void **unused) {
    (void)unused;
    fixture f = make(KW_DOUBLE);
    const kw_pauli terms[] = {{2, 0, 0}};
    kw_observable *twice = NULL;
    kw_state *image = test_state(test_world(), N, KW_DOUBLE, NULL);
    TEST_MUST(kw_observable_pauli_sum(N, terms, 1, &twice));
    TEST_MUST(kw_observable_apply(twice, f.state, image));
    assert_true(fabs(kw_state_norm2(image) - 4) < 1e-12);
    TEST_MUST(kw_state_normalise(image));
    assert_true(test_distance(image, f.vector) < 1e-12);
    kw_observable_destroy(&twice);
    kw_state_destroy(&image);
    destroy(&f);
}

static void nonsense_is_refused(void **unused) {
    (void)unused;
    fixture f = make(KW_DOUBLE);
    int outcome = -1;
    assert_int_equal(kw_state_measure(f.state, N, 0.5, &outcome), KW_E_INPUT);
    assert_int_equal(kw_state_measure(f.state, -1, 0.5, &outcome), KW_E_INPUT);
    assert_int_equal(kw_state_measure(f.state, 0, 1.0, &outcome), KW_E_ARG);
    assert_int_equal(kw_state_reset_qubit(f.state, 0, -0.1), KW_E_ARG);
    assert_int_equal(kw_state_reset_qubit(f.state, N, 0.1), KW_E_INPUT);
    assert_int_equal(kw_state_damp(f.state, 0, 1.5, 0.1), KW_E_ARG);
    assert_int_equal(kw_state_damp(f.state, 0, NAN, 0.1), KW_E_ARG);
    assert_int_equal(outcome, -1);
    assert_matches(&f, "what was refused", 0);
    destroy(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measurements_collapse),    cmocka_unit_test(resets_leave_zero),
        cmocka_unit_test(damping_jumps_or_weakens), cmocka_unit_test(certain_outcomes_are_certain),
        cmocka_unit_test(norms_are_restored),       cmocka_unit_test(nonsense_is_refused),
    };
    return TEST_RUN("collapse", tests);
}
