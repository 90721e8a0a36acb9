/* Printed plans: read back, a qubit is where its stage says in every gate, and every gate is in a pass that reaches it. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "engine/plan_internal.h"
#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

typedef struct {
    const kw_circuit *circuit;
    int place[KW_MAX_QUBITS];
    uint64_t block;           /* positions of the pass */
    size_t announced, listed; /* gates of the pass */
    int *seen;                /* by gate: lines */
    bool *whole;
} reader;

static void read_places(const char *text, int n, int *place) {
    for (int q = 0; q < n; ++q) {
        char *end;
        place[q] = (int)strtol(text, &end, 10);
        assert_true(end != text);
        text = end;
    }
}

/* "0-4 9: 12 gates" */
static void read_pass(reader *r, const char *text) {
    assert_int_equal(r->listed, r->announced);
    r->block = 0;
    r->listed = 0;
    while (*text == ' ') {
        char *end;
        const long first = strtol(text, &end, 10), last = *end == '-' ? strtol(end + 1, &end, 10) : first;
        for (long p = first; p <= last; ++p) r->block |= kw_bit((int)p);
        text = end;
    }
    assert_int_equal(sscanf(text, ": %zu gate", &r->announced), 1);
}

static void read_gate(reader *r, const char *line) {
    size_t index;
    char name[32];
    int used;
    assert_int_equal(sscanf(line, "%zu %31s%n", &index, name, &used), 2);
    assert_true(index < r->circuit->count);
    const kw_gate *gate = &r->circuit->gates[index];
    assert_string_equal(name, kw_gate_name(gate->kind));
    uint64_t qubits = 0;
    const bool whole = !strstr(line, "in part"); /* of the others, phases may run where their qubits are not in the block */
    int q, p;
    const char *text = line + used;
    if (kw_popcount(gate->controls) > 1) text += 1 + strcspn(text + 1, " "); /* q1,q2@5,7 */
    for (int length = 0; sscanf(text, " q%d@%d%n", &q, &p, &length) == 2; text += length) {
        assert_int_equal(p, r->place[q]);
        qubits |= kw_bit(q);
        if (whole && !(gate->controls >> q & 1) && !kw_gate_is_diagonal(gate)) assert_true(r->block >> p & 1);
    }
    for (int j = 0; j < gate->n_targets; ++j) assert_true(qubits >> gate->targets[j] & 1);
    if (kw_popcount(gate->controls) == 1) assert_true(qubits & gate->controls);
    r->whole[index] = r->whole[index] || whole;
    ++r->seen[index];
    r->listed += 1;
}

/* "swap of positions 3 and 11": the scheduler's own gate. */
static void read_swap(reader *r, const char *text) {
    int a, b;
    assert_int_equal(sscanf(text, "%d and %d", &a, &b), 2);
    assert_true(strstr(text, "in part") || (r->block >> a & 1 && r->block >> b & 1));
    r->listed += 1;
}

static void read_line(reader *r, const char *line) {
    const char *places = strstr(line, "positions of qubits"), *blocks = strstr(line, "at positions");
    if (places) read_places(strchr(places, ':') + 1, r->circuit->n_qubits, r->place);
    else if (strstr(line, "swap of positions ")) read_swap(r, strstr(line, "positions ") + strlen("positions "));
    else if (blocks) read_pass(r, blocks + strlen("at positions"));
    else if (line[0] == ' ' && isdigit((unsigned char)line[strspn(line, " ")])) read_gate(r, line);
}

static void check(const kw_circuit *circuit, int ranks) {
    kw_plan *plan = NULL;
    char *line = NULL;
    size_t room = 0;
    FILE *paper = tmpfile();
    assert_non_null(paper);
    TEST_MUST(kw_plan_create(circuit, ranks, &plan));
    kw_plan_print(plan, paper);
    rewind(paper);
    reader r = {.circuit = circuit,
                .seen = calloc(circuit->count, sizeof *r.seen),
                .whole = calloc(circuit->count, sizeof *r.whole)};
    while (getline(&line, &room, paper) > 0) read_line(&r, line);
    assert_int_equal(r.listed, r.announced);
    assert_memory_equal(r.place, kw_plan_final_place(plan), sizeof(int) * (size_t)circuit->n_qubits);
    for (size_t i = 0; i < circuit->count; ++i)
        if (r.whole[i] ? r.seen[i] != 1 : r.seen[i] < 2) fail_msg("gate %zu stands in %d lines", i, r.seen[i]);
    free(r.seen);
    free(r.whole);
    free(line);
    fclose(paper);
    kw_plan_destroy(&plan);
}

static void ansatz_circuits(void **state) {
    (void)state;
    for (int ranks = 1; ranks <= 16; ranks *= 4) {
        kw_circuit *circuit = NULL;
        TEST_MUST(kw_circuit_create(18, &circuit));
        TEST_MUST(kw_circuit_append_ansatz(circuit, KW_ANSATZ_HEA, 4, true));
        check(circuit, ranks);
        kw_circuit_destroy(&circuit);
    }
}

static void random_circuits(void **state) {
    (void)state;
    static const kw_gate_kind kinds[] = {KW_GATE_H,  KW_GATE_X,   KW_GATE_RX,  KW_GATE_U3, KW_GATE_CX,
                                         KW_GATE_CH, KW_GATE_CCX, KW_GATE_RXX, KW_GATE_CP};
    for (uint64_t seed = 1; seed <= 4; ++seed)
        for (int ranks = 1; ranks <= 8; ranks *= 2) {
            const test_recipe recipe = {.n = 14, .max_targets = 2, .kinds = kinds, .n_kinds = sizeof kinds / sizeof *kinds};
            test_program *program = test_program_create(recipe.n);
            test_program_random(program, &recipe, 150, seed);
            kw_circuit *circuit = test_program_circuit(program);
            check(circuit, ranks);
            kw_circuit_destroy(&circuit);
            test_program_destroy(&program);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(ansatz_circuits), cmocka_unit_test(random_circuits)};
    return TEST_RUN("printed plans", tests);
}
