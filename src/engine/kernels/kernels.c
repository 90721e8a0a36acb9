/* F2  The kernels, in plain C; compiled once per instruction set (KW_SET) and precision (KW_SCALAR).
 * Amplitudes are pairs (re, im).  Runs: below the lowest opened bit, groups are consecutive amplitudes, so the inner loops
 * are contiguous:   base = ...b_{q+1} 0 b_{q-1} ... b_0,  run length 2^{lowest opened position}. */
#include "engine/kernels/kernels.h"

#include "base/bits.h"

typedef KW_SCALAR real;
typedef struct {
    real re, im;
} amplitude;

#define KW_PASTE3(a, b, c)            a##_##b##_##c
#define KW_TABLE_NAME(set, precision) KW_PASTE3(kw_kernels, set, precision)
#define KW_TEXT(x)                    #x
#define KW_SET_TEXT(set)              KW_TEXT(set)

#define KW_TILES_NAME(set, precision) KW_PASTE3(kw_tiles, set, precision)
extern const kw_kernels_table KW_TABLE_NAME(KW_SET, KW_SCALAR);
extern const kw_tile_kernels KW_TILES_NAME(KW_SET, KW_SCALAR);
#define KW_BASIS_NAME(set, precision) KW_PASTE3(kw_basis, set, precision)
extern const kw_basis_kernels KW_BASIS_NAME(KW_SET, KW_SCALAR);

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Where the run of `group` starts, and how many groups it has from there on. */
static inline uint64_t run_base(const kw_kernel_args *a, uint64_t group) {
    return kw_insert_zeros(group, a->open, a->n_open) | a->set;
}

static inline uint64_t run_length(const kw_kernel_args *a, uint64_t group, uint64_t last) {
    if (!a->n_open) return last - group;
    const uint64_t whole = kw_bit(a->open[0]), here = whole - (group & (whole - 1));
    return here < last - group ? here : last - group;
}

/* Once per run, with `base` and `length`. */
#define FOR_RUNS(args, first, last)                                                                                         \
    for (uint64_t group = (first), base, length;                                                                            \
         group < (last) && (base = run_base((args), group), length = run_length((args), group, (last)), 1);                 \
         group += length)

ALWAYS_INLINE void rotate_run(amplitude *restrict x, amplitude *restrict y, uint64_t count, const real *m) {
#pragma omp simd
    for (uint64_t j = 0; j < count; ++j) {
        const real xr = x[j].re, xi = x[j].im, yr = y[j].re, yi = y[j].im;
        x[j].re = m[0] * xr - m[1] * xi + m[2] * yr - m[3] * yi;
        x[j].im = m[0] * xi + m[1] * xr + m[2] * yi + m[3] * yr;
        y[j].re = m[4] * xr - m[5] * xi + m[6] * yr - m[7] * yi;
        y[j].im = m[4] * xi + m[5] * xr + m[6] * yi + m[7] * yr;
    }
}

/* Targets at positions 0 to 3 without local controls: runs are shorter than a vector, so they are unrolled for each
 * position. amplitudes ... | x x.. y y.. | x x.. y y.. | ...     2^q of each */
#define LOW_POSITIONS 4

static inline bool is_low(const kw_kernel_args *a, uint64_t first, uint64_t last) {
    return a->n_open == 1 && a->open[0] < LOW_POSITIONS && !((first | last) & (kw_bit(a->open[0]) - 1));
}

/* Calls `function`(..., q) with q a constant. */
#define FOR_LOW(q, function, ...)                                                                                           \
    switch (q) {                                                                                                            \
    case 0: function(__VA_ARGS__, 0); break;                                                                                \
    case 1: function(__VA_ARGS__, 1); break;                                                                                \
    case 2: function(__VA_ARGS__, 2); break;                                                                                \
    default: function(__VA_ARGS__, 3); break;                                                                               \
    }

ALWAYS_INLINE void rotate_low(amplitude *v, uint64_t first, uint64_t last, const real *m, int q) {
    for (uint64_t b = first >> q; b < last >> q; ++b)
        rotate_run(v + (b << (q + 1)), v + (b << (q + 1)) + (1 << q), (uint64_t)1 << q, m);
}

