/* Dense reference for noise. */
#include "support/density.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "circuit/program_internal.h"
#include "support/dense.h"
#include "support/program.h"

kw_complex *density_zero(int n) { return dense_zero(2 * n); } /* a vector of as many numbers */

static void adjoin(kw_complex *rho, int n) {
    const size_t d = (size_t)1 << n;
    for (size_t c = 0; c < d; ++c)
        for (size_t r = 0; r <= c; ++r) {
            const kw_complex upper = rho[r + c * d];
            rho[r + c * d] = conj(rho[c + r * d]);
            rho[c + r * d] = conj(upper);
        }
}

/* A rho A^dag = (A (A rho)^dag)^dag */
void density_gates(kw_complex *rho, const kw_circuit *circuit, size_t first, size_t count) {
    const size_t d = (size_t)1 << circuit->n_qubits;
    kw_circuit part = *circuit; /* a view */
    part.gates += first;
    part.count = count;
    for (int side = 0; side < 2; ++side) {
        for (size_t c = 0; c < d; ++c) test_circuit_dense(&part, rho + c * d);
        adjoin(rho, circuit->n_qubits);
    }
}

void density_depolarise(kw_complex *rho, int n, uint64_t qubits, double p) {
    const size_t d = (size_t)1 << n;
    kw_complex *out = calloc(d * d, sizeof *out);
    if (!out) abort();
    for (size_t c = 0; c < d; ++c)
        for (size_t r = 0; r < d; ++r) {
            out[r + c * d] += (1 - p) * rho[r + c * d];
            if ((r ^ c) & qubits) continue; /* traced out */
            for (size_t m = 0; m < d; ++m)
                if (!(m & ~qubits))
                    out[((r & ~qubits) | m) + ((c & ~qubits) | m) * d] +=
                        p / (double)(1 << __builtin_popcountll(qubits)) * rho[r + c * d];
        }
    memcpy(rho, out, d * d * sizeof *out);
    free(out);
}

void density_channel(kw_complex *rho, int n, kw_noise_channel channel, int qubit, double rate) {
    const double a = sqrt(1 - rate), b = sqrt(rate);
    const kw_complex none[4] = {a, 0, 0, a}, z[4] = {b, 0, 0, -b}, x[4] = {0, b, b, 0};
    const kw_complex damp[4] = {1, 0, 0, a}, jump[4] = {0, b, 0, 0};
    const kw_complex *first = channel == KW_NOISE_AMPLITUDE_DAMPING ? damp : none;
    const kw_complex *second = channel == KW_NOISE_AMPLITUDE_DAMPING ? jump : channel == KW_NOISE_DEPHASING ? z : x;
    const size_t d = (size_t)1 << n;
    kw_complex *other = malloc(d * d * sizeof *other);
    if (!other) abort();
    memcpy(other, rho, d * d * sizeof *other);
    for (int side = 0; side < 2; ++side) {
        for (size_t c = 0; c < d; ++c) dense_apply_matrix(rho + c * d, n, first, &qubit, 1);
        for (size_t c = 0; c < d; ++c) dense_apply_matrix(other + c * d, n, second, &qubit, 1);
        adjoin(rho, n);
        adjoin(other, n);
    }
    for (size_t i = 0; i < d * d; ++i) rho[i] += other[i];
    free(other);
}

kw_complex *density_program(const kw_program *program, double factor) {
    const int n = kw_program_qubits(program);
    kw_complex *rho = density_zero(n);
    for (size_t i = 0; i < kw_program_steps(program); ++i) {
        const kw_step step = kw_program_step(program, i);
        const double rate = fmin(1, factor * step.rates[0]);
        if (step.kind == KW_STEP_GATES) density_gates(rho, program->circuit, step.first_gate, step.gates);
        if (step.kind != KW_STEP_NOISE || step.channel == KW_NOISE_READOUT) continue;
        if (step.channel == KW_NOISE_DEPOLARISING) density_depolarise(rho, n, step.qubits, rate);
        else density_channel(rho, n, step.channel, __builtin_ctzll(step.qubits), rate);
    }
    return rho;
}

double density_expect(const kw_complex *rho, int n, uint64_t x, uint64_t z) {
    const size_t d = (size_t)1 << n;
    double trace = 0;
    for (size_t c = 0; c < d; ++c) {
        kw_complex *image = dense_zero(n);
        image[0] = 0;
        dense_add_pauli(image, rho + c * d, n, 1.0, x, z);
        trace += creal(image[c]);
        free(image);
    }
    return trace;
}

double density_read(const kw_complex *rho, int n, uint64_t i, double p01, double p10) {
    double total = 0;
    for (uint64_t j = 0; j < (uint64_t)1 << n; ++j) {
        double product = creal(rho[j + (j << n)]);
        for (int q = 0; q < n; ++q) {
            const double wrong = j >> q & 1 ? p10 : p01;
            product *= (i ^ j) >> q & 1 ? wrong : 1 - wrong;
        }
        total += product;
    }
    return total;
}
