/* F4  Networks on sites as decoders of one latent qubit. */
#include "baselines/site_decoder.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "ketwall/gate.h"
#include "nn/tape_layers.h"

enum { KERNEL = 3, PHASES = 64 /* of the mean over phi */, MOST_SITES = 63 };

typedef struct {
    const kw_site_decoder_config *config;
    kw_tape *tape;
    size_t sites;
    int input, local; /* (2, sites x 2): the latent at the middle site; phi_j(b), normalised */
    int loss;
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
 * B_b = prod_j phi_j(b)[1 - b] */
static void add_loss(network *n) {
    const int a0 = product(n, 0, 0), a1 = product(n, 1, 1), b0 = product(n, 0, 1), b1 = product(n, 1, 0);
    const int good = square(n->tape, kw_tape_add(n->tape, a0, a1));
    const int bad = kw_tape_add(n->tape, square(n->tape, b0), square(n->tape, b1));
    n->loss = kw_tape_affine(n->tape, kw_tape_add(n->tape, good, bad), -0.25, 1);
}

static kw_status build(network *n) {
    kw_status status = kw_tape_create(&n->tape);
    if (status != KW_OK) return status;
    n->input = kw_tape_input(n->tape, 2, 2 * n->sites);
    const int pairs = kw_tape_reshape(n->tape, carry_outwards(n), 2 * n->sites, 2);
    n->local = kw_tape_reshape(n->tape, kw_tape_normalise(n->tape, pairs), 2, 2 * n->sites);
    add_loss(n);
    return kw_tape_seal(n->tape);
}

/* ---- what comes out ---- */

/* sum_b c_b prod_j phi_j(b) and two such, with signs at both ends: everything follows from products over the sites. */
typedef struct {
    double norm, ends, first, last; /* <out|out>, <Z Z>, <Z_first>, <Z_last>, not normalised */
    kw_complex overlap;             /* with the member of the family */
} moments;

static moments moments_of(const double *local, size_t sites, kw_complex phase) {
    const double *phi[2] = {local, local + 2 * sites};
    const kw_complex c[2] = {sqrt(0.5), sqrt(0.5) * phase};
    moments m = {0};
    for (int a = 0; a < 2; ++a) {
        double zeros = 1, ones = 1;
        for (size_t j = 0; j < sites; ++j) zeros *= phi[a][2 * j], ones *= phi[a][2 * j + 1];
        m.overlap += c[a] * (zeros + conj(phase) * ones) * sqrt(0.5);
        for (int b = 0; b < 2; ++b) {
            const double weight = creal(conj(c[a]) * c[b]);
            double norm = 1, inner = 1, z[2] = {1, 1};
            for (size_t j = 0; j < sites; ++j) {
                const double same = phi[a][2 * j] * phi[b][2 * j] + phi[a][2 * j + 1] * phi[b][2 * j + 1];
                norm *= same;
                if (j && j + 1 < sites) inner *= same;
                else z[j > 0] = phi[a][2 * j] * phi[b][2 * j] - phi[a][2 * j + 1] * phi[b][2 * j + 1];
            }
            const size_t end = 2 * (sites - 1);
            const double left = phi[a][0] * phi[b][0] + phi[a][1] * phi[b][1];
            const double right = phi[a][end] * phi[b][end] + phi[a][end + 1] * phi[b][end + 1];
            m.norm += weight * norm;
            m.ends += weight * inner * z[0] * z[1];
            m.first += weight * inner * z[0] * right;
            m.last += weight * inner * left * z[1];
        }
    }
    return m;
}

static kw_site_decoder_result result_of(const network *n) {
    const double *local = kw_tape_value(n->tape, n->local);
    kw_site_decoder_result r = {.parameters = kw_tape_parameters(n->tape)};
    for (int k = 0; k < PHASES; ++k) {
        const double angle = 2 * acos(-1.0) * k / PHASES;
        const moments m = moments_of(local, n->sites, cos(angle) + I * sin(angle));
        r.fidelity += creal(m.overlap * conj(m.overlap)) / m.norm / PHASES;
        r.correlation += m.ends / m.norm / PHASES;
        r.connected += (m.ends / m.norm - m.first * m.last / m.norm / m.norm) / PHASES;
    }
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

kw_status kw_site_decoder_fit(const kw_site_decoder_config *config, const kw_tape_training *training, uint64_t seed,
                              kw_site_decoder_result *out) {
    network n = {.config = config, .sites = (size_t)config->sites};
    kw_status status = check(config);
    if (status == KW_OK) status = build(&n);
    double *theta = NULL, *input = NULL;
    if (status == KW_OK) {
        theta = calloc(kw_tape_parameters(n.tape), sizeof *theta);
        input = calloc(4 * n.sites, sizeof *input);
        if (!theta || !input) status = kw_fail(KW_E_NOMEM, "no memory for a decoder on %zu sites", n.sites);
    }
    if (status == KW_OK) {
        const size_t middle = n.sites / 2;
        input[2 * middle] = input[2 * (n.sites + middle) + 1] = 1;
        kw_tape_feed(n.tape, n.input, input);
        kw_tape_start(n.tape, seed, theta);
        status = kw_tape_minimise(n.tape, n.loss, training, theta);
    }
    if (status == KW_OK) {
        kw_tape_forward(n.tape, theta);
        *out = result_of(&n);
    }
    free(theta);
    free(input);
    kw_tape_destroy(&n.tape);
    return status;
}
