/* F4  The generator: life, forwards, backwards. */
#include "models/generator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "models/generator_internal.h"

/* ---- parameters ---- */

kw_status kw_generator_count(const kw_training_config *training, const kw_generator_config *config, size_t weights,
                             size_t *angles, size_t *parameters) {
    kw_generator_circuit made = {0};
    kw_mapping_measure mapping;
    kw_status status = kw_mapping_need(&config->mapping, training->precision, &mapping);
    if (status != KW_OK) return status;
    *angles = 0;
    *parameters = config->source == KW_SOURCE_WEIGHTS ? weights : mapping.parameters;
    if (!kw_source_trains_circuit(config->source)) return KW_OK;
    status = kw_generator_circuit_make(training, config, 1, &made);
    if (status == KW_OK) *angles = made.angles;
    *parameters += *angles;
    kw_circuit_destroy(&made.circuit);
    return status;
}

kw_status kw_generator_start(const kw_training_config *training, const kw_generator_config *config, size_t weights,
                             double *parameters) {
    size_t angles, count;
    kw_mapping *mapping = NULL;
    kw_status status = kw_generator_count(training, config, weights, &angles, &count);
    if (status == KW_OK) status = kw_mapping_create(&config->mapping, KW_DOUBLE, &mapping);
    if (status != KW_OK) return status;
    kw_generator_start_angles(training, config, angles, parameters);
    kw_mapping_start(mapping, config->mapping_pytorch, config->mapping_gain, training->seed, parameters + angles);
    kw_mapping_destroy(&mapping);
    return KW_OK;
}

size_t kw_generator_parameters(const kw_generator *g) { return g->parameters; }
size_t kw_generator_angles(const kw_generator *g) { return g->angles; }
int kw_generator_blocks(const kw_generator *g) { return g->blocks; }
kw_generator_cost kw_generator_cost_of(const kw_generator *g) {
    kw_generator_cost cost = g->cost;
    if (!g->ket) return cost;
    cost.traffic = kw_state_traffic(g->ket);
    cost.infidelity = kw_state_infidelity(g->ket);
    return cost;
}

size_t kw_generator_effective(const kw_generator *g) {
    if (g->config->source == KW_SOURCE_WEIGHTS) return g->parameters;
    return g->angles + kw_mapping_effective(g->mapping) - (g->config->centre_weights ? 1 : 0);
}

/* ---- life ---- */

static kw_status make_state(kw_generator *g, kw_state **out) {
    const kw_training_config *t = g->training;
    const kw_status status =
        kw_comm_agree(g->grid.world, kw_state_create(g->grid.comm, g->config->qubits, t->precision, out));
    if (status == KW_OK) kw_state_obey(*out, t->rounding, t->seed, t->max_infidelity);
    return status;
}

static kw_status make_states(kw_generator *g) {
    kw_status status = make_state(g, &g->ket);
    if (status == KW_OK && kw_source_trains_circuit(g->config->source)) status = make_state(g, &g->bra);
    return status;
}

static kw_status make_numbers(kw_generator *g) {
    const size_t rows = g->config->rows;
    g->q = malloc(rows * sizeof(double));
    g->x = malloc(rows * sizeof(double));
    g->slope = malloc(rows * sizeof(double));
    g->d_q = malloc(rows * sizeof(double));
    g->rows = calloc(rows * (size_t)g->config->chunk, sizeof(double));
    if (g->config->source == KW_SOURCE_PERMUTED) g->order = malloc(rows * sizeof *g->order);
    if (!g->q || !g->x || !g->slope || !g->d_q || !g->rows || (g->config->source == KW_SOURCE_PERMUTED && !g->order))
        return kw_fail(KW_E_NOMEM, "no memory for %zu rows of the basis", rows);
    if (g->order) kw_rng_permutation(kw_rng_make(g->training->seed, KW_STREAM_SPLIT, 1), rows, g->order);
    return kw_observable_diagonal(g->config->qubits, g->d_q, rows, &g->diagonal);
}

