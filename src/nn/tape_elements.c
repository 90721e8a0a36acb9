/* F2  Nodes of the tape that go element by element or move columns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/tape_internal.h"

/* ---- one source, element by element ---- */

#define UNARY(NAME, function, value, slope)                                                                                 \
    static void function##_forward(const kw_tape *tape, const kw_tape_node *node) {                                         \
        const double *in = kw_tape_in(tape, node->a);                                                                       \
        double *out = kw_tape_out(tape, node);                                                                              \
        for (size_t i = 0; i < kw_node_size(node); ++i) {                                                                   \
            const double x = in[i];                                                                                         \
            out[i] = value;                                                                                                 \
        }                                                                                                                   \
    }                                                                                                                       \
    static void function##_backward(const kw_tape *tape, const kw_tape_node *node) {                                        \
        const double *in = kw_tape_in(tape, node->a), *out = kw_tape_out(tape, node), *d = kw_tape_slope_out(tape, node);   \
        double *to = kw_tape_slope(tape, node->a);                                                                          \
        for (size_t i = 0; i < kw_node_size(node); ++i) {                                                                   \
            const double x = in[i], y = out[i];                                                                             \
            (void)x, (void)y;                                                                                               \
            to[i] += d[i] * (slope);                                                                                        \
        }                                                                                                                   \
    }                                                                                                                       \
    int kw_tape_##function(kw_tape *tape, int a) {                                                                          \
        static const kw_tape_kind kind = {#function, function##_forward, function##_backward};                              \
        if (!kw_tape_has(tape, a)) return KW_NO_NODE;                                                                       \
        return kw_tape_append(tape, kw_tape_like(tape, &kind, a, KW_NO_NODE));                                              \
    }
KW_TAPE_UNARY_LIST(UNARY)
#undef UNARY

static void affine_forward(const kw_tape *tape, const kw_tape_node *node) {
    const double *in = kw_tape_in(tape, node->a);
    double *out = kw_tape_out(tape, node);
    for (size_t i = 0; i < kw_node_size(node); ++i) out[i] = node->scale * in[i] + node->shift;
}

static void affine_backward(const kw_tape *tape, const kw_tape_node *node) {
    const double *d = kw_tape_slope_out(tape, node);
    double *to = kw_tape_slope(tape, node->a);
    for (size_t i = 0; i < kw_node_size(node); ++i) to[i] += node->scale * d[i];
}

int kw_tape_affine(kw_tape *tape, int a, double scale, double shift) {
    static const kw_tape_kind kind = {"affine", affine_forward, affine_backward};
    if (!kw_tape_has(tape, a)) return KW_NO_NODE;
    kw_tape_node node = kw_tape_like(tape, &kind, a, KW_NO_NODE);
    node.scale = scale;
    node.shift = shift;
    return kw_tape_append(tape, node);
}

/* ---- two sources ---- */

/* Where element (r, c) of b stands: in its row, or in the only one. */
static size_t row_step(const kw_tape *tape, const kw_tape_node *node) {
    return tape->nodes[node->b].rows == 1 ? 0 : node->columns;
}

static void add_forward(const kw_tape *tape, const kw_tape_node *node) {
    const double *a = kw_tape_in(tape, node->a), *b = kw_tape_in(tape, node->b);
    double *out = kw_tape_out(tape, node);
    const size_t step = row_step(tape, node);
    for (size_t r = 0; r < node->rows; ++r)
        for (size_t c = 0; c < node->columns; ++c) out[r * node->columns + c] = a[r * node->columns + c] + b[r * step + c];
}

static void add_backward(const kw_tape *tape, const kw_tape_node *node) {
    const double *d = kw_tape_slope_out(tape, node);
    double *to_a = kw_tape_slope(tape, node->a), *to_b = kw_tape_slope(tape, node->b);
    const size_t step = row_step(tape, node);
    for (size_t i = 0; to_a && i < kw_node_size(node); ++i) to_a[i] += d[i];
    for (size_t r = 0; to_b && r < node->rows; ++r)
        for (size_t c = 0; c < node->columns; ++c) to_b[r * step + c] += d[r * node->columns + c];
}

