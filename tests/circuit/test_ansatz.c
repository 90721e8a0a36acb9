/* The ansatz library: counts from the papers, refusals, and what each ansatz conserves. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "support/dense.h"
#include "support/run.h"
#include "support/world.h"

static kw_circuit *ansatz(int n, kw_ansatz_kind kind, int layers, bool ring) {
    kw_circuit *circuit = NULL;
    TEST_MUST(kw_circuit_create(n, &circuit));
    TEST_MUST(kw_circuit_append_ansatz(circuit, kind, layers, ring));
    return circuit;
}

static void assert_counts(int n, kw_ansatz_kind kind, int layers, bool ring, int parameters, int gates) {
    kw_circuit *circuit = ansatz(n, kind, layers, ring);
    assert_int_equal(kw_circuit_parameters(circuit), parameters);
    if (gates >= 0) assert_int_equal(kw_circuit_gates(circuit), gates);
    kw_circuit_destroy(&circuit);
}

static void counts_match_the_papers(void **unused) {
    (void)unused;
    assert_counts(11, KW_ANSATZ_CEREZO, 2, false, 51, 71); /* arXiv 2001.00550, n_A = 1, n_B = 10 */
    assert_counts(4, KW_ANSATZ_ROMERO_A, 1, false, 90, -1);
    assert_counts(8, KW_ANSATZ_ROMERO_A, 1, false, 420, -1);
    assert_counts(4, KW_ANSATZ_ROMERO_B, 1, false, 60, -1);
    assert_counts(8, KW_ANSATZ_ROMERO_B, 1, false, 216, -1);
}

/* Blocks by hand.  3 sites: 3 qubits, 12 bricks of one CZ and two RY.  6 sites: two of these, then 4 qubits, 24 bricks of
 * two CZ and of one, of four RY and of two, and one SWAP that brings qubit 3 to place 2.  7 sites: 6 and 1, so that 4 -> 3
 * keeps the width of 6 sites, 3 + 1 qubits become 3. */
static void registers_are_just_wide_enough(void **unused) {
    (void)unused;
    assert_counts(3, KW_ANSATZ_REGISTERS, 1, false, 3 + 24, 27 + 12);
    assert_counts(6, KW_ANSATZ_REGISTERS, 1, false, 2 * 27 + 4 + 72, 2 * 39 + 76 + 36 + 1);
    assert_counts(7, KW_ANSATZ_REGISTERS, 1, false, 2 * 27 + 2 * 76, 2 * 39 + 2 * (76 + 36) + 1);
    assert_counts(3, KW_ANSATZ_REGISTERS, 2, true, 3 + 48, 51 + 24);
}

static void counts_follow_the_formulas(void **unused) {
    (void)unused;
    for (int n = 3; n <= 9; ++n)
        for (int layers = 1; layers <= 3; ++layers)
            for (int ring = 0; ring < 2; ++ring) {
                const int links = layers * (ring ? n : n - 1);
                assert_counts(n, KW_ANSATZ_CEREZO, layers, ring, n + 2 * layers * (n - 1), n + 3 * layers * (n - 1));
                assert_counts(n, KW_ANSATZ_HEA, layers, ring, 2 * n * layers, 2 * n * layers + links);
                assert_counts(n, KW_ANSATZ_ROMERO_A, layers, ring, 15 * layers * n * (n - 1) / 2, -1);
                assert_counts(n, KW_ANSATZ_ROMERO_B, layers, ring, layers * (3 * n * (n - 1) + 6 * n), -1);
                assert_counts(n, KW_ANSATZ_RY_CNOT, layers, ring, n * layers, n * layers + links);
                assert_counts(n, KW_ANSATZ_U3_CU3, layers, ring, 3 * n * layers + 3 * links, n * layers + links);
                assert_counts(n, KW_ANSATZ_TREE, layers, ring, 15 * layers * (n - 1), 10 * layers * (n - 1));
                assert_counts(n, KW_ANSATZ_EXCITATION_PRESERVING, layers, ring, n * (layers + 1) + links,
                              n * (layers + 1) + 2 * links);
            }
}

