/* F2  Ground states of chains and ladders as states: Lanczos while its vectors fit, an adiabatic circuit beyond. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "data/adiabatic.h"
#include "data/ensemble_internal.h"
#include "data/lanczos.h"
#include "engine/state_internal.h"

enum { CLUSTER = 12 /* sites of the clusters whose exact energies bound that of a long Heisenberg chain */ };

typedef struct {
    kw_pauli terms[6 * KW_MAX_QUBITS];
    size_t count;
} model;

static void model_make(const kw_ensemble_config *c, double coupling, model *out) {
    const kw_hubbard hubbard = {c->sites_x, c->sites_y, coupling, c->interaction, c->periodic, c->twice};
    if (c->family == KW_FAMILY_HUBBARD) out->count = kw_hubbard_terms(&hubbard, out->terms);
    else if (c->family == KW_FAMILY_TFIM) out->count = kw_tfim_terms(c->n_qubits, coupling, c->periodic, out->terms);
    else out->count = kw_heisenberg_terms(c->n_qubits, coupling, c->periodic, out->terms);
}

static kw_start start_of(kw_family family) {
    return family == KW_FAMILY_TFIM ? KW_START_UNIFORM : family == KW_FAMILY_HUBBARD ? KW_START_SPINS : KW_START_SECTOR;
}

static uint64_t vector_bytes(int n_qubits, int ranks) { return kw_bit(n_qubits) / (uint64_t)ranks * sizeof(double); }

/* Saturates where Lanczos is no choice. */
static uint64_t lanczos_bytes(int n_qubits, int ranks) {
    const uint64_t beside = kw_ground_bytes(n_qubits, ranks);
    return beside == UINT64_MAX ? UINT64_MAX : vector_bytes(n_qubits, ranks) + beside;
}

/* Whether Lanczos vectors take more than they may. */
static bool is_beyond(const kw_ensemble *ensemble, int ranks) {
    const uint64_t bytes = lanczos_bytes(ensemble->config.n_qubits, ranks);
    return bytes == UINT64_MAX || bytes > ensemble->config.lanczos_bytes;
}

static kw_status refuse_size(const kw_ensemble_config *c, int ranks) {
    return kw_fail(KW_E_INPUT,
                   "data.lanczos_memory: a Hubbard ground state of %d qubits takes %.3g bytes per rank, more than "
                   "the %.3g it may take, and has no adiabatic circuit: allow more, or use more ranks per state",
                   c->n_qubits, (double)lanczos_bytes(c->n_qubits, ranks), (double)c->lanczos_bytes);
}

static uint64_t cluster_bytes(int n_qubits) { return lanczos_bytes(n_qubits < CLUSTER ? n_qubits : CLUSTER, 1); }

static kw_status by_lanczos(const kw_ensemble_config *c, double coupling, kw_state *state, char *note, size_t note_bytes) {
    const uint64_t bytes = vector_bytes(c->n_qubits, kw_comm_size(state->comm));
    double *vector = kw_block_alloc(bytes);
    kw_ground found = {0};
    model h;
    kw_status status =
        vector ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a ground state of %llu bytes", (unsigned long long)bytes);
    status = kw_comm_agree(state->comm, status);
    if (status) goto done;
    model_make(c, coupling, &h);
    status = kw_ground_state(state->comm, c->n_qubits, h.terms, h.count, start_of(c->family), c->seed, vector, &found);
    if (status) goto done;
    kw_state_set_local_real(state, vector);
    if (found.products)
        snprintf(note, note_bytes, "Lanczos, %d products, energy %.10g, residual %.0e", found.products, found.energy,
                 found.residual);
    else snprintf(note, note_bytes, "dense diagonalisation, energy %.10g, residual %.0e", found.energy, found.residual);
done:
    if (vector) kw_block_free(vector, bytes);
    return status;
}

/* Ground-state energy of a Heisenberg chain of at most CLUSTER sites, on this process alone. */
static kw_status cluster_energy(const kw_ensemble_config *c, double delta, int sites, bool periodic, double *energy) {
    const uint64_t bytes = vector_bytes(sites, 1);
    double *vector = kw_block_alloc(bytes);
    if (!vector) return kw_fail(KW_E_NOMEM, "no memory for a cluster of %d sites", sites);
    kw_ground found = {0};
    model h;
    h.count = kw_heisenberg_terms(sites, delta, periodic, h.terms);
    const kw_status status =
        kw_ground_state(kw_comm_self(), sites, h.terms, h.count, KW_START_SECTOR, c->seed, vector, &found);
    kw_block_free(vector, bytes);
    *energy = found.energy;
    return status;
}

/* Lower bound of the ground-state energy of a long chain: its bonds split into open clusters (Anderson 1951). */
static kw_status heisenberg_bound(const kw_ensemble_config *c, double delta, double *bound) {
    const int n = c->n_qubits, bonds = kw_chain_bonds(n, c->periodic), clusters = bonds / (CLUSTER - 1);
    if (n <= CLUSTER) return cluster_energy(c, delta, n, c->periodic, bound);
    double whole = 0.0, rest = 0.0;
    kw_status status = cluster_energy(c, delta, CLUSTER, false, &whole);
    if (!status && bonds % (CLUSTER - 1)) status = cluster_energy(c, delta, bonds % (CLUSTER - 1) + 1, false, &rest);
    *bound = clusters * whole + rest;
    return status;
}

