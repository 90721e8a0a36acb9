/* F4  Principal component analysis of state vectors, through their Gram matrix. */
#include "baselines/pca.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "baselines/overlap.h"

/* Eigenvalues below this, times the largest, are rounding of the Gram matrix; so are their vectors. */
#define RANK_TOLERANCE 1e-13

enum { BEYOND = 64 /* zgemv of OpenBLAS 0.3.21 reads a little beyond the end of a matrix */ };

struct kw_pca {
    size_t dimension, count, components;
    double *eigenvalues;
    kw_complex *vectors; /* (components x dimension) */
    uint64_t bytes;
};

void kw_pca_destroy(kw_pca **pca) {
    kw_pca *p = *pca;
    if (!p) return;
    kw_block_free(p->vectors, p->bytes);
    free(p->eigenvalues);
    free(p);
    *pca = NULL;
}

/* By columns, G_ij stands at [j m + i]; on return column a is the eigenvector of the a-th smallest eigenvalue. */
static kw_status diagonalise(const kw_complex *states, const double *weights, size_t dimension, size_t m, kw_complex *gram,
                             double *ascending) {
    for (size_t j = 0; j < m; ++j)
        for (size_t i = 0; i <= j; ++i)
            gram[j * m + i] =
                sqrt(weights[i] * weights[j]) * kw_vector_inner(states + i * dimension, states + j * dimension, dimension);
    const lapack_int info = LAPACKE_zheevd(LAPACK_COL_MAJOR, 'V', 'U', (lapack_int)m, gram, (lapack_int)m, ascending);
    if (info) return kw_fail(KW_E_INTERNAL, "zheevd on the Gram matrix of %zu states returned %d", m, (int)info);
    return KW_OK;
}

static void combine(kw_pca *p, const kw_complex *states, const double *weights, const kw_complex *gram) {
    const size_t m = p->count, d = p->dimension;
    memset(p->vectors, 0, p->bytes);
    for (size_t a = 0; a < p->components; ++a) {
        const kw_complex *u = gram + (m - 1 - a) * m;
        for (size_t i = 0; i < m; ++i) {
            const kw_complex part = sqrt(weights[i] / p->eigenvalues[a]) * u[i];
            for (size_t k = 0; k < d; ++k) p->vectors[a * d + k] += part * states[i * d + k];
        }
    }
}

static kw_status fit(kw_pca *p, int latent, const kw_complex *states, const double *weights) {
    const size_t m = p->count, most = (size_t)1 << latent;
    kw_complex *gram = calloc(m * m + BEYOND, sizeof *gram);
    double *ascending = calloc(m, sizeof *ascending);
    p->eigenvalues = calloc(m, sizeof *p->eigenvalues);
    kw_status status = KW_OK;
    if (!gram || !ascending || !p->eigenvalues)
        status = kw_fail(KW_E_NOMEM, "no memory for the Gram matrix of %zu states", m);
    if (status == KW_OK) status = diagonalise(states, weights, p->dimension, m, gram, ascending);
    for (size_t i = 0; i < m && status == KW_OK; ++i) {
        p->eigenvalues[i] = fmax(ascending[m - 1 - i], 0.0);
        if (i < most && p->eigenvalues[i] > RANK_TOLERANCE * p->eigenvalues[0]) ++p->components;
    }
    if (status == KW_OK) {
        p->bytes = p->components * p->dimension * sizeof *p->vectors;
        p->vectors = kw_block_alloc(p->bytes);
        if (!p->vectors) status = kw_fail(KW_E_NOMEM, "no memory for %zu principal vectors", p->components);
    }
    if (status == KW_OK) combine(p, states, weights, gram);
    free(ascending);
    free(gram);
    return status;
}

kw_status kw_pca_create(int n_qubits, int latent, const kw_complex *states, const double *weights, size_t count,
                        kw_pca **out) {
    if (n_qubits < 1 || n_qubits > 40 || latent < 0 || latent > n_qubits)
        return kw_fail(KW_E_ARG, "principal components of %d qubits onto %d: expected 1..40 onto at most as many", n_qubits,
                       latent);
    if (!count || count > 1 << 15) return kw_fail(KW_E_ARG, "principal components of %zu states: expected 1..32768", count);
    kw_pca *p = calloc(1, sizeof *p);
    if (!p) return kw_fail(KW_E_NOMEM, "no memory for principal components");
    p->dimension = (size_t)1 << n_qubits;
    p->count = count;
    const kw_status status = fit(p, latent, states, weights);
    if (status == KW_OK) *out = p;
    else kw_pca_destroy(&p);
    return status;
}

const double *kw_pca_eigenvalues(const kw_pca *pca) { return pca->eigenvalues; }
size_t kw_pca_components(const kw_pca *pca) { return pca->components; }
uint64_t kw_pca_bytes(const kw_pca *pca) { return pca->bytes; }

static void run_one(const kw_pca *p, const kw_complex *state, kw_complex *z, kw_complex *output, double *norm) {
    const size_t d = p->dimension;
    double sum = 0;
    for (size_t a = 0; a < p->components; ++a) {
        z[a] = kw_vector_inner(p->vectors + a * d, state, d);
        sum += creal(z[a] * conj(z[a]));
    }
    if (norm) *norm = sqrt(sum);
    if (!output) return;
    memset(output, 0, d * sizeof *output);
    for (size_t a = 0; a < p->components && sum > 0; ++a)
        for (size_t k = 0; k < d; ++k) output[k] += z[a] / sqrt(sum) * p->vectors[a * d + k];
}

kw_status kw_pca_run(const kw_pca *pca, const kw_complex *states, size_t count, kw_complex *latents, kw_complex *outputs,
                     double *norms) {
    kw_complex *z = calloc(pca->components, sizeof *z);
    if (!z) return kw_fail(KW_E_NOMEM, "no memory for %zu latent numbers", pca->components);
    for (size_t i = 0; i < count; ++i) {
        run_one(pca, states + i * pca->dimension, z, outputs ? outputs + i * pca->dimension : NULL,
                norms ? norms + i : NULL);
        if (latents) memcpy(latents + i * pca->components, z, pca->components * sizeof *z);
    }
    free(z);
    return KW_OK;
}
