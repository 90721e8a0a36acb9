/* Spin chains: matrix-free product, Lanczos against free fermions, dense algebra and known energies; adiabatic circuits;
 * spectra of families of ground states. */
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/comm_ops.h"
#include "base/rng.h"
#include "data/ensemble.h"
#include "data/gram.h"
#include "data/lanczos.h"
#include "support/world.h"

#define MUST(call)                                                                                                          \
    do {                                                                                                                    \
        if (call) fail_msg("%s", kw_error_message());                                                                       \
    } while (0)

enum { MAX_TERMS = 3 * KW_MAX_QUBITS };

/* Independent of the library's masks: bond by bond, one spin at a time.  column (2^n) <- H |j>. */
static void dense_column(bool ising, int n, double coupling, bool periodic, uint64_t j, double *column) {
    memset(column, 0, sizeof(double) << n);
    for (int a = 0; a < n; ++a) {
        const int b = (a + 1) % n, spin_a = (int)(j >> a & 1), spin_b = (int)(j >> b & 1);
        const double zz = spin_a == spin_b ? 1.0 : -1.0;
        if (ising) column[j ^ (uint64_t)1 << a] -= coupling;
        if (a == n - 1 && (!periodic || n < 3)) continue;
        column[j] += ising ? -zz : coupling * zz;
        if (!ising && spin_a != spin_b) column[j ^ ((uint64_t)1 << a | (uint64_t)1 << b)] += 2.0; /* XX + YY */
    }
}

static void test_product(void **unused) {
    (void)unused;
    enum { N = 8, D = 1 << N };
    kw_comm *world = test_world();
    const uint64_t items = D / (uint64_t)kw_comm_size(world), base = items * (uint64_t)kw_comm_rank(world);
    const kw_rng rng = kw_rng_make(1, KW_STREAM_TEST, 0);
    static double x[D], y[D], expected[D], column[D];
    for (uint64_t i = 0; i < D; ++i) x[i] = kw_rng_uniform(&rng, i) - 0.5;
    for (int kind = 0; kind < 4; ++kind) {
        kw_pauli terms[MAX_TERMS];
        kw_hamiltonian *h = NULL;
        const bool ising = kind & 1, periodic = kind & 2;
        const size_t count = ising ? kw_tfim_terms(N, 0.7, periodic, terms) : kw_heisenberg_terms(N, 0.7, periodic, terms);
        memset(expected, 0, sizeof expected);
        for (uint64_t j = 0; j < D; ++j) {
            dense_column(ising, N, 0.7, periodic, j, column);
            for (int i = 0; i < D; ++i) expected[i] += column[i] * x[j];
        }
        MUST(kw_hamiltonian_create(world, N, terms, count, &h));
        kw_hamiltonian_apply(h, x + base, y);
        for (uint64_t i = 0; i < items; ++i) assert_true(fabs(y[i] - expected[base + i]) < 1e-13);
        kw_hamiltonian_destroy(&h);
    }
    kw_hamiltonian *bad = NULL;
    assert_int_equal(kw_hamiltonian_create(world, N, &(kw_pauli){1.0, 1, 1}, 1, &bad), KW_E_ARG);
}

static kw_ground ground(kw_comm *comm, bool ising, int n, double coupling, bool periodic, double *vector) {
    kw_pauli terms[MAX_TERMS];
    kw_ground result = {0};
    const size_t count =
        ising ? kw_tfim_terms(n, coupling, periodic, terms) : kw_heisenberg_terms(n, coupling, periodic, terms);
    MUST(kw_ground_state(comm, n, terms, count, ising ? KW_START_UNIFORM : KW_START_SECTOR, 7, vector, &result));
    assert_true(result.residual < 1e-9);
    return result;
}

/* Ranks without PARPACK behind them: refused with the reason. */
static void test_no_solver(void **unused) {
    (void)unused;
    const kw_comm_ops ops = {0};
    kw_comm comm = {&ops, 0, 2};
    kw_pauli terms[MAX_TERMS];
    kw_ground result;
    double vector[64];
    const size_t count = kw_tfim_terms(7, 1.0, false, terms);
    assert_int_equal(kw_ground_state(&comm, 7, terms, count, KW_START_UNIFORM, 0, vector, &result), KW_E_ARG);
    assert_non_null(strstr(kw_error_message(), "PARPACK"));
}