static void matrix1(void *psi, const kw_kernel_args *a, uint64_t first, uint64_t last) {
    amplitude *v = psi;
    real m[8];
    for (int i = 0; i < 4; ++i) m[2 * i] = (real)creal(a->matrix[i]), m[2 * i + 1] = (real)cimag(a->matrix[i]);
    if (is_low(a, first, last)) {
        FOR_LOW(a->open[0], rotate_low, v, first, last, m)
        return;
    }
    FOR_RUNS(a, first, last)
    rotate_run(v + base, v + base + a->offset[1], length, m);
}

ALWAYS_INLINE void real_run(real *restrict x, real *restrict y, uint64_t count, const real *m) {
#pragma omp simd
    for (uint64_t j = 0; j < 2 * count; ++j) {
        const real p = x[j], q = y[j];
        x[j] = m[0] * p + m[1] * q;
        y[j] = m[2] * p + m[3] * q;
    }
}

ALWAYS_INLINE void real_low(amplitude *v, uint64_t first, uint64_t last, const real *m, int q) {
    for (uint64_t b = first >> q; b < last >> q; ++b)
        real_run((real *)(v + (b << (q + 1))), (real *)(v + (b << (q + 1)) + (1 << q)), (uint64_t)1 << q, m);
}

static void real1(void *psi, const kw_kernel_args *a, uint64_t first, uint64_t last) {
    amplitude *v = psi;
    real m[4];
    for (int i = 0; i < 4; ++i) m[i] = (real)creal(a->matrix[i]);
    if (is_low(a, first, last)) {
        FOR_LOW(a->open[0], real_low, v, first, last, m)
        return;
    }
    FOR_RUNS(a, first, last)
    real_run((real *)(v + base), (real *)(v + base + a->offset[1]), length, m);
}

static void matrix(void *psi, const kw_kernel_args *a, uint64_t first, uint64_t last) {
    amplitude *v = psi, in[KW_MAX_DIMENSION];
    const int d = 1 << a->n_targets;
    FOR_RUNS(a, first, last) {
        for (uint64_t j = base; j < base + length; ++j) {
            for (int c = 0; c < d; ++c) in[c] = v[j | a->offset[c]];
            for (int r = 0; r < d; ++r) {
                real re = 0, im = 0;
                for (int c = 0; c < d; ++c) {
                    const real mr = (real)creal(a->matrix[r * d + c]), mi = (real)cimag(a->matrix[r * d + c]);
                    re += mr * in[c].re - mi * in[c].im;
                    im += mr * in[c].im + mi * in[c].re;
                }
                v[j | a->offset[r]] = (amplitude){re, im};
            }
        }
    }
}

ALWAYS_INLINE void phase_run(amplitude *restrict x, uint64_t count, real re, real im) {
#pragma omp simd
    for (uint64_t j = 0; j < count; ++j) {
        const real xr = x[j].re, xi = x[j].im;
        x[j].re = re * xr - im * xi;
        x[j].im = re * xi + im * xr;
    }
}

ALWAYS_INLINE void phases_low(amplitude *v, uint64_t first, uint64_t last, const kw_complex *d, int q) {
    const real m[4] = {(real)creal(d[0]), (real)cimag(d[0]), (real)creal(d[1]), (real)cimag(d[1])};
    for (uint64_t b = first >> q; b < last >> q; ++b) {
        phase_run(v + (b << (q + 1)), (uint64_t)1 << q, m[0], m[1]);
        phase_run(v + (b << (q + 1)) + (1 << q), (uint64_t)1 << q, m[2], m[3]);
    }
}

static void diagonal(void *psi, const kw_kernel_args *a, uint64_t first, uint64_t last) {
    amplitude *v = psi;
    if (a->n_targets == 1 && is_low(a, first, last)) {
        FOR_LOW(a->open[0], phases_low, v, first, last, a->diagonal)
        return;
    }
    for (int r = 0; r < 1 << a->n_targets; ++r) {
        if (a->diagonal[r] == 1.0) continue;
        const real re = (real)creal(a->diagonal[r]), im = (real)cimag(a->diagonal[r]);
        FOR_RUNS(a, first, last)
        phase_run(v + base + a->offset[r], length, re, im);
    }
}

static void flip(void *psi, const kw_kernel_args *a, uint64_t first, uint64_t last) {
    amplitude *v = psi;
    FOR_RUNS(a, first, last) {
        amplitude *restrict x = v + (base | a->offset[0]), *restrict y = v + (base | a->offset[1]);
        for (uint64_t j = 0; j < length; ++j) {
            const amplitude t = x[j];
            x[j] = y[j];
            y[j] = t;
        }
    }
}

