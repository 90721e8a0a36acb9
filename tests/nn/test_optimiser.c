/* Optimisers: they find known minima, a run resumed after any step continues bit for bit, and failures reach all ranks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "ketwall/optimiser.h"
#include "support/world.h"

#define P         5
#define STEPS_MAX 4000

#define SUCCEEDS(call)                                                                                                      \
    do {                                                                                                                    \
        if ((call) != KW_OK) fail_msg("%s: %s", #call, kw_error_message());                                                 \
    } while (0)

static const double start[P] = {1.0, -0.5, 2.0, 0.25, -1.5};

/* What the step callback saw, and what it shall answer. */
typedef struct {
    double (*cost)(const double *x, double *g);
    kw_optimiser *optimiser;
    uint64_t steps[STEPS_MAX], evaluations;
    double x[STEPS_MAX][P], f[STEPS_MAX];
    double *states[STEPS_MAX]; /* exported after each step, if `keep` */
    size_t sizes[STEPS_MAX];
    int count;
    bool keep;
    int stop_at; /* answers KW_E_STOPPED on rank `stop_rank` after this many steps; 0: never */
    int stop_rank;
    uint64_t fail_at; /* evaluation that fails, counted from 1; 0: none */
} witness;

/* sum_i (i + 1) (x_i - cos i)^2: minimum 0 at x_i = cos i */
static double bowl(const double *x, double *g) {
    double f = 0.0;
    for (int i = 0; i < P; ++i) {
        const double away = x[i] - cos(i);
        f += (i + 1) * away * away;
        if (g) g[i] = 2 * (i + 1) * away;
    }
    return f;
}

/* Rosenbrock's valley: minimum 0 at (1, ..., 1) */
static double valley(const double *x, double *g) {
    double f = 0.0;
    if (g) memset(g, 0, P * sizeof *g);
    for (int i = 0; i + 1 < P; ++i) {
        const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
        f += 100 * a * a + b * b;
        if (g) {
            g[i] += -400 * x[i] * a - 2 * b;
            g[i + 1] += 200 * a;
        }
    }
    return f;
}

/* Many minima, as costs of circuits have: 1 - prod_i cos^2((x_i + i x_{i+1}) / 2) */
static double hills(const double *x, double *g) {
    double f = 1.0;
    for (int i = 0; i < P; ++i) {
        const double c = cos((x[i] + i * x[(i + 1) % P]) / 2);
        f *= c * c;
    }
    if (!g) return 1 - f;
    memset(g, 0, P * sizeof *g);
    for (int i = 0; i < P; ++i) {
        const double slope = f * tan((x[i] + i * x[(i + 1) % P]) / 2);
        g[i] += slope;
        g[(i + 1) % P] += i * slope;
    }
    return 1 - f;
}

static double never_finite(const double *x, double *g) {
    (void)x;
    (void)g;
    return NAN;
}

static double lost_gradient(const double *x, double *g) {
    const double f = valley(x, g);
    if (g) g[P - 1] = NAN;
    return f;
}

/* Everybody must be asked for the same point. */
static void same_everywhere(const double *x) {
    double other[P];
    memcpy(other, x, sizeof other);
    kw_comm_broadcast(test_world(), other, sizeof other, 0);
    assert_memory_equal(other, x, sizeof other);
}

static kw_status gradient(void *context, uint64_t evaluation, const double *x, double *f, double *g) {
    witness *w = context;
    assert_int_equal(evaluation, w->evaluations++);
    same_everywhere(x);
    *f = w->cost(x, g);
    if (w->fail_at == w->evaluations) return kw_fail(KW_E_INPUT, "this evaluation fails");
    return KW_OK;
}

static kw_status value(void *context, uint64_t evaluation, const double *x, double *f) {
    return gradient(context, evaluation, x, f, NULL);
}

static kw_status step(void *context, uint64_t number, const double *x, double f, const double *g) {
    witness *w = context;
    double expected[P];
    if (g) {
        w->cost(x, expected);
        assert_memory_equal(g, expected, sizeof expected);
    }
    w->steps[w->count] = number;
    w->f[w->count] = f;
    memcpy(w->x[w->count], x, sizeof w->x[0]);
    assert_int_equal(kw_optimiser_steps(w->optimiser), number + 1);
    if (w->keep) {
        w->sizes[w->count] = kw_optimiser_state_size(w->optimiser);
        w->states[w->count] = malloc(w->sizes[w->count] * sizeof(double));
        kw_optimiser_export(w->optimiser, w->states[w->count]);
    }
    ++w->count;
    if (w->stop_at == w->count && kw_comm_rank(test_world()) == w->stop_rank)
        return kw_fail(KW_E_STOPPED, "rank %d was told to stop", w->stop_rank);
    return KW_OK;
}

