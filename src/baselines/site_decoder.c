/* F4  Networks on sites as decoders of one latent qubit. */
#include "baselines/site_decoder.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"
#include "nn/tape_layers.h"

enum { KERNEL = 3, MOST_SITES = 63 };

typedef struct {
    const kw_site_decoder_config *config;
    kw_tape *tape;
    size_t sites;
    int input, local; /* (2, sites x 2): the latent at the middle site; phi_j(b), normalised */
    int agreement;    /* (4 sites, 1) which of phi_j(b) should be 1 */
    int loss, local_loss;
} network;

int kw_site_decoder_reach(const kw_site_decoder_config *c) {
    switch (c->kind) {
    case KW_SITE_DECODER_CONV: return c->layers;
    case KW_SITE_DECODER_DILATED: return (1 << c->layers) - 1;
    default: return c->sites;
    }
}

/* ---- the network ---- */

/* Both latent states are rows. */
static int carry_outwards(network *n) {
    const kw_site_decoder_config *c = n->config;
    const bool dilated = c->kind == KW_SITE_DECODER_DILATED;
    size_t channels = 2;
    int x = n->input;
    if (c->kind == KW_SITE_DECODER_GLOBAL) return kw_layer_dense(n->tape, x, 2 * n->sites, 2 * n->sites);
    for (int l = 0; l < c->layers; ++l) {
        const kw_convolution window = {channels, KERNEL, 1, dilated ? (size_t)1 << l : 1};
        channels = (size_t)c->channels;
        x = kw_tape_tanh(n->tape, kw_layer_convolve(n->tape, x, 2, n->sites, window, channels));
    }
    return kw_layer_convolve(n->tape, x, 2, n->sites, (kw_convolution){channels, 1, 1, 1}, 2);
}

/* prod_j phi_j(b)[bit] -> (1, 1) */
static int product(const network *n, size_t b, size_t bit) {
    int all = -1;
    for (size_t j = 0; j < n->sites; ++j) {
        const int pair =
            kw_tape_slice(n->tape, kw_tape_reshape(n->tape, n->local, 1, 4 * n->sites), 2 * (b * n->sites + j) + bit, 1);
        all = j ? kw_tape_multiply(n->tape, all, pair) : pair;
    }
    return all;
}

static int square(kw_tape *tape, int a) { return kw_tape_multiply(tape, a, a); }

/* The mean over phi of |<GHZ_phi|out_phi>|^2 = ((A_0 + A_1)^2 + B_0^2 + B_1^2)/4, A_b = prod_j phi_j(b)[b],
 * B_b = prod_j phi_j(b)[1 - b]; the signs of the A_b are an encoder's to choose. */
static void add_loss(network *n) {
    const int a0 = product(n, 0, 0), a1 = product(n, 1, 1), b0 = product(n, 0, 1), b1 = product(n, 1, 0);
    const int good = square(n->tape, kw_tape_add(n->tape, kw_tape_absolute(n->tape, a0), kw_tape_absolute(n->tape, a1)));
    const int bad = kw_tape_add(n->tape, square(n->tape, b0), square(n->tape, b1));
    n->loss = kw_tape_affine(n->tape, kw_tape_add(n->tape, good, bad), -0.25, 1);
}

/* 1 - the mean over sites and latent states of phi_j(b)[b]^2: as local as the local cost of a quantum autoencoder. */
static void add_local_loss(network *n) {
    n->agreement = kw_tape_input(n->tape, 4 * n->sites, 1);
    const int squares = kw_tape_reshape(n->tape, square(n->tape, n->local), 1, 4 * n->sites);
    n->local_loss = kw_tape_affine(n->tape, kw_tape_matmul(n->tape, squares, n->agreement), -0.5 / (double)n->sites, 1);
}

static kw_status build(network *n) {
    kw_status status = kw_tape_create(&n->tape);
    if (status != KW_OK) return status;
    n->input = kw_tape_input(n->tape, 2, 2 * n->sites);
    const int pairs = kw_tape_reshape(n->tape, carry_outwards(n), 2 * n->sites, 2);
    n->local = kw_tape_reshape(n->tape, kw_tape_normalise(n->tape, pairs), 2, 2 * n->sites);
    add_loss(n);
    add_local_loss(n);
    return kw_tape_seal(n->tape);
}

