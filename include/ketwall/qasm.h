/* Programs: circuits with classical bits, read from and written as OpenQASM 2.
 * A program is a list of steps: runs of gates, measurements, resets and barriers, each of them possibly under a condition on
 * a classical register.  The gates of all steps lie one behind the other in one kw_circuit, expanded to the gate table. */
#ifndef KETWALL_QASM_H
#define KETWALL_QASM_H

#include <stdint.h>
#include <stdio.h>

#include "ketwall/circuit.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kw_program kw_program;

/** A register: qubits (or classical bits) offset ... offset + size - 1, numbered in the order of declaration. */
typedef struct {
    const char *name;
    int size, offset;
} kw_register;

typedef enum { KW_STEP_GATES, KW_STEP_MEASURE, KW_STEP_RESET, KW_STEP_BARRIER, KW_STEP_NOISE } kw_step_kind;

/* Noise channels, X(KIND, "name in files", number of rates); p, q, g are rates in [0, 1]:
 *   depolarising(p)       on k = 1 or 2 qubits: rho -> (1 - p) rho + p I/2^k (x) Tr_k rho, that is each of the 4^k - 1 Pauli
 *                         errors with probability p/4^k (Qiskit's depolarizing_error)
 *   dephasing(p)          rho -> (1 - p) rho + p Z rho Z
 *   bit_flip(p)           rho -> (1 - p) rho + p X rho X
 *   amplitude_damping(g)  Kraus operators diag(1, sqrt(1 - g)) and sqrt(g) |0><1|
 *   readout(p, q)         from there on measurements of the qubit read 1 for 0 with probability p, and 0 for 1 with
 *                         probability q; the state knows nothing of it */
#define KW_NOISE_LIST(X)                                                                                                    \
    X(DEPOLARISING, "depolarising", 1)                                                                                      \
    X(DEPHASING, "dephasing", 1)                                                                                            \
    X(BIT_FLIP, "bit_flip", 1)                                                                                              \
    X(AMPLITUDE_DAMPING, "amplitude_damping", 1)                                                                            \
    X(READOUT, "readout", 2)

typedef enum {
#define KW_NOISE_ENUM(kind, name, rates) KW_NOISE_##kind,
    KW_NOISE_LIST(KW_NOISE_ENUM)
#undef KW_NOISE_ENUM
        KW_NOISE_CHANNELS
} kw_noise_channel;

/** One step.  Under a condition it happens only if classical register `condition`, read as a number (bit 0 the least
 *  significant), equals `value`.  A conditional measurement of a whole register is one step per qubit, each of which reads
 *  the condition itself, as in Qiskit. */
typedef struct {
    kw_step_kind kind;
    int condition; /* index of a classical register; -1: none */
    uint64_t value;
    size_t first_gate, gates; /* KW_STEP_GATES: a run of gates; it continues that of the gate step before */
    int qubit, bit;           /* KW_STEP_MEASURE (bit <- qubit), KW_STEP_RESET (qubit to |0>) */
    uint64_t qubits;          /* KW_STEP_BARRIER: mask; nothing to execute.  KW_STEP_NOISE: mask of one or two qubits */
    kw_noise_channel channel; /* KW_STEP_NOISE */
    double rates[2];          /* KW_STEP_NOISE */
} kw_step;

/** Reads OpenQASM 2 from a file.  qelib1.inc is built in; other includes are relative to the including file.
 *  Redefinitions of a gate of qelib1 by the file hold; a name that differs from a gate of qelib1 only by upper case is that
 *  gate.  Beyond qelib1, the other gates of KW_GATE_LIST are known by their names.  More than 62 qubits are refused.
 *  Noise stands in line comments, so that other simulators pass it over, one statement or several to the line:
 *    // ketwall: depolarising(0.01) q[0],q[1];      // ketwall: if(c==1) dephasing(0.02) q;      whole registers broadcast
 *                                                                                                                @local
 *  @return KW_OK, KW_E_INPUT (not readable, not valid: "FILE:LINE:COLUMN: found ..., expected ..."), KW_E_NOMEM */
kw_status kw_program_read(const char *path, kw_program **out);

/** The same from memory; `name` stands for the file in messages.  Only qelib1.inc can be included.              @local
 *  @return as kw_program_read */
