/* What is done to packed states between plans: swaps of qubits within runs and across ranks, measurement, damping, copies,
 * slabs, Pauli strings over rank bits; amplitudes and account stay together. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "engine/state_internal.h"
#include "support/dense.h"
#include "support/run.h"
#include "support/world.h"

static int rank_bits(void) { return kw_log2((uint64_t)kw_comm_size(test_world())); }
static int least(void) { return rank_bits() ? 5 + 2 * rank_bits() : 6; }

typedef void (*check_fn)(int n, kw_precision precision, kw_rounding rounding);

static void for_all(check_fn check) {
    const int most = least() + (rank_bits() < 2 ? 2 : 3 - rank_bits()); /* many ranks share few cores here */
    for (int n = least(); n <= most; ++n)
        for (int p = KW_S16; p <= KW_S8; ++p)
            for (int r = KW_ROUND_NEAREST; r <= KW_ROUND_STOCHASTIC; ++r) check(n, (kw_precision)p, (kw_rounding)r);
}

static kw_state *make(int n, kw_precision precision, kw_rounding rounding, const kw_complex *vector) {
    kw_state *state = test_state(test_world(), n, precision, NULL);
    kw_state_set_rounding(state, rounding, 11);
    test_state_set(state, vector);
    return state;
}

static void assert_near(const kw_state *state, const kw_complex *vector, const char *what) {
    const double distance = test_distance(state, vector), most = test_tolerance_of(state);
    if (!(distance < most))
        fail_msg("%s, %s: off by %g, at most %g", what, kw_precision_name(state->precision), distance, most);
    assert_true(most < 1); /* says something */
}

/* ---- swaps ---- */

static kw_swap draw(int n, int n_local, int count, bool low, uint64_t *seed) {
    int global[KW_MAX_QUBITS], local[KW_MAX_QUBITS];
    kw_swap swap = {.count = count};
    for (int j = 0; j < n - n_local; ++j) global[j] = n_local + j;
    for (int j = 0; j < n_local; ++j) local[j] = j;
    for (int j = 0; j < count; ++j) {
        const int g = j + (int)(dense_bits(seed) % (uint64_t)(n - n_local - j));
        const int most = low && !j ? KW_RUN_BITS : n_local - j; /* the first one within a run */
        const int l = j + (int)(dense_bits(seed) % (uint64_t)most);
        swap.global[j] = global[g], global[g] = global[j];
        swap.local[j] = local[l], local[l] = local[j];
    }
    return swap;
}

static uint64_t swapped(uint64_t index, const kw_swap *swap) {
    for (int j = 0; j < swap->count; ++j) {
        const uint64_t a = kw_bit(swap->global[j]), b = kw_bit(swap->local[j]);
        if (!(index & a) != !(index & b)) index ^= a | b;
    }
    return index;
}

static void check_exchange(int n, kw_precision precision, kw_rounding rounding) {
    kw_complex *vector = dense_random(4, n), *expected = dense_zero(n);
    uint64_t seed = (uint64_t)n;
    for (int count = 1; count <= rank_bits(); ++count)
        for (int trial = 0; trial < 3; ++trial) {
            const kw_swap swap = draw(n, n - rank_bits(), count, trial > 0, &seed);
            kw_state *state = make(n, precision, rounding, vector);
            const kw_infidelity before = kw_state_infidelity(state);
            for (uint64_t i = 0; i < kw_bit(n); ++i) expected[i] = vector[swapped(i, &swap)];
            kw_state_exchange(state, &swap);
            assert_near(state, expected, "exchange");
            assert_int_equal(kw_state_traffic(state).bytes, kw_swap_bytes(count, n - rank_bits(), precision));
            assert_int_equal(kw_state_traffic(state).exchanges, 1);
            if (trial) assert_true(kw_state_infidelity(state).bound > before.bound); /* runs were rounded again */
            kw_state_destroy(&state);
        }
    free(vector);
    free(expected);
}

static void exchanges_reach_into_runs(void **unused) {
    (void)unused;
    for_all(check_exchange);
}

/* An order in which low places and rank bits are mixed, and back. */
static void check_order(int n, kw_precision precision, kw_rounding rounding) {
    kw_complex *vector = dense_random(5, n);
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        int wanted[KW_MAX_QUBITS];
        uint64_t random = seed;
        kw_state *state = make(n, precision, rounding, vector);
        for (int q = 0; q < n; ++q) wanted[q] = q;
        for (int q = n - 1; q > 0; --q) {
            const int other = (int)(dense_bits(&random) % (uint64_t)(q + 1)), kept = wanted[q];
            wanted[q] = wanted[other];
            wanted[other] = kept;
        }
        kw_state_arrange(state, wanted);
        assert_near(state, vector, "arranged");
        const kw_traffic cost = kw_order_cost(n, kw_comm_size(test_world()), state->place, precision);
        const kw_traffic before = kw_state_traffic(state);
        TEST_MUST(kw_state_order(state));
        assert_near(state, vector, "in order again");
        assert_int_equal(kw_state_traffic(state).bytes - before.bytes, cost.bytes);
        assert_int_equal(kw_state_traffic(state).exchanges - before.exchanges, cost.exchanges);
        kw_state_localise(state, kw_bit(n - 1) | kw_bit(n - 2));
        assert_true(state->place[n - 1] < state->n_local && state->place[n - 2] < state->n_local);
        uint64_t all_but_one = kw_bit(state->n_local - 1) - 1; /* leaves low places alone to go to the ranks */
        kw_state_localise(state, all_but_one << rank_bits() | kw_bit(n - 1));
        assert_near(state, vector, "localised");
        kw_state_destroy(&state);
    }
    free(vector);
}

