/* F1  The OpenQASM reader: tokens, names, expressions, gates; one struct that they share. */
#ifndef KW_QASM_INTERNAL_H
#define KW_QASM_INTERNAL_H

#include "circuit/program_internal.h"

enum {
    KW_QASM_NESTING = 256,      /* of expressions, and of gates calling gates */
    KW_QASM_INCLUDE_DEPTH = 16, /* of files including files */
    KW_QASM_INCLUDES = 256,     /* in all */
    KW_QASM_BITS = 1 << 20      /* classical */
};
#define KW_QASM_GATES ((size_t)100000000) /* after expansion */

/* ---- tokens ---- */

typedef enum {
    KW_TOKEN_END,
    KW_TOKEN_NAME,
    KW_TOKEN_INTEGER, /* `integer` and `number` hold its value */
    KW_TOKEN_REAL,
    KW_TOKEN_STRING,   /* text without its quotes */
    KW_TOKEN_PRAGMA,   /* the beginning of a comment for Ketwall: "// ketwall:" */
    KW_TOKEN_LINE_END, /* of the line of such a comment */
    KW_TOKEN_SYMBOL    /* one of ; , ( ) [ ] { } + - * / ^ -> == */
} kw_token_kind;

typedef struct {
    kw_token_kind kind;
    const char *text;
    size_t length;
    int line, column; /* from 1; columns count bytes */
    uint64_t integer;
    double number;
} kw_token;

/* A file's text.  All of them live until the end, because names point into them. */
typedef struct kw_qasm_source {
    struct kw_qasm_source *before;
    char *name, *text; /* text[length] = 0 */
    size_t length, position, line_start;
    int line;
    bool in_pragma; /* a line end is a token */
} kw_qasm_source;

/* ---- names: a hash table from a piece of text to an index ---- */

typedef struct {
    const char *text;
    size_t length, value;
} kw_qasm_entry;

typedef struct {
    kw_qasm_entry *entries;
    size_t capacity, count;
} kw_qasm_names;

/** Index stored under a name, or NULL.  Valid until the next kw_qasm_names_set. */
const size_t *kw_qasm_names_find(const kw_qasm_names *names, const char *text, size_t length);
kw_status kw_qasm_names_set(kw_qasm_names *names, const char *text, size_t length, size_t value);
void kw_qasm_names_clear(kw_qasm_names *names);

/* ---- gates ---- */

/* One operation of an expression in postfix order. */
typedef struct {
    char code;        /* + - * / ^, n: minus, c: constant, p: parameter; s o t e l q: sin cos tan exp ln sqrt */
    double value;     /* c */
    size_t parameter; /* p */
    int line, column;
} kw_qasm_op;

typedef struct {
    size_t first, count; /* in kw_qasm_reader.ops */
} kw_qasm_expression;

/* A gate applied in the body of another. */
typedef struct {
    size_t gate, first_argument, first_expression;
    int arguments;
    size_t expressions;
} kw_qasm_call;

typedef struct {
    const char *name;
    size_t length, parameters;
    size_t first_parameter; /* not builtin: in kw_qasm_reader.parameters */
    int qubits;             /* -1: at least two */
    bool builtin;           /* of kind `kind` */
    bool opaque;            /* declared without a body */
    kw_gate_kind kind;      /* builtin */
    size_t first_call, calls;
    size_t cost; /* gates and calls that one use expands to */
    int depth, line, column;
    kw_qasm_source *source; /* where it is declared; NULL: nowhere */
} kw_qasm_gate;

typedef struct {
    bool quantum;
    int index; /* in its register list */
} kw_qasm_register;

typedef struct {
    kw_program *program;
    kw_qasm_source *sources, *source; /* all; the one being read */
    kw_token token;                   /* the next one */
    bool may_include, has_qelib1;
    int include_depth, includes;
    size_t gates_left;
    kw_circuit *circuit;        /* that gates are expanded into */
    const kw_qasm_gate *ansatz; /* the gate that is being made a trainable circuit, or NULL */
    /* names and what they stand for */
    kw_qasm_names gate_names, register_names, formals; /* formals: 2 * index + (1 if a qubit) */
    kw_qasm_gate *gates;
    kw_qasm_register *registers;
    kw_token *parameters; /* names of the parameters of all declared gates */
    size_t gate_count, gate_capacity, register_count, register_capacity, parameter_count, parameter_capacity;
    /* bodies of gates */
    kw_qasm_call *calls;
    int *arguments;
    kw_qasm_expression *expressions;
    kw_qasm_op *ops;
    size_t call_count, call_capacity, argument_count, argument_capacity, expression_count, expression_capacity, op_count,
        op_capacity;
    /* values of parameters while gates are expanded; constants, except in an ansatz */
    kw_angle *values;
    size_t value_count, value_capacity;
} kw_qasm_reader;

