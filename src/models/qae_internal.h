/* F4  Inside of the autoencoder: the ensemble on its process grid, costs, bounds. */
#ifndef KW_QAE_INTERNAL_H
#define KW_QAE_INTERNAL_H

#include "circuit/shift.h"
#include "models/qae_forecast.h"

#define KW_QAE_NOTE_BYTES 128

/* Members in training-then-test order; entry t of the training set is position t, of the test set n_train + t. */
typedef struct {
    int member;    /* of the ensemble */
    double weight; /* within its set; sums to 1 there */
    void *kept;    /* this rank's slab, or NULL */
    char note[KW_QAE_NOTE_BYTES];
} kw_qae_entry;

typedef struct {
    double optimum, optimum_error, null_baseline; /* error = 1 - optimum, with its digits */
} kw_qae_bound;

/* What one set reached. */
typedef struct {
    double fidelity, infidelity, cost_global, cost_local, reconstruction;
} kw_qae_score;

/* Per member: weights of the trash register reduced to what is reported; what rounding has cost its state. */
typedef struct {
    double fidelity, infidelity, cost_local, reconstruction;
    kw_infidelity rounding;
} kw_qae_result;

typedef struct {
    kw_qae_config config;
    kw_qae_forecast forecast;
    kw_comm *world, *comm; /* comm: the ranks of this replica */
    int replica;
    kw_ensemble *ensemble;
    kw_qae_entry *entries;
    int n_train, n_test;
    kw_circuit *encoder;
    kw_plan *plan;
    kw_shift_rule *rule; /* of gradients by parameter shift; else NULL */
    kw_plan *shifted;    /* plan of its opened circuit */
    kw_observable *cost;
    kw_state *ket, *bra;
    kw_qae_bound train_bound, test_bound;
    kw_qae_score last;   /* of the last cost or gradient evaluation (reconstruction: not set) */
    uint64_t copies;     /* measured up to and with it */
    uint64_t peak_bytes; /* of this rank, over everything before the evaluation in hand */
    kw_need measured_value, measured_gradient, measured_evaluation; /* of the first one of each kind */
} kw_qae;

/** Builds everything that the forecast describes; makes the members that are kept; bounds.                 @collective
 *  @return KW_OK; KW_E_FIT before anything large is allocated if it does not fit; others of what it calls */
kw_status kw_qae_create(kw_comm *world, const kw_qae_config *config, const kw_qae_forecast *forecast, kw_qae **out);
void kw_qae_destroy(kw_qae **qae);

/** This replica's positions of a set: first, first + replicas, ...; `end` excluded. */
static inline int kw_qae_first(const kw_qae *q, bool test) { return test ? q->n_train + q->replica : q->replica; }
static inline int kw_qae_end(const kw_qae *q, bool test) { return test ? q->n_train + q->n_test : q->n_train; }

/** state <- member at a position, in logical order.                            @collective over the replica's ranks */
kw_status kw_qae_load(kw_qae *qae, int position, kw_state *state);

/** Optimum and null baseline of both sets, through their Gram matrices.                                    @collective */
kw_status kw_qae_bounds(kw_qae *qae);

/** Cost over the training set, from train.shots shots per member (keyed by `evaluation`) or exact.         @collective */
kw_status kw_qae_value(kw_qae *qae, uint64_t evaluation, const double *theta, double *f);

/** Exact cost over the training set and its adjoint gradient (p).                                          @collective */
kw_status kw_qae_gradient(kw_qae *qae, const double *theta, double *f, double *g);

/** The same by the parameter-shift rule (train.gradient = shift): every circuit of the rule, and the unshifted one for the
 *  cost, is measured by train.shots shots of its own per member, keyed by evaluation, circuit and member; without shots it
 * is the gradient itself.                                                                                    @collective */
kw_status kw_qae_gradient_by_shift(kw_qae *qae, uint64_t evaluation, const double *theta, double *f, double *g);

/** Scores of both sets and, if not NULL, of every position.                                               @collective */
kw_status kw_qae_evaluate(kw_qae *qae, const double *theta, kw_qae_score *train, kw_qae_score *test, kw_qae_result *results);

/** Exchanges and bytes since creation, the maximum over ranks.                                             @collective */
kw_traffic kw_qae_traffic(kw_qae *qae);

/** Counted peak bytes since creation, the maximum over ranks.                                              @collective */
uint64_t kw_qae_peak(kw_qae *qae);

#endif
