/* F0  Stopping early: signals, a file or a time limit ask for it; the work looks when it is safe, and all ranks agree. */
#ifndef KW_STOP_H
#define KW_STOP_H

#include <stdbool.h>

#include "ketwall/comm.h"

/** SIGUSR1, SIGTERM, SIGHUP and the first SIGINT no longer end the process: they ask its work to stop.  For programs, at
 * their start.                                                                                                        @local
 */
void kw_stop_catch_signals(void);

/** Forgets what was asked so far: for a process that goes on to other work.                                      @local */
void kw_stop_forget(void);

/** When a run has to stop. */
typedef struct {
    kw_comm *comm;      /* of all ranks that stop together */
    const char *dir;    /* directory whose file `stop` asks for it; NULL: none */
    double max_wall_s;  /* since `started`; 0: never */
    double started;     /* clock [s] */
    double looked;      /* when the file was last looked for */
    const char *reason; /* why the run has to stop, once kw_stop_agree said so */
} kw_stop;

typedef enum { KW_GO_ON, KW_SAVE, KW_STOP } kw_stop_decision;

/** Whether any rank was asked to stop; else whether rank 0 finds a checkpoint due.  The file is looked for once a second at
 *  most.                                                                              @return the same on every rank
 * @collective */
kw_stop_decision kw_stop_agree(kw_stop *stop, bool due);

#endif
