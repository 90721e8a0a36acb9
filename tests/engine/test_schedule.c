/* Plans without MPI: how many exchanges known circuits take, and plans run on virtual ranks. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "studies/bench.h"
#include "support/comm_threads.h"
#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

static kw_plan_cost planned(const kw_circuit *circuit, int ranks) {
    kw_plan *plan = NULL;
    TEST_MUST(kw_plan_create(circuit, ranks, &plan));
    const kw_plan_cost cost = kw_plan_forward_cost(plan, KW_DOUBLE);
    FILE *paper = tmpfile();
    assert_non_null(paper);
    kw_plan_print(plan, paper);
    assert_true(ftell(paper) > 0);
    fclose(paper);
    kw_plan_destroy(&plan);
    return cost;
}

static kw_circuit *circuit_of(int n) {
    kw_circuit *circuit = NULL;
    TEST_MUST(kw_circuit_create(n, &circuit));
    return circuit;
}

static kw_circuit *fourier(int n) {
    kw_circuit *circuit = NULL;
    TEST_MUST(kw_bench_circuit(KW_BENCH_QFT, 0, n, false, &circuit));
    return circuit;
}

static void a_hardware_efficient_ansatz_takes_one_exchange(void **unused) {
    (void)unused;
    kw_circuit *circuit = circuit_of(36);
    TEST_MUST(kw_circuit_append_ansatz(circuit, KW_ANSATZ_HEA, 20, false));
    const kw_plan_cost cost = planned(circuit, 64);
    assert_int_equal(cost.exchanges, 1);
    assert_true(cost.bytes_exchanged <= (uint64_t)16 << 30); /* at most the block of a rank */
    assert_int_equal(planned(circuit, 1).exchanges, 0);
    kw_circuit_destroy(&circuit);
}

static void a_fourier_transform_takes_two_exchanges(void **unused) {
    (void)unused;
    kw_circuit *circuit = fourier(36);
    assert_in_range(planned(circuit, 64).exchanges, 1, 2);
    kw_circuit_destroy(&circuit);
}

/* 40 layers of a gate on every qubit and controlled ones between neighbours, in turns. */
static void a_brickwork_takes_two_exchanges(void **unused) {
    (void)unused;
    for (int kind = 0; kind < 2; ++kind) {
        kw_circuit *circuit = circuit_of(36);
        for (int layer = 0; layer < 40; ++layer) {
            for (int q = 0; q < 36; ++q) TEST_MUST(kw_circuit_append(circuit, KW_GATE_H, &q, 1, NULL));
            for (int q = layer & 1; q + 1 < 36; q += 2)
                TEST_MUST(kw_circuit_append(circuit, kind ? KW_GATE_CX : KW_GATE_CZ, (int[]){q, q + 1}, 2, NULL));
        }
        assert_in_range(planned(circuit, 64).exchanges, 1, 2);
        kw_circuit_destroy(&circuit);
    }
}

/* 30 layers of unitaries on random pairs. */
static void quantum_volume_takes_ten_exchanges(void **unused) {
    (void)unused;
    uint64_t seed = 9;
    kw_circuit *circuit = circuit_of(36);
    kw_complex matrix[16];
    dense_random_unitary(3, 2, matrix);
    for (int layer = 0; layer < 30; ++layer) {
        int qubits[36];
        for (int q = 0; q < 36; ++q) qubits[q] = q;
        for (int q = 35; q > 0; --q) {
            const int other = (int)(dense_bits(&seed) % (uint64_t)(q + 1)), kept = qubits[q];
            qubits[q] = qubits[other];
            qubits[other] = kept;
        }
        for (int q = 0; q < 36; q += 2) TEST_MUST(kw_circuit_append_unitary(circuit, qubits + q, 2, matrix));
    }
    assert_in_range(planned(circuit, 64).exchanges, 1, 10);
    kw_circuit_destroy(&circuit);
}

/* Diagonal gates, controls on global qubits and relabellings cost nothing. */
static void some_gates_never_exchange(void **unused) {
    (void)unused;
    kw_circuit *circuit = circuit_of(20);
    const kw_angle angle = kw_angle_constant(0.3);
    for (int q = 0; q < 20; ++q) {
        TEST_MUST(kw_circuit_append(circuit, KW_GATE_RZ, &q, 1, &angle));
        TEST_MUST(kw_circuit_append(circuit, KW_GATE_CP, (int[]){q, (q + 7) % 20}, 2, &angle));
    }
    for (int q = 14; q < 20; ++q) TEST_MUST(kw_circuit_append(circuit, KW_GATE_CX, (int[]){q, q - 14}, 2, NULL));
    TEST_MUST(kw_circuit_append(circuit, KW_GATE_SWAP, (int[]){19, 0}, 2, NULL));
    TEST_MUST(kw_circuit_append(circuit, KW_GATE_MCZ, (int[]){19, 18, 17, 16, 0, 1}, 6, NULL));
    assert_int_equal(planned(circuit, 64).exchanges, 0);
    assert_int_equal(planned(circuit, 64).bytes_exchanged, 0);
    kw_circuit_destroy(&circuit);
}

