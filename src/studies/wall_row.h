/* F5  One row of the memory wall: a circuit on one number of qubits in one storage kind. */
#ifndef KW_WALL_ROW_H
#define KW_WALL_ROW_H

#include <jansson.h>

#include "studies/bench.h"

typedef struct {
    kw_bench_kind kind;
    int n_qubits;
    kw_precision precision;
    kw_rounding rounding;
    uint64_t seed;
    int repeats;
    bool exact, gradient;      /* compare with double; take gradients, where they fit */
    const char *checkpoint;    /* file that the state is written to, for the time it takes, and removed; NULL: none */
    const kw_machine *machine; /* for predictions: this one */
    uint64_t memory_per_rank;
} kw_wall_request;

/** Bytes per rank of a state and of what its passes hold.                                                        @local */
uint64_t kw_wall_bytes(int n_qubits, kw_precision precision, int ranks);

/** Measures it.  Bytes are those counted, per rank, the most of all; seconds the best of the repeats, of the slowest rank.
 *  @param[out] row  on rank 0: members of the study; what was not measured is left out
 *  @return KW_OK, KW_E_NOMEM, KW_E_IO, KW_E_INTERNAL                                                       @collective */
kw_status kw_wall_measure(kw_comm *world, const kw_wall_request *request, json_t **row);

#endif
