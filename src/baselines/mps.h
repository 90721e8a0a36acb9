/* F4  Matrix product states: amplitude(b_{n-1} ... b_0) = A_0[b_0] A_1[b_1] ... A_{n-1}[b_{n-1}], A_q[b] of D_q x D_{q+1}
 * numbers.  Bytes follow the entanglement between the first q qubits and the rest, at most 2^min(q, n-q) = D_q, instead of
 * 2^n (Vidal 2003, arXiv quant-ph/0301063; Schollwoeck 2011, arXiv 1008.3477).  Sites are qubits, in order. */
#ifndef KW_MPS_H
#define KW_MPS_H

#include "ketwall/circuit.h"
#include "ketwall/state.h"

/** What is cut off, and when to give up. */
typedef struct {
    int max_bond;  /* most numbers of a bond; 0: no limit but memory */
    double cutoff; /* weight (squared norm 1) that every splitting may discard; below 1e-24 it is taken as that, which
                      is rounding */
    double least_fidelity; /* give up once the estimated fidelity is below; 0: never */
    uint64_t max_bytes;    /* of tensors and scratch; 0: kw_memory_per_rank() */
} kw_mps_settings;

/** What an MPS is and what was cut off on its way. */
typedef struct {
    int max_bond, peak_bond;    /* now, and the largest it ever had */
    uint64_t bytes, peak_bytes; /* tensors: 16 * 2 * sum_q D_q D_{q+1}; tensors and scratch */
    double discarded;           /* sum of discarded weights w_k */
    double fidelity;            /* estimate: prod_k (1 - w_k) (Zhou, Stoudenmire & Waintal 2020, arXiv 2002.07730) */
    double fidelity_bound;      /* never above the true one: cos^2(sum_k asin sqrt w_k), by the triangle inequality of angles
                                   between rays; 0 from pi/2 on */
} kw_mps_account;

typedef struct kw_mps kw_mps;

/** |0...0> on n <= KW_MAX_QUBITS qubits.                                                                         @local
 *  @return KW_OK, KW_E_INPUT (n, settings out of range), KW_E_NOMEM */
kw_status kw_mps_create(int n_qubits, const kw_mps_settings *settings, kw_mps **out);
void kw_mps_destroy(kw_mps **mps);

/** The MPS of 2^n amplitudes in logical order, norm as given; splits from the first qubit on, so that fidelity is what the
 *  truncated one has exactly.  Scratch: at most eleven times the amplitudes.                                      @local
 *  @return KW_OK, KW_E_INPUT (n or settings out of range; norm zero or not finite), KW_E_FIT, KW_E_NOMEM, KW_E_INTERNAL */
kw_status kw_mps_from_vector(int n_qubits, const kw_complex *vector, const kw_mps_settings *settings, kw_mps **out);

/** @return KW_OK, KW_E_NOMEM                                                                                     @local */
kw_status kw_mps_copy(const kw_mps *mps, kw_mps **out);

/** Settings for what comes.  max_bond does not truncate by itself: kw_mps_compress.                              @local
 *  @return KW_OK, KW_E_INPUT */
kw_status kw_mps_configure(kw_mps *mps, const kw_mps_settings *settings);

/** state <- circuit(theta) state.  Gates on up to KW_MAX_TARGETS qubits, controls counted; those on qubits that are not
 *  neighbours by swaps there and back.  O(D^3) per gate on neighbours.  What fails leaves an MPS to be destroyed.  @local
 *  @return KW_OK, KW_E_ARG (widths differ; theta is missing), KW_E_INPUT (a gate on more qubits), KW_E_FIT (names the gate,
 *          the bond dimension it needs and the limit: bytes, or least_fidelity), KW_E_NOMEM, KW_E_INTERNAL (LAPACK) */
kw_status kw_mps_run(kw_mps *mps, const kw_circuit *circuit, const double *theta);

/** Splits all bonds anew, from the first on, and truncates them by the settings; the fidelity of one call alone is exact:
 *  its projectors are nested.                                                                                    @local
 *  @return as kw_mps_run */
kw_status kw_mps_compress(kw_mps *mps);

/** Least max_bond with which kw_mps_compress of `mps` keeps a fidelity of 1 - tolerance; no MPS of a smaller bond than
 *  *least_of_all, from the Schmidt spectrum of every bond, has it (Eckart & Young).                              @local
 *  @param[out] compressed    that MPS; NULL: not wanted
 *  @param[out] least_of_all  NULL: not wanted
 *  @return as kw_mps_run */
kw_status kw_mps_needed_bond(const kw_mps *mps, double tolerance, int *max_bond, int *least_of_all, kw_mps **compressed);

int kw_mps_qubits(const kw_mps *mps);
int kw_mps_bond(const kw_mps *mps, int bond); /* D between qubits bond - 1 and bond; 0 <= bond <= n */
kw_mps_account kw_mps_account_of(const kw_mps *mps);

/** Bytes of tensors whose bonds are all as large as they may be: D_q = min(max_bond, 2^q, 2^(n-q)); 0: no limit.  UINT64_MAX
 *  if that is too large for an integer.                                                                          @local */
uint64_t kw_mps_bytes_at(int n_qubits, int max_bond);

/** <a|b>.                                                                                                        @local
 *  @return KW_OK, KW_E_ARG (widths differ), KW_E_NOMEM */
kw_status kw_mps_inner(const kw_mps *a, const kw_mps *b, kw_complex *out);
kw_status kw_mps_norm2(const kw_mps *mps, double *out); /* <a|a> */

/** <mps|P|mps> of a Pauli string: X on mask x, Z on z, Y on both.                                                @local
 *  @return KW_OK, KW_E_INPUT (a qubit beyond), KW_E_NOMEM */
kw_status kw_mps_expect(const kw_mps *mps, uint64_t x, uint64_t z, double *out);

/** Amplitude of a basis state.                                                                                   @local
 *  @return KW_OK, KW_E_INPUT (index >= 2^n), KW_E_NOMEM */
kw_status kw_mps_amplitude(const kw_mps *mps, uint64_t index, kw_complex *out);

/** All 2^n amplitudes in logical order.  Scratch: those of the last two steps.                                   @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_mps_to_vector(const kw_mps *mps, kw_complex *vector);

/** |<f|mps>|^2 / <f|f> / <mps|mps> with a state given by its amplitudes; memory and time as kw_mps_to_vector.     @local
 *  @return KW_OK, KW_E_INPUT (norm zero or not finite), KW_E_NOMEM */
kw_status kw_mps_fidelity(const kw_mps *mps, kw_amplitude_fn amplitude, const void *context, double *out);

/** The same with a state of the engine on one process.                                                           @local
 *  @return KW_OK, KW_E_ARG (widths differ; the state is on several ranks), KW_E_INPUT, KW_E_NOMEM */
kw_status kw_mps_state_fidelity(const kw_mps *mps, const kw_state *state, double *out);

#endif
