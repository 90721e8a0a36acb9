/* F4  Stabilizer tableau.  Row r is the Hermitian string i^phase X^x Z^z (a Y is i X Z): destabilizers, then stabilizers. */
#include "baselines/tableau.h"

#include <complex.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "baselines/local_gate.h"

#define CLIFFORD 1e-9 /* what an entry of U P U^dag may be off by */

typedef struct {
    uint64_t x, z;
    unsigned phase; /* mod 4 */
} string;

struct kw_tableau {
    int n;
    uint64_t *x, *z;  /* (2n) */
    uint64_t sign[2]; /* bit r: row r has the other sign than i^|x & z| X^x Z^z; 2n <= 128 bits */
};

kw_status kw_tableau_create(int n_qubits, kw_tableau **out) {
    if (n_qubits < 1 || n_qubits > KW_MAX_QUBITS)
        return kw_fail(KW_E_INPUT, "a tableau of %d qubits: 1 to %d are supported", n_qubits, KW_MAX_QUBITS);
    kw_tableau *t = calloc(1, sizeof *t);
    if (t) t->x = calloc(4 * (size_t)n_qubits, sizeof *t->x);
    if (!t || !t->x) {
        free(t);
        return kw_fail(KW_E_NOMEM, "no memory for a tableau of %d qubits", n_qubits);
    }
    t->n = n_qubits;
    t->z = t->x + 2 * n_qubits;
    for (int q = 0; q < n_qubits; ++q) t->x[q] = t->z[n_qubits + q] = kw_bit(q);
    *out = t;
    return KW_OK;
}

void kw_tableau_destroy(kw_tableau **tableau) {
    if (!*tableau) return;
    free((*tableau)->x);
    free(*tableau);
    *tableau = NULL;
}

uint64_t kw_tableau_bytes(int n_qubits) { return 8 * (4 * (uint64_t)n_qubits + 2); }

static string row_of(const kw_tableau *t, int r) {
    const unsigned sign = (unsigned)(t->sign[r >> 6] >> (r & 63)) & 1;
    return (string){t->x[r], t->z[r], ((unsigned)kw_popcount(t->x[r] & t->z[r]) + 2 * sign) & 3};
}

static void set_row(kw_tableau *t, int r, string s) {
    const uint64_t sign = ((s.phase - (unsigned)kw_popcount(s.x & s.z)) & 3) / 2;
    t->x[r] = s.x;
    t->z[r] = s.z;
    t->sign[r >> 6] = (t->sign[r >> 6] & ~kw_bit(r & 63)) | sign << (r & 63);
}

/* X^a Z^b X^c Z^d = (-1)^{b c} X^{a+c} Z^{b+d} */
static string product(string a, string b) {
    return (string){a.x ^ b.x, a.z ^ b.z, (a.phase + b.phase + 2 * (unsigned)kw_popcount(a.z & b.x)) & 3};
}

/* ---- gates ---- */

/* The string of bits (x, z) on a gate's qubits whose matrix is m, if it is one: X^x Z^z |c> = (-1)^{z c} |c ^ x>. */
static bool recognise(const kw_complex *m, int width, string *out) {
    static const kw_complex powers[4] = {1, I, -1, -I};
    const int dimension = 1 << width;
    int x = 0;
    while (x < dimension && cabs(m[x * dimension]) < 0.5) ++x;
    if (x == dimension) return false;
    string s = {.x = (uint64_t)x};
    for (int j = 0; j < width; ++j) {
        const int c = 1 << j;
        if (creal(m[(c ^ x) * dimension + c] * conj(m[x * dimension])) < 0) s.z |= (uint64_t)c;
    }
    while (s.phase < 4 && !(cabs(m[x * dimension] - powers[s.phase]) < CLIFFORD)) ++s.phase;
    if (s.phase == 4) return false;
    for (int r = 0; r < dimension; ++r)
        for (int c = 0; c < dimension; ++c) {
            const bool there = r == (c ^ x), minus = kw_popcount(s.z & (uint64_t)c) & 1;
            if (!(cabs(m[r * dimension + c] - (there ? (minus ? -1 : 1) * powers[s.phase] : 0)) < CLIFFORD)) return false;
        }
    *out = s;
    return true;
}

