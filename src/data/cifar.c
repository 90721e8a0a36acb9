/* F2  Binary files of CIFAR-10. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/images_internal.h"

enum { SIDE = 32, CHANNELS = 3, CLASSES = 10, PIXELS = CHANNELS * SIDE * SIDE, RECORD = 1 + PIXELS, AT_ONCE = 1000 };

/* Adds `records` records; `number` is that of the first in its file. */
static kw_status add(const char *path, const uint8_t *data, size_t records, size_t number, kw_images *images) {
    const size_t count = images->count + records;
    uint8_t *pixels = realloc(images->pixels, count * PIXELS);
    if (pixels) images->pixels = pixels;
    uint8_t *labels = realloc(images->labels, count);
    if (labels) images->labels = labels;
    if (!pixels || !labels) return kw_fail(KW_E_NOMEM, "%s: no memory for %zu images", path, count);
    for (size_t r = 0; r < records; ++r, data += RECORD) {
        if (data[0] >= CLASSES)
            return kw_fail(KW_E_INPUT, "%s: record %zu: label %d, expected 0 to %d", path, number + r, data[0], CLASSES - 1);
        images->labels[images->count] = data[0];
        memcpy(images->pixels + images->count++ * PIXELS, data + 1, PIXELS);
    }
    return KW_OK;
}

static kw_status read_records(kw_image_file *file, uint8_t *buffer, kw_images *images) {
    size_t records = 0, got = 0;
    do {
        kw_status status = kw_image_file_read(file, buffer, (size_t)AT_ONCE * RECORD, &got);
        if (!status && got >= RECORD) status = add(file->path, buffer, got / RECORD, records, images);
        if (status) return status;
        records += got / RECORD;
    } while (got == (size_t)AT_ONCE * RECORD);
    if (got % RECORD)
        return kw_fail(KW_E_INPUT, "%s: record %zu ends after %zu bytes, expected %d: fetch the file again", file->path,
                       records, got % RECORD, RECORD);
    if (!records) return kw_fail(KW_E_INPUT, "%s: is empty, expected records of %d bytes", file->path, RECORD);
    return KW_OK;
}

kw_status kw_cifar_append(const char *path, kw_images *images) {
    kw_image_file file;
    uint8_t *buffer = malloc((size_t)AT_ONCE * RECORD);
    if (!buffer) return kw_fail(KW_E_NOMEM, "%s: no memory to read it", path);
    kw_status status = kw_image_file_open(path, &file);
    if (!status) {
        images->channels = CHANNELS;
        images->height = images->width = SIDE;
        images->classes = CLASSES;
        status = read_records(&file, buffer, images);
        kw_image_file_close(&file);
    }
    free(buffer);
    return status;
}
