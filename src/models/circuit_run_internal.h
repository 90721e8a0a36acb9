/* F4  What the parts of running a program share. */
#ifndef KW_CIRCUIT_RUN_INTERNAL_H
#define KW_CIRCUIT_RUN_INTERNAL_H

#include "base/ticker.h"
#include "ketwall/plan.h"
#include "models/circuit_files.h"
#include "models/circuit_run.h"

typedef struct kw_run_job {
    kw_comm *world, *comm; /* comm: the ranks that share a state */
    int replica, replicas;
    uint64_t memory; /* per rank, the least of all ranks */
    const kw_program *program;
    const kw_run_request *request;
    kw_run_result *result;
    kw_state *state;
    kw_observable **observables;
    bool loses_norm;    /* by amplitude damping, within a shot */
    bool all_qubits;    /* nothing is measured: outcomes are those of all qubits */
    uint64_t *outcomes; /* of every shot: classical bits; in a static program without readout errors, qubits */
    double *values;     /* (shots, observables); of a program that runs shot by shot */
    int *qubit_of_bit;  /* where the outcomes are those of qubits and not all are wanted, else NULL */
    kw_run_keeper keeper;
    const kw_plan *running; /* the plan between whose steps the run is; or NULL */
} kw_run_job;

/** KW_E_INTERNAL where |psi|^2 is not 1; on the way through amplitude damping it may be less.                     @local */
kw_status kw_run_check_norm(const kw_run_job *job, double norm, bool at_end);

/** |psi|^2 of the state as its gates left it; packed states are at norm 1 again, unless noise shrinks them.   @collective */
double kw_run_norm(const kw_run_job *job);

/** Notes what `auto` stands for in a plan.                                                                       @local */
void kw_run_choose_rounding(kw_run_job *job, const kw_plan *plan);

/** Runs a static program once and samples its final state (circuit_once.c); any other shot by shot (circuit_shots.c).  Sets
 *  outcomes, expectations, amplitudes, norm, seconds and passes.                                         @collective */
kw_status kw_run_once(kw_run_job *job);
kw_status kw_run_shots(kw_run_job *job);

/** Turns outcomes, which it sorts, into counts by key.                                                          @local */
kw_status kw_run_count(kw_run_job *job);

#endif
