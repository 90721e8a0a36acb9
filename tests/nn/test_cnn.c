/* Convolutional networks against plain loops in double precision: losses, guesses, gradients; and what is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#    include <omp.h>
#endif

#include "base/memory.h"
#include "base/rng.h"
#include "nn/cnn.h"
#include "support/run.h"
#include "support/world.h"

enum { MOST = 12 };

/* ---- the reference: image by image, weight by weight ---- */

typedef struct {
    char kind;             /* 'c', 'p', 'd', 'r': conv, pool, dense, relu */
    int size, kernel, pad; /* size: outputs; pool: of a window */
} layer;

typedef struct {
    int channels, height, width;
    layer layers[MOST]; /* the last one is followed by kind 0 */
} network;

/* What goes into a layer, its slope, and where the layer's weights stand. */
typedef struct {
    int c, h, w;
    double *value, *slope;
    size_t weights;
} stage;

typedef struct {
    const network *net;
    int count, classes;
    size_t weights;
    stage stages[MOST + 1];
} reference;

static size_t pixels_of(const stage *s) { return (size_t)(s->c * s->h * s->w); }

static int fan_in(const layer *a, const stage *in) {
    return a->kind == 'c' ? in->c * a->kernel * a->kernel : in->c * in->h * in->w;
}

static reference *reference_of(const network *net) {
    reference *r = calloc(1, sizeof *r);
    r->net = net;
    r->stages[0] = (stage){.c = net->channels, .h = net->height, .w = net->width};
    for (; net->layers[r->count].kind; ++r->count) {
        const layer *a = &net->layers[r->count];
        stage *in = &r->stages[r->count], *out = in + 1;
        in->weights = r->weights;
        *out = (stage){.c = in->c, .h = in->h, .w = in->w};
        if (a->kind == 'c')
            *out = (stage){.c = a->size, .h = in->h + 2 * a->pad - a->kernel + 1, .w = in->w + 2 * a->pad - a->kernel + 1};
        if (a->kind == 'p') *out = (stage){.c = in->c, .h = in->h / a->size, .w = in->w / a->size};
        if (a->kind == 'd') *out = (stage){.c = a->size, .h = 1, .w = 1};
        if (a->kind == 'c' || a->kind == 'd') r->weights += (size_t)(a->size * (fan_in(a, in) + 1));
    }
    for (int l = 0; l <= r->count; ++l) {
        r->stages[l].value = malloc(pixels_of(&r->stages[l]) * sizeof(double));
        r->stages[l].slope = malloc(pixels_of(&r->stages[l]) * sizeof(double));
    }
    r->classes = r->stages[r->count].c;
    return r;
}

static void reference_destroy(reference *r) {
    for (int l = 0; l <= r->count; ++l) {
        free(r->stages[l].value);
        free(r->stages[l].slope);
    }
    free(r);
}

/* Forwards, or with `g` backwards. */
static void conv(const layer *a, const stage *in, const stage *out, const double *w, double *g) {
    const int k = a->kernel, biases = out->c * in->c * k * k;
    for (int o = 0, at = 0; o < out->c; ++o)
        for (int y = 0; y < out->h; ++y)
            for (int x = 0; x < out->w; ++x, ++at) {
                double sum = w[biases + o];
                if (g) g[biases + o] += out->slope[at];
                for (int i = 0; i < in->c; ++i)
                    for (int t = 0; t < k * k; ++t) {
                        const int row = y + t / k - a->pad, column = x + t % k - a->pad, tap = (o * in->c + i) * k * k + t;
                        const int from = (i * in->h + row) * in->w + column;
                        if (row < 0 || column < 0 || row >= in->h || column >= in->w) continue;
                        sum += w[tap] * in->value[from];
                        if (g) g[tap] += out->slope[at] * in->value[from];
                        if (g) in->slope[from] += out->slope[at] * w[tap];
                    }
                if (!g) out->value[at] = sum;
            }
}

