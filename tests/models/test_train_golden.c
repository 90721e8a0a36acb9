/* Quantum-Train against numbers of an independent framework: losses and gradients by op-by-op automatic differentiation in
 * float64, PyTorch 1.13.1, of the first batches of MNIST.  Needs KETWALL_DATA_DIR. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/train_fixture.h"
#include "support/run.h"
#include "support/world.h"

#define SEED                                                                                                                \
    "data.set=mnist\ndata.shuffle=no\nansatz.name=ry-cnot\nansatz.layers=8\ngenerator.hidden=20\n"                          \
    "generator.activation=relu\ntrain.batch=64\ntrain.clip=10\ntrain.learning_rate=5e-4\n"
#define PAPER                                                                                                               \
    "data.set=mnist\ndata.shuffle=no\ndata.normalise=half\nansatz.name=u3-cu3\nansatz.layers=16\nansatz.ring=yes\n"         \
    "cnn.layers=conv 8 5, pool 2, conv 12 5, pool 2, dense 20, dense 10\ngenerator.hidden=4,20,4\n"                         \
    "generator.activation=none\ngenerator.signs=yes\ngenerator.scaling=tanh\ngenerator.centre_input=yes\n"                  \
    "generator.centre_weights=yes\ntrain.batch=128\ntrain.learning_rate=1e-4\ntrain.weight_decay=1e-5\n"                    \
    "train.epsilon=1e-6\n"

/* |gradient| of consecutive parameters, and the first one of them. */
typedef struct {
    size_t count;
    double norm, first;
} part;

typedef struct {
    const char *lines;
    void (*start)(double *x, size_t count);
    const part *parts;
    size_t n_parts;
    const double *losses;
    size_t n_losses;
    double norm, theta0;                                           /* of the whole gradient (0: not known); first weight */
    double double_tolerance, single_tolerance, gradient_tolerance; /* relative; the last: of single gradients */
} golden;

static void start_a(double *x, size_t count) {
    for (size_t i = 0; i < count; ++i) x[i] = 0;
    for (size_t i = 0; i < 104; ++i) x[i] = 0.1 * sin((double)i + 1);
    for (size_t j = 0; j < 280; ++j) x[104 + j] = 0.1 * cos((double)j + 1);
    for (size_t j = 0; j < 20; ++j) x[404 + j] = 0.1 * cos((double)j + 1);
}

static void start_b(double *x, size_t count) {
    start_a(x, count);
    for (size_t i = 0; i < count; ++i) x[i] *= i < 104 ? 10 : 3;
}

/* A block: (theta, phi, lambda) of every wire's U3, then of every CU3. */
static void start_paper(double *x, size_t count) {
    static const int width[] = {14, 4, 20, 4, 1};
    for (size_t i = 0; i < count; ++i) x[i] = 0;
    for (size_t i = 0; i < 624; ++i) {
        const size_t block = i / 39, within = i % 39;
        x[78 * block + within] = sin((double)i + 1);
        x[78 * block + 39 + within] = cos((double)i + 1);
    }
    size_t at = 1248;
    for (int l = 1; l < 5; ++l) {
        for (int j = 0; j < width[l] * width[l - 1]; ++j) x[at++] = 0.3 * cos((double)j + 1);
        at += (size_t)width[l];
    }
}

static const part parts_a[] = {{104, 4.873389280864275e-06, 3.5261892592661504e-09},
                               {280, 0.0553042736876663, 0.0032697675779585003},
                               {20, 0.029908933772547087, 0.005983535717546765},
                               {20, 0.05304053137577284, 0.01713154456720128},
                               {1, 0.15722563256572014, 0.15722563256572014}};
static const double losses_a[] = {2.302936937208838,  2.302986988443376,  2.3029470080594376, 2.302341478187342,
                                  2.302529230940768,  2.302181172540914,  2.302162619645221,  2.301305439113289,
                                  2.3020007328917655, 2.3017087144259545, 2.3045504102680336};
static const part parts_b[] = {{104, 0.025503417919693867, -0.00162071929628483},
                               {280, 1809.944874007416, 70.80355696969977},
                               {20, 1287.6647713518778, 300.86950467921747},
                               {20, 2024.2714785976602, 709.7360123139073},
                               {1, 2495.408336738233, 2495.408336738233}};
static const double losses_b[] = {64.03050002140613,  47.32802355506756,  37.486326338498,   26.385928552996234,
                                  18.5573125643391,   13.977416313140003, 9.518633627463496, 7.5395074912466455,
                                  5.8003701100514355, 4.133667283952865,  3.8340852212019465};
/* Angles, then weights and biases of the four layers; the weights' mean is subtracted, so the biases have no gradient. */
static const part parts_paper[] = {{1248, 0.012152789239742728, -0.0001446403381374165},
                                   {56, 0.4416040017104813, 0.0306891381482833},
                                   {4, 0, 0},
                                   {80, 3.08717767471005, 0.584861113073013},
                                   {20, 0, 0},
                                   {80, 2.8335943357554534, 0.3262218842930304},
                                   {4, 0, 0},
                                   {4, 0.5141140302181532, 0.2711338863590955},
                                   {1, 0, 0}};
