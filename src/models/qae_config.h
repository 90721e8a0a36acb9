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
} kw_qae_config;

/** Checked values of a configuration that was read.  Texts and arrays belong to `source`.                       @local
 *  @return KW_OK, KW_E_INPUT naming the key */
kw_status kw_qae_config_parse(const kw_config *source, kw_qae_config *out);

#endif
