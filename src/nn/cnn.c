/* F2  Convolutional networks: life, one block of images forwards and backwards, a batch. */
#include "nn/cnn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#    include <omp.h>
#endif

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "nn/cnn_internal.h"

/* ---- life ---- */

static size_t pixel_bytes(const kw_cnn *cnn) { return (size_t)cnn->lanes->lanes * cnn->lanes->scalar_bytes; }
static uint64_t work_bytes(const kw_cnn *cnn) { return (uint64_t)cnn->threads * cnn->pixels * pixel_bytes(cnn); }
static uint64_t gradient_bytes(const kw_cnn *cnn) { return KW_CNN_SLOTS * cnn->n_weights * cnn->lanes->scalar_bytes; }

uint64_t kw_cnn_bytes(const kw_cnn *cnn) { return work_bytes(cnn) + gradient_bytes(cnn); }
size_t kw_cnn_weights(const kw_cnn *cnn) { return cnn->n_weights; }

static int thread_count(void) {
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

static int thread_number(void) {
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

static kw_status allocate(kw_cnn *cnn) {
    cnn->work = kw_block_alloc(work_bytes(cnn));
    cnn->gradients = kw_block_alloc(gradient_bytes(cnn));
    if (!cnn->work || !cnn->gradients) return kw_fail(KW_E_NOMEM, "no memory for a network of %zu weights", cnn->n_weights);
    memset(cnn->work, 0, work_bytes(cnn)); /* what stands around the images stays 0 */
    return KW_OK;
}

static kw_status describe(const char *layers, int channels, int height, int width, int classes, kw_precision precision,
                          kw_cnn *cnn) {
    if (channels < 1 || channels > 4) return kw_fail(KW_E_INPUT, "images of %d channels: expected 1 to 4", channels);
    cnn->precision = kw_precision_of_gates(precision);
    cnn->lanes = kw_lanes(precision);
    cnn->threads = thread_count();
    cnn->tensor[0] = (kw_tensor){.channels = channels, .height = height, .width = width};
    return kw_cnn_lay_out(cnn, layers, classes);
}

kw_status kw_cnn_need(const char *layers, int channels, int height, int width, int classes, kw_precision precision,
                      size_t *weights, uint64_t *bytes) {
    kw_cnn cnn = {0};
    const kw_status status = describe(layers, channels, height, width, classes, precision, &cnn);
    if (status != KW_OK) return status;
    *weights = cnn.n_weights;
    *bytes = kw_cnn_bytes(&cnn);
    return KW_OK;
}

kw_status kw_cnn_create(const char *layers, int channels, int height, int width, int classes, kw_precision precision,
                        kw_cnn **out) {
    kw_cnn *cnn = calloc(1, sizeof *cnn);
    if (!cnn) return kw_fail(KW_E_NOMEM, "no memory for a network");
    kw_status status = describe(layers, channels, height, width, classes, precision, cnn);
    if (status == KW_OK) status = allocate(cnn);
    if (status == KW_OK) *out = cnn;
    else kw_cnn_destroy(&cnn);
    return status;
}

void kw_cnn_destroy(kw_cnn **cnn) {
    if (!*cnn) return;
    kw_block_free((*cnn)->work, work_bytes(*cnn));
    kw_block_free((*cnn)->gradients, gradient_bytes(*cnn));
    free(*cnn);
    *cnn = NULL;
}

static size_t fan_in(const kw_cnn *cnn, int l) {
    return (cnn->layer[l].biases - cnn->layer[l].weights) / (size_t)cnn->tensor[l + 1].channels;
}

void kw_cnn_start(const kw_cnn *cnn, uint64_t seed, double *theta) {
    const kw_rng rng = kw_rng_make(seed, KW_STREAM_PARAMETERS, 1);
    for (int l = 0; l < cnn->n_layers; ++l) {
        if (cnn->layer[l].kind == KW_LAYER_POOL) continue;
        const double bound = 1 / sqrt((double)fan_in(cnn, l));
        for (size_t i = cnn->layer[l].weights; i < cnn->layer[l].biases + (size_t)cnn->tensor[l + 1].channels; ++i)
            theta[i] = bound * (2 * kw_rng_uniform(&rng, i) - 1);
    }
}

void kw_cnn_filters(const kw_cnn *cnn, int *count, int *channels, int *kernel) {
    const bool any = cnn->layer[0].kind == KW_LAYER_CONV;
    *count = any ? cnn->tensor[1].channels : 0;
    *channels = cnn->tensor[0].channels;
    *kernel = cnn->layer[0].kernel;
}

static double layer_macs(const kw_cnn *cnn, int l) {
    const kw_tensor *out = &cnn->tensor[l + 1];
    if (cnn->layer[l].kind == KW_LAYER_POOL) return 0;
    return (double)fan_in(cnn, l) * out->channels * out->height * out->width;
}

double kw_cnn_forward_macs(const kw_cnn *cnn) {
    double sum = 0;
    for (int l = 0; l < cnn->n_layers; ++l) sum += layer_macs(cnn, l);
    return sum;
}

double kw_cnn_backward_macs(const kw_cnn *cnn) {
    double sum = 0;
    for (int l = 0; l < cnn->n_layers; ++l) sum += layer_macs(cnn, l) * (l ? 2 : 1);
    return sum;
}

static double get(const kw_cnn *cnn, const void *array, size_t i) {
    return cnn->precision == KW_DOUBLE ? ((const double *)array)[i] : (double)((const float *)array)[i];
}

void kw_cnn_normalise(kw_cnn *cnn, const kw_normalisation *n) {
    for (int c = 0; c < cnn->tensor[0].channels; ++c) {
        cnn->scale[c] = 1 / (255 * n->deviation[c]);
        cnn->shift[c] = -n->mean[c] / n->deviation[c];
    }
}

/* ---- one block of W images ---- */

typedef struct {
    const kw_cnn *cnn;
    const char *theta;
    char *work, *gradient; /* gradient: (p), added to */
} block;

static char *pixel(const block *b, size_t number) { return b->work + number * pixel_bytes(b->cnn); }
static const char *weight(const block *b, size_t i) { return b->theta + i * b->cnn->lanes->scalar_bytes; }
static char *slope(const block *b, size_t i) { return b->gradient + i * b->cnn->lanes->scalar_bytes; }

static kw_convolution convolution(const block *b, int l) {
    const kw_layer *layer = &b->cnn->layer[l];
    const kw_tensor *in = &b->cnn->tensor[l], *out = in + 1;
    const ptrdiff_t area = (ptrdiff_t)layer->kernel * layer->kernel;
    const size_t corner = in->value.offset - (size_t)layer->pad * (in->value.row + 1);
    return (kw_convolution){.in = pixel(b, corner),
                            .out = pixel(b, out->value.offset),
                            .in_row = in->value.row,
                            .in_plane = in->value.plane,
                            .out_row = out->value.row,
                            .out_plane = out->value.plane,
                            .in_channels = in->channels,
                            .out_channels = out->channels,
                            .height = out->height,
                            .width = out->width,
                            .kernel = layer->kernel,
                            .zero_rows = layer->pad,
                            .weights = weight(b, layer->weights),
                            .bias = weight(b, layer->biases),
                            .w_out = in->channels * area,
                            .w_in = area,
                            .w_tap = 1,
                            .relu = layer->relu};
}

/* d_in(y, x) = sum_{o, ky, kx} w[o][i][ky][kx] d_out(y + pad - ky, x + pad - kx): a convolution with the kernel turned
 * around and the roles of the channels exchanged, on d_out with kernel - 1 zeros around it. */
static kw_convolution convolution_back(const block *b, int l) {
    const kw_layer *layer = &b->cnn->layer[l];
    const kw_tensor *in = &b->cnn->tensor[l], *out = in + 1;
    const size_t area = (size_t)layer->kernel * (size_t)layer->kernel;
    const size_t corner = out->gradient.offset - (size_t)(layer->kernel - 1 - layer->pad) * (out->gradient.row + 1);
    return (kw_convolution){.in = pixel(b, corner),
                            .out = pixel(b, in->gradient.offset),
                            .in_row = out->gradient.row,
                            .in_plane = out->gradient.plane,
                            .out_row = in->gradient.row,
                            .out_plane = in->gradient.plane,
                            .in_channels = out->channels,
                            .out_channels = in->channels,
                            .height = in->height,
                            .width = in->width,
                            .kernel = layer->kernel,
                            .zero_rows = layer->kernel - 1 - layer->pad,
                            .weights = weight(b, layer->weights + area - 1),
                            .w_out = (ptrdiff_t)area,
                            .w_in = (ptrdiff_t)(area * (size_t)in->channels),
                            .w_tap = -1};
}

static kw_dense_layer dense(const block *b, int l) {
    const kw_layer *layer = &b->cnn->layer[l];
    const kw_tensor *in = &b->cnn->tensor[l], *out = in + 1;
    const int inputs = (int)fan_in(b->cnn, l);
    return (kw_dense_layer){pixel(b, in->value.offset),
                            pixel(b, out->value.offset),
                            inputs,
                            out->channels,
                            weight(b, layer->weights),
                            weight(b, layer->biases),
                            inputs,
                            1,
                            layer->relu};
}

/* The inputs' gradients, row by row of the image: there may be zeros around it. */
static void dense_back(const block *b, int l) {
    const kw_tensor *in = &b->cnn->tensor[l], *out = in + 1;
    const bool packed = in->gradient.row == (size_t)in->width;
    const int run = packed ? (int)fan_in(b->cnn, l) : in->width, runs = packed ? 1 : in->channels * in->height;
    for (int r = 0; r < runs; ++r) {
        const size_t c = (size_t)(r / in->height), y = (size_t)(r % in->height);
        const kw_dense_layer back = {.in = pixel(b, out->gradient.offset),
                                     .out = pixel(b, in->gradient.offset + c * in->gradient.plane + y * in->gradient.row),
                                     .inputs = out->channels,
                                     .outputs = run,
                                     .weights = weight(b, b->cnn->layer[l].weights + (size_t)(r * run)),
                                     .w_out = 1,
                                     .w_in = (ptrdiff_t)fan_in(b->cnn, l)};
        b->cnn->lanes->dense(&back);
    }
}

static kw_pooling pooling(const block *b, int l) {
    const kw_tensor *in = &b->cnn->tensor[l], *out = in + 1;
    return (kw_pooling){pixel(b, in->value.offset),
                        pixel(b, out->value.offset),
                        in->value.row,
                        in->value.plane,
                        out->value.row,
                        out->value.plane,
                        out->channels,
                        out->height,
                        out->width,
                        b->cnn->layer[l].kernel,
                        l && b->cnn->layer[l - 1].relu};
}

/* The relu of a pooling layer itself has no kernel of its own: it goes over the pooled values. */
static void pool_relu(const block *b, int l) {
    const kw_tensor *out = &b->cnn->tensor[l + 1];
    char *value = pixel(b, out->value.offset);
    b->cnn->lanes->relu_back(value, value, out->value.row, out->value.plane, out->value.row, out->value.plane, out->channels,
                             out->height, out->width);
}

static void forward(const block *b) {
    const kw_lanes_table *lanes = b->cnn->lanes;
    for (int l = 0; l < b->cnn->n_layers; ++l) {
        const kw_layer *layer = &b->cnn->layer[l];
        if (layer->kind == KW_LAYER_CONV) {
            const kw_convolution a = convolution(b, l);
            lanes->convolve(&a);
        } else if (layer->kind == KW_LAYER_DENSE) {
            const kw_dense_layer a = dense(b, l);
            lanes->dense(&a);
        } else {
            const kw_pooling a = pooling(b, l);
            lanes->pool(&a);
            if (layer->relu) pool_relu(b, l);
        }
    }
}

/* Layer l: from the gradient of its outputs to those of its weights and inputs. */
static void back_layer(const block *b, int l) {
    const kw_lanes_table *lanes = b->cnn->lanes;
    const kw_layer *layer = &b->cnn->layer[l];
    const kw_tensor *in = &b->cnn->tensor[l], *out = in + 1;
    const kw_grid *d = &out->gradient;
    char *d_out = pixel(b, d->offset);
    const bool done = l + 1 < b->cnn->n_layers && b->cnn->layer[l + 1].kind == KW_LAYER_POOL;
    if (layer->relu && !done)
        lanes->relu_back(pixel(b, out->value.offset), d_out, out->value.row, out->value.plane, d->row, d->plane,
                         out->channels, out->height, out->width);
    if (layer->kind == KW_LAYER_CONV) {
        const kw_convolution a = convolution(b, l), back = convolution_back(b, l);
        lanes->convolve_weights(&a, d_out, d->row, d->plane, slope(b, layer->weights), slope(b, layer->biases));
        if (l) lanes->convolve(&back);
    } else if (layer->kind == KW_LAYER_DENSE) {
        const kw_dense_layer a = dense(b, l);
        lanes->dense_weights(&a, d_out, slope(b, layer->weights), slope(b, layer->biases));
        if (l) dense_back(b, l);
    } else if (l) {
        const kw_pooling a = pooling(b, l);
        lanes->pool_back(&a, d_out, pixel(b, in->gradient.offset), in->gradient.row, in->gradient.plane);
    }
}

/* Images [first, first + count) of the batch. */
static void run_block(const block *b, const kw_batch *batch, size_t first, size_t count, double scale, double *loss,
                      uint64_t *right, uint8_t *predicted) {
    const kw_cnn *cnn = b->cnn;
    const kw_tensor *image = &cnn->tensor[0], *logits = &cnn->tensor[cnn->n_layers];
    const uint8_t *pixels[64];
    uint8_t labels[64] = {0}, guessed[64];
    const size_t bytes = (size_t)image->channels * (size_t)image->height * (size_t)image->width;
    for (size_t i = 0; i < (size_t)cnn->lanes->lanes; ++i) { /* lanes that are left over repeat the first image */
        const size_t number = batch->indices[first + (i < count ? i : 0)];
        pixels[i] = batch->images->pixels + number * bytes;
        labels[i] = batch->images->labels[number];
    }
    cnn->lanes->load(pixels, image->channels, image->height, image->width, cnn->scale, cnn->shift,
                     pixel(b, image->value.offset), image->value.row, image->value.plane);
    forward(b);
    *loss = cnn->lanes->cross_entropy(pixel(b, logits->value.offset), logits->channels, labels, (int)count, scale,
                                      b->gradient ? pixel(b, logits->gradient.offset) : NULL, guessed);
    *right = 0;
    for (size_t i = 0; i < count; ++i) *right += guessed[i] == labels[i];
    if (predicted) memcpy(predicted + first, guessed, count);
    for (int l = cnn->n_layers - 1; b->gradient && l >= 0; --l) back_layer(b, l);
}

/* ---- a batch ---- */

static void sum_gradients(const kw_cnn *cnn, size_t slots, double *gradient) {
    const size_t p = cnn->n_weights;
#pragma omp parallel for schedule(static) if (p > 4096)
    for (size_t i = 0; i < p; ++i) {
        gradient[i] = 0;
        for (size_t s = 0; s < slots; ++s) gradient[i] += get(cnn, cnn->gradients, s * p + i);
    }
}

void kw_cnn_run(kw_cnn *cnn, const void *theta, const kw_batch *batch, double scale, double *loss, uint64_t *right,
                double *gradient, uint8_t *predicted) {
    const size_t lanes = (size_t)cnn->lanes->lanes, blocks = (batch->count + lanes - 1) / lanes;
    const size_t slots = blocks < KW_CNN_SLOTS ? blocks : KW_CNN_SLOTS, p = cnn->n_weights;
    double losses[KW_CNN_SLOTS] = {0};
    uint64_t rights[KW_CNN_SLOTS] = {0};
#pragma omp parallel for schedule(static) num_threads(cnn->threads)
    for (size_t slot = 0; slot < slots; ++slot) {
        block b = {cnn, theta, cnn->work + (size_t)thread_number() * cnn->pixels * pixel_bytes(cnn), NULL};
        if (gradient) {
            b.gradient = cnn->gradients + slot * p * cnn->lanes->scalar_bytes;
            memset(b.gradient, 0, p * cnn->lanes->scalar_bytes);
        }
        for (size_t i = slot; i < blocks; i += slots) {
            const size_t first = i * lanes, left = batch->count - first;
            double part;
            uint64_t good;
            run_block(&b, batch, first, left < lanes ? left : lanes, scale, &part, &good, predicted);
            losses[slot] += part;
            rights[slot] += good;
        }
    }
    *loss = 0;
    *right = 0;
    for (size_t s = 0; s < slots; ++s) {
        *loss += losses[s];
        *right += rights[s];
    }
    if (gradient) sum_gradients(cnn, slots, gradient);
}

void kw_cnn_prefetch(const kw_batch *batch) {
    enum { LINE = 64 };
    const size_t bytes = (size_t)batch->images->channels * (size_t)batch->images->height * (size_t)batch->images->width;
    for (size_t i = 0; i < batch->count; ++i)
        for (size_t at = 0; at < bytes; at += LINE)
            __builtin_prefetch(batch->images->pixels + batch->indices[i] * bytes + at, 0, 2);
}
