/* The quantum Fourier transform against FFTW over the same ranks: random states, all precisions, the inverse too. */
#include <complex.h> /* before FFTW, whose numbers are those then */
#include <fftw3-mpi.h>
#include <math.h>
#include <stdlib.h>

#include "base/bits.h"
#include "engine/plan_internal.h"
#include "studies/bench.h"
#include "support/dense.h"
#include "support/run.h"
#include "support/world.h"

/* sum_k e^{2 pi i jk / N} psi_k / sqrt N, or with -i; every rank returns all of it. */
static kw_complex *transform(const kw_complex *psi, int n, int sign) {
    const ptrdiff_t size = (ptrdiff_t)1 << n;
    ptrdiff_t count, start, count_out, start_out;
    const ptrdiff_t room =
        fftw_mpi_local_size_1d(size, MPI_COMM_WORLD, sign, FFTW_ESTIMATE, &count, &start, &count_out, &start_out);
    fftw_complex *local = fftw_alloc_complex((size_t)room);
    kw_complex *out = dense_zero(n);
    fftw_plan plan = fftw_mpi_plan_dft_1d(size, local, local, MPI_COMM_WORLD, sign, FFTW_ESTIMATE);
    assert_non_null(plan);
    for (ptrdiff_t i = 0; i < count; ++i) local[i] = psi[start + i];
    fftw_execute(plan);
    for (ptrdiff_t i = 0; i < size; ++i) out[i] = 0;
    for (ptrdiff_t i = 0; i < count_out; ++i) out[start_out + i] = local[i] / sqrt((double)size);
    MPI_Allreduce(MPI_IN_PLACE, out, (int)size, MPI_C_DOUBLE_COMPLEX, MPI_SUM, MPI_COMM_WORLD);
    fftw_destroy_plan(plan);
    fftw_free(local);
    return out;
}

static void check(int n, bool inverse, uint64_t seed) {
    kw_circuit *forth = NULL, *circuit = NULL;
    TEST_MUST(kw_bench_circuit(KW_BENCH_QFT, 0, n, false, &forth));
    if (inverse) TEST_MUST(kw_circuit_inverse(forth, &circuit));
    kw_complex *psi = dense_random(seed, n), *expected = transform(psi, n, inverse ? FFTW_FORWARD : FFTW_BACKWARD);
    for (int precision = KW_DOUBLE; precision < KW_PRECISIONS; ++precision) {
        if (!test_fits(test_world(), n, (kw_precision)precision)) continue;
        kw_state *state = test_state(test_world(), n, (kw_precision)precision, psi);
        test_execute(test_world(), inverse ? circuit : forth, NULL, state);
        assert_true(test_distance(state, expected) < test_tolerance_of(state));
        kw_state_destroy(&state);
    }
    free(psi);
    free(expected);
    kw_circuit_destroy(&forth);
    kw_circuit_destroy(&circuit);
}

static void the_circuit_is_the_transform(void **unused) {
    (void)unused;
    fftw_mpi_init();
    for (int n = 8; n <= 18; n += n < 12 ? 1 : 3)
        for (int inverse = 0; inverse < 2; ++inverse) check(n, inverse, (uint64_t)n);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_circuit_is_the_transform)};
    return TEST_RUN("fourier", tests);
}
