/* The distributed statevector: 2^n amplitudes over R = 2^g ranks, one contiguous block of 2^l amplitudes per rank (l = n -
 * g).
 *
 *   physical index   p_{n-1} ... p_l | p_{l-1} ... p_0       logical qubit q lives at physical position place[q];
 *                       rank bits    |    local bits         gates move qubits lazily and never move them back
 */
#ifndef KETWALL_STATE_H
#define KETWALL_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "ketwall/comm.h"
#include "ketwall/gate.h"
#include "ketwall/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kw_state kw_state;

/** What moved between ranks, per rank: number of all-to-all exchanges and bytes of amplitudes sent.  (With those of double
 *  and single goes a mark per run of 32, a 512th and a 256th as much, which is not counted.) */
typedef struct {
    uint64_t exchanges, bytes;
} kw_traffic;

/** |0...0> on n qubits.  The communicator must outlive the state.                                          @collective
 *  @return KW_OK; KW_E_ARG (rank count not a power of two, or more than 2^n ranks), KW_E_INPUT (n), KW_E_NOMEM
 *  Memory per rank: kw_state_bytes(). */
kw_status kw_state_create(kw_comm *comm, int n_qubits, kw_precision precision, kw_state **out);
void kw_state_destroy(kw_state **state);

/** Bytes that kw_state_create takes per rank: amplitudes, a byte (packed: the scale, 2 bytes) per run of 32, and, from two
 *  ranks on, exchange buffers of at most 1/16 of them (and at least 4 amplitudes, packed: runs).                  @local */
uint64_t kw_state_bytes(int n_qubits, kw_precision precision, int ranks);

/** What the state was made with, and what it moved since then, on this rank.                                     @local */
int kw_state_qubits(const kw_state *state);
kw_precision kw_state_precision(const kw_state *state);
kw_traffic kw_state_traffic(const kw_state *state);

/** How a packed state rounds from now on; auto until it is said.  The random numbers of stochastic rounding follow from
 *  (seed, number of the write, index).                                                                          @local */
void kw_state_set_rounding(kw_state *state, kw_rounding rounding, uint64_t seed);

/** How the last plan that ran rounded: what auto stood for.                                                       @local */
kw_rounding kw_state_rounding(const kw_state *state);

/** Makes kw_plan_run and the gradients fail with KW_E_INTERNAL as soon as the estimated infidelity is above `most`; 1 until
 *  it is said.                                                                                                   @local */
void kw_state_limit_infidelity(kw_state *state, double most);

/** What rounding has cost since the state was set (kw_state_set_basis, kw_state_fill), the same on every rank.    @local */
kw_infidelity kw_state_infidelity(const kw_state *state);

/** Squared norm that a packed state had after the last pass of the last plan, whose end restores it to 1; 1 for double and
 *  single.                                                                                                      @local */
double kw_state_drift(const kw_state *state);

/** Amplitude of a logical basis state, for kw_state_fill. */
typedef kw_complex (*kw_amplitude_fn)(const void *context, uint64_t index);

/** Basis state |index>.  Resets the qubit order.                                                           @collective
 *  @return KW_OK, KW_E_INPUT (index >= 2^n) */
kw_status kw_state_set_basis(kw_state *state, uint64_t index);

/** psi_i <- amplitude(context, i) for every logical index i; thread-safe callback.  Resets the qubit order.  The result
 *  is normalised; its norm must not be 0.                                                                  @collective
 *  @return KW_OK, KW_E_INPUT (norm zero or not finite) */
kw_status kw_state_fill(kw_state *state, kw_amplitude_fn amplitude, const void *context);

/** target <- source: amplitudes and qubit order.  Same size, precision and communicator.                        @local */
void kw_state_copy(kw_state *target, const kw_state *source);

/** Amplitudes of logical basis states, the same values on every rank.                                      @collective
 *  @return KW_OK, KW_E_INPUT (index >= 2^n) */
kw_status kw_state_amplitudes(const kw_state *state, const uint64_t *indices, size_t count, kw_complex *out);

#define KW_MARGINAL_QUBITS 20 /* of one call */

