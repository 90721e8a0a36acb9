/* F2  The scheduler: which gate runs when, and which qubits are global meanwhile.
 *
 * SWAP gates only rename wires.  A gate may run once no earlier waiting gate shares a qubit with it, except where both act
 * diagonally on the shared qubits.  Diagonal gates and controls run wherever their qubits are; other targets must be local.
 */
#include "engine/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"

#define NOWHERE SIZE_MAX

typedef struct {
    kw_plan *plan;
    uint64_t *controls; /* by gate: wires */
    int (*targets)[KW_MAX_TARGETS];
    size_t *next, head;       /* waiting gates, in order */
    int place[KW_MAX_QUBITS]; /* position of a wire */
    uint64_t local_wires;
    size_t gates, op_capacity;
} scheduler;

static uint64_t mask_of(const int *targets, int count) {
    uint64_t mask = 0;
    for (int j = 0; j < count; ++j) mask |= kw_bit(targets[j]);
    return mask;
}

static void update_masks(scheduler *s) {
    s->local_wires = 0;
    for (int w = 0; w < s->plan->n_qubits; ++w) {
        if (s->place[w] < s->plan->n_local) s->local_wires |= kw_bit(w);
    }
}

/* Renames qubits to wires: SWAP gates vanish into the names; identities vanish too. */
static void name_wires(scheduler *s, int *wire) {
    const kw_circuit *circuit = s->plan->circuit;
    size_t *link = &s->head;
    for (int q = 0; q < circuit->n_qubits; ++q) wire[q] = q;
    for (size_t i = 0; i < circuit->count; ++i) {
        const kw_gate *gate = &circuit->gates[i];
        if (gate->kind == KW_GATE_ID) continue;
        if (gate->kind == KW_GATE_SWAP) {
            const int t = wire[gate->targets[0]];
            wire[gate->targets[0]] = wire[gate->targets[1]];
            wire[gate->targets[1]] = t;
            continue;
        }
        s->controls[i] = kw_deposit(gate->controls, wire, circuit->n_qubits);
        for (int j = 0; j < gate->n_targets; ++j) s->targets[i][j] = wire[gate->targets[j]];
        *link = i;
        link = &s->next[i];
    }
    *link = NOWHERE;
}

/* Grows an array of `size`-byte items by one. */
static bool grow(void **items, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity) return true;
    const size_t wanted = *capacity ? 2 * *capacity : 16;
    void *grown = realloc(*items, wanted * size);
    if (!grown) return false;
    *items = grown;
    *capacity = wanted;
    return true;
}

static bool push_step(kw_plan *plan, kw_plan_step_kind kind, size_t first, size_t count) {
    if (!grow((void **)&plan->steps, plan->n_steps, &plan->step_capacity, sizeof *plan->steps)) return false;
    plan->steps[plan->n_steps++] = (kw_plan_step){kind, first, count};
    return true;
}

static void push_op(scheduler *s, size_t i) {
    kw_plan *plan = s->plan;
    kw_op *op = &plan->ops[plan->n_ops++];
    *op = (kw_op){.gate = i, .controls = kw_deposit(s->controls[i], s->place, plan->n_qubits)};
    for (int j = 0; j < plan->circuit->gates[i].n_targets; ++j) op->targets[j] = s->place[s->targets[i][j]];
}

/* Every waiting gate that may run now and whose non-diagonal targets are local becomes an op; returns how many. */
static size_t emit(scheduler *s) {
    const uint64_t all = kw_bit(s->plan->n_qubits) - 1;
    uint64_t taken = 0, diagonal_use = 0; /* wires that waiting gates use in any way / diagonally */
    size_t emitted = 0;
    for (size_t *link = &s->head; *link != NOWHERE && taken != all;) {
        const size_t i = *link;
        const kw_gate *gate = &s->plan->circuit->gates[i];
        const uint64_t targets = mask_of(s->targets[i], gate->n_targets);
        const uint64_t moving = kw_gate_is_diagonal(gate) ? 0 : targets;
        const uint64_t still = s->controls[i] | (targets & ~moving);
        const bool free = !(moving & (taken | diagonal_use)) && !(still & taken);
        if (free && !(moving & ~s->local_wires)) {
            push_op(s, i);
            ++emitted;
            *link = s->next[i];
        } else {
            taken |= moving;
            diagonal_use |= still;
            link = &s->next[i];
        }
    }
    return emitted;
}

/* Runs whatever can run without an exchange. */
static bool fill_stage(scheduler *s) {
    kw_plan *plan = s->plan;
    const size_t first = plan->n_ops;
    while (emit(s)) {}
    return plan->n_ops == first || push_step(plan, KW_PLAN_GATES, first, plan->n_ops - first);
}

/* When each wire is next moved by a waiting gate. */
static void next_uses(const scheduler *s, size_t *use) {
    for (int w = 0; w < s->plan->n_qubits; ++w) use[w] = NOWHERE;
    size_t order = 0;
    for (size_t i = s->head; i != NOWHERE; i = s->next[i], ++order) {
        const kw_gate *gate = &s->plan->circuit->gates[i];
        if (kw_gate_is_diagonal(gate)) continue;
        for (int j = 0; j < gate->n_targets; ++j)
            if (use[s->targets[i][j]] == NOWHERE) use[s->targets[i][j]] = order;
    }
}

