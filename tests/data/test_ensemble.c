/* Families of states: ranks and optima known in closed form, through the Gram matrix; sampling, labels, errors, costs. */
#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "data/ensemble.h"
#include "data/gram.h"
#include "support/world.h"

#define MUST(call) assert_int_equal(call, KW_OK)
#define LAYERS     4

static const double paddle[] = {0.4, 0.2, 0.2, 0.1, 0.1, 0.0, 0.0, 0.0};

static kw_ensemble *create(kw_ensemble_config config) {
    kw_ensemble *ensemble = NULL;
    config.scramble_layers = LAYERS;
    config.adiabatic_steps = 2;
    if (config.family == KW_FAMILY_SPECTRUM) {
        config.spectrum = paddle;
        config.spectrum_count = sizeof paddle / sizeof *paddle;
    }
    if (kw_ensemble_create(&config, &ensemble)) fail_msg("%s", kw_error_message());
    return ensemble;
}

/* Whether a two-qubit gate fits beside the rank bits. */
static bool fits(int n) { return (n < 62 && (1 << n) / kw_comm_size(test_world()) >= 4); }

static double *spectrum_of(const kw_ensemble *ensemble, int n) {
    const int members = kw_ensemble_members(ensemble);
    const size_t m = (size_t)members;
    kw_state **states = calloc(m, sizeof *states);
    kw_complex *overlaps = calloc(m * m, sizeof *overlaps);
    double *weights = calloc(m, sizeof *weights), *eigenvalues = calloc(m, sizeof *eigenvalues);
    for (size_t i = 0; i < m; ++i) {
        weights[i] = kw_ensemble_weight(ensemble, (int)i);
        MUST(kw_state_create(test_world(), n, KW_DOUBLE, &states[i]));
        MUST(kw_ensemble_prepare(ensemble, (int)i, states[i], NULL, 0));
        assert_true(fabs(kw_state_norm2(states[i]) - 1.0) < 1e-12);
    }
    for (size_t i = 0; i < m; ++i)
        for (size_t j = i; j < m; ++j) MUST(kw_state_inner(states[i], states[j], &overlaps[i * m + j]));
    MUST(kw_gram_spectrum(members, weights, overlaps, eigenvalues));
    for (size_t i = 0; i < m; ++i) kw_state_destroy(&states[i]);
    free(weights);
    free(overlaps);
    free(states);
    return eigenvalues;
}

typedef struct {
    const char *what;
    kw_ensemble_config config;
    int rank;
    double optimum[6]; /* for 0, 1, ... latent qubits; 0 ends the list */
} known;

#define OF(kind, n, m, mode) .family = KW_FAMILY_##kind, .n_qubits = n, .members = m, .sampling = KW_SAMPLING_##mode

