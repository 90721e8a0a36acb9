/* F2  Executing plans: binding gates to windows, running steps. */
#include <math.h>
#include <string.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "base/error.h"
#include "engine/parallel.h"
#include "engine/pass_run.h"
#include "engine/passes.h"

static const kw_gate *gate_of(const kw_plan *plan, const kw_op *op) { return &plan->circuit->gates[op->gate]; }

/* Diagonal gates: targets above the window select rows of the diagonal, the others index what is left. */
static void bind_diagonal(const kw_plan *plan, const kw_op *op, int window, uint64_t high, kw_kernel_args *a) {
    const int t = gate_of(plan, op)->n_targets;
    const kw_complex *matrix = plan->matrices + op->matrix;
    int inside[KW_MAX_TARGETS], fixed = 0;
    a->n_targets = 0;
    for (int j = 0; j < t; ++j) {
        if (op->targets[j] < window) inside[a->n_targets++] = j;
        else fixed |= (int)((high >> op->targets[j]) & 1) << j;
    }
    for (int r = 0; r < 1 << a->n_targets; ++r) {
        a->row[r] = fixed | (int)kw_deposit((uint64_t)r, inside, a->n_targets);
        a->diagonal[r] = matrix[a->row[r] * ((1 << t) + 1)];
        a->offset[r] = 0;
        for (int j = 0; j < a->n_targets; ++j)
            if (r >> j & 1) a->offset[r] |= kw_bit(op->targets[inside[j]]);
    }
}

bool kw_op_bind(const kw_plan *plan, const kw_op *op, int window, uint64_t high, kw_kernel_args *a) {
    const kw_gate *gate = gate_of(plan, op);
    const uint64_t below = kw_bit(window) - 1;
    if (op->controls & ~below & ~high) return false;
    a->set = op->controls & below;
    uint64_t opened = a->set;
    for (int j = 0; j < gate->n_targets; ++j) opened |= kw_bit(op->targets[j]) & below;
    a->n_open = 0;
    for (; opened; opened &= opened - 1) a->open[a->n_open++] = kw_log2(opened & -opened);
    if (kw_gate_is_diagonal(gate)) {
        bind_diagonal(plan, op, window, high, a);
        return true;
    }
    a->n_targets = gate->n_targets;
    a->matrix = plan->matrices + op->matrix;
    for (int r = 0; r < 1 << gate->n_targets; ++r) a->offset[r] = kw_deposit((uint64_t)r, op->targets, gate->n_targets);
    return true;
}

/* X exchanges rows 0 and 1, SWAP rows 1 and 2. */
static void apply_flip(const kw_kernels_table *kernels, void *psi, const kw_kernel_args *args, uint64_t first,
                       uint64_t last) {
    kw_kernel_args flip = {.n_open = args->n_open, .set = args->set};
    memcpy(flip.open, args->open, sizeof args->open);
    flip.offset[0] = args->n_targets == 1 ? args->offset[0] : args->offset[1];
    flip.offset[1] = args->n_targets == 1 ? args->offset[1] : args->offset[2];
    kernels->flip(psi, &flip, first, last);
}

void kw_op_apply(const kw_plan *plan, const kw_op *op, const kw_kernels_table *kernels, void *psi,
                 const kw_kernel_args *args, uint64_t first, uint64_t last) {
    const kw_gate *gate = gate_of(plan, op);
    const int flags = kw_gate_flags(gate->kind);
    if (flags & KW_DIAGONAL) kernels->diagonal(psi, args, first, last);
    else if (flags & KW_PERMUTATION) apply_flip(kernels, psi, args, first, last);
    else if (gate->n_targets > 1) kernels->matrix(psi, args, first, last);
    else if (flags & KW_REAL) kernels->real1(psi, args, first, last);
    else kernels->matrix1(psi, args, first, last);
}

void kw_plan_evaluate(const kw_plan *plan, const double *theta, bool derivatives) {
    for (size_t i = 0; i < plan->n_ops; ++i) {
        const kw_op *op = &plan->ops[i];
        const kw_gate *gate = gate_of(plan, op);
        if (!kw_op_has_matrix(plan, op)) continue;
        kw_gate_evaluate(plan->circuit, gate, theta, plan->matrices + op->matrix);
        if (!derivatives || !op->n_slots) continue;
        double angles[KW_MAX_ANGLES];
        for (int j = 0; j < kw_gate_angles(gate->kind); ++j) angles[j] = kw_angle_value(&gate->angles[j], theta);
        for (int j = 0; j < op->n_slots; ++j) {
            const kw_slot *slot = &plan->slots[op->slot + (size_t)j];
            kw_gate_derivative(gate->kind, angles, slot->angle, plan->matrices + slot->derivative);
        }
    }
}

