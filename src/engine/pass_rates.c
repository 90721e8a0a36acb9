/* F2  Measuring what passes cost: small plans whose state stays in cache, run by one thread; each tells one rate more. */
#include "engine/pass_rates.h"

#include <math.h>

#include "base/bits.h"
#include "base/clock.h"
#include "base/comm_ops.h"
#include "engine/pass_run.h"
#include "engine/pass_work.h"

enum {
    QUBITS = 18,  /* the fewest whose blocks have their full size */
    TILE = 9,     /* a position in a tile, beyond all lanes */
    CONTROL = 12, /* one elsewhere in the block */
    FEW = 2,      /* gates per sweep: what the processor overlaps in real plans shall be overlapped here */
    MANY = 10,
    LAYERS = 3,
    TRIES = 40
};

/* What is left of the time of a plan once other rates are known. */
typedef struct {
    kw_precision precision;
    kw_state *state;
    kw_plan *plan;
    kw_tile_program *program;
    double units[KW_PASS_RATES];
} probe;

static void end(probe *p) {
    kw_tile_program_destroy(&p->program);
    kw_plan_destroy(&p->plan);
}

/* Takes over the circuit. */
static kw_status begin(probe *p, kw_circuit *circuit) {
    kw_status status = kw_plan_create(circuit, 1, &p->plan);
    kw_circuit_destroy(&circuit);
    if (status == KW_OK) status = kw_pass_work(p->plan, &p->plan->forward, p->precision, p->units);
    if (status == KW_OK)
        status = kw_tile_program_create(p->plan, &p->plan->forward, kw_precision_of_gates(p->precision), &p->program);
    if (status == KW_OK) p->program->threads = 1;
    return status;
}

static kw_status begin_gates(probe *p, kw_gate_kind kind, const int *qubits, int count, int times) {
    const kw_angle angles[KW_MAX_ANGLES] = {kw_angle_constant(0.7)};
    kw_circuit *circuit = NULL;
    kw_status status = kw_circuit_create(QUBITS, &circuit);
    for (int i = 0; i < times && status == KW_OK; ++i) status = kw_circuit_append(circuit, kind, qubits, count, angles);
    if (status == KW_OK) return begin(p, circuit);
    kw_circuit_destroy(&circuit);
    return status;
}

/* RY on every qubit and ladders of CX: as many gates per sweep as circuits have. */
static kw_status begin_layers(probe *p) {
    kw_circuit *circuit = NULL;
    kw_status status = kw_circuit_create(QUBITS, &circuit);
    if (status == KW_OK) status = kw_circuit_append_ansatz(circuit, KW_ANSATZ_RY_CNOT, LAYERS, false);
    if (status == KW_OK) return begin(p, circuit);
    kw_circuit_destroy(&circuit);
    return status;
}

/* The QFT without its swaps: mostly phases. */
static kw_status begin_transform(probe *p) {
    kw_circuit *circuit = NULL;
    kw_status status = kw_circuit_create(QUBITS, &circuit);
    for (int q = QUBITS; q-- > 0 && status == KW_OK;) {
        status = kw_circuit_append(circuit, KW_GATE_H, &q, 1, NULL);
        for (int j = q; j-- > 0 && status == KW_OK;) {
            const kw_angle angle = kw_angle_constant(M_PI / (double)kw_bit(q - j));
            status = kw_circuit_append(circuit, KW_GATE_CU1, (const int[]){j, q}, 2, &angle);
        }
    }
    if (status == KW_OK) return begin(p, circuit);
    kw_circuit_destroy(&circuit);
    return status;
}

static void fill(probe *p) {
    static const double theta[LAYERS * QUBITS] = {1.0, 0.7, 0.4, 0.2};
    p->program->filled = false;
    kw_tile_program_fill(p->plan, &p->plan->forward, p->program, theta, 0);
}

static void run(probe *p) {
    for (size_t i = 0; i < p->plan->forward.n_passes; ++i) kw_pass_run(p->plan, p->program, i, p->state);
}

static double time_of(void (*what)(probe *), probe *p) {
    double best = INFINITY;
    for (int i = 0; i < TRIES; ++i) {
        const double start = kw_thread_seconds();
        what(p);
        best = fmin(best, kw_thread_seconds() - start);
    }
    return best;
}

