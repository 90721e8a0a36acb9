/* F4  Matrix product states: singular values, what of them is kept, and moving the centre. */
#include <complex.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "baselines/mps_internal.h"

static uint64_t least(int a, int b) { return (uint64_t)(a < b ? a : b); }

/* A copy for the second try, zgesdd's work (r^2, and blocks of 32 rows and columns, of the longer side at most twice the
 * shorter, beyond which QR comes first) and its 5 r^2 + 7 r or 2 max r + 2 r^2 + r reals. */
uint64_t kw_svd_scratch(int rows, int columns) {
    const uint64_t r = least(rows, columns), most = (uint64_t)(rows > columns ? rows : columns);
    return (uint64_t)rows * (uint64_t)columns + 4 * r * r + most * r + 36 * (r + (most < 2 * r ? most : 2 * r)) + 2 * most
           + 64;
}

static lapack_int divide(int rows, int columns, kw_complex *a, kw_complex *u, double *s, kw_complex *v, kw_complex *work,
                         uint64_t room) {
    const lapack_int r = (lapack_int)least(rows, columns);
    const uint64_t most = (uint64_t)(rows > columns ? rows : columns), n = (uint64_t)r;
    const uint64_t reals = n * (5 * n + 7) > 2 * most * n + 2 * n * n + n ? n * (5 * n + 7) : 2 * most * n + 2 * n * n + n;
    lapack_int *integers = malloc(8 * n * sizeof *integers), info = -1;
    const uint64_t left = room - (reals + 1) / 2; /* numbers behind the reals, in units of a complex */
    const lapack_int length = left < INT32_MAX ? (lapack_int)left : INT32_MAX;
    if (integers)
        info = LAPACKE_zgesdd_work(LAPACK_COL_MAJOR, 'S', rows, columns, a, rows, s, u, rows, v, r, work + (reals + 1) / 2,
                                   length, (double *)work, integers);
    free(integers);
    return info;
}

static lapack_int iterate(int rows, int columns, kw_complex *a, kw_complex *u, double *s, kw_complex *v, kw_complex *work,
                          uint64_t room) {
    const lapack_int r = (lapack_int)least(rows, columns);
    const uint64_t reals = (5 * (uint64_t)r + 1) / 2, left = room - reals;
    const lapack_int length = left < INT32_MAX ? (lapack_int)left : INT32_MAX;
    return LAPACKE_zgesvd_work(LAPACK_COL_MAJOR, 'S', 'S', rows, columns, a, rows, s, u, rows, v, r, work + reals, length,
                               (double *)work);
}

kw_status kw_svd(int rows, int columns, kw_complex *a, kw_complex *u, double *s, kw_complex *v) {
    const uint64_t items = (uint64_t)rows * (uint64_t)columns, scratch = kw_svd_scratch(rows, columns);
    kw_complex *work = kw_mps_alloc(scratch);
    if (!work) return kw_fail(KW_E_NOMEM, "no memory for the singular values of %d x %d numbers", rows, columns);
    kw_complex *copy = work, *room = work + items;
    memcpy(copy, a, items * sizeof *a);
    lapack_int info = divide(rows, columns, a, u, s, v, room, scratch - items);
    if (info) info = iterate(rows, columns, copy, u, s, v, room, scratch - items);
    kw_mps_free(work, scratch);
    if (info)
        return kw_fail(KW_E_INTERNAL, "singular values of %d x %d numbers: zgesdd and zgesvd of LAPACK failed (%d)", rows,
                       columns, (int)info);
    return KW_OK;
}

/* ---- truncation ---- */

/* How many values to keep so that those behind weigh at most `share` of all. */
static int needed(const double *s, int count, double total, double share) {
    double tail = 0;
    int keep = count;
    while (keep > 1 && tail + s[keep - 1] * s[keep - 1] <= share * total) {
        --keep;
        tail += s[keep] * s[keep];
    }
    return keep;
}

static double weight(const double *s, int first, int end) {
    double sum = 0;
    for (int i = end - 1; i >= first; --i) sum += s[i] * s[i];
    return sum;
}

