/* The autoencoder at given angles: bounds between its numbers, exact optima, one result on every process grid, digits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/autoencoder.h"
#include "support/run.h"
#include "support/world.h"

#define SPECTRUM "data.family=spectrum data.spectrum=0.4,0.2,0.2,0.1,0.1,0,0,0"

/* Everything the autoencoder says about one set of angles. */
typedef struct {
    double cost, slope[3]; /* by the gradient: first, middle and last component */
    double value;
    kw_qae_score train, test;
} answer;

static answer ask(kw_qae *q, const double *theta) {
    const size_t p = (size_t)q->forecast.parameters;
    double *g = malloc(p * sizeof *g);
    answer a;
    TEST_MUST(kw_qae_gradient(q, theta, &a.cost, g));
    a.slope[0] = g[0];
    a.slope[1] = g[p / 2];
    a.slope[2] = g[p - 1];
    TEST_MUST(kw_qae_value(q, 0, theta, &a.value));
    TEST_MUST(kw_qae_evaluate(q, theta, &a.train, &a.test, NULL));
    free(g);
    return a;
}

/* ---- inequalities ---- */

/* F + (1 - F) = 1,  C_L <= C_G <= k C_L,  F^2 <= F_rec <= F */
static void check_score(double fidelity, double infidelity, double cost_local, double reconstruction, int k) {
    const double e = 1e-12;
    assert_true(fidelity >= 0 && infidelity >= 0 && cost_local >= 0);
    assert_true(fabs(fidelity + infidelity - 1) < e);
    assert_true(cost_local <= infidelity + e && infidelity <= k * cost_local + e);
    assert_true(fidelity * fidelity <= reconstruction + e && reconstruction <= fidelity + e);
}

static void check_set(const kw_qae_score *score, const kw_qae_bound *bound, int k) {
    check_score(score->fidelity, score->infidelity, score->cost_local, score->reconstruction, k);
    assert_true(score->cost_global == score->infidelity);
    assert_true(score->fidelity <= bound->optimum + 1e-12);
    assert_true(score->infidelity >= bound->optimum_error - 1e-12);
    assert_true(bound->null_baseline <= bound->optimum + 1e-12);
    assert_true(fabs(bound->optimum + bound->optimum_error - 1) < 1e-12);
}

static void inequalities_hold_at_random_angles(void **unused) {
    (void)unused;
    static const char *const families[] = {
        "data.family=ghz-angle data.qubits=4 qae.latent=1 ansatz.name=hea",
        "data.family=ghz-phase data.qubits=8 qae.latent=0 ansatz.name=cerezo",
        "data.family=w-phase data.qubits=7 qae.latent=2 ansatz.name=ry-cnot data.test_members=3",
        "data.family=w-graded data.qubits=6 qae.trash=0,3,5 ansatz.name=u3-cu3 data.sampling=random",
        "data.family=dicke-phase data.weight=2 data.qubits=6 qae.latent=4 ansatz.name=romero-b ansatz.layers=1",
        "data.family=cerezo data.qubits=10 qae.latent=1 ansatz.name=cerezo ansatz.layers=4",
        "data.family=identical data.qubits=6 qae.latent=3 data.sampling=quadrature ansatz.name=hea ansatz.ring=yes",
        "data.family=stabilizer data.logical=3 data.qubits=8 qae.latent=2 data.test_members=3 ansatz.name=hea",
        "data.family=sector data.weight=3 data.qubits=6 qae.trash=1,2 ansatz.name=excitation-preserving",
        "data.family=ghz-phase data.qubits=7 qae.latent=1 ansatz.name=tree",
        "data.family=random data.qubits=6 qae.latent=5 data.members=7 data.test_members=2 ansatz.name=romero-a "
        "ansatz.layers=1",
        "data.family=tfim data.qubits=6 qae.latent=1 data.members=6 data.test_members=2",
        "data.family=heisenberg data.qubits=8 qae.latent=2 data.members=3 data.lanczos_memory=1 data.adiabatic_steps=20",
        SPECTRUM " data.qubits=5 qae.latent=2 ansatz.name=hea",
    };
    for (size_t i = 0; i < sizeof families / sizeof *families; ++i) {
        kw_config *config = test_config("%s", families[i]);
        kw_qae *q = test_autoencoder(test_world(), config);
        const int members = q->n_train + q->n_test, k = q->config.n_trash;
        kw_qae_result *results = calloc((size_t)members, sizeof *results);
        for (uint64_t seed = 1; seed <= 5; ++seed) {
            kw_qae_score train, test;
            double *theta = test_angles(q, seed);
            TEST_MUST(kw_qae_evaluate(q, theta, &train, &test, results));
            for (int j = 0; j < members; ++j) {
                const kw_qae_result *r = &results[j];
                check_score(r->fidelity, r->infidelity, r->cost_local, r->reconstruction, k);
            }
            check_set(&train, &q->train_bound, k);
            if (q->n_test) check_set(&test, &q->test_bound, k);
            free(theta);
        }
        free(results);
        kw_qae_destroy(&q);
        kw_config_destroy(&config);
    }
}

