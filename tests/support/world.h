/* The world a test runs in: all MPI ranks, or one process in a build without MPI. */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ketwall/comm.h"

/** Communicator over all ranks; valid inside test_run. */
kw_comm *test_world(void);

/** Runs the tests on every rank, one after the other; rank 0 reports, other ranks only where they fail.  A failure on any
 *  rank of several ends them all, so that nobody waits for a rank that has left the test.  Returns the exit code. */
int test_run(const char *name, const struct CMUnitTest *tests, size_t count);

#define TEST_RUN(name, tests) test_run(name, tests, sizeof(tests) / sizeof *(tests))

#endif
