/* F2  Measuring what the kernels cost: gates on a block in cache, timed like a block of a plan runs them. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "engine/parallel.h"
#include "engine/pass_rates.h"
#include "engine/work.h"

#define TRIES       9
#define TRY_SECONDS 0.3e-3
#define BLOCK_BITS  14 /* two of them fit into a common L2 cache */
#define BLOCK       kw_bit(BLOCK_BITS)

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct {
    kw_precision precision;
    void *bra, *ket;
    int window;
    kw_plan *plan;
    bool cross;
} probe;

static void run_gate(const probe *p) {
    const kw_kernels_table *kernels = kw_kernels(p->precision);
    const kw_op *op = &p->plan->ops[0];
    double sums[2 << (2 * KW_MAX_TARGETS)];
    kw_kernel_args args;
    if (!kw_op_bind(p->plan, op, p->window, 0, &args)) return;
    const uint64_t groups = kw_groups(&args, p->window);
    if (!p->cross) {
        kw_op_apply(p->plan, op, kernels, p->ket, &args, 0, groups);
        return;
    }
    memset(sums, 0, sizeof sums);
    kw_op_cross(p->plan, op, kernels, p->bra, p->ket, &args, 0, groups, sums);
}

static void run_measure(const probe *p) {
    const kw_kernels_table *kernels = kw_kernels(p->precision);
    const double factors[2] = {1, 1};
    double weights[2] = {0, 0};
    kernels->weights(p->ket, kw_bit(3), 0, 0, BLOCK / 2, weights);
    kernels->reweigh(p->ket, p->ket, kw_bit(3), 0, factors, 0, BLOCK / 2);
}

static void add_nothing(void *context, uint64_t first, uint64_t last, double *sums) {
    (void)context, (void)first, (void)last;
    sums[0] += 0;
}

/* What measuring a qubit takes beside its two passes: sums over segments. */
static void run_sum(const probe *p) {
    double sum[2];
    (void)p;
    kw_parallel_sum(1, 2, add_nothing, NULL, sum);
}

static void run_evaluate(const probe *p) {
    static const double theta[KW_MAX_ANGLES] = {1.0, 0.7, 0.4, 0.2};
    kw_plan_evaluate(p->plan, theta, false);
}

/* Numbers of ordinary size: denormal ones would be slow. */
static kw_complex flat(const void *context, uint64_t index) {
    (void)context, (void)index;
    return 1.0;
}

static void run_fill(const probe *p) { kw_kernels(p->precision)->fill(p->ket, flat, NULL, 0, 0, BLOCK); }

static void run_reconstruct(const probe *p) {
    int positions[BLOCK_BITS];
    for (int j = 0; j < BLOCK_BITS; ++j) positions[j] = j;
    kw_kernels(p->precision)->register_dot(NULL, p->ket, 0, positions, BLOCK_BITS);
}

/* Seconds of one call, the best of some tries. */
static double time_of(void (*run)(const probe *), const probe *p) {
    double best = INFINITY;
    for (int i = 0; i < TRIES; ++i) {
        double calls = 0, spent = 0;
        for (const double start = now(); spent < TRY_SECONDS; spent = now() - start, calls += 4)
            for (int j = 0; j < 4; ++j) run(p);
        if (spent / calls < best) best = spent / calls;
    }
    return best;
}

/* Makes the plan of one gate on the window; the matrices of a unitary are the identity. */
static kw_status set_gate(probe *p, kw_gate_kind kind, const int *qubits, int count) {
    static const double theta[KW_MAX_ANGLES] = {1.0, 0.7, 0.4, 0.2};
    kw_angle angles[KW_MAX_ANGLES];
    kw_complex matrix[1 << (2 * KW_MAX_TARGETS)] = {0};
    kw_circuit *circuit = NULL;
    for (int j = 0; j < KW_MAX_ANGLES; ++j) angles[j] = kw_angle_parameter(j);
    for (int r = 0; r < 1 << count && kind == KW_GATE_UNITARY; ++r) matrix[r * ((1 << count) + 1)] = 1;
    kw_plan_destroy(&p->plan);
    kw_status status = kw_circuit_create(p->window, &circuit);
    if (status == KW_OK)
        status = kind == KW_GATE_UNITARY ? kw_circuit_append_unitary(circuit, qubits, count, matrix)
                                         : kw_circuit_append(circuit, kind, qubits, count, angles);
    if (status == KW_OK) status = kw_plan_create_from(circuit, 1, KW_MAX_QUBITS, &p->plan); /* with matrices */
    if (status == KW_OK) kw_plan_evaluate(p->plan, theta, false);
    kw_circuit_destroy(&circuit);
    return status;
}

