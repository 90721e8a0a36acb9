/* F1  OpenQASM: the known gates, gates declared by the file, and their expansion at each use. */
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/suggest.h"
#include "circuit/qasm_internal.h"

/* Names of qelib1 that are not those of the gate table. */
static const struct {
    const char *name;
    kw_gate_kind kind;
} aliases[] = {{"u0", KW_GATE_ID}, {"c3sx", KW_GATE_C3SX}};

static kw_status add_gate(kw_qasm_reader *reader, const kw_qasm_gate *gate) {
    kw_status status =
        kw_reserve((void **)&reader->gates, &reader->gate_capacity, reader->gate_count, 1, sizeof *reader->gates);
    if (status == KW_OK) status = kw_qasm_names_set(&reader->gate_names, gate->name, gate->length, reader->gate_count);
    if (status == KW_OK) reader->gates[reader->gate_count++] = *gate;
    return status;
}

static kw_status add_builtin(kw_qasm_reader *reader, const char *name, kw_gate_kind kind) {
    if (kw_qasm_names_find(&reader->gate_names, name, strlen(name))) return KW_OK; /* the file's own */
    const int controls = kw_gate_controls(kind);
    kw_qasm_gate gate = {.name = name, .length = strlen(name), .builtin = true, .kind = kind, .cost = 1, .depth = 1};
    gate.parameters = strcmp(name, "u0") ? (size_t)kw_gate_angles(kind) : 1;
    gate.qubits = controls < 0 ? -1 : controls + kw_gate_targets(kind);
    return add_gate(reader, &gate);
}

kw_status kw_qasm_add_kernel_gates(kw_qasm_reader *reader) {
    const kw_status status = add_builtin(reader, "U", KW_GATE_U);
    return status ? status : add_builtin(reader, "CX", KW_GATE_CX);
}

kw_status kw_qasm_add_qelib1(kw_qasm_reader *reader) {
    kw_status status = KW_OK;
    for (int kind = 0; kind < KW_GATE_KINDS && status == KW_OK; ++kind)
        if (kind != KW_GATE_UNITARY) status = add_builtin(reader, kw_gate_name((kw_gate_kind)kind), (kw_gate_kind)kind);
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases && status == KW_OK; ++i)
        status = add_builtin(reader, aliases[i].name, aliases[i].kind);
    reader->has_qelib1 = true;
    return status;
}

/* Kind of a known name, exactly or up to upper case; KW_GATE_KINDS if there is none. */
static kw_gate_kind known(const kw_token *name, bool exactly) {
    for (int kind = 0; kind < KW_GATE_KINDS; ++kind) {
        const char *candidate = kw_gate_name((kw_gate_kind)kind);
        if (kind == KW_GATE_UNITARY || strlen(candidate) != name->length) continue;
        if (exactly ? !strncmp(candidate, name->text, name->length) : !strncasecmp(candidate, name->text, name->length))
            return (kw_gate_kind)kind;
    }
    return KW_GATE_KINDS;
}

static kw_status unknown_gate(const kw_qasm_reader *reader, const kw_token *name) {
    char word[64];
    snprintf(word, sizeof word, "%.*s", name->length < sizeof word ? (int)name->length : 60, name->text);
    if (!reader->has_qelib1 && known(name, true) != KW_GATE_KINDS)
        return kw_qasm_fail(reader, name, "unknown gate '%s': it needs include \"qelib1.inc\";", word);
    char nearest_name[64], candidate[64];
    kw_suggestion nearest = kw_suggest(word);
    for (size_t i = 0; i < reader->gate_count; ++i) {
        const kw_qasm_gate *gate = &reader->gates[i];
        if (gate->length >= sizeof candidate) continue;
        memcpy(candidate, gate->name, gate->length);
        candidate[gate->length] = '\0';
        const size_t before = nearest.distance;
        kw_suggest_offer(&nearest, candidate);
        if (nearest.distance < before) memcpy(nearest_name, candidate, sizeof candidate);
    }
    if (!nearest.best) return kw_qasm_fail(reader, name, "unknown gate '%s'", word);
    return kw_qasm_fail(reader, name, "unknown gate '%s'; did you mean '%s'?", word, nearest_name);
}

