/* What is read from a state: Pauli sums, trash costs, reconstruction fidelity, samples; against the dense reference, with
 * states in the qubit order that a circuit left behind. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

/* A scrambled state of the world, the dense vector that it should hold, and its qubit order. */
typedef struct {
    int n, place[KW_MAX_QUBITS];
    kw_precision precision;
    kw_circuit *circuit;
    kw_state *state;
    kw_complex *vector;
} fixture;

static kw_state *scrambled_state(kw_comm *comm, fixture *f) {
    kw_complex *start = dense_random(3, f->n);
    kw_state *state = test_state(comm, f->n, f->precision, start);
    kw_plan *plan = NULL;
    TEST_MUST(kw_plan_create(f->circuit, kw_comm_size(comm), &plan));
    TEST_MUST(kw_plan_run(plan, NULL, state));
    memcpy(f->place, kw_plan_final_place(plan), (size_t)f->n * sizeof *f->place);
    kw_plan_destroy(&plan);
    free(start);
    return state;
}

static fixture make(int n, kw_precision precision, uint64_t seed) {
    fixture f = {.n = n, .precision = precision};
    const int local = test_local_qubits(test_world(), n);
    const test_recipe recipe = {.n = n, .max_targets = local < 3 ? local : 3};
    test_program *program = test_program_create(n);
    test_program_random(program, &recipe, 60, seed);
    f.circuit = test_program_circuit(program);
    f.vector = dense_random(3, n);
    test_program_dense(program, NULL, f.vector);
    f.state = scrambled_state(test_world(), &f);
    test_program_destroy(&program);
    return f;
}

static void destroy(fixture *f) {
    kw_state_destroy(&f->state);
    kw_circuit_destroy(&f->circuit);
    free(f->vector);
}

static kw_observable *random_sum(int n, kw_pauli *terms, size_t count, uint64_t seed) {
    kw_observable *observable = NULL;
    const uint64_t mask = ((uint64_t)1 << n) - 1;
    for (size_t t = 0; t < count; ++t)
        terms[t] = (kw_pauli){2.0 * dense_uniform(&seed) - 1.0, dense_bits(&seed) & mask, dense_bits(&seed) & mask};
    if (count > 2) terms[1].x = 0;              /* diagonal */
    if (count > 3) terms[2].x = terms[2].z = 0; /* identity */
    if (count > 4) terms[3].x = terms[0].x;     /* shares its flips */
    TEST_MUST(kw_observable_pauli_sum(n, terms, count, &observable));
    return observable;
}

static void pauli_sums_match_the_reference(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= 12; ++seed) {
        const kw_precision precision = seed <= 8 ? seed % 4 == 0 ? KW_SINGLE : KW_DOUBLE : (kw_precision)(KW_S16 + seed % 2);
        const int n = seed > 8 ? 11 : seed % 2 ? 9 : 5;
        const size_t count = seed < 4 ? 1 : seed <= 8 ? 3 * (size_t)seed : 8;
        fixture f = make(n, precision, seed);
        kw_pauli terms[32];
        kw_observable *observable = random_sum(n, terms, count, seed);
        double value, expected = 0.0;
        for (size_t t = 0; t < count; ++t)
            expected += terms[t].coefficient * dense_expect_pauli(f.vector, n, terms[t].x, terms[t].z);
        TEST_MUST(kw_observable_expect(observable, f.state, &value));
        const double tolerance = test_tolerance(f.precision) + kw_observable_error(observable, kw_state_infidelity(f.state));
        if (!(fabs(value - expected) < tolerance)) fail_msg("seed %d: %g %g", (int)seed, value, expected);
        kw_observable_destroy(&observable);
        destroy(&f);
    }
}

