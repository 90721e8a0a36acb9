/* Kills, at random moments, of random ranks of real runs, until each run is done all the same:
 *
 *   kills [KILLS [SEED]]      default: 8 kills, seed 1
 *
 * Trainings, circuits in mid-circuit and programs shot by shot are started under mpirun; after a random time one rank is
 * killed (SIGKILL), or asked to stop (SIGUSR1, SIGTERM).  The others must end within 20 s; every checkpoint must verify and
 * none may be lost; the run goes on from the newest, half of the trials on other rank counts.  The end must be that of
 * a run that was left alone: to the last bit on as many ranks, else counts alike, amplitudes to 1e-12, parameters to 1e-6.
 * Prints how many were survived; the exit code is 0 only if all were. */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "io/checkpoint.h"

#define END_WITHIN 20.0 /* s */
#define START_MAX  1.6  /* s: about as long as mpirun takes to start, and a run to end */

typedef struct {
    const char *name, *arguments; /* arguments: with %s for the directory */
    bool trains;
} job;

static const job jobs[] = {
    {"training",
     "qae qae.ini -p run.dir=%s -p run.checkpoint_every_s=0 -p run.ranks_per_state=1 --resume auto --json %s.json", true},
    {"circuit",
     "run static.qasm --shots 500 --amplitudes 0,5,70000 --checkpoint-every 0.001 --dir %s --resume auto --json "
     "%s.json",
     false},
    {"shots",
     "run shots.qasm --shots 40 --observable Z0 --memory-per-rank 300KiB --checkpoint-every 0.001 --dir %s --resume "
     "auto --json %s.json",
     false},
};
enum { JOBS = sizeof jobs / sizeof *jobs, COUNTS = 3, MOST_RANKS = 4 };
static const int rank_counts[COUNTS] = {1, 2, 4};

static struct {
    int kills, signals, runs, hangs, lost, wrong, damaged;
    double longest; /* from a kill to the end [s] */
} tally;

static uint64_t draws;
static uint64_t seed = 1;

static double uniform(void) {
    const kw_rng rng = kw_rng_make(seed, KW_STREAM_SHOTS, 7);
    return kw_rng_uniform(&rng, draws++);
}
static int below(int n) { return (int)(uniform() * n); }

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void pause_s(double seconds) {
    const struct timespec t = {(time_t)seconds, (long)(1e9 * (seconds - floor(seconds)))};
    nanosleep(&t, NULL);
}