kw_status kw_qasm_gate_find(kw_qasm_reader *reader, const kw_token *name, size_t *gate) {
    const size_t *found = kw_qasm_names_find(&reader->gate_names, name->text, name->length);
    if (!found && reader->has_qelib1) {
        const kw_gate_kind kind = known(name, false);
        if (kind == KW_GATE_KINDS) return unknown_gate(reader, name);
        found = kw_qasm_names_find(&reader->gate_names, kw_gate_name(kind), name->length);
    }
    if (!found) return unknown_gate(reader, name);
    *gate = *found;
    if (reader->gates[*gate].opaque)
        return kw_qasm_fail(reader, name, "gate '%.*s' cannot be applied: it is opaque (line %d), without a definition",
                            (int)(name->length > 60 ? 60 : name->length), name->text, reader->gates[*gate].line);
    return KW_OK;
}

static const char *plural(size_t count) { return count == 1 ? "" : "s"; }

kw_status kw_qasm_gate_check(const kw_qasm_reader *reader, const kw_token *name, size_t index, size_t parameters,
                             size_t arguments) {
    const kw_qasm_gate *gate = &reader->gates[index];
    const int shown = (int)(name->length > 60 ? 60 : name->length);
    if (parameters != gate->parameters)
        return kw_qasm_fail(reader, name, "found %zu parameter%s for gate '%.*s', expected %zu", parameters,
                            plural(parameters), shown, name->text, gate->parameters);
    if (gate->qubits < 0 ? arguments >= 2 : arguments == (size_t)gate->qubits) return KW_OK;
    return kw_qasm_fail(reader, name, "found %zu qubit%s for gate '%.*s', expected %s%d", arguments, plural(arguments),
                        shown, name->text, gate->qubits < 0 ? "at least " : "", gate->qubits < 0 ? 2 : gate->qubits);
}

/* ---- declarations ---- */

static kw_status keep_parameter(kw_qasm_reader *reader, const kw_token *name) {
    const kw_status status = kw_reserve((void **)&reader->parameters, &reader->parameter_capacity, reader->parameter_count,
                                        1, sizeof *reader->parameters);
    if (status == KW_OK) reader->parameters[reader->parameter_count++] = *name;
    return status;
}

/* Reads names between commas into the formals, numbered from 0; stops before what is no comma. */
static kw_status read_formals(kw_qasm_reader *reader, bool qubits, size_t *count) {
    for (*count = 0;; ++*count) {
        kw_token name;
        kw_status status = kw_qasm_name(reader, qubits ? "the name of a qubit" : "the name of a parameter", &name);
        if (status != KW_OK) return status;
        if (kw_qasm_names_find(&reader->formals, name.text, name.length))
            return kw_qasm_fail(reader, &name, "the name '%.*s' is used twice", name.length > 60 ? 60 : (int)name.length,
                                name.text);
        if (qubits && *count == KW_MAX_QUBITS)
            return kw_qasm_fail(reader, &name, "a gate on more than %d qubits", KW_MAX_QUBITS);
        if ((status = kw_qasm_names_set(&reader->formals, name.text, name.length, 2 * *count + qubits))) return status;
        if (!qubits && (status = keep_parameter(reader, &name))) return status;
        if (!kw_token_is(&reader->token, ",")) break;
        if ((status = kw_qasm_next(reader))) return status;
    }
    ++*count;
    return KW_OK;
}

static kw_status read_signature(kw_qasm_reader *reader, kw_qasm_gate *gate) {
    size_t qubits = 0;
    kw_status status = KW_OK;
    if (kw_token_is(&reader->token, "(")) {
        if ((status = kw_qasm_next(reader))) return status;
        if (!kw_token_is(&reader->token, ")") && (status = read_formals(reader, false, &gate->parameters))) return status;
        if (!kw_token_is(&reader->token, ")")) return kw_qasm_expected(reader, "',' or ')'");
        if ((status = kw_qasm_next(reader))) return status;
    }
    status = read_formals(reader, true, &qubits);
    gate->qubits = (int)qubits;
    return status;
}

