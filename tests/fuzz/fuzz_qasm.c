/* libFuzzer: the OpenQASM reader takes or refuses any bytes; what it takes can be cut, written, and reads back the same; a
 * trainable circuit that it takes uses all its parameters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "circuit/qasm_internal.h"
#include "fuzz.h"

enum { MOST_GATES = 2000, MOST_WRITTEN = 100000 };

/* Gates that qelib1 lacks come back as several. */
static int is_written_by_name(const kw_gate *gate) {
    switch (gate->kind) {
    case KW_GATE_CSXDG:
    case KW_GATE_ISWAP:
    case KW_GATE_ISWAPDG:
    case KW_GATE_RYY:
    case KW_GATE_C3SXDG:
    case KW_GATE_RC3XDG: return 0;
    default: return kw_gate_controls(gate->kind) >= 0;
    }
}

static void check_same(const kw_program *a, const kw_program *b) {
    fuzz_must(kw_program_qubits(a) == kw_program_qubits(b) && kw_program_bits(a) == kw_program_bits(b), "other registers");
    for (size_t g = 0; g < a->circuit->count; ++g)
        if (!is_written_by_name(&a->circuit->gates[g])) return;
    fuzz_must(kw_program_steps(a) == kw_program_steps(b) && a->circuit->count == b->circuit->count, "other length");
    fuzz_must(kw_program_is_static(a) == kw_program_is_static(b), "static or not");
    for (size_t i = 0; i < kw_program_steps(a); ++i) {
        const kw_step p = kw_program_step(a, i), q = kw_program_step(b, i);
        fuzz_must(p.kind == q.kind && p.condition == q.condition && p.value == q.value && p.gates == q.gates
                      && p.qubit == q.qubit && p.bit == q.bit && p.qubits == q.qubits && p.channel == q.channel
                      && p.rates[0] == q.rates[0] && p.rates[1] == q.rates[1],
                  "another step");
    }
    for (size_t g = 0; g < a->circuit->count; ++g) {
        const kw_gate *p = &a->circuit->gates[g], *q = &b->circuit->gates[g];
        fuzz_must(p->kind == q->kind && p->controls == q->controls && !memcmp(p->targets, q->targets, sizeof p->targets),
                  "another gate");
        for (int j = 0; j < kw_gate_angles(p->kind); ++j)
            fuzz_must(p->angles[j].offset == q->angles[j].offset, "another angle");
    }
}

/* Every step belongs to one segment or stands alone. */
static void check_segments(const kw_program *program) {
    size_t gates = 0;
    for (size_t i = 0, next = 0; i < kw_program_steps(program); i = next) {
        kw_circuit *segment = NULL;
        fuzz_must(kw_program_segment(program, i, &segment, &next) == KW_OK, "segment");
        gates += kw_circuit_gates(segment);
        kw_circuit_destroy(&segment);
        if (next == i) ++next;
    }
    fuzz_must(gates == program->circuit->count, "segments do not add up");
}

static void must_name_a_place(kw_status status) {
    fuzz_must(status == KW_E_INPUT && !strncmp(kw_error_message(), "fuzz.qasm:", 10), "a refusal without a place");
}

static void check_ansatz(const char *text, size_t size) {
    kw_circuit *circuit = NULL;
    const kw_status status = kw_qasm_parse_ansatz(text, size, "fuzz.qasm", MOST_GATES, &circuit);
    if (status != KW_OK) {
        must_name_a_place(status);
        return;
    }
    fuzz_must(circuit->count > 0 && circuit->n_parameters > 0, "nothing to train");
    for (int p = 0; p < circuit->n_parameters; ++p) {
        size_t uses = 0;
        for (size_t g = 0; g < circuit->count; ++g)
            for (int j = 0; j < kw_gate_angles(circuit->gates[g].kind); ++j)
                uses += circuit->gates[g].angles[j].parameter == p;
        fuzz_must(uses > 0, "an unused parameter");
    }
    kw_circuit_destroy(&circuit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    check_ansatz((const char *)data, size);
    kw_program *program = NULL, *again = NULL;
    const kw_status status = kw_qasm_parse((const char *)data, size, "fuzz.qasm", MOST_GATES, &program);
    if (status != KW_OK) {
        must_name_a_place(status);
        return 0;
    }
    ++fuzz_taken;
    check_segments(program);
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    fuzz_must(file && kw_program_write(program, file) == KW_OK && !fclose(file), "write");
    if (kw_qasm_parse(text, length, "written.qasm", MOST_WRITTEN, &again) == KW_OK) check_same(program, again);
    else fuzz_must(strstr(kw_error_message(), "more gates") != NULL, "what was written is refused");
    free(text);
    kw_program_destroy(&again);
    kw_program_destroy(&program);
    return 0;
}