/* A placement whose time gives one unit of a class, once those before it are known. */
typedef struct {
    kw_rate_class rate;
    int unit;
    kw_gate_kind kind;
    int count, qubits[KW_MAX_TARGETS];
} placement;

static const placement placements[] = {
    {KW_RATE_DIAGONAL, KW_PER_AMPLITUDE, KW_GATE_RZ, 1, {10}},
    {KW_RATE_DIAGONAL, KW_PER_RUN, KW_GATE_CRZ, 2, {0, 1}},
    {KW_RATE_FLIP, KW_PER_AMPLITUDE, KW_GATE_X, 1, {10}},
    {KW_RATE_FLIP, KW_PER_RUN, KW_GATE_CX, 2, {0, 1}},
    {KW_RATE_REAL1, KW_PER_AMPLITUDE, KW_GATE_RY, 1, {10}},
    {KW_RATE_REAL1, KW_PER_RUN, KW_GATE_CRY, 2, {0, 1}},
    {KW_RATE_DENSE1, KW_PER_AMPLITUDE, KW_GATE_RX, 1, {10}},
    {KW_RATE_DENSE1, KW_PER_RUN, KW_GATE_CRX, 2, {0, 1}},
    {KW_RATE_DENSE2, KW_PER_AMPLITUDE, KW_GATE_UNITARY, 2, {3, 8}},
    {KW_RATE_DENSE3, KW_PER_AMPLITUDE, KW_GATE_UNITARY, 3, {1, 5, 9}},
    {KW_RATE_DENSE4, KW_PER_AMPLITUDE, KW_GATE_UNITARY, 4, {1, 4, 7, 10}},
    {KW_RATE_DENSE5, KW_PER_AMPLITUDE, KW_GATE_UNITARY, 5, {1, 3, 5, 7, 9}},
    {KW_RATE_CROSS, KW_PER_AMPLITUDE, KW_GATE_RX, 1, {10}},
    {KW_RATE_CROSS, KW_PER_RUN, KW_GATE_CRX, 2, {0, 1}},
    {KW_RATE_CROSS_REAL1, KW_PER_AMPLITUDE, KW_GATE_RY, 1, {10}},
    {KW_RATE_CROSS_REAL1, KW_PER_RUN, KW_GATE_CRY, 2, {0, 1}},
    {KW_RATE_CROSS_DIAGONAL, KW_PER_AMPLITUDE, KW_GATE_RZ, 1, {10}},
    {KW_RATE_CROSS_DIAGONAL, KW_PER_RUN, KW_GATE_CRZ, 2, {0, 1}},
};

/* The gates whose mean over qubits 0 to 3 is the price of low qubits. */
static const placement lows[] = {
    {KW_RATE_DIAGONAL, KW_PER_LOW, KW_GATE_RZ, 1, {0}},    {KW_RATE_REAL1, KW_PER_LOW, KW_GATE_RY, 1, {0}},
    {KW_RATE_DENSE1, KW_PER_LOW, KW_GATE_RX, 1, {0}},      {KW_RATE_CROSS, KW_PER_LOW, KW_GATE_RX, 1, {0}},
    {KW_RATE_CROSS_REAL1, KW_PER_LOW, KW_GATE_RY, 1, {0}}, {KW_RATE_CROSS_DIAGONAL, KW_PER_LOW, KW_GATE_RZ, 1, {0}},
};

/* What is left of the measured time, per unit; times are noisy, so that it could come out below 0. */
static kw_status measure_placement(probe *p, const placement *at, int shift, kw_rates *rates, double *seconds) {
    int qubits[KW_MAX_TARGETS];
    for (int j = 0; j < at->count; ++j) qubits[j] = at->qubits[j] + shift;
    p->cross = at->rate >= KW_RATE_CROSS && at->rate <= KW_RATE_CROSS_DIAGONAL;
    const kw_status status = set_gate(p, at->kind, qubits, at->count);
    if (status != KW_OK) return status;
    const kw_op *op = &p->plan->ops[0];
    const kw_work work = p->cross ? kw_cross_work(p->plan, op, p->window) : kw_op_work(p->plan, op, p->window);
    const double rest = time_of(run_gate, p) - rates->call - kw_work_seconds(&work, rates);
    *seconds = rest > 0 ? rest / work.units[at->unit] : 0;
    return KW_OK;
}

