/* OpenQASM that is not valid is refused at the right line and column, with what was found and what was expected. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "circuit/qasm_internal.h"
#include "support/folder.h"
#include "support/world.h"

/* Two lines, so that what follows begins in line 3. */
#define H "OPENQASM 2.0;\ninclude \"qelib1.inc\";\n"
#define Q H "qreg q[3]; creg c[2];\n" /* line 4 */

static const struct {
    const char *text;
    int line, column;
    const char *first, *second;
} malformed[] = {
    /* the header and the file as a whole */
    {"", 1, 1, "end of the file", "OPENQASM 2.0"},
    {"// only a comment", 1, 18, "end of the file", "OPENQASM 2.0"},
    {"qreg q[1];", 1, 1, "'qreg'", "OPENQASM 2.0"},
    {"OPENQASM 3.0;\nqreg q[1];", 1, 10, "'3.0'", "2.0"},
    {"OPENQASM 3;", 1, 10, "'3'", "2.0"},
    {"OPENQASM \"2.0\";", 1, 10, "\"2.0\"", "2.0"},
    {"OPENQASM 2.0\nqreg q[1];", 2, 1, "'qreg'", "';'"},
    {H, 3, 1, "end of the file", "qreg"},
    {H "creg c[3];", 3, 11, "end of the file", "no qubits"},
    {Q "OPENQASM 2.0;", 4, 1, "'OPENQASM'", "a statement"},
    /* characters and numbers */
    {Q "h q[0]; $", 4, 9, "'$'", "does not use"},
    {Q "h q[0];\n\t\x01", 5, 2, "0x01", "text"},
    {Q "h q\xc3\xa9;", 4, 4, "0xc3", "text"},
    {Q "if (c = 1) x q;", 4, 7, "'='", "'=='"},
    {Q "rx(1e999) q;", 4, 4, "1e999", "too large"},
    {H "include \"other.inc;", 3, 9, "closing", "string"},
    /* registers */
    {H "qreg q[0];", 3, 8, "'0'", "at least 1"},
    {H "qreg q[-1];", 3, 8, "'-'", "at least 1"},
    {H "qreg q[1.5];", 3, 8, "'1.5'", "at least 1"},
    {H "qreg q[2;", 3, 9, "';'", "']'"},
    {H "qreg [2];", 3, 6, "'['", "name of a register"},
    {H "qreg pi[2];", 3, 6, "'pi'", "name of a register"},
    {H "qreg q[2]", 3, 10, "end of the file", "';'"},
    {H "qreg q[63];", 3, 8, "62 qubits", NULL},
    {H "qreg a[60];\nqreg b[3];", 4, 8, "62 qubits", NULL},
    {H "qreg q[99999999999999999999999];", 3, 8, "'99999999999999999999999'", "at least 1"},
    {H "qreg q[18446744073709551615];", 3, 8, "62 qubits", NULL},
    {H "creg c[1048576];\ncreg d[1];", 4, 8, "1048576 classical bits", NULL},
    {H "qreg q[2];\ncreg q[2];", 4, 6, "'q'", "twice"},
    /* operands */
    {Q "h r;", 4, 3, "'r'", "not declared"},
    {Q "h c;", 4, 3, "'c', a classical register", "quantum register"},
    {Q "h q[3];", 4, 5, "'3'", "from 0 to 2"},
    {Q "h q[-1];", 4, 5, "'-'", "from 0 to 2"},
    {Q "h q[18446744073709551616];", 4, 5, "'18446744073709551616'", "from 0 to 2"},
    {Q "h q[1;", 4, 6, "';'", "']'"},
    {Q "h q[0]\nx q[1];", 5, 1, "'x'", "',' or ';'"},
    {Q "h ;", 4, 3, "';'", "quantum register"},
    {Q "cx q[0],;", 4, 9, "';'", "quantum register"},
    {Q "cx q[0] q[1];", 4, 9, "'q'", "',' or ';'"},
    {Q "cx q[1],q[1];", 4, 9, "'q'", "twice"},
    {Q "cx q,q[1];", 4, 6, "'q'", "twice"},
    {Q "qreg r[2];\ncx q,r;", 5, 6, "'r' has 2", "3"},
    {Q "barrier q[0],r;", 4, 14, "'r'", "not declared"},
    {Q "reset c[0];", 4, 7, "classical", "quantum"},
    /* gates */
    {Q "hh q[0];", 4, 1, "'hh'", "did you mean 'h'"},
    {Q "swp q[0],q[1];", 4, 1, "'swp'", "'swap'"},
    {Q "qubit[2] r;", 4, 1, "unknown gate 'qubit'", NULL},
    {"OPENQASM 2.0;\nqreg q[1];\nh q[0];", 3, 1, "'h'", "include \"qelib1.inc\""},
    {Q "cx q[0];", 4, 1, "1 qubit ", "expected 2"},
    {Q "h q[0],q[1];", 4, 1, "2 qubits", "expected 1"},
    {Q "mcx q[0];", 4, 1, "1 qubit ", "at least 2"},
    {Q "rx q[0];", 4, 1, "0 parameters", "expected 1"},
    {Q "h(1) q[0];", 4, 1, "1 parameter ", "expected 0"},
    {Q "u3(1,2) q[0];", 4, 1, "2 parameters", "expected 3"},
    {Q "5 q[0];", 4, 1, "'5'", "a statement"},
    {Q "}", 4, 1, "'}'", "a statement"},
    /* expressions */
    {Q "rx(1/0) q[0];", 4, 5, "division by zero", NULL},
    {Q "rx(pi*(2-1/(1-1))) q[0];", 4, 11, "division by zero", NULL},
    {Q "rx(ln(0)) q[0];", 4, 4, "not a finite", NULL},
    {Q "rx(sqrt(-1)) q[0];", 4, 4, "not a finite", NULL},
    {Q "rx(10^400) q[0];", 4, 6, "not a finite", NULL},
    {Q "rx((1) q[0];", 4, 8, "'q'", "')'"},
    {Q "rx(1,) q[0];", 4, 6, "')'", "an expression"},
    {Q "rx(1+) q[0];", 4, 6, "')'", "an expression"},
    {Q "rx(1 2) q[0];", 4, 6, "'2'", "',' or ')'"},
    {Q "rx(theta) q[0];", 4, 4, "'theta'", "a number"},
    {Q "rx(sin 1) q[0];", 4, 8, "'1'", "'('"},
    {Q "rx(arcsin(1)) q[0];", 4, 4, "'arcsin'", "a function"},
    /* measure and if */
    {Q "measure q -> d;", 4, 14, "'d'", "not declared"},
    {Q "measure q -> c;", 4, 14, "2 bits for 3 qubits", NULL},
    {Q "measure q[0] -> c;", 4, 17, "2 bits for 1 qubit", NULL},
    {Q "measure q[0] -> c[2];", 4, 19, "'2'", "from 0 to 1"},
    {Q "measure q[0] = c[0];", 4, 14, "'='", "'=='"},
    {Q "measure q[0];", 4, 13, "';'", "'->'"},
    {Q "measure c[0] -> q[0];", 4, 9, "classical", "quantum"},
    {Q "if (q == 1) x q[0];", 4, 5, "a quantum register", "classical"},
    {Q "if (c[0] == 1) x q[0];", 4, 6, "'['", "'=='"},
    {Q "if (c == -1) x q[0];", 4, 10, "'-'", "integer"},
    {Q "if (c == 1) barrier q;", 4, 13, "'barrier'", "a gate, measure or reset"},
    {Q "if (c == 1) if (c == 1) x q;", 4, 13, "'if'", "a gate, measure or reset"},
    {Q "if (c == 1) ;", 4, 13, "';'", "a gate, measure or reset"},
    /* declarations of gates */
    {H "gate g a { h b; }", 3, 14, "'b'", "a qubit of the gate"},
    {H "gate g(t) a { rx(u) a; }", 3, 18, "'u'", "a parameter"},
    {H "gate g a { cx a,a; }", 3, 17, "'a'", "twice"},
    {H "gate g a,a { }", 3, 10, "'a'", "twice"},
    {H "gate g a { g a; }", 3, 12, "'g'", "itself"},
    {H "gate g a { later a; }\ngate later a { }", 3, 12, "unknown gate 'later'", NULL},
    {H "gate g a { h a }", 3, 16, "'}'", "';'"},
    {H "gate g a { h a;", 3, 16, "end of the file", "'}'"},
    {H "gate g { }", 3, 8, "'{'", "name of a qubit"},
    {H "gate g a { measure a; }", 3, 12, "'measure'", "a gate or '}'"},
    {H "gate g a { cx a; }", 3, 12, "1 qubit ", "expected 2"},
    {H "gate g a { rx(1/0) a; }", 3, 16, "division by zero", NULL},
    {H "gate g a { }\ngate g a { }", 4, 6, "'g'", "line 3"},
    {Q "gate g(t) a { rx(1/t) a; }\ng(1) q;\ng(0) q;", 6, 1, "division by zero", "line 4"},
    {Q "opaque magic(a) b;\nmagic(1) q[0];", 5, 1, "'magic'", "opaque (line 4)"},
    {Q "opaque h a,b;\nh q[0],q[1];", 5, 1, "'h'", "opaque"},
    {Q "opaque magic(a) b", 4, 18, "end of the file", "';'"},
    /* includes */
    {H "include \"other.inc\";", 3, 9, "\"other.inc\"", "qelib1.inc"},
    {H "include qelib1;", 3, 9, "'qelib1'", "in quotes"},
};

