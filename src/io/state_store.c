/* F3  States in sealed files. */
#include "io/state_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "base/error.h"
#include "io/sealed_amplitudes.h"

#define AMPLITUDES KW_STATE_GROUP "/amplitudes"
#define PARTS      KW_STATE_GROUP "/parts"
#define SCALES     KW_STATE_GROUP "/scales"

enum { PIECE_RUNS = KW_PIECE / KW_RUN, PARTS_DIMS = 3, PARTS_PER_RUN = 2 * KW_RUN, LEAST_BAD_SCALE = 0x7f80 };

/* ---- types ---- */

static hid_t parts_type(kw_precision precision) { return H5Tcopy(precision == KW_S16 ? H5T_STD_I16LE : H5T_STD_I8LE); }

/* The upper half of a float: sign, 8 bits of exponent, 7 of fraction. */
static hid_t scales_type(void) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    if (type >= 0 && (H5Tset_fields(type, 15, 7, 8, 0, 7) < 0 || H5Tset_size(type, sizeof(uint16_t)) < 0))
        return H5I_INVALID_HID;
    return type;
}

static uint64_t block_of(uint64_t local, uint64_t most) { return local < most ? local : most; }

uint64_t kw_state_store_bytes(int n_qubits, kw_precision precision, int ranks) {
    const uint64_t local = kw_bit(n_qubits - kw_log2((uint64_t)ranks)),
                   blocks = kw_bit(n_qubits) / block_of(local, KW_PIECE);
    const uint64_t sums = (kw_precision_is_packed(precision) ? 2 : 1) * blocks * sizeof(uint64_t);
    const uint64_t bytes = kw_bytes_of(kw_bit(n_qubits), precision);
    return bytes > UINT64_MAX - sums ? UINT64_MAX : bytes + sums;
}

/* ---- writing ---- */

static kw_status write_packed(kw_sealed *file, const kw_state *state) {
    const uint64_t runs = kw_runs(kw_state_local_count(state)), first = runs * (uint64_t)state->comm->rank;
    const uint64_t total = runs * (uint64_t)state->comm->size, block = block_of(runs, PIECE_RUNS);
    const kw_slab_shape parts = {.path = PARTS,
                                 .type = parts_type(state->precision),
                                 .n_dims = PARTS_DIMS,
                                 .dims = {total, 2, KW_RUN},
                                 .units = "1",
                                 .names = "run, re and im, index in the run",
                                 .description = "amplitude 32 r + k = gain * scales[r] * (parts[r, 0, k] + 1j * parts[r, 1, "
                                                "k]), in the order of the qubits' places; gain: attribute of the group"};
    const kw_slab_shape scales = {.path = SCALES,
                                  .type = scales_type(),
                                  .n_dims = 1,
                                  .dims = {total},
                                  .units = "1",
                                  .names = "run",
                                  .description = "bfloat16 (the upper half of a float32), one per run of 32 amplitudes; 0: "
                                                 "all of them are zero"};
    kw_status status = kw_state_account_write(file, state);
    if (status == KW_OK) status = kw_sealed_slab_write(file, &parts, state->packed.parts, first, runs, block);
    if (status == KW_OK) status = kw_sealed_slab_write(file, &scales, state->packed.scales, first, runs, block);
    kw_hdf5_close_all((const hid_t[]){parts.type, scales.type}, 2);
    return status;
}

kw_status kw_state_store_write(kw_sealed *file, kw_state *state) {
    const uint64_t count = kw_state_local_count(state), first = count * (uint64_t)state->comm->rank;
    if (kw_precision_is_packed(state->precision)) return write_packed(file, state);
    const kw_status status = kw_sealed_write_text(file, KW_STATE_GROUP, "precision", kw_precision_name(state->precision));
    if (status != KW_OK) return status;
    return kw_sealed_write_amplitudes(file, AMPLITUDES, state->amplitudes, first, count, kw_bit(state->n_qubits),
                                      state->precision);
}

/* ---- what is there ---- */

bool kw_state_store_is_packed(kw_sealed *file) { return kw_sealed_has(file, PARTS) || kw_sealed_has(file, SCALES); }

