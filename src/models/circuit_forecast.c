/* F4  What running a program will cost, from its plans alone. */
#include <math.h>

#include "base/bits.h"
#include "base/error.h"
#include "circuit/program_internal.h"
#include "engine/state_internal.h"
#include "io/state_store.h"
#include "ketwall/memory.h"
#include "ketwall/observable.h"
#include "models/circuit_forecast_internal.h"
#include "models/infidelity.h"

int kw_program_ranks(const kw_program *program, kw_precision precision, int ranks) {
    int n_local = program->is_static ? 0 : 1;
    for (size_t i = 0; i < program->circuit->count; ++i) {
        const kw_gate *gate = &program->circuit->gates[i];
        const int targets = gate->kind == KW_GATE_SWAP ? 1 : gate->n_targets;
        if (targets > n_local && !kw_gate_is_diagonal(gate)) n_local = targets;
    }
    const int n = program->quantum.total, most = kw_most_rank_bits(n, precision);
    const int rank_bits = n - n_local < most ? n - n_local : most;
    while (ranks > 1 && kw_log2((uint64_t)ranks) > rank_bits) ranks /= 2;
    return ranks;
}

/* The widest kind, below this one, whose states take at most `room`; this one: none. */
static kw_precision precision_that_fits(int n, kw_precision precision, int ranks, uint64_t room) {
    for (int p = precision + 1; p < KW_PRECISIONS; ++p)
        if (kw_state_bytes(n, (kw_precision)p, ranks) <= room) return (kw_precision)p;
    return precision;
}

kw_status kw_program_grid(const kw_program *program, const kw_run_request *request, int ranks, uint64_t memory,
                          int *per_state) {
    const int n = kw_program_qubits(program), most = kw_program_ranks(program, request->precision, ranks);
    int chosen = kw_program_is_static(program) ? most : 1;
    const kw_status status = kw_comm_check_size(ranks);
    if (status != KW_OK) return status;
    const uint64_t shots = kw_program_shot_bytes(program, request), room = memory > shots ? memory - shots : 0;
    while (chosen < most && kw_state_bytes(n, request->precision, chosen) > room) chosen *= 2;
    const uint64_t bytes = kw_state_bytes(n, request->precision, chosen);
    if (bytes > room) {
        const kw_precision enough = precision_that_fits(n, request->precision, chosen, room);
        char remedy[64] = " or fewer shots";
        if (enough != request->precision)
            snprintf(remedy, sizeof remedy, ", fewer shots or --precision %s", kw_precision_name(enough));
        return kw_fail(KW_E_FIT,
                       "%d qubits need %.3f GiB per rank and the shots %.3f GiB, %.3f GiB are there: use more ranks%s", n,
                       (double)bytes / 0x1p30, (double)shots / 0x1p30, (double)memory / 0x1p30, remedy);
    }
    *per_state = chosen;
    return KW_OK;
}

void kw_forecast_add(kw_run_forecast *out, uint64_t times, kw_traffic traffic) {
    out->exchanges = kw_plus(out->exchanges, kw_times(times, traffic.exchanges));
    out->bytes_exchanged = kw_plus(out->bytes_exchanged, kw_times(times, traffic.bytes));
}

void kw_forecast_add_infidelity(kw_run_forecast *out, const kw_plan *plan, const kw_run_request *request) {
    const kw_rounding rounding = kw_rounding_used(plan, request->precision, request->rounding);
    if (rounding > out->rounding) out->rounding = rounding;
    out->infidelity = kw_infidelity_sum(out->infidelity, kw_plan_infidelity(plan, NULL, request->precision, rounding));
}

kw_predict_shape kw_forecast_shape(const kw_run_forecast *f, const kw_forecast_query *query) {
    return (kw_predict_shape){query->machine, f->qubits, f->ranks_per_state, f->gradient ? 2 : 1, query->request->precision};
}

/* Every distinct pattern of flipped rank bits streams the partner's whole block once. */
kw_status kw_forecast_observable(const char *text, const int *place, const kw_run_forecast *f, kw_precision precision,
                                 kw_traffic *out) {
    kw_observable *observable = NULL;
    const int n_local = f->qubits - kw_log2((uint64_t)f->ranks_per_state);
    const kw_status status = kw_observable_parse(text, f->qubits, &observable);
    if (status != KW_OK) return status;
    const uint64_t bytes = kw_observable_bytes_exchanged(observable, place, n_local, precision);
    *out = (kw_traffic){bytes / kw_bytes_of(kw_bit(n_local), precision), bytes};
    kw_observable_destroy(&observable);
    return KW_OK;
}

