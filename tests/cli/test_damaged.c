/* Files of real runs, damaged in a thousand ways with a fixed seed: each is refused by name, in the library and by the
 * program, and `--resume auto` steps back to the one before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/shell.h"
#include "io/checkpoint.h"
#include "ketwall/state.h"
#include "support/dense.h"
#include "support/odd_object.h"

enum { MOST_BYTES = 1 << 20, CHECKPOINTS = 1200, STATES = 600, SLACK = 4096, SUPERBLOCK = 512, HEADERS = 608 };

static unsigned char good[MOST_BYTES], bad[MOST_BYTES + SLACK];
static size_t good_size;

static void take(const char *name) {
    FILE *file = fopen(shell_path(name), "rb");
    assert_non_null(file);
    good_size = fread(good, 1, sizeof good, file);
    fclose(file);
    assert_true(good_size > SLACK && good_size < sizeof good);
}

static const char *put(const void *bytes, size_t size) {
    const char *path = shell_path("damaged.h5");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    if (size) assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

static size_t below(uint64_t *seed, size_t limit) { return limit ? (size_t)(dense_bits(seed) % limit) : 0; }

/* A place in one of the regions: seal, rest of the user block, superblock, headers, data, tail. */
static size_t place(uint64_t *seed) {
    const size_t starts[] = {0, 160, SUPERBLOCK, HEADERS, HEADERS + 2048, good_size - 512, good_size};
    const size_t region = below(seed, 6);
    return starts[region] + below(seed, starts[region + 1] - starts[region]);
}

static void swap_blocks(uint64_t *seed) {
    unsigned char kept[4096];
    const size_t block = (size_t)64 << below(seed, 5), a = place(seed) / block * block, b = place(seed) / block * block;
    if (a + block > good_size || b + block > good_size) return;
    memcpy(kept, bad + a, block);
    memmove(bad + a, bad + b, block);
    memcpy(bad + b, kept, block);
}

/* Damages the file in `bad`, one way or another.  @return its size */
static size_t damage(uint64_t *seed) {
    const size_t at = place(seed), length = 1 + below(seed, 300), end = at + length < good_size ? at + length : good_size;
    memcpy(bad, good, good_size);
    switch (below(seed, 6)) {
    case 0: return at; /* cut off */
    case 1: bad[at] ^= (unsigned char)(1U << below(seed, 8)); break;
    case 2: memset(bad + at, 0, end - at); break;
    case 3:
        for (size_t i = at; i < end; ++i) bad[i] = (unsigned char)dense_bits(seed);
        break;
    case 4: swap_blocks(seed); break;
    default:
        for (size_t i = 0; i < length; ++i) bad[good_size + i] = (unsigned char)(below(seed, 2) ? 0 : dense_bits(seed));
        return good_size + length;
    }
    return good_size;
}

static void must_refuse(kw_status status, const char *path, const char *what, int variant) {
    if ((status != KW_E_IO && status != KW_E_INPUT) || !strstr(kw_error_message(), path))
        fail_msg("%s, variant %d: status %d, \"%s\"", what, variant, (int)status, kw_error_message());
}

static void refuse_checkpoint(const char *path, int variant) {
    kw_checkpoint *c = NULL;
    must_refuse(kw_checkpoint_verify(path), path, "verify", variant);
    must_refuse(kw_checkpoint_read(kw_comm_self(), path, &c), path, "read", variant);
    assert_null(c);
}

static kw_state *state_of;

static void refuse_state(const char *path, int variant) {
    int qubits = 0;
    must_refuse(kw_state_file_qubits(path, &qubits), path, "qubits", variant);
    must_refuse(kw_state_load(state_of, path), path, "load", variant);
}

static void refuse_variants(int variants, void (*refuse)(const char *, int)) {
    uint64_t seed = 2026;
    for (int variant = 0; variant < variants;) {
        const size_t size = damage(&seed);
        if (size == good_size && !memcmp(bad, good, size)) continue; /* zeros over zeros */
        refuse(put(bad, size), variant++);
    }
}

/* What stands in the file's place is no file, or cannot be read. */
static void refuse_what_is_no_file(void (*refuse)(const char *, int)) {
    char path[256];
    snprintf(path, sizeof path, "%s", put(good, 0));
    refuse(path, -1);
    if (geteuid()) {
        assert_int_equal(chmod(path, 0), 0);
        refuse(path, -2);
    } else print_message("unreadable files: not tested, root reads them\n");
    assert_int_equal(unlink(path), 0);
    refuse(path, -3);
    assert_int_equal(mkdir(path, 0777), 0);
    refuse(path, -4);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0666), 0); /* nobody writes into it: must not wait */
    refuse(path, -5);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("damaged.h5", path), 0);
    refuse(path, -6);
    assert_int_equal(unlink(path), 0);
}

