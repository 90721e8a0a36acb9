/* F4  Energies of the variational eigensolver: states, exact and measured values, gradient, samples. */
#include <math.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "data/hamiltonian.h"
#include "data/lanczos.h"
#include "engine/plan_internal.h"
#include "models/vqe_internal.h"

/* ---- controls ---- */

static const char *method_of(const kw_vqe_config *c, const kw_ground *found) {
    if (kw_paulis_are_diagonal(c->terms, c->n_terms)) return "all basis states";
    return found->products ? "Lanczos" : "dense diagonalisation";
}

/* Where Lanczos does not fit, free fermions still give the Ising chain. */
static kw_status find_exact(kw_vqe *q) {
    const kw_vqe_config *c = q->config;
    kw_vqe_controls *controls = &q->controls;
    kw_ground found = {0};
    kw_status status = KW_OK;
    if (q->forecast.exact) {
        status = kw_ground_energy(q->comm, c->n_qubits, c->terms, c->n_terms, c->training.seed, &found);
        controls->method = method_of(c, &found);
    } else if (c->hamiltonian == KW_VQE_TFIM && c->exact != KW_VQE_EXACT_NO) {
        status = kw_tfim_energy(c->n_qubits, c->coupling, c->periodic, &found.energy);
        controls->method = "free fermions";
    } else return KW_OK;
    if (status != KW_OK) return status;
    controls->known = true;
    controls->exact = found.energy;
    controls->residual = found.residual;
    return KW_OK;
}

static kw_status find_controls(kw_vqe *q) {
    const kw_vqe_config *c = q->config;
    q->controls = (kw_vqe_controls){.exact = NAN, .method = "", .residual = NAN};
    kw_memory_peak_reset();
    kw_status status = kw_comm_agree(q->world, find_exact(q));
    q->peak_bytes = kw_memory_peak();
    if (status == KW_OK)
        status = kw_product_energy(c->n_qubits, c->terms, c->n_terms, c->training.seed, &q->controls.product);
    return kw_comm_agree(q->world, status);
}

/* ---- life ---- */

static kw_status make_observables(kw_vqe *q) {
    const kw_vqe_config *c = q->config;
    kw_status status = kw_observable_pauli_sum(c->n_qubits, c->terms, c->n_terms, &q->energy);
    if (status != KW_OK || !c->training.shots) return status;
    q->strings = calloc(c->n_terms, sizeof(kw_observable *));
    if (!q->strings) return kw_fail(KW_E_NOMEM, "no memory for %zu Pauli strings", c->n_terms);
    for (size_t t = 0; t < c->n_terms && status == KW_OK; ++t) {
        const kw_pauli string = {1.0, c->terms[t].x, c->terms[t].z};
        status = kw_observable_pauli_sum(c->n_qubits, &string, 1, &q->strings[t]);
    }
    return status;
}

static kw_status make_state(kw_vqe *q, kw_state **out) {
    const kw_training_config *c = &q->config->training;
    const kw_status status = kw_comm_agree(q->world, kw_state_create(q->comm, q->config->n_qubits, c->precision, out));
    if (status == KW_OK) kw_state_obey(*out, c->rounding, c->seed, c->max_infidelity);
    return status;
}

static kw_status make_states(kw_vqe *q) {
    const kw_vqe_config *c = q->config;
    kw_circuit *circuit = NULL;
    kw_status status = kw_vqe_circuit(c, &circuit);
    if (status == KW_OK) status = kw_plan_create(circuit, q->forecast.ranks_per_state, &q->plan);
    kw_circuit_destroy(&circuit);
    if (status == KW_OK) status = make_observables(q);
    status = kw_comm_agree(q->world, status);
    if (status == KW_OK) status = make_state(q, &q->ket);
    if (status == KW_OK && q->forecast.gradients) status = make_state(q, &q->bra);
    return status;
}