/* With no local qubit at all every distinct pattern of X counts, one amplitude each. */
kw_status kw_forecast_observable_most(const char *text, const kw_run_forecast *f, kw_precision precision, kw_traffic *out) {
    kw_observable *observable = NULL;
    int place[KW_MAX_QUBITS];
    const int n_local = f->qubits - kw_log2((uint64_t)f->ranks_per_state);
    const kw_status status = kw_observable_parse(text, f->qubits, &observable);
    if (status != KW_OK) return status;
    for (int q = 0; q < f->qubits; ++q) place[q] = q;
    const uint64_t patterns = kw_observable_bytes_exchanged(observable, place, 0, precision) / kw_bytes_of(1, precision);
    *out = (kw_traffic){patterns, kw_times(patterns, kw_bytes_of(kw_bit(n_local), precision))};
    kw_observable_destroy(&observable);
    return KW_OK;
}

static uint64_t memory_of(const kw_forecast_query *query) {
    if (query->request->memory_per_rank) return query->request->memory_per_rank;
    if (query->machine) return query->machine->memory_per_node / (uint64_t)query->machine->ranks_per_node;
    return kw_memory_available() / (query->ranks > 0 ? (uint64_t)query->ranks : 1); /* none is refused later */
}

static kw_status start(const kw_program *program, const kw_forecast_query *query, kw_run_forecast *out) {
    const kw_run_request *request = query->request;
    int per_state = 1;
    *out = (kw_run_forecast){.qubits = kw_program_qubits(program),
                             .ranks = query->ranks,
                             .exact = true,
                             .memory_per_rank = memory_of(query),
                             .fits = true};
    kw_status status = kw_run_request_check(program, request);
    if (status == KW_OK) status = kw_program_grid(program, request, query->ranks, out->memory_per_rank, &per_state);
    if (status == KW_E_FIT) {
        out->fits = false;
        per_state = kw_program_ranks(program, request->precision, query->ranks);
        status = KW_OK;
    }
    out->ranks_per_state = per_state;
    out->replicas = query->ranks / per_state;
    return status;
}

void kw_forecast_finish(kw_run_forecast *out, uint64_t beside_states, kw_precision precision) {
    const uint64_t state = kw_state_bytes(out->qubits, precision, out->ranks_per_state);
    out->peak_bytes_per_rank = kw_plus(kw_times(out->gradient ? 2 : 1, state), beside_states);
    out->fits = out->fits && out->peak_bytes_per_rank <= out->memory_per_rank;
}

/* ---- programs that run once ---- */

static kw_status foretell_static(const kw_program *program, const kw_forecast_query *query, kw_run_forecast *out) {
    const kw_run_request *request = query->request;
    const int ranks = out->ranks_per_state, n_local = out->qubits - kw_log2((uint64_t)ranks);
    kw_plan *plan = NULL;
    kw_status status = kw_plan_create(kw_program_circuit(program), ranks, &plan);
    if (status != KW_OK) return status;
    const kw_plan_cost forward = kw_plan_forward_cost(plan, request->precision);
    out->passes = forward.passes;
    kw_forecast_add_infidelity(out, plan, request);
    kw_forecast_add(out, 1, kw_traffic_of(forward));
    for (size_t i = 0; i < request->n_observables && status == KW_OK; ++i) {
        kw_traffic traffic = {0, 0};
        status =
            kw_forecast_observable(request->observables[i], kw_plan_final_place(plan), out, request->precision, &traffic);
        kw_forecast_add(out, 1, traffic);
    }
    if (request->shots || request->save_state)
        kw_forecast_add(out, 1, kw_order_cost(out->qubits, ranks, kw_plan_final_place(plan), request->precision));
    if (query->machine) out->seconds = kw_predict_run(plan, query->machine, request->precision);
    if (query->verbose) kw_plan_print(plan, query->verbose);
    const uint64_t sampling = request->shots ? kw_sample_bytes(n_local, ranks) : 0, planned = kw_plan_bytes(plan);
    kw_forecast_finish(out, sampling > planned ? sampling : planned, request->precision);
    kw_plan_destroy(&plan);
    return status;
}

/* ---- checkpoints ---- */

#define CHECKPOINT_METADATA 24576 /* bytes of a file beside amplitudes, their checksums and outcomes, about */
#define SLURM_EARLY         60    /* s */

/* The longest stretch between two safe points.  Of a program that runs once, and of ranks that share every shot: a pass or
 * an exchange, which take about as long each.  Replicas stop between shots only. */
static double longest_step(const kw_run_forecast *f, uint64_t shots) {
    const double own = shots > (uint64_t)f->replicas ? (double)shots / f->replicas : 1; /* shots of a replica, one by one */
    if (f->replicas > 1 && shots) return (f->seconds.compute + f->seconds.exchange) / own;
    const double pass = f->passes ? f->seconds.compute / own / (double)f->passes : 0;
    const double exchange = f->exchanges ? f->seconds.exchange / (double)f->exchanges : 0;
    return pass > exchange ? pass : exchange;
}

