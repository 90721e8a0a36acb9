/* F2  Inside of the tape: nodes, and one table of functions per kind of node. */
#ifndef KW_TAPE_INTERNAL_H
#define KW_TAPE_INTERNAL_H

#include <stdbool.h>

#include "nn/tape.h"

typedef struct kw_tape_node kw_tape_node;

/* What a kind of node does.  forward fills the node's values; backward adds to the slopes of its sources, of which those
 * that do not depend on theta have none (NULL). */
typedef struct {
    const char *name;
    void (*forward)(const kw_tape *tape, const kw_tape_node *node);
    void (*backward)(const kw_tape *tape, const kw_tape_node *node);
} kw_tape_kind;

struct kw_tape_node {
    const kw_tape_kind *kind;
    size_t rows, columns;
    int a, b;              /* sources; KW_NO_NODE: none */
    int *sources;          /* of a concatenation, instead */
    size_t source_count;   /* of it */
    bool is_parameter;     /* values stand in theta, slopes in the gradient */
    bool depends;          /* on theta */
    size_t at;             /* of the values; the slopes stand at the same place of their own block, or of the gradient */
    size_t work, work_at;  /* numbers that forward leaves for backward */
    double scale, shift;   /* affine; parameter: scale is the bound of its start */
    size_t first, factor;  /* slice; repeat */
    kw_convolution window; /* convolution; repeat: channels */
};

struct kw_tape {
    kw_tape_node *nodes;
    size_t count, capacity;
    size_t parameters, numbers, work;
    kw_status failure;
    const double *theta;
    double *gradient;
    double *values, *slopes; /* of one block: values, slopes, work */
    double *work_block;
    uint64_t bytes;
};

/** A new node of this shape, with the sources' dependence on theta.                                               @local */
int kw_tape_append(kw_tape *tape, kw_tape_node node);
/** Remembers the first failure; KW_NO_NODE.                                                                       @local */
int kw_tape_refuse(kw_tape *tape, const char *name, const char *reason);
/** Whether these can be sources; KW_NO_NODE is refused in silence, because its failure is known.                  @local */
bool kw_tape_has(const kw_tape *tape, int node);

const double *kw_tape_in(const kw_tape *tape, int node);                        /* a source's values */
double *kw_tape_out(const kw_tape *tape, const kw_tape_node *node);             /* the node's own values */
double *kw_tape_slope(const kw_tape *tape, int node);                           /* a source's slopes, or NULL */
const double *kw_tape_slope_out(const kw_tape *tape, const kw_tape_node *node); /* the node's own */

static inline size_t kw_node_size(const kw_tape_node *node) { return node->rows * node->columns; }

/** A node with the shape of its source a.                                                                          @local */
static inline kw_tape_node kw_tape_like(const kw_tape *tape, const kw_tape_kind *kind, int a, int b) {
    return (kw_tape_node){.kind = kind, .rows = tape->nodes[a].rows, .columns = tape->nodes[a].columns, .a = a, .b = b};
}

#endif
