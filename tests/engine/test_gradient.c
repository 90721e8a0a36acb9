/* Adjoint gradients against central differences and the parameter-shift rule, both on the dense reference. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

#ifndef TEST_QUBITS
#    define TEST_QUBITS 5
#endif
enum { N = TEST_QUBITS, PARAMETERS = 11, TERMS = 6 };

/* An observable for both sides: a Pauli sum, or a trash cost on `mask`. */
typedef struct {
    kw_observable *observable;
    kw_pauli terms[TERMS];
    uint64_t mask;
    kw_trash_cost cost;
} target;

static target random_target(int which, uint64_t seed) {
    target t = {.mask = 0};
    if (which == 0) {
        for (int j = 0; j < TERMS; ++j)
            t.terms[j] = (kw_pauli){dense_uniform(&seed) - 0.5, dense_bits(&seed) % (1 << N), dense_bits(&seed) % (1 << N)};
        TEST_MUST(kw_observable_pauli_sum(N, t.terms, TERMS, &t.observable));
    } else {
        t.mask = 1 + dense_bits(&seed) % ((1 << N) - 1);
        t.cost = which == 1 ? KW_COST_GLOBAL : KW_COST_LOCAL;
        TEST_MUST(kw_observable_trash(N, t.mask, t.cost, &t.observable));
    }
    return t;
}

static double dense_expect(const target *t, const kw_complex *vector) {
    double value = 0.0;
    if (t->mask == 0) {
        for (int j = 0; j < TERMS; ++j)
            value += t->terms[j].coefficient * dense_expect_pauli(vector, N, t->terms[j].x, t->terms[j].z);
        return value;
    }
    for (uint64_t i = 0; i < 1 << N; ++i) {
        const int ones = __builtin_popcountll(i & t->mask);
        const double weight = t->cost == KW_COST_GLOBAL ? ones > 0 : (double)ones / __builtin_popcountll(t->mask);
        value += weight * pow(cabs(vector[i]), 2);
    }
    return value;
}

/* E(theta) of the program on the random state of seed 17. */
static double dense_value(const test_program *program, const target *t, const double *theta) {
    kw_complex *vector = dense_random(17, N);
    test_program_dense(program, theta, vector);
    const double value = dense_expect(t, vector);
    free(vector);
    return value;
}

static void central_differences(const test_program *program, const target *t, const double *theta, double *gradient) {
    const double step = 1e-5;
    for (int j = 0; j < PARAMETERS; ++j) {
        double shifted[PARAMETERS];
        memcpy(shifted, theta, sizeof shifted);
        shifted[j] = theta[j] + step;
        const double above = dense_value(program, t, shifted);
        shifted[j] = theta[j] - step;
        gradient[j] = (above - dense_value(program, t, shifted)) / (2 * step);
    }
}

/* Sum over the places of a parameter: factor * (E(angle + pi/2) - E(angle - pi/2)) / 2. */
static void parameter_shifts(const test_program *program, const target *t, const double *theta, double *gradient) {
    for (int j = 0; j < PARAMETERS; ++j) gradient[j] = 0.0;
    for (size_t g = 0; g < program->count; ++g) {
        kw_angle *angle = &program->gates[g].angles[0];
        const double offset = angle->offset;
        if (kw_gate_angles(program->gates[g].kind) == 0) continue;
        angle->offset = offset + M_PI_2;
        const double above = dense_value(program, t, theta);
        angle->offset = offset - M_PI_2;
        gradient[angle->parameter] += angle->factor * (above - dense_value(program, t, theta)) / 2;
        angle->offset = offset;
    }
}

/* Counts the calls of `final` and keeps the largest distance of its state from the expected one. */
typedef struct {
    int calls;
    double distance;
    const kw_complex *expected;
} final_check;

static void check_final(void *context, const kw_state *final) {
    final_check *check = context;
    ++check->calls;
    check->distance = test_distance(final, check->expected);
}

