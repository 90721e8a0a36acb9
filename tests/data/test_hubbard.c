/* Hubbard ladders: energies against determinants of up and down spins and the closed form of two sites; the sector; spectra
 * of the families that autoencoders were published for; what is refused. */
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/ensemble.h"
#include "data/gram.h"
#include "ketwall/ground.h"
#include "support/run.h"
#include "support/world.h"

#define U 2.0

/* ---- determinants: up and down spins apart, each species ordered by site, no Jordan-Wigner string between the two ---- */

enum { SITES = 4, STRINGS = 6, DETERMINANTS = STRINGS * STRINGS };

static const uint32_t strings[STRINGS] = {0x3, 0x5, 0x6, 0x9, 0xA, 0xC}; /* two of four sites */

/* <a| sum over bonds of a_i^dag a_j + h.c. |b> of one species: the sign counts the electrons between */
static double hop(const double *times, uint32_t a, uint32_t b) {
    const uint32_t moved = a ^ b;
    if (__builtin_popcount(moved) != 2) return 0;
    const int i = __builtin_ctz(moved), j = 31 - __builtin_clz(moved);
    const uint32_t between = b & ((1u << j) - 1) & ~((2u << i) - 1);
    return times[i * SITES + j] * (__builtin_popcount(between) % 2 ? -1 : 1);
}

/* Four sites with two electrons of each spin; times[i][j], i < j: bonds between the sites. */
static double determinant_energy(const double *times, double t) {
    double h[DETERMINANTS * DETERMINANTS] = {0}, values[DETERMINANTS];
    for (int a = 0; a < DETERMINANTS; ++a)
        for (int b = 0; b < DETERMINANTS; ++b) {
            const uint32_t up[2] = {strings[a / STRINGS], strings[b / STRINGS]};
            const uint32_t down[2] = {strings[a % STRINGS], strings[b % STRINGS]};
            if (down[0] == down[1]) h[a * DETERMINANTS + b] -= t * hop(times, up[0], up[1]);
            if (up[0] == up[1]) h[a * DETERMINANTS + b] -= t * hop(times, down[0], down[1]);
            if (a == b) h[a * DETERMINANTS + b] += U * __builtin_popcount(up[0] & down[0]);
        }
    assert_int_equal(LAPACKE_dsyev(LAPACK_COL_MAJOR, 'N', 'U', DETERMINANTS, h, DETERMINANTS, values), 0);
    return values[0];
}

/* Sites 0 1 / 2 3; `across` bonds in each row, one in each column. */
static void square(double across, double *times) {
    memset(times, 0, SITES * SITES * sizeof *times);
    times[0 * SITES + 1] = times[2 * SITES + 3] = across;
    times[0 * SITES + 2] = times[1 * SITES + 3] = 1;
}

/* ---- ensembles ---- */

static kw_ensemble_config config_of(int sites_x, int sites_y, bool twice) {
    return (kw_ensemble_config){.family = KW_FAMILY_HUBBARD,
                                .n_qubits = 2 * sites_x * sites_y,
                                .members = 6,
                                .coupling_min = 0.9,
                                .coupling_max = 1.1,
                                .periodic = true,
                                .twice = twice,
                                .sites_x = sites_x,
                                .sites_y = sites_y,
                                .interaction = U,
                                .seed = 5,
                                .lanczos_bytes = 1 << 30};
}

static double energy_of(const kw_ensemble_config *c, double t, kw_state *state) {
    kw_pauli terms[12 * 16];
    kw_observable *h = NULL;
    double energy;
    const kw_hubbard model = {c->sites_x, c->sites_y, t, c->interaction, c->periodic, c->twice};
    const size_t count = kw_hubbard_terms(&model, terms);
    assert_true(count <= (size_t)(12 * c->sites_x * c->sites_y));
    TEST_MUST(kw_observable_pauli_sum(c->n_qubits, terms, count, &h));
    TEST_MUST(kw_observable_expect(h, state, &energy));
    kw_observable_destroy(&h);
    return energy;
}