static const known families[] = {
    {"ghz-angle, quadrature", {OF(GHZ_ANGLE, 5, 0, QUADRATURE)}, 2, {0.5, 1.0}},
    {"ghz-angle, 9 angles", {OF(GHZ_ANGLE, 16, 9, GRID)}, 2, {0.5, 1.0}},
    {"ghz-phase, quadrature", {OF(GHZ_PHASE, 16, 0, QUADRATURE)}, 2, {0.5, 1.0}},
    {"ghz-phase, 5 phases", {OF(GHZ_PHASE, 4, 5, GRID)}, 2, {0.5, 1.0}},
    {"w-phase n = 6", {OF(W_PHASE, 6, 0, QUADRATURE)}, 6, {1.0 / 6, 2.0 / 6, 4.0 / 6, 1.0}},
    {"w-phase n = 16", {OF(W_PHASE, 16, 0, QUADRATURE)}, 16, {1.0 / 16, 1.0 / 8, 0.25, 0.5, 1.0}},
    {"w-phase n = 5, 10 phases", {OF(W_PHASE, 5, 10, GRID)}, 5, {0.2, 0.4, 0.8, 1.0}},
    {"w-graded n = 6", {OF(W_GRADED, 6, 0, QUADRATURE)}, 6, {6.0 / 21, 11.0 / 21, 18.0 / 21, 1.0}},
    {"dicke-phase n = 6, w = 3", {OF(DICKE_PHASE, 6, 0, QUADRATURE), .weight = 3}, 20, {0.05, 0.1, 0.2, 0.4, 0.8, 1.0}},
    {"dicke-phase n = 8, w = 2",
     {OF(DICKE_PHASE, 8, 0, QUADRATURE), .weight = 2},
     28,
     {1.0 / 28, 2.0 / 28, 4.0 / 28, 8.0 / 28}},
    {"cerezo", {OF(CEREZO, 11, 0, GRID)}, 2, {2.0 / 3, 1.0}},
    {"identical n = 4", {OF(IDENTICAL, 4, 0, QUADRATURE)}, 5, {0.2, 0.4, 0.8, 1.0}},
    {"identical n = 9", {OF(IDENTICAL, 9, 0, QUADRATURE)}, 10, {0.1, 0.2, 0.4, 0.8, 1.0}},
    {"stabilizer [[7, 3]]", {OF(STABILIZER, 7, 0, GRID), .logical = 3, .seed = 5}, 8, {0.125, 0.25, 0.5, 1.0}},
    {"spectrum (Paddle Quantum tutorial)", {OF(SPECTRUM, 4, 0, GRID), .seed = 9}, 5, {0.4, 0.6, 0.9, 1.0}},
    {"one Haar-random state", {OF(RANDOM, 9, 1, RANDOM), .seed = 2}, 1, {1.0}},
};

static void test_known_optima(void **unused) {
    (void)unused;
    for (size_t f = 0; f < sizeof families / sizeof *families; ++f) {
        const known *k = &families[f];
        if (!fits(k->config.n_qubits)) continue;
        kw_ensemble *ensemble = create(k->config);
        const int members = kw_ensemble_members(ensemble);
        double *eigenvalues = spectrum_of(ensemble, k->config.n_qubits);
        int rank = 0;
        for (int i = 0; i < members; ++i) rank += eigenvalues[i] > 1e-10;
        if (rank != k->rank) fail_msg("%s: rank %d, expected %d", k->what, rank, k->rank);
        for (int latent = 0; latent < 6 && k->optimum[latent] > 0.0; ++latent) {
            const double optimum = kw_optimum(eigenvalues, members, latent),
                         error = kw_optimum_error(eigenvalues, members, latent);
            if (fabs(optimum - k->optimum[latent]) > 1e-10 || fabs(error - (1.0 - k->optimum[latent])) > 1e-10)
                fail_msg("%s: optimum %.15g at %d latent qubits, expected %.15g", k->what, optimum, latent,
                         k->optimum[latent]);
        }
        free(eigenvalues);
        kw_ensemble_destroy(&ensemble);
    }
}

/* More random states than dimensions span the space: C(6, 2) = 15 in the sector, 2^4 without. */
static void test_random_ranks(void **unused) {
    (void)unused;
    const kw_ensemble_config configs[] = {{OF(SECTOR, 6, 20, RANDOM), .weight = 2, .seed = 3},
                                          {OF(RANDOM, 4, 20, RANDOM), .seed = 3}};
    const int ranks[] = {15, 16};
    for (int f = 0; f < 2; ++f) {
        kw_ensemble *ensemble = create(configs[f]);
        double *eigenvalues = spectrum_of(ensemble, configs[f].n_qubits);
        assert_true(eigenvalues[ranks[f] - 1] > 1e-4);
        assert_true(eigenvalues[ranks[f]] < 1e-14);
        assert_true(kw_optimum_error(eigenvalues, 20, 4) < 1e-14);
        free(eigenvalues);
        kw_ensemble_destroy(&ensemble);
    }
}

