/* F2  Reconstruction fidelity of the autoencoder: F_rec = sum_t |<chi_0|chi_t>|^2, chi_t = (<t|_trash) phi.
 *
 * The smaller of the two registers is made local.  Small trash: every rank adds up <chi_0|chi_t> over its latent indices for
 * all t.  Small latent register: chi_0 sits whole on rank 0, is sent to all, and every rank handles its own t. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "base/error.h"
#include "base/memory.h"
#include "engine/parallel.h"
#include "engine/reconstruct.h"
#include "engine/state_internal.h"
#include "ketwall/observable.h"

typedef struct {
    const kw_state *state;
    int trash[KW_MAX_QUBITS], latent[KW_MAX_QUBITS]; /* local positions, ascending */
    int n_trash, n_latent;
    kw_complex *buffer; /* overlaps by t, or chi_0 */
} registers;

static void collect(registers *r, uint64_t trash_mask) {
    const uint64_t positions = kw_deposit(trash_mask, r->state->place, r->state->n_qubits);
    r->n_trash = r->n_latent = 0;
    for (int p = 0; p < r->state->n_local; ++p) {
        if (positions & kw_bit(p)) r->trash[r->n_trash++] = p;
        else r->latent[r->n_latent++] = p;
    }
}

/* overlaps[t] <- sum over this rank's latent indices */
static void overlaps_range(void *context, uint64_t first, uint64_t last) {
    const registers *r = context;
    for (uint64_t t = first; t < last; ++t)
        r->buffer[t] =
            kw_kernels(r->state->precision)
                ->register_dot(NULL, r->state->amplitudes, kw_deposit(t, r->trash, r->n_trash), r->latent, r->n_latent);
}

static double small_trash(registers *r) {
    double fidelity = 0;
    const uint64_t count = kw_bit(r->n_trash);
    kw_parallel_for(count, overlaps_range, r);
    kw_comm_sum(r->state->comm, (double *)r->buffer, 2 * count);
    for (uint64_t t = 0; t < count; ++t) fidelity += creal(r->buffer[t] * conj(r->buffer[t]));
    return fidelity;
}

static void squares_range(void *context, uint64_t first, uint64_t last, double *sums) {
    const registers *r = context;
    for (uint64_t t = first; t < last; ++t) {
        const kw_complex overlap =
            kw_kernels(r->state->precision)
                ->register_dot(r->buffer, r->state->amplitudes, kw_deposit(t, r->trash, r->n_trash), r->latent, r->n_latent);
        sums[0] += creal(overlap * conj(overlap));
    }
}

static double small_latent(registers *r) {
    const kw_state *state = r->state;
    const uint64_t count = kw_bit(r->n_latent);
    for (uint64_t j = 0; j < count; ++j)
        r->buffer[j] = kw_kernels(state->precision)->get(state->amplitudes, kw_deposit(j, r->latent, r->n_latent));
    const uint64_t slice = (uint64_t)1 << 24;
    for (uint64_t from = 0; from < count; from += slice)
        kw_comm_broadcast(state->comm, r->buffer + from, (count - from < slice ? count - from : slice) * sizeof *r->buffer,
                          0);
    double fidelity = 0;
    kw_parallel_sum(kw_bit(r->n_trash), 1, squares_range, r, &fidelity);
    kw_comm_sum(state->comm, &fidelity, 1);
    return fidelity;
}

uint64_t kw_reconstruction_local_mask(int n_qubits, uint64_t trash_mask) {
    const uint64_t latent = ~trash_mask & (kw_bit(n_qubits) - 1);
    return 2 * kw_popcount(trash_mask) <= n_qubits ? trash_mask : latent;
}

uint64_t kw_reconstruction_bytes(int n_qubits, uint64_t trash_mask) {
    return sizeof(kw_complex) << kw_popcount(kw_reconstruction_local_mask(n_qubits, trash_mask));
}

kw_status kw_state_reconstruction_fidelity(kw_state *state, uint64_t trash_mask, double *fidelity) {
    const uint64_t small = kw_reconstruction_local_mask(state->n_qubits, trash_mask);
    if (kw_popcount(small) > state->n_local)
        return kw_fail(KW_E_ARG,
                       "reconstruction fidelity of %d qubits on %d ranks: neither register fits into the %d local "
                       "qubits; use at most %d ranks per state",
                       state->n_qubits, state->comm->size, state->n_local, 1 << (state->n_qubits - kw_popcount(small)));
    registers r = {.state = state};
    const uint64_t bytes = kw_reconstruction_bytes(state->n_qubits, trash_mask);
    r.buffer = kw_block_alloc(bytes);
    const kw_status status =
        kw_comm_agree(state->comm, r.buffer ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for the latent register"));
    if (status == KW_OK) {
        kw_state_localise(state, small);
        collect(&r, trash_mask);
        *fidelity = small == trash_mask ? small_trash(&r) : small_latent(&r);
    }
    kw_block_free(r.buffer, bytes);
    return status;
}
