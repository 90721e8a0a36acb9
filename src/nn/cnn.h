/* F2  Small convolutional networks: loss and its gradient with respect to all weights, over a batch of images.
 *
 * Weights theta (p) stand layer after layer, each as weight, then bias, row-major:
 *     conv [out][in][ky][kx], [out]        dense [out][in], [out]        (PyTorch's state_dict order) */
#ifndef KW_CNN_H
#define KW_CNN_H

#include "data/images.h"
#include "ketwall/state.h"

typedef struct kw_cnn kw_cnn;

/** A network from its layers in words, such as "conv 4 3, relu, pool 2, dense 10": conv OUT KERNEL [pad PIXELS] (stride 1,
 * cross-correlation), pool SIZE (maximum over disjoint windows, what is left over is cut off), dense OUT, relu.  The last
 * layer is dense with one output (logit) per class.                                                               @local
 *  @return KW_OK, KW_E_INPUT naming the layer, KW_E_NOMEM.
 *  Memory: per thread all activations and their gradients of W images (W: lanes of a vector), and at most 8 gradients (p) */
kw_status kw_cnn_create(const char *layers, int channels, int height, int width, int classes, kw_precision precision,
                        kw_cnn **out);
void kw_cnn_destroy(kw_cnn **cnn);

/** What one would take, without making it: weights p, bytes.             @return KW_OK, KW_E_INPUT as above      @local */
kw_status kw_cnn_need(const char *layers, int channels, int height, int width, int classes, kw_precision precision,
                      size_t *weights, uint64_t *bytes);

size_t kw_cnn_weights(const kw_cnn *cnn);       /* p */
uint64_t kw_cnn_bytes(const kw_cnn *cnn);       /* as above */
double kw_cnn_forward_macs(const kw_cnn *cnn);  /* multiply-adds of one image */
double kw_cnn_backward_macs(const kw_cnn *cnn); /* of its gradient, beside these */

/** Start weights, uniform on +-1/sqrt(fan-in) (PyTorch's default for both kinds of layers).                      @local */
void kw_cnn_start(const kw_cnn *cnn, uint64_t seed, double *theta);

/** The first layer's kernels if it is a convolution: how many, and pixels (channels x kernel x kernel) of one.   @local */
void kw_cnn_filters(const kw_cnn *cnn, int *count, int *channels, int *kernel);

/* Bytes to numbers: (byte / 255 - mean) / deviation, per channel. */
typedef struct {
    double mean[4], deviation[4];
} kw_normalisation;

void kw_cnn_normalise(kw_cnn *cnn, const kw_normalisation *normalisation);

/* Some images of a set. */
typedef struct {
    const kw_images *images;
    const uint32_t *indices; /* (count) */
    size_t count;
} kw_batch;

/** Loss (sum over the batch of -ln softmax(logits)_label), labels guessed right, and the gradient of `scale` times the loss.
 *  The same bits at any number of threads.                                                                       @local
 *  @param[in]  theta      (p) in the network's precision
 *  @param[out] gradient   (p); NULL: not wanted
 *  @param[out] predicted  (count) guessed labels; may be NULL */
void kw_cnn_run(kw_cnn *cnn, const void *theta, const kw_batch *batch, double scale, double *loss, uint64_t *right,
                double *gradient, uint8_t *predicted);

/** Asks the memory for the images of a batch, while something else is computed.                                  @local */
void kw_cnn_prefetch(const kw_batch *batch);

#endif
