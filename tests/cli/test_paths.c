/* Paths with blanks and characters that mean something to a shell, an INI file or gnuplot, through all verbs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "cli/shell.h"

#define FOLDER "a run's $(touch hit)"

/* Nobody ran what stands in the name. */
static void quiet(void) { assert_int_equal(shell("! find . -name hit | grep -q ."), 0); }

static void runs_and_reports(void **state) {
    (void)state;
    write_text("q a e.ini", "[data]\nfamily = w-phase\nqubits = 4\nmembers = 3\n[train]\nsteps = 3\n");
    assert_int_equal(ketwall("qae 'q a e.ini' -p \"run.dir=a run's \\$(touch hit)\""), 0);
    assert_int_equal(ketwall("checkpoint ls \"a run's \\$(touch hit)\""), 0);
    said(FOLDER "/checkpoint-0000000003.h5");
    assert_int_equal(ketwall("checkpoint verify \"a run's \\$(touch hit)\"/*.h5"), 0);
    assert_int_equal(ketwall("qae 'q a e.ini' -p train.steps=4 -p \"run.dir=a run's \\$(touch hit)\" --resume auto"), 0);
    said("going on after step 3");
    assert_int_equal(ketwall("report \"a run's \\$(touch hit)\" -o 'a \"report\".html'"), 0);
    assert_int_equal(shell("test -s 'a \"report\".html'"), 0);
    quiet();
}

static void circuits_and_states(void **state) {
    (void)state;
    write_text("a b;c.qasm", "OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[2];\nh q[0];\ncx q[0],q[1];\n");
    assert_int_equal(ketwall("run 'a b;c.qasm' --shots 10 --save-state 'a state.h5' --json 'a b.json'"), 0);
    assert_int_equal(ketwall("checkpoint verify 'a state.h5'"), 0);
    json_t *result = read_json("a b.json");
    assert_non_null(json_object_get(result, "counts"));
    json_decref(result);
    assert_int_equal(ketwall("plan 'a b;c.qasm'"), 0);
}

/* 64 images of MNIST's form, every one the same. */
static void put_images(const char *name, int header_words, const unsigned char *header, size_t zeros) {
    static unsigned char nothing[64 * 28 * 28];
    gzFile file = gzopen(shell_path(name), "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, header, (unsigned)header_words * 4), header_words * 4);
    assert_int_equal(gzwrite(file, nothing, (unsigned)zeros), zeros);
    assert_int_equal(gzclose(file), Z_OK);
}

static void data_sets(void **state) {
    (void)state;
    static const unsigned char images[16] = {0, 0, 8, 3, 0, 0, 0, 64, 0, 0, 0, 28, 0, 0, 0, 28};
    static const unsigned char labels[8] = {0, 0, 8, 1, 0, 0, 0, 64};
    assert_int_equal(shell("mkdir -p 'my data/mnist'"), 0);
    for (int test = 0; test < 2; ++test) {
        put_images(test ? "my data/mnist/t10k-images-idx3-ubyte.gz" : "my data/mnist/train-images-idx3-ubyte.gz", 4, images,
                   sizeof(unsigned char[64][28][28]));
        put_images(test ? "my data/mnist/t10k-labels-idx1-ubyte.gz" : "my data/mnist/train-labels-idx1-ubyte.gz", 2, labels,
                   64);
    }
    write_text("train.ini", "[data]\nset = mnist\ndir = my data\n[cnn]\nlayers = pool 4, dense 10\n"
                            "[train]\nsteps = 2\nbatch = 16\n[generator]\nhidden = 4\n[run]\ndir = my run\n");
    assert_int_equal(ketwall("train train.ini"), 0);
    assert_int_equal(ketwall("checkpoint verify 'my run'/*.h5"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SHELL(runs_and_reports),
        IN_SHELL(circuits_and_states),
        IN_SHELL(data_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
