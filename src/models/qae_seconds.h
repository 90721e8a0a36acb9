/* F4  How long an autoencoder run takes on a machine: predicted from its forecast. */
#ifndef KW_QAE_SECONDS_H
#define KW_QAE_SECONDS_H

#include <jansson.h>

#include "engine/machine.h"
#include "models/qae_forecast.h"

/* [s]; NAN where it is not known: ground states, members from state files, optimisers that decide as they go. */
typedef struct {
    double value, gradient, evaluation; /* one of each, as in kw_qae_forecast */
    double setup;                       /* members and Gram matrix */
    double training;                    /* everything after that */
} kw_qae_seconds;

/** @param[in] config, forecast  as kw_qae_foretell left them                                                     @local
 *  @return KW_OK, KW_E_INPUT, KW_E_NOMEM */
kw_status kw_qae_predict(const kw_qae_config *config, const kw_qae_forecast *forecast, const kw_machine *machine,
                         kw_qae_seconds *out);

/** Adds "seconds" to the plan and to its evaluations, and "seconds_training"; null where it is not known.        @local */
void kw_qae_seconds_json(const kw_qae_seconds *seconds, json_t *plan);

#endif
