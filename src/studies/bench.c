/* F5  Timing of benchmarks. */
#include "studies/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "engine/machine.h"
#include "engine/parallel.h"
#include "engine/pass_work.h"
#include "engine/plan_internal.h"
#include "engine/predict.h"
#include "engine/state_internal.h"
#include "models/infidelity.h"

const char *kw_bench_name(kw_bench_kind kind) {
    static const char *const names[] = {
#define NAME(kind_, name, qubits, text) name,
        KW_BENCH_LIST(NAME)};
#undef NAME
    return names[kind];
}

const char *kw_bench_text(kw_bench_kind kind) {
    static const char *const texts[] = {
#define TEXT(kind_, name, qubits, text) text,
        KW_BENCH_LIST(TEXT)};
#undef TEXT
    return texts[kind];
}

int kw_bench_qubits(kw_bench_kind kind) {
    static const int qubits[] = {
#define QUBITS(kind_, name, qubits, text) qubits,
        KW_BENCH_LIST(QUBITS)};
#undef QUBITS
    return qubits[kind];
}

typedef struct {
    kw_comm *world;
    const kw_bench_request *request;
    kw_circuit *circuit;
    kw_plan *plan;
    kw_observable *cost;
    kw_state *ket, *bra;
    double *theta, *gradient;
    double probes; /* that would take as long as a repeat; median */
    kw_bench_result *out;
} bench;

static bool takes_gradient(kw_bench_kind kind) { return kind == KW_BENCH_GRADIENT || kind == KW_BENCH_QAE; }
static bool exchanges(kw_bench_kind kind) { return kind == KW_BENCH_EXCHANGE || kind == KW_BENCH_EXCHANGE_LOW; }

int kw_bench_least_ranks(kw_bench_kind kind) { return exchanges(kind) ? 2 : 1; }

int kw_bench_cases(kw_bench_kind kind, int n_qubits, int ranks) {
    const int rank_bits = kw_log2((uint64_t)ranks), local = n_qubits - rank_bits;
    return kind == KW_BENCH_SWEEP ? local : !exchanges(kind) ? 1 : rank_bits < local ? rank_bits : local;
}

/* ---- clocks ---- */

/* Seconds of the slowest rank, in whole nanoseconds. */
static double slowest(kw_comm *world, double seconds) {
    int64_t nanoseconds = (int64_t)(1e9 * seconds);
    kw_comm_max(world, &nanoseconds, 1);
    return 1e-9 * (double)nanoseconds;
}

static double start_together(kw_comm *world) {
    (void)slowest(world, 0);
    return kw_seconds();
}

/* ---- the probes ---- */

static void scale_range(void *context, uint64_t first, uint64_t last) {
    kw_state *state = context;
    kw_kernels(state->precision)->scale(state->amplitudes, 1.0, first, last);
}

/* Packed amplitudes: their words, changed by nothing. */
static void rewrite_range(void *context, uint64_t first, uint64_t last) {
    const volatile uint64_t nothing = 0;
    const uint64_t change = nothing;
    uint64_t *words = context;
    for (uint64_t i = first; i < last; ++i) words[i] ^= change;
}

static void rewrite(kw_state *state) {
    const uint64_t bytes = kw_state_local_count(state) * kw_amplitude_bytes(state->precision);
    if (kw_precision_is_packed(state->precision))
        kw_parallel_for(bytes / sizeof(uint64_t), rewrite_range, state->packed.parts);
    else kw_parallel_for(kw_state_local_count(state), scale_range, state);
}

/* Seconds of one way through the amplitudes, and the bytes that all ranks read and write on it. */
static double probe(const bench *b) {
    const double started = start_together(b->world);
    rewrite(b->ket);
    return slowest(b->world, kw_seconds() - started);
}

static double probe_bytes(const bench *b) {
    return 2 * (double)kw_bytes_of(kw_bit(b->request->n_qubits), b->request->precision);
}

/* All threads multiply and add in registers; best of three. */
static double peak(const bench *b) {
    enum { ROUNDS = 1 << 19 };
    const kw_tile_kernels *kernels = kw_kernels(b->request->precision)->tiles;
    const int threads = kw_machine_threads();
    double best = INFINITY, sink = 0;
    for (int i = 0; i < 3; ++i) {
        const double started = start_together(b->world);
#pragma omp parallel for schedule(static) num_threads(threads) reduction(+ : sink)
        for (int t = 0; t < threads; ++t) sink += kernels->multiply_add(ROUNDS + (uint64_t)i);
        best = fmin(best, slowest(b->world, kw_seconds() - started));
    }
    const double each = (double)ROUNDS * KW_PEAK_CHAINS * (double)kw_bit(kernels->lane_bits);
    return isfinite(sink) ? each * threads * kw_comm_size(b->world) / best : NAN;
}

/* ---- one repeat ---- */

/* All amplitudes alike: no gate is spared by zeros. */
static kw_complex uniform(const void *context, uint64_t index) {
    (void)index;
    return *(const double *)context;
}

