/* F2  From the gates of a stage to passes: trips through memory, each of which takes blocks of 2^c amplitudes into the cache
 * and applies everything that acts within their positions. */
#ifndef KW_PASSES_H
#define KW_PASSES_H

#include "engine/plan_internal.h"

#define KW_PASS_BITS  15 /* c at most: a block in double precision is 512 KiB, half of a common L2 cache */
#define KW_PASS_LOW   5  /* the lowest positions are always in a block: runs of 32 amplitudes */
#define KW_PASS_LEAST 8  /* states of fewer local qubits are worked on by the kernels of single gates */

/** Positions of a block for n local qubits; on the way back two blocks share the cache.                          @local */
int kw_pass_bits(int n_local, bool back);

/** Fills both ways of a plan whose ops, steps and swaps are there; the way back only down to the first trained angle.
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_passes_make(kw_plan *plan);

#endif
