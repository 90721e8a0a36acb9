/* A checkpoint of an earlier format, as that version wrote it (tests/io/frozen), is gone on with. */
#include <stdlib.h>
#include <string.h>

#include "cli/shell.h"

#define FROZEN KETWALL_SOURCE "/tests/io/frozen/"

/* Seal 1, format 2: after the first of two steps; the end was that of the version that wrote it. */
static void a_checkpoint_goes_on(void **state) {
    (void)state;
    assert_int_equal(shell("mkdir run && cp '" FROZEN "checkpoint-2.h5' run/checkpoint-0000000001.h5"), 0);
    assert_int_equal(ketwall("checkpoint verify run/checkpoint-0000000001.h5"), 0);
    assert_int_equal(ketwall("checkpoint show run/checkpoint-0000000001.h5"), 0);
    said("qae step 1, 2 qubits");
    assert_int_equal(
        ketwall("qae '" FROZEN "checkpoint-2.ini' -p ansatz.layers=1 -p train.steps=2 --resume auto --json r.json"), 0);
    said("going on after step 1");
    assert_int_equal(shell("grep -q '\"infidelity\": 0.50118381917' r.json"), 0);
    assert_int_equal(ketwall("qae '" FROZEN "checkpoint-2.ini' -p ansatz.layers=2 -p train.steps=2 --resume auto"), 65);
    said("ansatz.layers = 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {IN_SHELL(a_checkpoint_goes_on)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