static kw_status reset(bench *b) {
    const double amplitude = pow(2, -0.5 * b->request->n_qubits);
    return kw_state_fill(b->ket, uniform, &amplitude);
}

/* Rank bits, the highest first, with local qubits from one end. */
static kw_swap swap_of(const bench *b) {
    const int n = kw_state_qubits(b->ket), local = b->ket->n_local, low = b->request->kind == KW_BENCH_EXCHANGE_LOW;
    kw_swap swap = {.count = b->request->which + 1};
    for (int j = 0; j < swap.count; ++j) {
        swap.global[j] = n - 1 - j;
        swap.local[j] = low ? j : local - 1 - j;
    }
    return swap;
}

static kw_status timed(bench *b, double *seconds) {
    double value = 0;
    kw_status status = reset(b);
    if (status != KW_OK) return status;
    const double started = start_together(b->world);
    if (takes_gradient(b->request->kind))
        status = kw_plan_gradient(b->plan, b->theta, b->cost, b->ket, b->bra, &value, b->gradient, NULL, NULL);
    else if (exchanges(b->request->kind)) {
        const kw_swap swap = swap_of(b);
        kw_state_exchange(b->ket, &swap);
    } else status = kw_plan_run(b->plan, b->theta, b->ket);
    *seconds = slowest(b->world, kw_seconds() - started);
    return kw_comm_agree(b->world, status);
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts them. */
static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, by_size);
    return values[count / 2];
}

/* Repeats between probes: their seconds, and how many probes would take as long.  The memory of a machine that is shared
 * with others changes its speed within seconds. */
static kw_status repeat_into(bench *b, double *seconds, double *probes, double *ratios) {
    const int repeats = b->request->repeats;
    kw_bench_result *out = b->out;
    kw_status status = timed(b, &out->first_seconds);
    double before = status == KW_OK ? probe(b) : 0;
    for (int i = 0; i < repeats && status == KW_OK; ++i) {
        status = timed(b, &seconds[i]);
        const double after = probe(b);
        probes[i] = (before + after) / 2;
        ratios[i] = seconds[i] / probes[i];
        before = after;
    }
    if (status != KW_OK) return status;
    out->median_seconds = median(seconds, repeats);
    out->best_seconds = seconds[0];
    out->probe = probe_bytes(b) / median(probes, repeats);
    b->probes = median(ratios, repeats);
    out->peak = peak(b);
    return KW_OK;
}

