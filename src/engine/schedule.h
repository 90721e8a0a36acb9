/* F2  From a circuit to steps. */
#ifndef KW_SCHEDULE_H
#define KW_SCHEDULE_H

#include "engine/plan_internal.h"

/* Fills ops, steps, swaps and final_place of a plan whose circuit and sizes are set. */
kw_status kw_schedule(kw_plan *plan);

#endif
