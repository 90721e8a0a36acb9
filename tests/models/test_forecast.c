/* Forecasts of autoencoder runs: what is foretold is what is measured, to the last byte; what cannot be is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "support/autoencoder.h"
#include "support/folder.h"
#include "support/run.h"
#include "support/world.h"

static const char *const precisions[] = {"double", "single", "s16", "s8"};

/* closed forms, scrambled (a circuit makes them), ground states by Lanczos and by the adiabatic circuit; kept or not */
static const char *const families[] = {
    "data.family=w-phase data.qubits=9 data.members=5 data.test_members=2 qae.latent=2 ansatz.name=hea ansatz.ring=yes",
    "data.family=cerezo data.qubits=10 qae.latent=1 ansatz.layers=3",
    "data.family=ghz-phase data.qubits=9 data.members=3 data.keep=yes qae.trash=7,8 ansatz.name=romero-b ansatz.layers=1",
    "data.family=stabilizer data.qubits=9 data.logical=2 data.keep=yes qae.latent=3 ansatz.name=hea",
    "data.family=stabilizer data.qubits=9 data.logical=3 data.test_members=3 data.keep=no qae.latent=2",
    "data.family=spectrum data.qubits=8 data.keep=no qae.latent=2 ansatz.name=excitation-preserving",
    "data.family=tfim data.qubits=8 data.members=4 data.test_members=1 qae.latent=1 ansatz.name=u3-cu3",
    "data.family=tfim data.qubits=8 data.members=3 data.keep=no qae.latent=1",
    "data.family=tfim data.qubits=8 data.members=4 data.lanczos_memory=1 data.adiabatic_steps=3 data.keep=no "
    "qae.latent=1",
    "data.family=heisenberg data.qubits=8 data.members=3 data.lanczos_memory=1 data.adiabatic_steps=3 data.keep=yes "
    "qae.trash=0,1,2,3 ansatz.name=ry-cnot",
    "data.family=w-phase data.qubits=8 data.members=3 qae.latent=3 ansatz.name=excitation-preserving ansatz.layers=1 "
    "train.gradient=shift",
    "data.family=stabilizer data.qubits=8 data.logical=1 data.keep=no qae.latent=3 ansatz.name=u3-cu3 ansatz.layers=1 "
    "train.gradient=shift",
};
enum { FAMILIES = sizeof families / sizeof *families };

static void check_need(const char *what, const kw_need *foretold, const kw_need *measured) {
    if (foretold->exchanges != measured->exchanges || foretold->bytes_exchanged != measured->bytes_exchanged
        || foretold->peak_bytes != measured->peak_bytes)
        fail_msg("%s: foretold %llu exchanges, %llu bytes, peak %llu; measured %llu, %llu, %llu", what,
                 (unsigned long long)foretold->exchanges, (unsigned long long)foretold->bytes_exchanged,
                 (unsigned long long)foretold->peak_bytes, (unsigned long long)measured->exchanges,
                 (unsigned long long)measured->bytes_exchanged, (unsigned long long)measured->peak_bytes);
}

static void check_peaks(const kw_qae *q) {
    assert_int_equal(q->forecast.gradient.peak_bytes, q->measured_gradient.peak_bytes);
    assert_int_equal(q->forecast.value.peak_bytes, q->measured_value.peak_bytes);
    assert_int_equal(q->forecast.evaluation.peak_bytes, q->measured_evaluation.peak_bytes);
}

static void check_traffic(kw_qae *q, const char *words, kw_traffic setup) {
    const kw_qae_forecast *f = &q->forecast;
    check_need(words, &f->gradient, &q->measured_gradient);
    check_need(words, &f->value, &q->measured_value);
    check_need(words, &f->evaluation, &q->measured_evaluation);
    const kw_traffic all = kw_qae_traffic(q);
    const uint64_t exchanges = f->gradient.exchanges + f->value.exchanges + f->evaluation.exchanges;
    const uint64_t bytes = f->gradient.bytes_exchanged + f->value.bytes_exchanged + f->evaluation.bytes_exchanged;
    assert_true(all.exchanges - setup.exchanges <= exchanges && all.bytes - setup.bytes <= bytes);
    if (f->replicas > 1) return; /* the most of each may be of different ones */
    assert_int_equal(all.exchanges - setup.exchanges, exchanges);
    assert_int_equal(all.bytes - setup.bytes, bytes);
}

