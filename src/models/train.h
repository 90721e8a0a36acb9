/* F4  Quantum-Train (Liu et al. 2024, arXiv 2405.11304): a small circuit and a mapping network generate all weights of a
 * CNN, which is trained on images, the batch shared by all ranks.  Controls without the circuit run on the same data. */
#ifndef KW_TRAIN_H
#define KW_TRAIN_H

#include "models/need.h"
#include "models/train_config.h"
#include "models/training.h"

typedef struct {
    int ranks, ranks_per_state;
    bool shard;
    size_t train, validation, test; /* images */
    size_t angles, parameters;      /* trained: of the circuit, in all */
    uint64_t steps_per_epoch, steps;
    uint64_t bytes;           /* that a rank holds */
    uint64_t plain_bytes;     /* those of them that are not counted when they are allocated: images, lists of numbers */
    kw_rounding rounding;     /* of packed states: what `auto` stands for */
    kw_infidelity infidelity; /* that one run of the circuit is expected to cost */
    uint64_t memory_per_rank;
    bool fits;
} kw_train_forecast;

/** @param[in] found  training and test images that there are
 *  @return KW_OK (also if it does not fit: see fits), KW_E_INPUT, KW_E_ARG (rank count), KW_E_NOMEM              @local */
kw_status kw_train_foretell(const kw_train_config *config, const size_t found[2], int ranks, uint64_t memory_per_rank,
                            kw_train_forecast *out);
/** Images of a set with files when all of them are there; of digits what the configuration asks for.             @local */
void kw_train_expected_images(const kw_train_config *config, size_t found[2]);

/** The forecast as JSON: the same names as in result.json.                                                       @local */
json_t *kw_train_forecast_json(const kw_train_config *config, const kw_train_forecast *forecast);

/** Runs `config` on all ranks of `world`.  Writes into run.dir: config.ini, metrics.jsonl (one row per epoch),
 *  checkpoint-*.h5, result.json.
 *  @param[out] result  on rank 0: the contents of result.json (new reference); elsewhere NULL
 *  @return KW_OK; KW_E_STOPPED (asked to: a checkpoint is there), KW_E_FIT, KW_E_ARG, KW_E_INPUT, KW_E_IO, KW_E_NOMEM,
 *          KW_E_INTERNAL                                                                                    @collective */
kw_status kw_train_run(kw_comm *world, const kw_config *config, const kw_training_request *request, json_t **result);

#endif
