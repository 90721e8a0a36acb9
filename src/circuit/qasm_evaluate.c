/* F1  OpenQASM: values of expressions, affine in one parameter of the circuit: factor * theta[parameter] + offset. */
#include <math.h>
#include <string.h>

#include "circuit/qasm_internal.h"

enum { STACK = 4 * KW_QASM_NESTING + 8 }; /* a level of nesting holds at most a term, a factor, a base */

static double function(char code, double x) {
    switch (code) {
    case 's': return sin(x);
    case 'o': return cos(x);
    case 't': return tan(x);
    case 'e': return exp(x);
    case 'l': return log(x);
    default: return sqrt(x);
    }
}

static bool depends(kw_angle a) { return a.parameter >= 0; }

static kw_angle scaled(kw_angle a, double by) { return (kw_angle){a.parameter, a.factor * by, a.offset * by}; }

/* Constant powers, x^1, x^0 = 1 and 1^x = 1. */
static bool power(kw_angle base, kw_angle exponent, kw_angle *out) {
    const bool same = !depends(exponent) && exponent.offset == 1;
    const bool one = (!depends(exponent) && exponent.offset == 0) || (!depends(base) && base.offset == 1);
    if (!same && !one && (depends(base) || depends(exponent))) return false;
    *out = same ? base : kw_angle_constant(one ? 1 : pow(base.offset, exponent.offset));
    return true;
}

/* False if a, b together are not affine in one parameter. */
static bool binary(char code, kw_angle a, kw_angle b, kw_angle *out) {
    const int parameter = depends(a) ? a.parameter : b.parameter;
    switch (code) {
    case '+':
    case '-':
        if (depends(a) && depends(b) && a.parameter != b.parameter) return false;
        *out = code == '+' ? (kw_angle){parameter, a.factor + b.factor, a.offset + b.offset}
                           : (kw_angle){parameter, a.factor - b.factor, a.offset - b.offset};
        return true;
    case '*':
        if (depends(a) && depends(b)) return false;
        *out = depends(a) ? scaled(a, b.offset) : scaled(b, a.offset);
        return true;
    case '/':
        if (depends(b)) return false;
        *out = (kw_angle){a.parameter, a.factor / b.offset, a.offset / b.offset};
        return true;
    default: return power(a, b, out);
    }
}

static bool refuse(kw_qasm_fault *fault, int kind, const kw_qasm_op *op, int first, int second) {
    *fault = (kw_qasm_fault){.op = op, .parameters = {first, second}};
    fault->kind = kind;
    return false;
}

/* Operands a and, of an operation between two, b; result *a. */
static bool apply(const kw_qasm_op *op, kw_angle *a, const kw_angle *b, kw_qasm_fault *fault) {
    if (b && op->code == '/' && !depends(*b) && b->offset == 0) return refuse(fault, KW_QASM_DIVISION_BY_ZERO, op, -1, -1);
    bool affine = true;
    if (b) {
        const kw_angle first = *a;
        affine = binary(op->code, first, *b, a);
    } else if (op->code == 'n') *a = (kw_angle){a->parameter, -a->factor, -a->offset};
    else if ((affine = !depends(*a))) a->offset = function(op->code, a->offset);
    if (!affine) return refuse(fault, KW_QASM_NOT_AFFINE, op, a->parameter, b ? b->parameter : -1);
    if (a->factor == 0) *a = kw_angle_constant(a->offset);
    return true;
}

bool kw_qasm_evaluate(const kw_qasm_reader *reader, kw_qasm_expression expression, size_t base, kw_angle *value,
                      kw_qasm_fault *fault) {
    kw_angle stack[STACK];
    size_t top = 0;
    stack[0] = kw_angle_constant(0);
    for (size_t i = expression.first; i < expression.first + expression.count; ++i) {
        const kw_qasm_op *op = &reader->ops[i];
        if (op->code == 'c') stack[top++] = kw_angle_constant(op->value);
        else if (op->code == 'p') stack[top++] = reader->values[base + op->parameter];
        else {
            const size_t operands = strchr("+-*/^", op->code) ? 2 : 1;
            if (top < operands) return refuse(fault, KW_QASM_NOT_FINITE, op, -1, -1); /* no expression that was read */
            top -= operands - 1;
            if (!apply(op, &stack[top - 1], operands == 2 ? &stack[top] : NULL, fault)) return false;
        }
        const kw_angle *result = &stack[top - 1];
        if (!isfinite(result->factor) || !isfinite(result->offset)) return refuse(fault, KW_QASM_NOT_FINITE, op, -1, -1);
    }
    *value = stack[0];
    return true;
}
