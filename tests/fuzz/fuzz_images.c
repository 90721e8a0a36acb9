/* libFuzzer: the readers of IDX and CIFAR-10 files, plain and gzip'd, take or refuse any bytes; a refusal names the file.
 *
 *   byte 0       bit 0: CIFAR-10, else IDX; bit 1: the file is gzip'd first; bit 2: and cut by one byte after that
 *   bytes 1, 2   literal bytes of the first file       bytes 3, 4   zero bytes behind them
 *   then         the first file's literal bytes, and the second file (IDX: labels; CIFAR-10: another batch) */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "data/images_internal.h"
#include "fuzz.h"

enum { HEADER = 5 };

static const char *put(int file, const uint8_t *literal, size_t literals, size_t zeros, int flags) {
    const size_t size = literals + zeros;
    uint8_t *bytes = calloc(size + 1, 1);
    fuzz_must(bytes != NULL, "memory");
    if (literals) memcpy(bytes, literal, literals);
    if (flags & 2) {
        z_stream stream = {0};
        fuzz_must(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib");
        const size_t bound = deflateBound(&stream, size);
        uint8_t *packed = malloc(bound);
        fuzz_must(packed != NULL, "memory");
        stream.next_in = bytes;
        stream.avail_in = (unsigned)size;
        stream.next_out = packed;
        stream.avail_out = (unsigned)bound;
        fuzz_must(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib");
        const char *path = fuzz_file(file, packed, stream.total_out - (flags & 4 ? 1 : 0));
        deflateEnd(&stream);
        free(packed);
        free(bytes);
        return path;
    }
    const char *path = fuzz_file(file, bytes, size);
    free(bytes);
    return path;
}

static void check(kw_status status, const kw_images *images, const char *first, const char *second) {
    if (status != KW_OK) {
        const char *said = kw_error_message();
        fuzz_must(status == KW_E_INPUT && (strstr(said, first) || strstr(said, second)), "a refusal without a file");
        return;
    }
    const size_t each = (size_t)images->channels * (size_t)images->height * (size_t)images->width;
    size_t sum = 0;
    ++fuzz_taken;
    fuzz_must(images->count > 0 && images->classes == 10, "an empty set");
    for (size_t i = 0; i < images->count * each; ++i) sum += images->pixels[i];
    for (size_t i = 0; i < images->count; ++i) fuzz_must(images->labels[i] < images->classes, "a label out of range");
    fuzz_must(sum <= images->count * each * 255, "pixels");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < HEADER) return 0;
    size_t literals = data[1] | (size_t)data[2] << 8;
    const size_t zeros = data[3] | (size_t)data[4] << 8;
    if (literals > size - HEADER) literals = size - HEADER;
    const char *first = put(0, data + HEADER, literals, zeros, data[0]);
    const char *second = put(1, data + HEADER + literals, size - HEADER - literals, 0, data[0]);
    kw_images images = {0};
    if (data[0] & 1) {
        kw_status status = kw_cifar_append(first, &images);
        if (status == KW_OK) status = kw_cifar_append(second, &images);
        check(status, &images, first, second);
    } else {
        check(kw_idx_load(first, second, &images), &images, first, second);
    }
    kw_images_free(&images);
    return 0;
}
