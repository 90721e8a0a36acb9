/* F3  Amplitudes in sealed files: each rank its own slab, in slices, with checksums of its blocks. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/comm_ops.h"
#include "base/error.h"
#include "engine/state_internal.h"
#include "io/sealed_internal.h"

#define SLICE_BYTES      (UINT64_C(512) << 20)
#define BLOCK_AMPLITUDES (UINT64_C(1) << 16) /* of one checksum, unless a rank holds fewer */
#define INTEGRITY        "/integrity"
#define MOST_PATH        256

/* {r, i}, which h5py and others take for complex numbers. */
static hid_t complex_type(hid_t part) {
    size_t bytes = H5Tget_size(part);
    hid_t type = H5Tcreate(H5T_COMPOUND, 2 * bytes);
    if (type < 0 || H5Tinsert(type, "r", 0, part) < 0 || H5Tinsert(type, "i", bytes, part) < 0) return H5I_INVALID_HID;
    return type;
}

static hid_t native_part(kw_precision precision) { return precision == KW_DOUBLE ? H5T_NATIVE_DOUBLE : H5T_NATIVE_FLOAT; }
static hid_t stored_part(kw_precision precision) { return precision == KW_DOUBLE ? H5T_IEEE_F64LE : H5T_IEEE_F32LE; }

