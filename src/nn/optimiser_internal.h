/* F2  Inside of the optimisers: common state, and one table of functions per method. */
#ifndef KW_OPTIMISER_INTERNAL_H
#define KW_OPTIMISER_INTERNAL_H

#include "ketwall/optimiser.h"

/* Exported state: this header, then the method's own numbers.  Counters are exact in doubles below 2^53. */
enum { KW_HEADER_KIND, KW_HEADER_P, KW_HEADER_STEPS, KW_HEADER_EVALUATIONS, KW_HEADER_SIZE };

/* What NLopt saw, in order: per evaluation [has gradient, f, x (p), g (p) if any]. */
typedef struct {
    double *numbers;
    size_t size, capacity;
    double best; /* lowest f so far */
} kw_evaluation_log;

struct kw_optimiser {
    kw_optimiser_config config;
    size_t p;
    double *x;     /* current point; L-BFGS, COBYLA: best so far (p) */
    double *start; /* x0 (p) */
    double *m, *v; /* Adam's moments (p) */
    uint64_t steps, evaluations;
    kw_evaluation_log log; /* L-BFGS, COBYLA */
};

typedef struct {
    kw_status (*run)(kw_optimiser *optimiser, kw_comm *comm, const kw_problem *problem);
    size_t (*state_size)(const kw_optimiser *optimiser); /* without the header */
    void (*export)(const kw_optimiser *optimiser, double *state);
    /* after the header; changes the optimiser only on success */
    kw_status (*import)(kw_optimiser *optimiser, const double *state, size_t size, uint64_t steps, uint64_t evaluations);
} kw_optimiser_method;

extern const kw_optimiser_method kw_optimiser_adam, kw_optimiser_spsa, kw_optimiser_nlopt;

/** One evaluation on all ranks, at rank 0's x; g NULL: value only.  Fails if a rank fails or f is not finite.
 *  Counts it.                                                                                              @collective */
kw_status kw_optimiser_evaluate(kw_optimiser *optimiser, kw_comm *comm, const kw_problem *problem, double *x, double *f,
                                double *g);

/** Counts a step and reports it to the problem.                                                            @collective */
kw_status kw_optimiser_step_done(kw_optimiser *optimiser, kw_comm *comm, const kw_problem *problem, const double *x,
                                 double f, const double *g);

#endif