static kw_optimiser_config config_of(kw_optimiser_kind kind, uint64_t max_steps) {
    return (kw_optimiser_config){.kind = kind,
                                 .max_steps = max_steps,
                                 .learning_rate = kind == KW_OPTIMISER_SPSA ? 0.1 : 0.05,
                                 .beta1 = 0.9,
                                 .beta2 = 0.999,
                                 .epsilon = 1e-8,
                                 .spsa_c = 0.1,
                                 .spsa_alpha = 0.602,
                                 .spsa_gamma = 0.101,
                                 .spsa_stability = 10,
                                 .initial_step = 0.5,
                                 .seed = 42};
}

static witness *witness_create(double (*cost)(const double *, double *)) {
    witness *w = calloc(1, sizeof *w);
    w->cost = cost;
    return w;
}

static void witness_destroy(witness *w) {
    for (int i = 0; i < w->count; ++i) free(w->states[i]);
    kw_optimiser_destroy(&w->optimiser);
    free(w);
}

static kw_status run(witness *w, const kw_optimiser_config *config) {
    if (!w->optimiser) SUCCEEDS(kw_optimiser_create(config, P, start, &w->optimiser));
    const kw_problem problem = {.value = value, .gradient = gradient, .step = step, .context = w};
    return kw_optimiser_run(w->optimiser, test_world(), &problem);
}

static void finds_minimum(kw_optimiser_kind kind, double (*cost)(const double *, double *), uint64_t steps,
                          double tolerance) {
    witness *w = witness_create(cost);
    const kw_optimiser_config config = config_of(kind, steps);
    SUCCEEDS(run(w, &config));
    same_everywhere(kw_optimiser_x(w->optimiser));
    const double f = cost(kw_optimiser_x(w->optimiser), NULL);
    if (!(f < tolerance)) fail_msg("kind %d: cost %g after %d steps", (int)kind, f, w->count);
    uint64_t values, gradients;
    if (kw_optimiser_fixed_evaluations(&config, &values, &gradients)) {
        assert_int_equal(values + gradients, w->evaluations);
        assert_int_equal(kw_optimiser_steps(w->optimiser), steps);
    } else {
        assert_true(w->evaluations <= steps);
    }
    assert_int_equal(kw_optimiser_evaluations(w->optimiser), w->evaluations);
    witness_destroy(w);
}

static void known_minima(void **state) {
    (void)state;
    finds_minimum(KW_OPTIMISER_ADAM, bowl, 1000, 1e-10);
    finds_minimum(KW_OPTIMISER_LBFGS, bowl, 100, 1e-16);
    finds_minimum(KW_OPTIMISER_LBFGS, valley, 400, 1e-12);
    finds_minimum(KW_OPTIMISER_COBYLA, bowl, 1000, 1e-8);
    finds_minimum(KW_OPTIMISER_SPSA, bowl, 2000, 1e-4);
}

/* NLopt's own limit is not looked at inside of a line search. */
static void never_more_evaluations_than_asked_for(void **state) {
    (void)state;
    for (uint64_t most = 1; most <= 60; ++most) {
        witness *w = witness_create(hills);
        const kw_optimiser_config config = config_of(KW_OPTIMISER_LBFGS, most);
        SUCCEEDS(run(w, &config));
        assert_true(w->evaluations <= most); /* fewer: NLopt looks at its limit before it is reached */
        assert_int_equal(w->count, w->evaluations);
        witness_destroy(w);
    }
}

/* The first steps of Adam by hand: with bias correction the first step is the learning rate times the gradient's sign. */
static void adam_first_step(void **state) {
    (void)state;
    witness *w = witness_create(bowl);
    const kw_optimiser_config config = config_of(KW_OPTIMISER_ADAM, 1);
    double g[P];
    bowl(start, g);
    SUCCEEDS(run(w, &config));
    for (int i = 0; i < P; ++i) {
        const double expected = start[i] - 0.05 * g[i] / (fabs(g[i]) + 1e-8);
        assert_true(fabs(kw_optimiser_x(w->optimiser)[i] - expected) < 1e-15);
    }
    assert_memory_equal(w->x[0], start, sizeof start);
    witness_destroy(w);
}

/* SPSA's directions are coins: over many steps, components are uncorrelated and fair. */
static void spsa_directions(void **state) {
    (void)state;
    enum { STEPS = 2000 };
    witness *w = witness_create(valley);
    kw_optimiser_config config = config_of(KW_OPTIMISER_SPSA, STEPS);
    config.learning_rate = 1e-6; /* stays near the start: successive differences show the directions */
    SUCCEEDS(run(w, &config));
    double agree[P] = {0};
    for (int k = 0; k + 1 < STEPS; ++k) {
        const double first = w->x[k + 1][0] - w->x[k][0];
        for (int i = 1; i < P; ++i) {
            const double other = w->x[k + 1][i] - w->x[k][i];
            assert_true(fabs(fabs(first) - fabs(other)) < 1e-12);
            agree[i] += first * other > 0 ? 1 : -1;
        }
    }
    for (int i = 1; i < P; ++i) assert_true(fabs(agree[i]) < 4 * sqrt(STEPS));
    witness_destroy(w);
}

