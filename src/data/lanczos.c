/* F2  Lowest eigenpair of a real Hamiltonian: (P)ARPACK by reverse communication, LAPACK for tiny ones. */
#include "data/lanczos.h"

#include <arpack.h>
#include <lapacke.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "data/substream.h"

enum { DENSE_QUBITS = 6, BASIS_VECTORS = 20, MAX_RESTARTS = 3000, MAX_LOCAL_QUBITS = 29 /* 3 2^l fits an int */ };

#define EVEN_QUBITS 0x5555555555555555u

/* ARPACK keeps its state in SAVE variables: one solve at a time in a process. */
static pthread_mutex_t arpack_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- vectors over all ranks ---- */

typedef struct {
    kw_comm *comm;
    int n_qubits;
    uint64_t items, base; /* this rank's components are base + 0 .. base + items - 1 */
} layout;

static double dot(const layout *at, const double *a, const double *b) {
    enum { PARTS = 64 };
    double part[PARTS];
#pragma omp parallel for
    for (uint64_t p = 0; p < PARTS; ++p) {
        const uint64_t end = at->items * (p + 1) / PARTS;
        part[p] = 0.0;
        for (uint64_t i = at->items * p / PARTS; i < end; ++i) part[p] += a[i] * b[i];
    }
    double sum = 0.0;
    for (int p = 0; p < PARTS; ++p) sum += part[p];
    kw_comm_sum(at->comm, &sum, 1);
    return sum;
}

static void scale(const layout *at, double factor, double *x) {
#pragma omp parallel for
    for (uint64_t i = 0; i < at->items; ++i) x[i] *= factor;
}

/* Whether the sector of a start holds a basis state. */
static bool in_sector(kw_start start, int n_qubits, uint64_t index) {
    if (start == KW_START_SECTOR) return kw_popcount(index) == n_qubits / 2;
    if (start != KW_START_SPINS) return true;
    return kw_popcount(index & EVEN_QUBITS) == n_qubits / 4 && kw_popcount(index & ~EVEN_QUBITS) == n_qubits / 4;
}

static double start_component(kw_start start, int n_qubits, const kw_rng *rng, uint64_t index) {
    if (start == KW_START_UNIFORM) return 1.0;
    if (!in_sector(start, n_qubits, index)) return 0.0;
    double pair[2];
    kw_rng_normal_pair(rng, index, pair);
    return pair[0];
}

static void fill_start(const layout *at, kw_start start, const kw_rng *rng, double *x) {
#pragma omp parallel for
    for (uint64_t i = 0; i < at->items; ++i) x[i] = start_component(start, at->n_qubits, rng, at->base + i);
}

/* Sign: the first component of largest magnitude becomes positive.  Magnitudes of positive doubles order like their bits. */
static void fix_sign(const layout *at, double *x) {
    double largest = 0.0, sign = 0.0;
    for (uint64_t i = 0; i < at->items; ++i) largest = fmax(largest, fabs(x[i]));
    int64_t bits;
    memcpy(&bits, &largest, sizeof bits);
    kw_comm_max(at->comm, &bits, 1);
    memcpy(&largest, &bits, sizeof bits);
    uint64_t first = 0;
    while (first < at->items && fabs(x[first]) < largest * (1.0 - 1e-6)) ++first;
    const int64_t found = first < at->items ? -(int64_t)(at->base + first) : INT64_MIN;
    int64_t lowest = found;
    kw_comm_max(at->comm, &lowest, 1);
    if (lowest == found && first < at->items) sign = x[first] < 0.0 ? -1.0 : 1.0;
    kw_comm_sum(at->comm, &sign, 1);
    scale(at, sign, x);
}

/* ---- up to 6 qubits: every rank diagonalises the whole matrix ---- */

