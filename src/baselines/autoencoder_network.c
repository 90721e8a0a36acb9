/* F4  The networks of the autoencoders, written onto a tape. */
#include "baselines/autoencoder_network.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "nn/tape_layers.h"

enum { KERNEL = 3 };

typedef struct {
    const kw_autoencoder_config *config;
    kw_tape *tape;
    size_t rows, dimension, latent, width; /* amplitudes; reals of the latent; units or channels */
} builder;

static int activate(const builder *b, int x) {
    return b->config->activation == KW_ACTIVATION_RELU ? kw_tape_relu(b->tape, x) : kw_tape_tanh(b->tape, x);
}

/* ---- linear ---- */

static int orthonormal(const builder *b, int input, int *latent) {
    const int start = kw_tape_parameter(b->tape, b->latent / 2, 2 * b->dimension, 1 / sqrt((double)b->dimension));
    const int rows = kw_tape_orthonormalise(b->tape, start);
    *latent = kw_tape_complex_matmul_dagger(b->tape, input, rows);
    return kw_tape_complex_matmul(b->tape, *latent, rows);
}

static int linear(const builder *b, int input, int *latent) {
    const int encoder = kw_tape_parameter(b->tape, b->dimension, b->latent, 1 / sqrt((double)b->dimension));
    const int decoder = kw_tape_parameter(b->tape, b->latent / 2, 2 * b->dimension, 1 / sqrt((double)b->latent));
    *latent = kw_tape_complex_matmul(b->tape, input, encoder);
    return kw_tape_complex_matmul(b->tape, *latent, decoder);
}

static int real_linear(const builder *b, int input, int *latent) {
    const int encoder = kw_tape_parameter(b->tape, 2 * b->dimension, b->latent, 1 / sqrt(2.0 * (double)b->dimension));
    const int decoder = kw_tape_parameter(b->tape, b->latent, 2 * b->dimension, 1 / sqrt((double)b->latent));
    *latent = kw_tape_matmul(b->tape, input, encoder);
    return kw_tape_matmul(b->tape, *latent, decoder);
}

/* ---- fully connected ---- */

/* `outer` reals -> hidden layers -> latent -> hidden layers -> `outer` reals */
static int dense_layers(const builder *b, int x, size_t outer, int *latent) {
    size_t inputs = outer;
    for (int l = 0; l < b->config->layers; ++l, inputs = b->width)
        x = activate(b, kw_layer_dense(b->tape, x, inputs, b->width));
    x = *latent = kw_layer_dense(b->tape, x, inputs, b->latent);
    inputs = b->latent;
    for (int l = 0; l < b->config->layers; ++l, inputs = b->width)
        x = activate(b, kw_layer_dense(b->tape, x, inputs, b->width));
    return kw_layer_dense(b->tape, x, inputs, outer);
}

static int dense(const builder *b, int input, int *latent) { return dense_layers(b, input, 2 * b->dimension, latent); }

/* Amplitudes a >= 0 become pairs (a, 0); an input that is never fed is 0. */
static int amplitude(const builder *b, int input, int *latent) {
    const size_t numbers = b->rows * b->dimension;
    const int zeros = kw_tape_input(b->tape, numbers, 1);
    const int sizes = kw_tape_absolute(b->tape, dense_layers(b, input, b->dimension, latent));
    const int pairs = kw_tape_concat(b->tape, (const int[]){kw_tape_reshape(b->tape, sizes, numbers, 1), zeros}, 2);
    return kw_tape_reshape(b->tape, pairs, b->rows, 2 * b->dimension);
}

/* ---- convolutions along the 2^n amplitudes, two channels (re, im) outside, `width` inside ---- */

static int conv(const builder *b, int x, int *latent) {
    size_t length = b->dimension, channels = 2;
    for (int l = 0; l < b->config->layers; ++l, length /= 2, channels = b->width)
        x = activate(b, kw_layer_convolve(b->tape, x, b->rows, length, (kw_convolution){channels, KERNEL, 2, 1}, b->width));
    *latent = kw_layer_dense(b->tape, x, length * channels, b->latent);
    x = kw_layer_dense(b->tape, *latent, b->latent, length * channels);
    for (int l = b->config->layers - 1; l >= 0; --l) {
        x = kw_tape_repeat(b->tape, activate(b, x), channels, 2);
        length *= 2;
        x = kw_layer_convolve(b->tape, x, b->rows, length, (kw_convolution){channels, KERNEL, 1, 1}, l ? b->width : 2);
    }
    return x;
}

static int dilated(const builder *b, int x, int *latent) {
    const size_t d = b->dimension;
    size_t channels = 2;
    for (int l = 0; l < b->config->layers; ++l, channels = b->width)
        x = activate(
            b, kw_layer_convolve(b->tape, x, b->rows, d, (kw_convolution){channels, KERNEL, 1, (size_t)1 << l}, b->width));
    *latent = kw_layer_dense(b->tape, x, d * channels, b->latent);
    x = kw_layer_dense(b->tape, *latent, b->latent, d * channels);
    for (int l = b->config->layers - 1; l >= 0; --l)
        x = kw_layer_convolve(b->tape, activate(b, x), b->rows, d, (kw_convolution){channels, KERNEL, 1, (size_t)1 << l},
                              l ? b->width : 2);
    return x;
}

