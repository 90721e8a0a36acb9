/* F4  What happens between epochs: the learning rate, and blocks that are added to the circuit. */
#include <math.h>

#include "models/train_internal.h"

/* PyTorch's ReduceLROnPlateau: better by a relative 1e-4, more than `patience` epochs without, then the next rate. */
static bool stalls(double loss, double epochs, int patience, double *best, double *stalled) {
    if (epochs == 0 || loss < *best * (1 - 1e-4)) {
        *best = loss;
        *stalled = 0;
        return false;
    }
    *stalled += 1;
    if (*stalled <= patience) return false;
    *stalled = 0;
    return true;
}

void kw_train_epoch_done(kw_train *t, double train_loss, double validation_loss) {
    const kw_train_config *c = t->config;
    kw_train_progress *p = &t->progress;
    if (c->schedule == KW_SCHEDULE_PLATEAU
        && stalls(train_loss, p->epochs, c->plateau_patience, &p->best_train, &p->stalled_train))
        p->rate_drops += 1;
    const int blocks = kw_generator_blocks(t->generator);
    const double watched = isnan(validation_loss) ? train_loss : validation_loss;
    if (c->generator.first_layers && blocks < c->training.layers
        && stalls(watched, p->epochs, c->generator.grow_patience - 1, &p->best_validation, &p->stalled_validation))
        p->blocks = blocks + 1;
    p->epochs += 1;
    p->steps = p->images = p->right = p->loss = 0;
    p->norm = p->norm_most = p->norm_circuit = p->norm_mapping = p->norm_common = p->norm_cnn = 0;
}

double kw_train_rate(const kw_train *t) {
    const kw_train_config *c = t->config;
    const double done = t->progress.epochs * (double)t->forecast.steps_per_epoch + fmax(t->progress.steps - 1, 0);
    double factor = 1;
    if (c->schedule == KW_SCHEDULE_PLATEAU) factor = pow(c->plateau_factor, t->progress.rate_drops);
    if (c->schedule == KW_SCHEDULE_COSINE) {
        factor = (1 + cos(M_PI * fmin(1, done / fmax(1, (double)t->forecast.steps)))) / 2;
        factor = c->least_rate + (1 - c->least_rate) * factor;
    }
    factor = fmax(factor, c->least_rate);
    return done < (double)c->warmup ? factor * (done + 1) / (double)c->warmup : factor;
}
