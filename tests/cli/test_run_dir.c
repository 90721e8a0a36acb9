/* ketwall run --dir: stopping and going on, full disks, directories in use, wrong words. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/shell.h"

#define PAIR (rank_counts > 1 ? 2 : 1)

/* 16 qubits, 1 MiB: passes over both halves, so that there are safe points. */
static void write_circuit(void) {
    static char text[65536];
    size_t length = (size_t)sprintf(text, "OPENQASM 2.0; include \"qelib1.inc\"; qreg q[16]; creg c[16];\n");
    for (int layer = 0; layer < 30; ++layer)
        for (int q = 0; q < 16; ++q)
            length += (size_t)sprintf(text + length, "ry(%d.5) q[%d]; cx q[%d],q[%d];\n", layer % 7, q, q,
                                      (q + 1 + layer % 15) % 16);
    sprintf(text + length, "measure q -> c;\n");
    write_text("c.qasm", text);
}

static void a_run_is_cut_and_goes_on(void **state) {
    (void)state;
    write_circuit();
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --shots 100 --json whole.json"), 0);
    int code = 75, pieces = 0;
    for (; code == 75 && pieces < 100; ++pieces) {
        code = ketwall_on(PAIR, "run c.qasm --shots 100 --dir 'my run' --resume auto --max-wall 1e-9 --json cut.json");
        if (code == 75) said("stopped: the run stops, because its time is up: go on with --resume auto");
        if (pieces == 1) said("going on from my run/checkpoint-0000000001.h5");
    }
    assert_int_equal(code, 0);
    assert_true(pieces > 2);
    json_t *whole = read_json("whole.json"), *cut = read_json("cut.json"), *kept = read_json("my run/result.json");
    assert_true(json_equal(json_object_get(whole, "counts"), json_object_get(cut, "counts")));
    assert_true(json_equal(json_object_get(whole, "counts"), json_object_get(kept, "counts")));
    json_decref(whole);
    json_decref(cut);
    json_decref(kept);
    assert_int_equal(shell("test $(ls 'my run'/*.h5 | wc -l) -eq 2"), 0); /* --keep */
    assert_int_equal(ketwall("checkpoint ls 'my run'"), 0);
    said("16 qubits, step 0 of the program, step");
    assert_int_equal(ketwall("checkpoint show \"$(ls 'my run'/*.h5 | tail -n 1)\""), 0);
    said("circuit = ");
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --shots 100 --dir 'my run'"), 65);
    said("my run holds checkpoints of an earlier run: go on with --resume auto, or give another directory");
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --shots 101 --dir 'my run' --resume auto"), 65);
    said("was made with \"shots = 100\", now it is \"shots = 101\"");
}

/* From elsewhere: there is something to go on from at once; and a directory is one circuit's, also when that is done. */
static void directories_are_one_circuits(void **state) {
    (void)state;
    write_circuit();
    write_text("bell.qasm", "OPENQASM 2.0; include \"qelib1.inc\"; qreg q[2]; h q[0]; cx q[0],q[1];");
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --dir a --max-wall 1e-9"), 75);
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --dir b --resume a/checkpoint-0000000001.h5 --json first.json --keep 9"),
                     0);
    assert_int_equal(ketwall("checkpoint show b/checkpoint-0000000001.h5"), 0);
    said("step 1 of the plan");
    assert_int_equal(ketwall("run bell.qasm --shots 10 --dir c"), 0);
    assert_int_equal(shell("test -s c/result.json"), 0);
    assert_int_equal(ketwall("run c.qasm --dir c --resume auto"), 65);
    said("c/config.ini was made with \"circuit = ");
    assert_int_equal(ketwall("run bell.qasm --shots 10 --dir c --observable Z0 --resume auto"), 65);
    said("made with \"nothing\", now it is \"observable = Z0");
    assert_int_equal(shell("test -s c/result.json"), 0);
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --dir b --resume b/checkpoint-0000000001.h5 --max-wall 1e-9"), 75);
    assert_int_equal(shell("test -e b/result.json"), 1); /* it is not done any more */
}

