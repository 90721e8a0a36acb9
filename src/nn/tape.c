/* F2  The tape: writing nodes, memory, replaying. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "nn/tape_internal.h"

enum { BEYOND = 8 /* numbers after every matrix: kernels of OpenBLAS 0.3.21 may read a little beyond the end */ };

kw_status kw_tape_create(kw_tape **out) {
    kw_tape *tape = calloc(1, sizeof *tape);
    if (!tape) return kw_fail(KW_E_NOMEM, "no memory for a tape");
    *out = tape;
    return KW_OK;
}

void kw_tape_destroy(kw_tape **tape) {
    kw_tape *t = *tape;
    if (!t) return;
    for (size_t i = 0; i < t->count; ++i) free(t->nodes[i].sources);
    kw_block_free(t->values, t->bytes);
    free(t->nodes);
    free(t);
    *tape = NULL;
}

/* ---- writing ---- */

int kw_tape_refuse(kw_tape *tape, const char *name, const char *reason) {
    if (!tape->failure) tape->failure = kw_fail(KW_E_ARG, "node %zu of a tape, %s: %s", tape->count, name, reason);
    return KW_NO_NODE;
}

bool kw_tape_has(const kw_tape *tape, int node) {
    return !tape->failure && node >= 0 && (size_t)node < tape->count && !tape->values;
}

static void stays(const kw_tape *tape, const kw_tape_node *node) {
    (void)tape;
    (void)node;
}

static const kw_tape_kind parameter_kind = {"parameter", stays, stays}, input_kind = {"input", stays, stays},
                          reshape_kind = {"reshape", stays, stays};

static bool depends(const kw_tape *tape, int node) { return node >= 0 && tape->nodes[node].depends; }

int kw_tape_append(kw_tape *tape, kw_tape_node node) {
    if (tape->failure || tape->values) {
        free(node.sources);
        return KW_NO_NODE;
    }
    if (tape->count == tape->capacity) {
        const size_t capacity = tape->capacity ? 2 * tape->capacity : 32;
        kw_tape_node *nodes = realloc(tape->nodes, capacity * sizeof *nodes);
        if (!nodes) {
            free(node.sources);
            tape->failure = kw_fail(KW_E_NOMEM, "no memory for %zu nodes of a tape", capacity);
            return KW_NO_NODE;
        }
        tape->nodes = nodes;
        tape->capacity = capacity;
    }
    node.depends = node.is_parameter || depends(tape, node.a) || depends(tape, node.b);
    for (size_t i = 0; i < node.source_count; ++i) node.depends = node.depends || depends(tape, node.sources[i]);
    if (!node.is_parameter && node.kind != &reshape_kind) {
        node.at = tape->numbers;
        tape->numbers += kw_node_size(&node) + BEYOND;
    }
    node.work_at = tape->work;
    tape->work += node.work ? node.work + BEYOND : 0;
    tape->nodes[tape->count] = node;
    return (int)tape->count++;
}

static int append_source(kw_tape *tape, kw_tape_node node) {
    node.a = node.b = KW_NO_NODE;
    if (!node.rows || !node.columns) return kw_tape_refuse(tape, node.kind->name, "a matrix without numbers");
    return kw_tape_append(tape, node);
}

int kw_tape_parameter(kw_tape *tape, size_t rows, size_t columns, double bound) {
    const kw_tape_node node = {.kind = &parameter_kind,
                               .rows = rows,
                               .columns = columns,
                               .is_parameter = true,
                               .at = tape->parameters,
                               .scale = bound};
    const int number = append_source(tape, node);
    if (number != KW_NO_NODE) tape->parameters += rows * columns;
    return number;
}

int kw_tape_input(kw_tape *tape, size_t rows, size_t columns) {
    return append_source(tape, (kw_tape_node){.kind = &input_kind, .rows = rows, .columns = columns});
}

