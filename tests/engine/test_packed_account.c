/* Packed states against states in double precision: what the account says of the circuits that make trouble, rounding,
 * seeds, threads, limits. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#    include <omp.h>
#endif

#include "engine/state_internal.h"
#include "support/circuits.h"
#include "support/dense.h"
#include "support/run.h"
#include "support/world.h"

enum { N = 13 };
#define ARITHMETIC 1e-11 /* what gates in single precision cost */

static kw_plan *plan_of(const char *name, int n, int layers) {
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    TEST_MUST(test_circuit(name, n, layers, &circuit));
    TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
    kw_circuit_destroy(&circuit);
    return plan;
}

static double infidelity_of(kw_state *exact, kw_state *state) {
    kw_complex inner = 0;
    TEST_MUST(kw_state_inner(exact, state, &inner));
    return 1 - creal(inner * conj(inner)) / kw_state_norm2(exact) / kw_state_norm2(state);
}

/* ---- the account ---- */

typedef struct {
    const char *name;
    int layers;
    bool spread; /* amplitudes are: the estimate holds for nearest rounding too */
    bool few;    /* amplitudes: their errors do not average out */
} circuit_row;

static void check_account(const circuit_row *row, const kw_plan *plan, kw_state *exact, kw_precision precision,
                          kw_rounding rounding) {
    kw_state *state = test_state(test_world(), N, precision, NULL);
    kw_state_set_rounding(state, rounding, 1);
    TEST_MUST(kw_plan_run(plan, NULL, state));
    const kw_infidelity told = kw_state_infidelity(state);
    const double measured = infidelity_of(exact, state), norm2 = kw_state_norm2(state);
    if (!(measured <= told.bound + ARITHMETIC))
        fail_msg("%s, %s, %s: infidelity %g above its bound %g", row->name, kw_precision_name(precision),
                 kw_rounding_name(rounding), measured, told.bound);
    if ((row->spread || rounding == KW_ROUND_STOCHASTIC) && !row->few && told.estimate > 1e-8
        && !(fabs(measured - told.estimate) < 0.15 * told.estimate))
        fail_msg("%s, %s, %s: infidelity %g, estimated as %g", row->name, kw_precision_name(precision),
                 kw_rounding_name(rounding), measured, told.estimate);
    assert_true(told.estimate <= told.bound * (1 + 1e-12));
    if (!(fabs(norm2 - 1) < 5e-6)) /* squares are added up in single precision, 256 at a time */
        fail_msg("%s, %s: norm^2 1 %+g", row->name, kw_precision_name(precision), norm2 - 1);
    assert_true(kw_state_drift(state) != 1 || told.estimate == 0); /* it is told */
    assert_true(fabs(kw_state_drift(state) - 1) < 10 * sqrt(told.bound) + 1e-6);
    kw_state_destroy(&state);
}

