/* Gradients with both states packed against those in double precision: off by little, and by less in s16 than in s8; limits
 * hold on the way back too; plans that are stopped and gone on with. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/plan_internal.h"
#include "support/dense.h"
#include "support/run.h"
#include "support/world.h"

enum { N = 12, LAYERS = 4, MOST = 200, KINDS = 4 };

typedef struct {
    kw_plan *plan;
    int parameters;
    double theta[MOST], *diagonal;
} fixture;

static fixture make(void) {
    fixture f = {0};
    uint64_t seed = 6;
    kw_circuit *circuit = NULL;
    TEST_MUST(kw_circuit_create(N, &circuit));
    TEST_MUST(kw_circuit_append_ansatz(circuit, KW_ANSATZ_HEA, LAYERS, false));
    f.parameters = kw_circuit_parameters(circuit);
    assert_in_range(f.parameters, 10, MOST);
    for (int j = 0; j < f.parameters; ++j) f.theta[j] = 6 * dense_uniform(&seed) - 3;
    TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &f.plan));
    f.diagonal = malloc(sizeof *f.diagonal << N);
    assert_non_null(f.diagonal);
    for (size_t i = 0; i < (size_t)1 << N; ++i) f.diagonal[i] = 2 * dense_uniform(&seed) - 1;
    kw_circuit_destroy(&circuit);
    return f;
}

static void destroy(fixture *f) {
    kw_plan_destroy(&f->plan);
    free(f->diagonal);
}

/* Trash costs, a Pauli sum over rank bits, a diagonal. */
static kw_observable *observable_of(const fixture *f, int kind) {
    const kw_pauli terms[] = {{0.5, 3, 0}, {-0.3, 0, 0x801}, {0.4, 0x800, 1}, {0.2, 0x404, 0x404}, {0.1, 0, 0}};
    kw_observable *observable = NULL;
    if (kind < 2) TEST_MUST(kw_observable_trash(N, 0x907, kind ? KW_COST_LOCAL : KW_COST_GLOBAL, &observable));
    else if (kind == 2) TEST_MUST(kw_observable_pauli_sum(N, terms, sizeof terms / sizeof *terms, &observable));
    else TEST_MUST(kw_observable_diagonal(N, f->diagonal, (uint64_t)1 << N, &observable));
    return observable;
}

static kw_status gradient_of(const fixture *f, const kw_observable *observable, kw_precision precision, kw_rounding rounding,
                             double limit, double *value, double *gradient) {
    kw_state *ket = test_state(test_world(), N, precision, NULL), *bra = test_state(test_world(), N, precision, NULL);
    kw_state_set_rounding(ket, rounding, 1);
    kw_state_set_rounding(bra, rounding, 2);
    kw_state_limit_infidelity(ket, limit);
    const kw_status status = kw_plan_gradient(f->plan, f->theta, observable, ket, bra, value, gradient, NULL, NULL);
    kw_state_destroy(&bra);
    kw_state_destroy(&ket);
    return status;
}

/* |a - b| / |b| */
static double off(const double *a, const double *b, int count) {
    double difference = 0, norm = 0;
    for (int j = 0; j < count; ++j) {
        difference += (a[j] - b[j]) * (a[j] - b[j]);
        norm += b[j] * b[j];
    }
    return sqrt(difference / norm);
}

