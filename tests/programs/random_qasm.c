/* Random OpenQASM programs.  The body of a gate is drawn from a seed of its own: drawn once for its text, and once more,
 * into a sink, at every use, for the gates and angles that this use stands for. */
#include "programs/random_qasm.h"

#include <math.h>
#include <stdlib.h>

#include "programs/random_qasm_internal.h"
#include "support/dense.h"

enum { MOST_OWN = 4, MOST_REGISTERS = 3, MOST_WIDTH = 5, BODY_CALLS = 4, MOST_N = 12 };

/* The names of qelib1.inc, the two of the language itself, and those known beyond. */
typedef struct {
    const char *name;
    kw_gate_kind kind;
    int angles, qubits; /* qubits = -1: any number >= 2 */
} named_gate;

static const named_gate named[] = {
    {"u3", KW_GATE_U3, 3, 1},       {"u2", KW_GATE_U2, 2, 1},         {"u1", KW_GATE_U1, 1, 1},
    {"cx", KW_GATE_CX, 0, 2},       {"id", KW_GATE_ID, 0, 1},         {"u0", KW_GATE_ID, 1, 1},
    {"u", KW_GATE_U, 3, 1},         {"p", KW_GATE_P, 1, 1},           {"x", KW_GATE_X, 0, 1},
    {"y", KW_GATE_Y, 0, 1},         {"z", KW_GATE_Z, 0, 1},           {"h", KW_GATE_H, 0, 1},
    {"s", KW_GATE_S, 0, 1},         {"sdg", KW_GATE_SDG, 0, 1},       {"t", KW_GATE_T, 0, 1},
    {"tdg", KW_GATE_TDG, 0, 1},     {"rx", KW_GATE_RX, 1, 1},         {"ry", KW_GATE_RY, 1, 1},
    {"rz", KW_GATE_RZ, 1, 1},       {"sx", KW_GATE_SX, 0, 1},         {"sxdg", KW_GATE_SXDG, 0, 1},
    {"cz", KW_GATE_CZ, 0, 2},       {"cy", KW_GATE_CY, 0, 2},         {"swap", KW_GATE_SWAP, 0, 2},
    {"ch", KW_GATE_CH, 0, 2},       {"ccx", KW_GATE_CCX, 0, 3},       {"cswap", KW_GATE_CSWAP, 0, 3},
    {"crx", KW_GATE_CRX, 1, 2},     {"cry", KW_GATE_CRY, 1, 2},       {"crz", KW_GATE_CRZ, 1, 2},
    {"cu1", KW_GATE_CU1, 1, 2},     {"cp", KW_GATE_CP, 1, 2},         {"cu3", KW_GATE_CU3, 3, 2},
    {"csx", KW_GATE_CSX, 0, 2},     {"cu", KW_GATE_CU, 4, 2},         {"rxx", KW_GATE_RXX, 1, 2},
    {"rzz", KW_GATE_RZZ, 1, 2},     {"rccx", KW_GATE_RCCX, 0, 3},     {"rc3x", KW_GATE_RC3X, 0, 4},
    {"c3x", KW_GATE_C3X, 0, 4},     {"c3sqrtx", KW_GATE_C3SX, 0, 4},  {"c4x", KW_GATE_C4X, 0, 5},
    {"c3sx", KW_GATE_C3SX, 0, 4},   {"U", KW_GATE_U, 3, 1},           {"CX", KW_GATE_CX, 0, 2},
    {"ryy", KW_GATE_RYY, 1, 2},     {"iswap", KW_GATE_ISWAP, 0, 2},   {"iswapdg", KW_GATE_ISWAPDG, 0, 2},
    {"csxdg", KW_GATE_CSXDG, 0, 2}, {"c3sxdg", KW_GATE_C3SXDG, 0, 4}, {"rc3xdg", KW_GATE_RC3XDG, 0, 4},
    {"mcx", KW_GATE_MCX, 0, -1},    {"mcz", KW_GATE_MCZ, 0, -1},      {"mcp", KW_GATE_MCP, 1, -1},
};

/* A gate that the program declares: g0, g1, ... */
typedef struct {
    int formals, qubits;
    uint64_t seed;
} own_gate;

typedef struct {
    const named_gate *named; /* NULL: own gate number `own` */
    int own, angles, qubits;
} choice;

typedef struct {
    int n, own, registers;
    own_gate owns[MOST_OWN];
    int size[MOST_REGISTERS], offset[MOST_REGISTERS];
    FILE *text, *sink;
    test_program *gates;
    uint64_t seed;
} builder;

