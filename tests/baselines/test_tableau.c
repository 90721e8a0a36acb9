/* Stabilizer tableaux: expectation values of Pauli strings against dense algebra, known states on 60 qubits, refusals. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "baselines/tableau.h"
#include "support/circuits.h"
#include "support/dense.h"
#include "support/program.h"
#include "support/world.h"

#define MUST(call) assert_int_equal(call, KW_OK)

static const kw_gate_kind clifford[] = {KW_GATE_ID, KW_GATE_X,   KW_GATE_Y,    KW_GATE_Z,     KW_GATE_H,
                                        KW_GATE_S,  KW_GATE_SDG, KW_GATE_SX,   KW_GATE_SXDG,  KW_GATE_CX,
                                        KW_GATE_CY, KW_GATE_CZ,  KW_GATE_SWAP, KW_GATE_ISWAP, KW_GATE_ISWAPDG};

/* All 4^n strings up to 4 qubits, random ones beyond. */
static void expect_strings(const kw_tableau *tableau, const kw_complex *dense, int n, uint64_t seed) {
    const uint64_t all = (uint64_t)1 << (2 * n), count = n <= 4 ? all : 400;
    for (uint64_t i = 0; i < count; ++i) {
        const uint64_t pick = n <= 4 ? i : dense_bits(&seed) % all, x = pick >> n, z = pick & (((uint64_t)1 << n) - 1);
        assert_true(fabs(kw_tableau_expect(tableau, x, z) - dense_expect_pauli(dense, n, x, z)) < 1e-10);
    }
}

/* A stabilizer is found in 400 random strings on 8 qubits only by luck: so all products of the images of Z are asked for,
 * too, through the circuit that makes them X or Z again. */
static void test_random_circuits(void **unused) {
    (void)unused;
    for (int n = 1; n <= 8; ++n)
        for (uint64_t seed = 1; seed <= 10; ++seed) {
            const test_recipe recipe = {
                .n = n, .max_targets = 2, .kinds = clifford, .n_kinds = sizeof clifford / sizeof *clifford};
            test_program *program = test_program_create(n);
            test_program_random(program, &recipe, 60, 31 * seed + (uint64_t)n);
            kw_circuit *circuit = test_program_circuit(program);
            kw_complex *dense = dense_zero(n);
            kw_tableau *tableau = NULL;
            int stabilizers = 0;
            test_program_dense(program, NULL, dense);
            MUST(kw_tableau_create(n, &tableau));
            MUST(kw_tableau_run(tableau, circuit, NULL));
            expect_strings(tableau, dense, n, seed);
            for (uint64_t i = 0; i < (uint64_t)1 << (2 * n); ++i)
                stabilizers += kw_tableau_expect(tableau, i >> n, i & (((uint64_t)1 << n) - 1)) != 0;
            assert_int_equal(stabilizers, 1 << n); /* with signs that dense algebra has, below */
            for (uint64_t i = 0, seen = 0; i < (uint64_t)1 << (2 * n) && seen < 16; ++i) {
                const uint64_t x = i >> n, z = i & (((uint64_t)1 << n) - 1);
                const int value = kw_tableau_expect(tableau, x, z);
                if (!value) continue;
                assert_true(fabs(value - dense_expect_pauli(dense, n, x, z)) < 1e-10);
                ++seen;
            }
            kw_tableau_destroy(&tableau);
            kw_circuit_destroy(&circuit);
            test_program_destroy(&program);
            free(dense);
        }
}

/* Rotations by multiples of pi/2 are Clifford gates, as are matrices that happen to be. */
static void test_angles(void **unused) {
    (void)unused;
    const int pair[] = {2, 0}, one[] = {1};
    const kw_angle quarter[] = {kw_angle_constant(M_PI_2), kw_angle_constant(M_PI), kw_angle_constant(-M_PI_2)};
    const kw_angle half[] = {kw_angle_parameter(0)};
    const double theta[] = {M_PI};
    const double values[] = {M_PI};
    const kw_complex hadamard[] = {M_SQRT1_2, M_SQRT1_2, M_SQRT1_2, -M_SQRT1_2};
    kw_circuit *circuit = NULL;
    kw_tableau *tableau = NULL;
    kw_complex *dense = dense_zero(3);
    MUST(kw_circuit_create(3, &circuit));
    MUST(kw_circuit_append_unitary(circuit, one, 1, hadamard));
    MUST(kw_circuit_append(circuit, KW_GATE_U3, pair, 1, quarter));
    MUST(kw_circuit_append(circuit, KW_GATE_RXX, pair, 2, quarter));
    MUST(kw_circuit_append(circuit, KW_GATE_CP, pair, 2, half));
    MUST(kw_circuit_append(circuit, KW_GATE_RZ, one, 1, quarter));
    const double u3[] = {M_PI_2, M_PI, -M_PI_2}, right[] = {M_PI_2};
    dense_apply(dense, 3, KW_GATE_H, one, 1, NULL);
    dense_apply(dense, 3, KW_GATE_U3, pair, 1, u3);
    dense_apply(dense, 3, KW_GATE_RXX, pair, 2, right);
    dense_apply(dense, 3, KW_GATE_CP, pair, 2, values);
    dense_apply(dense, 3, KW_GATE_RZ, one, 1, right);
    MUST(kw_tableau_create(3, &tableau));
    MUST(kw_tableau_run(tableau, circuit, theta));
    expect_strings(tableau, dense, 3, 1);
    kw_tableau_destroy(&tableau);
    kw_circuit_destroy(&circuit);
    free(dense);
}

