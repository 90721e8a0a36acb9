/* Passes without states: every primitive runs exactly once, in an order that keeps what does not commute apart; every pass
 * fits its block; known circuits take as many passes as were measured. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bits.h"
#include "engine/passes.h"
#include "studies/bench.h"
#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

enum { MOST_ROTATIONS = 160 };

/* What ran on every position so far: each thing that moves starts a new epoch, what acts diagonally belongs to one. */
typedef struct {
    size_t moves[KW_MAX_QUBITS];
} epochs;

/* Fingerprint of the epochs in which a primitive meets its positions; counts it. */
static uint64_t meet(epochs *e, const kw_primitive *p) {
    uint64_t mark = 0;
    for (uint64_t rest = p->where | p->moving; rest; rest &= rest - 1) {
        const int position = kw_log2(rest & -rest);
        uint64_t mixed = mark ^ ((uint64_t)position << 48 ^ e->moves[position]);
        mark = dense_bits(&mixed);
        if (p->moving >> position & 1) ++e->moves[position];
    }
    return mark;
}

typedef struct {
    const kw_plan *plan;
    const kw_way *way;
    uint64_t *wanted; /* by primitive: its fingerprint in the order of the gates */
    int *seen;
    int *stage_of_op;
    int stage;
    epochs reached;
} audit;

static void account(audit *a, size_t index) {
    assert_true(index < a->way->primitives.count);
    const kw_primitive *p = &a->way->primitives.items[index];
    assert_int_equal(a->seen[index], 0);
    a->seen[index] = 1;
    assert_int_equal(a->stage_of_op[p->op], a->stage);
    assert_true(meet(&a->reached, p) == a->wanted[index]);
}

static void check_pass(audit *a, const kw_pass *pass) {
    const kw_way *way = a->way;
    const int bits = kw_pass_bits(a->plan->n_local, way->back), low = bits < KW_PASS_LOW ? bits : KW_PASS_LOW;
    int rotations = 0;
    assert_true(pass->count > 0);
    assert_int_equal(kw_popcount(pass->positions), bits);
    assert_true((pass->positions & (kw_bit(low) - 1)) == kw_bit(low) - 1);
    assert_true(pass->positions >> a->plan->n_local == 0);
    assert_true(pass->first + pass->count <= way->n_order);
    for (size_t j = pass->first; j < pass->first + pass->count; ++j) {
        const kw_primitive *p = &way->primitives.items[way->order[j]];
        assert_true((p->moving & ~pass->positions) == 0);
        rotations += p->kind == KW_PRIMITIVE_ROTATION;
        account(a, way->order[j]);
    }
    assert_in_range(rotations, 0, MOST_ROTATIONS);
}

static void prepare(audit *a) {
    const kw_plan *plan = a->plan;
    epochs e = {{0}};
    int stage = 0;
    for (size_t i = 0; i < plan->n_steps; ++i) {
        const kw_plan_step *step = &plan->steps[i];
        if (step->kind == KW_PLAN_EXCHANGE) ++stage;
        for (size_t j = 0; j < step->count && step->kind != KW_PLAN_EXCHANGE; ++j)
            a->stage_of_op[step->first + j] = a->way->back ? (int)plan->n_swaps - stage : stage;
    }
    for (size_t i = 0; i < a->way->primitives.count; ++i) {
        const kw_primitive *p = &a->way->primitives.items[i];
        if (i) assert_true(a->way->back ? p->op <= p[-1].op : p->op >= p[-1].op);
        a->wanted[i] = meet(&e, p);
    }
}

/* Positions are physical: an exchange between two stages is no obstacle for the fingerprints, since both orders keep it. */
static void check_way(const kw_plan *plan, const kw_way *way) {
    audit a = {.plan = plan, .way = way};
    size_t exchanges = 0, passes = 0;
    a.wanted = calloc(way->primitives.count + 1, sizeof *a.wanted);
    a.seen = calloc(way->primitives.count + 1, sizeof *a.seen);
    a.stage_of_op = calloc(plan->n_ops + 1, sizeof *a.stage_of_op);
    assert_true(a.wanted && a.seen && a.stage_of_op);
    prepare(&a);
    for (size_t i = 0; i < way->steps.count; ++i) {
        const kw_plan_step *step = &way->steps.items[i];
        switch (step->kind) {
        case KW_PLAN_EXCHANGE:
            assert_int_equal(step->first, way->back ? plan->n_swaps - 1 - exchanges : exchanges);
            ++exchanges;
            ++a.stage;
            break;
        case KW_PLAN_PASS:
            assert_int_equal(step->first, passes++);
            check_pass(&a, &way->passes[step->first]);
            break;
        default: fail_msg("a step that is no pass");
        }
    }
    if (!way->back) assert_int_equal(exchanges, plan->n_swaps);
    assert_int_equal(passes, way->n_passes);
    for (size_t i = 0; i < way->primitives.count; ++i) assert_int_equal(a.seen[i], 1);
    free(a.wanted);
    free(a.seen);
    free(a.stage_of_op);
}