static kw_status account_for(kw_mps *m, int bond, double share, int wanted) {
    kw_mps_account *a = &m->account;
    m->angle += asin(sqrt(share));
    a->discarded += share;
    a->fidelity *= 1 - share;
    a->fidelity_bound = m->angle < M_PI_2 ? cos(m->angle) * cos(m->angle) : 0;
    if (a->fidelity < m->settings.least_fidelity)
        return kw_fail(KW_E_FIT,
                       "%s: the bond between qubits %d and %d needs dimension %d, the limit is %d: a fidelity of about "
                       "%.4g is left, at least %.4g was asked for; raise the largest bond dimension",
                       m->work, bond - 1, bond, wanted, m->settings.max_bond, a->fidelity, m->settings.least_fidelity);
    return KW_OK;
}

/* left <- the first `keep` columns of u; rest <- diag(s) of the first rows of v, scaled to the norm before. */
static kw_status take(kw_mps *m, int bond, const kw_complex *u, const double *s, const kw_complex *v, int rows, int columns,
                      kw_complex **left, kw_complex **rest) {
    const int r = (int)least(rows, columns);
    const double total = weight(s, 0, r);
    if (!(total > 0) || !isfinite(total))
        return kw_fail(KW_E_INTERNAL, "%s: the norm between qubits %d and %d is %g", m->work, bond - 1, bond, total);
    const int wanted = needed(s, r, total, m->settings.cutoff), most = m->settings.max_bond;
    const int keep = most && wanted > most ? most : wanted;
    const double discarded = weight(s, keep, r), scale = sqrt(total / (total - discarded));
    const int watched = needed(s, r, total, m->watch);
    if (watched > m->watched) m->watched = watched;
    kw_complex *a = kw_mps_alloc((uint64_t)rows * (uint64_t)keep), *b = kw_mps_alloc((uint64_t)keep * (uint64_t)columns);
    if (!a || !b) {
        kw_mps_free(a, (uint64_t)rows * (uint64_t)keep);
        kw_mps_free(b, (uint64_t)keep * (uint64_t)columns);
        return kw_fail(KW_E_NOMEM, "%s: no memory for a bond of dimension %d", m->work, keep);
    }
    memcpy(a, u, (size_t)rows * (size_t)keep * sizeof *a);
    for (int64_t c = 0; c < columns; ++c)
        for (int i = 0; i < keep; ++i) b[c * keep + i] = scale * s[i] * v[c * r + i];
    m->bond[bond] = keep;
    if (keep > m->account.peak_bond) m->account.peak_bond = keep;
    *left = a;
    *rest = b;
    return account_for(m, bond, discarded / total, wanted);
}

kw_status kw_mps_split(kw_mps *m, int bond, int rows, int columns, kw_complex *theta, kw_complex **left, kw_complex **rest) {
    const uint64_t r = least(rows, columns), us = (uint64_t)rows * r, vs = r * (uint64_t)columns;
    kw_complex *u = NULL, *v = NULL;
    double *s = NULL;
    *left = *rest = NULL;
    if ((uint64_t)rows * (uint64_t)columns > INT32_MAX)
        return kw_fail(KW_E_FIT,
                       "%s: splitting %d x %d numbers between qubits %d and %d; LAPACK counts up to 2^31 of them: give a "
                       "largest bond dimension",
                       m->work, rows, columns, bond - 1, bond);
    const uint64_t svd = kw_svd_scratch(rows, columns), held = (uint64_t)rows * (uint64_t)columns + us + vs;
    kw_status status = kw_mps_claim(m, held + (svd > us + vs ? svd : us + vs), (int)r);
    if (status != KW_OK) return status;
    u = kw_mps_alloc(us);
    v = kw_mps_alloc(vs);
    s = calloc(r, sizeof *s);
    if (!u || !v || !s) status = kw_fail(KW_E_NOMEM, "%s: no memory to split %d x %d numbers", m->work, rows, columns);
    if (status == KW_OK) status = kw_svd(rows, columns, theta, u, s, v);
    if (status == KW_OK) status = take(m, bond, u, s, v, rows, columns, left, rest);
    free(s);
    kw_mps_free(u, us);
    kw_mps_free(v, vs);
    return status;
}

/* ---- the centre ---- */

static kw_status refuse(const kw_mps *m, lapack_int info) {
    return kw_fail(info == LAPACK_WORK_MEMORY_ERROR ? KW_E_NOMEM : KW_E_INTERNAL, "%s: LAPACK's QR returned %d", m->work,
                   (int)info);
}