/* Reads the qubits of a call in a body, all different. */
static kw_status read_arguments(kw_qasm_reader *reader, int *count) {
    uint64_t seen = 0;
    for (*count = 0;;) {
        kw_token name;
        kw_status status = kw_qasm_name(reader, "a qubit of the gate", &name);
        if (status != KW_OK) return status;
        const size_t *formal = kw_qasm_names_find(&reader->formals, name.text, name.length);
        const int shown = name.length > 60 ? 60 : (int)name.length;
        if (!formal || !(*formal & 1))
            return kw_qasm_fail(reader, &name, "found '%.*s', expected a qubit of the gate", shown, name.text);
        const int qubit = (int)(*formal / 2);
        if (seen >> qubit & 1) return kw_qasm_fail(reader, &name, "qubit '%.*s' is used twice", shown, name.text);
        seen |= (uint64_t)1 << qubit;
        status = kw_reserve((void **)&reader->arguments, &reader->argument_capacity, reader->argument_count, 1,
                            sizeof *reader->arguments);
        if (status != KW_OK) return status;
        reader->arguments[reader->argument_count++] = qubit;
        ++*count;
        if (!kw_token_is(&reader->token, ",")) return kw_qasm_symbol(reader, ";");
        if ((status = kw_qasm_next(reader))) return status;
    }
}

static kw_status read_call(kw_qasm_reader *reader, kw_qasm_gate *gate) {
    kw_token name;
    kw_qasm_call call = {.first_argument = reader->argument_count, .first_expression = reader->expression_count};
    kw_status status = kw_qasm_name(reader, "a gate or '}'", &name);
    if (status != KW_OK) return status;
    if (name.length == gate->length && !memcmp(name.text, gate->name, name.length))
        return kw_qasm_fail(reader, &name, "gate '%.*s' applies itself", name.length > 60 ? 60 : (int)name.length,
                            name.text);
    if ((status = kw_qasm_gate_find(reader, &name, &call.gate))) return status;
    if ((status = kw_qasm_expressions_read(reader, &call.expressions))) return status;
    if ((status = read_arguments(reader, &call.arguments))) return status;
    if ((status = kw_qasm_gate_check(reader, &name, call.gate, call.expressions, (size_t)call.arguments))) return status;
    const kw_qasm_gate *called = &reader->gates[call.gate];
    gate->cost += called->cost;
    if (gate->cost > KW_QASM_GATES) gate->cost = KW_QASM_GATES + 1;
    if (called->depth >= gate->depth) gate->depth = called->depth + 1;
    if (gate->depth > KW_QASM_NESTING)
        return kw_qasm_fail(reader, &name, "gates that use gates more than %d deep", KW_QASM_NESTING);
    status = kw_reserve((void **)&reader->calls, &reader->call_capacity, reader->call_count, 1, sizeof *reader->calls);
    if (status == KW_OK) reader->calls[reader->call_count++] = call;
    return status;
}

/* A barrier in a body only checks its qubits. */
static kw_status read_barrier(kw_qasm_reader *reader) {
    const size_t kept = reader->argument_count;
    int count = 0;
    kw_status status = kw_qasm_next(reader);
    if (status == KW_OK) status = read_arguments(reader, &count);
    reader->argument_count = kept;
    return status;
}

static kw_status read_body(kw_qasm_reader *reader, kw_qasm_gate *gate) {
    gate->first_call = reader->call_count;
    kw_status status = kw_qasm_symbol(reader, "{");
    while (status == KW_OK && !kw_token_is(&reader->token, "}"))
        status = kw_token_is(&reader->token, "barrier") ? read_barrier(reader) : read_call(reader, gate);
    gate->calls = reader->call_count - gate->first_call;
    return status ? status : kw_qasm_next(reader);
}