/* Every one-qubit Pauli and every pair, so that each global position is met. */
static void short_pauli_strings_match_the_reference(void **unused) {
    (void)unused;
    enum { N = 6 };
    fixture f = make(N, KW_DOUBLE, 77);
    for (int a = 0; a < N; ++a)
        for (int b = a; b < N; ++b)
            for (int kinds = 0; kinds < 9; ++kinds) {
                const uint64_t qa = (uint64_t)1 << a, qb = (uint64_t)1 << b;
                kw_pauli term = {-1.5, 0, 0};
                kw_observable *observable = NULL;
                double value;
                term.x = (kinds % 3 != 2 ? qa : 0) | (a != b && kinds / 3 != 2 ? qb : 0);
                term.z = (kinds % 3 != 0 ? qa : 0) | (a != b && kinds / 3 != 0 ? qb : 0);
                TEST_MUST(kw_observable_pauli_sum(N, &term, 1, &observable));
                TEST_MUST(kw_observable_expect(observable, f.state, &value));
                assert_true(fabs(value + 1.5 * dense_expect_pauli(f.vector, N, term.x, term.z)) < 1e-12);
                kw_observable_destroy(&observable);
            }
    destroy(&f);
}

static void observables_are_applied(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= 8; ++seed) {
        const kw_precision precision = (kw_precision)(seed % KW_PRECISIONS);
        const int n = test_fits(test_world(), 8, precision) ? 8 : 11;
        fixture f = make(n, precision, seed + 20);
        kw_pauli terms[12];
        kw_observable *sum = random_sum(n, terms, 12, seed);
        kw_complex *image = dense_zero(n);
        image[0] = 0.0;
        for (int t = 0; t < 12; ++t) dense_add_pauli(image, f.vector, n, terms[t].coefficient, terms[t].x, terms[t].z);
        kw_state *out = test_state(test_world(), n, f.precision, NULL);
        TEST_MUST(kw_observable_apply(sum, f.state, out));
        double most = 0; /* of the sum's norm */
        for (int t = 0; t < 12; ++t) most += fabs(terms[t].coefficient);
        assert_true(test_distance(out, image) < most * test_tolerance_of(f.state) + test_tolerance_of(out));
        assert_true(test_distance(f.state, f.vector) < test_tolerance_of(f.state));
        kw_state_destroy(&out);
        kw_observable_destroy(&sum);
        free(image);
        destroy(&f);
    }
}

static void observables_check_their_states(void **unused) {
    (void)unused;
    const kw_pauli term = {1.0, 3, 5};
    kw_observable *observable = NULL;
    double value;
    TEST_MUST(kw_observable_pauli_sum(6, &term, 1, &observable));
    kw_state *six = test_state(test_world(), 6, KW_SINGLE, NULL), *seven = test_state(test_world(), 7, KW_SINGLE, NULL),
             *other = test_state(test_world(), 6, KW_DOUBLE, NULL);
    assert_int_equal(kw_observable_expect(observable, seven, &value), KW_E_ARG);
    assert_int_equal(kw_observable_apply(observable, seven, six), KW_E_ARG);
    assert_int_equal(kw_observable_apply(observable, six, seven), KW_E_ARG);
    assert_int_equal(kw_observable_apply(observable, six, other), KW_E_ARG);
    kw_state_destroy(&other);
    kw_state_destroy(&seven);
    kw_state_destroy(&six);
    kw_observable_destroy(&observable);
}

static void observable_traffic_is_predicted(void **unused) {
    (void)unused;
    const int n = 11, local = test_local_qubits(test_world(), n);
    for (uint64_t seed = 1; seed <= 8; ++seed) {
        fixture f = make(n, (kw_precision)(seed % KW_PRECISIONS), seed + 30);
        kw_pauli terms[10];
        kw_observable *sum = random_sum(n, terms, 10, seed);
        kw_state *out = test_state(test_world(), n, f.precision, NULL);
        double value;
        const uint64_t predicted = kw_observable_bytes_exchanged(sum, f.place, local, f.precision);
        const uint64_t start = kw_state_traffic(f.state).bytes;
        TEST_MUST(kw_observable_expect(sum, f.state, &value));
        assert_int_equal(kw_state_traffic(f.state).bytes - start, predicted);
        const uint64_t before = kw_state_traffic(f.state).bytes + kw_state_traffic(out).bytes;
        TEST_MUST(kw_observable_apply(sum, f.state, out));
        assert_int_equal(kw_state_traffic(f.state).bytes + kw_state_traffic(out).bytes - before, predicted);
        kw_state_destroy(&out);
        kw_observable_destroy(&sum);
        destroy(&f);
    }
}