static inline kw_complex dot_run(const amplitude *restrict x, const amplitude *restrict y, uint64_t count) {
    double re = 0, im = 0;
#pragma omp simd reduction(+ : re, im)
    for (uint64_t j = 0; j < count; ++j) {
        re += (double)x[j].re * y[j].re + (double)x[j].im * y[j].im;
        im += (double)x[j].re * y[j].im - (double)x[j].im * y[j].re;
    }
    return re + I * im;
}

static inline void add_dot(double *sum, const amplitude *x, const amplitude *y, uint64_t count) {
    const kw_complex dot = dot_run(x, y, count);
    sum[0] += creal(dot);
    sum[1] += cimag(dot);
}

/* Products of one target at position q < LOW_POSITIONS, lane by lane of the repeating pattern (re, im, re, im, ...):
 *   Re conj(b) k = sum of b_j k_j over both lanes     Im conj(b) k = b_re k_im - b_im k_re = sum of +-b_j k_{j^1} */
ALWAYS_INLINE void products_low(const real *b, const real *k, uint64_t first, uint64_t last, double *sums, int q) {
    enum { MOST = 2 << (LOW_POSITIONS - 1) };
    double straight[4][MOST] = {{0}}, crossed[4][MOST] = {{0}};
    const int half = 2 << q;
    for (uint64_t block = first >> q; block < last >> q; ++block) {
        const real *bra[2] = {b + block * 2 * (uint64_t)half, b + block * 2 * (uint64_t)half + half};
        const real *ket[2] = {k + block * 2 * (uint64_t)half, k + block * 2 * (uint64_t)half + half};
        for (int i = 0; i < 4; ++i)
            for (int j = 0; j < half; ++j) {
                straight[i][j] += (double)bra[i >> 1][j] * ket[i & 1][j];
                crossed[i][j] += (double)bra[i >> 1][j] * ket[i & 1][j ^ 1];
            }
    }
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < half; ++j) {
            sums[2 * i] += straight[i][j];
            sums[2 * i + 1] += j & 1 ? -crossed[i][j] : crossed[i][j];
        }
}

static void cross(const void *bra, const void *ket, const kw_kernel_args *a, uint64_t first, uint64_t last, double *sums) {
    const amplitude *b = bra, *k = ket;
    const int d = 1 << a->n_targets;
    if (d == 2 && is_low(a, first, last)) {
        FOR_LOW(a->open[0], products_low, (const real *)b, (const real *)k, first, last, sums)
        return;
    }
    FOR_RUNS(a, first, last) {
        for (int r = 0; r < d; ++r)
            for (int c = 0; c < d; ++c)
                add_dot(sums + 2 * (r * d + c), b + base + a->offset[r], k + base + a->offset[c], length);
    }
}

/* Real parts of the four products of one target, as dot products of real arrays of `count` numbers. */
static inline void real_products(const real *b0, const real *b1, const real *k0, const real *k1, uint64_t count,
                                 double *sums) {
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
    for (uint64_t j = 0; j < count; ++j) {
        const double p0 = b0[j], p1 = b1[j], q0 = k0[j], q1 = k1[j];
        s0 += p0 * q0;
        s1 += p0 * q1;
        s2 += p1 * q0;
        s3 += p1 * q1;
    }
    sums[0] += s0;
    sums[2] += s1;
    sums[4] += s2;
    sums[6] += s3;
}

/* The same for a target at position q < LOW_POSITIONS: one sum per number of the repeating pattern. */
ALWAYS_INLINE void real_products_low(const real *b, const real *k, uint64_t first, uint64_t last, double *sums, int q) {
    enum { MOST = 2 << (LOW_POSITIONS - 1) };
    double s0[MOST] = {0}, s1[MOST] = {0}, s2[MOST] = {0}, s3[MOST] = {0};
    const int half = 2 << q;
    for (uint64_t block = first >> q; block < last >> q; ++block) {
        const real *b0 = b + block * 2 * (uint64_t)half, *b1 = b0 + half;
        const real *k0 = k + block * 2 * (uint64_t)half, *k1 = k0 + half;
        for (int j = 0; j < half; ++j) {
            s0[j] += (double)b0[j] * k0[j];
            s1[j] += (double)b0[j] * k1[j];
            s2[j] += (double)b1[j] * k0[j];
            s3[j] += (double)b1[j] * k1[j];
        }
    }
    for (int j = 0; j < half; ++j) {
        sums[0] += s0[j];
        sums[2] += s1[j];
        sums[4] += s2[j];
        sums[6] += s3[j];
    }
}