static void fill_dense(const kw_pauli *terms, size_t count, uint64_t d, double *matrix) {
    memset(matrix, 0, d * d * sizeof *matrix);
    for (size_t t = 0; t < count; ++t)
        for (uint64_t j = 0; j < d; ++j) {
            const bool minus = __builtin_parityll(j & terms[t].z) ^ (kw_popcount(terms[t].x & terms[t].z) / 2 % 2);
            matrix[j * d + (j ^ terms[t].x)] += minus ? -terms[t].coefficient : terms[t].coefficient;
        }
}

static double norm2(const double *x, uint64_t d) {
    double sum = 0.0;
    for (uint64_t i = 0; i < d; ++i) sum += x[i] * x[i];
    return sum;
}

/* out <- projection of start onto the lowest eigenspace that it overlaps; eigenvectors are the rows of `vectors`. */
static void project(const double *values, const double *vectors, const double *start, uint64_t d, double *out) {
    const double start_norm = sqrt(norm2(start, d));
    uint64_t first = 0;
    while (first < d) {
        uint64_t end = first;
        memset(out, 0, d * sizeof *out);
        for (; end < d && values[end] - values[first] <= 1e-10 * (1.0 + fabs(values[first])); ++end) {
            double overlap = 0.0;
            for (uint64_t i = 0; i < d; ++i) overlap += vectors[end * d + i] * start[i];
            for (uint64_t i = 0; i < d; ++i) out[i] += overlap * vectors[end * d + i];
        }
        if (sqrt(norm2(out, d)) > 1e-8 * start_norm) break;
        first = end;
    }
}

static kw_status ground_dense(const layout *at, const kw_pauli *terms, size_t count, kw_start start, const kw_rng *rng,
                              double *vector) {
    const uint64_t d = kw_bit(at->n_qubits);
    double *matrix = malloc((d * d + 3 * d) * sizeof *matrix);
    if (!matrix) return kw_fail(KW_E_NOMEM, "no memory for a dense Hamiltonian");
    double *values = matrix + d * d, *from = values + d, *whole = from + d;
    fill_dense(terms, count, d, matrix);
    for (uint64_t i = 0; i < d; ++i) from[i] = start_component(start, at->n_qubits, rng, i);
    const lapack_int info = LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', (lapack_int)d, matrix, (lapack_int)d, values);
    if (!info) {
        project(values, matrix, from, d, whole);
        memcpy(vector, whole + at->base, at->items * sizeof *vector);
    }
    free(matrix);
    return info ? kw_fail(KW_E_INTERNAL, "dsyevd on a dense Hamiltonian returned %d", (int)info) : KW_OK;
}

/* ---- beyond: Lanczos ---- */

static void step(kw_comm *comm, kw_lanczos_call *c) {
    if (kw_comm_size(comm) > 1) comm->ops->lanczos_step(comm, c);
    else
        dsaupd_c(&c->ido, "I", c->n, "SA", c->nev, c->tol, c->resid, c->ncv, c->v, c->ldv, c->iparam, c->ipntr, c->workd,
                 c->workl, c->lworkl, &c->info);
}

static void finish(kw_comm *comm, kw_lanczos_call *c, int *select, double *value) {
    if (kw_comm_size(comm) > 1) comm->ops->lanczos_finish(comm, c, select, value, c->v);
    else
        dseupd_c(1, "A", select, value, c->v, c->ldv, 0.0, "I", c->n, "SA", c->nev, c->tol, c->resid, c->ncv, c->v, c->ldv,
                 c->iparam, c->ipntr, c->workd, c->workl, c->lworkl, &c->info);
}

static uint64_t lanczos_doubles(uint64_t items) { return (BASIS_VECTORS + 4) * items; }