/** Fails with "file:line:column: message" at a token of the file being read. */
kw_status kw_qasm_fail(const kw_qasm_reader *reader, const kw_token *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Fails at the next token with "found ..., expected `expected`". */
kw_status kw_qasm_expected(const kw_qasm_reader *reader, const char *expected);

/** Moves to the next token. */
kw_status kw_qasm_next(kw_qasm_reader *reader);

bool kw_token_is(const kw_token *token, const char *text); /* a name or a symbol */

/** Passes over a symbol or fails. */
kw_status kw_qasm_symbol(kw_qasm_reader *reader, const char *symbol);

/** Takes a name (what: "a gate name", ...), an integer from `least` to `most`. */
kw_status kw_qasm_name(kw_qasm_reader *reader, const char *what, kw_token *name);
kw_status kw_qasm_integer(kw_qasm_reader *reader, const char *what, uint64_t least, uint64_t most, uint64_t *value);

/** Reads an expression into ops; names are looked up among the formals.  Without parameters it becomes one constant. */
kw_status kw_qasm_expression_read(kw_qasm_reader *reader, kw_qasm_expression *expression);

/** Reads "( expression, ... )" if it is there; the expressions are the last `count` of the list. */
kw_status kw_qasm_expressions_read(kw_qasm_reader *reader, size_t *count);

/* Why an expression has no value, and the operation at fault.  Not affine: the parameters that its operands depend on, -1
 * for a constant or where there is none. */
typedef struct {
    enum { KW_QASM_DIVISION_BY_ZERO, KW_QASM_NOT_FINITE, KW_QASM_NOT_AFFINE } kind;
    const kw_qasm_op *op;
    int parameters[2];
} kw_qasm_fault;

/** Value for the parameters values[base], values[base+1], ..., affine in at most one parameter of the circuit; what does
 *  not depend on it after all is a constant.  False, with the fault, if there is none. */
bool kw_qasm_evaluate(const kw_qasm_reader *reader, kw_qasm_expression expression, size_t base, kw_angle *value,
                      kw_qasm_fault *fault);

/** Name of an operation's function; "" if it is none. */
const char *kw_qasm_function_name(char code);

/** Adds U and CX, which need no include; adds the other known gates where the name is still free. */
kw_status kw_qasm_add_kernel_gates(kw_qasm_reader *reader);
kw_status kw_qasm_add_qelib1(kw_qasm_reader *reader);

/** Finds a gate to apply; fails with a suggestion, or if it is opaque. */
kw_status kw_qasm_gate_find(kw_qasm_reader *reader, const kw_token *name, size_t *gate);

/** Compares what a use gives with what the gate takes. */
kw_status kw_qasm_gate_check(const kw_qasm_reader *reader, const kw_token *name, size_t index, size_t parameters,
                             size_t arguments);

/** Reads what follows `gate` or `opaque`. */
kw_status kw_qasm_gate_declare(kw_qasm_reader *reader, bool opaque);

/** Appends a gate on these qubits to the circuit; its parameters are values[base], ... */
kw_status kw_qasm_gate_expand(kw_qasm_reader *reader, const kw_token *at, size_t index, size_t base, const int *qubits,
                              int n_qubits);

/* ---- operations ---- */

/* A qubit or bit, or a whole register. */
typedef struct {
    kw_token at;
    int offset, size; /* size 0: one element */
} kw_qasm_operand;

/* The condition that the steps of a statement stand under; -1: none. */
typedef struct {
    int condition;
    uint64_t value;
} kw_qasm_guard;

/** Reads quantum operands between commas, and the ';' behind them; room for KW_MAX_QUBITS. */
kw_status kw_qasm_operands(kw_qasm_reader *reader, kw_qasm_operand *operands, int *count);

/** Size of the registers among the operands, which must agree; 0 if there are none. */
kw_status kw_qasm_broadcast(const kw_qasm_reader *reader, const kw_qasm_operand *operands, int count, int *size);

/** Reads "if (register == number)". */
kw_status kw_qasm_condition(kw_qasm_reader *reader, kw_qasm_guard *under);

/** Reads the noise of a comment for Ketwall, up to the end of its line. */
kw_status kw_qasm_pragma(kw_qasm_reader *reader);

/** Reads a gate, measure, reset, barrier or if statement into the program. */
kw_status kw_qasm_operation(kw_qasm_reader *reader);

/** Fails with an angle of the ansatz in the body of `gate`, at the operation at fault. */
kw_status kw_qasm_ansatz_refuse(kw_qasm_reader *reader, const kw_qasm_gate *gate, const kw_qasm_fault *fault);

/** Reads all statements of a file, or of a text, into an empty reader whose bound on gates is set.  Whatever the status, the
 *  reader is to be released. */
kw_status kw_qasm_read_file(kw_qasm_reader *reader, const char *path);
kw_status kw_qasm_read_text(kw_qasm_reader *reader, const char *text, size_t length, const char *name);
void kw_qasm_release(kw_qasm_reader *reader);

/** kw_program_parse and kw_circuit_parse_ansatz with a bound on the number of gates after expansion. */
kw_status kw_qasm_parse(const char *text, size_t length, const char *name, size_t most_gates, kw_program **out);
kw_status kw_qasm_parse_ansatz(const char *text, size_t length, const char *name, size_t most_gates, kw_circuit **out);

#endif
