/* What the files of mpi/ share. */
#ifndef KW_MPI_INTERNAL_H
#define KW_MPI_INTERNAL_H

#include <mpi.h>

#include "base/comm_ops.h"

typedef struct {
    kw_comm base;
    MPI_Comm handle;
} kw_mpi_comm;

static inline MPI_Comm kw_mpi_handle(kw_comm *comm) { return ((kw_mpi_comm *)comm)->handle; }

extern const kw_comm_ops kw_mpi_ops;

void kw_mpi_exchange(kw_comm *comm, const kw_exchange *x);
int64_t kw_mpi_file_access(kw_comm *comm);
void kw_mpi_lanczos_step(kw_comm *comm, kw_lanczos_call *call);
void kw_mpi_lanczos_finish(kw_comm *comm, kw_lanczos_call *call, int *select, double *values, double *vectors);

#endif
