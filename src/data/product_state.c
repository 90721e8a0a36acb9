/* F2  Mean field by coordinate descent over Bloch vectors. */
#include "ketwall/ground.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/rng.h"
#include "data/substream.h"
#include "engine/observable_internal.h"

enum { STARTS = 32, SWEEPS = 1000 };

typedef struct {
    int n_qubits;
    const kw_pauli *terms;
    size_t count;
    size_t *first, *of_qubit; /* terms that act on qubit q: of_qubit[first[q] ... first[q + 1]) */
    double r[KW_MAX_QUBITS][3];
} field;

static uint64_t qubits_of(const kw_pauli *term) { return term->x | term->z; }

static int letter_of(const kw_pauli *term, int qubit) {
    const int x = (int)(term->x >> qubit & 1), z = (int)(term->z >> qubit & 1);
    return x && z ? 1 : x ? 0 : 2;
}

/* c prod r over the qubits of a term but one (-1: over all). */
static double product(const field *f, const kw_pauli *term, int without) {
    double value = term->coefficient;
    for (uint64_t rest = qubits_of(term); rest; rest &= rest - 1) {
        const int q = kw_log2(rest & -rest);
        if (q != without) value *= f->r[q][letter_of(term, q)];
    }
    return value;
}

static double energy_of(const field *f) {
    double sum = 0;
    for (size_t t = 0; t < f->count; ++t) sum += product(f, &f->terms[t], -1);
    return sum;
}

/* r_q <- -g / |g| for the gradient g of E by r_q; stays where g = 0. */
static void turn(field *f, int qubit) {
    double g[3] = {0, 0, 0};
    for (size_t j = f->first[qubit]; j < f->first[qubit + 1]; ++j) {
        const kw_pauli *term = &f->terms[f->of_qubit[j]];
        g[letter_of(term, qubit)] += product(f, term, qubit);
    }
    const double length = sqrt(g[0] * g[0] + g[1] * g[1] + g[2] * g[2]);
    for (int a = 0; a < 3 && length > 0; ++a) f->r[qubit][a] = -g[a] / length;
}

static void start(field *f, const kw_rng *rng, int number) {
    for (int q = 0; q < f->n_qubits; ++q) {
        const uint64_t at = 2 * ((uint64_t)number * KW_MAX_QUBITS + (uint64_t)q);
        double pairs[4];
        kw_rng_normal_pair(rng, at, pairs);
        kw_rng_normal_pair(rng, at + 1, pairs + 2);
        const double length = sqrt(pairs[0] * pairs[0] + pairs[1] * pairs[1] + pairs[2] * pairs[2]);
        for (int a = 0; a < 3; ++a) f->r[q][a] = pairs[a] / length;
    }
}

static double descend(field *f) {
    double energy = energy_of(f);
    for (int sweep = 0; sweep < SWEEPS; ++sweep) {
        for (int q = 0; q < f->n_qubits; ++q) turn(f, q);
        const double lower = energy_of(f);
        const bool settled = energy - lower <= 1e-14 * (fabs(lower) + 1);
        energy = fmin(energy, lower);
        if (settled) break;
    }
    return energy;
}

static kw_status list_terms(field *f) {
    const size_t n = (size_t)f->n_qubits;
    size_t total = 0;
    for (size_t t = 0; t < f->count; ++t) total += (size_t)kw_popcount(qubits_of(&f->terms[t]));
    f->first = calloc(n + 1, sizeof *f->first);
    f->of_qubit = malloc((total + 1) * sizeof *f->of_qubit);
    if (!f->first || !f->of_qubit) return kw_fail(KW_E_NOMEM, "no memory for the mean field of %zu terms", f->count);
    size_t next = 0;
    for (size_t q = 0; q < n; ++q) {
        for (size_t t = 0; t < f->count; ++t)
            if (qubits_of(&f->terms[t]) >> q & 1) f->of_qubit[next++] = t;
        f->first[q + 1] = next;
    }
    return KW_OK;
}

kw_status kw_product_energy(int n_qubits, const kw_pauli *terms, size_t count, uint64_t seed, double *energy) {
    field f = {.n_qubits = n_qubits, .terms = terms, .count = count};
    const kw_rng rng = kw_rng_make(seed, KW_STREAM_STATES, KW_SUBSTREAM_PRODUCT);
    kw_status status = kw_paulis_check(n_qubits, terms, count);
    if (status == KW_OK) status = list_terms(&f);
    if (status == KW_OK) {
        double best = INFINITY;
        for (int i = 0; i < STARTS; ++i) {
            start(&f, &rng, i);
            best = fmin(best, descend(&f));
        }
        *energy = best;
    }
    free(f.first);
    free(f.of_qubit);
    return status;
}
