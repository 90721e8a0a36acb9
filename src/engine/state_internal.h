/* F2  What a distributed state is made of, and the moves of its qubits. */
#ifndef KW_STATE_INTERNAL_H
#define KW_STATE_INTERNAL_H

#include "engine/kernels/kernels.h"
#include "ketwall/state.h"

/* What rounding has cost: sums over the writes p of a packed state of |e_p|^2 and |e_p|, e_p what write p lost, in units in
 * which the exact state has at least the norm `exact`; `noise` stays in units of the stored state's. */
typedef struct {
    double noise, error, exact;
} kw_errors;

struct kw_state {
    kw_comm *comm;
    int n_qubits, n_local;
    kw_precision precision;
    int place[KW_MAX_QUBITS]; /* physical position of logical qubit q; positions >= n_local are rank bits */
    void *amplitudes;         /* 2^n_local; what kernels take: the block, or &packed */
    kw_packed packed;         /* s16, s8 */
    uint8_t *marks;           /* double, single: 0: all amplitudes of this run are zero */
    bool full;                /* taken to have no run that is zero */
    void *work;               /* exchange buffers: 4 chunks; NULL on one rank */
    uint64_t chunk_items;     /* amplitudes */
    int exchange_way;         /* kw_exchange_way, the same on every rank */
    kw_traffic traffic;
    kw_rounding rounding, used; /* as it was said; by the last plan */
    uint64_t seed, writes;      /* of the random numbers of stochastic rounding */
    kw_errors errors;
    double drift, most_infidelity;
};

static inline uint64_t kw_amplitude_bytes(kw_precision precision) {
    static const uint64_t bytes[KW_PRECISIONS] = {16, 8, 4, 2};
    return bytes[precision];
}

/** log2 of the most ranks that can share a state: swaps of qubits move whole runs of packed ones, so that these have as many
 *  positions above their runs as there are rank bits. */
static inline int kw_most_rank_bits(int n_qubits, kw_precision precision) {
    if (!kw_precision_is_packed(precision)) return n_qubits;
    return n_qubits > KW_RUN_BITS ? (n_qubits - KW_RUN_BITS) / 2 : 0;
}

static inline uint64_t kw_runs(uint64_t amplitudes) { return amplitudes / KW_RUN + (amplitudes % KW_RUN != 0); }

/* With the scales of packed ones.  Saturates: 2^62 amplitudes are more bytes than 64 bits count. */
static inline uint64_t kw_bytes_of(uint64_t amplitudes, kw_precision precision) {
    const uint64_t each = kw_amplitude_bytes(precision);
    if (kw_precision_is_packed(precision)) return kw_runs(amplitudes) * (KW_RUN * each + sizeof(uint16_t));
    return amplitudes > UINT64_MAX / each ? UINT64_MAX : amplitudes * each;
}

/** Local amplitudes (of packed states: the kw_packed), about to be written; their number, the communicator; amplitudes are
 * in physical order. */
void *kw_state_local(kw_state *state);
uint64_t kw_state_local_count(const kw_state *state);
kw_comm *kw_state_comm(const kw_state *state);

/** Amplitudes [first, first + count) as the kernels of the arithmetic's precision take them: where they are, or of a packed
 *  state unpacked into `buffer`, which has room for the whole runs that hold them.                               @local */
const void *kw_state_view(const kw_state *state, uint64_t first, uint64_t count, void *buffer);

/** To change them: where they are, or in `buffer` until kw_state_put_back; first and count are whole runs, or all. @local */
void *kw_state_take(kw_state *state, uint64_t first, uint64_t count, void *buffer);
void kw_state_put_back(kw_state *state, uint64_t first, uint64_t count, const void *buffer);

/** The local amplitudes with what belongs to them, to keep aside: bytes; out; in again.                           @local */
uint64_t kw_slab_bytes(int n_local, kw_precision precision);
uint64_t kw_state_slab_bytes(const kw_state *state);
void kw_state_store(const kw_state *state, void *slab);
void kw_state_restore(kw_state *state, const void *slab);

/** state <- that of rank `root` of `column`, whose ranks hold the same part of states alike.                @collective */
void kw_state_broadcast(kw_state *state, kw_comm *column, int root);

/* ---- what is empty ---- */

/** All amplitudes <- 0; the order of the qubits stays.                                                            @local */
void kw_state_clear(kw_state *state);

/** Nothing is known to be zero any more.                                                                          @local */
void kw_state_occupy(kw_state *state);

/** What a run's header says: zero or not.                                                                         @local */
static inline bool kw_run_is_empty(const kw_state *state, uint64_t run) {
    return state->marks ? !state->marks[run] : !state->packed.scales[run];
}

/* ---- errors of packed states ---- */

/** The state is about to be set anew: no errors yet.                                                              @local */
void kw_errors_reset(kw_state *state);

/** Before a write of all local amplitudes: how it rounds, and nothing lost yet.                                   @local */
void kw_errors_begin(kw_state *state, kw_rounding rounding);

/** After it: what was lost on all ranks goes into the account; the squared norm of what was written.        @collective */
double kw_errors_end(kw_state *state);

/** After a write that left the squared norm `norm2`: makes it 1.  shrunk: the exact state may have become shorter, too.
 * @local
 */
void kw_errors_restore(kw_state *state, double norm2, bool shrunk);

/** The state was multiplied by `factor`; or a part of it was taken, and scaled to norm 1 by `factor`.              @local */
void kw_errors_scale(kw_state *state, double factor);
void kw_errors_project(kw_state *state, double factor);

/** What an account comes to.                                                                                     @local */
kw_infidelity kw_errors_infidelity(const kw_errors *errors);

/** How far from 1 the squared norm of a state with this account may be: its norm is at most `error` from that of the exact
 *  state, which is `exact`, or after measurements between `exact` and 2 - `exact`.                                @local */
double kw_errors_off_norm(const kw_errors *errors);

/** Sets the local block from 2^l real numbers (logical order), without normalising. */
void kw_state_set_local_real(kw_state *state, const double *local);

/** Forgets the qubit order: the amplitudes are about to be overwritten in logical order. */
void kw_state_reset_order(kw_state *state);

/** Exchanges the local amplitudes at args->offset[0] and [1] in every group (kernel `flip`).               @collective */
void kw_state_flip(kw_state *state, const kw_kernel_args *args);

/** Exchanges two local positions.                                                                          @collective */
void kw_state_swap_local(kw_state *state, int a, int b);

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
