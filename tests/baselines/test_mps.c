/* Matrix product states run circuits: against dense algebra, truncated and not, and what they refuse. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "baselines/mps.h"
#include "support/circuits.h"
#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

#define MUST(call) assert_int_equal(call, KW_OK)

static const kw_mps_settings exact;

static void expect_vector(const kw_mps *mps, const kw_complex *expected, double tolerance) {
    const int n = kw_mps_qubits(mps);
    kw_complex *vector = calloc((size_t)1 << n, sizeof *vector);
    MUST(kw_mps_to_vector(mps, vector));
    assert_true(dense_distance(vector, expected, n) < tolerance);
    free(vector);
}

/* Every gate of the table up to 5 qubits, at random places, with parameters and without; the vector, single amplitudes,
 * norm, Pauli strings. */
static void test_random_circuits(void **unused) {
    (void)unused;
    for (int n = 1; n <= 5; ++n)
        for (uint64_t seed = 1; seed <= 12; ++seed) {
            const test_recipe recipe = {.n = n, .parameters = seed % 2 ? 3 : 0, .max_targets = 5};
            const double theta[] = {0.4, -1.1, 2.3};
            test_program *program = test_program_create(n);
            test_program_random(program, &recipe, 40, 100 * seed + (uint64_t)n);
            kw_circuit *circuit = test_program_circuit(program);
            kw_complex *dense = dense_zero(n), amplitude;
            kw_mps *mps = NULL;
            double norm2, value;
            test_program_dense(program, theta, dense);
            MUST(kw_mps_create(n, &exact, &mps));
            MUST(kw_mps_run(mps, circuit, theta));
            expect_vector(mps, dense, 1e-12);
            MUST(kw_mps_norm2(mps, &norm2));
            assert_true(fabs(norm2 - 1) < 1e-12);
            for (uint64_t i = 0; i < (uint64_t)1 << n; ++i) {
                MUST(kw_mps_amplitude(mps, i, &amplitude));
                assert_true(cabs(amplitude - dense[i]) < 1e-12);
                MUST(kw_mps_expect(mps, i, (7 * i + seed) % ((uint64_t)1 << n), &value));
                assert_true(fabs(value - dense_expect_pauli(dense, n, i, (7 * i + seed) % ((uint64_t)1 << n))) < 1e-12);
            }
            assert_int_equal(kw_mps_amplitude(mps, (uint64_t)1 << n, &amplitude), KW_E_INPUT);
            assert_int_equal(kw_mps_expect(mps, 0, (uint64_t)1 << n, &value), KW_E_INPUT);
            kw_mps_destroy(&mps);
            kw_circuit_destroy(&circuit);
            test_program_destroy(&program);
            free(dense);
        }
}

/* Gates on far qubits go through all bonds between; bonds reach their largest size, and the account says so. */
static void test_far_gates(void **unused) {
    (void)unused;
    static const kw_gate_kind kinds[] = {KW_GATE_U3,    KW_GATE_CU,  KW_GATE_CX,   KW_GATE_RXX,
                                         KW_GATE_ISWAP, KW_GATE_CCX, KW_GATE_CSWAP};
    enum { N = 9 };
    const test_recipe recipe = {.n = N, .max_targets = 3, .kinds = kinds, .n_kinds = sizeof kinds / sizeof *kinds};
    test_program *program = test_program_create(N);
    test_program_random(program, &recipe, 120, 5);
    kw_circuit *circuit = test_program_circuit(program);
    kw_complex *dense = dense_zero(N);
    kw_mps *mps = NULL;
    test_program_dense(program, NULL, dense);
    const uint64_t before = kw_memory_now();
    MUST(kw_mps_create(N, &exact, &mps));
    MUST(kw_mps_run(mps, circuit, NULL));
    expect_vector(mps, dense, 1e-11);
    const kw_mps_account account = kw_mps_account_of(mps);
    assert_int_equal(account.max_bond, 16);
    assert_int_equal(account.bytes, kw_mps_bytes_at(N, 0));
    assert_true(account.peak_bytes > account.bytes);
    assert_true(account.discarded < 1e-20 && account.fidelity > 1 - 1e-12 && account.fidelity_bound > 1 - 1e-9);
    assert_true(kw_memory_now() - before >= account.bytes);
    kw_mps_destroy(&mps);
    assert_int_equal(kw_memory_now(), before);
    kw_circuit_destroy(&circuit);
    test_program_destroy(&program);
    free(dense);
}

/* Truncation: the bound holds, the estimate is near, norms stay 1, and less is kept the smaller the bond. */
static void test_truncated(void **unused) {
    (void)unused;
    enum { N = 10 };
    kw_circuit *circuit = NULL;
    kw_complex *dense = dense_zero(N);
    double before = 0;
    MUST(test_circuit("rqc", N, 12, &circuit));
    test_circuit_dense(circuit, dense);
    for (int bond = 4; bond <= 32; bond *= 2) {
        const kw_mps_settings settings = {.max_bond = bond};
        kw_mps *mps = NULL;
        kw_complex *vector = calloc((size_t)1 << N, sizeof *vector);
        MUST(kw_mps_create(N, &settings, &mps));
        MUST(kw_mps_run(mps, circuit, NULL));
        MUST(kw_mps_to_vector(mps, vector));
        const kw_complex inner = dense_inner(dense, vector, N);
        const double fidelity = creal(inner * conj(inner)), norm2 = creal(dense_inner(vector, vector, N));
        const kw_mps_account account = kw_mps_account_of(mps);
        assert_true(fabs(norm2 - 1) < 1e-12);
        assert_true(account.max_bond <= bond && account.peak_bond <= bond);
        assert_true(account.fidelity_bound <= fidelity + 1e-12);
        assert_true(fidelity > before);
        assert_true(fabs(account.fidelity - fidelity) < 0.1);
        if (bond == 32) assert_true(fidelity > 1 - 1e-12);
        before = fidelity;
        free(vector);
        kw_mps_destroy(&mps);
    }
    kw_circuit_destroy(&circuit);
    free(dense);
}

