/* F0  What stands for mpi/comm.c in a build without MPI. */
#include "ketwall/comm.h"
#include "base/error.h"

bool kw_has_mpi(void) { return false; }

kw_status kw_comm_from_mpi(int mpi_comm_c2f, kw_comm **out) {
    (void)mpi_comm_c2f, (void)out;
    return kw_fail(KW_E_ARG, "this Ketwall was built without MPI: configure it with -DKETWALL_MPI=ON, or use kw_comm_self");
}
