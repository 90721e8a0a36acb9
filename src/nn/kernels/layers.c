/* F2  Pooling, activations, loss, images; and the table of network kernels. */
#include <math.h>
#include <string.h>

#include "nn/kernels/lanes_internal.h"

#if KW_DOUBLE_WIDE
#    define EXP  exp
#    define TANH tanh
#    define POW  pow
#else
#    define EXP  expf
#    define TANH tanhf
#    define POW  powf
#endif

#define LOWER(i) (((i) >> 1) + ((i)&1) * W)
#define UPPER(i) (((i) >> 1) + ((i)&1) * W + W / 2)

/* Lane l of v[x] and lane x of v[l] change places: log W times the vectors of both halves are interleaved. */
ALWAYS_INLINE void transpose(vec *v) {
    UNROLL for (int round = 0; round < W_LANE_BITS; ++round) {
        vec next[W];
        UNROLL for (int j = 0; j < W / 2; ++j) {
            next[2 * j] = SHUFFLE(v[j], v[j + W / 2], LOWER);
            next[2 * j + 1] = SHUFFLE(v[j], v[j + W / 2], UPPER);
        }
        UNROLL for (int j = 0; j < W; ++j) v[j] = next[j];
    }
}

enum { PIECE = 64 }; /* pixels that are turned into numbers at once */

static void to_numbers(const uint8_t *bytes, size_t count, real scale, real shift, real *out) {
#pragma omp simd
    for (size_t x = 0; x < count; ++x) out[x] = (real)bytes[x] * scale + shift;
}

/* out[0 .. count - 1] <- numbers of consecutive bytes, from `at` on, of every image */
static void load_run(const uint8_t *const *images, size_t at, size_t count, real scale, real shift, vec *out) {
    for (size_t start = 0; start < count; start += PIECE) {
        const size_t here = count - start < PIECE ? count - start : PIECE;
        vec line[W][PIECE / W];
        for (int l = 0; l < W; ++l) to_numbers(images[l] + at + start, here, scale, shift, (real *)line[l]);
        for (size_t x = 0; x < here; x += W) {
            vec v[W];
            UNROLL for (int l = 0; l < W; ++l) v[l] = line[l][x / W];
            transpose(v);
            for (size_t l = 0; l < W && x + l < here; ++l) out[start + x + l] = v[l];
        }
    }
}

static void load(const uint8_t *const *images, int channels, int height, int width, const double *scale, const double *shift,
                 void *out, size_t row, size_t plane) {
    const bool packed = row == (size_t)width;
    const size_t runs = packed ? 1 : (size_t)height, length = (size_t)width * (packed ? (size_t)height : 1);
    for (int c = 0; c < channels; ++c)
        for (size_t r = 0; r < runs; ++r)
            load_run(images, ((size_t)c * runs + r) * length, length, (real)scale[c], (real)shift[c],
                     (vec *)out + (size_t)c * plane + r * row);
}

/* ---- pooling and relu ---- */

static void pool(const kw_pooling *a) {
    for (int c = 0; c < a->channels; ++c)
        for (int y = 0; y < a->height; ++y) {
            const vec *in = (const vec *)a->in + (size_t)c * a->in_plane + (size_t)(y * a->size) * a->in_row;
            vec *out = (vec *)a->out + (size_t)c * a->out_plane + (size_t)y * a->out_row;
            for (int x = 0; x < a->width; ++x, in += a->size) {
                vec most = in[0];
                for (int dy = 0; dy < a->size; ++dy)
                    for (int dx = 0; dx < a->size; ++dx) {
                        const vec v = in[(size_t)dy * a->in_row + (size_t)dx];
                        most = blend(most, v, v > most);
                    }
                out[x] = most;
            }
        }
}