/* A dataset whose elements are of one type, with dimensions behind the first as expected. */
static kw_status open_exactly(kw_sealed *file, const char *path, hid_t type, int n_dims, kw_slab_source *out) {
    kw_hdf5_printing printing = kw_hdf5_silence();
    *out = (kw_slab_source){.file = file, .path = path, .type = type, .n_dims = n_dims};
    out->dataset = kw_sealed_open_dataset(file, path, H5Tget_class(type), n_dims, out->dims);
    if (out->dataset >= 0) {
        const hid_t found = H5Dget_type(out->dataset);
        const bool shaped = n_dims == 1 || (out->dims[1] == 2 && out->dims[2] == KW_RUN);
        const bool good = shaped && H5Tequal(found, type) > 0;
        kw_hdf5_close_all(&found, 1);
        if (!good) kw_hdf5_close_all(&out->dataset, 1), out->dataset = H5I_INVALID_HID;
    }
    const kw_status status = kw_sealed_slab_open(out, n_dims == 1 ? "scales (bfloat16)" : "parts");
    kw_hdf5_restore(printing);
    return status;
}

/* A state in a file: complex numbers in `parts`; or parts and scales, with their account. */
typedef struct {
    bool packed;
    kw_precision precision; /* of packed ones */
    kw_state_account account;
    kw_slab_source parts, scales;
} stored;

static void close_stored(stored *s) {
    kw_sealed_slab_close(&s->parts);
    kw_sealed_slab_close(&s->scales);
    kw_state_account_free(&s->account);
}

static kw_status open_packed(kw_sealed *file, const char *path, stored *s) {
    kw_status status = kw_state_account_read(file, path, &s->account);
    if (status != KW_OK) return status;
    s->precision = kw_state_account_precision(&s->account);
    status = open_exactly(file, PARTS, parts_type(s->precision), PARTS_DIMS, &s->parts);
    if (status == KW_OK) status = open_exactly(file, SCALES, scales_type(), 1, &s->scales);
    if (status == KW_OK && s->scales.dims[0] != s->parts.dims[0])
        status = kw_fail(KW_E_IO, "%s: %" PRIu64 " scales for %" PRIu64 " runs of parts", path, (uint64_t)s->scales.dims[0],
                         (uint64_t)s->parts.dims[0]);
    return status;
}

/* To be closed also on failure. */
static kw_status open_stored(kw_sealed *file, const char *path, stored *s) {
    *s = (stored){.packed = kw_state_store_is_packed(file)};
    return s->packed ? open_packed(file, path, s) : kw_sealed_amplitudes_open(file, AMPLITUDES, &s->parts);
}

kw_status kw_state_store_count(kw_sealed *file, const char *path, uint64_t *count) {
    stored s;
    const kw_status status = open_stored(file, path, &s);
    if (status == KW_OK) *count = s.parts.dims[0];
    close_stored(&s);
    return status;
}

/* ---- reading ---- */

/* Neither negative nor infinite nor not a number. */
static kw_status read_scales(const stored *s, uint16_t *scales, uint64_t first, uint64_t count) {
    kw_status status = kw_sealed_slab_read(&s->scales, scales, first, count);
    for (uint64_t r = 0; r < count && status == KW_OK; ++r)
        if (scales[r] >= LEAST_BAD_SCALE)
            status = kw_fail(KW_E_IO, "%s: scale %" PRIu64 " (bits 0x%04x) is no number from 0 on", s->scales.file->path,
                             first + r, (unsigned)scales[r]);
    return status;
}

static kw_status read_as_it_is(const stored *s, kw_state *state, uint64_t first, uint64_t runs) {
    const kw_status status = kw_sealed_slab_read(&s->parts, state->packed.parts, first, runs);
    return status == KW_OK ? read_scales(s, state->packed.scales, first, runs) : status;
}

/* Amplitudes on their way into a state of another kind. */
typedef struct {
    kw_packed packed; /* as they are stored */
    float *pairs;     /* in single precision, of whole runs */
    uint64_t inside;  /* where in its run the first is: ranks may hold less than a run */
} piece;

static kw_status read_piece(const stored *s, piece *p, uint64_t first, uint64_t count) {
    const uint64_t run = first >> KW_RUN_BITS, runs = kw_runs(count);
    if (!s->packed) return kw_sealed_amplitudes_read(&s->parts, p->pairs, first, count, KW_SINGLE);
    p->inside = first & (KW_RUN - 1);
    kw_status status = kw_sealed_slab_read(&s->parts, p->packed.parts, run, runs);
    if (status == KW_OK) status = read_scales(s, p->packed.scales, run, runs);
    if (status == KW_OK) kw_kernels(s->precision)->codec->unpack(&p->packed, 0, runs, p->pairs);
    return status;
}