/* Eigenvalues of the mean density matrix of six members; energies at t = 0.9, 0.94, ... */
static void spectrum(const kw_ensemble_config *config, double *eigenvalues, double *energies) {
    enum { M = 6 };
    kw_ensemble *ensemble = NULL;
    kw_state *states[M];
    kw_complex overlaps[M * M] = {0};
    double weights[M];
    TEST_MUST(kw_ensemble_create(config, &ensemble));
    assert_int_equal(kw_ensemble_members(ensemble), M);
    for (int i = 0; i < M; ++i) {
        weights[i] = kw_ensemble_weight(ensemble, i);
        TEST_MUST(kw_state_create(test_world(), config->n_qubits, KW_DOUBLE, &states[i]));
        TEST_MUST(kw_ensemble_prepare(ensemble, i, states[i], NULL, 0));
        energies[i] = energy_of(config, 0.9 + 0.04 * i, states[i]);
    }
    for (int i = 0; i < M; ++i)
        for (int j = i; j < M; ++j) TEST_MUST(kw_state_inner(states[i], states[j], &overlaps[i * M + j]));
    TEST_MUST(kw_gram_spectrum(M, weights, overlaps, eigenvalues));
    for (int i = 0; i < M; ++i) kw_state_destroy(&states[i]);
    kw_ensemble_destroy(&ensemble);
}

static void near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance)) fail_msg("%.12g, expected %.12g", value, expected);
}

/* ---- tests ---- */

/* Two sites: covalent and ionic singlet, [[0, -2t], [-2t, U]], turned by an angle a; the mean over a has the eigenvalues
 * (1 +- |mean e^{2ia}|)/2. */
static void two_sites_have_a_closed_form(void **unused) {
    (void)unused;
    const double published[] = {3.72, 4.18}; /* -log10 of 1 - the largest eigenvalue */
    for (int twice = 0; twice < 2; ++twice) {
        const kw_ensemble_config c = config_of(2, 1, twice);
        double eigenvalues[6], energies[6], real = 0, imaginary = 0;
        spectrum(&c, eigenvalues, energies);
        for (int i = 0; i < 6; ++i) {
            const double t = (0.9 + 0.04 * i) * (twice ? 2 : 1), energy = (U - sqrt(U * U + 16 * t * t)) / 2;
            const double a = atan2(-energy, 2 * t);
            near(energies[i], energy, 1e-12);
            real += cos(2 * a) / 6;
            imaginary += sin(2 * a) / 6;
        }
        const double mean = sqrt(real * real + imaginary * imaginary);
        near(eigenvalues[0], (1 + mean) / 2, 1e-12);
        near(eigenvalues[1], (1 - mean) / 2, 1e-12);
        assert_true(eigenvalues[2] < 1e-14);
        near(-log10(eigenvalues[1]), published[twice], 5e-3);
    }
}

static void two_sites_spectrum(void **unused) {
    (void)unused;
    const kw_ensemble_config c = config_of(2, 1, false);
    double eigenvalues[6], energies[6];
    spectrum(&c, eigenvalues, energies);
    near(eigenvalues[0], 0.99981, 5e-6);
    near(eigenvalues[1], 1.89e-4, 5e-7);
}

static void four_sites_match_determinants(void **unused) {
    (void)unused;
    const double published[] = {3.76, 3.80};
    for (int twice = 0; twice < 2; ++twice) {
        const kw_ensemble_config c = config_of(2, 2, twice);
        double eigenvalues[6], energies[6], times[SITES * SITES];
        spectrum(&c, eigenvalues, energies);
        square(twice ? 2 : 1, times);
        for (int i = 0; i < 6; ++i) near(energies[i], determinant_energy(times, 0.9 + 0.04 * i), 1e-10);
        near(-log10(kw_optimum_error(eigenvalues, 6, 0)), published[twice], 5e-3);
        assert_true(kw_optimum_error(eigenvalues, 6, 3) == 0);
        if (twice) continue;
        near(eigenvalues[1], 1.76e-4, 5e-7);
        near(eigenvalues[2], 1.5e-8, 5e-10);
    }
}

