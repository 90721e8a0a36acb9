/* F3  What this machine's disk gives. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "io/disk.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/clock.h"

enum { PIECES = 16, PIECE_BYTES = 4 << 20 };

static double rate_of(int fd, char *piece) {
    const double started = kw_seconds();
    for (int i = 0; i < PIECES; ++i)
        if (pwrite(fd, piece, PIECE_BYTES, (off_t)i * PIECE_BYTES) != PIECE_BYTES) return 0;
    if (fsync(fd)) return 0;
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    volatile uint64_t digests = 0; /* so that they are computed */
    for (int i = 0; i < PIECES; ++i) {
        if (pread(fd, piece, PIECE_BYTES, (off_t)i * PIECE_BYTES) != PIECE_BYTES) return 0;
        digests = digests + XXH3_64bits(piece, PIECE_BYTES);
    }
    return (double)PIECES * PIECE_BYTES / (kw_seconds() - started);
}

/* A file without a name; where the file system knows none (NFS), one that loses its name at once. */
static int open_nameless(const char *dir) {
    char path[4096];
    const int fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (fd >= 0) return fd;
    if (snprintf(path, sizeof path, "%s/.ketwall-disk-XXXXXX", dir) >= (int)sizeof path) return -1;
    const int named = mkstemp(path);
    if (named >= 0) unlink(path);
    return named;
}

double kw_disk_measure(const char *dir) {
    const int fd = open_nameless(dir);
    char *piece = fd < 0 ? NULL : malloc(PIECE_BYTES);
    double rate = 0;
    for (int i = 0; piece && i < PIECE_BYTES; ++i) piece[i] = (char)(i * 31);
    if (piece) rate = rate_of(fd, piece);
    free(piece);
    if (fd >= 0) close(fd);
    return rate;
}