static void check_evaluations(const char *words) {
    kw_config *config = test_config("%s", words);
    kw_memory_peak_reset();
    kw_qae *q = test_autoencoder(test_world(), config);
    const kw_qae_forecast *f = &q->forecast;
    const kw_traffic setup = kw_qae_traffic(q);
    if (f->setup_known) check_need("set-up", &f->setup, &(kw_need){setup.exchanges, setup.bytes, kw_qae_peak(q)});
    else assert_int_equal(kw_qae_peak(q), f->setup.peak_bytes);

    kw_qae_score train, test;
    double *theta = test_angles(q, 3), value, *g = malloc((size_t)f->parameters * sizeof *g);
    TEST_MUST(q->rule ? kw_qae_gradient_by_shift(q, 0, theta, &value, g) : kw_qae_gradient(q, theta, &value, g));
    TEST_MUST(kw_qae_value(q, 0, theta, &value));
    TEST_MUST(kw_qae_evaluate(q, theta, &train, &test, NULL));
    check_peaks(q);
    /* how often Lanczos talks while it makes a member anew is not known beforehand */
    if (f->setup_known || f->keep) check_traffic(q, words, setup);
    assert_int_equal(kw_qae_peak(q), f->run.peak_bytes);
    free(g);
    free(theta);
    kw_qae_destroy(&q);
    kw_config_destroy(&config);
}

static void evaluations_cost_what_was_foretold(void **unused) {
    (void)unused;
    for (int i = 0; i < FAMILIES; ++i)
        for (int precision = 0; precision < 4; ++precision)
            for (int s = 1; s <= kw_comm_size(test_world()); s *= 2) {
                char words[512];
                if (precision >= 2 && s > 2) continue; /* packed states of 8 qubits are shared by two ranks at most */
                snprintf(words, sizeof words, "%s run.precision=%s run.ranks_per_state=%d", families[i],
                         precisions[precision], s);
                check_evaluations(words);
            }
}

static uint64_t number(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value)) fail_msg("%s is not a whole number", name);
    return (uint64_t)json_integer_value(value);
}

static kw_need need_of(const json_t *object) {
    return (kw_need){number(object, "exchanges"), number(object, "bytes_exchanged"), number(object, "peak_bytes_per_rank")};
}

/* From the first state to result.json, checkpoints included. */
static void check_run(const char *words, const char *name) {
    kw_config *config = test_config("%s run.dir=%s", words, test_in_folder(name));
    kw_qae_config parsed = test_parse(config);
    kw_qae_forecast f;
    json_t *result = NULL;
    TEST_MUST(kw_qae_foretell(&parsed, kw_comm_size(test_world()), parsed.training.memory_per_rank, &f));
    assert_true(f.run_known);
    kw_memory_peak_reset();
    TEST_MUST(test_autoencoder_run(test_world(), config, NULL, &result));
    if (kw_comm_rank(test_world()) == 0) {
        const bool adam = parsed.training.optimiser.kind == KW_OPTIMISER_ADAM;
        const json_t *evaluation = json_object_get(result, adam ? "gradient_evaluation" : "cost_evaluation");
        const kw_need all = need_of(result), one = need_of(evaluation);
        const kw_need report = need_of(json_object_get(result, "evaluation"));
        check_need("run", &f.run, &all);
        check_need("step", adam ? &f.gradient : &f.value, &one);
        check_need("report", &f.evaluation, &report);
        assert_true(json_is_null(json_object_get(result, adam ? "cost_evaluation" : "gradient_evaluation")));
        if (f.copies) assert_int_equal(number(result, "copies"), f.copies);
        else assert_true(json_is_null(json_object_get(result, "copies")));
        assert_true(!f.copies == !parsed.training.shots);
        assert_int_equal(number(result, "evaluations"), parsed.training.optimiser.max_steps * (adam ? 1 : 2));
        json_decref(result);
    }
    kw_config_destroy(&config);
}

static void runs_cost_what_was_foretold(void **unused) {
    (void)unused;
    static const int chosen[] = {0, 3, 4, 8, 10};
    for (size_t i = 0; i < sizeof chosen / sizeof *chosen; ++i)
        for (int s = 0; s <= kw_comm_size(test_world()); s = s ? 2 * s : 1) {
            char words[600], name[32];
            if (i >= 2 && s > 2) continue; /* as above */
            snprintf(name, sizeof name, "run%zu-%d", i, s);
            snprintf(words, sizeof words,
                     "%s run.precision=%s run.ranks_per_state=%d train.steps=7 train.evaluate_every=3 train.optimiser=%s "
                     "run.memory_per_rank=64MiB",
                     families[chosen[i]], precisions[i % 4], s,
                     i == 1   ? "spsa train.shots=10"
                     : i == 4 ? "adam train.shots=5"
                              : "adam");
            check_run(words, name);
        }
}

