/* F3  What goes into sealed files: text and integer attributes, arrays of numbers.  Objects are
 * created by all ranks (as parallel HDF5 demands); data moves in independent transfers, each rank its own contiguous slab.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/comm_ops.h"
#include "base/error.h"
#include "io/sealed_internal.h"

#define TEXT_ATTRIBUTE_BYTES ((size_t)60000) /* HDF5 attributes hold less than 64 KiB; longer texts become datasets */

/* ---- every writing helper starts and ends alike ---- */

kw_status kw_sealed_writing_starts(kw_sealed *file, uint64_t bytes) {
    if (file->failed != KW_OK) return file->failed;
    return file->failed = kw_sealed_reserve(file, bytes);
}

kw_status kw_sealed_writing_ends(kw_sealed *file, kw_status status) {
    return file->failed = kw_comm_agree(file->comm, status);
}

void kw_hdf5_close_all(const hid_t *ids, size_t count) {
    hid_t errors = H5Eget_current_stack();
    for (size_t i = 0; i < count; ++i)
        if (ids[i] > 0) H5Idec_ref(ids[i]);
    H5Eset_current_stack(errors);
}

/* Fixed-length UTF-8. */
static hid_t text_type(size_t bytes) {
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0 || H5Tset_size(type, bytes) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0) return H5I_INVALID_HID;
    return type;
}

static bool write_attribute(hid_t object, const char *name, hid_t stored, hid_t memory, const void *value) {
    hid_t ids[2] = {H5Screate(H5S_SCALAR), H5I_INVALID_HID};
    bool done = ids[0] >= 0 && (H5Aexists(object, name) <= 0 || H5Adelete(object, name) >= 0);
    if (done) ids[1] = H5Acreate2(object, name, stored, ids[0], H5P_DEFAULT, H5P_DEFAULT);
    done = done && ids[1] >= 0 && H5Awrite(ids[1], memory, value) >= 0;
    kw_hdf5_close_all(ids, 2);
    return done;
}

static bool write_text_attribute(hid_t object, const char *name, const char *text) {
    hid_t type = text_type(strlen(text) + 1);
    bool done = type >= 0 && write_attribute(object, name, type, type, text);
    kw_hdf5_close_all(&type, 1);
    return done;
}

hid_t kw_sealed_create_dataset(kw_sealed *file, const char *path, hid_t type, hid_t space, const char *units,
                               const char *dims, const char *description) {
    hid_t ids[2] = {H5Pcreate(H5P_LINK_CREATE), H5Pcreate(H5P_DATASET_CREATE)}, dataset = H5I_INVALID_HID;
    if (ids[0] >= 0 && ids[1] >= 0 && H5Pset_create_intermediate_group(ids[0], 1) >= 0
        && H5Pset_fill_time(ids[1], H5D_FILL_TIME_NEVER) >= 0 && H5Pset_alloc_time(ids[1], H5D_ALLOC_TIME_EARLY) >= 0)
        dataset = H5Dcreate2(file->file, path, type, space, ids[0], ids[1], H5P_DEFAULT);
    kw_hdf5_close_all(ids, 2);
    if (dataset >= 0
        && !(write_text_attribute(dataset, "units", units) && write_text_attribute(dataset, "dims", dims)
             && write_text_attribute(dataset, "description", description)))
        kw_hdf5_close_all(&dataset, 1), dataset = H5I_INVALID_HID;
    return dataset;
}

/* An existing object, or a new group with the groups above it. */
static hid_t open_group(kw_sealed *file, const char *group) {
    hid_t object = H5Oopen(file->file, group, H5P_DEFAULT);
    if (object >= 0) return object;
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    if (links >= 0 && H5Pset_create_intermediate_group(links, 1) >= 0)
        object = H5Gcreate2(file->file, group, links, H5P_DEFAULT, H5P_DEFAULT);
    kw_hdf5_close_all(&links, 1);
    return object;
}

/* ---- writing ---- */