static void must(bool holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "kills: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* ---- what is run ---- */

static void write_jobs(void) {
    FILE *file = fopen("qae.ini", "w");
    must(file, "qae.ini");
    fprintf(file, "[data]\nfamily = w-phase\nqubits = 8\nmembers = 4\ntest_members = 0\n[qae]\nlatent = 2\n[train]\nsteps = "
                  "25\n[run]\nkeep_checkpoints = 4\n");
    fclose(file);
    for (int program = 0; program < 2; ++program) {
        const int n = program ? 14 : 17;
        file = fopen(program ? "shots.qasm" : "static.qasm", "w");
        must(file, "a circuit");
        fprintf(file, "OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[%d];\ncreg c[%d];\n", n, n);
        for (int layer = 0; layer < (program ? 6 : 40); ++layer) {
            for (int q = 0; q < n; ++q) fprintf(file, "u3(%.6f,%.6f,%.6f) q[%d];\n", 6 * uniform(), uniform(), uniform(), q);
            for (int q = 0; q < n; ++q) fprintf(file, "cx q[%d],q[%d];\n", q, (q + 1 + layer % (n - 1)) % n);
            if (program)
                fprintf(file, "measure q[%d] -> c[%d];\nif (c == %d) x q[0];\nreset q[%d];\n", layer, layer, layer, n - 1);
        }
        fprintf(file, "measure q -> c;\n");
        fclose(file);
    }
}

/* The process of mpirun, in a group of its own. */
static pid_t start(const job *j, int ranks, const char *dir) {
    char arguments[1024], command[2048];
    snprintf(arguments, sizeof arguments, j->arguments, dir, dir);
    snprintf(command, sizeof command, "exec '%s' -n %d '%s' %s >>log 2>&1", KETWALL_MPIEXEC, ranks, KETWALL_PROGRAM,
             arguments);
    const pid_t pid = fork();
    must(pid >= 0, "fork");
    if (pid) return pid;
    setpgid(0, 0);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* The ranks: children of mpirun. */
static int ranks_of(pid_t parent, pid_t *ranks) {
    DIR *processes = opendir("/proc");
    int count = 0;
    must(processes, "/proc");
    for (struct dirent *entry = readdir(processes); entry && count < MOST_RANKS; entry = readdir(processes)) {
        char path[300], text[512] = "";
        long above = 0;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *file = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? fopen(path, "r") : NULL;
        if (!file) continue;
        const bool read = fgets(text, sizeof text, file);
        fclose(file);
        const char *end = strrchr(text, ')');
        if (read && end && sscanf(end, ") %*c %ld", &above) == 1 && above == parent) ranks[count++] = atoi(entry->d_name);
    }
    closedir(processes);
    return count;
}

/* Waits for the end; -1: it did not come in time. */
static int wait_for(pid_t pid, double seconds) {
    const double until = now() + seconds;
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (now() > until) return -1;
        pause_s(0.005);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- what must hold ---- */

/* Every checkpoint verifies; returns the number of the newest. */
static int64_t check_files(const char *dir) {
    DIR *entries = opendir(dir);
    if (!entries) return -1;
    for (struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        char path[600];
        const size_t length = strlen(entry->d_name);
        if (length < 3 || strcmp(entry->d_name + length - 3, ".h5") != 0) continue;
        snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        if (kw_checkpoint_verify(path) == KW_OK) continue;
        fprintf(stderr, "kills: %s\n", kw_error_message());
        ++tally.damaged;
    }
    closedir(entries);
    return kw_checkpoint_last_step(dir);
}

static bool near(double a, double b, double tolerance) { return tolerance > 0 ? fabs(a - b) <= tolerance : a == b; }

static bool same_parameters(const char *a, const char *b, double tolerance) {
    kw_checkpoint *one = NULL, *other = NULL;
    bool same = kw_checkpoint_latest(kw_comm_self(), a, &one) == KW_OK && one
                && kw_checkpoint_latest(kw_comm_self(), b, &other) == KW_OK && other
                && one->n_parameters == other->n_parameters && one->step == other->step;
    for (size_t i = 0; same && i < one->n_parameters; ++i) same = near(one->parameters[i], other->parameters[i], tolerance);
    kw_checkpoint_destroy(&one);
    kw_checkpoint_destroy(&other);
    return same;
}

static json_t *result_of(const char *dir) {
    char path[300];
    snprintf(path, sizeof path, "%s.json", dir);
    return json_load_file(path, 0, NULL);
}

static bool same_result(const char *a, const char *b, double tolerance) {
    json_t *one = result_of(a), *other = result_of(b), *value;
    const char *key;
    size_t i;
    bool same = one && other && json_equal(json_object_get(one, "counts"), json_object_get(other, "counts"));
    json_object_foreach(json_object_get(one, "amplitudes"), key, value) for (i = 0; i < 2; ++i) same =
        same
        && near(json_number_value(json_array_get(value, i)),
                json_number_value(json_array_get(json_object_get(json_object_get(other, "amplitudes"), key), i)), tolerance);
    json_array_foreach(json_object_get(one, "expectations"), i, value) same =
        same
        && near(json_number_value(json_object_get(value, "value")),
                json_number_value(json_object_get(json_array_get(json_object_get(other, "expectations"), i), "value")),
                tolerance);
    json_decref(one);
    json_decref(other);
    return same;
}

/* ---- trials ---- */

/* As the launcher tells it: the rank may have been done already, or not yet know what a signal means. */
static bool may_end_with(int code, int number) {
    if (number == SIGKILL) return code != 65 && code != 70 && code != 74;
    return code == 0 || code == 75 || code == 128 + number;
}

/* One start that is cut by a kill or a signal, unless it ends before.  Returns its exit code. */
static int cut(const job *j, int ranks, const char *dir) {
    static const int numbers[] = {SIGKILL, SIGKILL, SIGKILL, SIGUSR1, SIGTERM};
    const pid_t run = start(j, ranks, dir);
    const double after = START_MAX * uniform();
    const int number = numbers[below(5)], victim = below(ranks);
    pid_t children[MOST_RANKS];
    int code = wait_for(run, after);
    tally.wrong += code > 0; /* nobody touched it */
    if (code >= 0) return code;
    while (ranks_of(run, children) < ranks && (code = wait_for(run, 0.01)) < 0) {}
    if (code >= 0) return code;
    if (ranks_of(run, children) > victim && !kill(children[victim], number)) {
        if (number == SIGKILL) ++tally.kills;
        else ++tally.signals;
    }
    const double killed = now();
    code = wait_for(run, END_WITHIN);
    if (now() - killed > tally.longest) tally.longest = now() - killed;
    if (code >= 0 && may_end_with(code, number)) return code;
    if (code >= 0) {
        ++tally.wrong;
        fprintf(stderr, "kills: %s: exit code %d after signal %d\n", dir, code, number);
        return code;
    }
    ++tally.hangs;
    fprintf(stderr, "kills: %s: not ended %g s after signal %d\n", dir, END_WITHIN, number);
    kill(-run, SIGKILL);
    return wait_for(run, 60);
}

static void run_alone(const job *j, int ranks, const char *dir) {
    if (wait_for(start(j, ranks, dir), 300) == 0) return;
    fprintf(stderr, "kills: %s does not run at all: see log\n", dir);
    exit(2);
}

/* One run, cut until it ends. */
static void try(int number, int most_kills) {
    const job *j = &jobs[number % JOBS];
    const bool turns = number / JOBS % 2;
    const int first = below(COUNTS);
    char dir[64], reference[64];
    snprintf(dir, sizeof dir, "trial%d", number);
    snprintf(reference, sizeof reference, "%s-on-%d", j->name, rank_counts[first]);
    int code = 1;
    int64_t newest = -1;
    while (code != 0 && tally.kills < most_kills) {
        code = cut(j, rank_counts[turns ? below(COUNTS) : first], dir);
        const int64_t found = check_files(dir);
        if (found < newest) ++tally.lost;
        newest = found;
    }
    if (code != 0) run_alone(j, rank_counts[first], dir);
    const double tolerance = turns ? (j->trains ? 1e-6 : 1e-12) : 0;
    const bool same = j->trains ? same_parameters(dir, reference, tolerance) : same_result(dir, reference, tolerance);
    ++tally.runs;
    if (!same) fprintf(stderr, "kills: %s (%s) does not end like %s\n", dir, j->name, reference);
    tally.wrong += !same;
}

int main(int argc, char **argv) {
    const int most = argc > 1 ? atoi(argv[1]) : 8;
    if (argc > 2) seed = strtoull(argv[2], NULL, 10);
    char folder[] = "/tmp/ketwall-kills-XXXXXX";
    must(mkdtemp(folder) && !chdir(folder), folder);
    write_jobs();
    for (int i = 0; i < JOBS; ++i)
        for (int r = 0; r < COUNTS; ++r) {
            char dir[64];
            snprintf(dir, sizeof dir, "%s-on-%d", jobs[i].name, rank_counts[r]);
            run_alone(&jobs[i], rank_counts[r], dir);
        }
    for (int number = 0; tally.kills < most || number < JOBS; ++number) try(number, most);
    printf(
        "seed %llu: %d kills and %d signals in %d runs; the others ended within %.1f s: %d hangs, %d damaged files, %d lost "
        "checkpoints, %d wrong results\n",
        (unsigned long long)seed, tally.kills, tally.signals, tally.runs, tally.longest, tally.hangs, tally.damaged,
        tally.lost, tally.wrong);
    const bool survived = !tally.hangs && !tally.damaged && !tally.lost && !tally.wrong;
    if (!survived) {
        printf("kept: %s\n", folder);
        return 1;
    }
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) ? 2 : 0;
}
