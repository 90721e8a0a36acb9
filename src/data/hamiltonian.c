/* F2  Spin chains and their matrix-free product.
 *
 * The loops here run over the real components of Lanczos vectors, not over the amplitudes of a state, so they are not one
 * of the engine's kernels: those come per precision and act in place on complex blocks.
 *
 *   P|j> = i^{#Y} (-1)^{popcount(j & z)} |j ^ x>      y_i = sum_P c_P i^{#Y} (-1)^{popcount((i ^ x) & z)} x_{i ^ x} */
#include "data/hamiltonian.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"

#define CHUNK_ITEMS ((uint64_t)1 << 15) /* of one message: 256 KiB */

int kw_chain_bonds(int n_qubits, bool periodic) { return n_qubits - 1 + (periodic && n_qubits > 2); }

static uint64_t bond_mask(int bond, int n_qubits) { return kw_bit(bond) | kw_bit((bond + 1) % n_qubits); }

size_t kw_tfim_terms(int n_qubits, double h, bool periodic, kw_pauli *terms) {
    size_t count = 0;
    for (int b = 0; b < kw_chain_bonds(n_qubits, periodic); ++b)
        terms[count++] = (kw_pauli){-1.0, 0, bond_mask(b, n_qubits)};
    for (int q = 0; q < n_qubits; ++q) terms[count++] = (kw_pauli){-h, kw_bit(q), 0};
    return count;
}

size_t kw_heisenberg_terms(int n_qubits, double delta, bool periodic, kw_pauli *terms) {
    size_t count = 0;
    for (int b = 0; b < kw_chain_bonds(n_qubits, periodic); ++b) {
        const uint64_t mask = bond_mask(b, n_qubits);
        terms[count++] = (kw_pauli){1.0, mask, 0};
        terms[count++] = (kw_pauli){1.0, mask, mask};
        terms[count++] = (kw_pauli){delta, 0, mask};
    }
    return count;
}

kw_status kw_tfim_energy(int n_qubits, double h, bool periodic, double *energy) {
    double sum = 0.0;
    if (n_qubits < 1) return kw_fail(KW_E_INPUT, "an Ising chain of %d sites: at least one", n_qubits);
    if (periodic && n_qubits > 2) {
        for (int m = 0; m < n_qubits; ++m) sum += sqrt(1.0 + h * h - 2.0 * h * cos((2 * m + 1) * acos(-1.0) / n_qubits));
        *energy = -sum;
        return KW_OK;
    }
    double *diagonal = malloc((size_t)n_qubits * 2 * sizeof *diagonal);
    if (!diagonal) return kw_fail(KW_E_NOMEM, "no memory for the free-fermion matrix");
    double *beside = diagonal + n_qubits;
    for (int q = 0; q < n_qubits; ++q) {
        diagonal[q] = h;
        beside[q] = 1.0;
    }
    const lapack_int info =
        LAPACKE_dbdsqr(LAPACK_COL_MAJOR, 'U', n_qubits, 0, 0, 0, diagonal, beside, NULL, 1, NULL, 1, NULL, 1);
    for (int q = 0; q < n_qubits; ++q) sum += diagonal[q];
    free(diagonal);
    if (info) return kw_fail(KW_E_INTERNAL, "dbdsqr on the free-fermion matrix returned %d", (int)info);
    *energy = -sum;
    return KW_OK;
}

/* ---- product ---- */

struct kw_hamiltonian {
    kw_comm *comm;
    int n_local;
    size_t off, count; /* terms[off..count): x != 0, sorted by x */
    kw_pauli *terms;   /* coefficients include i^{#Y} = +-1 */
    double *diagonal, *work;
};

static uint64_t chunk_items(uint64_t items) { return items < CHUNK_ITEMS ? items : CHUNK_ITEMS; }
static uint64_t work_bytes(uint64_t items) { return 4 * chunk_items(items) * sizeof(double); }

