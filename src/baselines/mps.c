/* F4  Matrix product states: making, copying, splitting vectors, truncating. */
#include "baselines/mps.h"

#include <cblas.h>
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "baselines/mps_internal.h"

#define ROUNDING 1e-24 /* weight of singular values that are zero but for rounding, with much room */
enum {
    BEYOND = 1024,     /* bytes: zgemv of OpenBLAS 0.3.21 reads a little beyond the end of a matrix */
    VECTOR_QUBITS = 30 /* LAPACK counts with 32 bits */
};

kw_complex *kw_mps_alloc(uint64_t count) {
    if (count > (UINT64_MAX - BEYOND) / sizeof(kw_complex)) return NULL;
    return kw_block_alloc(count * sizeof(kw_complex) + BEYOND);
}

void kw_mps_free(kw_complex *numbers, uint64_t count) { kw_block_free(numbers, count * sizeof *numbers + BEYOND); }

void kw_mps_multiply(int rows, int inner, int columns, const kw_complex *a, const kw_complex *b, kw_complex *c) {
    const kw_complex one = 1, zero = 0;
    cblas_zgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, rows, columns, inner, &one, a, rows, b, inner, &zero, c, rows);
}

void kw_mps_replace(kw_mps *m, int q, uint64_t before, kw_complex *tensor) {
    kw_mps_free(m->site[q], before);
    m->site[q] = tensor;
}

static uint64_t bytes_of(const kw_mps *m) {
    uint64_t items = 0;
    for (int q = 0; q < m->n; ++q) items += m->site[q] ? kw_mps_items(m, q) : 0;
    return items * sizeof(kw_complex);
}

kw_status kw_mps_claim(kw_mps *m, uint64_t scratch, int bond) {
    const uint64_t bytes = bytes_of(m) + scratch * sizeof(kw_complex);
    if (bytes > m->account.peak_bytes) m->account.peak_bytes = bytes;
    if (bytes > m->settings.max_bytes)
        return kw_fail(
            KW_E_FIT,
            "%s: a bond of dimension up to %d takes %.3g MiB of tensors and scratch, %.3g MiB are allowed: give a "
            "largest bond dimension, or more memory",
            m->work, bond, (double)bytes / 0x1p20, (double)m->settings.max_bytes / 0x1p20);
    return KW_OK;
}

kw_status kw_mps_settle(const kw_mps_settings *settings, kw_mps_settings *out) {
    kw_mps_settings s = *settings;
    if (s.max_bond < 0) return kw_fail(KW_E_INPUT, "largest bond dimension %d: 0 (no limit) or more", s.max_bond);
    if (!(s.cutoff >= 0 && s.cutoff < 1)) return kw_fail(KW_E_INPUT, "cutoff %g: expected 0 to below 1", s.cutoff);
    if (!(s.least_fidelity >= 0 && s.least_fidelity <= 1))
        return kw_fail(KW_E_INPUT, "least fidelity %g: expected 0 to 1", s.least_fidelity);
    s.cutoff = fmax(s.cutoff, ROUNDING);
    if (!s.max_bytes) s.max_bytes = kw_memory_per_rank();
    *out = s;
    return KW_OK;
}

kw_status kw_mps_configure(kw_mps *mps, const kw_mps_settings *settings) { return kw_mps_settle(settings, &mps->settings); }

/* ---- making ---- */

/* Without tensors. */
static kw_status make(int n_qubits, const kw_mps_settings *settings, kw_mps **out) {
    if (n_qubits < 1 || n_qubits > KW_MAX_QUBITS)
        return kw_fail(KW_E_INPUT, "a matrix product state of %d qubits: 1 to %d are supported", n_qubits, KW_MAX_QUBITS);
    kw_mps *m = calloc(1, sizeof *m);
    if (!m) return kw_fail(KW_E_NOMEM, "no memory for a matrix product state");
    *m = (kw_mps){
        .n = n_qubits, .account = {.peak_bond = 1, .fidelity = 1, .fidelity_bound = 1}, .watch = 1, .work = "making it"};
    for (int q = 0; q <= n_qubits; ++q) m->bond[q] = 1;
    const kw_status status = kw_mps_settle(settings, &m->settings);
    if (status == KW_OK) *out = m;
    else free(m);
    return status;
}

