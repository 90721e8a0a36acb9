/* The world of a build with MPI: every rank runs every test; output of ranks above 0 is kept back unless they fail. */
#define OMPI_SKIP_MPICXX 1
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/world.h"

static kw_comm *world;

kw_comm *test_world(void) { return world; }

/* Sends stdout and stderr of this process to a temporary file; returns it, and the terminal in `terminal`. */
static FILE *keep_back(int *terminal) {
    FILE *kept = tmpfile();
    *terminal = dup(STDERR_FILENO);
    if (!kept || *terminal < 0) MPI_Abort(MPI_COMM_WORLD, 1);
    dup2(fileno(kept), STDOUT_FILENO);
    dup2(fileno(kept), STDERR_FILENO);
    return kept;
}

static void show(FILE *kept, int terminal, int rank) {
    char line[1024];
    fflush(stdout);
    fflush(stderr);
    rewind(kept);
    while (fgets(line, sizeof line, kept)) dprintf(terminal, "[rank %d] %s", rank, line);
}

int test_run(const char *name, const struct CMUnitTest *tests, size_t count) {
    int provided, rank, size, terminal = -1;
    FILE *kept = NULL;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (kw_comm_from_mpi((int)MPI_Comm_c2f(MPI_COMM_WORLD), &world) != KW_OK) MPI_Abort(MPI_COMM_WORLD, 1);
    if (rank > 0) kept = keep_back(&terminal);
    int failures = 0;
    for (size_t i = 0; i < count; ++i) {
        const int failed = _cmocka_run_group_tests(name, tests + i, 1, NULL, NULL) != 0;
        if (failed && kept) show(kept, terminal, rank);
        if (failed && size > 1) MPI_Abort(MPI_COMM_WORLD, 1);
        failures += failed;
    }
    MPI_Allreduce(MPI_IN_PLACE, &failures, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    kw_comm_destroy(&world);
    MPI_Finalize();
    return failures ? 1 : 0;
}
