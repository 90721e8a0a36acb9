/* Trash costs in closed form: product states, and averages over random angles (arXiv 2001.00550). */
#include <math.h>
#include <stdlib.h>

#include "support/dense.h"
#include "support/run.h"
#include "support/world.h"

enum { N = 6, K = 3, LARGE = 22 };

static const uint64_t trash = 0x2a; /* qubits 1, 3, 5 */

/* prod RY(theta_q) |0...0>:  C_G = 1 - prod_trash cos^2(theta_j / 2),  C_L = 1 - mean_trash cos^2(theta_j / 2) */
static void check_product(kw_trash_cost cost, const double *theta, const kw_plan *plan, kw_state *ket, kw_state *bra) {
    const int n = kw_state_qubits(ket);
    double value, gradient[LARGE], product = 1.0, mean = 0.0;
    kw_observable *observable = NULL;
    for (int q = 0; q < n; ++q) {
        if (!(trash >> q & 1)) continue;
        product *= pow(cos(theta[q] / 2), 2);
        mean += pow(cos(theta[q] / 2), 2) / K;
    }
    TEST_MUST(kw_observable_trash(n, trash, cost, &observable));
    TEST_MUST(kw_state_set_basis(ket, 0));
    TEST_MUST(kw_plan_gradient(plan, theta, observable, ket, bra, &value, gradient, NULL, NULL));
    const double tolerance = test_tolerance(kw_state_precision(ket));
    assert_true(fabs(value - (cost == KW_COST_GLOBAL ? 1.0 - product : 1.0 - mean)) < tolerance);
    for (int q = 0; q < n; ++q) {
        double expected = cost == KW_COST_GLOBAL ? tan(theta[q] / 2) * product : sin(theta[q]) / (2 * K);
        if (!(trash >> q & 1)) expected = 0.0;
        assert_true(fabs(gradient[q] - expected) < tolerance);
    }
    kw_observable_destroy(&observable);
}

static void check_products(int n, kw_precision precision, int trials) {
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    uint64_t seed = 5;
    TEST_MUST(kw_circuit_create(n, &circuit));
    for (int q = 0; q < n; ++q) {
        const kw_angle angle = kw_angle_parameter(q);
        TEST_MUST(kw_circuit_append(circuit, KW_GATE_RY, &q, 1, &angle));
    }
    TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
    kw_state *ket = test_state(test_world(), n, precision, NULL), *bra = test_state(test_world(), n, precision, NULL);
    for (int trial = 0; trial < trials; ++trial) {
        double theta[LARGE];
        for (int q = 0; q < n; ++q) theta[q] = 3.0 * dense_uniform(&seed) - 1.5;
        check_product(KW_COST_GLOBAL, theta, plan, ket, bra);
        check_product(KW_COST_LOCAL, theta, plan, ket, bra);
    }
    kw_state_destroy(&bra);
    kw_state_destroy(&ket);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
}

static void product_states_have_closed_forms(void **unused) {
    (void)unused;
    check_products(N, KW_DOUBLE, 10);
    check_products(N, KW_SINGLE, 10);
}

/* Many cache blocks for every segment of the parallel loops. */
static void large_product_states_have_closed_forms(void **unused) {
    (void)unused;
    check_products(LARGE, KW_DOUBLE, 1);
    check_products(LARGE, KW_SINGLE, 1);
}

/* Angles uniform on [0, 2 pi): the last RY on every qubit makes the outcomes uniform, whatever came before, so that
 * E[C_L] = 1/2 and E[C_G] = 1 - 2^-k. */
static void check_averages(kw_ansatz_kind kind) {
    enum { SETS = 2000, MOST = 256 };
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    double theta[MOST], sums[2] = {0}, squares[2] = {0};
    uint64_t seed = 1000 + (uint64_t)kind;
    TEST_MUST(kw_circuit_create(N, &circuit));
    TEST_MUST(kw_circuit_append_ansatz(circuit, kind, 2, false));
    TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
    kw_state *state = test_state(test_world(), N, KW_DOUBLE, NULL);
    for (int set = 0; set < SETS; ++set) {
        double weights[K + 1];
        for (int j = 0; j < kw_circuit_parameters(circuit); ++j) theta[j] = 2 * M_PI * dense_uniform(&seed);
        TEST_MUST(kw_state_set_basis(state, 0));
        TEST_MUST(kw_plan_run(plan, theta, state));
        kw_state_trash_weights(state, trash, weights);
        const double costs[2] = {weights[1] + weights[2] + weights[3], (weights[1] + 2 * weights[2] + 3 * weights[3]) / K};
        for (int c = 0; c < 2; ++c) {
            sums[c] += costs[c];
            squares[c] += costs[c] * costs[c];
        }
    }
    const double expected[2] = {1.0 - 0.125, 0.5};
    for (int c = 0; c < 2; ++c) {
        const double mean = sums[c] / SETS, variance = squares[c] / SETS - mean * mean;
        assert_true(variance > 1e-4);
        assert_true(fabs(mean - expected[c]) < 4 * sqrt(variance / SETS));
    }
    kw_state_destroy(&state);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
}

static void random_angles_have_known_averages(void **unused) {
    (void)unused;
    check_averages(KW_ANSATZ_CEREZO);
    check_averages(KW_ANSATZ_HEA);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(product_states_have_closed_forms),
        cmocka_unit_test(large_product_states_have_closed_forms),
        cmocka_unit_test(random_angles_have_known_averages),
    };
    return TEST_RUN("autoencoder costs", tests);
}
