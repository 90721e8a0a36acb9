/* F1  Programs: registers, steps, and what can be sampled from one final state. */
#include "circuit/program_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"

static void destroy_registers(kw_register_list *list) {
    for (size_t i = 0; i < list->count; ++i) free((char *)list->items[i].name);
    free(list->items);
}

kw_status kw_program_create(kw_program **out) {
    kw_program *program = calloc(1, sizeof *program);
    if (!program) return kw_fail(KW_E_NOMEM, "no memory for a program");
    const kw_status status = kw_circuit_create(KW_MAX_QUBITS, &program->circuit);
    if (status == KW_OK) *out = program;
    else free(program);
    return status;
}

void kw_program_destroy(kw_program **program) {
    if (!*program) return;
    destroy_registers(&(*program)->quantum);
    destroy_registers(&(*program)->classical);
    kw_circuit_destroy(&(*program)->circuit);
    free((*program)->step);
    free(*program);
    *program = NULL;
}

kw_status kw_program_add_register(kw_register_list *list, const char *text, size_t length, int size) {
    const kw_status status = kw_reserve((void **)&list->items, &list->capacity, list->count, 1, sizeof *list->items);
    if (status != KW_OK) return status;
    char *name = strndup(text, length);
    if (!name) return kw_fail(KW_E_NOMEM, "no memory for a register");
    list->items[list->count++] = (kw_register){name, size, list->total};
    list->total += size;
    return KW_OK;
}

static bool continues(const kw_step *last, const kw_step *step) {
    return last->kind == KW_STEP_GATES && step->kind == KW_STEP_GATES && last->condition == step->condition
           && last->value == step->value;
}

kw_status kw_program_add_step(kw_program *program, const kw_step *step) {
    if (step->kind == KW_STEP_GATES && step->gates == 0) return KW_OK;
    if (program->steps && continues(&program->step[program->steps - 1], step)) {
        program->step[program->steps - 1].gates += step->gates;
        return KW_OK;
    }
    const kw_status status =
        kw_reserve((void **)&program->step, &program->step_capacity, program->steps, 1, sizeof *program->step);
    if (status != KW_OK) return status;
    program->step[program->steps++] = *step;
    return KW_OK;
}

static bool decide_static(const kw_program *program) {
    uint64_t touched = 0, measured = 0;
    for (size_t i = 0; i < program->steps; ++i) {
        const kw_step *step = &program->step[i];
        if (step->condition >= 0) return false;
        if (step->kind == KW_STEP_NOISE && step->channel != KW_NOISE_READOUT) return false;
        if (step->kind == KW_STEP_MEASURE) measured |= kw_bit(step->qubit);
        if (step->kind == KW_STEP_RESET && (touched | measured) & kw_bit(step->qubit)) return false;
        if (step->kind != KW_STEP_GATES) continue;
        uint64_t here = 0;
        for (size_t g = step->first_gate; g < step->first_gate + step->gates; ++g)
            here |= kw_gate_qubits(&program->circuit->gates[g]);
        if (here & measured) return false;
        touched |= here;
    }
    return true;
}

void kw_program_finish(kw_program *program) {
    program->circuit->n_qubits = program->quantum.total;
    program->is_static = decide_static(program);
}

kw_status kw_program_from_circuit(const kw_circuit *circuit, const double *theta, kw_program **out) {
    kw_program *program = NULL;
    kw_status status = kw_program_create(&program);
    if (status != KW_OK) return status;
    if ((status = kw_program_add_register(&program->quantum, "q", 1, circuit->n_qubits))) goto done;
    if ((status = kw_circuit_append_circuit(program->circuit, circuit))) goto done;
    for (size_t g = 0; g < circuit->count; ++g) {
        kw_gate *gate = &program->circuit->gates[g];
        for (int j = 0; j < kw_gate_angles(gate->kind); ++j) {
            gate->angles[j] = kw_angle_constant(kw_angle_value(&gate->angles[j], theta));
            if (isfinite(gate->angles[j].offset)) continue;
            status = kw_fail(KW_E_INPUT, "gate %zu (%s): angle %d is not a finite number", g, kw_gate_name(gate->kind), j);
            goto done;
        }
    }
    program->circuit->n_parameters = 0;
    const kw_step step = {.kind = KW_STEP_GATES, .condition = -1, .gates = circuit->count};
    status = kw_program_add_step(program, &step);
done:
    if (status == KW_OK) {
        kw_program_finish(program);
        *out = program;
    } else kw_program_destroy(&program);
    return status;
}

int kw_program_qubits(const kw_program *program) { return program->quantum.total; }
int kw_program_bits(const kw_program *program) { return program->classical.total; }
size_t kw_program_steps(const kw_program *program) { return program->steps; }
kw_step kw_program_step(const kw_program *program, size_t index) { return program->step[index]; }
bool kw_program_is_static(const kw_program *program) { return program->is_static; }

int kw_program_registers(const kw_program *program, const kw_register **registers) {
    *registers = program->classical.items;
    return (int)program->classical.count;
}

int kw_program_quantum_registers(const kw_program *program, const kw_register **registers) {
    *registers = program->quantum.items;
    return (int)program->quantum.count;
}

const kw_circuit *kw_program_circuit(const kw_program *program) { return program->is_static ? program->circuit : NULL; }

size_t kw_program_final_measurements(const kw_program *program, int *qubit_of_bit) {
    size_t measurements = 0;
    for (int b = 0; b < program->classical.total; ++b) qubit_of_bit[b] = -1;
    for (size_t i = 0; i < program->steps; ++i) {
        if (program->step[i].kind != KW_STEP_MEASURE) continue;
        qubit_of_bit[program->step[i].bit] = program->step[i].qubit;
        ++measurements;
    }
    return measurements;
}

kw_status kw_program_append_gates(const kw_program *program, const kw_step *step, kw_circuit *circuit) {
    kw_circuit part = *program->circuit; /* a view of the step's gates; never destroyed */
    part.gates += step->first_gate;
    part.count = step->gates;
    return kw_circuit_append_circuit(circuit, &part);
}

kw_status kw_program_segment(const kw_program *program, size_t first, kw_circuit **out, size_t *next) {
    if (first >= program->steps) return kw_fail(KW_E_ARG, "step %zu: the program has %zu", first, program->steps);
    kw_circuit *circuit = NULL;
    kw_status status = kw_circuit_create(program->quantum.total, &circuit);
    const int condition = program->step[first].condition;
    const uint64_t value = program->step[first].value;
    size_t i = first;
    for (; status == KW_OK && i < program->steps; ++i) {
        const kw_step *step = &program->step[i];
        if (step->kind == KW_STEP_BARRIER) continue;
        if (step->kind != KW_STEP_GATES || step->condition != condition || step->value != value) break;
        status = kw_program_append_gates(program, step, circuit);
    }
    if (status == KW_OK) {
        *out = circuit;
        *next = i;
    } else kw_circuit_destroy(&circuit);
    return status;
}
