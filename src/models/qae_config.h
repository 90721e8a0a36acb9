/* F4  The configuration of an autoencoder run: option table, and the checked values. */
#ifndef KW_QAE_CONFIG_H
#define KW_QAE_CONFIG_H

#include "data/ensemble.h"
#include "io/config.h"
#include "ketwall/circuit.h"
#include "ketwall/observable.h"
#include "nn/optimiser.h"

extern const kw_option kw_qae_options[];
extern const size_t kw_qae_option_count;

typedef enum { KW_ANSATZ_START_RANDOM, KW_ANSATZ_START_SMALL, KW_ANSATZ_START_ZERO } kw_ansatz_start;
typedef enum { KW_KEEP_AUTO, KW_KEEP_YES, KW_KEEP_NO } kw_keep;

typedef struct {
    const char *dir;
    uint64_t seed;
    kw_precision precision;
    int ranks_per_state;      /* 0: as few as memory allows */
    uint64_t memory_per_rank; /* bytes; 0: what the node has */
    double max_wall_s, checkpoint_every_s;
    int keep_checkpoints;

    kw_ensemble_config data;
    int test_members;
    kw_keep keep;

    uint64_t trash_mask;
    int n_trash;

    kw_ansatz_kind ansatz;
    int layers;
    bool ring;
    kw_ansatz_start start;
    double start_width;

    kw_trash_cost cost;
    kw_optimiser_config optimiser;
    uint64_t shots; /* per member and evaluation; 0: exact costs */
    uint64_t evaluate_every;
} kw_qae_config;

/** Checked values of a configuration that was read.  Texts and arrays belong to `source`.                       @local
 *  @return KW_OK, KW_E_INPUT naming the key */
kw_status kw_qae_config_parse(const kw_config *source, kw_qae_config *out);

#endif
