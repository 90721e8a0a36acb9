/* Running programs: what `ketwall run` does, from a program to counts, expectations and amplitudes.
 *
 * A request that is zeroed, {0}, asks for the norm and the costs alone; every field adds to it. */
#ifndef KETWALL_RUN_H
#define KETWALL_RUN_H

#include "ketwall/comm.h"
#include "ketwall/qasm.h"
#include "ketwall/state.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The directory of a run that may be stopped and gone on with: checkpoints (checkpoint-<number>.h5) in mid-circuit and
 *  between shots; config.ini, which binds it to one circuit, seed and number of shots; a result.json in it is removed.  At
 * safe points, between the steps of a plan, of a program and between shots, all ranks agree whether to write one or to stop:
 * on SIGUSR1, SIGTERM and SIGINT (of a program that catches them as ketwall does), a file dir/stop, the time limit.  Zeroed:
 * no directory. */
typedef struct {
    const char *dir;        /* made if need be; NULL: none */
    const char *resume;     /* NULL: start anew; "auto": the newest good checkpoint of dir, if any; else a file */
    double max_wall_s;      /* stop after this time [s]; 0: never */
    double every_s;         /* between checkpoints [s]; 0: only when the run stops */
    int keep;               /* the newest so many stay; at least 1 */
    const char *provenance; /* JSON text that they hold; may be NULL */
} kw_run_files;

/** What to run; the same on every rank.  What it points to must live as long as the call. */
typedef struct {
    uint64_t shots, seed;
    kw_precision precision;
    kw_rounding rounding;           /* of packed amplitudes */
    double max_infidelity;          /* stop with KW_E_INTERNAL once the estimate is above it; 0: never */
    const char *const *observables; /* as for kw_observable_parse: "Z0 Z1", "@FILE" */
    size_t n_observables;
    const uint64_t *amplitudes; /* logical indices; only of static programs */
    size_t n_amplitudes;
    bool all_amplitudes;
    const uint64_t *qubits; /* whose outcomes' probabilities are wanted; only of static programs */
    size_t n_qubits;
    const char *save_state;   /* HDF5 file, or NULL; only of static programs */
    uint64_t memory_per_rank; /* bytes; 0: kw_memory_per_rank() */
    bool progress;            /* on stderr, if it takes long */
    kw_run_files files;
} kw_run_request;

/** How often a key was measured. */
typedef struct {
    char *bits; /* as kw_program_key */
    uint64_t shots;
} kw_count;

/** Everything asked for, and what it cost: per rank, the maximum over ranks; of a run that went on, this process's part. The
 * same on every rank, but for seconds, and for the norm of a program that is not static, which is that of the last shot of
 * this rank. */
typedef struct {
    int qubits;
    bool is_static;
    kw_count *counts; /* in the order of their keys */
    size_t n_counts;
    double *expectations; /* by observable, before the final measurements; of a program that is not static: mean of shots */
    double *bounds;       /* how far off rounding may have moved each: kw_observable_error */
    double *errors;       /* standard errors of these means; NaN for one shot; NULL of a static program */
    uint64_t *indices;    /* of the amplitudes */
    kw_complex *amplitudes; /* before the final measurements */
    size_t n_amplitudes;
    double *probabilities; /* of the chosen qubits: bit j of the index is the outcome of the j-th lowest of them */
    uint64_t n_probabilities;
    double norm;              /* <psi|psi> before it is restored to 1 */
    kw_infidelity infidelity; /* of the state by rounding; of a program that is not static, of the worst shot that this
                                 process and those beside it ran */
    kw_rounding rounding;     /* of packed amplitudes; `auto`: what it stood for, stochastic if it was that anywhere */
    double seconds;           /* of executing gates and, shot by shot, what goes with them */
    uint64_t passes;          /* through the state, of the whole plan; of a program that is not static: of one shot */
    uint64_t exchanges, bytes_exchanged, peak_bytes_per_rank; /* peak: kw_memory_peak(), what the caller holds included */
    uint64_t checkpoints, checkpoint_bytes;                   /* written by this process */
    double checkpoint_seconds;                                /* of writing and verifying them; they are part of `seconds` */
} kw_run_result;

/** Runs a program.  Static programs run once and are sampled; others run once per shot, the shots spread over replicas of as
 *  few ranks as hold the state.  Noise makes every shot one trajectory (Dalibard, Castin, Moelmer 1992): Pauli errors are
 *  drawn before their stretch of gates runs; amplitude damping jumps with its probability in the state.  Shot s and step m
 *  draw from (seed, s, m), so counts do not depend on ranks or threads.  Readout errors alone leave a program static: they
 *  change counts, nothing else.  Memory beside the state: 8 bytes per shot, and per shot and observable if shots run one by
 *  one.  Resets kw_memory_peak().                                                                          @collective
 *  @return KW_OK; KW_E_FIT before allocating; KW_E_ARG (rank count), KW_E_INPUT (observable; amplitudes, probabilities
 *          or a saved state of a program that is not static; no shots of such a program; a checkpoint of other work),
 *          KW_E_IO, KW_E_NOMEM, KW_E_INTERNAL (the norm is lost), KW_E_STOPPED (there is a checkpoint to go on from) */
kw_status kw_program_run(kw_comm *world, const kw_program *program, const kw_run_request *request, kw_run_result **out);
void kw_run_result_destroy(kw_run_result **result);

/** Outcome o of the chosen qubits as a bit string, highest first; returns `bits`, room for KW_MAX_QUBITS + 1.   @local */
const char *kw_outcome_text(const kw_run_result *result, uint64_t outcome, char *bits);

/* For executors of one's own: what kw_program_run draws in shot number 0, 1, ... of a program that is not static.  They give
 * the same counts if they go through the steps in order, and leave the measurements of kw_program_measured_last() for the
 * end, where one sample of the state holds them all.  Errors of noise have numbers of their own. */

/** The u of step `step` for kw_state_measure and kw_state_reset_qubit, uniform on [0, 1).                       @local */
double kw_shot_uniform(uint64_t seed, uint64_t number, uint64_t step);

/** The seed of that one sample: kw_state_sample(state, 1, kw_shot_seed(seed, number), &index).                    @local */
uint64_t kw_shot_seed(uint64_t seed, uint64_t number);

/** is_last[i]: step i is a measurement on whose qubit and bit nothing later depends, so that it can wait for the end. @local
 *  @param[out] is_last  kw_program_steps() of them
 *  @return KW_OK, KW_E_INPUT (more than 62 classical bits), KW_E_NOMEM */
kw_status kw_program_measured_last(const kw_program *program, bool *is_last);

#ifdef __cplusplus
}
#endif
#endif
