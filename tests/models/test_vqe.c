/* The variational eigensolver against theory: closed forms, dense diagonalisation, known QAOA ratios; its forecast; resume.
 */
#include <lapacke.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/hamiltonian.h"
#include "data/lanczos.h"
#include "ketwall/ground.h"
#include "models/vqe_internal.h"
#include "support/dense.h"
#include "support/folder.h"
#include "support/run.h"
#include "support/world.h"

#define MEMORY "run.memory_per_rank=256MiB "

static bool is_root(void) { return kw_comm_rank(test_world()) == 0; }

static kw_config *configure(const char *words) {
    char copy[1024], *rest = NULL;
    kw_config *config = NULL;
    if (snprintf(copy, sizeof copy, "%s", words) >= (int)sizeof copy) abort();
    TEST_MUST(kw_config_create(kw_vqe_options, kw_vqe_option_count, &config));
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        TEST_MUST(kw_config_set(config, word));
    return config;
}

static kw_status run_in(const char *folder, const char *words, const char *resume, json_t **result) {
    char all[1024];
    snprintf(all, sizeof all, MEMORY "%s run.dir=%s", words, test_in_folder(folder));
    kw_config *config = configure(all);
    const kw_training_request request = {.resume = resume, .mpi = "none", .command = "test"};
    const kw_status status = kw_vqe_run(test_world(), config, &request, result);
    kw_config_destroy(&config);
    return status;
}

/* On rank 0 the result, elsewhere NULL. */
static json_t *run(const char *words) {
    static int runs;
    char folder[16];
    json_t *result = NULL;
    snprintf(folder, sizeof folder, "run%d", runs++);
    TEST_MUST(run_in(folder, words, NULL, &result));
    assert_int_equal(result != NULL, is_root());
    return result;
}

static double number(const json_t *result, const char *name) {
    const json_t *value = json_object_get(result, name);
    if (!json_is_number(value)) fail_msg("%s is no number", name);
    return json_number_value(value);
}

static const char *file(const char *name, const char *text) {
    const char *path = test_in_folder(name);
    if (is_root()) {
        FILE *out = fopen(path, "w");
        if (!out || fputs(text, out) == EOF || fclose(out)) fail_msg("cannot write %s", path);
    }
    (void)kw_comm_agree(test_world(), KW_OK); /* the others wait */
    return path;
}

/* ---- bounds ---- */

/* Lowest eigenvalue by LAPACK's complex solver, from the independent reference. */
static double dense_ground(int n, const kw_pauli *terms, size_t count) {
    const size_t d = (size_t)1 << n; /* OpenBLAS 0.3.21 reads a little beyond its matrices: 64 more */
    kw_complex *matrix = calloc(d * d + 64, sizeof *matrix), *unit = calloc(d, sizeof *unit);
    double *values = malloc(d * sizeof *values);
    for (size_t j = 0; j < d; ++j) {
        unit[j] = 1;
        for (size_t t = 0; t < count; ++t)
            dense_add_pauli(matrix + j * d, unit, n, terms[t].coefficient, terms[t].x, terms[t].z);
        unit[j] = 0;
    }
    assert_int_equal(LAPACKE_zheevd(LAPACK_COL_MAJOR, 'N', 'U', (lapack_int)d, matrix, (lapack_int)d, values), 0);
    const double lowest = values[0];
    free(matrix);
    free(unit);
    free(values);
    return lowest;
}

