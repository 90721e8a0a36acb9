/* F4  Training an autoencoder in memory: no run directory, no checkpoints.  For studies, which train many small ones. */
#ifndef KW_QAE_FIT_H
#define KW_QAE_FIT_H

#include "models/qae_internal.h"
#include "models/training.h"

/* What a configuration does not say; all 0: nothing. */
typedef struct {
    const kw_circuit *encoder; /* instead of the configuration's ansatz; NULL: that one */
    const double *start;       /* angles (p); NULL: those of ansatz.start */
    bool logarithm;            /* minimise log10 of the cost, whose slope does not fade where the cost is tiny */
    double goal;               /* end once 1 - F of the training set is this close to its exact minimum; 0: never */
    /* after every step; anything but KW_OK, which must be the same on every rank, ends the training with that status */
    kw_status (*step)(void *context, uint64_t step, const kw_qae_score *train);
    /* Adam, SPSA: is told the exact scores after moments[i] steps (ascending, 0: the start), also where costs come from
     * shots; copies: of states that these steps measured */
    void (*moment)(void *context, uint64_t steps, uint64_t copies, const kw_qae_score *train);
    const uint64_t *moments;
    size_t n_moments;
    void *context; /* of step and moment */
} kw_qae_fit_request;

typedef struct {
    kw_qae_score train, test; /* test: zeros without data.test_members */
    kw_qae_bound train_bound, test_bound;
    int n_train, n_test;
    double *angles; /* (n_angles) that gave these scores */
    size_t n_angles, n_gates;
    uint64_t steps, evaluations;
    uint64_t copies;     /* of states that were measured; 0: costs were exact */
    bool reached;        /* request.goal */
    double seconds;      /* of the training alone, without what moments took; this rank's clock */
    uint64_t peak_bytes; /* counted, the maximum over ranks */
} kw_qae_fit_result;

/** Makes the ensemble, trains `config->training.optimiser.max_steps` steps, scores the best angles that an exact cost saw;
 *  where costs come from shots, the last ones.  train.steps = 0 scores the start.                          @collective
 *  @param[out] out  to be freed by kw_qae_fit_free
 *  @return KW_OK, KW_E_FIT (before allocating), KW_E_ARG (rank count, start angles, a goal for SPSA), KW_E_INPUT,
 *          KW_E_NOMEM, KW_E_INTERNAL, what request->step returned.  Memory: that of kw_qae_create and 8 p bytes. */
kw_status kw_qae_fit(kw_comm *comm, const kw_qae_config *config, kw_qae_fit_result *out);

/** The same with more to say.                                                                               @collective
 *  @param[in] request  NULL: nothing */
kw_status kw_qae_fit_with(kw_comm *comm, const kw_qae_config *given, const kw_qae_fit_request *request,
                          kw_qae_fit_result *out);

void kw_qae_fit_free(kw_qae_fit_result *result);

#endif