static void expect_refused(kw_status status, const char *text, const char *place, const char *first, const char *second) {
    const char *message = kw_error_message();
    if (status != KW_E_INPUT) fail_msg("not refused: %s", text);
    if (strncmp(message, place, strlen(place))) fail_msg("expected %s, got '%s' for: %s", place, message, text);
    if (first && !strstr(message, first)) fail_msg("'%s' is missing in '%s' for: %s", first, message, text);
    if (second && !strstr(message, second)) fail_msg("'%s' is missing in '%s' for: %s", second, message, text);
}

static void malformed_files_are_refused(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; ++i) {
        kw_program *program = NULL;
        char place[64];
        snprintf(place, sizeof place, "bad.qasm:%d:%d: ", malformed[i].line, malformed[i].column);
        const char *text = malformed[i].text;
        expect_refused(kw_program_parse(text, strlen(text), "bad.qasm", &program), text, place, malformed[i].first,
                       malformed[i].second);
        assert_null(program);
    }
    print_message("%zu malformed files refused\n", sizeof malformed / sizeof *malformed);
}

static void nul_bytes_are_refused(void **unused) {
    (void)unused;
    const char text[] = "OPENQASM 2.0;\nqreg q[1];\0";
    kw_program *program = NULL;
    expect_refused(kw_program_parse(text, sizeof text - 1, "nul", &program), text, "nul:2:11: ", "0x00", "text file");
}