/* Real, complex and diagonal sums, below and above the size from which Lanczos takes over. */
static void exact_energies_are_those_of_dense_matrices(void **unused) {
    (void)unused;
    uint64_t seed = 5;
    for (int n = 3; n <= 8; ++n)
        for (int kind = 0; kind < 3; ++kind) {
            kw_pauli terms[24];
            kw_ground found;
            for (int t = 0; t < 24; ++t) {
                const uint64_t all = ((uint64_t)1 << n) - 1;
                terms[t] = (kw_pauli){2 * dense_uniform(&seed) - 1, dense_bits(&seed) & all, dense_bits(&seed) & all};
                if (kind == 0) terms[t].x = 0;
                if (kind == 1 && __builtin_parityll(terms[t].x & terms[t].z)) terms[t].z ^= terms[t].x & -terms[t].x;
            }
            TEST_MUST(kw_ground_energy(test_world(), n, terms, 24, 1, &found));
            const double expected = dense_ground(n, terms, 24);
            if (fabs(found.energy - expected) > 1e-9)
                fail_msg("n = %d, kind %d: %.12g, not %.12g", n, kind, found.energy, expected);
        }
}

/* Ising ring: all spins alike, tilted by sin(angle) = h/2 up to h = 2, then along the field. */
static void product_states_reach_the_mean_field(void **unused) {
    (void)unused;
    static const double fields[] = {0.0, 0.3, 1.0, 1.9, 2.5};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; ++i) {
        kw_pauli terms[16];
        double energy;
        const double h = fields[i], expected = h < 2 ? -8 * (1 + h * h / 4) : -8 * h;
        const size_t count = kw_tfim_terms(8, h, true, terms);
        TEST_MUST(kw_product_energy(8, terms, count, 1, &energy));
        if (fabs(energy - expected) > 1e-9) fail_msg("h = %g: %.12g, not %.12g", h, energy, expected);
    }
}

/* ---- runs ---- */

/* QAOA of n/2 layers holds the ground state of the Ising ring (free fermions). */
static void ising_ring_is_solved_exactly(void **unused) {
    (void)unused;
    json_t *result = run("vqe.hamiltonian=tfim vqe.qubits=8 vqe.coupling=1 ansatz.name=qaoa ansatz.layers=4 "
                         "train.optimiser=lbfgs train.steps=300");
    if (!result) return;
    double expected;
    TEST_MUST(kw_tfim_energy(8, 1.0, true, &expected));
    assert_true(fabs(number(result, "exact_energy") - expected) < 1e-10);
    assert_true(fabs(number(result, "energy") - expected) < 1e-9);
    assert_true(fabs(number(result, "gap")) < 1e-9);
    assert_true(number(result, "variance") < 1e-8);
    assert_true(fabs(number(result, "product_energy") + 10) < 1e-9);
    json_decref(result);
}

/* The ring of disagrees: p layers cut (2p+1)/(2p+2) of an even ring (Farhi et al. 2014, arXiv 1411.4028, Section III). */
static void maxcut_of_a_ring_reaches_the_known_ratios(void **unused) {
    (void)unused;
    const char *edges = file("ring.txt", "0 1\n1 2\n2 3\n3 4\n4 5\n5 6\n6 7\n7 8 1.0\n8 9\n9 0 # the last one\n");
    for (int p = 1; p <= 2; ++p) {
        char words[600];
        snprintf(words, sizeof words,
                 "vqe.hamiltonian=maxcut vqe.file=%s ansatz.name=qaoa ansatz.layers=%d ansatz.start=small "
                 "train.optimiser=lbfgs train.steps=200 run.seed=2",
                 edges, p);
        json_t *result = run(words);
        if (!result) continue;
        const double ratio = -number(result, "energy") / 10;
        assert_int_equal((int)number(result, "qubits"), 10);
        assert_true(fabs(number(result, "exact_energy") + 10) < 1e-12);
        assert_true(fabs(number(result, "product_energy") + 10) < 1e-9);
        if (fabs(ratio - (2 * p + 1) / (2.0 * p + 2)) > 1e-6) fail_msg("p = %d: ratio %.9f", p, ratio);
        const json_t *best = json_object_get(result, "best_sample");
        const char *bits = json_string_value(json_object_get(best, "bits"));
        int cut = 0;
        for (int i = 0; i < 10; ++i) cut += bits[i] != bits[(i + 1) % 10];
        assert_true(fabs(number(best, "energy") + cut) < 1e-12);
        assert_true(cut >= 8);
        json_decref(result);
    }
}

