/* F2  Stacks of affine layers, and the one map that a stack without activations is.
 *
 * With a constant 1 as last input, S_l (width_l, inputs + 1) maps inputs to the outputs of layer l, and T_l (last, width_l)
 * these to the last outputs:  folded = T_0 = S_last,   dW_l = T_l^T D S_{l-1}^T,   db_l = T_l^T d,   D = [dA | d]. */
#include <string.h>

#include "nn/mapping_internal.h"

kw_stack kw_stack_make(int inputs, int layers, const int *width) {
    kw_stack s = {.inputs = inputs, .layers = layers};
    for (int l = 0; l < layers; ++l) {
        s.width[l] = width[l];
        s.at[l] = s.parameters;
        s.bias_at[l] = s.at[l] + (size_t)width[l] * (size_t)(l ? width[l - 1] : inputs);
        s.parameters = s.bias_at[l] + (size_t)width[l];
    }
    return s;
}

static int before(const kw_stack *s, int l) { return l ? s->width[l - 1] : s->inputs; }

static size_t widest(const kw_stack *s) {
    size_t most = (size_t)s->inputs + 1;
    for (int l = 0; l < s->layers; ++l) most = (size_t)s->width[l] > most ? (size_t)s->width[l] : most;
    return most;
}

/* All S_l, then two T of the last width, then D S^T. */
size_t kw_stack_fold_work(const kw_stack *s) {
    const size_t columns = (size_t)s->inputs + 1, last = (size_t)s->width[s->layers - 1];
    size_t numbers = columns * columns + 3 * last * widest(s);
    for (int l = 0; l < s->layers; ++l) numbers += (size_t)s->width[l] * columns;
    return numbers;
}

/* out (rows, columns) <- a (rows, inner) b (inner, columns) */
static void multiply(const double *a, const double *b, size_t rows, size_t inner, size_t columns, double *out) {
    memset(out, 0, rows * columns * sizeof *out);
    for (size_t r = 0; r < rows; ++r)
        for (size_t k = 0; k < inner; ++k)
            for (size_t c = 0; c < columns; ++c) out[r * columns + c] += a[r * inner + k] * b[k * columns + c];
}

/* S_0 = identity, then S_1, S_2, ...; returns the last one. */
static double *go_up(const kw_stack *s, const double *parameters, double *work) {
    const size_t columns = (size_t)s->inputs + 1;
    memset(work, 0, columns * columns * sizeof *work);
    for (size_t i = 0; i < columns; ++i) work[i * columns + i] = 1;
    for (int l = 0; l < s->layers; ++l) {
        double *next = work + (size_t)(l ? before(s, l) : s->inputs + 1) * columns;
        multiply(parameters + s->at[l], work, (size_t)s->width[l], (size_t)before(s, l), columns, next);
        for (int o = 0; o < s->width[l]; ++o)
            next[(size_t)o * columns + columns - 1] += parameters[s->bias_at[l] + (size_t)o];
        work = next;
    }
    return work;
}

void kw_stack_fold(const kw_stack *s, const double *parameters, double *work, double *out) {
    const double *map = go_up(s, parameters, work);
    const size_t n = (size_t)s->inputs, last = (size_t)s->width[s->layers - 1];
    for (size_t o = 0; o < last; ++o) {
        memcpy(out + o * n, map + o * (n + 1), n * sizeof *out);
        out[last * n + o] = map[o * (n + 1) + n];
    }
}

void kw_stack_unfold(const kw_stack *s, const double *parameters, const double *d_folded, double *work, double *d) {
    const size_t n = (size_t)s->inputs, columns = n + 1, last = (size_t)s->width[s->layers - 1], room = last * widest(s);
    double *up = go_up(s, parameters, work); /* S_last; S_{l-1} stands before S_l */
    double *t = up + last * columns, *other = t + room, *product = other + room;
    memset(t, 0, last * last * sizeof *t);
    for (size_t o = 0; o < last; ++o) t[o * last + o] = 1;
    for (int l = s->layers - 1; l >= 0; --l) {
        const size_t out = (size_t)s->width[l], in = (size_t)before(s, l);
        const double *below = up - (l ? in : columns) * columns;
        for (size_t o = 0; o < last; ++o)
            for (size_t i = 0; i < in; ++i) {
                double sum = d_folded[last * n + o] * below[i * columns + n];
                for (size_t c = 0; c < n; ++c) sum += d_folded[o * n + c] * below[i * columns + c];
                product[o * in + i] = sum;
            }
        for (size_t r = 0; r < out; ++r) {
            double *row = d + s->at[l] + r * in, *bias = d + s->bias_at[l] + r;
            memset(row, 0, in * sizeof *row);
            *bias = 0;
            for (size_t o = 0; o < last; ++o) {
                *bias += t[o * out + r] * d_folded[last * n + o];
                for (size_t i = 0; i < in; ++i) row[i] += t[o * out + r] * product[o * in + i];
            }
        }
        multiply(t, parameters + s->at[l], last, out, in, other);
        double *swap = t;
        t = other;
        other = swap;
        up = (double *)below;
    }
}
