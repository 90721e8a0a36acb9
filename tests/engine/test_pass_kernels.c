/* Compiled passes on states, against the dense reference: gates of the whole table, controls on lanes, tiles, blocks, other
 * blocks and ranks; special angles; all precisions; every op of the tile kernels is reached. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "engine/passes.h"
#include "engine/tile_program.h"
#include "support/comm_threads.h"
#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

static int global_qubits(void) { return kw_log2((uint64_t)kw_comm_size(test_world())); }

/* Many ranks share few cores here. */
static uint64_t seeds(uint64_t wanted) { return kw_comm_size(test_world()) > 4 ? (wanted + 2) / 3 : wanted; }

/* All precisions of one program on a random state, all amplitudes exactly as they are, without a free phase. */
static void check_program(const test_program *program, const double *theta, const char *what, uint64_t seed) {
    const int n = program->n;
    kw_circuit *circuit = test_program_circuit(program);
    kw_complex *start = dense_random(seed, n), *expected = dense_zero(n);
    memcpy(expected, start, sizeof *start << n);
    test_program_dense(program, theta, expected);
    kw_plan *plan = NULL;
    TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
    for (int run = 0; run <= KW_PRECISIONS; ++run) { /* double again at the end */
        const kw_precision precision = (kw_precision)(run % KW_PRECISIONS);
        if (!test_fits(test_world(), n, precision)) continue;
        kw_state *state = test_state(test_world(), n, precision, start);
        TEST_MUST(kw_plan_run(plan, theta, state));
        const double distance = test_distance(state, expected);
        if (!(distance < test_tolerance_of(state)))
            fail_msg("%s, seed %d, %d qubits, %s: off by %g", what, (int)seed, n, kw_precision_name(precision), distance);
        kw_state_destroy(&state);
    }
    kw_plan_destroy(&plan);
    free(start);
    free(expected);
    kw_circuit_destroy(&circuit);
}

static void check_random(const test_recipe *recipe, size_t gates, const char *what, uint64_t seed) {
    const double theta[3] = {0.7, -2.1, 1.3};
    test_program *program = test_program_create(recipe->n);
    test_program_random(program, recipe, gates, seed);
    check_program(program, theta, what, seed);
    test_program_destroy(&program);
}

/* ---- placements ---- */

static void the_whole_table_in_one_block(void **unused) {
    (void)unused;
    for (int local = KW_PASS_LEAST - 1; local <= 11; ++local)
        for (uint64_t seed = 1; seed <= seeds(6); ++seed) {
            const test_recipe recipe = {.n = local + global_qubits(), .parameters = seed % 2 ? 0 : 3, .max_targets = 5};
            check_random(&recipe, 120, "table", seed + 10 * (uint64_t)local);
        }
}

static void the_whole_table_in_many_blocks(void **unused) {
    (void)unused;
    for (int local = 13; local <= 15; ++local)
        for (uint64_t seed = 1; seed <= seeds(local < 15 ? 3 : 1); ++seed) {
            const test_recipe recipe = {.n = local + global_qubits(), .max_targets = 4, .diagonal_bias = 0.4};
            if (recipe.n > 16) continue;
            check_random(&recipe, 80, "blocks", seed + 10 * (uint64_t)local);
        }
}

/* Few targets and many controls anywhere. */
static void controls_lie_anywhere(void **unused) {
    (void)unused;
    static const kw_gate_kind kinds[] = {KW_GATE_MCX, KW_GATE_MCZ,  KW_GATE_MCP,    KW_GATE_C3X, KW_GATE_C4X,  KW_GATE_C3SX,
                                         KW_GATE_CCX, KW_GATE_CRY,  KW_GATE_CU,     KW_GATE_CH,  KW_GATE_CU3,  KW_GATE_CSWAP,
                                         KW_GATE_U3,  KW_GATE_RC3X, KW_GATE_C3SXDG, KW_GATE_CRX, KW_GATE_RCCX, KW_GATE_CRZ};
    for (int local = 9; local <= 14; local += local < 12 ? 1 : 2)
        for (uint64_t seed = 1; seed <= seeds(6); ++seed) {
            const test_recipe recipe = {
                .n = local + global_qubits(), .max_targets = 4, .kinds = kinds, .n_kinds = sizeof kinds / sizeof *kinds};
            check_random(&recipe, local < 12 ? 150 : 60, "controls", 100 * (uint64_t)local + seed);
        }
}

