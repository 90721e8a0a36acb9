/* F2  What a distributed state is made of, and the moves of its qubits. */
#ifndef KW_STATE_INTERNAL_H
#define KW_STATE_INTERNAL_H

#include "engine/kernels/kernels.h"
#include "ketwall/state.h"

struct kw_state {
    kw_comm *comm;
    int n_qubits, n_local;
    kw_precision precision;
    int place[KW_MAX_QUBITS]; /* physical position of logical qubit q; positions >= n_local are rank bits */
    void *amplitudes;         /* 2^n_local */
    void *work;               /* exchange buffers: 4 chunks; NULL on one rank */
    uint64_t chunk_items;
    int exchange_way; /* kw_exchange_way, the same on every rank */
    kw_traffic traffic;
};

static inline uint64_t kw_amplitude_bytes(kw_precision precision) { return precision == KW_DOUBLE ? 16 : 8; }

/* Saturates: 2^62 amplitudes are more bytes than 64 bits count. */
static inline uint64_t kw_bytes_of(uint64_t amplitudes, kw_precision precision) {
    const uint64_t each = kw_amplitude_bytes(precision);
    return amplitudes > UINT64_MAX / each ? UINT64_MAX : amplitudes * each;
}

/** Local amplitudes, their number, the communicator; amplitudes are in physical order. */
void *kw_state_local(kw_state *state);
uint64_t kw_state_local_count(const kw_state *state);
kw_comm *kw_state_comm(const kw_state *state);

/** Sets the local block from 2^l real numbers (logical order), without normalising. */
void kw_state_set_local_real(kw_state *state, const double *local);

/** Forgets the qubit order: the amplitudes are about to be overwritten in logical order. */
void kw_state_reset_order(kw_state *state);

/** Exchanges the local amplitudes at args->offset[0] and [1] in every group (kernel `flip`).                    @local */
void kw_state_flip(kw_state *state, const kw_kernel_args *args);

/* One multi-qubit swap: the qubits at global[j] and local[j] change places, all j at once, by an all-to-all among the
 * 2^count ranks that differ in those rank bits. */
typedef struct {
    int count;
    int global[KW_MAX_QUBITS], local[KW_MAX_QUBITS];
} kw_swap;

/** Exchanges the amplitudes only; the caller keeps account of places.                                     @collective */
void kw_state_exchange(kw_state *state, const kw_swap *swap);

/** Amplitudes of one message of an exchange at most. */
uint64_t kw_state_chunk_items(int n_local, kw_precision precision);

/** Bytes that one swap of `count` qubits sends per rank. */
uint64_t kw_swap_bytes(int count, int n_local, kw_precision precision);

/** Counted bytes that sampling holds beside the state. */
uint64_t kw_sample_bytes(int n_local, int ranks);

/** Brings the qubits into the order `wanted` (logical order: NULL).                                         @collective */
void kw_state_arrange(kw_state *state, const int *wanted);
/** What kw_state_order costs for qubits at `place`. */
kw_traffic kw_order_cost(int n_qubits, int ranks, const int *place, kw_precision precision);

/** Makes the qubits of `mask` local; they must be at most n_local.                                         @collective */
void kw_state_localise(kw_state *state, uint64_t mask);
kw_traffic kw_localise_cost(int n_qubits, int ranks, const int *place, uint64_t mask, kw_precision precision);
/** `place` <- where the qubits are afterwards. */
void kw_localise_place(int n_qubits, int ranks, int *place, uint64_t mask);

#endif
