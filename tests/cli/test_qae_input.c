/* ketwall qae refuses bad input: the exit code, the same on all ranks, and what it says. */
#include "cli/shell.h"

#include <stdio.h>
#include <string.h>

#include "ketwall/state.h"

static const char good[] = "[run]\ndir = run\n[data]\nfamily = ghz-phase\nqubits = 4\nmembers = 4\n[train]\nsteps = 3\n";

static const struct {
    const char *file, *words; /* file: added to the good one, or NULL for none at all */
    int code;
    const char *message;
} refused[] = {
    {"stesp = 7\n", "", 65, "qae.ini:9: unknown key train.stesp; did you mean train.steps?"},
    {"learning_rate = fast\n", "", 65, "qae.ini:9: train.learning_rate"},
    {"beta1 = 1.5\n", "", 65, "qae.ini:9: train.beta1"},
    {"", "-p data.family=files -p data.files=six.h5", 65, "six.h5 holds a state of 6 qubits, but 4 qubits"},
    {"", "-p data.qubits=20 -p run.memory_per_rank=1MiB", 78, "GiB per rank are needed"},
    {"", "--resume nowhere/checkpoint-0000000003.h5", 74, "nowhere/checkpoint-0000000003.h5"},
    {NULL, "", 65, "qae.ini: No such file or directory"},
    {"[trian]\nsteps = 7\n", "", 65, "qae.ini:9: unknown section [trian]; did you mean [train]?"},
    {"optimiser = adma\n", "", 65, "did you mean adam?"},
    {"", "-p data.qubits=63", 65, "data.qubits"},
    {"", "-p data.qubits=1", 65, "data.qubits"},
    {"", "-p data.qubits=4.5", 65, "data.qubits"},
    {"", "-p run.memory_per_rank=much", 65, "run.memory_per_rank"},
    {"", "-p data.periodic=perhaps", 65, "data.periodic"},
    {"", "-p data.mebmers=4", 65, "did you mean data.members?"},
    {"", "-p qae.latent=4", 65, "qae.latent = 4: expected less than data.qubits = 4"},
    {"", "-p qae.trash=1,1", 65, "qae.trash: qubit 1 stands twice"},
    {"", "-p qae.trash=4", 65, "qae.trash: qubit 4"},
    {"", "-p data.test_members=4", 65, "data.test_members = 4: the ensemble has 4 states"},
    {"", "-p train.shots=10", 65, "train.shots = 10: the adjoint gradient of adam is exact; use train.gradient = shift"},
    {"", "-p train.shots=10 -p train.gradient=shift -p train.optimiser=lbfgs", 65, "train.shots = 10: the line searches of"},
    {"", "-p train.shots=10 -p train.gradient=shift -p train.optimiser=spsa", 65, "train.gradient = shift: spsa takes no"},
    {"", "-p train.gradient=shift -p train.optimiser=cobyla", 65, "train.gradient = shift: cobyla takes no gradient"},
    {"", "-p train.gradient=shifted", 65, "did you mean shift?"},
    {"", "-p train.gradient=shift -p train.shot_budget=100", 65, "train.shot_budget needs train.shots"},
    {"", "-p train.gradient=shift -p train.shots=2 -p train.shot_budget=263", 65, "2 shots in each of 132 measurements"},
    {"", "-p data.family=dicke-phase -p data.weight=9", 65, "data.weight"},
    {"", "-p data.family=files", 65, "data.files"},
    {"", "-p data.family=files -p data.files=nowhere.h5", 65, "data.files: nowhere.h5: No such file or directory"},
    {"", "-p data.family=files -p data.files=cut.h5", 74, "cut.h5"},
    {"", "-p run.ranks_per_state=3", 64, "run.ranks_per_state = 3: expected a power of two"},
    {"", "-p data.qubits=60", 78, "GiB per rank are needed"},
    {"", "-p run.dir=qae.ini/run", 74, "qae.ini"},
    {"", "--reusme auto", 64, "did you mean --resume?"},
    {"", "-p", 64, "-p needs a value"},
};
enum { REFUSED = sizeof refused / sizeof *refused, EVERYWHERE = 7 }; /* so many at every rank count, the others at one */

