/* Packed states on disk: as they are into their own kind, on any number of ranks, and on to the same bits; counted and
 * rounded into others; what is no such state is refused. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "engine/state_internal.h"
#include "io/sealed.h"
#include "support/circuits.h"
#include "support/folder.h"
#include "support/run.h"
#include "support/world.h"

enum { N = 10, LARGE = 18 /* several checksums per rank */ };
#define FLOATS 1e-6 /* what single precision adds */

static bool is_packed(kw_precision precision) { return kw_precision_is_packed(precision); }

static kw_complex amplitude(const void *context, uint64_t i) {
    (void)context;
    return cos(0.3 * (double)i) + I * sin(1.7 * (double)i) * exp(-1e-5 * (double)i);
}

static kw_state *make(kw_comm *comm, int n, kw_precision precision, bool filled) {
    kw_state *state = test_state(comm, n, precision, NULL);
    if (filled) TEST_MUST(kw_state_fill(state, amplitude, NULL));
    return state;
}

/* Brings the qubits out of order, as gates do. */
static void shuffle(kw_state *state) {
    int place[KW_MAX_QUBITS];
    for (int q = 0; q < state->n_qubits; ++q) place[q] = (q * 7 + 3) % state->n_qubits;
    kw_state_arrange(state, place);
}

static void same_within(kw_state *a, kw_state *b, double tolerance) {
    kw_complex *expected = test_amplitudes(a);
    const double distance = test_distance(b, expected);
    free(expected);
    if (!(distance <= tolerance))
        fail_msg("%s from %s: %g apart, expected %g", kw_precision_name(b->precision), kw_precision_name(a->precision),
                 distance, tolerance);
}

static void same_bits(const kw_state *a, const kw_state *b) {
    const uint64_t bytes = kw_state_slab_bytes(a);
    char *const one = malloc(bytes), *const other = malloc(bytes);
    assert_int_equal(bytes, kw_state_slab_bytes(b));
    kw_state_store(a, one);
    kw_state_store(b, other);
    assert_memory_equal(one, other, bytes);
    assert_memory_equal(a->place, b->place, sizeof(int) * (size_t)a->n_qubits);
    assert_true(a->drift == b->drift && a->writes == b->writes && a->seed == b->seed && a->rounding == b->rounding);
    free(one);
    free(other);
}

static void kinds_into_kinds(void **unused) {
    (void)unused;
    const char *path = test_in_folder("state.h5");
    for (int saved = 0; saved < KW_PRECISIONS; ++saved)
        for (int loaded = 0; loaded < KW_PRECISIONS; ++loaded) {
            kw_state *out = make(test_world(), N, (kw_precision)saved, true);
            kw_state *in = make(test_world(), N, (kw_precision)loaded, true);
            shuffle(out);
            shuffle(in); /* what is loaded takes no notice of it */
            TEST_MUST(kw_state_save(out, path));
            TEST_MUST(kw_state_load(in, path));
            const double lost = in->errors.error - (is_packed(out->precision) ? out->errors.error : 0);
            if (saved == loaded && is_packed(in->precision)) same_bits(out, in);
            else same_within(out, in, saved == loaded ? 0 : FLOATS + fmax(0, lost));
            if (!is_packed(in->precision)) assert_true(kw_state_infidelity(in).bound == 0);
            else assert_true(kw_state_infidelity(in).bound >= kw_state_infidelity(out).bound);
            kw_state_destroy(&out);
            kw_state_destroy(&in);
        }
}

/* Written by all and read by one, and the other way round, in every kind. */
static void other_rank_counts(void **unused) {
    (void)unused;
    const bool root = kw_comm_rank(test_world()) == 0;
    const char *path = test_in_folder("state.h5"), *other = test_in_folder("other.h5");
    for (int saved = KW_S16; saved <= KW_S8; ++saved) {
        kw_state *out = make(test_world(), LARGE, (kw_precision)saved, true);
        kw_complex *expected = test_amplitudes(out);
        TEST_MUST(kw_state_save(out, path));
        kw_comm_agree(test_world(), KW_OK);
        for (int loaded = 0; root && loaded < KW_PRECISIONS; ++loaded) {
            kw_state *alone = make(kw_comm_self(), LARGE, (kw_precision)loaded, false);
            TEST_MUST(kw_state_load(alone, path));
            const double lost = loaded == saved ? 0 : FLOATS + fmax(0, alone->errors.error - out->errors.error);
            assert_true(test_distance(alone, expected) <= lost);
            if (loaded == saved) TEST_MUST(kw_state_save(alone, other));
            kw_state_destroy(&alone);
        }
        kw_comm_agree(test_world(), KW_OK);
        kw_state *back = make(test_world(), LARGE, (kw_precision)saved, false);
        TEST_MUST(kw_state_load(back, other));
        same_bits(out, back);
        free(expected);
        kw_state_destroy(&back);
        kw_state_destroy(&out);
    }
}