static void gradients_are_close(void **unused) {
    (void)unused;
    static const double most[KW_PRECISIONS] = {0, 1e-5, 1e-3, 0.2};
    if (!test_fits(test_world(), N, KW_S16)) return;
    fixture f = make();
    for (int kind = 0; kind < KINDS; ++kind) {
        double exact[MOST], found[MOST], value = 0, values[KW_PRECISIONS], error[KW_PRECISIONS];
        kw_observable *observable = observable_of(&f, kind);
        TEST_MUST(gradient_of(&f, observable, KW_DOUBLE, KW_ROUND_AUTO, 1, &value, exact));
        for (int r = KW_ROUND_NEAREST; r <= KW_ROUND_STOCHASTIC; ++r) {
            for (int p = KW_SINGLE; p < KW_PRECISIONS; ++p) {
                TEST_MUST(gradient_of(&f, observable, (kw_precision)p, (kw_rounding)r, 1, &values[p], found));
                error[p] = off(found, exact, f.parameters);
                if (!(error[p] < most[p] && fabs(values[p] - value) < most[p]))
                    fail_msg("observable %d, %s, %s: value off by %g, gradient by %g of its length", kind,
                             kw_precision_name((kw_precision)p), kw_rounding_name((kw_rounding)r), values[p] - value,
                             error[p]);
            }
            assert_true(error[KW_SINGLE] < error[KW_S16] && 30 * error[KW_S16] < error[KW_S8]);
        }
        kw_observable_destroy(&observable);
    }
    destroy(&f);
}

/* Between what the way forth loses and what both ways do. */
static void limits_hold_on_the_way_back(void **unused) {
    (void)unused;
    if (!test_fits(test_world(), N, KW_S8)) return;
    fixture f = make();
    double value = 0, gradient[MOST];
    kw_observable *observable = observable_of(&f, 1);
    kw_state *state = test_state(test_world(), N, KW_S8, NULL);
    TEST_MUST(kw_plan_run(f.plan, f.theta, state));
    const double forth = kw_state_infidelity(state).estimate;
    assert_int_equal(gradient_of(&f, observable, KW_S8, KW_ROUND_AUTO, forth / 2, &value, gradient), KW_E_INTERNAL);
    assert_int_equal(gradient_of(&f, observable, KW_S8, KW_ROUND_AUTO, forth * (1 + 1e-9), &value, gradient), KW_E_INTERNAL);
    assert_non_null(strstr(kw_error_message(), "max_infidelity"));
    TEST_MUST(gradient_of(&f, observable, KW_S8, KW_ROUND_AUTO, forth * 10, &value, gradient));
    kw_state_destroy(&state);
    kw_observable_destroy(&observable);
    destroy(&f);
}

static bool stop_at(void *context, uint64_t done, uint64_t steps) {
    (void)steps;
    return done < *(uint64_t *)context;
}

/* Ended behind every step, the last one too, and gone on with. */
static void stopped_runs_go_on(void **unused) {
    (void)unused;
    if (!test_fits(test_world(), N, KW_S16)) return;
    fixture f = make();
    for (int p = KW_S16; p <= KW_S8; ++p)
        for (int r = KW_ROUND_NEAREST; r <= KW_ROUND_STOCHASTIC; ++r) {
            kw_state *whole = test_state(test_world(), N, (kw_precision)p, NULL);
            kw_state *cut = test_state(test_world(), N, (kw_precision)p, NULL);
            kw_state_set_rounding(whole, (kw_rounding)r, 5);
            kw_state_set_rounding(cut, (kw_rounding)r, 5);
            TEST_MUST(kw_plan_run(f.plan, f.theta, whole));
            kw_status status = KW_E_STOPPED;
            for (uint64_t done = 0; status == KW_E_STOPPED; ++done) {
                uint64_t until = done + 1;
                status = kw_plan_run_watched(f.plan, f.theta, cut, done, stop_at, &until);
            }
            TEST_MUST(status);
            kw_complex *expected = test_amplitudes(whole);
            assert_true(test_distance(cut, expected) < 1e-6);
            assert_true(fabs(kw_state_norm2(cut) - 1) < 1e-6);
            const kw_infidelity one = kw_state_infidelity(whole), other = kw_state_infidelity(cut);
            assert_true(fabs(one.estimate - other.estimate) < 1e-6 * one.estimate);
            assert_true(fabs(kw_state_drift(whole) - kw_state_drift(cut)) < 1e-6);
            free(expected);
            kw_state_destroy(&whole);
            kw_state_destroy(&cut);
        }
    destroy(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_close),
        cmocka_unit_test(limits_hold_on_the_way_back),
        cmocka_unit_test(stopped_runs_go_on),
    };
    return TEST_RUN("packed gradient", tests);
}