/* ---- optima ---- */

/* Through the whole set-up, members kept or made anew, spread over replicas or not. */
static void optima_are_those_of_theory(void **unused) {
    (void)unused;
    static const struct {
        const char *words;
        double error, relative; /* 1 - optimum, and to which digits it is known */
    } known[] = {
        {"data.family=ghz-phase data.sampling=quadrature data.qubits=8 qae.latent=0", 0.5, 1e-10},
        {"data.family=ghz-angle data.members=9 data.qubits=16 qae.latent=0", 0.5, 1e-10},
        {"data.family=w-phase data.sampling=quadrature data.qubits=12 qae.latent=3", 1 - 8.0 / 12, 1e-10},
        {"data.family=w-graded data.sampling=quadrature data.qubits=6 qae.latent=2", 3.0 / 21, 1e-10},
        {"data.family=dicke-phase data.weight=3 data.sampling=quadrature data.qubits=6 qae.latent=4", 0.2, 1e-10},
        {"data.family=identical data.sampling=quadrature data.qubits=9 qae.latent=3", 0.2, 1e-10},
        {"data.family=stabilizer data.logical=4 data.qubits=9 qae.latent=2", 0.75, 1e-10},
        {"data.family=cerezo data.qubits=11 qae.latent=0", 1.0 / 3, 1e-10},
        {SPECTRUM " data.qubits=4 qae.latent=2", 0.1, 1e-10},
        /* the values of free fermions, ring of 6, 20 fields */
        {"data.family=tfim data.qubits=6 data.members=20 qae.latent=0", 2.141e-2, 3e-4},
        {"data.family=tfim data.qubits=6 data.members=20 qae.latent=1", 6.867e-5, 3e-4},
        {"data.family=tfim data.qubits=6 data.members=20 qae.latent=2", 5.375e-10, 3e-4},
        {"data.family=tfim data.qubits=6 data.members=20 qae.latent=0 data.periodic=no", 2.964e-2, 3e-4},
    };
    static const char *const keep[] = {"yes", "no"};
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i)
        for (int k = 0; k < 2; ++k) {
            kw_config *config = test_config("%s data.keep=%s", known[i].words, keep[k]);
            kw_qae *q = test_autoencoder(test_world(), config);
            assert_int_equal(q->forecast.keep, k == 0);
            const kw_qae_bound *b = &q->train_bound;
            if (fabs(b->optimum_error / known[i].error - 1) > known[i].relative)
                fail_msg("%s: 1 - optimum = %.12e, expected %.12e", known[i].words, b->optimum_error, known[i].error);
            assert_true(fabs(b->optimum + b->optimum_error - 1) < 1e-12);
            kw_qae_destroy(&q);
            kw_config_destroy(&config);
        }
}

/* ---- process grids ---- */

static void check_near(double a, double b, double tolerance) {
    if (!(fabs(a - b) <= tolerance)) fail_msg("%.17g and %.17g differ", a, b);
}

static void check_same(const answer *a, const answer *b, double tolerance) {
    check_near(a->cost, b->cost, tolerance);
    check_near(a->value, b->value, tolerance);
    for (int i = 0; i < 3; ++i) check_near(a->slope[i], b->slope[i], 10 * tolerance);
    check_near(a->train.fidelity, b->train.fidelity, tolerance);
    check_near(a->train.reconstruction, b->train.reconstruction, tolerance);
    check_near(a->train.cost_local, b->train.cost_local, tolerance);
    check_near(a->test.infidelity, b->test.infidelity, tolerance);
    check_near(a->test.reconstruction, b->test.reconstruction, tolerance);
}