static void parameters_go_on_where_they_stopped(void **unused) {
    (void)unused;
    kw_circuit *circuit = ansatz(4, KW_ANSATZ_RY_CNOT, 2, false);
    TEST_MUST(kw_circuit_append_ansatz(circuit, KW_ANSATZ_HEA, 1, true));
    assert_int_equal(kw_circuit_parameters(circuit), 8 + 8);
    kw_circuit_destroy(&circuit);
}

static void nonsense_is_refused(void **unused) {
    (void)unused;
    kw_circuit *one = NULL, *three = NULL;
    TEST_MUST(kw_circuit_create(1, &one));
    TEST_MUST(kw_circuit_create(3, &three));
    for (int kind = 0; kind < KW_ANSATZ_KINDS; ++kind) {
        assert_int_equal(kw_circuit_append_ansatz(one, (kw_ansatz_kind)kind, 1, false), KW_E_INPUT);
        assert_int_equal(kw_circuit_append_ansatz(three, (kw_ansatz_kind)kind, 0, false), KW_E_INPUT);
    }
    assert_int_equal(kw_circuit_gates(three), 0);
    kw_circuit_destroy(&three);
    kw_circuit_destroy(&one);
}

static kw_complex *run_from_basis(const kw_circuit *circuit, uint64_t index, const double *theta) {
    kw_state *state = test_state(kw_comm_self(), kw_circuit_qubits(circuit), KW_DOUBLE, NULL);
    TEST_MUST(kw_state_set_basis(state, index));
    test_execute(kw_comm_self(), circuit, theta, state);
    kw_complex *amplitudes = test_amplitudes(state);
    kw_state_destroy(&state);
    return amplitudes;
}

static void random_theta(uint64_t seed, int count, double *theta) {
    for (int j = 0; j < count; ++j) theta[j] = 2.0 * M_PI * dense_uniform(&seed);
}

/* The number of ones stays, and the state does not stay a basis state. */
static void excitation_preserving_conserves_the_weight(void **unused) {
    (void)unused;
    enum { N = 6 };
    double theta[256];
    for (int ring = 0; ring < 2; ++ring) {
        kw_circuit *circuit = ansatz(N, KW_ANSATZ_EXCITATION_PRESERVING, 3, ring);
        random_theta(5, kw_circuit_parameters(circuit), theta);
        for (uint64_t index = 1; index < (1 << N) - 1; index += 5) {
            kw_complex *amplitudes = run_from_basis(circuit, index, theta);
            double outside = 0.0;
            for (uint64_t i = 0; i < 1 << N; ++i)
                if (__builtin_popcountll(i) != __builtin_popcountll(index)) outside = fmax(outside, cabs(amplitudes[i]));
            assert_true(outside < 1e-14);
            assert_true(cabs(amplitudes[index]) < 1.0 - 1e-6);
            free(amplitudes);
        }
        kw_circuit_destroy(&circuit);
    }
}

/* RY, CNOT and CZ are real: so are the amplitudes. */
static void real_ansaetze_stay_real(void **unused) {
    (void)unused;
    static const kw_ansatz_kind kinds[] = {KW_ANSATZ_CEREZO, KW_ANSATZ_RY_CNOT};
    double theta[256];
    for (int k = 0; k < 2; ++k) {
        kw_circuit *circuit = ansatz(5, kinds[k], 3, true);
        random_theta(6, kw_circuit_parameters(circuit), theta);
        kw_complex *amplitudes = run_from_basis(circuit, 0, theta);
        for (int i = 0; i < 32; ++i) assert_true(fabs(cimag(amplitudes[i])) < 1e-15);
        free(amplitudes);
        kw_circuit_destroy(&circuit);
    }
}

