/* F2  Plans: creation, costs. */
#include "engine/plan_internal.h"

#include <stdlib.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "engine/parallel.h"
#include "engine/passes.h"
#include "engine/schedule.h"
#include "engine/tile_program.h"

/* Local qubits that a gate needs on its own; SWAP is a relabelling wherever something is local. */
static int local_of(const kw_gate *gate) {
    return kw_gate_is_diagonal(gate) ? 0 : gate->kind == KW_GATE_SWAP ? 1 : gate->n_targets;
}

int kw_plan_least_local(const kw_circuit *circuit) {
    int least = 0;
    for (size_t i = 0; i < circuit->count; ++i)
        if (local_of(&circuit->gates[i]) > least) least = local_of(&circuit->gates[i]);
    return least;
}

static kw_status check(const kw_circuit *circuit, int ranks) {
    if (!kw_is_power_of_two((uint64_t)ranks) || kw_log2((uint64_t)ranks) > circuit->n_qubits)
        return kw_fail(KW_E_ARG, "%d ranks for %d qubits: expected a power of two of at most 2^%d", ranks, circuit->n_qubits,
                       circuit->n_qubits);
    const int n_local = circuit->n_qubits - kw_log2((uint64_t)ranks);
    for (size_t i = 0; i < circuit->count; ++i) {
        const kw_gate *gate = &circuit->gates[i];
        if (local_of(gate) > n_local)
            return kw_fail(
                KW_E_ARG, "gate %zu (%s) has %d targets, but %d ranks leave %d local qubits: use at most %d ranks", i,
                kw_gate_name(gate->kind), gate->n_targets, ranks, n_local, 1 << (circuit->n_qubits - gate->n_targets));
    }
    return KW_OK;
}

static size_t entries_of(const kw_plan *plan, const kw_op *op) {
    return (size_t)1 << (2 * plan->circuit->gates[op->gate].n_targets);
}

/* Where every gate's matrix and every trainable angle's derivative go. */
static void lay_out(kw_plan *plan) {
    for (size_t i = 0; i < plan->n_ops; ++i) {
        kw_op *op = &plan->ops[i];
        const kw_gate *gate = &plan->circuit->gates[op->gate];
        if (!kw_op_has_matrix(plan, op)) continue;
        op->matrix = plan->n_matrices;
        plan->n_matrices += entries_of(plan, op);
        op->slot = plan->n_slots;
        for (int j = 0; j < kw_gate_angles(gate->kind); ++j) op->n_slots += gate->angles[j].parameter >= 0;
        plan->n_slots += (size_t)op->n_slots;
    }
}

static void fill_slots(kw_plan *plan) {
    for (size_t i = 0; i < plan->n_ops; ++i) {
        const kw_op *op = &plan->ops[i];
        const kw_gate *gate = &plan->circuit->gates[op->gate];
        kw_slot *slot = &plan->slots[op->slot];
        if (!op->n_slots) continue;
        for (int j = 0; j < kw_gate_angles(gate->kind); ++j) {
            if (gate->angles[j].parameter < 0) continue;
            *slot++ = (kw_slot){j, gate->angles[j].parameter, gate->angles[j].factor, plan->n_matrices};
            plan->n_matrices += entries_of(plan, op);
        }
    }
}

static bool has_slots(const kw_plan *plan, const kw_plan_step *step) {
    if (step->kind == KW_PLAN_EXCHANGE) return false;
    for (size_t i = step->first; i < step->first + step->count; ++i)
        if (plan->ops[i].n_slots) return true;
    return false;
}

static kw_status allocate(kw_plan *plan) {
    lay_out(plan);
    plan->slots = malloc((plan->n_slots + 1) * sizeof *plan->slots);
    if (!plan->slots) return kw_fail(KW_E_NOMEM, "no memory for a plan");
    fill_slots(plan);
    plan->first_trained_step = plan->n_steps;
    for (size_t i = plan->n_steps; i-- > 0;)
        if (has_slots(plan, &plan->steps[i])) plan->first_trained_step = i;
    plan->matrices = kw_block_alloc(plan->n_matrices * sizeof *plan->matrices);
    plan->slot_sums = kw_block_alloc(plan->n_slots * sizeof *plan->slot_sums);
    if (!plan->matrices || !plan->slot_sums) return kw_fail(KW_E_NOMEM, "no memory for a plan");
    return KW_OK;
}

