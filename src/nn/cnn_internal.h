/* F2  What a convolutional network is made of. */
#ifndef KW_CNN_INTERNAL_H
#define KW_CNN_INTERNAL_H

#include "nn/cnn.h"
#include "nn/kernels/lanes.h"

enum { KW_CNN_LAYERS = 32, KW_CNN_SLOTS = 8 };

typedef enum { KW_LAYER_CONV, KW_LAYER_DENSE, KW_LAYER_POOL } kw_layer_kind;

/* A block of W images, or its gradient: (channels, height, width) pixels with zeros around them. */
typedef struct {
    size_t offset, row, plane; /* pixels: of the first one inside; strides */
} kw_grid;

typedef struct {
    int channels, height, width;
    kw_grid value, gradient;
} kw_tensor;

typedef struct {
    kw_layer_kind kind;
    int kernel, pad; /* pool: kernel is the size */
    bool relu;
    size_t weights, biases; /* in theta */
} kw_layer;

struct kw_cnn {
    kw_precision precision;
    const kw_lanes_table *lanes;
    int n_layers;
    kw_layer layer[KW_CNN_LAYERS];
    kw_tensor tensor[KW_CNN_LAYERS + 1]; /* tensor[l]: what layer l takes; the last: logits */
    size_t n_weights, pixels;            /* pixels of a workspace */
    int threads;
    char *work;                /* (threads, pixels) */
    char *gradients;           /* (KW_CNN_SLOTS, p) */
    double scale[4], shift[4]; /* of bytes, per channel */
};

/** Layers and tensors from words; lays out theta and the workspace.              @return KW_OK, KW_E_INPUT      @local */
kw_status kw_cnn_lay_out(kw_cnn *cnn, const char *layers, int classes);

#endif
