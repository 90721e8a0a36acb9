/* F2  Adjoint gradients with two states (Jones & Gacon 2020, arXiv 2009.02823).
 *
 * With phi_k the ket after gate k and lambda_k the bra O|psi> taken back to there:
 *     dE/dx = 2 Re <lambda_k| dU_k/dx |phi_{k-1}>
 * Going back over gate k: undo it on the ket, contract bra and ket over the gate's targets, undo it on the bra. */
#include <string.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "base/error.h"
#include "engine/parallel.h"
#include "engine/pass_run.h"
#include "engine/passes.h"

/* 2 Re sum_{rc} D_{rc} M_{rc} for every trainable angle of a gate; M as the cross kernels leave it. */
static void contract(const kw_plan *plan, const kw_op *op, const kw_kernel_args *a, const double *sums, double *gradients) {
    const kw_gate *gate = &plan->circuit->gates[op->gate];
    const int d = 1 << gate->n_targets;
    for (int j = 0; j < op->n_slots; ++j) {
        const kw_complex *derivative = plan->matrices + plan->slots[op->slot + (size_t)j].derivative;
        double sum = 0;
        if (kw_gate_is_diagonal(gate))
            for (int r = 0; r < 1 << a->n_targets; ++r)
                sum += creal(derivative[a->row[r] * (d + 1)] * (sums[2 * r] + I * sums[2 * r + 1]));
        else
            for (int i = 0; i < d * d; ++i) sum += creal(derivative[i] * (sums[2 * i] + I * sums[2 * i + 1]));
        gradients[j] += 2.0 * sum;
    }
}

void kw_op_cross(const kw_plan *plan, const kw_op *op, const kw_kernels_table *kernels, const void *bra, const void *ket,
                 const kw_kernel_args *args, uint64_t first, uint64_t last, double *sums) {
    const kw_gate *gate = &plan->circuit->gates[op->gate];
    if (kw_gate_is_diagonal(gate)) kernels->cross_diagonal(bra, ket, args, first, last, sums);
    else if (gate->n_targets == 1 && kw_gate_flags(gate->kind) & KW_REAL)
        kernels->cross_real1(bra, ket, args, first, last, sums);
    else kernels->cross(bra, ket, args, first, last, sums);
}

/* States of a few amplitudes: gate by gate, backwards; of packed ones on copies in single precision. */
static void back_gates(const kw_plan *plan, const kw_plan_step *step, kw_state *ket, kw_state *bra) {
    const kw_kernels_table *kernels = kw_kernels(kw_precision_of_gates(ket->precision));
    const uint64_t high = (uint64_t)ket->comm->rank << plan->n_local, count = kw_bit(plan->n_local);
    float copies[2][2 << KW_PASS_LEAST];
    void *const phi = kw_state_take(ket, 0, count, copies[0]), *const lambda = kw_state_take(bra, 0, count, copies[1]);
    for (size_t i = step->first + step->count; i-- > step->first;) {
        const kw_op *op = &plan->ops[i];
        kw_kernel_args args = {0};
        if (!kw_op_bind(plan, op, plan->n_local, high, &args)) continue;
        const uint64_t groups = kw_groups(&args, plan->n_local);
        kw_op_apply(plan, op, kernels, phi, &args, 0, groups);
        if (op->n_slots) {
            double sums[KW_REDUCE_WIDTH] = {0};
            kw_op_cross(plan, op, kernels, lambda, phi, &args, 0, groups, sums);
            contract(plan, op, &args, sums, plan->slot_sums + op->slot);
        }
        kw_op_apply(plan, op, kernels, lambda, &args, 0, groups);
    }
    kw_state_put_back(ket, 0, count, copies[0]);
    kw_state_put_back(bra, 0, count, copies[1]);
}

static kw_status go_back(const kw_plan *plan, kw_rounding rounding, kw_state *ket, kw_state *bra, double *gradient) {
    const kw_way *way = &plan->back;
    kw_status status = KW_OK;
    for (size_t i = 0; i < way->steps.count && status == KW_OK; ++i) {
        const kw_plan_step *step = &way->steps.items[i];
        if (step->kind == KW_PLAN_EXCHANGE) {
            kw_state_exchange(ket, &plan->swaps[step->first]);
            kw_state_exchange(bra, &plan->swaps[step->first]);
            continue;
        }
        kw_errors_begin(ket, rounding);
        kw_errors_begin(bra, rounding);
        if (step->kind == KW_PLAN_GATES) back_gates(plan, step, ket, bra);
        else
            kw_pass_run_back(plan, way, way->programs[kw_precision_of_gates(ket->precision)], step->first, ket, bra,
                             gradient);
        kw_errors_end(ket);
        kw_errors_end(bra);
        status = kw_plan_check_infidelity(ket, i + 1, way->steps.count);
    }
    return status;
}

static kw_status check_final(const kw_plan *plan, const kw_state *ket) {
    const bool fits = ket->n_qubits == plan->n_qubits && ket->comm->size == plan->ranks;
    if (fits && !memcmp(ket->place, plan->final_place, sizeof(int) * (size_t)plan->n_qubits)) return KW_OK;
    return kw_fail(KW_E_ARG, "the state is not what this plan left: kw_plan_run first");
}

kw_status kw_plan_backward(const kw_plan *plan, const double *theta, const kw_observable *observable, kw_state *ket,
                           kw_state *bra, double *value, double *gradient) {
    kw_status status = check_final(plan, ket);
    if (status == KW_OK) status = kw_way_compile(plan, &plan->back, ket);
    if (status != KW_OK) return status;
    kw_tile_program *program = plan->back.programs[kw_precision_of_gates(ket->precision)];
    const bool matrices = kw_plan_needs_matrices(program);
    if (matrices) kw_plan_evaluate(plan, theta, true);
    status = value ? kw_observable_apply_value(observable, ket, bra, value) : kw_observable_apply(observable, ket, bra);
    if (status != KW_OK) return status;
    if (matrices) kw_plan_adjoint(plan);
    if (program) kw_tile_program_fill(plan, &plan->back, program, theta, ket->comm->rank);
    const size_t parameters = (size_t)plan->circuit->n_parameters;
    memset(plan->slot_sums, 0, plan->n_slots * sizeof *plan->slot_sums);
    memset(gradient, 0, sizeof *gradient * parameters);
    status = go_back(plan, ket->rounding == KW_ROUND_AUTO ? kw_plan_rounding(plan, theta, ket->precision) : ket->rounding,
                     ket, bra, gradient);
    if (status != KW_OK) return status;
    for (size_t i = 0; i < plan->n_slots; ++i)
        gradient[plan->slots[i].parameter] += plan->slots[i].factor * plan->slot_sums[i];
    kw_comm_sum(ket->comm, gradient, parameters);
    return KW_OK;
}

kw_status kw_plan_gradient(const kw_plan *plan, const double *theta, const kw_observable *observable, kw_state *ket,
                           kw_state *bra, double *value, double *gradient, kw_final_fn final, void *context) {
    const kw_status status = kw_plan_run(plan, theta, ket);
    if (status != KW_OK) return status;
    if (final) final(context, ket);
    return kw_plan_backward(plan, theta, observable, ket, bra, value, gradient);
}
