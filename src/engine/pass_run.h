/* F2  Running passes. */
#ifndef KW_PASS_RUN_H
#define KW_PASS_RUN_H

#include "engine/tile_program.h"

/** state <- pass `index` of a program that has its numbers.                                                      @local */
void kw_pass_run(const kw_plan *plan, const kw_tile_program *program, size_t index, kw_state *state);

#endif
