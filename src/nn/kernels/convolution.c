/* F2  Convolutions: register blocks of TALL output channels times WIDE output pixels. */
#include "nn/kernels/lanes_internal.h"

enum { TALL = 4, WIDE = UNTIL_REGISTERS_ARE_FULL ? 4 : 2 };

/* sum[p][q] += weights of output channel p times the row of pixels that begins at `pixel`, for all taps of a kernel's row.
 */
ALWAYS_INLINE void add_row(vec sum[TALL][WIDE], const vec *pixel, const real *tap, const kw_convolution *a, const int tall,
                           const int wide, const int kernel) {
    UNROLL for (int kx = 0; kx < kernel; ++kx, tap += a->w_tap) UNROLL for (int p = 0; p < tall; ++p) {
        const vec factor = all(tap[p * a->w_out]);
        UNROLL for (int q = 0; q < wide; ++q) sum[p][q] += factor * pixel[kx + q];
    }
}

/* One block at output channel o, row y, column x; tall, wide, kernel: constants where it is called. */
ALWAYS_INLINE void convolve_block(const kw_convolution *a, int o, int y, int x, const int tall, const int wide,
                                  const int kernel) {
    const vec *in = (const vec *)a->in + (size_t)y * a->in_row + (size_t)x;
    const real *w = (const real *)a->weights + o * a->w_out, *bias = a->bias;
    const ptrdiff_t row_taps = a->kernel * a->w_tap;
    const int above = a->zero_rows - y, below = a->height + a->kernel - 1 - a->zero_rows - y;
    const int first = above > 0 ? above : 0, last = below < a->kernel ? below : a->kernel;
    vec sum[TALL][WIDE];
    UNROLL for (int p = 0; p < tall; ++p) UNROLL for (int q = 0; q < wide; ++q) sum[p][q] =
        all(bias ? bias[o + p] : (real)0);
    for (int i = 0; i < a->in_channels; ++i, in += a->in_plane, w += a->w_in)
        for (int ky = first; ky < last; ++ky) {
            const vec *row = in + (size_t)ky * a->in_row;
            const real *tap = w + ky * row_taps;
            if (kernel > 1) add_row(sum, row, tap, a, tall, wide, kernel);
            else
                for (int kx = 0; kx < a->kernel; ++kx) add_row(sum, row + kx, tap + kx * a->w_tap, a, tall, wide, 1);
        }
    vec *out = (vec *)a->out + (size_t)o * a->out_plane + (size_t)y * a->out_row + (size_t)x;
    UNROLL for (int p = 0; p < tall; ++p) UNROLL for (int q = 0; q < wide; ++q) out[(size_t)p * a->out_plane + (size_t)q] =
        a->relu ? positive(sum[p][q]) : sum[p][q];
}

ALWAYS_INLINE void convolve_rows(const kw_convolution *a, int o, const int tall, const int kernel) {
    for (int y = 0; y < a->height; ++y) {
        int x = 0;
        for (; x + WIDE <= a->width; x += WIDE) convolve_block(a, o, y, x, tall, WIDE, kernel);
        if (WIDE > 2 && x + 2 <= a->width) {
            convolve_block(a, o, y, x, tall, 2, kernel);
            x += 2;
        }
        if (x < a->width) convolve_block(a, o, y, x, tall, 1, kernel);
    }
}

/* kernel: 1 for any other size than those that have code of their own. */
ALWAYS_INLINE void convolve_channels(const kw_convolution *a, const int kernel) {
    int o = 0;
    for (; o + TALL <= a->out_channels; o += TALL) convolve_rows(a, o, TALL, kernel);
    if (o + 2 <= a->out_channels) {
        convolve_rows(a, o, 2, kernel);
        o += 2;
    }
    if (o < a->out_channels) convolve_rows(a, o, 1, kernel);
}

void KW_CONVOLVE(const kw_convolution *a) {
    if (a->kernel == 5) convolve_channels(a, 5);
    else if (a->kernel == 3) convolve_channels(a, 3);
    else convolve_channels(a, 1);
}

/* ---- gradient of the weights: blocks of `tall` output channels times `taps` neighbours in a row of the kernel ---- */

enum { TALL_BACK = UNTIL_REGISTERS_ARE_FULL ? 4 : 2, TAPS = 5 };

typedef struct {
    const kw_convolution *a;
    const vec *d_out;
    size_t d_row, d_plane;
    real *gradient;
} weights_job;

ALWAYS_INLINE void weights_block(const weights_job *j, int o, int i, int ky, int kx, const int tall, const int taps) {
    const kw_convolution *a = j->a;
    const vec *in = (const vec *)a->in + (size_t)i * a->in_plane + (size_t)ky * a->in_row + (size_t)kx;
    const vec *d = j->d_out + (size_t)o * j->d_plane;
    vec sum[TALL_BACK][TAPS];
    UNROLL for (int p = 0; p < tall; ++p) UNROLL for (int t = 0; t < taps; ++t) sum[p][t] = (vec){0};
    for (int y = 0; y < a->height; ++y, in += a->in_row, d += j->d_row)
        for (int x = 0; x < a->width; ++x) UNROLL for (int t = 0; t < taps; ++t) {
                const vec pixel = in[x + t];
                UNROLL for (int p = 0; p < tall; ++p) sum[p][t] += d[(size_t)p * j->d_plane + (size_t)x] * pixel;
            }
    const int area = a->kernel * a->kernel;
    real *g = j->gradient + ((size_t)o * (size_t)a->in_channels + (size_t)i) * (size_t)area + ky * a->kernel + kx;
    for (int p = 0; p < tall; ++p, g += a->in_channels * area)
        for (int t = 0; t < taps; ++t) g[t] += lane_sum(sum[p][t]);
}

ALWAYS_INLINE void weights_of(const weights_job *j, int o, const int tall) {
    const kw_convolution *a = j->a;
    for (int i = 0; i < a->in_channels; ++i)
        for (int ky = 0; ky < a->kernel; ++ky) {
            int kx = 0;
            for (; kx + 5 <= a->kernel; kx += 5) weights_block(j, o, i, ky, kx, tall, 5);
            for (; kx + 3 <= a->kernel; kx += 3) weights_block(j, o, i, ky, kx, tall, 3);
            for (; kx < a->kernel; ++kx) weights_block(j, o, i, ky, kx, tall, 1);
        }
}

void KW_CONVOLVE_WEIGHTS(const kw_convolution *a, const void *d_out, size_t d_row, size_t d_plane, void *gradient,
                         void *d_bias) {
    const weights_job job = {a, d_out, d_row, d_plane, gradient};
    int o = 0;
    for (; o + TALL_BACK <= a->out_channels; o += TALL_BACK) weights_of(&job, o, TALL_BACK);
    for (; o < a->out_channels; ++o) weights_of(&job, o, 1);
    for (o = 0; o < a->out_channels; ++o) {
        const vec *d = (const vec *)d_out + (size_t)o * d_plane;
        vec sum = {0};
        for (int y = 0; y < a->height; ++y, d += d_row)
            for (int x = 0; x < a->width; ++x) sum += d[x];
        ((real *)d_bias)[o] += lane_sum(sum);
    }
}
