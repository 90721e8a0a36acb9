/* Packed states in files, seen from outside: by h5py, by ketwall checkpoint, damaged, and in the directory of a run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/shell.h"

#define CIRCUIT                                                                                                             \
    "OPENQASM 2.0; include \"qelib1.inc\"; qreg q[12]; h q[0]; cx q[0],q[11]; ry(0.5) q[2]; u3(0.3,0.4,0.5) q[7];"          \
    "cx q[7],q[3]; rx(0.7) q[10]; cx q[10],q[5]; ry(1.1) q[9]; cx q[9],q[1]; rz(0.2) q[1];"

static void write_circuit(void) { write_text("c.qasm", CIRCUIT); }

static const char reader[] =
    "import sys, h5py, numpy as np\n"
    "def read(path):\n"
    "    s = h5py.File(path)['quantum/state']\n"
    "    if 'amplitudes' in s: return s['amplitudes'][...]\n"
    "    return (s.attrs['gain'] * s['scales'][...][:, None] * (s['parts'][:, 0] + 1j * s['parts'][:, 1])).ravel()\n"
    "exact = read('double.h5')\n"
    "for kind in 's16', 's8':\n"
    "    psi, s = read(kind + '.h5'), h5py.File(kind + '.h5')['quantum/state']\n"
    "    a = s.attrs\n"
    "    lost = 1 - abs(np.vdot(exact, psi)) ** 2 / np.vdot(psi, psi).real\n"
    "    assert psi.size == 4096 and lost <= (a['error'] / a['exact']) ** 2 + 1e-12, (kind, lost)\n"
    "    assert lost < 10 * a['noise'] / a['exact'] ** 2 + 1e-12, (kind, lost)\n"
    "    assert abs(np.vdot(psi, psi) - 1) < 1e-5 and 'parts[r, 0, k]' in s['parts'].attrs['description'].decode()\n";

/* The formula of the format's page. */
static void python_reads_them(void **state) {
    (void)state;
    static const char *const kinds[] = {"double", "s16", "s8"};
    write_circuit();
    write_text("read.py", reader);
    if (shell("/usr/bin/python3 -c 'import h5py'")) {
        print_message("no h5py for /usr/bin/python3: not tested\n");
        skip();
    }
    for (int k = 0; k < 3; ++k)
        assert_int_equal(ketwall("run c.qasm --precision %s --save-state %s.h5", kinds[k], kinds[k]), 0);
    if (shell("/usr/bin/python3 read.py")) fail_msg("%s", shell_output);
}

static void states_are_shown(void **state) {
    (void)state;
    write_circuit();
    assert_int_equal(ketwall("run c.qasm --precision s8 --save-state s8.h5"), 0);
    assert_int_equal(ketwall("run c.qasm --save-state double.h5"), 0);
    assert_int_equal(ketwall("checkpoint show s8.h5"), 0);
    said("state, 12 qubits, s8, infidelity ");
    said("(at most ");
    assert_int_equal(ketwall("checkpoint ls ."), 0);
    said("state, 12 qubits, double");
    said("valid");
    assert_int_equal(ketwall("checkpoint verify s8.h5 double.h5"), 0);
    assert_int_equal(shell("dd if=/dev/zero of=s8.h5 bs=1 seek=9000 count=40 conv=notrunc 2>&1"), 0);
    assert_int_equal(ketwall("checkpoint verify s8.h5"), 74);
    assert_int_equal(ketwall("checkpoint show s8.h5"), 74);
    said("s8.h5 is damaged");
}

#define CUT "run c.qasm --precision s16 --rounding stochastic --shots 100 --dir d --max-wall 1e-9 --resume auto"

/* One safe point after the other; a damaged file is passed over. */
static void damaged_runs_step_back(void **state) {
    (void)state;
    write_circuit();
    assert_int_equal(ketwall(CUT), 75);
    assert_int_equal(ketwall("checkpoint show d/checkpoint-0000000001.h5"), 0);
    said("s16, infidelity ");
    said("rounding    stochastic, 1 writes so far");
    assert_int_equal(shell("cp d/checkpoint-0000000001.h5 d/checkpoint-0000000002.h5"), 0);
    assert_int_equal(shell("truncate -s 17000 d/checkpoint-0000000002.h5"), 0);
    assert_int_equal(ketwall("run c.qasm --precision s16 --rounding nearest --shots 100 --dir d --resume auto"), 65);
    said("made with \"rounding = stochastic\", now it is \"rounding = nearest\"");
    assert_int_equal(ketwall("run c.qasm --precision s16 --rounding stochastic --shots 100 --dir d --resume auto --json r"),
                     0);
    said("d/checkpoint-0000000002.h5 is damaged");
    said("going on from d/checkpoint-0000000001.h5");
    assert_int_equal(ketwall("run c.qasm --precision s16 --rounding stochastic --shots 100 --json w"), 0);
    json_t *whole = read_json("w"), *cut = read_json("r");
    static const char *const same[] = {"counts", "infidelity", "norm"};
    for (size_t i = 0; i < sizeof same / sizeof *same; ++i)
        assert_true(json_equal(json_object_get(whole, same[i]), json_object_get(cut, same[i])));
    json_decref(whole);
    json_decref(cut);
}

/* The file is as large as the plan says, but for HDF5's own. */
static void plans_know_their_size(void **state) {
    (void)state;
    static const char *const kinds[] = {"double", "single", "s16", "s8"};
    static const double bytes[] = {16, 8, 4 + 2.0 / 32, 2 + 2.0 / 32};
    write_text("c.qasm", "OPENQASM 2.0; include \"qelib1.inc\"; qreg q[17]; h q; ry(0.4) q[16]; cx q[16],q[0];");
    for (int k = 0; k < 4; ++k) {
        struct stat info;
        assert_int_equal(ketwall("plan c.qasm --precision %s --json %s.json", kinds[k], kinds[k]), 0);
        char name[64];
        snprintf(name, sizeof name, "%s.json", kinds[k]);
        json_t *plan = read_json(name);
        const double planned = (double)json_integer_value(json_object_get(json_object_get(plan, "checkpoint"), "bytes"));
        json_decref(plan);
        assert_int_equal(ketwall("run c.qasm --precision %s --dir %s --max-wall 1e-9", kinds[k], kinds[k]), 75);
        snprintf(name, sizeof name, "%s/checkpoint-0000000001.h5", kinds[k]);
        assert_int_equal(stat(shell_path(name), &info), 0);
        const double datasets = bytes[k] * (1 << 17) + (k < 2 ? 1 : 2) * 2 * 8;
        if (planned - 24576 != datasets || (double)info.st_size < datasets || (double)info.st_size > datasets + 32768)
            fail_msg("%s: planned %g, datasets %g, written %g", kinds[k], planned, datasets, (double)info.st_size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SHELL(python_reads_them),
        IN_SHELL(states_are_shown),
        IN_SHELL(damaged_runs_step_back),
        IN_SHELL(plans_know_their_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
