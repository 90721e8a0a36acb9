/* F1  OpenQASM: what happens to qubits: gates, measurements, resets and barriers, their broadcast over registers,
 * conditions. */
#include <string.h>

#include "base/bits.h"
#include "circuit/qasm_internal.h"

static int shown(const kw_token *token) { return token->length > 60 ? 60 : (int)token->length; }

static const kw_register *register_of(const kw_qasm_reader *reader, kw_qasm_register which) {
    const kw_register_list *list = which.quantum ? &reader->program->quantum : &reader->program->classical;
    return &list->items[which.index];
}

/* ---- operands ---- */

static kw_status find_register(kw_qasm_reader *reader, bool quantum, kw_token *name, kw_qasm_register *which) {
    const char *what = quantum ? "a quantum register" : "a classical register";
    const kw_status status = kw_qasm_name(reader, what, name);
    if (status != KW_OK) return status;
    const size_t *found = kw_qasm_names_find(&reader->register_names, name->text, name->length);
    if (!found)
        return kw_qasm_fail(reader, name, "found '%.*s', which is not declared, expected %s", shown(name), name->text, what);
    *which = reader->registers[*found];
    if (which->quantum != quantum)
        return kw_qasm_fail(reader, name, "found '%.*s', a %s register, expected %s", shown(name), name->text,
                            quantum ? "classical" : "quantum", what);
    return KW_OK;
}

static kw_status read_operand(kw_qasm_reader *reader, bool quantum, kw_qasm_operand *out) {
    kw_qasm_register which = {false, 0};
    kw_status status = find_register(reader, quantum, &out->at, &which);
    if (status != KW_OK) return status;
    const kw_register *reg = register_of(reader, which);
    out->offset = reg->offset;
    out->size = reg->size;
    if (!kw_token_is(&reader->token, "[")) return KW_OK;
    uint64_t index = 0;
    char what[64];
    snprintf(what, sizeof what, "an index from 0 to %d", reg->size - 1);
    if ((status = kw_qasm_next(reader))) return status;
    if ((status = kw_qasm_integer(reader, what, 0, (uint64_t)reg->size - 1, &index))) return status;
    out->offset += (int)index;
    out->size = 0;
    return kw_qasm_symbol(reader, "]");
}

/* Operands between commas, up to ';'.  More than KW_MAX_QUBITS of them cannot be different. */
kw_status kw_qasm_operands(kw_qasm_reader *reader, kw_qasm_operand *operands, int *count) {
    for (*count = 0;;) {
        if (*count == KW_MAX_QUBITS) return kw_qasm_fail(reader, &reader->token, "more than %d operands", KW_MAX_QUBITS);
        kw_status status = read_operand(reader, true, &operands[*count]);
        if (status != KW_OK) return status;
        ++*count;
        if (kw_token_is(&reader->token, ";")) return kw_qasm_next(reader);
        if (!kw_token_is(&reader->token, ",")) return kw_qasm_expected(reader, "',' or ';'");
        if ((status = kw_qasm_next(reader))) return status;
    }
}

/* Size of the registers among the operands, which must agree; 0 if there are none. */
kw_status kw_qasm_broadcast(const kw_qasm_reader *reader, const kw_qasm_operand *operands, int count, int *size) {
    *size = 0;
    for (int j = 0; j < count; ++j) {
        if (!operands[j].size) continue;
        if (*size && operands[j].size != *size)
            return kw_qasm_fail(reader, &operands[j].at, "register '%.*s' has %d elements, the one before it %d",
                                shown(&operands[j].at), operands[j].at.text, operands[j].size, *size);
        *size = operands[j].size;
    }
    return KW_OK;
}

/* ---- operations ---- */

static kw_status apply(kw_qasm_reader *reader, const kw_token *name, size_t gate, const kw_qasm_operand *operands, int count,
                       kw_qasm_guard under) {
    const kw_circuit *circuit = reader->circuit;
    int size = 0, qubits[KW_MAX_QUBITS];
    kw_status status = kw_qasm_broadcast(reader, operands, count, &size);
    if (status != KW_OK) return status;
    const kw_step before = {
        .kind = KW_STEP_GATES, .condition = under.condition, .value = under.value, .first_gate = circuit->count};
    for (int i = 0; i < (size ? size : 1); ++i) {
        uint64_t seen = 0;
        for (int j = 0; j < count; ++j) {
            qubits[j] = operands[j].offset + (operands[j].size ? i : 0);
            if (seen & kw_bit(qubits[j]))
                return kw_qasm_fail(reader, &operands[j].at, "gate '%.*s' uses a qubit of '%.*s' twice", shown(name),
                                    name->text, shown(&operands[j].at), operands[j].at.text);
            seen |= kw_bit(qubits[j]);
        }
        if (reader->gates[gate].cost > reader->gates_left)
            return kw_qasm_fail(reader, name,
                                "more gates than can be read: the circuit is too long once gates are expanded");
        reader->gates_left -= reader->gates[gate].cost;
        if ((status = kw_qasm_gate_expand(reader, name, gate, 0, qubits, count))) return status;
    }
    kw_step step = before;
    step.gates = circuit->count - before.first_gate;
    return kw_program_add_step(reader->program, &step);
}