/* Adjoint gradient by the library; checks the value, the final state and the planned traffic on the way. */
static void adjoint(const test_program *program, const target *t, const double *theta, kw_precision precision,
                    double *gradient) {
    kw_circuit *circuit = test_program_circuit(program);
    kw_plan *plan = NULL;
    TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
    kw_complex *vector = dense_random(17, N);
    kw_state *ket = test_state(test_world(), N, precision, vector), *bra = test_state(test_world(), N, precision, NULL);
    test_program_dense(program, theta, vector);
    final_check check = {0, 1.0, vector};
    double value, again[PARAMETERS];
    TEST_MUST(kw_plan_gradient(plan, theta, t->observable, ket, bra, &value, gradient, check_final, &check));
    assert_int_equal(check.calls, 1);
    assert_true(check.distance < test_tolerance(precision));
    assert_true(fabs(value - dense_expect(t, vector)) < test_tolerance(precision));
    free(vector);
    vector = dense_random(17, N);
    test_state_set(ket, vector);
    TEST_MUST(kw_plan_gradient(plan, theta, t->observable, ket, bra, &value, again, NULL, NULL));
    assert_memory_equal(gradient, again, (size_t)program->parameters * sizeof *again);
    free(vector);
    kw_state_destroy(&ket);
    kw_state_destroy(&bra);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
}

static void assert_close(const test_program *program, const double *a, const double *b, double tolerance, const char *what) {
    for (int j = 0; j < program->parameters; ++j)
        if (!(fabs(a[j] - b[j]) < tolerance)) fail_msg("%s, parameter %d: %.12g, expected %.12g", what, j, a[j], b[j]);
}

static void random_theta(uint64_t seed, double *theta) {
    for (int j = 0; j < PARAMETERS; ++j) theta[j] = 6.0 * dense_uniform(&seed) - 3.0;
}

static test_program *random_program(const kw_gate_kind *kinds, size_t n_kinds, size_t gates, uint64_t seed) {
    const int local = test_local_qubits(test_world(), N);
    const test_recipe recipe = {N, PARAMETERS, local < KW_MAX_TARGETS ? local : KW_MAX_TARGETS, kinds, n_kinds, 0.0};
    test_program *program = test_program_create(N);
    test_program_random(program, &recipe, gates, seed);
    return program;
}

/* Every third program is full of dense unitaries, which the way back undoes on ket and bra. */
static void adjoint_is_the_central_difference(void **unused) {
    (void)unused;
    static const kw_gate_kind dense[] = {KW_GATE_UNITARY, KW_GATE_RY, KW_GATE_CRZ, KW_GATE_U3};
    for (int trial = 0; trial < 12; ++trial) {
        double theta[PARAMETERS], ours[PARAMETERS], expected[PARAMETERS];
        const uint64_t seed = 100 + (uint64_t)trial;
        const bool full = trial % 3 == 1;
        test_program *program = random_program(full ? dense : NULL, full ? 4 : 0, full ? 30 : 60, seed);
        target t = random_target(trial % 3, seed);
        random_theta(seed, theta);
        central_differences(program, &t, theta, expected);
        adjoint(program, &t, theta, KW_DOUBLE, ours);
        assert_close(program, ours, expected, 1e-6, "double");
        adjoint(program, &t, theta, KW_SINGLE, ours);
        assert_close(program, ours, expected, 1e-3, "single");
        kw_observable_destroy(&t.observable);
        test_program_destroy(&program);
    }
}

/* One gate kind at a time between random rotations, so that a wrong derivative names its gate. */
static void every_parametrised_gate_has_its_gradient(void **unused) {
    (void)unused;
    for (int kind = 0; kind < KW_GATE_KINDS; ++kind) {
        const kw_gate_kind kinds[] = {(kw_gate_kind)kind, KW_GATE_H, KW_GATE_RY};
        if (kw_gate_angles(kinds[0]) == 0) continue;
        double theta[PARAMETERS], ours[PARAMETERS], expected[PARAMETERS];
        const uint64_t seed = 200 + (uint64_t)kind;
        if (kw_gate_targets(kinds[0]) > test_local_qubits(test_world(), N)) continue;
        test_program *program = random_program(kinds, 3, 30, seed);
        target t = random_target(kind % 3, seed);
        random_theta(seed, theta);
        central_differences(program, &t, theta, expected);
        adjoint(program, &t, theta, KW_DOUBLE, ours);
        assert_close(program, ours, expected, 1e-6, kw_gate_name(kinds[0]));
        kw_observable_destroy(&t.observable);
        test_program_destroy(&program);
    }
}

