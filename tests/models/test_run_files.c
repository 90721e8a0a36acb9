/* Circuits that are stopped at every safe point and gone on with end like those that were left alone: the same bits on as
 * many ranks, the same amplitudes on others. */
#include <complex.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stop.h"
#include "engine/state_internal.h"
#include "io/circuit_checkpoint.h"
#include "ketwall/run.h"
#include "support/folder.h"
#include "support/run.h"
#include "support/world.h"

#define HEAD "OPENQASM 2.0; include \"qelib1.inc\"; "

enum { QUBITS = 10, SHOTS = 4, AMPLITUDES = 3, MOST_PIECES = 2000 };

static const char *const observables[] = {"Z0 Z1", "X2 Y9"};
static const uint64_t amplitudes[AMPLITUDES] = {0, 5, 1023};

/* Once through everything that a program may do: static; measured, reset and conditional; noisy; damped. */
static const char *const tails[] = {
    "swap q[0],q[9]; ccx q[0],q[4],q[8]; cu3(0.3,0.4,0.5) q[9],q[1]; measure q -> c;",
    "measure q[3] -> c[3]; if (c == 8) x q[9]; h q[8]; reset q[8]; ry(0.4) q[8]; cx q[8],q[2]; measure q[2] -> c[2];"
    "if (c == 12) reset q[0]; h q[9]; rzz(0.7) q[9],q[0]; measure q[9] -> c[9];",
    "\n// ketwall: depolarising(0.3) q[1],q[9];\n ry(0.4) q[8]; cx q[8],q[2]; cx q[9],q[7];\n// ketwall: dephasing(0.4) "
    "q[2];\n"
    " h q[2]; h q[9]; measure q -> c;",
    "\n// ketwall: amplitude_damping(0.3) q[9];\n h q[9]; cx q[9],q[1];\n// ketwall: amplitude_damping(0.4) q[1];\n measure "
    "q -> c;",
};
enum { TAILS = sizeof tails / sizeof *tails };

static kw_program *program_with(const char *tail) {
    char text[16384] = HEAD "qreg q[10]; creg c[10];";
    size_t length = strlen(text);
    for (int layer = 0; layer < 2; ++layer) {
        for (int q = 0; q < QUBITS; ++q)
            length += (size_t)sprintf(text + length, "u3(%g,%g,%g) q[%d];", 0.3 + 0.1 * q + layer, 0.7 * q, 0.2 * layer, q);
        for (int q = 0; q < QUBITS; ++q)
            length += (size_t)sprintf(text + length, "cx q[%d],q[%d];", q, (q + 1 + layer) % QUBITS);
    }
    sprintf(text + length, "%s", tail);
    kw_program *program = NULL;
    TEST_MUST(kw_program_parse(text, strlen(text), "test.qasm", &program));
    return program;
}

static kw_precision precision;
static kw_rounding rounding;
static bool replicas; /* enough memory for every rank to run shots of its own */

static kw_run_request request_for(const kw_program *program, int ranks) {
    kw_run_request request = {.shots = SHOTS,
                              .seed = 3,
                              .precision = precision,
                              .rounding = rounding,
                              .observables = observables,
                              .n_observables = 2};
    /* no room for a whole state, so that ranks share the shots, too */
    request.memory_per_rank = kw_state_bytes(QUBITS, precision, replicas ? 1 : ranks) + 2 * SHOTS * (8 + 2 * 8);
    if (!kw_program_is_static(program)) return request;
    request.amplitudes = amplitudes;
    request.n_amplitudes = AMPLITUDES;
    return request;
}

static kw_status run_in(kw_comm *comm, const kw_program *program, const char *folder, bool stop, kw_run_result **result) {
    kw_run_request request = request_for(program, kw_comm_size(comm));
    request.files = (kw_run_files){
        .dir = test_in_folder(folder), .resume = "auto", .max_wall_s = stop ? 1e-9 : 0, .every_s = 0, .keep = 2};
    return kw_program_run(comm, program, &request, result);
}

/* ---- comparing ---- */

static void check_same(const kw_run_result *a, const kw_run_result *b, double tolerance) {
    assert_int_equal(a->n_counts, b->n_counts);
    for (size_t i = 0; i < a->n_counts; ++i) {
        assert_string_equal(a->counts[i].bits, b->counts[i].bits);
        assert_int_equal(a->counts[i].shots, b->counts[i].shots);
    }
    for (size_t i = 0; i < 2; ++i) assert_true(fabs(a->expectations[i] - b->expectations[i]) <= tolerance);
    assert_int_equal(a->n_amplitudes, b->n_amplitudes);
    for (size_t i = 0; i < a->n_amplitudes; ++i) assert_true(cabs(a->amplitudes[i] - b->amplitudes[i]) <= tolerance);
}

