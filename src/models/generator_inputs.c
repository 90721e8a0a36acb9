/* F4  Inputs of the mapping: probabilities of the circuit, of samples and of noisy trajectories; the controls' numbers;
 * scaling. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "models/generator_internal.h"
#include "nn/kernels/lanes.h"

static int trajectories(const kw_generator *g) { return g->circuit.places ? g->config->trajectories : 1; }

/* phi <- the angles, and those of one trajectory's noise. */
static kw_status run_circuit(kw_generator *g, uint64_t evaluation, int trajectory, const double *parameters) {
    const uint64_t key = evaluation * (uint64_t)g->config->trajectories + (uint64_t)trajectory;
    memcpy(g->phi, parameters, g->angles * sizeof *g->phi);
    kw_generator_draw_noise(g->config, g->training->seed, key, g->circuit.places, g->phi + g->angles);
    const kw_status status = kw_state_set_basis(g->ket, 0);
    return status == KW_OK ? kw_plan_run(g->plan, g->phi, g->ket) : status;
}

static kw_status average(kw_generator *g, uint64_t evaluation, const double *parameters) {
    const size_t rows = g->config->rows;
    const int count = trajectories(g);
    kw_status status = run_circuit(g, evaluation, 0, parameters);
    if (status == KW_OK) status = kw_state_distribution(g->ket, rows, g->q);
    for (int t = 1; t < count && status == KW_OK; ++t) {
        status = run_circuit(g, evaluation, t, parameters);
        if (status == KW_OK) status = kw_state_distribution(g->ket, rows, g->d_q);
        for (size_t i = 0; i < rows; ++i) g->q[i] += g->d_q[i];
    }
    for (size_t i = 0; count > 1 && i < rows; ++i) g->q[i] /= count;
    return status;
}

/* q <- counts of samples / samples; samples that fall on basis states beyond the rows are lost.  Sorted uniform numbers,
 * made in order (Bentley & Saxe 1980), walk along the cumulated probabilities. */
static void sample(kw_generator *g, uint64_t evaluation) {
    const kw_rng rng = kw_rng_make(g->training->seed, KW_STREAM_SHOTS, evaluation);
    const uint64_t shots = g->config->shots;
    double logarithm = 0, below = 0;
    size_t i = 0;
    uint64_t done = 0, here = 0;
    for (; i < g->config->rows; ++i, here = 0) {
        const double top = below + g->q[i];
        while (done < shots) {
            const double next = logarithm + log(1 - kw_rng_uniform(&rng, done)) / (double)(shots - done);
            if (-expm1(next) >= top) break;
            logarithm = next;
            ++done;
            ++here;
        }
        g->q[i] = (double)here / (double)shots;
        below = top;
    }
}

static void permute(const kw_generator *g, double *values, double *work, bool back) {
    const size_t rows = g->config->rows;
    memcpy(work, values, rows * sizeof *values);
    for (size_t i = 0; i < rows; ++i)
        if (back) values[g->order[i]] = work[i];
        else values[i] = work[g->order[i]];
}

/* Probabilities of a random state are distributed exponentially (Porter & Thomas 1956). */
static void fill_control(kw_generator *g) {
    const kw_rng rng = kw_rng_make(g->training->seed, KW_STREAM_STATES, 0);
    const double mean = 1 / (double)kw_bit(g->config->qubits);
    for (size_t i = 0; i < g->config->rows; ++i) {
        g->q[i] = g->config->source == KW_SOURCE_CONSTANT ? mean : 0;
        if (g->config->source == KW_SOURCE_RANDOM) g->q[i] = -mean * log(1 - kw_rng_uniform(&rng, i));
    }
}

kw_status kw_generator_probabilities(kw_generator *g, uint64_t evaluation, const double *parameters) {
    const double started = kw_seconds();
    kw_status status = KW_OK;
    if (g->plan) status = average(g, evaluation, parameters);
    else fill_control(g);
    if (status == KW_OK && g->config->shots) sample(g, evaluation);
    if (status == KW_OK && g->order) permute(g, g->q, g->slope, false);
    g->cost.circuit += kw_seconds() - started;
    return status;
}

/* ---- scaling ---- */

void kw_subtract_mean(double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += values[i];
    for (size_t i = 0; i < count; ++i) values[i] -= sum / (double)count;
}

enum { PIECE = 512 };

void kw_generator_scale(kw_generator *g) {
    const kw_generator_config *c = g->config;
    const size_t rows = c->rows;
    const double k = c->gamma * (double)kw_bit(c->qubits) / 2, dimension = (double)kw_bit(c->qubits);
    if (c->scaling == KW_SCALING_TANH) {
        const kw_lanes_table *lanes = kw_lanes(g->training->precision);
#pragma omp parallel for schedule(static)
        for (size_t i = 0; i < rows; i += PIECE)
            lanes->squash(g->q, k, c->beta, c->alpha, c->floor, i, i + PIECE < rows ? i + PIECE : rows, g->x, g->slope);
    } else {
        const double factor = c->scaling == KW_SCALING_DIMENSION ? dimension : 1;
        for (size_t i = 0; i < rows; ++i) {
            g->x[i] = factor * g->q[i];
            g->slope[i] = factor;
        }
    }
    if (c->centre_input) kw_subtract_mean(g->x, rows);
}

void kw_generator_scale_back(kw_generator *g) {
    if (g->config->centre_input) kw_subtract_mean(g->d_q, g->config->rows);
    for (size_t i = 0; i < g->config->rows; ++i) g->d_q[i] *= g->slope[i];
}

/* ---- the way back ---- */

kw_status kw_generator_circuit_back(kw_generator *g, uint64_t evaluation, const double *parameters) {
    const double started = kw_seconds();
    const int count = trajectories(g);
    const size_t angles = g->angles + 2 * g->circuit.places;
    double *sum = g->d_phi + angles;
    kw_status status = KW_OK;
    if (g->order) permute(g, g->d_q, g->slope, true);
    memset(sum, 0, g->angles * sizeof *sum);
    for (int t = 0; t < count && status == KW_OK; ++t) {
        if (count > 1) status = run_circuit(g, evaluation, t, parameters);
        memset(g->d_phi, 0, angles * sizeof *g->d_phi);
        if (status == KW_OK) status = kw_plan_backward(g->plan, g->phi, g->diagonal, g->ket, g->bra, NULL, g->d_phi);
        for (size_t i = 0; i < g->angles; ++i) sum[i] += g->d_phi[i] / count;
    }
    memcpy(g->d_phi, sum, g->angles * sizeof *sum);
    g->cost.circuit += kw_seconds() - started;
    return status;
}
