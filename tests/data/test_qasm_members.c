/* Members prepared by OpenQASM files: against the dense reference; what making them takes; files that are refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/ensemble.h"
#include "engine/state_internal.h"
#include "ketwall/qasm.h"
#include "support/dense.h"
#include "support/folder.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

enum { N = 6, RANDOM_MEMBERS = 4, MEMBERS = RANDOM_MEMBERS + 2 };

#define H "OPENQASM 2.0;\ninclude \"qelib1.inc\";\n"

static const kw_gate_kind kinds[] = {KW_GATE_H,  KW_GATE_RX, KW_GATE_RY,  KW_GATE_RZ,   KW_GATE_CX,
                                     KW_GATE_CZ, KW_GATE_T,  KW_GATE_RXX, KW_GATE_SWAP, KW_GATE_CCX};

/* Rank 0 writes; nobody goes on before. */
static void write_text(const char *path, const char *text) {
    kw_status status = KW_OK;
    if (kw_comm_rank(test_world()) == 0) {
        FILE *file = fopen(path, "w");
        if (!file || fputs(text, file) < 0 || fclose(file)) status = KW_E_IO;
    }
    assert_int_equal(kw_comm_agree(test_world(), status), KW_OK);
}

static void write_circuit(const char *path, const kw_circuit *circuit) {
    char *text = NULL;
    size_t length = 0;
    kw_program *program = NULL;
    FILE *file = open_memstream(&text, &length);
    TEST_MUST(kw_program_from_circuit(circuit, NULL, &program));
    TEST_MUST(kw_program_write(program, file));
    assert_int_equal(fclose(file), 0);
    write_text(path, text);
    kw_program_destroy(&program);
    free(text);
}

/* Random circuits of growing length, a state in HDF5, and a program with registers, measurements and a reset. */
typedef struct {
    char paths[MEMBERS][512];
    const char *files[MEMBERS];
    kw_complex *expected[MEMBERS];
    kw_ensemble *ensemble;
} mixture;