/* ---- recurrent ---- */

static int gru(const builder *b, int input, int *latent) {
    const size_t chunk = 2 * (size_t)b->config->chunk, steps = 2 * b->dimension / chunk;
    const kw_gru reader = kw_gru_make(b->tape, chunk, b->width);
    int h = kw_tape_input(b->tape, b->rows, b->width);
    for (size_t s = 0; s < steps; ++s)
        h = kw_gru_step(b->tape, &reader, kw_gru_input(b->tape, &reader, kw_tape_slice(b->tape, input, s * chunk, chunk)),
                        h);
    *latent = kw_layer_dense(b->tape, h, b->width, b->latent);
    const kw_gru writer = kw_gru_make(b->tape, b->latent, b->width);
    const int every_step = kw_gru_input(b->tape, &writer, *latent);
    h = kw_tape_tanh(b->tape, kw_layer_dense(b->tape, *latent, b->latent, b->width));
    int *states = calloc(steps, sizeof *states);
    if (!states) return KW_NO_NODE;
    for (size_t s = 0; s < steps; ++s) states[s] = h = kw_gru_step(b->tape, &writer, every_step, h);
    const int all = kw_tape_reshape(b->tape, kw_tape_concat(b->tape, states, steps), b->rows * steps, b->width);
    free(states);
    return kw_tape_reshape(b->tape, kw_layer_dense(b->tape, all, b->width, chunk), b->rows, 2 * b->dimension);
}

/* ---- checks ---- */

static kw_status check_range(const char *what, int value, int least, int most) {
    if (value >= least && value <= most) return KW_OK;
    return kw_fail(KW_E_ARG, "an autoencoder's %s is %d: expected %d..%d", what, value, least, most);
}

static kw_status check(const kw_autoencoder_config *c) {
    const kw_autoencoder_kind kind = c->kind;
    const bool convolves = kind == KW_AUTOENCODER_CONV || kind == KW_AUTOENCODER_DILATED;
    const bool has_layers = convolves || kind == KW_AUTOENCODER_DENSE || kind == KW_AUTOENCODER_AMPLITUDE;
    kw_status status = check_range("kind", (int)kind, 0, KW_AUTOENCODER_KINDS - 1);
    if (status == KW_OK) status = check_range("number of qubits", c->n_qubits, 1, 24);
    if (status == KW_OK) status = check_range("number of latent qubits", c->latent, 0, c->n_qubits);
    if (status == KW_OK && has_layers)
        status = check_range("number of layers", c->layers, convolves, convolves ? c->n_qubits : 16);
    if (status == KW_OK && (has_layers || kind == KW_AUTOENCODER_GRU)) status = check_range("width", c->width, 1, 65536);
    if (status != KW_OK || kind != KW_AUTOENCODER_GRU) return status;
    if (c->chunk < 1 || c->chunk > 1 << c->n_qubits || c->chunk & (c->chunk - 1))
        return kw_fail(KW_E_ARG, "an autoencoder's chunk is %d amplitudes: expected a power of two, at most 2^%d", c->chunk,
                       c->n_qubits);
    return KW_OK;
}

/* ---- the whole ---- */

kw_status kw_autoencoder_build(const kw_autoencoder_config *config, size_t rows, kw_autoencoder_network *out) {
    static int (*const kinds[KW_AUTOENCODER_KINDS])(const builder *b, int input, int *latent) = {
        [KW_AUTOENCODER_LINEAR] = linear,    [KW_AUTOENCODER_ORTHONORMAL] = orthonormal,
        [KW_AUTOENCODER_REAL] = real_linear, [KW_AUTOENCODER_DENSE] = dense,
        [KW_AUTOENCODER_CONV] = conv,        [KW_AUTOENCODER_DILATED] = dilated,
        [KW_AUTOENCODER_GRU] = gru,          [KW_AUTOENCODER_AMPLITUDE] = amplitude,
    };
    kw_autoencoder_network n = {0};
    kw_status status = check(config);
    if (status == KW_OK) status = kw_tape_create(&n.tape);
    if (status != KW_OK) return status;
    const builder b = {.config = config,
                       .tape = n.tape,
                       .rows = rows,
                       .dimension = (size_t)1 << config->n_qubits,
                       .latent = (size_t)2 << config->latent,
                       .width = (size_t)config->width};
    const size_t reals = 2 * b.dimension;
    n.input = kw_tape_input(n.tape, rows, config->kind == KW_AUTOENCODER_AMPLITUDE ? b.dimension : reals);
    n.target = kw_tape_input(n.tape, rows, reals);
    n.weights = kw_tape_input(n.tape, 1, rows);
    n.raw = kinds[config->kind](&b, n.input, &n.latent);
    n.unit = kw_tape_normalise(n.tape, n.raw);
    const int fidelity = kw_tape_matmul(n.tape, n.weights, kw_tape_overlap(n.tape, n.target, n.unit));
    n.loss = kw_tape_affine(n.tape, fidelity, -1, 1);
    if (n.loss == KW_NO_NODE) {
        status = kw_tape_seal(n.tape); /* says what was wrong with a node */
        kw_tape_destroy(&n.tape);
        return status != KW_OK ? status : kw_fail(KW_E_NOMEM, "no memory for the network of an autoencoder");
    }
    *out = n;
    return KW_OK;
}
