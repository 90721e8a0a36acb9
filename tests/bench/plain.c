/* The lasting yardstick: a plain simulator, one sweep through memory per gate, scalar complex arithmetic, OpenMP: about what
 * QuEST does on one process.  Runs the circuits of ketwall bench on both, interleaved, checks that they agree, and prints
 * the ratio of each pair.
 *   plain KIND QUBITS [PAIRS]        KIND: rqc, hea, qft */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "circuit/circuit_internal.h"
#include "studies/bench.h"

static void die(const char *message) {
    fprintf(stderr, "plain: %s\n", message);
    exit(1);
}

static void must(kw_status status) {
    if (status != KW_OK) die(kw_error_message());
}

static uint64_t insert_zero(uint64_t index, int position) {
    const uint64_t low = index & (((uint64_t)1 << position) - 1);
    return (index ^ low) << 1 | low;
}

static void one_target(kw_complex *psi, int n, uint64_t controls, int target, const kw_complex *m) {
    const uint64_t bit = (uint64_t)1 << target;
#pragma omp parallel for schedule(static)
    for (uint64_t j = 0; j < (uint64_t)1 << (n - 1); ++j) {
        const uint64_t i = insert_zero(j, target);
        if ((i & controls) != controls) continue;
        const kw_complex a = psi[i], b = psi[i | bit];
        psi[i] = m[0] * a + m[1] * b;
        psi[i | bit] = m[2] * a + m[3] * b;
    }
}

static void swap(kw_complex *psi, int n, int p, int q) {
    const uint64_t a = (uint64_t)1 << p, b = (uint64_t)1 << q;
#pragma omp parallel for schedule(static)
    for (uint64_t i = 0; i < (uint64_t)1 << n; ++i)
        if (i & a && !(i & b)) {
            const kw_complex keep = psi[i];
            psi[i] = psi[i ^ a ^ b];
            psi[i ^ a ^ b] = keep;
        }
}

static double run_plain(const kw_circuit *circuit, kw_complex *psi) {
    const int n = circuit->n_qubits;
    const double started = kw_seconds();
    for (size_t g = 0; g < circuit->count; ++g) {
        const kw_gate *gate = &circuit->gates[g];
        kw_complex matrix[16];
        if (gate->kind == KW_GATE_SWAP) {
            swap(psi, n, gate->targets[0], gate->targets[1]);
            continue;
        }
        kw_gate_evaluate(circuit, gate, NULL, matrix);
        one_target(psi, n, gate->controls, gate->targets[0], matrix);
    }
    return kw_seconds() - started;
}

static void compare(const kw_state *state, const kw_complex *psi, int n) {
    uint64_t index[64];
    kw_complex amplitudes[64];
    for (uint64_t j = 0; j < 64; ++j) index[j] = (j * 0x9E3779B97F4A7C15u) >> (64 - n);
    must(kw_state_amplitudes(state, index, 64, amplitudes));
    for (int j = 0; j < 64; ++j)
        if (cabs(amplitudes[j] - psi[index[j]]) > 1e-10) die("the amplitudes differ");
}

int main(int argc, char **argv) {
    const int n = argc > 2 ? atoi(argv[2]) : 0, pairs = argc > 3 ? atoi(argv[3]) : 3;
    int kind = 0;
    while (argc > 1 && kind < KW_BENCHES && strcmp(argv[1], kw_bench_name((kw_bench_kind)kind)) != 0) ++kind;
    if (argc < 3 || kind == KW_BENCHES || n < 4 || n > 32 || pairs < 1) die("usage: plain rqc|hea|qft QUBITS [PAIRS]");
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    kw_state *state = NULL;
    kw_complex *psi = malloc(sizeof *psi << n);
    must(kw_bench_circuit((kw_bench_kind)kind, n, false, &circuit));
    must(kw_plan_create(circuit, 1, &plan));
    must(kw_plan_prepare(plan, KW_DOUBLE));
    must(kw_state_create(kw_comm_self(), n, KW_DOUBLE, &state));
    if (!psi) die("no memory");
    for (int pair = 0; pair < pairs; ++pair) {
        must(kw_state_set_basis(state, 0));
        const double started = kw_seconds();
        must(kw_plan_run(plan, NULL, state));
        const double ours = kw_seconds() - started;
        memset(psi, 0, sizeof *psi << n);
        psi[0] = 1;
        const double plain = run_plain(circuit, psi);
        compare(state, psi, n);
        printf("%s %d: ketwall %.6f s, plain %.6f s, ratio %.1f\n", argv[1], n, ours, plain, plain / ours);
    }
    kw_state_destroy(&state);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
    free(psi);
    return 0;
}
