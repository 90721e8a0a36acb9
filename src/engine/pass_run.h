/* F2  Running passes. */
#ifndef KW_PASS_RUN_H
#define KW_PASS_RUN_H

#include "engine/tile_program.h"

/** state <- pass `index` of a program that has its numbers.                                                      @local */
void kw_pass_run(const kw_plan *plan, const kw_tile_program *program, size_t index, kw_state *state);

/** The same on the way back, on ket and bra; adds what the pass knows of the gradient on this rank to gradient (p). @local
 */
void kw_pass_run_back(const kw_plan *plan, const kw_way *way, const kw_tile_program *program, size_t index, kw_state *ket,
                      kw_state *bra, double *gradient);

#endif