/* Every family, every sampling: the world's state is that of one process. */
static void test_rank_independence(void **unused) {
    (void)unused;
    enum { N = 6 };
    uint64_t indices[1 << N];
    kw_complex here[1 << N], alone[1 << N];
    kw_state *state = NULL, *one = NULL;
    for (uint64_t i = 0; i < 1 << N; ++i) indices[i] = i;
    MUST(kw_state_create(test_world(), N, KW_DOUBLE, &state));
    MUST(kw_state_create(kw_comm_self(), N, KW_DOUBLE, &one));
    for (int f = 0; f < KW_FAMILY_FILES; ++f)
        for (int mode = KW_SAMPLING_GRID; mode <= KW_SAMPLING_RANDOM; ++mode) {
            if (f == KW_FAMILY_HUBBARD) continue; /* not on 6 qubits: test_hubbard */
            kw_ensemble *ensemble = create((kw_ensemble_config){.family = (kw_family)f,
                                                                .n_qubits = N,
                                                                .members = 4,
                                                                .sampling = (kw_sampling)mode,
                                                                .seed = 11,
                                                                .weight = 2,
                                                                .logical = 2,
                                                                .coupling_min = 0.5,
                                                                .coupling_max = 1.5,
                                                                .lanczos_bytes = 1 << 20});
            const int last = kw_ensemble_members(ensemble) - 1;
            MUST(kw_ensemble_prepare(ensemble, last, state, NULL, 0));
            MUST(kw_ensemble_prepare(ensemble, last, one, NULL, 0));
            MUST(kw_state_amplitudes(state, indices, 1 << N, here));
            MUST(kw_state_amplitudes(one, indices, 1 << N, alone));
            for (int i = 0; i < 1 << N; ++i)
                if (cabs(here[i] - alone[i]) > 1e-12) fail_msg("family %d, sampling %d: amplitude %d differs", f, mode, i);
            kw_ensemble_destroy(&ensemble);
        }
    kw_state_destroy(&one);
    kw_state_destroy(&state);
}

static void test_amplitudes(void **unused) {
    (void)unused;
    kw_state *state = NULL;
    const uint64_t ones[] = {1, 2, 4, 8, 16, 3}, strings[] = {7, 11, 13, 14, 19, 21};
    kw_complex amplitude[6];
    MUST(kw_state_create(test_world(), 5, KW_DOUBLE, &state));
    kw_ensemble *w = create((kw_ensemble_config){OF(W_PHASE, 5, 8, GRID)});
    MUST(kw_ensemble_prepare(w, 3, state, NULL, 0));
    MUST(kw_state_amplitudes(state, ones, 6, amplitude));
    for (int j = 0; j < 5; ++j) assert_true(cabs(amplitude[j] - cexp(I * j * 6.0 * acos(-1.0) / 8.0) / sqrt(5.0)) < 1e-14);
    assert_true(cabs(amplitude[5]) == 0.0);
    kw_ensemble *dicke = create((kw_ensemble_config){OF(DICKE_PHASE, 5, 20, GRID), .weight = 3});
    MUST(kw_ensemble_prepare(dicke, 3, state, NULL, 0));
    MUST(kw_state_amplitudes(state, strings, 6, amplitude));
    for (int j = 0; j < 6; ++j) assert_true(cabs(amplitude[j] - cexp(I * j * 6.0 * acos(-1.0) / 20.0) / sqrt(10.0)) < 1e-14);
    kw_ensemble_destroy(&dicke);
    kw_ensemble_destroy(&w);
    kw_state_destroy(&state);
}

