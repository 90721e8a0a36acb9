/* F4  How programs are laid out over ranks, and what is refused; shared by runs and their forecasts. */
#ifndef KW_CIRCUIT_RUN_H
#define KW_CIRCUIT_RUN_H

#include "ketwall/run.h"

/** Bytes per rank of what is kept of every shot.                                                                @local */
uint64_t kw_program_shot_bytes(const kw_program *program, const kw_run_request *request);

/** How many of `ranks` can share a state: every rank must hold the targets of the widest gate, a qubit to reset, and what
 *  packed states need.  @local
 */
int kw_program_ranks(const kw_program *program, kw_precision precision, int ranks);

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