/* six.h5: a state of 6 qubits; cut.h5: half of it */
static void make_state_files(void) {
    kw_state *state = NULL;
    assert_int_equal(kw_state_create(kw_comm_self(), 6, KW_DOUBLE, &state), KW_OK);
    assert_int_equal(kw_state_save(state, shell_path("six.h5")), KW_OK);
    kw_state_destroy(&state);
    assert_int_equal(shell("head -c 1000 six.h5 > cut.h5"), 0);
}

static void write_config(const char *more) {
    char text[512];
    snprintf(text, sizeof text, "%s%s", good, more);
    write_text("qae.ini", text);
}

static void bad_input_is_refused(void **state) {
    (void)state;
    make_state_files();
    for (int r = 0; r < rank_counts; ++r)
        for (int i = 0; i < REFUSED; ++i) {
            if (i >= EVERYWHERE && i % rank_counts != r) continue;
            if (refused[i].file) write_config(refused[i].file);
            else remove(shell_path("qae.ini"));
            const int code = ketwall_on(1 << r, "qae qae.ini %s", refused[i].words);
            if (code != refused[i].code)
                fail_msg("case %d on %d ranks: %d, expected %d: %s", i, 1 << r, code, refused[i].code, shell_output);
            said("ketwall: error: ");
            said(refused[i].message);
            /* said once, not by every rank */
            assert_null(strstr(strstr(shell_output, "ketwall: error: ") + 1, "ketwall: error: "));
            if (code != 74 && !strstr(refused[i].words, "files")) assert_int_equal(shell("test -e run"), 1);
            shell("rm -rf run");
        }
}

/* What mpirun tells the shell, and so Slurm. */
static void mpirun_passes_the_code_on(void **state) {
    (void)state;
    const int ranks = KETWALL_SERIAL ? 1 : 2;
    write_config("");
    assert_int_equal(mpirun_ketwall(ranks, "qae qae.ini -p train.stesp=1"), 65);
    assert_int_equal(mpirun_ketwall(ranks, "qae"), 64);
    assert_int_equal(mpirun_ketwall(ranks, "qae qae.ini -p data.qubits=50"), 78);
    assert_int_equal(mpirun_ketwall(ranks, "qae qae.ini -p run.max_wall_s=1e-9"), 75);
    said("go on with --resume auto");
    assert_int_equal(mpirun_ketwall(ranks, "qae qae.ini --resume auto"), 0);
}

static void odd_rank_counts_name_the_nearest(void **state) {
    (void)state;
    if (KETWALL_SERIAL) skip();
    write_config("");
    assert_int_equal(ketwall_on(3, "qae qae.ini"), 64);
    said("3 ranks: a power of two is needed; the nearest are 2 and 4");
    assert_int_equal(ketwall_on(5, "qae qae.ini"), 64);
    said("the nearest are 4 and 8");
    assert_int_equal(shell("test -e run"), 1);
    assert_int_equal(ketwall("plan qae.ini --ranks 3"), 64);
    said("the nearest are 2 and 4");
}

/* srun without PMIx starts every task alone: each would run the whole job. */
static void lonely_tasks_stop(void **state) {
    (void)state;
    write_config("");
    assert_int_equal(shell("SLURM_STEP_NUM_TASKS=4 timeout 60 %s qae qae.ini", KETWALL_PROGRAM), 64);
    said(KETWALL_SERIAL ? "no MPI" : "each found itself alone");
    assert_int_equal(shell("test -e run"), 1);
}

static void earlier_runs_are_not_overwritten(void **state) {
    (void)state;
    write_config("");
    assert_int_equal(ketwall_on(1, "qae qae.ini"), 0);
    assert_int_equal(shell("find run -type f ! -name lock | sort | xargs md5sum > before; test $(wc -l < before) -ge 4"), 0);
    for (int r = 0; r < rank_counts; ++r) {
        assert_int_equal(ketwall_on(1 << r, "qae qae.ini"), 65);
        said("run holds checkpoints of an earlier run: go on with --resume auto, or give another directory");
        assert_int_equal(shell("find run -type f ! -name lock | sort | xargs md5sum | diff before -"), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SHELL(bad_input_is_refused),
        IN_SHELL(mpirun_passes_the_code_on),
        IN_SHELL(odd_rank_counts_name_the_nearest),
        IN_SHELL(lonely_tasks_stop),
        IN_SHELL(earlier_runs_are_not_overwritten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
