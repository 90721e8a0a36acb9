/* F2  Plans in words: stages, exchanges, passes and their gates, so that one can follow a qubit from pass to pass. */
#include <inttypes.h>

#include "base/bits.h"
#include "engine/plan_internal.h"

static void print_exchange(const kw_plan *plan, const kw_swap *swap, FILE *out) {
    fprintf(out, "exchange of %d qubit%s, %.4g of the amplitudes sent, positions", swap->count, swap->count == 1 ? "" : "s",
            1.0 - 1.0 / (double)kw_bit(swap->count));
    for (int j = 0; j < swap->count; ++j) fprintf(out, " %d<->%d", swap->global[j], swap->local[j]);
    fprintf(out, "   (rank bits are %d to %d)\n", plan->n_local, plan->n_qubits - 1);
}

static void print_bits(uint64_t bits, const char *prefix, FILE *out) {
    const char *before = "";
    for (; bits; bits &= bits - 1, before = ",") fprintf(out, "%s%s%d", before, prefix, kw_log2(bits & -bits));
}

/* Positions with runs put together: 0-4 9 11-17. */
static void print_positions(uint64_t positions, FILE *out) {
    while (positions) {
        const int first = kw_log2(positions & -positions);
        int last = first;
        while (positions >> (last + 1) & 1) ++last;
        if (last > first) fprintf(out, " %d-%d", first, last);
        else fprintf(out, " %d", first);
        positions &= ~(kw_bit(last + 1) - 1);
    }
}

/* "  17 cx q3@5 q4@0": number in the circuit, name, and each qubit at its position; several controls share one @. */
static void print_op(const kw_plan *plan, size_t index, bool whole, FILE *out) {
    const kw_op *op = &plan->ops[index];
    const kw_gate *gate = &plan->circuit->gates[op->gate];
    if (op->gate == plan->lift) {
        fprintf(out, "            swap of positions %d and %d%s\n", op->targets[0], op->targets[1],
                whole ? "" : "   (in part)");
        return;
    }
    fprintf(out, "    %7zu %s", op->gate, kw_gate_name(gate->kind));
    if (gate->controls) {
        fprintf(out, " ");
        print_bits(gate->controls, "q", out);
        fprintf(out, "@");
        print_bits(op->controls, "", out);
    }
    for (int j = 0; j < gate->n_targets; ++j) fprintf(out, " q%d@%d", gate->targets[j], op->targets[j]);
    fprintf(out, whole ? "\n" : "   (in part)\n");
}

/* Primitives of a gate are neighbours in the plan's list, and in a pass: from j on; returns how many there are. */
static size_t same_gate(const kw_plan *plan, const kw_pass *pass, size_t j) {
    const kw_primitive *items = plan->forward.primitives.items;
    const size_t op = items[plan->forward.order[pass->first + j]].op;
    size_t count = 1;
    while (j + count < pass->count && items[plan->forward.order[pass->first + j + count]].op == op) ++count;
    return count;
}

static bool is_whole(const kw_plan *plan, size_t primitive, size_t count) {
    const kw_primitive *items = plan->forward.primitives.items;
    const size_t op = items[primitive].op;
    const bool starts = primitive == 0 || items[primitive - 1].op != op;
    return starts && (primitive + count == plan->forward.primitives.count || items[primitive + count].op != op);
}

static void print_pass(const kw_plan *plan, size_t index, FILE *out) {
    const kw_pass *pass = &plan->forward.passes[index];
    size_t gates = 0;
    for (size_t j = 0; j < pass->count; j += same_gate(plan, pass, j)) ++gates;
    fprintf(out, "  pass %zu, blocks of 2^%d at positions", index + 1, kw_popcount(pass->positions));
    print_positions(pass->positions, out);
    fprintf(out, ": %zu gate%s\n", gates, gates == 1 ? "" : "s");
    for (size_t j = 0, count; j < pass->count; j += count) {
        const size_t primitive = plan->forward.order[pass->first + j];
        count = same_gate(plan, pass, j);
        print_op(plan, plan->forward.primitives.items[primitive].op, is_whole(plan, primitive, count), out);
    }
}

