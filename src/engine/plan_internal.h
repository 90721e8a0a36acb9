/* F2  What a plan is made of. */
#ifndef KW_PLAN_INTERNAL_H
#define KW_PLAN_INTERNAL_H

#include "circuit/circuit_internal.h"
#include "engine/lower.h"
#include "engine/state_internal.h"
#include "ketwall/plan.h"

/* One gate at physical positions. */
typedef struct {
    size_t gate;       /* in plan->circuit */
    uint64_t controls; /* positions; those >= n_local are rank bits */
    int targets[KW_MAX_TARGETS];
    size_t matrix; /* its 4^t entries in plan->matrices */
    size_t slot;   /* first gradient slot */
    int n_slots;   /* angles that depend on a parameter */
} kw_op;

/* One trainable angle of one gate. */
typedef struct {
    int angle, parameter;
    double factor;
    size_t derivative; /* its 4^t entries in plan->matrices */
} kw_slot;

typedef enum {
    KW_PLAN_EXCHANGE, /* swaps[first] */
    KW_PLAN_GATES,    /* ops [first, first + count), one after the other */
    KW_PLAN_PASS      /* passes[first]: one trip through memory */
} kw_plan_step_kind;

typedef struct {
    kw_plan_step_kind kind;
    size_t first, count;
} kw_plan_step;

typedef struct {
    kw_plan_step *items;
    size_t count, capacity;
} kw_step_list;

/* Primitives order[first, first + count), which act within blocks at `positions` (phases and controls anywhere). */
typedef struct {
    uint64_t positions;
    size_t first, count;
} kw_pass;

#define KW_NO_LIFT SIZE_MAX

/* Passes compiled for a precision's kernels, with room for their numbers at one theta. */
typedef struct kw_tile_program kw_tile_program;

/* The stages of a plan as passes: forward over one state, or back over two. */
typedef struct {
    bool back;
    kw_step_list steps;
    kw_primitive_list primitives; /* back: inverted */
    kw_pass *passes;
    size_t *order; /* primitives of all passes */
    size_t n_passes, pass_capacity, n_order, order_capacity;
    kw_tile_program *programs[2]; /* by the precision of gates; made when first needed */
} kw_way;

struct kw_plan {
    int n_qubits, n_local, ranks;
    kw_circuit *circuit; /* own copy */
    size_t lift;         /* its last gate, if the scheduler added one: SWAP of positions, whatever its own qubits are */
    size_t n_ops, n_steps, n_swaps, n_slots, step_capacity, swap_capacity;
    kw_op *ops;
    kw_plan_step *steps;
    kw_swap *swaps;
    kw_slot *slots;
    int final_place[KW_MAX_QUBITS];
    size_t first_trained_step; /* steps before it hold no parameter: the way back ends there */
    uint64_t n_matrices;
    kw_complex *matrices; /* of ops, then derivatives of slots */
    double *slot_sums;    /* (n_slots) */
    bool by_passes;       /* false: a small state (KW_PASS_LEAST), whose ways consist of the steps above */
    kw_way forward, back;
};

/* Passes have numbers of their own; only dense unitaries among them are applied by their matrices. */
static inline bool kw_op_has_matrix(const kw_plan *plan, const kw_op *op) {
    return !plan->by_passes || plan->circuit->gates[op->gate].kind == KW_GATE_UNITARY;
}

/* kw_plan_create with passes from `least` local qubits on. */
kw_status kw_plan_create_from(const kw_circuit *circuit, int ranks, int least, kw_plan **out);

/* Appends a step to a list.  @return KW_OK, KW_E_NOMEM */
kw_status kw_plan_push_step(kw_step_list *list, kw_plan_step_kind kind, size_t first, size_t count);

/* Fills kernel arguments for a gate on the window [high, high + 2^window); false: its controls are not met there. */
bool kw_op_bind(const kw_plan *plan, const kw_op *op, int window, uint64_t high, kw_kernel_args *args);

/* Applies a bound gate to groups [first, last). */
void kw_op_apply(const kw_plan *plan, const kw_op *op, const kw_kernels_table *kernels, void *psi,
                 const kw_kernel_args *args, uint64_t first, uint64_t last);

/* Adds the inner products that its gradient needs to sums: 2 4^t numbers, of a diagonal gate 2 2^t. */
void kw_op_cross(const kw_plan *plan, const kw_op *op, const kw_kernels_table *kernels, const void *bra, const void *ket,
                 const kw_kernel_args *args, uint64_t first, uint64_t last, double *sums);

static inline uint64_t kw_groups(const kw_kernel_args *args, int window) { return (uint64_t)1 << (window - args->n_open); }

/* Evaluates all matrices at theta; turns them into their adjoints. */
void kw_plan_evaluate(const kw_plan *plan, const double *theta, bool derivatives);
void kw_plan_adjoint(const kw_plan *plan);

/* Runs the way forward from step `first` on.  Compiles the passes if that has not happened yet.
 * @return KW_OK, KW_E_NOMEM, KW_E_STOPPED (`watch` said so) */
kw_status kw_plan_execute(const kw_plan *plan, const double *theta, kw_state *state, uint64_t first, kw_watch_fn watch,
                          void *context);

/* KW_E_INTERNAL if rounding has cost more than the state's limit after `done` of `steps`. */
kw_status kw_plan_check_infidelity(const kw_state *state, size_t done, size_t steps);

/* Where the first `done` steps leave the qubits.  (The names that SWAP gates give them count at the end only.) */
void kw_plan_place(const kw_plan *plan, uint64_t done, int *place);

/* What is left of a plan behind its first `done` steps, as a circuit on the state that they leave, its qubits brought into
 * logical order: it can be planned for any number of ranks.  @return KW_OK, KW_E_NOMEM */
kw_status kw_plan_rest(const kw_plan *plan, uint64_t done, kw_circuit **out);

/* A number that tells plans apart: steps, exchanges, passes and what is in them. */
uint64_t kw_plan_fingerprint(const kw_plan *plan);

/* Compiles the passes of a way if that has not happened yet.  @collective  @return KW_OK, KW_E_NOMEM */
kw_status kw_way_compile(const kw_plan *plan, const kw_way *way, const kw_state *state);

/* KW_E_ARG unless the state fits the plan and is in logical order. */
kw_status kw_plan_check(const kw_plan *plan, const kw_state *state);

/* out <- O |state>, and value <- <state|O|state>. */
kw_status kw_observable_apply_value(const kw_observable *observable, kw_state *state, kw_state *out, double *value);

#endif