static void orders_reach_into_runs(void **unused) {
    (void)unused;
    for_all(check_order);
}

static void all_to_all_does_the_same(void **unused) {
    (void)unused;
    setenv("KETWALL_EXCHANGE", "alltoall", 1);
    for_all(check_exchange);
    for_all(check_order);
    unsetenv("KETWALL_EXCHANGE");
}

/* ---- measurement ---- */

/* v <- diag(zero, one) on the qubit, flipped or not, normalised; returns the squared norm before. */
static double act(kw_complex *v, int n, int qubit, double zero, double one, bool flips) {
    kw_complex *out = dense_zero(n);
    double norm2 = 0;
    for (uint64_t i = 0; i < kw_bit(n); ++i) {
        const kw_complex amplitude = v[i] * (i >> qubit & 1 ? one : zero);
        out[flips ? i ^ kw_bit(qubit) : i] = amplitude;
        norm2 += creal(amplitude * conj(amplitude));
    }
    for (uint64_t i = 0; i < kw_bit(n); ++i) v[i] = out[i] / sqrt(norm2);
    free(out);
    return norm2;
}

/* One after the other on the same state: the account grows, holds, and is not far off. */
static void check_collapse(int n, kw_precision precision, kw_rounding rounding) {
    kw_complex *vector = dense_random(6, n);
    kw_state *state = make(n, precision, rounding, vector);
    for (int step = 0; step < (precision == KW_S16 ? 4 : 2); ++step) {
        const int qubit = (3 * step + n) % n;
        int outcome = 0;
        double weight = 0;
        for (uint64_t i = 0; i < kw_bit(n); ++i)
            if (i >> qubit & 1) weight += creal(vector[i] * conj(vector[i]));
        if (step == 0) TEST_MUST(kw_state_damp(state, qubit, 0.3, 0.99));
        else if (step == 1) TEST_MUST(kw_state_reset_qubit(state, qubit, weight / 2));
        else TEST_MUST(kw_state_measure(state, qubit, step == 2 ? weight / 2 : 1 - (1 - weight) / 2, &outcome));
        if (step > 1) assert_int_equal(outcome, step == 2);
        act(vector, n, qubit, step == 1 || step == 2 ? 0 : 1, step == 0 ? sqrt(0.7) : step == 3 ? 0 : 1, step == 1);
        assert_near(state, vector, "collapse");
        if (step != 1) assert_true(fabs(kw_state_norm2(state) - 1) < 1e-6); /* a flip may round once more */
    }
    const kw_infidelity told = kw_state_infidelity(state);
    kw_complex *amplitudes = test_amplitudes(state);
    const kw_complex inner = dense_inner(amplitudes, vector, n);
    const double measured = 1 - creal(inner * conj(inner)) / creal(dense_inner(amplitudes, amplitudes, n));
    assert_true(measured <= told.bound + 1e-11);
    if (!(measured < 2 * told.estimate + 1e-9 && measured > told.estimate / 3 - 1e-9))
        fail_msg("%d qubits, %s, %s: infidelity %g, estimated as %g", n, kw_precision_name(precision),
                 kw_rounding_name(rounding), measured, told.estimate);
    TEST_MUST(kw_state_normalise(state));
    assert_true(fabs(kw_state_norm2(state) - 1) < 1e-6);
    assert_near(state, vector, "normalised");
    free(amplitudes);
    kw_state_destroy(&state);
    free(vector);
}

static void collapse_keeps_its_account(void **unused) {
    (void)unused;
    for_all(check_collapse);
}

/* A part of little weight: what was lost before weighs more now. */
static void rare_outcomes_cost_fidelity(void **unused) {
    (void)unused;
    const int n = least() + 1;
    for (int p = KW_S16; p <= KW_S8; ++p) {
        kw_complex *vector = dense_random(6, n);
        for (uint64_t i = 0; i < kw_bit(n); ++i)
            if (i >> 1 & 1) vector[i] *= 0.02;
        act(vector, n, 0, 1, 1, false);
        kw_state *state = make(n, (kw_precision)p, KW_ROUND_NEAREST, vector);
        const double before = kw_state_infidelity(state).bound;
        int outcome = 0;
        TEST_MUST(kw_state_measure(state, 1, 0, &outcome));
        assert_int_equal(outcome, 1);
        act(vector, n, 1, 0, 1, false);
        kw_complex *amplitudes = test_amplitudes(state);
        const kw_complex inner = dense_inner(amplitudes, vector, n);
        assert_true(kw_state_infidelity(state).bound > 100 * before || kw_state_infidelity(state).bound == 1);
        assert_true(1 - creal(inner * conj(inner)) / creal(dense_inner(amplitudes, amplitudes, n))
                    <= kw_state_infidelity(state).bound + 1e-11);
        free(amplitudes);
        kw_state_destroy(&state);
        free(vector);
    }
}

