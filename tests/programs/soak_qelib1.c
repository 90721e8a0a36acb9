/* Random OpenQASM programs over all known gates, read, planned and run on the world, against the dense reference.
 * In the test run a few seeds; by hand as many as wanted:   soak_qelib1 FIRST_SEED COUNT
 * Every seed that fails is printed with its distance, alone (COUNT 1) with its program too. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "ketwall/qasm.h"
#include "programs/random_qasm.h"
#include "support/dense.h"
#include "support/run.h"
#include "support/world.h"

enum { GATES = 120, FEWEST_QUBITS = 6, FEWEST_LOCAL = 4 };

static const double tolerance = 1e-11;
static uint64_t first_seed = 1, seeds = 48;

static random_qasm *make(uint64_t seed) { return random_qasm_create(FEWEST_QUBITS + (int)(seed % 3), GATES, seed); }

/* NULL, after a message, if the reader refuses it. */
static kw_program *parse(const random_qasm *random, uint64_t seed) {
    kw_program *program = NULL;
    char name[64];
    snprintf(name, sizeof name, "seed %llu", (unsigned long long)seed);
    if (kw_program_parse(random->text, random->length, name, &program) != KW_OK) print_message("%s\n", kw_error_message());
    return program;
}

/* Distance between what the text does to a random vector and what the list of gates does, without gate `left_out`. */
static double distance_of(const random_qasm *random, const kw_program *program, uint64_t seed, size_t left_out) {
    const int n = random->gates->n;
    kw_complex *start = dense_random(seed, n);
    kw_state *state = test_state(test_world(), n, KW_DOUBLE, start);
    test_execute(test_world(), kw_program_circuit(program), NULL, state);
    for (size_t g = 0; g < random->gates->count; ++g) {
        const test_gate *gate = &random->gates->gates[g];
        double angles[KW_MAX_ANGLES];
        for (int j = 0; j < KW_MAX_ANGLES; ++j) angles[j] = gate->angles[j].offset;
        if (g != left_out) dense_apply(start, n, gate->kind, gate->qubits, gate->n_qubits, angles);
    }
    const double distance = test_distance(state, start);
    kw_state_destroy(&state);
    free(start);
    return distance;
}

/* The distance of one seed's program; infinite if the reader refuses it. */
static double check_seed(uint64_t seed, uint64_t *gates) {
    double distance = INFINITY;
    random_qasm *random = make(seed);
    kw_program *program = parse(random, seed);
    if (program) distance = distance_of(random, program, seed, SIZE_MAX);
    if (!(distance < tolerance)) {
        print_message("seed %llu: off by %g\n", (unsigned long long)seed, distance);
        if (seeds == 1) print_message("%s", random->text);
    }
    *gates += random->gates->count;
    kw_program_destroy(&program);
    random_qasm_destroy(&random);
    return distance;
}

static void programs_agree_with_the_reference(void **unused) {
    (void)unused;
    double worst = 0.0;
    uint64_t failures = 0, gates = 0, worst_seed = first_seed;
    assert_true(test_local_qubits(test_world(), FEWEST_QUBITS) >= FEWEST_LOCAL);
    for (uint64_t seed = first_seed; seed < first_seed + seeds; ++seed) {
        const double distance = check_seed(seed, &gates);
        if (!(distance < tolerance)) ++failures;
        if (!(distance <= worst)) worst = distance, worst_seed = seed;
    }
    print_message("%llu programs, %llu gates: worst distance %.2e (seed %llu)\n", (unsigned long long)seeds,
                  (unsigned long long)gates, worst, (unsigned long long)worst_seed);
    if (failures) fail_msg("%llu of %llu programs fail", (unsigned long long)failures, (unsigned long long)seeds);
}

/* The comparison sees every gate: without it the distance is large, unless it does nothing. */
static void a_gate_left_out_is_seen(void **unused) {
    (void)unused;
    size_t seen = 0, count = 0;
    for (uint64_t seed = 1; seed <= 3; ++seed) {
        random_qasm *random = make(seed);
        kw_program *program = parse(random, seed);
        assert_non_null(program);
        for (size_t g = 0; g < random->gates->count; ++g) {
            if (random->gates->gates[g].kind == KW_GATE_ID) continue;
            ++count;
            seen += distance_of(random, program, seed, g) > 1e-4;
        }
        kw_program_destroy(&program);
        random_qasm_destroy(&random);
    }
    if (100 * seen < 98 * count) fail_msg("%zu of %zu gates left out were seen", seen, count); /* angles near 0 */
}

static void every_gate_of_the_table_is_drawn(void **unused) {
    (void)unused;
    size_t drawn[KW_GATE_KINDS] = {0};
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        random_qasm *random = make(seed);
        for (size_t g = 0; g < random->gates->count; ++g) ++drawn[random->gates->gates[g].kind];
        random_qasm_destroy(&random);
    }
    for (int kind = 0; kind < KW_GATE_KINDS; ++kind)
        if (kind != KW_GATE_UNITARY && !drawn[kind]) fail_msg("no program uses %s", kw_gate_name((kw_gate_kind)kind));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_agree_with_the_reference),
        cmocka_unit_test(a_gate_left_out_is_seen),
        cmocka_unit_test(every_gate_of_the_table_is_drawn),
    };
    if (argc == 3) {
        first_seed = strtoull(argv[1], NULL, 10);
        seeds = strtoull(argv[2], NULL, 10);
    }
    if (argc != 1 && (argc != 3 || !seeds)) {
        fprintf(stderr, "usage: %s [FIRST_SEED COUNT]\n", argv[0]);
        return 64;
    }
    return TEST_RUN("qelib1", tests);
}