static void observables_are_checked(void **unused) {
    (void)unused;
    kw_observable *observable = NULL;
    const kw_pauli beyond = {1.0, 8, 0};
    assert_int_equal(kw_observable_pauli_sum(3, &beyond, 1, &observable), KW_E_INPUT);
    assert_int_equal(kw_observable_pauli_sum(3, &beyond, 0, &observable), KW_E_INPUT);
    assert_int_equal(kw_observable_trash(3, 9, KW_COST_LOCAL, &observable), KW_E_INPUT);
    assert_int_equal(kw_observable_trash(3, 0, KW_COST_GLOBAL, &observable), KW_E_INPUT);
    assert_null(observable);
    kw_pauli term;
    TEST_MUST(kw_pauli_parse("X0 Y3", 4, &term));
    assert_true(term.x == 9 && term.z == 8 && term.coefficient == 1.0);
    TEST_MUST(kw_pauli_parse("Z61", 62, &term));
    assert_true(term.x == 0 && term.z == (uint64_t)1 << 61);
    TEST_MUST(kw_pauli_parse("I", 4, &term));
    assert_true(term.x == 0 && term.z == 0);
    static const char *const bad[] = {"X4", "Q1", "X", "X0 X0", "X-1", "X0,Z1", "Z99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        if (kw_pauli_parse(bad[i], 4, &term) != KW_E_INPUT) fail_msg("accepted: %s", bad[i]);
        assert_true(strlen(kw_error_message()) > 0);
    }
}

/* Brute force over the basis: weights by the number of ones, and the overlaps of the conditional latent states. */
static void expected_trash(const fixture *f, uint64_t mask, double *weights, double *fidelity) {
    const int k = __builtin_popcountll(mask);
    for (int h = 0; h <= k; ++h) weights[h] = 0.0;
    *fidelity = 0.0;
    for (uint64_t t = 0; t < (uint64_t)1 << f->n; ++t) {
        weights[__builtin_popcountll(t & mask)] += pow(cabs(f->vector[t]), 2);
        if (t & ~mask) continue;
        kw_complex overlap = 0.0;
        for (uint64_t i = 0; i < (uint64_t)1 << f->n; ++i)
            if (!(i & mask)) overlap += conj(f->vector[i]) * f->vector[i | t];
        *fidelity += pow(cabs(overlap), 2);
    }
}

static void check_mask(fixture *f, uint64_t mask) {
    const int k = __builtin_popcountll(mask), local = test_local_qubits(test_world(), f->n);
    const double tolerance = test_tolerance_of(f->state);
    double weights[16], expected[16], fidelity, value, mean = 0.0;
    expected_trash(f, mask, expected, &fidelity);
    kw_state_trash_weights(f->state, mask, weights);
    for (int h = 0; h <= k; ++h) {
        assert_true(fabs(weights[h] - expected[h]) < tolerance);
        mean += h * expected[h] / k;
    }
    for (int cost = KW_COST_GLOBAL; cost <= KW_COST_LOCAL; ++cost) {
        kw_observable *observable = NULL;
        TEST_MUST(kw_observable_trash(f->n, mask, (kw_trash_cost)cost, &observable));
        TEST_MUST(kw_observable_expect(observable, f->state, &value));
        assert_true(fabs(value - (cost == KW_COST_LOCAL ? mean : 1.0 - expected[0])) < tolerance);
        kw_observable_destroy(&observable);
    }
    const kw_status status = kw_state_reconstruction_fidelity(f->state, mask, &value);
    if ((k < f->n - k ? k : f->n - k) > local) {
        assert_int_equal(status, KW_E_ARG);
    } else {
        TEST_MUST(status);
        assert_true(fabs(value - fidelity) < tolerance);
    }
    assert_true(test_distance(f->state, f->vector) < test_tolerance_of(f->state)); /* it may have been exchanged */
}

