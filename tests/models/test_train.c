/* Quantum-Train: exact gradients of every choice against finite differences, independence of the ranks, the options that
 * change what is trained. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/rng.h"
#include "models/generator_internal.h"
#include "models/train_fixture.h"
#include "support/folder.h"
#include "support/run.h"
#include "support/world.h"

/* A network of 782 weights for 10 qubits, on 48 drawn digits; activations without kinks, so that differences exist. */
#define SMALL                                                                                                               \
    "data.train=48\ndata.validation=16\ndata.test=32\ntrain.batch=32\nansatz.layers=2\nansatz.start_width=0.4\n"            \
    "ansatz.start=small\ngenerator.gain=2\ngenerator.hidden=6\ncnn.layers=conv 2 5, pool 4, dense 10\n"
#define PAPER_LIKE                                                                                                          \
    "generator.scaling=tanh\ngenerator.centre_input=yes\ngenerator.centre_weights=yes\ngenerator.signs=yes\n"               \
    "generator.hidden=4,5\ngenerator.activation=none\nansatz.name=u3-cu3\nansatz.ring=yes\nansatz.start=random\n"

static const char *const choices[] = {"",
                                      "generator.scaling=dimension\n",
                                      PAPER_LIKE,
                                      "generator.chunk=3\ngenerator.centre_weights=yes\n",
                                      "generator.source=permuted\n",
                                      "generator.source=frozen\n",
                                      "generator.source=random\ngenerator.scaling=dimension\n",
                                      "generator.source=bits\n",
                                      "generator.source=weights\n",
                                      "generator.hadamard=yes\ngenerator.identity=yes\n",
                                      "generator.first_layers=1\n",
                                      "generator.qubits=11\n",
                                      "generator.dephasing=0.2\ngenerator.bit_flip=0.1\ngenerator.trajectories=3\n",
                                      "generator.depolarising=0.3\ngenerator.trajectories=2\nansatz.name=hea\n",
                                      "run.shard=yes\n",
                                      PAPER_LIKE "run.shard=yes\ngenerator.chunk=2\n"};
enum { CHOICES = sizeof choices / sizeof *choices };

static double *start_of(const train_fixture *f) {
    double *x = calloc(kw_generator_parameters(f->train->generator) + 1, sizeof *x);
    TEST_MUST(kw_train_start(f->train->world, &f->config, x));
    return x;
}

static train_fixture *make(kw_comm *comm, const char *more) {
    char lines[2048];
    snprintf(lines, sizeof lines, SMALL "%s", more);
    return train_make(comm, lines);
}

/* Central differences along some parameters of every part; the last one is a bias of the mapping. */
static void check_gradient(const char *choice) {
    train_fixture *f = make(test_world(), choice);
    const size_t p = kw_generator_parameters(f->train->generator), some = 14;
    double *x = start_of(f), *g = calloc(p, sizeof *g), f0, above, below;
    for (size_t i = 0; i < p; ++i) x[i] += 0.01 * sin((double)i); /* biases of 0 put the row of 0 bits on the kink of relu */
    TEST_MUST(kw_train_step(f->train, 0, 7, x, &f0, g));
    double scale = 0;
    for (size_t i = 0; i < p; ++i) scale = fmax(scale, fabs(g[i]));
    for (size_t k = 0; k < some; ++k) {
        const size_t i = k + 1 == some ? p - 1 : k * p / some;
        const double at = x[i], h = 1e-6;
        x[i] = at + h;
        TEST_MUST(kw_train_step(f->train, 0, 7, x, &above, NULL));
        x[i] = at - h;
        TEST_MUST(kw_train_step(f->train, 0, 7, x, &below, NULL));
        x[i] = at;
        const double difference = (above - below) / (2 * h);
        if (fabs(difference - g[i]) > 1e-5 * fabs(difference) + 1e-6 * scale + 1e-9)
            fail_msg("%sparameter %zu: gradient %.12g, difference %.12g", choice, i, g[i], difference);
    }
    assert_true(scale > 1e-6);
    free(x);
    free(g);
    train_free(f);
}

static void test_gradients(void **state) {
    (void)state;
    for (int i = 0; i < CHOICES; ++i) check_gradient(choices[i]);
}