static void accounts_hold(void **unused) {
    (void)unused;
    static const circuit_row rows[] = {
        {"rqc", 20, true, false},    {"hea", 20, true, false},      {"pairs", 10, true, false},
        {"qft", 1, false, false},    {"peaked", 20, false, true},   {"ghz", 1, false, true},
        {"mirror", 8, false, false}, {"trotter", 60, false, false}, {"rqc", 1, false, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        kw_plan *plan = plan_of(rows[i].name, N, rows[i].layers);
        kw_state *exact = test_state(test_world(), N, KW_DOUBLE, NULL);
        TEST_MUST(kw_plan_run(plan, NULL, exact));
        for (int p = KW_S16; p <= KW_S8; ++p)
            for (int r = KW_ROUND_NEAREST; r <= KW_ROUND_STOCHASTIC; ++r)
                check_account(&rows[i], plan, exact, (kw_precision)p, (kw_rounding)r);
        kw_state_destroy(&exact);
        kw_plan_destroy(&plan);
    }
}

/* Nearest rounding swallows steps that are smaller than half a unit: auto sees it coming. */
static void tiny_steps_round_stochastically(void **unused) {
    (void)unused;
    kw_plan *plan = plan_of("trotter", N, 400), *other = plan_of("rqc", N, 20);
    assert_int_equal(kw_plan_rounding(plan, NULL, KW_S8), KW_ROUND_STOCHASTIC);
    assert_int_equal(kw_plan_rounding(plan, NULL, KW_SINGLE), KW_ROUND_NEAREST);
    assert_int_equal(kw_plan_rounding(other, NULL, KW_S8), KW_ROUND_NEAREST);
    kw_state *exact = test_state(test_world(), N, KW_DOUBLE, NULL);
    TEST_MUST(kw_plan_run(plan, NULL, exact));
    double ratios[KW_ROUND_STOCHASTIC + 1];
    for (int r = KW_ROUND_AUTO; r <= KW_ROUND_STOCHASTIC; ++r) {
        kw_state *state = test_state(test_world(), N, KW_S8, NULL);
        kw_state_set_rounding(state, (kw_rounding)r, 1);
        TEST_MUST(kw_plan_run(plan, NULL, state));
        ratios[r] = infidelity_of(exact, state) / kw_state_infidelity(state).estimate;
        kw_state_destroy(&state);
    }
    if (kw_comm_size(test_world()) == 1) assert_true(ratios[KW_ROUND_NEAREST] > 1.2); /* ranks take fewer passes here */
    assert_true(fabs(ratios[KW_ROUND_STOCHASTIC] - 1) < 0.15);
    assert_true(ratios[KW_ROUND_AUTO] == ratios[KW_ROUND_STOCHASTIC]);
    kw_state_destroy(&exact);
    kw_plan_destroy(&other);
    kw_plan_destroy(&plan);
}

static void mirrors_come_back(void **unused) {
    (void)unused;
    kw_plan *plan = plan_of("mirror", N, 10);
    kw_complex *zero = dense_zero(N);
    for (int p = KW_S16; p <= KW_S8; ++p)
        for (int r = KW_ROUND_NEAREST; r <= KW_ROUND_STOCHASTIC; ++r) {
            kw_state *state = test_state(test_world(), N, (kw_precision)p, NULL);
            kw_complex first = 0;
            kw_state_set_rounding(state, (kw_rounding)r, 3);
            TEST_MUST(kw_plan_run(plan, NULL, state));
            TEST_MUST(kw_state_amplitudes(state, (uint64_t[]){0}, 1, &first));
            assert_true(1 - creal(first * conj(first)) < kw_state_infidelity(state).bound + 1e-6);
            if (p == KW_S16) assert_true(test_tolerance_of(state) < 1e-2); /* the account itself is small */
            kw_state_destroy(&state);
        }
    free(zero);
    kw_plan_destroy(&plan);
}

/* ---- bits ---- */

/* A digest of the local runs. */
static uint64_t digest(const kw_state *state) {
    const uint64_t bytes = kw_state_slab_bytes(state);
    unsigned char *slab = malloc(bytes);
    uint64_t hash = 1469598103934665603u;
    assert_non_null(slab);
    kw_state_store(state, slab);
    for (uint64_t i = 0; i < bytes; ++i) hash = (hash ^ slab[i]) * 1099511628211u;
    free(slab);
    return hash;
}

static uint64_t run_with(const kw_plan *plan, kw_precision precision, kw_rounding rounding, uint64_t seed, int threads) {
#ifdef _OPENMP
    const int before = omp_get_max_threads();
    omp_set_num_threads(threads);
#endif
    kw_complex *start = dense_random(5, N);
    kw_state *state = test_state(test_world(), N, precision, NULL);
    kw_state_set_rounding(state, rounding, seed);
    test_state_set(state, start);
    TEST_MUST(kw_plan_run(plan, NULL, state));
    const uint64_t hash = digest(state);
    kw_state_destroy(&state);
    free(start);
#ifdef _OPENMP
    omp_set_num_threads(before);
#endif
    (void)threads;
    return hash;
}

static void seeds_decide_bits_and_threads_do_not(void **unused) {
    (void)unused;
    for (int p = KW_S16; p <= KW_S8; ++p)
        for (int r = KW_ROUND_NEAREST; r <= KW_ROUND_STOCHASTIC; ++r) {
            uint64_t hashes[3];
            for (int threads = 1; threads <= 3; ++threads) {
                kw_plan *plan = plan_of("pairs", N, 6); /* is compiled for a number of threads */
                hashes[threads - 1] = run_with(plan, (kw_precision)p, (kw_rounding)r, 7, threads);
                kw_plan_destroy(&plan);
            }
            assert_true(hashes[0] == hashes[1] && hashes[1] == hashes[2]);
            kw_plan *plan = plan_of("pairs", N, 6);
            const uint64_t other = run_with(plan, (kw_precision)p, (kw_rounding)r, 8, 1);
            assert_int_equal(other == hashes[0], r == KW_ROUND_NEAREST);
            kw_plan_destroy(&plan);
        }
}

/* ---- limits, nonsense, sizes ---- */

static void limits_stop_runs(void **unused) {
    (void)unused;
    kw_plan *plan = plan_of("rqc", N, 20);
    kw_state *state = test_state(test_world(), N, KW_S8, NULL);
    kw_state_limit_infidelity(state, 1e-4);
    assert_int_equal(kw_plan_run(plan, NULL, state), KW_E_INTERNAL);
    assert_non_null(strstr(kw_error_message(), "s8"));
    assert_non_null(strstr(kw_error_message(), "0.0001"));
    char estimate[32];
    snprintf(estimate, sizeof estimate, "%.3g", kw_state_infidelity(state).estimate);
    assert_non_null(strstr(kw_error_message(), estimate));
    TEST_MUST(kw_state_set_basis(state, 0));
    kw_state_limit_infidelity(state, 0.1);
    TEST_MUST(kw_plan_run(plan, NULL, state));
    kw_state_destroy(&state);
    kw_plan_destroy(&plan);
}

/* An angle that is not a number: neither an even number of writes nor the account makes it vanish. */
static void nonsense_does_not_vanish(void **unused) {
    (void)unused;
    kw_circuit *circuit = NULL;
    const kw_angle angle = kw_angle_parameter(0);
    const double theta = NAN;
    TEST_MUST(test_circuit("rqc", N, 2, &circuit));
    for (int q = 0; q < N; ++q) TEST_MUST(kw_circuit_append(circuit, KW_GATE_RX, &q, 1, &angle));
    for (int p = KW_DOUBLE; p < KW_PRECISIONS; ++p) {
        kw_state *state = test_state(test_world(), N, (kw_precision)p, NULL);
        kw_plan *plan = NULL;
        TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
        const bool packed = kw_precision_is_packed((kw_precision)p);
        assert_int_equal(kw_plan_run(plan, &theta, state), packed ? KW_E_INTERNAL : KW_OK);
        assert_false(isfinite(kw_state_norm2(state)));
        if (packed) {
            assert_non_null(strstr(kw_error_message(), "not a number"));
            assert_true(kw_state_infidelity(state).bound == 1);
        } else assert_int_equal(kw_state_normalise(state), KW_E_INPUT);
        kw_plan_destroy(&plan);
        TEST_MUST(kw_state_set_basis(state, 3));
        assert_true(kw_state_norm2(state) == 1 && kw_state_infidelity(state).bound == 0);
        kw_state_destroy(&state);
    }
    kw_circuit_destroy(&circuit);
}

static void small_states_are_refused(void **unused) {
    (void)unused;
    int rank_bits = 0;
    while (1 << rank_bits < kw_comm_size(test_world())) ++rank_bits;
    const int least = rank_bits ? 5 + 2 * rank_bits : 1;
    for (int p = KW_S16; p <= KW_S8; ++p) {
        kw_state *state = NULL;
        if (rank_bits) {
            assert_int_equal(kw_state_create(test_world(), least - 1, (kw_precision)p, &state), KW_E_ARG);
            assert_non_null(strstr(kw_error_message(), kw_precision_name((kw_precision)p)));
            assert_null(state);
        }
        for (int n = least; n <= least + 2; ++n) {
            kw_complex *vector = dense_random((uint64_t)n, n);
            state = test_state(test_world(), n, (kw_precision)p, vector);
            assert_true(test_distance(state, vector) < test_tolerance_of(state));
            free(vector);
            kw_state_destroy(&state);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts_hold),
        cmocka_unit_test(tiny_steps_round_stochastically),
        cmocka_unit_test(mirrors_come_back),
        cmocka_unit_test(seeds_decide_bits_and_threads_do_not),
        cmocka_unit_test(limits_stop_runs),
        cmocka_unit_test(nonsense_does_not_vanish),
        cmocka_unit_test(small_states_are_refused),
    };
    return TEST_RUN("packed account", tests);
}
