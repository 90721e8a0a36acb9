/* F4  Costs and gradients of an autoencoder's circuit at random angles: how flat its landscape is, beside closed forms. */
#ifndef KW_PLATEAU_H
#define KW_PLATEAU_H

#include "data/ensemble.h"
#include "ketwall/observable.h"
#include "ketwall/plan.h"

typedef struct {
    const kw_circuit *circuit;
    const kw_ensemble *ensemble; /* of its width; NULL: |0...0> alone */
    uint64_t trash_mask;
    kw_trash_cost cost;
    uint64_t starts, seed; /* angles uniform on [0, 2 pi), start number s from (seed, s) */
} kw_plateau_request;

/* Over the starts.  Errors are standard errors: of a variance sqrt((m_4 - m_2^2) / starts) with the central moments m. */
typedef struct {
    double mean, mean_error;         /* of the cost */
    double variance, variance_error; /* of the cost */
    double gradient, gradient_error; /* mean of |dC/dtheta|^2 / p: the mean variance of a slope, since slopes have mean 0 */
} kw_plateau;

/** Exact costs and adjoint gradients, summed in the order of the starts.                                   @collective
 *  @return KW_OK, KW_E_ARG (fewer than 2 starts; ranks), KW_E_NOMEM, what the ensemble returns.
 *  Memory: kw_plateau_bytes(), what an ensemble takes to make its members. */
kw_status kw_plateau_measure(kw_comm *comm, const kw_plateau_request *request, kw_plateau *out);
uint64_t kw_plateau_bytes(int n_qubits, int ranks);

/** RX on each of n qubits, a parameter each: V = (x)_j exp(-i theta_j X_j / 2).                                   @local
 *  @return KW_OK, KW_E_INPUT, KW_E_NOMEM */
kw_status kw_plateau_product(int n_qubits, kw_circuit **out);

/* ---- closed forms; NAN where there is none ---- */

/** Mean cost of any circuit that ends with RY or RX of its own uniform angle on each of k trash qubits: 1/2 of the local,
 *  1 - 2^-k of the global cost; of Haar-random circuits as well.                                                 @local */
double kw_plateau_mean(kw_trash_cost cost, int n_trash);

/** Product circuit on |0...0>, all n qubits trash (Cerezo et al. 2021, arXiv 2001.00550: C_G = 1 - prod cos^2(theta_j/2)).
 *  Variance of a slope: global (1/8)(3/8)^(n-1), local 1/(8 n^2).  Of the cost: (3/8)^n - 4^-n, and 1/(8 n).      @local */
double kw_plateau_product_gradient(kw_trash_cost cost, int n_qubits);
double kw_plateau_product_variance(kw_trash_cost cost, int n_qubits);

/** Variance of Tr(U rho U^dag O) over Haar-random U, (Tr rho^2 - 1/d)(Tr O^2 - (Tr O)^2/d)/(d^2 - 1), with the cost's O:
 *  Tr O^2 - (Tr O)^2/d = m - m^2/d (global, m = d/2^k) or d/(4 k) (local).                                       @local */
double kw_plateau_haar_variance(kw_trash_cost cost, int n_qubits, int n_trash, double purity);

#endif