static void trash_is_measured(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= 32; ++seed) {
        uint64_t draw = seed;
        const int n = seed > 24 ? 11 : 4 + (int)(seed % 5);
        if (test_local_qubits(test_world(), n) < 1) continue;
        fixture f = make(n, seed > 24 ? (kw_precision)(KW_S16 + seed % 2) : seed % 3 ? KW_DOUBLE : KW_SINGLE, seed + 40);
        const uint64_t all = ((uint64_t)1 << n) - 1;
        uint64_t mask = dense_bits(&draw) & all;
        if (mask == 0 || mask == all) mask = 1;
        check_mask(&f, mask);
        destroy(&f);
    }
}

static void apply_of_trash_costs(void **unused) {
    (void)unused;
    const int n = 7;
    const uint64_t mask = 0x53;
    for (int cost = KW_COST_GLOBAL; cost <= KW_COST_LOCAL; ++cost) {
        fixture f = make(n, KW_DOUBLE, 88);
        kw_observable *observable = NULL;
        TEST_MUST(kw_observable_trash(n, mask, (kw_trash_cost)cost, &observable));
        kw_state *out = test_state(test_world(), n, KW_DOUBLE, NULL);
        TEST_MUST(kw_observable_apply(observable, f.state, out));
        for (uint64_t i = 0; i < (uint64_t)1 << n; ++i) {
            const int ones = __builtin_popcountll(i & mask);
            f.vector[i] *= cost == KW_COST_LOCAL ? ones / 4.0 : ones > 0;
        }
        assert_true(test_distance(out, f.vector) < 1e-12);
        kw_state_destroy(&out);
        kw_observable_destroy(&observable);
        destroy(&f);
    }
}

static void samples_do_not_depend_on_ranks(void **unused) {
    (void)unused;
    enum { SHOTS = 3000 };
    static uint64_t ours[SHOTS], alone[SHOTS], other[SHOTS];
    fixture f = make(10, KW_DOUBLE, 61);
    kw_state *self = scrambled_state(kw_comm_self(), &f);
    TEST_MUST(kw_state_sample(self, SHOTS, 1234, alone));
    TEST_MUST(kw_state_sample(f.state, SHOTS, 1234, ours));
    TEST_MUST(kw_state_sample(f.state, SHOTS, 1235, other));
    assert_memory_equal(ours, alone, sizeof ours);
    assert_true(memcmp(ours, other, sizeof ours) != 0);
    TEST_MUST(kw_state_sample(f.state, SHOTS, 1234, other));
    assert_memory_equal(ours, other, sizeof ours);
    TEST_MUST(kw_state_sample(f.state, 10, 1234, other));
    assert_true(test_distance(f.state, f.vector) < 1e-12);
    kw_state_destroy(&self);
    destroy(&f);
}

/* True if the circuit may run here; with no local qubit a plan may refuse to relabel. */
static int can_run(const kw_circuit *circuit) {
    kw_plan *plan = NULL;
    const kw_status status = kw_plan_create(circuit, kw_comm_size(test_world()), &plan);
    kw_plan_destroy(&plan);
    if (test_local_qubits(test_world(), kw_circuit_qubits(circuit)) > 0) TEST_MUST(status);
    return status == KW_OK;
}

