/* Forecasts: what running a program, or an adjoint gradient of a circuit, will cost; before it runs, from its plans alone.
 */
#ifndef KETWALL_FORECAST_H
#define KETWALL_FORECAST_H

#include <stdio.h>

#include "ketwall/plan.h"
#include "ketwall/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What seconds are predicted for: cores, memory, network, and the speed of the kernels. */
typedef struct kw_machine kw_machine;

/** The machine of an INI file (that of `ketwall plan --machine`), or, if `path` is NULL, this one as it does now with
 * `ranks` ranks on it: measured, in about a second, and by
 * writing 64 MiB to a nameless file in the working directory. @local
 *  @return KW_OK, KW_E_ARG (no rank), KW_E_INPUT (the file: names line and key), KW_E_NOMEM */
kw_status kw_machine_create(const char *path, int ranks, kw_machine **out);
void kw_machine_destroy(kw_machine **machine);

/** Checkpoints of ketwall run --dir, all ranks together: of the state in mid-circuit; of shots that replicas share, what
 * they measured so far.  Seconds are 0 where the disk's bandwidth is not known. */
typedef struct {
    uint64_t bytes;
    double seconds;  /* to write and verify one */
    double every_s;  /* between them, so that failures cost least: sqrt(2 seconds MTBF) (Young 1974) */
    double signal_s; /* before a time limit, to ask for the last one: the longest stretch without a safe point, twice the
                        seconds, and the minute that Slurm may be off */
} kw_checkpoint_forecast;

/** Per rank, the maximum over ranks; the names are those of kw_run_result. */
typedef struct {
    int qubits, ranks, ranks_per_state, replicas;
    bool gradient;
    bool exact;      /* false: upper bounds, since conditions, or resets of qubits in rank bits, decide as they go */
    uint64_t passes; /* of a program that is not static: of one shot, as kw_program_run counts them */
    uint64_t exchanges, bytes_exchanged, peak_bytes_per_rank;
    uint64_t memory_per_rank; /* what a rank may use [bytes] */
    bool fits;
    kw_infidelity infidelity;          /* that packed storage is expected to cost: kw_plan_infidelity; of a gradient, the
                                          state whose value it takes; of shots, one */
    kw_rounding rounding;              /* what `auto` stands for, stochastic if it is that anywhere */
    kw_duration seconds;               /* of what kw_run_result.seconds times; predicted */
    kw_checkpoint_forecast checkpoint; /* of programs; of a gradient 0 */
} kw_run_forecast;

/** What to plan for. */
typedef struct {
    const kw_run_request *request; /* memory_per_rank 0: that of the machine; without one, this node's / ranks */
    int ranks;
    const kw_machine *machine; /* NULL: seconds stay 0 */
    FILE *verbose;             /* plans are printed there; or NULL */
} kw_forecast_query;

/** What kw_program_run will count.  Static programs: exactly.  Others run once per shot: every conditional step is taken to
 *  happen and every reset to find a 1, so that the numbers are upper bounds; without both they are exact.        @local
 *  @return KW_OK (also if it does not fit: see fits), KW_E_ARG (rank count, gate width), KW_E_INPUT (what kw_program_run
 *          refuses; noise other than readout errors), KW_E_NOMEM.  Memory: the plans, kw_plan_bytes. */
kw_status kw_program_foretell(const kw_program *program, const kw_forecast_query *query, kw_run_forecast *out);

/** What kw_plan_gradient will count for a circuit, with the observable of the request, if there is one (of at most one).
 *  Two states.                                                                                                   @local
 *  @return KW_OK, KW_E_ARG (rank count, gate width), KW_E_INPUT (no parameter, observable), KW_E_NOMEM */
kw_status kw_gradient_foretell(const kw_circuit *circuit, const kw_forecast_query *query, kw_run_forecast *out);

/** The circuit with a parameter of its own for every angle that is a constant.                                   @local
 *  @return KW_OK, KW_E_INPUT (no angle), KW_E_NOMEM */
kw_status kw_circuit_train_all(const kw_circuit *circuit, kw_circuit **out);

#ifdef __cplusplus
}
#endif
#endif
