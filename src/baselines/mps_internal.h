/* F4  What matrix product states share: tensors in column-major order, entry (a, b, c) of A_q at a + D_q (b + 2 c), so that
 * the same memory is the matrix (D_q 2) x D_{q+1} and D_q x (2 D_{q+1}). */
#ifndef KW_MPS_INTERNAL_H
#define KW_MPS_INTERNAL_H

#include "baselines/mps.h"

/* All tensors left of the centre are isometries from the left, all right of it from the right: the singular values at the
 * centre are the Schmidt coefficients there. */
struct kw_mps {
    int n, centre;
    kw_mps_settings settings;
    int bond[KW_MAX_QUBITS + 1]; /* D_q; D_0 = D_n = 1 */
    kw_complex *site[KW_MAX_QUBITS];
    kw_mps_account account;
    double angle;     /* sum_k asin sqrt w_k */
    const char *work; /* what is being done, for messages */
    double watch;     /* kw_mps_needed_bond: a weight per bond, */
    int watched;      /* and the largest number of values that any bond needs to discard no more */
};

/** Numbers, counted, with some room behind them that BLAS may read.  NULL when they cannot be had. */
kw_complex *kw_mps_alloc(uint64_t count);
void kw_mps_free(kw_complex *numbers, uint64_t count);

static inline uint64_t kw_mps_items(const kw_mps *m, int q) { return 2 * (uint64_t)m->bond[q] * (uint64_t)m->bond[q + 1]; }

/** C = A B of (rows x inner) and (inner x columns), column-major. */
void kw_mps_multiply(int rows, int inner, int columns, const kw_complex *a, const kw_complex *b, kw_complex *c);

/** Replaces a site's tensor (bonds already set); frees the one before, which had `before` numbers. */
void kw_mps_replace(kw_mps *m, int q, uint64_t before, kw_complex *tensor);

/** Whether `scratch` numbers fit beside the tensors, for a bond of that dimension; notes the peak.
 *  @return KW_OK, KW_E_FIT */
kw_status kw_mps_claim(kw_mps *m, uint64_t scratch, int bond);

/** Checks and completes settings.  @return KW_OK, KW_E_INPUT */
kw_status kw_mps_settle(const kw_mps_settings *settings, kw_mps_settings *out);

/** Moves the centre without truncation. @return KW_OK, KW_E_FIT, KW_E_NOMEM, KW_E_INTERNAL */
kw_status kw_mps_move(kw_mps *m, int centre);

/** Splits theta (rows x columns), which holds the state's norm, at the bond `bond`: sets the bond's dimension, truncates by
 *  the settings and restores the norm.
 *  @param[in,out] theta  overwritten
 *  @param[out]    left   (rows x D) isometry
 *  @param[out]    rest   (D x columns)
 *  @return KW_OK, KW_E_FIT, KW_E_NOMEM, KW_E_INTERNAL */
kw_status kw_mps_split(kw_mps *m, int bond, int rows, int columns, kw_complex *theta, kw_complex **left, kw_complex **rest);

/** a = U diag(s) V of a (rows x columns), U (rows x r), V (r x columns), r = min: zgesdd, or zgesvd where that fails.
 *  `a` is overwritten.  @return KW_OK, KW_E_NOMEM, KW_E_INTERNAL */
kw_status kw_svd(int rows, int columns, kw_complex *a, kw_complex *u, double *s, kw_complex *v);

/** Numbers of scratch of kw_svd. */
uint64_t kw_svd_scratch(int rows, int columns);

#endif