/* The bits; and what rounding has cost. */
static void check_identical(const kw_run_result *a, const kw_run_result *b) {
    check_same(a, b, 0);
    assert_true(a->infidelity.estimate == b->infidelity.estimate && a->infidelity.bound == b->infidelity.bound);
    assert_true(kw_precision_is_packed(precision) == (a->infidelity.bound > 0));
}

/* Within what rounding may have cost both; counts follow where it does not matter. */
static void check_within_bounds(const kw_run_result *a, const kw_run_result *b) {
    const double apart = sqrt(a->infidelity.bound) + sqrt(b->infidelity.bound) + 1e-5;
    assert_true(a->infidelity.bound > 0 && b->infidelity.bound > 0);
    for (size_t i = 0; i < a->n_amplitudes; ++i) assert_true(cabs(a->amplitudes[i] - b->amplitudes[i]) <= 2 * apart);
    for (size_t i = 0; i < 2; ++i)
        assert_true(fabs(a->expectations[i] - b->expectations[i]) <= a->bounds[i] + b->bounds[i] + 1e-5);
}

static kw_run_result *whole(kw_comm *comm, const kw_program *program) {
    kw_run_result *result = NULL;
    const kw_run_request request = request_for(program, kw_comm_size(comm));
    TEST_MUST(kw_program_run(comm, program, &request, &result));
    return result;
}

/* ---- tests ---- */

static void program_in_pieces(int t, const char *folder) {
    kw_program *program = program_with(tails[t]);
    kw_run_result *expected = whole(test_world(), program), *result = NULL;
    int pieces = 0;
    kw_status status = KW_E_STOPPED;
    for (; status == KW_E_STOPPED && pieces < MOST_PIECES; ++pieces)
        status = run_in(test_world(), program, folder, true, &result);
    TEST_MUST(status);
    if (pieces < 2) fail_msg("program %d ran in %d pieces", t, pieces);
    check_identical(expected, result);
    kw_run_result_destroy(&expected);
    kw_run_result_destroy(&result);
    kw_program_destroy(&program);
}

static void pieces_end_like_the_whole(void **state) {
    (void)state;
    for (int t = 0; t < TAILS; ++t) {
        char folder[16];
        snprintf(folder, sizeof folder, "pieces%d", t);
        program_in_pieces(t, folder);
    }
}

/* Swaps between more ranks have too few runs of 10 qubits to move. */
static bool has_room_for_packed(void) { return kw_comm_size(test_world()) <= 4; }

static void packed_pieces_end_like_the_whole(void **state) {
    (void)state;
    if (!has_room_for_packed()) skip();
    for (precision = KW_S16; precision <= KW_S8; ++precision)
        for (int t = 0; t < TAILS; ++t) {
            char folder[16];
            rounding = (t + (int)precision) % 2 ? KW_ROUND_STOCHASTIC : KW_ROUND_NEAREST;
            snprintf(folder, sizeof folder, "packed %d %d", (int)precision, t);
            program_in_pieces(t, folder);
        }
    precision = KW_DOUBLE;
    rounding = KW_ROUND_AUTO;
}

/* Ranks that run shots of their own stop between them. */
static void replicas_end_like_the_whole(void **state) {
    (void)state;
    replicas = true;
    for (int t = 1; t < TAILS; ++t) {
        kw_program *program = program_with(tails[t]);
        kw_run_result *expected = whole(test_world(), program), *result = NULL;
        char folder[16];
        snprintf(folder, sizeof folder, "shots%d", t);
        kw_status status = KW_E_STOPPED;
        int pieces = 0;
        for (; status == KW_E_STOPPED && pieces < MOST_PIECES; ++pieces)
            status = run_in(test_world(), program, folder, true, &result);
        TEST_MUST(status);
        if (kw_comm_size(test_world()) > 1) assert_int_equal(pieces, (SHOTS - 1) / kw_comm_size(test_world()) + 1);
        check_same(expected, result, 1e-15);
        kw_run_result_destroy(&expected);
        kw_run_result_destroy(&result);
        kw_program_destroy(&program);
    }
    replicas = false;
}

/* Turn by turn by all ranks and by one alone. */
static void take_turns(int t, const char *folder) {
    const bool root = kw_comm_rank(test_world()) == 0;
    kw_program *program = program_with(tails[t]);
    kw_run_result *expected = whole(test_world(), program), *result = NULL;
    kw_status status = KW_E_STOPPED;
    for (int piece = 0; status == KW_E_STOPPED && piece < MOST_PIECES; ++piece) {
        const bool alone = piece % 3 == 2;
        if (!alone) status = run_in(test_world(), program, folder, true, &result);
        else if (root) status = run_in(kw_comm_self(), program, folder, true, &result);
        status = kw_comm_agree(test_world(), status);
    }
    TEST_MUST(status);
    if (result && kw_precision_is_packed(precision)) check_within_bounds(expected, result);
    else if (result) check_same(expected, result, 1e-12);
    kw_run_result_destroy(&expected);
    kw_run_result_destroy(&result);
    kw_program_destroy(&program);
}

