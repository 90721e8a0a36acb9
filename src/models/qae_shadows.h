/* F4  The autoencoder's classical opponent where copies are what is counted: the states are reconstructed from single-copy
 * measurements, and what was reconstructed is compressed by principal components. */
#ifndef KW_QAE_SHADOWS_H
#define KW_QAE_SHADOWS_H

#include "baselines/shadows.h"
#include "models/qae_config.h"

/* After some copies of the ensemble's states; means over the states with their weights. */
typedef struct {
    uint64_t copies;         /* of all states together */
    double infidelity;       /* 1 - <psi|P|psi>, P: the 2^latent leading components of the reconstructed states */
    double mean_infidelity;  /* the same with the leading eigenvectors of the mean of all estimates, none made pure */
    double state_infidelity; /* 1 - F of the reconstructed states themselves */
    double state_theory;     /* what theory expects of it in first order; NaN: pauli, or beyond 1/2 */
    double optimum_error;    /* of infidelity, exact */
    double tomography_error; /* kw_tomography_error of one state */
} kw_shadow_score;

/** Every state of config->data is measured equally often; its pure state is the leading eigenvector of its shadow.
 *  Bases and outcomes follow from `seed`.                                                                        @local
 *  @param[in]  copies  (count) totals, ascending; each state gets the same whole number of them
 *  @param[out] scores  (count)
 *  @return KW_OK, KW_E_ARG (fewer copies than states), KW_E_INPUT (more than KW_SHADOW_QUBITS qubits, the ensemble),
 *          KW_E_NOMEM, KW_E_INTERNAL.  Memory: a shadow and two vectors per state, two matrices of 4^n. */
kw_status kw_qae_shadows(const kw_qae_config *config, kw_shadow_kind kind, uint64_t seed, const uint64_t *copies,
                         size_t count, kw_shadow_score *scores);

#endif
