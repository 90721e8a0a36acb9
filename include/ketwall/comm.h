/* Communicators: the few collective operations that Ketwall needs, over MPI ranks (mpi/), over one process
 * (kw_comm_self), or over threads that play ranks (tests).  No MPI type appears here. */
#ifndef KETWALL_COMM_H
#define KETWALL_COMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ketwall/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kw_comm kw_comm;

/** The communicator of one process.  Static: never fails, destroying it does nothing.                          @local */
kw_comm *kw_comm_self(void);

/** Whether this library was built with MPI.                                                                    @local */
bool kw_has_mpi(void);

/** Wraps the caller's MPI communicator, given as the integer of MPI_Comm_c2f.  MPI must be initialised, and finalised after
 *  the last kw_comm_destroy; the communicator is duplicated.                                             @collective
 *  @return KW_OK, KW_E_ARG (a build without MPI; MPI does not run; more than 16,384 ranks), KW_E_NOMEM */
kw_status kw_comm_from_mpi(int mpi_comm_c2f, kw_comm **out);

/** Frees a communicator and sets the pointer to NULL.                                                     @collective */
void kw_comm_destroy(kw_comm **comm);

int kw_comm_rank(const kw_comm *comm);
int kw_comm_size(const kw_comm *comm);

/** Whether so many ranks can share states, which want powers of two.                                           @local
 *  @return KW_OK, KW_E_ARG (names the nearest) */
kw_status kw_comm_check_size(int ranks);

/** Ranks with equal colour form a new communicator, ordered by their rank here.                           @collective
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_comm_split(kw_comm *comm, int colour, kw_comm **out);

/** Copies `bytes` (< 2 GiB) of root's buffer to every rank.                                               @collective */
void kw_comm_broadcast(kw_comm *comm, void *buffer, size_t bytes, int root);

/** values[i] <- sum over ranks, added in rank order: the same bits on every rank and in every run.        @collective */
void kw_comm_sum(kw_comm *comm, double *values, size_t count);

/** receive (size * bytes) <- what every rank sends this one: block r of `send` goes to rank r; size * bytes < 2 GiB.
 *  @collective */
void kw_comm_alltoall(kw_comm *comm, const void *send, void *receive, size_t bytes);

/** values[i] <- maximum over ranks.                                                                       @collective */
void kw_comm_max(kw_comm *comm, int64_t *values, size_t count);

/** The one place where rank-local results become a common one: the most severe status of all ranks.  The message of the
 *  lowest rank that reports it becomes everybody's kw_error_message().                                    @collective */
kw_status kw_comm_agree(kw_comm *comm, kw_status status);

/** Called with items [first, first + count) of a chunked exchange: fill `chunk` (pack) or consume it (unpack). */
typedef void (*kw_pack_fn)(void *context, uint64_t first, uint64_t count, void *chunk);
typedef void (*kw_unpack_fn)(void *context, uint64_t first, uint64_t count, const void *chunk);

/** Where items [first, first + count) lie behind each other; NULL: they do not.  They are sent from there, without `pack`,
 *  and still stand there until the same chunk is unpacked. */
typedef void *(*kw_slot_fn)(void *context, uint64_t first, uint64_t count);

/** One pairwise exchange, cut into chunks and pipelined.  Both peers call it with equal sizes. */
typedef struct {
    int peer;             /* the other rank; must not be the caller */
    uint64_t items;       /* items sent, and received */
    size_t item_bytes;    /* bytes of one item */
    uint64_t chunk_items; /* items of one chunk; chunk_items * item_bytes < 1 GiB */
    kw_slot_fn slot;      /* may be NULL: every chunk is packed */
    kw_pack_fn pack; /* produces what is sent where `slot` does not; chunk j is always packed before chunk j is unpacked */
    kw_unpack_fn unpack; /* consumes what arrived, chunks in order */
    void *context;
    void *work; /* 4 * chunk_items * item_bytes bytes */
} kw_exchange;

/** Runs one pairwise exchange.                                                              @collective over the pair */
void kw_comm_exchange(kw_comm *comm, const kw_exchange *exchange);

#ifdef __cplusplus
}
#endif
#endif
