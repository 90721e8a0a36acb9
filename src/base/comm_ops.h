/* F0  What an implementation of kw_comm provides.  Implemented by comm_self.c, by mpi/comm.c and by the tests' threads. */
#ifndef KW_COMM_OPS_H
#define KW_COMM_OPS_H

#include "ketwall/comm.h"

#define KW_MAX_RANKS 16384 /* of one communicator: kw_comm_sum gathers one number per rank on the stack */

/* Reverse communication of the symmetric Lanczos solver, as in (P)ARPACK's dsaupd and dseupd. */
typedef struct {
    int ido, info, n, nev, ncv, ldv, lworkl;
    double tol;
    int iparam[11], ipntr[11];
    double *resid, *v, *workd, *workl;
} kw_lanczos_call;

typedef struct {
    void (*destroy)(kw_comm *comm);
    /* the same status on every rank of a part; leaves *out alone on failure */
    kw_status (*split)(kw_comm *comm, int colour, kw_comm **out);
    void (*broadcast)(kw_comm *comm, void *buffer, size_t bytes, int root);
    /* out (size * bytes) <- every rank's `in` (bytes), in rank order */
    void (*allgather)(kw_comm *comm, const void *in, void *out, size_t bytes);
    /* block r of `in` goes to rank r */
    void (*alltoall)(kw_comm *comm, const void *in, void *out, size_t bytes);
    void (*max)(kw_comm *comm, int64_t *values, size_t count);
    void (*exchange)(kw_comm *comm, const kw_exchange *exchange);
    /* NULL: one process only */
    int64_t (*file_access)(kw_comm *comm); /* HDF5 file-access property list; the caller closes it */
    void (*lanczos_step)(kw_comm *comm, kw_lanczos_call *call);
    void (*lanczos_finish)(kw_comm *comm, kw_lanczos_call *call, int *select, double *values, double *vectors);
} kw_comm_ops;

struct kw_comm {
    const kw_comm_ops *ops;
    int rank, size;
};

#endif
