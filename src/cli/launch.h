/* F6  Start and end of a program that may run on many ranks: mpi/launch.c, or launch_serial.c in builds without MPI. */
#ifndef KW_LAUNCH_H
#define KW_LAUNCH_H

#include "ketwall/comm.h"

/** Starts the message passing and gives the communicator of all ranks.
 *  @return KW_OK, KW_E_ARG (tasks that were meant to be ranks found themselves alone)                     @collective */
kw_status kw_launch(int *argc, char ***argv, kw_comm **world);

/** Ends it; the largest exit code of all ranks becomes the program's.                                     @collective */
int kw_launch_end(kw_comm **world, int exit_code);

/** "Open MPI v4.1.4 ..." or "none (serial build)"; needs no kw_launch.                                          @local */
const char *kw_launch_mpi_version(void);

#endif
