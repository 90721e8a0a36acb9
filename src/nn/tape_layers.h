/* F2  Layers of networks, written onto a tape; weights start uniform on +-1/sqrt(fan-in), biases too (PyTorch's default). */
#ifndef KW_TAPE_LAYERS_H
#define KW_TAPE_LAYERS_H

#include "nn/tape.h"

/** x W + b: (r, inputs) -> (r, outputs)                                                                           @local */
int kw_layer_dense(kw_tape *tape, int x, size_t inputs, size_t outputs);

/** Convolution with bias: (r, length x channels) -> (r, ceil(length / stride) x outputs)                          @local */
int kw_layer_convolve(kw_tape *tape, int x, size_t rows, size_t length, kw_convolution window, size_t outputs);

/* A gated recurrent unit (Cho et al. 2014, arXiv 1406.1078, with the reset gate behind the product, as in cuDNN):
 *     r = s(x W_r + b_r + h U_r + c_r),  z likewise,  n = tanh(x W_n + b_n + r (h U_n + c_n)),  h <- (1 - z) n + z h */
typedef struct {
    size_t units;
    int w, b, u, c; /* gates r, z, n beside each other */
} kw_gru;

kw_gru kw_gru_make(kw_tape *tape, size_t inputs, size_t units);
int kw_gru_input(kw_tape *tape, const kw_gru *gru, int x);           /* x W + b, for kw_gru_step */
int kw_gru_step(kw_tape *tape, const kw_gru *gru, int input, int h); /* the next h (r, units) */

#endif
