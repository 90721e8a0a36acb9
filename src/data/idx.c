/* F2  IDX files of MNIST and Fashion-MNIST. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "data/images_internal.h"

enum { SIDE = 28, CLASSES = 10, WORD = 4, LONGEST_HEADER = 4 };
#define FIRST_BYTES ((size_t)1 << 20)

#define IMAGES_MAGIC 0x00000803U /* unsigned bytes, three dimensions */
#define LABELS_MAGIC 0x00000801U /* unsigned bytes, one dimension */

/* A header of `words` words: the magic number, then `count` and the other dimensions. */
static kw_status read_header(kw_image_file *file, uint32_t magic, int words, uint32_t *header) {
    uint8_t bytes[LONGEST_HEADER * WORD];
    size_t got = 0;
    const kw_status status = kw_image_file_read(file, bytes, (size_t)words * WORD, &got);
    if (status) return status;
    if (got < (size_t)words * WORD)
        return kw_fail(KW_E_INPUT, "%s: ends after %zu bytes, expected a header of %d bytes: fetch the file again",
                       file->path, got, words * WORD);
    for (int w = 0; w < words; ++w) {
        const uint8_t *b = bytes + (ptrdiff_t)w * WORD;
        header[w] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    }
    if (header[0] != magic)
        return kw_fail(KW_E_INPUT, "%s: begins with 0x%08" PRIx32 ", expected 0x%08" PRIx32 " (IDX file of %s)", file->path,
                       header[0], magic, magic == IMAGES_MAGIC ? "images" : "labels");
    if (!header[1]) return kw_fail(KW_E_INPUT, "%s: holds nothing, expected at least one image or label", file->path);
    return KW_OK;
}

/* `bytes` comes from a header: memory grows with what is really there. */
static kw_status read_data(kw_image_file *file, size_t bytes, uint8_t **out) {
    uint8_t *data = NULL;
    size_t capacity = 0, got = 0, part = 0;
    kw_status status = KW_OK;
    while (!status && got == capacity && got < bytes) {
        const size_t wanted = capacity ? 2 * capacity : FIRST_BYTES;
        capacity = wanted < bytes ? wanted : bytes;
        uint8_t *grown = realloc(data, capacity);
        if (grown) {
            data = grown;
            status = kw_image_file_read(file, data + got, capacity - got, &part);
            got += part;
        } else status = kw_fail(KW_E_NOMEM, "%s: no memory for %zu bytes", file->path, capacity);
    }
    if (!status && got < bytes)
        status = kw_fail(KW_E_INPUT, "%s: holds %zu bytes of data, expected %zu by its header: fetch the file again",
                         file->path, got, bytes);
    uint8_t more;
    if (!status) status = kw_image_file_read(file, &more, 1, &part); /* this also verifies a gzip checksum */
    if (!status && part)
        status = kw_fail(KW_E_INPUT, "%s: goes on after the %zu bytes of data that its header gives", file->path, bytes);
    if (status) free(data);
    else *out = data;
    return status;
}

static kw_status read_images(kw_image_file *file, kw_images *out) {
    uint32_t header[LONGEST_HEADER] = {0};
    const kw_status status = read_header(file, IMAGES_MAGIC, 4, header);
    if (status) return status;
    if (header[2] != SIDE || header[3] != SIDE)
        return kw_fail(KW_E_INPUT, "%s: images of %" PRIu32 " x %" PRIu32 " pixels, expected %d x %d", file->path, header[2],
                       header[3], SIDE, SIDE);
    out->count = header[1];
    return read_data(file, (size_t)header[1] * SIDE * SIDE, &out->pixels);
}

static kw_status read_labels(kw_image_file *file, kw_images *out) {
    uint32_t header[LONGEST_HEADER] = {0};
    kw_status status = read_header(file, LABELS_MAGIC, 2, header);
    if (!status && header[1] != out->count)
        status =
            kw_fail(KW_E_INPUT, "%s: %" PRIu32 " labels, expected %zu, one per image", file->path, header[1], out->count);
    if (!status) status = read_data(file, header[1], &out->labels);
    for (size_t i = 0; !status && i < out->count; ++i)
        if (out->labels[i] >= CLASSES)
            status =
                kw_fail(KW_E_INPUT, "%s: label %zu is %d, expected 0 to %d", file->path, i, out->labels[i], CLASSES - 1);
    return status;
}

static kw_status read_file(const char *path, kw_status (*read)(kw_image_file *, kw_images *), kw_images *images) {
    kw_image_file file;
    kw_status status = kw_image_file_open(path, &file);
    if (status) return status;
    status = read(&file, images);
    kw_image_file_close(&file);
    return status;
}

kw_status kw_idx_load(const char *images_path, const char *labels_path, kw_images *out) {
    kw_images images = {.channels = 1, .height = SIDE, .width = SIDE, .classes = CLASSES};
    kw_status status = read_file(images_path, read_images, &images);
    if (!status) status = read_file(labels_path, read_labels, &images);
    if (status) kw_images_free(&images);
    else *out = images;
    return status;
}
