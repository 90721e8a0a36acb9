/* F4  Running Quantum-Train: what its training loop asks, and what it says. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "models/train_internal.h"

/* ---- the loop's questions ---- */

/* SPSA's two values of a step see the same images, which count once. */
static kw_status value(void *model, uint64_t evaluation, const double *theta, double *f) {
    kw_train *t = model;
    const kw_train_progress before = t->progress;
    const kw_status status = kw_train_step(t, evaluation / 2, evaluation, theta, f, NULL);
    if (evaluation % 2) t->progress = before;
    return status;
}

static kw_status gradient(void *model, uint64_t evaluation, const double *theta, double *f, double *g) {
    return kw_train_step(model, evaluation, evaluation, theta, f, g);
}

static double rate(const void *model) { return kw_train_rate(model); }

static void save_state(const void *model, double *state) {
    memcpy(state, &((const kw_train *)model)->progress, sizeof(kw_train_progress));
}

static void restore_state(void *model, const double *state) {
    kw_train *t = model;
    memcpy(&t->progress, state, sizeof t->progress);
    t->images_before = t->progress.images;
    t->epoch_started = kw_seconds();
}

static const uint64_t SCORING = UINT64_C(1) << 40; /* keys of shots and noise beyond those of any step */

static void fill_epoch(const kw_train *t, double *row) {
    const kw_train_progress *p = &t->progress;
    row[KW_ROW_COST] = p->loss / p->steps;
    row[KW_TRAIN_EPOCH] = p->epochs + 1;
    row[KW_TRAIN_ACCURACY] = p->right / p->images;
    row[KW_TRAIN_RATE] = kw_train_rate(t) * t->config->training.optimiser.learning_rate;
    row[KW_TRAIN_BLOCKS] = kw_generator_blocks(t->generator);
    if (t->config->training.optimiser.kind == KW_OPTIMISER_ADAM) {
        row[KW_ROW_GRADIENT_NORM] = p->norm / p->steps;
        row[KW_TRAIN_NORM_MOST] = p->norm_most;
        row[KW_TRAIN_NORM_CIRCUIT] = p->norm_circuit / p->steps;
        row[KW_TRAIN_NORM_MAPPING] = p->norm_mapping / p->steps;
        row[KW_TRAIN_NORM_COMMON] = p->norm_common / p->steps;
        row[KW_TRAIN_NORM_CNN] = p->norm_cnn;
    }
    row[KW_TRAIN_IMAGES_PER_SECOND] = (p->images - t->images_before) / (kw_seconds() - t->epoch_started);
}

static kw_status fill_row(void *model, const double *theta, bool whole, double *row) {
    kw_train *t = model;
    kw_train_score score;
    fill_epoch(t, row);
    kw_status status = kw_train_generate(t, SCORING + (uint64_t)row[KW_ROW_STEP], theta);
    if (status == KW_OK)
        status = kw_generator_entanglement(t->generator, &row[KW_TRAIN_MEYER_WALLACH], &row[KW_TRAIN_PARTICIPATION]);
    if (status != KW_OK) return status;
    if (t->forecast.validation) {
        kw_train_score_images(t, &t->train, t->train.count - t->forecast.validation, t->forecast.validation, &score, NULL);
        row[KW_TRAIN_VALIDATION_LOSS] = score.loss;
        row[KW_TRAIN_VALIDATION_ACCURACY] = score.accuracy;
    }
    if (whole) {
        kw_train_score_images(t, &t->test, 0, t->forecast.test, &score, NULL);
        row[KW_TRAIN_TEST_LOSS] = score.loss;
        row[KW_TRAIN_TEST_ACCURACY] = score.accuracy;
    }
    if ((uint64_t)t->progress.steps < t->forecast.steps_per_epoch) return KW_OK; /* the last row of a run cut short */
    kw_train_epoch_done(t, row[KW_ROW_COST], row[KW_TRAIN_VALIDATION_LOSS]);
    t->epoch_started = kw_seconds();
    t->images_before = 0;
    return KW_OK;
}

