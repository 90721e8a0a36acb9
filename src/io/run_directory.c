/* F3  The directory of a run: made, locked, cleaned, found unused, and given its resolved configuration. */
#include "io/run_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define PATH_BYTES 4096

kw_status kw_run_directory_make(const char *path) {
    char part[PATH_BYTES];
    if (!*path) return kw_fail(KW_E_INPUT, "the run's directory has no name: expected run.dir, or --dir DIR");
    if (strlen(path) >= sizeof part) return kw_fail(KW_E_IO, "%s: the path is too long", path);
    memcpy(part, path, strlen(path) + 1);
    for (char *at = part + 1;; ++at) {
        if (*at && *at != '/') continue;
        const char end = *at;
        *at = '\0';
        if (mkdir(part, 0777) && errno != EEXIST) return kw_fail(KW_E_IO, "cannot make %s: %s", part, strerror(errno));
        *at = end;
        if (!end) return KW_OK;
    }
}

/* ---- the lock ---- */

#define SIGNATURE "process "

/* Who holds it, for the message of the one that comes second. */
static void sign(int lock) {
    char host[65] = "unknown", text[256];
    const char *job = getenv("SLURM_JOB_ID");
    gethostname(host, sizeof host - 1);
    const int length = snprintf(text, sizeof text, SIGNATURE "%ld on %s%s%.64s\n", (long)getpid(), host,
                                job ? ", Slurm job " : "", job ? job : "");
    if (ftruncate(lock, 0) || pwrite(lock, text, (size_t)length, 0) != length) return; /* a full disk: it holds unsigned */
}

/* A file of that name that is somebody else's is left alone. */
static bool is_ours(int lock) {
    char text[sizeof SIGNATURE - 1];
    const ssize_t length = pread(lock, text, sizeof text, 0);
    return length == 0 || (length == (ssize_t)sizeof text && !memcmp(text, SIGNATURE, sizeof text));
}

static kw_status taken(const char *dir, int lock) {
    char holder[256] = "";
    const ssize_t length = pread(lock, holder, sizeof holder - 1, 0);
    holder[length > 0 ? strcspn(holder, "\n") : 0] = '\0';
    return kw_fail(KW_E_IO, "%s is in use by another run%s%s%s: wait for its end, or give another directory", dir,
                   *holder ? " (" : "", holder, *holder ? ")" : "");
}

kw_status kw_run_directory_lock(const char *dir, int *lock) {
    char path[PATH_BYTES];
    if (snprintf(path, sizeof path, "%s/lock", dir) >= (int)sizeof path)
        return kw_fail(KW_E_IO, "%s: the path is too long", dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return kw_fail(KW_E_IO, "cannot write %s: %s", path, strerror(errno));
    kw_status status = KW_OK;
    if (!is_ours(fd)) {
        status = kw_fail(KW_E_IO, "%s is not a lock of Ketwall: give another directory", path);
        close(fd);
        fd = -1;
    } else if (!flock(fd, LOCK_EX | LOCK_NB)) {
        sign(fd);
    } else {
        if (errno == EWOULDBLOCK) status = taken(dir, fd);
        else
            fprintf(stderr, "ketwall: warning: %s: %s: two runs in one directory would not notice\n", path, strerror(errno));
        close(fd);
        fd = -1;
    }
    if (status == KW_OK) *lock = fd;
    return status;
}

void kw_run_directory_unlock(int *lock) {
    if (*lock >= 0) close(*lock);
    *lock = -1;
}

/* ---- leftovers ---- */

/* Names that runs give to what they have not finished. */
static bool is_half_written(const char *name) {
    int end = 0;
    if (!strcmp(name, "result.json.tmp")) return true;
    return sscanf(name, "checkpoint-%*10[0-9].h5.tmp%n", &end) == 0 && end && !name[end];
}

void kw_run_directory_clean(const char *dir, int lock) {
    DIR *entries = lock >= 0 ? opendir(dir) : NULL;
    char path[PATH_BYTES];
    if (!entries) return;
    for (struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        if (!is_half_written(entry->d_name)) continue;
        if (snprintf(path, sizeof path, "%s/%s", dir, entry->d_name) < (int)sizeof path && !unlink(path))
            fprintf(stderr, "ketwall: %s: half-written by a run that was cut short, removed\n", path);
    }
    closedir(entries);
}

/* A checkpoint with steps in it; that of step 0 marks a run that ended in its set-up, and nothing is lost with it. */
static bool holds_steps(const char *name) {
    unsigned long long step = 0;
    return sscanf(name, "checkpoint-%llu.h5", &step) == 1 && step > 0;
}

kw_status kw_run_directory_check_unused(const char *dir) {
    DIR *entries = opendir(dir);
    if (!entries) return kw_fail(KW_E_IO, "%s: %s", dir, strerror(errno));
    kw_status status = KW_OK;
    for (struct dirent *entry = readdir(entries); entry && status == KW_OK; entry = readdir(entries))
        if (holds_steps(entry->d_name))
            status = kw_fail(KW_E_INPUT,
                             "%s holds checkpoints of an earlier run: go on with --resume auto, or give "
                             "another directory",
                             dir);
    closedir(entries);
    return status;
}

kw_status kw_run_directory_write_config(const char *dir, const kw_config *config) {
    char path[PATH_BYTES];
    if (snprintf(path, sizeof path, "%s/config.ini", dir) >= (int)sizeof path)
        return kw_fail(KW_E_IO, "the path of the run's directory is too long");
    FILE *file = fopen(path, "w");
    if (!file) return kw_fail(KW_E_IO, "%s: %s", path, strerror(errno));
    kw_config_write(config, file);
    const int failed = ferror(file);
    return fclose(file) || failed ? kw_fail(KW_E_IO, "%s: %s", path, strerror(errno)) : KW_OK;
}
