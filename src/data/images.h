/* F2  Labelled images: the published sets from their own files, and digits that Ketwall draws itself. */
#ifndef KW_IMAGES_H
#define KW_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ketwall/status.h"

/* X(KIND, name, what it is).  Those with files keep them in the folder of their name. */
#define KW_IMAGES_LIST(X)                                                                                                   \
    X(DIGITS, "digits", "drawn by Ketwall: 28 x 28 grey, 10 classes, as many as are asked for")                             \
    X(MNIST, "mnist", "handwritten digits: 28 x 28 grey, 10 classes, 60000 + 10000 images")                                 \
    X(FASHION, "fashion-mnist", "pieces of clothing: 28 x 28 grey, 10 classes, 60000 + 10000 images")                       \
    X(CIFAR10, "cifar-10", "animals and vehicles: 32 x 32 colour, 10 classes, 50000 + 10000 images")

typedef enum {
#define KW_IMAGES_ENUM(kind, name, what) KW_IMAGES_##kind,
    KW_IMAGES_LIST(KW_IMAGES_ENUM)
#undef KW_IMAGES_ENUM
        KW_IMAGES_KINDS
} kw_images_kind;

typedef struct {
    int channels, height, width, classes;
    size_t count;
    uint8_t *pixels; /* (count, channels, height, width), 0 to 255 */
    uint8_t *labels; /* (count), below `classes` */
} kw_images;

/** Reads a published set.  Every file may be plain or, with .gz at the end of its name, gzip'd:                     @local
 *    DIR/mnist and DIR/fashion-mnist hold train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
 *    t10k-labels-idx1-ubyte; DIR/cifar-10, or cifar-10-batches-bin in it, holds data_batch_1.bin to data_batch_5.bin and
 *    test_batch.bin.  CIFAR-10 may be trained on fewer batches: the first one must be there, the next one that is missing
 *    ends the set, and `count` says how many images that makes.
 *  @param[in]  dir   DIR; NULL or "": the environment's KETWALL_DATA_DIR
 *  @param[in]  test  the test images rather than the training images
 *  @param[out] out   for kw_images_free()
 *  @return KW_OK, KW_E_ARG (DIGITS has no files), KW_E_INPUT ("FILE: found, expected"), KW_E_NOMEM.
 *          Memory: the images, up to twice that while they are read; by the data found, never by a header's claim. */
kw_status kw_images_load(kw_images_kind kind, const char *dir, bool test, kw_images *out);

/** Draws digits: a pen follows one of two or three shapes of a digit, which is bent, slanted, turned, scaled and moved at
 *  random, under noise.  Image i, label and all, depends on (seed, first + i) alone, so that sets with the same seed share
 *  no image where their ranges do not meet: test images follow the training images.                             @local
 *  @param[in]  first  at most 2^56 - count
 *  @param[out] out    28 x 28 grey; for kw_images_free()
 *  @return KW_OK, KW_E_ARG (no image, or first too large), KW_E_NOMEM.  Memory: 785 bytes per image. */
kw_status kw_images_digits(size_t count, uint64_t seed, uint64_t first, kw_images *out);

/** Frees the arrays and sets the structure to zero.                                                              @local */
void kw_images_free(kw_images *images);

/** Mean and standard deviation of a channel of the training images, pixels in [0, 1]: a network is given
 *  (pixel/255 - mean)/deviation.  Published values; of digits those of 60000 images.                             @local
 *  @param[in] channel  0; of CIFAR-10 0 to 2: red, green, blue */
void kw_images_normalisation(kw_images_kind kind, int channel, double *mean, double *deviation);

#endif