void kw_plan_adjoint(const kw_plan *plan) {
    for (size_t i = 0; i < plan->n_ops; ++i) {
        if (!kw_op_has_matrix(plan, &plan->ops[i])) continue;
        kw_complex *m = plan->matrices + plan->ops[i].matrix;
        const int d = 1 << gate_of(plan, &plan->ops[i])->n_targets;
        for (int r = 0; r < d; ++r)
            for (int c = 0; c <= r; ++c) {
                const kw_complex upper = m[c * d + r];
                m[c * d + r] = conj(m[r * d + c]);
                m[r * d + c] = conj(upper);
            }
    }
}

/* States of a few amplitudes: gate by gate; of packed ones on a copy in single precision. */
static void run_gates(const kw_plan *plan, const kw_plan_step *step, kw_state *state) {
    const uint64_t high = (uint64_t)state->comm->rank << plan->n_local, count = kw_bit(plan->n_local);
    float copy[2 << KW_PASS_LEAST];
    void *const psi = kw_state_take(state, 0, count, copy);
    for (size_t i = step->first; i < step->first + step->count; ++i) {
        kw_kernel_args args = {0};
        if (kw_op_bind(plan, &plan->ops[i], plan->n_local, high, &args))
            kw_op_apply(plan, &plan->ops[i], kw_kernels(kw_precision_of_gates(state->precision)), psi, &args, 0,
                        kw_groups(&args, plan->n_local));
    }
    kw_state_put_back(state, 0, count, copy);
}

static kw_status compile(const kw_plan *plan, const kw_way *way, kw_precision precision) {
    const kw_precision gates = kw_precision_of_gates(precision);
    kw_tile_program **program = &((kw_way *)way)->programs[gates];
    return *program || !way->n_passes ? KW_OK : kw_tile_program_create(plan, way, gates, program);
}

kw_status kw_way_compile(const kw_plan *plan, const kw_way *way, const kw_state *state) {
    kw_tile_program **program = &((kw_way *)way)->programs[kw_precision_of_gates(state->precision)];
    if (*program || !way->n_passes) return KW_OK; /* the same on every rank */
    const kw_status status = kw_comm_agree(state->comm, compile(plan, way, state->precision));
    if (status != KW_OK) kw_tile_program_destroy(program); /* where it succeeded: the next run asks all ranks again */
    return status;
}

/* The qubits that a swap moves, as it moves them. */
static void follow(const kw_swap *swap, int n_qubits, int *place) {
    for (int j = 0; j < swap->count; ++j)
        for (int q = 0; q < n_qubits; ++q) {
            if (place[q] == swap->global[j]) place[q] = swap->local[j];
            else if (place[q] == swap->local[j]) place[q] = swap->global[j];
        }
}

void kw_plan_place(const kw_plan *plan, uint64_t done, int *place) {
    for (int q = 0; q < plan->n_qubits; ++q) place[q] = q;
    for (uint64_t i = 0; i < done; ++i) {
        const kw_plan_step *step = &plan->forward.steps.items[i];
        if (step->kind == KW_PLAN_EXCHANGE) follow(&plan->swaps[step->first], plan->n_qubits, place);
    }
}

static void run_step(const kw_plan *plan, const kw_plan_step *step, kw_tile_program *program, kw_state *state) {
    switch (step->kind) {
    case KW_PLAN_EXCHANGE:
        kw_state_exchange(state, &plan->swaps[step->first]);
        follow(&plan->swaps[step->first], plan->n_qubits, state->place);
        break;
    case KW_PLAN_GATES: run_gates(plan, step, state); break;
    case KW_PLAN_PASS: kw_pass_run(plan, program, step->first, state); break;
    }
}

kw_status kw_plan_check_infidelity(const kw_state *state, size_t done, size_t steps) {
    const double estimate = kw_state_infidelity(state).estimate;
    if (!isfinite(state->errors.noise))
        return kw_fail(KW_E_INTERNAL, "after step %zu of %zu an amplitude is not a number, or too large", done, steps);
    if (estimate <= state->most_infidelity) return KW_OK;
    return kw_fail(KW_E_INTERNAL,
                   "rounding to %s has cost an infidelity of %.3g by step %zu of %zu, more than %.3g (max_infidelity): use "
                   "a larger precision (s16, single), or allow more",
                   kw_precision_name(state->precision), estimate, done, steps, state->most_infidelity);
}