static void rank_counts_take_turns(void **state) {
    (void)state;
    for (int t = 0; t < TAILS; ++t) {
        char folder[32];
        snprintf(folder, sizeof folder, "turns%d", t);
        take_turns(t, folder);
    }
}

/* Of s8 only the program whose course does not hang on what is measured. */
static void rank_counts_take_turns_packed(void **state) {
    (void)state;
    if (!has_room_for_packed()) skip();
    for (precision = KW_S16; precision <= KW_S8; ++precision)
        for (int t = 0; t < (precision == KW_S16 ? TAILS : 1); ++t) {
            char folder[32];
            snprintf(folder, sizeof folder, "turns %d %d", (int)precision, t);
            rounding = t % 2 ? KW_ROUND_STOCHASTIC : KW_ROUND_NEAREST;
            take_turns(t, folder);
        }
    precision = KW_DOUBLE;
    rounding = KW_ROUND_AUTO;
}

/* One rank's signal stops all; the next run says what it goes on from, and other work is refused there. */
static void signals_and_other_work(void **state) {
    (void)state;
    kw_program *program = program_with(tails[0]), *other = program_with(tails[3]);
    kw_run_result *expected = whole(test_world(), program), *result = NULL;
    kw_stop_catch_signals();
    if (kw_comm_rank(test_world()) == kw_comm_size(test_world()) - 1) raise(SIGTERM);
    assert_int_equal(run_in(test_world(), program, "asked", false, &result), KW_E_STOPPED);
    assert_non_null(strstr(kw_error_message(), "SIGTERM"));
    kw_stop_forget();
    signal(SIGTERM, SIG_DFL);
    signal(SIGUSR1, SIG_DFL);
    assert_int_equal(run_in(test_world(), other, "asked", false, &result), KW_E_INPUT);
    assert_non_null(strstr(kw_error_message(), "config.ini was made with \"circuit = "));
    kw_run_request request = request_for(program, kw_comm_size(test_world()));
    request.files = (kw_run_files){.dir = test_in_folder("asked"), .keep = 1};
    assert_int_equal(kw_program_run(test_world(), program, &request, &result), KW_E_INPUT); /* anew, over an old run */
    assert_non_null(strstr(kw_error_message(), "holds checkpoints of an earlier run"));
    TEST_MUST(run_in(test_world(), program, "asked", false, &result));
    check_same(expected, result, 0);
    kw_run_result_destroy(&expected);
    kw_run_result_destroy(&result);
    kw_program_destroy(&program);
    kw_program_destroy(&other);
}

/* A checkpoint whose state is not one, with a seal that holds, stops the run. */
static void lost_norms_are_noticed(void **state) {
    (void)state;
    kw_program *program = program_with(tails[0]);
    kw_run_result *result = NULL;
    kw_circuit_checkpoint *c = NULL;
    kw_checkpoint_series series = {.last = 5, .best = -1};
    kw_state *broken = test_state(test_world(), QUBITS, KW_DOUBLE, NULL);
    assert_int_equal(run_in(test_world(), program, "nan", true, &result), KW_E_STOPPED);
    TEST_MUST(kw_circuit_checkpoint_read(test_world(), test_in_folder("nan/checkpoint-0000000001.h5"), &c));
    TEST_MUST(kw_circuit_checkpoint_read_state(test_in_folder("nan/checkpoint-0000000001.h5"), c, broken));
    for (int i = 0; i < 2; ++i) {
        double *part = kw_state_local(broken);
        if (kw_comm_rank(test_world()) == kw_comm_size(test_world()) - 1) part[1] = i ? NAN : 3.0;
        c->number += 1;
        TEST_MUST(kw_circuit_checkpoint_write(test_world(), test_in_folder("nan"), c, broken, &series));
        assert_int_equal(run_in(test_world(), program, "nan", false, &result), KW_E_INTERNAL);
        assert_non_null(strstr(kw_error_message(), "norm"));
    }
    kw_circuit_checkpoint_destroy(&c);
    kw_state_destroy(&broken);
    kw_program_destroy(&program);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(pieces_end_like_the_whole),    TEST_IN_FOLDER(rank_counts_take_turns),
        TEST_IN_FOLDER(replicas_end_like_the_whole),  TEST_IN_FOLDER(signals_and_other_work),
        TEST_IN_FOLDER(lost_norms_are_noticed),       TEST_IN_FOLDER(packed_pieces_end_like_the_whole),
        TEST_IN_FOLDER(rank_counts_take_turns_packed)};
    return TEST_RUN("run files", tests);
}
