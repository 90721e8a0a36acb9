/* F4  Classical autoencoders of state vectors: training and use. */
#include "baselines/autoencoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "baselines/autoencoder_network.h"
#include "baselines/overlap.h"

enum { BATCH = 64 /* states at a time, where they are not trained on */ };

struct kw_autoencoder {
    kw_autoencoder_config config;
    size_t parameters, dimension;
    double *theta;
    size_t pivot; /* amplitude that is turned to be real and not negative */
    uint64_t bytes;
};

/* ---- life ---- */

void kw_autoencoder_destroy(kw_autoencoder **autoencoder) {
    kw_autoencoder *ae = *autoencoder;
    if (!ae) return;
    kw_block_free(ae->theta, ae->parameters * sizeof(double));
    free(ae);
    *autoencoder = NULL;
}

kw_status kw_autoencoder_create(const kw_autoencoder_config *config, uint64_t seed, kw_autoencoder **out) {
    kw_autoencoder_network network;
    kw_status status = kw_autoencoder_build(config, 1, &network);
    if (status != KW_OK) return status;
    kw_autoencoder *ae = calloc(1, sizeof *ae);
    const size_t p = kw_tape_parameters(network.tape);
    double *theta = ae ? kw_block_alloc(p * sizeof *theta) : NULL;
    if (theta) {
        *ae = (kw_autoencoder){.config = *config,
                               .parameters = p,
                               .dimension = (size_t)1 << config->n_qubits,
                               .theta = theta,
                               .bytes = p * sizeof *theta};
        kw_tape_start(network.tape, seed, theta);
        *out = ae;
    } else {
        free(ae);
        status = kw_fail(KW_E_NOMEM, "no memory for an autoencoder of %zu parameters", p);
    }
    kw_tape_destroy(&network.tape);
    return status;
}

size_t kw_autoencoder_parameters(const kw_autoencoder *autoencoder) { return autoencoder->parameters; }
uint64_t kw_autoencoder_bytes(const kw_autoencoder *autoencoder) { return autoencoder->bytes; }

/* Parameters and optimiser (include/ketwall/optimiser.h), gradient and step, activations. */
static uint64_t training_bytes(size_t p, uint64_t tape_bytes, const kw_autoencoder_training *training) {
    const uint64_t reals = (uint64_t)p * sizeof(double), log = training->lbfgs_evaluations * (2 * reals + 16);
    return reals + 4 * reals + tape_bytes + (training->adam_steps && 2 * reals > log ? 2 * reals : log);
}

kw_status kw_autoencoder_need(const kw_autoencoder_config *config, const kw_autoencoder_training *training, size_t states,
                              size_t *parameters, uint64_t *bytes) {
    kw_autoencoder_network network;
    const kw_status status = kw_autoencoder_build(config, states, &network);
    if (status != KW_OK) return status;
    *parameters = kw_tape_parameters(network.tape);
    *bytes = training_bytes(*parameters, kw_tape_bytes(network.tape), training);
    kw_tape_destroy(&network.tape);
    return KW_OK;
}

/* ---- states as the network sees them ---- */

static size_t find_pivot(const kw_complex *states, const double *weights, size_t count, size_t dimension) {
    size_t best = 0;
    double most = -1;
    for (size_t k = 0; k < dimension; ++k) {
        double mean = 0;
        for (size_t i = 0; i < count; ++i)
            mean += weights[i] * creal(states[i * dimension + k] * conj(states[i * dimension + k]));
        /* the first among equals, whatever rounding says */
        if (mean > most + 1e-9) most = mean, best = k;
    }
    return best;
}

static void feed(const kw_autoencoder *ae, const kw_complex *states, size_t count, double *input, double *target) {
    const size_t d = ae->dimension;
    const bool sizes = ae->config.kind == KW_AUTOENCODER_AMPLITUDE;
    for (size_t i = 0; i < count; ++i) {
        const kw_complex *psi = states + i * d;
        const double size = cabs(psi[ae->pivot]);
        const kw_complex turn = size > 0 ? conj(psi[ae->pivot]) / size : 1;
        for (size_t k = 0; k < d; ++k) {
            const kw_complex seen = sizes ? cabs(psi[k]) : turn * psi[k];
            target[2 * (i * d + k)] = creal(seen);
            target[2 * (i * d + k) + 1] = cimag(seen);
            if (sizes) input[i * d + k] = creal(seen);
        }
    }
    if (!sizes) memcpy(input, target, 2 * count * d * sizeof *input);
}