static void speak(const void *model, const double *row, char *text, size_t bytes) {
    const kw_train *t = model;
    const kw_train_progress *p = &t->progress;
    const double speed = (p->images - t->images_before) / (kw_seconds() - t->epoch_started);
    if (!row)
        snprintf(text, bytes, "epoch %.0f  loss %.4f  accuracy %.2f %%  %.0f images/s", p->epochs + 1, p->loss / p->steps,
                 100 * p->right / p->images, speed);
    else {
        const bool validated = t->forecast.validation, looked = validated || !isnan(row[KW_TRAIN_TEST_ACCURACY]);
        char score[48] = "";
        if (looked)
            snprintf(score, sizeof score, ", %s %.2f %%", validated ? "validation" : "test",
                     100 * row[validated ? KW_TRAIN_VALIDATION_ACCURACY : KW_TRAIN_TEST_ACCURACY]);
        snprintf(text, bytes, "epoch %.0f  loss %.4f  accuracy %.2f %%%s  %.0f images/s", row[KW_TRAIN_EPOCH],
                 row[KW_ROW_COST], 100 * row[KW_TRAIN_ACCURACY], score, row[KW_TRAIN_IMAGES_PER_SECOND]);
    }
}

/* ---- start and end ---- */

static void announce(const kw_train *t) {
    const kw_train_config *c = t->config;
    const kw_train_forecast *f = &t->forecast;
    fprintf(stderr, "ketwall: %s: %zu training, %zu validation, %zu test images; %llu steps of %llu images per epoch\n",
            c->set_name, f->train, f->validation, f->test, (unsigned long long)f->steps_per_epoch,
            (unsigned long long)c->batch);
    if (c->generator.source == KW_SOURCE_WEIGHTS)
        fprintf(stderr, "ketwall: %zu weights trained themselves%s\n", c->weights,
                t->mask ? ", the pruned ones left out" : "");
    else
        fprintf(stderr,
                "ketwall: %zu weights from %zu parameters (%zu angles, %zu of the mapping, %zu that matter), %d qubits\n",
                c->weights, f->parameters, f->angles, f->parameters - f->angles, kw_generator_effective(t->generator),
                c->generator.qubits);
}

static uint64_t peak_bytes(const kw_train *t) {
    int64_t bytes = (int64_t)(kw_memory_peak() + t->forecast.plain_bytes);
    kw_comm_max(t->world, &bytes, 1);
    return (uint64_t)bytes;
}

