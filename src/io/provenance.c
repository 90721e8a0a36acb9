/* F3  Provenance of a run. */
#include "io/provenance.h"

#include <hdf5.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "build_info.h"
#include "engine/kernels/kernels.h"

static void add_environment(json_t *object, const char *name, const char *variable) {
    const char *value = getenv(variable);
    if (value) json_object_set_new(object, name, json_string(value));
}

json_t *kw_provenance(const char *mpi, const char *command) {
    char host[256] = "unknown", now[32], hdf5[32];
    const time_t seconds = time(NULL);
    unsigned major = 0, minor = 0, release = 0;
    gethostname(host, sizeof host - 1);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
    H5get_libversion(&major, &minor, &release);
    snprintf(hdf5, sizeof hdf5, "%u.%u.%u", major, minor, release);
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "version", KW_VERSION, "git_revision",
                  KW_GIT_REVISION, "compiler", KW_COMPILER, "build_type", KW_BUILD_TYPE, "kernels", kw_kernels_name(), "mpi",
                  mpi, "hdf5", hdf5, "host", host, "command", command, "started_utc", now);
    if (!object) return NULL;
    add_environment(object, "slurm_job_id", "SLURM_JOB_ID");
    add_environment(object, "slurm_array_task_id", "SLURM_ARRAY_TASK_ID");
    add_environment(object, "slurm_restart_count", "SLURM_RESTART_COUNT");
    return object;
}
