/* F2  Predicted seconds. */
#include "engine/predict.h"

#include <math.h>

#include "base/bits.h"
#include "engine/parallel.h"
#include "engine/pass_work.h"
#include "engine/passes.h"
#include "engine/work.h"

/* A byte sent within a node is packed, copied to the other rank and unpacked.  Measured with two ranks, 4 to 256 MiB each,
 * it takes as long as reading or writing 3 to 4 bytes of memory, also for states in cache. */
#define NODE_COPIES 3.5

/* What one rank has of a machine. */
typedef struct {
    const kw_rates *rates;
    double cores, pass_cores; /* for loops over amplitudes; with blocks of passes to work on */
    double memory, latency;
    double node, network;     /* for exchanges within the node, and between nodes */
    double amplitudes, bytes; /* of its part of a state */
    bool cached;              /* it stays in cache between passes */
    int node_bits;            /* rank bits within a node */
    uint64_t message;
} share;

/* A share of the memory is that of a full node: a rank alone has no more cores to use it.  States that fill more than a
 * quarter of the caches are pushed out in part, by themselves and by others. */
static share share_of(const kw_predict_shape *s) {
    const kw_machine *m = s->machine;
    const int n_local = s->n_qubits - kw_log2((uint64_t)s->ranks);
    const double bytes = (double)kw_bytes_of(kw_bit(n_local), s->precision);
    const double held = bytes * s->states * m->ranks_per_node;
    const bool cached = 4 * held <= (double)m->cache_per_node;
    const double bandwidth = cached ? m->cache_bandwidth : m->memory_bandwidth;
    const bool threads = n_local >= 64 || kw_bit(n_local) >= KW_SERIAL_BELOW;
    int node_bits = 0;
    while (2 << node_bits <= m->ranks_per_node) ++node_bits;
    return (share){.rates = &m->rates[s->precision],
                   .cores = threads ? m->cores_per_rank : fmin(m->cores_per_rank, 1),
                   .pass_cores = fmin(m->cores_per_rank, (double)kw_bit(n_local - kw_pass_bits(n_local, false))),
                   .memory = bandwidth / m->ranks_per_node,
                   .node = m->memory_bandwidth / m->ranks_per_node / NODE_COPIES,
                   .network = m->network_bandwidth / m->ranks_per_node,
                   .latency = m->network_latency,
                   .amplitudes = (double)kw_bit(n_local),
                   .bytes = bytes,
                   .cached = cached,
                   .node_bits = node_bits,
                   .message = kw_bytes_of(kw_state_chunk_items(n_local, s->precision), s->precision)};
}

/* Bytes to `partners` other ranks, the part `away` of them on other nodes. */
static double sending(const share *s, double bytes, double partners, double away) {
    const double messages = fmax(partners, bytes / (double)s->message);
    double seconds = (1 - away) * bytes / s->node;
    if (away > 0) seconds += away * (bytes / s->network + messages * s->latency);
    return seconds;
}

static double swap_seconds(const share *s, const kw_plan *plan, const kw_swap *swap, kw_precision precision) {
    int near = 0;
    for (int j = 0; j < swap->count; ++j) near += swap->global[j] - plan->n_local < s->node_bits;
    const double partners = (double)kw_bit(swap->count) - 1, close = (double)kw_bit(near) - 1;
    return sending(s, (double)kw_swap_bytes(swap->count, plan->n_local, precision), partners, 1 - close / partners);
}

/* A plan on its way over a state, or back over two. */
typedef struct {
    const kw_plan *plan;
    share share;
    kw_precision precision;
    bool back;
} walk;

/* Gates that go back are undone on both states, and where an angle is trained their inner products are taken. */
static double op_seconds(const walk *w, const kw_op *op) {
    const kw_work work = kw_op_work(w->plan, op, w->plan->n_local);
    double seconds = kw_work_seconds(&work, w->share.rates) * (w->back ? 2 : 1) + w->share.rates->call;
    if (w->back && op->n_slots) {
        const kw_work products = kw_cross_work(w->plan, op, w->plan->n_local);
        seconds += kw_work_seconds(&products, w->share.rates);
    }
    return seconds;
}

/* Gates of states of a few amplitudes, which stay in the cache. */
static double gates_seconds(const walk *w, const kw_plan_step *step) {
    double seconds = 0;
    for (size_t i = step->first; i < step->first + step->count; ++i) seconds += op_seconds(w, &w->plan->ops[i]);
    return seconds / fmin(w->share.cores, 1);
}

/* All passes.  Amplitudes are fetched while others are worked on; the rates include what the way from a cache takes.  Not a
 * number: no memory to count. */
