/* F5  The memory wall, foretold: what the planner says of machines described in files. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "io/machine_file.h"
#include "ketwall/forecast.h"
#include "models/training.h"
#include "studies/bench.h"
#include "studies/wall.h"

enum { KINDS = 2, MACHINES = 16 }; /* double and single: others are rounded, and their infidelity grows with the passes */

typedef struct {
    const kw_config *config;
    size_t machines, sizes;
    const char *const *paths;
    const int64_t *qubits;
    kw_machine machine[MACHINES];
} plans;

/* Least ranks, a power of two, on whose share of the memory `states` states fit; 0: the machine is too small. */
static int ranks_of(const kw_machine *m, int n, kw_precision precision, int states) {
    const uint64_t memory = m->memory_per_node / (uint64_t)m->ranks_per_node;
    const int64_t most = (int64_t)m->nodes * m->ranks_per_node;
    for (int64_t ranks = m->ranks_per_node; ranks <= most; ranks *= 2)
        if ((uint64_t)states * kw_state_bytes(n, precision, (int)ranks) <= memory) return (int)ranks;
    return 0;
}

static int nodes_of(const kw_machine *m, int ranks) { return (ranks + m->ranks_per_node - 1) / m->ranks_per_node; }

static double total(kw_duration d) { return d.compute + d.exchange; }

static kw_bench_kind kind_of(const plans *p) {
    return (kw_bench_kind[]){KW_BENCH_RQC, KW_BENCH_HEA, KW_BENCH_QFT}[kw_config_choice(p->config, "study.circuit")];
}

/* One run of the circuit, and its checkpoint. */
static kw_status foretell_run(const plans *p, int n, const kw_forecast_query *query, json_t *row) {
    const kw_bench_kind kind = kind_of(p);
    const double layers = kw_bench_layers(kind, n);
    kw_circuit *circuit = NULL;
    kw_program *program = NULL;
    kw_run_forecast f;
    kw_status status = kw_bench_circuit(kind, 0, n, false, &circuit);
    if (status == KW_OK) status = kw_program_from_circuit(circuit, NULL, &program);
    if (status == KW_OK) status = kw_program_foretell(program, query, &f);
    if (status == KW_OK) {
        kw_json_set(row, "state_bytes", (double)kw_state_bytes(n, query->request->precision, f.ranks_per_state));
        kw_json_set(row, "peak_bytes", (double)f.peak_bytes_per_rank);
        kw_json_set(row, "passes", (double)f.passes);
        kw_json_set(row, "exchanges", (double)f.exchanges);
        kw_json_set(row, "sent_bytes", (double)f.bytes_exchanged);
        kw_json_set(row, "seconds", total(f.seconds));
        kw_json_set(row, "layer_seconds", total(f.seconds) / layers);
        kw_json_set(row, "exchange_seconds", f.seconds.exchange / layers);
        kw_json_set(row, "checkpoint_bytes", (double)f.checkpoint.bytes);
        if (f.checkpoint.seconds > 0) kw_json_set(row, "checkpoint_seconds", f.checkpoint.seconds);
    }
    kw_program_destroy(&program);
    kw_circuit_destroy(&circuit);
    return status;
}

static kw_status foretell_gradient(int n, const kw_forecast_query *query, json_t *row) {
    const int nodes = nodes_of(query->machine, query->ranks);
    kw_circuit *circuit = NULL;
    kw_run_forecast f;
    kw_status status = kw_bench_circuit(KW_BENCH_GRADIENT, 0, n, true, &circuit);
    if (status == KW_OK) status = kw_gradient_foretell(circuit, query, &f);
    if (status == KW_OK) {
        kw_json_set(row, "gradient_nodes", nodes);
        kw_json_set(row, "gradient_bytes", (double)f.peak_bytes_per_rank);
        kw_json_set(row, "gradient_seconds", total(f.seconds));
    }
    kw_circuit_destroy(&circuit);
    return status;
}

/* ---- rows: by machine, kind, size ---- */

