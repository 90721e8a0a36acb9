/* F3  Inside of sealed files: the handle, the seal in the user block, and HDF5's errors as messages. */
#ifndef KW_SEALED_INTERNAL_H
#define KW_SEALED_INTERNAL_H

#include <hdf5.h>
#include <stdbool.h>

#include "io/sealed.h"

struct kw_sealed {
    kw_comm *comm;
    char *path, *temporary; /* temporary: where it is written; NULL when reading */
    hid_t file;
    int fd;            /* rank 0, writing: the same file, to reserve space and to sync; else -1 */
    uint64_t reserved; /* rank 0: bytes of disk that are ours */
    uint64_t counted;  /* rank 0: bytes asked for so far, with an allowance for metadata */
    kw_status failed;  /* first failure of a writing helper, the same on every rank */
};

/** Makes sure that the disk takes `bytes` more, plus HDF5's metadata, before HDF5 is asked to write them: a flush that
 *  fails half-way would leave HDF5 with objects that it can neither write nor forget.
 *  @return KW_OK, KW_E_IO (no space left, quota, file size limit)                                          @collective */
kw_status kw_sealed_reserve(kw_sealed *file, uint64_t bytes);

/** Writes the user block of a complete file and flushes it to the disk.                                          @local */
kw_status kw_seal_write(int fd, const char *path);

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
