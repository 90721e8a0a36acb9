/* Shortcuts to run circuits on states. */
#include "support/run.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bits.h"
#include "support/dense.h"

void test_must(kw_status status, const char *call, const char *file, int line) {
    if (status == KW_OK) return;
    fprintf(stderr, "%s:%d: %s: %s: %s\n", file, line, call, kw_status_text(status), kw_error_message());
    abort();
}

static kw_complex from_vector(const void *context, uint64_t index) { return ((const kw_complex *)context)[index]; }

void test_state_set(kw_state *state, const kw_complex *vector) { TEST_MUST(kw_state_fill(state, from_vector, vector)); }

kw_state *test_state(kw_comm *comm, int n, kw_precision precision, const kw_complex *vector) {
    kw_state *state = NULL;
    TEST_MUST(kw_state_create(comm, n, precision, &state));
    if (vector) test_state_set(state, vector);
    return state;
}

kw_complex *test_amplitudes(const kw_state *state) {
    const size_t count = (size_t)1 << kw_state_qubits(state);
    kw_complex *amplitudes = malloc(count * sizeof *amplitudes);
    uint64_t *indices = malloc(count * sizeof *indices);
    if (!amplitudes || !indices) abort();
    for (size_t i = 0; i < count; ++i) indices[i] = i;
    TEST_MUST(kw_state_amplitudes(state, indices, count, amplitudes));
    free(indices);
    return amplitudes;
}

double test_distance(const kw_state *state, const kw_complex *expected) {
    kw_complex *amplitudes = test_amplitudes(state);
    double distance = dense_distance(amplitudes, expected, kw_state_qubits(state));
    if (kw_precision_is_packed(kw_state_precision(state))) {
        distance = 0;
        for (size_t i = 0; i < (size_t)1 << kw_state_qubits(state); ++i) {
            const kw_complex difference = amplitudes[i] - expected[i];
            distance += creal(difference * conj(difference));
        }
        distance = sqrt(distance);
    }
    free(amplitudes);
    return distance;
}

void test_execute(kw_comm *comm, const kw_circuit *circuit, const double *theta, kw_state *state) {
    kw_plan *plan = NULL;
    TEST_MUST(kw_plan_create(circuit, kw_comm_size(comm), &plan));
    TEST_MUST(kw_plan_run(plan, theta, state));
    kw_plan_destroy(&plan);
}

double test_tolerance(kw_precision precision) { return precision == KW_DOUBLE ? 1e-12 : 1e-5; }

bool test_fits(const kw_comm *comm, int n, kw_precision precision) {
    const int rank_bits = kw_log2((uint64_t)kw_comm_size(comm));
    if (rank_bits > n) return false;
    return !kw_precision_is_packed(precision) || rank_bits == 0 || n >= 5 + 2 * rank_bits;
}

double test_tolerance_of(const kw_state *state) {
    return test_tolerance(kw_state_precision(state)) + 2 * sqrt(kw_state_infidelity(state).bound);
}

int test_local_qubits(const kw_comm *comm, int n) { return n - kw_log2((uint64_t)kw_comm_size(comm)); }
