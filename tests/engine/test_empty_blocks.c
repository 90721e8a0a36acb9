/* What is empty: circuits that keep states sparse give what the dense reference gives, runs that are taken for empty are,
 * and blocks that no gate reaches stay so; every storage kind, exchanges in between. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "engine/plan_internal.h"
#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

enum { N = 12, SIZE = 1 << N };

/* ---- circuits ---- */

static void add(test_program *p, kw_gate_kind kind, int a, int b, int c, double angle) {
    const kw_angle angles[KW_MAX_ANGLES] = {kw_angle_constant(angle)};
    test_program_add(p, kind, (int[]){a, b, c}, 1 + (b >= 0) + (c >= 0), angles, NULL);
}

static void ghz(test_program *p) {
    add(p, KW_GATE_H, N - 1, -1, -1, 0);
    for (int q = N - 1; q > 0; --q) add(p, KW_GATE_CX, q, q - 1, -1, 0);
}

static void w_state(test_program *p) {
    add(p, KW_GATE_X, 0, -1, -1, 0);
    for (int q = 0; q + 1 < N; ++q) {
        add(p, KW_GATE_CRY, q, q + 1, -1, 2 * acos(sqrt(1.0 / (N - q))));
        add(p, KW_GATE_CX, q + 1, q, -1, 0);
    }
}

static void permutation(test_program *p) {
    static const kw_gate_kind kinds[] = {KW_GATE_X, KW_GATE_CX, KW_GATE_CCX, KW_GATE_SWAP, KW_GATE_CSWAP};
    const test_recipe recipe = {.n = N, .max_targets = 2, .kinds = kinds, .n_kinds = 5};
    test_program_random(p, &recipe, 80, 3);
}

static void phases(test_program *p) {
    static const kw_gate_kind kinds[] = {KW_GATE_RZ, KW_GATE_CP, KW_GATE_CCX, KW_GATE_RZZ, KW_GATE_T, KW_GATE_X};
    const test_recipe recipe = {.n = N, .max_targets = 2, .kinds = kinds, .n_kinds = 6};
    test_program_random(p, &recipe, 80, 4);
}

/* |a>|b> -> |a>|a + b> of registers of 6 qubits, a in superposition. */
static void adder(test_program *p) {
    enum { BITS = 6 };
    for (int q = 0; q < BITS; q += 2) add(p, KW_GATE_H, q, -1, -1, 0);
    add(p, KW_GATE_X, BITS + 1, -1, -1, 0);
    for (int i = 0; i < BITS; ++i) { /* b += 2^i a_i, controls on the bits that carry */
        for (int j = BITS - 1; j > i; --j) {
            int qubits[KW_MAX_QUBITS], count = 0;
            qubits[count++] = i;
            for (int k = i; k < j; ++k) qubits[count++] = BITS + k;
            qubits[count++] = BITS + j;
            test_program_add(p, KW_GATE_MCX, qubits, count, NULL, NULL);
        }
        add(p, KW_GATE_CX, i, BITS + i, -1, 0);
    }
}

/* Gates whose controls are never met, and a few that are. */
static void controlled(test_program *p) {
    static const kw_gate_kind kinds[] = {KW_GATE_CRY, KW_GATE_CH, KW_GATE_CU3, KW_GATE_CRX, KW_GATE_CCX, KW_GATE_C3X};
    const test_recipe recipe = {.n = N, .max_targets = 1, .kinds = kinds, .n_kinds = 6};
    add(p, KW_GATE_X, N - 1, -1, -1, 0);
    add(p, KW_GATE_X, 7, -1, -1, 0);
    test_program_random(p, &recipe, 60, 5);
}

static void a_few_h(test_program *p) {
    for (int k = 0; k < 4; ++k) {
        permutation(p);
        add(p, KW_GATE_H, (5 * k + 3) % N, -1, -1, 0);
    }
}

static const struct {
    const char *name;
    void (*build)(test_program *p);
} circuits[] = {{"ghz", ghz},        {"w", w_state},   {"permutation", permutation},
                {"phases", phases},  {"adder", adder}, {"controlled", controlled},
                {"a few h", a_few_h}};
enum { CIRCUITS = sizeof circuits / sizeof *circuits };

/* ---- what is marked ---- */

