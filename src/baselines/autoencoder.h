/* F4  Classical autoencoders of state vectors: n qubits, 2^{n+1} reals, through a latent of 2^latent complex numbers, as
 * many as a quantum autoencoder has amplitudes.
 *
 * Trained on 1 - sum_i p_i |<psi_i|decode(encode(psi_i))>|^2 with the output normalised.  A global phase never matters:
 * before it is encoded, every state is turned so that one amplitude, the one that is largest on average over the training
 * states, is real and not negative.  (A quantum autoencoder, and every complex linear map, is blind to that phase anyway; a
 * real network is not.) */
#ifndef KW_AUTOENCODER_H
#define KW_AUTOENCODER_H

#include <stddef.h>
#include <stdint.h>

#include "ketwall/gate.h"
#include "ketwall/status.h"
#include "nn/tape_train.h"

/* X(KIND, "name", what it is) */
#define KW_AUTOENCODER_LIST(X)                                                                                              \
    X(LINEAR, "linear", "two complex matrices: bound by the Ky Fan optimum")                                                \
    X(ORTHONORMAL, "orthonormal",                                                                                           \
      "a complex isometry, decoded by its adjoint: bound by the Ky Fan optimum, and attains it")                            \
    X(REAL, "real-linear", "two real matrices on (re, im): 2^{latent+1} real directions, so not bound by Ky Fan")           \
    X(DENSE, "dense", "fully connected layers on (re, im)")                                                                 \
    X(CONV, "conv", "1-D convolutions over the amplitudes, kernel 3, stride 2, and one dense layer to the latent")          \
    X(DILATED, "dilated", "1-D convolutions, kernel 3, dilations 1, 2, 4, ..., and one dense layer to the latent")          \
    X(GRU, "gru", "a gated recurrent unit over chunks of amplitudes, another one back")                                     \
    X(AMPLITUDE, "amplitude", "fully connected layers on |amplitudes|, to which it is trained: phases are lost")

typedef enum {
#define KW_AUTOENCODER_ENUM(kind, name, text) KW_AUTOENCODER_##kind,
    KW_AUTOENCODER_LIST(KW_AUTOENCODER_ENUM)
#undef KW_AUTOENCODER_ENUM
        KW_AUTOENCODER_KINDS
} kw_autoencoder_kind;

#define KW_ACTIVATION_LIST(X)                                                                                               \
    X(RELU, "relu", "max(x, 0)")                                                                                            \
    X(TANH, "tanh", "tanh x")

typedef enum {
#define KW_ACTIVATION_ENUM(kind, name, text) KW_ACTIVATION_##kind,
    KW_ACTIVATION_LIST(KW_ACTIVATION_ENUM)
#undef KW_ACTIVATION_ENUM
        KW_ACTIVATIONS
} kw_activation;

typedef struct {
    kw_autoencoder_kind kind;
    int n_qubits, latent;
    int width;  /* hidden units of dense, amplitude and gru; channels of conv and dilated; the others have none */
    int layers; /* hidden layers on each side: dense, amplitude, conv (at most n), dilated */
    int chunk;  /* gru: amplitudes per step, a power of two */
    kw_activation activation; /* dense, amplitude, conv, dilated */
} kw_autoencoder_config;

typedef kw_tape_training kw_autoencoder_training;

typedef struct kw_autoencoder kw_autoencoder;

/** What training one on `states` states would take, without making it: parameters, bytes as kw_autoencoder_bytes.  @local
 *  @return KW_OK, KW_E_ARG as kw_autoencoder_create, KW_E_NOMEM */
kw_status kw_autoencoder_need(const kw_autoencoder_config *config, const kw_autoencoder_training *training, size_t states,
                              size_t *parameters, uint64_t *bytes);

/** An autoencoder with random weights.                                                                            @local
 *  @return KW_OK, KW_E_ARG (names what cannot be), KW_E_NOMEM.  Memory: 8 bytes per parameter */
kw_status kw_autoencoder_create(const kw_autoencoder_config *config, uint64_t seed, kw_autoencoder **out);
void kw_autoencoder_destroy(kw_autoencoder **autoencoder);

/** Trains on `count` states (count x 2^n, row-major) with weights p (sum 1); the same numbers for the same seed.   @local
 *  @param[out] loss  of the last point, if not NULL: 1 - mean fidelity; of `amplitude` with the |amplitudes|
 *  @return KW_OK, KW_E_NOMEM, KW_E_INTERNAL (not finite).  Memory: kw_autoencoder_bytes() */
kw_status kw_autoencoder_train(kw_autoencoder *autoencoder, const kw_complex *states, const double *weights, size_t count,
                               const kw_autoencoder_training *training, double *loss);

/** Encodes and decodes.                                                                                           @local
 *  @param[in]  states   (count x 2^n)
 *  @param[out] latents  (count x 2^{latent+1}) reals; NULL: not wanted
 *  @param[out] outputs  (count x 2^n), norm 1; NULL: not wanted
 *  @param[out] norms    (count) norm of the output before it was normalised; NULL: not wanted
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_autoencoder_run(const kw_autoencoder *autoencoder, const kw_complex *states, size_t count, double *latents,
                             kw_complex *outputs, double *norms);

/** Mean fidelity |<psi|decode(encode(psi))>|^2 over `count` states with weights p.          @return as kw_autoencoder_run */
kw_status kw_autoencoder_fidelity(const kw_autoencoder *autoencoder, const kw_complex *states, const double *weights,
                                  size_t count, double *fidelity);

size_t kw_autoencoder_parameters(const kw_autoencoder *autoencoder);
/** Most that training has held: parameters, optimiser, activations and their slopes; before it: the parameters.   @local */
uint64_t kw_autoencoder_bytes(const kw_autoencoder *autoencoder);

#endif
