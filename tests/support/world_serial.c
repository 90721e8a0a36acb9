/* The world of a build without MPI: one process. */
#include "support/world.h"

kw_comm *test_world(void) { return kw_comm_self(); }

int test_run(const char *name, const struct CMUnitTest *tests, size_t count) {
    return _cmocka_run_group_tests(name, tests, count, NULL, NULL) ? 1 : 0;
}