static void wrong_words_are_refused(void **state) {
    (void)state;
    write_circuit();
    assert_int_equal(ketwall("run c.qasm --resume auto"), 64);
    said("--resume needs --dir DIR");
    assert_int_equal(ketwall("run c.qasm --dir d --max-wall soon"), 64);
    said("--max-wall soon: expected seconds");
    assert_int_equal(ketwall("run c.qasm --dir d --checkpoint-every -1"), 64);
    assert_int_equal(ketwall("run c.qasm --dir d --keep 0"), 64);
    assert_int_equal(ketwall("run c.qasm --dir d --resume nothing.h5"), 74);
    said("nothing.h5");
    assert_int_equal(shell("printf x > file"), 0);
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --dir file/d"), 74);
    said("file/d");
    assert_int_equal(ketwall("qae --help"), 0);
}

static int unmount_and_remove(void **state) {
    umount2(shell_path("disk"), MNT_DETACH); /* left by a test that failed */
    return shell_remove_folder(state);
}

static bool mount_disk(const char *options, unsigned long flags) {
    const bool mounted = !mkdir(shell_path("disk"), 0777) && !mount("none", shell_path("disk"), "tmpfs", flags, options);
    if (!mounted) print_message("not tested: cannot mount a small tmpfs: %s\n", strerror(errno));
    return mounted;
}

static void full_disks_stop_the_run(void **state) {
    (void)state;
    write_circuit();
    if (!mount_disk("size=1500k", 0)) skip();
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --dir disk/d --max-wall 1e-9"), 75);
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --dir disk/d --resume auto --max-wall 1e-9"), 74);
    said("No space left on device");
    said("checkpoint-0000000002.h5");
    assert_int_equal(ketwall("checkpoint verify disk/d/checkpoint-0000000001.h5"), 0);
    assert_int_equal(shell("ls disk/d | grep tmp"), 1);
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --dir disk/d --resume auto --checkpoint-every 0"), 0);
}

static void read_only_disks_stop_the_run(void **state) {
    (void)state;
    write_circuit();
    if (!mount_disk("size=64k", MS_RDONLY)) skip();
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --dir disk/d"), 74);
    said("disk/d: Read-only file system");
    assert_int_equal(ketwall_on(PAIR, "run c.qasm --dir disk"), 74);
    said("disk/lock: Read-only file system");
}

/* ---- while it runs ---- */

/* Shots of a circuit that would take hours. */
static pid_t start_endless_run(void) {
    char text[1024], command[2048];
    snprintf(text, sizeof text, "OPENQASM 2.0; include \"qelib1.inc\"; qreg q[12]; creg c[1]; h q; reset q[0];\n");
    write_text("long.qasm", text);
    snprintf(command, sizeof command, "cd %s && exec %s run long.qasm --shots 20000000 --dir d --resume auto > log 2>&1",
             shell_path(""), shell_mpirun(PAIR, ""));
    const pid_t run = fork();
    assert_true(run >= 0);
    if (run) return run;
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static void wait_until(const char *condition) {
    const struct timespec tenth = {0, 100000000};
    int tries = 0;
    while (shell("%s", condition) != 0 && tries++ < 300) nanosleep(&tenth, NULL);
    assert_true(tries < 300);
}

static void end_by_stop_file(pid_t run) {
    int status = 0;
    assert_int_equal(shell("touch d/stop"), 0);
    assert_int_equal(waitpid(run, &status, 0), run);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 75);
    assert_int_equal(shell("grep 'a file named stop' log"), 0);
}

static void directories_are_not_shared(void **state) {
    (void)state;
    const pid_t run = start_endless_run();
    wait_until("test -s d/lock");
    assert_int_equal(ketwall_on(PAIR, "run long.qasm --shots 10 --dir d --resume auto"), 74);
    said("d is in use by another run (process ");
    end_by_stop_file(run);
    assert_int_equal(shell("touch d/checkpoint-0000000099.h5.tmp"), 0);
    assert_int_equal(ketwall_on(PAIR, "run long.qasm --shots 20000000 --dir d --resume auto"),
                     75); /* the file is still there */
    said("d/checkpoint-0000000099.h5.tmp: half-written by a run that was cut short, removed");
    assert_int_equal(shell("rm d/stop"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SHELL(a_run_is_cut_and_goes_on),
        IN_SHELL(directories_are_one_circuits),
        IN_SHELL(wrong_words_are_refused),
        cmocka_unit_test_setup_teardown(full_disks_stop_the_run, shell_make_folder, unmount_and_remove),
        cmocka_unit_test_setup_teardown(read_only_disks_stop_the_run, shell_make_folder, unmount_and_remove),
        IN_SHELL(directories_are_not_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
