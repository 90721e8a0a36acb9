/* Predicted seconds follow the machine they are predicted for; the work they count is the work that kernels do. */
#include <math.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/memory.h"
#include "engine/pass_work.h"
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

static kw_plan *layers_of(int n, int layers, int ranks) {
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    TEST_MUST(kw_circuit_create(n, &circuit));
    TEST_MUST(kw_circuit_append_ansatz(circuit, KW_ANSATZ_HEA, layers, true));
    TEST_MUST(kw_plan_create(circuit, ranks, &plan));
    kw_circuit_destroy(&circuit);
    return plan;
}

static double compute_of(const kw_plan *plan, const kw_machine *machine, kw_precision precision) {
    return kw_predict_run(plan, machine, precision).compute;
}

/* Every pass reads and writes 2^20 amplitudes of 16 or 8 bytes, wherever its gates are; caches do without that. */
static void memory_bound_passes(void **state) {
    (void)state;
    const int q[] = {17}, controlled[] = {19, 17}, low[] = {0};
    kw_machine m = machine_of(1);
    near(run_of(N, 1, KW_GATE_H, q, 1, &m, KW_DOUBLE).compute, 32.0 * 0x1p20 / 1e9);
    near(run_of(N, 1, KW_GATE_H, q, 1, &m, KW_SINGLE).compute, 16.0 * 0x1p20 / 1e9);
    near(run_of(N, 1, KW_GATE_CX, controlled, 2, &m, KW_DOUBLE).compute, 32.0 * 0x1p20 / 1e9);
    near(run_of(N, 1, KW_GATE_H, low, 1, &m, KW_DOUBLE).compute, 32.0 * 0x1p20 / 1e9);
    m.memory_bandwidth *= 2;
    near(run_of(N, 1, KW_GATE_H, q, 1, &m, KW_DOUBLE).compute, 16.0 * 0x1p20 / 1e9);
    kw_plan *plan = layers_of(N, 3, 1);
    near(compute_of(plan, &m, KW_DOUBLE), (double)kw_plan_forward_cost(plan, KW_DOUBLE).passes * 16.0 * 0x1p20 / 1e9);
    kw_plan_destroy(&plan);
    m.cache_per_node = 4 * 16 << 20;
    near(run_of(N, 1, KW_GATE_H, q, 1, &m, KW_DOUBLE).compute + 1, 1);
    near(run_of(N + 1, 1, KW_GATE_H, q, 1, &m, KW_DOUBLE).compute, 32.0 * 0x1p21 / 2e9);
}

