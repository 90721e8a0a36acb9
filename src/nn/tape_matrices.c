/* F2  Nodes of the tape that are matrix products: real, complex, orthonormal rows, convolution along positions. */
#include <cblas.h>
#include <complex.h>
#include <math.h>
#include <string.h>

#include "ketwall/gate.h"
#include "nn/tape_internal.h"

/* ---- real ---- */

/* out (rows, columns) += op(a) op(b), `inner` terms each; the leading dimensions are those of what is stored */
static void add_product(CBLAS_TRANSPOSE turn_a, CBLAS_TRANSPOSE turn_b, size_t rows, size_t columns, size_t inner,
                        const double *a, const double *b, double *out) {
    cblas_dgemm(CblasRowMajor, turn_a, turn_b, (int)rows, (int)columns, (int)inner, 1.0, a,
                (int)(turn_a == CblasNoTrans ? inner : rows), b, (int)(turn_b == CblasNoTrans ? columns : inner), 1.0, out,
                (int)columns);
}

static void matmul_forward(const kw_tape *tape, const kw_tape_node *node) {
    double *out = kw_tape_out(tape, node);
    memset(out, 0, kw_node_size(node) * sizeof *out);
    add_product(CblasNoTrans, CblasNoTrans, node->rows, node->columns, tape->nodes[node->a].columns,
                kw_tape_in(tape, node->a), kw_tape_in(tape, node->b), out);
}

static void matmul_backward(const kw_tape *tape, const kw_tape_node *node) {
    const double *d = kw_tape_slope_out(tape, node);
    const size_t rows = node->rows, columns = node->columns, inner = tape->nodes[node->a].columns;
    double *to_a = kw_tape_slope(tape, node->a), *to_b = kw_tape_slope(tape, node->b);
    if (to_a) add_product(CblasNoTrans, CblasTrans, rows, inner, columns, d, kw_tape_in(tape, node->b), to_a);
    if (to_b) add_product(CblasTrans, CblasNoTrans, inner, columns, rows, kw_tape_in(tape, node->a), d, to_b);
}

int kw_tape_matmul(kw_tape *tape, int a, int b) {
    static const kw_tape_kind kind = {"matmul", matmul_forward, matmul_backward};
    if (!kw_tape_has(tape, a) || !kw_tape_has(tape, b)) return KW_NO_NODE;
    const kw_tape_node *x = &tape->nodes[a], *y = &tape->nodes[b];
    if (x->columns != y->rows) return kw_tape_refuse(tape, kind.name, "shapes do not fit");
    return kw_tape_append(tape, (kw_tape_node){.kind = &kind, .rows = x->rows, .columns = y->columns, .a = a, .b = b});
}

/* ---- complex: a slope is d/d re + i d/d im, so that of a b it is (slope b^dagger, a^dagger slope) ---- */

static void add_complex_product(CBLAS_TRANSPOSE turn_a, CBLAS_TRANSPOSE turn_b, size_t rows, size_t columns, size_t inner,
                                const double *a, const double *b, double *out) {
    const kw_complex one = 1;
    cblas_zgemm(CblasRowMajor, turn_a, turn_b, (int)rows, (int)columns, (int)inner, &one, a,
                (int)(turn_a == CblasNoTrans ? inner : rows), b, (int)(turn_b == CblasNoTrans ? columns : inner), &one, out,
                (int)columns);
}

static void complex_forward(const kw_tape *tape, const kw_tape_node *node) {
    double *out = kw_tape_out(tape, node);
    memset(out, 0, kw_node_size(node) * sizeof *out);
    add_complex_product(CblasNoTrans, CblasNoTrans, node->rows, node->columns / 2, tape->nodes[node->a].columns / 2,
                        kw_tape_in(tape, node->a), kw_tape_in(tape, node->b), out);
}

static void complex_backward(const kw_tape *tape, const kw_tape_node *node) {
    const double *d = kw_tape_slope_out(tape, node);
    const size_t rows = node->rows, columns = node->columns / 2, inner = tape->nodes[node->a].columns / 2;
    double *to_a = kw_tape_slope(tape, node->a), *to_b = kw_tape_slope(tape, node->b);
    if (to_a) add_complex_product(CblasNoTrans, CblasConjTrans, rows, inner, columns, d, kw_tape_in(tape, node->b), to_a);
    if (to_b) add_complex_product(CblasConjTrans, CblasNoTrans, inner, columns, rows, kw_tape_in(tape, node->a), d, to_b);
}

static void dagger_forward(const kw_tape *tape, const kw_tape_node *node) {
    double *out = kw_tape_out(tape, node);
    memset(out, 0, kw_node_size(node) * sizeof *out);
    add_complex_product(CblasNoTrans, CblasConjTrans, node->rows, node->columns / 2, tape->nodes[node->a].columns / 2,
                        kw_tape_in(tape, node->a), kw_tape_in(tape, node->b), out);
}