kw_status kw_qasm_gate_declare(kw_qasm_reader *reader, bool opaque) {
    kw_token name;
    kw_status status = kw_qasm_name(reader, "the name of a gate", &name);
    if (status != KW_OK) return status;
    const size_t *found = kw_qasm_names_find(&reader->gate_names, name.text, name.length);
    if (found && !reader->gates[*found].builtin && !reader->gates[*found].opaque)
        return kw_qasm_fail(reader, &name, "gate '%.*s' is already declared in line %d",
                            name.length > 60 ? 60 : (int)name.length, name.text, reader->gates[*found].line);
    kw_qasm_gate gate = {.name = name.text,
                         .length = name.length,
                         .first_parameter = reader->parameter_count,
                         .opaque = opaque,
                         .cost = 1,
                         .depth = 1,
                         .line = name.line,
                         .column = name.column,
                         .source = reader->source};
    kw_qasm_names_clear(&reader->formals);
    if ((status = read_signature(reader, &gate))) return status;
    status = opaque ? kw_qasm_symbol(reader, ";") : read_body(reader, &gate);
    kw_qasm_names_clear(&reader->formals);
    if (status != KW_OK) return status;
    const kw_gate_kind kind = opaque ? known(&name, true) : KW_GATE_KINDS;
    if (kind != KW_GATE_KINDS && (size_t)kw_gate_angles(kind) == gate.parameters
        && (kw_gate_controls(kind) < 0 || kw_gate_controls(kind) + kw_gate_targets(kind) == gate.qubits)) {
        gate.builtin = true; /* its definition is known */
        gate.opaque = false;
        gate.kind = kind;
    }
    return add_gate(reader, &gate);
}

/* ---- uses ---- */

static kw_status append_builtin(kw_qasm_reader *reader, const kw_qasm_gate *gate, size_t base, const int *qubits,
                                int n_qubits) {
    kw_angle angles[KW_MAX_ANGLES];
    for (int j = 0; j < kw_gate_angles(gate->kind); ++j) angles[j] = reader->values[base + (size_t)j];
    return kw_circuit_append(reader->circuit, gate->kind, qubits, n_qubits, angles);
}

/* Puts the values of a call's parameters behind the others. */
static kw_status push_values(kw_qasm_reader *reader, const kw_token *at, const kw_qasm_gate *gate, const kw_qasm_call *call,
                             size_t base) {
    kw_status status = kw_reserve((void **)&reader->values, &reader->value_capacity, reader->value_count, call->expressions,
                                  sizeof *reader->values);
    for (size_t j = 0; status == KW_OK && j < call->expressions; ++j) {
        kw_angle value;
        kw_qasm_fault fault;
        if (!kw_qasm_evaluate(reader, reader->expressions[call->first_expression + j], base, &value, &fault))
            return reader->ansatz ? kw_qasm_ansatz_refuse(reader, gate, &fault)
                                  : kw_qasm_fail(reader, at, "%s in the body of gate '%.*s' (line %d)",
                                                 fault.kind == KW_QASM_DIVISION_BY_ZERO ? "division by zero"
                                                                                        : "a number that is not finite",
                                                 gate->length > 60 ? 60 : (int)gate->length, gate->name, fault.op->line);
        reader->values[reader->value_count++] = value;
    }
    return status;
}

kw_status kw_qasm_gate_expand(kw_qasm_reader *reader, const kw_token *at, size_t index, size_t base, const int *qubits,
                              int n_qubits) {
    const kw_qasm_gate *gate = &reader->gates[index]; /* does not move while gates are expanded */
    if (gate->builtin) return append_builtin(reader, gate, base, qubits, n_qubits);
    const size_t kept = reader->value_count;
    kw_status status = KW_OK;
    for (size_t i = gate->first_call; status == KW_OK && i < gate->first_call + gate->calls; ++i) {
        const kw_qasm_call *call = &reader->calls[i];
        int inner[KW_MAX_QUBITS];
        for (int j = 0; j < call->arguments; ++j) inner[j] = qubits[reader->arguments[call->first_argument + (size_t)j]];
        status = push_values(reader, at, gate, call, base);
        if (status == KW_OK) status = kw_qasm_gate_expand(reader, at, call->gate, kept, inner, call->arguments);
        reader->value_count = kept;
    }
    return status;
}