static void check_relabelled(const kw_circuit *circuit, const kw_complex *start, const kw_complex *expected) {
    const int n = kw_circuit_qubits(circuit);
    uint64_t sample;
    kw_complex inner;
    kw_state *state = test_state(test_world(), n, KW_DOUBLE, start), *other = test_state(test_world(), n, KW_DOUBLE, start);
    test_execute(test_world(), circuit, NULL, state);
    test_execute(test_world(), circuit, NULL, other);
    TEST_MUST(kw_state_sample(state, 1, 1, &sample));
    assert_true(test_distance(state, expected) < 1e-12);
    TEST_MUST(kw_state_inner(state, other, &inner));
    assert_true(cabs(inner - 1.0) < 1e-12);
    kw_state_destroy(&other);
    kw_state_destroy(&state);
}

/* Swaps only relabel; sampling puts the qubits back, also through rank bits and with few or no local qubits. */
static void relabelled_states_are_put_in_order(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= 40; ++seed) {
        static const kw_gate_kind kinds[] = {KW_GATE_SWAP, KW_GATE_SWAP, KW_GATE_S};
        const int n = 2 + (int)(seed % 7);
        const test_recipe recipe = {.n = n, .max_targets = 2, .kinds = kinds, .n_kinds = 3};
        if (test_local_qubits(test_world(), n) < 0) continue;
        test_program *program = test_program_create(n);
        test_program_random(program, &recipe, 12, seed);
        kw_circuit *circuit = test_program_circuit(program);
        kw_complex *start = dense_random(seed, n), *expected = dense_random(seed, n);
        test_program_dense(program, NULL, expected);
        if (can_run(circuit)) check_relabelled(circuit, start, expected);
        free(expected);
        free(start);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
}

/* Pearson's statistic over the outcomes that are expected at least 5 times, within 5 standard deviations. */
static void samples_follow_the_distribution(void **unused) {
    (void)unused;
    enum { N = 6, SHOTS = 50000 };
    static uint64_t samples[SHOTS];
    for (int p = KW_DOUBLE; p < KW_S8; ++p) { /* s8 is off by more than that many shots allow for */
        if (!test_fits(test_world(), N, (kw_precision)p)) continue;
        fixture f = make(N, (kw_precision)p, 62);
        double counts[1 << N] = {0}, statistic = 0.0, freedom = -1.0;
        TEST_MUST(kw_state_sample(f.state, SHOTS, 99, samples));
        for (int s = 0; s < SHOTS; ++s) {
            assert_true(samples[s] < 1 << N);
            counts[samples[s]] += 1.0;
        }
        for (int i = 0; i < 1 << N; ++i) {
            const double expected = SHOTS * pow(cabs(f.vector[i]), 2);
            if (expected < 5.0) continue;
            statistic += pow(counts[i] - expected, 2) / expected;
            freedom += 1.0;
        }
        assert_true(statistic < freedom + 5 * sqrt(2 * freedom) && statistic > freedom - 5 * sqrt(2 * freedom));
        destroy(&f);
    }
}

static void certain_outcomes_are_certain(void **unused) {
    (void)unused;
    uint64_t samples[100];
    kw_state *state = test_state(test_world(), 12, KW_SINGLE, NULL);
    for (uint64_t index = 0; index < 1 << 12; index += 819) {
        TEST_MUST(kw_state_set_basis(state, index));
        TEST_MUST(kw_state_sample(state, 100, index, samples));
        for (int s = 0; s < 100; ++s) assert_true(samples[s] == index);
    }
    kw_state_destroy(&state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauli_sums_match_the_reference),
        cmocka_unit_test(short_pauli_strings_match_the_reference),
        cmocka_unit_test(observables_are_applied),
        cmocka_unit_test(observables_check_their_states),
        cmocka_unit_test(observable_traffic_is_predicted),
        cmocka_unit_test(observables_are_checked),
        cmocka_unit_test(trash_is_measured),
        cmocka_unit_test(apply_of_trash_costs),
        cmocka_unit_test(samples_do_not_depend_on_ranks),
        cmocka_unit_test(relabelled_states_are_put_in_order),
        cmocka_unit_test(samples_follow_the_distribution),
        cmocka_unit_test(certain_outcomes_are_certain),
    };
    return TEST_RUN("measure", tests);
}