static void make(mixture *m) {
    const test_recipe recipe = {
        .n = N, .max_targets = test_local_qubits(test_world(), N), .kinds = kinds, .n_kinds = sizeof kinds / sizeof *kinds};
    const int state_at = RANDOM_MEMBERS, program_at = RANDOM_MEMBERS + 1;
    for (int k = 0; k < MEMBERS; ++k) {
        char name[32];
        snprintf(name, sizeof name, "member%d.%s", k, k == state_at ? "h5" : "qasm");
        snprintf(m->paths[k], sizeof m->paths[k], "%s", test_in_folder(name));
        m->files[k] = m->paths[k];
        m->expected[k] = k == state_at ? dense_random(5, N) : dense_zero(N);
    }
    for (int k = 0; k < RANDOM_MEMBERS; ++k) {
        test_program *program = test_program_create(N);
        test_program_random(program, &recipe, 6 + 30 * (size_t)k, 70 + (uint64_t)k);
        kw_circuit *circuit = test_program_circuit(program);
        write_circuit(m->paths[k], circuit);
        test_program_dense(program, NULL, m->expected[k]);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
    kw_state *state = test_state(test_world(), N, KW_DOUBLE, m->expected[state_at]);
    TEST_MUST(kw_state_save(state, m->paths[state_at]));
    kw_state_destroy(&state);
    write_text(m->paths[program_at],
               H "gate pair(t) p, q { ry(2*t) p; cx p, q; }\nqreg a[2]; qreg b[4]; creg c[2];\nreset b[3];\n"
                 "pair(0.4) b[3], a[0];\nbarrier a;\nh a[1];\nmeasure a -> c;\n");
    dense_apply(m->expected[program_at], N, KW_GATE_RY, (const int[]){5}, 1, (const double[]){0.8});
    dense_apply(m->expected[program_at], N, KW_GATE_CX, (const int[]){5, 0}, 2, NULL);
    dense_apply(m->expected[program_at], N, KW_GATE_H, (const int[]){1}, 1, NULL);
    const kw_ensemble_config config = {.family = KW_FAMILY_FILES, .n_qubits = N, .files = m->files, .file_count = MEMBERS};
    TEST_MUST(kw_ensemble_create(&config, &m->ensemble));
}

static void destroy(mixture *m) {
    kw_ensemble_destroy(&m->ensemble);
    for (int k = 0; k < MEMBERS; ++k) free(m->expected[k]);
}

static void members_are_the_dense_reference(void **unused) {
    (void)unused;
    mixture m = {.ensemble = NULL};
    make(&m);
    assert_int_equal(kw_ensemble_members(m.ensemble), MEMBERS);
    assert_true(kw_ensemble_expensive(m.ensemble));
    for (int precision = 0; precision < 2; ++precision) {
        kw_state *state = test_state(test_world(), N, (kw_precision)precision, NULL);
        for (int k = MEMBERS; k-- > 0;) {
            char label[64], name[32];
            TEST_MUST(kw_ensemble_prepare(m.ensemble, k, state, NULL, 0));
            assert_true(test_distance(state, m.expected[k]) < test_tolerance((kw_precision)precision));
            for (int q = 0; q < N; ++q) assert_int_equal(state->place[q], q);
            snprintf(name, sizeof name, "member%d.", k);
            kw_ensemble_label(m.ensemble, k, label, sizeof label);
            assert_memory_equal(label, name, strlen(name));
        }
        kw_state_destroy(&state);
    }
    destroy(&m);
}

static void making_them_takes_what_was_foretold(void **unused) {
    (void)unused;
    mixture m = {.ensemble = NULL};
    make(&m);
    const int size = kw_comm_size(test_world());
    uint64_t least = UINT64_MAX, most = 0;
    assert_false(kw_ensemble_alike(m.ensemble));
    for (int precision = 0; precision < 2; ++precision)
        for (int k = 0; k < MEMBERS; ++k) {
            kw_prepare_need need;
            kw_state *state = test_state(test_world(), N, (kw_precision)precision, NULL);
            const uint64_t before = kw_memory_now();
            TEST_MUST(kw_ensemble_prepare_need(m.ensemble, k, (kw_precision)precision, size, &need));
            kw_memory_peak_reset();
            TEST_MUST(kw_ensemble_prepare(m.ensemble, k, state, NULL, 0));
            assert_int_equal(kw_memory_peak() - before, need.bytes);
            assert_int_equal(kw_memory_now(), before);
            assert_int_equal(need.kept, 0);
            assert_true(need.traffic_known);
            assert_int_equal(kw_state_traffic(state).exchanges, need.traffic.exchanges);
            assert_int_equal(kw_state_traffic(state).bytes, need.traffic.bytes);
            least = need.traffic.bytes < least ? need.traffic.bytes : least;
            most = need.traffic.bytes > most ? need.traffic.bytes : most;
            kw_state_destroy(&state);
        }
    assert_true(size == 1 ? most == 0 : most > least); /* the members do differ */
    destroy(&m);
}

static void bad_files_are_refused(void **unused) {
    (void)unused;
    static const struct {
        const char *name, *text, *first, *second;
    } rows[] = {
        {"narrow.qasm", H "qreg q[5];", "narrow.qasm has 5 qubits", "data.qubits = 6"},
        {"wide.qasm", H "qreg q[6]; qreg r[1];", "wide.qasm has 7 qubits", "data.qubits = 6"},
        {"if.qasm", H "qreg q[6]; creg c[1]; if (c == 0) x q[0];", "if.qasm makes no definite state", "only at the end"},
        {"middle.qasm", H "qreg q[6]; creg c[1]; measure q[0] -> c[0]; x q[0];", "middle.qasm makes no", "only at the end"},
        {"reset.qasm", H "qreg q[6]; x q[0]; reset q[0];", "reset.qasm makes no definite state", "no reset"},
        {"wrong.qasm", H "qreg q[6];\nhh q[0];", "wrong.qasm:4:1: unknown gate 'hh'", "did you mean"},
        {"none.qasm", NULL, "none.qasm: No such file", "none.qasm"},
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; ++k) {
        const char *path = test_in_folder(rows[k].name);
        const kw_ensemble_config config = {.family = KW_FAMILY_FILES, .n_qubits = N, .files = &path, .file_count = 1};
        kw_ensemble *ensemble = NULL;
        if (rows[k].text) write_text(path, rows[k].text);
        assert_int_equal(kw_ensemble_create(&config, &ensemble), KW_E_INPUT);
        assert_null(ensemble);
        if (!strstr(kw_error_message(), rows[k].first) || !strstr(kw_error_message(), rows[k].second))
            fail_msg("%s: %s", rows[k].name, kw_error_message());
    }
}

/* Four targets need four local qubits. */
static void gates_wider_than_the_local_qubits(void **unused) {
    (void)unused;
    const char *path = test_in_folder("rc3x.qasm");
    const kw_ensemble_config config = {.family = KW_FAMILY_FILES, .n_qubits = N, .files = &path, .file_count = 1};
    kw_ensemble *ensemble = NULL;
    kw_prepare_need need;
    write_text(path, H "qreg q[6]; h q; rc3x q[0],q[1],q[2],q[5];");
    TEST_MUST(kw_ensemble_create(&config, &ensemble));
    assert_int_equal(kw_ensemble_least_local(ensemble), 4);
    TEST_MUST(kw_ensemble_prepare_need(ensemble, 0, KW_DOUBLE, 4, &need));
    assert_int_equal(kw_ensemble_prepare_need(ensemble, 0, KW_DOUBLE, 8, &need), KW_E_ARG);
    if (!strstr(kw_error_message(), "rc3x.qasm: gate 6 (rc3x) has 4 targets")) fail_msg("%s", kw_error_message());
    kw_ensemble_destroy(&ensemble);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(members_are_the_dense_reference),
        TEST_IN_FOLDER(making_them_takes_what_was_foretold),
        TEST_IN_FOLDER(bad_files_are_refused),
        TEST_IN_FOLDER(gates_wider_than_the_local_qubits),
    };
    return TEST_RUN("qasm_members", tests);
}