static void impossible_rank_counts_are_refused(void **unused) {
    (void)unused;
    kw_plan *plan = NULL;
    kw_circuit *circuit = circuit_of(4);
    TEST_MUST(kw_circuit_append(circuit, KW_GATE_RCCX, (int[]){0, 1, 2}, 3, NULL));
    static const int bad[] = {0, -1, 3, 6, 32, 4, 16};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        if (kw_plan_create(circuit, bad[i], &plan) != KW_E_ARG) fail_msg("%d ranks were accepted", bad[i]);
        assert_null(plan);
        assert_true(strlen(kw_error_message()) > 0);
    }
    TEST_MUST(kw_plan_create(circuit, 2, &plan));
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
}

/* The QFT of |j> has amplitudes exp(2 pi i j k / 2^n) / 2^{n/2}. */
static void the_fourier_transform_is_right(void **unused) {
    (void)unused;
    enum { N = 8, J = 0xb5 };
    kw_circuit *circuit = fourier(N);
    kw_complex expected[1 << N];
    kw_state *state = test_state(kw_comm_self(), N, KW_DOUBLE, NULL);
    TEST_MUST(kw_state_set_basis(state, J));
    test_execute(kw_comm_self(), circuit, NULL, state);
    for (int k = 0; k < 1 << N; ++k) expected[k] = cexp(2 * M_PI * I * (J * k % (1 << N)) / (1 << N)) / 16.0;
    assert_true(test_distance(state, expected) < 1e-13);
    kw_state_destroy(&state);
    kw_circuit_destroy(&circuit);
}

/* ---- virtual ranks ---- */
enum { PROBES = 16 };

typedef struct {
    int n;
    const kw_circuit *circuit;
    uint64_t probes[PROBES];
    kw_complex expected[PROBES];
    double norm2;
    int wrong;
} many;

static void run_many(kw_comm *comm, void *context) {
    many *m = context;
    kw_complex found[PROBES];
    kw_state *state = test_state(comm, m->n, KW_DOUBLE, NULL);
    TEST_MUST(kw_state_set_basis(state, m->probes[0]));
    test_execute(comm, m->circuit, NULL, state);
    TEST_MUST(kw_state_amplitudes(state, m->probes, PROBES, found));
    const double norm2 = kw_state_norm2(state);
    for (int j = 0; j < PROBES; ++j)
        if (!(cabs(found[j] - m->expected[j]) < 1e-12)) __atomic_add_fetch(&m->wrong, 1, __ATOMIC_RELAXED);
    if (!(fabs(norm2 - 1.0) < 1e-12)) __atomic_add_fetch(&m->wrong, 1, __ATOMIC_RELAXED);
    kw_state_destroy(&state);
}

static void check_virtual(int n, int ranks, size_t gates, uint64_t seed) {
    many m = {.n = n};
    const int local = n - __builtin_ctz((unsigned)ranks);
    const test_recipe recipe = {.n = n, .max_targets = local < 4 ? local : 4};
    test_program *program = test_program_create(n);
    test_program_random(program, &recipe, gates, seed);
    kw_circuit *circuit = test_program_circuit(program);
    uint64_t draw = seed;
    for (int j = 0; j < PROBES; ++j) m.probes[j] = (0x1234567 * (uint64_t)(j + 1) + dense_bits(&draw)) % (1u << n);
    kw_state *alone = test_state(kw_comm_self(), n, KW_DOUBLE, NULL);
    TEST_MUST(kw_state_set_basis(alone, m.probes[0]));
    test_execute(kw_comm_self(), circuit, NULL, alone);
    TEST_MUST(kw_state_amplitudes(alone, m.probes, PROBES, m.expected));
    m.circuit = circuit;
    test_virtual_ranks(ranks, run_many, &m);
    assert_int_equal(m.wrong, 0);
    kw_state_destroy(&alone);
    kw_circuit_destroy(&circuit);
    test_program_destroy(&program);
}

static void sixteen_virtual_ranks_agree_with_one(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= 6; ++seed) check_virtual(12, 16, 120, seed);
}

static void a_thousand_virtual_ranks_agree_with_one(void **unused) {
    (void)unused;
    check_virtual(14, 1024, 100, 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hardware_efficient_ansatz_takes_one_exchange),
        cmocka_unit_test(a_fourier_transform_takes_two_exchanges),
        cmocka_unit_test(a_brickwork_takes_two_exchanges),
        cmocka_unit_test(quantum_volume_takes_ten_exchanges),
        cmocka_unit_test(some_gates_never_exchange),
        cmocka_unit_test(impossible_rank_counts_are_refused),
        cmocka_unit_test(the_fourier_transform_is_right),
        cmocka_unit_test(sixteen_virtual_ranks_agree_with_one),
        cmocka_unit_test(a_thousand_virtual_ranks_agree_with_one),
    };
    return TEST_RUN("schedule", tests);
}