/* The same numbers, and slopes, seen with other rows: no copy. */
int kw_tape_reshape(kw_tape *tape, int a, size_t rows, size_t columns) {
    if (!kw_tape_has(tape, a)) return KW_NO_NODE;
    const kw_tape_node *source = &tape->nodes[a];
    if (rows * columns != kw_node_size(source)) return kw_tape_refuse(tape, "reshape", "another number of elements");
    return kw_tape_append(tape, (kw_tape_node){.kind = &reshape_kind,
                                               .rows = rows,
                                               .columns = columns,
                                               .a = a,
                                               .b = KW_NO_NODE,
                                               .is_parameter = source->is_parameter,
                                               .at = source->at});
}

kw_status kw_tape_seal(kw_tape *tape) {
    if (tape->failure) return tape->failure;
    tape->bytes = kw_tape_bytes(tape);
    tape->values = kw_block_alloc(tape->bytes);
    if (!tape->values) return kw_fail(KW_E_NOMEM, "no memory for the %zu numbers of a tape", 2 * tape->numbers + tape->work);
    memset(tape->values, 0, tape->bytes);
    tape->slopes = tape->values + tape->numbers;
    tape->work_block = tape->slopes + tape->numbers;
    return KW_OK;
}

/* ---- replaying ---- */

size_t kw_tape_parameters(const kw_tape *tape) { return tape->parameters; }
uint64_t kw_tape_bytes(const kw_tape *tape) { return (2 * tape->numbers + tape->work) * sizeof(double); }

void kw_tape_start(const kw_tape *tape, uint64_t seed, double *theta) {
    const kw_rng rng = kw_rng_make(seed, KW_STREAM_PARAMETERS, 0);
    for (size_t i = 0; i < tape->count; ++i) {
        const kw_tape_node *node = &tape->nodes[i];
        if (node->kind != &parameter_kind) continue;
        for (size_t j = node->at; j < node->at + kw_node_size(node); ++j)
            theta[j] = node->scale * (2 * kw_rng_uniform(&rng, j) - 1);
    }
}

const double *kw_tape_in(const kw_tape *tape, int node) {
    const kw_tape_node *n = &tape->nodes[node];
    return (n->is_parameter ? tape->theta : tape->values) + n->at;
}

double *kw_tape_out(const kw_tape *tape, const kw_tape_node *node) { return tape->values + node->at; }

double *kw_tape_slope(const kw_tape *tape, int node) {
    const kw_tape_node *n = &tape->nodes[node];
    if (!n->depends) return NULL;
    return (n->is_parameter ? tape->gradient : tape->slopes) + n->at;
}

const double *kw_tape_slope_out(const kw_tape *tape, const kw_tape_node *node) { return tape->slopes + node->at; }

void kw_tape_feed(kw_tape *tape, int input, const double *values) {
    const kw_tape_node *node = &tape->nodes[input];
    memcpy(tape->values + node->at, values, kw_node_size(node) * sizeof *values);
}

const double *kw_tape_value(const kw_tape *tape, int node) { return kw_tape_in(tape, node); }

void kw_tape_forward(kw_tape *tape, const double *theta) {
    tape->theta = theta;
    for (size_t i = 0; i < tape->count; ++i) tape->nodes[i].kind->forward(tape, &tape->nodes[i]);
}

void kw_tape_backward(kw_tape *tape, int node, double *gradient) {
    memset(gradient, 0, tape->parameters * sizeof *gradient);
    memset(tape->slopes, 0, tape->numbers * sizeof *tape->slopes);
    tape->gradient = gradient;
    double *root = kw_tape_slope(tape, node);
    if (!root) return;
    for (size_t i = 0; i < kw_node_size(&tape->nodes[node]); ++i) root[i] = 1;
    for (int i = node; i >= 0; --i)
        if (tape->nodes[i].depends) tape->nodes[i].kind->backward(tape, &tape->nodes[i]);
}