/* workspace: start vector and residual | basis | three vectors for products */
static kw_status iterate(const layout *at, kw_hamiltonian *hamiltonian, double *workspace, double *vector, int *products) {
    double small[BASIS_VECTORS * (BASIS_VECTORS + 8)], value[BASIS_VECTORS];
    int select[BASIS_VECTORS] = {0}; /* the C interface of dseupd reads it */
    const int items = (int)at->items;
    kw_lanczos_call call = {.info = 1, /* resid holds the start vector */
                            .n = items,
                            .nev = 1,
                            .ncv = BASIS_VECTORS,
                            .ldv = items,
                            .lworkl = BASIS_VECTORS * (BASIS_VECTORS + 8),
                            .iparam = {[0] = 1, [2] = MAX_RESTARTS, [3] = 1, [6] = 1},
                            .resid = workspace,
                            .v = workspace + at->items,
                            .workd = workspace + at->items * (BASIS_VECTORS + 1),
                            .workl = small};
    for (;;) {
        step(at->comm, &call);
        if (call.ido != 1 && call.ido != -1) break;
        kw_hamiltonian_apply(hamiltonian, call.workd + call.ipntr[0] - 1, call.workd + call.ipntr[1] - 1);
    }
    *products = call.iparam[8];
    if (call.info == 1 || (!call.info && call.iparam[4] < 1))
        return kw_fail(KW_E_INTERNAL,
                       "Lanczos did not converge in %d restarts (%d products): move the coupling away from a "
                       "degeneracy, or lower data.lanczos_memory so that an adiabatic circuit prepares the state",
                       call.iparam[2], call.iparam[8]);
    if (call.info) return kw_fail(KW_E_INTERNAL, "dsaupd of ARPACK returned %d", call.info);
    finish(at->comm, &call, select, value);
    if (call.info) return kw_fail(KW_E_INTERNAL, "dseupd of ARPACK returned %d", call.info);
    memcpy(vector, call.v, at->items * sizeof *vector);
    return KW_OK;
}

/* H, and for a uniform start H - X...X: it commutes with H and lifts the odd sector by 2, so that rounding and ARPACK's
 * random restarts (the Krylov space of a symmetric chain is small) cannot mix that sector in where the two are degenerate.
 */
