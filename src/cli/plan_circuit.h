/* F6  Plans beside that of an autoencoder: single circuits, eigensolvers. */
#ifndef KW_PLAN_CIRCUIT_H
#define KW_PLAN_CIRCUIT_H

#include "cli/options.h"
#include "io/config.h"

typedef struct {
    const kw_words *words;
    int ranks;
    uint64_t memory; /* per rank */
} kw_plan_request;

static inline double kw_gib(uint64_t bytes) { return (double)bytes / 0x1p30; }

/** The circuit of --qubits, --ansatz, --layers; and that of an OpenQASM file.  Both print or write the plan.     @local */
kw_status kw_plan_ansatz(const kw_plan_request *request);
kw_status kw_plan_program(const kw_plan_request *request, const char *path);

/** The plan of a configuration of ketwall vqe.                                                                   @local */
kw_status kw_plan_vqe(const kw_plan_request *request, const kw_config *source);

#endif
