/* F3  Slabs of datasets in sealed files. */
#include "io/sealed_slab.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/comm_ops.h"
#include "base/error.h"

#define SLICE_BYTES (UINT64_C(512) << 20)
#define INTEGRITY   "/integrity"
#define MOST_PATH   256

static uint64_t item_bytes(hid_t type, int n_dims, const hsize_t *dims) {
    uint64_t bytes = H5Tget_size(type);
    for (int d = 1; d < n_dims; ++d) bytes *= dims[d];
    return bytes;
}

/* Moves items [first, first + count) between `local` and the dataset, in slices. */
static bool transfer(const kw_slab_source *s, char *local, uint64_t first, uint64_t count, bool write) {
    const uint64_t slice = SLICE_BYTES / s->item_bytes;
    bool done = true;
    for (uint64_t at = 0; done && at < count; at += slice) {
        hsize_t start[KW_SLAB_DIMS] = {first + at}, length[KW_SLAB_DIMS];
        memcpy(length, s->dims, sizeof length);
        length[0] = count - at < slice ? count - at : slice;
        char *from = local + at * s->item_bytes;
        hid_t ids[2] = {H5Dget_space(s->dataset), H5Screate_simple(s->n_dims, length, NULL)};
        done = ids[0] >= 0 && ids[1] >= 0 && H5Sselect_hyperslab(ids[0], H5S_SELECT_SET, start, NULL, length, NULL) >= 0;
        if (done && write) done = H5Dwrite(s->dataset, s->type, ids[1], ids[0], H5P_DEFAULT, from) >= 0;
        if (done && !write) done = H5Dread(s->dataset, s->type, ids[1], ids[0], H5P_DEFAULT, from) >= 0;
        kw_hdf5_close_all(ids, 2);
    }
    return done;
}

/* ---- checksums ---- */

static void checksums_of(const char *bytes, uint64_t count, uint64_t block, int64_t *out) {
    for (uint64_t at = 0; at < count; at += block)
        *out++ = (int64_t)XXH3_64bits(bytes + at, count - at < block ? count - at : block);
}

kw_status kw_slab_check(const kw_slab *slab, int fd, const char *path) {
    char *buffer = malloc(slab->block_bytes + 1);
    kw_status status = buffer ? KW_OK : kw_fail(KW_E_NOMEM, "no memory to check %s", path);
    for (uint64_t at = 0, b = 0; status == KW_OK && at < slab->bytes; at += slab->block_bytes, ++b) {
        const uint64_t bytes = slab->bytes - at < slab->block_bytes ? slab->bytes - at : slab->block_bytes;
        const ssize_t got = kw_read_full(fd, buffer, bytes, slab->offset + at);
        if (got < 0) status = kw_fail(KW_E_IO, "cannot read %s: %s", path, strerror(errno));
        else if ((uint64_t)got < bytes || (int64_t)XXH3_64bits(buffer, bytes) != slab->checksums[b])
            status = kw_fail(KW_E_IO,
                             "%s: bytes %" PRIu64 " to %" PRIu64 " are not what was written: is the file system reliable? "
                             "(OMPI_MCA_io chooses MPI's file layer)",
                             path, slab->offset + at, slab->offset + at + bytes);
    }
    free(buffer);
    return status;
}

/* The checksums of all ranks, one behind the other. */
static bool write_checksums(kw_sealed *file, const char *path, const kw_slab *slab, uint64_t first, uint64_t count,
                            uint64_t total) {
    char name[MOST_PATH];
    const hsize_t length = total, start = first, mine = count;
    snprintf(name, sizeof name, "%s%s", INTEGRITY, path);
    hid_t ids[3] = {H5Screate_simple(1, &length, NULL), H5Screate_simple(1, &mine, NULL), H5I_INVALID_HID};
    ids[2] = kw_sealed_create_dataset(file, name, H5T_STD_U64LE, ids[0], "1", "block",
                                      "XXH3-64 of each block of the dataset, in order, all blocks of equal length");
    const bool done = ids[2] >= 0 && H5Sselect_hyperslab(ids[0], H5S_SELECT_SET, &start, NULL, &mine, NULL) >= 0
                      && H5Dwrite(ids[2], H5T_NATIVE_UINT64, ids[1], ids[0], H5P_DEFAULT, slab->checksums) >= 0;
    kw_hdf5_close_all(ids, 3);
    return done;
}

/* ---- writing ---- */

/* The place of one more slab in the file's account, with the checksums of what is in memory. */
static kw_status add_slab(kw_sealed *file, const char *path, const void *local, uint64_t bytes, uint64_t block_bytes,
                          kw_slab **out) {
    if (file->n_slabs == KW_MOST_SLABS) return kw_fail(KW_E_ARG, "%s: %s is one slab too many", file->temporary, path);
    kw_slab *slab = &file->slabs[file->n_slabs];
    *slab = (kw_slab){0, bytes, block_bytes, malloc(bytes / block_bytes * sizeof(int64_t))};
    if (!slab->checksums) return kw_fail(KW_E_NOMEM, "no memory for the checksums of %s", path);
    checksums_of(local, bytes, block_bytes, slab->checksums);
    ++file->n_slabs;
    *out = slab;
    return KW_OK;
}