static void print_gates(const kw_plan *plan, const kw_plan_step *step, FILE *out) {
    fprintf(out, "  gate by gate: %zu gates\n", step->count);
    for (size_t i = step->first; i < step->first + step->count; ++i) print_op(plan, i, true, out);
}

static void print_places(const kw_plan *plan, const int *place, FILE *out) {
    for (int q = 0; q < plan->n_qubits; ++q) fprintf(out, " %d", place[q]);
    fprintf(out, "\n");
}

static void print_stage(const kw_plan *plan, size_t stage, const int *place, FILE *out) {
    fprintf(out, "stage %zu, positions of qubits 0 to %d:", stage, plan->n_qubits - 1);
    print_places(plan, place, out);
}

static void exchange(const kw_plan *plan, const kw_swap *swap, int *place) {
    for (int q = 0; q < plan->n_qubits; ++q)
        for (int j = 0; j < swap->count; ++j)
            if (place[q] == swap->global[j] || place[q] == swap->local[j]) {
                place[q] = place[q] == swap->global[j] ? swap->local[j] : swap->global[j];
                break;
            }
}

/* The scheduler's own swaps of positions at the end of the stage before an exchange. */
static void lift(const kw_plan *plan, size_t swap, int *place) {
    size_t i = 0;
    while (plan->steps[i].kind != KW_PLAN_EXCHANGE || plan->steps[i].first != swap) ++i;
    if (i == 0 || plan->steps[i - 1].kind != KW_PLAN_GATES) return;
    const kw_plan_step *stage = &plan->steps[i - 1];
    for (size_t j = stage->first; j < stage->first + stage->count; ++j) {
        const int *at = plan->ops[j].targets;
        for (int q = 0; q < plan->n_qubits && plan->ops[j].gate == plan->lift; ++q)
            if (place[q] == at[0] || place[q] == at[1]) place[q] = at[0] + at[1] - place[q];
    }
}

static bool has_swaps(const kw_plan *plan) {
    for (size_t i = 0; i < plan->circuit->count; ++i)
        if (plan->circuit->gates[i].kind == KW_GATE_SWAP && i != plan->lift) return true;
    return false;
}

void kw_plan_print(const kw_plan *plan, FILE *out) {
    const kw_plan_cost cost = kw_plan_forward_cost(plan, KW_DOUBLE);
    int place[KW_MAX_QUBITS];
    size_t stage = 1;
    fprintf(out, "%d qubits on %d rank%s, %d local; %zu gates in %" PRIu64 " passes; q3@5: qubit 3 at position 5\n",
            plan->n_qubits, plan->ranks, plan->ranks == 1 ? "" : "s", plan->n_local, plan->n_ops, cost.passes);
    if (has_swaps(plan))
        fprintf(out,
                "swap gates rename qubits: stages list them by their first names, gates by their names at that point\n");
    for (int q = 0; q < plan->n_qubits; ++q) place[q] = q;
    print_stage(plan, stage, place, out);
    for (size_t i = 0; i < plan->forward.steps.count; ++i) {
        const kw_plan_step *step = &plan->forward.steps.items[i];
        if (step->kind == KW_PLAN_PASS) print_pass(plan, step->first, out);
        else if (step->kind != KW_PLAN_EXCHANGE) print_gates(plan, step, out);
        else {
            print_exchange(plan, &plan->swaps[step->first], out);
            lift(plan, step->first, place);
            exchange(plan, &plan->swaps[step->first], place);
            print_stage(plan, ++stage, place, out);
        }
    }
    fprintf(out, "at the end, positions of qubits 0 to %d:", plan->n_qubits - 1);
    print_places(plan, plan->final_place, out);
}