static kw_status adiabatic_note(const kw_ensemble_config *c, double coupling, double energy, char *note, size_t note_bytes) {
    const bool ising = c->family == KW_FAMILY_TFIM;
    double reference = 0.0;
    const kw_status status =
        ising ? kw_tfim_energy(c->n_qubits, coupling, c->periodic, &reference) : heisenberg_bound(c, coupling, &reference);
    if (status) return status;
    if (ising || c->n_qubits <= CLUSTER)
        snprintf(note, note_bytes, "adiabatic circuit of %d steps, energy %.8g, error %.1e", c->adiabatic_steps, energy,
                 energy - reference);
    else
        snprintf(note, note_bytes,
                 "adiabatic circuit of %d steps, energy %.8g, error at most %.1e (bound from clusters of %d sites)",
                 c->adiabatic_steps, energy, energy - reference, CLUSTER);
    return KW_OK;
}

static kw_status by_circuit(const kw_ensemble *ensemble, double coupling, kw_state *state, char *note, size_t note_bytes) {
    const kw_ensemble_config *c = &ensemble->config;
    const kw_plan *plan = NULL;
    kw_observable *energy_of = NULL;
    double energy = 0.0;
    model h;
    model_make(c, coupling, &h);
    double *theta = malloc((size_t)kw_adiabatic_parameters(c->family, c->adiabatic_steps) * sizeof *theta);
    kw_status status = theta ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for the angles of an adiabatic circuit");
    if (!status) status = kw_ensemble_plan(ensemble, kw_comm_size(state->comm), &plan);
    if (!status) status = kw_observable_pauli_sum(c->n_qubits, h.terms, h.count, &energy_of);
    status = kw_comm_agree(state->comm, status);
    if (status) goto done;
    kw_adiabatic_angles(c->family, coupling, c->adiabatic_steps, theta);
    status = kw_state_set_basis(state, 0);
    if (!status) status = kw_plan_run(plan, theta, state);
    if (!status) status = kw_state_order(state);
    if (!status) status = kw_observable_expect(energy_of, state, &energy);
    if (!status) status = kw_comm_agree(state->comm, adiabatic_note(c, coupling, energy, note, note_bytes));
done:
    kw_observable_destroy(&energy_of);
    free(theta);
    return status;
}

kw_status kw_ground_prepare(const kw_ensemble *ensemble, int member, kw_state *state, char *note, size_t note_bytes) {
    const double coupling = ensemble->parameters[member].value;
    char unread[1];
    if (!note || !note_bytes) {
        note = unread;
        note_bytes = sizeof unread;
    }
    const int ranks = kw_comm_size(state->comm);
    if (!is_beyond(ensemble, ranks)) return by_lanczos(&ensemble->config, coupling, state, note, note_bytes);
    if (!kw_family_has_adiabatic(ensemble->config.family)) return refuse_size(&ensemble->config, ranks);
    return by_circuit(ensemble, coupling, state, note, note_bytes);
}

/* Traffic of the energy that goes into the note. */
static kw_status add_energy(const kw_ensemble_config *c, kw_precision precision, int ranks, kw_traffic *traffic) {
    kw_observable *energy_of = NULL;
    int place[KW_MAX_QUBITS];
    model h;
    model_make(c, c->coupling_max, &h);
    const kw_status status = kw_observable_pauli_sum(c->n_qubits, h.terms, h.count, &energy_of);
    if (status) return status;
    for (int q = 0; q < c->n_qubits; ++q) place[q] = q;
    const int n_local = c->n_qubits - kw_log2((uint64_t)ranks);
    const uint64_t streamed = kw_observable_bytes_exchanged(energy_of, place, n_local, precision);
    traffic->bytes += streamed;
    traffic->exchanges += streamed / kw_bytes_of(kw_bit(n_local), precision); /* whole blocks */
    kw_observable_destroy(&energy_of);
    return KW_OK;
}

kw_status kw_ground_prepare_need(const kw_ensemble *ensemble, kw_precision precision, int ranks, kw_prepare_need *out) {
    const kw_ensemble_config *c = &ensemble->config;
    kw_prepare_need need = {.traffic_known = true};
    if (!is_beyond(ensemble, ranks)) {
        *out = (kw_prepare_need){.traffic_known = ranks == 1, .bytes = lanczos_bytes(c->n_qubits, ranks)};
        return KW_OK;
    }
    if (!kw_family_has_adiabatic(c->family)) return refuse_size(c, ranks);
    kw_status status = kw_ensemble_foretell(ensemble->circuit, precision, ranks, &need.traffic, &need.kept);
    if (!status) status = add_energy(c, precision, ranks, &need.traffic);
    if (status) return status;
    need.bytes = need.kept + (c->family == KW_FAMILY_HEISENBERG ? cluster_bytes(c->n_qubits) : 0);
    *out = need;
    return KW_OK;
}