int kw_tape_add(kw_tape *tape, int a, int b) {
    static const kw_tape_kind kind = {"add", add_forward, add_backward};
    if (!kw_tape_has(tape, a) || !kw_tape_has(tape, b)) return KW_NO_NODE;
    const kw_tape_node *x = &tape->nodes[a], *y = &tape->nodes[b];
    if (x->columns != y->columns || (y->rows != 1 && y->rows != x->rows))
        return kw_tape_refuse(tape, kind.name, "shapes do not fit");
    return kw_tape_append(tape, kw_tape_like(tape, &kind, a, b));
}

static void multiply_forward(const kw_tape *tape, const kw_tape_node *node) {
    const double *a = kw_tape_in(tape, node->a), *b = kw_tape_in(tape, node->b);
    double *out = kw_tape_out(tape, node);
    for (size_t i = 0; i < kw_node_size(node); ++i) out[i] = a[i] * b[i];
}

static void multiply_backward(const kw_tape *tape, const kw_tape_node *node) {
    const double *a = kw_tape_in(tape, node->a), *b = kw_tape_in(tape, node->b), *d = kw_tape_slope_out(tape, node);
    double *to_a = kw_tape_slope(tape, node->a), *to_b = kw_tape_slope(tape, node->b);
    for (size_t i = 0; to_a && i < kw_node_size(node); ++i) to_a[i] += d[i] * b[i];
    for (size_t i = 0; to_b && i < kw_node_size(node); ++i) to_b[i] += d[i] * a[i];
}

int kw_tape_multiply(kw_tape *tape, int a, int b) {
    static const kw_tape_kind kind = {"multiply", multiply_forward, multiply_backward};
    if (!kw_tape_has(tape, a) || !kw_tape_has(tape, b)) return KW_NO_NODE;
    const kw_tape_node *x = &tape->nodes[a], *y = &tape->nodes[b];
    if (x->columns != y->columns || x->rows != y->rows) return kw_tape_refuse(tape, kind.name, "shapes do not fit");
    return kw_tape_append(tape, kw_tape_like(tape, &kind, a, b));
}

/* ---- columns ---- */

static void slice_forward(const kw_tape *tape, const kw_tape_node *node) {
    const double *in = kw_tape_in(tape, node->a) + node->first;
    double *out = kw_tape_out(tape, node);
    const size_t step = tape->nodes[node->a].columns;
    for (size_t r = 0; r < node->rows; ++r) memcpy(out + r * node->columns, in + r * step, node->columns * sizeof *out);
}

static void slice_backward(const kw_tape *tape, const kw_tape_node *node) {
    const double *d = kw_tape_slope_out(tape, node);
    double *to = kw_tape_slope(tape, node->a) + node->first;
    const size_t step = tape->nodes[node->a].columns;
    for (size_t r = 0; r < node->rows; ++r)
        for (size_t c = 0; c < node->columns; ++c) to[r * step + c] += d[r * node->columns + c];
}

int kw_tape_slice(kw_tape *tape, int a, size_t first, size_t count) {
    static const kw_tape_kind kind = {"slice", slice_forward, slice_backward};
    if (!kw_tape_has(tape, a)) return KW_NO_NODE;
    const kw_tape_node *x = &tape->nodes[a];
    if (!count || first + count > x->columns) return kw_tape_refuse(tape, kind.name, "beyond the last column");
    kw_tape_node node = kw_tape_like(tape, &kind, a, KW_NO_NODE);
    node.columns = count;
    node.first = first;
    return kw_tape_append(tape, node);
}