kw_status kw_plan_push_step(kw_step_list *list, kw_plan_step_kind kind, size_t first, size_t count) {
    const kw_status status = kw_reserve((void **)&list->items, &list->capacity, list->count, 1, sizeof *list->items);
    if (status == KW_OK) list->items[list->count++] = (kw_plan_step){kind, first, count};
    return status;
}

kw_status kw_plan_create(const kw_circuit *circuit, int ranks, kw_plan **out) {
    return kw_plan_create_from(circuit, ranks, KW_PASS_LEAST, out);
}

kw_status kw_plan_create_from(const kw_circuit *circuit, int ranks, int least, kw_plan **out) {
    kw_status status = check(circuit, ranks);
    if (status != KW_OK) return status;
    kw_plan *plan = calloc(1, sizeof *plan);
    if (!plan) return kw_fail(KW_E_NOMEM, "no memory for a plan");
    plan->n_qubits = circuit->n_qubits;
    plan->ranks = ranks;
    plan->lift = KW_NO_LIFT;
    plan->n_local = circuit->n_qubits - kw_log2((uint64_t)ranks);
    plan->by_passes = plan->n_local >= least;
    status = kw_circuit_create(circuit->n_qubits, &plan->circuit);
    if (status == KW_OK) status = kw_circuit_append_circuit(plan->circuit, circuit);
    if (status == KW_OK) status = kw_schedule(plan);
    if (status == KW_OK) status = allocate(plan);
    if (status == KW_OK) status = kw_passes_make(plan);
    if (status == KW_OK) *out = plan;
    else kw_plan_destroy(&plan);
    return status;
}

static void clear_way(kw_way *way) {
    for (int i = 0; i < 2; ++i) kw_tile_program_destroy(&way->programs[i]);
    free(way->steps.items);
    free(way->primitives.items);
    free(way->passes);
    free(way->order);
}

void kw_plan_destroy(kw_plan **plan) {
    kw_plan *p = *plan;
    if (!p) return;
    kw_block_free(p->matrices, p->n_matrices * sizeof *p->matrices);
    kw_block_free(p->slot_sums, p->n_slots * sizeof *p->slot_sums);
    clear_way(&p->forward);
    clear_way(&p->back);
    kw_circuit_destroy(&p->circuit);
    free(p->ops);
    free(p->steps);
    free(p->swaps);
    free(p->slots);
    free(p);
    *plan = NULL;
}

uint64_t kw_plan_bytes(const kw_plan *plan) {
    return plan->n_matrices * sizeof *plan->matrices + plan->n_slots * sizeof *plan->slot_sums;
}

static kw_plan_cost cost_of(const kw_plan *plan, const kw_way *way, kw_precision precision) {
    kw_plan_cost cost = {0, 0, 0};
    for (size_t i = 0; i < way->steps.count; ++i) {
        const kw_plan_step *step = &way->steps.items[i];
        if (step->kind != KW_PLAN_EXCHANGE) {
            cost.passes += 1;
            continue;
        }
        cost.exchanges += 1;
        cost.bytes_exchanged += kw_swap_bytes(plan->swaps[step->first].count, plan->n_local, precision);
    }
    return cost;
}

kw_plan_cost kw_plan_forward_cost(const kw_plan *plan, kw_precision precision) {
    return cost_of(plan, &plan->forward, precision);
}

kw_plan_cost kw_plan_gradient_cost(const kw_plan *plan, kw_precision precision) {
    const kw_plan_cost forward = kw_plan_forward_cost(plan, precision);
    const kw_plan_cost back = cost_of(plan, &plan->back, precision);
    return (kw_plan_cost){forward.exchanges + 2 * back.exchanges, forward.bytes_exchanged + 2 * back.bytes_exchanged,
                          forward.passes + 2 * back.passes};
}

const int *kw_plan_final_place(const kw_plan *plan) { return plan->final_place; }
