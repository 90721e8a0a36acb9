/* F2  Kernels of classical networks.  W values that are treated alike stand in the W lanes of a vector: images of a batch in
 * the layers of a CNN, rows of the basis in a mapping network.  A "pixel" below is such a vector; sizes and strides count
 * pixels.  One source is compiled per instruction set and precision; kw_lanes() picks the table that goes with kw_kernels().
 * Kernels return void, never allocate, log, communicate or fail. */
#ifndef KW_LANES_H
#define KW_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ketwall/state.h"

/* out[o][y][x] = b[o] + sum_{i, ky, kx} w[o][i][ky][kx] in[i][y + ky][x + kx], then max(0, .) if relu.  Weight (o, i, t), t
 * = ky kernel + kx, stands at weights[o w_out + i w_in + t w_tap]; w_tap = -1 turns the kernel around, as the way back
 * needs. */
typedef struct {
    const void *in;
    void *out;
    size_t in_row, in_plane, out_row, out_plane;
    int in_channels, out_channels, height, width, kernel; /* height, width: of out */
    int zero_rows;
    const void *weights, *bias; /* bias: NULL for none */
    ptrdiff_t w_out, w_in, w_tap;
    bool relu;
} kw_convolution;

/* out[o] = b[o] + sum_i w[o w_out + i w_in] in[i], then max(0, .) if relu. */
typedef struct {
    const void *in;
    void *out;
    int inputs, outputs;
    const void *weights, *bias;
    ptrdiff_t w_out, w_in;
    bool relu;
} kw_dense_layer;

/* out[c][y][x] = max over size x size windows; rows and columns that fill no window are left out. */
typedef struct {
    const void *in;
    void *out;
    size_t in_row, in_plane, out_row, out_plane;
    int channels, height, width, size; /* height, width: of out */
    bool relu;                         /* on the way back: `in` came out of a relu, whose derivative is applied too */
} kw_pooling;

/* Rows of a mapping network: theta_{i c + o} = output o of row i, i = [first, last), whose inputs are the bits of i and x_i.
 * The first layer is a sum of two table entries: z_j = high[i >> low_bits][j] + low[i mod 2^low_bits][j] + column[j] x_i. */
typedef struct {
    int low_bits, layers;                     /* layers: the first one included */
    const int *width;                         /* (layers): outputs of every layer; the last is c */
    bool relu;                                /* between layers */
    const void *low;                          /* (2^low_bits / W, width[0]) pixels */
    const void *high;                         /* (2^(bits - low_bits), width[0]) */
    const void *column;                       /* (width[0]) */
    const void *const *weights, *const *bias; /* of layers 1, 2, ...: (width[l], width[l - 1]), (width[l]) */
    const void *x;                            /* (rows, padded to whole chunks of 2^low_bits) */
    void *theta;                              /* (rows c, padded likewise) */
    /* the way back */
    const void *d_theta;                    /* as theta; 0 in the padding */
    double *d_x;                            /* as x */
    void *d_low;                            /* as low (added) */
    double *d_high;                         /* as high: disjoint chunks write disjoint parts */
    void *d_column;                         /* (width[0]) pixels, as are those of the other layers (added) */
    void *const *d_weights, *const *d_bias; /* (width[l], width[l - 1]), (width[l]) */
    void *work;                             /* kw_lanes_table.mapping_work(widths) pixels */
} kw_mapping_rows;

typedef struct {
    int lanes;
    size_t scalar_bytes;
    /* pixels (channel, y, x) <- byte scale[channel] + shift[channel]; image l in lane l, each (channels, height, width) */
    void (*load)(const uint8_t *const *images, int channels, int height, int width, const double *scale, const double *shift,
                 void *out, size_t row, size_t plane);
    void (*convolve)(const kw_convolution *a);
    /* gradient[o][i][t] += sum over pixels and lanes of d_out in; d_bias[o] += sum of d_out; weights in natural order */
    void (*convolve_weights)(const kw_convolution *a, const void *d_out, size_t d_row, size_t d_plane, void *gradient,
                             void *d_bias);
    void (*dense)(const kw_dense_layer *a);
    /* gradient (outputs, inputs) += sum over lanes of d_out in; d_bias += sum of d_out */
    void (*dense_weights)(const kw_dense_layer *a, const void *d_out, void *gradient, void *d_bias);
    void (*pool)(const kw_pooling *a);
    /* d_in <- d_out at the first maximum of every window in rows, 0 elsewhere; d_out is packed */
    void (*pool_back)(const kw_pooling *a, const void *d_out, void *d_in, size_t d_row, size_t d_plane);
    /* d <- d where y > 0, else 0 */
    void (*relu_back)(const void *y, void *d, size_t y_row, size_t y_plane, size_t d_row, size_t d_plane, int channels,
                      int height, int width);
    /* cross entropy -ln softmax(logits)_label, added up over the first `count` lanes; d <- (softmax - one hot) scale there,
     * 0 in the others (d NULL: not wanted); predicted[l]: the first largest logit */
    double (*cross_entropy)(const void *logits, int classes, const uint8_t *labels, int count, double scale, void *d,
                            uint8_t *predicted);

    void (*mapping)(const kw_mapping_rows *m, size_t first_chunk, size_t last_chunk);
    void (*mapping_back)(const kw_mapping_rows *m, size_t first_chunk, size_t last_chunk);
    size_t (*mapping_work)(const int *width, int layers);
    /* x <- (beta tanh(k q))^alpha, slope <- dx/dq, over [first, last); at q <= floor: x of the floor, slope 0 */
    void (*squash)(const double *q, double k, double beta, double alpha, double floor, size_t first, size_t last, double *x,
                   double *slope);
} kw_lanes_table;

/** The table in use for a precision.                                                                            @local */
const kw_lanes_table *kw_lanes(kw_precision precision);

#endif