/* What it cannot do it says, with the bond dimension or the bytes. */
static void test_refusals(void **unused) {
    (void)unused;
    kw_circuit *circuit = NULL, *wide = NULL;
    kw_mps *mps = NULL;
    const int qubits[] = {0, 1, 2, 3, 4, 5};
    const kw_angle angle = kw_angle_parameter(0);
    const uint64_t before = kw_memory_now();
    MUST(test_circuit("rqc", 12, 12, &circuit));
    MUST(kw_mps_create(12, &(kw_mps_settings){.max_bond = 8, .least_fidelity = 0.99}, &mps));
    assert_int_equal(kw_mps_run(mps, circuit, NULL), KW_E_FIT);
    assert_non_null(strstr(kw_error_message(), "needs dimension 16, the limit is 8"));
    assert_non_null(strstr(kw_error_message(), "gate "));
    kw_mps_destroy(&mps);
    MUST(kw_mps_create(12, &(kw_mps_settings){.max_bytes = 64 << 10}, &mps));
    assert_int_equal(kw_mps_run(mps, circuit, NULL), KW_E_FIT);
    assert_non_null(strstr(kw_error_message(), "0.0625 MiB are allowed"));
    assert_true(kw_mps_account_of(mps).peak_bytes > 64 << 10);
    kw_mps_destroy(&mps);
    assert_int_equal(kw_memory_now(), before);
    MUST(kw_mps_create(6, &exact, &mps));
    assert_int_equal(kw_mps_run(mps, circuit, NULL), KW_E_ARG);
    MUST(kw_circuit_create(6, &wide));
    MUST(kw_circuit_append(wide, KW_GATE_MCX, qubits, 6, NULL));
    assert_int_equal(kw_mps_run(mps, wide, NULL), KW_E_INPUT);
    assert_non_null(strstr(kw_error_message(), "mcx, acts on 6 qubits"));
    kw_circuit_destroy(&wide);
    MUST(kw_circuit_create(6, &wide));
    MUST(kw_circuit_append(wide, KW_GATE_RX, qubits, 1, &angle));
    assert_int_equal(kw_mps_run(mps, wide, NULL), KW_E_ARG);
    kw_mps_destroy(&mps);
    assert_int_equal(kw_mps_create(63, &exact, &mps), KW_E_INPUT);
    assert_int_equal(kw_mps_create(3, &(kw_mps_settings){.cutoff = 1}, &mps), KW_E_INPUT);
    assert_int_equal(kw_mps_create(3, &(kw_mps_settings){.max_bond = -1}, &mps), KW_E_INPUT);
    kw_circuit_destroy(&wide);
    kw_circuit_destroy(&circuit);
}

/* 60 qubits in KiB: what the statevector would need 16 EiB for. */
static void test_wide_ghz(void **unused) {
    (void)unused;
    enum { N = 60 };
    kw_circuit *circuit = NULL;
    kw_mps *mps = NULL, *zero = NULL;
    kw_complex amplitude, inner;
    double value;
    MUST(test_circuit("ghz", N, 1, &circuit));
    MUST(kw_mps_create(N, &exact, &mps));
    MUST(kw_mps_create(N, &exact, &zero));
    MUST(kw_mps_run(mps, circuit, NULL));
    const kw_mps_account account = kw_mps_account_of(mps);
    assert_int_equal(account.max_bond, 2);
    assert_int_equal(account.bytes, 128 * (N - 1));
    assert_int_equal(kw_mps_bytes_at(40, 2), 4992);
    assert_true(account.peak_bytes < 32 << 10);
    MUST(kw_mps_amplitude(mps, ((uint64_t)1 << N) - 1, &amplitude));
    assert_true(cabs(amplitude - M_SQRT1_2) < 1e-12);
    MUST(kw_mps_amplitude(mps, 1, &amplitude));
    assert_true(cabs(amplitude) < 1e-12);
    MUST(kw_mps_inner(zero, mps, &inner));
    assert_true(cabs(inner - M_SQRT1_2) < 1e-12);
    MUST(kw_mps_expect(mps, 0, 1 | (uint64_t)1 << (N - 1), &value)); /* Z Z */
    assert_true(fabs(value - 1) < 1e-12);
    MUST(kw_mps_expect(mps, ((uint64_t)1 << N) - 1, 3, &value)); /* Y Y X ... X */
    assert_true(fabs(value + 1) < 1e-12);
    kw_mps_destroy(&mps);
    kw_mps_destroy(&zero);
    kw_circuit_destroy(&circuit);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_circuits), cmocka_unit_test(test_far_gates),
                                       cmocka_unit_test(test_truncated), cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_wide_ghz)};
    return TEST_RUN("mps", tests);
}
