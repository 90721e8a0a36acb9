/* F2  Pauli sums on distributed states: strings that flip the same qubits differ by signs only, and go over the state
 * together. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "base/error.h"
#include "engine/observable_internal.h"
#include "engine/parallel.h"
#include "engine/state_internal.h"

static int by_flips(const void *a, const void *b) {
    const kw_pauli *s = a, *t = b;
    if (s->x != t->x) return s->x < t->x ? -1 : 1;
    return (s->z > t->z) - (s->z < t->z);
}

void kw_paulis_sort(kw_pauli *terms, size_t count) { qsort(terms, count, sizeof *terms, by_flips); }

enum { RUN_LEAST = 32, RUN_MOST = 1024 }; /* amplitudes whose signs are made at once */

typedef struct {
    const kw_pauli_sum *sum;
    kw_state *state, *out; /* out == NULL: expectation */
    uint64_t x_rank;       /* the rank bits that this round flips */
    uint64_t *z;           /* of every string, at the places of the qubits */
    double value;
} pauli_context;

/* Strings [first, end) of one x on a chunk that begins at local amplitude `start`. */
typedef struct {
    const pauli_context *round;
    const char *chunk; /* its amplitudes; NULL: those of `packed` */
    const kw_packed *packed;
    size_t first, end;
    uint64_t x, start, rank_bits; /* x: local; rank_bits: where the chunk comes from, in place */
} group_context;

static uint64_t run_of(const group_context *g, uint64_t items) {
    uint64_t run = RUN_LEAST;
    while (run < RUN_MOST && run < 16 * (g->end - g->first)) run *= 2;
    return run < items ? run : items;
}

/* d_j = sum over strings of coefficient i^{#Y} (-1)^{|z & j|} for j = base ... base + run - 1: the strings are added up by
 * the low bits of z, and a Walsh-Hadamard transform gives the sums of signs. */
static void make_signs(const group_context *g, uint64_t base, uint64_t run, double *re, double *im) {
    for (uint64_t j = 0; j < run; ++j) re[j] = im[j] = 0;
    for (size_t i = g->first; i < g->end; ++i) {
        const kw_pauli *term = &g->round->sum->terms[i];
        const uint64_t z = g->round->z[i];
        const int ys = kw_popcount(term->x & term->z), odd = kw_popcount(z & (base | g->rank_bits)) & 1;
        const double value = (ys & 2 ? -1 : 1) * (odd ? -1 : 1) * term->coefficient;
        *(ys & 1 ? &im[z & (run - 1)] : &re[z & (run - 1)]) += value;
    }
    for (uint64_t width = 1; width < run; width *= 2)
        for (uint64_t at = 0; at < run; at += 2 * width)
            for (uint64_t j = at; j < at + width; ++j) {
                const double a = re[j], b = re[j + width], c = im[j], d = im[j + width];
                re[j] = a + b, re[j + width] = a - b;
                im[j] = c + d, im[j + width] = c - d;
            }
}

static const void *chunk_at(const group_context *g, uint64_t at, uint64_t run, float *buffer) {
    const kw_precision precision = g->round->state->precision;
    if (g->chunk) return g->chunk + at * kw_amplitude_bytes(precision);
    kw_kernels(precision)->codec->unpack(g->packed, at >> KW_RUN_BITS, kw_runs(run), buffer);
    return buffer + 2 * (at & (KW_RUN - 1)); /* segments of small states are shorter than runs */
}

/* Items [first, last) of the chunk, run by run; both are multiples of a run, or the whole. */
static double go_over(const group_context *g, uint64_t first, uint64_t last) {
    const kw_state *state = g->round->state;
    kw_state *out = g->round->out;
    const kw_kernels_table *kernels = kw_kernels(kw_precision_of_gates(state->precision));
    const uint64_t run = run_of(g, last - first);
    float here[2 * RUN_MOST], there[2 * RUN_MOST]; /* of packed states */
    double re[RUN_MOST] = {0}, im[RUN_MOST] = {0}, sum = 0;
    for (uint64_t at = first; at < last; at += run) {
        const uint64_t base = g->start + at, target = base ^ (g->x & ~(run - 1));
        const void *const chunk = chunk_at(g, at, run, here);
        make_signs(g, base, run, re, im);
        if (out) {
            kernels->pauli_add(kw_state_take(out, target, run, there), chunk, re, im, g->x & (run - 1), run);
            kw_state_put_back(out, target, run, there);
        } else sum += kernels->pauli_dot(kw_state_view(state, target, run, there), chunk, re, im, g->x & (run - 1), run);
    }
    return sum;
}

static void dot_range(void *context, uint64_t first, uint64_t last, double *sums) {
    if (first < last) sums[0] += go_over(context, first, last);
}

static void add_range(void *context, uint64_t first, uint64_t last) {
    if (first < last) (void)go_over(context, first, last);
}

static size_t end_of_group(const kw_pauli_sum *o, size_t first) {
    size_t end = first + 1;
    while (end < o->count && o->terms[end].x == o->terms[first].x) ++end;
    return end;
}

/* (P psi)_i = i^{#Y} (-1)^{|z & j|} psi_j with j = i ^ x.  The group's chunk holds psi_j, j from `start` on, of the partner
 * that the rank bits of x name. */
