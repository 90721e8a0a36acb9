/* Matrix product states of given amplitudes: bond dimensions known in closed form, fidelities that are lost, inner products.
 */
#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "baselines/mps.h"
#include "data/ensemble.h"
#include "support/dense.h"
#include "support/run.h"
#include "support/world.h"

#define MUST(call) TEST_MUST(call)

static const kw_mps_settings exact;

static kw_complex *member(kw_ensemble_config config) {
    kw_ensemble *ensemble = NULL;
    kw_state *state = NULL;
    config.members = 1;
    config.scramble_layers = 4;
    config.adiabatic_steps = 2;
    config.lanczos_bytes = (uint64_t)1 << 28;
    MUST(kw_ensemble_create(&config, &ensemble));
    MUST(kw_state_create(kw_comm_self(), config.n_qubits, KW_DOUBLE, &state));
    MUST(kw_ensemble_prepare(ensemble, 0, state, NULL, 0));
    kw_complex *vector = test_amplitudes(state);
    kw_state_destroy(&state);
    kw_ensemble_destroy(&ensemble);
    return vector;
}

/* Bond dimensions at every cut, and the vector back. */
static void expect_bonds(const kw_complex *vector, int n, int (*bond)(int left, int right, int parameter), int parameter) {
    kw_mps *mps = NULL;
    kw_complex *back = calloc((size_t)1 << n, sizeof *back);
    MUST(kw_mps_from_vector(n, vector, &exact, &mps));
    for (int q = 0; q <= n; ++q) assert_int_equal(kw_mps_bond(mps, q), bond(q, n - q, parameter));
    MUST(kw_mps_to_vector(mps, back));
    assert_true(dense_distance(back, vector, n) < 1e-12);
    free(back);
    kw_mps_destroy(&mps);
}

static int constant(int left, int right, int bond) { return left && right ? bond : 1; }
static int least(int a, int b) { return a < b ? a : b; }

/* Weights 0 .. w of the left part that leave room for the rest on the right. */
static int dicke(int left, int right, int w) { return least(w, left) - (w > right ? w - right : 0) + 1; }
static int full(int left, int right, int unused) {
    (void)unused;
    return 1 << least(left, right);
}

static void test_known_bonds(void **unused) {
    (void)unused;
    kw_complex *ghz = member((kw_ensemble_config){.family = KW_FAMILY_GHZ_PHASE, .n_qubits = 9});
    kw_complex *w = member((kw_ensemble_config){.family = KW_FAMILY_W_PHASE, .n_qubits = 9});
    kw_complex *product = member((kw_ensemble_config){.family = KW_FAMILY_IDENTICAL, .n_qubits = 7});
    kw_complex *haar = member((kw_ensemble_config){.family = KW_FAMILY_RANDOM, .n_qubits = 9});
    expect_bonds(ghz, 9, constant, 2);
    expect_bonds(w, 9, constant, 2);
    expect_bonds(product, 7, constant, 1);
    expect_bonds(haar, 9, full, 0);
    free(ghz);
    free(w);
    free(product);
    free(haar);
    for (int weight = 2; weight <= 5; ++weight) {
        kw_complex *d = calloc(1 << 10, sizeof *d);
        for (int i = 0; i < 1 << 10; ++i) d[i] = __builtin_popcount((unsigned)i) == weight;
        expect_bonds(d, 10, dicke, weight);
        free(d);
    }
}

static double overlap(const kw_complex *a, const kw_complex *b, int n) {
    const kw_complex inner = dense_inner(a, b, n);
    return creal(inner * conj(inner)) / creal(dense_inner(a, a, n)) / creal(dense_inner(b, b, n));
}

static kw_complex from_vector(const void *context, uint64_t index) { return ((const kw_complex *)context)[index]; }

/* The fidelity that the account tells of one truncation is that of the truncated vector, and discarded weights add up to
 * what is lost, to first order. */
static void expect_loss(const kw_complex *vector, int n, int bond) {
    kw_mps *mps = NULL;
    kw_complex *cut = calloc((size_t)1 << n, sizeof *cut);
    double told, of_state;
    MUST(kw_mps_from_vector(n, vector, &(kw_mps_settings){.max_bond = bond}, &mps));
    MUST(kw_mps_to_vector(mps, cut));
    const kw_mps_account account = kw_mps_account_of(mps);
    const double fidelity = overlap(vector, cut, n);
    assert_true(account.max_bond <= bond);
    assert_true(fabs(account.fidelity - fidelity) < 1e-12);
    assert_true(account.fidelity_bound <= fidelity + 1e-12);
    assert_true(account.discarded >= 1 - fidelity - 1e-12);
    if (fidelity > 0.999) assert_true(account.discarded <= (1 - fidelity) * 1.01 + 1e-12);
    MUST(kw_mps_fidelity(mps, from_vector, vector, &told));
    assert_true(fabs(told - fidelity) < 1e-12);
    kw_state *state = test_state(kw_comm_self(), n, KW_DOUBLE, vector);
    MUST(kw_mps_state_fidelity(mps, state, &of_state));
    assert_true(fabs(of_state - fidelity) < 1e-12);
    kw_state_destroy(&state);
    kw_mps_destroy(&mps);
    free(cut);
}

