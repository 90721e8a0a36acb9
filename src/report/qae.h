/* F5  What a run of the quantum autoencoder holds.  Numbers that a file does not hold are NaN. */
#ifndef KW_REPORT_QAE_H
#define KW_REPORT_QAE_H

#include "report/kind.h"

/* X(CONSTANT, "name in metrics.jsonl") of what a row holds behind KW_ROW_COMMON */
#define KW_QAE_STEP_LIST(X)                                                                                                 \
    X(KW_QAE_STEP_COST_GLOBAL, "cost_global")                                                                               \
    X(KW_QAE_STEP_COST_LOCAL, "cost_local")                                                                                 \
    X(KW_QAE_STEP_FIDELITY, "fidelity")                                                                                     \
    X(KW_QAE_STEP_INFIDELITY, "infidelity")                                                                                 \
    X(KW_QAE_STEP_TEST_FIDELITY, "test_fidelity")                                                                           \
    X(KW_QAE_STEP_RECONSTRUCTION, "reconstruction")                                                                         \
    X(KW_QAE_STEP_TEST_RECONSTRUCTION, "test_reconstruction")

enum { KW_QAE_STEP_BEFORE = KW_ROW_OWN - 1, KW_QAE_STEP_LIST(KW_KIND_STEP_CONSTANT) };

/* Means over the training or the test states; all dimensionless. */
typedef struct {
    bool present;
    double fidelity, infidelity; /* of the trash qubits with |0...0>; infidelity = 1 - fidelity with its digits kept */
    double cost_global, cost_local, reconstruction;
    double optimum, optimum_error; /* the best that any encoder can reach; 1 - optimum with its digits kept */
    double null_baseline;          /* the best that a constant encoder can reach */
    double gap;                    /* optimum - fidelity */
} kw_qae_scores;

typedef struct {
    bool test;
    const char *label, *note; /* never NULL */
    double index, weight, fidelity, infidelity, reconstruction;
} kw_qae_member;

kw_qae_scores kw_qae_train_scores(const kw_run *run);
kw_qae_scores kw_qae_test_scores(const kw_run *run);

size_t kw_qae_members(const kw_run *run);
/** Texts belong to `run`.                                                                                        @local */
kw_qae_member kw_qae_member_at(const kw_run *run, size_t i);

/** optimum - fidelity of row i, from the infidelity where it is there.                                           @local */
double kw_qae_step_gap(const kw_run *run, size_t i);

void kw_qae_compare(const kw_run *run, kw_table *table);
void kw_qae_headline(const kw_run *run, FILE *out);
void kw_qae_tiles(const kw_run *run, FILE *out);
void kw_qae_results(const kw_run *run, FILE *out);
void kw_qae_member_table(const kw_run *run, FILE *out);
void kw_qae_member_csv(const kw_run *run, FILE *out);

bool kw_qae_draw_training(const kw_run *run, FILE *out);
bool kw_qae_draw_convergence(const kw_run *run, FILE *out);
bool kw_qae_draw_members(const kw_run *run, FILE *out);

#endif