static void forecast_checkpoint(const kw_program *program, const kw_forecast_query *query, kw_run_forecast *f) {
    const kw_machine *m = query->machine;
    const bool once = kw_program_is_static(program);
    const uint64_t shots = once ? 0 : query->request->shots;
    const bool holds_state = once || f->replicas == 1;
    const uint64_t state = holds_state ? kw_state_store_bytes(f->qubits, query->request->precision, f->ranks_per_state) : 0;
    const uint64_t outcomes = kw_times(shots, 8 * (1 + query->request->n_observables));
    kw_checkpoint_forecast c = {.bytes = kw_plus(state, kw_plus(outcomes, CHECKPOINT_METADATA))};
    if (m && m->disk_bandwidth > 0) {
        const int nodes = (f->ranks_per_state - 1) / m->ranks_per_node + 1;
        double bandwidth = nodes * m->disk_bandwidth;
        if (m->file_bandwidth > 0 && bandwidth > m->file_bandwidth) bandwidth = m->file_bandwidth;
        c.seconds = (double)c.bytes / bandwidth;
        c.every_s = sqrt(2 * c.seconds * m->node_mtbf / nodes);
        c.signal_s = ceil(longest_step(f, shots) + 2 * c.seconds + SLURM_EARLY);
    }
    f->checkpoint = c;
}

kw_status kw_program_foretell(const kw_program *program, const kw_forecast_query *query, kw_run_forecast *out) {
    kw_run_forecast f;
    kw_status status = start(program, query, &f);
    if (status == KW_OK)
        status = kw_program_is_static(program) ? foretell_static(program, query, &f) : kw_forecast_shots(program, query, &f);
    if (status == KW_OK) forecast_checkpoint(program, query, &f);
    if (status == KW_OK) *out = f;
    return status;
}

/* ---- gradients ---- */

kw_status kw_circuit_train_all(const kw_circuit *circuit, kw_circuit **out) {
    kw_circuit *trained = NULL;
    kw_status status = kw_circuit_create(circuit->n_qubits, &trained);
    if (status == KW_OK) status = kw_circuit_append_circuit(trained, circuit);
    for (size_t i = 0; status == KW_OK && i < trained->count; ++i) {
        kw_gate *gate = &trained->gates[i];
        for (int j = 0; j < kw_gate_angles(gate->kind); ++j)
            if (gate->angles[j].parameter < 0)
                gate->angles[j] = (kw_angle){trained->n_parameters++, 1.0, gate->angles[j].offset};
    }
    if (status == KW_OK && !trained->n_parameters)
        status = kw_fail(KW_E_INPUT, "no gate of the circuit has an angle: there is nothing to train");
    if (status == KW_OK) *out = trained;
    else kw_circuit_destroy(&trained);
    return status;
}

/* The observable is applied once: it reads one state and writes the other, and their product is the value. */
static kw_status add_gradient_observable(const kw_plan *plan, const kw_forecast_query *query, kw_run_forecast *out) {
    const kw_run_request *request = query->request;
    const kw_predict_shape shape = kw_forecast_shape(out, query);
    kw_traffic traffic = {0, 0};
    kw_status status = KW_OK;
    if (request->n_observables)
        status =
            kw_forecast_observable(request->observables[0], kw_plan_final_place(plan), out, request->precision, &traffic);
    kw_forecast_add(out, 1, traffic);
    if (status != KW_OK || !query->machine) return status;
    kw_duration_add(&out->seconds, 1, kw_predict_traffic(&shape, traffic));
    kw_duration_add(&out->seconds, 1, kw_predict_passes(&shape, 4, 1));
    return KW_OK;
}

kw_status kw_gradient_foretell(const kw_circuit *circuit, const kw_forecast_query *query, kw_run_forecast *out) {
    const kw_run_request *request = query->request;
    kw_run_forecast f = {.qubits = circuit->n_qubits,
                         .ranks = query->ranks,
                         .ranks_per_state = query->ranks,
                         .replicas = 1,
                         .gradient = true,
                         .exact = true,
                         .memory_per_rank = memory_of(query),
                         .fits = true};
    kw_plan *plan = NULL;
    if (!circuit->n_parameters) return kw_fail(KW_E_INPUT, "the circuit has no parameter: it has no gradient");
    if (kw_bit(kw_most_rank_bits(f.qubits, request->precision)) < (uint64_t)f.ranks)
        return kw_fail(KW_E_ARG, "%d ranks for %d qubits in %s: at most %d", f.ranks, f.qubits,
                       kw_precision_name(request->precision), 1 << kw_most_rank_bits(f.qubits, request->precision));
    kw_status status = kw_plan_create(circuit, query->ranks, &plan);
    if (status != KW_OK) return status;
    const kw_plan_cost cost = kw_plan_gradient_cost(plan, request->precision);
    f.passes = cost.passes;
    kw_forecast_add_infidelity(&f, plan, request);
    kw_forecast_add(&f, 1, kw_traffic_of(cost));
    if (query->machine) f.seconds = kw_predict_gradient(plan, query->machine, request->precision);
    status = add_gradient_observable(plan, query, &f);
    if (query->verbose) kw_plan_print(plan, query->verbose);
    kw_forecast_finish(&f, kw_plan_bytes(plan), request->precision);
    kw_plan_destroy(&plan);
    if (status == KW_OK) *out = f;
    return status;
}