static void resumes_everywhere(kw_optimiser_kind kind, uint64_t steps) {
    const kw_optimiser_config config = config_of(kind, steps);
    witness *whole = witness_create(valley);
    whole->keep = true;
    SUCCEEDS(run(whole, &config));
    assert_true(whole->count > 10);
    for (int k = 0; k < whole->count; ++k) {
        witness *rest = witness_create(valley);
        rest->keep = true;
        SUCCEEDS(kw_optimiser_create(&config, P, start, &rest->optimiser));
        SUCCEEDS(kw_optimiser_import(rest->optimiser, whole->states[k], whole->sizes[k]));
        assert_int_equal(kw_optimiser_steps(rest->optimiser), k + 1);
        rest->evaluations = kw_optimiser_evaluations(rest->optimiser);
        SUCCEEDS(run(rest, &config));
        assert_int_equal(rest->count, whole->count - k - 1);
        for (int i = 0; i < rest->count; ++i) {
            const int j = k + 1 + i;
            assert_int_equal(rest->steps[i], j);
            assert_memory_equal(rest->x[i], whole->x[j], sizeof whole->x[j]);
            assert_memory_equal(&rest->f[i], &whole->f[j], sizeof whole->f[j]);
            assert_int_equal(rest->sizes[i], whole->sizes[j]);
            assert_memory_equal(rest->states[i], whole->states[j], whole->sizes[j] * sizeof(double));
        }
        assert_memory_equal(kw_optimiser_x(rest->optimiser), kw_optimiser_x(whole->optimiser), sizeof start);
        assert_int_equal(rest->evaluations, whole->evaluations);
        witness_destroy(rest);
    }
    witness_destroy(whole);
}

static void resume(void **state) {
    (void)state;
    resumes_everywhere(KW_OPTIMISER_ADAM, 60);
    resumes_everywhere(KW_OPTIMISER_SPSA, 60);
    resumes_everywhere(KW_OPTIMISER_LBFGS, 200);
    resumes_everywhere(KW_OPTIMISER_COBYLA, 60);
}

static void resume_with_more_steps(void **state) {
    (void)state;
    for (int kind = 0; kind < KW_OPTIMISER_KINDS; ++kind) {
        const kw_optimiser_config brief = config_of((kw_optimiser_kind)kind, 20),
                                  full = config_of((kw_optimiser_kind)kind, 35);
        witness *whole = witness_create(valley), *half = witness_create(valley), *rest = witness_create(valley);
        half->keep = true;
        SUCCEEDS(run(whole, &full));
        SUCCEEDS(run(half, &brief));
        SUCCEEDS(kw_optimiser_create(&full, P, start, &rest->optimiser));
        SUCCEEDS(kw_optimiser_import(rest->optimiser, half->states[19], half->sizes[19]));
        rest->evaluations = kw_optimiser_evaluations(rest->optimiser);
        SUCCEEDS(run(rest, &full));
        assert_memory_equal(kw_optimiser_x(rest->optimiser), kw_optimiser_x(whole->optimiser), sizeof start);
        witness_destroy(whole);
        witness_destroy(half);
        witness_destroy(rest);
    }
}

static void stops(void **state) {
    (void)state;
    const int last = kw_comm_size(test_world()) - 1;
    for (int kind = 0; kind < KW_OPTIMISER_KINDS; ++kind)
        for (int stop_rank = 0; stop_rank <= last; stop_rank += last ? last : 1) {
            const kw_optimiser_config config = config_of((kw_optimiser_kind)kind, 30);
            witness *w = witness_create(valley), *whole = witness_create(valley);
            w->stop_at = 7;
            w->stop_rank = stop_rank;
            assert_int_equal(run(w, &config), KW_E_STOPPED);
            assert_non_null(strstr(kw_error_message(), "told to stop"));
            assert_int_equal(w->count, 7);
            assert_int_equal(kw_optimiser_steps(w->optimiser), 7);
            /* and the same object goes on */
            SUCCEEDS(run(w, &config));
            SUCCEEDS(run(whole, &config));
            assert_memory_equal(kw_optimiser_x(w->optimiser), kw_optimiser_x(whole->optimiser), sizeof start);
            witness_destroy(w);
            witness_destroy(whole);
        }
}

