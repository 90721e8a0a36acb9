/* F4  Networks that work on sites, as decoders of a latent qubit that is held in the middle of a chain.
 *
 * The latent basis state b = 0, 1 stands at the middle site; layers of a network carry it outwards; every site j then gets a
 * normalised pair of reals phi_j(b), and a latent state c_0 |0> + c_1 |1> is decoded into
 *     out = sum_b c_b phi_0(b) (x) ... (x) phi_{n-1}(b),
 * whose norm need not be 1 for every c (a network is no isometry), but is on average over the relative phase.
 * A site that the layers do not reach has the same phi for both b: it stays a factor of the whole state, and no such state
 * has more than 1/2 in common with (|0..0> + e^{i phi} |1..1>)/sqrt 2, whose largest Schmidt coefficient squared is 1/2. Two
 * sides of kernel 3 reach `layers` sites far, dilations 1, 2, 4, ... 2^layers - 1 far, a global layer everywhere.  Any
 * encoder is granted, so that this bounds every autoencoder with such a decoder. */
#ifndef KW_SITE_DECODER_H
#define KW_SITE_DECODER_H

#include "nn/tape_train.h"

/* X(KIND, "name", what it is) */
#define KW_SITE_DECODER_LIST(X)                                                                                             \
    X(CONV, "conv", "convolutions of kernel 3")                                                                             \
    X(DILATED, "dilated", "convolutions of kernel 3, dilations 1, 2, 4, ...")                                               \
    X(GLOBAL, "global", "one fully connected layer")

typedef enum {
#define KW_SITE_DECODER_ENUM(kind, name, text) KW_SITE_DECODER_##kind,
    KW_SITE_DECODER_LIST(KW_SITE_DECODER_ENUM)
#undef KW_SITE_DECODER_ENUM
        KW_SITE_DECODERS
} kw_site_decoder_kind;

typedef struct {
    kw_site_decoder_kind kind;
    int sites; /* odd, 3 to 63 */
    int layers, channels;
} kw_site_decoder_config;

/* Means over the phase of the family (|0..0> + e^{i phi} |1..1>)/sqrt 2, decoded from the latent (1, e^{i phi})/sqrt 2, each
 * output weighted by its norm. */
typedef struct {
    double fidelity;    /* |<member|out>|^2 */
    double correlation; /* <Z_first Z_last>: 1 in every member */
    double connected;   /* that less <Z_first><Z_last>: what is not there in a product */
    size_t parameters;
} kw_site_decoder_result;

/** How many sites to each side the layers reach.                                                                  @local */
int kw_site_decoder_reach(const kw_site_decoder_config *config);

/** Trains a decoder on the mean fidelity, from random weights, and from weights that were trained first on the agreement of
 *  the single sites; the better one counts.                                                                       @local
 *  @return KW_OK, KW_E_ARG (sites, layers, channels), KW_E_NOMEM, KW_E_INTERNAL */
kw_status kw_site_decoder_fit(const kw_site_decoder_config *config, const kw_tape_training *training, uint64_t seed,
                              kw_site_decoder_result *out);

#endif
