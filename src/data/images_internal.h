/* F2  Inside of the image readers: one file of bytes, and the two formats. */
#ifndef KW_IMAGES_INTERNAL_H
#define KW_IMAGES_INTERNAL_H

#include <zlib.h>

#include "data/images.h"

typedef struct {
    const char *path;
    gzFile stream;
    uint64_t position; /* bytes read, unpacked */
} kw_image_file;

/** Opens a file, plain or gzip'd.                                                                               @local
 *  @return KW_OK, KW_E_INPUT */
kw_status kw_image_file_open(const char *path, kw_image_file *out);
void kw_image_file_close(kw_image_file *file);

/** Reads `bytes` bytes, fewer only where the file ends.                                                         @local
 *  @return KW_OK, KW_E_INPUT (damaged, unreadable), KW_E_NOMEM */
kw_status kw_image_file_read(kw_image_file *file, void *out, size_t bytes, size_t *got);

/** IDX: big-endian 32-bit words, 0x00000803, count, 28, 28, then pixels; 0x00000801, count, then labels.        @local
 *  @return KW_OK, KW_E_INPUT (which file, found, expected), KW_E_NOMEM */
kw_status kw_idx_load(const char *images_path, const char *labels_path, kw_images *out);

/** CIFAR-10: records of 3073 bytes, a label, then 32 x 32 pixels red, green, blue; added to those in `images`.   @local
 *  @param[in,out] images  zero before the first file; to be freed by the caller, after a failure too
 *  @return KW_OK, KW_E_INPUT (which file and record, found, expected), KW_E_NOMEM */
kw_status kw_cifar_append(const char *path, kw_images *images);

#endif