/* The same step on all ranks and on one. */
static void test_ranks(void **state) {
    (void)state;
    for (int i = 0; i <= CHOICES; ++i) {
        char lines[1024];
        const int ranks = kw_comm_size(test_world());
        snprintf(lines, sizeof lines, "%srun.ranks_per_state=%d\n", i < CHOICES ? choices[i] : "", i < CHOICES ? 1 : ranks);
        train_fixture *all = make(test_world(), lines), *one = make(kw_comm_self(), i < CHOICES ? choices[i] : "");
        const size_t p = kw_generator_parameters(one->train->generator);
        double *x = start_of(one), *g = calloc(2 * p, sizeof *g), f, expected, worst = 0, scale = 0;
        TEST_MUST(kw_train_step(all->train, 1, 1, x, &f, g));
        TEST_MUST(kw_train_step(one->train, 1, 1, x, &expected, g + p));
        for (size_t k = 0; k < p; ++k) {
            worst = fmax(worst, fabs(g[k] - g[p + k]));
            scale = fmax(scale, fabs(g[p + k]));
        }
        if (fabs(f - expected) > 1e-11 || worst > 1e-10 * scale + 1e-14)
            fail_msg("choice %d: loss %.15g of %.15g, gradients differ by %g of %g", i, f, expected, worst, scale);
        kw_train_score whole, alone;
        double confusion[100];
        kw_train_score_images(all->train, &all->train->test, 0, 32, &whole, confusion);
        kw_train_score_images(one->train, &one->train->test, 0, 32, &alone, NULL);
        double counted = 0;
        for (int k = 0; k < 100; ++k) counted += confusion[k];
        assert_true(fabs(whole.loss - alone.loss) < 1e-11 && whole.accuracy == alone.accuracy && counted == 32);
        free(x);
        free(g);
        train_free(all);
        train_free(one);
    }
}

/* CIFAR-10's format and its network of 285,226 weights: 19 qubits, a wide mapping whose linear layers are one map. */
static void test_cifar(void **state) {
    (void)state;
    enum { IMAGES = 16, RECORD = 3073 };
    char lines[1024], dir[512];
    snprintf(dir, sizeof dir, "%s", test_in_folder("cifar-10"));
    if (kw_comm_rank(test_world()) == 0) {
        assert_int_equal(mkdir(dir, 0700), 0);
        for (int test = 0; test < 2; ++test) {
            FILE *file = fopen(test_in_folder(test ? "cifar-10/test_batch.bin" : "cifar-10/data_batch_1.bin"), "wb");
            assert_non_null(file);
            const kw_rng rng = kw_rng_make(5, KW_STREAM_TEST, (uint64_t)test);
            for (uint64_t i = 0; i < IMAGES * RECORD; ++i) putc((int)(kw_rng_bits(&rng, i) % (i % RECORD ? 256 : 10)), file);
            fclose(file);
        }
    }
    kw_comm_max(test_world(), &(int64_t){0}, 1); /* the files are there */
    snprintf(lines, sizeof lines,
             "data.set=cifar-10\ndata.dir=%s\ntrain.batch=16\nansatz.name=u3-cu3\nansatz.ring=yes\nansatz.layers=1\n"
             "cnn.layers=conv 16 5 pad 2, pool 2, conv 32 5 pad 2, pool 2, dense 128, dense 64, dense 10\n"
             "generator.hidden=40,200,40\ngenerator.activation=none\ngenerator.signs=yes\ngenerator.scaling=tanh\n"
             "generator.centre_input=yes\ngenerator.centre_weights=yes\ngenerator.gain=0.3\n",
             test_in_folder("."));
    train_fixture *f = train_make(test_world(), lines);
    const size_t p = kw_generator_parameters(f->train->generator);
    assert_int_equal(p, 17121 + 114);
    assert_int_equal(f->config.weights, 285226);
    assert_int_equal(f->config.generator.qubits, 19);
    double *x = start_of(f), *g = calloc(p, sizeof *g), f0, above, below;
    TEST_MUST(kw_train_step(f->train, 0, 0, x, &f0, g));
    for (size_t i = 3; i < p; i += p / 5) {
        const double at = x[i], h = 1e-5;
        x[i] = at + h;
        TEST_MUST(kw_train_step(f->train, 0, 0, x, &above, NULL));
        x[i] = at - h;
        TEST_MUST(kw_train_step(f->train, 0, 0, x, &below, NULL));
        x[i] = at;
        const double difference = (above - below) / (2 * h);
        if (fabs(difference - g[i]) > 1e-4 * fabs(difference) + 1e-8)
            fail_msg("parameter %zu: gradient %.12g, difference %.12g", i, g[i], difference);
    }
    free(x);
    free(g);
    train_free(f);
}

