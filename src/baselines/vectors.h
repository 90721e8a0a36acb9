/* F4  The states of an ensemble as vectors in one process, for compressors that see whole states. */
#ifndef KW_STATE_VECTORS_H
#define KW_STATE_VECTORS_H

#include "models/qae_config.h"

/* Training states, then test states: (train + test) x 2^n, and their weights, which sum to 1 in each set. */
typedef struct {
    int n_qubits;
    size_t dimension, train, test;
    kw_complex *states;
    double *weights;
    uint64_t bytes; /* of the states */
} kw_vectors;

/** Makes the ensemble of config->data and splits it as the quantum autoencoder of `config` does (kw_qae_split), so that both
 *  see the same states.                                                                                           @local
 *  @return KW_OK, KW_E_INPUT, KW_E_IO, KW_E_INTERNAL (as kw_ensemble_prepare), KW_E_NOMEM; to be freed by kw_vectors_free */
kw_status kw_vectors_make(const kw_qae_config *config, kw_vectors *out);
void kw_vectors_free(kw_vectors *vectors);

#endif