/* ---- what comes out ---- */

/* <Z_j> in phi_j(b) */
static double z_of(const network *n, const double *local, size_t b, size_t j) {
    const double *phi = local + 2 * (b * n->sites + j);
    return phi[0] * phi[0] - phi[1] * phi[1];
}

/* On average over the phase the two latent basis states do not interfere. */
static kw_site_decoder_result result_of(const network *n) {
    const double *local = kw_tape_value(n->tape, n->local);
    const size_t last = n->sites - 1;
    kw_site_decoder_result r = {.fidelity = 1 - *kw_tape_value(n->tape, n->loss), .parameters = kw_tape_parameters(n->tape)};
    double means[2] = {0, 0};
    for (size_t b = 0; b < 2; ++b) {
        r.correlation += z_of(n, local, b, 0) * z_of(n, local, b, last) / 2;
        means[0] += z_of(n, local, b, 0) / 2;
        means[1] += z_of(n, local, b, last) / 2;
    }
    r.connected = r.correlation - means[0] * means[1];
    return r;
}

static kw_status check(const kw_site_decoder_config *c) {
    if (c->sites < 3 || c->sites > MOST_SITES || c->sites % 2 == 0)
        return kw_fail(KW_E_ARG, "a decoder on %d sites: an odd number from 3 to %d, with a site in the middle", c->sites,
                       MOST_SITES);
    if (c->layers < 1 || c->layers > MOST_SITES || c->channels < 1)
        return kw_fail(KW_E_ARG, "a decoder of %d layers and %d channels: expected 1 to %d, and at least 1", c->layers,
                       c->channels, MOST_SITES);
    if (c->kind == KW_SITE_DECODER_DILATED && c->layers > 8)
        return kw_fail(KW_E_ARG, "a dilated decoder of %d layers: 8 reach further than any chain", c->layers);
    return KW_OK;
}

/* ---- training ---- */

static kw_status feed(const network *n) {
    double *input = calloc(8 * n->sites, sizeof *input);
    if (!input) return kw_fail(KW_E_NOMEM, "no memory for a decoder on %zu sites", n->sites);
    double *agreement = input + 4 * n->sites;
    const size_t middle = n->sites / 2;
    for (size_t b = 0; b < 2; ++b) {
        input[2 * (b * n->sites + middle) + b] = 1; /* NOLINT(clang-analyzer-unix.Malloc): check() wants sites */
        for (size_t j = 0; j < n->sites; ++j) agreement[2 * (b * n->sites + j) + b] = 1;
    }
    kw_tape_feed(n->tape, n->input, input);
    kw_tape_feed(n->tape, n->agreement, agreement);
    free(input);
    return KW_OK;
}

/* A product state, 1/2, is a minimum that random starts fall into: a start that agrees site by site avoids it. */
static kw_status train(const network *n, const kw_tape_training *training, bool locally_first, uint64_t seed,
                       kw_site_decoder_result *out) {
    double *theta = calloc(kw_tape_parameters(n->tape), sizeof *theta);
    if (!theta) return kw_fail(KW_E_NOMEM, "no memory for a decoder on %zu sites", n->sites);
    kw_status status = KW_OK;
    kw_tape_start(n->tape, seed, theta);
    if (locally_first) status = kw_tape_minimise(n->tape, n->local_loss, training, theta);
    if (status == KW_OK) status = kw_tape_minimise(n->tape, n->loss, training, theta);
    if (status == KW_OK) {
        kw_tape_forward(n->tape, theta);
        *out = result_of(n);
    }
    free(theta);
    return status;
}

kw_status kw_site_decoder_fit(const kw_site_decoder_config *config, const kw_tape_training *training, uint64_t seed,
                              kw_site_decoder_result *out) {
    network n = {.config = config, .sites = (size_t)config->sites};
    kw_site_decoder_result results[2] = {0};
    kw_status status = check(config);
    if (status == KW_OK) status = build(&n);
    if (status == KW_OK) status = feed(&n);
    for (int locally = 0; locally < 2 && status == KW_OK; ++locally)
        status = train(&n, training, locally, seed, &results[locally]);
    if (status == KW_OK) *out = results[!(results[0].fidelity >= results[1].fidelity)];
    kw_tape_destroy(&n.tape);
    return status;
}
