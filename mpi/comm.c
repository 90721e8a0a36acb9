/* Communicators over MPI ranks: the operations behind kw_comm.  MPI's own errors end the job (MPI_ERRORS_ARE_FATAL), so no
 * rank can be left waiting for one that failed. */
#include <mpi.h>
#include <stdlib.h>

#include "base/comm_ops.h"
#include "base/error.h"
#include "mpi_internal.h"

static void mpi_destroy(kw_comm *comm) {
    kw_mpi_comm *mpi = (kw_mpi_comm *)comm;
    MPI_Comm_free(&mpi->handle);
    free(mpi);
}

static kw_status wrap(MPI_Comm handle, kw_comm **out) {
    kw_mpi_comm *mpi = malloc(sizeof *mpi);
    int size = 0, failed = !mpi, any = 0;
    MPI_Comm_size(handle, &size);
    MPI_Allreduce(&failed, &any, 1, MPI_INT, MPI_MAX, handle);
    if (any || size > KW_MAX_RANKS) {
        free(mpi);
        MPI_Comm_free(&handle);
        if (any) return kw_fail(KW_E_NOMEM, "no memory for a communicator");
        return kw_fail(KW_E_ARG, "%d ranks: at most %d are supported", size, KW_MAX_RANKS);
    }
    mpi->handle = handle;
    mpi->base.ops = &kw_mpi_ops;
    MPI_Comm_rank(handle, &mpi->base.rank);
    mpi->base.size = size;
    *out = &mpi->base;
    return KW_OK;
}

bool kw_has_mpi(void) { return true; }

kw_status kw_comm_from_mpi(int mpi_comm_c2f, kw_comm **out) {
    int started = 0, ended = 0;
    MPI_Initialized(&started);
    MPI_Finalized(&ended);
    if (!started || ended) return kw_fail(KW_E_ARG, "a communicator of MPI is wrapped between MPI_Init and MPI_Finalize");
    MPI_Comm copy;
    MPI_Comm_dup(MPI_Comm_f2c(mpi_comm_c2f), &copy);
    return wrap(copy, out);
}

static kw_status mpi_split(kw_comm *comm, int colour, kw_comm **out) {
    MPI_Comm part;
    MPI_Comm_split(kw_mpi_handle(comm), colour, comm->rank, &part);
    return wrap(part, out);
}

static void mpi_broadcast(kw_comm *comm, void *buffer, size_t bytes, int root) {
    MPI_Bcast(buffer, (int)bytes, MPI_BYTE, root, kw_mpi_handle(comm));
}

static void mpi_allgather(kw_comm *comm, const void *in, void *out, size_t bytes) {
    MPI_Allgather(in, (int)bytes, MPI_BYTE, out, (int)bytes, MPI_BYTE, kw_mpi_handle(comm));
}

static void mpi_alltoall(kw_comm *comm, const void *in, void *out, size_t bytes) {
    MPI_Alltoall(in, (int)bytes, MPI_BYTE, out, (int)bytes, MPI_BYTE, kw_mpi_handle(comm));
}

static void mpi_max(kw_comm *comm, int64_t *values, size_t count) {
    const size_t slice = (size_t)1 << 24; /* counts are ints */
    for (size_t first = 0; first < count; first += slice)
        MPI_Allreduce(MPI_IN_PLACE, values + first, (int)(count - first < slice ? count - first : slice), MPI_INT64_T,
                      MPI_MAX, kw_mpi_handle(comm));
}

const kw_comm_ops kw_mpi_ops = {.destroy = mpi_destroy,
                                .split = mpi_split,
                                .broadcast = mpi_broadcast,
                                .allgather = mpi_allgather,
                                .alltoall = mpi_alltoall,
                                .max = mpi_max,
                                .exchange = kw_mpi_exchange,
                                .file_access = kw_mpi_file_access,
                                .lanczos_step = kw_mpi_lanczos_step,
                                .lanczos_finish = kw_mpi_lanczos_finish};
