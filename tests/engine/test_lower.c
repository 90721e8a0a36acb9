/* Every gate of the table as primitives: their product on a dense vector is the gate, global phase included, wherever its
 * qubits are, and with some of them as rank bits; what they claim to move and to read is what the gate has. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "engine/lower.h"
#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

enum { N = 7, PARAMETERS = 3, DRAWS = 12 };

typedef enum { CONSTANT, TRAINED, SPECIAL } angle_style;

static kw_angle draw_angle(angle_style style, uint64_t *seed) {
    static const double special[] = {0, M_PI_2, M_PI, 1.5 * M_PI, 2 * M_PI, -M_PI_2, 3 * M_PI, 4 * M_PI, 1e-9, 1e6};
    const double value = 8 * dense_uniform(seed) - 4;
    if (style == SPECIAL) return kw_angle_constant(special[dense_bits(seed) % (sizeof special / sizeof *special)]);
    if (style == CONSTANT) return kw_angle_constant(value);
    return (kw_angle){(int)(dense_bits(seed) % PARAMETERS), 4 * dense_uniform(seed) - 2, value};
}

/* One primitive, on the amplitudes of one rank: rank bits are those from `local` up. */
static void apply_on_rank(const kw_primitive *p, const double *theta, kw_complex *block, int local, uint64_t rank) {
    const uint64_t below = kw_bit(local) - 1, high = rank << local, bit = p->target < 0 ? 0 : kw_bit(p->target);
    const double angle = kw_angle_value(&p->angle, theta);
    const double c = cos(angle / 2), s = sin(angle / 2);
    if (p->where & ~below & ~high) return;
    for (uint64_t i = 0; i <= below; ++i) {
        if ((p->where & below & ~i) || i & bit) continue;
        const uint64_t j = i | bit;
        const kw_complex a = block[i], b = block[j];
        switch (p->kind) {
        case KW_PRIMITIVE_PHASE: block[i] = a * cexp(I * angle); break;
        case KW_PRIMITIVE_ROTATION: block[i] = c * a - s * b, block[j] = s * a + c * b; break;
        case KW_PRIMITIVE_FLIP: block[i] = b, block[j] = a; break;
        default: fail_msg("a gate of the table became a dense one");
        }
    }
}

static void check_claims(const kw_primitive *p, const kw_gate *gate) {
    uint64_t targets = 0;
    for (int j = 0; j < gate->n_targets; ++j) targets |= kw_bit(gate->targets[j]);
    assert_int_equal(p->where & ~(targets | gate->controls), 0);
    assert_int_equal(p->moving & ~targets, 0);
    assert_int_equal(p->where & p->moving, 0);
    assert_int_equal(p->op, 17);
    if (p->kind == KW_PRIMITIVE_PHASE) assert_true(p->target == -1 && p->moving == 0);
    else assert_true(p->target >= 0 && p->moving == kw_bit(p->target));
    if (kw_gate_is_diagonal(gate)) assert_int_equal(p->kind, KW_PRIMITIVE_PHASE);
}

/* Local positions that hold everything the gate moves; the others may be rank bits. */
static int least_local(const kw_gate *gate) {
    int least = 0;
    for (int j = 0; j < gate->n_targets && !kw_gate_is_diagonal(gate); ++j)
        if (gate->targets[j] >= least) least = gate->targets[j] + 1;
    return least;
}

