/* F2  Training what stands on a tape. */
#include "nn/tape_train.h"

#include <math.h>
#include <string.h>

#include "ketwall/optimiser.h"

typedef struct {
    kw_tape *tape;
    int loss;
    uint64_t steps, step;
} trainee;

static kw_status gradient(void *context, uint64_t evaluation, const double *theta, double *f, double *g) {
    const trainee *t = context;
    (void)evaluation;
    kw_tape_forward(t->tape, theta);
    *f = *kw_tape_value(t->tape, t->loss);
    kw_tape_backward(t->tape, t->loss, g);
    return KW_OK;
}

static double rate(void *context) {
    trainee *t = context;
    return 0.5 * (1 + cos(acos(-1.0) * (double)t->step++ / (double)t->steps));
}

static kw_status minimise(trainee *t, kw_optimiser_kind kind, uint64_t steps, double learning_rate, double *theta) {
    kw_optimiser *optimiser = NULL;
    const size_t p = kw_tape_parameters(t->tape);
    const kw_optimiser_config config = {.kind = kind,
                                        .max_steps = steps,
                                        .learning_rate = learning_rate,
                                        .beta1 = 0.9,
                                        .beta2 = 0.999,
                                        .epsilon = 1e-8,
                                        .tolerance = 1e-14};
    const kw_problem problem = {.gradient = gradient, .context = t, .rate = rate};
    if (!steps) return KW_OK;
    t->steps = steps;
    t->step = 0;
    kw_status status = kw_optimiser_create(&config, p, theta, &optimiser);
    if (status == KW_OK) status = kw_optimiser_run(optimiser, kw_comm_self(), &problem);
    if (status == KW_OK) memcpy(theta, kw_optimiser_x(optimiser), p * sizeof *theta);
    kw_optimiser_destroy(&optimiser);
    return status;
}

kw_status kw_tape_minimise(kw_tape *tape, int loss, const kw_tape_training *training, double *theta) {
    trainee t = {.tape = tape, .loss = loss};
    kw_status status = minimise(&t, KW_OPTIMISER_ADAM, training->adam_steps, training->learning_rate, theta);
    if (status == KW_OK) status = minimise(&t, KW_OPTIMISER_LBFGS, training->lbfgs_evaluations, 0, theta);
    return status;
}