/* Less than a run, and of more qubits less than a run per rank. */
static void tiny_states(void **unused) {
    (void)unused;
    const bool root = kw_comm_rank(test_world()) == 0;
    const char *path = test_in_folder("tiny.h5");
    for (int n = 2; n <= 6; ++n) {
        kw_state *alone = make(kw_comm_self(), n, KW_S16, true), *all = make(test_world(), n, KW_DOUBLE, true);
        int qubits = 0;
        if (root) TEST_MUST(kw_state_save(alone, path));
        kw_comm_agree(test_world(), KW_OK);
        TEST_MUST(kw_state_file_qubits(path, &qubits));
        assert_int_equal(qubits, n);
        TEST_MUST(kw_state_load(all, path));
        same_within(alone, all, 1e-15);
        TEST_MUST(kw_state_save(all, path));
        kw_state *packed = make(kw_comm_self(), n, KW_S8, true);
        TEST_MUST(kw_state_load(packed, path));
        same_within(alone, packed, packed->errors.error + FLOATS);
        assert_true(packed->errors.error > 0);
        kw_comm_agree(test_world(), KW_OK);
        kw_state_destroy(&alone);
        kw_state_destroy(&all);
        kw_state_destroy(&packed);
    }
}

/* What is loaded goes on like what was saved. */
static void they_go_on_to_the_same_bits(void **unused) {
    (void)unused;
    const char *path = test_in_folder("half.h5");
    kw_circuit *circuit = NULL;
    TEST_MUST(test_circuit("rqc", N, 3, &circuit));
    for (int kind = KW_S16; kind <= KW_S8; ++kind)
        for (int rounding = KW_ROUND_AUTO; rounding <= KW_ROUND_STOCHASTIC; ++rounding) {
            kw_state *whole = make(test_world(), N, (kw_precision)kind, false);
            kw_state *loaded = make(test_world(), N, (kw_precision)kind, true);
            kw_state_set_rounding(whole, (kw_rounding)rounding, UINT64_C(0xfedcba9876543210));
            test_execute(test_world(), circuit, NULL, whole);
            TEST_MUST(kw_state_save(whole, path)); /* in logical order now */
            TEST_MUST(kw_state_load(loaded, path));
            same_bits(whole, loaded);
            test_execute(test_world(), circuit, NULL, whole);
            test_execute(test_world(), circuit, NULL, loaded);
            same_bits(whole, loaded);
            assert_true(whole->errors.error > 0 && whole->writes > 1);
            kw_state_destroy(&whole);
            kw_state_destroy(&loaded);
        }
    kw_circuit_destroy(&circuit);
}

static void refused(kw_state *state, const char *path, kw_status status, const char *reason) {
    kw_comm_agree(test_world(), KW_OK);
    assert_int_equal(kw_state_load(state, path), status);
    if (!strstr(kw_error_message(), path) || !strstr(kw_error_message(), reason))
        fail_msg("'%s' and '%s' are not both in: %s", path, reason, kw_error_message());
    kw_comm_agree(test_world(), KW_OK);
}

/* The norm may be as far from 1 as the errors that are accounted for can have brought it, and no further. */
static void norms_follow_from_the_errors(void **unused) {
    (void)unused;
    const char *path = test_in_folder("norm.h5");
    for (int kind = 0; kind < KW_PRECISIONS; ++kind) {
        kw_state *state = make(test_world(), N, KW_S16, true), *in = make(test_world(), N, (kw_precision)kind, false);
        const kw_errors errors = state->errors;
        state->packed.gain *= 1.01;
        TEST_MUST(kw_state_save(state, path));
        refused(in, path, KW_E_INPUT, "a vector of squared norm 1.02");
        state->errors.error = 0.0105;
        TEST_MUST(kw_state_save(state, path));
        TEST_MUST(kw_state_load(in, path));
        state->packed.gain *= 1.01;
        TEST_MUST(kw_state_save(state, path));
        refused(in, path, KW_E_INPUT, "a vector of squared norm 1.04");
        state->errors = errors;
        kw_errors_scale(state, 1.0201); /* the exact state is as long */
        TEST_MUST(kw_state_save(state, path));
        TEST_MUST(kw_state_load(in, path));
        kw_state_destroy(&state);
        kw_state_destroy(&in);
    }
}