static kw_status repeat(bench *b) {
    const size_t repeats = (size_t)b->request->repeats;
    double *times = malloc(3 * repeats * sizeof *times);
    kw_status status = kw_comm_agree(b->world, times ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for the times"));
    if (status == KW_OK) status = repeat_into(b, times, times + repeats, times + 2 * repeats);
    free(times);
    return status;
}

/* ---- set-up ---- */

kw_status kw_bench_check_ranks(int n_qubits, int ranks) {
    if (kw_is_power_of_two((uint64_t)ranks) && kw_log2((uint64_t)ranks) <= n_qubits - 2) return KW_OK;
    return kw_fail(KW_E_ARG, "%d ranks for %d qubits: expected a power of two that leaves 2 local qubits", ranks, n_qubits);
}

static kw_status check_size(const bench *b) {
    const kw_bench_request *r = b->request;
    const int ranks = kw_comm_size(b->world);
    const kw_status status = kw_bench_check_ranks(r->n_qubits, ranks);
    if (status != KW_OK) return status;
    const uint64_t state = kw_state_bytes(r->n_qubits, r->precision, ranks), states = takes_gradient(r->kind) ? 2 : 1;
    if (state > r->memory_per_rank / states)
        return kw_fail(KW_E_FIT, "%d qubits need %.3f GiB per rank, %.3f GiB are there", r->n_qubits,
                       (double)states * (double)state / 0x1p30, (double)r->memory_per_rank / 0x1p30);
    return KW_OK;
}

static kw_status make_plan(bench *b) {
    const kw_bench_request *r = b->request;
    const bool trained = takes_gradient(r->kind);
    const double started = kw_seconds();
    kw_status status = kw_bench_circuit(r->kind, r->which, r->n_qubits, trained, &b->circuit);
    if (status == KW_OK) status = kw_plan_create(b->circuit, kw_comm_size(b->world), &b->plan);
    b->out->plan_seconds = kw_seconds() - started;
    if (status != KW_OK || !trained) return status;
    const int p = kw_circuit_parameters(b->circuit), half = (r->n_qubits + 1) / 2;
    const kw_pauli z = {1, 0, 1};
    b->theta = malloc((size_t)p * sizeof *b->theta);
    b->gradient = malloc((size_t)p * sizeof *b->gradient);
    if (!b->theta || !b->gradient) return kw_fail(KW_E_NOMEM, "no memory for %d angles", p);
    for (int i = 0; i < p; ++i) b->theta[i] = 2 * M_PI * fmod(0.6180339887498949 * (i + 1), 1);
    if (r->kind == KW_BENCH_GRADIENT) return kw_observable_pauli_sum(r->n_qubits, &z, 1, &b->cost);
    return kw_observable_trash(r->n_qubits, (kw_bit(r->n_qubits - half) - 1) << half, KW_COST_LOCAL, &b->cost);
}

/* Every rank measures what it has while the others do, whether it is bound to cores or shares them; all are taken to be on
 * one node. */
kw_status kw_bench_machine(kw_comm *world, kw_precision precision, kw_machine *out) {
    const int ranks = kw_comm_size(world);
    const kw_status status = kw_comm_agree(world, kw_machine_measure(1, out));
    if (status != KW_OK) return status;
    out->ranks_per_node = ranks;
    out->memory_bandwidth *= ranks;
    out->cache_bandwidth *= ranks;
    out->cores_per_rank = fmin(out->cores_per_rank, (double)sysconf(_SC_NPROCESSORS_ONLN) / ranks);
    return kw_comm_agree(world, kw_rates_measure(precision, &out->rates[precision]));
}

static kw_status arithmetic(const bench *b, bool trained, double *operations) {
    const kw_precision precision = b->request->precision;
    double back = 0;
    kw_status status = kw_pass_arithmetic(b->plan, &b->plan->forward, precision, operations);
    if (status == KW_OK && trained) status = kw_pass_arithmetic(b->plan, &b->plan->back, precision, &back);
    *operations = (*operations + back) * kw_comm_size(b->world);
    return status;
}

static void account_bytes(bench *b, double moved) {
    b->out->bandwidth = moved / b->out->median_seconds;
    b->out->memory_share = moved / probe_bytes(b) / b->probes;
}

/* What one repeat moves and computes, and what the prediction says of it. */
static kw_status account(bench *b) {
    const kw_bench_request *r = b->request;
    kw_bench_result *out = b->out;
    out->predicted_seconds = NAN;
    if (exchanges(r->kind)) {
        out->cost = (kw_plan_cost){1, kw_swap_bytes(r->which + 1, b->ket->n_local, r->precision), 0};
        account_bytes(b, 2 * (double)out->cost.bytes_exchanged * out->ranks); /* sent and received */
        return KW_OK;
    }
    const bool trained = takes_gradient(r->kind);
    out->cost = trained ? kw_plan_gradient_cost(b->plan, r->precision) : kw_plan_forward_cost(b->plan, r->precision);
    account_bytes(b, probe_bytes(b) * (double)out->cost.passes);
    const kw_status status = kw_comm_agree(b->world, arithmetic(b, trained, &out->operations));
    out->operations /= out->median_seconds;
    if (status != KW_OK || !r->machine) return status;
    const kw_duration time =
        trained ? kw_predict_gradient(b->plan, r->machine, r->precision) : kw_predict_run(b->plan, r->machine, r->precision);
    out->predicted_seconds = time.compute + time.exchange;
    return KW_OK;
}

static kw_status check_norm(bench *b) {
    const bool packed = kw_precision_is_packed(b->request->precision);
    const double norm = packed ? kw_state_drift(b->ket) : kw_state_norm2(b->ket);
    if (fabs(norm - 1) <= kw_norm_tolerance(b->request->precision, kw_state_infidelity(b->ket))) return KW_OK;
    return kw_fail(KW_E_INTERNAL, "the norm of the state is %.12g instead of 1: the benchmark is not to be trusted", norm);
}

static kw_status run(bench *b) {
    const kw_bench_request *r = b->request;
    kw_status status = kw_comm_agree(b->world, check_size(b));
    if (status == KW_OK) status = kw_comm_agree(b->world, make_plan(b));
    if (status == KW_OK) status = kw_state_create(b->world, r->n_qubits, r->precision, &b->ket);
    if (status == KW_OK && takes_gradient(r->kind)) status = kw_state_create(b->world, r->n_qubits, r->precision, &b->bra);
    if (status == KW_OK) status = repeat(b);
    if (status == KW_OK && !takes_gradient(r->kind)) b->out->infidelity = kw_state_infidelity(b->ket);
    if (status == KW_OK && !takes_gradient(r->kind)) status = kw_comm_agree(b->world, check_norm(b));
    if (status == KW_OK) {
        int64_t peak = (int64_t)kw_memory_peak();
        kw_comm_max(b->world, &peak, 1);
        b->out->peak_bytes = (uint64_t)peak;
        status = account(b);
    }
    return status;
}

kw_status kw_bench_run(kw_comm *world, const kw_bench_request *request, kw_bench_result *out) {
    kw_bench_result result = {.n_qubits = request->n_qubits, .ranks = kw_comm_size(world), .threads = kw_machine_threads()};
    bench b = {.world = world, .request = request, .out = &result};
    kw_memory_peak_reset();
    const kw_status status = run(&b);
    kw_state_destroy(&b.ket);
    kw_state_destroy(&b.bra);
    kw_observable_destroy(&b.cost);
    kw_plan_destroy(&b.plan);
    kw_circuit_destroy(&b.circuit);
    free(b.theta);
    free(b.gradient);
    if (status == KW_OK) *out = result;
    return status;
}
