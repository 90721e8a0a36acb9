/* Gradients by parameter shift: exact without shots for every ansatz, counts with them, on every process grid the same. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/autoencoder.h"
#include "support/folder.h"
#include "support/run.h"
#include "support/world.h"

static const char *const ansatze[] = {"cerezo", "hea", "romero-a", "romero-b", "ry-cnot", "u3-cu3", "excitation-preserving"};

static void without_shots_it_is_the_gradient(void **unused) {
    (void)unused;
    for (size_t a = 0; a < sizeof ansatze / sizeof *ansatze; ++a)
        for (int local = 0; local < 2; ++local) {
            kw_config *config = test_config("data.family=w-graded data.qubits=4 data.members=3 qae.latent=1 ansatz.name=%s "
                                            "ansatz.layers=1 ansatz.ring=yes train.gradient=shift train.cost=%s",
                                            ansatze[a], local ? "local" : "global");
            kw_qae *q = test_autoencoder(test_world(), config);
            const size_t p = (size_t)q->forecast.parameters;
            double *theta = test_angles(q, 5), *g = malloc(p * sizeof *g), *exact = malloc(p * sizeof *exact), f, value;
            TEST_MUST(kw_qae_gradient(q, theta, &value, exact));
            TEST_MUST(kw_qae_gradient_by_shift(q, 0, theta, &f, g));
            assert_true(fabs(f - value) < 1e-12);
            double size = 0;
            for (size_t i = 0; i < p; ++i) {
                if (!(fabs(g[i] - exact[i]) < 1e-10))
                    fail_msg("%s, angle %zu: %.15g by shifts, %.15g", ansatze[a], i, g[i], exact[i]);
                size = fmax(size, fabs(exact[i]));
            }
            assert_true(size > 1e-3);
            assert_int_equal(q->copies, 0);
            free(exact);
            free(g);
            free(theta);
            kw_qae_destroy(&q);
            kw_config_destroy(&config);
        }
}

/* Every circuit has shots of its own, whose scatter adds up in squares; the mean over evaluations is the exact gradient.
 * Each rank by itself: the next test compares the grids. */
static void shots_scatter_like_counts(void **unused) {
    (void)unused;
    enum { EVALUATIONS = 600, SHOTS = 20, MEMBERS = 2 };
    kw_config *config = test_config("data.family=cerezo data.qubits=4 qae.latent=1 train.cost=global train.gradient=shift "
                                    "train.shots=%d ansatz.layers=1",
                                    SHOTS);
    kw_qae *q = test_autoencoder(kw_comm_self(), config);
    const size_t p = (size_t)q->forecast.parameters;
    assert_int_equal(q->n_train, MEMBERS);
    assert_int_equal(q->config.circuits, 1 + 2 * p);
    double *theta = test_angles(q, 3), *g = malloc(p * sizeof *g), *exact = malloc(p * sizeof *exact), f;
    double *mean = calloc(p, sizeof *mean), *square = calloc(p, sizeof *square), *angles = malloc(p * sizeof *angles);
    TEST_MUST(kw_qae_gradient(q, theta, &f, exact));
    for (uint64_t e = 0; e < EVALUATIONS; ++e) {
        TEST_MUST(kw_qae_gradient_by_shift(q, e, theta, &f, g));
        for (size_t i = 0; i < p; ++i) {
            mean[i] += g[i] / EVALUATIONS;
            square[i] += (g[i] - exact[i]) * (g[i] - exact[i]) / EVALUATIONS;
        }
    }
    assert_int_equal(q->copies, EVALUATIONS * (1 + 2 * p) * SHOTS * MEMBERS);
    for (size_t i = 0; i < p; ++i) { /* each angle: two circuits of weight 1/2 per member, each a binomial */
        double variance = 0;
        for (int side = -1; side <= 1; side += 2) {
            kw_qae_result results[MEMBERS];
            kw_qae_score train, test;
            memcpy(angles, theta, p * sizeof *angles);
            angles[i] += side * M_PI_2;
            TEST_MUST(kw_qae_evaluate(q, angles, &train, &test, results));
            for (int m = 0; m < MEMBERS; ++m)
                variance += pow(q->entries[m].weight / 2, 2) * results[m].fidelity * results[m].infidelity / SHOTS;
        }
        if (!(fabs(mean[i] - exact[i]) <= 4.5 * sqrt(variance / EVALUATIONS)))
            fail_msg("angle %zu: mean %.6f, exact %.6f", i, mean[i], exact[i]);
        if (!(fabs(square[i] / variance - 1) < 5 * sqrt(2.0 / EVALUATIONS)))
            fail_msg("angle %zu: scatter %.3e, expected %.3e", i, square[i], variance);
    }
    free(angles);
    free(square);
    free(mean);
    free(exact);
    free(g);
    free(theta);
    kw_qae_destroy(&q);
    kw_config_destroy(&config);
}

