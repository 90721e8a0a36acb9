/* Starting and ending MPI for the program. */
#include "cli/launch.h"

#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef _OPENMP
#    include <omp.h>
#endif

#include "base/error.h"
#include "base/memory.h"
#include "ketwall/comm.h"

extern char **environ;

static bool in_environment(const char *prefix) {
    for (char **variable = environ; *variable; ++variable)
        if (!strncmp(*variable, prefix, strlen(prefix))) return true;
    return false;
}

/* srun without PMIx starts every task as a world of its own: each would run the whole job.  Some MPI libraries abort in
 * MPI_Init then, at length: so this is asked before it (no launcher has left its PMI variables) and after it. */
static kw_status check_not_alone(bool before) {
    const char *tasks = getenv("SLURM_STEP_NUM_TASKS");
    int size = 1;
    if (!tasks || atoi(tasks) <= 1 || getenv("OMPI_COMM_WORLD_SIZE")) return KW_OK;
    if (before && (in_environment("PMI") || in_environment("MPI"))) return KW_OK;
    if (!before) MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (size > 1) return KW_OK;
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
    kw_status status = check_not_alone(true);
    if (status != KW_OK) return status;
    int provided = 0;
    MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
    share_cores();
    status = check_not_alone(false);
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