static bool is_trained(const kw_gate *gate) {
    for (int j = 0; j < kw_gate_angles(gate->kind); ++j)
        if (gate->angles[j].parameter >= 0) return true;
    return false;
}

/* Forward all gates; back the inverses of all gates from the first trained one on. */
static void check_plan(const kw_plan *plan) {
    size_t all = 0, trained = 0;
    bool training = false;
    for (size_t i = 0; i < plan->n_ops; ++i) {
        kw_primitive_list list = {0};
        const kw_op *op = &plan->ops[i];
        const kw_gate *gate = &plan->circuit->gates[op->gate];
        training = training || is_trained(gate);
        TEST_MUST(kw_lower(gate, i, op->controls, op->targets, &list));
        all += list.count;
        trained += training ? list.count : 0;
        free(list.items);
    }
    assert_int_equal(plan->forward.primitives.count, all);
    assert_int_equal(plan->back.primitives.count, trained);
    check_way(plan, &plan->forward);
    check_way(plan, &plan->back);
}

/* Plans, checks, and returns the number of trips through memory. */
static size_t passes_of(const kw_circuit *circuit, int ranks) {
    kw_plan *plan = NULL;
    TEST_MUST(kw_plan_create(circuit, ranks, &plan));
    check_plan(plan);
    const size_t passes = kw_plan_forward_cost(plan, KW_DOUBLE).passes;
    kw_plan_destroy(&plan);
    return passes;
}

/* ---- circuits ---- */

static kw_circuit *circuit_of(int n) {
    kw_circuit *circuit = NULL;
    TEST_MUST(kw_circuit_create(n, &circuit));
    return circuit;
}

static kw_circuit *hea(int n, int layers) {
    kw_circuit *circuit = circuit_of(n);
    TEST_MUST(kw_circuit_append_ansatz(circuit, KW_ANSATZ_HEA, layers, false));
    return circuit;
}

static kw_circuit *rqc(int n, int layers) {
    kw_circuit *circuit = circuit_of(n);
    uint64_t seed = 1;
    for (int layer = 0; layer < layers; ++layer) {
        for (int q = 0; q < n; ++q) {
            kw_angle angles[3];
            for (int j = 0; j < 3; ++j) angles[j] = kw_angle_constant(6 * dense_uniform(&seed));
            TEST_MUST(kw_circuit_append(circuit, KW_GATE_U3, &q, 1, angles));
        }
        for (int q = layer % 2; q + 1 < n; q += 2)
            TEST_MUST(kw_circuit_append(circuit, KW_GATE_CZ, (int[]){q, q + 1}, 2, NULL));
    }
    return circuit;
}

static kw_circuit *fourier(int n) {
    kw_circuit *circuit = NULL;
    TEST_MUST(kw_bench_circuit(KW_BENCH_QFT, 0, n, false, &circuit));
    return circuit;
}

static kw_circuit *random_circuit(int n, int max_targets, double diagonal_bias, size_t gates, uint64_t seed) {
    const test_recipe recipe = {.n = n, .parameters = 5, .max_targets = max_targets, .diagonal_bias = diagonal_bias};
    test_program *program = test_program_create(n);
    test_program_random(program, &recipe, gates, seed);
    kw_circuit *circuit = test_program_circuit(program);
    test_program_destroy(&program);
    return circuit;
}

static void check_and_drop(kw_circuit *circuit, int global) {
    (void)passes_of(circuit, 1 << global);
    kw_circuit_destroy(&circuit);
}

/* ---- tests ---- */

