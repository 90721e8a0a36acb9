/* F4  One step of Quantum-Train on this rank's share of the batch, and the scores of many images. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "models/train_internal.h"

/* ---- batches ---- */

/* Every epoch has its own order of the training images, which depends on the seed and the epoch alone. */
static void order_images(kw_train *t, uint64_t epoch) {
    if (t->ordered == epoch + 1) return;
    if (t->config->shuffle)
        kw_rng_permutation(kw_rng_make(t->config->training.seed, KW_STREAM_BATCHES, epoch), t->forecast.train, t->order);
    else memcpy(t->order, t->all, t->forecast.train * sizeof *t->order);
    t->ordered = epoch + 1;
}

enum { TOGETHER = 16 }; /* images that one rank takes, or none of them */

static size_t share_start(size_t count, int rank, int ranks) {
    const size_t blocks = (count + TOGETHER - 1) / TOGETHER, at = blocks * (size_t)rank / (size_t)ranks * TOGETHER;
    return at < count ? at : count;
}

/* This rank's share of `count` indices. */
static kw_batch share(const kw_train *t, const kw_images *images, const uint32_t *indices, size_t count) {
    const int rank = kw_comm_rank(t->world), ranks = kw_comm_size(t->world);
    const size_t first = share_start(count, rank, ranks), last = share_start(count, rank + 1, ranks);
    return (kw_batch){images, indices + first, last - first};
}

/* ---- weights ---- */

kw_status kw_train_generate(kw_train *t, uint64_t evaluation, const double *parameters) {
    const size_t p = t->config->weights;
    const kw_status status = kw_generator_run(t->generator, evaluation, parameters, t->theta);
    if (status != KW_OK) return status;
    for (size_t i = 0; t->mask && i < p; ++i)
        if (!t->mask[i]) t->theta[i] = 0;
    if (t->config->training.precision == KW_DOUBLE) memcpy(t->weights, t->theta, p * sizeof(double));
    else
        for (size_t i = 0; i < p; ++i) ((float *)t->weights)[i] = (float)t->theta[i];
    return KW_OK;
}

/* ---- losses ---- */

/* (1/p) |theta - teacher|^2 and its gradient, which only rank 0 brings into the sum over ranks. */
static double distil(kw_train *t) {
    const size_t p = t->config->weights;
    const bool counts = kw_comm_rank(t->world) == 0;
    double loss = 0;
    for (size_t i = 0; i < p; ++i) {
        const double difference = t->theta[i] - t->teacher[i];
        loss += difference * difference / (double)p;
        t->d_theta[i] = counts ? 2 * difference / (double)p : 0;
    }
    return loss;
}

static bool distils(const kw_train *t, uint64_t step) {
    return t->teacher && step / t->forecast.steps_per_epoch < t->config->distil_epochs;
}

/* Summed over the ranks. */
enum { LOSS, RIGHT, COMMON, TOTALS }; /* of a batch: mean loss, labels guessed right, sum of dL/dtheta */

static kw_batch batch_of(kw_train *t, uint64_t step, size_t *count) {
    const uint64_t each = t->forecast.steps_per_epoch, first = step % each * t->config->batch;
    const size_t left = t->forecast.train - first;
    order_images(t, step / each);
    *count = left < t->config->batch ? left : t->config->batch;
    return share(t, &t->train, t->order + first, *count);
}

/* This rank's part of the totals over the `count` images of the whole batch. */
static void learn(kw_train *t, const kw_batch *batch, size_t count, bool gradient, double totals[TOTALS]) {
    const double started = kw_seconds();
    uint64_t right;
    kw_cnn_run(t->cnn, t->weights, batch, 1 / (double)count, &totals[LOSS], &right, gradient ? t->d_theta : NULL, NULL);
    totals[LOSS] /= (double)count;
    totals[RIGHT] = (double)right;
    for (size_t i = 0; gradient && t->mask && i < t->config->weights; ++i)
        if (!t->mask[i]) t->d_theta[i] = 0;
    t->cnn_seconds += kw_seconds() - started;
    t->progress.images += (double)count;
}

static double norm(const double *g, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += g[i] * g[i];
    return sqrt(sum);
}

/* |dL/dtheta| of the whole batch, which is not summed over ranks otherwise: once per epoch. */
static void measure_cnn(kw_train *t) {
    double *whole = t->theta; /* free until the next step */
    if (t->progress.steps > 0) return;
    memcpy(whole, t->d_theta, t->config->weights * sizeof *whole);
    kw_comm_sum(t->world, whole, t->config->weights);
    t->progress.norm_cnn = norm(whole, t->config->weights);
}

