/* Training reaches what theory says can be reached. */
#include <math.h>
#include <string.h>

#include "support/autoencoder.h"
#include "support/folder.h"
#include "support/run.h"
#include "support/world.h"

static double at(const json_t *result, const char *set, const char *name) {
    return json_number_value(json_object_get(json_object_get(result, set), name));
}

/* Trains in a folder of its own; rank 0 gets the result, the others NULL. */
static json_t *trained(const char *words) {
    static int runs;
    char name[16];
    json_t *result = NULL;
    snprintf(name, sizeof name, "run%d", runs++);
    kw_config *config = test_config("%s run.dir=%s", words, test_in_folder(name));
    TEST_MUST(test_autoencoder_run(test_world(), config, NULL, &result));
    kw_config_destroy(&config);
    assert_int_equal(result != NULL, kw_comm_rank(test_world()) == 0);
    return result;
}

/* Paddle Quantum's tutorial on quantum autoencoders: three qubits to two, depth 6, Adam with 0.2, 100 steps: loss 0.1000.
 * Any start comes within half a percent of the optimum. */
static void mixed_state_of_the_tutorial(void **unused) {
    (void)unused;
    static const double most[] = {0.1005, 0.10005}; /* the second start reaches the tutorial's four digits */
    for (int i = 0; i < 2; ++i) {
        char words[400];
        snprintf(words, sizeof words,
                 "data.family=spectrum data.spectrum=0.4,0.2,0.2,0.1,0.1,0,0,0 data.qubits=3 qae.latent=2 ansatz.name=hea "
                 "ansatz.layers=6 ansatz.ring=yes train.cost=global train.optimiser=adam train.learning_rate=0.2 "
                 "train.steps=100 run.seed=%d",
                 i ? 6 : 1);
        json_t *result = trained(words);
        if (result) {
            const double loss = at(result, "train", "cost_global");
            if (!(loss >= 0.1 - 1e-12 && loss < most[i])) fail_msg("loss %.9f, expected 0.1000", loss);
            assert_true(fabs(json_number_value(json_object_get(result, "optimum")) - 0.9) < 1e-12);
            assert_int_equal(json_integer_value(json_object_get(result, "steps")), 100);
            json_decref(result);
        }
    }
}

/* Two states span two dimensions: one latent qubit holds them without error. */
static void rank_two_needs_one_qubit(void **unused) {
    (void)unused;
    static const char *const runs[] = {
        "data.family=cerezo data.qubits=8 ansatz.name=cerezo ansatz.layers=2 train.cost=local train.optimiser=lbfgs "
        "train.steps=120 run.seed=1",
        "data.family=ghz-angle data.members=4 data.test_members=2 data.qubits=4 ansatz.name=hea ansatz.layers=4 "
        "train.cost=local train.optimiser=lbfgs train.steps=300 run.seed=1",
    };
    for (int i = 0; i < 2; ++i) {
        json_t *result = trained(runs[i]);
        if (result) {
            const double error = at(result, "train", "infidelity");
            if (!(error < 1e-6)) fail_msg("%s: error %.3e", runs[i], error);
            assert_true(at(result, "train", "reconstruction") > 1 - 2e-6);
            assert_true(json_number_value(json_object_get(result, "null_baseline")) < 0.8);
            /* what was not seen in training lies in the same two dimensions */
            if (i == 1) assert_true(at(result, "test", "infidelity") < 1e-5);
            json_decref(result);
        }
    }
}

/* Every optimiser ends below where it began, with shots too; the budget buys 300 steps of SPSA and no more. */
static void every_optimiser_descends(void **unused) {
    (void)unused;
    static const struct {
        const char *words;
        double most;
        int steps;
    } runs[] = {
        {"train.optimiser=adam train.steps=60", 0.05, 60},
        {"train.optimiser=lbfgs train.steps=60", 1e-3, 0},
        {"train.optimiser=cobyla train.steps=400", 0.1, 0},
        {"train.optimiser=spsa train.steps=10000 train.shots=200 train.shot_budget=240399 train.learning_rate=2", 0.2, 300},
    };
    for (size_t i = 0; i < sizeof runs / sizeof *runs; ++i) {
        char words[256];
        snprintf(words, sizeof words, "data.family=ghz-phase data.members=2 data.qubits=4 %s", runs[i].words);
        json_t *result = trained(words);
        if (result) {
            const double cost = at(result, "train", "cost_local");
            if (!(cost < runs[i].most)) fail_msg("%s: cost %.6f", words, cost);
            if (runs[i].steps) assert_int_equal(json_integer_value(json_object_get(result, "steps")), runs[i].steps);
            json_decref(result);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(mixed_state_of_the_tutorial),
        TEST_IN_FOLDER(rank_two_needs_one_qubit),
        TEST_IN_FOLDER(every_optimiser_descends),
    };
    return TEST_RUN("training", tests);
}
