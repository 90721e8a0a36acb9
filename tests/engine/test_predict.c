/* Predicted seconds follow the machine they are predicted for; the work they count is the work that kernels do. */
#include <math.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/memory.h"
#include "engine/predict.h"
#include "engine/work.h"
#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

#define N 20 /* more than a block */

/* Round numbers; kernels cost nothing unless a test sets a price. */
static kw_machine machine_of(int ranks_per_node) {
    return (kw_machine){.nodes = 1024,
                        .ranks_per_node = ranks_per_node,
                        .cores_per_rank = 1,
                        .memory_bandwidth = 1e9,
                        .cache_bandwidth = 1e10,
                        .network_bandwidth = 1e8,
                        .network_latency = 1e-3};
}

static kw_plan *plan_of(int n, int ranks, kw_gate_kind kind, const int *qubits, int count) {
    kw_angle angles[KW_MAX_ANGLES];
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    for (int j = 0; j < KW_MAX_ANGLES; ++j) angles[j] = kw_angle_parameter(j);
    TEST_MUST(kw_circuit_create(n, &circuit));
    TEST_MUST(kw_circuit_append(circuit, kind, qubits, count, angles));
    TEST_MUST(kw_plan_create(circuit, ranks, &plan));
    kw_circuit_destroy(&circuit);
    return plan;
}

static kw_duration run_of(int n, int ranks, kw_gate_kind kind, const int *qubits, int count, const kw_machine *machine,
                          kw_precision precision) {
    kw_plan *plan = plan_of(n, ranks, kind, qubits, count);
    const kw_duration seconds = kw_predict_run(plan, machine, precision);
    kw_plan_destroy(&plan);
    return seconds;
}

static void near(double a, double b) {
    if (!(fabs(a - b) <= 1e-9 * fabs(b))) fail_msg("%.12g instead of %.12g", a, b);
}

/* A sweep reads and writes 2^20 amplitudes of 16 or 8 bytes. */
static void memory_bound_passes(void **state) {
    (void)state;
    const int q[] = {17}, controlled[] = {19, 17}, low[] = {0, 17};
    kw_machine m = machine_of(1);
    near(run_of(N, 1, KW_GATE_H, q, 1, &m, KW_DOUBLE).compute, 32.0 * 0x1p20 / 1e9);
    near(run_of(N, 1, KW_GATE_H, q, 1, &m, KW_SINGLE).compute, 16.0 * 0x1p20 / 1e9);
    near(run_of(N, 1, KW_GATE_CX, controlled, 2, &m, KW_DOUBLE).compute, 16.0 * 0x1p20 / 1e9);
    near(run_of(N, 1, KW_GATE_CX, low, 2, &m, KW_DOUBLE).compute, 32.0 * 0x1p20 / 1e9); /* in every cache line */
    m.memory_bandwidth *= 2;
    near(run_of(N, 1, KW_GATE_H, q, 1, &m, KW_DOUBLE).compute, 16.0 * 0x1p20 / 1e9);
    m.cache_per_node = 2 * 16 << 20;
    near(run_of(N, 1, KW_GATE_H, q, 1, &m, KW_DOUBLE).compute, 32.0 * 0x1p20 / 1e10);
    near(run_of(N + 1, 1, KW_GATE_H, q, 1, &m, KW_DOUBLE).compute, 32.0 * 0x1p21 / 2e9);
}

/* Ranks of a node share its memory; other nodes bring their own. */
static void ranks_share_the_work(void **state) {
    (void)state;
    const int q[] = {15};
    const kw_machine alone = machine_of(1), full = machine_of(4);
    const double one = run_of(N, 1, KW_GATE_H, q, 1, &alone, KW_DOUBLE).compute;
    near(run_of(N, 4, KW_GATE_H, q, 1, &alone, KW_DOUBLE).compute, one / 4);
    near(run_of(N, 4, KW_GATE_H, q, 1, &full, KW_DOUBLE).compute, one);
    near(run_of(N, 16, KW_GATE_H, q, 1, &full, KW_DOUBLE).compute, one / 4);
}