kw_status kw_generator_use_blocks(kw_generator *g, int blocks) {
    if (!kw_source_runs_circuit(g->config->source)) return KW_OK;
    kw_plan_destroy(&g->plan);
    kw_circuit_destroy(&g->circuit.circuit);
    free(g->phi);
    free(g->d_phi);
    g->phi = g->d_phi = NULL;
    kw_status status = kw_generator_circuit_make(g->training, g->config, blocks, &g->circuit);
    if (status == KW_OK) status = kw_plan_create(g->circuit.circuit, kw_comm_size(g->grid.comm), &g->plan);
    if (status == KW_OK) status = kw_plan_prepare(g->plan, g->training->precision);
    if (status == KW_OK && kw_source_trains_circuit(g->config->source))
        status = kw_plan_prepare_gradient(g->plan, g->training->precision);
    if (status == KW_OK) {
        const size_t angles = g->circuit.angles + 2 * g->circuit.places;
        g->phi = calloc(angles + 1, sizeof(double));
        g->d_phi = calloc(2 * angles + 1, sizeof(double));
        if (!g->phi || !g->d_phi) status = kw_fail(KW_E_NOMEM, "no memory for %zu angles", angles);
    }
    if (status == KW_OK) g->cost.rounding = kw_rounding_used(g->plan, g->training->precision, g->training->rounding);
    g->blocks = blocks;
    return kw_comm_agree(g->grid.world, status);
}