/* H2, STO-3G, 0.735 Angstrom, parity mapping to two qubits: coefficients of Qiskit's tutorials, electronic ground-state
 * energy -1.857275 Hartree. */
static void hydrogen_molecule_from_a_file(void **unused) {
    (void)unused;
    const char *sum = file("h2.pauli", "-1.052373245772859 II\n0.39793742484318045 IZ\n-0.39793742484318045 ZI\n"
                                       "-0.01128010425623538 ZZ\n0.18093119978423156 XX\n");
    char words[600];
    snprintf(words, sizeof words, "vqe.hamiltonian=file vqe.file=%s ansatz.layers=1 train.optimiser=lbfgs train.steps=100",
             sum);
    if (kw_comm_size(test_world()) > 1) return; /* two qubits */
    json_t *result = run(words);
    assert_true(fabs(number(result, "energy") + 1.857275030202) < 1e-9);
    assert_true(number(result, "product_energy") > number(result, "exact_energy") + 0.01);
    json_decref(result);
}

/* A circuit of two parameters from a file: <Z0 Z1 ...> falls to its minimum; the reference state is where it starts. */
static void circuits_from_files_are_trained(void **unused) {
    (void)unused;
    const char *sum = file("z.pauli", "1 Z0\n0.5 Z1\n2 Z0 Z3\n");
    const char *circuit = file("two.qasm", "OPENQASM 2.0;\ninclude \"qelib1.inc\";\n"
                                           "gate ansatz(a, b) p, q, r, s { ry(2*a) p; rx(b) q; cx q, r; }\n");
    char words[900];
    snprintf(words, sizeof words,
             "vqe.hamiltonian=file vqe.file=%s ansatz.file=%s vqe.reference=0001 ansatz.start=small train.steps=0 "
             "vqe.exact=no",
             sum, circuit);
    json_t *start = run(words);
    snprintf(words, sizeof words,
             "vqe.hamiltonian=file vqe.file=%s ansatz.file=%s vqe.reference=0001 train.optimiser=lbfgs train.steps=60 "
             "ansatz.start=small ansatz.start_width=0.5",
             sum, circuit);
    json_t *end = run(words);
    if (!start) return;
    assert_true(json_is_null(json_object_get(start, "exact_energy")));
    assert_true(number(start, "energy") < -2.0); /* near 0001: -1 + 0.5 - 2 */
    assert_int_equal((int)number(end, "parameters"), 2);
    assert_true(fabs(number(end, "energy") + 3.5) < 1e-9);
    assert_true(fabs(number(end, "exact_energy") + 3.5) < 1e-12);
    json_decref(start);
    json_decref(end);
}

/* ---- shots ---- */