static void test_free_fermions(void **unused) {
    (void)unused;
    const double fields[] = {0.0, 0.3, 1.0, 1.7};
    static double vector[1 << 12];
    for (int n = 2; n <= 12; ++n)
        for (int k = 0; k < 8; ++k) {
            double energy = 0.0;
            MUST(kw_tfim_energy(n, fields[k % 4], k / 4, &energy));
            const double found = ground(test_world(), true, n, fields[k % 4], k / 4, vector).energy;
            if (fabs(found - energy) > 1e-10)
                fail_msg("n = %d, h = %g: %.15g, expected %.15g", n, fields[k % 4], found, energy);
        }
}

/* Literature values in units of 4 S.S: rings of 4 and 6, open pairs and triples. */
static void test_heisenberg_energies(void **unused) {
    (void)unused;
    static double vector[1 << 10];
    assert_true(fabs(ground(test_world(), false, 2, 1.0, true, vector).energy + 3.0) < 1e-12);
    assert_true(fabs(ground(test_world(), false, 3, 1.0, false, vector).energy + 4.0) < 1e-12);
    assert_true(fabs(ground(test_world(), false, 4, 1.0, true, vector).energy + 8.0) < 1e-12);
    assert_true(fabs(ground(test_world(), false, 6, 1.0, true, vector).energy + 2.0 * (2.0 + sqrt(13.0))) < 1e-11);
    /* Delta = 0: free fermions, E = -4 sum over the filled cos(pi k / (n + 1)) of the open chain */
    double free_energy = 0.0;
    for (int k = 1; k <= 5; ++k) free_energy -= 4.0 * cos(acos(-1.0) * k / 11.0);
    assert_true(fabs(ground(test_world(), false, 10, 0.0, false, vector).energy - free_energy) < 1e-10);
}