kw_status kw_sealed_slab_write(kw_sealed *file, const kw_slab_shape *shape, const void *local, uint64_t first,
                               uint64_t count, uint64_t block) {
    const char *const path = shape->path;
    const uint64_t each = item_bytes(shape->type, shape->n_dims, shape->dims), total = shape->dims[0];
    kw_slab *slab = NULL;
    kw_status status = kw_sealed_writing_starts(file, total * each + total / block * 8);
    if (status != KW_OK) return status;
    status = kw_comm_agree(file->comm, add_slab(file, path, local, count * each, block * each, &slab));
    if (status != KW_OK) return file->failed = status;
    kw_hdf5_printing printing = kw_hdf5_silence();
    hid_t ids[2] = {H5Screate_simple(shape->n_dims, shape->dims, NULL), H5I_INVALID_HID};
    ids[1] = kw_sealed_create_dataset(file, path, shape->type, ids[0], shape->units, shape->names, shape->description);
    kw_slab_source target = {.dataset = ids[1], .type = shape->type, .n_dims = shape->n_dims, .item_bytes = each};
    memcpy(target.dims, shape->dims, sizeof target.dims);
    if (ids[1] >= 0) slab->offset = H5Dget_offset(ids[1]) + first * each;
    if (ids[1] < 0 || !transfer(&target, (char *)local, first, count, true))
        status = kw_hdf5_fail("write", path, file->temporary);
    status = kw_comm_agree(file->comm, status); /* what follows is collective again */
    if (status == KW_OK && !write_checksums(file, path, slab, first / block, count / block, total / block))
        status = kw_hdf5_fail("write", path, file->temporary);
    kw_hdf5_close_all(ids, 2);
    kw_hdf5_restore(printing);
    return kw_sealed_writing_ends(file, status);
}

/* ---- reading ---- */

static kw_status read_checksums(kw_slab_source *s) {
    char name[MOST_PATH];
    size_t blocks = 0;
    snprintf(name, sizeof name, "%s%s", INTEGRITY, s->path);
    if (!kw_sealed_has(s->file, INTEGRITY)) return KW_OK;
    const kw_status status = kw_sealed_read_integers(s->file, name, &s->checksums, &blocks);
    if (status != KW_OK) return status;
    if (!blocks || !s->dims[0] || s->dims[0] % blocks)
        return kw_fail(KW_E_IO, "%s: %zu checksums for the %" PRIu64 " parts of %s", s->file->path, blocks,
                       (uint64_t)s->dims[0], s->path);
    s->block = s->dims[0] / blocks;
    return KW_OK;
}

kw_status kw_sealed_slab_open(kw_slab_source *s, const char *what) {
    kw_status status = s->dataset < 0 || s->type < 0 ? kw_sealed_missing(s->file, s->path, what) : KW_OK;
    status = kw_comm_agree(s->file->comm, status);
    if (status != KW_OK) return status;
    s->item_bytes = item_bytes(s->type, s->n_dims, s->dims);
    return kw_comm_agree(s->file->comm, read_checksums(s));
}

void kw_sealed_slab_close(kw_slab_source *s) {
    kw_hdf5_close_all((const hid_t[]){s->dataset, s->type}, 2);
    free(s->checksums);
    s->checksums = NULL;
}

static kw_status read_raw(const kw_slab_source *s, void *local, uint64_t first, uint64_t count) {
    return transfer(s, local, first, count, false) ? KW_OK : kw_hdf5_fail("read", s->path, s->file->path);
}

static kw_status check_block(const kw_slab_source *s, const char *bytes, uint64_t b) {
    if ((int64_t)XXH3_64bits(bytes, s->block * s->item_bytes) == s->checksums[b]) return KW_OK;
    return kw_fail(KW_E_IO, "%s is damaged: %s from %" PRIu64 " to %" PRIu64 " does not match its checksum", s->file->path,
                   s->path, b * s->block, (b + 1) * s->block);
}

/* What is in [first, last) of a block, by way of a buffer. */
static kw_status read_part(const kw_slab_source *s, char *local, uint64_t first, uint64_t last) {
    const uint64_t b = first / s->block, origin = b * s->block;
    char *buffer = malloc(s->block * s->item_bytes);
    kw_status status = buffer ? KW_OK : kw_fail(KW_E_NOMEM, "no memory to check %s", s->file->path);
    if (status == KW_OK) status = read_raw(s, buffer, origin, s->block);
    if (status == KW_OK) status = check_block(s, buffer, b);
    if (status == KW_OK) memcpy(local, buffer + (first - origin) * s->item_bytes, (last - first) * s->item_bytes);
    free(buffer);
    return status;
}

/* Whole blocks go where they belong. */
static kw_status read_blocks(const kw_slab_source *s, char *local, uint64_t first, uint64_t last) {
    kw_status status = read_raw(s, local, first, last - first);
    for (uint64_t at = first; at < last && status == KW_OK; at += s->block)
        status = check_block(s, local + (at - first) * s->item_bytes, at / s->block);
    return status;
}

static kw_status read_checked(const kw_slab_source *s, char *local, uint64_t first, uint64_t last) {
    kw_status status = KW_OK;
    for (uint64_t at = first, end; at < last && status == KW_OK; at = end) {
        const uint64_t next = (at / s->block + 1) * s->block, whole = last / s->block * s->block;
        char *to = local + (at - first) * s->item_bytes;
        end = at % s->block == 0 && at < whole ? whole : next < last ? next : last;
        status = end == whole && at % s->block == 0 ? read_blocks(s, to, at, end) : read_part(s, to, at, end);
    }
    return status;
}

kw_status kw_sealed_slab_read(const kw_slab_source *s, void *local, uint64_t first, uint64_t count) {
    kw_hdf5_printing printing = kw_hdf5_silence();
    const kw_status status = s->checksums ? read_checked(s, local, first, first + count) : read_raw(s, local, first, count);
    kw_hdf5_restore(printing);
    return status;
}