/* Every image once per epoch, in another order in the next one. */
static void test_batches(void **state) {
    (void)state;
    train_fixture *f = make(test_world(), "");
    double *x = start_of(f), loss;
    uint32_t first[48];
    int seen[48] = {0};
    TEST_MUST(kw_train_step(f->train, 0, 0, x, &loss, NULL));
    memcpy(first, f->train->order, sizeof first);
    for (int i = 0; i < 48; ++i) ++seen[first[i]];
    for (int i = 0; i < 48; ++i) assert_int_equal(seen[i], 1);
    assert_true(f->train->progress.images == 32);
    TEST_MUST(kw_train_step(f->train, 1, 1, x, &loss, NULL));
    assert_true(f->train->progress.images == 48);
    TEST_MUST(kw_train_step(f->train, 2, 2, x, &loss, NULL));
    assert_memory_not_equal(first, f->train->order, sizeof first);
    free(x);
    train_free(f);
}

/* ---- the generator ---- */

static void test_shots(void **state) {
    (void)state;
    train_fixture *exact = make(test_world(), ""), *shots = make(test_world(), "generator.shots=20000\n");
    kw_generator *a = exact->train->generator, *b = shots->train->generator;
    double *x = start_of(exact), chi2 = 0;
    size_t cells = 0;
    TEST_MUST(kw_generator_probabilities(a, 0, x));
    TEST_MUST(kw_generator_probabilities(b, 3, x));
    for (size_t i = 0; i < a->config->rows; ++i) {
        const double expected = a->q[i] * 20000, counted = b->q[i] * 20000;
        assert_true(fabs(counted - round(counted)) < 1e-6);
        if (expected < 5) continue;
        chi2 += (counted - expected) * (counted - expected) / expected;
        ++cells;
    }
    assert_true(cells > 10);
    const double deviation = (chi2 - (double)cells) / sqrt(2 * (double)cells);
    if (fabs(deviation) > 6) fail_msg("chi2 %g of %zu cells", chi2, cells);
    double *before = malloc(a->config->rows * sizeof *before);
    memcpy(before, b->q, a->config->rows * sizeof *before);
    TEST_MUST(kw_generator_probabilities(b, 4, x));
    assert_memory_not_equal(before, b->q, a->config->rows * sizeof *before);
    free(before);
    free(x);
    train_free(exact);
    train_free(shots);
}

/* Many trajectories of full depolarising on a product state: every basis state alike. */
static void test_noise(void **state) {
    (void)state;
    train_fixture *f = make(test_world(), "generator.depolarising=1\ngenerator.trajectories=4000\nansatz.layers=1\n"
                                          "cnn.layers=pool 14, dense 10\n");
    kw_generator *g = f->train->generator;
    double *x = start_of(f), chi2 = 0;
    const double expected = 1.0 / 64;
    TEST_MUST(kw_generator_probabilities(g, 0, x));
    for (size_t i = 0; i < g->config->rows; ++i) chi2 += pow(g->q[i] - expected, 2) / expected * 4000;
    if (chi2 > (double)g->config->rows + 6 * sqrt(2 * (double)g->config->rows)) fail_msg("chi2 %g", chi2);
    free(x);
    train_free(f);
}

static void check_entanglement(const char *choice, double q, double participation) {
    train_fixture *f = make(test_world(), choice);
    double *x = start_of(f), found, ratio;
    TEST_MUST(kw_train_generate(f->train, 0, x));
    TEST_MUST(kw_generator_entanglement(f->train->generator, &found, &ratio));
    if (fabs(found - q) > 1e-10 || fabs(ratio - participation) > 1e-8 * participation)
        fail_msg("%s: Q %.12g, participation %.12g", choice, found, ratio);
    free(x);
    train_free(f);
}