/** Probabilities of all outcomes of `count` different qubits, the same values on every rank:
 *    out[o] = sum of |psi_i|^2 over the i whose bit qubits[j] is bit j of o, for all j        (2^count numbers)
 *  The state stays where it is; block sums in fixed order.                                                 @collective
 *  @return KW_OK, KW_E_INPUT (count not 1 to KW_MARGINAL_QUBITS, a qubit out of range or twice) */
kw_status kw_state_probabilities(const kw_state *state, const int *qubits, int count, double *out);

/** Probabilities of the first basis states, out[i] = |psi_i|^2 for i < count, the same on every rank; the state stays where
 *  it is.                                                                                                  @collective
 *  @return KW_OK, KW_E_INPUT (count > 2^n) */
kw_status kw_state_distribution(const kw_state *state, uint64_t count, double *out);

/** <psi|psi>; block sums in fixed order.                                                                   @collective */
double kw_state_norm2(const kw_state *state);

/** <a|b>, of any two precisions.  b is brought into a's qubit order first, which may exchange.             @collective
 *  @return KW_OK, KW_E_ARG (sizes or communicators differ) */
kw_status kw_state_inner(const kw_state *a, kw_state *b, kw_complex *out);

/** `shots` logical basis indices drawn from |psi_i|^2, in shot order, the same on every rank, for any rank or thread count
 *  (in single precision: at equal counts).  Restores logical order first, which may exchange.              @collective
 *  @return KW_OK, KW_E_NOMEM.  Memory beside `out`: 1/64 of the amplitudes of a double-precision state. */
kw_status kw_state_sample(kw_state *state, uint64_t shots, uint64_t seed, uint64_t *out);

/** Brings the qubits back into logical order, which kw_plan_run needs of a state that another plan ran on; may exchange.
 *  @return KW_OK                                                                                           @collective */
kw_status kw_state_order(kw_state *state);

/* ---- in the course of a circuit; the qubits may be in any order ---- */

/** Measures a qubit: *outcome is 1 if u < P(1), else 0; the state collapses to it and is normalised.     @collective
 *  @param[in] u  uniform on [0, 1), the same on every rank
 *  @return KW_OK, KW_E_INPUT (no such qubit), KW_E_ARG (u) */
kw_status kw_state_measure(kw_state *state, int qubit, double u, int *outcome);

/** Measures a qubit and turns it to |0>; may exchange.                                                     @collective
 *  @return as kw_state_measure; KW_E_ARG also where no qubit is local */
kw_status kw_state_reset_qubit(kw_state *state, int qubit, double u);

/** One trajectory of amplitude damping, K0 = diag(1, sqrt(1 - gamma)), K1 = sqrt(gamma) |0><1|: K1 if u < gamma P(1), which
 *  is its probability, else K0; the state is normalised.  May exchange.                                    @collective
 *  @param[in] gamma  in [0, 1]
 *  @return as kw_state_reset_qubit */
kw_status kw_state_damp(kw_state *state, int qubit, double gamma, double u);

/** Scales the state to norm 1.                                                                             @collective
 *  @return KW_OK, KW_E_INPUT (norm zero or not finite) */
kw_status kw_state_normalise(kw_state *state);

/** Writes the amplitudes in logical order to a new HDF5 file with a digest (checkpoints/README.md), packed ones as they are;
 *  the file appears under its name only when it is complete and verified.  Restores logical order first.   @collective
 *  @return KW_OK, KW_E_IO */
kw_status kw_state_save(kw_state *state, const char *path);

/** Reads what kw_state_save wrote, on any number of ranks and in any precision.  A packed state that is read from a file of
 *  its own kind is the one that was saved, with what rounding has cost it, and on as many ranks it goes on to the same bits:
 *  its rounding and seed are those of the file, too.  In another packed kind it is rounded, which is counted.
 *                                                                                                          @collective
 *  @return KW_OK, KW_E_IO (missing, damaged), KW_E_INPUT (other number of qubits: both are named; a squared norm further
 *          from 1 than rounding can have brought it) */
kw_status kw_state_load(kw_state *state, const char *path);

/** Number of qubits of the state in a file, for kw_state_create; the digest of the whole file is checked first.  @local
 *  @return KW_OK, KW_E_IO (missing, damaged, no state in it), KW_E_INPUT (not a power of two of amplitudes, or more than
 *          2^62) */
kw_status kw_state_file_qubits(const char *path, int *n_qubits);

#ifdef __cplusplus
}
#endif
#endif
