/* F2  The ways in which ranks exchange amplitudes. */
#ifndef KW_EXCHANGE_H
#define KW_EXCHANGE_H

#include "engine/state_internal.h"

/* In this order: where ranks were told different things, all follow the largest. */
typedef enum {
    KW_EXCHANGE_PAIRS,    /* chunks sent and received at once, partner by partner */
    KW_EXCHANGE_ALLTOALL, /* MPI_Alltoall over slices of all blocks: slower; what pairs are compared with */
    KW_EXCHANGE_UNKNOWN
} kw_exchange_way;

/** What the environment variable KETWALL_EXCHANGE asks for: pairs (or nothing), alltoall.                         @local */
kw_exchange_way kw_exchange_chosen(void);

#endif