static void test_files(void **unused) {
    (void)unused;
    char path[64];
    snprintf(path, sizeof path, "test_ensemble_%d.h5", kw_comm_size(test_world()));
    const char *files[] = {path, path};
    kw_state *state = NULL, *copy = NULL;
    kw_complex overlap = 0.0;
    char label[64];
    MUST(kw_state_create(test_world(), 6, KW_DOUBLE, &state));
    MUST(kw_state_create(test_world(), 6, KW_DOUBLE, &copy));
    kw_ensemble *random = create((kw_ensemble_config){OF(RANDOM, 6, 1, RANDOM)});
    MUST(kw_ensemble_prepare(random, 0, state, NULL, 0));
    MUST(kw_state_save(state, path));
    kw_ensemble *ensemble = create((kw_ensemble_config){OF(FILES, 6, 0, GRID), .files = files, .file_count = 2});
    assert_int_equal(kw_ensemble_members(ensemble), 2);
    kw_ensemble_label(ensemble, 1, label, sizeof label);
    assert_string_equal(label, path);
    MUST(kw_ensemble_prepare(ensemble, 1, copy, NULL, 0));
    MUST(kw_state_inner(state, copy, &overlap));
    assert_true(cabs(overlap - 1.0) < 1e-14);
    kw_ensemble_destroy(&ensemble);
    kw_ensemble_destroy(&random);
    kw_state_destroy(&copy);
    kw_state_destroy(&state);
    if (kw_comm_rank(test_world()) == 0) unlink(path);
}

static void test_labels(void **unused) {
    (void)unused;
    const struct {
        kw_ensemble_config config;
        const char *label;
    } cases[] = {{{OF(GHZ_PHASE, 4, 8, GRID)}, "phi = 0.785"},
                 {{OF(GHZ_ANGLE, 4, 4, GRID)}, "a = 0.785"},
                 {{OF(STABILIZER, 4, 0, GRID), .logical = 2}, "codeword 1"},
                 {{OF(SPECTRUM, 4, 0, GRID)}, "eigenvector 1"},
                 {{OF(RANDOM, 4, 2, RANDOM)}, "random 1"},
                 {{OF(SECTOR, 4, 2, RANDOM), .weight = 1}, "sector 1"},
                 {{OF(TFIM, 4, 3, GRID), .coupling_max = 1.0}, "h = 0.500"},
                 {{OF(HEISENBERG, 4, 3, GRID), .coupling_max = 1.0}, "Delta = 0.500"}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        char label[64];
        kw_ensemble *ensemble = create(cases[k].config);
        kw_ensemble_label(ensemble, 1, label, sizeof label);
        assert_string_equal(label, cases[k].label);
        double sum = 0.0;
        for (int i = 0; i < kw_ensemble_members(ensemble); ++i) sum += kw_ensemble_weight(ensemble, i);
        assert_true(fabs(sum - 1.0) < 1e-14);
        kw_ensemble_destroy(&ensemble);
    }
}

static void test_bad_input(void **unused) {
    (void)unused;
    const double negative[] = {0.5, -0.5};
    const struct {
        kw_ensemble_config config;
        const char *key;
    } cases[] = {
        {{OF(GHZ_ANGLE, 0, 4, GRID)}, "data.qubits"},
        {{OF(RANDOM, 63, 4, GRID)}, "data.qubits"},
        {{OF(RANDOM, 4, 0, GRID)}, "data.members"},
        {{OF(RANDOM, 4, 4, QUADRATURE)}, "data.sampling"},
        {{OF(TFIM, 4, 4, QUADRATURE), .adiabatic_steps = 1}, "data.sampling"},
        {{OF(DICKE_PHASE, 60, 0, QUADRATURE), .weight = 30}, "data.sampling"},
        {{OF(DICKE_PHASE, 4, 4, GRID), .weight = 5}, "data.weight = 5: expected 0..4"},
        {{OF(SECTOR, 4, 4, GRID), .weight = -1}, "data.weight"},
        {{OF(CEREZO, 2, 0, GRID)}, "data.qubits"},
        {{OF(STABILIZER, 4, 0, GRID), .logical = 5, .scramble_layers = 1}, "data.logical"},
        {{OF(STABILIZER, 4, 0, GRID), .logical = 2}, "data.scramble_layers"},
        {{OF(SPECTRUM, 4, 0, GRID), .scramble_layers = 1}, "data.spectrum"},
        {{OF(SPECTRUM, 4, 0, GRID), .scramble_layers = 1, .spectrum = negative, .spectrum_count = 2}, "data.spectrum"},
        {{OF(SPECTRUM, 2, 0, GRID), .scramble_layers = 1, .spectrum = paddle, .spectrum_count = 8}, "data.spectrum"},
        {{OF(TFIM, 4, 4, GRID), .coupling_min = 2.0, .coupling_max = 1.0}, "data.coupling_min"},
        {{OF(TFIM, 4, 4, GRID), .coupling_min = -1.0, .coupling_max = 1.0}, "data.coupling_min"},
        {{OF(TFIM, 4, 4, GRID), .coupling_max = 1.0}, "data.adiabatic_steps"},
        {{OF(HEISENBERG, 1, 4, GRID), .coupling_max = 1.0}, "data.qubits"},
        {{OF(FILES, 4, 0, GRID)}, "data.files"}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        kw_ensemble *ensemble = NULL;
        assert_int_equal(kw_ensemble_create(&cases[k].config, &ensemble), KW_E_INPUT);
        assert_null(ensemble);
        if (!strstr(kw_error_message(), cases[k].key))
            fail_msg("case %zu does not name %s: %s", k, cases[k].key, kw_error_message());
    }
}

