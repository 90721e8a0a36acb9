/* F4  Principal component analysis of state vectors: the encoder that attains the exact optimum of any quantum autoencoder.
 *
 * The m = 2^latent leading eigenvectors v_a of rho = sum_i p_i |psi_i><psi_i| are sums of the training states,
 *     v_a = lambda_a^{-1/2} sum_i sqrt(p_i) u_ia psi_i,   u_a eigenvectors of G_ij = sqrt(p_i p_j) <psi_i|psi_j>
 * (data/gram.h).  Encoder z_a = <v_a|psi>, decoder sum_a z_a v_a; normalised, it has fidelity |z|^2 = <psi|P|psi>, whose
 * mean over the training states is the sum of the m largest eigenvalues: no encoder onto `latent` qubits does better (Ky Fan
 * 1949, Proc. Natl. Acad. Sci. 35, 652). */
#ifndef KW_PCA_H
#define KW_PCA_H

#include <stddef.h>
#include <stdint.h>

#include "ketwall/gate.h"
#include "ketwall/status.h"

typedef struct kw_pca kw_pca;

/** Fits to `count` states of n qubits (count x 2^n, row-major) with weights p (sum 1).                            @local
 *  @return KW_OK, KW_E_ARG (no state; latent not 0..n), KW_E_NOMEM, KW_E_INTERNAL (LAPACK).  Memory: kw_pca_bytes(), and
 *          16 count^2 bytes while it fits. */
kw_status kw_pca_create(int n_qubits, int latent, const kw_complex *states, const double *weights, size_t count,
                        kw_pca **out);
void kw_pca_destroy(kw_pca **pca);

const double *kw_pca_eigenvalues(const kw_pca *pca); /* (count), descending */
size_t kw_pca_components(const kw_pca *pca);         /* vectors kept: 2^latent, or the rank of rho if that is less */
uint64_t kw_pca_bytes(const kw_pca *pca);            /* of these */

/** Encodes and decodes.                                                                                           @local
 *  @param[in]  states   (count x 2^n)
 *  @param[out] latents  (count x components); NULL: not wanted
 *  @param[out] outputs  (count x 2^n), norm 1 (0 where nothing is kept); NULL: not wanted
 *  @param[out] norms    (count) norm of the output before it was normalised; NULL: not wanted
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_pca_run(const kw_pca *pca, const kw_complex *states, size_t count, kw_complex *latents, kw_complex *outputs,
                     double *norms);

#endif