static void concat_forward(const kw_tape *tape, const kw_tape_node *node) {
    double *out = kw_tape_out(tape, node);
    for (size_t i = 0; i < node->source_count; ++i) {
        const size_t columns = tape->nodes[node->sources[i]].columns;
        const double *in = kw_tape_in(tape, node->sources[i]);
        for (size_t r = 0; r < node->rows; ++r) memcpy(out + r * node->columns, in + r * columns, columns * sizeof *out);
        out += columns;
    }
}

static void concat_backward(const kw_tape *tape, const kw_tape_node *node) {
    const double *d = kw_tape_slope_out(tape, node);
    for (size_t i = 0; i < node->source_count; ++i) {
        const size_t columns = tape->nodes[node->sources[i]].columns;
        double *to = kw_tape_slope(tape, node->sources[i]);
        for (size_t r = 0; to && r < node->rows; ++r)
            for (size_t c = 0; c < columns; ++c) to[r * columns + c] += d[r * node->columns + c];
        d += columns;
    }
}

int kw_tape_concat(kw_tape *tape, const int *nodes, size_t count) {
    static const kw_tape_kind kind = {"concat", concat_forward, concat_backward};
    size_t columns = 0;
    if (!count) return kw_tape_refuse(tape, kind.name, "nothing to put behind each other");
    for (size_t i = 0; i < count; ++i) {
        if (!kw_tape_has(tape, nodes[i])) return KW_NO_NODE;
        if (tape->nodes[nodes[i]].rows != tape->nodes[nodes[0]].rows)
            return kw_tape_refuse(tape, kind.name, "other numbers of rows");
        columns += tape->nodes[nodes[i]].columns;
    }
    int *sources = malloc(count * sizeof *sources);
    if (!sources) return kw_tape_refuse(tape, kind.name, "no memory");
    memcpy(sources, nodes, count * sizeof *sources);
    return kw_tape_append(tape, (kw_tape_node){.kind = &kind,
                                               .rows = tape->nodes[nodes[0]].rows,
                                               .columns = columns,
                                               .a = KW_NO_NODE,
                                               .b = KW_NO_NODE,
                                               .sources = sources,
                                               .source_count = count});
}

static void repeat_forward(const kw_tape *tape, const kw_tape_node *node) {
    const size_t channels = node->window.channels, positions = kw_node_size(node) / channels / node->factor;
    const double *in = kw_tape_in(tape, node->a);
    double *out = kw_tape_out(tape, node);
    for (size_t p = 0; p < positions * node->factor; ++p)
        memcpy(out + p * channels, in + p / node->factor * channels, channels * sizeof *out);
}

static void repeat_backward(const kw_tape *tape, const kw_tape_node *node) {
    const size_t channels = node->window.channels, positions = kw_node_size(node) / channels / node->factor;
    const double *d = kw_tape_slope_out(tape, node);
    double *to = kw_tape_slope(tape, node->a);
    for (size_t p = 0; p < positions * node->factor; ++p)
        for (size_t c = 0; c < channels; ++c) to[p / node->factor * channels + c] += d[p * channels + c];
}

int kw_tape_repeat(kw_tape *tape, int a, size_t channels, size_t factor) {
    static const kw_tape_kind kind = {"repeat", repeat_forward, repeat_backward};
    if (!kw_tape_has(tape, a)) return KW_NO_NODE;
    const kw_tape_node *x = &tape->nodes[a];
    if (!channels || !factor || x->columns % channels)
        return kw_tape_refuse(tape, kind.name, "columns are not a multiple of the channels");
    kw_tape_node node = kw_tape_like(tape, &kind, a, KW_NO_NODE);
    node.columns *= factor;
    node.factor = factor;
    node.window.channels = channels;
    return kw_tape_append(tape, node);
}

/* ---- states ---- */

#define TINY 0x1p-80

static double squared_norm(const double *x, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += x[i] * x[i];
    return sum;
}