static void write_text(const char *path, const char *text) {
    kw_status status = KW_OK;
    if (kw_comm_rank(test_world()) == 0) {
        FILE *file = fopen(path, "w");
        if (!file || fputs(text, file) < 0 || fclose(file)) status = KW_E_IO;
    }
    assert_int_equal(kw_comm_agree(test_world(), status), KW_OK);
}

/* A circuit of `layers` layers whose qubits all meet, so that longer ones exchange more often. */
static void write_layers(const char *path, int qubits, int layers) {
    char text[4096], *to = text;
    to += sprintf(to, "OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[%d];\n", qubits);
    for (int l = 0; l < layers; ++l) {
        to += sprintf(to, "ry(0.%d) q;\n", l + 3);
        for (int q = 0; q < qubits; ++q) to += sprintf(to, "cx q[%d],q[%d];\n", (q + l) % qubits, (q + l + 1) % qubits);
    }
    write_text(path, text);
}

/* "data.files=..." of six members that all cost different amounts, one of them a state in HDF5. */
static void write_members(char *words, size_t bytes) {
    size_t used = (size_t)snprintf(words, bytes, "data.family=files data.qubits=8 data.files=");
    for (int k = 0; k < 6; ++k) {
        char name[32];
        snprintf(name, sizeof name, "m%d.%s", k, k == 2 ? "h5" : "qasm");
        const char *path = test_in_folder(name);
        used += (size_t)snprintf(words + used, bytes - used, "%s%s", k ? "," : "", path);
        if (k == 2) {
            kw_state *state = test_state(test_world(), 8, KW_DOUBLE, NULL);
            TEST_MUST(kw_state_save(state, path));
            kw_state_destroy(&state);
        } else write_layers(path, 8, k == 4 ? 9 : k);
    }
    assert_true(used < bytes);
}

/* Every replica holds other members; which ones are tested is random. */
static void members_from_circuits_cost_what_was_foretold(void **unused) {
    (void)unused;
    static const char *const rest[] = {"data.keep=yes qae.latent=1", "data.keep=no qae.latent=2",
                                       "data.keep=yes data.test_members=2 qae.latent=2 run.seed=5",
                                       "data.keep=no data.test_members=3 qae.latent=1 run.seed=9 run.precision=single"};
    char files[512];
    write_members(files, sizeof files);
    for (size_t i = 0; i < sizeof rest / sizeof *rest; ++i)
        for (int s = 1; s <= kw_comm_size(test_world()); s *= 2) {
            char words[800], name[32];
            snprintf(words, sizeof words, "%s %s run.ranks_per_state=%d", files, rest[i], s);
            check_evaluations(words);
            snprintf(words, sizeof words, "%s %s run.ranks_per_state=%d run.memory_per_rank=64MiB train.steps=5 %s", files,
                     rest[i], s, i % 2 ? "train.optimiser=spsa" : "train.evaluate_every=2");
            snprintf(name, sizeof name, "run%zu-%d", i, s);
            check_run(words, name);
        }
}

static kw_qae_forecast foretell(const char *words, int ranks, uint64_t memory) {
    kw_config *source = test_config("%s", words);
    kw_qae_config config = test_parse(source);
    kw_qae_forecast forecast;
    TEST_MUST(kw_qae_foretell(&config, ranks, memory, &forecast));
    kw_config_destroy(&source);
    return forecast;
}

/* n = 11, two layers: 71 gates, 51 parameters (arXiv 2001.00550, section "Numerical simulations"). */
static void cerezo_counts(void **unused) {
    (void)unused;
    const kw_qae_forecast f = foretell("data.family=cerezo data.qubits=11 ansatz.layers=2", 1, TEST_MEMORY);
    assert_int_equal(f.gates, 71);
    assert_int_equal(f.parameters, 51);
    assert_int_equal(f.train, 2);
}