/* |0...0>; blocks that undo each other; uniform superposition, which the CNOTs leave alone; a GHZ state: RY(pi/2) on the
 * first wire, then the chain. */
static void test_entanglement(void **state) {
    (void)state;
    check_entanglement("ansatz.start=zero\n", 0, 1);
    check_entanglement("generator.identity=yes\nansatz.start=random\nansatz.layers=4\n", 0, 1);
    check_entanglement("generator.identity=yes\nansatz.start=random\nansatz.name=u3-cu3\nansatz.ring=yes\n", 0, 1);
    check_entanglement("generator.hadamard=yes\nansatz.start=zero\ngenerator.chunk=1\ncnn.layers=pool 4, dense 10\n", 0,
                       500);
    train_fixture *f = make(test_world(), "ansatz.start=zero\nansatz.layers=1\n");
    double *x = start_of(f), found, ratio;
    x[0] = M_PI / 2;
    TEST_MUST(kw_train_generate(f->train, 0, x));
    TEST_MUST(kw_generator_entanglement(f->train->generator, &found, &ratio));
    assert_true(fabs(found - 1) < 1e-10);
    free(x);
    train_free(f);
}

/* A block more is another circuit, and the start of what comes is not touched before. */
static void test_growing(void **state) {
    (void)state;
    train_fixture *f = make(test_world(), "generator.first_layers=1\nansatz.layers=3\ngenerator.grow_patience=1\n");
    kw_train *t = f->train;
    double *x = start_of(f), *g = calloc(kw_generator_parameters(t->generator), sizeof *g), loss;
    f->config.weight_decay = 0.1;
    TEST_MUST(kw_train_step(t, 0, 0, x, &loss, g));
    assert_int_equal(kw_generator_blocks(t->generator), 1);
    assert_true(g[0] != 0 && g[10] == 0 && g[29] == 0 && g[30] != 0);
    kw_train_epoch_done(t, 2, 2);
    kw_train_epoch_done(t, 1, 1);
    assert_true(t->progress.blocks == 0);
    kw_train_epoch_done(t, 1, 1);
    assert_true(t->progress.blocks == 2);
    TEST_MUST(kw_train_step(t, 2, 2, x, &loss, g));
    assert_int_equal(kw_generator_blocks(t->generator), 2);
    assert_true(g[10] != 0 && g[20] == 0);
    free(x);
    free(g);
    train_free(f);
}

/* ---- the learning rate ---- */

static void test_schedules(void **state) {
    (void)state;
    train_fixture *f = make(test_world(), "train.schedule=plateau\ntrain.plateau_patience=2\ntrain.plateau_factor=0.5\n");
    static const double losses[] = {3, 2, 2, 2, 2, 1, 1.00001, 1, 0.9999999, 1};
    static const double rates[] = {1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; ++i) {
        kw_train_epoch_done(f->train, losses[i], NAN);
        if (kw_train_rate(f->train) != rates[i]) fail_msg("epoch %zu: rate %g", i, kw_train_rate(f->train));
    }
    train_free(f);
    f = make(test_world(), "train.schedule=cosine\ntrain.epochs=4\ntrain.least_rate=0.1\n");
    f->train->progress.steps = 1;
    assert_true(fabs(kw_train_rate(f->train) - 1) < 1e-15);
    f->train->progress.epochs = 2;
    assert_true(fabs(kw_train_rate(f->train) - 0.55) < 1e-15);
    train_free(f);
    f = make(test_world(), "train.warmup=4\n");
    for (int step = 1; step < 7; ++step) {
        f->train->progress.steps = step;
        assert_true(kw_train_rate(f->train) == fmin(1, step / 4.0));
    }
    train_free(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients),    cmocka_unit_test(test_ranks),   TEST_IN_FOLDER(test_cifar),
        cmocka_unit_test(test_batches),      cmocka_unit_test(test_shots),   cmocka_unit_test(test_noise),
        cmocka_unit_test(test_entanglement), cmocka_unit_test(test_growing), cmocka_unit_test(test_schedules)};
    return TEST_RUN("train", tests);
}
