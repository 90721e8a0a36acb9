/* Optimisers over flat parameter vectors: Adam and SPSA (own, bit-for-bit resumable), L-BFGS and COBYLA (NLopt, resumed
 * by replaying the stored evaluations).  All ranks call; rank 0 decides, the others receive. */
#ifndef KETWALL_OPTIMISER_H
#define KETWALL_OPTIMISER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ketwall/comm.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KW_OPTIMISER_LIST(X)                                                                                                \
    X(ADAM, "adam", "Adam on the exact gradient (Kingma & Ba 2014, arXiv 1412.6980)")                                       \
    X(LBFGS, "lbfgs", "L-BFGS on the exact gradient (NLopt)")                                                               \
    X(COBYLA, "cobyla", "COBYLA, without gradients (NLopt)")                                                                \
    X(SPSA, "spsa", "SPSA, two noisy cost values per step (Spall 1998)")

typedef enum {
#define KW_OPTIMISER_ENUM(kind, name, text) KW_OPTIMISER_##kind,
    KW_OPTIMISER_LIST(KW_OPTIMISER_ENUM)
#undef KW_OPTIMISER_ENUM
        KW_OPTIMISER_KINDS
} kw_optimiser_kind;

/** Settings; nothing has a default, and what a kind does not use may be 0. */
typedef struct {
    kw_optimiser_kind kind;
    uint64_t max_steps;                                    /* Adam, SPSA: steps; L-BFGS, COBYLA: evaluations */
    double learning_rate;                                  /* Adam: alpha; SPSA: a */
    double beta1, beta2, epsilon;                          /* Adam; its paper takes 0.9, 0.999, 1e-8 */
    double spsa_c, spsa_alpha, spsa_gamma, spsa_stability; /* SPSA gains a/(k+1+A)^alpha, c/(k+1)^gamma; A = stability */
    double initial_step;                                   /* COBYLA [rad] */
    double tolerance; /* L-BFGS, COBYLA: stop when the cost changes by less (relative); 0: never */
    uint64_t seed;    /* SPSA directions */
} kw_optimiser_config;

/* The function to minimise.  Collective: called on every rank with the same x; must return the same numbers and status. */
typedef struct {
    /* cost without gradient; `evaluation` counts from 0 and keys the shots of a noisy cost */
    kw_status (*value)(void *context, uint64_t evaluation, const double *x, double *f);
    kw_status (*gradient)(void *context, uint64_t evaluation, const double *x, double *f, double *g);
    /* after every step (L-BFGS, COBYLA: evaluation), not while replaying; x: the point just evaluated (Adam: before the
     * update).  Anything but KW_OK ends the run with that status. */
    kw_status (*step)(void *context, uint64_t step, const double *x, double f, const double *g /* or NULL */);
    void *context;
    double (*rate)(void *context); /* Adam: factor of the learning rate at the coming step; NULL: 1 */
} kw_problem;

typedef struct kw_optimiser kw_optimiser;

/** An optimiser of p parameters.                                                                                @local
 *  @param[in] x0  start (p), copied; the same on every rank
 *  @return KW_OK, KW_E_ARG (no such kind), KW_E_NOMEM.  Memory: 32 bytes per parameter; L-BFGS and COBYLA also keep every
 *          evaluation: 8 (p + 2) bytes each, with a gradient 8 (2 p + 2). */
kw_status kw_optimiser_create(const kw_optimiser_config *config, size_t p, const double *x0, kw_optimiser **out);
void kw_optimiser_destroy(kw_optimiser **optimiser);

/** Minimises until max_steps, convergence, or a status from `step`.  Steps already done (after kw_optimiser_import) are not
 *  repeated.                                                                                               @collective
 *  @return KW_OK, what `problem` returned, KW_E_ARG (NLopt refuses its settings), KW_E_NOMEM, KW_E_INTERNAL (a cost that is
 *          not finite), KW_E_IO (imported evaluations do not replay) */
kw_status kw_optimiser_run(kw_optimiser *optimiser, kw_comm *comm, const kw_problem *problem);

/** Current point (p), of L-BFGS and COBYLA the best so far; steps and evaluations done.                          @local */
const double *kw_optimiser_x(const kw_optimiser *optimiser);
uint64_t kw_optimiser_steps(const kw_optimiser *optimiser);
uint64_t kw_optimiser_evaluations(const kw_optimiser *optimiser);

/** Whole state as one flat array, for checkpoints: kw_optimiser_state_size() doubles (it grows for L-BFGS, COBYLA).  An
 *  optimiser that imports it goes on to the same bits.                                                           @local */
size_t kw_optimiser_state_size(const kw_optimiser *optimiser);
void kw_optimiser_export(const kw_optimiser *optimiser, double *state);
/** @return KW_OK, KW_E_IO (size or contents do not belong to this kind, p), KW_E_NOMEM                           @local */
kw_status kw_optimiser_import(kw_optimiser *optimiser, const double *state, size_t size);

/** Cost evaluations and gradient evaluations of a whole run where their number is fixed (Adam: 0 and max_steps; SPSA:
 *  2 max_steps and 0).  Returns false for L-BFGS and COBYLA, which decide as they go.                            @local */
bool kw_optimiser_fixed_evaluations(const kw_optimiser_config *config, uint64_t *values, uint64_t *gradients);

#ifdef __cplusplus
}
#endif
#endif
