/* F4  Inside of the autoencoders: the network on its tape. */
#ifndef KW_AUTOENCODER_NETWORK_H
#define KW_AUTOENCODER_NETWORK_H

#include "baselines/autoencoder.h"
#include "nn/tape.h"

typedef struct {
    kw_tape *tape;
    int input;   /* (rows, 2^{n+1}); amplitude: (rows, 2^n) */
    int target;  /* (rows, 2^{n+1}) */
    int weights; /* (1, rows) */
    int latent;  /* (rows, 2^{latent+1}) */
    int raw;     /* (rows, 2^{n+1}) before it is normalised */
    int unit;    /* after that */
    int loss;    /* 1 - sum_r weights_r |<target_r|unit_r>|^2 */
} kw_autoencoder_network;

/** Writes the network for a batch of `rows`; the tape is not sealed.         @return KW_OK, KW_E_ARG, KW_E_NOMEM   @local */
kw_status kw_autoencoder_build(const kw_autoencoder_config *config, size_t rows, kw_autoencoder_network *out);

#endif
