/* F2  Unitaries on blocks, row by row in registers; and the most multiply-adds that a core can do.  Compiled per instruction
 * set and precision. */
#include "engine/kernels/tile_vectors.h"

enum { COLUMNS = 1 << KW_MAX_TARGETS };

ALWAYS_INLINE vec cross_all(vec v, uint32_t lanes) {
    UNROLL for (int q = 0; q < W_LANE_BITS; ++q) if (lanes >> q & 1) v = crossed(v, q);
    return v;
}

ALWAYS_INLINE vec coefficient(const kw_dense *d, int i) {
    return d->crossings ? ((const vec *)d->coefficients)[i] : all(((const real *)d->coefficients)[i]);
}

/* Rows [first, first + count): sums over all columns, in registers. */
ALWAYS_INLINE void dense_rows(const kw_dense *d, const vec *re, const vec *im, int columns, int first, int count,
                              vec *units) {
    vec x[4] = {{0}}, y[4] = {{0}};
    for (int c = 0; c < columns; ++c) UNROLL for (int r = 0; r < count; ++r) {
            const int i = 2 * ((first + r) * columns + c);
            const vec a = coefficient(d, i), b = coefficient(d, i + 1);
            x[r] = x[r] + a * re[c];
            y[r] = y[r] + a * im[c];
            x[r] = x[r] - b * im[c];
            y[r] = y[r] + b * re[c];
        }
    UNROLL for (int r = 0; r < count; ++r) {
        units[2 * d->offset[first + r]] = x[r];
        units[2 * d->offset[first + r] + 1] = y[r];
    }
}

void KW_DENSE_RUN(void *block, const kw_dense *d) {
    const int rows = 1 << d->row_bits, patterns = 1 << d->crossings, columns = rows * patterns;
    uint64_t u = 0;
    do {
        vec re[COLUMNS], im[COLUMNS], *const units = (vec *)block + 2 * u;
        for (int r = 0, c = 0; r < rows; ++r)
            for (int x = 0; x < patterns; ++x, ++c) {
                re[c] = cross_all(units[2 * d->offset[r]], d->crossed[x]);
                im[c] = cross_all(units[2 * d->offset[r] + 1], d->crossed[x]);
            }
        if (rows == 1) dense_rows(d, re, im, columns, 0, 1, units);
        else if (rows == 2) dense_rows(d, re, im, columns, 0, 2, units);
        else
            for (int r = 0; r < rows; r += 4) dense_rows(d, re, im, columns, r, 4, units);
        u = next_subset(u, d->outside);
    } while (u);
}

/* Chains that do not wait for each other: enough for the latency of two units. */
double KW_MULTIPLY_ADD(uint64_t rounds) {
    vec sums[KW_PEAK_CHAINS], total = {0};
    const vec factor = all((real)0.5), term = all(1);
    UNROLL for (int i = 0; i < KW_PEAK_CHAINS; ++i) sums[i] = all((real)i);
    for (uint64_t r = 0; r < rounds; ++r) UNROLL for (int i = 0; i < KW_PEAK_CHAINS; ++i) sums[i] = sums[i] * factor + term;
    UNROLL for (int i = 0; i < KW_PEAK_CHAINS; ++i) total += sums[i];
    return (double)total[0];
}
