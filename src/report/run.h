/* F5  One run directory in memory: result.json, metrics.jsonl, config.ini.  Numbers that a file does not hold are NaN. */
#ifndef KW_RUN_H
#define KW_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "ketwall/status.h"

/* Means over the training or the test states; all dimensionless. */
typedef struct {
    bool present;
    double fidelity, infidelity; /* of the trash qubits with |0...0>; infidelity = 1 - fidelity with its digits kept */
    double cost_global, cost_local, reconstruction;
    double optimum, null_baseline; /* the best that any encoder, and the best that a constant encoder, can reach */
    double gap;                    /* optimum - fidelity */
} kw_run_scores;

typedef struct {
    double step, seconds, cost, cost_global, cost_local, fidelity, infidelity, gradient_norm;
    double test_fidelity, reconstruction, test_reconstruction;
} kw_run_step;

typedef struct {
    bool test;
    const char *label, *note;
    double index, weight, fidelity, infidelity, reconstruction;
} kw_run_member;

typedef struct {
    char *name;     /* last part of the directory */
    json_t *result; /* the whole of result.json; texts below point into it */
    bool finished;
    double optimum_error; /* 1 - optimum with its digits kept */
    kw_run_scores train, test;
    kw_run_step *steps;
    size_t step_count;
    kw_run_member *members;
    size_t member_count;
    char *config; /* text of config.ini, NULL if there is none */
} kw_run;

/** Reads a run directory into *run; free it in any case with kw_run_free.
 *  @return KW_OK, KW_E_INPUT (no finished run; malformed: file and line), KW_E_NOMEM                             @local */
kw_status kw_run_read(const char *directory, kw_run *run);
void kw_run_free(kw_run *run);

double kw_run_number(const json_t *object, const char *name);    /* NaN if missing */
const char *kw_run_text(const json_t *object, const char *name); /* NULL if missing */

/** optimum - fidelity of one step, from the infidelity where it is there.                                        @local */
double kw_run_step_gap(const kw_run *run, const kw_run_step *step);

#endif