static void adjoint_is_the_parameter_shift(void **unused) {
    (void)unused;
    static const kw_gate_kind kinds[] = {KW_GATE_RX,   KW_GATE_RY, KW_GATE_RZ,  KW_GATE_RXX, KW_GATE_RYY,
                                         KW_GATE_RZZ,  KW_GATE_P,  KW_GATE_CX,  KW_GATE_H,   KW_GATE_CZ,
                                         KW_GATE_SWAP, KW_GATE_X,  KW_GATE_CCX, KW_GATE_T};
    for (int trial = 0; trial < 9; ++trial) {
        double theta[PARAMETERS], ours[PARAMETERS], expected[PARAMETERS];
        const uint64_t seed = 300 + (uint64_t)trial;
        test_program *program = random_program(kinds, sizeof kinds / sizeof *kinds, 80, seed);
        target t = random_target(trial % 3, seed);
        random_theta(seed, theta);
        parameter_shifts(program, &t, theta, expected);
        adjoint(program, &t, theta, KW_DOUBLE, ours);
        assert_close(program, ours, expected, 1e-11, "parameter shift");
        kw_observable_destroy(&t.observable);
        test_program_destroy(&program);
    }
}

static void planned_gradient_traffic_is_measured(void **unused) {
    (void)unused;
    for (uint64_t seed = 400; seed < 404; ++seed) {
        double theta[PARAMETERS], gradient[PARAMETERS], value;
        test_program *program = random_program(NULL, 0, 60, seed);
        target t = random_target(2, seed);
        random_theta(seed, theta);
        kw_circuit *circuit = test_program_circuit(program);
        kw_plan *plan = NULL;
        TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
        kw_state *ket = test_state(test_world(), N, KW_DOUBLE, NULL), *bra = test_state(test_world(), N, KW_DOUBLE, NULL);
        TEST_MUST(kw_plan_gradient(plan, theta, t.observable, ket, bra, &value, gradient, NULL, NULL));
        const kw_plan_cost cost = kw_plan_gradient_cost(plan, KW_DOUBLE);
        const kw_traffic one = kw_state_traffic(ket), two = kw_state_traffic(bra);
        assert_int_equal(one.exchanges + two.exchanges, cost.exchanges);
        assert_int_equal(one.bytes + two.bytes, cost.bytes_exchanged);
        kw_state_destroy(&ket);
        kw_state_destroy(&bra);
        kw_plan_destroy(&plan);
        kw_circuit_destroy(&circuit);
        kw_observable_destroy(&t.observable);
        test_program_destroy(&program);
    }
}

static void gradients_check_their_states(void **unused) {
    (void)unused;
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    kw_observable *observable = NULL;
    const kw_angle angle = kw_angle_parameter(0);
    double theta = 0.3, value, gradient;
    TEST_MUST(kw_circuit_create(N, &circuit));
    TEST_MUST(kw_circuit_append(circuit, KW_GATE_RX, (int[]){N - 1}, 1, &angle));
    TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
    TEST_MUST(kw_observable_trash(N, 1, KW_COST_LOCAL, &observable));
    kw_state *ket = test_state(test_world(), N, KW_SINGLE, NULL), *wide = test_state(test_world(), N + 1, KW_SINGLE, NULL),
             *other = test_state(test_world(), N, KW_DOUBLE, NULL);
    assert_int_equal(kw_plan_gradient(plan, &theta, observable, wide, ket, &value, &gradient, NULL, NULL), KW_E_ARG);
    assert_int_equal(kw_plan_gradient(plan, &theta, observable, ket, wide, &value, &gradient, NULL, NULL), KW_E_ARG);
    TEST_MUST(kw_state_set_basis(ket, 0));
    assert_int_equal(kw_plan_gradient(plan, &theta, observable, ket, other, &value, &gradient, NULL, NULL), KW_E_ARG);
    kw_state_destroy(&other);
    kw_state_destroy(&wide);
    kw_state_destroy(&ket);
    kw_observable_destroy(&observable);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adjoint_is_the_central_difference),    cmocka_unit_test(every_parametrised_gate_has_its_gradient),
        cmocka_unit_test(adjoint_is_the_parameter_shift),       cmocka_unit_test(gradients_check_their_states),
        cmocka_unit_test(planned_gradient_traffic_is_measured),
    };
    return TEST_RUN("gradient", tests);
}
