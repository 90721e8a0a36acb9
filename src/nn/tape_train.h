/* F2  Training what stands on a tape: Adam with a rate that falls along half a cosine, then L-BFGS. */
#ifndef KW_TAPE_TRAIN_H
#define KW_TAPE_TRAIN_H

#include "nn/tape.h"

typedef struct {
    uint64_t adam_steps, lbfgs_evaluations; /* 0: without */
    double learning_rate;                   /* Adam's first one */
} kw_tape_training;

/** Minimises the number of node `loss` over theta (p), whose start is given, on a sealed tape that was fed.       @local
 *  @return KW_OK, KW_E_NOMEM, KW_E_INTERNAL (not finite) */
kw_status kw_tape_minimise(kw_tape *tape, int loss, const kw_tape_training *training, double *theta);

#endif