static const char *const register_names[MOST_REGISTERS] = {"q", "other", "anc_2"};

static int below(uint64_t *seed, int count) { return (int)(dense_bits(seed) % (uint64_t)count); }

/* A gate on at most `most` qubits; of the own gates, the first `own` may be used. */
static choice choose(const builder *b, uint64_t *seed, int most, int own) {
    for (;;) {
        if (own && below(seed, 5) == 0) {
            const int g = below(seed, own);
            if (b->owns[g].qubits <= most) return (choice){NULL, g, b->owns[g].formals, b->owns[g].qubits};
            continue;
        }
        const named_gate *gate = &named[below(seed, sizeof named / sizeof *named)];
        const int widest = most < MOST_WIDTH ? most : MOST_WIDTH;
        if (gate->qubits > most || (gate->qubits < 0 && widest < 2)) continue;
        return (choice){gate, -1, gate->angles, gate->qubits > 0 ? gate->qubits : 2 + below(seed, widest - 1)};
    }
}

/* Writes the name and the angles of a gate, and stores their values. */
static void write_head(FILE *out, const choice *gate, uint64_t *seed, const random_formals *formals, double *angles) {
    if (gate->named) fputs(gate->named->name, out);
    else fprintf(out, "g%d", gate->own);
    if (gate->angles || (!gate->named && below(seed, 2))) fputc('(', out);
    else return;
    for (int j = 0; j < gate->angles; ++j) {
        if (j) fputc(',', out);
        angles[j] = random_expression(out, seed, formals, gate->named ? 40.0 : FORMAL_BOUND);
    }
    fputc(')', out);
}

static void write_body(builder *b, int own, FILE *out, const double *values, const int *qubits);

/* Appends to the list what a gate on these qubits stands for. */
static void append(builder *b, const choice *gate, const double *values, const int *qubits) {
    if (!gate->named) {
        write_body(b, gate->own, b->sink, values, qubits);
        return;
    }
    kw_angle angles[KW_MAX_ANGLES];
    for (int j = 0; j < gate->angles; ++j) angles[j] = kw_angle_constant(values[j]);
    test_program_add(b->gates, gate->named->kind, qubits, gate->qubits, angles, NULL);
}

/* The calls of an own gate; with `qubits`, they are applied too. */
static void write_body(builder *b, int own, FILE *out, const double *values, const int *qubits) {
    const own_gate *self = &b->owns[own];
    uint64_t seed = self->seed;
    random_formals formals = {.count = self->formals};
    for (int j = 0; j < formals.count; ++j) formals.values[j] = values ? values[j] : 0.0;
    for (int calls = below(&seed, BODY_CALLS + 1); calls > 0; --calls) {
        double angles[KW_MAX_ANGLES];
        int local[MOST_WIDTH], actual[MOST_WIDTH];
        const choice gate = choose(b, &seed, self->qubits, own);
        write_head(out, &gate, &seed, &formals, angles);
        test_random_qubits(&seed, self->qubits, gate.qubits, local);
        for (int j = 0; j < gate.qubits; ++j) fprintf(out, "%ca%d", j ? ',' : ' ', local[j]);
        fputs(below(&seed, 6) ? "; " : ";\n  barrier a0; ", out);
        if (!qubits) continue;
        for (int j = 0; j < gate.qubits; ++j) actual[j] = qubits[local[j]];
        append(b, &gate, angles, actual);
    }
}

static void declare(builder *b) {
    const int own = b->own;
    own_gate *self = &b->owns[own];
    *self = (own_gate){below(&b->seed, MOST_FORMALS + 1), 1 + below(&b->seed, MOST_WIDTH), dense_bits(&b->seed)};
    fprintf(b->text, "gate g%d%s", own, self->formals ? "(" : "");
    for (int j = 0; j < self->formals; ++j) fprintf(b->text, "%st%d", j ? "," : "", j);
    fputs(self->formals ? ")" : "", b->text);
    for (int j = 0; j < self->qubits; ++j) fprintf(b->text, "%ca%d", j ? ',' : ' ', j);
    fputs(" { ", b->text);
    write_body(b, own, b->text, NULL, NULL);
    fputs("}\n", b->text);
    ++b->own;
}

/* ---- uses ---- */