static void pool_back(const kw_pooling *a, const void *d_out, void *d_in, size_t d_row, size_t d_plane) {
    for (int c = 0; c < a->channels; ++c)
        for (int y = 0; y < a->height; ++y) {
            const size_t from = (size_t)c * a->in_plane + (size_t)(y * a->size) * a->in_row;
            const vec *in = (const vec *)a->in + from;
            vec *d = (vec *)d_in + (size_t)c * d_plane + (size_t)(y * a->size) * d_row;
            const vec *out = (const vec *)a->out + (size_t)c * a->out_plane + (size_t)y * a->out_row;
            const vec *top = (const vec *)d_out + (size_t)((c * a->height + y) * a->width);
            for (int x = 0; x < a->width; ++x, in += a->size, d += a->size) {
                ivec left = (ivec)(out[x] == out[x]);
                if (a->relu) left = out[x] > (vec){0};
                for (int dy = 0; dy < a->size; ++dy)
                    for (int dx = 0; dx < a->size; ++dx) {
                        const ivec here = (in[(size_t)dy * a->in_row + (size_t)dx] == out[x]) & left;
                        d[(size_t)dy * d_row + (size_t)dx] = (vec)((ivec)top[x] & here);
                        left &= ~here;
                    }
            }
        }
}

static void relu_back(const void *y, void *d, size_t y_row, size_t y_plane, size_t d_row, size_t d_plane, int channels,
                      int height, int width) {
    for (int c = 0; c < channels; ++c)
        for (int r = 0; r < height; ++r) {
            const vec *value = (const vec *)y + (size_t)c * y_plane + (size_t)r * y_row;
            vec *slope = (vec *)d + (size_t)c * d_plane + (size_t)r * d_row;
            for (int x = 0; x < width; ++x) slope[x] = where_positive(slope[x], value[x]);
        }
}

/* ---- loss ---- */

static double cross_entropy(const void *logits, int classes, const uint8_t *labels, int count, double scale, void *d,
                            uint8_t *predicted) {
    const vec *z = logits;
    vec *g = d;
    double loss = 0;
    for (int l = 0; l < count; ++l) {
        int best = 0;
        for (int k = 1; k < classes; ++k)
            if (z[k][l] > z[best][l]) best = k;
        const real most = z[best][l];
        double sum = (double)EXP(z[0][l] - most);
        for (int k = 1; k < classes; ++k) sum += (double)EXP(z[k][l] - most);
        loss += log(sum) - (double)(z[labels[l]][l] - most);
        predicted[l] = (uint8_t)best;
        for (int k = 0; g && k < classes; ++k)
            g[k][l] = (real)(((double)EXP(z[k][l] - most) / sum - (k == labels[l])) * scale);
    }
    for (int l = count; g && l < W; ++l)
        for (int k = 0; k < classes; ++k) g[k][l] = 0;
    return loss;
}

/* ---- scaling of probabilities ---- */

static void squash(const double *q, double k, double beta, double alpha, double floor, size_t first, size_t last, double *x,
                   double *slope) {
    for (size_t i = first; i < last; ++i) {
        const real t = TANH((real)(k * (q[i] > floor ? q[i] : floor)));
        const real value = POW((real)beta * t, (real)alpha);
        x[i] = (double)value;
        slope[i] = q[i] > floor ? alpha * (double)value / (double)t * k * (1 - (double)t * (double)t) : 0;
    }
}

const kw_lanes_table KW_LANES_TABLE = {.lanes = W,
                                       .scalar_bytes = sizeof(real),
                                       .load = load,
                                       .convolve = KW_CONVOLVE,
                                       .convolve_weights = KW_CONVOLVE_WEIGHTS,
                                       .dense = KW_DENSE,
                                       .dense_weights = KW_DENSE_WEIGHTS,
                                       .pool = pool,
                                       .pool_back = pool_back,
                                       .relu_back = relu_back,
                                       .cross_entropy = cross_entropy,
                                       .mapping = KW_MAPPING,
                                       .mapping_back = KW_MAPPING_BACK,
                                       .mapping_work = KW_MAPPING_WORK,
                                       .squash = squash};
