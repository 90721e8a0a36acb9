/* F4  The quantum autoencoder run: train, checkpoint, resume, report. */
#ifndef KW_QAE_H
#define KW_QAE_H

#include "models/qae_forecast.h"
#include "models/training.h"

/** Runs the configuration on all ranks of `world`.  Writes into run.dir: config.ini, metrics.jsonl, checkpoint-*.h5,
 *  result.json.
 *  @param[out] result  on rank 0: the contents of result.json (new reference); elsewhere NULL
 *  @return KW_OK; KW_E_STOPPED (asked to: a checkpoint is there), KW_E_FIT (before allocating), KW_E_ARG, KW_E_INPUT,
 *          KW_E_IO, KW_E_NOMEM, KW_E_INTERNAL                                                              @collective */
kw_status kw_qae_run(kw_comm *world, const kw_config *source, const kw_training_request *request, json_t **result);

/** The forecast as JSON: the same names as in result.json.                                                      @local */
json_t *kw_qae_forecast_json(const kw_qae_config *config, const kw_qae_forecast *forecast);

#endif
