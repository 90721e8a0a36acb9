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
    bool exact, gradient; /* compare with double; take gradients, where they fit */
    uint64_t memory_per_rank;
} kw_wall_request;

/* Bytes: counted, per rank, the most of all.  NaN: not measured. */
typedef struct {
    uint64_t state_bytes, peak_bytes, gradient_bytes;
    double seconds, layer_seconds; /* best of the repeats, of the slowest rank */
    kw_plan_cost cost;
    kw_infidelity infidelity, foretold;
    double drift;
    double infidelity_measured; /* against double */
    double gradient_seconds;    /* of <Z0> by all angles of hea */
    double gradient_error;      /* |g - g_double| / |g_double| */
} kw_wall_row;

/** Bytes per rank of a state and of what its passes hold.                                                        @local */
uint64_t kw_wall_bytes(int n_qubits, kw_precision precision, int ranks);

/** @return KW_OK, KW_E_NOMEM, KW_E_INTERNAL                                                                 @collective */
kw_status kw_wall_measure(kw_comm *world, const kw_wall_request *request, kw_wall_row *out);

/** The row as JSON; what was not measured is null.                                                               @local */
json_t *kw_wall_json(const kw_wall_request *request, const kw_wall_row *row);

#endif
