/* F1  OpenQASM: the writer. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "circuit/program_internal.h"

/* Definitions of what qelib1 lacks; each of them equals the gate of the table, phase included. */
static const struct {
    kw_gate_kind kind;
    const char *text;
} definitions[] = {
    {KW_GATE_CSXDG, "gate csxdg a,b { h b; cu1(-pi/2) a,b; h b; }"},
    {KW_GATE_ISWAP, "gate iswap a,b { s a; s b; h a; cx a,b; cx b,a; h b; }"},
    {KW_GATE_ISWAPDG, "gate iswapdg a,b { h b; cx b,a; cx a,b; h a; sdg b; sdg a; }"},
    {KW_GATE_RYY, "gate ryy(t) a,b { rx(pi/2) a; rx(pi/2) b; cx a,b; rz(t) b; cx a,b; rx(-pi/2) a; rx(-pi/2) b; }"},
    {KW_GATE_C3SXDG, "gate c3sxdg a,b,c,d { h d; mcp3(-pi/2) a,b,c,d; h d; }"},
    {KW_GATE_RC3XDG,
     "gate rc3xdg a,b,c,d { h d; u1(pi/4) d; cx c,d; u1(-pi/4) d; h d; u1(pi/4) d; cx b,d; u1(-pi/4) d; cx a,d; "
     "u1(pi/4) d; cx b,d; u1(-pi/4) d; cx a,d; h d; u1(pi/4) d; cx c,d; u1(-pi/4) d; h d; }"},
};

typedef struct {
    const kw_program *program;
    FILE *file;
    const kw_register *of_qubit[KW_MAX_QUBITS];
} writer;

static void write_qubit(const writer *w, int qubit) {
    fprintf(w->file, "%s[%d]", w->of_qubit[qubit]->name, qubit - w->of_qubit[qubit]->offset);
}

/* Shortest form that reads back the same, with a point whatever the locale. */
static void write_number(FILE *file, double value) {
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    for (char *c = text; *c; ++c)
        if (*c == ',') *c = '.';
    fputs(text, file);
}

/* Name to write a gate with: qelib1's for few controls. */
static void write_name(FILE *file, kw_gate_kind kind, int controls) {
    static const char *const few[] = {"x", "cx", "ccx", "c3x", "c4x"};
    if (kind == KW_GATE_MCX && controls <= 4) fputs(few[controls], file);
    else if ((kind == KW_GATE_MCZ || kind == KW_GATE_MCP) && controls == 1) fputs(kind == KW_GATE_MCZ ? "cz" : "cp", file);
    else if (kind == KW_GATE_MCX || kind == KW_GATE_MCZ || kind == KW_GATE_MCP)
        fprintf(file, "%s%d", kw_gate_name(kind), controls);
    else fputs(kw_gate_name(kind), file);
}

static void write_gate(const writer *w, const kw_gate *gate) {
    write_name(w->file, gate->kind, __builtin_popcountll(gate->controls));
    for (int j = 0; j < kw_gate_angles(gate->kind); ++j) {
        fputc(j ? ',' : '(', w->file);
        write_number(w->file, gate->angles[j].offset);
    }
    if (kw_gate_angles(gate->kind)) fputc(')', w->file);
    char separator = ' ';
    for (uint64_t rest = gate->controls; rest; rest &= rest - 1) {
        fputc(separator, w->file);
        write_qubit(w, __builtin_ctzll(rest));
        separator = ',';
    }
    for (int j = 0; j < gate->n_targets; ++j) {
        fputc(separator, w->file);
        write_qubit(w, gate->targets[j]);
        separator = ',';
    }
    fputs(";\n", w->file);
}

static void write_condition(const writer *w, const kw_step *step) {
    if (step->condition < 0) return;
    fprintf(w->file, "if(%s==%llu) ", w->program->classical.items[step->condition].name, (unsigned long long)step->value);
}

static void write_bit(const writer *w, int bit) {
    const kw_register *reg = w->program->classical.items;
    for (size_t count = w->program->classical.count; count > 1;) { /* the last one that begins at or before the bit */
        const size_t half = count / 2;
        if (reg[half].offset <= bit) {
            reg += half;
            count -= half;
        } else count = half;
    }
    fprintf(w->file, "%s[%d]", reg->name, bit - reg->offset);
}

/* A comment that the reader takes for noise. */
static void write_noise(const writer *w, const kw_step *step) {
    char separator = ' ';
    fputs("// ketwall: ", w->file);
    write_condition(w, step);
    fputs(kw_noise_name(step->channel), w->file);
    for (int j = 0; j < kw_noise_rates(step->channel); ++j) {
        fputc(j ? ',' : '(', w->file);
        write_number(w->file, step->rates[j]);
    }
    fputc(')', w->file);
    for (uint64_t rest = step->qubits; rest; rest &= rest - 1) {
        fputc(separator, w->file);
        write_qubit(w, __builtin_ctzll(rest));
        separator = ',';
    }
}