/* One gate with chosen controls and target: all pairs of places, so that each kind of op meets each kind of condition. */
static void every_control_meets_every_target(void **unused) {
    (void)unused;
    const int n = KW_PASS_LEAST + 1 + global_qubits(), local = KW_PASS_LEAST + 1;
    uint64_t seed = 4;
    for (int control = 0; control < n; ++control) {
        test_program *program = test_program_create(n);
        for (int target = 0; target < local; ++target) {
            if (control == target) continue;
            const int third = (control + target + 1) % n, wide = third != control && third != target;
            kw_angle angles[4];
            for (int j = 0; j < 4; ++j) angles[j] = kw_angle_constant(6 * dense_uniform(&seed) - 3);
            test_program_add(program, KW_GATE_CRY, (int[]){control, target}, 2, angles, NULL);
            test_program_add(program, KW_GATE_CX, (int[]){control, target}, 2, NULL, NULL);
            test_program_add(program, KW_GATE_CP, (int[]){control, target}, 2, angles + 1, NULL);
            test_program_add(program, KW_GATE_RY, &target, 1, angles + 2, NULL);
            if (!wide) continue;
            test_program_add(program, KW_GATE_CCX, (int[]){control, third, target}, 3, NULL, NULL);
            test_program_add(program, KW_GATE_MCP, (int[]){control, third, target}, 3, angles + 3, NULL);
        }
        check_program(program, NULL, "control", (uint64_t)control);
        test_program_destroy(&program);
    }
}

/* ---- angles ---- */

static void special_angles(void **unused) {
    (void)unused;
    static const kw_gate_kind kinds[] = {KW_GATE_RX, KW_GATE_RY,  KW_GATE_RZ,  KW_GATE_U3,  KW_GATE_CRX, KW_GATE_CRY,
                                         KW_GATE_CU, KW_GATE_RXX, KW_GATE_RZZ, KW_GATE_MCP, KW_GATE_U2,  KW_GATE_RYY};
    static const double angles[] = {0, M_PI_2, M_PI, 1.5 * M_PI, 2 * M_PI, 3 * M_PI, 4 * M_PI, -M_PI_2, -M_PI};
    for (int local = 8; local <= 10; ++local)
        for (uint64_t seed = 1; seed <= seeds(8); ++seed) {
            const test_recipe recipe = {
                .n = local + global_qubits(), .max_targets = 2, .kinds = kinds, .n_kinds = sizeof kinds / sizeof *kinds};
            uint64_t draw = seed;
            test_program *program = test_program_create(recipe.n);
            test_program_random(program, &recipe, 150, seed);
            for (size_t g = 0; g < program->count; ++g)
                for (int j = 0; j < KW_MAX_ANGLES; ++j) {
                    const double near = seed % 2 ? 0 : 1e-8 * (dense_uniform(&draw) - 0.5);
                    program->gates[g].angles[j].offset = angles[dense_bits(&draw) % (sizeof angles / sizeof *angles)] + near;
                }
            check_program(program, NULL, "special angles", seed);
            test_program_destroy(&program);
        }
}

/* Sums of huge angles would round; single angles must not. */
static void huge_angles(void **unused) {
    (void)unused;
    const kw_gate_kind kinds[] = {KW_GATE_RX, KW_GATE_RY, KW_GATE_RZ, KW_GATE_P, KW_GATE_RXX, KW_GATE_RYY, KW_GATE_RZZ};
    const test_recipe recipe = {.n = 9 + global_qubits(), .max_targets = 2, .kinds = kinds, .n_kinds = 7};
    for (uint64_t seed = 1; seed <= seeds(4); ++seed) {
        uint64_t draw = seed;
        test_program *program = test_program_create(recipe.n);
        test_program_random(program, &recipe, 60, seed);
        for (size_t g = 0; g < program->count; ++g)
            program->gates[g].angles[0].offset = floor(2e6 * dense_uniform(&draw) - 1e6);
        check_program(program, NULL, "huge angles", seed);
        test_program_destroy(&program);
    }
}

