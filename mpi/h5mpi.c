/* The HDF5 file-access property that opens one file from all ranks. */
#include <hdf5.h>

#include "mpi_internal.h"

int64_t kw_mpi_file_access(kw_comm *comm) {
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0) return -1;
    if (H5Pset_fapl_mpio(access, kw_mpi_handle(comm), MPI_INFO_NULL) < 0 || H5Pset_all_coll_metadata_ops(access, 1) < 0
        || H5Pset_coll_metadata_write(access, 1) < 0) {
        H5Pclose(access);
        return -1;
    }
    return access;
}