static kw_status finish(kw_training *training, kw_train *t, json_t **result) {
    kw_train_summary summary = {0};
    const size_t classes = (size_t)t->test.classes;
    const double *theta = kw_training_theta(training);
    summary.confusion = calloc(classes * classes, sizeof(double));
    kw_status status = kw_comm_agree(t->world, summary.confusion ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for the results"));
    if (status == KW_OK) status = kw_train_ready(t);
    if (status == KW_OK) status = kw_train_generate(t, SCORING, theta);
    if (status == KW_OK) {
        kw_train_score_images(t, &t->train, 0, t->forecast.train, &summary.train, NULL);
        if (t->forecast.validation)
            kw_train_score_images(t, &t->train, t->train.count - t->forecast.validation, t->forecast.validation,
                                  &summary.validation, NULL);
        kw_train_score_images(t, &t->test, 0, t->forecast.test, &summary.test, summary.confusion);
        summary.cost = kw_generator_cost_of(t->generator);
        summary.peak_bytes = peak_bytes(t);
        if (kw_comm_rank(t->world) == 0) *result = kw_train_result_json(t, &summary);
        status = kw_training_finish(training, *result);
    }
    free(summary.confusion);
    return status;
}

static kw_status train(kw_training *training, kw_comm *world, kw_train_config *config, const kw_train_forecast *forecast,
                       kw_images images[2], json_t **result) {
    kw_train *t = NULL;
    kw_memory_peak_reset();
    kw_status status = kw_train_create(world, config, forecast, &images[0], &images[1], &t);
    if (status != KW_OK) return status;
    if (kw_comm_rank(world) == 0) announce(t);
    status = kw_training_run(training, t);
    if (status == KW_OK) status = finish(training, t, result);
    kw_train_destroy(&t);
    return status;
}

static void copy_start(const void *context, double *theta) {
    const kw_train_start_point *start = context;
    memcpy(theta, start->values, start->count * sizeof *theta);
}

static kw_status run(kw_comm *world, const kw_config *source, kw_train_config *config, const kw_train_forecast *forecast,
                     kw_images images[2], const kw_training_request *request, json_t **result) {
    kw_training *training = NULL;
    kw_train_start_point start = {malloc((forecast->parameters + 1) * sizeof(double)), forecast->parameters};
    kw_status status = kw_comm_agree(world, start.values ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for the start values"));
    if (status == KW_OK) status = kw_train_start(world, config, start.values);
    if (status == KW_OK) {
#define NAME(constant, name) " " name
        const kw_training_model model = {.kind = "train",
                                         .columns = KW_ROW_COMMON KW_TRAIN_COLUMNS(NAME),
                                         .row_numbers = KW_TRAIN_ROW_NUMBERS,
                                         .n_qubits = config->generator.qubits,
                                         .row_every = forecast->steps_per_epoch,
                                         .save_rows = true,
                                         .start = copy_start,
                                         .start_context = &start,
                                         .value = value,
                                         .gradient = gradient,
                                         .rate = rate,
                                         .row = fill_row,
                                         .speak = speak,
                                         .state_numbers = sizeof(kw_train_progress) / sizeof(double),
                                         .save_state = save_state,
                                         .restore_state = restore_state};
#undef NAME
        config->training.optimiser.max_steps = forecast->steps;
        status = kw_training_create(world, source, &config->training, request, &model, (int)forecast->parameters, &training);
    }
    free(start.values);
    if (status == KW_OK) status = train(training, world, config, forecast, images, result);
    kw_training_destroy(&training);
    return status;
}

static kw_status check_fit(const kw_train_forecast *f) {
    if (f->fits) return KW_OK;
    return kw_fail(KW_E_FIT,
                   "%.3f GiB per rank are needed, %.3f GiB are there: use more ranks, a larger generator.chunk, a smaller "
                   "run.precision, or a larger run.memory_per_rank",
                   (double)f->bytes / 0x1p30, (double)f->memory_per_rank / 0x1p30);
}

static kw_status foretell(kw_comm *world, const kw_train_config *config, const size_t found[2], kw_train_forecast *out) {
    const uint64_t memory = kw_training_memory(world, &config->training);
    kw_status status = kw_train_foretell(config, found, kw_comm_size(world), memory, out);
    if (status == KW_OK) status = check_fit(out);
    return kw_comm_agree(world, status);
}

kw_status kw_train_run(kw_comm *world, const kw_config *source, const kw_training_request *request, json_t **result) {
    kw_train_config config;
    kw_train_forecast forecast;
    kw_images images[2] = {{0}, {0}};
    *result = NULL;
    kw_status status = kw_comm_agree(world, kw_train_config_parse(source, &config));
    if (status != KW_OK) return status;
    size_t found[2];
    kw_train_expected_images(&config, found);
    status = foretell(world, &config, found, &forecast); /* before anything large is there */
    if (status == KW_OK) status = kw_train_load(world, &config, &images[0], &images[1]);
    found[0] = images[0].count;
    found[1] = images[1].count;
    if (status == KW_OK) status = foretell(world, &config, found, &forecast);
    if (status == KW_OK) status = run(world, source, &config, &forecast, images, request, result);
    kw_images_free(&images[0]);
    kw_images_free(&images[1]);
    return status;
}
