/* A temporary folder for one test. */
#include "support/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/world.h"

static char folder[64];

int test_make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/ketwall_test_XXXXXX");
    if (kw_comm_rank(test_world()) == 0 && !mkdtemp(folder)) return -1;
    kw_comm_broadcast(test_world(), folder, sizeof folder, 0);
    return 0;
}

int test_remove_folder(void **state) {
    (void)state;
    char command[96];
    kw_comm_agree(test_world(), KW_OK); /* nobody needs it any more */
    if (kw_comm_rank(test_world()) != 0) return 0;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

const char *test_in_folder(const char *name) {
    static char paths[4][256];
    static int last;
    last = (last + 1) % 4;
    snprintf(paths[last], sizeof paths[last], "%s/%s", folder, name);
    return paths[last];
}

bool test_exists(const char *path) {
    struct stat info;
    return !stat(path, &info);
}