kw_status kw_generator_create(const kw_generator_grid *grid, const kw_training_config *training,
                              const kw_generator_config *config, size_t weights, kw_generator **out) {
    kw_generator *g = calloc(1, sizeof *g);
    kw_status status = kw_comm_agree(grid->world, g ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a generator"));
    if (status != KW_OK) {
        free(g);
        return status;
    }
    *g = (kw_generator){.grid = *grid, .training = training, .config = config, .weights = weights};
    status = kw_generator_count(training, config, weights, &g->angles, &g->parameters);
    if (status == KW_OK && config->source != KW_SOURCE_WEIGHTS) {
        status = make_numbers(g);
        if (status == KW_OK) status = kw_mapping_create(&config->mapping, training->precision, &g->mapping);
    }
    status = kw_comm_agree(grid->world, status);
    if (status == KW_OK && kw_source_runs_circuit(config->source)) status = make_states(g);
    if (status == KW_OK) status = kw_generator_use_blocks(g, config->first_layers ? config->first_layers : training->layers);
    if (status == KW_OK) *out = g;
    else kw_generator_destroy(&g);
    return status;
}

void kw_generator_destroy(kw_generator **generator) {
    kw_generator *g = *generator;
    if (!g) return;
    kw_observable_destroy(&g->diagonal);
    kw_state_destroy(&g->ket);
    kw_state_destroy(&g->bra);
    kw_plan_destroy(&g->plan);
    kw_circuit_destroy(&g->circuit.circuit);
    kw_mapping_destroy(&g->mapping);
    free(g->q);
    free(g->x);
    free(g->slope);
    free(g->d_q);
    free(g->rows);
    free(g->phi);
    free(g->d_phi);
    free(g->order);
    free(g);
    *generator = NULL;
}

/* ---- forwards ---- */

static int part(const kw_generator *g) { return g->grid.shard ? kw_comm_rank(g->grid.world) : 0; }
static int parts(const kw_generator *g) { return g->grid.shard ? kw_comm_size(g->grid.world) : 1; }

/* What a frozen circuit gives never changes. */
static kw_status find_inputs(kw_generator *g, uint64_t evaluation, const double *parameters) {
    kw_status status = KW_OK;
    if (g->config->source == KW_SOURCE_FROZEN && g->plan) {
        double *start = malloc((g->circuit.angles + 1) * sizeof *start);
        status = kw_comm_agree(g->grid.world, start ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for the start angles"));
        if (status == KW_OK) {
            kw_generator_start_angles(g->training, g->config, g->circuit.angles, start);
            g->angles = g->circuit.angles;
            status = kw_generator_probabilities(g, 0, start);
            g->angles = 0;
        }
        free(start);
        kw_plan_destroy(&g->plan);
    } else if (g->plan || !g->fixed) status = kw_generator_probabilities(g, evaluation, parameters);
    else return KW_OK;
    g->fixed = !g->plan;
    if (status == KW_OK) kw_generator_scale(g);
    return status;
}

kw_status kw_generator_run(kw_generator *g, uint64_t evaluation, const double *parameters, double *theta) {
    if (g->config->source == KW_SOURCE_WEIGHTS) {
        memcpy(theta, parameters, g->weights * sizeof *theta);
        return KW_OK;
    }
    const kw_status status = find_inputs(g, evaluation, parameters);
    if (status != KW_OK) return status;
    const double started = kw_seconds();
    const size_t numbers = g->config->rows * (size_t)g->config->chunk;
    kw_mapping_run(g->mapping, parameters + g->angles, g->x, part(g), parts(g), g->rows);
    if (g->grid.shard) kw_comm_sum(g->grid.world, g->rows, numbers);
    memcpy(theta, g->rows, g->weights * sizeof *theta);
    if (g->config->centre_weights) kw_subtract_mean(theta, g->weights);
    g->cost.mapping += kw_seconds() - started;
    return KW_OK;
}

/* ---- backwards ---- */

/* d_q <- dL/dx, gradient <- of the mapping */
static void mapping_back(kw_generator *g, const double *parameters, double *d_theta, double *gradient) {
    const double started = kw_seconds();
    const size_t numbers = g->config->rows * (size_t)g->config->chunk;
    if (g->grid.shard) kw_comm_sum(g->grid.world, d_theta, g->weights);
    if (g->config->centre_weights) kw_subtract_mean(d_theta, g->weights);
    memcpy(g->rows, d_theta, g->weights * sizeof *d_theta);
    memset(g->rows + g->weights, 0, (numbers - g->weights) * sizeof *d_theta);
    kw_mapping_back(g->mapping, parameters + g->angles, g->rows, part(g), parts(g), gradient + g->angles,
                    g->angles ? g->d_q : NULL);
    if (g->grid.shard && g->angles) kw_comm_sum(g->grid.world, g->d_q, g->config->rows);
    g->cost.mapping += kw_seconds() - started;
}

kw_status kw_generator_back(kw_generator *g, uint64_t evaluation, const double *parameters, double *d_theta,
                            double *gradient) {
    if (g->config->source == KW_SOURCE_WEIGHTS) {
        memcpy(gradient, d_theta, g->weights * sizeof *gradient);
        kw_comm_sum(g->grid.world, gradient, g->parameters);
        return KW_OK;
    }
    mapping_back(g, parameters, d_theta, gradient);
    if (g->angles) {
        kw_generator_scale_back(g);
        const kw_status status = kw_generator_circuit_back(g, evaluation, parameters);
        if (status != KW_OK) return status;
        /* of shared rows every rank knows the whole of it */
        const bool counts = !g->grid.shard || kw_comm_rank(g->grid.world) == 0;
        for (size_t i = 0; i < g->angles; ++i) gradient[i] = counts ? g->d_phi[i] : 0;
    }
    kw_comm_sum(g->grid.world, gradient, g->parameters);
    return KW_OK;
}

/* ---- entanglement ---- */

/* Tr rho_k^2 = (1 + <X_k>^2 + <Y_k>^2 + <Z_k>^2) / 2 */
static kw_status bloch_length2(kw_comm *world, kw_state *state, int qubit, double *sum) {
    *sum = 0;
    for (int axis = 1; axis < 4; ++axis) {
        const kw_pauli letter = {1, axis != 3 ? (uint64_t)1 << qubit : 0, axis != 1 ? (uint64_t)1 << qubit : 0};
        kw_observable *observable = NULL;
        double mean = 0;
        kw_status status = kw_observable_pauli_sum(kw_state_qubits(state), &letter, 1, &observable);
        status = kw_comm_agree(world, status);
        if (status == KW_OK) status = kw_observable_expect(observable, state, &mean);
        kw_observable_destroy(&observable);
        if (status != KW_OK) return status;
        *sum += mean * mean;
    }
    return KW_OK;
}

kw_status kw_generator_entanglement(kw_generator *g, double *meyer_wallach, double *participation) {
    *meyer_wallach = *participation = NAN;
    if (!g->angles) return KW_OK;
    double sum = 0, squares = 0, whole = 0;
    kw_status status = KW_OK;
    for (int q = 0; q < g->config->qubits && status == KW_OK; ++q) {
        double length2;
        status = bloch_length2(g->grid.world, g->ket, q, &length2);
        sum += length2;
    }
    for (size_t i = 0; i < g->config->rows; ++i) {
        whole += g->q[i];
        squares += g->q[i] * g->q[i];
    }
    status = kw_comm_agree(g->grid.world, status);
    if (status != KW_OK) return status;
    *meyer_wallach = 1 - sum / g->config->qubits;
    *participation = whole * whole / squares;
    return KW_OK;
}