static int by_x_mask(const void *a, const void *b) {
    const kw_pauli *s = a, *t = b;
    if (s->x != t->x) return s->x < t->x ? -1 : 1;
    return (s->z > t->z) - (s->z < t->z);
}

/* sum of c (-1)^{popcount(j & z)} over terms of one x mask */
static inline double factor(const kw_pauli *terms, size_t count, uint64_t j) {
    double sum = 0.0;
    for (size_t t = 0; t < count; ++t)
        sum += __builtin_parityll(j & terms[t].z) ? -terms[t].coefficient : terms[t].coefficient;
    return sum;
}

static void fill_diagonal(kw_hamiltonian *h) {
    const uint64_t items = kw_bit(h->n_local), base = (uint64_t)kw_comm_rank(h->comm) << h->n_local;
#pragma omp parallel for
    for (uint64_t i = 0; i < items; ++i) h->diagonal[i] = factor(h->terms, h->off, base | i);
}

void kw_hamiltonian_lift(kw_hamiltonian *h, bool (*is_lifted)(const void *context, uint64_t index), const void *context,
                         double amount) {
    const uint64_t items = kw_bit(h->n_local), base = (uint64_t)kw_comm_rank(h->comm) << h->n_local;
#pragma omp parallel for
    for (uint64_t i = 0; i < items; ++i)
        if (is_lifted(context, base | i)) h->diagonal[i] += amount;
}

/* Doubles as integers of the same order: of two negative ones the larger pattern is the smaller number. */
static int64_t order_key(int64_t bits) { return bits < 0 ? bits ^ INT64_MAX : bits; }

static double least_of_ranks(kw_comm *comm, double value) {
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int64_t key = -order_key(bits);
    kw_comm_max(comm, &key, 1);
    bits = order_key(-key);
    memcpy(&value, &bits, sizeof value);
    return value;
}

double kw_diagonal_minimum(kw_comm *comm, int n_qubits, const kw_pauli *terms, size_t count) {
    const uint64_t items = kw_bit(n_qubits) / (uint64_t)kw_comm_size(comm), base = items * (uint64_t)kw_comm_rank(comm);
    double least = INFINITY;
#pragma omp parallel for reduction(min : least)
    for (uint64_t i = 0; i < items; ++i) least = fmin(least, factor(terms, count, base | i));
    return least_of_ranks(comm, least);
}

uint64_t kw_hamiltonian_bytes(int n_qubits, int ranks) {
    const uint64_t items = kw_bit(n_qubits) / (uint64_t)ranks;
    return items * sizeof(double) + (ranks > 1 ? work_bytes(items) : 0);
}

static kw_status allocate(kw_hamiltonian *h, const kw_pauli *terms, size_t count) {
    const uint64_t items = kw_bit(h->n_local);
    h->terms = malloc((count ? count : 1) * sizeof *h->terms);
    h->diagonal = kw_block_alloc(items * sizeof(double));
    h->work = kw_comm_size(h->comm) > 1 ? kw_block_alloc(work_bytes(items)) : NULL;
    if (!h->terms || !h->diagonal || (kw_comm_size(h->comm) > 1 && !h->work))
        return kw_fail(KW_E_NOMEM, "no memory for the product with the Hamiltonian (2^%d doubles per rank)", h->n_local);
    for (size_t t = 0; t < count; ++t) {
        const int ys = kw_popcount(terms[t].x & terms[t].z);
        if (ys % 2) return kw_fail(KW_E_ARG, "term %zu of the Hamiltonian has an odd number of Y: not real", t);
        h->terms[t] = terms[t];
        if (ys % 4) h->terms[t].coefficient = -terms[t].coefficient;
    }
    qsort(h->terms, count, sizeof *h->terms, by_x_mask);
    h->count = count;
    while (h->off < count && !h->terms[h->off].x) ++h->off;
    return KW_OK;
}

