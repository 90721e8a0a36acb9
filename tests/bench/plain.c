/* The lasting yardstick: a plain simulator, one sweep through memory per gate, scalar complex arithmetic, OpenMP: about what
 * QuEST does on one process. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/pairs.h"

typedef double _Complex complex_number;

static complex_number *psi;
static int n;

static uint64_t insert_zero(uint64_t index, int position) {
    const uint64_t low = index & (((uint64_t)1 << position) - 1);
    return (index ^ low) << 1 | low;
}

static void one_target(uint64_t controls, int target, const complex_number *m) {
    const uint64_t bit = (uint64_t)1 << target;
#pragma omp parallel for schedule(static)
    for (uint64_t j = 0; j < (uint64_t)1 << (n - 1); ++j) {
        const uint64_t i = insert_zero(j, target);
        if ((i & controls) != controls) continue;
        const complex_number a = psi[i], b = psi[i | bit];
        psi[i] = m[0] * a + m[1] * b;
        psi[i | bit] = m[2] * a + m[3] * b;
    }
}

static void swap(int p, int q) {
    const uint64_t a = (uint64_t)1 << p, b = (uint64_t)1 << q;
#pragma omp parallel for schedule(static)
    for (uint64_t i = 0; i < (uint64_t)1 << n; ++i)
        if (i & a && !(i & b)) {
            const complex_number keep = psi[i];
            psi[i] = psi[i ^ a ^ b];
            psi[i ^ a ^ b] = keep;
        }
}

/* U(theta, phi, lambda) of OpenQASM 2 and its relatives. */
static void matrix_of(const char *name, const double *angle, complex_number *m) {
    const double c = cos(angle[0] / 2), s = sin(angle[0] / 2);
    const int is_u3 = !strcmp(name, "u3"), is_ry = !strcmp(name, "ry");
    m[0] = m[3] = 1;
    m[1] = m[2] = 0;
    if (is_u3 || is_ry) {
        const double phi = is_u3 ? angle[1] : 0, lambda = is_u3 ? angle[2] : 0;
        m[0] = c;
        m[1] = -s * cexp(I * lambda);
        m[2] = s * cexp(I * phi);
        m[3] = c * cexp(I * (phi + lambda));
    } else if (!strcmp(name, "h")) {
        m[0] = m[1] = m[2] = sqrt(0.5);
        m[3] = -sqrt(0.5);
    } else if (!strcmp(name, "rz")) {
        m[0] = c - I * s;
        m[3] = c + I * s;
    } else if (!strcmp(name, "cz")) m[3] = -1;
    else if (!strcmp(name, "cp")) m[3] = cexp(I * angle[0]);
    else if (!strcmp(name, "cx")) {
        m[0] = m[3] = 0;
        m[1] = m[2] = 1;
    } else pairs_die("a gate that the plain simulator does not know");
}

static void create(int n_qubits, int threads) {
    (void)threads; /* those of OpenMP */
    n = n_qubits;
    psi = malloc(sizeof *psi << n);
    if (!psi) pairs_die("no memory");
}

static double run(const pairs_gate *gates, size_t count) {
    memset(psi, 0, sizeof *psi << n);
    psi[0] = 1;
    const double started = pairs_seconds();
    for (size_t g = 0; g < count; ++g) {
        const int *q = gates[g].qubits;
        const int controlled = gates[g].name[0] == 'c';
        complex_number m[4];
        if (!strcmp(gates[g].name, "swap")) {
            swap(q[0], q[1]);
            continue;
        }
        matrix_of(gates[g].name, gates[g].angles, m);
        one_target(controlled ? (uint64_t)1 << q[0] : 0, q[controlled], m);
    }
    return pairs_seconds() - started;
}

static void amplitude(uint64_t index, double out[2]) {
    out[0] = creal(psi[index]);
    out[1] = cimag(psi[index]);
}

int main(int argc, char **argv) {
    static const pairs_other plain = {
        .name = "plain", .tolerance = 1e-10, .create = create, .run = run, .amplitude = amplitude};
    const int status = pairs_main(argc, argv, &plain);
    free(psi);
    return status;
}
