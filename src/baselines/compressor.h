/* F4  What a classical compressor of states does to them: the same questions to all of them. */
#ifndef KW_COMPRESSOR_H
#define KW_COMPRESSOR_H

#include "baselines/autoencoder.h"
#include "baselines/vectors.h"

/* Fidelities of the normalised reconstruction; NaN: no such set, or no such thing. */
typedef struct {
    double train, test;      /* mean |<psi|decode(encode(psi))>|^2 */
    double parameters;       /* numbers that encoder and decoder share between all states */
    double model_bytes;      /* of these */
    double state_bytes;      /* of one encoded state */
    double training_bytes;   /* most held while it was fitted */
    double seconds;          /* of fitting */
    double bond;             /* matrix product states */
    double norm, norm_drift; /* of the raw output over all states: mean, mean |norm - 1| */
    double reversal;         /* encode -> decode -> encode: mean |z' - z| / |z| over all states */
} kw_compression;

/** Principal components.                                                      @return as kw_pca_create, kw_pca_run @local */
kw_status kw_compress_pca(const kw_vectors *vectors, int latent, kw_compression *out);

/** A classical autoencoder, trained from `seed`.                 @return as kw_autoencoder_create, _train, _run    @local */
kw_status kw_compress_network(const kw_vectors *vectors, const kw_autoencoder_config *config,
                              const kw_autoencoder_training *training, uint64_t seed, kw_compression *out);

/** Every state by itself as a matrix product state of at most this bond.                @return as kw_mps_from_vector @local
 */
kw_status kw_compress_mps(const kw_vectors *vectors, int max_bond, kw_compression *out);

/** Largest bond with which n qubits take no more numbers than `numbers`; 0: not even a product state does.        @local */
int kw_mps_bond_within(int n_qubits, uint64_t numbers);

/** Exact optimum for the training set (Ky Fan), and the best constant encoder's: lambda_1.
 *  @return as kw_pca_create                                                                                        @local */
kw_status kw_compression_bounds(const kw_vectors *vectors, int latent, double *optimum, double *constant);

#endif