/* HEA written out by hand: RY on every qubit, RZ on every qubit, then CNOTs down the ladder. */
static void hea_is_what_it_says(void **unused) {
    (void)unused;
    enum { N = 4, LAYERS = 2 };
    double theta[2 * N * LAYERS];
    random_theta(7, 2 * N * LAYERS, theta);
    for (int ring = 0; ring < 2; ++ring) {
        kw_circuit *circuit = ansatz(N, KW_ANSATZ_HEA, LAYERS, ring);
        kw_complex *ours = run_from_basis(circuit, 0, theta), *v = dense_zero(N);
        for (int layer = 0; layer < LAYERS; ++layer) {
            const double *t = theta + 2 * N * layer;
            for (int q = 0; q < N; ++q) dense_apply(v, N, KW_GATE_RY, &q, 1, t + q);
            for (int q = 0; q < N; ++q) dense_apply(v, N, KW_GATE_RZ, &q, 1, t + N + q);
            for (int q = 0; q + 1 < N + ring; ++q) dense_apply(v, N, KW_GATE_CX, (int[]){q, (q + 1) % N}, 2, NULL);
        }
        assert_true(dense_distance(ours, v, N) < 1e-13);
        free(v);
        free(ours);
        kw_circuit_destroy(&circuit);
    }
}

/* Column-major 4 x 4 unitary of a two-qubit circuit. */
static void two_qubit_unitary(const kw_circuit *circuit, const double *theta, kw_complex *out) {
    for (uint64_t column = 0; column < 4; ++column) {
        kw_complex *amplitudes = run_from_basis(circuit, column, theta);
        for (int row = 0; row < 4; ++row) out[4 * column + (uint64_t)row] = amplitudes[row];
        free(amplitudes);
    }
}

/* U^dag dU/dtheta_j without its trace: a direction of su(4). */
static void direction(const kw_circuit *circuit, const double *theta, int which, kw_complex *out) {
    double shifted[15];
    kw_complex u[16], above[16], below[16], trace = 0.0;
    for (int j = 0; j < 15; ++j) shifted[j] = theta[j];
    two_qubit_unitary(circuit, theta, u);
    shifted[which] = theta[which] + 1e-5;
    two_qubit_unitary(circuit, shifted, above);
    shifted[which] = theta[which] - 1e-5;
    two_qubit_unitary(circuit, shifted, below);
    for (int i = 0; i < 16; ++i) {
        out[i] = 0.0;
        for (int k = 0; k < 4; ++k) out[i] += conj(u[4 * (i % 4) + k]) * (above[4 * (i / 4) + k] - below[4 * (i / 4) + k]);
        out[i] /= 2e-5;
        if (i % 5 == 0) trace += out[i] / 4;
    }
    for (int i = 0; i < 16; i += 5) out[i] -= trace;
}

/* The 15 angles of a general two-qubit gate move it in 15 independent directions (Gram-Schmidt over the reals). */
static void the_general_gate_is_general(void **unused) {
    (void)unused;
    double theta[15];
    kw_complex directions[15][16];
    kw_circuit *circuit = ansatz(2, KW_ANSATZ_ROMERO_A, 1, false);
    random_theta(8, 15, theta);
    for (int j = 0; j < 15; ++j) {
        double norm = 0.0;
        direction(circuit, theta, j, directions[j]);
        for (int pass = 0; pass < 2 * j; ++pass) {
            const kw_complex *other = directions[pass % j];
            double overlap = 0.0;
            for (int i = 0; i < 16; ++i) overlap += creal(conj(other[i]) * directions[j][i]);
            for (int i = 0; i < 16; ++i) directions[j][i] -= overlap * other[i];
        }
        for (int i = 0; i < 16; ++i) norm += creal(conj(directions[j][i]) * directions[j][i]);
        assert_true(norm > 1e-4);
        for (int i = 0; i < 16; ++i) directions[j][i] /= sqrt(norm);
    }
    kw_circuit_destroy(&circuit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_match_the_papers),
        cmocka_unit_test(counts_follow_the_formulas),
        cmocka_unit_test(registers_are_just_wide_enough),
        cmocka_unit_test(parameters_go_on_where_they_stopped),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(excitation_preserving_conserves_the_weight),
        cmocka_unit_test(real_ansaetze_stay_real),
        cmocka_unit_test(hea_is_what_it_says),
        cmocka_unit_test(the_general_gate_is_general),
    };
    return TEST_RUN("ansatz", tests);
}