/* c = a b^dagger: slopes d b and d^dagger a */
static void dagger_backward(const kw_tape *tape, const kw_tape_node *node) {
    const double *d = kw_tape_slope_out(tape, node);
    const size_t rows = node->rows, columns = node->columns / 2, inner = tape->nodes[node->a].columns / 2;
    double *to_a = kw_tape_slope(tape, node->a), *to_b = kw_tape_slope(tape, node->b);
    if (to_a) add_complex_product(CblasNoTrans, CblasNoTrans, rows, inner, columns, d, kw_tape_in(tape, node->b), to_a);
    if (to_b) add_complex_product(CblasConjTrans, CblasNoTrans, columns, inner, rows, d, kw_tape_in(tape, node->a), to_b);
}

int kw_tape_complex_matmul(kw_tape *tape, int a, int b) {
    static const kw_tape_kind kind = {"complex matmul", complex_forward, complex_backward};
    if (!kw_tape_has(tape, a) || !kw_tape_has(tape, b)) return KW_NO_NODE;
    const kw_tape_node *x = &tape->nodes[a], *y = &tape->nodes[b];
    if (x->columns != 2 * y->rows || y->columns % 2) return kw_tape_refuse(tape, kind.name, "shapes do not fit");
    return kw_tape_append(tape, (kw_tape_node){.kind = &kind, .rows = x->rows, .columns = y->columns, .a = a, .b = b});
}

int kw_tape_complex_matmul_dagger(kw_tape *tape, int a, int b) {
    static const kw_tape_kind kind = {"complex matmul dagger", dagger_forward, dagger_backward};
    if (!kw_tape_has(tape, a) || !kw_tape_has(tape, b)) return KW_NO_NODE;
    const kw_tape_node *x = &tape->nodes[a], *y = &tape->nodes[b];
    if (x->columns != y->columns || x->columns % 2) return kw_tape_refuse(tape, kind.name, "shapes do not fit");
    return kw_tape_append(tape, (kw_tape_node){.kind = &kind, .rows = x->rows, .columns = 2 * y->rows, .a = a, .b = b});
}

/* ---- orthonormal rows ----
 * Columns q_j of Q and a_j of A are the rows of the node and of its source: a_j = sum_{i <= j} R_ij q_i, R_jj > 0. */

static kw_complex inner(const kw_complex *a, const kw_complex *b, size_t count) {
    kw_complex sum = 0;
    for (size_t i = 0; i < count; ++i) sum += conj(a[i]) * b[i];
    return sum;
}

/* Gram-Schmidt twice, which is enough (Giraud, Langou, Rozloznik, van den Eshof 2005). */
static void orthonormalise_forward(const kw_tape *tape, const kw_tape_node *node) {
    const size_t m = node->rows, length = node->columns / 2;
    kw_complex *q = (kw_complex *)kw_tape_out(tape, node), *r = (kw_complex *)(tape->work_block + node->work_at);
    memcpy(q, kw_tape_in(tape, node->a), kw_node_size(node) * sizeof(double));
    memset(r, 0, m * m * sizeof *r);
    for (size_t j = 0; j < m; ++j) {
        kw_complex *column = q + j * length;
        for (int pass = 0; pass < 2; ++pass)
            for (size_t i = 0; i < j; ++i) {
                const kw_complex part = inner(q + i * length, column, length);
                r[i * m + j] += part;
                for (size_t k = 0; k < length; ++k) column[k] -= part * q[i * length + k];
            }
        const double norm = sqrt(creal(inner(column, column, length)));
        r[j * m + j] = norm;
        for (size_t k = 0; k < length; ++k) column[k] /= norm;
    }
}

/* With N = Q^dagger dQ and E = Q^dagger dA R^{-1}, orthonormality and a real diagonal of R leave of E its strictly lower
 * triangle (whose negative adjoint is the upper one) and its imaginary diagonal.  So
 *     dA = (Q (K - N) + dQ) R^{-dagger},   K_ij = N_ij - conj(N_ji) (i > j),  i Im N_ii,  0 (i < j). */
static void orthonormalise_backward(const kw_tape *tape, const kw_tape_node *node) {
    const size_t m = node->rows, length = node->columns / 2;
    const kw_complex *q = (const kw_complex *)kw_tape_out(tape, node);
    const kw_complex *d = (const kw_complex *)kw_tape_slope_out(tape, node);
    kw_complex *r = (kw_complex *)(tape->work_block + node->work_at), *n = r + m * m, *x = n + m * m;
    kw_complex *to = (kw_complex *)kw_tape_slope(tape, node->a);
    for (size_t i = 0; i < m; ++i)
        for (size_t j = 0; j < m; ++j) n[i * m + j] = inner(q + i * length, d + j * length, length);
    for (size_t j = 0; j < m; ++j) {
        memcpy(x + j * length, d + j * length, length * sizeof *x);
        for (size_t i = 0; i < m; ++i) {
            const kw_complex keep = i > j ? -conj(n[j * m + i]) : i == j ? -creal(n[i * m + i]) : -n[i * m + j]; /* K - N */
            for (size_t k = 0; k < length; ++k) x[j * length + k] += keep * q[i * length + k];
        }
    }
    for (size_t j = m; j-- > 0;) { /* Y R^dagger = X, from the last column on */
        for (size_t i = j + 1; i < m; ++i)
            for (size_t k = 0; k < length; ++k) x[j * length + k] -= x[i * length + k] * conj(r[j * m + i]);
        for (size_t k = 0; k < length; ++k) to[j * length + k] += x[j * length + k] /= conj(r[j * m + j]);
    }
}

