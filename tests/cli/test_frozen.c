/* Checkpoints of every format, as the version that made it wrote them (tests/io/frozen), are gone on with. */
#include <stdlib.h>
#include <string.h>

#include "cli/shell.h"

#define FROZEN KETWALL_SOURCE "/tests/io/frozen/"
#define QAE    "qae '" FROZEN "checkpoint.ini' -p train.steps=2 -p ansatz.layers="

/* After the first of two steps; the end was that of the version that wrote format 2 (in a file of seal 1). */
static void trainings_go_on(void **state) {
    (void)state;
    for (int format = 2; format <= 3; ++format) {
        assert_int_equal(
            shell("rm -rf run && mkdir run && cp '" FROZEN "checkpoint-%d.h5' run/checkpoint-0000000001.h5", format), 0);
        assert_int_equal(ketwall("checkpoint verify run/checkpoint-0000000001.h5"), 0);
        assert_int_equal(ketwall("checkpoint show run/checkpoint-0000000001.h5"), 0);
        said("qae step 1, 2 qubits");
        assert_int_equal(ketwall(QAE "1 --resume auto --json r.json"), 0);
        said("going on after step 1");
        assert_int_equal(shell("grep -q '\"infidelity\": 0.50118381917' r.json"), 0);
        assert_int_equal(ketwall(QAE "2 --resume auto"), 65);
        said("ansatz.layers = 1");
    }
}

/* Inside the first shot, before its first measurement; format 4 with packed amplitudes, rounded as this machine may not. */
static void circuits_go_on(void **state) {
    (void)state;
    static const char *const options[] = {"", "--precision s8 --rounding stochastic"};
    const char *words = "run '" FROZEN "circuit-3.qasm' --shots 9 --observable Z1 %s --json %s.json %s";
    for (int format = 3; format <= 4; ++format) {
        const char *option = options[format - 3];
        assert_int_equal(shell("rm -rf d && mkdir d && cp '" FROZEN "circuit-%d.h5' d/checkpoint-0000000002.h5", format), 0);
        assert_int_equal(ketwall(words, option, "cut", "--dir d --resume auto"), 0);
        said("0 of 9 shots, step 1 of the program");
        assert_int_equal(ketwall(words, option, "whole", ""), 0);
        json_t *cut = read_json("cut.json"), *whole = read_json("whole.json");
        assert_true(json_equal(json_object_get(cut, "counts"), json_object_get(whole, "counts")));
        if (format == 3)
            assert_true(json_equal(json_object_get(cut, "expectations"), json_object_get(whole, "expectations")));
        json_decref(cut);
        json_decref(whole);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {IN_SHELL(trainings_go_on), IN_SHELL(circuits_go_on)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