static void write_step(const writer *w, const kw_step *step) {
    char separator = ' ';
    switch (step->kind) {
    case KW_STEP_GATES:
        for (size_t g = step->first_gate; g < step->first_gate + step->gates; ++g) {
            write_condition(w, step);
            write_gate(w, &w->program->circuit->gates[g]);
        }
        return;
    case KW_STEP_MEASURE:
        write_condition(w, step);
        fputs("measure ", w->file);
        write_qubit(w, step->qubit);
        fputs(" -> ", w->file);
        write_bit(w, step->bit);
        break;
    case KW_STEP_RESET:
        write_condition(w, step);
        fputs("reset ", w->file);
        write_qubit(w, step->qubit);
        break;
    case KW_STEP_BARRIER:
        fputs("barrier", w->file);
        for (uint64_t rest = step->qubits; rest; rest &= rest - 1) {
            fputc(separator, w->file);
            write_qubit(w, __builtin_ctzll(rest));
            separator = ',';
        }
        break;
    case KW_STEP_NOISE: write_noise(w, step); break;
    }
    fputs(";\n", w->file);
}

/* "q0,q1,...,q<last>" */
static void write_formals(FILE *file, int last) {
    for (int q = 0; q <= last; ++q) fprintf(file, "%sq%d", q ? "," : "", q);
}

/* Definitions of the gates in use: `used` by kind, and the numbers of controls of mcx, mcz and mcp. */
static void write_definitions(FILE *file, const bool *used, const uint64_t controls[KW_GATE_KINDS]) {
    const uint64_t x = controls[KW_GATE_MCX] & ~(uint64_t)0x1f, z = controls[KW_GATE_MCZ] & ~(uint64_t)0x3;
    const uint64_t phases = (controls[KW_GATE_MCP] & ~(uint64_t)0x3) | x | z | (used[KW_GATE_C3SXDG] ? kw_bit(3) : 0);
    for (uint64_t rest = phases; rest; rest &= rest - 1) {
        const int k = __builtin_ctzll(rest);
        kw_qasm_write_mcp(file, k);
        for (int which = 0; which < 2; ++which) {
            if (!((which ? z : x) & kw_bit(k))) continue;
            fprintf(file, "gate mc%c%d ", which ? 'z' : 'x', k);
            write_formals(file, k);
            if (!which) fprintf(file, " { h q%d; mcp%d(pi) ", k, k);
            else fprintf(file, " { mcp%d(pi) ", k);
            write_formals(file, k);
            if (!which) fprintf(file, "; h q%d", k);
            fputs("; }\n", file);
        }
    }
    for (size_t i = 0; i < sizeof definitions / sizeof *definitions; ++i)
        if (used[definitions[i].kind]) fprintf(file, "%s\n", definitions[i].text);
}

kw_status kw_program_write(const kw_program *program, FILE *file) {
    bool used[KW_GATE_KINDS] = {false};
    uint64_t controls[KW_GATE_KINDS] = {0};
    writer w = {.program = program, .file = file};
    for (size_t g = 0; g < program->circuit->count; ++g) {
        const kw_gate *gate = &program->circuit->gates[g];
        if (gate->kind == KW_GATE_UNITARY)
            return kw_fail(KW_E_INPUT, "gate %zu is a dense unitary, which OpenQASM 2 cannot express", g);
        used[gate->kind] = true;
        if (kw_gate_controls(gate->kind) < 0) controls[gate->kind] |= kw_bit(__builtin_popcountll(gate->controls));
    }
    errno = 0;
    fputs("OPENQASM 2.0;\ninclude \"qelib1.inc\";\n", file);
    write_definitions(file, used, controls);
    for (size_t i = 0; i < program->quantum.count; ++i) {
        const kw_register *reg = &program->quantum.items[i];
        fprintf(file, "qreg %s[%d];\n", reg->name, reg->size);
        for (int q = 0; q < reg->size; ++q) w.of_qubit[reg->offset + q] = reg;
    }
    for (size_t i = 0; i < program->classical.count; ++i)
        fprintf(file, "creg %s[%d];\n", program->classical.items[i].name, program->classical.items[i].size);
    for (size_t i = 0; i < program->steps; ++i) write_step(&w, &program->step[i]);
    if (ferror(file)) return kw_fail(KW_E_IO, "writing OpenQASM: %s", strerror(errno));
    return KW_OK;
}