/* Amplitudes [at, at + count) of the slab; the pairs behind those of a tiny state are zero. */
static void put_piece(const stored *s, const piece *p, kw_state *state, uint64_t at, uint64_t count) {
    const uint64_t each = kw_amplitude_bytes(state->precision);
    if (kw_precision_is_packed(state->precision)) {
        kw_kernels(state->precision)->codec->pack(&state->packed, at >> KW_RUN_BITS, kw_runs(count), p->pairs);
    } else if (state->precision == KW_SINGLE) {
        memcpy((char *)state->amplitudes + at * each, p->pairs + 2 * p->inside, count * each);
    } else {
        for (uint64_t k = 0; k < count; ++k) {
            const kw_complex value = kw_kernels(s->precision)->get(&p->packed, p->inside + k);
            memcpy((char *)state->amplitudes + (at + k) * each, &value, sizeof value);
        }
    }
}

static kw_status convert(const stored *s, kw_state *state, uint64_t first, uint64_t count) {
    const uint64_t most = count < KW_PIECE ? count : KW_PIECE, runs = kw_runs(most);
    piece p = {.pairs = calloc(runs * PARTS_PER_RUN, sizeof(float))};
    if (s->packed)
        p.packed = (kw_packed){.parts = malloc(runs * KW_RUN * kw_amplitude_bytes(s->precision)),
                               .scales = malloc(runs * sizeof(uint16_t)),
                               .gain = s->account.gain};
    const bool room = p.pairs && (!s->packed || (p.packed.parts && p.packed.scales));
    kw_status status = room ? KW_OK : kw_fail(KW_E_NOMEM, "no memory to read %s", s->parts.file->path);
    for (uint64_t at = 0; at < count && status == KW_OK; at += most) {
        status = read_piece(s, &p, first + at, most);
        if (status == KW_OK) put_piece(s, &p, state, at, most);
    }
    free(p.pairs);
    free(p.packed.parts);
    free(p.packed.scales);
    return status;
}

static kw_status read_slab(const stored *s, kw_state *state) {
    const uint64_t count = kw_state_local_count(state), first = count * (uint64_t)state->comm->rank, runs = kw_runs(count);
    if (s->packed && s->precision == state->precision)
        return read_as_it_is(s, state, runs * (uint64_t)state->comm->rank, runs);
    if (!s->packed && !kw_precision_is_packed(state->precision))
        return kw_sealed_amplitudes_read(&s->parts, state->amplitudes, first, count, state->precision);
    return convert(s, state, first, count);
}

static kw_status check_count(const stored *s, const char *path, int n_qubits) {
    const uint64_t all = kw_bit(n_qubits), expected = s->packed ? kw_runs(all) : all, found = s->parts.dims[0];
    if (found == expected) return KW_OK;
    return kw_fail(KW_E_IO, "%s: its amplitudes are not 2^qubits: %" PRIu64 "%s, expected %" PRIu64, path, found,
                   s->packed ? " runs" : "", expected);
}

kw_status kw_state_store_read(kw_sealed *file, const char *path, kw_state *state, kw_errors *errors) {
    stored s;
    kw_status status = open_stored(file, path, &s);
    if (status == KW_OK) status = check_count(&s, path, state->n_qubits);
    kw_errors_reset(state);
    kw_state_occupy(state);
    if (s.packed) state->errors = (kw_errors){s.account.noise, s.account.error, s.account.exact};
    const bool same = s.packed && s.precision == state->precision;
    if (!same) kw_errors_begin(state, state->rounding);
    if (status == KW_OK) status = read_slab(&s, state);
    status = kw_comm_agree(state->comm, status);
    if (status == KW_OK && !same) kw_errors_end(state);
    if (status == KW_OK && same) kw_state_account_give(&s.account, state);
    *errors = state->errors;
    if (!kw_precision_is_packed(state->precision)) kw_errors_reset(state); /* they stay in the file */
    close_stored(&s);
    return status;
}
