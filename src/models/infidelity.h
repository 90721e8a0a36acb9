/* F4  What packed storage costs in fidelity: how runs limit it, add it up, and tell it. */
#ifndef KW_INFIDELITY_H
#define KW_INFIDELITY_H

#include <jansson.h>

#include "ketwall/comm.h"
#include "ketwall/plan.h"

#define KW_MAX_INFIDELITY "0.1" /* that runs may reach where nobody says otherwise */

/** The rounding of a run's state, and the most that it may cost; 0: any.                                         @local */
void kw_state_obey(kw_state *state, kw_rounding rounding, uint64_t seed, double most);

/** What a rounding that is asked for stands for in a plan.                                                       @local */
kw_rounding kw_rounding_used(const kw_plan *plan, kw_precision precision, kw_rounding asked);

/** Of one state through a, then b.                                                                               @local */
kw_infidelity kw_infidelity_sum(kw_infidelity a, kw_infidelity b);

/** Of two states: the larger of each.                                                                            @local */
kw_infidelity kw_infidelity_worse(kw_infidelity a, kw_infidelity b);

/** The worst of all ranks.                                                                                   @collective */
kw_infidelity kw_infidelity_worst(kw_comm *world, kw_infidelity own);

/** How far from 1 the squared norm of a state may be that rounding has cost this much: |psi + e|^2 with |e|^2 at most its
 *  bound, and what the arithmetic of its precision adds.                                                         @local */
double kw_norm_tolerance(kw_precision precision, kw_infidelity infidelity);

/** "infidelity": {"estimate", "bound"}, and of packed kinds "rounding".                                          @local */
void kw_json_set_infidelity(json_t *object, kw_precision precision, kw_rounding rounding, kw_infidelity infidelity);

#endif