/* The price of the kernel counts where it is more than memory; cores share it; in a block every gate pays. */
static void compute_bound_passes(void **state) {
    (void)state;
    const int high[] = {17}, low[] = {1}, block[] = {9};
    kw_machine m = machine_of(1);
    m.rates[KW_DOUBLE].seconds[KW_RATE_REAL1][KW_PER_AMPLITUDE] = 1e-6;
    m.rates[KW_DOUBLE].seconds[KW_RATE_REAL1][KW_PER_LOW] = 3e-6;
    const double memory = 32.0 * 0x1p20 / 1e9;
    near(run_of(N, 1, KW_GATE_RY, high, 1, &m, KW_DOUBLE).compute, 0x1p20 * 1e-6);
    near(run_of(N, 1, KW_GATE_RY, block, 1, &m, KW_DOUBLE).compute, memory + 0x1p20 * 1e-6);
    near(run_of(N, 1, KW_GATE_RY, low, 1, &m, KW_DOUBLE).compute, memory + 0x1p20 * 3e-6);
    near(run_of(N, 1, KW_GATE_RX, high, 1, &m, KW_DOUBLE).compute, memory);
    m.cores_per_rank = 4;
    near(run_of(N, 1, KW_GATE_RY, high, 1, &m, KW_DOUBLE).compute, 0x1p20 * 1e-6 / 4);
    m.cores_per_rank = 0.5;
    near(run_of(N, 1, KW_GATE_RY, high, 1, &m, KW_DOUBLE).compute, 0x1p20 * 1e-6 * 2);
    m.cores_per_rank = 64; /* a state of one block has work for one core */
    near(run_of(10, 1, KW_GATE_RY, block, 1, &m, KW_DOUBLE).compute, 32.0 * 0x1p10 / 1e9 + 0x1p10 * 1e-6);
}

/* One qubit comes down: half of the block goes to one partner. */
static void exchanges_take_the_network(void **state) {
    (void)state;
    const int q[] = {N - 1};
    kw_machine m = machine_of(1);
    const double bytes = 16.0 * 0x1p19 / 2;
    const double messages = bytes / (16.0 * (double)kw_state_chunk_items(N - 1, KW_DOUBLE));
    near(run_of(N, 2, KW_GATE_H, q, 1, &m, KW_DOUBLE).exchange, bytes / 1e8 + messages * 1e-3);
    m.network_latency = 0;
    near(run_of(N, 2, KW_GATE_H, q, 1, &m, KW_DOUBLE).exchange, bytes / 1e8);
    m.network_bandwidth *= 2;
    near(run_of(N, 2, KW_GATE_H, q, 1, &m, KW_DOUBLE).exchange, bytes / 2e8);
    /* two ranks of one node: through memory, whatever the network does; each has half of the memory's bandwidth */
    m = machine_of(2);
    const double inside = run_of(N, 2, KW_GATE_H, q, 1, &m, KW_DOUBLE).exchange;
    m.network_bandwidth = 1;
    m.cache_per_node = (uint64_t)1 << 40;
    near(run_of(N, 2, KW_GATE_H, q, 1, &m, KW_DOUBLE).exchange, inside);
    m.memory_bandwidth *= 2;
    near(run_of(N, 2, KW_GATE_H, q, 1, &m, KW_DOUBLE).exchange, inside / 2);
    near(run_of(N, 1, KW_GATE_H, q, 1, &m, KW_DOUBLE).exchange + 1, 1);
}

/* Forward once, back over two states; the products are those of the gates with an angle. */
static void gradients(void **state) {
    (void)state;
    const int q[] = {17};
    kw_machine m = machine_of(1);
    kw_plan *trained = plan_of(N, 1, KW_GATE_RY, q, 1), *fixed = plan_of(N, 1, KW_GATE_H, q, 1);
    const double pass = 32.0 * 0x1p20 / 1e9;
    near(kw_predict_gradient(trained, &m, KW_DOUBLE).compute, 4 * pass); /* the products read both states once */
    near(kw_predict_gradient(fixed, &m, KW_DOUBLE).compute, pass);       /* nothing to go back for */
    m.rates[KW_DOUBLE].seconds[KW_RATE_CROSS_REAL1][KW_PER_AMPLITUDE] = 1e-3;
    near(kw_predict_gradient(trained, &m, KW_DOUBLE).compute, pass + 0x1p20 * 1e-3);
    kw_plan_destroy(&trained);
    kw_plan_destroy(&fixed);
}

