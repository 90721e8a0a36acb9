/* F4  The directory of a circuit's run: where the run stands, in files, and the safe points at which it may end. */
#ifndef KW_CIRCUIT_FILES_H
#define KW_CIRCUIT_FILES_H

#include "base/stop.h"
#include "io/circuit_checkpoint.h"
#include "ketwall/plan.h"
#include "ketwall/run.h"

struct kw_run_job;

enum { KW_COURSE_PAIRS = 128 };

typedef struct {
    const kw_run_files *wanted; /* dir NULL: no files, no safe points */
    kw_stop stop;
    double written; /* clock of the last checkpoint [s] */
    int lock;       /* rank 0 */
    kw_checkpoint_series series;
    int64_t number; /* of the next file */
    char *config, *provenance;
    /* where the run stands */
    uint64_t shot, step, bits;           /* shots done; in this shot: steps of the program done, classical bits */
    int64_t course[2 * KW_COURSE_PAIRS]; /* as in the file */
    size_t n_course;
    kw_status status; /* of the last safe point */
    /* what it goes on from; NULL: nothing, or that was done */
    kw_circuit_checkpoint *found;
    char path[KW_CHECKPOINT_PATH_BYTES];
    bool from_elsewhere; /* that file is none that --resume auto would find */
} kw_run_keeper;

/** "key = value" lines: digest of the circuit, seed, shots, precision, rounding, observables; the caller frees them. @local
 */
kw_status kw_run_describe(const struct kw_run_job *job, char **out);

/** KW_E_INPUT with the first line in which `source`, made for `then`, differs from `now`.                        @local */
kw_status kw_run_check_same(const char *source, const char *then, const char *now);

/** Locks and cleans the directory, finds what the run goes on from.  Also without a directory.             @collective
 *  @return KW_OK, KW_E_INPUT (the directory holds another run; the checkpoint is of other work), KW_E_IO, KW_E_NOMEM */
kw_status kw_run_keeper_open(struct kw_run_job *job);
void kw_run_keeper_close(struct kw_run_job *job);

/** Between shots (state false) or in the middle of one, which all ranks of the world share: saves and stops as asked for.
 *  @return KW_OK, KW_E_STOPPED, KW_E_IO, KW_E_INTERNAL (the norm is lost)                                   @collective */
kw_status kw_run_safe_point(struct kw_run_job *job, bool state);

/** A checkpoint of where a run stands that began with a file from elsewhere: --resume auto finds it from now on. @collective
 */
kw_status kw_run_keep_start(struct kw_run_job *job, bool state);

/** The state of the checkpoint; the run is inside a shot.                                                   @collective */
kw_status kw_run_load_state(struct kw_run_job *job);

/** Whether the run goes on from inside this circuit.                                                             @local */
bool kw_run_goes_on(const struct kw_run_job *job);

/** Runs a circuit on the job's state, or what is left of it.                                                @collective
 *  @param[in] plan  of the circuit for the job's ranks
 *  @param[in] safe  whether there are safe points between the steps of the plan */
kw_status kw_run_circuit(struct kw_run_job *job, const kw_circuit *circuit, const kw_plan *plan, bool safe);

#endif
