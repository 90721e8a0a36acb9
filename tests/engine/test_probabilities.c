/* Probabilities of some qubits against sums over the dense reference, with states in the qubit order that a circuit left
 * behind; and plans that are watched. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

typedef struct {
    int n;
    kw_precision precision;
    kw_state *state;
    kw_complex *vector;
} fixture;

static fixture make(int n, kw_precision precision, uint64_t seed) {
    fixture f = {.n = n, .precision = precision};
    const int local = test_local_qubits(test_world(), n);
    const test_recipe recipe = {.n = n, .max_targets = local < 2 ? local : 2};
    test_program *program = test_program_create(n);
    test_program_random(program, &recipe, 5 * (size_t)n, seed);
    kw_circuit *circuit = test_program_circuit(program);
    f.vector = dense_random(seed, n);
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

static double largest_error(const fixture *f, const int *qubits, int count, const double *got) {
    const size_t outcomes = (size_t)1 << count;
    double *expected = calloc(outcomes, sizeof *expected), worst = 0;
    assert_non_null(expected);
    for (size_t i = 0; i < (size_t)1 << f->n; ++i) {
        size_t outcome = 0;
        for (int j = 0; j < count; ++j) outcome |= (i >> qubits[j] & 1) << j;
        expected[outcome] += creal(f->vector[i] * conj(f->vector[i]));
    }
    for (size_t o = 0; o < outcomes; ++o)
        if (!(fabs(got[o] - expected[o]) <= worst)) worst = fabs(got[o] - expected[o]);
    free(expected);
    return worst;
}

/* Subsets of every size, in random order, hence qubits in rank bits as well as in local ones. */
static void check_subsets(int n, kw_precision precision, uint64_t seed, int rounds) {
    if (!test_fits(test_world(), n, precision)) return;
    fixture f = make(n, precision, seed);
    double *out = malloc(((size_t)1 << n) * sizeof *out);
    assert_non_null(out);
    for (int round = 0; round < rounds; ++round)
        for (int count = 1; count <= n; ++count) {
            int qubits[KW_MAX_QUBITS];
            test_random_qubits(&seed, n, count, qubits);
            TEST_MUST(kw_state_probabilities(f.state, qubits, count, out));
            const double error = largest_error(&f, qubits, count, out);
            if (!(error < test_tolerance_of(f.state))) fail_msg("%d of %d qubits: off by %g", count, n, error);
        }
    assert_true(test_distance(f.state, f.vector) < test_tolerance_of(f.state)); /* the state stays as it was */
    free(out);
    destroy(&f);
}

static void random_subsets_match_the_reference(void **unused) {
    (void)unused;
    for (int precision = KW_DOUBLE; precision < KW_PRECISIONS; ++precision) {
        check_subsets(4, (kw_precision)precision, 1, 4);
        check_subsets(7, (kw_precision)precision, 2, 3);
        check_subsets(10, (kw_precision)precision, 3, 3);
        check_subsets(16, (kw_precision)precision, 4, 1); /* enough amplitudes for threads and for whole blocks of sums */
    }
}

static void wrong_qubits_are_refused(void **unused) {
    (void)unused;
    static const struct {
        int qubits[2], count;
        const char *text;
    } rows[] = {{{0, 0}, 2, "qubit 0"},
                {{6, 1}, 2, "qubit 6"},
                {{-1, 1}, 1, "qubit -1"},
                {{0, 1}, 0, "0 qubits"},
                {{0, 1}, 21, "21 qubits"}};
    kw_state *state = test_state(test_world(), 6, KW_DOUBLE, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        double out[4] = {7, 7, 7, 7};
        assert_int_equal(kw_state_probabilities(state, rows[i].qubits, rows[i].count, out), KW_E_INPUT);
        if (!strstr(kw_error_message(), rows[i].text)) fail_msg("%s", kw_error_message());
        assert_true(out[0] == 7);
    }
    kw_state_destroy(&state);
}

/* ---- watching ---- */

typedef struct {
    uint64_t calls, steps;
    bool in_order;
} record;

static bool watch(void *context, uint64_t done, uint64_t steps) {
    record *r = context;
    r->in_order = r->in_order && done == ++r->calls;
    r->steps = steps;
    return true;
}

static void every_step_is_watched(void **unused) {
    (void)unused;
    enum { N = 7 };
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    TEST_MUST(kw_circuit_create(N, &circuit));
    TEST_MUST(kw_circuit_append_ansatz(circuit, KW_ANSATZ_RY_CNOT, 3, true));
    TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
    double theta[3 * N];
    for (int j = 0; j < 3 * N; ++j) theta[j] = 0.1 * j;
    kw_state *state = test_state(test_world(), N, KW_DOUBLE, NULL), *other = test_state(test_world(), N, KW_DOUBLE, NULL);
    record r = {.in_order = true};
    const kw_plan_cost cost = kw_plan_forward_cost(plan, KW_DOUBLE);
    TEST_MUST(kw_plan_run_watched(plan, theta, state, 0, watch, &r));
    assert_true(r.in_order && r.calls == r.steps);
    assert_int_equal(r.steps, cost.passes + cost.exchanges);
    TEST_MUST(kw_plan_run(plan, theta, other));
    kw_complex *amplitudes = test_amplitudes(other);
    assert_true(test_distance(state, amplitudes) == 0);
    free(amplitudes);
    kw_state_destroy(&other);
    kw_state_destroy(&state);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_subsets_match_the_reference),
        cmocka_unit_test(wrong_qubits_are_refused),
        cmocka_unit_test(every_step_is_watched),
    };
    return TEST_RUN("probabilities", tests);
}