static void cross_real1(const void *bra, const void *ket, const kw_kernel_args *a, uint64_t first, uint64_t last,
                        double *sums) {
    const amplitude *b = bra, *k = ket;
    if (is_low(a, first, last)) {
        FOR_LOW(a->open[0], real_products_low, (const real *)b, (const real *)k, first, last, sums)
        return;
    }
    const uint64_t other = a->offset[1];
    FOR_RUNS(a, first, last)
    real_products((const real *)(b + base), (const real *)(b + base + other), (const real *)(k + base),
                  (const real *)(k + base + other), 2 * length, sums);
}

static void cross_diagonal(const void *bra, const void *ket, const kw_kernel_args *a, uint64_t first, uint64_t last,
                           double *sums) {
    const amplitude *b = bra, *k = ket;
    if (a->n_targets == 1 && is_low(a, first, last)) { /* the diagonal of the 2 x 2 products */
        double products[8] = {0};
        FOR_LOW(a->open[0], products_low, (const real *)b, (const real *)k, first, last, products)
        for (int i = 0; i < 2; ++i) sums[i] += products[i], sums[2 + i] += products[6 + i];
        return;
    }
    FOR_RUNS(a, first, last) {
        for (int r = 0; r < 1 << a->n_targets; ++r)
            add_dot(sums + 2 * r, b + base + a->offset[r], k + base + a->offset[r], length);
    }
}

/* Sums run over blocks of this many amplitudes first, so that rounding stays small in long ranges. */
#define SUM_BLOCK ((uint64_t)1024)

static inline uint64_t block_end(uint64_t from, uint64_t last) { return last - from < SUM_BLOCK ? last : from + SUM_BLOCK; }

static double norm2(const void *psi, uint64_t first, uint64_t last) {
    const amplitude *v = psi;
    double total = 0;
    for (uint64_t from = first; from < last; from = block_end(from, last)) {
        const uint64_t to = block_end(from, last);
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (uint64_t i = from; i < to; ++i) sum += (double)v[i].re * v[i].re + (double)v[i].im * v[i].im;
        total += sum;
    }
    return total;
}

static kw_complex dot(const void *bra, const void *ket, uint64_t first, uint64_t last) {
    const amplitude *b = bra, *k = ket;
    kw_complex total = 0;
    for (uint64_t from = first; from < last; from = block_end(from, last))
        total += dot_run(b + from, k + from, block_end(from, last) - from);
    return total;
}

static void scale(void *psi, double factor, uint64_t first, uint64_t last) {
    real *v = psi;
    for (uint64_t i = 2 * first; i < 2 * last; ++i) v[i] *= (real)factor;
}

static void fill(void *psi, kw_amplitude_fn function, const void *context, uint64_t origin, uint64_t first, uint64_t last) {
    amplitude *v = psi;
    for (uint64_t i = first; i < last; ++i) {
        const kw_complex value = function(context, origin + i);
        v[i] = (amplitude){(real)creal(value), (real)cimag(value)};
    }
}

static void weights(const void *psi, uint64_t mask, int shift, uint64_t first, uint64_t last, double *sums) {
    const amplitude *v = psi;
    for (uint64_t from = first; from < last; from = block_end(from, last)) {
        double block[KW_MAX_QUBITS + 1] = {0};
        for (uint64_t i = from; i < block_end(from, last); ++i)
            block[kw_popcount(i & mask)] += (double)v[i].re * v[i].re + (double)v[i].im * v[i].im;
        for (int h = 0; h <= kw_popcount(mask); ++h) sums[h + shift] += block[h];
    }
}

static void marginal(const void *psi, const kw_kernel_args *a, const int *inner, int n_inner, uint64_t first, uint64_t last,
                     double *sums) {
    const uint64_t same = n_inner ? kw_bit(inner[0]) : SUM_BLOCK; /* aligned runs of one outcome */
    FOR_RUNS(a, first, last) {
        for (uint64_t from = base; from < base + length;) {
            const uint64_t end = from | (SUM_BLOCK - 1), last_one = base + length - 1,
                           to = (end < last_one ? end : last_one) + 1;
            double block[1 << KW_MARGINAL_INNER] = {0};
            while (from < to) {
                const uint64_t run = (from | (same - 1)) + 1, until = run < to ? run : to;
                block[kw_extract(from, inner, n_inner)] += norm2(psi, from, until);
                from = until;
            }
            for (int o = 0; o < 1 << n_inner; ++o) sums[o] += block[o];
        }
    }
}

