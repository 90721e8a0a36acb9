/* F1  OpenQASM: trainable circuits.  The body of `gate ansatz(t0, t1, ...) q0, q1, ...` expands like any use of a gate, with
 * the parameters of the circuit as its arguments. */
#include <stdlib.h>

#include "base/error.h"
#include "circuit/qasm_internal.h"

#define WORD "ansatz"

static int shown(size_t length) { return length > 60 ? 60 : (int)length; }

/* Fails at a place in the file that declares `gate`: it may be another than the one being read. */
static kw_token place_in(kw_qasm_reader *reader, const kw_qasm_gate *gate, int line, int column) {
    reader->source = gate->source;
    return (kw_token){.line = line, .column = column};
}

static const kw_token *name_of(const kw_qasm_reader *reader, int parameter) {
    return &reader->parameters[reader->ansatz->first_parameter + (size_t)parameter];
}

/* "'*' of 't0' and 't1'", "'/' by 't0'", "'sin' of 't0'" */
static void describe(const kw_qasm_reader *reader, const kw_qasm_fault *fault, char *text, size_t bytes) {
    const char *function = kw_qasm_function_name(fault->op->code), sign[2] = {fault->op->code, 0};
    const int a = fault->parameters[0], b = fault->parameters[1];
    const kw_token *first = name_of(reader, a >= 0 ? a : b), *second = name_of(reader, b >= 0 ? b : a);
    snprintf(text, bytes, "'%s' %s '%.*s'%s%.*s%s", *function ? function : sign, a < 0 && *sign == '/' ? "by" : "of",
             shown(first->length), first->text, a >= 0 && b >= 0 ? " and '" : "",
             a >= 0 && b >= 0 ? shown(second->length) : 0, second->text, a >= 0 && b >= 0 ? "'" : "");
}

kw_status kw_qasm_ansatz_refuse(kw_qasm_reader *reader, const kw_qasm_gate *gate, const kw_qasm_fault *fault) {
    const kw_token at = place_in(reader, gate, fault->op->line, fault->op->column);
    const int length = shown(gate->length);
    if (fault->kind != KW_QASM_NOT_AFFINE)
        return kw_qasm_fail(reader, &at, "%s in the body of gate '%.*s'",
                            fault->kind == KW_QASM_DIVISION_BY_ZERO ? "division by zero" : "a number that is not finite",
                            length, gate->name);
    char found[160];
    describe(reader, fault, found, sizeof found);
    return kw_qasm_fail(reader, &at,
                        "found %s in the body of gate '%.*s', expected an angle a*t + b of one parameter of the ansatz",
                        found, length, gate->name);
}

static kw_status find(kw_qasm_reader *reader, const kw_qasm_gate **out) {
    const size_t *found = kw_qasm_names_find(&reader->gate_names, WORD, sizeof WORD - 1);
    if (!found) return kw_qasm_expected(reader, "gate " WORD "(t0, t1, ...) q0, q1, ... { ... }, which is to be trained");
    const kw_qasm_gate *gate = &reader->gates[*found];
    const kw_token at = place_in(reader, gate, gate->line, gate->column);
    if (gate->opaque)
        return kw_qasm_fail(reader, &at, "gate '" WORD "' is opaque, expected a definition: gate " WORD "(...) ... { ... }");
    if (!gate->parameters)
        return kw_qasm_fail(reader, &at, "gate '" WORD "' has no parameters, expected at least one to train");
    if (gate->cost > reader->gates_left)
        return kw_qasm_fail(reader, &at, "more gates than can be read: the circuit is too long once gates are expanded");
    *out = gate;
    return KW_OK;
}

static kw_status check_used(kw_qasm_reader *reader, const kw_circuit *circuit) {
    const kw_qasm_gate *gate = reader->ansatz;
    bool *used = calloc(gate->parameters, sizeof *used);
    if (!used) return kw_fail(KW_E_NOMEM, "no memory for %zu parameters", gate->parameters);
    for (size_t g = 0; g < circuit->count; ++g)
        for (int j = 0; j < kw_gate_angles(circuit->gates[g].kind); ++j)
            if (circuit->gates[g].angles[j].parameter >= 0) used[circuit->gates[g].angles[j].parameter] = true;
    size_t unused = 0;
    while (unused < gate->parameters && used[unused]) ++unused;
    free(used);
    if (unused == gate->parameters) return KW_OK;
    const kw_token *name = name_of(reader, (int)unused), at = place_in(reader, gate, name->line, name->column);
    return kw_qasm_fail(reader, &at,
                        "no angle depends on parameter '%.*s', expected every parameter of gate '" WORD "' to be used",
                        shown(name->length), name->text);
}

/* The circuit of the ansatz in a file that has been read. */
static kw_status make(kw_qasm_reader *reader, kw_circuit **out) {
    int qubits[KW_MAX_QUBITS];
    kw_circuit *circuit = NULL;
    kw_status status = find(reader, &reader->ansatz);
    if (status != KW_OK) return status;
    const kw_qasm_gate *gate = reader->ansatz;
    status = kw_circuit_create(gate->qubits, &circuit);
    if (status == KW_OK)
        status = kw_reserve((void **)&reader->values, &reader->value_capacity, 0, gate->parameters, sizeof *reader->values);
    if (status == KW_OK) {
        const kw_token at = {.line = gate->line, .column = gate->column};
        for (size_t j = 0; j < gate->parameters; ++j) reader->values[j] = kw_angle_parameter((int)j);
        for (int q = 0; q < gate->qubits; ++q) qubits[q] = q;
        reader->value_count = gate->parameters;
        reader->circuit = circuit;
        status = kw_qasm_gate_expand(reader, &at, (size_t)(gate - reader->gates), 0, qubits, gate->qubits);
    }
    if (status == KW_OK) status = check_used(reader, circuit);
    if (status == KW_OK) *out = circuit;
    else kw_circuit_destroy(&circuit);
    return status;
}

kw_status kw_qasm_parse_ansatz(const char *text, size_t length, const char *name, size_t most_gates, kw_circuit **out) {
    kw_qasm_reader reader = {.gates_left = most_gates};
    kw_status status = kw_qasm_read_text(&reader, text, length, name);
    if (status == KW_OK) status = make(&reader, out);
    kw_qasm_release(&reader);
    return status;
}

kw_status kw_circuit_parse_ansatz(const char *text, size_t length, const char *name, kw_circuit **out) {
    return kw_qasm_parse_ansatz(text, length, name, KW_QASM_GATES, out);
}

kw_status kw_circuit_read_ansatz(const char *path, kw_circuit **out) {
    kw_qasm_reader reader = {.gates_left = KW_QASM_GATES};
    kw_status status = kw_qasm_read_file(&reader, path);
    if (status == KW_OK) status = make(&reader, out);
    kw_qasm_release(&reader);
    return status;
}