static void use_amplitudes(pauli_context *p, group_context chunk, uint64_t count) {
    const kw_pauli_sum *o = p->sum;
    const kw_state *state = p->state;
    const uint64_t below = kw_bit(state->n_local) - 1;
    for (size_t i = 0, end; i < o->count; i = end) {
        end = end_of_group(o, i);
        const uint64_t x = kw_deposit(o->terms[i].x, state->place, state->n_qubits);
        if ((x & ~below) != p->x_rank) continue;
        group_context g = chunk;
        g.round = p;
        g.first = i;
        g.end = end;
        g.x = x & below;
        g.rank_bits = ((uint64_t)state->comm->rank << state->n_local) ^ p->x_rank;
        double sum = 0;
        if (p->out) kw_parallel_for(count, add_range, &g);
        else kw_parallel_sum(count, 1, dot_range, &g, &sum);
        p->value += sum;
    }
}

static void use_chunk(void *context, uint64_t first, uint64_t count, const void *chunk) {
    use_amplitudes(context, (group_context){.chunk = chunk, .start = first}, count);
}

static void *amplitudes_there(void *context, uint64_t first, uint64_t count) {
    const pauli_context *p = context;
    (void)count;
    return (char *)p->state->amplitudes + first * kw_amplitude_bytes(p->state->precision);
}

/* ---- packed: items are runs; a chunk is their parts, then their scales ---- */

static uint64_t run_bytes(const pauli_context *p) { return KW_RUN * kw_amplitude_bytes(p->state->precision); }

static void pack_runs(void *context, uint64_t first, uint64_t count, void *chunk) {
    const pauli_context *p = context;
    const kw_packed *psi = &p->state->packed;
    const uint64_t bytes = run_bytes(p);
    memcpy(chunk, (const char *)psi->parts + first * bytes, count * bytes);
    memcpy((char *)chunk + count * bytes, psi->scales + first, count * sizeof *psi->scales);
}

static void use_runs(void *context, uint64_t first, uint64_t count, const void *chunk) {
    pauli_context *p = context;
    char *const parts = (char *)chunk;
    const kw_packed packed = {
        .parts = parts, .scales = (uint16_t *)(void *)(parts + count * run_bytes(p)), .gain = p->state->packed.gain};
    use_amplitudes(p, (group_context){.packed = &packed, .start = first * KW_RUN}, count * KW_RUN);
}

/* True if no earlier term flips the same rank bits as term i, the first of its group. */
static bool is_new_round(const kw_pauli_sum *o, const int *place, int n_local, size_t i) {
    const uint64_t x = kw_deposit(o->terms[i].x, place, o->n_qubits) >> n_local;
    for (size_t j = 0; j < i; j = end_of_group(o, j))
        if (kw_deposit(o->terms[j].x, place, o->n_qubits) >> n_local == x) return false;
    return true;
}

/* The partner's amplitudes go by. */
static void stream_partner(pauli_context *p) {
    kw_state *state = p->state;
    const uint64_t count = kw_state_local_count(state), each = kw_amplitude_bytes(state->precision);
    const bool plain = state->marks != NULL;
    const kw_exchange exchange = {.peer = state->comm->rank ^ (int)(p->x_rank >> state->n_local),
                                  .items = plain ? count : count / KW_RUN,
                                  .item_bytes = plain ? each : kw_bytes_of(KW_RUN, state->precision),
                                  .chunk_items = plain ? state->chunk_items : state->chunk_items / KW_RUN,
                                  .slot = plain ? amplitudes_there : NULL,
                                  .pack = pack_runs,
                                  .unpack = plain ? use_chunk : use_runs,
                                  .context = p,
                                  .work = state->work};
    kw_comm_exchange(state->comm, &exchange);
    state->traffic.exchanges += 1;
    state->traffic.bytes += kw_bytes_of(count, state->precision);
}

/* One round per distinct pattern of flipped rank bits: the partner's amplitudes stream by once for all its terms. */
static void pauli_rounds(pauli_context *p) {
    const kw_pauli_sum *o = p->sum;
    kw_state *state = p->state;
    const uint64_t count = kw_state_local_count(state);
    for (size_t i = 0; i < o->count; i = end_of_group(o, i)) {
        if (!is_new_round(o, state->place, state->n_local, i)) continue;
        p->x_rank = kw_deposit(o->terms[i].x, state->place, state->n_qubits) & ~(kw_bit(state->n_local) - 1);
        if (p->x_rank) stream_partner(p);
        else if (state->marks) use_chunk(p, 0, count, state->amplitudes);
        else use_amplitudes(p, (group_context){.packed = &state->packed}, count);
    }
}

kw_status kw_paulis_run(kw_pauli_sum sum, kw_state *state, kw_state *out, double *value) {
    const kw_pauli_sum *o = &sum;
    pauli_context p = {.sum = o, .state = state, .out = out, .z = malloc(sum.count * sizeof *p.z)};
    const kw_status status =
        kw_comm_agree(state->comm, p.z ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for %zu Pauli strings", o->count));
    for (size_t i = 0; i < o->count && status == KW_OK; ++i)
        p.z[i] = kw_deposit(o->terms[i].z, state->place, state->n_qubits);
    if (status == KW_OK && out) kw_errors_begin(out, out->rounding);
    if (status == KW_OK) pauli_rounds(&p);
    if (status == KW_OK && out) kw_errors_end(out);
    free(p.z);
    if (status != KW_OK || out) return status;
    kw_comm_sum(state->comm, &p.value, 1);
    *value = p.value;
    return KW_OK;
}

uint64_t kw_paulis_bytes_exchanged(kw_pauli_sum sum, const int *place, int n_local, kw_precision precision) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < sum.count; i = end_of_group(&sum, i))
        if (kw_deposit(sum.terms[i].x, place, sum.n_qubits) >> n_local && is_new_round(&sum, place, n_local, i))
            bytes += kw_bytes_of(kw_bit(n_local), precision);
    return bytes;
}