static void failing_cost(void **state) {
    (void)state;
    for (int kind = 0; kind < KW_OPTIMISER_KINDS; ++kind) {
        const kw_optimiser_config config = config_of((kw_optimiser_kind)kind, 30);
        witness *w = witness_create(valley), *nan = witness_create(never_finite);
        w->fail_at = 6;
        assert_int_equal(run(w, &config), KW_E_INPUT);
        assert_string_equal(kw_error_message(), "this evaluation fails");
        assert_int_equal(w->evaluations, 6);
        assert_int_equal(run(nan, &config), KW_E_INTERNAL);
        assert_int_equal(nan->count, 0);
        if (kind == KW_OPTIMISER_ADAM || kind == KW_OPTIMISER_LBFGS) {
            witness *lost = witness_create(lost_gradient);
            assert_int_equal(run(lost, &config), KW_E_INTERNAL);
            assert_non_null(strstr(kw_error_message(), "gradient of evaluation 0"));
            witness_destroy(lost);
        }
        witness_destroy(w);
        witness_destroy(nan);
    }
}

static void unknown_kind(void **state) {
    (void)state;
    const kw_optimiser_config config = {.kind = KW_OPTIMISER_KINDS};
    kw_optimiser *optimiser = NULL;
    const double x = 0;
    assert_int_equal(kw_optimiser_create(&config, 1, &x, &optimiser), KW_E_ARG);
    assert_null(optimiser);
}

static void refused_states(void **state) {
    (void)state;
    for (int kind = 0; kind < KW_OPTIMISER_KINDS; ++kind) {
        const kw_optimiser_config config = config_of((kw_optimiser_kind)kind, 12);
        kw_optimiser_config other = config_of((kw_optimiser_kind)((kind + 1) % KW_OPTIMISER_KINDS), 12);
        witness *w = witness_create(valley);
        w->keep = true;
        SUCCEEDS(run(w, &config));
        const size_t size = w->sizes[11];
        double *stored = malloc((size + 1) * sizeof *stored);
        kw_optimiser *fresh, *foreign, *wider;
        double wide[P + 1] = {0};
        SUCCEEDS(kw_optimiser_create(&config, P, start, &fresh));
        SUCCEEDS(kw_optimiser_create(&other, P, start, &foreign));
        SUCCEEDS(kw_optimiser_create(&config, P + 1, wide, &wider));
        memcpy(stored, w->states[11], size * sizeof *stored);
        stored[size] = 0.0;
        assert_int_equal(kw_optimiser_import(fresh, stored, size - 1), KW_E_IO);
        assert_int_equal(kw_optimiser_import(fresh, stored, size + 1), KW_E_IO);
        assert_int_equal(kw_optimiser_import(fresh, stored, 0), KW_E_IO);
        assert_int_equal(kw_optimiser_import(foreign, stored, size), KW_E_IO);
        assert_int_equal(kw_optimiser_import(wider, stored, size), KW_E_IO);
        stored[size - 1] = NAN;
        assert_int_equal(kw_optimiser_import(fresh, stored, size), KW_E_IO);
        assert_int_equal(kw_optimiser_steps(fresh), 0);
        assert_memory_equal(kw_optimiser_x(fresh), start, sizeof start);
        kw_optimiser_destroy(&fresh);
        kw_optimiser_destroy(&foreign);
        kw_optimiser_destroy(&wider);
        free(stored);
        witness_destroy(w);
    }
}

static void foreign_log(void **state) {
    (void)state;
    const kw_optimiser_config config = config_of(KW_OPTIMISER_LBFGS, 30);
    witness *w = witness_create(valley), *rest = witness_create(valley);
    double elsewhere[P] = {0};
    w->keep = true;
    SUCCEEDS(run(w, &config));
    SUCCEEDS(kw_optimiser_create(&config, P, elsewhere, &rest->optimiser));
    SUCCEEDS(kw_optimiser_import(rest->optimiser, w->states[9], w->sizes[9]));
    assert_int_equal(run(rest, &config), KW_E_IO);
    assert_non_null(strstr(kw_error_message(), "do not replay"));
    assert_int_equal(rest->count, 0);
    witness_destroy(w);
    witness_destroy(rest);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_minima),    cmocka_unit_test(never_more_evaluations_than_asked_for),
        cmocka_unit_test(adam_first_step), cmocka_unit_test(spsa_directions),
        cmocka_unit_test(resume),          cmocka_unit_test(resume_with_more_steps),
        cmocka_unit_test(stops),           cmocka_unit_test(failing_cost),
        cmocka_unit_test(refused_states),  cmocka_unit_test(unknown_kind),
        cmocka_unit_test(foreign_log),
    };
    return TEST_RUN("optimiser", tests);
}
