/* F4  Running a program: gates, measurements, conditions; what a user wants to know of it. */
#ifndef KW_CIRCUIT_RUN_H
#define KW_CIRCUIT_RUN_H

#include "ketwall/plan.h"
#include "ketwall/qasm.h"
#include "ketwall/state.h"

typedef struct {
    uint64_t shots, seed;
    kw_precision precision;
    const char *const *observables; /* as for kw_observable_parse: "Z0 Z1", "@FILE" */
    size_t n_observables;
    const uint64_t *amplitudes; /* logical indices; only of static programs */
    size_t n_amplitudes;
    bool all_amplitudes;
    const uint64_t *qubits; /* whose outcomes' probabilities are wanted; only of static programs */
    size_t n_qubits;
    const char *save_state;   /* HDF5 file, or NULL; only of static programs */
    uint64_t memory_per_rank; /* bytes */
    bool progress;            /* on stderr, if it takes long */
} kw_run_request;

typedef struct {
    char *bits; /* classical registers from last to first, separated by spaces; nothing measured: all qubits */
    uint64_t shots;
} kw_count;

typedef struct {
    int qubits;
    bool is_static;
    kw_count *counts; /* in the order of their keys */
    size_t n_counts;
    double *expectations; /* by observable, before the final measurements; of a program that is not static: mean of shots */
    double *errors;       /* standard errors of these means; NaN for one shot; NULL of a static program */
    uint64_t *indices;    /* of the amplitudes */
    kw_complex *amplitudes; /* before the final measurements */
    size_t n_amplitudes;
    double *probabilities; /* of the chosen qubits: bit j of the index is the outcome of the j-th lowest of them */
    uint64_t n_probabilities;
    double norm; /* <psi|psi> */
    double seconds;
    uint64_t passes, exchanges, bytes_exchanged, peak_bytes_per_rank;
} kw_run_result;

/** Runs a program.  Static programs run once and are sampled; others run once per shot, the shots spread over replicas of as
 *  few ranks as hold the state.  Noise makes every shot one trajectory (Dalibard, Castin, Moelmer 1992): Pauli errors are
 *  drawn before their stretch of gates runs; amplitude damping jumps with its probability in the state.  Shot s and step m
 *  draw from (seed, s, m), so counts do not depend on ranks or threads.  Readout errors alone leave a program static: they
 *  change counts, nothing else.  Memory beside the state: 8 bytes per shot, and per shot and observable if shots run one by
 *  one.                                                                                                    @collective
 *  @return KW_OK; KW_E_FIT before allocating; KW_E_ARG (rank count), KW_E_INPUT (observable; amplitudes, probabilities
 *          or a saved state of a program that is not static), KW_E_IO, KW_E_NOMEM, KW_E_INTERNAL (the norm is lost) */
kw_status kw_program_run(kw_comm *world, const kw_program *program, const kw_run_request *request, kw_run_result **out);
void kw_run_result_destroy(kw_run_result **result);

/** Outcome o of the chosen qubits as a bit string, highest first; returns `bits`, room for KW_MAX_QUBITS + 1.   @local */
const char *kw_outcome_text(const kw_run_result *result, uint64_t outcome, char *bits);

/** Bytes per rank of what is kept of every shot.                                                                @local */
uint64_t kw_program_shot_bytes(const kw_program *program, const kw_run_request *request);

/** How many of `ranks` can share a state: every rank must hold the targets of the widest gate, and a qubit to reset.  @local
 */
int kw_program_ranks(const kw_program *program, int ranks);

/** Ranks per state: static programs use all that they can, the others as few as memory allows.  Ranks that are left over
 *  work on replicas.                                                                                            @local
 *  @param[in] memory  bytes per rank
 *  @return KW_OK, KW_E_ARG (no power of two: the nearest are named), KW_E_FIT (says what is missing) */
kw_status kw_program_grid(const kw_program *program, const kw_run_request *request, int ranks, uint64_t memory,
                          int *per_state);

/** What kw_program_run refuses without looking at ranks and memory.                                             @local
 *  @return KW_OK, KW_E_INPUT */
kw_status kw_run_request_check(const kw_program *program, const kw_run_request *request);

#endif