/* Unnormalised turns grow by up to sqrt 2 each: they must end a pass in time. */
static void long_chains_stay_finite(void **unused) {
    (void)unused;
    const int n = 9 + global_qubits();
    for (int style = 0; style < 3; ++style) { /* random U3; quarter turns forth; quarter turns on one qubit */
        uint64_t seed = (uint64_t)style + 1;
        test_program *program = test_program_create(n);
        for (int g = 0; g < 1000; ++g) {
            const int q = style == 2 ? 5 : (int)(dense_bits(&seed) % (uint64_t)n);
            kw_angle angles[3];
            for (int j = 0; j < 3; ++j) angles[j] = kw_angle_constant(style ? M_PI_2 : 6.3 * dense_uniform(&seed));
            test_program_add(program, style ? KW_GATE_RY : KW_GATE_U3, &q, 1, angles, NULL);
        }
        kw_circuit *circuit = test_program_circuit(program);
        kw_complex *expected = dense_random(seed, n);
        kw_state *state = test_state(test_world(), n, KW_SINGLE, expected);
        test_execute(test_world(), circuit, NULL, state);
        test_program_dense(program, NULL, expected);
        assert_true(fabs(kw_state_norm2(state) - 1.0) < 1e-4);
        assert_true(test_distance(state, expected) < 1e-5);
        kw_state_destroy(&state);
        free(expected);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
}

/* ---- kinds of circuits ---- */

static void unitaries_and_swaps(void **unused) {
    (void)unused;
    static const kw_gate_kind kinds[] = {KW_GATE_UNITARY, KW_GATE_SWAP, KW_GATE_CSWAP,
                                         KW_GATE_ISWAP,   KW_GATE_U3,   KW_GATE_CZ};
    for (int local = 8; local <= 13; local += local < 10 ? 1 : 3)
        for (uint64_t seed = 1; seed <= seeds(3); ++seed) {
            const test_recipe recipe = {.n = local + global_qubits(), .max_targets = 5, .kinds = kinds, .n_kinds = 6};
            check_random(&recipe, 60, "unitaries", seed);
        }
}

static void phases_alone(void **unused) {
    (void)unused;
    static const kw_gate_kind kinds[] = {KW_GATE_CP,  KW_GATE_RZ, KW_GATE_MCZ, KW_GATE_RZZ,
                                         KW_GATE_MCP, KW_GATE_T,  KW_GATE_CRZ};
    for (int local = 8; local <= 14; local += 3)
        for (uint64_t seed = 1; seed <= seeds(3); ++seed) {
            const test_recipe recipe = {.n = local + global_qubits(), .max_targets = 5, .kinds = kinds, .n_kinds = 7};
            check_random(&recipe, 100, "phases", seed);
        }
}

static void nothing_is_left_alone(void **unused) {
    (void)unused;
    const int n = 10 + global_qubits();
    test_program *program = test_program_create(n);
    check_program(program, NULL, "empty", 1);
    test_program_add(program, KW_GATE_ID, (int[]){3}, 1, NULL, NULL);
    check_program(program, NULL, "identity", 2);
    test_program_add(program, KW_GATE_SWAP, (int[]){0, n - 1}, 2, NULL, NULL);
    check_program(program, NULL, "swap", 3);
    test_program_destroy(&program);
}

/* A phase of every rank, or of some ranks: no local position takes part. */
static void phases_of_whole_ranks(void **unused) {
    (void)unused;
    const int n = 9 + global_qubits();
    test_program *program = test_program_create(n);
    const kw_angle angle = kw_angle_constant(0.9);
    test_program_add(program, KW_GATE_RZ, (int[]){2}, 1, &angle, NULL);
    check_program(program, NULL, "one rz", 1);
    test_program_add(program, KW_GATE_RZ, (int[]){n - 1}, 1, &angle, NULL);
    test_program_add(program, KW_GATE_P, (int[]){n - 1}, 1, &angle, NULL);
    test_program_add(program, KW_GATE_CRZ, (int[]){n - 1, n - 2}, 2, &angle, NULL);
    test_program_add(program, KW_GATE_MCP, (int[]){n - 1, n - 2, n - 3}, 3, &angle, NULL);
    check_program(program, NULL, "phases of ranks", 2);
    test_program_destroy(&program);
}

/* ---- virtual ranks ---- */

typedef struct {
    const kw_circuit *circuit;
    const kw_complex *start, *expected;
    int n, wrong;
} many;

static void run_many(kw_comm *comm, void *context) {
    many *m = context;
    for (int precision = KW_DOUBLE; precision < KW_PRECISIONS; ++precision) {
        if (!test_fits(comm, m->n, (kw_precision)precision)) continue;
        kw_state *state = test_state(comm, m->n, (kw_precision)precision, m->start);
        test_execute(comm, m->circuit, NULL, state);
        if (!(test_distance(state, m->expected) < test_tolerance_of(state)))
            __atomic_add_fetch(&m->wrong, 1, __ATOMIC_RELAXED);
        kw_state_destroy(&state);
    }
}

static void many_ranks_agree_with_the_reference(void **unused) {
    (void)unused;
    for (int ranks = 2; ranks <= 64 && kw_comm_rank(test_world()) == 0; ranks *= 2) {
        const int n = KW_PASS_LEAST + kw_log2((uint64_t)ranks);
        const test_recipe recipe = {.n = n, .max_targets = 5};
        test_program *program = test_program_create(n);
        test_program_random(program, &recipe, 80, (uint64_t)ranks);
        kw_circuit *circuit = test_program_circuit(program);
        kw_complex *start = dense_random(7, n), *expected = dense_random(7, n);
        test_program_dense(program, NULL, expected);
        many m = {circuit, start, expected, n, 0};
        test_virtual_ranks(ranks, run_many, &m);
        assert_int_equal(m.wrong, 0);
        free(start);
        free(expected);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
}

/* ---- what the circuits above reach ---- */

static void note_codes(const kw_tile_program *program, bool *seen) {
    for (size_t i = 0; i < program->n_ops; ++i) {
        const uint64_t entries = program->ops[i].step / 2 << kw_popcount(program->ops[i].select);
        seen[program->ops[i].code] = true;
        assert_in_range(entries, 0, KW_TABLE_ENTRIES); /* what the filling of tables has room for */
        assert_int_equal((uintptr_t)program->ops[i].table % 64, 0);
        assert_int_equal((uintptr_t)program->ops[i].lanes % 64, 0);
        assert_int_equal((uintptr_t)program->ops[i].some % 64, 0);
    }
}

/* Dense gates by how many of their targets are units and how many lanes. */
static void note_dense(const kw_tile_program *program, bool seen[KW_MAX_TARGETS + 1][KW_MAX_LANE_BITS + 1]) {
    for (size_t i = 0; i < program->n_dense; ++i)
        seen[program->dense[i].kernel.row_bits][program->dense[i].kernel.crossings] = true;
}

static bool exists(int code, const kw_tile_kernels *kernels) {
    if (code < KW_TILE_HALF) return true;
    if (code < KW_TILE_LANE_TURN) return (code - KW_TILE_HALF) % KW_MAX_TILE_BITS < kernels->tile_bits;
    return (code - KW_TILE_LANE_TURN) % KW_MAX_LANE_BITS < kernels->lane_bits;
}

static void every_op_is_reached(void **unused) {
    (void)unused;
    const int n = 10 + global_qubits();
    for (int precision = KW_DOUBLE; precision <= KW_SINGLE; ++precision) {
        bool seen[KW_TILE_SUM_PHASES] = {false};
        kw_state *state = test_state(test_world(), n, (kw_precision)precision, NULL);
        for (uint64_t seed = 1; seed <= 12; ++seed) {
            const test_recipe recipe = {.n = n, .max_targets = 4};
            test_program *program = test_program_create(n);
            test_program_random(program, &recipe, 150, seed);
            kw_circuit *circuit = test_program_circuit(program);
            kw_plan *plan = NULL;
            TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
            TEST_MUST(kw_state_set_basis(state, 0));
            TEST_MUST(kw_plan_run(plan, NULL, state));
            note_codes(plan->forward.programs[precision], seen);
            kw_plan_destroy(&plan);
            kw_circuit_destroy(&circuit);
            test_program_destroy(&program);
        }
        const kw_tile_kernels *kernels = kw_kernels((kw_precision)precision)->tiles;
        for (int code = 0; code < KW_TILE_SUM_PHASES; ++code)
            if (!seen[code] && exists(code, kernels)) fail_msg("no circuit reached op %d", code);
        kw_state_destroy(&state);
    }
}

static void every_dense_gate_is_reached(void **unused) {
    (void)unused;
    const int n = 9 + global_qubits();
    for (int precision = KW_DOUBLE; precision <= KW_SINGLE; ++precision) {
        bool seen[KW_MAX_TARGETS + 1][KW_MAX_LANE_BITS + 1] = {{false}};
        const int lane_bits = kw_kernels((kw_precision)precision)->tiles->lane_bits;
        kw_state *state = test_state(test_world(), n, (kw_precision)precision, NULL);
        for (int units = 0; units <= KW_MAX_TARGETS; ++units)
            for (int lanes = units ? 0 : 1; lanes <= lane_bits && units + lanes <= KW_MAX_TARGETS && units <= 9 - lane_bits;
                 ++lanes) {
                int qubits[KW_MAX_TARGETS], count = 0;
                kw_complex matrix[1 << 2 * KW_MAX_TARGETS];
                for (int j = 0; j < units; ++j) qubits[count++] = 8 - j; /* the highest local ones, downwards */
                for (int j = 0; j < lanes; ++j) qubits[count++] = j;
                dense_random_unitary((uint64_t)(8 * units + lanes), count, matrix);
                test_program *program = test_program_create(n);
                test_program_add(program, KW_GATE_UNITARY, qubits, count, NULL, matrix);
                check_program(program, NULL, "dense", (uint64_t)(8 * units + lanes));
                kw_circuit *circuit = test_program_circuit(program);
                kw_plan *plan = NULL;
                TEST_MUST(kw_plan_create(circuit, kw_comm_size(test_world()), &plan));
                TEST_MUST(kw_state_set_basis(state, 0));
                TEST_MUST(kw_plan_run(plan, NULL, state));
                note_dense(plan->forward.programs[precision], seen);
                assert_true(seen[units][lanes]);
                kw_plan_destroy(&plan);
                kw_circuit_destroy(&circuit);
                test_program_destroy(&program);
            }
        kw_state_destroy(&state);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_table_in_one_block),
        cmocka_unit_test(the_whole_table_in_many_blocks),
        cmocka_unit_test(controls_lie_anywhere),
        cmocka_unit_test(every_control_meets_every_target),
        cmocka_unit_test(special_angles),
        cmocka_unit_test(huge_angles),
        cmocka_unit_test(long_chains_stay_finite),
        cmocka_unit_test(unitaries_and_swaps),
        cmocka_unit_test(phases_alone),
        cmocka_unit_test(nothing_is_left_alone),
        cmocka_unit_test(phases_of_whole_ranks),
        cmocka_unit_test(many_ranks_agree_with_the_reference),
        cmocka_unit_test(every_op_is_reached),
        cmocka_unit_test(every_dense_gate_is_reached),
    };
    return TEST_RUN("pass kernels", tests);
}
