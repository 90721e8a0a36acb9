/* States on disk: saved on some ranks, loaded on others and in the other precision; what is not that state is refused. */
#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/state_internal.h"
#include "io/sealed.h"
#include "support/run.h"
#include "support/world.h"

#define N 9

#define SUCCEEDS(call)                                                                                                      \
    do {                                                                                                                    \
        if ((call) != KW_OK) fail_msg("%s: %s", #call, kw_error_message());                                                 \
    } while (0)

static char path[64]; /* the same on every rank, another one in every run */

static int choose_path(void **unused) {
    (void)unused;
    snprintf(path, sizeof path, "/tmp/ketwall_state_%ld.h5", (long)getpid());
    kw_comm_broadcast(test_world(), path, sizeof path, 0);
    return 0;
}

static int remove_file(void **unused) {
    (void)unused;
    kw_comm_agree(test_world(), KW_OK);
    if (kw_comm_rank(test_world()) == 0) unlink(path);
    return 0;
}

static kw_complex amplitude(const void *context, uint64_t i) {
    (void)context;
    return cos(0.3 * (double)i) + I * sin(1.7 * (double)i);
}

static kw_state *make(kw_comm *comm, int n, kw_precision precision) {
    kw_state *state;
    SUCCEEDS(kw_state_create(comm, n, precision, &state));
    return state;
}

static void same(kw_state *a, kw_state *b, double tolerance) {
    for (uint64_t i = 0; i < UINT64_C(1) << N; ++i) {
        kw_complex x, y;
        SUCCEEDS(kw_state_amplitudes(a, &i, 1, &x));
        SUCCEEDS(kw_state_amplitudes(b, &i, 1, &y));
        assert_true(cabs(x - y) <= tolerance);
    }
}

/* Brings the qubits out of order, as gates do. */
static void shuffle(kw_state *state) {
    int place[N];
    for (int q = 0; q < N; ++q) place[q] = (q * 4 + 3) % N;
    kw_state_arrange(state, place);
}

static void round_trip(void **unused) {
    (void)unused;
    for (int saved = 0; saved < 2; ++saved)
        for (int loaded = 0; loaded < 2; ++loaded) {
            kw_state *out = make(test_world(), N, (kw_precision)saved), *in = make(test_world(), N, (kw_precision)loaded);
            SUCCEEDS(kw_state_fill(out, amplitude, NULL));
            SUCCEEDS(kw_state_fill(in, amplitude, NULL));
            shuffle(out);
            shuffle(in); /* what is loaded takes no notice of it */
            SUCCEEDS(kw_state_save(out, path));
            SUCCEEDS(kw_state_load(in, path));
            same(out, in, saved == loaded ? 0.0 : 1e-7);
            kw_state_destroy(&out);
            kw_state_destroy(&in);
        }
}

static void other_rank_count(void **unused) {
    (void)unused;
    kw_state *out = make(test_world(), N, KW_DOUBLE), *alone = make(kw_comm_self(), N, KW_DOUBLE);
    SUCCEEDS(kw_state_fill(out, amplitude, NULL));
    SUCCEEDS(kw_state_save(out, path));
    SUCCEEDS(kw_state_load(alone, path));
    same(out, alone, 0.0);
    kw_comm_agree(test_world(), KW_OK);
    if (kw_comm_rank(test_world()) == 0) {
        shuffle(alone);
        SUCCEEDS(kw_state_save(alone, path));
    }
    kw_comm_agree(test_world(), KW_OK);
    SUCCEEDS(kw_state_set_basis(out, 5));
    SUCCEEDS(kw_state_load(out, path));
    same(out, alone, 0.0);
    kw_state_destroy(&out);
    kw_state_destroy(&alone);
}

static void refused(void **unused) {
    (void)unused;
    kw_state *small = make(test_world(), N - 1, KW_DOUBLE), *state = make(test_world(), N, KW_DOUBLE);
    SUCCEEDS(kw_state_fill(state, amplitude, NULL));
    SUCCEEDS(kw_state_save(state, path));
    assert_int_equal(kw_state_load(small, path), KW_E_INPUT);
    int qubits = 0;
    SUCCEEDS(kw_state_file_qubits(path, &qubits));
    assert_int_equal(qubits, N);
    assert_non_null(strstr(kw_error_message(), "9 qubits"));
    assert_non_null(strstr(kw_error_message(), "8 qubits"));
    assert_int_equal(kw_state_load(state, "/tmp/no/such/state.h5"), KW_E_IO);
    assert_int_equal(kw_state_file_qubits("/tmp/no/such/state.h5", &qubits), KW_E_IO);
    assert_non_null(strstr(kw_error_message(), "/tmp/no/such/state.h5"));
    kw_comm_agree(test_world(), KW_OK); /* before the file is written again */
    /* a sealed file with no state in it */
    kw_sealed *file;
    SUCCEEDS(kw_sealed_create(test_world(), path, &file));
    SUCCEEDS(kw_sealed_commit(&file, KW_OK));
    assert_int_equal(kw_state_load(state, path), KW_E_IO);
    assert_int_equal(kw_state_file_qubits(path, &qubits), KW_E_IO);
    kw_comm_agree(test_world(), KW_OK);
    /* a vector that is not a state */
    const uint64_t count = kw_state_local_count(state);
    double *twos = malloc(count * 2 * sizeof *twos);
    for (uint64_t i = 0; i < 2 * count; ++i) twos[i] = 2.0;
    SUCCEEDS(kw_sealed_create(test_world(), path, &file));
    SUCCEEDS(kw_sealed_write_amplitudes(file, "/quantum/state/amplitudes", twos,
                                        count * (uint64_t)kw_comm_rank(test_world()), count, UINT64_C(1) << N, KW_DOUBLE));
    SUCCEEDS(kw_sealed_commit(&file, KW_OK));
    assert_int_equal(kw_state_load(state, path), KW_E_INPUT);
    assert_non_null(strstr(kw_error_message(), "norm"));
    free(twos);
    kw_state_destroy(&small);
    kw_state_destroy(&state);
}

/* As version 1 wrote it: h q[0]; cx q[0],q[1]; ry(0.5) q[2]; rz(0.25) q[1]. */
static void earlier_formats_are_read(void **unused) {
    (void)unused;
    static const uint64_t indices[] = {0, 1, 3, 4, 7};
    const kw_complex expected[] = {cos(0.25) * cexp(-0.125 * I), 0, cos(0.25) * cexp(0.125 * I),
                                   sin(0.25) * cexp(-0.125 * I), sin(0.25) * cexp(0.125 * I)};
    kw_complex found[5];
    for (int precision = KW_DOUBLE; precision <= KW_SINGLE; ++precision) {
        kw_state *state = test_state(test_world(), 3, (kw_precision)precision, NULL);
        SUCCEEDS(kw_state_load(state, TEST_FROZEN "/state-1.h5"));
        SUCCEEDS(kw_state_amplitudes(state, indices, 5, found));
        for (int i = 0; i < 5; ++i)
            assert_true(cabs(found[i] - M_SQRT1_2 * expected[i]) < test_tolerance((kw_precision)precision));
        kw_state_destroy(&state);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(earlier_formats_are_read),
        cmocka_unit_test_setup_teardown(round_trip, choose_path, remove_file),
        cmocka_unit_test_setup_teardown(other_rank_count, choose_path, remove_file),
        cmocka_unit_test_setup_teardown(refused, choose_path, remove_file),
    };
    return TEST_RUN("state_file", tests);
}
