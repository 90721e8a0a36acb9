/* F2  Work of gates: the loops of the kernels, counted instead of run. */
#include "engine/work.h"

#include "base/bits.h"

#define LOW_POSITIONS 4 /* as in the kernels */

/* What a gate opens in a window. */
typedef struct {
    bool low;      /* one qubit of the lowest four: no runs */
    double groups; /* over all windows */
    double run;    /* groups of a run */
    int local_targets;
} shape;

static double part(int halvings) { return 1.0 / (double)kw_bit(halvings); }

static shape shape_of(const kw_plan *plan, const kw_op *op, int window) {
    const kw_gate *gate = &plan->circuit->gates[op->gate];
    const uint64_t local = op->controls & (kw_bit(plan->n_local) - 1);
    uint64_t opened = local;
    shape s = {0};
    for (int j = 0; j < gate->n_targets; ++j) {
        if (op->targets[j] >= plan->n_local) continue;
        opened |= kw_bit(op->targets[j]);
        ++s.local_targets;
    }
    s.groups = (double)kw_bit(plan->n_local) * part(kw_popcount(opened));
    const uint64_t inside = opened & (kw_bit(window) - 1);
    const int lowest = inside ? kw_log2(inside & -inside) : window;
    s.low = kw_popcount(inside) == 1 && lowest < LOW_POSITIONS;
    s.run = (double)kw_bit(lowest);
    return s;
}

/* Rows of a diagonal that are not 1, among those that the rank bits select: 1 or 2^t. */
static double rows_of(const kw_gate *gate, int local_targets) {
    switch (gate->kind) {
    case KW_GATE_ID: return 0;
    case KW_GATE_RZ:
    case KW_GATE_CRZ:
    case KW_GATE_RZZ: return (double)kw_bit(local_targets);
    default: return 1; /* only 1...1 takes a phase */
    }
}

static kw_rate_class rate_of(const kw_gate *gate) {
    const int flags = kw_gate_flags(gate->kind);
    if (flags & KW_DIAGONAL) return KW_RATE_DIAGONAL;
    if (flags & KW_PERMUTATION) return KW_RATE_FLIP;
    if (gate->n_targets > 1) return KW_RATE_DENSE1 + (kw_rate_class)gate->n_targets - 1;
    return flags & KW_REAL ? KW_RATE_REAL1 : KW_RATE_DENSE1;
}

kw_work kw_op_work(const kw_plan *plan, const kw_op *op, int window) {
    const kw_gate *gate = &plan->circuit->gates[op->gate];
    const shape s = shape_of(plan, op, window);
    kw_work work = {.rate = rate_of(gate)};
    const bool diagonal = work.rate == KW_RATE_DIAGONAL, flip = work.rate == KW_RATE_FLIP;
    const double rows = diagonal ? rows_of(gate, s.local_targets) : flip ? 2 : (double)kw_bit(gate->n_targets);
    if (s.low && !flip && gate->n_targets == 1) {
        work.units[KW_PER_LOW] = s.groups * (double)kw_bit(s.local_targets);
        return work;
    }
    work.units[KW_PER_AMPLITUDE] = s.groups * rows;
    work.units[KW_PER_RUN] = s.groups / s.run * (diagonal ? rows : 1);
    return work;
}

kw_work kw_cross_work(const kw_plan *plan, const kw_op *op, int window) {
    const kw_gate *gate = &plan->circuit->gates[op->gate];
    const shape s = shape_of(plan, op, window);
    const double d = (double)kw_bit(s.local_targets);
    kw_work work = {.rate = KW_RATE_CROSS};
    if (kw_gate_is_diagonal(gate)) work.rate = KW_RATE_CROSS_DIAGONAL;
    else if (gate->n_targets == 1 && kw_gate_flags(gate->kind) & KW_REAL) work.rate = KW_RATE_CROSS_REAL1;
    if (s.low && gate->n_targets == 1) {
        work.units[KW_PER_LOW] = s.groups * d;
        return work;
    }
    const double products = work.rate == KW_RATE_CROSS ? d * d : d, calls = work.rate == KW_RATE_CROSS_REAL1 ? 1 : products;
    work.units[KW_PER_AMPLITUDE] = s.groups * products;
    work.units[KW_PER_RUN] = s.groups / s.run * calls;
    return work;
}