/* Moves amplitudes [first, first + count) between `local` and the dataset, in slices. */
static bool transfer(hid_t dataset, char *local, uint64_t first, uint64_t count, kw_precision precision, bool write) {
    uint64_t slice = SLICE_BYTES / kw_amplitude_bytes(precision);
    hid_t type = complex_type(native_part(precision));
    bool done = type >= 0;
    for (uint64_t at = 0; done && at < count; at += slice) {
        hsize_t start = first + at, length = count - at < slice ? count - at : slice;
        char *from = local + at * kw_amplitude_bytes(precision);
        hid_t ids[2] = {H5Dget_space(dataset), H5Screate_simple(1, &length, NULL)};
        done = ids[0] >= 0 && ids[1] >= 0 && H5Sselect_hyperslab(ids[0], H5S_SELECT_SET, &start, NULL, &length, NULL) >= 0;
        if (done && write) done = H5Dwrite(dataset, type, ids[1], ids[0], H5P_DEFAULT, from) >= 0;
        if (done && !write) done = H5Dread(dataset, type, ids[1], ids[0], H5P_DEFAULT, from) >= 0;
        kw_hdf5_close_all(ids, 2);
    }
    kw_hdf5_close_all(&type, 1);
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
static bool write_checksums(kw_sealed *file, const char *path, uint64_t first, uint64_t count, uint64_t total) {
    char name[MOST_PATH];
    const hsize_t length = total;
    const hsize_t start = first, mine = count;
    snprintf(name, sizeof name, "%s%s", INTEGRITY, path);
    hid_t ids[3] = {H5Screate_simple(1, &length, NULL), H5Screate_simple(1, &mine, NULL), H5I_INVALID_HID};
    ids[2] = kw_sealed_create_dataset(file, name, H5T_STD_U64LE, ids[0], "1", "block",
                                      "XXH3-64 of each block of the dataset, in order, all blocks of equal length");
    const bool done = ids[2] >= 0 && H5Sselect_hyperslab(ids[0], H5S_SELECT_SET, &start, NULL, &mine, NULL) >= 0
                      && H5Dwrite(ids[2], H5T_NATIVE_UINT64, ids[1], ids[0], H5P_DEFAULT, file->slab.checksums) >= 0;
    kw_hdf5_close_all(ids, 3);
    return done;
}

/* ---- writing ---- */

kw_status kw_sealed_write_amplitudes(kw_sealed *file, const char *path, const void *local, uint64_t first, uint64_t count,
                                     uint64_t total, kw_precision precision) {
    const uint64_t each = kw_amplitude_bytes(precision), block = count < BLOCK_AMPLITUDES ? count : BLOCK_AMPLITUDES;
    kw_status status = kw_sealed_writing_starts(file, total * each + total / block * 8);
    if (status != KW_OK) return status;
    file->slab = (kw_slab){0, count * each, block * each, malloc(count / block * sizeof(int64_t))};
    status = kw_comm_agree(file->comm,
                           file->slab.checksums ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for the checksums of %s", path));
    if (status != KW_OK) return file->failed = status;
    checksums_of(local, count * each, block * each, file->slab.checksums);
    kw_hdf5_printing printing = kw_hdf5_silence();
    hsize_t length = total;
    hid_t ids[3] = {complex_type(stored_part(precision)), H5Screate_simple(1, &length, NULL), H5I_INVALID_HID};
    ids[2] =
        kw_sealed_create_dataset(file, path, ids[0], ids[1], "1", "index", "amplitudes, in the order of the qubits' places");
    if (ids[2] >= 0) file->slab.offset = H5Dget_offset(ids[2]) + first * each;
    if (ids[2] < 0 || !transfer(ids[2], (char *)local, first, count, precision, true))
        status = kw_hdf5_fail("write", path, file->temporary);
    status = kw_comm_agree(file->comm, status); /* what follows is collective again */
    if (status == KW_OK && !write_checksums(file, path, first / block, count / block, total / block))
        status = kw_hdf5_fail("write", path, file->temporary);
    kw_hdf5_close_all(ids, 3);
    kw_hdf5_restore(printing);
    return kw_sealed_writing_ends(file, status);
}

/* ---- reading ---- */

/* Whether the dataset's complex numbers are of 8 bytes. */
static kw_precision stored_precision(hid_t dataset) {
    hid_t type = H5Dget_type(dataset);
    const kw_precision precision = H5Tget_size(type) == kw_amplitude_bytes(KW_SINGLE) ? KW_SINGLE : KW_DOUBLE;
    kw_hdf5_close_all(&type, 1);
    return precision;
}

/* What is being read: the slab of a rank, and the checksums of all blocks of the dataset (none: format 1). */
typedef struct {
    kw_sealed *file;
    hid_t dataset;
    const char *path;
    uint64_t first, count, total, block;
    int64_t *checksums;
} reading;

static kw_status damaged(const reading *r, uint64_t b) {
    return kw_fail(KW_E_IO, "%s is damaged: amplitudes %" PRIu64 " to %" PRIu64 " do not match their checksum",
                   r->file->path, b * r->block, (b + 1) * r->block);
}

static kw_status read_checksums(reading *r) {
    char name[MOST_PATH];
    size_t blocks = 0;
    snprintf(name, sizeof name, "%s%s", INTEGRITY, r->path);
    if (H5Lexists(r->file->file, INTEGRITY, H5P_DEFAULT) <= 0) return KW_OK;
    const kw_status status = kw_sealed_read_integers(r->file, name, &r->checksums, &blocks);
    if (status != KW_OK) return status;
    if (!blocks || r->total % blocks)
        return kw_fail(KW_E_IO, "%s: %zu checksums for %" PRIu64 " amplitudes", r->file->path, blocks, r->total);
    r->block = r->total / blocks;
    return KW_OK;
}

/* The blocks as they are stored: the slab is a part of one, or its parts are converted. */
static kw_status check_stored(const reading *r, kw_precision stored) {
    const uint64_t bytes = r->block * kw_amplitude_bytes(stored);
    char *buffer = malloc(bytes);
    kw_status status = buffer ? KW_OK : kw_fail(KW_E_NOMEM, "no memory to check %s", r->file->path);
    for (uint64_t b = r->first / r->block; b * r->block < r->first + r->count && status == KW_OK; ++b) {
        if (!transfer(r->dataset, buffer, b * r->block, r->block, stored, false))
            status = kw_hdf5_fail("read", r->path, r->file->path);
        else if ((int64_t)XXH3_64bits(buffer, bytes) != r->checksums[b]) status = damaged(r, b);
    }
    free(buffer);
    return status;
}

static kw_status check_local(const reading *r, const char *local, kw_precision precision) {
    const uint64_t bytes = r->block * kw_amplitude_bytes(precision);
    for (uint64_t b = 0; b < r->count / r->block; ++b)
        if ((int64_t)XXH3_64bits(local + b * bytes, bytes) != r->checksums[r->first / r->block + b])
            return damaged(r, r->first / r->block + b);
    return KW_OK;
}

static kw_status read_slab(const reading *r, void *local, kw_precision precision) {
    const kw_precision stored = stored_precision(r->dataset);
    const bool in_place = r->checksums && stored == precision && r->first % r->block == 0 && r->count % r->block == 0;
    kw_status status = r->checksums && !in_place ? check_stored(r, stored) : KW_OK;
    if (status == KW_OK && !transfer(r->dataset, local, r->first, r->count, precision, false))
        status = kw_hdf5_fail("read", r->path, r->file->path);
    return status == KW_OK && in_place ? check_local(r, local, precision) : status;
}

kw_status kw_sealed_read_amplitudes(kw_sealed *file, const char *path, void *local, uint64_t first, uint64_t count,
                                    kw_precision precision) {
    kw_hdf5_printing printing = kw_hdf5_silence();
    kw_status status = KW_OK;
    reading r = {.file = file, .path = path, .first = first, .count = count};
    r.dataset = kw_sealed_open_dataset(file, path, H5T_COMPOUND, &r.total);
    if (r.dataset < 0) status = kw_sealed_missing(file, path, "amplitudes");
    else if (count > r.total || first > r.total - count)
        status = kw_fail(KW_E_IO, "%s of %s has %" PRIu64 " amplitudes, fewer than asked for", path, file->path, r.total);
    status = kw_comm_agree(file->comm, status);
    if (status == KW_OK) status = kw_comm_agree(file->comm, read_checksums(&r));
    if (status == KW_OK) status = read_slab(&r, local, precision);
    free(r.checksums);
    kw_hdf5_close_all(&r.dataset, 1);
    kw_hdf5_restore(printing);
    return kw_comm_agree(file->comm, status);
}

kw_status kw_sealed_amplitudes_total(kw_sealed *file, const char *path, uint64_t *total) {
    kw_hdf5_printing printing = kw_hdf5_silence();
    uint64_t found = 0;
    hid_t dataset = kw_sealed_open_dataset(file, path, H5T_COMPOUND, &found);
    kw_status status = dataset < 0 ? kw_sealed_missing(file, path, "amplitudes") : KW_OK;
    kw_hdf5_close_all(&dataset, 1);
    kw_hdf5_restore(printing);
    status = kw_comm_agree(file->comm, status);
    if (status == KW_OK) *total = found;
    return status;
}