/* Eigenvectors: Lanczos at n = 7 and 8 against LAPACK on the whole matrix. */
static void test_dense(void **unused) {
    (void)unused;
    for (int n = 7; n <= 8; ++n)
        for (int kind = 0; kind < 2; ++kind) {
            const bool ising = kind;
            if (!ising && n % 2) continue; /* doublet */
            const uint64_t d = (uint64_t)1 << n, items = d / (uint64_t)kw_comm_size(test_world());
            const uint64_t base = items * (uint64_t)kw_comm_rank(test_world());
            double *matrix = calloc(d * d, sizeof *matrix), *values = calloc(d, sizeof *values),
                   *vector = calloc(d, sizeof *vector);
            for (uint64_t j = 0; j < d; ++j) dense_column(ising, n, 1.2, true, j, matrix + j * d);
            assert_int_equal(LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', (int)d, matrix, (int)d, values), 0);
            assert_true(fabs(ground(test_world(), ising, n, 1.2, true, vector).energy - values[0]) < 1e-11);
            double overlap = 0.0;
            for (uint64_t i = 0; i < items; ++i) overlap += vector[i] * matrix[base + i];
            kw_comm_sum(test_world(), &overlap, 1);
            assert_true(fabs(fabs(overlap) - 1.0) < 1e-12);
            free(vector);
            free(values);
            free(matrix);
        }
}

/* The same vector, sign included, on any number of ranks; degenerate Ising ground states come out as the cat state. */
static void test_same_on_all_ranks(void **unused) {
    (void)unused;
    enum { N = 9, D = 1 << N };
    static double here[D], alone[D];
    const uint64_t items = D / (uint64_t)kw_comm_size(test_world()), base = items * (uint64_t)kw_comm_rank(test_world());
    for (int kind = 0; kind < 4; ++kind) {
        const bool ising = kind < 3;
        const double coupling = (double[]){0.0, 1e-3, 0.8, 1.5}[kind];
        ground(test_world(), ising, N, coupling, false, here);
        ground(kw_comm_self(), ising, N, coupling, false, alone);
        for (uint64_t i = 0; i < items; ++i) assert_true(fabs(here[i] - alone[base + i]) < 1e-10);
        if (kind == 0) assert_true(fabs(alone[0] - sqrt(0.5)) < 1e-12 && fabs(alone[D - 1] - sqrt(0.5)) < 1e-12);
        for (uint64_t i = 0; ising && i < D; ++i)
            assert_true(alone[i] > -1e-14 && fabs(alone[i] - alone[D - 1 - i]) < 1e-12);
        for (uint64_t i = 0; !ising && i < D; ++i) assert_true(__builtin_popcountll(i) == N / 2 || alone[i] == 0.0);
    }
}

/* Delta < -1: the lowest states of all have every spin alike.  Those with 3 of 7 spins down are a Krylov space that Lanczos
 * exhausts; against the dense matrix of their 35 basis states alone. */
static void test_small_sector(void **unused) {
    (void)unused;
    enum { N = 7, D = 1 << N, S = 35 };
    static double vector[D], column[D], matrix[S * S], values[S];
    const uint64_t items = D / (uint64_t)kw_comm_size(test_world()), base = items * (uint64_t)kw_comm_rank(test_world());
    const double found = ground(test_world(), false, N, -3.0, true, vector).energy;
    int states[S], s = 0;
    for (int i = 0; i < D; ++i)
        if (__builtin_popcount((unsigned)i) == N / 2) states[s++] = i;
    for (int a = 0; a < S; ++a) {
        dense_column(false, N, -3.0, true, (uint64_t)states[a], column);
        for (int b = 0; b < S; ++b) matrix[a * S + b] = column[states[b]];
    }
    assert_int_equal(LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'N', 'U', S, matrix, S, values), 0);
    if (fabs(found - values[0]) > 1e-10) fail_msg("%.15g, expected %.15g", found, values[0]);
    for (uint64_t i = 0; i < items; ++i) assert_true(__builtin_popcountll(base + i) == N / 2 || vector[i] == 0.0);
}

static void ensemble_spectrum(const kw_ensemble_config *config, double *eigenvalues) {
    enum { M = 20 };
    kw_ensemble *ensemble = NULL;
    kw_state *states[M];
    kw_complex overlaps[M * M] = {0};
    double weights[M];
    MUST(kw_ensemble_create(config, &ensemble));
    assert_int_equal(kw_ensemble_members(ensemble), M);
    for (int i = 0; i < M; ++i) {
        weights[i] = kw_ensemble_weight(ensemble, i);
        MUST(kw_state_create(test_world(), config->n_qubits, KW_DOUBLE, &states[i]));
        MUST(kw_ensemble_prepare(ensemble, i, states[i], NULL, 0));
    }
    for (int i = 0; i < M; ++i)
        for (int j = i; j < M; ++j) MUST(kw_state_inner(states[i], states[j], &overlaps[i * M + j]));
    MUST(kw_gram_spectrum(M, weights, overlaps, eigenvalues));
    for (int i = 0; i < M; ++i) kw_state_destroy(&states[i]);
    kw_ensemble_destroy(&ensemble);
}

/* 1 - optimum of 20 equally spaced fields at n = 6, from an independent dense calculation. */
static void test_ising_families(void **unused) {
    (void)unused;
    const struct {
        double from, to;
        bool periodic;
        double error[3];
    } cases[] = {{0.5, 1.0, true, {2.141e-2, 6.867e-5, 5.375e-10}},
                 {0.5, 1.0, false, {2.964e-2, 1.025e-4, 2.439e-9}},
                 {0.1, 2.0, true, {1.490e-1, 2.861e-3, 1.272e-6}}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        double eigenvalues[20];
        ensemble_spectrum(&(kw_ensemble_config){.family = KW_FAMILY_TFIM,
                                                .n_qubits = 6,
                                                .members = 20,
                                                .periodic = cases[k].periodic,
                                                .coupling_min = cases[k].from,
                                                .coupling_max = cases[k].to,
                                                .lanczos_bytes = 1 << 30,
                                                .adiabatic_steps = 1},
                          eigenvalues);
        for (int latent = 0; latent < 3; ++latent) {
            const double error = kw_optimum_error(eigenvalues, 20, latent), expected = cases[k].error[latent];
            if (fabs(error / expected - 1.0) > 5e-4)
                fail_msg("case %zu, %d latent: %.4e, expected %.4e", k, latent, error, expected);
        }
    }
}