/* One process, and every cut of the world into replicas, measure the same counts. */
static void every_grid_measures_the_same(void **unused) {
    (void)unused;
    const char *words = "data.family=w-phase data.qubits=6 data.members=5 qae.latent=2 ansatz.name=u3-cu3 ansatz.layers=1 "
                        "train.gradient=shift train.shots=37";
    for (int s = 1; s <= kw_comm_size(test_world()); s *= 2) {
        kw_config *config = test_config("%s", words), *cut = test_config("%s run.ranks_per_state=%d", words, s);
        kw_qae *alone = test_autoencoder(kw_comm_self(), config), *q = test_autoencoder(test_world(), cut);
        const size_t p = (size_t)q->forecast.parameters;
        double *theta = test_angles(q, 9), *one = malloc(p * sizeof *one), *all = malloc(p * sizeof *all), f, h;
        for (uint64_t e = 0; e < 3; ++e) {
            TEST_MUST(kw_qae_gradient_by_shift(alone, e, theta, &f, one));
            TEST_MUST(kw_qae_gradient_by_shift(q, e, theta, &h, all));
            assert_true(fabs(f - h) < 1e-12);
            for (size_t i = 0; i < p; ++i) assert_true(fabs(one[i] - all[i]) < 1e-12);
        }
        free(all);
        free(one);
        free(theta);
        kw_qae_destroy(&q);
        kw_qae_destroy(&alone);
        kw_config_destroy(&cut);
        kw_config_destroy(&config);
    }
}

/* copies = steps x states x shots x circuits; the budget buys as many steps as that leaves. */
static void copies_are_counted(void **unused) {
    (void)unused;
    static const struct {
        const char *words;
        int64_t steps, copies;
    } known[] = {
        /* 4 + 6 angles: 21 circuits; 4 states left for training */
        {"train.gradient=shift train.shots=10 train.steps=3", 3, 3 * 4 * 10 * 21},
        {"train.gradient=shift train.shots=10 train.steps=30 train.shot_budget=4199", 4, 4 * 4 * 10 * 21},
        {"train.optimiser=spsa train.shots=10 train.steps=30 train.shot_budget=4199", 30, 30 * 4 * 10 * 2},
        {"train.optimiser=cobyla train.shots=10 train.steps=30 train.shot_budget=419", 10, 10 * 4 * 10},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
        char folder[32];
        snprintf(folder, sizeof folder, "copies%zu", i);
        kw_config *config = test_config("data.family=ghz-phase data.qubits=4 data.members=5 data.test_members=1 "
                                        "ansatz.layers=1 run.dir=%s %s",
                                        test_in_folder(folder), known[i].words);
        json_t *result = NULL;
        TEST_MUST(test_autoencoder_run(test_world(), config, NULL, &result));
        if (kw_comm_rank(test_world()) == 0) {
            char path[512], line[1024] = "";
            assert_int_equal(json_integer_value(json_object_get(result, "steps")), known[i].steps);
            assert_int_equal(json_integer_value(json_object_get(result, "copies")), known[i].copies);
            snprintf(path, sizeof path, "%s/metrics.jsonl", test_in_folder(folder));
            FILE *metrics = fopen(path, "r");
            assert_non_null(metrics);
            while (fgets(line, sizeof line, metrics)) continue;
            fclose(metrics);
            json_t *last = json_loads(line, 0, NULL);
            assert_true(json_number_value(json_object_get(last, "copies")) == (double)known[i].copies);
            json_decref(last);
            json_decref(result);
        }
        kw_config_destroy(&config);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_shots_it_is_the_gradient),
        cmocka_unit_test(shots_scatter_like_counts),
        cmocka_unit_test(every_grid_measures_the_same),
        TEST_IN_FOLDER(copies_are_counted),
    };
    return TEST_RUN("parameter_shift", tests);
}
