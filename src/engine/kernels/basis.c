/* F2  Amplitudes by their logical index: see kw_basis_kernels.  Compiled per instruction set and precision. */
#include "base/vectors.h"
#include "engine/kernels/kernels.h"

#define KW_BASIS KW_SET_NAME(kw_basis, KW_SET, KW_SCALAR)
extern const kw_basis_kernels KW_BASIS;

typedef struct {
    real re, im;
} amplitude;

static double square(amplitude a) { return (double)a.re * a.re + (double)a.im * a.im; }

static void weights(const void *psi, const kw_basis_run *run, double *out) {
    const amplitude *v = psi;
    for (uint64_t k = 0; k < run->length; ++k) {
        const uint64_t j = run->origin | run->low[k];
        if (j < run->count) out[j] = square(v[k]);
    }
}

static double dot(const void *psi, const kw_basis_run *run, const double *d) {
    const amplitude *v = psi;
    double sum = 0;
    for (uint64_t k = 0; k < run->length; ++k) {
        const uint64_t j = run->origin | run->low[k];
        if (j < run->count) sum += d[j] * square(v[k]);
    }
    return sum;
}

static void scale(const void *psi, const kw_basis_run *run, const double *d, void *out) {
    const amplitude *v = psi;
    amplitude *o = out;
    for (uint64_t k = 0; k < run->length; ++k) {
        const uint64_t j = run->origin | run->low[k];
        const real factor = j < run->count ? (real)d[j] : 0;
        o[k] = (amplitude){factor * v[k].re, factor * v[k].im};
    }
}

const kw_basis_kernels KW_BASIS = {.weights = weights, .dot = dot, .scale = scale};