/* U X^x Z^z U^dag, x and z of the gate's own bits. */
static void conjugate(const kw_local_gate *gate, uint64_t x, uint64_t z, kw_complex *out) {
    const int dimension = 1 << gate->width;
    for (int r = 0; r < dimension; ++r)
        for (int c = 0; c < dimension; ++c) {
            kw_complex sum = 0;
            for (int k = 0; k < dimension; ++k)
                sum += gate->matrix[r * dimension + (int)((uint64_t)k ^ x)] * (kw_popcount(z & (uint64_t)k) & 1 ? -1 : 1)
                       * conj(gate->matrix[c * dimension + k]);
            out[r * dimension + c] = sum;
        }
}

/* Images of X_j (image[2j]) and Z_j (image[2j + 1]) on the circuit's qubits. */
static kw_status images_of(const kw_local_gate *gate, string *image) {
    kw_complex matrix[1 << (2 * KW_MAX_TARGETS)];
    for (int i = 0; i < 2 * gate->width; ++i) {
        conjugate(gate, i & 1 ? 0 : kw_bit(i / 2), i & 1 ? kw_bit(i / 2) : 0, matrix);
        if (!recognise(matrix, gate->width, &image[i]))
            return kw_fail(KW_E_INPUT, "%s, is not a Clifford gate: a stabilizer tableau cannot run it", gate->name);
        image[i].x = kw_deposit(image[i].x, gate->qubits, gate->width);
        image[i].z = kw_deposit(image[i].z, gate->qubits, gate->width);
    }
    return KW_OK;
}

static void apply(kw_tableau *t, const kw_local_gate *gate, const string *image) {
    uint64_t mask = 0;
    for (int j = 0; j < gate->width; ++j) mask |= kw_bit(gate->qubits[j]);
    for (int r = 0; r < 2 * t->n; ++r) {
        const string s = row_of(t, r);
        string out = {s.x & ~mask, s.z & ~mask, s.phase}; /* commutes with all images */
        for (int j = 0; j < gate->width; ++j)
            if (s.x & kw_bit(gate->qubits[j])) out = product(out, image[2 * j]);
        for (int j = 0; j < gate->width; ++j)
            if (s.z & kw_bit(gate->qubits[j])) out = product(out, image[2 * j + 1]);
        set_row(t, r, out);
    }
}

kw_status kw_tableau_run(kw_tableau *t, const kw_circuit *circuit, const double *theta) {
    if (kw_circuit_qubits(circuit) != t->n)
        return kw_fail(KW_E_ARG, "a circuit on %d qubits for a tableau of %d", kw_circuit_qubits(circuit), t->n);
    kw_status status = KW_OK;
    for (size_t i = 0; i < kw_circuit_gates(circuit) && status == KW_OK; ++i) {
        kw_local_gate gate;
        string image[2 * KW_MAX_TARGETS];
        status = kw_local_gate_of(circuit, i, theta, &gate);
        if (status == KW_OK) status = images_of(&gate, image);
        if (status == KW_OK) apply(t, &gate, image);
    }
    return status;
}

/* ---- expectation values ---- */

static bool anticommutes(const kw_tableau *t, int r, uint64_t x, uint64_t z) {
    return (kw_popcount(t->x[r] & z) + kw_popcount(t->z[r] & x)) & 1;
}

int kw_tableau_expect(const kw_tableau *t, uint64_t x, uint64_t z) {
    string p = {0};
    for (int q = 0; q < t->n; ++q)
        if (anticommutes(t, t->n + q, x, z)) return 0;
    for (int q = 0; q < t->n; ++q) /* what a destabilizer anticommutes with holds its stabilizer */
        if (anticommutes(t, q, x, z)) p = product(p, row_of(t, t->n + q));
    return ((p.phase - (unsigned)kw_popcount(x & z)) & 3) == 0 ? 1 : -1;
}