/* The wires moved last become global (Belady's rule); among equals those that are global already, then the highest. */
static uint64_t choose_global(const scheduler *s) {
    const kw_plan *plan = s->plan;
    size_t use[KW_MAX_QUBITS];
    next_uses(s, use);
    uint64_t chosen = 0;
    for (int k = plan->n_local; k < plan->n_qubits; ++k) {
        int best = -1;
        for (int w = 0; w < plan->n_qubits; ++w) {
            if (chosen & kw_bit(w)) continue;
            const bool later = best < 0 || use[w] > use[best];
            const bool higher = best >= 0 && use[w] == use[best] && s->place[w] > s->place[best];
            if (later || higher) best = w;
        }
        chosen |= kw_bit(best);
    }
    return chosen;
}

/* SWAP of two local positions as the last gate of the stage, the wires' places with it.  There stays room for all gates that
 * wait. */
static bool swap_local(scheduler *s, int wire, int other) {
    kw_plan *plan = s->plan;
    if (kw_reserve((void **)&plan->ops, &s->op_capacity, plan->n_ops, s->gates + 1, sizeof *plan->ops) != KW_OK)
        return false;
    if (plan->lift == KW_NO_LIFT) {
        plan->lift = plan->circuit->count;
        if (kw_circuit_append(plan->circuit, KW_GATE_SWAP, (int[]){0, 1}, 2, NULL) != KW_OK) return false;
    }
    const int places[2] = {s->place[wire], s->place[other]};
    plan->ops[plan->n_ops++] = (kw_op){.gate = plan->lift, .targets = {places[0], places[1]}};
    s->place[wire] = places[1];
    s->place[other] = places[0];
    kw_plan_step *last = plan->n_steps ? &plan->steps[plan->n_steps - 1] : NULL;
    if (!last || last->kind != KW_PLAN_GATES) return push_step(plan, KW_PLAN_GATES, plan->n_ops - 1, 1);
    last->count += 1;
    return true;
}

static int wire_at(const scheduler *s, int position) {
    int w = 0;
    while (s->place[w] != position) ++w;
    return w;
}

/* Exchanges move whole runs of amplitudes, which is faster, and what packed states need: wires that are about to leave a
 * position within a run change places with the highest ones that stay, wherever there are enough of these. */
static bool lift(scheduler *s, uint64_t global) {
    const kw_plan *plan = s->plan;
    int spare = plan->n_local - 1;
    if (plan->n_local < KW_RUN_BITS + plan->n_qubits - plan->n_local) return true;
    for (int w = 0; w < plan->n_qubits; ++w) {
        if (!(global & kw_bit(w)) || s->place[w] >= KW_RUN_BITS) continue;
        while (global & kw_bit(wire_at(s, spare))) --spare;
        if (!swap_local(s, w, wire_at(s, spare))) return false;
    }
    return true;
}

static bool exchange_stage(scheduler *s) {
    kw_plan *plan = s->plan;
    const uint64_t global = choose_global(s);
    if (!lift(s, global)) return false;
    if (!grow((void **)&plan->swaps, plan->n_swaps, &plan->swap_capacity, sizeof *plan->swaps)) return false;
    kw_swap *swap = &plan->swaps[plan->n_swaps];
    *swap = (kw_swap){0};
    int out[KW_MAX_QUBITS] = {0}, in[KW_MAX_QUBITS] = {0}, n_out = 0, n_in = 0;
    for (int w = 0; w < plan->n_qubits; ++w) {
        const bool is_global = s->place[w] >= plan->n_local, becomes = global & kw_bit(w);
        if (is_global && !becomes) in[n_in++] = w;
        if (!is_global && becomes) out[n_out++] = w;
    }
    for (int j = 0; j < n_out; ++j) {
        swap->global[j] = s->place[in[j]];
        swap->local[j] = s->place[out[j]];
        s->place[in[j]] = swap->local[j];
        s->place[out[j]] = swap->global[j];
    }
    swap->count = n_out;
    update_masks(s);
    return push_step(plan, KW_PLAN_EXCHANGE, plan->n_swaps++, 1);
}

kw_status kw_schedule(kw_plan *plan) {
    const size_t count = plan->circuit->count ? plan->circuit->count : 1;
    scheduler s = {.plan = plan, .head = NOWHERE};
    int wire[KW_MAX_QUBITS] = {0};
    s.controls = malloc(count * sizeof *s.controls);
    s.targets = malloc(count * sizeof *s.targets);
    s.next = malloc(count * sizeof *s.next);
    plan->ops = malloc(count * sizeof *plan->ops);
    s.gates = s.op_capacity = count;
    bool done = s.controls && s.targets && s.next && plan->ops;
    if (done) {
        for (int w = 0; w < plan->n_qubits; ++w) s.place[w] = w;
        update_masks(&s);
        name_wires(&s, wire);
        done = fill_stage(&s);
        while (done && s.head != NOWHERE) done = exchange_stage(&s) && fill_stage(&s);
        for (int q = 0; q < plan->n_qubits; ++q) plan->final_place[q] = s.place[wire[q]];
    }
    free(s.controls);
    free(s.targets);
    free(s.next);
    return done ? KW_OK : kw_fail(KW_E_NOMEM, "no memory to plan %zu gates", plan->circuit->count);
}
