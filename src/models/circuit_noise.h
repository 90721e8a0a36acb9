/* F4  The random errors of a trajectory.  A Pauli error does not depend on the state; amplitude damping jumps with
 * probability g P(1) <= g, so that a draw of g or more is no jump in any state, and K0 = diag(1, sqrt(1 - g)) acts like a
 * gate that leaves the state with a smaller norm.  So the errors of a whole stretch of gates are known before it runs, up to
 * the next draw below g, which has to ask the state. */
#ifndef KW_CIRCUIT_NOISE_H
#define KW_CIRCUIT_NOISE_H

#include "base/rng.h"
#include "ketwall/qasm.h"

/* Draws of a shot behind those of its steps: of the final measurements, and of misreading qubits that no step measures. */
#define KW_DRAW_END ((uint64_t)1 << 62)
/* The seed of its rounding, behind those. */
#define KW_DRAW_ROUNDING ((uint64_t)3 << 62)

/** Numbers of one shot, by the index of the noise step or, for readout errors, of the measurement. */
kw_rng kw_noise_rng(uint64_t seed, uint64_t shot);

/** Whether a step is noise that acts on the state.                                                              @local */
bool kw_noise_acts(const kw_step *step);

/** Whether a step runs in a stretch: gates, a barrier, and noise that acts, unless it may jump in this shot.    @local */
bool kw_starts_stretch(const kw_step *step, size_t index, const kw_rng *errors);

/** The stretch of steps that run as one circuit: gates and errors from `first` on, through barriers, under one condition,
 *  up to a possible jump; *next is the step behind it.  Empty (*next = first) if step `first` is none of these.
 *  @param[in] errors  numbers that the errors are drawn from; NULL: neither errors nor jumps                     @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_stretch_circuit(const kw_program *program, size_t first, const kw_rng *errors, kw_circuit **out, size_t *next);

/** Whether an error or a possible jump is in [first, next).                                                      @local */
bool kw_stretch_errs(const kw_program *program, size_t first, size_t next, const kw_rng *errors);

/** What is read for a measured `outcome`.
 *  @param[in] rates  of the readout error in force; NULL: none   @param[in] draw  index of the measurement       @local */
int kw_misread(const double *rates, const kw_rng *errors, uint64_t draw, int outcome);

#endif