/* One process, and every cut of the world into replicas: the same costs, gradients, scores, bounds. */
static void every_grid_gives_the_same(void **unused) {
    (void)unused;
    static const char *const families[] = {
        "data.family=w-phase data.qubits=7 data.members=7 data.test_members=2 qae.latent=2 ansatz.name=hea",
        "data.family=tfim data.qubits=8 data.members=5 data.test_members=1 qae.trash=0,2,4,6 ansatz.name=cerezo",
        SPECTRUM " data.qubits=6 data.test_members=2 qae.latent=1 ansatz.name=romero-b ansatz.layers=1",
    };
    static const char *const costs[] = {"global", "local"}, *const precisions[] = {"double", "single"};
    const int ranks = kw_comm_size(test_world());
    for (size_t i = 0; i < 12; ++i)
        for (int s = 1; s <= ranks; s *= 2) {
            const bool single = i / 6;
            kw_config *config =
                test_config("%s train.cost=%s run.precision=%s", families[i % 3], costs[i / 3 % 2], precisions[single]);
            kw_config *cut = test_config("%s train.cost=%s run.precision=%s run.ranks_per_state=%d", families[i % 3],
                                         costs[i / 3 % 2], precisions[single], s);
            kw_qae *alone = test_autoencoder(kw_comm_self(), config), *q = test_autoencoder(test_world(), cut);
            assert_int_equal(q->forecast.ranks_per_state, s);
            assert_int_equal(q->forecast.replicas, ranks / s);
            double *theta = test_angles(q, i + 1);
            const answer one = ask(alone, theta), all = ask(q, theta);
            check_same(&one, &all, single ? 1e-5 : 1e-12);
            check_near(one.value, one.cost, single ? 1e-5 : 1e-12);
            check_near(one.value, i / 3 % 2 ? one.train.cost_local : one.train.cost_global, single ? 1e-5 : 1e-12);
            check_near(alone->train_bound.optimum, q->train_bound.optimum, single ? 1e-5 : 1e-12);
            check_near(alone->test_bound.null_baseline, q->test_bound.null_baseline, single ? 1e-5 : 1e-12);
            free(theta);
            kw_qae_destroy(&q);
            kw_qae_destroy(&alone);
            kw_config_destroy(&cut);
            kw_config_destroy(&config);
        }
}

/* The gradient over the ensemble is the slope of the value. */
static void gradients_are_slopes(void **unused) {
    (void)unused;
    static const char *const costs[] = {"global", "local"};
    const double h = 1e-5;
    for (int c = 0; c < 2; ++c) {
        kw_config *config = test_config("data.family=cerezo data.qubits=5 ansatz.name=hea train.cost=%s", costs[c]);
        kw_qae *q = test_autoencoder(test_world(), config);
        double *theta = test_angles(q, 7), f, above, below;
        double *g = malloc((size_t)q->forecast.parameters * sizeof *g);
        TEST_MUST(kw_qae_gradient(q, theta, &f, g));
        for (int j = 0; j < q->forecast.parameters; ++j) {
            const double at = theta[j];
            theta[j] = at + h;
            TEST_MUST(kw_qae_value(q, 0, theta, &above));
            theta[j] = at - h;
            TEST_MUST(kw_qae_value(q, 0, theta, &below));
            theta[j] = at;
            check_near(g[j], (above - below) / (2 * h), 1e-9);
        }
        free(g);
        free(theta);
        kw_qae_destroy(&q);
        kw_config_destroy(&config);
    }
}

/* ---- shots ---- */

/* Costs from shots scatter around the exact one as counts do, differ between evaluations, and come again with their number;
 * every member has shots of its own, so that their scatter adds up in squares. */