/* One site to the right: A_q = Q R, A_{q+1} <- R A_{q+1}. */
static kw_status move_right(kw_mps *m, int q) {
    const int rows = 2 * m->bond[q], columns = m->bond[q + 1], r = (int)least(rows, columns), next = 2 * m->bond[q + 2];
    const uint64_t items = kw_mps_items(m, q), after = kw_mps_items(m, q + 1);
    const uint64_t of_q = (uint64_t)rows * (uint64_t)r, of_r = (uint64_t)r * (uint64_t)columns;
    const uint64_t of_next = (uint64_t)r * (uint64_t)next;
    kw_status status = kw_mps_claim(m, of_q + of_r + of_next + 1, r);
    if (status != KW_OK) return status;
    kw_complex *factor = kw_mps_alloc(of_r), *moved = kw_mps_alloc(of_next), *isometry = kw_mps_alloc(of_q);
    kw_complex *tau = malloc((size_t)r * sizeof *tau), *a = m->site[q];
    lapack_int info = factor && moved && isometry && tau ? 0 : LAPACK_WORK_MEMORY_ERROR;
    if (!info) info = LAPACKE_zgeqrf(LAPACK_COL_MAJOR, rows, columns, a, rows, tau);
    if (!info) {
        for (int64_t c = 0; c < columns; ++c)
            for (int i = 0; i < r; ++i) factor[c * r + i] = i <= c ? a[c * rows + i] : 0;
        memcpy(isometry, a, of_q * sizeof *a);
        info = LAPACKE_zungqr(LAPACK_COL_MAJOR, rows, r, r, isometry, rows, tau);
    }
    if (!info) {
        kw_mps_multiply(r, columns, next, factor, m->site[q + 1], moved);
        m->bond[q + 1] = r;
        kw_mps_replace(m, q, items, isometry);
        kw_mps_replace(m, q + 1, after, moved);
        isometry = moved = NULL;
    }
    kw_mps_free(factor, of_r);
    kw_mps_free(moved, of_next);
    kw_mps_free(isometry, of_q);
    free(tau);
    return info ? refuse(m, info) : KW_OK;
}

/* One site to the left: A_q = L Q, A_{q-1} <- A_{q-1} L. */
static kw_status move_left(kw_mps *m, int q) {
    const int rows = m->bond[q], columns = 2 * m->bond[q + 1], r = (int)least(rows, columns), before = 2 * m->bond[q - 1];
    const uint64_t items = kw_mps_items(m, q), after = kw_mps_items(m, q - 1);
    const uint64_t of_q = (uint64_t)r * (uint64_t)columns, of_l = (uint64_t)rows * (uint64_t)r;
    const uint64_t of_before = (uint64_t)before * (uint64_t)r;
    kw_status status = kw_mps_claim(m, of_q + of_l + of_before + 1, r);
    if (status != KW_OK) return status;
    kw_complex *factor = kw_mps_alloc(of_l), *moved = kw_mps_alloc(of_before), *isometry = kw_mps_alloc(of_q);
    kw_complex *tau = malloc((size_t)r * sizeof *tau), *a = m->site[q];
    lapack_int info = factor && moved && isometry && tau ? 0 : LAPACK_WORK_MEMORY_ERROR;
    if (!info) info = LAPACKE_zgelqf(LAPACK_COL_MAJOR, rows, columns, a, rows, tau);
    if (!info) {
        for (int64_t c = 0; c < r; ++c)
            for (int i = 0; i < rows; ++i) factor[c * rows + i] = i >= c ? a[c * rows + i] : 0;
        for (int64_t c = 0; c < columns; ++c) memcpy(&isometry[c * r], &a[c * rows], (size_t)r * sizeof *a);
        info = LAPACKE_zunglq(LAPACK_COL_MAJOR, r, columns, r, isometry, r, tau);
    }
    if (!info) {
        kw_mps_multiply(before, rows, r, m->site[q - 1], factor, moved);
        m->bond[q] = r;
        kw_mps_replace(m, q, items, isometry);
        kw_mps_replace(m, q - 1, after, moved);
        isometry = moved = NULL;
    }
    kw_mps_free(factor, of_l);
    kw_mps_free(moved, of_before);
    kw_mps_free(isometry, of_q);
    free(tau);
    return info ? refuse(m, info) : KW_OK;
}

kw_status kw_mps_move(kw_mps *m, int centre) {
    kw_status status = KW_OK;
    while (m->centre < centre && status == KW_OK) status = move_right(m, m->centre++);
    while (m->centre > centre && status == KW_OK) status = move_left(m, m->centre--);
    return status;
}