/* Traffic and counted memory of preparing a member are those foretold. */
static void test_costs(void **unused) {
    (void)unused;
    const int size = kw_comm_size(test_world());
    const kw_ensemble_config configs[] = {
        {OF(STABILIZER, 9, 0, GRID), .logical = 2},
        {OF(SPECTRUM, 9, 0, GRID)},
        {OF(CIRCUIT, 9, 3, GRID)},
        {OF(W_PHASE, 9, 4, GRID)},
        {OF(TFIM, 9, 1, GRID), .coupling_min = 0.7, .coupling_max = 0.7},
        {OF(HEISENBERG, 9, 1, GRID), .coupling_min = 0.7, .coupling_max = 0.7},
        {OF(TFIM, 9, 1, GRID), .coupling_min = 0.7, .coupling_max = 0.7, .lanczos_bytes = 1 << 30},
        {OF(HEISENBERG, 5, 1, GRID), .coupling_min = 0.7, .coupling_max = 0.7, .lanczos_bytes = 1 << 30}};
    for (size_t k = 0; k < sizeof configs / sizeof *configs; ++k) {
        kw_ensemble *ensemble = create(configs[k]);
        kw_state *state = NULL;
        kw_prepare_need foretold;
        MUST(kw_state_create(test_world(), configs[k].n_qubits, KW_DOUBLE, &state));
        const uint64_t before = kw_memory_now();
        kw_memory_peak_reset();
        MUST(kw_ensemble_prepare(ensemble, 0, state, NULL, 0));
        const uint64_t taken = kw_memory_peak() - before;
        MUST(kw_ensemble_prepare_need(ensemble, 0, KW_DOUBLE, size, &foretold));
        assert_int_equal(taken, foretold.bytes);
        assert_int_equal(kw_memory_now() - before, foretold.kept);
        assert_int_equal(foretold.traffic_known, configs[k].lanczos_bytes == 0 || size == 1);
        if (foretold.traffic_known) {
            assert_int_equal(kw_state_traffic(state).exchanges, foretold.traffic.exchanges);
            assert_int_equal(kw_state_traffic(state).bytes, foretold.traffic.bytes);
        }
        kw_state_destroy(&state);
        kw_ensemble_destroy(&ensemble);
        assert_true(kw_memory_now() <= before);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_optima), cmocka_unit_test(test_random_ranks), cmocka_unit_test(test_rank_independence),
        cmocka_unit_test(test_amplitudes),   cmocka_unit_test(test_labels),       cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_costs),        cmocka_unit_test(test_files)};
    return test_run("ensemble", tests, sizeof tests / sizeof *tests);
}
