/* Noise models: the same errors after every gate of a program.  The channels are those of ketwall/qasm.h. */
#ifndef KETWALL_NOISE_H
#define KETWALL_NOISE_H

#include "ketwall/qasm.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Rates in [0, 1]; 0: none of it. */
typedef struct {
    double depolarising_1q, depolarising_2q, dephasing, bit_flip, amplitude_damping, readout_01, readout_10;
} kw_noise_model;

/** A copy of `program` with noise steps.  After every gate, identities included, in this order:
 *  - depolarising_1q behind gates on one qubit; depolarising_2q behind gates on two, and behind wider ones on every pair of
 *    neighbours in the order of their qubits, (a,b), (b,c) and so on;
 *  - on each qubit of the gate, from the lowest: dephasing, bit_flip, amplitude_damping.
 *  From the start, readout errors on every qubit, until a readout statement of the program itself.  Noise stands under the
 *  condition of its gate.  Gates count as they stand in the program, so after the expansion of user-defined gates;
 *  measurements, resets and barriers have no noise of their own.                                                 @local
 *  @return KW_OK, KW_E_INPUT (a rate outside [0, 1]), KW_E_NOMEM */
kw_status kw_program_add_noise(const kw_program *program, const kw_noise_model *model, kw_program **out);

/** Whether a program has noise steps.                                                                           @local */
bool kw_program_is_noisy(const kw_program *program);

#ifdef __cplusplus
}
#endif
#endif