/* Three steps in `run`, each with its checkpoint. */
static void make_run(void) {
    write_text("qae.ini", "[run]\ndir = run\n[data]\nfamily = w-phase\nqubits = 4\nmembers = 3\n[train]\nsteps = 6\n");
    for (int i = 0; i < 3; ++i)
        assert_int_equal(ketwall("qae qae.ini -p run.max_wall_s=1e-9 -p run.keep_checkpoints=9 --resume auto"), 75);
}

static void damaged_checkpoints(void **state) {
    (void)state;
    make_run();
    take("run/checkpoint-0000000003.h5");
    assert_int_equal(kw_checkpoint_verify(put(good, good_size)), KW_OK);
    refuse_variants(CHECKPOINTS, refuse_checkpoint);
    refuse_what_is_no_file(refuse_checkpoint);
}

static void damaged_states(void **state) {
    (void)state;
    write_text("ghz.qasm", "OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[9];\nh q[0];\ncx q[0],q[8];\n");
    assert_int_equal(ketwall("run ghz.qasm --save-state ghz.h5"), 0);
    take("ghz.h5");
    assert_int_equal(kw_state_create(kw_comm_self(), 9, KW_DOUBLE, &state_of), KW_OK);
    assert_int_equal(kw_state_load(state_of, put(good, good_size)), KW_OK);
    refuse_variants(STATES, refuse_state);
    refuse_what_is_no_file(refuse_state);
    kw_state_destroy(&state_of);
}

static void the_program_refuses_them(void **state) {
    (void)state;
    static const char *const commands[] = {"checkpoint verify damaged.h5", "checkpoint show damaged.h5",
                                           "checkpoint ls damaged.h5", "qae qae.ini --resume damaged.h5 -p run.dir=other"};
    uint64_t seed = 7;
    make_run();
    take("run/checkpoint-0000000003.h5");
    for (int variant = 0; variant < 3; ++variant) {
        size_t size;
        do size = damage(&seed);
        while (size == good_size && !memcmp(bad, good, size));
        put(bad, size);
        for (size_t c = 0; c < sizeof commands / sizeof *commands; ++c) {
            assert_int_equal(ketwall("%s", commands[c]), 74);
            said("damaged.h5");
        }
        assert_int_equal(shell("cp damaged.h5 run/checkpoint-%010d.h5", 3), 0);
        assert_int_equal(ketwall("qae qae.ini -p run.max_wall_s=1e-9 --resume auto"), 75);
        said("run/checkpoint-0000000003.h5");
        said("trying the one before");
        said("going on after step 2");
    }
}

/* Whole and sealed, but not of this run. */
static void odd_fields_do_not_resume(void **state) {
    (void)state;
    static const struct {
        odd_place place;
        odd_type type;
        odd_shape shape;
        int value, exit_code;
        const char *reason;
    } changes[] = {
        {{"/quantum/parameters", NULL}, ODD_DOUBLE, ODD_3, 1, 74, "holds 3 parameters"},
        {{"/optimizer/state", NULL}, ODD_DOUBLE, ODD_3, 1, 74, "3 numbers, too few"},
        {{"/optimizer/state", NULL}, ODD_DOUBLE, ODD_1000, 0, 74, "parameters"},
        {{"/progress", "step"}, ODD_INT64, ODD_SCALAR, 6, 74, "is of step 62"},
        {{"/progress/system", NULL}, ODD_DOUBLE, ODD_3, 1, 74, "holds 3 numbers of the system's state"},
        {{"/history", "columns"}, ODD_TEXT, ODD_SCALAR, 1, 74, "other columns"},
        {{"/", "kind"}, ODD_TEXT, ODD_SCALAR, 2, 65, "belongs to ketwall ketwall, not qae"},
        {{"/config", "ini"}, ODD_TEXT, ODD_SCALAR, 0, 65, "says nothing of"},
    };
    make_run();
    take("run/checkpoint-0000000003.h5");
    for (size_t i = 0; i < sizeof changes / sizeof *changes; ++i) {
        const char *path = put(good, good_size);
        assert_true(odd_replace(path, &changes[i].place, changes[i].type, changes[i].shape, changes[i].value));
        const int code = ketwall("qae qae.ini -p run.dir=other --resume damaged.h5");
        if (code != changes[i].exit_code) fail_msg("%s: exit code %d: %s", changes[i].reason, code, shell_output);
        said("damaged.h5: ");
        said(changes[i].reason);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SHELL(damaged_checkpoints),
        IN_SHELL(damaged_states),
        IN_SHELL(the_program_refuses_them),
        IN_SHELL(odd_fields_do_not_resume),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