kw_status kw_mps_create(int n_qubits, const kw_mps_settings *settings, kw_mps **out) {
    kw_mps *m = NULL;
    kw_status status = make(n_qubits, settings, &m);
    for (int q = 0; q < n_qubits && status == KW_OK; ++q) {
        m->site[q] = kw_mps_alloc(2);
        if (m->site[q]) memcpy(m->site[q], (kw_complex[2]){1, 0}, 2 * sizeof(kw_complex));
        else status = kw_fail(KW_E_NOMEM, "no memory for a matrix product state of %d qubits", n_qubits);
    }
    if (status == KW_OK) status = kw_mps_claim(m, 0, 1);
    if (status == KW_OK) *out = m;
    else kw_mps_destroy(&m);
    return status;
}

void kw_mps_destroy(kw_mps **mps) {
    if (!*mps) return;
    for (int q = 0; q < (*mps)->n; ++q) kw_mps_free((*mps)->site[q], kw_mps_items(*mps, q));
    free(*mps);
    *mps = NULL;
}

kw_status kw_mps_copy(const kw_mps *mps, kw_mps **out) {
    kw_mps *m = malloc(sizeof *m);
    if (!m) return kw_fail(KW_E_NOMEM, "no memory for a copy of a matrix product state");
    *m = *mps;
    bool complete = true;
    for (int q = 0; q < m->n; ++q) {
        m->site[q] = kw_mps_alloc(kw_mps_items(m, q));
        if (m->site[q]) memcpy(m->site[q], mps->site[q], kw_mps_items(m, q) * sizeof **m->site);
        complete = complete && m->site[q];
    }
    if (complete) *out = m;
    else kw_mps_destroy(&m);
    return complete ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a copy of a matrix product state");
}

/* ---- from a vector ---- */

/* Splits off one qubit after another; `rest` (D_q 2) x 2^(n-q-1), owned. */
static kw_status peel(kw_mps *m, kw_complex *rest) {
    kw_status status = KW_OK;
    uint64_t held = kw_bit(m->n);
    int q = 0;
    for (; q < m->n - 1 && status == KW_OK; ++q) {
        const int columns = 1 << (m->n - 1 - q);
        kw_complex *left = NULL, *right = NULL;
        status = kw_mps_split(m, q + 1, 2 * m->bond[q], columns, rest, &left, &right);
        kw_mps_free(rest, held);
        rest = right;
        held = (uint64_t)m->bond[q + 1] * (uint64_t)columns;
        m->site[q] = left;
        m->centre = q + 1;
    }
    if (status == KW_OK) m->site[m->n - 1] = rest;
    else kw_mps_free(rest, held);
    return status;
}

kw_status kw_mps_from_vector(int n_qubits, const kw_complex *vector, const kw_mps_settings *settings, kw_mps **out) {
    kw_mps *m = NULL;
    kw_status status = make(n_qubits, settings, &m);
    if (status != KW_OK) return status;
    const uint64_t items = kw_bit(n_qubits);
    double norm2 = 0;
    if (n_qubits > VECTOR_QUBITS)
        status = kw_fail(KW_E_INPUT, "a vector on %d qubits: at most %d are split", n_qubits, VECTOR_QUBITS);
    for (uint64_t i = 0; i < items && status == KW_OK; ++i) norm2 += creal(vector[i] * conj(vector[i]));
    if (status == KW_OK && (!(norm2 > 0) || !isfinite(norm2)))
        status = kw_fail(KW_E_INPUT, "a vector of squared norm %g has no matrix product state", norm2);
    m->work = "splitting a vector";
    kw_complex *rest = status == KW_OK ? kw_mps_alloc(items) : NULL;
    if (status == KW_OK && !rest) status = kw_fail(KW_E_NOMEM, "no memory for a copy of %d qubits", n_qubits);
    if (status == KW_OK) {
        memcpy(rest, vector, items * sizeof *rest);
        status = peel(m, rest);
    }
    if (status == KW_OK) *out = m;
    else kw_mps_destroy(&m);
    return status;
}

/* ---- truncating ---- */

