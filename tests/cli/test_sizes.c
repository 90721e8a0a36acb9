/* Numbers so large that a product of them would overflow: refused before anything is allocated, from every place that
 * takes numbers. */
#include <stdio.h>

#include "cli/shell.h"

static void write_circuits(void) {
    static const char head[] = "OPENQASM 2.0;\ninclude \"qelib1.inc\";\n";
    char text[256];
    snprintf(text, sizeof text, "%sqreg q[2];\nh q[0];\n", head);
    write_text("two.qasm", text);
    snprintf(text, sizeof text, "%sqreg q[1];\ncreg c[2];\nh q[0];\nmeasure q[0]->c[0];\nh q[0];\nmeasure q[0]->c[1];\n",
             head);
    write_text("mid.qasm", text);
    snprintf(text, sizeof text, "%sqreg q[62];\nh q[0];\n", head);
    write_text("most.qasm", text);
    snprintf(text, sizeof text, "%sqreg q[2];\ncreg c[2000000000];\nh q[0];\n", head);
    write_text("bits.qasm", text);
    snprintf(text, sizeof text, "%sqreg q[4611686018427387904];\nqreg r[4611686018427387904];\nh q[0];\n", head);
    write_text("qubits.qasm", text);
    write_text("qae.ini", "[run]\ndir = run\n[data]\nfamily = w-phase\n");
    write_text("train.ini", "[run]\ndir = run\n[data]\nset = digits\n[generator]\nsource = circuit\n");
}

static void too_large(void **state) {
    (void)state;
    static const struct {
        int exit_code;
        const char *command;
    } cases[] = {
        {78, "run two.qasm --shots 1099511627776"},
        {64, "run two.qasm --shots 1099511627777"},
        {64, "run two.qasm --shots 99999999999999999999"},
        {64, "run two.qasm --shots -1"},
        {78, "run mid.qasm --shots 1099511627776 --observable Z0"},
        {65, "run two.qasm --amplitudes 18446744073709551615"},
        {64, "run two.qasm --amplitudes 18446744073709551616"},
        {65, "run most.qasm --probabilities $(seq -s, 0 61)"},
        {78, "run most.qasm"},
        {65, "run bits.qasm"},
        {65, "run qubits.qasm"},
        {65, "plan --qubits 63"},
        {65, "plan --qubits 99999999999"},
        {64, "plan --qubits 40 --ansatz hea --layers 2147483648"},
        {64, "plan --qubits 40 --memory-per-rank 16EiB"},
        {65, "qae qae.ini -p data.qubits=63"},
        {65, "qae qae.ini -p data.members=4294967296"},
        {65, "qae qae.ini -p train.steps=9223372036854775808"},
        {65, "plan train.ini -p train.batch=9223372036854775807"},
        {65, "plan train.ini -p generator.hidden=2147483648,2147483648"},
        {65, "plan train.ini -p 'cnn.layers=conv 46341 1, conv 46341 1, dense 10'"},
        {65, "plan train.ini -p 'cnn.layers=dense 4294967296, dense 10'"},
    };
    write_circuits();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const int code = ketwall("%s", cases[i].command);
        if (code != cases[i].exit_code) fail_msg("%s: exit code %d: %s", cases[i].command, code, shell_output);
        said("ketwall: error: ");
    }
    assert_int_equal(shell("! test -e run/result.json"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {IN_SHELL(too_large)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
