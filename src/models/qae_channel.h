/* F4  The autoencoder as what it is: a channel.  Encoding discards the trash qubits, decoding sets them to |0..0>:
 *     rho = Tr_trash[U |psi><psi| U^dag],    out = U^dag (rho (x) |0..0><0..0|) U        (Romero et al. 2017, Eqs. 1-2)
 * For systems whose amplitudes can be looked at one by one, on one process. */
#ifndef KW_QAE_CHANNEL_H
#define KW_QAE_CHANNEL_H

#include "ketwall/circuit.h"
#include "ketwall/state.h"

typedef struct kw_qae_channel kw_qae_channel;

/** What becomes of one state. */
typedef struct {
    double fidelity;    /* <psi|out|psi> */
    double trace;       /* of out, as computed: 1 */
    double purity;      /* Tr out^2: 1 if nothing was discarded that the state was entangled with */
    double reversal;    /* |rho' - rho| / |rho| of the latent states of psi and of out, Frobenius norms: 0 */
    double correlation; /* Tr(out Z...Z) on a mask of qubits */
    double single[2];   /* Tr(out Z) of the lowest and the highest qubit of the mask */
} kw_qae_passage;

/** Memory: 56 * 2^n + 64 * 4^latent bytes.
 *  @param[in] trash_mask  the trash qubits; the others are latent, the lowest is bit 0 of a latent index
 *  @return KW_OK, KW_E_ARG (no trash, more than 12 latent or 28 qubits), KW_E_NOMEM                            @local */
kw_status kw_qae_channel_create(const kw_circuit *encoder, const double *theta, uint64_t trash_mask, kw_qae_channel **out);
void kw_qae_channel_destroy(kw_qae_channel **channel);

/** rho (m x m), m = 2^latent, row-major, of a normalised state (2^n).                                           @local
 *  @return KW_OK, KW_E_INPUT (norm zero), what kw_plan_run returns */
kw_status kw_qae_channel_encode(kw_qae_channel *channel, const kw_complex *psi, kw_complex *rho);

/** Encodes, decodes, encodes again.                                                                               @local
 *  @param[in] mask  qubits of the correlation
 *  @return as kw_qae_channel_encode, KW_E_INTERNAL (LAPACK) */
kw_status kw_qae_channel_pass(kw_qae_channel *channel, const kw_complex *psi, uint64_t mask, kw_qae_passage *out);

#endif
