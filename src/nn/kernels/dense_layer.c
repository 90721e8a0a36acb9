/* F2  Dense layers. */
#include "nn/kernels/lanes_internal.h"

enum { TALL = 8 };

ALWAYS_INLINE void dense_block(const kw_dense_layer *a, int o, const int tall) {
    const vec *in = a->in;
    const real *w = (const real *)a->weights + o * a->w_out, *bias = a->bias;
    vec sum[TALL];
    UNROLL for (int p = 0; p < tall; ++p) sum[p] = all(bias ? bias[o + p] : (real)0);
    for (int i = 0; i < a->inputs; ++i, w += a->w_in)
        UNROLL for (int p = 0; p < tall; ++p) sum[p] += all(w[p * a->w_out]) * in[i];
    vec *out = (vec *)a->out + o;
    UNROLL for (int p = 0; p < tall; ++p) out[p] = a->relu ? positive(sum[p]) : sum[p];
}

/* A single output: its inputs in several sums, which do not wait for each other. */
static void dense_one(const kw_dense_layer *a, int o) {
    enum { SUMS = 4 };
    const vec *in = a->in;
    const real *w = (const real *)a->weights + o * a->w_out, *bias = a->bias;
    vec sum[SUMS] = {all(bias ? bias[o] : (real)0)};
    int i = 0;
    for (; i + SUMS <= a->inputs; i += SUMS)
        UNROLL for (int s = 0; s < SUMS; ++s) sum[s] += all(w[(i + s) * a->w_in]) * in[i + s];
    for (; i < a->inputs; ++i) sum[0] += all(w[i * a->w_in]) * in[i];
    const vec total = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    ((vec *)a->out)[o] = a->relu ? positive(total) : total;
}

void KW_DENSE(const kw_dense_layer *a) {
    int o = 0;
    for (; o + TALL <= a->outputs; o += TALL) dense_block(a, o, TALL);
    for (; o + 2 <= a->outputs; o += 2) dense_block(a, o, 2);
    if (o < a->outputs) dense_one(a, o);
}

void KW_DENSE_WEIGHTS(const kw_dense_layer *a, const void *d_out, void *gradient, void *d_bias) {
    const vec *in = a->in, *d = d_out;
    for (int o = 0; o < a->outputs; ++o) {
        real *g = (real *)gradient + (size_t)o * (size_t)a->inputs;
        int i = 0;
        for (; i + W <= a->inputs; i += W) {
            vec product[W];
            UNROLL for (int l = 0; l < W; ++l) product[l] = d[o] * in[i + l];
            const vec sums = lane_sums(product);
            UNROLL for (int l = 0; l < W; ++l) g[i + l] += sums[l];
        }
        for (; i < a->inputs; ++i) g[i] += lane_sum(d[o] * in[i]);
        ((real *)d_bias)[o] += lane_sum(d[o]);
    }
}