/* A dense gate on two qubits stands between two sweeps of a pass: four columns, each as dear as two turns. */
static void dense_gates_pay_by_columns(void **state) {
    (void)state;
    const int qubits[] = {3, 17};
    const kw_complex swap[16] = {[0] = 1, [6] = 1, [9] = 1, [15] = 1};
    const double memory = 32.0 * 0x1p20 / 1e9, price = 0x1p20 * 1e-6;
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    kw_machine m = machine_of(1);
    TEST_MUST(kw_circuit_create(N, &circuit));
    TEST_MUST(kw_circuit_append_unitary(circuit, qubits, 2, swap));
    TEST_MUST(kw_plan_create(circuit, 1, &plan));
    near(compute_of(plan, &m, KW_DOUBLE), memory);
    m.rates[KW_DOUBLE].pass[KW_PASS_TURN] = 1e-6;
    near(compute_of(plan, &m, KW_DOUBLE), 8 * price);
    m.rates[KW_DOUBLE].pass[KW_PASS_SWEEP] = 1e-6;
    near(compute_of(plan, &m, KW_DOUBLE), 10 * price);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
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

/* Each kind of gate pays its own price on top of memory, in the measure in which it touches amplitudes. */
static void gates_pay_by_kind(void **state) {
    (void)state;
    const int tile[] = {17}, lane[] = {0}, controlled[] = {19, 17}, phase[] = {3, 17};
    const double memory = 32.0 * 0x1p20 / 1e9, price = 0x1p20 * 1e-6;
    /* a phase on a bit of the tile leaves half of it alone; kernels of two lanes have position 3 outside the first tile */
    const double phases = kw_kernels(KW_DOUBLE)->tiles->lane_bits > 1 ? 0.5 : 1;
    const struct {
        kw_pass_rate rate;
        double ry, ry_lane, cry, cx, cu1; /* prices paid */
    } cases[] = {
        {KW_PASS_BLOCK, 1, 1, 1, 1, 1},   {KW_PASS_SWEEP, 0, 0, 0, 0, 0},  {KW_PASS_TURN, 1, 0, 0, 0, 0},
        {KW_PASS_LANES, 0, 1, 0.5, 0, 0}, {KW_PASS_FLIP, 0, 0, 0, 0.5, 0}, {KW_PASS_PHASES, 0, 0, 0, 0, phases},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        kw_machine m = machine_of(1);
        m.rates[KW_DOUBLE].pass[cases[i].rate] = 1e-6;
        near(run_of(N, 1, KW_GATE_RY, tile, 1, &m, KW_DOUBLE).compute, fmax(memory, cases[i].ry * price));
        near(run_of(N, 1, KW_GATE_RY, lane, 1, &m, KW_DOUBLE).compute, fmax(memory, cases[i].ry_lane * price));
        near(run_of(N, 1, KW_GATE_CRY, controlled, 2, &m, KW_DOUBLE).compute, fmax(memory, cases[i].cry * price));
        near(run_of(N, 1, KW_GATE_CX, controlled, 2, &m, KW_DOUBLE).compute, fmax(memory, cases[i].cx * price));
        near(run_of(N, 1, KW_GATE_CU1, phase, 2, &m, KW_DOUBLE).compute, fmax(memory, cases[i].cu1 * price));
    }
}

/* Cores share the work, as many as there are blocks. */
static void cores_share_the_work(void **state) {
    (void)state;
    const int q[] = {9};
    kw_machine m = machine_of(1);
    const double memory = 32.0 * 0x1p20 / 1e9, small = 32.0 * 0x1p10 / 1e9;
    m.rates[KW_DOUBLE].pass[KW_PASS_TURN] = 1e-6;
    m.cores_per_rank = 4;
    near(run_of(N, 1, KW_GATE_RY, q, 1, &m, KW_DOUBLE).compute, 0x1p20 * 1e-6 / 4);
    m.cores_per_rank = 0.5;
    near(run_of(N, 1, KW_GATE_RY, q, 1, &m, KW_DOUBLE).compute, 0x1p20 * 1e-6 * 2);
    m.cores_per_rank = 64; /* a state of one block has work for one core */
    near(run_of(10, 1, KW_GATE_RY, q, 1, &m, KW_DOUBLE).compute, 0x1p10 * 1e-6);
    m.rates[KW_DOUBLE].pass[KW_PASS_TURN] = 0; /* every core makes the tables of its rank's program alone */
    m.rates[KW_DOUBLE].pass[KW_PASS_TABLE] = 1e-3;
    const double one = run_of(10, 1, KW_GATE_RZ, q, 1, &m, KW_DOUBLE).compute - small;
    assert_true(one > 0);
    near(run_of(N, 1, KW_GATE_RZ, q, 1, &m, KW_DOUBLE).compute - memory, one);
}

/* Work grows in proportion to layers; halving the state halves it. */
static void work_scales(void **state) {
    (void)state;
    double few[KW_PASS_RATES], many[KW_PASS_RATES];
    kw_plan *short_plan = layers_of(N, 20, 1), *long_plan = layers_of(N, 400, 1); /* more passes than are compiled */
    TEST_MUST(kw_pass_work(short_plan, &short_plan->forward, KW_DOUBLE, few));
    TEST_MUST(kw_pass_work(long_plan, &long_plan->forward, KW_DOUBLE, many));
    for (int r = 0; r < KW_PASS_RATES; ++r) {
        const double ratio = many[r] / few[r];
        if (!(ratio > 16 && ratio < 25)) fail_msg("20 times as many layers are %.3g times the work of kind %d", ratio, r);
    }
    kw_plan_destroy(&short_plan);
    kw_plan_destroy(&long_plan);
}

/* Rotations that no control stands in the way of are counted once each. */
static void rotations_are_counted(void **state) {
    (void)state;
    enum { LAYERS = 5 };
    double units[KW_PASS_RATES];
    kw_plan *plan = layers_of(N, LAYERS, 1);
    TEST_MUST(kw_pass_work(plan, &plan->forward, KW_SINGLE, units));
    near(units[KW_PASS_BLOCK], (double)kw_plan_forward_cost(plan, KW_SINGLE).passes * 0x1p20);
    /* RY: free on every qubit; what CX adds on lanes is at most a whole state each */
    const double turned = units[KW_PASS_TURN] + units[KW_PASS_LANES];
    assert_true(turned >= LAYERS * N * 0x1p20 && turned < 2 * LAYERS * N * 0x1p20);
    kw_plan_destroy(&plan);
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
    near(kw_predict_gradient(trained, &m, KW_DOUBLE).compute, 3 * pass); /* forward, and both states back */
    near(kw_predict_gradient(fixed, &m, KW_DOUBLE).compute, pass);       /* nothing to go back for */
    m.rates[KW_DOUBLE].pass[KW_PASS_TURN] = 1e-6; /* once forward; back on both states, and as much for their products */
    near(kw_predict_gradient(trained, &m, KW_DOUBLE).compute, 5 * 0x1p20 * 1e-6);
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
            const kw_work work = kw_op_work(plan, &plan->ops[0], SMALL);
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
        for (int r = 0; r < KW_PASS_RATES; ++r) assert_true(m.rates[p].pass[r] >= 0 && m.rates[p].pass[r] < 1e-3);
        assert_true(m.rates[p].pass[KW_PASS_BLOCK] > 0 && m.rates[p].pass[KW_PASS_TABLE] > 0);
        for (int c = 0; c < KW_RATES; ++c)
            assert_true(m.rates[p].seconds[c][KW_PER_AMPLITUDE] > 0 && m.rates[p].seconds[c][KW_PER_AMPLITUDE] < 1e-3);
    }
    assert_int_equal(kw_memory_now(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_bound_passes),
        cmocka_unit_test(ranks_share_the_work),
        cmocka_unit_test(dense_gates_pay_by_columns),
        cmocka_unit_test(gates_pay_by_kind),
        cmocka_unit_test(cores_share_the_work),
        cmocka_unit_test(work_scales),
        cmocka_unit_test(rotations_are_counted),
        cmocka_unit_test(exchanges_take_the_network),
        cmocka_unit_test(gradients),
        cmocka_unit_test(work_is_what_kernels_do),
        cmocka_unit_test(measured_rates),
    };
    return TEST_RUN("predictions", tests);
}
