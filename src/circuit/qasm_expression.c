/* F1  OpenQASM: parameter expressions.
 *    sum     = product { (+|-) product }          product = unary { (*|/) unary }
 *    unary   = [+|-] unary | power                power   = primary [ ^ unary ]        so -2^2 = -4, 2^3^2 = 2^9
 *    primary = number | pi | parameter | function ( sum ) | ( sum )
 * They are kept in postfix order, because a gate's body is evaluated anew for each use. */
#include <math.h>

#include "circuit/qasm_internal.h"

static const struct {
    const char *name;
    char code;
} functions[] = {{"sin", 's'}, {"cos", 'o'}, {"tan", 't'}, {"exp", 'e'}, {"ln", 'l'}, {"sqrt", 'q'}};

const char *kw_qasm_function_name(char code) {
    for (size_t i = 0; i < sizeof functions / sizeof *functions; ++i)
        if (functions[i].code == code) return functions[i].name;
    return "";
}

static kw_status push(kw_qasm_reader *reader, char code, double value, size_t parameter, const kw_token *at) {
    const kw_status status =
        kw_reserve((void **)&reader->ops, &reader->op_capacity, reader->op_count, 1, sizeof *reader->ops);
    if (status != KW_OK) return status;
    reader->ops[reader->op_count++] = (kw_qasm_op){code, value, parameter, at->line, at->column};
    return KW_OK;
}

static kw_status sum(kw_qasm_reader *reader, int depth);

static kw_status primary_name(kw_qasm_reader *reader, int depth) {
    const kw_token name = reader->token;
    kw_status status;
    if (kw_token_is(&name, "pi")) {
        status = kw_qasm_next(reader);
        return status ? status : push(reader, 'c', M_PI, 0, &name);
    }
    for (size_t i = 0; i < sizeof functions / sizeof *functions; ++i) {
        if (!kw_token_is(&name, functions[i].name)) continue;
        if ((status = kw_qasm_next(reader)) || (status = kw_qasm_symbol(reader, "("))) return status;
        if ((status = sum(reader, depth + 1)) || (status = kw_qasm_symbol(reader, ")"))) return status;
        return push(reader, functions[i].code, 0, 0, &name);
    }
    const size_t *formal = kw_qasm_names_find(&reader->formals, name.text, name.length);
    if (!formal || *formal & 1)
        return kw_qasm_expected(reader, reader->formals.count ? "a number, pi, a function or a parameter of the gate"
                                                              : "a number, pi or a function (sin cos tan exp ln sqrt)");
    const size_t parameter = *formal / 2;
    status = kw_qasm_next(reader);
    return status ? status : push(reader, 'p', 0, parameter, &name);
}

static kw_status primary(kw_qasm_reader *reader, int depth) {
    const kw_token token = reader->token;
    kw_status status;
    if (token.kind == KW_TOKEN_NAME) return primary_name(reader, depth);
    if (token.kind == KW_TOKEN_INTEGER || token.kind == KW_TOKEN_REAL) {
        status = kw_qasm_next(reader);
        return status ? status : push(reader, 'c', token.number, 0, &token);
    }
    if (!kw_token_is(&token, "(")) return kw_qasm_expected(reader, "an expression");
    if ((status = kw_qasm_next(reader)) || (status = sum(reader, depth + 1))) return status;
    return kw_qasm_symbol(reader, ")");
}

static kw_status unary(kw_qasm_reader *reader, int depth) {
    const kw_token sign = reader->token;
    if (depth > KW_QASM_NESTING)
        return kw_qasm_fail(reader, &sign, "an expression nested more than %d deep", KW_QASM_NESTING);
    kw_status status;
    const bool minus = kw_token_is(&sign, "-");
    if (minus || kw_token_is(&sign, "+")) {
        if ((status = kw_qasm_next(reader)) || (status = unary(reader, depth + 1))) return status;
        return minus ? push(reader, 'n', 0, 0, &sign) : KW_OK;
    }
    if ((status = primary(reader, depth))) return status;
    const kw_token power = reader->token;
    if (!kw_token_is(&power, "^")) return KW_OK;
    if ((status = kw_qasm_next(reader)) || (status = unary(reader, depth + 1))) return status;
    return push(reader, '^', 0, 0, &power);
}

static kw_status product(kw_qasm_reader *reader, int depth) {
    kw_status status = unary(reader, depth);
    while (status == KW_OK) {
        const kw_token sign = reader->token;
        if (!kw_token_is(&sign, "*") && !kw_token_is(&sign, "/")) break;
        if ((status = kw_qasm_next(reader)) || (status = unary(reader, depth))) break;
        status = push(reader, *sign.text, 0, 0, &sign);
    }
    return status;
}

static kw_status sum(kw_qasm_reader *reader, int depth) {
    kw_status status = product(reader, depth);
    while (status == KW_OK) {
        const kw_token sign = reader->token;
        if (!kw_token_is(&sign, "+") && !kw_token_is(&sign, "-")) break;
        if ((status = kw_qasm_next(reader)) || (status = product(reader, depth))) break;
        status = push(reader, *sign.text, 0, 0, &sign);
    }
    return status;
}

kw_status kw_qasm_expression_read(kw_qasm_reader *reader, kw_qasm_expression *expression) {
    const size_t first = reader->op_count;
    const kw_status status = sum(reader, 0);
    if (status != KW_OK) return status;
    *expression = (kw_qasm_expression){first, reader->op_count - first};
    for (size_t i = first; i < reader->op_count; ++i)
        if (reader->ops[i].code == 'p') return KW_OK;
    kw_angle value;
    kw_qasm_fault fault;
    if (!kw_qasm_evaluate(reader, *expression, 0, &value, &fault)) {
        const kw_token at = {.line = fault.op->line, .column = fault.op->column};
        return kw_qasm_fail(reader, &at, "%s",
                            fault.kind == KW_QASM_DIVISION_BY_ZERO ? "division by zero"
                                                                   : "the result is not a finite number");
    }
    reader->ops[first].code = 'c';
    reader->ops[first].value = value.offset;
    reader->op_count = first + 1;
    expression->count = 1;
    return KW_OK;
}

kw_status kw_qasm_expressions_read(kw_qasm_reader *reader, size_t *count) {
    *count = 0;
    if (!kw_token_is(&reader->token, "(")) return KW_OK;
    kw_status status = kw_qasm_next(reader);
    if (status != KW_OK) return status;
    if (kw_token_is(&reader->token, ")")) return kw_qasm_next(reader);
    for (;;) {
        kw_qasm_expression expression;
        if ((status = kw_qasm_expression_read(reader, &expression))) return status;
        status = kw_reserve((void **)&reader->expressions, &reader->expression_capacity, reader->expression_count, 1,
                            sizeof *reader->expressions);
        if (status != KW_OK) return status;
        reader->expressions[reader->expression_count++] = expression;
        ++*count;
        if (kw_token_is(&reader->token, ")")) return kw_qasm_next(reader);
        if (!kw_token_is(&reader->token, ",")) return kw_qasm_expected(reader, "',' or ')'");
        if ((status = kw_qasm_next(reader))) return status;
    }
}
