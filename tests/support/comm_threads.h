/* An in-process group of virtual ranks: every rank is a thread with a small stack; up to 1,024 and more. */
#ifndef TEST_COMM_THREADS_H
#define TEST_COMM_THREADS_H

#include "ketwall/comm.h"

/** Runs body(comm, context) on `ranks` threads whose communicators form one group, and waits for all of them.  A body must
 *  not use cmocka's assertions, which belong to the main thread: it records what the test asserts afterwards. */
void test_virtual_ranks(int ranks, void (*body)(kw_comm *comm, void *context), void *context);

#endif