/* ---- copies and slabs ---- */

static void assert_same_infidelity(const kw_state *a, const kw_state *b) {
    const kw_infidelity one = kw_state_infidelity(a), other = kw_state_infidelity(b);
    assert_true(one.estimate == other.estimate && one.bound == other.bound);
}

static void check_copies(int n, kw_precision precision, kw_rounding rounding) {
    kw_complex *vector = dense_random(7, n), *other = dense_random(8, n);
    kw_state *state = make(n, precision, rounding, other), *copy = make(n, precision, rounding, vector);
    const kw_pauli thrice = {3, 0, 0};
    kw_observable *observable = NULL;
    TEST_MUST(kw_observable_pauli_sum(n, &thrice, 1, &observable));
    TEST_MUST(kw_observable_apply(observable, copy, state));
    TEST_MUST(kw_state_normalise(state));
    assert_true(state->packed.gain < 0.4); /* is kept */
    kw_state_copy(copy, state);
    kw_observable_destroy(&observable);
    assert_near(copy, vector, "copy");
    assert_same_infidelity(copy, state);
    char *slab = malloc(kw_state_slab_bytes(state));
    assert_non_null(slab);
    kw_state_store(state, slab);
    test_state_set(copy, other);
    kw_state_restore(copy, slab);
    assert_near(copy, vector, "slab");
    assert_same_infidelity(copy, state);
    free(slab);
    kw_state_destroy(&copy);
    kw_state_destroy(&state);
    free(vector);
    free(other);
}

static void copies_keep_their_account(void **unused) {
    (void)unused;
    for_all(check_copies);
}

/* Columns of replicas: here the world's ranks, each with a state of its own. */
static void states_are_broadcast(void **unused) {
    (void)unused;
    enum { WIDTH = 7 };
    kw_complex *vector = dense_random(9, WIDTH), *other = dense_random(10, WIDTH);
    for (int p = KW_DOUBLE; p < KW_PRECISIONS; ++p) {
        const int root = kw_comm_size(test_world()) - 1;
        kw_state *state =
            test_state(kw_comm_self(), WIDTH, (kw_precision)p, kw_comm_rank(test_world()) == root ? vector : other);
        if (kw_comm_rank(test_world()) == root) TEST_MUST(kw_state_damp(state, 1, 0.5, 0.999));
        kw_state_broadcast(state, test_world(), root);
        kw_complex *expected = dense_random(9, WIDTH);
        act(expected, WIDTH, 1, 1, sqrt(0.5), false);
        assert_true(test_distance(state, expected) < test_tolerance_of(state));
        if (p >= KW_S16) assert_true(kw_state_infidelity(state).bound > 0);
        free(expected);
        kw_state_destroy(&state);
    }
    free(vector);
    free(other);
}

/* ---- Pauli strings over rank bits ---- */

static void check_paulis(int n, kw_precision precision, kw_rounding rounding) {
    const kw_complex *const vector = dense_random(12, n);
    kw_state *state = make(n, precision, rounding, vector);
    kw_state_localise(state, kw_bit(n - 1)); /* not in logical order */
    for (int q = 0; q < n; ++q) {
        const kw_pauli terms[] = {{0.7, kw_bit(q), 0}, {-0.4, kw_bit(q) | 3, kw_bit(n - 1) | 2}, {0.3, kw_bit(n - 1), 1}};
        kw_observable *sum = NULL;
        double value = 0, expected = 0;
        for (int t = 0; t < 3; ++t) expected += terms[t].coefficient * dense_expect_pauli(vector, n, terms[t].x, terms[t].z);
        TEST_MUST(kw_observable_pauli_sum(n, terms, 3, &sum));
        const uint64_t before = kw_state_traffic(state).bytes;
        TEST_MUST(kw_observable_expect(sum, state, &value));
        assert_true(fabs(value - expected) < kw_observable_error(sum, kw_state_infidelity(state)) + 1e-5);
        assert_int_equal(kw_state_traffic(state).bytes - before,
                         kw_observable_bytes_exchanged(sum, state->place, state->n_local, precision));
        kw_observable_destroy(&sum);
    }
    kw_state_destroy(&state);
    free((void *)vector);
}

static void pauli_strings_stream_packed_runs(void **unused) {
    (void)unused;
    for_all(check_paulis);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchanges_reach_into_runs),   cmocka_unit_test(orders_reach_into_runs),
        cmocka_unit_test(all_to_all_does_the_same),    cmocka_unit_test(collapse_keeps_its_account),
        cmocka_unit_test(rare_outcomes_cost_fidelity), cmocka_unit_test(copies_keep_their_account),
        cmocka_unit_test(states_are_broadcast),        cmocka_unit_test(pauli_strings_stream_packed_runs),
    };
    return TEST_RUN("packed moves", tests);
}