static double known(const probe *p, const double *rates) {
    double sum = 0;
    for (int r = 0; r < KW_PASS_TABLE; ++r) sum += p->units[r] * rates[r];
    return sum;
}

/* Seconds per unit of `rate`: by how much a plan of many gates takes longer than one of few, less what is known. */
static kw_status measure_growth(probe *p, kw_pass_rate rate, kw_gate_kind kind, const int *qubits, int count,
                                double *rates) {
    double seconds[2] = {0, 0}, units[2] = {0, 0};
    kw_status status = KW_OK;
    for (int more = 0; more < 2 && status == KW_OK; ++more) {
        status = begin_gates(p, kind, qubits, count, more ? MANY : FEW);
        if (status == KW_OK) {
            fill(p);
            seconds[more] = time_of(run, p) - known(p, rates);
            units[more] = p->units[rate];
        }
        end(p);
    }
    if (status == KW_OK) rates[rate] = fmax(0, seconds[1] - seconds[0]) / (units[1] - units[0]);
    return status;
}

/* A sweep without ops only loads and stores. */
static kw_status measure_block(probe *p, double *rates) {
    static const int qubit = TILE;
    const kw_status status = begin_gates(p, KW_GATE_RY, &qubit, 1, 1);
    if (status == KW_OK) {
        fill(p);
        p->program->ops[0].code = KW_TILE_END;
        rates[KW_PASS_BLOCK] = time_of(run, p) / p->units[KW_PASS_BLOCK];
    }
    end(p);
    return status;
}

static kw_status measure_sweep(probe *p, double *rates) {
    const kw_status status = begin_layers(p);
    if (status == KW_OK) {
        fill(p);
        rates[KW_PASS_SWEEP] = fmax(0, time_of(run, p) - known(p, rates)) / p->units[KW_PASS_SWEEP];
    }
    end(p);
    return status;
}

static kw_status measure_phases(probe *p, double *rates) {
    const kw_status status = begin_transform(p);
    if (status == KW_OK) {
        rates[KW_PASS_TABLE] = time_of(fill, p) / p->units[KW_PASS_TABLE];
        rates[KW_PASS_PHASES] = fmax(0, time_of(run, p) - known(p, rates)) / p->units[KW_PASS_PHASES];
    }
    end(p);
    return status;
}

/* Numbers of ordinary size: denormal ones would be slow. */
static kw_complex flat(const void *context, uint64_t index) {
    (void)context, (void)index;
    return 1.0;
}

static kw_status make_state(probe *p) {
    const kw_status status = kw_state_create(kw_comm_self(), QUBITS, p->precision, &p->state);
    return status == KW_OK ? kw_state_fill(p->state, flat, NULL) : status;
}

kw_status kw_block_rate_measure(kw_precision precision, double *out) {
    double rates[KW_PASS_RATES] = {0};
    probe p = {.precision = precision};
    kw_status status = make_state(&p);
    if (status == KW_OK) status = measure_block(&p, rates);
    if (status == KW_OK) *out = rates[KW_PASS_BLOCK];
    kw_state_destroy(&p.state);
    return status;
}

kw_status kw_pass_rates_measure(kw_precision precision, double out[KW_PASS_RATES]) {
    static const int in_tile = TILE, in_lanes = 0, controlled[] = {CONTROL, TILE};
    double rates[KW_PASS_RATES] = {0};
    probe p = {.precision = precision};
    kw_status status = make_state(&p);
    if (status == KW_OK) status = measure_block(&p, rates);
    if (status == KW_OK) status = measure_growth(&p, KW_PASS_TURN, KW_GATE_RY, &in_tile, 1, rates);
    if (status == KW_OK) status = measure_growth(&p, KW_PASS_LANES, KW_GATE_RY, &in_lanes, 1, rates);
    if (status == KW_OK) status = measure_growth(&p, KW_PASS_FLIP, KW_GATE_CX, controlled, 2, rates);
    if (status == KW_OK) status = measure_sweep(&p, rates);
    if (status == KW_OK) status = measure_phases(&p, rates);
    for (int r = 0; r < KW_PASS_RATES && status == KW_OK; ++r) out[r] = rates[r];
    kw_state_destroy(&p.state);
    return status;
}