/* A ring of four sites is a square, with its sites in another order; both ends of a chain are open. */
static void rings_and_chains(void **unused) {
    (void)unused;
    double eigenvalues[6], ring[6], energies[6], times[SITES * SITES] = {0};
    kw_ensemble_config c = config_of(4, 1, true);
    spectrum(&c, eigenvalues, ring);
    c = config_of(2, 2, false);
    spectrum(&c, eigenvalues, energies);
    for (int i = 0; i < 6; ++i) near(ring[i], energies[i], 1e-10);
    times[0 * SITES + 1] = times[1 * SITES + 2] = times[2 * SITES + 3] = 1;
    c = config_of(1, 4, true);
    spectrum(&c, eigenvalues, energies);
    for (int i = 0; i < 6; ++i) near(energies[i], determinant_energy(times, 0.9 + 0.04 * i), 1e-10);
}

/* Amplitudes are 0 unless half of the sites hold a spin up (even qubits) and half of them one down, even where U < 0 lowers
 * other fillings. */
static void fills_half(void **unused) {
    (void)unused;
    kw_ensemble_config c = config_of(2, 2, false);
    c.interaction = -6;
    kw_ensemble *ensemble = NULL;
    kw_state *state = NULL;
    char note[160] = "", label[64] = "";
    TEST_MUST(kw_ensemble_create(&c, &ensemble));
    TEST_MUST(kw_state_create(test_world(), 8, KW_DOUBLE, &state));
    TEST_MUST(kw_ensemble_prepare(ensemble, 1, state, note, sizeof note));
    assert_non_null(strstr(note, "Lanczos"));
    kw_ensemble_label(ensemble, 1, label, sizeof label);
    assert_string_equal(label, "t = 0.940");
    kw_complex *amplitudes = test_amplitudes(state);
    double norm = 0;
    for (unsigned i = 0; i < 256; ++i) {
        const double weight = creal(amplitudes[i] * conj(amplitudes[i]));
        norm += weight;
        if (__builtin_popcount(i & 0x55) != 2 || __builtin_popcount(i & 0xAA) != 2) assert_true(weight == 0);
    }
    near(norm, 1, 1e-12);
    free(amplitudes);
    kw_state_destroy(&state);
    kw_ensemble_destroy(&ensemble);
}

static void refuses(kw_ensemble_config c, const char *word) {
    kw_ensemble *ensemble = NULL;
    assert_int_equal(kw_ensemble_create(&c, &ensemble), KW_E_INPUT);
    assert_null(ensemble);
    if (!strstr(kw_error_message(), word)) fail_msg("'%s' does not name %s", kw_error_message(), word);
}

static void wrong_ladders_are_refused(void **unused) {
    (void)unused;
    kw_ensemble_config c = config_of(2, 2, false);
    c.n_qubits = 10;
    refuses(c, "data.qubits");
    refuses(config_of(3, 1, false), "data.sites_x");
    c = config_of(2, 1, false);
    c.sites_x = 0;
    refuses(c, "data.sites_x");
    c = config_of(2, 1, false);
    c.sites_y = 99;
    refuses(c, "data.sites_y");
    c = config_of(2, 1, false);
    c.interaction = INFINITY;
    refuses(c, "data.interaction");
    c = config_of(2, 1, false);
    c.coupling_min = 2;
    refuses(c, "data.coupling_min");
    /* nothing but Lanczos makes these */
    kw_ensemble *ensemble = NULL;
    kw_prepare_need need;
    kw_state *state = NULL;
    c = config_of(2, 2, false);
    c.lanczos_bytes = 100;
    TEST_MUST(kw_ensemble_create(&c, &ensemble));
    TEST_MUST(kw_state_create(test_world(), 8, KW_DOUBLE, &state));
    assert_int_equal(kw_ensemble_prepare_need(ensemble, 0, KW_DOUBLE, 1, &need), KW_E_INPUT);
    assert_int_equal(kw_ensemble_prepare(ensemble, 0, state, NULL, 0), KW_E_INPUT);
    assert_non_null(strstr(kw_error_message(), "data.lanczos_memory"));
    kw_state_destroy(&state);
    kw_ensemble_destroy(&ensemble);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_sites_have_a_closed_form),
        cmocka_unit_test(two_sites_spectrum),
        cmocka_unit_test(four_sites_match_determinants),
        cmocka_unit_test(rings_and_chains),
        cmocka_unit_test(fills_half),
        cmocka_unit_test(wrong_ladders_are_refused),
    };
    return TEST_RUN("hubbard", tests);
}