/* A text of `repeat` copies of `piece` between two ends. */
static char *repeated(const char *start, const char *piece, size_t repeat, const char *end) {
    char *text = malloc(strlen(start) + repeat * strlen(piece) + strlen(end) + 1), *to = text;
    assert_non_null(text);
    to += sprintf(to, "%s", start);
    for (size_t i = 0; i < repeat; ++i) to += sprintf(to, "%s", piece);
    sprintf(to, "%s", end);
    return text;
}

static void deep_nesting_is_refused(void **unused) {
    (void)unused;
    static const struct {
        const char *piece, *end;
    } rows[] = {{"(", ""}, {"-", "1) q;"}, {"2^", "1) q;"}, {"sin(", "1"}, {"1+2*3^(", ""}};
    kw_program *program = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        char *text = repeated(Q "rx(", rows[i].piece, 100000, rows[i].end);
        expect_refused(kw_program_parse(text, strlen(text), "deep", &program), rows[i].piece, "deep:4:", "nested", NULL);
        free(text);
    }
    char *chain = malloc(400 * 40), *to = chain;
    assert_non_null(chain);
    to += sprintf(to, H "gate g0 a { h a; }\n");
    for (int i = 1; i < 300; ++i) to += sprintf(to, "gate g%d a { g%d a; }\n", i, i - 1);
    expect_refused(kw_program_parse(chain, strlen(chain), "deep", &program), "gates", "deep:", "deep", NULL);
    free(chain);
}

/* Forty lines that would expand to 2^40 gates (or to none, just as slowly). */
static void explosions_are_refused(void **unused) {
    (void)unused;
    for (int empty = 0; empty < 2; ++empty) {
        char text[4096], *to = text;
        kw_program *program = NULL;
        to += sprintf(to, H "gate g0 a { %s }\n", empty ? "" : "h a;");
        for (int i = 1; i <= 40; ++i) to += sprintf(to, "gate g%d a { g%d a; g%d a; }\n", i, i - 1, i - 1);
        sprintf(to, "qreg q[1];\ng40 q[0];\n");
        expect_refused(kw_program_parse(text, strlen(text), "big", &program), text, "big:45:1: ", "more gates", NULL);
    }
    kw_program *program = NULL;
    const char *text = Q "h q;\nh q;";
    expect_refused(kw_qasm_parse(text, strlen(text), "big", 5, &program), text, "big:5:1: ", "more gates", NULL);
}

static void write_file(const char *name, const char *text) {
    FILE *file = fopen(test_in_folder(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void files_are_named(void **unused) {
    (void)unused;
    kw_program *program = NULL;
    char place[512];
    expect_refused(kw_program_read(test_in_folder("none.qasm"), &program), "none", "", "none.qasm", "No such file");
    expect_refused(kw_program_read(test_in_folder("."), &program), "folder", "", "directory", NULL);
    write_file("main.qasm", H "qreg q[1];\ninclude \"part.inc\";\n");
    snprintf(place, sizeof place, "%s:4:9: ", test_in_folder("main.qasm"));
    expect_refused(kw_program_read(test_in_folder("main.qasm"), &program), "missing", place, "part.inc", "No such file");
    write_file("part.inc", "x q[0];\n  y q[1];\n");
    snprintf(place, sizeof place, "%s:2:7: ", test_in_folder("part.inc"));
    expect_refused(kw_program_read(test_in_folder("main.qasm"), &program), "part", place, "'1'", "from 0 to 0");
    write_file("part.inc", "include \"part.inc\";\n");
    snprintf(place, sizeof place, "%s:1:9: ", test_in_folder("part.inc"));
    expect_refused(kw_program_read(test_in_folder("main.qasm"), &program), "cycle", place, "16 deep", NULL);
    write_file("main.qasm", H "include \"/dev/zero\";\n");
    expect_refused(kw_program_read(test_in_folder("main.qasm"), &program), "device", "", "/dev/zero", "not a file");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_files_are_refused),
        cmocka_unit_test(nul_bytes_are_refused),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(explosions_are_refused),
        TEST_IN_FOLDER(files_are_named),
    };
    return TEST_RUN("qasm_errors", tests);
}