static void dense(const stage *in, const stage *out, const double *w, double *g) {
    const int inputs = in->c * in->h * in->w;
    for (int o = 0; o < out->c; ++o) {
        double sum = w[out->c * inputs + o];
        if (g) g[out->c * inputs + o] += out->slope[o];
        for (int i = 0; i < inputs; ++i) {
            sum += w[o * inputs + i] * in->value[i];
            if (g) g[o * inputs + i] += out->slope[o] * in->value[i];
            if (g) in->slope[i] += out->slope[o] * w[o * inputs + i];
        }
        if (!g) out->value[o] = sum;
    }
}

static void pool(int size, const stage *in, const stage *out, bool back) {
    for (int c = 0, at = 0; c < out->c; ++c)
        for (int y = 0; y < out->h; ++y)
            for (int x = 0; x < out->w; ++x, ++at) {
                int best = (c * in->h + y * size) * in->w + x * size;
                for (int t = 0; t < size * size; ++t) {
                    const int from = (c * in->h + y * size + t / size) * in->w + x * size + t % size;
                    if (in->value[from] > in->value[best]) best = from;
                }
                if (back) in->slope[best] += out->slope[at];
                else out->value[at] = in->value[best];
            }
}

static void pass(const reference *r, int l, const double *theta, double *gradient) {
    const layer *a = &r->net->layers[l];
    const stage *in = &r->stages[l], *out = in + 1;
    double *g = gradient ? gradient + in->weights : NULL;
    for (size_t i = 0; g && i < pixels_of(in); ++i) in->slope[i] = 0;
    if (a->kind == 'c') conv(a, in, out, theta + in->weights, g);
    if (a->kind == 'd') dense(in, out, theta + in->weights, g);
    if (a->kind == 'p') pool(a->size, in, out, g);
    for (size_t i = 0; a->kind == 'r' && i < pixels_of(in); ++i) {
        if (g) in->slope[i] = in->value[i] > 0 ? out->slope[i] : 0;
        else out->value[i] = in->value[i] > 0 ? in->value[i] : 0;
    }
}

/* Loss of the image in stage 0; gradient += scale times the loss's. */
static double reference_run(const reference *r, const double *theta, int label, double scale, double *gradient, int *guess) {
    const stage *logits = &r->stages[r->count];
    double sum = 0;
    for (int l = 0; l < r->count; ++l) pass(r, l, theta, NULL);
    *guess = 0;
    for (int k = 0; k < r->classes; ++k) {
        sum += exp(logits->value[k]);
        if (logits->value[k] > logits->value[*guess]) *guess = k;
    }
    for (int k = 0; k < r->classes; ++k) logits->slope[k] = scale * (exp(logits->value[k]) / sum - (k == label));
    for (int l = r->count - 1; gradient && l >= 0; --l) pass(r, l, theta, gradient);
    return log(sum) - logits->value[label];
}

/* ---- one network, its weights and its images, for both ---- */

enum { IMAGES = 40 };
static const kw_normalisation usual = {{0.13, 0.4, 0.5, 0.25}, {0.31, 0.2, 0.25, 0.5}}, plain = {{0}, {1, 1, 1, 1}};

typedef struct {
    reference *plain;
    kw_cnn *cnn;
    kw_precision precision;
    kw_normalisation normalisation;
    kw_images images;
    kw_batch batch;
    uint32_t indices[160];
    double *theta, *gradient, *expected; /* theta: numbers of single precision */
    float *narrow;
} fixture;

static const char *in_words(const network *net) {
    static char text[256];
    char *end = text;
    for (const layer *a = net->layers; a->kind; ++a) {
        if (a > net->layers) end += sprintf(end, ", ");
        if (a->kind == 'c') end += sprintf(end, "conv %d %d", a->size, a->kernel);
        if (a->kind == 'c' && a->pad) end += sprintf(end, " pad %d", a->pad);
        if (a->kind == 'p') end += sprintf(end, "pool %d", a->size);
        if (a->kind == 'd') end += sprintf(end, "dense %d", a->size);
        if (a->kind == 'r') end += sprintf(end, "relu");
    }
    return text;
}