kw_status kw_program_parse(const char *text, size_t length, const char *name, kw_program **out);

/** Reads a trainable circuit: the file declares `gate ansatz(t0, t1, ...) q0, q1, ... { ... }`, and may declare and do more,
 *  which is checked but not used; it needs no qreg.  The circuit has the qubits of that gate (the first one is qubit 0) and
 *  its parameters (the first one is parameter 0).  Every angle, however deep the gates that the body uses, must be a
 *  constant or a*t + b of one parameter t; an expression counts by its value, so t0 - t0 is the constant 0.  Every parameter
 *  must be used.                                                                                                 @local
 *  @return KW_OK, KW_E_INPUT (as kw_program_read; no such gate, no parameters, one that is unused, an angle that is not
 *          affine or depends on two parameters), KW_E_NOMEM */
kw_status kw_circuit_read_ansatz(const char *path, kw_circuit **out);

/** The same from memory, as kw_program_parse.                                                                    @local
 *  @return as kw_circuit_read_ansatz */
kw_status kw_circuit_parse_ansatz(const char *text, size_t length, const char *name, kw_circuit **out);

/** A program of the gates of `circuit` alone, its parameters replaced by their values theta[kw_circuit_parameters()] (NULL
 *  if it has none).                                                                                              @local
 *  @return KW_OK, KW_E_INPUT (an angle is not finite), KW_E_NOMEM */
kw_status kw_program_from_circuit(const kw_circuit *circuit, const double *theta, kw_program **out);

/** Writes OpenQASM 2 that reads back as the same circuit: angles with 17 digits, and definitions of the gates that qelib1
 *  does not have, which therefore come back as their definitions (equal as matrices, phase included); noise as comments that
 *  are read back.                                                                                                @local
 *  @return KW_OK, KW_E_INPUT (a dense unitary), KW_E_IO */
kw_status kw_program_write(const kw_program *program, FILE *file);

void kw_program_destroy(kw_program **program);

/** Qubits, and classical bits, of all registers.                                                                @local */
int kw_program_qubits(const kw_program *program);
int kw_program_bits(const kw_program *program);

/** Classical and quantum registers in the order of declaration; returns their number.  They belong to the program.  @local
 */
int kw_program_registers(const kw_program *program, const kw_register **registers);
int kw_program_quantum_registers(const kw_program *program, const kw_register **registers);

/** The steps in order.                                                                                           @local */
size_t kw_program_steps(const kw_program *program);
kw_step kw_program_step(const kw_program *program, size_t index);

/** Whether measurements can be sampled from one final state: no condition, no gate on a measured qubit, no noise but readout
 *  errors, and no reset, except of qubits on which nothing has acted yet (it does nothing to |0>).               @local */
bool kw_program_is_static(const kw_program *program);

/** The unitary part of a static program; belongs to the program.  NULL if it is not static.                      @local */
const kw_circuit *kw_program_circuit(const kw_program *program);

/** For static programs: qubit_of_bit[b] (kw_program_bits() of them) is the qubit whose outcome bit b holds in the end, or -1
 *  if none is written there.  Returns the number of measurements in the program.                                 @local */
size_t kw_program_final_measurements(const kw_program *program, int *qubit_of_bit);

/** The key under which kw_program_run counts an outcome, as Qiskit does: classical registers from last to first, separated
 * by spaces, each with its highest bit first; without any measurement, all qubits.  Bits from 64 on are 0.         @local
 *  @param[in]  bits  classical bit b (without any measurement: qubit b) is bit b
 *  @param[out] out   at most size - 1 characters and a zero byte; may be NULL if size is 0
 *  @return characters of the whole key: it is complete if that is below `size` */
size_t kw_program_key(const kw_program *program, uint64_t bits, char *out, size_t size);

/** For executors that run step by step: the circuit of the gate steps from `first` on, through barriers, up to the next
 *  measurement, reset, noise or change of condition, which is *next.  If step `first` is none of gates or barrier, the
 * circuit is empty and *next = first.  The condition of step `first` holds for all of it (a leading barrier has none).
 * @local
 *  @return KW_OK, KW_E_ARG (no such step), KW_E_NOMEM */
kw_status kw_program_segment(const kw_program *program, size_t first, kw_circuit **out, size_t *next);

#ifdef __cplusplus
}
#endif
#endif
