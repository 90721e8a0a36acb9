/* F5  Inside of the study of compressors: its rows, and what they say. */
#ifndef KW_COMPRESSORS_H
#define KW_COMPRESSORS_H

#include "baselines/compressor.h"
#include "studies/study.h"

/* X(IDENTIFIER, "name", "kind", how it is measured, its number there: kind of network, or bond) */
#define KW_CLASSICAL_LIST(X)                                                                                                \
    X(PCA, "pca", "linear", BY_PCA, 0)                                                                                      \
    X(ORTHONORMAL, "orthonormal", "linear", BY_NETWORK, KW_AUTOENCODER_ORTHONORMAL)                                         \
    X(LINEAR, "linear", "linear", BY_NETWORK, KW_AUTOENCODER_LINEAR)                                                        \
    X(REAL, "real-linear", "linear", BY_NETWORK, KW_AUTOENCODER_REAL)                                                       \
    X(DENSE, "dense", "network", BY_NETWORK, KW_AUTOENCODER_DENSE)                                                          \
    X(CONV, "conv", "network", BY_NETWORK, KW_AUTOENCODER_CONV)                                                             \
    X(DILATED, "dilated", "network", BY_NETWORK, KW_AUTOENCODER_DILATED)                                                    \
    X(GRU, "gru", "network", BY_NETWORK, KW_AUTOENCODER_GRU)                                                                \
    X(AMPLITUDE, "amplitude", "network", BY_NETWORK, KW_AUTOENCODER_AMPLITUDE)                                              \
    X(MPS_LATENT, "mps-latent", "mps", BY_MPS, 0)                                                                           \
    X(MPS_1, "mps-1", "mps", BY_MPS, 1)                                                                                     \
    X(MPS_2, "mps-2", "mps", BY_MPS, 2)                                                                                     \
    X(MPS_4, "mps-4", "mps", BY_MPS, 4)

/** Makes the rows: every family x size x latent x method, and seed where a method starts at random.         @collective */
kw_status kw_compressors_run(kw_sweep *sweep);

/** What the rows say about the claims.                                                                           @local */
void kw_compressors_conclude(const json_t *rows, json_t *findings);

extern const kw_study kw_study_compressors;

#endif