/* With `steps` numbers are few and exact, so that there are ties: pixels 0 and 1, weights multiples of 1/4. */
static void fill(fixture *f, size_t count, uint64_t seed, bool steps) {
    const kw_rng rng = kw_rng_make(seed, KW_STREAM_TEST, 5);
    const reference *r = f->plain;
    const size_t bytes = pixels_of(&r->stages[0]) * IMAGES;
    f->images = (kw_images){r->net->channels, r->net->height, r->net->width, r->classes, IMAGES, malloc(bytes), NULL};
    f->images.labels = malloc(IMAGES);
    for (size_t i = 0; i < bytes; ++i)
        f->images.pixels[i] = (uint8_t)(steps ? 255 * (kw_rng_bits(&rng, i) % 2) : kw_rng_bits(&rng, i) % 256);
    for (size_t i = 0; i < IMAGES; ++i)
        f->images.labels[i] = (uint8_t)(kw_rng_bits(&rng, bytes + i) % (uint64_t)r->classes);
    for (size_t i = 0; i < count; ++i) f->indices[i] = (uint32_t)(kw_rng_bits(&rng, bytes + IMAGES + i) % IMAGES);
    f->batch = (kw_batch){&f->images, f->indices, count};
    size_t i = 0;
    for (int l = 0; l < r->count; ++l) {
        const layer *a = &r->net->layers[l];
        const double bound = a->kind == 'c' || a->kind == 'd' ? sqrt(3.0 / fan_in(a, &r->stages[l])) : 0;
        const size_t end = l + 1 < r->count ? r->stages[l + 1].weights : r->weights;
        for (; i < end; ++i) {
            const double u = 2 * kw_rng_uniform(&rng, (1 << 20) + i) - 1;
            f->narrow[i] = (float)(steps && a->kind == 'c' ? floor(8 * u) / 4 : bound * u);
            f->theta[i] = (double)f->narrow[i];
        }
    }
}

static fixture *fixture_of(const network *net, kw_precision precision, size_t count, uint64_t seed, bool steps) {
    fixture *f = calloc(1, sizeof *f);
    const uint64_t held = kw_memory_now();
    f->plain = reference_of(net);
    f->precision = precision;
    f->normalisation = steps ? plain : usual;
    TEST_MUST(kw_cnn_create(in_words(net), net->channels, net->height, net->width, f->plain->classes, precision, &f->cnn));
    assert_int_equal(kw_cnn_weights(f->cnn), f->plain->weights);
    assert_int_equal(kw_cnn_bytes(f->cnn), kw_memory_now() - held);
    kw_cnn_normalise(f->cnn, &f->normalisation);
    f->theta = malloc(f->plain->weights * sizeof(double));
    f->narrow = malloc(f->plain->weights * sizeof(float));
    f->gradient = malloc(f->plain->weights * sizeof(double));
    f->expected = calloc(f->plain->weights, sizeof(double));
    fill(f, count, seed, steps);
    return f;
}

static void fixture_destroy(fixture *f) {
    const uint64_t held = kw_memory_now(), bytes = kw_cnn_bytes(f->cnn);
    kw_cnn_destroy(&f->cnn);
    assert_null(f->cnn);
    assert_int_equal(kw_memory_now(), held - bytes);
    reference_destroy(f->plain);
    kw_images_free(&f->images);
    free(f->theta);
    free(f->narrow);
    free(f->gradient);
    free(f->expected);
    free(f);
}

static const void *theta_of(const fixture *f) { return f->precision == KW_DOUBLE ? (void *)f->theta : (void *)f->narrow; }

/* The reference's loss of the batch; gradient (NULL: not wanted), guesses and hits. */
static double expect(fixture *f, double scale, double *gradient, uint8_t *guesses, uint64_t *right) {
    const size_t pixels = pixels_of(&f->plain->stages[0]), plane = pixels / (size_t)f->plain->stages[0].c;
    double loss = 0;
    *right = 0;
    for (size_t b = 0; b < f->batch.count; ++b) {
        const uint32_t image = f->indices[b];
        int guess;
        for (size_t i = 0; i < pixels; ++i)
            f->plain->stages[0].value[i] =
                (f->images.pixels[image * pixels + i] / 255.0 - f->normalisation.mean[i / plane])
                / f->normalisation.deviation[i / plane];
        loss += reference_run(f->plain, f->theta, f->images.labels[image], scale, gradient, &guess);
        *right += guess == f->images.labels[image];
        guesses[b] = (uint8_t)guess;
    }
    return loss;
}
