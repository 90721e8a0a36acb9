/* F2  The files of one set and precision of the network kernels. */
#ifndef KW_LANES_INTERNAL_H
#define KW_LANES_INTERNAL_H

#include "base/vectors.h"
#include "nn/kernels/lanes.h"

#define KW_LANES_TABLE      KW_SET_NAME(kw_lanes, KW_SET, KW_SCALAR)
#define KW_CONVOLVE         KW_SET_NAME(kw_convolve, KW_SET, KW_SCALAR)
#define KW_CONVOLVE_WEIGHTS KW_SET_NAME(kw_convolve_weights, KW_SET, KW_SCALAR)
#define KW_DENSE            KW_SET_NAME(kw_dense_forward, KW_SET, KW_SCALAR)
#define KW_DENSE_WEIGHTS    KW_SET_NAME(kw_dense_weights, KW_SET, KW_SCALAR)
#define KW_MAPPING          KW_SET_NAME(kw_mapping_forward, KW_SET, KW_SCALAR)
#define KW_MAPPING_BACK     KW_SET_NAME(kw_mapping_back, KW_SET, KW_SCALAR)
#define KW_MAPPING_WORK     KW_SET_NAME(kw_mapping_work, KW_SET, KW_SCALAR)

#define UNTIL_REGISTERS_ARE_FULL (KW_VECTOR_BYTES == 64) /* 32 vector registers instead of 16 */

extern const kw_lanes_table KW_LANES_TABLE;
void KW_CONVOLVE(const kw_convolution *a);
void KW_CONVOLVE_WEIGHTS(const kw_convolution *a, const void *d_out, size_t d_row, size_t d_plane, void *gradient,
                         void *d_bias);
void KW_DENSE(const kw_dense_layer *a);
void KW_DENSE_WEIGHTS(const kw_dense_layer *a, const void *d_out, void *gradient, void *d_bias);
void KW_MAPPING(const kw_mapping_rows *m, size_t first_chunk, size_t last_chunk);
void KW_MAPPING_BACK(const kw_mapping_rows *m, size_t first_chunk, size_t last_chunk);
size_t KW_MAPPING_WORK(const int *width, int layers);

ALWAYS_INLINE vec positive(vec v) { return (vec)((ivec)v & (v > (vec){0})); }
ALWAYS_INLINE vec where_positive(vec v, vec y) { return (vec)((ivec)v & (y > (vec){0})); }

ALWAYS_INLINE real lane_sum(vec v) {
    real sum = 0;
    UNROLL for (int l = 0; l < W; ++l) sum += v[l];
    return sum;
}

/* Lane l of the result: the sum over the lanes of v[l]; v is used up. */
ALWAYS_INLINE vec lane_sums(vec *v) {
    UNROLL for (int count = W; count > 1; count /= 2) UNROLL for (int j = 0; j < count / 2; ++j) v[j] =
        SHUFFLE(v[2 * j], v[2 * j + 1], EVEN) + SHUFFLE(v[2 * j], v[2 * j + 1], ODD);
    return v[0];
}

#endif