static uint64_t changed(const kw_complex *before, const kw_complex *after, int n) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < kw_bit(n); ++i) count += before[i] != after[i];
    return count;
}

/* Amplitudes that a gate changes, by running it, and those that were counted. */
static void work_is_what_kernels_do(void **state) {
    (void)state;
    enum { SMALL = 9 };
    static const double theta[KW_MAX_ANGLES] = {1.1, 0.7, 0.4, 0.2};
    kw_complex before[1 << SMALL];
    uint64_t seed = 3;
    for (int i = 0; i < 1 << SMALL; ++i) before[i] = dense_uniform(&seed) - 0.5 + I * (dense_uniform(&seed) - 0.5);
    for (int kind = 0; kind < KW_GATE_KINDS; ++kind) {
        if (kind == KW_GATE_ID || kind == KW_GATE_SWAP || kind == KW_GATE_UNITARY) continue;
        const int controls = kw_gate_controls((kw_gate_kind)kind) < 0 ? 2 : kw_gate_controls((kw_gate_kind)kind);
        for (int low = 0; low < 4; ++low) {
            int qubits[KW_MAX_QUBITS];
            for (int j = 0; j < SMALL; ++j) qubits[j] = (low + j) % SMALL;
            kw_plan *plan = plan_of(SMALL, 1, (kw_gate_kind)kind, qubits, controls + kw_gate_targets((kw_gate_kind)kind));
            const kw_work work = kw_op_work(plan, &plan->ops[0], SMALL, 2, NULL);
            kw_state *psi = test_state(kw_comm_self(), SMALL, KW_DOUBLE, before);
            kw_complex *start = test_amplitudes(psi);
            TEST_MUST(kw_plan_run(plan, theta, psi));
            kw_complex *after = test_amplitudes(psi);
            const double counted = work.units[KW_PER_LOW] + work.units[KW_PER_AMPLITUDE];
            const bool all = work.units[KW_PER_LOW] > 0; /* low kernels go over everything, phases of 1 too */
            /* dense matrices may hold rows that change nothing */
            const bool sparse = work.rate >= KW_RATE_DENSE2 && work.rate <= KW_RATE_DENSE5;
            const double seen = (double)changed(start, after, SMALL);
            if (all ? counted != 0x1p9 : sparse ? counted < seen : counted != seen)
                fail_msg("%s on %d...: %g amplitudes counted, %g changed", kw_gate_name((kw_gate_kind)kind), low, counted,
                         seen);
            free(start);
            free(after);
            kw_state_destroy(&psi);
            kw_plan_destroy(&plan);
        }
    }
}

/* What is measured is a number for everything that plans can hold. */
static void measured_rates(void **state) {
    (void)state;
    kw_machine m;
    TEST_MUST(kw_machine_measure(2, &m));
    assert_true(m.memory_bandwidth > 0 && isfinite(m.memory_bandwidth));
    assert_true(m.cache_bandwidth > 0 && isfinite(m.cache_bandwidth));
    assert_true(m.cores_per_rank > 0 && 2 * m.cores_per_rank <= kw_machine_cores());
    for (int p = 0; p < 2; ++p) {
        TEST_MUST(kw_rates_measure((kw_precision)p, &m.rates[p]));
        assert_true(m.rates[p].call > 0);
        for (int c = 0; c < KW_RATES; ++c)
            assert_true(m.rates[p].seconds[c][KW_PER_AMPLITUDE] > 0 && m.rates[p].seconds[c][KW_PER_AMPLITUDE] < 1e-3);
    }
    assert_int_equal(kw_memory_now(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_bound_passes),
        cmocka_unit_test(ranks_share_the_work),
        cmocka_unit_test(compute_bound_passes),
        cmocka_unit_test(exchanges_take_the_network),
        cmocka_unit_test(gradients),
        cmocka_unit_test(work_is_what_kernels_do),
        cmocka_unit_test(measured_rates),
    };
    return TEST_RUN("predictions", tests);
}
