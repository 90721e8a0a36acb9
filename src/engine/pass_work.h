/* F2  How much work the passes of a plan are, in the units of kw_rates. */
#ifndef KW_PASS_WORK_H
#define KW_PASS_WORK_H

#include "engine/machine.h"
#include "engine/plan_internal.h"

/** Units of every KW_PASS_*, of all passes of one way of a plan on one rank (the one whose bits are all 1) and one
 * execution: what the programs hold that this machine's kernels run.  Of plans with very many passes some are compiled, the
 * others taken to be like them: about a tenth of a second at most. @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_pass_work(const kw_plan *plan, const kw_way *way, kw_precision precision, double units[KW_PASS_RATES]);

/** Arithmetic of those passes: fused multiply-adds of real numbers, or what takes the place of one (a product, a sum).
 *  @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_pass_arithmetic(const kw_plan *plan, const kw_way *way, kw_precision precision, double *operations);

#endif
