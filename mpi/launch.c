/* Starting and ending MPI for the program. */
#include "cli/launch.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef _OPENMP
#    include <omp.h>
#endif

#include "base/error.h"
#include "base/memory.h"
#include "ketwall/comm.h"

/* srun without PMIx starts every task as a world of its own: each would run the whole job. */
static kw_status check_not_alone(void) {
    const char *tasks = getenv("SLURM_STEP_NUM_TASKS");
    int size = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (size > 1 || !tasks || atoi(tasks) <= 1 || getenv("OMPI_COMM_WORLD_SIZE")) return KW_OK;
    return kw_fail(KW_E_ARG,
                   "this step has %s tasks, but each found itself alone: start it with srun --mpi=pmix, or with mpirun",
                   tasks);
}

/* Ranks that are not bound to cores of their own share the node's, unless OMP_NUM_THREADS says otherwise. */
static void share_cores(void) {
#ifdef _OPENMP
    const int mine = omp_get_num_procs(), ranks = kw_ranks_on_node();
    if (getenv("OMP_NUM_THREADS") || mine < (int)sysconf(_SC_NPROCESSORS_ONLN)) return;
    omp_set_num_threads(mine > ranks ? mine / ranks : 1);
#endif
}

kw_status kw_launch(int *argc, char ***argv, kw_comm **world) {
    /* Open MPI 4.1's ompio is reported to corrupt parallel HDF5 files (open-mpi/ompi #12718): ROMIO unless chosen otherwise.
     */
    setenv("OMPI_MCA_io", "^ompio", 0);
    setenv("OPENBLAS_NUM_THREADS", "1", 0);
    int provided = 0;
    MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
    share_cores();
    const kw_status status = check_not_alone();
    if (status != KW_OK) return status;
    return kw_comm_from_mpi(MPI_Comm_c2f(MPI_COMM_WORLD), world);
}

int kw_launch_end(kw_comm **world, int exit_code) {
    kw_comm_destroy(world);
    int started = 0;
    MPI_Initialized(&started);
    if (started) MPI_Finalize();
    return exit_code;
}

const char *kw_launch_mpi_version(void) {
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    MPI_Get_library_version(text, &length);
    for (int i = 0; i < length; ++i)
        if (text[i] == '\n' || text[i] == ',') text[i] = '\0';
    return text;
}