/* ---- training ---- */

/* A sealed network for `rows` states, and room for what it is fed. */
static kw_status make_network(const kw_autoencoder *ae, size_t rows, kw_autoencoder_network *network, double **room) {
    kw_status status = kw_autoencoder_build(&ae->config, rows, network);
    if (status == KW_OK) status = kw_tape_seal(network->tape);
    if (status != KW_OK) return status;
    *room = calloc(4 * rows * ae->dimension, sizeof **room);
    return *room ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for %zu states of an autoencoder", rows);
}

kw_status kw_autoencoder_train(kw_autoencoder *autoencoder, const kw_complex *states, const double *weights, size_t count,
                               const kw_autoencoder_training *training, double *loss) {
    kw_autoencoder *ae = autoencoder;
    kw_autoencoder_network network = {0};
    double *room = NULL;
    kw_status status = make_network(ae, count, &network, &room);
    if (status == KW_OK) {
        ae->pivot = find_pivot(states, weights, count, ae->dimension);
        ae->bytes = training_bytes(ae->parameters, kw_tape_bytes(network.tape), training);
        feed(ae, states, count, room, room + 2 * count * ae->dimension);
        kw_tape_feed(network.tape, network.input, room);
        kw_tape_feed(network.tape, network.target, room + 2 * count * ae->dimension);
        kw_tape_feed(network.tape, network.weights, weights);
        status = kw_tape_minimise(network.tape, network.loss, training, ae->theta);
        if (status == KW_OK && loss) {
            kw_tape_forward(network.tape, ae->theta);
            *loss = *kw_tape_value(network.tape, network.loss);
        }
    }
    free(room);
    kw_tape_destroy(&network.tape);
    return status;
}

/* ---- use ---- */

static double norm_of(const double *row, size_t reals) {
    double sum = 0;
    for (size_t i = 0; i < reals; ++i) sum += row[i] * row[i];
    return sqrt(sum);
}

kw_status kw_autoencoder_run(const kw_autoencoder *autoencoder, const kw_complex *states, size_t count, double *latents,
                             kw_complex *outputs, double *norms) {
    const kw_autoencoder *ae = autoencoder;
    const size_t batch = count < BATCH ? count : BATCH, reals = 2 * ae->dimension, latent = (size_t)2 << ae->config.latent;
    kw_autoencoder_network n = {0};
    double *room = NULL;
    if (!count) return KW_OK;
    kw_status status = make_network(ae, batch, &n, &room);
    for (size_t first = 0; first < count && status == KW_OK; first += batch) {
        const size_t now = count - first < batch ? count - first : batch;
        feed(ae, states + first * ae->dimension, now, room, room + batch * reals);
        kw_tape_feed(n.tape, n.input, room);
        kw_tape_forward(n.tape, ae->theta);
        if (latents) memcpy(latents + first * latent, kw_tape_value(n.tape, n.latent), now * latent * sizeof *latents);
        if (outputs)
            memcpy(outputs + first * ae->dimension, kw_tape_value(n.tape, n.unit), now * ae->dimension * sizeof *outputs);
        for (size_t i = 0; i < now && norms; ++i)
            norms[first + i] = norm_of(kw_tape_value(n.tape, n.raw) + i * reals, reals);
    }
    free(room);
    kw_tape_destroy(&n.tape);
    return status;
}

kw_status kw_autoencoder_fidelity(const kw_autoencoder *autoencoder, const kw_complex *states, const double *weights,
                                  size_t count, double *fidelity) {
    const size_t d = autoencoder->dimension;
    kw_complex *outputs = malloc((count ? count : 1) * d * sizeof *outputs);
    kw_status status = outputs ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for the outputs of an autoencoder");
    if (status == KW_OK) status = kw_autoencoder_run(autoencoder, states, count, NULL, outputs, NULL);
    double mean = 0;
    for (size_t i = 0; i < count && status == KW_OK; ++i)
        mean += weights[i] * kw_vector_fidelity(states + i * d, outputs + i * d, d);
    if (status == KW_OK) *fidelity = mean;
    free(outputs);
    return status;
}
