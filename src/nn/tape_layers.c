/* F2  Layers of networks on a tape. */
#include "nn/tape_layers.h"

#include <math.h>

int kw_layer_dense(kw_tape *tape, int x, size_t inputs, size_t outputs) {
    const double bound = 1 / sqrt((double)inputs);
    const int weights = kw_tape_parameter(tape, inputs, outputs, bound);
    const int bias = kw_tape_parameter(tape, 1, outputs, bound);
    return kw_tape_add(tape, kw_tape_matmul(tape, x, weights), bias);
}

int kw_layer_convolve(kw_tape *tape, int x, size_t rows, size_t length, kw_convolution window, size_t outputs) {
    const size_t taps = window.kernel * window.channels, positions = (length + window.stride - 1) / window.stride;
    const double bound = 1 / sqrt((double)taps);
    const int weights = kw_tape_parameter(tape, outputs, taps, bound);
    const int bias = kw_tape_parameter(tape, 1, outputs, bound);
    const int channels = kw_tape_reshape(tape, kw_tape_convolve(tape, x, weights, window), rows * positions, outputs);
    return kw_tape_reshape(tape, kw_tape_add(tape, channels, bias), rows, positions * outputs);
}

kw_gru kw_gru_make(kw_tape *tape, size_t inputs, size_t units) {
    const double bound = 1 / sqrt((double)units);
    kw_gru gru = {.units = units};
    gru.w = kw_tape_parameter(tape, inputs, 3 * units, bound);
    gru.b = kw_tape_parameter(tape, 1, 3 * units, bound);
    gru.u = kw_tape_parameter(tape, units, 3 * units, bound);
    gru.c = kw_tape_parameter(tape, 1, 3 * units, bound);
    return gru;
}

int kw_gru_input(kw_tape *tape, const kw_gru *gru, int x) {
    return kw_tape_add(tape, kw_tape_matmul(tape, x, gru->w), gru->b);
}

int kw_gru_step(kw_tape *tape, const kw_gru *gru, int input, int h) {
    const size_t units = gru->units;
    const int from_h = kw_tape_add(tape, kw_tape_matmul(tape, h, gru->u), gru->c);
    const int gates = kw_tape_sigmoid(
        tape, kw_tape_add(tape, kw_tape_slice(tape, input, 0, 2 * units), kw_tape_slice(tape, from_h, 0, 2 * units)));
    const int r = kw_tape_slice(tape, gates, 0, units), z = kw_tape_slice(tape, gates, units, units);
    const int reset = kw_tape_multiply(tape, r, kw_tape_slice(tape, from_h, 2 * units, units));
    const int n = kw_tape_tanh(tape, kw_tape_add(tape, kw_tape_slice(tape, input, 2 * units, units), reset));
    /* n + z (h - n) */
    const int away = kw_tape_add(tape, h, kw_tape_affine(tape, n, -1, 0));
    return kw_tape_add(tape, n, kw_tape_multiply(tape, z, away));
}