/* Replicas first; more ranks per state only where memory or the number of states asks for it. */
static void grids(void **unused) {
    (void)unused;
    const char *words = "data.family=ghz-phase data.qubits=20 data.members=8";
    const kw_qae_forecast roomy = foretell(words, 8, TEST_MEMORY), two = foretell(words, 8, (uint64_t)20 << 20),
                          wide = foretell(words, 32, TEST_MEMORY), tight = foretell(words, 4, (uint64_t)1 << 20);
    assert_int_equal(roomy.ranks_per_state, 1);
    assert_int_equal(roomy.replicas, 8);
    assert_int_equal(two.ranks_per_state, 2); /* two states of 16 MiB do not fit, two halves do */
    assert_int_equal(two.replicas, 4);
    assert_true(two.fits && two.run.peak_bytes <= (uint64_t)20 << 20);
    assert_int_equal(wide.ranks_per_state, 4); /* 8 states keep 8 replicas busy */
    assert_false(tight.fits);
    assert_int_equal(kw_qae_check_fit(&tight), KW_E_FIT);
    assert_int_equal(kw_qae_check_fit(&two), KW_OK);
}

/* Kept members are given up before the run is refused; a large run is refused before anything is allocated. */
static void what_does_not_fit(void **unused) {
    (void)unused;
    const char *words = "data.family=stabilizer data.logical=3 data.qubits=16 qae.latent=3";
    const uint64_t state = (uint64_t)16 << 16;
    assert_true(foretell(words, 1, 12 * state).keep);
    const kw_qae_forecast poor = foretell(words, 1, 4 * state);
    assert_true(poor.fits && !poor.keep);
    kw_config *config =
        test_config("data.family=cerezo data.qubits=40 run.memory_per_rank=1GiB run.dir=%s", test_in_folder("never"));
    json_t *result = NULL;
    kw_memory_peak_reset();
    const uint64_t before = kw_memory_peak();
    assert_int_equal(test_autoencoder_run(test_world(), config, NULL, &result), KW_E_FIT);
    assert_true(kw_memory_peak() < before + ((uint64_t)1 << 20)); /* the plan's matrices, no state */
    assert_null(result);
    assert_false(test_exists(test_in_folder("never")));
    kw_config_destroy(&config);
}

/* A gate on four targets leaves at most 4 ranks to a state of 6 qubits, though one member would keep 8 busy. */
static void wide_gates_limit_the_ranks_of_a_state(void **unused) {
    (void)unused;
    char words[400];
    write_text(test_in_folder("wide.qasm"),
               "OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[6];\nrc3x q[0],q[1],q[2],q[5];\n");
    snprintf(words, sizeof words, "data.family=files data.qubits=6 data.files=%s", test_in_folder("wide.qasm"));
    const kw_qae_forecast f = foretell(words, 8, TEST_MEMORY);
    assert_int_equal(f.ranks_per_state, 4);
    assert_int_equal(f.replicas, 2);
}

static void rank_counts_that_do_not_divide(void **unused) {
    (void)unused;
    static const struct {
        const char *words, *message;
        int ranks;
    } refused[] = {
        {"", "3 ranks: a power of two is needed; the nearest are 2 and 4", 3},
        {"", "12 ranks: a power of two is needed; the nearest are 8 and 16", 12},
        {"run.ranks_per_state=3", "run.ranks_per_state = 3: expected a power of two of at most 4", 4},
        {"run.ranks_per_state=8", "run.ranks_per_state = 8: expected a power of two of at most 4", 4},
        {"data.qubits=4 qae.latent=1 run.ranks_per_state=8", "allow at most 4", 8},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; ++i) {
        kw_config *source = test_config("%s", refused[i].words);
        kw_qae_config config = test_parse(source);
        kw_qae_forecast forecast;
        assert_int_equal(kw_qae_foretell(&config, refused[i].ranks, TEST_MEMORY, &forecast), KW_E_ARG);
        if (!strstr(kw_error_message(), refused[i].message)) fail_msg("not said: %s", refused[i].message);
        kw_config_destroy(&source);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluations_cost_what_was_foretold),
        TEST_IN_FOLDER(runs_cost_what_was_foretold),
        TEST_IN_FOLDER(members_from_circuits_cost_what_was_foretold),
        cmocka_unit_test(cerezo_counts),
        cmocka_unit_test(grids),
        TEST_IN_FOLDER(what_does_not_fit),
        TEST_IN_FOLDER(wide_gates_limit_the_ranks_of_a_state),
        cmocka_unit_test(rank_counts_that_do_not_divide),
    };
    return TEST_RUN("forecast", tests);
}
