/* F5  Autoencoders as rows of a study: configurations from words. */
#ifndef KW_STUDY_FIT_H
#define KW_STUDY_FIT_H

#include "models/qae_fit.h"
#include "studies/sweep.h"

/** The autoencoder that these words describe, as kw_study_fit trains it.                                          @local
 *  @param[out] out  what `parsed` points into; to be destroyed after it
 *  @return KW_OK, KW_E_INPUT (a word, the configuration), KW_E_NOMEM */
kw_status kw_study_configure(const kw_sweep *sweep, const char *given, kw_config **out, kw_qae_config *parsed);

/** Trains the autoencoder that `words` describe, "section.key=value" between spaces over the defaults of ketwall qae, within
 *  the study's memory.                                                                               @collective over comm
 *  @return as kw_qae_fit_with; KW_E_INPUT (a word, the configuration) */
kw_status kw_study_fit(const kw_sweep *sweep, kw_comm *comm, const char *words, const kw_qae_fit_request *request,
                       kw_qae_fit_result *out);

/** Whether `words` are a configuration: for studies that check all rows before the first.                       @local
 *  @return KW_OK, KW_E_INPUT */
kw_status kw_study_fit_check(const kw_sweep *sweep, const char *words);

/** Whether all texts of a list are among `known`, which ends with NULL.                                          @local
 *  @return KW_OK, KW_E_INPUT (names the key, and what is known) */
kw_status kw_study_check_texts(const kw_config *config, const char *key, const char *const *known);

/** -log10 of an error, at most 16: smaller ones are rounding.                                                    @local */
double kw_study_digits(double error);

#endif