static void measured_energies_scatter_about_the_exact_one(void **unused) {
    (void)unused;
    enum { SHOTS = 400, TIMES = 200 };
    kw_config *source = configure("vqe.qubits=6 vqe.coupling=0.7 ansatz.name=hea train.optimiser=spsa train.shots=400");
    kw_vqe_config config;
    kw_vqe_forecast forecast;
    kw_vqe *q = NULL;
    TEST_MUST(kw_vqe_config_parse(source, &config));
    TEST_MUST(kw_vqe_foretell(&config, kw_comm_size(test_world()), (uint64_t)1 << 28, &forecast));
    TEST_MUST(kw_vqe_create(test_world(), &config, &forecast, &q));
    double *theta = malloc((size_t)forecast.parameters * sizeof *theta), exact, unused_variance, again, first;
    uint64_t seed = 3;
    for (int i = 0; i < forecast.parameters; ++i) theta[i] = 6 * dense_uniform(&seed);
    TEST_MUST(kw_vqe_evaluate(q, theta, &exact, &unused_variance));
    assert_true(isnan(unused_variance)); /* no second state without gradients */
    double variance = 0, mean = 0, square = 0;
    for (size_t t = 0; t < config.n_terms; ++t) {
        double p;
        TEST_MUST(kw_observable_expect(q->strings[t], q->ket, &p));
        variance += config.terms[t].coefficient * config.terms[t].coefficient * (1 - p * p) / SHOTS;
    }
    for (uint64_t i = 0; i < TIMES; ++i) {
        double f;
        TEST_MUST(kw_vqe_value(q, i, theta, &f));
        mean += f / TIMES;
        square += (f - exact) * (f - exact) / TIMES;
    }
    TEST_MUST(kw_vqe_value(q, 0, theta, &first));
    TEST_MUST(kw_vqe_value(q, 0, theta, &again));
    assert_true(first == again);
    if (fabs(mean - exact) > 5 * sqrt(variance / TIMES)) fail_msg("mean %.6f, exact %.6f", mean, exact);
    if (fabs(square / variance - 1) > 5 * sqrt(2.0 / TIMES)) fail_msg("variance %.3e, expected %.3e", square, variance);
    free(theta);
    kw_vqe_destroy(&q);
    kw_vqe_config_clear(&config);
    kw_config_destroy(&source);
}

/* ---- forecast and resume ---- */

static void runs_cost_what_was_foretold(void **unused) {
    (void)unused;
    const char *edges = file("graph.txt", "0 1\n1 2 2\n0 3\n2 4\n4 5 0.5\n5 6\n");
    char maxcut[600];
    snprintf(maxcut, sizeof maxcut, "vqe.hamiltonian=maxcut vqe.file=%s ansatz.name=ry-cnot train.steps=5", edges);
    const char *const cases[] = {
        "vqe.qubits=8 train.steps=7 train.evaluate_every=3 vqe.exact=no",
        "vqe.qubits=9 train.steps=4 run.precision=single vqe.exact=no vqe.hamiltonian=heisenberg",
        "vqe.qubits=7 train.steps=3 train.optimiser=spsa train.shots=20 vqe.exact=no train.evaluate_every=2",
        "vqe.qubits=8 train.steps=3 vqe.exact=no run.precision=s8 run.max_infidelity=0",
        "vqe.qubits=9 train.steps=4 run.precision=s16 vqe.exact=no vqe.hamiltonian=heisenberg",
        maxcut,
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char words[800];
        snprintf(words, sizeof words, MEMORY "%s", cases[i]);
        kw_config *source = configure(words);
        kw_vqe_config config;
        kw_vqe_forecast f;
        TEST_MUST(kw_vqe_config_parse(source, &config));
        TEST_MUST(kw_vqe_foretell(&config, kw_comm_size(test_world()), config.training.memory_per_rank, &f));
        assert_true(f.run_known && f.fits);
        json_t *result = run(cases[i]);
        if (result) {
            const uint64_t got[] = {(uint64_t)number(result, "exchanges"), (uint64_t)number(result, "bytes_exchanged"),
                                    (uint64_t)number(result, "peak_bytes_per_rank")};
            if (got[0] != f.run.exchanges || got[1] != f.run.bytes_exchanged || got[2] != f.run.peak_bytes)
                fail_msg("%s: %llu %llu %llu, foretold %llu %llu %llu", cases[i], (unsigned long long)got[0],
                         (unsigned long long)got[1], (unsigned long long)got[2], (unsigned long long)f.run.exchanges,
                         (unsigned long long)f.run.bytes_exchanged, (unsigned long long)f.run.peak_bytes);
            json_decref(result);
        }
        kw_vqe_config_clear(&config);
        kw_config_destroy(&source);
    }
}

