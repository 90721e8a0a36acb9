/* F2  Bytes of a plain or gzip'd file: zlib reads both. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "data/images_internal.h"

#define BUFFER_BYTES (1U << 17)
#define CHUNK_BYTES  ((size_t)1 << 20) /* gzread counts in int */

kw_status kw_image_file_open(const char *path, kw_image_file *out) {
    errno = 0;
    const gzFile stream = gzopen(path, "rb");
    if (!stream) return kw_fail(KW_E_INPUT, "%s: %s", path, errno ? strerror(errno) : "no memory to read it");
    gzbuffer(stream, BUFFER_BYTES);
    *out = (kw_image_file){path, stream, 0};
    return KW_OK;
}

void kw_image_file_close(kw_image_file *file) { gzclose(file->stream); }

/* What zlib says once it gave fewer bytes than it was asked for. */
static kw_status check(const kw_image_file *file) {
    int code = Z_OK;
    const char *text = gzerror(file->stream, &code);
    const unsigned long long position = file->position;
    switch (code) {
    case Z_OK:
    case Z_STREAM_END: return KW_OK;
    case Z_MEM_ERROR: return kw_fail(KW_E_NOMEM, "%s: no memory to unpack it", file->path);
    case Z_BUF_ERROR:
        return kw_fail(KW_E_INPUT, "%s: the gzip'd data end early, after %llu bytes unpacked: fetch the file again",
                       file->path, position);
    case Z_ERRNO: return kw_fail(KW_E_INPUT, "%s: %s", file->path, errno ? strerror(errno) : text);
    default:
        return kw_fail(KW_E_INPUT, "%s: the gzip'd data are damaged after %llu bytes unpacked: fetch the file again",
                       file->path, position);
    }
}

kw_status kw_image_file_read(kw_image_file *file, void *out, size_t bytes, size_t *got) {
    size_t done = 0;
    while (done < bytes) {
        const size_t want = bytes - done < CHUNK_BYTES ? bytes - done : CHUNK_BYTES;
        errno = 0;
        const int count = gzread(file->stream, (uint8_t *)out + done, (unsigned)want);
        if (count > 0) {
            done += (size_t)count;
            file->position += (uint64_t)count;
        }
        if (count < (int)want) {
            const kw_status status = check(file);
            if (status) return status;
            break;
        }
    }
    *got = done;
    return KW_OK;
}
