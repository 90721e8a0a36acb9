/* F3  Complex numbers in sealed files. */
#include "io/sealed_amplitudes.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/comm_ops.h"
#include "base/error.h"
#include "engine/state_internal.h"

/* {r, i}, which h5py and others take for complex numbers. */
static hid_t complex_type(kw_precision precision) {
    const hid_t part = precision == KW_DOUBLE ? H5T_IEEE_F64LE : H5T_IEEE_F32LE;
    const size_t bytes = H5Tget_size(part);
    hid_t type = H5Tcreate(H5T_COMPOUND, 2 * bytes);
    if (type < 0 || H5Tinsert(type, "r", 0, part) < 0 || H5Tinsert(type, "i", bytes, part) < 0) return H5I_INVALID_HID;
    return type;
}

kw_status kw_sealed_write_amplitudes(kw_sealed *file, const char *path, const void *local, uint64_t first, uint64_t count,
                                     uint64_t total, kw_precision precision) {
    kw_slab_shape shape = {.path = path,
                           .type = complex_type(precision),
                           .n_dims = 1,
                           .dims = {total},
                           .units = "1",
                           .names = "index",
                           .description = "amplitudes, in the order of the qubits' places"};
    const kw_status status = kw_sealed_slab_write(file, &shape, local, first, count, count < KW_PIECE ? count : KW_PIECE);
    kw_hdf5_close_all(&shape.type, 1);
    return status;
}

/* ---- reading ---- */

/* Whether the dataset's complex numbers are of 8 bytes. */
static kw_precision precision_of(hid_t dataset) {
    hid_t type = H5Dget_type(dataset);
    const kw_precision precision = H5Tget_size(type) == kw_amplitude_bytes(KW_SINGLE) ? KW_SINGLE : KW_DOUBLE;
    kw_hdf5_close_all(&type, 1);
    return precision;
}

kw_status kw_sealed_amplitudes_open(kw_sealed *file, const char *path, kw_slab_source *out) {
    kw_hdf5_printing printing = kw_hdf5_silence();
    *out = (kw_slab_source){.file = file, .path = path, .n_dims = 1, .type = H5I_INVALID_HID};
    out->dataset = kw_sealed_open_dataset(file, path, H5T_COMPOUND, 1, out->dims);
    if (out->dataset >= 0) out->type = complex_type(precision_of(out->dataset));
    const kw_status status = kw_sealed_slab_open(out, "amplitudes");
    kw_hdf5_restore(printing);
    return status;
}

static void convert(const void *from, kw_precision stored, void *to, uint64_t numbers) {
    if (stored == KW_DOUBLE)
        for (uint64_t i = 0; i < numbers; ++i) ((float *)to)[i] = (float)((const double *)from)[i];
    else
        for (uint64_t i = 0; i < numbers; ++i) ((double *)to)[i] = (double)((const float *)from)[i];
}

static kw_status read_converted(const kw_slab_source *s, char *local, uint64_t first, uint64_t count, kw_precision stored,
                                kw_precision precision) {
    void *piece = malloc(KW_PIECE * s->item_bytes);
    kw_status status = piece ? KW_OK : kw_fail(KW_E_NOMEM, "no memory to read %s", s->file->path);
    for (uint64_t at = first, end; at < first + count && status == KW_OK; at = end) {
        end = (at / KW_PIECE + 1) * KW_PIECE;
        if (end > first + count) end = first + count;
        status = kw_sealed_slab_read(s, piece, at, end - at);
        if (status == KW_OK) convert(piece, stored, local + (at - first) * kw_amplitude_bytes(precision), 2 * (end - at));
    }
    free(piece);
    return status;
}

kw_status kw_sealed_amplitudes_read(const kw_slab_source *s, void *local, uint64_t first, uint64_t count,
                                    kw_precision precision) {
    const kw_precision stored = s->item_bytes == kw_amplitude_bytes(KW_SINGLE) ? KW_SINGLE : KW_DOUBLE;
    if (count > s->dims[0] || first > s->dims[0] - count)
        return kw_fail(KW_E_IO, "%s of %s has %" PRIu64 " amplitudes, fewer than asked for", s->path, s->file->path,
                       (uint64_t)s->dims[0]);
    return stored == precision ? kw_sealed_slab_read(s, local, first, count)
                               : read_converted(s, local, first, count, stored, precision);
}