static void check_gate(kw_gate_kind kind, const int *qubits, int width, angle_style style, uint64_t *seed) {
    double theta[PARAMETERS], rounding = 0; /* of sums of angles, in the reference's decompositions */
    kw_angle angles[KW_MAX_ANGLES];
    for (int j = 0; j < PARAMETERS; ++j) theta[j] = 6 * dense_uniform(seed) - 3;
    for (int j = 0; j < KW_MAX_ANGLES; ++j) angles[j] = draw_angle(style, seed);
    for (int j = 0; j < kw_gate_angles(kind); ++j) rounding += 0x1p-52 * fabs(angles[j].offset);
    test_program *program = test_program_create(N);
    test_program_add(program, kind, qubits, width, angles, NULL);
    kw_circuit *circuit = test_program_circuit(program);
    const kw_gate *gate = &circuit->gates[0];
    kw_primitive_list list = {0};
    TEST_MUST(kw_lower(gate, 17, gate->controls, gate->targets, &list));
    for (size_t i = 0; i < list.count; ++i) check_claims(&list.items[i], gate);
    kw_complex *start = dense_random(dense_bits(seed), N), *expected = dense_zero(N), *found = dense_zero(N);
    memcpy(expected, start, sizeof *start << N);
    test_program_dense(program, theta, expected);
    for (int local = least_local(gate); local <= N; ++local) {
        memcpy(found, start, sizeof *start << N);
        for (uint64_t rank = 0; rank < kw_bit(N - local); ++rank)
            for (size_t i = 0; i < list.count; ++i)
                apply_on_rank(&list.items[i], theta, found + (rank << local), local, rank);
        const double distance = dense_distance(found, expected, N);
        if (!(distance < 1e-13 + rounding))
            fail_msg("%s on %d qubits, %d of %d local: off by %g", kw_gate_name(kind), width, local, N, distance);
    }
    free(list.items);
    free(start);
    free(expected);
    free(found);
    kw_circuit_destroy(&circuit);
    test_program_destroy(&program);
}

static void check_table(angle_style style, uint64_t seed) {
    for (int k = 0; k < KW_GATE_KINDS; ++k) {
        const kw_gate_kind kind = (kw_gate_kind)k;
        if (kind == KW_GATE_UNITARY) continue;
        const int controls = kw_gate_controls(kind), targets = kw_gate_targets(kind);
        const int least = controls < 0 ? 2 : controls + targets, most = controls < 0 ? N : least;
        for (int width = least; width <= most; ++width)
            for (int draw = 0; draw < DRAWS; ++draw) {
                int qubits[KW_MAX_QUBITS];
                test_random_qubits(&seed, N, width, qubits);
                check_gate(kind, qubits, width, style, &seed);
            }
    }
}

static void products_are_the_gates(void **unused) {
    (void)unused;
    check_table(CONSTANT, 1);
}

static void parameters_go_through(void **unused) {
    (void)unused;
    check_table(TRAINED, 2);
}

static void quarter_turns_and_huge_angles_go_through(void **unused) {
    (void)unused;
    check_table(SPECIAL, 3);
}

static void unitaries_stay_dense(void **unused) {
    (void)unused;
    const kw_gate gate = {.kind = KW_GATE_UNITARY, .n_targets = 3};
    kw_primitive_list list = {0};
    TEST_MUST(kw_lower(&gate, 5, 0, (int[]){40, 2, 9}, &list));
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].kind, KW_PRIMITIVE_DENSE);
    assert_int_equal(list.items[0].op, 5);
    assert_true(list.items[0].moving == (kw_bit(40) | kw_bit(2) | kw_bit(9)) && list.items[0].where == 0);
    free(list.items);
}

/* Gates without any effect take no primitive; angles that are parameters stay, whatever their offset. */
static void nothing_becomes_nothing(void **unused) {
    (void)unused;
    const kw_gate id = {.kind = KW_GATE_ID, .n_targets = 1},
                  still = {.kind = KW_GATE_RZ, .n_targets = 1, .angles = {{-1, 1, 0}}};
    const kw_gate trained = {.kind = KW_GATE_RY, .n_targets = 1, .angles = {{0, 1, 0}}};
    kw_primitive_list list = {0};
    TEST_MUST(kw_lower(&id, 0, 0, (int[]){0}, &list));
    TEST_MUST(kw_lower(&still, 0, 0, (int[]){0}, &list));
    assert_int_equal(list.count, 0);
    TEST_MUST(kw_lower(&trained, 0, 0, (int[]){0}, &list));
    assert_int_equal(list.count, 1);
    free(list.items);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_the_gates),
        cmocka_unit_test(parameters_go_through),
        cmocka_unit_test(quarter_turns_and_huge_angles_go_through),
        cmocka_unit_test(unitaries_stay_dense),
        cmocka_unit_test(nothing_becomes_nothing),
    };
    return TEST_RUN("lowering", tests);
}