static void shots_scatter_like_counts(void **unused) {
    (void)unused;
    enum { EVALUATIONS = 400, SHOTS = 50, MEMBERS = 4 };
    kw_config *config = test_config("data.family=stabilizer data.logical=2 data.qubits=4 qae.latent=0 train.cost=global "
                                    "train.optimiser=spsa train.shots=%d ansatz.name=hea",
                                    SHOTS);
    kw_qae *q = test_autoencoder(test_world(), config);
    double *theta = test_angles(q, 2), mean = 0, square = 0, variance = 0, first, again;
    kw_qae_result results[MEMBERS];
    kw_qae_score train, test;
    assert_int_equal(q->n_train, MEMBERS);
    TEST_MUST(kw_qae_evaluate(q, theta, &train, &test, results));
    for (int i = 0; i < MEMBERS; ++i) variance += results[i].fidelity * results[i].infidelity / (SHOTS * MEMBERS * MEMBERS);
    assert_true(variance > 1e-5);
    for (uint64_t evaluation = 0; evaluation < EVALUATIONS; ++evaluation) {
        double f;
        TEST_MUST(kw_qae_value(q, evaluation, theta, &f));
        assert_true(fabs(f * SHOTS * MEMBERS - round(f * SHOTS * MEMBERS)) < 1e-9);
        mean += f / EVALUATIONS;
        square += (f - train.cost_global) * (f - train.cost_global) / EVALUATIONS;
    }
    if (fabs(mean - train.cost_global) > 4 * sqrt(variance / EVALUATIONS))
        fail_msg("mean %.6f, exact %.6f", mean, train.cost_global);
    assert_true(fabs(square / variance - 1) < 4 * sqrt(2.0 / EVALUATIONS));
    TEST_MUST(kw_qae_value(q, 7, theta, &first));
    TEST_MUST(kw_qae_value(q, 7, theta, &again));
    assert_true(first == again);
    free(theta);
    kw_qae_destroy(&q);
    kw_config_destroy(&config);
}

/* ---- digits ---- */

/* At zero angles every member is a basis state that keeps its place up to signs; RY(a) on one trash qubit then gives
 * 1 - F = sin^2(a/2), RY(pi - a) on all of them F = sin^2(a/2)^k. */
static void small_and_tiny_weights_keep_their_digits(void **unused) {
    (void)unused;
    enum { N = 10, LATENT = 3, K = N - LATENT };
    static const char *const precisions[] = {"double", "single"};
    static const double angles[] = {1e-3, 1e-7, 1e-9}, relative[] = {1e-9, 1e-4};
    for (int single = 0; single < 2; ++single) {
        kw_config *config = test_config("data.family=cerezo data.qubits=%d qae.latent=%d train.cost=global run.precision=%s",
                                        N, LATENT, precisions[single]);
        kw_qae *q = test_autoencoder(test_world(), config);
        const size_t p = (size_t)q->forecast.parameters;
        double *theta = calloc(p, sizeof *theta), *g = calloc(p, sizeof *g), f;
        for (int i = 0; i < 3; ++i) {
            kw_qae_score train, test;
            const double weight = pow(sin(angles[i] / 2), 2);
            memset(theta, 0, p * sizeof *theta);
            theta[LATENT + 2] = angles[i]; /* the first layer turns qubit q by angle q */
            TEST_MUST(kw_qae_evaluate(q, theta, &train, &test, NULL));
            assert_true(fabs(train.infidelity / weight - 1) < relative[single]);
            assert_true(fabs(train.cost_local / (weight / K) - 1) < relative[single]);
            TEST_MUST(kw_qae_gradient(q, theta, &f, g));
            assert_true(fabs(f / weight - 1) < relative[single]);
            assert_true(fabs(g[LATENT + 2] / (sin(angles[i]) / 2) - 1) < relative[single]);
        }
        kw_qae_score train, test;
        const double weight = pow(sin(0.05 / 2), 2);
        memset(theta, 0, p * sizeof *theta);
        for (int qubit = LATENT; qubit < N; ++qubit) theta[qubit] = M_PI - 0.05;
        TEST_MUST(kw_qae_evaluate(q, theta, &train, &test, NULL));
        assert_true(fabs(train.fidelity / pow(weight, K) - 1) < relative[single]);
        free(g);
        free(theta);
        kw_qae_destroy(&q);
        kw_config_destroy(&config);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inequalities_hold_at_random_angles), cmocka_unit_test(optima_are_those_of_theory),
        cmocka_unit_test(every_grid_gives_the_same),          cmocka_unit_test(gradients_are_slopes),
        cmocka_unit_test(shots_scatter_like_counts),          cmocka_unit_test(small_and_tiny_weights_keep_their_digits),
    };
    return TEST_RUN("autoencoder", tests);
}
