/* F4  What running a program will cost, from its plan alone. */
#include "base/bits.h"
#include "base/error.h"
#include "circuit/program_internal.h"
#include "engine/state_internal.h"
#include "ketwall/observable.h"
#include "models/circuit_run.h"

int kw_program_ranks(const kw_program *program, int ranks) {
    int n_local = program->is_static ? 0 : 1;
    for (size_t i = 0; i < program->circuit->count; ++i) {
        const kw_gate *gate = &program->circuit->gates[i];
        const int targets = gate->kind == KW_GATE_SWAP ? 1 : gate->n_targets;
        if (targets > n_local && !kw_gate_is_diagonal(gate)) n_local = targets;
    }
    while (ranks > 1 && kw_log2((uint64_t)ranks) + n_local > program->quantum.total) ranks /= 2;
    return ranks;
}

kw_status kw_program_grid(const kw_program *program, const kw_run_request *request, int ranks, uint64_t memory,
                          int *per_state) {
    const int n = kw_program_qubits(program), most = kw_program_ranks(program, ranks);
    int below = 1, chosen = kw_program_is_static(program) ? most : 1;
    while (2 * below <= ranks) below *= 2;
    if (below != ranks)
        return kw_fail(KW_E_ARG, "%d ranks: a power of two is needed; the nearest are %d and %d", ranks, below, 2 * below);
    const uint64_t shots = kw_program_shot_bytes(program, request), room = memory > shots ? memory - shots : 0;
    while (chosen < most && kw_state_bytes(n, request->precision, chosen) > room) chosen *= 2;
    const uint64_t bytes = kw_state_bytes(n, request->precision, chosen);
    if (bytes > room)
        return kw_fail(KW_E_FIT,
                       "%d qubits need %.3f GiB per rank and the shots %.3f GiB, %.3f GiB are there: use more ranks, fewer "
                       "shots or --precision single",
                       n, (double)bytes / 0x1p30, (double)shots / 0x1p30, (double)memory / 0x1p30);
    *per_state = chosen;
    return KW_OK;
}

static void add(kw_run_result *out, kw_traffic traffic) {
    out->exchanges += traffic.exchanges;
    out->bytes_exchanged += traffic.bytes;
}

/* Every distinct pattern of flipped rank bits streams the partner's whole block once. */
static kw_status add_observable(const char *text, const kw_plan *plan, int n_local, kw_precision precision,
                                kw_run_result *out) {
    kw_observable *observable = NULL;
    const kw_status status = kw_observable_parse(text, out->qubits, &observable);
    if (status != KW_OK) return status;
    const uint64_t bytes = kw_observable_bytes_exchanged(observable, kw_plan_final_place(plan), n_local, precision);
    add(out, (kw_traffic){bytes / kw_bytes_of(kw_bit(n_local), precision), bytes});
    kw_observable_destroy(&observable);
    return KW_OK;
}

static kw_status foretell(const kw_plan *plan, const kw_run_request *request, int ranks, kw_run_result *out) {
    const int n_local = out->qubits - kw_log2((uint64_t)ranks);
    const kw_plan_cost forward = kw_plan_forward_cost(plan, request->precision);
    kw_status status = KW_OK;
    out->passes = forward.passes;
    add(out, (kw_traffic){forward.exchanges, forward.bytes_exchanged});
    for (size_t i = 0; i < request->n_observables && status == KW_OK; ++i)
        status = add_observable(request->observables[i], plan, n_local, request->precision, out);
    if (request->shots || request->save_state)
        add(out, kw_order_cost(out->qubits, ranks, kw_plan_final_place(plan), request->precision));
    const uint64_t sampling = request->shots ? kw_sample_bytes(n_local, ranks) : 0, planned = kw_plan_bytes(plan);
    const uint64_t state = kw_state_bytes(out->qubits, request->precision, ranks),
                   more = sampling > planned ? sampling : planned;
    out->peak_bytes_per_rank = state > UINT64_MAX - more ? UINT64_MAX : state + more;
    return status;
}

kw_status kw_program_foretell(const kw_program *program, const kw_run_request *request, int ranks, kw_run_result *out,
                              kw_plan **plan) {
    kw_plan *made = NULL;
    if (!kw_program_is_static(program))
        return kw_fail(
            KW_E_INPUT,
            "a program with noise, reset, if or measurements in mid-circuit: its exchanges depend on the outcomes");
    *out = (kw_run_result){.qubits = kw_program_qubits(program), .is_static = true};
    if (kw_is_power_of_two((uint64_t)ranks)) ranks = kw_program_ranks(program, ranks);
    kw_status status = kw_plan_create(kw_program_circuit(program), ranks, &made);
    if (status == KW_OK) status = foretell(made, request, ranks, out);
    if (status == KW_OK) *plan = made;
    else kw_plan_destroy(&made);
    return status;
}
