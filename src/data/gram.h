/* F2  Spectrum of a mean density matrix from the overlaps of its members, and the autoencoder optimum that follows.
 *
 *   rho = sum_i p_i |psi_i><psi_i|   and   G_ij = sqrt(p_i p_j) <psi_i|psi_j>   share their nonzero eigenvalues:
 *   rho = A A^dag, G = A^dag A with A = [sqrt(p_i) psi_i].  So M states cost M(M-1)/2 inner products, never a 2^n problem.
 */
#ifndef KW_GRAM_H
#define KW_GRAM_H

#include "ketwall/gate.h"
#include "ketwall/status.h"

/** Eigenvalues of G, descending, clipped at 0.  Those below about 1e-16 M are rounding.                         @local
 *  @param[in]  weights      p_i (M)
 *  @param[in]  overlaps     <psi_i|psi_j> (M x M), row-major; the upper triangle is read
 *  @param[out] eigenvalues  (M)
 *  @return KW_OK, KW_E_ARG (members < 1), KW_E_NOMEM, KW_E_INTERNAL (LAPACK).  Memory: 16 M^2 bytes, O(M^3) operations. */
kw_status kw_gram_spectrum(int members, const double *weights, const kw_complex *overlaps, double *eigenvalues);

/** Best trash fidelity over all encoders: max_U F = sum of the 2^latent largest eigenvalues (Ky Fan; the encoder that
 *  attains it maps their eigenvectors to |0..0>_trash).  `eigenvalues` descending.                              @local */
double kw_optimum(const double *eigenvalues, int count, int latent);

/** 1 - optimum, as the sum of the other eigenvalues: keeps its digits where the optimum is near 1.              @local */
double kw_optimum_error(const double *eigenvalues, int count, int latent);

#endif
