/* Landscapes at random angles: against closed forms within their standard errors, on every rank count the same.  Statistics
 * of many small states are each rank's own. */
#include <math.h>
#include <stdlib.h>

#include "models/plateau.h"
#include "support/run.h"
#include "support/world.h"

static const kw_trash_cost costs[] = {KW_COST_GLOBAL, KW_COST_LOCAL};

static void expect(const char *what, double measured, double error, double theory) {
    if (!(error > 0 && fabs(measured - theory) < 4.5 * error))
        fail_msg("%s: %.6e +- %.1e, theory %.6e", what, measured, error, theory);
}

/* Slopes, costs and their variances of the product circuit. */
static void product_circuits_are_closed_forms(void **unused) {
    (void)unused;
    for (int n = 3; n <= 6; n += 3)
        for (int c = 0; c < 2; ++c) {
            kw_circuit *circuit = NULL;
            kw_plateau found;
            TEST_MUST(kw_plateau_product(n, &circuit));
            const kw_plateau_request request = {
                .circuit = circuit, .trash_mask = ((uint64_t)1 << n) - 1, .cost = costs[c], .starts = 4000, .seed = 7};
            TEST_MUST(kw_plateau_measure(kw_comm_self(), &request, &found));
            expect("mean", found.mean, found.mean_error, kw_plateau_mean(costs[c], n));
            expect("variance", found.variance, found.variance_error, kw_plateau_product_variance(costs[c], n));
            expect("slopes", found.gradient, found.gradient_error, kw_plateau_product_gradient(costs[c], n));
            assert_true(found.gradient_error < 0.2 * found.gradient);
            kw_circuit_destroy(&circuit);
        }
    /* the numbers of the paper's forms at n = 10 */
    assert_true(fabs(kw_plateau_product_gradient(KW_COST_GLOBAL, 10) / 1.8331e-5 - 1) < 1e-4);
    assert_true(kw_plateau_product_gradient(KW_COST_LOCAL, 10) == 1.0 / 800);
}

/* Deep circuits are as good as Haar-random ones, for a mixture of two states; shallow ones have the same mean. */
static void deep_circuits_are_haar_random(void **unused) {
    (void)unused;
    enum { N = 4 };
    kw_ensemble *ensemble = NULL;
    const kw_ensemble_config config = {.family = KW_FAMILY_CEREZO, .n_qubits = N};
    TEST_MUST(kw_ensemble_create(&config, &ensemble));
    for (int c = 0; c < 2; ++c)
        for (int deep = 0; deep < 2; ++deep) {
            kw_circuit *circuit = NULL;
            kw_plateau found;
            TEST_MUST(kw_circuit_create(N, &circuit));
            TEST_MUST(kw_circuit_append_ansatz(circuit, deep ? KW_ANSATZ_HEA : KW_ANSATZ_CEREZO, deep ? 16 : 2, false));
            const kw_plateau_request request = {
                .circuit = circuit, .ensemble = ensemble, .trash_mask = 14, .cost = costs[c], .starts = 1500, .seed = 3};
            TEST_MUST(kw_plateau_measure(kw_comm_self(), &request, &found));
            if (deep)
                expect("Haar", found.variance, found.variance_error, kw_plateau_haar_variance(costs[c], N, 3, 5.0 / 9));
            expect("mean", found.mean, found.mean_error, kw_plateau_mean(costs[c], 3));
            kw_circuit_destroy(&circuit);
        }
    kw_ensemble_destroy(&ensemble);
}

/* Pure states: 2^-k (1 - 2^-k) / (d + 1) of the global cost, 1/(4 k (d + 1)) of the local one. */
static void haar_forms_are_those_of_pure_states(void **unused) {
    (void)unused;
    for (int n = 2; n <= 9; ++n)
        for (int k = 1; k <= n; ++k) {
            const double d = pow(2, n), f = pow(2, -k);
            assert_true(fabs(kw_plateau_haar_variance(KW_COST_GLOBAL, n, k, 1) / (f * (1 - f) / (d + 1)) - 1) < 1e-12);
            assert_true(fabs(kw_plateau_haar_variance(KW_COST_LOCAL, n, k, 1) * 4 * k * (d + 1) - 1) < 1e-12);
        }
}

static void ranks_and_seeds(void **unused) {
    (void)unused;
    kw_circuit *circuit = NULL;
    kw_plateau all, alone, other;
    TEST_MUST(kw_circuit_create(6, &circuit));
    TEST_MUST(kw_circuit_append_ansatz(circuit, KW_ANSATZ_CEREZO, 2, false));
    kw_plateau_request request = {.circuit = circuit, .trash_mask = 62, .cost = KW_COST_LOCAL, .starts = 10, .seed = 1};
    TEST_MUST(kw_plateau_measure(test_world(), &request, &all));
    TEST_MUST(kw_plateau_measure(kw_comm_self(), &request, &alone));
    assert_true(fabs(all.mean - alone.mean) < 1e-12 && fabs(all.gradient - alone.gradient) < 1e-12);
    assert_true(fabs(all.variance_error - alone.variance_error) < 1e-12);
    request.seed = 2;
    TEST_MUST(kw_plateau_measure(kw_comm_self(), &request, &other));
    assert_true(other.mean != alone.mean);
    request.starts = 1;
    assert_int_equal(kw_plateau_measure(test_world(), &request, &other), KW_E_ARG);
    kw_circuit_destroy(&circuit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(product_circuits_are_closed_forms),
        cmocka_unit_test(deep_circuits_are_haar_random),
        cmocka_unit_test(haar_forms_are_those_of_pure_states),
        cmocka_unit_test(ranks_and_seeds),
    };
    return TEST_RUN("plateaus", tests);
}
