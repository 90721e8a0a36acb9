/* F3  The seal of a file: XXH3-128 over all its bytes, kept as text in the 512 bytes before HDF5's own.  No HDF5 here. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/error.h"
#include "io/sealed_internal.h"

#define MAGIC      "KETWALL SEALED FILE\n"
#define READ_BYTES ((size_t)1 << 20)

static const char no_digest[] = "00000000000000000000000000000000";

/* The whole user block: text, then zero bytes. */
static void format_block(char block[KW_USER_BLOCK_BYTES], uint64_t file_bytes, const char *digest) {
    memset(block, 0, KW_USER_BLOCK_BYTES);
    snprintf(block, KW_USER_BLOCK_BYTES, MAGIC "format version %d\nfile bytes %020" PRIu64 "\nXXH3-128 %s\n",
             KW_SEALED_FORMAT_VERSION, file_bytes, digest);
}

/* Reads until `size` bytes or the end of the file. */
static ssize_t read_full(int fd, void *buffer, size_t size, off_t offset) {
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(fd, (char *)buffer + done, size - done, offset + (off_t)done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

/* Digest of a file of `file_bytes` bytes, as if its user block held no digest. */
static kw_status digest_file(int fd, const char *path, uint64_t file_bytes, char digest[33]) {
    char block[KW_USER_BLOCK_BYTES];
    kw_status status = KW_OK;
    char *buffer = malloc(READ_BYTES);
    XXH3_state_t *hash = XXH3_createState();
    if (!buffer || !hash) {
        status = kw_fail(KW_E_NOMEM, "no memory to check %s", path);
        goto done;
    }
    format_block(block, file_bytes, no_digest);
    XXH3_128bits_reset(hash);
    XXH3_128bits_update(hash, block, sizeof block);
    for (uint64_t at = KW_USER_BLOCK_BYTES; at < file_bytes;) {
        size_t want = file_bytes - at < READ_BYTES ? (size_t)(file_bytes - at) : READ_BYTES;
        ssize_t got = read_full(fd, buffer, want, (off_t)at);
        if (got < 0) status = kw_fail(KW_E_IO, "cannot read %s: %s", path, strerror(errno));
        else if ((size_t)got < want) status = kw_fail(KW_E_IO, "cannot read %s: it became shorter", path);
        if (status != KW_OK) goto done;
        XXH3_128bits_update(hash, buffer, want);
        at += want;
    }
    XXH128_hash_t value = XXH3_128bits_digest(hash);
    snprintf(digest, 33, "%016" PRIx64 "%016" PRIx64, (uint64_t)value.high64, (uint64_t)value.low64);
done:
    XXH3_freeState(hash);
    free(buffer);
    return status;
}

kw_status kw_seal_write(int fd, const char *path) {
    struct stat info;
    if (fstat(fd, &info)) return kw_fail(KW_E_IO, "cannot stat %s: %s", path, strerror(errno));
    if (info.st_size < KW_USER_BLOCK_BYTES) return kw_fail(KW_E_INTERNAL, "%s has no user block", path);
    char digest[33], block[KW_USER_BLOCK_BYTES];
    /* Gives reserved space beyond the end back. */
    if (ftruncate(fd, info.st_size)) return kw_fail(KW_E_IO, "cannot truncate %s: %s", path, strerror(errno));
    kw_status status = digest_file(fd, path, (uint64_t)info.st_size, digest);
    if (status != KW_OK) return status;
    format_block(block, (uint64_t)info.st_size, digest);
    for (size_t done = 0; done < sizeof block;) {
        ssize_t put = pwrite(fd, block + done, sizeof block - done, (off_t)done);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return kw_fail(KW_E_IO, "cannot write %s: %s", path, strerror(errno));
        done += (size_t)put;
    }
    if (fsync(fd)) return kw_fail(KW_E_IO, "cannot flush %s to disk: %s", path, strerror(errno));
    /* So that the check that follows reads the disk, not the cache. */
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    return KW_OK;
}

/* Compares the user block that was read with what the file itself says it should be. */
static kw_status check_block(int fd, const char *path, uint64_t file_bytes, const char *found) {
    if (memcmp(found, MAGIC, strlen(MAGIC)))
        return kw_fail(KW_E_IO, "%s is damaged or not a file of Ketwall: its first line is not \"%.*s\"", path,
                       (int)strlen(MAGIC) - 1, MAGIC);
    char text[KW_USER_BLOCK_BYTES + 1] = {0}, expected[KW_USER_BLOCK_BYTES], digest[33];
    memcpy(text, found, KW_USER_BLOCK_BYTES);
    int version = 0;
    uint64_t sealed_bytes = 0;
    if (sscanf(text + strlen(MAGIC), "format version %9d\nfile bytes %20" SCNu64, &version, &sealed_bytes) != 2)
        return kw_fail(KW_E_IO, "%s is damaged: its seal cannot be read", path);
    if (version > KW_SEALED_FORMAT_VERSION)
        return kw_fail(KW_E_IO, "%s has format version %d, this Ketwall reads up to %d: use a newer Ketwall", path, version,
                       KW_SEALED_FORMAT_VERSION);
    if (sealed_bytes != file_bytes)
        return kw_fail(KW_E_IO, "%s is damaged: %" PRIu64 " bytes where %" PRIu64 " were sealed", path, file_bytes,
                       sealed_bytes);
    kw_status status = digest_file(fd, path, file_bytes, digest);
    if (status != KW_OK) return status;
    format_block(expected, file_bytes, digest);
    if (memcmp(found, expected, sizeof expected))
        return kw_fail(KW_E_IO, "%s is damaged: its checksum does not match its contents", path);
    return KW_OK;
}

kw_status kw_sealed_verify(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe in its place shall not keep us waiting */
    if (fd < 0) return kw_fail(KW_E_IO, "cannot open %s: %s", path, strerror(errno));
    char block[KW_USER_BLOCK_BYTES];
    struct stat info;
    kw_status status;
    ssize_t got = fstat(fd, &info) ? -1 : S_ISREG(info.st_mode) ? read_full(fd, block, sizeof block, 0) : 0;
    if (got == 0 && !S_ISREG(info.st_mode)) status = kw_fail(KW_E_IO, "cannot read %s: it is not a file", path);
    else if (got < 0) status = kw_fail(KW_E_IO, "cannot read %s: %s", path, strerror(errno));
    else if ((size_t)got < sizeof block)
        status = kw_fail(KW_E_IO, "%s is damaged or not a file of Ketwall: it has only %zd bytes", path, got);
    else status = check_block(fd, path, (uint64_t)info.st_size, block);
    close(fd);
    return status;
}