static double passes_seconds(const walk *w) {
    const kw_way *way = w->back ? &w->plan->back : &w->plan->forward;
    const double *rates = w->share.rates->pass, cores = w->share.pass_cores, states = w->back ? 2 : 1;
    double units[KW_PASS_RATES], work = 0;
    if (!way->n_passes) return 0;
    if (kw_pass_work(w->plan, way, w->precision, units) != KW_OK) return NAN;
    for (int r = 0; r < KW_PASS_TABLE; ++r) work += units[r] * rates[r];
    const double traffic = w->share.cached ? 0 : 2 * states * w->share.bytes * (double)way->n_passes / w->share.memory;
    return fmax(traffic, work / cores) + units[KW_PASS_TABLE] * rates[KW_PASS_TABLE];
}

static kw_duration walk_seconds(const walk *w) {
    const kw_plan *plan = w->plan;
    const kw_way *way = w->back ? &plan->back : &plan->forward;
    kw_duration sum = {passes_seconds(w), 0};
    for (size_t i = 0; i < way->steps.count; ++i) {
        const kw_plan_step *step = &way->steps.items[i];
        switch (step->kind) {
        case KW_PLAN_EXCHANGE:
            sum.exchange += (w->back ? 2 : 1) * swap_seconds(&w->share, plan, &plan->swaps[step->first], w->precision);
            break;
        case KW_PLAN_GATES: sum.compute += gates_seconds(w, step); break;
        case KW_PLAN_PASS: break; /* passes_seconds */
        }
    }
    return sum;
}

static walk start_walk(const kw_plan *plan, const kw_machine *machine, kw_precision precision, int states, bool back) {
    const kw_predict_shape shape = {machine, plan->n_qubits, plan->ranks, states, precision};
    return (walk){plan, share_of(&shape), precision, back};
}

kw_duration kw_predict_run(const kw_plan *plan, const kw_machine *machine, kw_precision precision) {
    const walk forward = start_walk(plan, machine, precision, 1, false);
    kw_duration sum = walk_seconds(&forward);
    if (!plan->by_passes) sum.compute += (double)plan->n_ops * forward.share.rates->evaluate;
    return sum;
}

kw_duration kw_predict_gradient(const kw_plan *plan, const kw_machine *machine, kw_precision precision) {
    const walk forward = start_walk(plan, machine, precision, 2, false);
    const walk back = start_walk(plan, machine, precision, 2, true);
    kw_duration sum = walk_seconds(&forward);
    kw_duration_add(&sum, 1, walk_seconds(&back));
    if (!plan->by_passes) sum.compute += (double)(plan->n_ops + plan->n_slots) * forward.share.rates->evaluate;
    return sum;
}

kw_duration kw_predict_traffic(const kw_predict_shape *shape, kw_traffic traffic) {
    const share s = share_of(shape);
    const bool away = kw_bit(s.node_bits) < (uint64_t)shape->ranks; /* the slowest pair decides */
    return (kw_duration){0, sending(&s, (double)traffic.bytes, (double)traffic.exchanges, away ? 1 : 0)};
}

kw_duration kw_predict_order(const kw_predict_shape *shape, const int *place, kw_traffic traffic) {
    const share s = share_of(shape);
    const int n_local = shape->n_qubits - kw_log2((uint64_t)shape->ranks);
    kw_duration sum = kw_predict_traffic(shape, traffic);
    double moved = 0; /* amplitudes: a swap of two local qubits moves half of them */
    for (int q = 0; q < n_local; ++q) moved += place[q] == q ? 0 : 0.5 * (double)kw_bit(n_local);
    const double flips = moved * s.rates->seconds[KW_RATE_FLIP][KW_PER_AMPLITUDE] / s.cores;
    sum.compute += fmax(flips, 2 * moved * s.bytes / s.amplitudes / s.memory);
    return sum;
}

kw_duration kw_predict_kernel(const kw_predict_shape *shape, kw_rate_class rate) {
    const share s = share_of(shape);
    const double packing = kw_precision_is_packed(shape->precision) ? s.rates->pass[KW_PASS_BLOCK] : 0;
    const double work = s.amplitudes * (s.rates->seconds[rate][KW_PER_AMPLITUDE] + packing) / s.cores;
    return (kw_duration){fmax(work, s.bytes / s.memory) + s.rates->seconds[rate][KW_PER_RUN], 0};
}

kw_duration kw_predict_passes(const kw_predict_shape *shape, double streams, double measures) {
    const share s = share_of(shape);
    kw_duration sum = {streams * s.bytes / s.memory, 0};
    kw_duration_add(&sum, measures, kw_predict_kernel(shape, KW_RATE_MEASURE));
    return sum;
}
