/* F4  What classical compressors do to the states of an ensemble. */
#include "baselines/compressor.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "baselines/mps.h"
#include "baselines/overlap.h"
#include "baselines/pca.h"
#include "data/gram.h"
#include "models/qae_channel.h"

static const kw_compression nothing = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};

/* What encoding and decoding gives, of all states. */
typedef struct {
    size_t latent; /* reals */
    kw_complex *outputs;
    double *norms, *latents, *again; /* again: latents of the outputs */
} coded;

static void coded_free(coded *c) {
    free(c->outputs);
    free(c->norms);
    free(c->latents);
    free(c->again);
}

static kw_status coded_make(const kw_vectors *v, size_t latent, coded *c) {
    const size_t count = v->train + v->test;
    *c = (coded){.latent = latent,
                 .outputs = calloc(count * v->dimension, sizeof *c->outputs),
                 .norms = calloc(count, sizeof *c->norms),
                 .latents = calloc(count * latent, sizeof *c->latents),
                 .again = calloc(count * latent, sizeof *c->again)};
    if (c->outputs && c->norms && c->latents && c->again) return KW_OK;
    return kw_fail(KW_E_NOMEM, "no memory for the outputs of a compressor of %zu states", count);
}

static double mean_fidelity(const kw_vectors *v, const kw_complex *outputs, size_t first, size_t count) {
    double sum = 0;
    for (size_t i = first; i < first + count; ++i)
        sum += v->weights[i] * kw_vector_fidelity(v->states + i * v->dimension, outputs + i * v->dimension, v->dimension);
    return count ? sum : NAN;
}

/* Of the mean over the test states, whose squared deviations are summed as Welford (1962) does. */
static double error_of(const kw_vectors *v, const kw_complex *outputs) {
    double mean = 0, squares = 0, n = 0;
    for (size_t i = v->train; i < v->train + v->test; ++i) {
        const double f = kw_vector_fidelity(v->states + i * v->dimension, outputs + i * v->dimension, v->dimension);
        const double away = f - mean;
        mean += away / ++n;
        squares += away * (f - mean);
    }
    return n > 1 ? sqrt(squares / n / (n - 1)) : NAN;
}

/* |z' - z| / |z| with z' turned by the phase that brings it closest: no encoder sees a global phase. */
static double reversal_of(const coded *c, size_t i) {
    const double *z = c->latents + i * c->latent, *other = c->again + i * c->latent;
    double size = 0;
    kw_complex inner = 0;
    for (size_t k = 0; k < c->latent; k += 2) {
        const kw_complex before = z[k] + I * z[k + 1], after = other[k] + I * other[k + 1];
        size += creal(before * conj(before));
        inner += conj(before) * after;
    }
    const kw_complex turn = cabs(inner) > 0 ? conj(inner) / cabs(inner) : 1;
    double away = 0;
    for (size_t k = 0; k < c->latent; k += 2) {
        const kw_complex difference = turn * (other[k] + I * other[k + 1]) - (z[k] + I * z[k + 1]);
        away += creal(difference * conj(difference));
    }
    return size > 0 ? sqrt(away / size) : 0;
}

/* Fidelities of the normalised outputs, which get back the norms they had. */
static void take_outputs(const kw_vectors *v, coded *c, kw_compression *out) {
    const size_t count = v->train + v->test;
    out->train = mean_fidelity(v, c->outputs, 0, v->train);
    out->test = mean_fidelity(v, c->outputs, v->train, v->test);
    out->test_error = error_of(v, c->outputs);
    out->norm = out->norm_drift = 0;
    for (size_t i = 0; i < count; ++i) {
        out->norm += c->norms[i] / (double)count;
        out->norm_drift += fabs(c->norms[i] - 1) / (double)count;
        for (size_t k = i * v->dimension; k < (i + 1) * v->dimension; ++k) c->outputs[k] *= c->norms[i];
    }
}

static void take_reversal(const coded *c, size_t count, kw_compression *out) {
    out->reversal = 0;
    for (size_t i = 0; i < count; ++i) out->reversal += reversal_of(c, i) / (double)count;
}

/* ---- the compressors ---- */

kw_status kw_compress_pca(const kw_vectors *v, int latent, kw_compression *out) {
    const size_t count = v->train + v->test;
    kw_compression result = nothing;
    kw_pca *pca = NULL;
    coded c = {0};
    const double started = kw_thread_seconds();
    kw_status status = kw_pca_create(v->n_qubits, latent, v->states, v->weights, v->train, &pca);
    if (status != KW_OK) return status;
    const double components = (double)kw_pca_components(pca);
    result.seconds = kw_thread_seconds() - started;
    result.parameters = 2 * components * (double)v->dimension;
    result.model_bytes = (double)kw_pca_bytes(pca);
    result.state_bytes = 16 * components;
    result.training_bytes = result.model_bytes + 16.0 * (double)v->train * (double)v->train;
    status = coded_make(v, 2 * kw_pca_components(pca), &c);
    if (status == KW_OK) status = kw_pca_run(pca, v->states, count, (kw_complex *)c.latents, c.outputs, c.norms);
    if (status == KW_OK) take_outputs(v, &c, &result);
    if (status == KW_OK) status = kw_pca_run(pca, c.outputs, count, (kw_complex *)c.again, NULL, NULL);
    if (status == KW_OK) {
        take_reversal(&c, count, &result);
        *out = result;
    }
    coded_free(&c);
    kw_pca_destroy(&pca);
    return status;
}