static void scales_that_are_no_numbers(void **unused) {
    (void)unused;
    static const uint16_t bad[] = {0x7f80, 0x7fc0, 0xffff, 0x8000, 0xbf80};
    static const char *const said[] = {"bits 0x7f80", "bits 0x7fc0", "bits 0xffff", "bits 0x8000", "bits 0xbf80"};
    const char *path = test_in_folder("scales.h5");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        kw_state *state = make(test_world(), N, KW_S8, true), *same = make(test_world(), N, KW_S8, false);
        kw_state *wide = make(test_world(), N, KW_DOUBLE, false);
        if (kw_comm_rank(test_world()) == kw_comm_size(test_world()) - 1) state->packed.scales[3] = bad[i];
        TEST_MUST(kw_state_save(state, path));
        refused(same, path, KW_E_IO, said[i]);
        refused(wide, path, KW_E_IO, said[i]);
        kw_state_destroy(&state);
        kw_state_destroy(&same);
        kw_state_destroy(&wide);
    }
}

static void other_sizes(void **unused) {
    (void)unused;
    const char *path = test_in_folder("sizes.h5");
    kw_state *state = make(test_world(), N, KW_S16, true), *small = make(test_world(), N - 1, KW_S16, true);
    kw_sealed *file = NULL;
    int64_t version = 0;
    TEST_MUST(kw_state_save(state, path));
    refused(small, path, KW_E_INPUT, "a state of 10 qubits, but 9 qubits");
    TEST_MUST(kw_sealed_open(test_world(), path, &file));
    TEST_MUST(kw_sealed_read_integer(file, "/", "format_version", &version));
    kw_sealed_close(&file);
    assert_int_equal(version, 2);
    TEST_MUST(kw_sealed_create(test_world(), path, &file));
    TEST_MUST(kw_sealed_write_integer(file, "/", "format_version", 3));
    TEST_MUST(kw_sealed_commit(&file, KW_OK));
    refused(state, path, KW_E_INPUT, "format version 3 of states, this program reads up to 2");
    kw_state_destroy(&state);
    kw_state_destroy(&small);
}

/* As version 2 wrote it: s8, rounded stochastically with seed 5, after the ghz circuit of 6 qubits and ry(0.5) q[1]. */
static void earlier_formats_are_read(void **unused) {
    (void)unused;
    const uint64_t indices[] = {0, 2, 61, 63};
    const double c = M_SQRT1_2 * cos(0.25), s = M_SQRT1_2 * sin(0.25), expected[] = {c, s, -s, c};
    for (int kind = 0; kind < KW_PRECISIONS; ++kind) {
        if (is_packed((kw_precision)kind) && kw_comm_size(test_world()) > 1) continue; /* too few runs */
        kw_state *state = make(test_world(), 6, (kw_precision)kind, false);
        kw_complex found[4];
        TEST_MUST(kw_state_load(state, TEST_FROZEN "/state-2.h5"));
        TEST_MUST(kw_state_amplitudes(state, indices, 4, found));
        for (int i = 0; i < 4; ++i) assert_true(cabs(found[i] - expected[i]) < 0.005);
        if (kind == KW_S8) assert_true(state->rounding == KW_ROUND_STOCHASTIC && state->seed == 5);
        if (is_packed((kw_precision)kind)) assert_true(kw_state_infidelity(state).bound > 1e-9);
        kw_state_destroy(&state);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(kinds_into_kinds),
        TEST_IN_FOLDER(other_rank_counts),
        TEST_IN_FOLDER(tiny_states),
        TEST_IN_FOLDER(they_go_on_to_the_same_bits),
        TEST_IN_FOLDER(norms_follow_from_the_errors),
        TEST_IN_FOLDER(scales_that_are_no_numbers),
        TEST_IN_FOLDER(other_sizes),
        cmocka_unit_test(earlier_formats_are_read),
    };
    return TEST_RUN("packed_states", tests);
}
