/* F4  Matrix product states: inner products, expectation values, amplitudes. */
#include <cblas.h>
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "baselines/mps_internal.h"
#include "engine/state_internal.h"

enum { CHUNK = 4096 /* amplitudes asked for at a time */ };

/* t(a, b, c) <- P t over b of 2: X exchanges the halves, Z changes the sign of the second, Y is i X Z. */
static void apply_pauli(bool x, bool z, int64_t rows, int64_t columns, kw_complex *t) {
    for (int64_t c = 0; c < columns; ++c)
        for (int64_t a = 0; a < rows; ++a) {
            kw_complex *zero = t + a + 2 * rows * c, *one = zero + rows;
            const kw_complex scale = x && z ? I : 1, first = scale * *zero, second = (z ? -scale : scale) * *one;
            *zero = x ? second : first;
            *one = x ? first : second;
        }
}

/* environment (D_a x D_b) <- sum_b A[b]^dag environment P B[b], site after site. */
static kw_status contract(const kw_mps *a, const kw_mps *b, uint64_t x, uint64_t z, kw_complex *out) {
    const kw_complex unit = 1, zero = 0;
    uint64_t most = 1, wide = 1;
    for (int q = 0; q < a->n; ++q) {
        const uint64_t here = (uint64_t)a->bond[q + 1] * (uint64_t)b->bond[q + 1];
        const uint64_t between = 2 * (uint64_t)a->bond[q] * (uint64_t)b->bond[q + 1];
        if (here > most) most = here;
        if (between > wide) wide = between;
    }
    kw_complex *environment = kw_mps_alloc(most), *t = kw_mps_alloc(wide);
    const bool complete = environment && t;
    if (complete) environment[0] = 1;
    for (int q = 0; q < a->n && complete; ++q) {
        const int da = a->bond[q], db = b->bond[q], na = a->bond[q + 1], nb = b->bond[q + 1];
        kw_mps_multiply(da, db, 2 * nb, environment, b->site[q], t);
        if ((x | z) & kw_bit(q)) apply_pauli(x & kw_bit(q), z & kw_bit(q), da, nb, t);
        cblas_zgemm(CblasColMajor, CblasConjTrans, CblasNoTrans, na, nb, 2 * da, &unit, a->site[q], 2 * da, t, 2 * da, &zero,
                    environment, na);
    }
    if (complete) *out = environment[0];
    kw_mps_free(environment, most);
    kw_mps_free(t, wide);
    return complete ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for an inner product of matrix product states");
}

kw_status kw_mps_inner(const kw_mps *a, const kw_mps *b, kw_complex *out) {
    if (a->n != b->n) return kw_fail(KW_E_ARG, "inner product of matrix product states on %d and %d qubits", a->n, b->n);
    return contract(a, b, 0, 0, out);
}

kw_status kw_mps_norm2(const kw_mps *mps, double *out) {
    kw_complex value = 0;
    const kw_status status = contract(mps, mps, 0, 0, &value);
    if (status == KW_OK) *out = creal(value);
    return status;
}

kw_status kw_mps_expect(const kw_mps *mps, uint64_t x, uint64_t z, double *out) {
    kw_complex value = 0;
    if ((x | z) >> mps->n) return kw_fail(KW_E_INPUT, "a Pauli string beyond the %d qubits", mps->n);
    const kw_status status = contract(mps, mps, x, z, &value);
    if (status == KW_OK) *out = creal(value);
    return status;
}

kw_status kw_mps_amplitude(const kw_mps *mps, uint64_t index, kw_complex *out) {
    if (index >> mps->n) return kw_fail(KW_E_INPUT, "no basis state %llu on %d qubits", (unsigned long long)index, mps->n);
    const size_t most = (size_t)kw_mps_account_of(mps).max_bond;
    kw_complex *row = calloc(2 * most, sizeof *row);
    if (!row) return kw_fail(KW_E_NOMEM, "no memory for an amplitude");
    kw_complex *next = row + most;
    row[0] = 1;
    for (int q = 0; q < mps->n; ++q) {
        const int64_t from = mps->bond[q], to = mps->bond[q + 1], bit = (int64_t)(index >> q & 1);
        for (int64_t c = 0; c < to; ++c) {
            const kw_complex *column = mps->site[q] + from * (bit + 2 * c);
            next[c] = 0;
            for (int64_t a = 0; a < from; ++a) next[c] += row[a] * column[a];
        }
        memcpy(row, next, (size_t)to * sizeof *row);
    }
    *out = row[0];
    free(row);
    return KW_OK;
}