static kw_status create_shifted(const layout *at, const kw_pauli *terms, size_t count, kw_start start,
                                kw_hamiltonian **out) {
    kw_pauli *all = malloc((count + 1) * sizeof *all);
    kw_status status = kw_comm_agree(at->comm, all ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a Hamiltonian"));
    if (!status) {
        memcpy(all, terms, count * sizeof *all);
        all[count] = (kw_pauli){-1.0, kw_bit(at->n_qubits) - 1, 0};
        status = kw_hamiltonian_create(at->comm, at->n_qubits, all, count + (start == KW_START_UNIFORM), out);
    }
    free(all);
    return status;
}

typedef struct {
    kw_start start;
    int n_qubits;
} sector;

static bool is_outside(const void *context, uint64_t index) {
    const sector *s = context;
    return !in_sector(s->start, s->n_qubits, index);
}

/* Where the Krylov space of the start is exhausted, as in a small sector, ARPACK goes on from a vector of its own: all other
 * sectors are lifted above this one, by more than the width of the spectrum. */
static void lift_others(const layout *at, const kw_pauli *terms, size_t count, kw_start start, kw_hamiltonian *hamiltonian) {
    const sector own = {start, at->n_qubits};
    double width = 1.0;
    for (size_t t = 0; t < count; ++t) width += 2.0 * fabs(terms[t].coefficient);
    if (start == KW_START_SECTOR || start == KW_START_SPINS) kw_hamiltonian_lift(hamiltonian, is_outside, &own, width);
}

static void clear_others(const layout *at, kw_start start, double *x) {
#pragma omp parallel for
    for (uint64_t i = 0; i < at->items; ++i)
        if (!in_sector(start, at->n_qubits, at->base + i)) x[i] = 0.0;
}

static kw_status ground_lanczos(const layout *at, const kw_pauli *terms, size_t count, kw_start start, const kw_rng *rng,
                                double *vector, int *products) {
    kw_hamiltonian *hamiltonian = NULL;
    const uint64_t bytes = lanczos_doubles(at->items) * sizeof(double);
    double *workspace = kw_block_alloc(bytes);
    kw_status status = workspace ? KW_OK
                                 : kw_fail(KW_E_NOMEM, "no memory for %d Lanczos vectors of 2^%d doubles per rank",
                                           BASIS_VECTORS + 4, kw_log2(at->items));
    status = kw_comm_agree(at->comm, status);
    if (!status) status = create_shifted(at, terms, count, start, &hamiltonian);
    if (status) goto done;
    lift_others(at, terms, count, start, hamiltonian);
    fill_start(at, start, rng, workspace);
    pthread_mutex_lock(&arpack_lock);
    status = iterate(at, hamiltonian, workspace, vector, products);
    pthread_mutex_unlock(&arpack_lock);
    status = kw_comm_agree(at->comm, status);
    kw_hamiltonian_destroy(&hamiltonian);
done:
    if (workspace) kw_block_free(workspace, bytes);
    return status;
}

/* Rayleigh quotient and residual of the normalised vector. */
static kw_status measure(const layout *at, const kw_pauli *terms, size_t count, const double *vector, kw_ground *result) {
    kw_hamiltonian *hamiltonian = NULL;
    kw_status status = kw_hamiltonian_create(at->comm, at->n_qubits, terms, count, &hamiltonian);
    if (status) return status;
    double *product = kw_block_alloc(at->items * sizeof *product);
    status = kw_comm_agree(
        at->comm,
        product ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a product of 2^%d doubles per rank", kw_log2(at->items)));
    if (!status) {
        kw_hamiltonian_apply(hamiltonian, vector, product);
        const double energy = dot(at, vector, product);
#pragma omp parallel for
        for (uint64_t i = 0; i < at->items; ++i) product[i] -= energy * vector[i];
        result->energy = energy;
        result->residual = sqrt(dot(at, product, product));
    }
    if (product) kw_block_free(product, at->items * sizeof *product);
    kw_hamiltonian_destroy(&hamiltonian);
    return status;
}

uint64_t kw_ground_bytes(int n_qubits, int ranks) {
    const uint64_t items = kw_bit(n_qubits) / (uint64_t)ranks;
    if (items > kw_bit(MAX_LOCAL_QUBITS)) return UINT64_MAX;
    const uint64_t vectors = n_qubits <= DENSE_QUBITS ? items : lanczos_doubles(items);
    return vectors * sizeof(double) + kw_hamiltonian_bytes(n_qubits, ranks);
}

kw_status kw_ground_state(kw_comm *comm, int n_qubits, const kw_pauli *terms, size_t count, kw_start start, uint64_t seed,
                          double *vector, kw_ground *result) {
    const uint64_t ranks = (uint64_t)kw_comm_size(comm), items = kw_bit(n_qubits) / ranks;
    const layout at = {comm, n_qubits, items, items * (uint64_t)kw_comm_rank(comm)};
    const kw_rng rng = kw_rng_make(seed, KW_STREAM_STATES, KW_SUBSTREAM_LANCZOS);
    const bool dense = n_qubits <= DENSE_QUBITS;
    kw_ground found = {0.0, 0.0, 0};
    if (!dense && ranks > 1 && !comm->ops->lanczos_step)
        return kw_fail(KW_E_ARG,
                       "ground states of more than %d qubits on %d ranks need PARPACK: this communicator has no solver",
                       DENSE_QUBITS, (int)ranks);
    if (!dense && items > kw_bit(MAX_LOCAL_QUBITS))
        return kw_fail(KW_E_ARG, "Lanczos vectors of more than 2^%d components per rank: use more ranks", MAX_LOCAL_QUBITS);
    kw_status status = dense ? kw_comm_agree(comm, ground_dense(&at, terms, count, start, &rng, vector))
                             : ground_lanczos(&at, terms, count, start, &rng, vector, &found.products);
    if (status) return status;
    clear_others(&at, start, vector);
    scale(&at, 1.0 / sqrt(dot(&at, vector, vector)), vector);
    fix_sign(&at, vector);
    status = measure(&at, terms, count, vector, &found);
    if (!status) *result = found;
    return status;
}