/* Local runs that are taken for empty; fails where one is not. */
static uint64_t empty_runs(const kw_state *state, const char *what) {
    uint64_t empty = 0;
    double buffer[2 * KW_RUN];
    for (uint64_t run = 0; run < kw_runs(kw_bit(state->n_local)); ++run) {
        const char *amplitudes = kw_state_view(state, run * KW_RUN, KW_RUN, buffer);
        if (!kw_run_is_empty(state, run)) continue;
        ++empty;
        if (state->full && state->marks) fail_msg("%s: run %d is empty in a full state", what, (int)run);
        for (size_t i = 0; i < 2 * KW_RUN; ++i) {
            const double part = state->precision == KW_DOUBLE ? ((const double *)(const void *)amplitudes)[i]
                                                              : (double)((const float *)(const void *)amplitudes)[i];
            if (part != 0) fail_msg("%s, %s: run %d is not empty", what, kw_precision_name(state->precision), (int)run);
        }
    }
    return empty;
}

static void assert_state(const kw_state *state, const kw_complex *expected, const char *what) {
    empty_runs(state, what);
    const double distance = test_distance(state, expected);
    if (!(distance < test_tolerance_of(state)))
        fail_msg("%s, %s: off by %g", what, kw_precision_name(state->precision), distance);
}

/* ---- tests ---- */

static bool watch(void *context, uint64_t done, uint64_t steps) {
    (void)done, (void)steps;
    empty_runs(context, "between steps");
    return true;
}

/* From a basis state through one circuit, into logical order, through the next one. */
static void sparse_states_stay_right(void **unused) {
    (void)unused;
    for (int p = KW_DOUBLE; p < KW_PRECISIONS; ++p)
        for (int c = 0; c < CIRCUITS && test_fits(test_world(), N, (kw_precision)p); ++c) {
            kw_complex *expected = dense_zero(N);
            kw_state *state = test_state(test_world(), N, (kw_precision)p, NULL);
            const uint64_t start = c % 2 ? 0 : 0x605;
            expected[0] = 0;
            expected[start] = 1;
            TEST_MUST(kw_state_set_basis(state, start));
            for (int part = 0; part < 2; ++part) {
                test_program *program = test_program_create(N);
                circuits[(c + 3 * part) % CIRCUITS].build(program);
                kw_circuit *circuit = test_program_circuit(program);
                kw_plan *plan = NULL;
                TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
                TEST_MUST(kw_state_order(state));
                TEST_MUST(kw_plan_run_watched(plan, NULL, state, 0, watch, state));
                test_program_dense(program, NULL, expected);
                assert_state(state, expected, circuits[(c + 3 * part) % CIRCUITS].name);
                kw_plan_destroy(&plan);
                kw_circuit_destroy(&circuit);
                test_program_destroy(&program);
            }
            kw_state_destroy(&state);
            free(expected);
        }
}

static void flip(kw_complex *v, int qubit) {
    for (uint64_t i = 0; i < SIZE; ++i)
        if (!(i >> qubit & 1)) {
            const kw_complex kept = v[i];
            v[i] = v[i | kw_bit(qubit)];
            v[i | kw_bit(qubit)] = kept;
        }
}

/* Everything else that moves or makes amplitudes, on a sparse state. */
static void marks_are_never_too_hopeful(void **unused) {
    (void)unused;
    for (int p = KW_DOUBLE; p < KW_PRECISIONS; ++p) {
        if (!test_fits(test_world(), N, (kw_precision)p)) continue;
        int outcome = 0;
        kw_complex *expected = dense_zero(N), *full = dense_random(3, N);
        kw_state *state = test_state(test_world(), N, (kw_precision)p, NULL);
        kw_state *other = test_state(test_world(), N, (kw_precision)p, full);
        flip(expected, 2);
        flip(expected, N - 1);
        TEST_MUST(kw_state_set_basis(state, 4 | kw_bit(N - 1)));
        assert_state(state, expected, "basis state");
        for (int q = 0; q < N; q += 3) {
            kw_state_localise(state, kw_bit(q) | kw_bit(N - 1));
            assert_state(state, expected, "localised");
        }
        TEST_MUST(kw_state_order(state));
        assert_state(state, expected, "order");
        TEST_MUST(kw_state_set_basis(state, 4 | kw_bit(N - 1)));
        TEST_MUST(kw_state_reset_qubit(state, N - 1, 0.3));
        flip(expected, N - 1);
        assert_state(state, expected, "reset");
        TEST_MUST(kw_state_order(state));
        TEST_MUST(kw_state_measure(state, 2, 0.3, &outcome));
        TEST_MUST(kw_state_damp(state, 2, 0.5, 0.9));
        assert_state(state, expected, "measured and damped");
        kw_state_copy(other, state);
        assert_state(other, expected, "copy");
        char *slab = malloc(kw_state_slab_bytes(state));
        assert_non_null(slab);
        test_state_set(state, full);
        assert_state(state, full, "filled");
        kw_state_store(state, slab);
        TEST_MUST(kw_state_set_basis(state, 0));
        kw_state_restore(state, slab);
        assert_state(state, full, "slab");
        kw_state_copy(other, state);
        assert_state(other, full, "copy of a full state");
        free(slab);
        free(full);
        free(expected);
        kw_state_destroy(&other);
        kw_state_destroy(&state);
    }
}