static void test_adiabatic(void **unused) {
    (void)unused;
    const kw_family families[] = {KW_FAMILY_TFIM, KW_FAMILY_HEISENBERG};
    for (int n = 4; n <= 8; n += 2)
        for (int f = 0; f < 2; ++f) {
            kw_ensemble *lanczos = NULL, *circuit = NULL;
            kw_state *exact = NULL, *state = NULL;
            char note[160] = "";
            kw_ensemble_config config = {.family = families[f],
                                         .n_qubits = n,
                                         .members = 3,
                                         .coupling_min = 0.6,
                                         .coupling_max = 1.4,
                                         .periodic = true,
                                         .lanczos_bytes = 1 << 30,
                                         .adiabatic_steps = 200};
            MUST(kw_ensemble_create(&config, &lanczos));
            config.lanczos_bytes = 0;
            MUST(kw_ensemble_create(&config, &circuit));
            MUST(kw_state_create(test_world(), n, KW_DOUBLE, &exact));
            MUST(kw_state_create(test_world(), n, KW_DOUBLE, &state));
            for (int i = 0; i < 3; ++i) {
                kw_complex overlap = 0.0;
                MUST(kw_ensemble_prepare(lanczos, i, exact, note, sizeof note));
                assert_non_null(strstr(note, n <= 6 ? "dense" : "Lanczos"));
                MUST(kw_ensemble_prepare(circuit, i, state, note, sizeof note));
                assert_non_null(strstr(note, "adiabatic circuit of 200 steps, energy -"));
                MUST(kw_state_inner(exact, state, &overlap));
                const double infidelity = 1.0 - cabs(overlap) * cabs(overlap);
                if (infidelity > 5e-3)
                    fail_msg("family %d, n = %d, member %d: infidelity %g (%s)", f, n, i, infidelity, note);
            }
            kw_state_destroy(&state);
            kw_state_destroy(&exact);
            kw_ensemble_destroy(&circuit);
            kw_ensemble_destroy(&lanczos);
        }
}

static void test_refused(void **unused) {
    (void)unused;
    const kw_pauli beyond = {1.0, 0, 1 << 4}, fine = {1.0, 3, 0};
    kw_ground found;
    double energy;
    assert_int_equal(kw_ground_energy(test_world(), 4, &beyond, 1, 1, &found), KW_E_INPUT);
    assert_int_equal(kw_ground_energy(test_world(), 4, &fine, 0, 1, &found), KW_E_INPUT);
    assert_int_equal(kw_ground_energy(test_world(), 63, &fine, 1, 1, &found), KW_E_INPUT);
    assert_int_equal(kw_product_energy(4, &beyond, 1, 1, &energy), KW_E_INPUT);
    assert_int_equal(kw_tfim_energy(0, 1.0, false, &energy), KW_E_INPUT);
    kw_comm *world = test_world();
    if (kw_comm_size(world) > 2)
        assert_int_equal(kw_ground_energy(world, 1, &(kw_pauli){1.0, 1, 0}, 1, 1, &found), KW_E_ARG);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_product),
                                       cmocka_unit_test(test_no_solver),
                                       cmocka_unit_test(test_free_fermions),
                                       cmocka_unit_test(test_heisenberg_energies),
                                       cmocka_unit_test(test_dense),
                                       cmocka_unit_test(test_small_sector),
                                       cmocka_unit_test(test_same_on_all_ranks),
                                       cmocka_unit_test(test_ising_families),
                                       cmocka_unit_test(test_adiabatic),
                                       cmocka_unit_test(test_refused)};
    return test_run("ground", tests, sizeof tests / sizeof *tests);
}
