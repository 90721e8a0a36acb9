/* F4  Set-up of Quantum-Train: images on every rank, networks, start values, teachers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "io/checkpoint.h"
#include "models/train_internal.h"

/* ---- images ---- */

void kw_train_expected_images(const kw_train_config *c, size_t found[2]) {
    enum { DIGITS_TRAIN = 12000, DIGITS_TEST = 4000 };
    found[0] = c->set == KW_IMAGES_CIFAR10 ? 50000 : 60000;
    found[1] = 10000;
    if (c->set != KW_IMAGES_DIGITS) return;
    found[0] = (c->train ? c->train : DIGITS_TRAIN) + c->validation;
    found[1] = c->test ? c->test : DIGITS_TEST;
}

static kw_status read_images(const kw_train_config *c, bool test, kw_images *out) {
    size_t found[2];
    if (c->set != KW_IMAGES_DIGITS) return kw_images_load(c->set, c->data_dir, test, out);
    kw_train_expected_images(c, found);
    return kw_images_digits(found[test], c->training.seed, test ? found[0] : 0, out);
}

enum { PIECE = 1 << 30 };

static void broadcast(kw_comm *world, void *data, size_t bytes) {
    for (size_t done = 0; done < bytes; done += PIECE)
        kw_comm_broadcast(world, (char *)data + done, bytes - done < PIECE ? bytes - done : PIECE, 0);
}

static size_t image_bytes(const kw_images *images) {
    return (size_t)images->channels * (size_t)images->height * (size_t)images->width;
}

static kw_status share(kw_comm *world, kw_images *images) {
    kw_images shape = *images;
    kw_status status = KW_OK;
    broadcast(world, &shape, sizeof shape);
    if (kw_comm_rank(world)) {
        shape.pixels = malloc(shape.count * image_bytes(&shape));
        shape.labels = malloc(shape.count);
        *images = shape;
        if (!shape.pixels || !shape.labels) status = kw_fail(KW_E_NOMEM, "no memory for %zu images", shape.count);
    }
    status = kw_comm_agree(world, status);
    if (status != KW_OK) return status;
    broadcast(world, images->pixels, images->count * image_bytes(images));
    broadcast(world, images->labels, images->count);
    return KW_OK;
}

kw_status kw_train_load(kw_comm *world, const kw_train_config *config, kw_images *train, kw_images *test) {
    kw_status status = KW_OK;
    *train = *test = (kw_images){0};
    if (kw_comm_rank(world) == 0) {
        status = read_images(config, false, train);
        if (status == KW_OK) status = read_images(config, true, test);
    }
    status = kw_comm_agree(world, status);
    if (status == KW_OK) status = share(world, train);
    if (status == KW_OK) status = share(world, test);
    if (status == KW_OK) return KW_OK;
    kw_images_free(train);
    kw_images_free(test);
    return status;
}

/* ---- weights of another run ---- */

/* Whether the stored configuration has this line. */
static bool says(const kw_checkpoint *found, const char *key, const char *value) {
    char line[4096];
    snprintf(line, sizeof line, "%s = %s\n", key, value);
    return strstr(found->config, line) != NULL;
}

static kw_status take_weights(const kw_train_config *c, const char *key, const char *directory, const kw_checkpoint *found,
                              double *weights) {
    if (!found) return kw_fail(KW_E_INPUT, "%s = %s: no checkpoint in it", key, directory);
    if (strcmp(found->kind, "train") != 0 || !says(found, "generator.source", "weights") || !says(found, "prune.from", ""))
        return kw_fail(KW_E_INPUT, "%s = %s: expected a run of ketwall train with generator.source = weights, not pruned",
                       key, directory);
    if (!says(found, "cnn.layers", c->layers) || found->n_parameters != c->weights)
        return kw_fail(KW_E_INPUT, "%s = %s: a network of other layers than \"%s\"", key, directory, c->layers);
    memcpy(weights, found->parameters, c->weights * sizeof *weights);
    return KW_OK;
}

static kw_status start_weights(const kw_train_config *c, uint64_t seed, double *weights) {
    int shape[3], classes;
    kw_cnn *cnn = NULL;
    kw_images_shape(c->set, shape, &classes);
    const kw_status status = kw_cnn_create(c->layers, shape[0], shape[1], shape[2], classes, KW_DOUBLE, &cnn);
    if (status == KW_OK) kw_cnn_start(cnn, seed, weights);
    kw_cnn_destroy(&cnn);
    return status;
}

kw_status kw_train_teacher(kw_comm *world, const kw_train_config *c, const char *key, const char *directory, bool rewind,
                           double *weights, double *source) {
    kw_checkpoint *found = NULL;
    kw_status status = kw_checkpoint_latest(world, directory, &found);
    if (status == KW_OK) status = take_weights(c, key, directory, found, weights);
    if (status == KW_OK && rewind) status = start_weights(c, (uint64_t)found->seed, weights);
    if (status == KW_OK) *source = (double)found->step + 1;
    kw_checkpoint_destroy(&found);
    return kw_comm_agree(world, status);
}

/* ---- pruning ---- */

