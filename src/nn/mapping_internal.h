/* F2  Inside of mapping networks: the stack as it is evaluated, its tables, and the way back. */
#ifndef KW_MAPPING_INTERNAL_H
#define KW_MAPPING_INTERNAL_H

#include "nn/kernels/lanes.h"
#include "nn/mapping.h"

enum { KW_MAPPING_SLOTS = 8, KW_MAPPING_LOW_BITS = 6 };

/* A stack of affine layers in doubles: layer l has weights (width[l], width[l - 1]) and biases (width[l]). */
typedef struct {
    int inputs, layers, width[KW_MAPPING_LAYERS];
    size_t at[KW_MAPPING_LAYERS], bias_at[KW_MAPPING_LAYERS], parameters; /* where each stands */
} kw_stack;

/** @param[in] width  (layers)                                                                                    @local */
kw_stack kw_stack_make(int inputs, int layers, const int *width);

/** The affine map that a stack without activations comes to: out, one layer of `inputs` and the last width, weights, then
 *  biases.  work: kw_stack_fold_work() numbers.                                                                  @local */
void kw_stack_fold(const kw_stack *stack, const double *parameters, double *work, double *out);
/** From the gradient of the folded map to that of the stack's parameters.                                        @local */
void kw_stack_unfold(const kw_stack *stack, const double *parameters, const double *d_folded, double *work, double *d);
size_t kw_stack_fold_work(const kw_stack *stack);

struct kw_mapping {
    kw_mapping_config config;
    kw_precision precision;
    const kw_lanes_table *lanes;
    kw_stack given, used; /* used: the folded one, or `given` */
    bool folded;
    int low_bits;
    size_t chunks, low_pixels;                /* chunks of 2^low_bits rows; pixels of the low table */
    size_t slot_pixels;                       /* of the gradients and the workspace of a slot */
    double *parameters, *d_parameters, *fold; /* of `used`; workspace of folding */
    double *d_high, *d_x, *d_low;             /* d_low: (low_pixels W) summed over the slots */
    char *low, *high, *weights, *x, *theta;   /* in the precision */
    char *slots;
};

#endif