kw_status kw_vqe_create(kw_comm *world, kw_vqe_config *config, const kw_vqe_forecast *forecast, kw_vqe **out) {
    kw_vqe *q = calloc(1, sizeof *q);
    kw_status status = kw_comm_agree(world, q ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a run"));
    if (status != KW_OK) {
        free(q);
        return status;
    }
    q->config = config;
    q->forecast = *forecast;
    q->world = world;
    status = kw_comm_split(world, kw_comm_rank(world) / forecast->ranks_per_state, &q->comm);
    if (status == KW_OK) status = find_controls(q);
    kw_memory_peak_reset();
    if (status == KW_OK) status = make_states(q);
    if (status == KW_OK) *out = q;
    else kw_vqe_destroy(&q);
    return status;
}

void kw_vqe_destroy(kw_vqe **vqe) {
    kw_vqe *q = *vqe;
    if (!q) return;
    for (size_t t = 0; q->strings && t < q->config->n_terms; ++t) kw_observable_destroy(&q->strings[t]);
    free(q->strings);
    kw_observable_destroy(&q->energy);
    kw_state_destroy(&q->ket);
    kw_state_destroy(&q->bra);
    kw_plan_destroy(&q->plan);
    kw_comm_destroy(&q->comm);
    free(q);
    *vqe = NULL;
}

/* ---- energies ---- */

static kw_status run_circuit(kw_vqe *q, const double *theta) {
    const kw_status status = kw_state_set_basis(q->ket, q->config->reference);
    return status == KW_OK ? kw_plan_run(q->plan, theta, q->ket) : status;
}

/* Mean of a string's outcomes +-1 over a finite number of shots, from its exact mean. */
static double measure_string(const kw_vqe *q, uint64_t evaluation, size_t term, double exact) {
    const kw_rng rng =
        kw_rng_make(q->config->training.seed, KW_STREAM_SHOTS, evaluation * (uint64_t)q->config->n_terms + (uint64_t)term);
    uint64_t plus = 0;
    for (uint64_t shot = 0; shot < q->config->training.shots; ++shot) plus += kw_rng_uniform(&rng, shot) < (1 + exact) / 2;
    return 2 * (double)plus / (double)q->config->training.shots - 1;
}

kw_status kw_vqe_value(kw_vqe *q, uint64_t evaluation, const double *theta, double *f) {
    const kw_vqe_config *c = q->config;
    kw_status status = run_circuit(q, theta);
    double energy = 0;
    if (status == KW_OK && !q->strings) status = kw_observable_expect(q->energy, q->ket, &energy);
    for (size_t t = 0; status == KW_OK && q->strings && t < c->n_terms; ++t) {
        double exact = 1;
        if (c->terms[t].x | c->terms[t].z) {
            status = kw_observable_expect(q->strings[t], q->ket, &exact);
            exact = measure_string(q, evaluation, t, exact);
        }
        energy += c->terms[t].coefficient * exact;
    }
    status = kw_comm_agree(q->world, status);
    if (status == KW_OK) *f = energy;
    return status;
}

kw_status kw_vqe_gradient(kw_vqe *q, const double *theta, double *f, double *g) {
    kw_status status = kw_state_set_basis(q->ket, q->config->reference);
    if (status == KW_OK) status = kw_plan_gradient(q->plan, theta, q->energy, q->ket, q->bra, f, g, NULL, NULL);
    return kw_comm_agree(q->world, status);
}

kw_status kw_vqe_evaluate(kw_vqe *q, const double *theta, double *energy, double *variance) {
    kw_status status = run_circuit(q, theta);
    *variance = NAN;
    const bool alone = !q->bra || kw_precision_is_packed(kw_state_precision(q->ket)); /* without an image's rounding */
    if (status == KW_OK && alone) status = kw_observable_expect(q->energy, q->ket, energy);
    if (status == KW_OK && q->bra) {
        double same = 0;
        status = kw_observable_apply_value(q->energy, q->ket, q->bra, alone ? &same : energy);
        *variance = fmax(kw_state_norm2(q->bra) - *energy * *energy, 0);
    }
    return kw_comm_agree(q->world, status);
}

/* ---- samples ---- */

static double energy_of(const kw_vqe_config *c, uint64_t index) {
    double sum = 0;
    for (size_t t = 0; t < c->n_terms; ++t)
        sum += kw_popcount(index & c->terms[t].z) & 1 ? -c->terms[t].coefficient : c->terms[t].coefficient;
    return sum;
}

kw_status kw_vqe_best_sample(kw_vqe *q) {
    uint64_t samples[KW_VQE_SAMPLES];
    const kw_status status =
        kw_comm_agree(q->world, kw_state_sample(q->ket, KW_VQE_SAMPLES, q->config->training.seed, samples));
    if (status != KW_OK) return status;
    q->controls.has_best_sample = true;
    q->controls.best_energy = INFINITY;
    for (size_t i = 0; i < KW_VQE_SAMPLES; ++i) {
        const double energy = energy_of(q->config, samples[i]);
        if (energy >= q->controls.best_energy) continue;
        q->controls.best_energy = energy;
        q->controls.best_sample = samples[i];
    }
    return KW_OK;
}
