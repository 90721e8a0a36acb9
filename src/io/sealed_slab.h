/* F3  Datasets in sealed files whose first dimension is shared out over the ranks, each with its contiguous slab: moved in
 * slices, with checksums of blocks (/integrity<path>, XXH3-64) that are taken from memory. */
#ifndef KW_SEALED_SLAB_H
#define KW_SEALED_SLAB_H

#include "io/sealed_internal.h"

enum { KW_SLAB_DIMS = 3 };

/* An item is what one index of the first dimension stands for. */
typedef struct {
    const char *path;
    hid_t type; /* of an element, in the file as in memory */
    int n_dims;
    hsize_t dims[KW_SLAB_DIMS];
    const char *units, *names, *description; /* names: of the dimensions */
} kw_slab_shape;

/** Writes items [first, first + count) of all; every rank holds as many.  `block`: items of one checksum, a divisor of
 *  count.                                                                       @return KW_OK, KW_E_IO        @collective */
kw_status kw_sealed_slab_write(kw_sealed *file, const kw_slab_shape *shape, const void *local, uint64_t first,
                               uint64_t count, uint64_t block);

/* An open dataset, its checksums (none in files of seal 1), and items per checksum. */
typedef struct {
    kw_sealed *file;
    const char *path;
    hid_t dataset, type; /* both are the source's to close */
    int n_dims;
    hsize_t dims[KW_SLAB_DIMS];
    uint64_t item_bytes, block;
    int64_t *checksums;
} kw_slab_source;

/** Takes over an open dataset and reads its checksums.  The source is to be closed also on failure.        @collective
 *  @param[in,out] source  file, path, dataset (< 0: there is none, or not as it should be), type, n_dims, dims
 *  @param[in] what        that the file lacks then
 *  @return KW_OK, KW_E_IO */
kw_status kw_sealed_slab_open(kw_slab_source *source, const char *what);
void kw_sealed_slab_close(kw_slab_source *source);

/** Reads items as they are stored, and compares every block that they touch with its checksum.  Memory beside `local`: a
 *  block.                                                    @return KW_OK, KW_E_IO (damaged), KW_E_NOMEM        @local */
kw_status kw_sealed_slab_read(const kw_slab_source *source, void *local, uint64_t first, uint64_t count);

#endif
