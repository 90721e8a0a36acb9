/* F6  Plans beside that of an autoencoder: single circuits, eigensolvers. */
#ifndef KW_PLAN_CIRCUIT_H
#define KW_PLAN_CIRCUIT_H

#include <jansson.h>

#include "cli/options.h"
#include "engine/machine.h"
#include "io/config.h"
#include "models/need.h"
#include "models/training_config.h"

typedef struct {
    const kw_words *words;
    int ranks;
    uint64_t memory;    /* per rank */
    const char *file;   /* of the machine; NULL: the one this runs on */
    kw_machine machine; /* of this one: complete after kw_plan_measure */
} kw_plan_request;

static inline double kw_gib(uint64_t bytes) { return (double)bytes / 0x1p30; }

/* How amplitudes are stored: what it is expected to cost, the limit (0: none), and the widest kind that fits where this one
 * does not (else this one). */
typedef struct {
    kw_precision precision, enough;
    kw_rounding rounding;
    kw_infidelity infidelity;
    double most;
} kw_plan_storage;

/** Whether something fits in a storage kind. */
typedef bool (*kw_plan_fits_fn)(const void *context, kw_precision precision);

/** That of a learning system.                                                                                    @local */
kw_plan_storage kw_plan_storage_of(const kw_training_config *config, bool it_fits, kw_plan_fits_fn fits, const void *context,
                                   kw_rounding rounding, kw_infidelity infidelity);

/** --json of a learning system's plan, `object` with its storage; takes over the reference.
 *  @param[out] print  whether the terminal is for the plan in words  @return as kw_cli_write_json                @local */
kw_status kw_plan_write_learned(const kw_plan_request *request, json_t *object, const kw_plan_storage *storage, bool *print);

/** --verbose: prints the plan of a circuit, which is destroyed, unless making it has failed.
 *  @return `made`, KW_E_ARG, KW_E_NOMEM                                                                          @local */
kw_status kw_plan_print_circuit(kw_status made, kw_circuit *circuit, int ranks);

/** The widest kind narrower than `asked` that fits; if none does, `asked`.                                       @local */
kw_precision kw_plan_find_enough(kw_precision asked, kw_plan_fits_fn fits, const void *context);

/** For JSON, and for people: `option` stands before the name of a kind that would fit ("--precision ").            @local */
void kw_plan_storage_json(json_t *object, const kw_plan_storage *storage);
void kw_plan_print_storage(const kw_plan_storage *storage, const char *option);

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