static void normalise_forward(const kw_tape *tape, const kw_tape_node *node) {
    const size_t c = node->columns;
    for (size_t r = 0; r < node->rows; ++r) {
        const double *in = kw_tape_in(tape, node->a) + r * c;
        double *out = kw_tape_out(tape, node) + r * c;
        const double scale = 1 / sqrt(squared_norm(in, c) + TINY);
        for (size_t i = 0; i < c; ++i) out[i] = scale * in[i];
    }
}

/* y = s x, s = (|x|^2 + t)^{-1/2}:  dx = s (dy - y (y . dy)) */
static void normalise_backward(const kw_tape *tape, const kw_tape_node *node) {
    const size_t c = node->columns;
    for (size_t r = 0; r < node->rows; ++r) {
        const double *in = kw_tape_in(tape, node->a) + r * c, *out = kw_tape_out(tape, node) + r * c;
        const double *d = kw_tape_slope_out(tape, node) + r * c;
        double *to = kw_tape_slope(tape, node->a) + r * c, along = 0;
        const double scale = 1 / sqrt(squared_norm(in, c) + TINY);
        for (size_t i = 0; i < c; ++i) along += out[i] * d[i];
        for (size_t i = 0; i < c; ++i) to[i] += scale * (d[i] - along * out[i]);
    }
}

int kw_tape_normalise(kw_tape *tape, int a) {
    static const kw_tape_kind kind = {"normalise", normalise_forward, normalise_backward};
    if (!kw_tape_has(tape, a)) return KW_NO_NODE;
    return kw_tape_append(tape, kw_tape_like(tape, &kind, a, KW_NO_NODE));
}

/* <a|b> = re + i im of two rows */
static void inner(const double *a, const double *b, size_t columns, double *re, double *im) {
    *re = *im = 0;
    for (size_t i = 0; i < columns; i += 2) {
        *re += a[i] * b[i] + a[i + 1] * b[i + 1];
        *im += a[i] * b[i + 1] - a[i + 1] * b[i];
    }
}

static void overlap_forward(const kw_tape *tape, const kw_tape_node *node) {
    const size_t c = tape->nodes[node->a].columns;
    for (size_t r = 0; r < node->rows; ++r) {
        double re, im;
        inner(kw_tape_in(tape, node->a) + r * c, kw_tape_in(tape, node->b) + r * c, c, &re, &im);
        kw_tape_out(tape, node)[r] = re * re + im * im;
    }
}

static void overlap_backward(const kw_tape *tape, const kw_tape_node *node) {
    const size_t c = tape->nodes[node->a].columns;
    for (size_t r = 0; r < node->rows; ++r) {
        const double *a = kw_tape_in(tape, node->a) + r * c, *b = kw_tape_in(tape, node->b) + r * c;
        const double d = 2 * kw_tape_slope_out(tape, node)[r];
        double *to_a = kw_tape_slope(tape, node->a), *to_b = kw_tape_slope(tape, node->b), re, im;
        inner(a, b, c, &re, &im);
        for (size_t i = 0; to_a && i < c; i += 2) {
            to_a[r * c + i] += d * (re * b[i] + im * b[i + 1]);
            to_a[r * c + i + 1] += d * (re * b[i + 1] - im * b[i]);
        }
        for (size_t i = 0; to_b && i < c; i += 2) {
            to_b[r * c + i] += d * (re * a[i] - im * a[i + 1]);
            to_b[r * c + i + 1] += d * (re * a[i + 1] + im * a[i]);
        }
    }
}

int kw_tape_overlap(kw_tape *tape, int a, int b) {
    static const kw_tape_kind kind = {"overlap", overlap_forward, overlap_backward};
    if (!kw_tape_has(tape, a) || !kw_tape_has(tape, b)) return KW_NO_NODE;
    const kw_tape_node *x = &tape->nodes[a], *y = &tape->nodes[b];
    if (x->columns != y->columns || x->rows != y->rows || x->columns % 2)
        return kw_tape_refuse(tape, kind.name, "shapes do not fit");
    return kw_tape_append(tape, (kw_tape_node){.kind = &kind, .rows = x->rows, .columns = 1, .a = a, .b = b});
}