static void test_wide_states(void **unused) {
    (void)unused;
    enum { N = 60 };
    const uint64_t all = ((uint64_t)1 << N) - 1;
    kw_circuit *ghz = NULL, *cluster = NULL;
    kw_tableau *tableau = NULL;
    MUST(test_circuit("ghz", N, 1, &ghz));
    MUST(kw_tableau_create(N, &tableau));
    MUST(kw_tableau_run(tableau, ghz, NULL));
    assert_int_equal(kw_tableau_expect(tableau, all, 0), 1);
    assert_int_equal(kw_tableau_expect(tableau, all, 3), -1); /* Y Y X ... X */
    assert_int_equal(kw_tableau_expect(tableau, 0, 1), 0);
    for (int q = 1; q < N; ++q) assert_int_equal(kw_tableau_expect(tableau, 0, 1 | (uint64_t)1 << q), 1);
    kw_tableau_destroy(&tableau);
    MUST(kw_circuit_create(N, &cluster));
    for (int q = 0; q < N; ++q) MUST(kw_circuit_append(cluster, KW_GATE_H, &q, 1, NULL));
    for (int q = 0; q < N - 1; ++q) MUST(kw_circuit_append(cluster, KW_GATE_CZ, (const int[]){q, q + 1}, 2, NULL));
    MUST(kw_tableau_create(N, &tableau));
    MUST(kw_tableau_run(tableau, cluster, NULL));
    for (int q = 0; q < N; ++q) { /* Z X Z */
        const uint64_t x = (uint64_t)1 << q, z = (q ? x >> 1 : 0) | (q < N - 1 ? x << 1 : 0);
        assert_int_equal(kw_tableau_expect(tableau, x, z), 1);
        assert_int_equal(kw_tableau_expect(tableau, x, 0), 0);
    }
    assert_true(kw_tableau_bytes(N) < 2048);
    kw_tableau_destroy(&tableau);
    kw_circuit_destroy(&ghz);
    kw_circuit_destroy(&cluster);
}

static void test_refusals(void **unused) {
    (void)unused;
    static const struct {
        kw_gate_kind kind;
        int qubits;
        const char *name;
    } others[] = {{KW_GATE_T, 1, "gate 0, t,"},     {KW_GATE_RY, 1, "gate 0, ry,"},
                  {KW_GATE_CH, 2, "gate 0, ch,"},   {KW_GATE_CSX, 2, "gate 0, csx,"},
                  {KW_GATE_CCX, 3, "gate 0, ccx,"}, {KW_GATE_MCZ, 6, "gate 0, mcz, acts on 6"}};
    const int qubits[] = {5, 3, 1, 0, 2, 4};
    const kw_angle angle = kw_angle_constant(0.3);
    kw_tableau *tableau = NULL;
    MUST(kw_tableau_create(6, &tableau));
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i) {
        kw_circuit *circuit = NULL;
        MUST(kw_circuit_create(6, &circuit));
        MUST(kw_circuit_append(circuit, others[i].kind, qubits, others[i].qubits, &angle));
        assert_int_equal(kw_tableau_run(tableau, circuit, NULL), KW_E_INPUT);
        assert_non_null(strstr(kw_error_message(), others[i].name));
        kw_circuit_destroy(&circuit);
    }
    assert_int_equal(kw_tableau_expect(tableau, 0, 1), 1); /* still |0...0> */
    kw_tableau_destroy(&tableau);
    assert_int_equal(kw_tableau_create(0, &tableau), KW_E_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_circuits), cmocka_unit_test(test_angles),
                                       cmocka_unit_test(test_wide_states), cmocka_unit_test(test_refusals)};
    return TEST_RUN("tableau", tests);
}
