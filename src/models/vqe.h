/* F4  The variational quantum eigensolver: min over theta of E(theta) = <b|U(theta)^dag H U(theta)|b>, H a Pauli sum, |b> a
 * basis state (Peruzzo et al. 2014, arXiv 1304.3061), beside the exact ground-state energy and the best product state. */
#ifndef KW_VQE_H
#define KW_VQE_H

#include "ketwall/plan.h"
#include "models/need.h"
#include "models/training.h"
#include "models/vqe_config.h"

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): there is one of it, in the order of reading */
typedef struct {
    int ranks, ranks_per_state; /* ranks beyond those that can share the state do the same work again */
    int parameters;
    size_t gates;
    uint64_t steps;          /* at most */
    bool gradients;          /* the optimiser takes gradients: a second state */
    kw_need value, gradient; /* one energy as the optimiser takes it; one energy with its gradient */
    kw_need evaluation;      /* one exact energy, with its variance where there is a second state */
    bool exact;              /* the ground-state energy will be computed */
    uint64_t exact_bytes;    /* what that takes, while no state is there */
    bool run_known;          /* false: the optimiser decides as it goes, or PARPACK does */
    kw_need run;
    kw_rounding rounding;     /* of packed states: what `auto` stands for */
    kw_infidelity infidelity; /* that one energy is expected to cost */
    uint64_t memory_per_rank;
    bool fits;
} kw_vqe_forecast;

/** @param[in] memory_per_rank  bytes
 *  @return KW_OK (also if it does not fit: see fits), KW_E_ARG (rank count), KW_E_INPUT, KW_E_NOMEM            @local */
kw_status kw_vqe_foretell(const kw_vqe_config *config, int ranks, uint64_t memory_per_rank, kw_vqe_forecast *f);

/** The forecast as JSON: the same names as in result.json.                                                      @local */
json_t *kw_vqe_forecast_json(const kw_vqe_config *config, const kw_vqe_forecast *forecast);

/** Runs `config` on all ranks of `world`.  Writes into run.dir: config.ini, metrics.jsonl, checkpoint-*.h5, result.json.
 *  @param[out] result  on rank 0: the contents of result.json (new reference); elsewhere NULL
 *  @return KW_OK; KW_E_STOPPED (asked to: a checkpoint is there), KW_E_FIT (before allocating), KW_E_ARG, KW_E_INPUT,
 *          KW_E_IO, KW_E_NOMEM, KW_E_INTERNAL                                                              @collective */
kw_status kw_vqe_run(kw_comm *world, const kw_config *config, const kw_training_request *request, json_t **result);

#endif