/* One step, and of a packed state what it lost. */
static kw_status run_counted(const kw_plan *plan, size_t i, kw_tile_program *program, kw_state *state,
                             kw_rounding rounding) {
    const kw_plan_step *step = &plan->forward.steps.items[i];
    if (state->marks || step->kind == KW_PLAN_EXCHANGE) {
        run_step(plan, step, program, state);
        return KW_OK;
    }
    kw_errors_begin(state, rounding);
    run_step(plan, step, program, state);
    state->drift = kw_errors_end(state);
    return kw_plan_check_infidelity(state, i + 1, plan->forward.steps.count);
}

kw_status kw_plan_execute(const kw_plan *plan, const double *theta, kw_state *state, uint64_t first, kw_watch_fn watch,
                          void *context) {
    const kw_way *way = &plan->forward;
    kw_status status = kw_way_compile(plan, way, state);
    if (status != KW_OK) return status;
    kw_tile_program *program = way->programs[kw_precision_of_gates(state->precision)];
    const kw_rounding rounding =
        state->rounding == KW_ROUND_AUTO ? kw_plan_rounding(plan, theta, state->precision) : state->rounding;
    if (!first) state->drift = 1;
    state->used = rounding;
    if (kw_plan_needs_matrices(program)) kw_plan_evaluate(plan, theta, false);
    if (program) kw_tile_program_fill(plan, way, program, theta, state->comm->rank);
    if (!program) kw_state_occupy(state);
    for (size_t i = first; i < way->steps.count; ++i) {
        status = run_counted(plan, i, program, state, rounding);
        if (status != KW_OK) return status;
        if (watch && !watch(context, i + 1, way->steps.count)) return KW_E_STOPPED; /* its message is what `watch` said */
    }
    kw_errors_restore(state, state->drift, plan->circuit->shrinks); /* rounding makes states longer, mostly */
    memcpy(state->place, plan->final_place, sizeof(int) * (size_t)plan->n_qubits);
    return KW_OK;
}

kw_status kw_plan_prepare(const kw_plan *plan, kw_precision precision) { return compile(plan, &plan->forward, precision); }

kw_status kw_plan_prepare_gradient(const kw_plan *plan, kw_precision precision) {
    return compile(plan, &plan->back, precision);
}

static kw_status check_shape(const kw_plan *plan, const kw_state *state) {
    if (state->n_qubits == plan->n_qubits && state->comm->size == plan->ranks) return KW_OK;
    return kw_fail(KW_E_ARG, "plan for %d qubits on %d ranks, state of %d qubits on %d", plan->n_qubits, plan->ranks,
                   state->n_qubits, state->comm->size);
}

kw_status kw_plan_check(const kw_plan *plan, const kw_state *state) {
    const kw_status status = check_shape(plan, state);
    if (status != KW_OK) return status;
    for (int q = 0; q < plan->n_qubits; ++q)
        if (state->place[q] != q) return kw_fail(KW_E_ARG, "the state is not in logical order: kw_state_order first");
    return KW_OK;
}

kw_status kw_plan_run_watched(const kw_plan *plan, const double *theta, kw_state *state, uint64_t first, kw_watch_fn watch,
                              void *context) {
    int place[KW_MAX_QUBITS];
    if (!first) {
        const kw_status status = kw_plan_check(plan, state);
        return status == KW_OK ? kw_plan_execute(plan, theta, state, 0, watch, context) : status;
    }
    const kw_status status = check_shape(plan, state);
    if (status != KW_OK) return status;
    if (first > plan->forward.steps.count)
        return kw_fail(KW_E_ARG, "step %llu of a plan of %zu", (unsigned long long)first, plan->forward.steps.count);
    kw_plan_place(plan, first, place);
    if (memcmp(place, state->place, sizeof(int) * (size_t)plan->n_qubits) != 0)
        return kw_fail(KW_E_ARG, "the state's qubits are not where step %llu of the plan leaves them",
                       (unsigned long long)first);
    return kw_plan_execute(plan, theta, state, first, watch, context);
}

kw_status kw_plan_run(const kw_plan *plan, const double *theta, kw_state *state) {
    return kw_plan_run_watched(plan, theta, state, 0, NULL, NULL);
}
