/* What the fuzz targets share. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ketwall/status.h"

size_t fuzz_taken;

static struct {
    int fd;
    char path[40];
} files[FUZZ_FILES];

static void remove_files(void) {
    for (int i = 0; i < FUZZ_FILES; ++i)
        if (*files[i].path) unlink(files[i].path);
}

void fuzz_must(int holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "%s: %s\n", what, kw_error_message());
    remove_files();
    abort();
}

/* A name of its own, since HDF5 opens nothing without one; in memory where there is such a folder. */
static void make_file(int file) {
    static const char *const folders[] = {"/dev/shm", "/tmp"};
    if (!*files[0].path && !*files[1].path) atexit(remove_files);
    for (int i = 0; i < 2; ++i) {
        snprintf(files[file].path, sizeof files[file].path, "%s/ketwall_fuzz_XXXXXX", folders[i]);
        if ((files[file].fd = mkstemp(files[file].path)) >= 0) return;
    }
    fuzz_must(0, "a file for the input");
}

const char *fuzz_file(int file, const void *data, size_t size) {
    if (!*files[file].path) make_file(file);
    const int fd = files[file].fd;
    fuzz_must(!ftruncate(fd, 0) && (!size || pwrite(fd, data, size, 0) == (ssize_t)size), "a file for the input");
    return files[file].path;
}