static void check_gradient(kw_precision precision, int kind) {
    const kw_pauli terms[] = {{0.5, 3, 0}, {-0.3, 0, 1}, {0.4, kw_bit(N - 1), 1}};
    const kw_angle angle = kw_angle_parameter(0);
    const double theta = 0.7;
    double values[2], gradients[2];
    kw_observable *observable = NULL;
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    TEST_MUST(kw_circuit_create(N, &circuit));
    for (int q = 0; q < 3; ++q) TEST_MUST(kw_circuit_append(circuit, KW_GATE_RY, &q, 1, &angle));
    for (int q = 0; q + 1 < N; ++q) TEST_MUST(kw_circuit_append(circuit, KW_GATE_CX, (int[]){q + 1, q}, 2, NULL));
    TEST_MUST(kw_circuit_append(circuit, KW_GATE_CRX, (int[]){1, N - 1}, 2, &angle));
    TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
    if (kind) TEST_MUST(kw_observable_trash(N, kw_bit(N - 1) | 6, KW_COST_LOCAL, &observable));
    else TEST_MUST(kw_observable_pauli_sum(N, terms, 3, &observable));
    for (int full = 0; full < 2; ++full) { /* with and without a single mark */
        kw_state *ket = test_state(test_world(), N, full ? KW_DOUBLE : precision, NULL);
        kw_state *bra = test_state(test_world(), N, full ? KW_DOUBLE : precision, NULL);
        if (full) kw_state_occupy(ket);
        TEST_MUST(kw_plan_gradient(plan, &theta, observable, ket, bra, &values[full], &gradients[full], NULL, NULL));
        if (full) assert_true(ket->full);
        empty_runs(ket, "ket");
        empty_runs(bra, "bra");
        kw_state_destroy(&bra);
        kw_state_destroy(&ket);
    }
    const double most[KW_PRECISIONS] = {1e-12, 1e-5, 1e-3, 0.1};
    assert_true(fabs(values[0] - values[1]) < most[precision] && fabs(gradients[0] - gradients[1]) < most[precision]);
    assert_true(fabs(gradients[1]) > 0.1);
    kw_observable_destroy(&observable);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
}

static void gradients_leave_out_what_is_empty(void **unused) {
    (void)unused;
    for (int p = KW_DOUBLE; p < KW_PRECISIONS; ++p)
        for (int kind = 0; kind < 2 && test_fits(test_world(), N, (kw_precision)p); ++kind)
            check_gradient((kw_precision)p, kind);
}

/* A circuit on the low qubits alone: nothing else is touched, by any pass of any way. */
static void blocks_are_skipped(void **unused) {
    (void)unused;
    enum { LOW = 7 };
    for (int p = KW_DOUBLE; p < KW_PRECISIONS; ++p) {
        if (!test_fits(test_world(), N, (kw_precision)p)) continue;
        test_program *program = test_program_create(N);
        for (int q = 0; q < LOW; ++q) add(program, KW_GATE_H, q, -1, -1, 0);
        for (int q = 0; q < LOW; ++q) add(program, KW_GATE_RX, q, -1, -1, 0.3 * q);
        for (int q = LOW; q < N; ++q) add(program, KW_GATE_CRY, q, q - LOW, -1, 0.7);
        for (int q = LOW; q < N; ++q) add(program, KW_GATE_RZ, q, -1, -1, 0.7);
        kw_circuit *circuit = test_program_circuit(program);
        kw_state *state = test_state(test_world(), N, (kw_precision)p, NULL);
        kw_complex *expected = dense_zero(N);
        test_execute(test_world(), circuit, NULL, state);
        test_program_dense(program, NULL, expected);
        assert_state(state, expected, "low qubits");
        const uint64_t runs = kw_runs(kw_bit(state->n_local)), used = kw_comm_rank(test_world()) ? 0 : 1 << (LOW - 5);
        assert_int_equal(empty_runs(state, "low qubits"), runs - used);
        free(expected);
        kw_state_destroy(&state);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sparse_states_stay_right),
        cmocka_unit_test(marks_are_never_too_hopeful),
        cmocka_unit_test(gradients_leave_out_what_is_empty),
        cmocka_unit_test(blocks_are_skipped),
    };
    return TEST_RUN("empty blocks", tests);
}
