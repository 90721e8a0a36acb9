/* F2  Gram matrix -> spectrum of the mean density matrix -> Ky Fan optimum. */
#include "data/gram.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>

#include "base/error.h"

enum { BEYOND = 64 /* zgemv of OpenBLAS 0.3.21 reads a little beyond the end of a matrix, perhaps into no page at all */ };

kw_status kw_gram_spectrum(int members, const double *weights, const kw_complex *overlaps, double *eigenvalues) {
    if (members < 1) return kw_fail(KW_E_ARG, "Gram matrix of %d states: at least one is needed", members);
    const size_t m = (size_t)members;
    kw_complex *gram = calloc(m * m + BEYOND, sizeof *gram);
    double *ascending = malloc(m * sizeof *ascending);
    kw_status status = KW_OK;
    if (!gram || !ascending) {
        status = kw_fail(KW_E_NOMEM, "no memory for the Gram matrix of %d states", members);
        goto done;
    }
    for (size_t i = 0; i < m; ++i)
        for (size_t j = 0; j < m; ++j) gram[i * m + j] = sqrt(weights[i] * weights[j]) * overlaps[i * m + j];
    /* by columns it is the transpose, which has the same eigenvalues; by rows LAPACKE would make a copy that ends too soon
     */
    const lapack_int info = LAPACKE_zheevd(LAPACK_COL_MAJOR, 'N', 'L', members, gram, members, ascending);
    if (info) {
        status = kw_fail(KW_E_INTERNAL, "zheevd on the Gram matrix of %d states returned %d", members, (int)info);
        goto done;
    }
    for (size_t i = 0; i < m; ++i) eigenvalues[i] = fmax(ascending[m - 1 - i], 0.0);
done:
    free(ascending);
    free(gram);
    return status;
}

/* Number of eigenvalues that fit into the latent register. */
static int kept(int count, int latent) { return latent >= 31 || (1 << latent) >= count ? count : 1 << latent; }

/* Smallest first, so that small terms are not lost. */
static double sum_range(const double *eigenvalues, int first, int end) {
    double sum = 0.0;
    for (int i = end - 1; i >= first; --i) sum += eigenvalues[i];
    return sum;
}

double kw_optimum(const double *eigenvalues, int count, int latent) {
    return sum_range(eigenvalues, 0, kept(count, latent));
}

double kw_optimum_error(const double *eigenvalues, int count, int latent) {
    return sum_range(eigenvalues, kept(count, latent), count);
}
