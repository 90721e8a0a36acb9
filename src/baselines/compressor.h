/* F4  What a classical compressor of states does to them: the same questions to all of them. */
#ifndef KW_COMPRESSOR_H
#define KW_COMPRESSOR_H

#include "baselines/autoencoder.h"
#include "baselines/vectors.h"

/* Fidelities of the normalised reconstruction; NaN: no such set, or no such thing. */
typedef struct {
    double train, test;      /* mean |<psi|decode(encode(psi))>|^2 */
    double test_error;       /* standard error of that mean over the test states, taken as equally likely */
    double parameters;       /* numbers that encoder and decoder share between all states */
    double model_bytes;      /* of these */
    double state_bytes;      /* of one encoded state */
    double training_bytes;   /* most held while it was fitted */
    double seconds;          /* of fitting */
    double bond;             /* matrix product states */
    double norm, norm_drift; /* of the raw output over all states: mean, mean |norm - 1| */
    double reversal; /* encode -> decode -> encode, nothing normalised: mean |z' - z| / |z| over all states, z' turned
                        by a global phase */
    double purity;   /* Tr out^2, mean over all states, where the output may be mixed; NaN: it is pure */
} kw_compression;

/** Principal components.                                                      @return as kw_pca_create, kw_pca_run @local */
kw_status kw_compress_pca(const kw_vectors *vectors, int latent, kw_compression *out);

/** A classical autoencoder, trained from `seed`.                 @return as kw_autoencoder_create, _train, _run    @local */
kw_status kw_compress_network(const kw_vectors *vectors, const kw_autoencoder_config *config,
                              const kw_autoencoder_training *training, uint64_t seed, kw_compression *out);

/** Every state by itself as a matrix product state of at most this bond.                @return as kw_mps_from_vector @local
 */
kw_status kw_compress_mps(const kw_vectors *vectors, int max_bond, kw_compression *out);

/** A quantum autoencoder on n <= 12 qubits, as the channel it is: fidelity <psi|out|psi>, norm Tr out, and the latent
 * density matrices for z, |.| the Frobenius norm.                                    @return as kw_qae_channel_pass @local
 */
kw_status kw_compress_channel(const kw_vectors *vectors, const kw_circuit *encoder, const double *theta, uint64_t trash_mask,
                              kw_compression *out);

/** What is left of states whose |amplitudes| alone are told, all of them, exactly: sum_i |psi_i| |i>.  Mean fidelity 1/2 for
 *  (|0..0> + e^{i phi}|1..1>)/sqrt 2 over the phases, 2/(d + 1) for Haar-random states of d dimensions.  (A guess that gives
 *  amplitudes up may do better: of Haar states the largest basis state alone has H_d/d, H_d the harmonic number.)
 *  @return KW_OK                                                                                                   @local */
kw_status kw_compress_amplitudes(const kw_vectors *vectors, kw_compression *out);

/** Largest bond with which n qubits take no more numbers than `numbers`; 0: not even a product state does.        @local */
int kw_mps_bond_within(int n_qubits, uint64_t numbers);

/** Exact optimum for the training set (Ky Fan), and the best constant encoder's: lambda_1.
 *  @return as kw_pca_create                                                                                        @local */
kw_status kw_compression_bounds(const kw_vectors *vectors, int latent, double *optimum, double *constant);

#endif