int kw_tape_orthonormalise(kw_tape *tape, int a) {
    static const kw_tape_kind kind = {"orthonormalise", orthonormalise_forward, orthonormalise_backward};
    if (!kw_tape_has(tape, a)) return KW_NO_NODE;
    const kw_tape_node *x = &tape->nodes[a];
    if (x->columns % 2 || x->rows > x->columns / 2) return kw_tape_refuse(tape, kind.name, "more rows than dimensions");
    kw_tape_node node = kw_tape_like(tape, &kind, a, KW_NO_NODE);
    node.work = 4 * x->rows * x->rows + kw_node_size(x);
    return kw_tape_append(tape, node);
}

/* ---- convolution: the windows of all outputs as rows of a matrix, which stays for the backward pass ---- */

typedef struct {
    size_t length, outputs, taps; /* positions in and out; numbers of a window */
} extent;

static extent extent_of(const kw_tape *tape, const kw_tape_node *node) {
    const size_t length = tape->nodes[node->a].columns / node->window.channels;
    return (extent){length, (length + node->window.stride - 1) / node->window.stride,
                    node->window.kernel * node->window.channels};
}

/* Position that tap `tap` of output `o` sees; at least `length`: none. */
static size_t position_of(const kw_convolution *w, size_t o, size_t tap, size_t length) {
    const size_t reach = (w->kernel - 1) / 2 * w->dilation, from = o * w->stride + tap * w->dilation;
    return from < reach ? length : from - reach;
}

static void convolve_forward(const kw_tape *tape, const kw_tape_node *node) {
    const kw_convolution *w = &node->window;
    const extent e = extent_of(tape, node);
    double *windows = tape->work_block + node->work_at, *out = kw_tape_out(tape, node);
    for (size_t r = 0; r < node->rows; ++r)
        for (size_t o = 0; o < e.outputs; ++o)
            for (size_t tap = 0; tap < w->kernel; ++tap) {
                const size_t position = position_of(w, o, tap, e.length);
                double *to = windows + (r * e.outputs + o) * e.taps + tap * w->channels;
                const double *from = kw_tape_in(tape, node->a) + (r * e.length + position) * w->channels;
                if (position < e.length) memcpy(to, from, w->channels * sizeof *to);
                else memset(to, 0, w->channels * sizeof *to);
            }
    memset(out, 0, kw_node_size(node) * sizeof *out);
    add_product(CblasNoTrans, CblasTrans, node->rows * e.outputs, tape->nodes[node->b].rows, e.taps, windows,
                kw_tape_in(tape, node->b), out);
}

static void convolve_backward(const kw_tape *tape, const kw_tape_node *node) {
    const kw_convolution *w = &node->window;
    const extent e = extent_of(tape, node);
    const size_t rows = node->rows * e.outputs, channels = tape->nodes[node->b].rows;
    const double *d = kw_tape_slope_out(tape, node);
    double *windows = tape->work_block + node->work_at, *to_a = kw_tape_slope(tape, node->a);
    double *to_b = kw_tape_slope(tape, node->b);
    if (to_b) add_product(CblasTrans, CblasNoTrans, channels, e.taps, rows, d, windows, to_b);
    if (!to_a) return;
    memset(windows, 0, rows * e.taps * sizeof *windows);
    add_product(CblasNoTrans, CblasNoTrans, rows, e.taps, channels, d, kw_tape_in(tape, node->b), windows);
    for (size_t r = 0; r < node->rows; ++r)
        for (size_t o = 0; o < e.outputs; ++o)
            for (size_t tap = 0; tap < w->kernel; ++tap) {
                const size_t position = position_of(w, o, tap, e.length);
                const double *from = windows + (r * e.outputs + o) * e.taps + tap * w->channels;
                double *to = to_a + (r * e.length + position) * w->channels;
                for (size_t c = 0; position < e.length && c < w->channels; ++c) to[c] += from[c];
            }
}

int kw_tape_convolve(kw_tape *tape, int a, int weights, kw_convolution window) {
    static const kw_tape_kind kind = {"convolve", convolve_forward, convolve_backward};
    if (!kw_tape_has(tape, a) || !kw_tape_has(tape, weights)) return KW_NO_NODE;
    const kw_tape_node *x = &tape->nodes[a], *w = &tape->nodes[weights];
    if (!window.channels || window.kernel % 2 == 0 || !window.stride || !window.dilation || x->columns % window.channels
        || w->columns != window.kernel * window.channels)
        return kw_tape_refuse(tape, kind.name, "shapes do not fit");
    kw_tape_node node = {.kind = &kind, .rows = x->rows, .columns = w->rows, .a = a, .b = weights, .window = window};
    const extent e = extent_of(tape, &node);
    node.columns *= e.outputs;
    node.work = node.rows * e.outputs * e.taps;
    return kw_tape_append(tape, node);
}