/* Counts the parts, then clips and decays: g <- g min(1, clip / (|g| + 1e-6)) + decay x. */
static void finish_gradient(kw_train *t, const double *x, double *g) {
    const size_t p = kw_generator_parameters(t->generator), angles = kw_generator_angles(t->generator);
    const kw_train_config *c = t->config;
    const double whole = norm(g, p), factor = c->clip > 0 ? fmin(1, c->clip / (whole + 1e-6)) : 1;
    t->progress.norm += whole;
    t->progress.norm_most = fmax(t->progress.norm_most, whole);
    t->progress.norm_circuit += norm(g, angles);
    t->progress.norm_mapping += norm(g + angles, p - angles);
    const size_t here = angles && !*c->training.ansatz_file
                            ? angles / (size_t)c->training.layers * (size_t)kw_generator_blocks(t->generator)
                            : angles; /* blocks that are not there yet stay as they are */
    for (size_t i = 0; i < p; ++i) g[i] = factor * g[i] + (i < here || i >= angles ? c->weight_decay * x[i] : 0);
}

kw_status kw_train_ready(kw_train *t) {
    const double stored = t->progress.blocks; /* maybe of a checkpoint */
    if (!(stored >= 0 && stored <= t->config->training.layers && stored == floor(stored)))
        return kw_fail(KW_E_IO, "the checkpoint's progress has %g blocks, ansatz.layers = %d", stored,
                       t->config->training.layers);
    const int blocks = (int)stored;
    if (!t->progress.source) t->progress.source = t->source;
    if (t->progress.source != t->source)
        return kw_fail(KW_E_INPUT, "%s has gone on from step %.0f to step %.0f since this run began: give a new run.dir",
                       *t->config->prune_from ? t->config->prune_from : t->config->distil_from, t->progress.source - 1,
                       t->source - 1);
    return blocks && blocks != kw_generator_blocks(t->generator) ? kw_generator_use_blocks(t->generator, blocks) : KW_OK;
}

kw_status kw_train_step(kw_train *t, uint64_t step, uint64_t evaluation, const double *parameters, double *f, double *g) {
    const double started = kw_seconds();
    const kw_generator_cost before = kw_generator_cost_of(t->generator);
    size_t count;
    const kw_batch batch = batch_of(t, step, &count);
    kw_cnn_prefetch(&batch);
    kw_status status = kw_train_ready(t);
    if (status == KW_OK) status = kw_train_generate(t, evaluation, parameters);
    if (status != KW_OK) return status;
    const bool copies = distils(t, step);
    const double distance = copies ? distil(t) : 0;
    double totals[TOTALS] = {0};
    learn(t, &batch, count, g && !copies, totals);
    for (size_t i = 0; g && i < t->config->weights; ++i) totals[COMMON] += t->d_theta[i];
    kw_comm_sum(t->world, totals, TOTALS);
    *f = copies ? distance : totals[LOSS];
    if (g) {
        measure_cnn(t);
        status = kw_generator_back(t->generator, evaluation, parameters, t->d_theta, g);
        if (status != KW_OK) return status;
        finish_gradient(t, parameters, g);
    }
    t->progress.loss += totals[LOSS];
    t->progress.right += totals[RIGHT];
    t->progress.norm_common += fabs(totals[COMMON]);
    t->progress.steps += 1;
    const kw_generator_cost after = kw_generator_cost_of(t->generator);
    t->circuit_seconds += after.circuit - before.circuit;
    t->mapping_seconds += after.mapping - before.mapping;
    t->step_seconds += kw_seconds() - started;
    t->timed_steps += 1;
    return KW_OK;
}

/* ---- scores ---- */

void kw_train_score_images(kw_train *t, const kw_images *images, size_t first, size_t count, kw_train_score *score,
                           double *confusion) {
    const kw_batch batch = share(t, images, t->all + first, count);
    const size_t classes = (size_t)images->classes;
    double sums[2];
    uint64_t right;
    kw_cnn_run(t->cnn, t->weights, &batch, 1, &sums[0], &right, NULL, t->predicted);
    sums[1] = (double)right;
    kw_comm_sum(t->world, sums, 2);
    *score = (kw_train_score){sums[0] / (double)count, sums[1] / (double)count, count};
    if (!confusion) return;
    memset(confusion, 0, classes * classes * sizeof *confusion);
    for (size_t i = 0; i < batch.count; ++i) confusion[images->labels[batch.indices[i]] * classes + t->predicted[i]] += 1;
    kw_comm_sum(t->world, confusion, classes * classes);
}