static void write_qubit(const builder *b, int qubit) {
    int r = b->registers - 1;
    while (b->offset[r] > qubit) --r;
    fprintf(b->text, "%s[%d]", register_names[r], qubit - b->offset[r]);
}

static void use(builder *b, const choice *gate, const double *angles) {
    int qubits[MOST_N];
    test_random_qubits(&b->seed, b->n, gate->qubits, qubits);
    for (int j = 0; j < gate->qubits; ++j) {
        fputc(j ? ',' : ' ', b->text);
        write_qubit(b, qubits[j]);
    }
    append(b, gate, angles, qubits);
}

/* Draws registers (whole[j] >= 0) and qubits for the gate that overlap nowhere; 0 if the draw is none. */
static int draw_arguments(builder *b, int count, int *whole, int *qubits) {
    uint64_t seen = 0;
    int size = 0;
    for (int j = 0; j < count; ++j) {
        const int r = below(&b->seed, b->registers);
        whole[j] = below(&b->seed, 2) ? r : -1;
        qubits[j] = whole[j] < 0 ? b->offset[r] + below(&b->seed, b->size[r]) : b->offset[r];
        const uint64_t mask = (whole[j] < 0 ? 1u : (1u << b->size[r]) - 1) * ((uint64_t)1 << qubits[j]);
        if (seen & mask || (whole[j] >= 0 && size && size != b->size[r])) return 0;
        if (whole[j] >= 0) size = b->size[r];
        seen |= mask;
    }
    return size;
}

/* A gate on whole registers: one application per qubit of them, in order.  0 if no such use was found. */
static int use_broadcast(builder *b, const choice *gate, const double *angles) {
    int whole[MOST_WIDTH], qubits[MOST_WIDTH], size = 0;
    for (int attempt = 0; attempt < 20 && !size; ++attempt) size = draw_arguments(b, gate->qubits, whole, qubits);
    if (!size) return 0;
    for (int j = 0; j < gate->qubits; ++j) {
        fputc(j ? ',' : ' ', b->text);
        if (whole[j] < 0) write_qubit(b, qubits[j]);
        else fputs(register_names[whole[j]], b->text);
    }
    for (int i = 0; i < size; ++i) {
        append(b, gate, angles, qubits);
        for (int j = 0; j < gate->qubits; ++j) qubits[j] += whole[j] >= 0;
    }
    return 1;
}

static void write_statement(builder *b) {
    static const char *const ends[] = {";\n", ";\n", "; ", " ;\n\n", "; // gate(pi) q;\n", ";\nbarrier q;\n"};
    static const random_formals none = {0};
    double angles[KW_MAX_ANGLES];
    const choice gate = choose(b, &b->seed, MOST_WIDTH, b->own);
    write_head(b->text, &gate, &b->seed, &none, angles);
    if (below(&b->seed, 4) || !use_broadcast(b, &gate, angles)) use(b, &gate, angles);
    fputs(ends[below(&b->seed, 6)], b->text);
}

static void write_registers(builder *b) {
    b->registers = 1 + below(&b->seed, MOST_REGISTERS);
    for (int r = 0; r < b->registers; ++r) {
        b->offset[r] = r * (b->n / b->registers);
        b->size[r] = r + 1 < b->registers ? b->n / b->registers : b->n - b->offset[r];
        fprintf(b->text, "qreg %s[%d];\n", register_names[r], b->size[r]);
    }
}

random_qasm *random_qasm_create(int n, size_t gates, uint64_t seed) {
    random_qasm *program = calloc(1, sizeof *program);
    builder b = {.n = n, .gates = test_program_create(n), .seed = seed, .sink = fopen("/dev/null", "w")};
    if (!program || !b.sink || n > MOST_N) abort();
    b.text = open_memstream(&program->text, &program->length);
    if (!b.text) abort();
    fputs("OPENQASM 2.0;\ninclude \"qelib1.inc\";\n", b.text);
    for (int own = below(&b.seed, MOST_OWN + 1); own > 0; --own) declare(&b);
    write_registers(&b);
    while (b.gates->count < gates) write_statement(&b);
    if (below(&b.seed, 2)) fprintf(b.text, "creg c[%d];\nmeasure q -> c;\n", b.size[0]);
    fclose(b.text);
    fclose(b.sink);
    program->gates = b.gates;
    return program;
}

void random_qasm_destroy(random_qasm **program) {
    if (!*program) return;
    test_program_destroy(&(*program)->gates);
    free((*program)->text);
    free(*program);
    *program = NULL;
}
