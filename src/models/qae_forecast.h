/* F4  What an autoencoder run will need, before anything is allocated: the process grid, memory, exchanges. */
#ifndef KW_QAE_FORECAST_H
#define KW_QAE_FORECAST_H

#include "ketwall/plan.h"
#include "models/need.h"
#include "models/qae_config.h"

/* The process grid is `replicas` x `ranks_per_state`: the ranks of a replica share one statevector, replicas share the work
 * of the ensemble.  Training member t belongs to replica t mod replicas, and so does test member t. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): there is one of it, in the order of reading */
typedef struct {
    int ranks, ranks_per_state, replicas;
    bool keep; /* members are kept in memory */
    int train, test, parameters;
    size_t gates;
    uint64_t steps;           /* at most */
    uint64_t copies;          /* of states that the run measures; 0: costs are exact, or !evaluations_known */
    bool evaluations_known;   /* false: the optimiser decides as it goes */
    bool use_known;           /* false: members are made by Lanczos anew for every evaluation */
    kw_need value;            /* one cost evaluation over the training set */
    kw_need gradient;         /* one gradient evaluation over the training set, by the method asked for */
    kw_need evaluation;       /* one report on all members: fidelities and reconstruction */
    bool setup_known;         /* false: Lanczos decides as it goes */
    kw_need setup;            /* making the members, Gram matrix */
    bool run_known;           /* false: set-up unknown, or the optimiser decides as it goes */
    kw_need run;              /* the whole run, without resuming */
    kw_rounding rounding;     /* of packed states: what `auto` stands for */
    kw_infidelity infidelity; /* that encoding a member is expected to cost */
    uint64_t memory_per_rank; /* what a rank may use */
    bool fits;
} kw_qae_forecast;

/** Chooses the process grid and predicts; `config->data.lanczos_bytes` becomes final (auto: half the memory).    @local
 *  @param[in] memory_per_rank  bytes
 *  @return KW_OK (also if it does not fit: see fits), KW_E_ARG (rank count, grid), KW_E_INPUT, KW_E_NOMEM */
kw_status kw_qae_foretell(kw_qae_config *config, int ranks, uint64_t memory_per_rank, kw_qae_forecast *out);

/** Sets config->test_members of the members aside, those with the smallest random keys.  Both sets keep the ensemble's
 *  order.                                                                                                        @local
 *  @param[out] member_at  (members) the training set, then the test set: positions 0, 1, ... of the run
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_qae_split(const kw_qae_config *config, int members, int *member_at);

/** KW_E_FIT, with what would help, unless it fits.                                                              @local */
kw_status kw_qae_check_fit(const kw_qae_forecast *forecast);

#endif