static void reweigh(const void *psi, void *out, uint64_t mask, int shift, const double *factors, uint64_t first,
                    uint64_t last) {
    const amplitude *v = psi;
    amplitude *o = out;
    for (uint64_t i = first; i < last; ++i) {
        const real factor = (real)factors[kw_popcount(i & mask) + shift];
        o[i] = (amplitude){factor * v[i].re, factor * v[i].im};
    }
}

static double pauli_dot(const void *psi, const void *chunk, const double *d_re, const double *d_im, uint64_t x,
                        uint64_t count) {
    const amplitude *v = psi, *c = chunk;
    double sum = 0;
    for (uint64_t j = 0; j < count; ++j) {
        const amplitude a = v[j ^ x];
        const double re = (double)a.re * c[j].re + (double)a.im * c[j].im;
        const double im = (double)a.re * c[j].im - (double)a.im * c[j].re;
        sum += d_re[j] * re - d_im[j] * im;
    }
    return sum;
}

static void pauli_add(void *out, const void *chunk, const double *d_re, const double *d_im, uint64_t x, uint64_t count) {
    amplitude *o = out;
    const amplitude *c = chunk;
    for (uint64_t j = 0; j < count; ++j) {
        const real re = (real)d_re[j], im = (real)d_im[j];
        o[j ^ x].re += re * c[j].re - im * c[j].im;
        o[j ^ x].im += re * c[j].im + im * c[j].re;
    }
}

static kw_complex get(const void *psi, uint64_t index) {
    const amplitude *v = psi;
    return (double)v[index].re + I * (double)v[index].im;
}

static void put_one(void *psi, uint64_t index) {
    amplitude *v = psi;
    v[index] = (amplitude){1, 0};
}

static double tree(const void *psi, uint64_t first, uint64_t size) {
    const amplitude *v = (const amplitude *)psi + first;
    if (size == 1) return (double)v->re * v->re + (double)v->im * v->im;
    return tree(psi, first, size / 2) + tree(psi, first + size / 2, size / 2);
}

static kw_complex register_dot(const kw_complex *a, const void *psi, uint64_t start, const int *positions, int n_positions) {
    const amplitude *v = psi;
    kw_complex total = 0;
    for (uint64_t block = 0; block < kw_bit(n_positions); block += SUM_BLOCK) {
        kw_complex sum = 0;
        for (uint64_t j = block; j < kw_bit(n_positions) && j < block + SUM_BLOCK; ++j) {
            const uint64_t index = kw_deposit(j, positions, n_positions);
            const kw_complex bra = a ? a[j] : get(psi, index);
            const double re = v[start + index].re, im = v[start + index].im;
            sum += (creal(bra) * re + cimag(bra) * im) + I * (creal(bra) * im - cimag(bra) * re);
        }
        total += sum;
    }
    return total;
}

const kw_kernels_table KW_TABLE_NAME(KW_SET, KW_SCALAR) = {.name = KW_SET_TEXT(KW_SET),
                                                           .tiles = &KW_TILES_NAME(KW_SET, KW_SCALAR),
                                                           .basis = &KW_BASIS_NAME(KW_SET, KW_SCALAR),
                                                           .matrix1 = matrix1,
                                                           .real1 = real1,
                                                           .matrix = matrix,
                                                           .diagonal = diagonal,
                                                           .flip = flip,
                                                           .cross = cross,
                                                           .cross_real1 = cross_real1,
                                                           .cross_diagonal = cross_diagonal,
                                                           .norm2 = norm2,
                                                           .dot = dot,
                                                           .scale = scale,
                                                           .fill = fill,
                                                           .weights = weights,
                                                           .reweigh = reweigh,
                                                           .marginal = marginal,
                                                           .pauli_dot = pauli_dot,
                                                           .pauli_add = pauli_add,
                                                           .get = get,
                                                           .put_one = put_one,
                                                           .tree = tree,
                                                           .register_dot = register_dot};
