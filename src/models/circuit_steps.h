/* F4  What is worked out once about the steps of a program and used by every shot. */
#ifndef KW_CIRCUIT_STEPS_H
#define KW_CIRCUIT_STEPS_H

#include "base/rng.h"
#include "ketwall/plan.h"
#include "ketwall/qasm.h"

typedef struct {
    kw_plan *plan;         /* of the stretch of gates that begins here; NULL: none does */
    size_t next;           /* step behind that stretch */
    bool has_errors;       /* errors or jumps are possible in it */
    bool is_final;         /* a measurement that can wait for the end */
    const double *readout; /* rates of the readout error of a measurement; NULL: it is read right */
} kw_prepared_step;

typedef struct {
    const kw_program *program;
    kw_prepared_step *steps;
    bool loses_norm;                      /* by amplitude damping */
    bool all_qubits, measures_at_end;     /* without any measurement all qubits are measured at the end */
    const double *readout[KW_MAX_QUBITS]; /* in force at the end */
} kw_prepared;

/** Plans the gates for states on `ranks` ranks (0: plans nothing).  Finds final measurements, those on whose qubits and
 *  bits nothing later depends.  Assigns readout errors, which belong to the program.                             @local
 *  @return KW_OK, KW_E_ARG (rank count, gate width), KW_E_NOMEM */
kw_status kw_prepare_steps(const kw_program *program, int ranks, kw_prepared *out);
void kw_prepared_free(kw_prepared *prepared);

/** Classical bits after the final measurements of basis state `index`; without any measurement in the program, the bits of
 *  all qubits.
 *  @param[in] errors  numbers that misreading is drawn from   @param[in] bits  before the final measurements     @local */
uint64_t kw_read_final(const kw_prepared *prepared, uint64_t index, const kw_rng *errors, uint64_t bits);

#endif