static void random_circuits_keep_their_order(void **unused) {
    (void)unused;
    for (int n = KW_PASS_LEAST; n <= 34; ++n)
        for (int global = 0; global <= 6; global += 3) {
            const uint64_t seed = 100 * (uint64_t)n + (uint64_t)global;
            check_and_drop(random_circuit(n + global, KW_MAX_TARGETS, 0, 300, seed), global);
            check_and_drop(random_circuit(n + global, 3, 0.9, 600, seed + 1), global);
        }
}

static void known_circuits_keep_their_order(void **unused) {
    (void)unused;
    for (int n = KW_PASS_LEAST; n <= 34; n += 2)
        for (int global = 0; global <= 4; global += 2) {
            check_and_drop(hea(n + global, 4), global);
            check_and_drop(rqc(n + global, 12), global);
            check_and_drop(fourier(n + global), global);
        }
}

/* Rotations of one small block: only their number ends a pass; dense gates among them; phases alone. */
static void limits_are_kept(void **unused) {
    (void)unused;
    check_and_drop(rqc(9, 120), 0);
    check_and_drop(rqc(14, 120), 2);
    const kw_gate_kind phases[] = {KW_GATE_CP, KW_GATE_RZ, KW_GATE_MCZ, KW_GATE_RZZ, KW_GATE_T};
    const kw_gate_kind dense[] = {KW_GATE_UNITARY, KW_GATE_RY, KW_GATE_CZ};
    for (int global = 0; global <= 3; global += 3)
        for (int kinds = 0; kinds < 2; ++kinds) {
            const test_recipe recipe = {
                .n = 20, .max_targets = 5, .kinds = kinds ? dense : phases, .n_kinds = kinds ? 3 : 5};
            test_program *program = test_program_create(20);
            test_program_random(program, &recipe, kinds ? 300 : 6000, 7);
            kw_circuit *circuit = test_program_circuit(program);
            const size_t passes = passes_of(circuit, 1 << global);
            if (!kinds) assert_int_equal(passes, 1);
            kw_circuit_destroy(&circuit);
            test_program_destroy(&program);
        }
    kw_circuit *empty = circuit_of(20);
    assert_int_equal(passes_of(empty, 4), 0);
    kw_circuit_destroy(&empty);
}

static size_t counted(kw_circuit *circuit, int ranks) {
    const size_t passes = passes_of(circuit, ranks);
    kw_circuit_destroy(&circuit);
    return passes;
}

static void known_circuits_take_few_passes(void **unused) {
    (void)unused;
    assert_in_range(counted(rqc(24, 20), 1), 1, 6);
    assert_in_range(counted(hea(24, 8), 1), 1, 7);
    assert_in_range(counted(fourier(26), 1), 2, 3);
    assert_in_range(counted(hea(12, 2), 1), 1, 1);
}

static void blocks_fit_caches(void **unused) {
    (void)unused;
    for (int n = KW_PASS_LEAST; n <= KW_MAX_QUBITS; ++n) {
        for (int back = 0; back < 2; ++back) {
            const int bits = kw_pass_bits(n, back), most = KW_PASS_BITS - back;
            assert_in_range(bits, n < 12 ? n : 12, n < most ? n : most);
            if (n > 14) assert_true(n - bits >= 3);
        }
    }
}

static void long_circuits_are_planned(void **unused) {
    (void)unused;
#ifdef NDEBUG
    const size_t gates = 100000;
#else
    const size_t gates = 10000; /* unoptimised code takes its time */
#endif
    kw_circuit *circuit = random_circuit(62, 2, 0, gates, 3);
    struct timespec from, to;
    kw_plan *plan = NULL;
    clock_gettime(CLOCK_MONOTONIC, &from);
    TEST_MUST(kw_plan_create(circuit, 1, &plan));
    clock_gettime(CLOCK_MONOTONIC, &to);
    print_message("62 qubits, %zu gates: %zu passes, planned in %.1f s\n", gates, plan->forward.n_passes,
                  (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec));
    check_plan(plan);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_circuits_keep_their_order),
        cmocka_unit_test(known_circuits_keep_their_order),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(known_circuits_take_few_passes),
        cmocka_unit_test(blocks_fit_caches),
        cmocka_unit_test(long_circuits_are_planned),
    };
    return TEST_RUN("passes", tests);
}
