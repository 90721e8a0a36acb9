/* Every gate at every placement of its qubits that fits, up to 6 qubits, on every rank count and in every precision,
 * against the dense reference; and the refusal of gates wider than the local qubits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

enum { MAX_N = 6, MOST_PLACEMENTS = 400 };

/* A state of the world per precision, and the vector it is filled with. */
typedef struct {
    int n, local;
    kw_state *states[KW_PRECISIONS]; /* NULL: does not fit */
    kw_complex *start, *expected;
    uint64_t seed;
    int checked, refused;
} bench;

static void assert_same(bench *b, const test_program *program, const kw_circuit *circuit) {
    const test_gate *gate = &program->gates[0];
    memcpy(b->expected, b->start, sizeof *b->start << b->n);
    test_program_dense(program, NULL, b->expected);
    for (int precision = KW_DOUBLE; precision < KW_PRECISIONS; ++precision) {
        kw_state *state = b->states[precision];
        if (!state) continue;
        test_state_set(state, b->start);
        test_execute(test_world(), circuit, NULL, state);
        const double distance = test_distance(state, b->expected);
        if (!(distance < test_tolerance_of(state)))
            fail_msg("%s on qubits %d %d %d %d %d (%d used) of %d, %s: off by %g", kw_gate_name(gate->kind), gate->qubits[0],
                     gate->qubits[1], gate->qubits[2], gate->qubits[3], gate->qubits[4], gate->n_qubits, b->n,
                     kw_precision_name((kw_precision)precision), distance);
    }
}

/* The targets that the gate moves must all fit into the local qubits; exchanging whole qubits needs no room. */
static int must_be_refused(const bench *b, kw_gate_kind kind, int targets) {
    return !(kw_gate_flags(kind) & KW_DIAGONAL) && kind != KW_GATE_SWAP && targets > b->local;
}

static void check_placement(bench *b, kw_gate_kind kind, const int *qubits, int width) {
    if (kind == KW_GATE_SWAP && b->local == 0) return; /* a plan may refuse it: nothing could put the qubits back */
    kw_angle angles[KW_MAX_ANGLES];
    kw_complex matrix[1 << (2 * KW_MAX_TARGETS)];
    for (int j = 0; j < KW_MAX_ANGLES; ++j) angles[j] = kw_angle_constant(12.0 * dense_uniform(&b->seed) - 6.0);
    if (kind == KW_GATE_UNITARY) dense_random_unitary(dense_bits(&b->seed), width, matrix);
    test_program *program = test_program_create(b->n);
    test_program_add(program, kind, qubits, width, angles, matrix);
    kw_circuit *circuit = test_program_circuit(program);
    if (must_be_refused(b, kind, kind == KW_GATE_UNITARY ? width : kw_gate_targets(kind))) {
        kw_plan *plan = NULL;
        assert_int_equal(kw_plan_create(circuit, kw_comm_size(test_world()), &plan), KW_E_ARG);
        assert_null(plan);
        assert_true(strlen(kw_error_message()) > 0);
        ++b->refused;
    } else {
        assert_same(b, program, circuit);
        ++b->checked;
    }
    kw_circuit_destroy(&circuit);
    test_program_destroy(&program);
}

/* The next ordered choice of `width` different qubits; 0 after the last. */
static int next_placement(int *qubits, int width, int n) {
    for (int j = width - 1; j >= 0; --j) {
        for (++qubits[j]; qubits[j] < n; ++qubits[j]) {
            int taken = 0;
            for (int i = 0; i < j; ++i) taken |= qubits[i] == qubits[j];
            if (taken) continue;
            uint32_t used = 0;
            for (int i = 0; i <= j; ++i) used |= 1u << qubits[i];
            for (int i = j + 1, q = 0; i < width; ++q)
                if (!(used >> q & 1)) qubits[i++] = q;
            return 1;
        }
    }
    return 0;
}

static void check_width(bench *b, kw_gate_kind kind, int width) {
    if (width > b->n) return;
    int qubits[KW_MAX_QUBITS] = {0}, placements = 1;
    for (int j = 0; j < width; ++j) placements *= b->n - j;
    if (placements > MOST_PLACEMENTS) {
        for (int i = 0; i < MOST_PLACEMENTS / 8; ++i) {
            test_random_qubits(&b->seed, b->n, width, qubits);
            check_placement(b, kind, qubits, width);
        }
        return;
    }
    for (int j = 0; j < width; ++j) qubits[j] = j;
    do check_placement(b, kind, qubits, width);
    while (next_placement(qubits, width, b->n));
}

static void check_kinds(bench *b) {
    for (int kind = 0; kind < KW_GATE_KINDS; ++kind) {
        const int controls = kw_gate_controls((kw_gate_kind)kind), targets = kw_gate_targets((kw_gate_kind)kind);
        if (targets < 0)
            for (int width = 1; width <= KW_MAX_TARGETS; ++width) check_width(b, (kw_gate_kind)kind, width);
        else if (controls < 0)
            for (int width = 2; width <= MAX_N; ++width) check_width(b, (kw_gate_kind)kind, width);
        else check_width(b, (kw_gate_kind)kind, controls + targets);
    }
}

static void every_gate_at_every_placement(void **unused) {
    (void)unused;
    for (int n = 1; n <= MAX_N; ++n) {
        bench b = {.n = n, .local = test_local_qubits(test_world(), n), .seed = (uint64_t)n};
        if (b.local < 0) continue;
        b.start = dense_random(b.seed + 100, n);
        b.expected = dense_zero(n);
        for (int p = 0; p < KW_PRECISIONS; ++p)
            if (test_fits(test_world(), n, (kw_precision)p))
                b.states[p] = test_state(test_world(), n, (kw_precision)p, NULL);
        check_kinds(&b);
        assert_true(b.local == 0 || b.checked > 0);
        for (int p = 0; p < KW_PRECISIONS; ++p) kw_state_destroy(&b.states[p]);
        free(b.start);
        free(b.expected);
    }
}

static void placements_are_all_visited(void **unused) {
    (void)unused;
    int qubits[3] = {0, 1, 2}, count = 1;
    while (next_placement(qubits, 3, 5)) ++count;
    assert_int_equal(count, 5 * 4 * 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placements_are_all_visited),
        cmocka_unit_test(every_gate_at_every_placement),
    };
    return TEST_RUN("gate placements", tests);
}
