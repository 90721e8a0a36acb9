/* F4  Classical shadows of a pure state (Huang, Kueng & Preskill 2020, arXiv 2002.08953): every copy is measured once in a
 * random basis, and the inverse of the measurement channel turns its outcome |s> into an unbiased estimate of the state,
 *
 *   Clifford circuits:  (2^n + 1) |s><s| - 1        Pauli bases:  (x)_q (3 |s_q><s_q| - 1)
 *
 * whose mean over N copies is the shadow.  Both are sums over the 2^n products g of the basis' n Pauli strings with their
 * outcomes +-1: in the mean, <g> is weighed by 2^n + 1, or by 3^(qubits that g acts on), so a shadow is 4^n real sums.
 *
 * Theory for Clifford circuits, d = 2^n, from the third moments of a 3-design: the estimate Tr(shadow |psi><psi|) of the
 * fidelity has mean 1 and variance 2 (d - 1) / (d + 2) / N; the leading eigenvector of the shadow, the closest pure state,
 * has 1 - F = 2 (d^2 - 1) / (d + 2) / N in first order. */
#ifndef KW_SHADOWS_H
#define KW_SHADOWS_H

#include <stddef.h>
#include <stdint.h>

#include "ketwall/gate.h"
#include "ketwall/status.h"

#define KW_SHADOW_LIST(X)                                                                                                   \
    X(CLIFFORD, "clifford", "uniformly random stabilizer bases: those of random Clifford circuits")                         \
    X(PAULI, "pauli", "X, Y or Z of every qubit at random")

typedef enum {
#define KW_SHADOW_ENUM(kind, name, text) KW_SHADOW_##kind,
    KW_SHADOW_LIST(KW_SHADOW_ENUM)
#undef KW_SHADOW_ENUM
} kw_shadow_kind;

enum { KW_SHADOW_QUBITS = 10 }; /* at most */

typedef struct kw_shadow kw_shadow;

/** A shadow of no copies yet.                                                                                    @local
 *  @return KW_OK, KW_E_INPUT (n not 1 to KW_SHADOW_QUBITS), KW_E_NOMEM.  Memory: kw_shadow_bytes(). */
kw_status kw_shadow_create(kw_shadow_kind kind, int n_qubits, kw_shadow **out);
void kw_shadow_destroy(kw_shadow **shadow);
uint64_t kw_shadow_bytes(int n_qubits);

/** Measures `count` more copies of psi (2^n amplitudes, norm 1).  The bases and outcomes of copy number c follow from (seed,
 *  source, c) alone.                                                                                             @local
 *  @param[in] source  which state it is, less than 2^23; copies: less than 2^32 */
void kw_shadow_measure(kw_shadow *shadow, const kw_complex *psi, uint64_t seed, uint64_t source, uint64_t count);

uint64_t kw_shadow_copies(const kw_shadow *shadow);

/** rho (2^n x 2^n, row-major) += weight * the mean estimate: Hermitian, trace 1, not positive.  Needs a copy.     @local
 *  O(n 4^n) operations. */
void kw_shadow_estimate(const kw_shadow *shadow, double weight, kw_complex *rho);

/** Eigenvectors of the `count` largest eigenvalues of a Hermitian matrix (d x d, row-major).                      @local
 *  @param[out] vectors  (count x d), row a that of the a-th largest
 *  @return KW_OK, KW_E_NOMEM, KW_E_INTERNAL (LAPACK).  Memory: 32 d^2 bytes while it runs. */
kw_status kw_leading_vectors(const kw_complex *matrix, size_t d, size_t count, kw_complex *vectors);

/** 1 - F that full tomography of a state of rank r in d dimensions leaves after so many copies: eps^2 with the trace
 * distance eps of copies = r d / eps^2, which is optimal up to a constant, here 1 (Haah et al. 2016, arXiv 1508.01797); pure
 * states have eps^2 = 1 - F.  At most 1. @local */
double kw_tomography_error(double rank, double dimension, double copies);

#endif