static kw_status gate_statement(kw_qasm_reader *reader, kw_qasm_guard under) {
    const size_t ops = reader->op_count, expressions = reader->expression_count;
    kw_qasm_operand operands[KW_MAX_QUBITS];
    kw_token name;
    size_t gate = 0, parameters = 0;
    int count = 0;
    kw_status status = kw_qasm_name(reader, under.condition < 0 ? "a statement" : "a gate, measure or reset", &name);
    if (status == KW_OK) status = kw_qasm_gate_find(reader, &name, &gate);
    if (status == KW_OK) status = kw_qasm_expressions_read(reader, &parameters);
    if (status == KW_OK) status = kw_qasm_operands(reader, operands, &count);
    if (status == KW_OK) status = kw_qasm_gate_check(reader, &name, gate, parameters, (size_t)count);
    if (status == KW_OK)
        status = kw_reserve((void **)&reader->values, &reader->value_capacity, 0, parameters + 1, sizeof *reader->values);
    if (status != KW_OK) return status;
    for (size_t j = 0; j < parameters; ++j)
        reader->values[j] = kw_angle_constant(reader->ops[reader->expressions[expressions + j].first].value);
    reader->value_count = parameters;
    status = apply(reader, &name, gate, operands, count, under);
    reader->op_count = ops;
    reader->expression_count = expressions;
    return status;
}

static kw_status measure_statement(kw_qasm_reader *reader, kw_qasm_guard under) {
    kw_qasm_operand from = {.size = 0}, to = {.size = 0};
    kw_status status = kw_qasm_next(reader);
    if (status == KW_OK) status = read_operand(reader, true, &from);
    if (status == KW_OK) status = kw_qasm_symbol(reader, "->");
    if (status == KW_OK) status = read_operand(reader, false, &to);
    if (status == KW_OK && from.size != to.size)
        status = kw_qasm_fail(reader, &to.at, "found %d bit%s for %d qubit%s", to.size ? to.size : 1, to.size > 1 ? "s" : "",
                              from.size ? from.size : 1, from.size > 1 ? "s" : "");
    if (status == KW_OK) status = kw_qasm_symbol(reader, ";");
    for (int i = 0; status == KW_OK && i < (from.size ? from.size : 1); ++i) {
        const kw_step step = {.kind = KW_STEP_MEASURE,
                              .condition = under.condition,
                              .value = under.value,
                              .qubit = from.offset + i,
                              .bit = to.offset + i};
        status = kw_program_add_step(reader->program, &step);
    }
    return status;
}

static kw_status reset_statement(kw_qasm_reader *reader, kw_qasm_guard under) {
    kw_qasm_operand which = {.size = 0};
    kw_status status = kw_qasm_next(reader);
    if (status == KW_OK) status = read_operand(reader, true, &which);
    if (status == KW_OK) status = kw_qasm_symbol(reader, ";");
    for (int i = 0; status == KW_OK && i < (which.size ? which.size : 1); ++i) {
        const kw_step step = {
            .kind = KW_STEP_RESET, .condition = under.condition, .value = under.value, .qubit = which.offset + i};
        status = kw_program_add_step(reader->program, &step);
    }
    return status;
}

static kw_status barrier_statement(kw_qasm_reader *reader) {
    kw_step step = {.kind = KW_STEP_BARRIER, .condition = -1};
    kw_qasm_operand operands[KW_MAX_QUBITS];
    int count = 0;
    kw_status status = kw_qasm_next(reader);
    if (status == KW_OK) status = kw_qasm_operands(reader, operands, &count);
    for (int j = 0; status == KW_OK && j < count; ++j)
        for (int i = 0; i < (operands[j].size ? operands[j].size : 1); ++i) step.qubits |= kw_bit(operands[j].offset + i);
    return status ? status : kw_program_add_step(reader->program, &step);
}

static kw_status operation(kw_qasm_reader *reader, kw_qasm_guard under) {
    if (kw_token_is(&reader->token, "measure")) return measure_statement(reader, under);
    if (kw_token_is(&reader->token, "reset")) return reset_statement(reader, under);
    return gate_statement(reader, under);
}

kw_status kw_qasm_condition(kw_qasm_reader *reader, kw_qasm_guard *under) {
    kw_token name;
    kw_qasm_register which = {false, 0};
    kw_status status = kw_qasm_next(reader);
    if (status == KW_OK) status = kw_qasm_symbol(reader, "(");
    if (status == KW_OK) status = find_register(reader, false, &name, &which);
    if (status == KW_OK) status = kw_qasm_symbol(reader, "==");
    if (status == KW_OK) status = kw_qasm_integer(reader, "an integer below 2^64", 0, UINT64_MAX, &under->value);
    if (status == KW_OK) status = kw_qasm_symbol(reader, ")");
    if (status == KW_OK) under->condition = which.index;
    return status;
}

kw_status kw_qasm_operation(kw_qasm_reader *reader) {
    kw_qasm_guard under = {-1, 0};
    if (kw_token_is(&reader->token, "barrier")) return barrier_statement(reader);
    if (!kw_token_is(&reader->token, "if")) return operation(reader, under);
    const kw_status status = kw_qasm_condition(reader, &under);
    return status ? status : operation(reader, under);
}
