/* Autoencoders trained in memory: the same numbers as a run with its directory, on any rank count; the goal, the logarithm,
 * given starts; what is refused. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/qae_fit.h"
#include "support/autoencoder.h"
#include "support/run.h"
#include "support/world.h"

#define SMALL "data.family=cerezo data.qubits=5 ansatz.name=cerezo run.seed=3"

static kw_qae_fit_result fit(kw_comm *comm, const char *words, const kw_qae_fit_request *request) {
    kw_config *source = test_config("%s", words);
    const kw_qae_config config = test_parse(source);
    kw_qae_fit_result result;
    TEST_MUST(kw_qae_fit_with(comm, &config, request, &result));
    kw_config_destroy(&source);
    return result;
}

/* The optimum of this family is 0 and reached; on all ranks together as alone. */
static void trains_to_the_optimum(void **unused) {
    (void)unused;
    static const char *const costs[] = {"train.cost=local", "train.cost=global"};
    for (int c = 0; c < 2; ++c) {
        char words[256];
        snprintf(words, sizeof words, SMALL " %s train.optimiser=lbfgs train.steps=120", costs[c]);
        kw_qae_fit_result here = fit(test_world(), words, NULL), alone = fit(kw_comm_self(), words, NULL);
        assert_true(here.train.infidelity < 1e-6 && here.train_bound.optimum_error < 1e-12);
        assert_true(fabs(here.train_bound.null_baseline - 2.0 / 3) < 1e-12);
        assert_true(fabs(here.train.infidelity - alone.train.infidelity) < 1e-6);
        assert_true(here.evaluations >= here.steps && here.steps > 3 && here.seconds > 0);
        assert_int_equal(here.n_angles, 21);
        kw_qae_fit_free(&here);
        kw_qae_fit_free(&alone);
        assert_null(here.angles);
    }
}

/* Angles and scores belong together, and a given start is the start. */
static void scores_the_best_angles_seen(void **unused) {
    (void)unused;
    kw_qae_fit_result fitted = fit(test_world(), SMALL " train.steps=30 train.learning_rate=0.05", NULL);
    kw_qae_fit_result scored = fit(test_world(), SMALL " train.steps=0", &(kw_qae_fit_request){.start = fitted.angles});
    assert_int_equal(fitted.steps, 30);
    assert_int_equal(scored.steps, 0);
    assert_true(scored.train.cost_local == fitted.train.cost_local);
    assert_memory_equal(scored.angles, fitted.angles, fitted.n_angles * sizeof *fitted.angles);
    kw_qae_fit_result start = fit(test_world(), SMALL " train.steps=0", NULL);
    assert_true(fitted.train.cost_local < start.train.cost_local);
    kw_qae_fit_free(&start);
    kw_qae_fit_free(&scored);
    kw_qae_fit_free(&fitted);
}

/* L-BFGS on the logarithm gets near 0 only with the slope of the logarithm. */
static void minimises_the_logarithm(void **unused) {
    (void)unused;
    const kw_qae_fit_request request = {.logarithm = true};
    const char *words = "data.family=cerezo data.qubits=5 ansatz.name=cerezo run.seed=5 train.cost=global "
                        "train.optimiser=lbfgs train.steps=400";
    kw_qae_fit_result r = fit(test_world(), words, &request), plain = fit(test_world(), words, NULL);
    assert_true(r.train.infidelity > 0 && r.train.infidelity < 1e-9);
    assert_true(r.evaluations != plain.evaluations);
    kw_qae_fit_free(&plain);
    kw_qae_fit_free(&r);
}

typedef struct {
    uint64_t steps, until;
    double last;
} watcher;

static kw_status watch(void *context, uint64_t step, const kw_qae_score *train) {
    watcher *w = context;
    assert_int_equal(step, w->steps);
    ++w->steps;
    w->last = train->infidelity;
    return w->steps == w->until ? KW_E_STOPPED : KW_OK;
}