typedef struct {
    size_t machine;
    kw_precision precision;
    int qubits;
    char name[64];
} place;

static place place_of(const plans *p, size_t i) {
    place at = {.machine = i / (KINDS * p->sizes),
                .precision = (kw_precision)(i / p->sizes % KINDS),
                .qubits = (int)p->qubits[i % p->sizes]};
    kw_wall_machine_name(p->paths[at.machine], at.name, sizeof at.name);
    return at;
}

static void name_plan(const void *context, size_t i, char text[KW_SWEEP_NAME]) {
    const place at = place_of(context, i);
    snprintf(text, KW_SWEEP_NAME, "%s, %s, %s, %d qubits", KW_WALL_EXTRAPOLATED, at.name, kw_precision_name(at.precision),
             at.qubits);
}

static kw_status foretell(const plans *p, const place *at, json_t *row) {
    static const char *const z0[] = {"Z0"};
    const kw_machine *m = &p->machine[at->machine];
    const int ranks = ranks_of(m, at->qubits, at->precision, 1), both = ranks_of(m, at->qubits, at->precision, 2);
    kw_run_request request = {.precision = at->precision};
    kw_forecast_query query = {.request = &request, .ranks = ranks, .machine = m};
    char text[160];
    if (!ranks) {
        const double needed = ldexp(at->precision == KW_DOUBLE ? 16 : 8, at->qubits) / (double)m->memory_per_node;
        snprintf(text, sizeof text, "does not fit: %.4g nodes' memory is needed, the machine has %d", needed, m->nodes);
        json_object_set_new(row, "note", json_string(text));
        return KW_OK;
    }
    json_object_set_new(row, "nodes", json_integer(nodes_of(m, ranks)));
    kw_status status = foretell_run(p, at->qubits, &query, row);
    request.observables = z0;
    request.n_observables = 1;
    query.ranks = both;
    if (status == KW_OK && both) status = foretell_gradient(at->qubits, &query, row);
    if (!both) json_object_set_new(row, "note", json_string("a gradient, with two states, does not fit"));
    return status;
}

static kw_status measure_plan(const void *context, size_t i, kw_comm *comm, json_t **row) {
    const plans *p = context;
    const place at = place_of(p, i);
    (void)comm;
    json_t *made = kw_wall_new_row(KW_WALL_EXTRAPOLATED, kw_bench_name(kind_of(p)), kw_precision_name(at.precision), at.name,
                                   at.qubits);
    const kw_status status = made ? foretell(p, &at, made) : kw_fail(KW_E_NOMEM, "no memory for a row");
    if (status == KW_OK) *row = made;
    else json_decref(made);
    return status;
}

static kw_status read_machines(plans *p) {
    p->machines = kw_config_texts(p->config, "study.machines", &p->paths);
    p->sizes = kw_config_ints(p->config, "study.extrapolate", &p->qubits);
    kw_status status = KW_OK;
    if (p->machines > MACHINES) status = kw_fail(KW_E_INPUT, "study.machines: at most %d", MACHINES);
    for (size_t i = 0; i < p->machines && status == KW_OK; ++i) {
        status = kw_machine_read(p->paths[i], &p->machine[i]);
        if (status == KW_OK && kw_comm_check_size(p->machine[i].ranks_per_node) != KW_OK)
            status = kw_fail(KW_E_INPUT, "%s: machine.ranks_per_node: %s", p->paths[i], kw_error_message());
    }
    return status;
}

kw_status kw_wall_check_machines(const kw_config *config) { return read_machines(&(plans){.config = config}); }

kw_status kw_wall_extrapolated(kw_sweep *sweep) {
    plans p = {.config = kw_sweep_config(sweep)};
    const kw_status status = kw_comm_agree(kw_sweep_world(sweep), read_machines(&p));
    const kw_sweep_source source = {name_plan, measure_plan, &p};
    return status == KW_OK ? kw_sweep_rows(sweep, p.machines * KINDS * p.sizes, true, &source) : status;
}
