/* F3  The directory of a run: made, found unused, and given its resolved configuration. */
#include "io/run_directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

#define PATH_BYTES 4096

kw_status kw_run_directory_make(const char *path) {
    char part[PATH_BYTES];
    if (!*path) return kw_fail(KW_E_INPUT, "run.dir is empty: expected a directory");
    if (strlen(path) >= sizeof part) return kw_fail(KW_E_IO, "run.dir: %s: the path is too long", path);
    memcpy(part, path, strlen(path) + 1);
    for (char *at = part + 1;; ++at) {
        if (*at && *at != '/') continue;
        const char end = *at;
        *at = '\0';
        if (mkdir(part, 0777) && errno != EEXIST)
            return kw_fail(KW_E_IO, "run.dir: cannot make %s: %s", part, strerror(errno));
        *at = end;
        if (!end) return KW_OK;
    }
}

/* A checkpoint with steps in it; that of step 0 marks a run that ended in its set-up, and nothing is lost with it. */
static bool holds_steps(const char *name) {
    unsigned long long step = 0;
    return sscanf(name, "checkpoint-%llu.h5", &step) == 1 && step > 0;
}

kw_status kw_run_directory_check_unused(const char *dir) {
    DIR *entries = opendir(dir);
    if (!entries) return kw_fail(KW_E_IO, "run.dir: %s: %s", dir, strerror(errno));
    kw_status status = KW_OK;
    for (struct dirent *entry = readdir(entries); entry && status == KW_OK; entry = readdir(entries))
        if (holds_steps(entry->d_name))
            status = kw_fail(KW_E_INPUT,
                             "run.dir: %s holds checkpoints of an earlier run: go on with --resume auto, or give "
                             "another run.dir",
                             dir);
    closedir(entries);
    return status;
}

kw_status kw_run_directory_write_config(const char *dir, const kw_config *config) {
    char path[PATH_BYTES];
    if (snprintf(path, sizeof path, "%s/config.ini", dir) >= (int)sizeof path)
        return kw_fail(KW_E_IO, "run.dir: the path is too long");
    FILE *file = fopen(path, "w");
    if (!file) return kw_fail(KW_E_IO, "%s: %s", path, strerror(errno));
    kw_config_write(config, file);
    const int failed = ferror(file);
    return fclose(file) || failed ? kw_fail(KW_E_IO, "%s: %s", path, strerror(errno)) : KW_OK;
}
