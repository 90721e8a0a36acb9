/* F6  Plans beside that of an autoencoder: single circuits, eigensolvers. */
#ifndef KW_PLAN_CIRCUIT_H
#define KW_PLAN_CIRCUIT_H

#include <jansson.h>

#include "cli/options.h"
#include "engine/machine.h"
#include "io/config.h"
#include "models/need.h"

typedef struct {
    const kw_words *words;
    int ranks;
    uint64_t memory;    /* per rank */
    const char *file;   /* of the machine; NULL: the one this runs on */
    kw_machine machine; /* of this one: complete after kw_plan_measure */
} kw_plan_request;

static inline double kw_gib(uint64_t bytes) { return (double)bytes / 0x1p30; }

/** Measures this machine, unless a file describes another.                        @return KW_OK, KW_E_NOMEM      @local */
kw_status kw_plan_measure(kw_plan_request *request, kw_precision precision);

/** What the seconds hold for: "2 cores of this machine, measured just now" and the like, for people; "machine" and "cores"
 *  (those that the ranks have together) for JSON.                                                                @local */
void kw_plan_print_machine(const kw_plan_request *request);
void kw_plan_machine_json(const kw_plan_request *request, json_t *object);

/** The circuit of --qubits, --ansatz, --layers; and that of an OpenQASM file.  Both print or write the plan.     @local */
kw_status kw_plan_ansatz(kw_plan_request *request);
kw_status kw_plan_program(kw_plan_request *request, const char *path);

/** The plan of a configuration of ketwall vqe.                                                                   @local */
kw_status kw_plan_vqe(const kw_plan_request *request, const kw_config *source);

/** The plan of a configuration of ketwall train.                                                                 @local */
kw_status kw_plan_train(const kw_plan_request *request, const kw_config *source);

/** One line of a learning system's plan.                                                                         @local */
void kw_plan_print_need(const char *name, const kw_need *need, bool known);

#endif