/* Amplitudes of the first q qubits are a matrix 2^q x D_q, to which a site multiplies its D_q x (2 D_{q+1}). */
kw_status kw_mps_to_vector(const kw_mps *mps, kw_complex *vector) {
    kw_complex *known = kw_mps_alloc(1);
    uint64_t items = 1;
    if (!known) return kw_fail(KW_E_NOMEM, "no memory for amplitudes");
    known[0] = 1;
    for (int q = 0; q < mps->n; ++q) {
        const uint64_t more = kw_bit(q) * 2 * (uint64_t)mps->bond[q + 1];
        kw_complex *longer = more <= INT32_MAX ? kw_mps_alloc(more) : NULL;
        if (longer) kw_mps_multiply(1 << q, mps->bond[q], 2 * mps->bond[q + 1], known, mps->site[q], longer);
        kw_mps_free(known, items);
        if (!longer) return kw_fail(KW_E_NOMEM, "no memory for the amplitudes of %d qubits", mps->n);
        known = longer;
        items = more;
    }
    memcpy(vector, known, items * sizeof *vector);
    kw_mps_free(known, items);
    return KW_OK;
}

/* Amplitudes of `count` basis states from `first` on. */
typedef kw_status (*fetch_fn)(const void *context, uint64_t first, size_t count, kw_complex *out);

static kw_status compare(const kw_mps *mps, fetch_fn fetch, const void *context, double *out) {
    const uint64_t items = kw_bit(mps->n);
    kw_complex *vector = kw_mps_alloc(items), chunk[CHUNK], inner = 0;
    double other = 0, own = 0;
    if (!vector) return kw_fail(KW_E_NOMEM, "no memory for the amplitudes of %d qubits", mps->n);
    kw_status status = kw_mps_to_vector(mps, vector);
    for (uint64_t first = 0; first < items && status == KW_OK; first += CHUNK) {
        const size_t count = items - first < CHUNK ? (size_t)(items - first) : CHUNK;
        status = fetch(context, first, count, chunk);
        for (size_t i = 0; i < count && status == KW_OK; ++i) {
            const kw_complex mine = vector[first + i];
            inner += conj(chunk[i]) * mine;
            other += creal(chunk[i] * conj(chunk[i]));
            own += creal(mine * conj(mine));
        }
    }
    kw_mps_free(vector, items);
    if (status != KW_OK) return status;
    if (!(other > 0) || !isfinite(other)) return kw_fail(KW_E_INPUT, "a state of squared norm %g", other);
    *out = creal(inner * conj(inner)) / other / own;
    return KW_OK;
}

typedef struct {
    kw_amplitude_fn amplitude;
    const void *context;
} formula;

static kw_status from_formula(const void *context, uint64_t first, size_t count, kw_complex *out) {
    const formula *f = context;
    for (size_t i = 0; i < count; ++i) out[i] = f->amplitude(f->context, first + i);
    return KW_OK;
}

kw_status kw_mps_fidelity(const kw_mps *mps, kw_amplitude_fn amplitude, const void *context, double *out) {
    const formula f = {amplitude, context};
    return compare(mps, from_formula, &f, out);
}

static kw_status from_state(const void *context, uint64_t first, size_t count, kw_complex *out) {
    uint64_t indices[CHUNK];
    for (size_t i = 0; i < count; ++i) indices[i] = first + i;
    return kw_state_amplitudes(context, indices, count, out);
}

kw_status kw_mps_state_fidelity(const kw_mps *mps, const kw_state *state, double *out) {
    if (kw_state_qubits(state) != mps->n)
        return kw_fail(KW_E_ARG, "a state on %d qubits beside a matrix product state of %d", kw_state_qubits(state), mps->n);
    if (kw_comm_size(kw_state_comm(state)) > 1)
        return kw_fail(KW_E_ARG, "a state on %d ranks beside a matrix product state, which is on one",
                       kw_comm_size(kw_state_comm(state)));
    return compare(mps, from_state, state, out);
}
