/* F4  Running a program: gates, measurements, conditions; what a user wants to know of it. */
#ifndef KW_CIRCUIT_RUN_H
#define KW_CIRCUIT_RUN_H

#include "ketwall/plan.h"
#include "ketwall/qasm.h"
#include "ketwall/state.h"

typedef struct {
    uint64_t shots, seed;
    kw_precision precision;
    const char *const *observables; /* Pauli strings such as "Z0 Z1" */
    size_t n_observables;
    const uint64_t *amplitudes; /* logical indices; only of static programs */
    size_t n_amplitudes;
    bool all_amplitudes;
    const char *save_state;   /* HDF5 file, or NULL; only of static programs */
    uint64_t memory_per_rank; /* bytes */
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
    double *expectations;   /* by observable; of a program that is not static: mean over the shots */
    uint64_t *indices;      /* of the amplitudes */
    kw_complex *amplitudes; /* before the final measurements */
    size_t n_amplitudes;
    double norm; /* <psi|psi> */
    double seconds;
    uint64_t passes, exchanges, bytes_exchanged, peak_bytes_per_rank;
} kw_run_result;

/** Runs a program.  Static programs run once and are sampled; others run once per shot, the shots spread over replicas of as
 *  few ranks as hold the state.  Shot s and measurement m draw from (seed, s, m), so counts do not depend on ranks or
 *  threads.                                                                                                @collective
 *  @return KW_OK; KW_E_FIT before allocating; KW_E_ARG (rank count), KW_E_INPUT (observable; amplitudes or a saved state of
 *          a program that is not static), KW_E_IO, KW_E_NOMEM, KW_E_INTERNAL (the norm is lost) */
kw_status kw_program_run(kw_comm *world, const kw_program *program, const kw_run_request *request, kw_run_result **out);
void kw_run_result_destroy(kw_run_result **result);

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
