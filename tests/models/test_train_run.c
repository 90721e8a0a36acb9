/* Runs of ketwall train: stopped after every step and resumed to the same bits, pruned, distilled; what is refused. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stop.h"
#include "io/checkpoint.h"
#include "models/train_fixture.h"
#include "support/folder.h"
#include "support/run.h"
#include "support/world.h"

#define SMALL                                                                                                               \
    "run.memory_per_rank=256MiB\ndata.train=40\ndata.validation=16\ndata.test=32\ntrain.batch=16\ntrain.epochs=3\n"         \
    "ansatz.layers=2\ngenerator.hidden=6\ncnn.layers=conv 2 5, relu, pool 4, dense 10\n"

static kw_status run(const char *folder, const char *more, const char *resume, json_t **result) {
    char lines[2048];
    snprintf(lines, sizeof lines, SMALL "%srun.dir=%s\n", more, test_in_folder(folder));
    kw_config *config = train_options(lines);
    const kw_training_request request = {.resume = resume, .mpi = "none", .command = "test"};
    const kw_status status = kw_train_run(test_world(), config, &request, result);
    kw_config_destroy(&config);
    return status;
}

static kw_checkpoint *newest(const char *folder) {
    kw_checkpoint *checkpoint = NULL;
    TEST_MUST(kw_checkpoint_latest(test_world(), test_in_folder(folder), &checkpoint));
    assert_non_null(checkpoint);
    return checkpoint;
}

/* Times are the only columns that may differ. */
static void without_times(kw_checkpoint *c) {
    for (size_t i = 0; i < c->n_history; i += KW_TRAIN_ROW_NUMBERS)
        c->history[i + KW_ROW_SECONDS] = c->history[i + KW_TRAIN_IMAGES_PER_SECOND] = 0;
}

static void same_bits(const char *what, size_t count, const double *a, size_t other, const double *b) {
    if (count != other || memcmp(a, b, count * sizeof *a) != 0) fail_msg("%s differ", what);
}

static const char *const courses[] = {"",
                                      "train.schedule=plateau\ntrain.plateau_patience=0\ntrain.learning_rate=0.3\n",
                                      "generator.first_layers=1\ngenerator.grow_patience=1\ntrain.learning_rate=0.2\n",
                                      "generator.shots=1000\ntrain.optimiser=spsa\nrun.precision=single\n",
                                      "generator.dephasing=0.1\ngenerator.trajectories=2\ntrain.schedule=cosine\n",
                                      "generator.source=weights\nrun.precision=single\ntrain.clip=0.1\n"};

static void pieces_end_like_the_whole(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof courses / sizeof *courses; ++i) {
        char whole[16], pieces[16], stop[512];
        json_t *one = NULL, *other = NULL;
        snprintf(whole, sizeof whole, "whole%zu", i);
        snprintf(pieces, sizeof pieces, "pieces%zu", i);
        snprintf(stop, sizeof stop, "%srun.max_wall_s=1e-9\n", courses[i]);
        TEST_MUST(run(whole, courses[i], NULL, &one));
        kw_status status = KW_E_STOPPED;
        int stops = 0;
        for (; status == KW_E_STOPPED && stops < 20; ++stops) status = run(pieces, stop, "auto", &other);
        TEST_MUST(status);
        assert_true(stops >= 9);
        kw_checkpoint *a = newest(whole), *b = newest(pieces);
        assert_int_equal(a->step, 9);
        without_times(a);
        without_times(b);
        same_bits("parameters", a->n_parameters, a->parameters, b->n_parameters, b->parameters);
        same_bits("histories", a->n_history, a->history, b->n_history, b->history);
        same_bits("states", a->n_system_state, a->system_state, b->n_system_state, b->system_state);
        same_bits("optimisers", a->n_optimiser_state, a->optimiser_state, b->n_optimiser_state, b->optimiser_state);
        assert_int_equal(a->n_history, 3 * KW_TRAIN_ROW_NUMBERS);
        if (one && !json_equal(json_object_get(one, "test"), json_object_get(other, "test"))) fail_msg("results differ");
        kw_checkpoint_destroy(&a);
        kw_checkpoint_destroy(&b);
        json_decref(one);
        json_decref(other);
    }
}

/* Nothing is left to do: the same results again, with the blocks that were added. */
static void finished_runs_stay(void **state) {
    (void)state;
    json_t *one = NULL, *other = NULL;
    const char *grown = "generator.first_layers=1\nansatz.layers=4\ngenerator.grow_patience=1\ntrain.learning_rate=0.2\n";
    TEST_MUST(run("grown", grown, NULL, &one));
    TEST_MUST(run("grown", grown, "auto", &other));
    if (one) {
        assert_true(json_integer_value(json_object_get(one, "blocks_used")) > 1);
        static const char *const same[] = {"test", "train", "blocks_used", "confusion", "gradient_norm"};
        for (size_t i = 0; i < sizeof same / sizeof *same; ++i)
            if (!json_equal(json_object_get(one, same[i]), json_object_get(other, same[i]))) fail_msg("%s", same[i]);
    }
    json_decref(one);
    json_decref(other);
}

