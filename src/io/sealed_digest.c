/* F3  The seal of a file: a digest over all its bytes, kept as text in the 512 bytes before HDF5's own.  No HDF5 here.
 *
 * Version 1: XXH3-128 of the file.  Version 2: XXH3-128 of the XXH3-128 of its blocks of 64 MiB, so that ranks share the
 * work.  The digest's own characters count as zeros. */
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

#define MAGIC       "KETWALL SEALED FILE\n"
#define READ_BYTES  ((size_t)1 << 20)
#define BLOCK_BYTES (UINT64_C(64) << 20)

static const char no_digest[] = "00000000000000000000000000000000";

/* The whole user block: text, then zero bytes. */
static void format_block(char block[KW_USER_BLOCK_BYTES], int version, uint64_t file_bytes, const char *digest) {
    memset(block, 0, KW_USER_BLOCK_BYTES);
    snprintf(block, KW_USER_BLOCK_BYTES, MAGIC "format version %d\nfile bytes %020" PRIu64 "\nXXH3-128 %s\n", version,
             file_bytes, digest);
}

ssize_t kw_read_full(int fd, void *buffer, size_t size, uint64_t offset) {
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(fd, (char *)buffer + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

/* ---- digests ---- */

typedef struct {
    int fd, version;
    const char *path;
    uint64_t bytes; /* of the file */
    char *buffer;   /* READ_BYTES */
    XXH3_state_t *hash;
} digesting;

static kw_status begin_digesting(int fd, const char *path, int version, uint64_t bytes, digesting *d) {
    *d = (digesting){fd, version, path, bytes, malloc(READ_BYTES), XXH3_createState()};
    return d->buffer && d->hash ? KW_OK : kw_fail(KW_E_NOMEM, "no memory to check %s", path);
}

static void end_digesting(digesting *d) {
    XXH3_freeState(d->hash);
    free(d->buffer);
}

/* Of bytes [first, last); the user block as if it held no digest. */
static kw_status digest_range(digesting *d, uint64_t first, uint64_t last, XXH128_hash_t *out) {
    XXH3_128bits_reset(d->hash);
    for (uint64_t at = first; at < last;) {
        if (at == 0) {
            char block[KW_USER_BLOCK_BYTES];
            format_block(block, d->version, d->bytes, no_digest);
            XXH3_128bits_update(d->hash, block, sizeof block);
            at = sizeof block;
            continue;
        }
        const size_t want = last - at < READ_BYTES ? (size_t)(last - at) : READ_BYTES;
        const ssize_t got = kw_read_full(d->fd, d->buffer, want, at);
        if (got < 0) return kw_fail(KW_E_IO, "cannot read %s: %s", d->path, strerror(errno));
        if ((size_t)got < want) return kw_fail(KW_E_IO, "cannot read %s: it became shorter", d->path);
        XXH3_128bits_update(d->hash, d->buffer, want);
        at += want;
    }
    *out = XXH3_128bits_digest(d->hash);
    return KW_OK;
}

/* Every rank takes each size-th block; a maximum over ranks brings the digests together. */
static kw_status digest_blocks(kw_comm *comm, digesting *d, XXH128_hash_t *out) {
    const uint64_t blocks = (d->bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
    int64_t *digests = malloc(2 * blocks * sizeof *digests);
    kw_status status =
        kw_comm_agree(comm, digests ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for the digests of %s", d->path));
    for (uint64_t b = 0; b < blocks && status == KW_OK; ++b) {
        XXH128_hash_t value = {0, 0};
        const bool mine = (int)(b % (uint64_t)kw_comm_size(comm)) == kw_comm_rank(comm);
        const uint64_t last = b + 1 < blocks ? (b + 1) * BLOCK_BYTES : d->bytes;
        if (mine) status = digest_range(d, b * BLOCK_BYTES, last, &value);
        digests[2 * b] = mine ? (int64_t)value.high64 : INT64_MIN;
        digests[2 * b + 1] = mine ? (int64_t)value.low64 : INT64_MIN;
    }
    status = kw_comm_agree(comm, status);
    if (status == KW_OK) {
        kw_comm_max(comm, digests, 2 * blocks);
        *out = XXH3_128bits(digests, 2 * blocks * sizeof *digests);
    }
    free(digests);
    return status;
}

static kw_status digest_file(kw_comm *comm, int fd, const char *path, int version, uint64_t bytes, char digest[33]) {
    digesting d;
    XXH128_hash_t value = {0, 0};
    kw_status status = kw_comm_agree(comm, begin_digesting(fd, path, version, bytes, &d));
    if (status == KW_OK)
        status = version == 1 ? kw_comm_agree(comm, digest_range(&d, 0, bytes, &value)) : digest_blocks(comm, &d, &value);
    if (status == KW_OK) snprintf(digest, 33, "%016" PRIx64 "%016" PRIx64, (uint64_t)value.high64, (uint64_t)value.low64);
    end_digesting(&d);
    return status;
}

/* ---- writing the seal ---- */

static kw_status write_block(int fd, const char *path, const char block[KW_USER_BLOCK_BYTES]) {
    for (size_t done = 0; done < KW_USER_BLOCK_BYTES;) {
        const ssize_t put = pwrite(fd, block + done, KW_USER_BLOCK_BYTES - done, (off_t)done);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return kw_fail(KW_E_IO, "cannot write %s: %s", path, strerror(errno));
        done += (size_t)put;
    }
    char found[KW_USER_BLOCK_BYTES];
    if (fsync(fd)) return kw_fail(KW_E_IO, "cannot flush %s to disk: %s", path, strerror(errno));
    if (kw_read_full(fd, found, sizeof found, 0) != (ssize_t)sizeof found || memcmp(found, block, sizeof found) != 0)
        return kw_fail(KW_E_IO, "%s: what was written is not what is there", path);
    return KW_OK;
}

kw_status kw_seal_write(kw_comm *comm, int fd, const char *path) {
    struct stat info = {0};
    kw_status status = KW_OK;
    if (fstat(fd, &info)) status = kw_fail(KW_E_IO, "cannot stat %s: %s", path, strerror(errno));
    else if (info.st_size < KW_USER_BLOCK_BYTES) status = kw_fail(KW_E_INTERNAL, "%s has no user block", path);
    status = kw_comm_agree(comm, status);
    uint64_t bytes = (uint64_t)info.st_size;
    char digest[33], block[KW_USER_BLOCK_BYTES];
    kw_comm_broadcast(comm, &bytes, sizeof bytes, 0); /* a file server may tell others an older size */
    if (status == KW_OK) status = digest_file(comm, fd, path, KW_SEALED_FORMAT_VERSION, bytes, digest);
    if (status != KW_OK) return status;
    format_block(block, KW_SEALED_FORMAT_VERSION, bytes, digest);
    return kw_comm_agree(comm, kw_comm_rank(comm) == 0 ? write_block(fd, path, block) : KW_OK);
}

/* ---- checking it ---- */

/* What the user block says of itself. */
static kw_status read_block(int fd, const char *path, char block[KW_USER_BLOCK_BYTES], int *version, uint64_t *bytes) {
    struct stat info;
    const bool known = !fstat(fd, &info);
    if (known && !S_ISREG(info.st_mode)) return kw_fail(KW_E_IO, "cannot read %s: it is not a file", path);
    const ssize_t got = known ? kw_read_full(fd, block, KW_USER_BLOCK_BYTES, 0) : -1;
    if (got < 0) return kw_fail(KW_E_IO, "cannot read %s: %s", path, strerror(errno));
    if (got < KW_USER_BLOCK_BYTES)
        return kw_fail(KW_E_IO, "%s is damaged or not a file of Ketwall: it has only %zd bytes", path, got);
    if (memcmp(block, MAGIC, strlen(MAGIC)) != 0)
        return kw_fail(KW_E_IO, "%s is damaged or not a file of Ketwall: its first line is not \"%.*s\"", path,
                       (int)strlen(MAGIC) - 1, MAGIC);
    char text[KW_USER_BLOCK_BYTES + 1] = {0};
    memcpy(text, block, KW_USER_BLOCK_BYTES);
    if (sscanf(text + strlen(MAGIC), "format version %9d\nfile bytes %20" SCNu64, version, bytes) != 2 || *version < 1)
        return kw_fail(KW_E_IO, "%s is damaged: its seal cannot be read", path);
    if (*version > KW_SEALED_FORMAT_VERSION)
        return kw_fail(KW_E_IO, "%s has format version %d, this Ketwall reads up to %d: use a newer Ketwall", path, *version,
                       KW_SEALED_FORMAT_VERSION);
    if (*bytes != (uint64_t)info.st_size)
        return kw_fail(KW_E_IO, "%s is damaged: %" PRIu64 " bytes where %" PRIu64 " were sealed", path,
                       (uint64_t)info.st_size, *bytes);
    return KW_OK;
}

kw_status kw_seal_check(kw_comm *comm, const char *path) {
    char block[KW_USER_BLOCK_BYTES], expected[KW_USER_BLOCK_BYTES], digest[33];
    int version = 0;
    uint64_t bytes = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe in its place shall not keep us waiting */
    kw_status status = fd < 0 ? kw_fail(KW_E_IO, "cannot open %s: %s", path, strerror(errno))
                              : read_block(fd, path, block, &version, &bytes);
    status = kw_comm_agree(comm, status);
    if (status == KW_OK) {
        kw_comm_broadcast(comm, block, sizeof block, 0);
        kw_comm_broadcast(comm, &version, sizeof version, 0);
        kw_comm_broadcast(comm, &bytes, sizeof bytes, 0);
        status = digest_file(comm, fd, path, version, bytes, digest);
    }
    if (status == KW_OK) {
        format_block(expected, version, bytes, digest);
        if (memcmp(block, expected, sizeof expected) != 0)
            status = kw_fail(KW_E_IO, "%s is damaged: its checksum does not match its contents", path);
        status = kw_comm_agree(comm, status);
    }
    if (fd >= 0) close(fd);
    return status;
}

kw_status kw_sealed_verify(const char *path) { return kw_seal_check(kw_comm_self(), path); }
