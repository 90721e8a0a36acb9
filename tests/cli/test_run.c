/* ketwall run as its users meet it: noise, standard errors, probabilities. */
#include "cli/shell.h"

#include <stdio.h>
#include <string.h>

static const char bell[] = "OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[3]; creg c[3];\nx q[2]; h q[0]; cx q[0],q[1];\n"
                           "measure q -> c;\n";

static double real(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    if (!json_is_real(value)) fail_msg("%s is no real number", name);
    return json_real_value(value);
}

/* Noise from a file: the same counts on any number of ranks, expectations with errors. */
static void noise_files_are_used(void **state) {
    (void)state;
    write_text("bell.qasm", bell);
    write_text("noise.ini", "[noise]\ndepolarising_2q = 0.2 ; strong\nreadout_10 = 0.1\n");
    json_t *first = NULL;
    for (int r = 0; r < rank_counts; ++r) {
        assert_int_equal(
            ketwall_on(1 << r, "run bell.qasm --noise noise.ini --shots 500 --observable 'Z0 Z1' --json out.json"), 0);
        said("<Z0 Z1> = ");
        said(" +- ");
        json_t *out = read_json("out.json");
        const json_t *expectation = json_array_get(json_object_get(out, "expectations"), 0);
        const double error = real(expectation, "error"), off = real(expectation, "value") - 0.8;
        assert_true(error > 0 && off < 4 * error && off > -4 * error);
        if (!first) first = json_incref(json_object_get(out, "counts"));
        assert_true(json_equal(first, json_object_get(out, "counts")));
        json_decref(out);
    }
    json_decref(first);
}

static void noise_files_are_checked(void **state) {
    (void)state;
    write_text("bell.qasm", bell);
    write_text("typo.ini", "[noise]\ndepolarizing_1q = 0.1\n");
    write_text("range.ini", "[noise]\n\ndephasing = 1.5\n");
    write_text("noise.ini", "[noise]\ndephasing = 0.5\n");
    assert_int_equal(ketwall("run bell.qasm --shots 5 --noise typo.ini"), 65);
    said("typo.ini:2: unknown key noise.depolarizing_1q; did you mean noise.depolarising_1q?");
    assert_int_equal(ketwall("run bell.qasm --shots 5 --noise range.ini"), 65);
    said("range.ini:3: noise.dephasing");
    assert_int_equal(ketwall("run bell.qasm --shots 5 --noise missing.ini"), 65);
    said("missing.ini: No such file");
    assert_int_equal(ketwall("run bell.qasm --noise noise.ini"), 65);
    said("noise, reset, if or measurements in mid-circuit needs --shots");
}

static void the_shipped_noise_is_read(void **state) {
    (void)state;
    write_text("bell.qasm", bell);
    assert_int_equal(ketwall("run bell.qasm --shots 5 --noise " KETWALL_SOURCE "/jobs/configs/noise.ini"), 0);
}

static void probabilities_are_printed(void **state) {
    (void)state;
    write_text("bell.qasm", bell);
    for (int r = 0; r < rank_counts; ++r) {
        assert_int_equal(ketwall_on(1 << r, "run bell.qasm --probabilities 2,0 --observable Z2 --json out.json"), 0);
        said("p(10) = 0.5\n");
        said("p(11) = 0.5\n");
        assert_null(strstr(shell_output, "p(0"));
        json_t *out = read_json("out.json"), *probabilities = json_object_get(out, "probabilities");
        assert_int_equal(json_object_size(probabilities), 2);
        assert_true(real(probabilities, "10") > 0.499999999999 && real(probabilities, "11") > 0.499999999999);
        /* a program that runs once has no errors */
        assert_null(json_object_get(json_array_get(json_object_get(out, "expectations"), 0), "error"));
        json_decref(out);
    }
    assert_int_equal(ketwall("run bell.qasm --probabilities 0,x"), 64);
    said("--probabilities 0,x: expected qubits separated by commas");
    assert_int_equal(ketwall("run bell.qasm --probabilities 0,3"), 65);
    said("qubit 3: expected a qubit from 0 to 2");
    assert_int_equal(ketwall("run bell.qasm --probabilities 1,1"), 65);
    said("qubit 1: it stands twice");
    assert_int_equal(ketwall("run bell.qasm --probabilities 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20"), 65);
    said("at most 20");
}

/* What is soon done says nothing of its progress. */
static void short_runs_are_silent(void **state) {
    (void)state;
    write_text("bell.qasm", bell);
    assert_int_equal(ketwall("run bell.qasm --json - >out.json"), 0);
    assert_string_equal(shell_output, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SHELL(noise_files_are_used),      IN_SHELL(noise_files_are_checked), IN_SHELL(the_shipped_noise_is_read),
        IN_SHELL(probabilities_are_printed), IN_SHELL(short_runs_are_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
