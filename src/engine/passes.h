/* F2  From the gates of a stage to passes: trips through memory, each of which gathers blocks of 2^c amplitudes and applies
 * everything that acts within their positions. */
#ifndef KW_PASSES_H
#define KW_PASSES_H

#include "engine/plan_internal.h"

#define KW_PASS_BITS  15 /* c at most: a block in split parts is 512 KiB (double), half of a common L2 cache */
#define KW_PASS_LOW   5  /* the lowest positions are always in a block: runs of 32 amplitudes */
#define KW_PASS_LEAST 8  /* states of fewer local qubits are worked on by the kernels of single gates */

/** Positions of a block for n local qubits. */
int kw_pass_bits(int n_local);

/** Lowers plan->ops [first, end), which run between two exchanges, and appends their passes to plan->forward.
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_passes_append(kw_plan *plan, size_t first, size_t end);

#endif