static void pieces_end_where_the_whole_does(void **unused) {
    (void)unused;
    static const char *const cases[] = {"vqe.qubits=6 train.steps=9",
                                        "vqe.qubits=6 train.steps=6 train.optimiser=spsa train.shots=50",
                                        "vqe.qubits=6 train.steps=12 train.optimiser=lbfgs"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char folder[32], words[300];
        json_t *whole = run(cases[i]), *result = NULL;
        kw_status status = KW_E_STOPPED;
        snprintf(folder, sizeof folder, "pieces%zu", i);
        snprintf(words, sizeof words, "%s run.max_wall_s=1e-9", cases[i]);
        for (int piece = 0; piece < 40 && status == KW_E_STOPPED; ++piece) status = run_in(folder, words, "auto", &result);
        assert_int_equal(status, KW_OK);
        if (!whole) continue;
        assert_true(number(whole, "energy") == number(result, "energy"));
        assert_int_equal((int)number(whole, "steps"), (int)number(result, "steps"));
        json_decref(whole);
        json_decref(result);
    }
}

static void mistakes_name_the_key(void **unused) {
    (void)unused;
    const char *empty = file("empty.txt", "# nothing\n"), *loop = file("loop.txt", "0 1\n2 2\n"),
               *word = file("word.txt", "0 b\n");
    const char *y = file("y.pauli", "1 Y0\n1 X1\n");
    char from[4][600];
    snprintf(from[0], sizeof from[0], "vqe.hamiltonian=maxcut vqe.file=%s", empty);
    snprintf(from[1], sizeof from[1], "vqe.hamiltonian=maxcut vqe.file=%s", loop);
    snprintf(from[2], sizeof from[2], "vqe.hamiltonian=maxcut vqe.file=%s", word);
    snprintf(from[3], sizeof from[3], "vqe.hamiltonian=file vqe.file=%s ansatz.name=qaoa", y);
    const struct {
        const char *words, *what;
    } cases[] = {
        {"vqe.hamiltonian=tfim", "vqe.qubits"},
        {"vqe.hamiltonian=file", "vqe.file"},
        {"vqe.qubits=4 vqe.file=x", "reads no file"},
        {"vqe.qubits=4 vqe.reference=010", "vqe.reference"},
        {"vqe.qubits=4 vqe.reference=0102", "vqe.reference"},
        {"vqe.hamiltonian=file vqe.file=/nowhere/x.pauli", "/nowhere/x.pauli"},
        {"vqe.qubits=4 ansatz.file=/nowhere/x.qasm", "/nowhere/x.qasm"},
        {"vqe.qubits=4 train.shots=10", "train.shots"},
        {from[0], "no edge"},
        {from[1], ":2:"},
        {from[2], ":1:"},
        {from[3], "qaoa"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        json_t *result = NULL;
        assert_int_equal(run_in("never", cases[i].words, NULL, &result), KW_E_INPUT);
        assert_null(result);
        if (!strstr(kw_error_message(), cases[i].what)) fail_msg("%s: unhelpful: %s", cases[i].words, kw_error_message());
    }
    json_t *result = NULL;
    assert_int_equal(run_in("never", "vqe.qubits=20 run.memory_per_rank=1MiB", NULL, &result), KW_E_FIT);
    assert_null(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_energies_are_those_of_dense_matrices),
        cmocka_unit_test(product_states_reach_the_mean_field),
        TEST_IN_FOLDER(ising_ring_is_solved_exactly),
        TEST_IN_FOLDER(maxcut_of_a_ring_reaches_the_known_ratios),
        TEST_IN_FOLDER(hydrogen_molecule_from_a_file),
        TEST_IN_FOLDER(circuits_from_files_are_trained),
        cmocka_unit_test(measured_energies_scatter_about_the_exact_one),
        TEST_IN_FOLDER(runs_cost_what_was_foretold),
        TEST_IN_FOLDER(pieces_end_where_the_whole_does),
        TEST_IN_FOLDER(mistakes_name_the_key),
    };
    return TEST_RUN("variational eigensolver", tests);
}