static int by_size(const void *a, const void *b) {
    const double x = **(double *const *)a, y = **(double *const *)b;
    const double p = x < 0 ? -x : x, q = y < 0 ? -y : y;
    return p > q   ? -1
           : p < q ? 1
                   : (*(double *const *)a > *(double *const *)b) - (*(double *const *)a < *(double *const *)b);
}

/* mask <- 1 for the `keep` weights largest in absolute value. */
static kw_status largest(const double *weights, size_t p, size_t keep, unsigned char *mask) {
    const double **sorted = malloc(p * sizeof *sorted);
    if (!sorted) return kw_fail(KW_E_NOMEM, "no memory to sort %zu weights", p);
    for (size_t i = 0; i < p; ++i) sorted[i] = weights + i;
    qsort(sorted, p, sizeof *sorted, by_size);
    memset(mask, 0, p);
    for (size_t i = 0; i < keep; ++i) mask[sorted[i] - weights] = 1;
    free(sorted);
    return KW_OK;
}

static kw_status make_mask(kw_train *t) {
    const kw_train_config *c = t->config;
    t->mask = malloc(c->weights);
    kw_status status = kw_comm_agree(t->world, t->mask ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a mask"));
    if (status == KW_OK) status = kw_train_teacher(t->world, c, "prune.from", c->prune_from, false, t->theta, &t->source);
    if (status == KW_OK) status = kw_comm_agree(t->world, largest(t->theta, c->weights, c->prune_keep, t->mask));
    return status;
}

kw_status kw_train_start(kw_comm *world, const kw_train_config *c, double *start) {
    double source;
    if (*c->prune_from) return kw_train_teacher(world, c, "prune.from", c->prune_from, c->prune_rewind, start, &source);
    if (c->generator.source == KW_SOURCE_WEIGHTS) return kw_comm_agree(world, start_weights(c, c->training.seed, start));
    return kw_comm_agree(world, kw_generator_start(&c->training, &c->generator, c->weights, start));
}

/* ---- life ---- */

static kw_status allocate(kw_train *t) {
    const size_t p = t->config->weights, scalar = t->config->training.precision == KW_DOUBLE ? 8 : 4;
    const size_t most = t->train.count > t->test.count ? t->train.count : t->test.count;
    t->weights = malloc(p * scalar);
    t->theta = malloc(p * sizeof(double));
    t->d_theta = malloc(p * sizeof(double));
    t->order = malloc((t->train.count + 1) * sizeof(uint32_t));
    t->all = malloc((most + 1) * sizeof(uint32_t));
    t->predicted = malloc(most + 1);
    if (!t->weights || !t->theta || !t->d_theta || !t->order || !t->all || !t->predicted)
        return kw_fail(KW_E_NOMEM, "no memory for a network of %zu weights", p);
    for (size_t i = 0; i < most; ++i) t->all[i] = (uint32_t)i;
    const kw_images *images = &t->train;
    const kw_status status = kw_cnn_create(t->config->layers, images->channels, images->height, images->width,
                                           images->classes, t->config->training.precision, &t->cnn);
    if (status == KW_OK) kw_cnn_normalise(t->cnn, &t->config->normalisation);
    return status;
}

static kw_status find_teachers(kw_train *t) {
    const kw_train_config *c = t->config;
    kw_status status = KW_OK;
    if (*c->prune_from) status = make_mask(t);
    if (status != KW_OK || !*c->distil_from) return status;
    t->teacher = malloc(c->weights * sizeof(double));
    status = kw_comm_agree(t->world, t->teacher ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a teacher"));
    return status == KW_OK ? kw_train_teacher(t->world, c, "distil.from", c->distil_from, false, t->teacher, &t->source)
                           : status;
}

kw_status kw_train_create(kw_comm *world, kw_train_config *config, const kw_train_forecast *forecast, kw_images *train,
                          kw_images *test, kw_train **out) {
    kw_train *t = calloc(1, sizeof *t);
    kw_status status = kw_comm_agree(world, t ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a run"));
    if (status != KW_OK) {
        free(t);
        return status;
    }
    *t = (kw_train){.world = world, .config = config, .forecast = *forecast, .train = *train, .test = *test};
    *train = *test = (kw_images){0};
    status = kw_comm_agree(world, allocate(t));
    if (status == KW_OK) status = kw_comm_split(world, kw_comm_rank(world) / forecast->ranks_per_state, &t->comm);
    if (status == KW_OK) {
        const kw_generator_grid grid = {world, t->comm, forecast->shard};
        status = kw_generator_create(&grid, &config->training, &config->generator, config->weights, &t->generator);
    }
    if (status == KW_OK) status = find_teachers(t);
    if (status == KW_OK) *out = t;
    else kw_train_destroy(&t);
    return status;
}

void kw_train_destroy(kw_train **train) {
    kw_train *t = *train;
    if (!t) return;
    kw_generator_destroy(&t->generator);
    kw_comm_destroy(&t->comm);
    kw_cnn_destroy(&t->cnn);
    kw_images_free(&t->train);
    kw_images_free(&t->test);
    free(t->weights);
    free(t->theta);
    free(t->d_theta);
    free(t->teacher);
    free(t->mask);
    free(t->order);
    free(t->all);
    free(t->predicted);
    free(t);
    *train = NULL;
}
