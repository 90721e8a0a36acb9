/* FFTW beside the passes: the quantum Fourier transform of |0...0> as one fast Fourier transform, in place, with threads. */
#include <complex.h>
#include <fftw3.h>
#include <math.h>
#include <string.h>

#include "bench/pairs.h"

static fftw_complex *psi;
static fftw_plan plan;
static size_t amplitudes;

static void create(int n_qubits, int threads) {
    const double patience = 60; /* seconds */
    amplitudes = (size_t)1 << n_qubits;
    if (!fftw_init_threads()) pairs_die("FFTW has no threads");
    fftw_plan_with_nthreads(threads);
    fftw_set_timelimit(patience);
    psi = fftw_alloc_complex(amplitudes);
    if (psi) plan = fftw_plan_dft_1d((int)amplitudes, psi, psi, FFTW_BACKWARD, FFTW_MEASURE);
    if (!plan) pairs_die("no memory");
}

static double run(const pairs_gate *gates, size_t count) {
    size_t hadamards = 0;
    for (size_t g = 0; g < count; ++g) hadamards += !strcmp(gates[g].name, "h");
    if (amplitudes != (size_t)1 << hadamards) pairs_die("FFTW runs qft alone");
    memset(psi, 0, amplitudes * sizeof *psi);
    psi[0] = 1 / sqrt((double)amplitudes);
    const double started = pairs_seconds();
    fftw_execute(plan);
    return pairs_seconds() - started;
}

static void amplitude(uint64_t index, double out[2]) {
    out[0] = creal(psi[index]);
    out[1] = cimag(psi[index]);
}

int main(int argc, char **argv) {
    static const pairs_other fftw = {
        .name = "FFTW", .tolerance = 1e-10, .create = create, .run = run, .amplitude = amplitude};
    return pairs_main(argc, argv, &fftw);
}
