/* Random parameter expressions, drawn from the grammar and evaluated while they are written:
 *    sum = product { (+|-) product }     product = unary { (*|/) unary }     unary = [+|-] unary | power
 *    power = primary [ ^ unary ]         primary = number | pi | parameter | function ( sum ) | ( sum )
 * Intervals decide what is defined and what is too large, because values differ between the uses of a gate's body. */
#include <math.h>
#include <stdlib.h>

#include "programs/random_qasm_internal.h"
#include "support/dense.h"

enum { DEEPEST = 3 };

typedef struct {
    FILE *out;
    uint64_t *seed;
    const random_formals *formals;
} writer;

static const random_value undefined = {0.0, -INFINITY, INFINITY};

static uint64_t choose(const writer *w, uint64_t count) { return dense_bits(w->seed) % count; }

static void space(const writer *w) {
    if (choose(w, 8) == 0) fputc(' ', w->out);
}

static random_value sum(const writer *w, int depth);

/* ---- intervals ---- */

static random_value hull(double value, const double *ends, int count) {
    random_value result = {value, ends[0], ends[0]};
    for (int i = 0; i < count; ++i) {
        if (!isfinite(ends[i])) return undefined;
        result.low = fmin(result.low, ends[i]);
        result.high = fmax(result.high, ends[i]);
    }
    return result;
}

static random_value binary(char code, random_value a, random_value b) {
    const double x = a.value, y = b.value;
    if (!isfinite(a.low) || !isfinite(b.low)) return undefined;
    switch (code) {
    case '+': return hull(x + y, (double[]){a.low + b.low, a.high + b.high}, 2);
    case '-': return hull(x - y, (double[]){a.low - b.high, a.high - b.low}, 2);
    case '*': return hull(x * y, (double[]){a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high}, 4);
    case '/':
        if (b.low < 0.01 && b.high > -0.01) return undefined;
        return hull(x / y, (double[]){a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high}, 4);
    default: /* any power of a positive number; squares and cubes of the others */
        if (a.low > 0.01)
            return hull(pow(x, y),
                        (double[]){pow(a.low, b.low), pow(a.low, b.high), pow(a.high, b.low), pow(a.high, b.high)}, 4);
        if (b.low != b.high || (y != 2.0 && y != 3.0)) return undefined;
        return hull(pow(x, y), (double[]){0.0, pow(a.low, y), pow(a.high, y)}, 3);
    }
}

static random_value function(char code, random_value a) {
    const double x = a.value;
    const int known = a.low == a.high;
    if (!isfinite(a.low)) return undefined;
    switch (code) {
    case 's': return known ? hull(sin(x), (double[]){sin(x)}, 1) : (random_value){sin(x), -1.0, 1.0};
    case 'c': return known ? hull(cos(x), (double[]){cos(x)}, 1) : (random_value){cos(x), -1.0, 1.0};
    case 't': return a.low > -1.5 && a.high < 1.5 ? hull(tan(x), (double[]){tan(a.low), tan(a.high)}, 2) : undefined;
    case 'e': return hull(exp(x), (double[]){exp(a.low), exp(a.high)}, 2);
    case 'l': return a.low > 0.01 ? hull(log(x), (double[]){log(a.low), log(a.high)}, 2) : undefined;
    default: return a.low >= 0.0 ? hull(sqrt(x), (double[]){sqrt(a.low), sqrt(a.high)}, 2) : undefined;
    }
}

/* ---- the grammar ---- */

static random_value number(const writer *w) {
    static const char *const forms[] = {"%.0f", "%.1f", "%.3f", "%.17g", "%.4e"};
    char text[64];
    snprintf(text, sizeof text, forms[choose(w, 5)], 4.0 * dense_uniform(w->seed));
    fputs(text, w->out);
    const double value = strtod(text, NULL);
    return (random_value){value, value, value};
}

static random_value in_parentheses(const writer *w, int depth) {
    fputc('(', w->out);
    const random_value value = sum(w, depth + 1);
    space(w);
    fputc(')', w->out);
    return value;
}

static random_value primary(const writer *w, int depth) {
    static const char *const names[] = {"sin", "cos", "tan", "exp", "ln", "sqrt"};
    const uint64_t kind = choose(w, depth < DEEPEST ? 10 : 6);
    space(w);
    if (kind < 3 && w->formals->count) {
        const int formal = (int)choose(w, (uint64_t)w->formals->count);
        fprintf(w->out, "t%d", formal);
        return (random_value){w->formals->values[formal], -FORMAL_BOUND, FORMAL_BOUND};
    }
    if (kind < 4) return number(w);
    if (kind < 6) {
        fputs("pi", w->out);
        return (random_value){M_PI, M_PI, M_PI};
    }
    if (kind < 8) return in_parentheses(w, depth);
    const char *name = names[choose(w, 6)];
    fputs(name, w->out);
    return function(name[0] == 's' && name[1] == 'q' ? 'q' : name[0], in_parentheses(w, depth));
}

static random_value unary(const writer *w, int depth) {
    const uint64_t kind = choose(w, 8);
    space(w);
    if (kind < 2) {
        fputc(kind ? '-' : '+', w->out);
        const random_value value = unary(w, depth + 1);
        return kind ? (random_value){-value.value, -value.high, -value.low} : value;
    }
    const random_value base = primary(w, depth);
    if (kind > 2 || depth >= DEEPEST) return base;
    fputc('^', w->out);
    return binary('^', base, unary(w, depth + 1));
}

/* One to three operands of the next level between operators. */
static random_value chain(const writer *w, int depth, const char *operators, random_value (*operand)(const writer *, int)) {
    random_value value = operand(w, depth);
    while (choose(w, 3) == 0) {
        const char code = operators[choose(w, 2)];
        space(w);
        fputc(code, w->out);
        value = binary(code, value, operand(w, depth));
    }
    return value;
}

static random_value product(const writer *w, int depth) { return chain(w, depth, "*/", unary); }
static random_value sum(const writer *w, int depth) { return chain(w, depth, "+-", product); }

double random_expression(FILE *out, uint64_t *seed, const random_formals *formals, double bound) {
    for (;;) {
        char *text = NULL;
        size_t length = 0;
        FILE *attempt = open_memstream(&text, &length);
        if (!attempt) abort();
        const random_value value = sum(&(writer){attempt, seed, formals}, 0);
        fclose(attempt);
        const int fits = value.low >= -bound && value.high <= bound;
        if (fits) fputs(text, out);
        free(text);
        if (fits) return value.value;
    }
}