kw_status kw_compress_network(const kw_vectors *v, const kw_autoencoder_config *config,
                              const kw_autoencoder_training *training, uint64_t seed, kw_compression *out) {
    const size_t count = v->train + v->test, latent = (size_t)2 << config->latent;
    kw_compression result = nothing;
    kw_autoencoder *ae = NULL;
    coded c = {0};
    kw_status status = kw_autoencoder_create(config, seed, &ae);
    if (status != KW_OK) return status;
    const double started = kw_thread_seconds();
    status = kw_autoencoder_train(ae, v->states, v->weights, v->train, training, NULL);
    result.seconds = kw_thread_seconds() - started;
    result.parameters = (double)kw_autoencoder_parameters(ae);
    result.model_bytes = 8 * result.parameters;
    result.state_bytes = 8 * (double)latent;
    result.training_bytes = (double)kw_autoencoder_bytes(ae);
    if (status == KW_OK) status = coded_make(v, latent, &c);
    if (status == KW_OK) status = kw_autoencoder_run(ae, v->states, count, c.latents, c.outputs, c.norms);
    if (status == KW_OK) take_outputs(v, &c, &result);
    if (status == KW_OK) status = kw_autoencoder_run(ae, c.outputs, count, c.again, NULL, NULL);
    if (status == KW_OK) {
        take_reversal(&c, count, &result);
        *out = result;
    }
    coded_free(&c);
    kw_autoencoder_destroy(&ae);
    return status;
}

kw_status kw_compress_channel(const kw_vectors *v, const kw_circuit *encoder, const double *theta, uint64_t trash_mask,
                              kw_compression *out) {
    const size_t count = v->train + v->test;
    double fidelity[2] = {0, 0};
    kw_compression result = nothing;
    kw_qae_channel *channel = NULL;
    kw_status status = kw_qae_channel_create(encoder, theta, trash_mask, &channel);
    result.norm = result.norm_drift = result.reversal = result.purity = 0;
    for (size_t i = 0; i < count && status == KW_OK; ++i) {
        kw_qae_passage passage;
        status = kw_qae_channel_pass(channel, v->states + i * v->dimension, 0, &passage);
        if (status != KW_OK) break;
        fidelity[i >= v->train] += v->weights[i] * passage.fidelity;
        result.norm += passage.trace / (double)count;
        result.norm_drift += fabs(passage.trace - 1) / (double)count;
        result.reversal += passage.reversal / (double)count;
        result.purity += passage.purity / (double)count;
    }
    kw_qae_channel_destroy(&channel);
    if (status != KW_OK) return status;
    result.train = fidelity[0];
    result.test = v->test ? fidelity[1] : NAN;
    result.parameters = kw_circuit_parameters(encoder);
    *out = result;
    return KW_OK;
}

kw_status kw_compress_amplitudes(const kw_vectors *v, kw_compression *out) {
    double fidelity[2] = {0, 0};
    kw_compression result = nothing;
    for (size_t i = 0; i < v->train + v->test; ++i) {
        kw_complex overlap = 0;
        for (size_t k = i * v->dimension; k < (i + 1) * v->dimension; ++k)
            overlap += conj(v->states[k]) * cabs(v->states[k]);
        fidelity[i >= v->train] += v->weights[i] * creal(overlap * conj(overlap));
    }
    result.train = fidelity[0];
    result.test = v->test ? fidelity[1] : NAN;
    result.norm = 1;
    result.norm_drift = 0;
    *out = result;
    return KW_OK;
}

int kw_mps_bond_within(int n_qubits, uint64_t numbers) {
    int bond = 0;
    while (bond < 1 << 20 && kw_mps_bytes_at(n_qubits, bond + 1) <= 16 * numbers) {
        if (bond && kw_mps_bytes_at(n_qubits, bond + 1) == kw_mps_bytes_at(n_qubits, bond)) break;
        ++bond;
    }
    return bond;
}

kw_status kw_compress_mps(const kw_vectors *v, int max_bond, kw_compression *out) {
    const kw_mps_settings settings = {.max_bond = max_bond};
    kw_compression result = nothing;
    kw_status status = KW_OK;
    result.parameters = result.model_bytes = 0;
    result.state_bytes = result.training_bytes = result.bond = 0;
    double fidelity[2] = {0, 0};
    const double started = kw_thread_seconds();
    for (size_t i = 0; i < v->train + v->test && status == KW_OK; ++i) {
        kw_mps *mps = NULL;
        status = kw_mps_from_vector(v->n_qubits, v->states + i * v->dimension, &settings, &mps);
        if (status != KW_OK) break;
        const kw_mps_account account = kw_mps_account_of(mps);
        fidelity[i >= v->train] += v->weights[i] * account.fidelity;
        result.state_bytes = fmax(result.state_bytes, (double)account.bytes);
        result.training_bytes = fmax(result.training_bytes, (double)account.peak_bytes);
        result.bond = fmax(result.bond, account.max_bond);
        kw_mps_destroy(&mps);
    }
    if (status != KW_OK) return status;
    result.seconds = kw_thread_seconds() - started;
    result.train = fidelity[0];
    result.test = v->test ? fidelity[1] : NAN;
    *out = result;
    return KW_OK;
}

kw_status kw_compression_bounds(const kw_vectors *v, int latent, double *optimum, double *constant) {
    kw_pca *pca = NULL;
    const kw_status status = kw_pca_create(v->n_qubits, latent, v->states, v->weights, v->train, &pca);
    if (status != KW_OK) return status;
    *optimum = kw_optimum(kw_pca_eigenvalues(pca), (int)v->train, latent);
    *constant = kw_pca_eigenvalues(pca)[0];
    kw_pca_destroy(&pca);
    return KW_OK;
}