/* One-dimensional, the same values on every rank. */
static kw_status write_array(kw_sealed *file, const char *path, hid_t stored, hid_t memory, const void *values, size_t count,
                             const char *units, const char *description) {
    kw_status status = kw_sealed_writing_starts(file, (uint64_t)count * 8);
    if (status != KW_OK) return status;
    kw_hdf5_printing printing = kw_hdf5_silence();
    hsize_t length = count;
    hid_t ids[2] = {H5Screate_simple(1, &length, NULL), H5I_INVALID_HID};
    ids[1] = kw_sealed_create_dataset(file, path, stored, ids[0], units, "N", description);
    bool done = ids[1] >= 0;
    if (done && count && kw_comm_rank(file->comm) == 0)
        done = H5Dwrite(ids[1], memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    if (!done) status = kw_hdf5_fail("write", path, file->temporary);
    kw_hdf5_close_all(ids, 2);
    kw_hdf5_restore(printing);
    return kw_sealed_writing_ends(file, status);
}

kw_status kw_sealed_write_reals(kw_sealed *file, const char *path, const double *values, size_t count, const char *units,
                                const char *description) {
    return write_array(file, path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values, count, units, description);
}

kw_status kw_sealed_write_integers(kw_sealed *file, const char *path, const int64_t *values, size_t count, const char *units,
                                   const char *description) {
    return write_array(file, path, H5T_STD_I64LE, H5T_NATIVE_INT64, values, count, units, description);
}

static bool write_long_text(kw_sealed *file, hid_t group, const char *name, const char *text) {
    hid_t ids[3] = {text_type(strlen(text) + 1), H5Screate(H5S_SCALAR), H5I_INVALID_HID};
    ids[2] = H5Dcreate2(group, name, ids[0], ids[1], H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    bool done = ids[2] >= 0;
    if (done && kw_comm_rank(file->comm) == 0) done = H5Dwrite(ids[2], ids[0], H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0;
    kw_hdf5_close_all(ids, 3);
    return done;
}

/* Rank 0's text everywhere: HDF5 wants the same attribute on every rank, and host names and times differ. */
static kw_status same_text(kw_sealed *file, const char *text, char **out) {
    int64_t bytes = (int64_t)strlen(text) + 1;
    kw_comm_broadcast(file->comm, &bytes, sizeof bytes, 0);
    char *copy = calloc((size_t)bytes, 1);
    const kw_status status = kw_comm_agree(file->comm, copy ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a text"));
    if (status != KW_OK) {
        free(copy);
        return status;
    }
    if (kw_comm_rank(file->comm) == 0) memcpy(copy, text, (size_t)bytes);
    kw_comm_broadcast(file->comm, copy, (size_t)bytes, 0);
    *out = copy;
    return KW_OK;
}

kw_status kw_sealed_write_text(kw_sealed *file, const char *group, const char *name, const char *own) {
    char *text = NULL;
    kw_status status = same_text(file, own, &text);
    if (status != KW_OK) return status;
    const size_t bytes = strlen(text) + 1;
    status = kw_sealed_writing_starts(file, bytes);
    if (status != KW_OK) {
        free(text);
        return status;
    }
    kw_hdf5_printing printing = kw_hdf5_silence();
    hid_t object = open_group(file, group);
    bool done = object >= 0
                && (bytes <= TEXT_ATTRIBUTE_BYTES ? write_text_attribute(object, name, text)
                                                  : write_long_text(file, object, name, text));
    if (!done) status = kw_hdf5_fail("write", name, file->temporary);
    kw_hdf5_close_all(&object, 1);
    kw_hdf5_restore(printing);
    free(text);
    return kw_sealed_writing_ends(file, status);
}

static kw_status write_number(kw_sealed *file, const char *group, const char *name, hid_t stored, hid_t memory,
                              const void *value) {
    kw_status status = kw_sealed_writing_starts(file, H5Tget_size(stored));
    if (status != KW_OK) return status;
    kw_hdf5_printing printing = kw_hdf5_silence();
    hid_t object = open_group(file, group);
    if (object < 0 || !write_attribute(object, name, stored, memory, value))
        status = kw_hdf5_fail("write", name, file->temporary);
    kw_hdf5_close_all(&object, 1);
    kw_hdf5_restore(printing);
    return kw_sealed_writing_ends(file, status);
}

kw_status kw_sealed_write_integer(kw_sealed *file, const char *group, const char *name, int64_t value) {
    return write_number(file, group, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value);
}

kw_status kw_sealed_write_real(kw_sealed *file, const char *group, const char *name, double value) {
    return write_number(file, group, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

/* ---- reading: HDF5 reads its metadata collectively, so no rank may go on where another has failed ---- */

/* A file claims no more than it has bytes: memory is never asked for on the word of a header alone. */
static bool is_plausible(kw_sealed *file, hid_t type, hssize_t count) {
    hsize_t bytes = 0;
    const size_t each = H5Tget_size(type);
    return count >= 0 && each > 0 && H5Fget_filesize(file->file, &bytes) >= 0 && (uint64_t)count <= bytes / each;
}

/* Stored as we store it: in one piece inside the file, so that no filter is loaded and no other file is opened. */
static bool is_plain(hid_t dataset) {
    hid_t creation = H5Dget_create_plist(dataset);
    const bool plain = creation >= 0 && H5Pget_layout(creation) == H5D_CONTIGUOUS && H5Pget_external_count(creation) == 0;
    kw_hdf5_close_all(&creation, 1);
    return plain;
}

static bool is_complex(hid_t type) {
    const int r = H5Tget_member_index(type, "r"), i = H5Tget_member_index(type, "i");
    return r >= 0 && i >= 0 && H5Tget_member_class(type, (unsigned)r) == H5T_FLOAT
           && H5Tget_member_class(type, (unsigned)i) == H5T_FLOAT;
}

hid_t kw_sealed_open_dataset(kw_sealed *file, const char *path, H5T_class_t kind, int n_dims, hsize_t *dims) {
    hid_t dataset = H5Dopen2(file->file, path, H5P_DEFAULT);
    if (dataset < 0) return dataset;
    hid_t ids[2] = {H5Dget_type(dataset), H5Dget_space(dataset)};
    hssize_t points = H5Sget_simple_extent_npoints(ids[1]);
    if (H5Tget_class(ids[0]) != kind || H5Sget_simple_extent_ndims(ids[1]) != n_dims || !is_plausible(file, ids[0], points)
        || !is_plain(dataset) || (kind == H5T_COMPOUND && !is_complex(ids[0]))
        || H5Sget_simple_extent_dims(ids[1], dims, NULL) < 0) {
        kw_hdf5_close_all(&dataset, 1);
        dataset = H5I_INVALID_HID;
    }
    kw_hdf5_close_all(ids, 2);
    return dataset;
}

static kw_status reading_ends(kw_sealed *file, kw_status status) { return kw_comm_agree(file->comm, status); }

kw_status kw_sealed_missing(kw_sealed *file, const char *object, const char *what) {
    return kw_fail(KW_E_IO, "%s has no usable %s %s", file->path, what, object);
}

static bool stores_unsigned(hid_t dataset) {
    hid_t type = H5Dget_type(dataset);
    const bool is = H5Tget_class(type) == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_NONE;
    kw_hdf5_close_all(&type, 1);
    return is;
}

static kw_status read_array(kw_sealed *file, const char *path, H5T_class_t kind, hid_t memory, void **values,
                            size_t *count) {
    kw_hdf5_printing printing = kw_hdf5_silence();
    kw_status status = KW_OK;
    hsize_t length = 0;
    void *found = NULL;
    hid_t dataset = kw_sealed_open_dataset(file, path, kind, 1, &length);
    if (dataset < 0) status = kw_sealed_missing(file, path, kind == H5T_FLOAT ? "array of reals" : "array of integers");
    else if (!(found = malloc((length ? length : 1) * 8)))
        status = kw_fail(KW_E_NOMEM, "no memory for %s of %s", path, file->path);
    status = kw_comm_agree(file->comm, status);
    if (dataset >= 0 && stores_unsigned(dataset)) memory = H5T_NATIVE_UINT64; /* HDF5 would clip large ones */
    if (status == KW_OK && length && H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, found) < 0)
        status = kw_hdf5_fail("read", path, file->path);
    kw_hdf5_close_all(&dataset, 1);
    kw_hdf5_restore(printing);
    status = reading_ends(file, status);
    if (status == KW_OK) {
        *values = found;
        *count = length;
    } else {
        free(found);
    }
    return status;
}

kw_status kw_sealed_read_reals(kw_sealed *file, const char *path, double **values, size_t *count) {
    return read_array(file, path, H5T_FLOAT, H5T_NATIVE_DOUBLE, (void **)values, count);
}

kw_status kw_sealed_read_integers(kw_sealed *file, const char *path, int64_t **values, size_t *count) {
    return read_array(file, path, H5T_INTEGER, H5T_NATIVE_INT64, (void **)values, count);
}

/* One text of fixed length, or one integer: of more the room for one would overflow. */
static bool is_one(kw_sealed *file, hid_t object, bool attribute, H5T_class_t kind) {
    hid_t ids[2] = {attribute ? H5Aget_type(object) : H5Dget_type(object),
                    attribute ? H5Aget_space(object) : H5Dget_space(object)};
    const bool one = H5Tget_class(ids[0]) == kind && H5Tis_variable_str(ids[0]) <= 0
                     && H5Sget_simple_extent_npoints(ids[1]) == 1 && is_plausible(file, ids[0], 1)
                     && (attribute || is_plain(object));
    kw_hdf5_close_all(ids, 2);
    return one;
}

kw_status kw_sealed_read_text(kw_sealed *file, const char *group, const char *name, char **text) {
    kw_hdf5_printing printing = kw_hdf5_silence();
    kw_status status = KW_OK;
    char *found = NULL;
    hid_t ids[4] = {H5Oopen(file->file, group, H5P_DEFAULT), H5I_INVALID_HID, H5I_INVALID_HID, H5I_INVALID_HID};
    if (ids[0] >= 0) {
        ids[1] = H5Aexists(ids[0], name) > 0 ? H5Aopen(ids[0], name, H5P_DEFAULT) : H5Dopen2(ids[0], name, H5P_DEFAULT);
    }
    bool attribute = ids[1] >= 0 && H5Iget_type(ids[1]) == H5I_ATTR;
    if (ids[1] >= 0) ids[2] = attribute ? H5Aget_type(ids[1]) : H5Dget_type(ids[1]);
    if (ids[2] < 0 || !is_one(file, ids[1], attribute, H5T_STRING)) {
        status = kw_sealed_missing(file, name, "text");
    } else {
        size_t bytes = H5Tget_size(ids[2]);
        ids[3] = text_type(bytes);
        found = calloc(bytes + 1, 1);
        if (!found) status = kw_fail(KW_E_NOMEM, "no memory for %s of %s", name, file->path);
        else if ((attribute ? H5Aread(ids[1], ids[3], found) : H5Dread(ids[1], ids[3], H5S_ALL, H5S_ALL, H5P_DEFAULT, found))
                 < 0)
            status = kw_hdf5_fail("read", name, file->path);
    }
    kw_hdf5_close_all(ids, 4);
    kw_hdf5_restore(printing);
    status = reading_ends(file, status);
    if (status == KW_OK) *text = found;
    else free(found);
    return status;
}

/* One number of 8 bytes. */
static kw_status read_number(kw_sealed *file, const char *group, const char *name, H5T_class_t kind, hid_t memory,
                             void *value) {
    kw_hdf5_printing printing = kw_hdf5_silence();
    kw_status status = KW_OK;
    char found[8] = {0};
    hid_t ids[2] = {H5Oopen(file->file, group, H5P_DEFAULT), H5I_INVALID_HID};
    if (ids[0] >= 0 && H5Aexists(ids[0], name) > 0) ids[1] = H5Aopen(ids[0], name, H5P_DEFAULT);
    if (ids[1] < 0 || !is_one(file, ids[1], true, kind))
        status = kw_sealed_missing(file, name, kind == H5T_FLOAT ? "real number" : "integer");
    else if (H5Aread(ids[1], memory, found) < 0) status = kw_hdf5_fail("read", name, file->path);
    kw_hdf5_close_all(ids, 2);
    kw_hdf5_restore(printing);
    status = reading_ends(file, status);
    if (status == KW_OK) memcpy(value, found, sizeof found);
    return status;
}

kw_status kw_sealed_read_integer(kw_sealed *file, const char *group, const char *name, int64_t *value) {
    return read_number(file, group, name, H5T_INTEGER, H5T_NATIVE_INT64, value);
}

kw_status kw_sealed_read_real(kw_sealed *file, const char *group, const char *name, double *value) {
    return read_number(file, group, name, H5T_FLOAT, H5T_NATIVE_DOUBLE, value);
}

bool kw_sealed_has(kw_sealed *file, const char *path) {
    kw_hdf5_printing printing = kw_hdf5_silence();
    const bool has = H5Oexists_by_name(file->file, path, H5P_DEFAULT) > 0;
    kw_hdf5_restore(printing);
    return has;
}
