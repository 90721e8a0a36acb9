/* F4  What an autoencoder run tells: history, metrics, progress, result. */
#ifndef KW_QAE_OUTPUT_H
#define KW_QAE_OUTPUT_H

#include <jansson.h>
#include <stdio.h>

#include "models/qae_internal.h"

/* X(member, "name in metrics.jsonl") of a history row; NaN: not measured at that step */
#define KW_QAE_COLUMNS(X)                                                                                                   \
    X(step, "step")                                                                                                         \
    X(seconds, "seconds")                                                                                                   \
    X(cost, "cost")                                                                                                         \
    X(cost_global, "cost_global")                                                                                           \
    X(cost_local, "cost_local")                                                                                             \
    X(fidelity, "fidelity")                                                                                                 \
    X(infidelity, "infidelity")                                                                                             \
    X(gradient_norm, "gradient_norm")                                                                                       \
    X(test_fidelity, "test_fidelity")                                                                                       \
    X(reconstruction, "reconstruction")                                                                                     \
    X(test_reconstruction, "test_reconstruction")

typedef struct {
#define KW_QAE_MEMBER(member, name) double member;
    KW_QAE_COLUMNS(KW_QAE_MEMBER)
#undef KW_QAE_MEMBER
} kw_qae_row;

enum { KW_QAE_ROW_NUMBERS = sizeof(kw_qae_row) / sizeof(double) };

/** Names of the columns, separated by spaces. */
extern const char kw_qae_column_names[];

/** Appends one JSON line.                                          @return KW_OK, KW_E_IO */
kw_status kw_qae_write_metric(FILE *metrics, const char *path, const kw_qae_row *row);

/* Progress on stderr: one rewritten line on a terminal, a log line every few seconds otherwise. */
typedef struct {
    bool terminal;
    double started, spoke; /* clock [s] */
    uint64_t first_step;
} kw_progress;

void kw_progress_begin(kw_progress *progress, uint64_t first_step);
void kw_progress_step(kw_progress *progress, const kw_qae *qae, const kw_qae_row *row, uint64_t steps);
void kw_progress_end(const kw_progress *progress);

/** Seconds on a clock that only goes forward. */
double kw_clock(void);

typedef struct {
    const kw_qae_score *train, *test;
    const kw_qae_result *results; /* by position */
    uint64_t steps, evaluations, peak_bytes;
    kw_traffic traffic;
    double seconds, gradient_norm;
    json_t *provenance;
} kw_qae_summary;

/** The contents of result.json; NULL without memory.                                                            @local */
json_t *kw_qae_result_json(const kw_qae *qae, const kw_qae_summary *summary);

/** Writes JSON to path.tmp and renames it.                         @return KW_OK, KW_E_IO                      @local */
kw_status kw_qae_write_json(const json_t *value, const char *path);

#endif
