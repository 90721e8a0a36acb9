/* F2  Rows of a mapping network: see kw_mapping_rows. */
#include <string.h>

#include "nn/kernels/lanes_internal.h"

/* Pixels of every layer's outputs behind each other, then the gradients of two layers, then sums of the first layer. */
static int widest(const int *width, int layers) {
    int most = 0;
    for (int l = 0; l < layers; ++l) most = width[l] > most ? width[l] : most;
    return most;
}

size_t KW_MAPPING_WORK(const int *width, int layers) {
    size_t pixels = 2 * (size_t)widest(width, layers) + (size_t)width[0];
    for (int l = 0; l < layers; ++l) pixels += (size_t)width[l];
    return pixels;
}

/* The outputs of all layers for the W rows from `row` on, in chunk `high`; returns those of the last. */
static vec *forward(const kw_mapping_rows *m, size_t high, size_t group, size_t row) {
    vec *out = m->work;
    const vec *low = (const vec *)m->low + group * (size_t)m->width[0];
    const real *top = (const real *)m->high + high * (size_t)m->width[0], *column = m->column;
    const vec x = *(const vec *)((const real *)m->x + row);
    const bool relu = m->relu && m->layers > 1;
    for (int j = 0; j < m->width[0]; ++j) {
        const vec z = low[j] + all(top[j]) + all(column[j]) * x;
        out[j] = relu ? positive(z) : z;
    }
    for (int l = 1; l < m->layers; ++l) {
        const kw_dense_layer layer = {.in = out,
                                      .out = out + m->width[l - 1],
                                      .inputs = m->width[l - 1],
                                      .outputs = m->width[l],
                                      .weights = m->weights[l - 1],
                                      .bias = m->bias[l - 1],
                                      .w_out = m->width[l - 1],
                                      .w_in = 1,
                                      .relu = m->relu && l + 1 < m->layers};
        KW_DENSE(&layer);
        out += m->width[l - 1];
    }
    return out;
}

void KW_MAPPING(const kw_mapping_rows *m, size_t first_chunk, size_t last_chunk) {
    const size_t groups = ((size_t)1 << m->low_bits) / W;
    const int c = m->width[m->layers - 1];
    for (size_t high = first_chunk; high < last_chunk; ++high)
        for (size_t group = 0; group < groups; ++group) {
            const size_t row = (high << m->low_bits) + group * W;
            const vec *out = forward(m, high, group, row);
            real *theta = (real *)m->theta + row * (size_t)c;
            if (c == 1) *(vec *)theta = *out;
            else
                for (int l = 0; l < W; ++l)
                    for (int o = 0; o < c; ++o) theta[l * c + o] = out[o][l];
        }
}

/* d <- gradient of the last layer's outputs. */
static void gather(const kw_mapping_rows *m, size_t row, vec *d) {
    const int c = m->width[m->layers - 1];
    const real *d_theta = (const real *)m->d_theta + row * (size_t)c;
    if (c == 1) *d = *(const vec *)d_theta;
    else
        for (int l = 0; l < W; ++l)
            for (int o = 0; o < c; ++o) d[o][l] = d_theta[l * c + o];
}

/* Through layer l: adds the gradients of its weights, leaves those of its inputs in `below`. */
static void back_layer(const kw_mapping_rows *m, int l, const vec *in, const vec *d, vec *below) {
    const int inputs = m->width[l - 1], outputs = m->width[l];
    for (int o = 0; o < outputs; ++o) {
        vec *g = (vec *)m->d_weights[l - 1] + (size_t)o * (size_t)inputs;
        for (int i = 0; i < inputs; ++i) g[i] += d[o] * in[i];
        ((vec *)m->d_bias[l - 1])[o] += d[o];
    }
    const kw_dense_layer back = {.in = d,
                                 .out = below,
                                 .inputs = outputs,
                                 .outputs = inputs,
                                 .weights = m->weights[l - 1],
                                 .w_out = 1,
                                 .w_in = inputs};
    KW_DENSE(&back);
    if (m->relu)
        for (int i = 0; i < inputs; ++i) below[i] = where_positive(below[i], in[i]);
}

/* The W rows from `row` on: sum (width[0]) += gradients of the first layer's outputs. */
static void back_group(const kw_mapping_rows *m, size_t high, size_t group, size_t row, vec *sum, vec *d, vec *below) {
    const vec *out = forward(m, high, group, row);
    const int outputs = m->width[0];
    gather(m, row, d);
    for (int l = m->layers - 1; l > 0; --l) {
        out -= m->width[l - 1];
        back_layer(m, l, out, d, below);
        vec *swap = d;
        d = below;
        below = swap;
    }
    vec *low = (vec *)m->d_low + group * (size_t)outputs, *d_column = m->d_column, dx = {0};
    const vec x = *(const vec *)((const real *)m->x + row);
    const real *column = m->column;
    for (int j = 0; j < outputs; ++j) {
        low[j] += d[j];
        sum[j] += d[j];
        dx += all(column[j]) * d[j];
        d_column[j] += d[j] * x;
    }
    for (int l = 0; l < W; ++l) m->d_x[row + (size_t)l] = (double)dx[l];
}

void KW_MAPPING_BACK(const kw_mapping_rows *m, size_t first_chunk, size_t last_chunk) {
    const size_t groups = ((size_t)1 << m->low_bits) / W, outputs = (size_t)m->width[0];
    const int most = widest(m->width, m->layers);
    vec *d = (vec *)m->work + KW_MAPPING_WORK(m->width, m->layers) - 2 * (size_t)most - outputs;
    vec *below = d + most, *sum = below + most;
    for (size_t high = first_chunk; high < last_chunk; ++high) {
        memset(sum, 0, outputs * sizeof *sum);
        for (size_t group = 0; group < groups; ++group)
            back_group(m, high, group, (high << m->low_bits) + group * W, sum, d, below);
        for (size_t j = 0; j < outputs; ++j) m->d_high[high * outputs + j] = (double)lane_sum(sum[j]);
    }
}