kw_status kw_hamiltonian_create(kw_comm *comm, int n_qubits, const kw_pauli *terms, size_t count, kw_hamiltonian **out) {
    kw_hamiltonian *h = calloc(1, sizeof *h);
    kw_status status = h ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a Hamiltonian");
    if (h) {
        h->comm = comm;
        h->n_local = n_qubits - kw_log2((uint64_t)kw_comm_size(comm));
        status = allocate(h, terms, count);
    }
    status = kw_comm_agree(comm, status);
    if (status) {
        kw_hamiltonian_destroy(&h);
        return status;
    }
    fill_diagonal(h);
    *out = h;
    return KW_OK;
}

void kw_hamiltonian_destroy(kw_hamiltonian **hamiltonian) {
    kw_hamiltonian *h = *hamiltonian;
    if (!h) return;
    const uint64_t items = kw_bit(h->n_local);
    if (h->work) kw_block_free(h->work, work_bytes(items));
    if (h->diagonal) kw_block_free(h->diagonal, items * sizeof(double));
    free(h->terms);
    free(h);
    *hamiltonian = NULL;
}

/* One distinct x mask, local part: y_i += factor x_{i ^ x_local} for the components i ^ x_local in [first, first + count),
 * which lie in source[0..count) and belong to basis states base | first.. */
static void accumulate(const kw_hamiltonian *h, size_t term, size_t terms, uint64_t base, uint64_t first, uint64_t count,
                       const double *source, double *y) {
    const kw_pauli *group = h->terms + term;
    const uint64_t flip = group->x & (kw_bit(h->n_local) - 1);
    if (terms == 1 && !group->z) {
        const double c = group->coefficient;
#pragma omp parallel for
        for (uint64_t k = 0; k < count; ++k) y[(first + k) ^ flip] += c * source[k];
        return;
    }
#pragma omp parallel for
    for (uint64_t k = 0; k < count; ++k) y[(first + k) ^ flip] += factor(group, terms, base | (first + k)) * source[k];
}

/* Terms from `first` on that share key(x), where key keeps the bits of `mask`. */
static size_t group_length(const kw_hamiltonian *h, size_t first, uint64_t mask) {
    size_t length = 1;
    while (first + length < h->count && ((h->terms[first + length].x ^ h->terms[first].x) & mask) == 0) ++length;
    return length;
}

typedef struct {
    const kw_hamiltonian *hamiltonian;
    size_t first, count; /* terms with one pattern of global X bits */
    uint64_t base;       /* of the block that `source` comes from */
    const double *x;
    double *y;
} stream;

static void pack(void *context, uint64_t first, uint64_t count, void *chunk) {
    memcpy(chunk, ((const stream *)context)->x + first, count * sizeof(double));
}

static void unpack(void *context, uint64_t first, uint64_t count, const void *chunk) {
    const stream *s = context;
    for (size_t t = 0; t < s->count;) {
        const size_t length = group_length(s->hamiltonian, s->first + t, ~(uint64_t)0);
        accumulate(s->hamiltonian, s->first + t, length, s->base, first, count, chunk, s->y);
        t += length;
    }
}

void kw_hamiltonian_apply(kw_hamiltonian *h, const double *x, double *y) {
    const uint64_t items = kw_bit(h->n_local), rank = (uint64_t)kw_comm_rank(h->comm);
#pragma omp parallel for
    for (uint64_t i = 0; i < items; ++i) y[i] = h->diagonal[i] * x[i];
    for (size_t first = h->off; first < h->count;) {
        const uint64_t hop = h->terms[first].x >> h->n_local;
        const size_t length = group_length(h, first, ~(items - 1));
        stream s = {h, first, length, (rank ^ hop) << h->n_local, x, y};
        if (!hop) unpack(&s, 0, items, x);
        else
            kw_comm_exchange(h->comm, &(kw_exchange){.peer = (int)(rank ^ hop),
                                                     .items = items,
                                                     .item_bytes = sizeof(double),
                                                     .chunk_items = chunk_items(items),
                                                     .pack = pack,
                                                     .unpack = unpack,
                                                     .context = &s,
                                                     .work = h->work});
        first += length;
    }
}
