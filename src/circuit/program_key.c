/* F1  The keys of a program's counts. */
#include "circuit/program_internal.h"

bool kw_program_measures_nothing(const kw_program *program) {
    for (size_t i = 0; i < program->steps; ++i)
        if (program->step[i].kind == KW_STEP_MEASURE) return false;
    return true;
}

/* Room for what is left. */
typedef struct {
    char *out;
    size_t size, length;
} text;

static void put(text *t, char c) {
    if (t->length + 1 < t->size) t->out[t->length] = c;
    ++t->length;
}

size_t kw_program_spell_key(const kw_program *program, bool all_qubits, int (*bit)(const void *context, int index),
                            const void *context, char *out, size_t size) {
    kw_register all = {"", program->quantum.total, 0};
    const kw_register *registers = program->classical.items;
    size_t count = program->classical.count;
    text t = {out, size, 0};
    if (all_qubits) registers = &all, count = 1;
    for (size_t r = count; r-- > 0;) {
        for (int b = registers[r].size; b-- > 0;) put(&t, bit(context, registers[r].offset + b) ? '1' : '0');
        if (r) put(&t, ' ');
    }
    if (size) out[t.length < size ? t.length : size - 1] = '\0';
    return t.length;
}

static int bit_of(const void *bits, int index) { return index < 64 ? (int)(*(const uint64_t *)bits >> index & 1) : 0; }

size_t kw_program_key(const kw_program *program, uint64_t bits, char *out, size_t size) {
    return kw_program_spell_key(program, kw_program_measures_nothing(program), bit_of, &bits, out, size);
}
