/* F3  Inside of sealed files: the handle, the seal in the user block, and HDF5's errors as messages. */
#ifndef KW_SEALED_INTERNAL_H
#define KW_SEALED_INTERNAL_H

#include <hdf5.h>
#include <stdbool.h>

#include "io/sealed.h"

/* What a rank wrote of a dataset, and what it has to find there again. */
enum { KW_MOST_SLABS = 2 /* of a file */ };
typedef struct {
    uint64_t offset, bytes; /* in the file */
    uint64_t block_bytes;   /* of one checksum; the last block may be shorter */
    int64_t *checksums;     /* XXH3-64, taken from memory; NULL: nothing was written */
} kw_slab;

struct kw_sealed {
    kw_comm *comm;
    char *path, *temporary; /* temporary: where it is written; NULL when reading */
    hid_t file;
    int fd;                       /* writing: the same file, to reserve space, to sync and to read back; else -1 */
    kw_slab slabs[KW_MOST_SLABS]; /* that this rank wrote */
    int n_slabs;
    uint64_t reserved; /* rank 0: bytes of disk that are ours */
    uint64_t counted;  /* rank 0: bytes asked for so far, with an allowance for metadata */
    kw_status failed;  /* first failure of a writing helper, the same on every rank */
};

/** Makes sure that the disk takes `bytes` more, plus HDF5's metadata, before HDF5 is asked to write them: a flush that
 *  fails half-way would leave HDF5 with objects that it can neither write nor forget.
 *  @return KW_OK, KW_E_IO (no space left, quota, file size limit)                                          @collective */
kw_status kw_sealed_reserve(kw_sealed *file, uint64_t bytes);

/** Digests a complete file, writes its user block, flushes it and reads it back.  fd: every rank its own.     @collective */
kw_status kw_seal_write(kw_comm *comm, int fd, const char *path);

/** Checks size, magic and digest of a file.                                                                 @collective */
kw_status kw_seal_check(kw_comm *comm, const char *path);

/** Reads until `size` bytes or the end of the file; -1: errno.                                                   @local */
ssize_t kw_read_full(int fd, void *buffer, size_t size, uint64_t offset);

/** Compares what the file holds with what was in memory when it was written.                                     @local */
kw_status kw_slab_check(const kw_slab *slab, int fd, const char *path);

/* Every writing helper begins and ends with these. */
kw_status kw_sealed_writing_starts(kw_sealed *file, uint64_t bytes);
kw_status kw_sealed_writing_ends(kw_sealed *file, kw_status status);

/** A contiguous dataset without fill values, with the groups above it and three attributes that describe it. */
hid_t kw_sealed_create_dataset(kw_sealed *file, const char *path, hid_t type, hid_t space, const char *units,
                               const char *dims, const char *description);
/** A dataset of the given class and number of dimensions, and their lengths. */
hid_t kw_sealed_open_dataset(kw_sealed *file, const char *path, H5T_class_t kind, int n_dims, hsize_t *dims);
/** KW_E_IO: the file lacks an object. */
kw_status kw_sealed_missing(kw_sealed *file, const char *object, const char *what);
/** Closes what is open and keeps HDF5's record of an error before it. */
void kw_hdf5_close_all(const hid_t *ids, size_t count);

/** HDF5's error printing off / as it was. */
typedef struct {
    H5E_auto2_t function;
    void *data;
} kw_hdf5_printing;
kw_hdf5_printing kw_hdf5_silence(void);
void kw_hdf5_restore(kw_hdf5_printing printing);

/** KW_E_IO with "cannot <verb> <object> in <path>: <the innermost reason that HDF5 gives>".                       @local */
kw_status kw_hdf5_fail(const char *verb, const char *object, const char *path);

#endif
