/* F4  What running a program will cost, from its plan alone. */
#include "base/bits.h"
#include "base/error.h"
#include "engine/state_internal.h"
#include "ketwall/observable.h"
#include "models/circuit_run.h"

static void add(kw_run_result *out, kw_traffic traffic) {
    out->exchanges += traffic.exchanges;
    out->bytes_exchanged += traffic.bytes;
}

/* Every distinct pattern of flipped rank bits streams the partner's whole block once. */
static kw_status add_observable(const char *text, const kw_plan *plan, int n_local, kw_precision precision,
                                kw_run_result *out) {
    kw_pauli pauli;
    kw_observable *observable = NULL;
    kw_status status = kw_pauli_parse(text, out->qubits, &pauli);
    if (status == KW_OK) status = kw_observable_pauli_sum(out->qubits, &pauli, 1, &observable);
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
        return kw_fail(KW_E_INPUT,
                       "a program with reset, if or measurements in mid-circuit: its exchanges depend on the outcomes");
    *out = (kw_run_result){.qubits = kw_program_qubits(program), .is_static = true};
    if (kw_is_power_of_two((uint64_t)ranks)) ranks = kw_program_ranks(program, ranks);
    kw_status status = kw_plan_create(kw_program_circuit(program), ranks, &made);
    if (status == KW_OK) status = foretell(made, request, ranks, out);
    if (status == KW_OK) *plan = made;
    else kw_plan_destroy(&made);
    return status;
}
