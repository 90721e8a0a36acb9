/* F4  The random errors of a trajectory: a Pauli error does not depend on the state, so the errors of a whole stretch of
 * gates are known before it runs. */
#ifndef KW_CIRCUIT_NOISE_H
#define KW_CIRCUIT_NOISE_H

#include "base/rng.h"
#include "ketwall/qasm.h"

/* Draws of a shot behind those of its steps: of the final measurements, and of misreading qubits that no step measures. */
#define KW_DRAW_END ((uint64_t)1 << 62)

/** Numbers of one shot, by the index of the noise step or, for readout errors, of the measurement. */
kw_rng kw_noise_rng(uint64_t seed, uint64_t shot);

/** Whether a noise step is a random Pauli error.                                                                @local */
bool kw_noise_is_pauli(const kw_step *step);

/** The stretch of steps that run as one circuit: gates and Pauli errors from `first` on, through barriers, under one
 *  condition; *next is the step behind it.  Empty (*next = first) if step `first` is none of these.
 *  @param[in] errors  numbers that the errors are drawn from; NULL: without errors                               @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_stretch_circuit(const kw_program *program, size_t first, const kw_rng *errors, kw_circuit **out, size_t *next);

/** Whether any error of the stretch [first, next) happens.                                                      @local */
bool kw_stretch_errs(const kw_program *program, size_t first, size_t next, const kw_rng *errors);

/** What is read for a measured `outcome`.
 *  @param[in] rates  of the readout error in force; NULL: none   @param[in] draw  index of the measurement       @local */
int kw_misread(const double *rates, const kw_rng *errors, uint64_t draw, int outcome);

#endif