/* A signal to one rank stops them all after the next step, with a checkpoint from which the run goes on to its end. */
static void stopped_on_request(void **state) {
    (void)state;
    static const int signals[] = {SIGUSR1, SIGTERM};
    json_t *whole = NULL, *result = NULL;
    TEST_MUST(run("unasked", "train.epochs=2\n", NULL, &whole));
    for (int i = 0; i < 2; ++i) {
        const char *folder = i ? "terminated" : "asked";
        kw_stop_catch_signals();
        if (kw_comm_rank(test_world()) == kw_comm_size(test_world()) - 1) raise(signals[i]);
        assert_int_equal(run(folder, "train.epochs=2\n", NULL, &result), KW_E_STOPPED);
        assert_non_null(strstr(kw_error_message(), i ? "SIGTERM" : "SIGUSR1"));
        assert_non_null(strstr(kw_error_message(), "after step 1"));
        kw_stop_forget();
        TEST_MUST(run(folder, "train.epochs=2\n", "auto", &result));
        if (result) assert_true(json_equal(json_object_get(result, "test"), json_object_get(whole, "test")));
        json_decref(result);
        result = NULL;
        kw_comm_agree(test_world(), KW_OK);
    }
    signal(SIGUSR1, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    json_decref(whole);
}

/* What the run reports it held is what the plan says. */
static void held_in(const char *precision) {
    json_t *result = NULL;
    char line[32], lines[512];
    snprintf(line, sizeof line, "run.precision=%s\n", precision);
    snprintf(lines, sizeof lines, "%s%s", SMALL, line);
    kw_config *source = train_options(lines);
    kw_train_config config;
    kw_train_forecast forecast;
    size_t found[2];
    TEST_MUST(kw_train_config_parse(source, &config));
    kw_train_expected_images(&config, found);
    TEST_MUST(kw_train_foretell(&config, found, kw_comm_size(test_world()), 1 << 28, &forecast));
    TEST_MUST(run(precision, line, NULL, &result));
    if (result) assert_int_equal(json_integer_value(json_object_get(result, "peak_bytes_per_rank")), forecast.bytes);
    assert_true(forecast.fits);
    json_decref(result);
    TEST_MUST(kw_train_foretell(&config, found, kw_comm_size(test_world()), 1000, &forecast));
    assert_false(forecast.fits);
    kw_config_destroy(&source);
}

static void held_as_planned(void **state) {
    (void)state;
    json_t *result = NULL;
    held_in("single");
    held_in("s16");
    held_in("s8");
    assert_int_equal(run("unfit", "run.memory_per_rank=1000\n", NULL, &result), KW_E_FIT);
}

/* ---- other runs' weights ---- */

static double accuracy(const json_t *result) {
    return json_number_value(json_object_get(json_object_get(result, "train"), "accuracy"));
}

static int nonzero(const train_fixture *f) {
    int count = 0;
    for (size_t i = 0; i < f->config.weights; ++i) count += f->train->theta[i] != 0;
    return count;
}

static const char dense[] = "generator.source=weights\ntrain.learning_rate=0.02\ntrain.epochs=40\n";

static void make_dense(void) {
    json_t *result = NULL;
    TEST_MUST(run("dense", dense, NULL, &result));
    if (result) assert_true(accuracy(result) > 0.9);
    json_decref(result);
}

/* 40 images are learnt by heart by all weights, and half of them still know them; the ticket begins at the start. */
static void pruned(void **state) {
    (void)state;
    char from[512], lines[2048];
    json_t *result = NULL;
    make_dense();
    snprintf(from, sizeof from, "%sprune.from=%s\nprune.keep=200\ntrain.epochs=5\n", dense, test_in_folder("dense"));
    TEST_MUST(run("pruned", from, NULL, &result));
    if (result) {
        assert_true(accuracy(result) > 0.6);
        assert_int_equal(json_integer_value(json_object_get(result, "parameters")), 200);
    }
    json_decref(result);
    for (int rewind = 0; rewind < 2; ++rewind) {
        snprintf(lines, sizeof lines, SMALL "%sprune.rewind=%s\n", from, rewind ? "yes" : "no");
        train_fixture *f = train_make(test_world(), lines);
        double *x = calloc(f->config.weights, sizeof *x), *start = calloc(f->config.weights, sizeof *x);
        TEST_MUST(kw_train_start(test_world(), &f->config, x));
        kw_cnn_start(f->train->cnn, f->config.training.seed, start);
        TEST_MUST(kw_train_generate(f->train, 0, x));
        assert_int_equal(nonzero(f), 200);
        assert_int_equal(!memcmp(x, start, f->config.weights * sizeof *x), rewind);
        free(x);
        free(start);
        train_free(f);
    }
}

static void refuse(const char *folder, const char *more, const char *resume, const char *part) {
    json_t *result = NULL;
    assert_int_equal(run(folder, more, resume, &result), KW_E_INPUT);
    if (!strstr(kw_error_message(), part)) fail_msg("'%s' is not in: %s", part, kw_error_message());
}

/* A mask belongs to the weights it was made of. */
static void other_masks_are_refused(void **state) {
    (void)state;
    char from[512], again[512];
    json_t *result = NULL;
    make_dense();
    snprintf(from, sizeof from, "%sprune.from=%s\nprune.keep=200\ntrain.epochs=1\n", dense, test_in_folder("dense"));
    TEST_MUST(run("pruned", from, NULL, &result));
    json_decref(result);
    snprintf(again, sizeof again, "%sprune.from=%s\nprune.keep=100\n", dense, test_in_folder("pruned"));
    refuse("twice", again, NULL, "not pruned");
    snprintf(again, sizeof again, "%sprune.from=%s\nprune.keep=100\ncnn.layers=conv 2 5, pool 4, dense 10\n", dense,
             test_in_folder("dense"));
    refuse("other", again, NULL, "other layers");
    snprintf(again, sizeof again, "%strain.epochs=41\n", dense);
    TEST_MUST(run("dense", again, "auto", &result));
    json_decref(result);
    refuse("pruned", from, "auto", "has gone on from step 120 to step 123");
}

/* The first epoch brings the generated weights nearer to the teacher's. */
static void distilled(void **state) {
    (void)state;
    char lines[2048];
    double distance[2] = {0};
    make_dense();
    snprintf(lines, sizeof lines, SMALL "distil.from=%s\ntrain.learning_rate=0.01\ngenerator.scaling=dimension\n",
             test_in_folder("dense"));
    train_fixture *f = train_make(test_world(), lines);
    const size_t p = kw_generator_parameters(f->train->generator);
    double *x = calloc(2 * p, sizeof *x), *g = x + p, loss;
    TEST_MUST(kw_train_start(test_world(), &f->config, x));
    for (uint64_t step = 0; step < 30; ++step) {
        TEST_MUST(kw_train_step(f->train, step % 3, step, x, &loss, g));
        if (step == 0) distance[0] = loss;
        distance[1] = loss;
        for (size_t i = 0; i < p; ++i) x[i] -= 0.05 * g[i];
    }
    assert_true(distance[1] < 0.9 * distance[0]);
    TEST_MUST(kw_train_step(f->train, 3, 3, x, &loss, g)); /* the next epoch learns the images */
    assert_true(loss > 1);
    free(x);
    train_free(f);
}

/* ---- what is refused ---- */

static void refused(void **state) {
    (void)state;
    static const char *const bad[][2] = {
        {"cnn.layers=conv 4 3, dense 11\n", "cnn.layers"},
        {"cnn.layers=convolve\n", "cnn.layers"},
        {"generator.qubits=3\n", "generator.qubits = 3"},
        {"generator.source=random\ngenerator.shots=5\n", "generator.source"},
        {"generator.source=weights\ndistil.from=x\n", "distil.from"},
        {"prune.from=x\nprune.keep=3\n", "prune.from"},
        {"generator.source=weights\nprune.from=/nowhere\nprune.keep=3\n", "/nowhere"},
        {"generator.source=weights\nprune.from=x\n", "prune.keep"},
        {"generator.first_layers=9\n", "generator.first_layers"},
        {"train.optimiser=spsa\ntrain.clip=1\n", "train.clip"},
        {"data.train=100\ndata.validation=0\ndata.test=5\nrun.ranks_per_state=3\n", "run.ranks_per_state"},
        {"data.set=mnist\ndata.dir=/nowhere\n", "/nowhere"},
        {"data.set=cifar-10\ndata.dir=/nowhere\n", "/nowhere"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        json_t *result = NULL;
        const kw_status status = run("refused", bad[i][0], NULL, &result);
        if (status != KW_E_INPUT && status != KW_E_ARG) fail_msg("%s: status %d", bad[i][0], (int)status);
        if (!strstr(kw_error_message(), bad[i][1])) fail_msg("'%s' is not in: %s", bad[i][1], kw_error_message());
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST_IN_FOLDER(pieces_end_like_the_whole),
                                       TEST_IN_FOLDER(finished_runs_stay),
                                       TEST_IN_FOLDER(other_masks_are_refused),
                                       TEST_IN_FOLDER(stopped_on_request),
                                       TEST_IN_FOLDER(held_as_planned),
                                       TEST_IN_FOLDER(pruned),
                                       TEST_IN_FOLDER(distilled),
                                       TEST_IN_FOLDER(refused)};
    return TEST_RUN("train_run", tests);
}
