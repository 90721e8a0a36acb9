/* F2  What is left of a plan behind one of its steps, as a circuit: its primitives, gate by gate, on the wires that lie at
 * their positions by then. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/hash.h"
#include "engine/plan_internal.h"

typedef struct {
    const kw_plan *plan;
    int wire[KW_MAX_QUBITS]; /* at each position */
    kw_circuit *circuit;
} rest;

static uint64_t wires_of(const rest *r, uint64_t positions) { return kw_deposit(positions, r->wire, r->plan->n_qubits); }

static kw_status push(rest *r, kw_gate_kind kind, int target, uint64_t controls, kw_angle angle) {
    const kw_gate gate = {.kind = kind, .n_targets = 1, .controls = controls, .targets = {target}, .angles = {angle}};
    return kw_circuit_push(r->circuit, &gate);
}

static kw_angle scaled(kw_angle angle, double factor) {
    return (kw_angle){angle.parameter, factor * angle.factor, factor * angle.offset};
}

/* A phase of no qubit: RZ(-2a) P(2a) = e^{ia}. */
static kw_status push_global_phase(rest *r, kw_angle angle) {
    const kw_status status = push(r, KW_GATE_RZ, 0, 0, scaled(angle, -2));
    return status == KW_OK ? push(r, KW_GATE_P, 0, 0, scaled(angle, 2)) : status;
}

static kw_status push_dense(rest *r, const kw_primitive *p) {
    const kw_op *op = &r->plan->ops[p->op];
    const kw_gate *gate = &r->plan->circuit->gates[op->gate];
    int wires[KW_MAX_TARGETS];
    for (int j = 0; j < gate->n_targets; ++j) wires[j] = r->wire[op->targets[j]];
    return kw_circuit_append_matrix(r->circuit, wires, gate->n_targets, r->plan->circuit->matrices + gate->matrix);
}

static kw_status push_primitive(rest *r, const kw_primitive *p) {
    const uint64_t where = wires_of(r, p->where);
    const int lowest = where ? kw_log2(where & -where) : 0;
    switch (p->kind) {
    case KW_PRIMITIVE_PHASE:
        if (!where) return push_global_phase(r, p->angle);
        return push(r, KW_GATE_P, lowest, where & ~kw_bit(lowest), p->angle);
    case KW_PRIMITIVE_ROTATION: return push(r, KW_GATE_RY, r->wire[p->target], where, p->angle);
    case KW_PRIMITIVE_FLIP: return push(r, KW_GATE_X, r->wire[p->target], where, kw_angle_constant(0));
    case KW_PRIMITIVE_DENSE: return push_dense(r, p);
    }
    return KW_OK;
}

static kw_status push_pass(rest *r, const kw_pass *pass) {
    const kw_way *way = &r->plan->forward;
    kw_status status = KW_OK;
    for (size_t i = pass->first; i < pass->first + pass->count && status == KW_OK; ++i)
        status = push_primitive(r, &way->primitives.items[way->order[i]]);
    return status;
}

/* Gates of a plan without passes. */
static kw_status push_gates(rest *r, size_t first, size_t count) {
    kw_primitive_list list = {0};
    kw_status status = KW_OK;
    for (size_t i = first; i < first + count && status == KW_OK; ++i) {
        const kw_op *op = &r->plan->ops[i];
        status = kw_lower(&r->plan->circuit->gates[op->gate], i, op->controls, op->targets, &list);
    }
    for (size_t i = 0; i < list.count && status == KW_OK; ++i) status = push_primitive(r, &list.items[i]);
    free(list.items);
    return status;
}

/* Behind the first `done` steps. */
static void find_wires(rest *r, uint64_t done) {
    int place[KW_MAX_QUBITS];
    kw_plan_place(r->plan, done, place);
    for (int w = 0; w < r->plan->n_qubits; ++w) r->wire[place[w]] = w;
}

/* The names that SWAP gates gave: qubit q is the wire at its final place. */
static kw_status rename_wires(rest *r) {
    int at[KW_MAX_QUBITS] = {0}; /* wire that each qubit holds */
    const int n = r->plan->n_qubits;
    kw_status status = KW_OK;
    for (int q = 0; q < n; ++q) at[q] = q;
    for (int q = 0; q < n && status == KW_OK; ++q) {
        int p = q;
        while (at[p] != r->wire[r->plan->final_place[q]]) ++p;
        if (p == q) continue;
        at[p] = at[q];
        status = kw_circuit_append(r->circuit, KW_GATE_SWAP, (int[]){p, q}, 2, NULL);
    }
    return status;
}

kw_status kw_plan_rest(const kw_plan *plan, uint64_t done, kw_circuit **out) {
    rest r = {.plan = plan};
    find_wires(&r, done);
    kw_status status = kw_circuit_create(plan->n_qubits, &r.circuit);
    for (size_t i = done; i < plan->forward.steps.count && status == KW_OK; ++i) {
        const kw_plan_step *step = &plan->forward.steps.items[i];
        if (step->kind == KW_PLAN_EXCHANGE) find_wires(&r, i + 1);
        else if (step->kind == KW_PLAN_PASS) status = push_pass(&r, &plan->forward.passes[step->first]);
        else status = push_gates(&r, step->first, step->count);
    }
    if (status == KW_OK) status = rename_wires(&r);
    if (status == KW_OK) *out = r.circuit;
    else kw_circuit_destroy(&r.circuit);
    return status;
}

uint64_t kw_plan_fingerprint(const kw_plan *plan) {
    const kw_way *way = &plan->forward;
    uint64_t hash = (uint64_t)plan->n_qubits << 32 | (uint64_t)plan->ranks;
    for (size_t i = 0; i < way->steps.count; ++i) {
        const kw_plan_step *step = &way->steps.items[i];
        const uint64_t words[3] = {step->kind, step->first, step->count};
        hash = kw_mix(hash, words, sizeof words);
    }
    for (size_t i = 0; i < way->n_passes; ++i) hash = kw_mix(hash, &way->passes[i].positions, sizeof(uint64_t));
    for (size_t i = 0; i < way->n_order; ++i) {
        const uint64_t word = way->order[i];
        hash = kw_mix(hash, &word, sizeof word);
    }
    for (size_t i = 0; i < plan->n_swaps; ++i) {
        hash = kw_mix(hash, plan->swaps[i].global, sizeof(int) * (size_t)plan->swaps[i].count);
        hash = kw_mix(hash, plan->swaps[i].local, sizeof(int) * (size_t)plan->swaps[i].count);
    }
    return hash;
}
