/* F3  Sealed HDF5 files: one file written by all ranks under a temporary name, with a digest of the whole file in HDF5's
 * user block, verified by reading it back, flushed to disk, then renamed; opened only after the digest was checked.
 *
 *   bytes 0..511    user block, text: magic "KETWALL SEALED FILE", format version, file bytes, digest of the whole file
 *                   (sealed_digest.c) with the digest's own characters as zeros; rest zero bytes
 *   bytes 512..     HDF5 */
#ifndef KW_SEALED_H
#define KW_SEALED_H

#include <stdbool.h>
#include <stdint.h>

#include "ketwall/comm.h"
#include "ketwall/state.h"

#define KW_USER_BLOCK_BYTES      512
#define KW_SEALED_FORMAT_VERSION 2

typedef struct kw_sealed kw_sealed;

/** Starts `path`.tmp; the writing helpers below fill it.
 *  @return KW_OK, KW_E_IO (names the path and errno's text)                                                @collective */
kw_status kw_sealed_create(kw_comm *comm, const char *path, kw_sealed **out);
/** Closes, seals, verifies and renames (keeping any earlier file of that name until then); frees *handle.  `status`: what
 * the caller's writing came to; unless it is KW_OK on every rank, the temporary file is removed and that status is returned.
 */
kw_status kw_sealed_commit(kw_sealed **handle, kw_status status);

/** Checks the digest, then opens for reading: HDF5 never sees bytes that were not sealed.                   @collective
 *  @return KW_OK, KW_E_IO (missing, damaged, newer format) */
kw_status kw_sealed_open(kw_comm *comm, const char *path, kw_sealed **out);
/** The same without the digest, for a file whose digest was checked a moment ago.                           @collective */
kw_status kw_sealed_reopen(kw_comm *comm, const char *path, kw_sealed **out);
void kw_sealed_close(kw_sealed **file);

/** Checks size, magic and digest of a file without HDF5.                                                         @local */
kw_status kw_sealed_verify(const char *path);

/* Small collective helpers: every rank calls with the same arguments (of texts rank 0's counts); rank 0 writes the data,
 * every rank reads it.
 * `path` is a full object path; missing groups are created.  The status is the same on every rank. */
kw_status kw_sealed_write_reals(kw_sealed *file, const char *path, const double *values, size_t count, const char *units,
                                const char *description);
kw_status kw_sealed_write_integers(kw_sealed *file, const char *path, const int64_t *values, size_t count, const char *units,
                                   const char *description);
kw_status kw_sealed_write_text(kw_sealed *file, const char *group, const char *name, const char *text); /* attribute */
kw_status kw_sealed_write_integer(kw_sealed *file, const char *group, const char *name, int64_t value); /* attribute */
kw_status kw_sealed_write_real(kw_sealed *file, const char *group, const char *name, double value);     /* attribute */
kw_status kw_sealed_read_reals(kw_sealed *file, const char *path, double **values, size_t *count);      /* malloc'd */
kw_status kw_sealed_read_integers(kw_sealed *file, const char *path, int64_t **values, size_t *count);  /* malloc'd */
kw_status kw_sealed_read_text(kw_sealed *file, const char *group, const char *name, char **text);       /* malloc'd */
kw_status kw_sealed_read_integer(kw_sealed *file, const char *group, const char *name, int64_t *value);
kw_status kw_sealed_read_real(kw_sealed *file, const char *group, const char *name, double *value);
bool kw_sealed_has(kw_sealed *file, const char *path);

/* Amplitudes of a distributed state, `local` = this rank's contiguous slab [first, first + count) of `total` complex numbers
 * {r, i} of 8 or 4 bytes per part; written in slices below 1 GiB.  Blocks of them get checksums while they are in memory
 * (/integrity<path>, XXH3-64), which the commit compares with the file, and reading (sealed_amplitudes.h) with what is read.
 */
kw_status kw_sealed_write_amplitudes(kw_sealed *file, const char *path, const void *local, uint64_t first, uint64_t count,
                                     uint64_t total, kw_precision precision);

#endif
