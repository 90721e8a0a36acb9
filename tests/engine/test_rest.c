/* What is left of a plan, as a circuit: begun by a plan on all ranks, ended by one process, at every step of the plan. */
#include <stdlib.h>

#include "engine/plan_internal.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

enum { GATES = 150 };

/* Over the whole gate table; the expected amplitudes come from the dense reference. */
static kw_circuit *random_circuit(int n, uint64_t seed, kw_complex **expected) {
    const int local = test_local_qubits(test_world(), n);
    const test_recipe recipe = {.n = n, .max_targets = local < KW_MAX_TARGETS ? local : KW_MAX_TARGETS};
    test_program *program = test_program_create(n);
    test_program_random(program, &recipe, GATES, seed);
    kw_circuit *circuit = test_program_circuit(program);
    *expected = calloc((size_t)1 << n, sizeof **expected);
    (*expected)[0] = 1;
    test_program_dense(program, NULL, *expected);
    test_program_destroy(&program);
    return circuit;
}

static bool stop_at(void *context, uint64_t done, uint64_t steps) {
    (void)steps;
    return done < *(uint64_t *)context;
}

/* The first `steps` of the plan, then the rest by one process. */
static double error_of(const kw_plan *plan, uint64_t steps, kw_complex *expected) {
    const int n = plan->n_qubits;
    kw_circuit *left = NULL;
    kw_state *state = test_state(test_world(), n, KW_DOUBLE, NULL);
    const kw_status status = kw_plan_run_watched(plan, NULL, state, 0, stop_at, &steps);
    assert_int_equal(status, KW_E_STOPPED);
    TEST_MUST(kw_state_order(state));
    kw_complex *begun = test_amplitudes(state);
    TEST_MUST(kw_plan_rest(plan, steps, &left));
    kw_state *ended = test_state(kw_comm_self(), n, KW_DOUBLE, begun);
    test_execute(kw_comm_self(), left, NULL, ended);
    const double error = test_distance(ended, expected);
    free(begun);
    kw_circuit_destroy(&left);
    kw_state_destroy(&ended);
    kw_state_destroy(&state);
    return error;
}

static void check(int n, uint64_t seed) {
    kw_plan *plan = NULL;
    kw_complex *expected = NULL;
    if (test_local_qubits(test_world(), n) < 3) return;
    kw_circuit *circuit = random_circuit(n, seed, &expected);
    TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
    const kw_plan_cost cost = kw_plan_forward_cost(plan, KW_DOUBLE);
    for (uint64_t done = 1; done <= cost.passes + cost.exchanges; ++done) {
        const double error = error_of(plan, done, expected);
        if (!(error < 1e-12))
            fail_msg("%d qubits, step %llu of %llu: amplitudes are off by %g", n, (unsigned long long)done,
                     (unsigned long long)(cost.passes + cost.exchanges), error);
    }
    kw_plan_destroy(&plan);
    free(expected);
    kw_circuit_destroy(&circuit);
}

static void by_passes(void **state) {
    (void)state;
    for (int i = 0; i < 6; ++i) check(11 + i % 3, (uint64_t)i);
}

static void gate_by_gate(void **state) {
    (void)state;
    for (int i = 0; i < 6; ++i) check(6 + i % 3, (uint64_t)i);
}

/* Stopped and gone on with, the plan gives the same bits. */
static void same_bits(void **unused) {
    (void)unused;
    enum { N = 12 };
    kw_plan *plan = NULL;
    kw_complex *dense = NULL;
    kw_circuit *circuit = random_circuit(N, 77, &dense);
    TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
    kw_state *whole = test_state(test_world(), N, KW_DOUBLE, NULL), *cut = test_state(test_world(), N, KW_DOUBLE, NULL);
    TEST_MUST(kw_plan_run(plan, NULL, whole));
    kw_complex *expected = test_amplitudes(whole);
    kw_status status = KW_E_STOPPED;
    for (uint64_t done = 0; status == KW_E_STOPPED; ++done) {
        uint64_t until = done + 1;
        status = kw_plan_run_watched(plan, NULL, cut, done, stop_at, &until);
    }
    TEST_MUST(status);
    assert_true(test_distance(cut, expected) == 0);
    free(expected);
    free(dense);
    kw_state_destroy(&whole);
    kw_state_destroy(&cut);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_passes), cmocka_unit_test(gate_by_gate),
                                       cmocka_unit_test(same_bits)};
    return TEST_RUN("rest", tests);
}