static void test_loss(void **unused) {
    (void)unused;
    kw_complex *haar = dense_random(3, 8);
    kw_complex *tfim = member((kw_ensemble_config){
        .family = KW_FAMILY_TFIM, .n_qubits = 10, .coupling_min = 1, .coupling_max = 1, .periodic = true});
    for (int bond = 1; bond <= 16; bond *= 2) {
        expect_loss(haar, 8, bond);
        expect_loss(tfim, 10, bond);
    }
    free(haar);
    free(tfim);
}

/* The least bond for a fidelity: reached with it, out of reach with one less at the worst cut. */
static void expect_needed(const kw_complex *vector, int n, double tolerance, int *bond) {
    kw_mps *mps = NULL, *kept = NULL, *less = NULL;
    int bound;
    double fidelity;
    MUST(kw_mps_from_vector(n, vector, &exact, &mps));
    MUST(kw_mps_needed_bond(mps, tolerance, bond, &bound, &kept));
    MUST(kw_mps_fidelity(kept, from_vector, vector, &fidelity));
    assert_true(fidelity >= 1 - tolerance - 1e-13);
    assert_true(bound <= *bond && kw_mps_account_of(kept).max_bond == *bond);
    if (*bond > 1) {
        MUST(kw_mps_from_vector(n, vector, &(kw_mps_settings){.max_bond = *bond - 1}, &less));
        MUST(kw_mps_fidelity(less, from_vector, vector, &fidelity));
        assert_true(fidelity < 1 - tolerance);
    }
    kw_mps_destroy(&mps);
    kw_mps_destroy(&kept);
    kw_mps_destroy(&less);
}

static void test_needed_bond(void **unused) {
    (void)unused;
    int bond, gapped;
    kw_complex *w = member((kw_ensemble_config){.family = KW_FAMILY_W_PHASE, .n_qubits = 8});
    expect_needed(w, 8, 1e-6, &bond);
    assert_int_equal(bond, 2);
    free(w);
    kw_complex *haar = dense_random(9, 8);
    expect_needed(haar, 8, 1e-6, &bond);
    assert_int_equal(bond, 16);
    expect_needed(haar, 8, 0.3, &bond);
    assert_true(bond < 16);
    free(haar);
    kw_complex *deep =
        member((kw_ensemble_config){.family = KW_FAMILY_TFIM, .n_qubits = 10, .coupling_min = 3, .coupling_max = 3});
    kw_complex *critical =
        member((kw_ensemble_config){.family = KW_FAMILY_TFIM, .n_qubits = 10, .coupling_min = 1, .coupling_max = 1});
    expect_needed(deep, 10, 1e-6, &gapped);
    expect_needed(critical, 10, 1e-6, &bond);
    assert_true(gapped < bond && bond < 16);
    free(deep);
    free(critical);
}

static void test_inner_products(void **unused) {
    (void)unused;
    kw_mps *a = NULL, *b = NULL, *other = NULL;
    kw_complex *x = dense_random(1, 7), *y = dense_random(2, 7), inner;
    MUST(kw_mps_from_vector(7, x, &exact, &a));
    MUST(kw_mps_from_vector(7, y, &exact, &b));
    MUST(kw_mps_inner(a, b, &inner));
    assert_true(cabs(inner - dense_inner(x, y, 7)) < 1e-12);
    MUST(kw_mps_create(6, &exact, &other));
    assert_int_equal(kw_mps_inner(a, other, &inner), KW_E_ARG);
    kw_mps_destroy(&a);
    kw_mps_destroy(&b);
    kw_mps_destroy(&other);
    free(x);
    free(y);
}

static void test_refusals(void **unused) {
    (void)unused;
    kw_mps *mps = NULL;
    kw_complex *zero = calloc(16, sizeof *zero), *haar = dense_random(4, 10);
    const uint64_t before = kw_memory_now();
    int bond;
    assert_int_equal(kw_mps_from_vector(4, zero, &exact, &mps), KW_E_INPUT);
    zero[3] = NAN;
    assert_int_equal(kw_mps_from_vector(4, zero, &exact, &mps), KW_E_INPUT);
    assert_int_equal(kw_mps_from_vector(31, haar, &exact, &mps), KW_E_INPUT);
    assert_int_equal(kw_mps_from_vector(10, haar, &(kw_mps_settings){.max_bytes = 10000}, &mps), KW_E_FIT);
    assert_int_equal(kw_mps_from_vector(10, haar, &(kw_mps_settings){.max_bond = 4, .least_fidelity = 0.9}, &mps), KW_E_FIT);
    MUST(kw_mps_from_vector(10, haar, &exact, &mps));
    assert_int_equal(kw_mps_needed_bond(mps, 0, &bond, NULL, NULL), KW_E_INPUT);
    kw_mps_destroy(&mps);
    assert_int_equal(kw_memory_now(), before);
    free(zero);
    free(haar);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_bonds), cmocka_unit_test(test_loss),
                                       cmocka_unit_test(test_needed_bond), cmocka_unit_test(test_inner_products),
                                       cmocka_unit_test(test_refusals)};
    return TEST_RUN("mps_states", tests);
}