static void ends_at_its_goal(void **unused) {
    (void)unused;
    watcher w = {.until = UINT64_MAX};
    const kw_qae_fit_request request = {.goal = 1e-3, .step = watch, .context = &w};
    kw_qae_fit_result r = fit(test_world(), SMALL " train.optimiser=lbfgs train.steps=200", &request);
    assert_true(r.reached && r.steps < 200 && r.steps == w.steps);
    assert_true(w.last <= 1e-3 && r.train.infidelity <= 1e-3);
    kw_qae_fit_free(&r);
    r = fit(test_world(), SMALL " train.steps=2", &(kw_qae_fit_request){.goal = 1e-9});
    assert_true(!r.reached && r.steps == 2);
    kw_qae_fit_free(&r);
}

typedef struct {
    uint64_t steps[4], copies[4];
    double fidelity[4];
    int count;
} told;

static void listen(void *context, uint64_t steps, uint64_t copies, const kw_qae_score *train) {
    told *t = context;
    t->steps[t->count] = steps;
    t->copies[t->count] = copies;
    t->fidelity[t->count++] = train->fidelity;
}

/* Scores at moments are exact, and those of trainings that end there; copies as counted. */
static void moments_are_ends_of_shorter_trainings(void **unused) {
    (void)unused;
    static const char *const words[] = {SMALL " train.gradient=shift train.shots=30 train.steps=",
                                        SMALL " train.optimiser=spsa train.shots=30 train.steps="};
    const uint64_t moments[] = {0, 3, 7}, each[] = {30 * 2 * 43, 30 * 2 * 2}; /* 21 angles, 2 states */
    for (int method = 0; method < 2; ++method) {
        char text[256];
        told t = {.count = 0};
        const kw_qae_fit_request request = {.moment = listen, .moments = moments, .n_moments = 3, .context = &t};
        snprintf(text, sizeof text, "%s7", words[method]);
        kw_qae_fit_result whole = fit(test_world(), text, &request);
        assert_int_equal(t.count, 3);
        assert_int_equal(whole.copies, 7 * each[method]);
        kw_qae_fit_free(&whole);
        for (int i = 0; i < 3; ++i) {
            snprintf(text, sizeof text, "%s%d", words[method], (int)moments[i]);
            kw_qae_fit_result cut = fit(test_world(), text, NULL);
            assert_int_equal(t.steps[i], moments[i]);
            assert_int_equal(t.copies[i], moments[i] * each[method]);
            assert_int_equal(cut.copies, t.copies[i]);
            assert_true(fabs(cut.train.fidelity - t.fidelity[i]) < 1e-12);
            kw_qae_fit_free(&cut);
        }
    }
}

static void refusals_leave_nothing(void **unused) {
    (void)unused;
    kw_config *source = test_config(SMALL " train.steps=9");
    kw_qae_config config = test_parse(source);
    kw_qae_fit_result result = {.steps = 77};
    watcher w = {.until = 4};
    double start[21] = {0};
    start[20] = NAN;
    assert_int_equal(kw_qae_fit_with(test_world(), &config, &(kw_qae_fit_request){.start = start}, &result), KW_E_ARG);
    const kw_qae_fit_request stopping = {.step = watch, .context = &w};
    assert_int_equal(kw_qae_fit_with(test_world(), &config, &stopping, &result), KW_E_STOPPED);
    assert_int_equal(w.steps, 4);
    w = (watcher){.until = 1};
    const kw_qae_fit_request both = {
        .goal = 1, .step = watch, .context = &w}; /* at the same step: the caller's stop counts */
    assert_int_equal(kw_qae_fit_with(test_world(), &config, &both, &result), KW_E_STOPPED);
    config.training.optimiser.kind = KW_OPTIMISER_SPSA;
    assert_int_equal(kw_qae_fit_with(test_world(), &config, &(kw_qae_fit_request){.goal = 1}, &result), KW_E_ARG);
    config.training.optimiser.kind = KW_OPTIMISER_ADAM;
    config.training.memory_per_rank = 64;
    assert_int_equal(kw_qae_fit(test_world(), &config, &result), KW_E_FIT);
    assert_int_equal(result.steps, 77);
    assert_null(result.angles);
    kw_config_destroy(&source);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trains_to_the_optimum),
        cmocka_unit_test(scores_the_best_angles_seen),
        cmocka_unit_test(minimises_the_logarithm),
        cmocka_unit_test(ends_at_its_goal),
        cmocka_unit_test(moments_are_ends_of_shorter_trainings),
        cmocka_unit_test(refusals_leave_nothing),
    };
    return TEST_RUN("autoencoder in memory", tests);
}