/* What there is once per gate, on a state of two amplitudes. */
static kw_status measure_calls(probe *p, kw_rates *rates) {
    static const int qubit = 0;
    p->window = 1;
    p->cross = false;
    kw_status status = set_gate(p, KW_GATE_H, &qubit, 1);
    if (status == KW_OK) rates->call = time_of(run_gate, p);
    if (status == KW_OK) status = set_gate(p, KW_GATE_U3, &qubit, 1);
    if (status == KW_OK) rates->evaluate = time_of(run_evaluate, p);
    p->window = BLOCK_BITS;
    return status;
}

static kw_status measure(probe *p, kw_rates *rates) {
    kw_status status = measure_calls(p, rates);
    for (size_t i = 0; i < sizeof placements / sizeof *placements && status == KW_OK; ++i) {
        const placement *at = &placements[i];
        status = measure_placement(p, at, 0, rates, &rates->seconds[at->rate][at->unit]);
    }
    for (size_t i = 0; i < 4 * sizeof lows / sizeof *lows && status == KW_OK; ++i) {
        const placement *at = &lows[i / 4];
        kw_rates none = {.call = rates->call};
        double seconds = 0;
        status = measure_placement(p, at, (int)(i % 4), &none, &seconds);
        rates->seconds[at->rate][KW_PER_LOW] += seconds / 4;
    }
    rates->seconds[KW_RATE_MEASURE][KW_PER_AMPLITUDE] = time_of(run_measure, p) / (double)BLOCK;
    rates->seconds[KW_RATE_MEASURE][KW_PER_RUN] = time_of(run_sum, p) / 2;
    rates->seconds[KW_RATE_FILL][KW_PER_AMPLITUDE] = time_of(run_fill, p) / (double)BLOCK;
    rates->seconds[KW_RATE_RECONSTRUCT][KW_PER_AMPLITUDE] = time_of(run_reconstruct, p) / (double)BLOCK;
    return status;
}

static kw_status measure_gates(kw_precision precision, kw_rates *out) {
    const uint64_t bytes = kw_bytes_of(BLOCK, precision);
    probe p = {.precision = precision, .window = BLOCK_BITS, .bra = kw_block_alloc(bytes), .ket = kw_block_alloc(bytes)};
    kw_rates rates = {.call = 0};
    kw_status status = p.bra && p.ket ? KW_OK : kw_fail(KW_E_NOMEM, "no memory to measure the kernels");
    if (status == KW_OK) {
        kw_kernels(precision)->fill(p.bra, flat, NULL, 0, 0, BLOCK);
        kw_kernels(precision)->fill(p.ket, flat, NULL, 0, 0, BLOCK);
        status = measure(&p, &rates);
    }
    if (status == KW_OK) status = kw_pass_rates_measure(precision, rates.pass);
    if (status == KW_OK) *out = rates;
    kw_plan_destroy(&p.plan);
    kw_block_free(p.ket, bytes);
    kw_block_free(p.bra, bytes);
    return status;
}

kw_status kw_rates_measure(kw_precision precision, kw_rates *out) {
    kw_rates rates;
    kw_status status = measure_gates(kw_precision_of_gates(precision), &rates);
    if (status == KW_OK && kw_precision_is_packed(precision))
        status = kw_block_rate_measure(precision, &rates.pass[KW_PASS_BLOCK]);
    if (status == KW_OK) *out = rates;
    return status;
}

kw_status kw_rates_measure_all(kw_rates rates[KW_PRECISIONS]) {
    kw_status status = KW_OK;
    for (int p = 0; p < KW_PRECISIONS && status == KW_OK; ++p) {
        const kw_precision precision = (kw_precision)p;
        if (!kw_precision_is_packed(precision)) {
            status = kw_rates_measure(precision, &rates[p]);
            continue;
        }
        rates[p] = rates[KW_SINGLE];
        status = kw_block_rate_measure(precision, &rates[p].pass[KW_PASS_BLOCK]);
    }
    return status;
}
