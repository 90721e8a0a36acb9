/* F6  Launch of a build without MPI: one process, and a refusal to run as many independent copies. */
#include <stdlib.h>

#include "base/error.h"
#include "cli/launch.h"

static kw_status refuse_copies(const char *variable) {
    const char *text = getenv(variable);
    const long tasks = text ? strtol(text, NULL, 10) : 1;
    if (tasks <= 1) return KW_OK;
    return kw_fail(KW_E_ARG,
                   "%s is %ld, but this build has no MPI: it would run %ld independent copies.  Start one task, or "
                   "build with -DKETWALL_MPI=ON",
                   variable, tasks, tasks);
}

kw_status kw_launch(int *argc, char ***argv, kw_comm **world) {
    (void)argc;
    (void)argv;
    kw_status status = refuse_copies("OMPI_COMM_WORLD_SIZE");
    if (!status) status = refuse_copies("SLURM_STEP_NUM_TASKS");
    if (!status) *world = kw_comm_self();
    return status;
}

int kw_launch_end(kw_comm **world, int exit_code) {
    kw_comm_destroy(world);
    return exit_code;
}

const char *kw_launch_mpi_version(void) { return "none (serial build)"; }
