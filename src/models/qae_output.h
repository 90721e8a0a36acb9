/* F4  What an autoencoder run tells: the columns of its history, its result. */
#ifndef KW_QAE_OUTPUT_H
#define KW_QAE_OUTPUT_H

#include "models/qae_internal.h"
#include "models/training.h"

/* X(CONSTANT, "name in metrics.jsonl") of what a row holds behind KW_ROW_COMMON */
#define KW_QAE_COLUMNS(X)                                                                                                   \
    X(KW_QAE_COST_GLOBAL, "cost_global")                                                                                    \
    X(KW_QAE_COST_LOCAL, "cost_local")                                                                                      \
    X(KW_QAE_FIDELITY, "fidelity")                                                                                          \
    X(KW_QAE_INFIDELITY, "infidelity")                                                                                      \
    X(KW_QAE_TEST_FIDELITY, "test_fidelity")                                                                                \
    X(KW_QAE_RECONSTRUCTION, "reconstruction")                                                                              \
    X(KW_QAE_TEST_RECONSTRUCTION, "test_reconstruction")                                                                    \
    X(KW_QAE_COPIES, "copies")

enum {
    KW_QAE_BEFORE = KW_ROW_OWN - 1,
#define KW_QAE_CONSTANT(constant, name) constant,
    KW_QAE_COLUMNS(KW_QAE_CONSTANT)
#undef KW_QAE_CONSTANT
        KW_QAE_ROW_NUMBERS
};

#define KW_QAE_COLUMN_NAME(constant, name) " " name
#define KW_QAE_ROW_NAMES                   KW_ROW_COMMON KW_QAE_COLUMNS(KW_QAE_COLUMN_NAME)

typedef struct {
    const kw_qae_score *train, *test;
    const kw_qae_result *results; /* by position */
    uint64_t peak_bytes;
    kw_traffic traffic;
    uint64_t copies; /* measured; 0: costs were exact */
} kw_qae_summary;

/** What result.json holds beside what kw_training_finish adds; NULL without memory.                             @local */
json_t *kw_qae_result_json(const kw_qae *qae, const kw_qae_summary *summary);

#endif
