/* F4  The forecast of a variational eigensolver. */
#include "base/bits.h"
#include "base/error.h"
#include "data/lanczos.h"
#include "engine/state_internal.h"
#include "models/vqe.h"

enum { DIAGONAL_QUBITS = 30 /* beyond, looking at every basis state for the exact minimum is no short work */ };

/* Halves the ranks until every rank holds the targets of the widest gate, and what packed states need. */
static kw_status make_plan(const kw_circuit *circuit, kw_precision precision, int ranks, int *per_state, kw_plan **out) {
    int below = 1;
    while (2 * below <= ranks) below *= 2;
    if (below != ranks)
        return kw_fail(KW_E_ARG, "%d ranks: a power of two is needed; the nearest are %d and %d", ranks, below, 2 * below);
    while (kw_log2((uint64_t)ranks) > kw_most_rank_bits(kw_circuit_qubits(circuit), precision)) ranks /= 2;
    kw_status status = kw_plan_create(circuit, ranks, out);
    for (*per_state = ranks; status == KW_E_ARG && *per_state > 1;) status = kw_plan_create(circuit, *per_state /= 2, out);
    return status;
}

/* Exchanges and bytes of taking <H> in one go, or string by string where each is measured by itself. */
static kw_status foretell_energy(const kw_vqe_config *c, const kw_plan *plan, int n_local, bool by_string, kw_need *out) {
    const size_t step = by_string ? 1 : c->n_terms;
    for (size_t t = 0; t < c->n_terms; t += step) {
        kw_observable *energy = NULL;
        const kw_status status = kw_observable_pauli_sum(c->n_qubits, c->terms + t, step, &energy);
        if (status != KW_OK) return status;
        out->bytes_exchanged +=
            kw_observable_bytes_exchanged(energy, kw_plan_final_place(plan), n_local, c->training.precision);
        kw_observable_destroy(&energy);
    }
    out->exchanges = out->bytes_exchanged / kw_bytes_of(kw_bit(n_local), c->training.precision);
    return KW_OK;
}

static kw_need plus(kw_plan_cost cost, kw_need energy) {
    return (kw_need){cost.exchanges + energy.exchanges, cost.bytes_exchanged + energy.bytes_exchanged, 0};
}

static kw_status foretell_evaluations(const kw_vqe_config *c, const kw_plan *plan, kw_vqe_forecast *f) {
    const kw_precision precision = c->training.precision;
    const int n_local = c->n_qubits - kw_log2((uint64_t)f->ranks_per_state);
    kw_need exact = {0}, measured = {0};
    kw_status status = foretell_energy(c, plan, n_local, false, &exact);
    if (status == KW_OK) status = foretell_energy(c, plan, n_local, c->training.shots > 0, &measured);
    f->value = plus(kw_plan_forward_cost(plan, precision), measured);
    f->gradient = plus(kw_plan_gradient_cost(plan, precision), exact);
    f->evaluation = plus(kw_plan_forward_cost(plan, precision), exact);
    if (f->gradients && kw_precision_is_packed(precision)) { /* the energy by itself, the variance by an image */
        f->evaluation.exchanges += exact.exchanges;
        f->evaluation.bytes_exchanged += exact.bytes_exchanged;
    }
    if (kw_paulis_are_diagonal(c->terms, c->n_terms)) { /* sampled at the end */
        const kw_traffic order = kw_order_cost(c->n_qubits, f->ranks_per_state, kw_plan_final_place(plan), precision);
        f->run = (kw_need){order.exchanges, order.bytes, 0};
    }
    return status;
}

static void foretell_memory(const kw_vqe_config *c, const kw_plan *plan, kw_vqe_forecast *f) {
    const uint64_t state = kw_state_bytes(c->n_qubits, c->training.precision, f->ranks_per_state);
    const bool diagonal = kw_paulis_are_diagonal(c->terms, c->n_terms);
    const int n_local = c->n_qubits - kw_log2((uint64_t)f->ranks_per_state);
    const uint64_t states = f->gradients ? 2 : 1;
    const uint64_t more = kw_plan_bytes(plan) + (diagonal ? kw_sample_bytes(n_local, f->ranks_per_state) : 0);
    const uint64_t held = state > (UINT64_MAX - more) / states ? UINT64_MAX : states * state + more;
    f->exact_bytes = kw_ground_energy_bytes(c->n_qubits, c->terms, c->n_terms, f->ranks_per_state);
    const bool feasible = diagonal ? c->n_qubits <= DIAGONAL_QUBITS : f->exact_bytes <= f->memory_per_rank;
    f->exact = c->exact == KW_VQE_EXACT_YES || (c->exact == KW_VQE_EXACT_AUTO && feasible);
    f->value.peak_bytes = f->gradient.peak_bytes = f->evaluation.peak_bytes = held;
    f->run.peak_bytes = f->exact && f->exact_bytes > held ? f->exact_bytes : held;
    f->fits = f->run.peak_bytes <= f->memory_per_rank;
}

/* A whole evaluation every so many steps, and one at the end. */
static void foretell_run(const kw_vqe_config *c, kw_vqe_forecast *f) {
    uint64_t values = 0, gradients = 0;
    const uint64_t evaluations = f->steps / c->training.evaluate_every + 1;
    f->run_known = kw_optimiser_fixed_evaluations(&c->training.optimiser, &values, &gradients)
                   && !(f->exact && f->exact_bytes && f->ranks_per_state > 1);
    f->run.exchanges +=
        values * f->value.exchanges + gradients * f->gradient.exchanges + evaluations * f->evaluation.exchanges;
    f->run.bytes_exchanged += values * f->value.bytes_exchanged + gradients * f->gradient.bytes_exchanged
                              + evaluations * f->evaluation.bytes_exchanged;
}

kw_status kw_vqe_foretell(const kw_vqe_config *c, int ranks, uint64_t memory_per_rank, kw_vqe_forecast *f) {
    const kw_optimiser_kind kind = c->training.optimiser.kind;
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    *f = (kw_vqe_forecast){.ranks = ranks,
                           .memory_per_rank = memory_per_rank,
                           .steps = c->training.optimiser.max_steps,
                           .gradients = kind == KW_OPTIMISER_ADAM || kind == KW_OPTIMISER_LBFGS};
    kw_status status = kw_vqe_circuit(c, &circuit);
    if (status == KW_OK) status = make_plan(circuit, c->training.precision, ranks, &f->ranks_per_state, &plan);
    if (status == KW_OK) {
        f->parameters = kw_circuit_parameters(circuit);
        f->gates = kw_circuit_gates(circuit);
        f->rounding = kw_rounding_used(plan, c->training.precision, c->training.rounding);
        f->infidelity = kw_plan_infidelity(plan, NULL, c->training.precision, f->rounding);
        status = foretell_evaluations(c, plan, f);
    }
    if (status == KW_OK) {
        foretell_memory(c, plan, f);
        foretell_run(c, f);
    }
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
    return status;
}