kw_status kw_mps_compress(kw_mps *m) {
    m->work = "compression";
    kw_status status = kw_mps_move(m, 0);
    for (int q = 0; q < m->n - 1 && status == KW_OK; ++q) {
        const uint64_t items = kw_mps_items(m, q), after = kw_mps_items(m, q + 1);
        const int inner = m->bond[q + 1], next = 2 * m->bond[q + 2];
        kw_complex *left = NULL, *rest = NULL, *moved = NULL;
        status = kw_mps_split(m, q + 1, 2 * m->bond[q], inner, m->site[q], &left, &rest);
        const uint64_t of_moved = (uint64_t)m->bond[q + 1] * (uint64_t)next;
        const uint64_t of_rest = (uint64_t)m->bond[q + 1] * (uint64_t)inner;
        if (left) moved = kw_mps_alloc(of_moved);
        if (status == KW_OK && !moved) status = kw_fail(KW_E_NOMEM, "compression: no memory for a site");
        if (moved) {
            kw_mps_multiply(m->bond[q + 1], inner, next, rest, m->site[q + 1], moved);
            kw_mps_replace(m, q, items, left);
            kw_mps_replace(m, q + 1, after, moved);
            m->centre = q + 1;
        } else if (left) {
            kw_mps_free(left, kw_mps_items(m, q));
            m->bond[q + 1] = inner;
        }
        kw_mps_free(rest, of_rest);
    }
    return status;
}

/* A copy with at most `most` numbers per bond; its account is that of this step alone. */
static kw_status cut_copy(const kw_mps *mps, int most, double watch, kw_mps **out) {
    kw_status status = kw_mps_copy(mps, out);
    if (status != KW_OK) return status;
    kw_mps *m = *out;
    m->settings.max_bond = most;
    m->settings.cutoff = ROUNDING;
    m->settings.least_fidelity = 0;
    m->account = (kw_mps_account){.peak_bond = 1, .fidelity = 1, .fidelity_bound = 1};
    m->angle = 0;
    m->watch = watch;
    m->watched = 1;
    status = kw_mps_compress(m);
    if (status != KW_OK) kw_mps_destroy(out);
    return status;
}

kw_status kw_mps_needed_bond(const kw_mps *mps, double tolerance, int *max_bond, int *least_of_all, kw_mps **compressed) {
    kw_mps *whole = NULL, *best = NULL;
    if (!(tolerance > 0 && tolerance < 1))
        return kw_fail(KW_E_INPUT, "a tolerance of %g for 1 - fidelity: expected between 0 and 1", tolerance);
    kw_status status = cut_copy(mps, 0, tolerance, &whole);
    if (status != KW_OK) return status;
    const int least = whole->watched;
    int low = least - 1, high = kw_mps_account_of(whole).max_bond, next = least; /* low fails, high holds */
    while (high - low > 1 || !best) {
        kw_mps *tried = NULL;
        status = cut_copy(whole, next, 1, &tried);
        if (status != KW_OK) break;
        if (next == high || tried->account.fidelity >= 1 - tolerance) {
            kw_mps_destroy(&best);
            best = tried;
            high = next;
        } else {
            low = next;
            kw_mps_destroy(&tried);
        }
        next = high - low > 1 ? low + (high - low) / 2 : high;
    }
    kw_mps_destroy(&whole);
    if (status == KW_OK) {
        *max_bond = high;
        if (least_of_all) *least_of_all = least;
        if (compressed) {
            *compressed = best;
            best = NULL;
        }
    }
    kw_mps_destroy(&best);
    return status;
}

/* ---- what it is ---- */

int kw_mps_qubits(const kw_mps *mps) { return mps->n; }
int kw_mps_bond(const kw_mps *mps, int bond) { return mps->bond[bond]; }

kw_mps_account kw_mps_account_of(const kw_mps *mps) {
    kw_mps_account account = mps->account;
    account.max_bond = 1;
    for (int q = 1; q < mps->n; ++q)
        if (mps->bond[q] > account.max_bond) account.max_bond = mps->bond[q];
    account.bytes = bytes_of(mps);
    return account;
}

uint64_t kw_mps_bytes_at(int n_qubits, int max_bond) {
    double sum = 0;
    uint64_t items = 0;
    for (int q = 0; q < n_qubits; ++q) {
        uint64_t d[2];
        for (int side = 0; side < 2; ++side) {
            const int left = q + side, right = n_qubits - q - side;
            d[side] = kw_bit(left < right ? left : right);
            if (max_bond && d[side] > (uint64_t)max_bond) d[side] = (uint64_t)max_bond;
        }
        sum += 32.0 * (double)d[0] * (double)d[1];
        items += 2 * d[0] * d[1];
    }
    return sum < 0x1p63 ? items * sizeof(kw_complex) : UINT64_MAX;
}
