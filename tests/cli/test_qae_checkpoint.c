/* ketwall qae and its checkpoints: stopping, going on, damage, a full disk, a killed rank. */
#include "cli/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAIR = KETWALL_SERIAL ? 1 : 2 }; /* ranks */

static void write_config(void) {
    write_text("qae.ini", "[run]\ndir = run\n[data]\nfamily = w-phase\nqubits = 5\nmembers = 4\n[qae]\nlatent = 2\n"
                          "[train]\nsteps = 6\nevaluate_every = 2\n");
}

/* Three steps, each with its checkpoint, then the time is over. */
static void stop_after(int ranks, int steps) {
    write_config();
    for (int i = 0; i < steps; ++i)
        assert_int_equal(ketwall_on(ranks, "qae qae.ini -p run.max_wall_s=1e-9 -p run.keep_checkpoints=9 --resume auto"),
                         75);
}

static const char *checkpoint(int step) {
    static char names[4][64];
    static int last;
    last = (last + 1) % 4;
    snprintf(names[last], sizeof names[last], "run/checkpoint-%010d.h5", step);
    return names[last];
}

static void flip_a_bit(const char *name) {
    FILE *file = fopen(shell_path(name), "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 5000, SEEK_SET), 0);
    const int byte = getc(file);
    assert_true(byte != EOF);
    assert_int_equal(fseek(file, 5000, SEEK_SET), 0);
    putc(byte ^ 1, file);
    assert_int_equal(fclose(file), 0);
}

static double infidelity(const char *name) {
    json_t *result = read_json(name);
    const json_t *value = json_object_get(json_object_get(result, "train"), "infidelity");
    assert_true(json_is_number(value));
    const double infidelity = json_number_value(value);
    json_decref(result);
    return infidelity;
}

/* Stopped on one rank count, ended on the next: the same encoder as without a stop. */
static void runs_move_between_rank_counts(void **state) {
    (void)state;
    write_config();
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini -p run.dir=whole"), 0);
    for (int r = 0; r < rank_counts; ++r) {
        assert_int_equal(ketwall_on(1 << r, "qae qae.ini -p run.max_wall_s=1e-9 --resume auto"), 75);
        said("go on with --resume auto");
    }
    assert_int_equal(ketwall_on(1, "qae qae.ini --resume %s", checkpoint(rank_counts)), 0);
    const double a = infidelity("whole/result.json"), b = infidelity("run/result.json");
    if (!(a > b ? a - b < 1e-10 : b - a < 1e-10)) fail_msg("%.15g and %.15g", a, b);
    assert_int_equal(shell("test $(wc -l < run/metrics.jsonl) -eq 6"), 0);
    assert_int_equal(ketwall("checkpoint show %s", checkpoint(6)), 0);
    said("w-phase");
    assert_int_equal(shell("! ls run | grep tmp"), 0);
}

static void damaged_checkpoints_are_refused(void **state) {
    (void)state;
    for (int r = 0; r < rank_counts; ++r) {
        const int ranks = 1 << r;
        shell("rm -rf run");
        stop_after(ranks, 3);
        flip_a_bit(checkpoint(3));
        assert_int_equal(shell("truncate -s -100 %s", checkpoint(2)), 0);
        for (int step = 2; step <= 3; ++step) {
            assert_int_equal(ketwall_on(ranks, "qae qae.ini --resume %s", checkpoint(step)), 74);
            said(checkpoint(step));
            said("damaged");
            assert_int_equal(ketwall("checkpoint verify %s", checkpoint(step)), 74);
            said("damaged");
            assert_int_equal(ketwall("checkpoint show %s", checkpoint(step)), 74);
        }
        assert_int_equal(ketwall("checkpoint verify %s", checkpoint(1)), 0);
        assert_int_equal(ketwall("checkpoint ls run"), 74);
        said("valid");
        /* what is good is found, and what is not is named */
        assert_int_equal(ketwall_on(ranks, "qae qae.ini --resume auto"), 0);
        said(checkpoint(3));
        said(checkpoint(2));
        said("trying the one before");
        said("going on after step 1");
    }
}

static void nothing_good_is_left(void **state) {
    (void)state;
    stop_after(PAIR, 1);
    assert_int_equal(shell("for file in run/*.h5; do truncate -s 300 $file; done"), 0);
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini --resume auto"), 74);
    said("run: no checkpoint in it can be used");
    write_text("run/checkpoint-0000000009.h5", "");
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini --resume auto"), 74);
    assert_int_equal(shell("test $(ls run/*.h5 | wc -l) -eq 3"), 0); /* none was removed */
}

/* Going back to an earlier checkpoint does not mix two histories in one folder. */
static void later_checkpoints_are_in_the_way(void **state) {
    (void)state;
    stop_after(PAIR, 3);
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini --resume %s", checkpoint(1)), 65);
    said("run holds checkpoints up to step 3, later than step 1");
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini --resume %s -p run.dir=other", checkpoint(1)), 0);
    assert_int_equal(shell("rm %s %s", checkpoint(2), checkpoint(3)), 0);
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini --resume %s", checkpoint(1)), 0);
    assert_int_equal(shell("test -e other/result.json -a -e run/result.json"), 0);
}

/* Damaged files of later steps do not push out the checkpoint that was just written. */
static void new_checkpoints_stay(void **state) {
    (void)state;
    stop_after(PAIR, 4);
    flip_a_bit(checkpoint(4));
    flip_a_bit(checkpoint(3));
    assert_int_equal(shell("rm %s", checkpoint(2)), 0);
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini -p run.max_wall_s=1e-9 -p run.keep_checkpoints=1 --resume auto"), 75);
    assert_int_equal(ketwall("checkpoint verify %s", checkpoint(2)), 0);
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini --resume auto"), 0);
    said("going on after step 2");
}

static void other_configurations_do_not_go_on(void **state) {
    (void)state;
    stop_after(PAIR, 2);
    assert_int_equal(shell("find run -type f ! -name lock | sort | xargs md5sum > before"), 0);
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini --resume auto -p run.seed=2"), 65);
    said("the checkpoint was made with \"run.seed = 1\", the configuration says \"run.seed = 2\"");
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini --resume %s -p ansatz.layers=3", checkpoint(1)), 65);
    said("ansatz.layers = 3");
    assert_int_equal(shell("find run -type f ! -name lock | sort | xargs md5sum | diff before -"), 0);
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini --resume auto -p train.steps=3 -p data.keep=yes"), 0);
}

/* ---- a full disk ---- */

static int unmount_and_remove(void **state) {
    umount2(shell_path("disk"), MNT_DETACH); /* left by a test that failed */
    return shell_remove_folder(state);
}

static void full_disks_keep_the_old_checkpoint(void **state) {
    (void)state;
    const char *command = "qae qae.ini -p run.dir=disk/run -p run.checkpoint_every_s=0 -p train.steps=%d %s";
    if (mkdir(shell_path("disk"), 0777) || mount("none", shell_path("disk"), "tmpfs", 0, "size=2m")) {
        print_message("full disk: not tested, cannot mount a small tmpfs: %s\n", strerror(errno));
        skip();
    }
    write_config();
    for (int r = 0; r < rank_counts; ++r) {
        shell("rm -rf disk/*");
        assert_int_equal(ketwall_on(1 << r, command, 3, ""), 0);
        assert_int_equal(shell("cp -r disk/run kept && head -c 64K /dev/zero > disk/last && cat /dev/zero > disk/filler; "
                               "rm disk/last"),
                         0);
        assert_int_equal(ketwall_on(1 << r, command, 9, "--resume auto"), 74);
        said("No space left on device");
        said("checkpoint-0000000004.h5");
        assert_int_equal(ketwall("checkpoint verify disk/run/*.h5"), 0);
        assert_int_equal(shell("for file in kept/*.h5; do cmp $file disk/run/${file#kept/} || exit 1; done; rm -r kept; "
                               "! ls disk/run | grep h5.tmp"),
                         0);
        assert_int_equal(shell("rm disk/filler"), 0);
        assert_int_equal(ketwall_on(1 << r, command, 9, "--resume auto"), 0);
        said("going on after step 3");
    }
    assert_int_equal(umount2(shell_path("disk"), MNT_DETACH), 0);
}

/* ---- a killed rank ---- */

static void pause_ms(long milliseconds) {
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* Starts a run that would go on for hours; its ranks leave their process numbers in pid.*. */
static pid_t start_endless_run(void) {
    write_config();
    write_text("pid.sh", "#!/bin/sh\necho $$ > pid.${OMPI_COMM_WORLD_RANK:-0}\nexec \"$@\"\n");
    assert_int_equal(shell("chmod +x pid.sh"), 0);
    char command[2048];
    snprintf(command, sizeof command,
             "cd %s && exec %s qae qae.ini -p train.steps=100000000 -p run.checkpoint_every_s=0.2 > log 2>&1",
             shell_path(""), shell_mpirun(PAIR, "./pid.sh"));
    const pid_t run = fork();
    assert_true(run >= 0);
    if (run == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    return run;
}

/* A checkpoint after step 0 is there. */
static bool is_under_way(void) { return shell("ls run/checkpoint-*.h5 | grep -qv 0000000000") == 0; }

static long read_number(const char *command) {
    assert_int_equal(shell("%s", command), 0);
    return strtol(shell_output, NULL, 10);
}

static void killed_ranks_end_the_run(void **state) {
    (void)state;
    const pid_t run = start_endless_run();
    for (int i = 0; i < 400 && !is_under_way(); ++i) pause_ms(100);
    const bool under_way = is_under_way();
    const long victim = under_way ? read_number(PAIR == 2 ? "cat pid.1" : "cat pid.0") : 0;
    if (under_way) assert_int_equal(kill((pid_t)victim, SIGKILL), 0);
    int status = 0;
    pid_t ended = 0;
    for (int i = 0; i < 200 && ended == 0; ++i) {
        pause_ms(100);
        ended = waitpid(run, &status, WNOHANG);
    }
    if (ended == 0) {
        kill(run, SIGKILL);
        waitpid(run, &status, 0);
        fail_msg("20 s after a rank was killed mpirun was still waiting");
    }
    assert_true(under_way);
    /* mpirun ends with a code; without it, the one process ended by the signal */
    if (WIFEXITED(status) == KETWALL_SERIAL) fail_msg("mpirun ended with status %d", status);
    if (WIFEXITED(status)) assert_true(WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 124);

    assert_int_equal(ketwall("checkpoint verify run/checkpoint-*.h5"), 0);
    const long last = read_number("ls run/checkpoint-*.h5 | tail -n 1 | sed 's/.*-0*//; s/.h5//'");
    assert_true(last > 0);
    assert_int_equal(ketwall_on(PAIR, "qae qae.ini --resume auto -p train.steps=%ld", last + 2), 0);
    char text[64];
    snprintf(text, sizeof text, "going on after step %ld", last);
    said(text);
    assert_int_equal(shell("test $(wc -l < run/metrics.jsonl) -eq %ld", last + 2), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SHELL(runs_move_between_rank_counts),
        IN_SHELL(damaged_checkpoints_are_refused),
        IN_SHELL(nothing_good_is_left),
        IN_SHELL(later_checkpoints_are_in_the_way),
        IN_SHELL(new_checkpoints_stay),
        IN_SHELL(other_configurations_do_not_go_on),
        cmocka_unit_test_setup_teardown(full_disks_keep_the_old_checkpoint, shell_make_folder, unmount_and_remove),
        IN_SHELL(killed_ranks_end_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