static const double losses_paper[] = {2.3371694612582146, 2.311135524119952, 2.3153656837294405,
                                      2.3018117577896966, 2.297773135573018, 2.3094467190955825};

static const golden case_a = {SEED,  start_a, parts_a, 5, losses_a, 11, 0.17744380669833482, 0.00017366450218410986,
                              1e-10, 2e-5,    2e-4};
static const golden case_b = {SEED,  start_b, parts_b, 5, losses_b, 11, 3906.241006018889, 1.3583103873122027e-06,
                              1e-10, 2e-4,    2e-5};
static const golden case_paper = {PAPER, start_paper,           parts_paper, 1,    losses_paper, 6,
                                  0,     -0.006437287402726709, 1e-10,       2e-5, 2e-4};

static double norm(const double *g, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += g[i] * g[i];
    return sqrt(sum);
}

static void close_to(double value, double expected, double relative, const char *what) {
    if (!(fabs(value - expected) <= relative * fabs(expected)))
        fail_msg("%s: %.17g, expected %.17g to %g", what, value, expected, relative);
}

typedef struct {
    const golden *about;
    train_fixture *fixture;
    bool single;
    double *first_gradient;
} course;

static kw_status gradient(void *context, uint64_t evaluation, const double *x, double *f, double *g) {
    course *c = context;
    const kw_status status = kw_train_step(c->fixture->train, evaluation, evaluation, x, f, g);
    const double tolerance = c->single ? c->about->single_tolerance : c->about->double_tolerance;
    char what[32];
    snprintf(what, sizeof what, "loss of step %d", (int)evaluation);
    close_to(*f, c->about->losses[evaluation], tolerance, what);
    return status;
}

/* Gradients of step 0 without clipping and decay, then the losses of the first steps as Adam goes. */
static void follow(const golden *about, bool single) {
    if (!getenv("KETWALL_DATA_DIR")) {
        print_message("skipped: KETWALL_DATA_DIR is not set, MNIST is needed\n");
        skip();
    }
    char lines[2048];
    snprintf(lines, sizeof lines, "%srun.precision=%s\n", about->lines, single ? "single" : "double");
    course c = {about, train_make(test_world(), lines), single, NULL};
    kw_train *t = c.fixture->train;
    const size_t p = kw_generator_parameters(t->generator);
    double *x = calloc(2 * p, sizeof *x), *g = x + p, f, clip = c.fixture->config.clip;
    const double decay = c.fixture->config.weight_decay, tolerance = single ? about->gradient_tolerance : 1e-9;
    about->start(x, p);
    c.fixture->config.clip = c.fixture->config.weight_decay = 0;
    TEST_MUST(kw_train_step(t, 0, 0, x, &f, g));
    close_to(f, about->losses[0], single ? 1e-6 : 1e-12, "loss");
    size_t at = 0;
    for (size_t i = 0; i < about->n_parts; at += about->parts[i++].count) {
        const part *here = &about->parts[i];
        if (here->norm == 0) {
            assert_true(norm(g + at, here->count) < (single ? 1e-4 : 1e-12));
            continue;
        }
        close_to(g[at], here->first, single ? 50 * tolerance : 1e-7, "first number of a part of the gradient");
        close_to(norm(g + at, here->count), here->norm, tolerance, "a part");
    }
    if (about->norm > 0) close_to(norm(g, p), about->norm, tolerance, "the gradient");
    TEST_MUST(kw_train_generate(t, 0, x));
    if (fabs(t->theta[0] - about->theta0) > (single ? 1e-6 : 1e-12)) fail_msg("theta_0 is %.17g", t->theta[0]);
    c.fixture->config.clip = clip;
    c.fixture->config.weight_decay = decay;
    kw_optimiser *optimiser = NULL;
    kw_optimiser_config config = c.fixture->config.training.optimiser;
    config.max_steps = about->n_losses;
    TEST_MUST(kw_optimiser_create(&config, p, x, &optimiser));
    TEST_MUST(kw_optimiser_run(optimiser, test_world(), &(kw_problem){.gradient = gradient, .context = &c}));
    kw_optimiser_destroy(&optimiser);
    train_free(c.fixture);
    free(x);
}

static void test_a_double(void **state) {
    (void)state;
    follow(&case_a, false);
}
static void test_a_single(void **state) {
    (void)state;
    follow(&case_a, true);
}
static void test_b_double(void **state) {
    (void)state;
    follow(&case_b, false);
}
static void test_b_single(void **state) {
    (void)state;
    follow(&case_b, true);
}
static void test_paper_double(void **state) {
    (void)state;
    follow(&case_paper, false);
}
static void test_paper_single(void **state) {
    (void)state;
    follow(&case_paper, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_double),     cmocka_unit_test(test_a_single),
                                       cmocka_unit_test(test_b_double),     cmocka_unit_test(test_b_single),
                                       cmocka_unit_test(test_paper_double), cmocka_unit_test(test_paper_single)};
    return TEST_RUN("train_golden", tests);
}
