/* F4  The configuration of an autoencoder run: option table, and the checked values. */
#ifndef KW_QAE_CONFIG_H
#define KW_QAE_CONFIG_H

#include "data/ensemble.h"
#include "ketwall/observable.h"
#include "models/training_config.h"

extern const kw_option kw_qae_options[];
extern const size_t kw_qae_option_count;

typedef enum { KW_KEEP_AUTO, KW_KEEP_YES, KW_KEEP_NO } kw_keep;

typedef struct {
    kw_training_config training;
    int ranks_per_state; /* 0: as few as memory allows */

    kw_ensemble_config data;
    int test_members;
    kw_keep keep;

    uint64_t trash_mask;
    int n_trash;
    kw_trash_cost cost;
    uint64_t
        circuits; /* that one evaluation measures per state: 1; with train.gradient = shift those of its rule beside it */
} kw_qae_config;

/** Copies of states that `evaluations` take by train.shots measurements: x states x shots x circuits; 0 where costs are
 *  exact, which no experiment could do.                                                                          @local */
uint64_t kw_qae_copies(const kw_qae_config *config, uint64_t evaluations, int states);

/** Checked values of a configuration that was read.  Texts and arrays belong to `source`.                       @local
 *  @return KW_OK, KW_E_INPUT naming the key */
kw_status kw_qae_config_parse(const kw_config *source, kw_qae_config *out);

#endif
