/* F1  OpenQASM: the file as a whole: header, included files, registers. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "circuit/qasm_internal.h"

static int shown(const kw_token *token) { return token->length > 60 ? 60 : (int)token->length; }

/* ---- sources ---- */

/* Takes the text over; frees it if there is no memory. */
static kw_status add_source(kw_qasm_reader *reader, const char *name, char *text, size_t length) {
    kw_qasm_source *source = calloc(1, sizeof *source);
    char *copy = strdup(name);
    if (!source || !copy || !text) {
        free(source);
        free(copy);
        free(text);
        return kw_fail(KW_E_NOMEM, "%s: no memory", name);
    }
    *source = (kw_qasm_source){.before = reader->sources, .name = copy, .text = text, .length = length, .line = 1};
    reader->sources = reader->source = source;
    if (length >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3)) source->position = source->line_start = 3;
    return KW_OK;
}

/* The whole of a file, with a NUL behind it. */
static kw_status read_all(FILE *file, const char *path, char **text, size_t *length) {
    size_t capacity = 0, used = 0, got = 1;
    char *bytes = NULL;
    kw_status status = KW_OK;
    while (status == KW_OK && got) {
        status = kw_reserve((void **)&bytes, &capacity, used, 1 << 16, 1);
        if (status == KW_OK) used += got = fread(bytes + used, 1, (1 << 16) - 1, file);
        if (used > INT_MAX / 2) status = kw_fail(KW_E_INPUT, "%s: more than 1 GiB", path);
    }
    if (status == KW_OK && ferror(file)) status = kw_fail(KW_E_INPUT, "%s: %s", path, strerror(errno));
    if (status == KW_OK) {
        bytes[used] = '\0';
        *text = bytes;
        *length = used;
    } else free(bytes);
    return status;
}

static kw_status statements(kw_qasm_reader *reader);

static kw_status read_included(kw_qasm_reader *reader, const kw_token *at, const char *path) {
    FILE *file = fopen(path, "r");
    struct stat about;
    if (!file) return kw_qasm_fail(reader, at, "cannot open %s: %s", path, strerror(errno));
    kw_qasm_source *outer = reader->source;
    const kw_token next = reader->token;
    char *text = NULL;
    size_t length = 0;
    kw_status status = KW_OK;
    if (fstat(fileno(file), &about) || !S_ISREG(about.st_mode))
        status = kw_qasm_fail(reader, at, "cannot include %s: it is not a file", path);
    if (status == KW_OK) status = read_all(file, path, &text, &length);
    fclose(file);
    if (status == KW_OK) status = add_source(reader, path, text, length);
    if (status == KW_OK) status = kw_qasm_next(reader);
    if (status == KW_OK) status = statements(reader);
    reader->source = outer;
    reader->token = next;
    return status;
}

static kw_status include(kw_qasm_reader *reader) {
    const kw_token at = reader->token;
    if (at.kind != KW_TOKEN_STRING) return kw_qasm_expected(reader, "the name of a file in quotes");
    kw_status status = kw_qasm_next(reader);
    if (status == KW_OK) status = kw_qasm_symbol(reader, ";");
    if (status != KW_OK) return status;
    const char *wanted = "qelib1.inc";
    const size_t tail = strlen(wanted);
    if (at.length >= tail && !memcmp(at.text + at.length - tail, wanted, tail)
        && (at.length == tail || at.text[at.length - tail - 1] == '/'))
        return kw_qasm_add_qelib1(reader);
    if (!reader->may_include)
        return kw_qasm_fail(reader, &at, "found \"%.*s\", expected \"qelib1.inc\": only files can include files", shown(&at),
                            at.text);
    if (reader->include_depth == KW_QASM_INCLUDE_DEPTH || reader->includes == KW_QASM_INCLUDES)
        return kw_qasm_fail(reader, &at, "more than %d files included, or more than %d deep", KW_QASM_INCLUDES,
                            KW_QASM_INCLUDE_DEPTH);
    const char *slash = at.length && *at.text == '/' ? NULL : strrchr(reader->source->name, '/');
    const size_t folder = slash ? (size_t)(slash - reader->source->name) + 1 : 0;
    char *path = malloc(folder + at.length + 1);
    if (!path) return kw_fail(KW_E_NOMEM, "%s: no memory", reader->source->name);
    memcpy(path, reader->source->name, folder);
    memcpy(path + folder, at.text, at.length);
    path[folder + at.length] = '\0';
    ++reader->include_depth;
    ++reader->includes;
    status = read_included(reader, &at, path);
    --reader->include_depth;
    free(path);
    return status;
}

/* ---- declarations ---- */

static kw_status declare_register(kw_qasm_reader *reader, bool quantum) {
    kw_register_list *list = quantum ? &reader->program->quantum : &reader->program->classical;
    kw_token name;
    uint64_t size = 0;
    kw_status status = kw_qasm_name(reader, "the name of a register", &name);
    if (status != KW_OK) return status;
    if (kw_qasm_names_find(&reader->register_names, name.text, name.length))
        return kw_qasm_fail(reader, &name, "register '%.*s' is declared twice", shown(&name), name.text);
    if ((status = kw_qasm_symbol(reader, "["))) return status;
    const kw_token at = reader->token;
    if ((status = kw_qasm_integer(reader, "a size of at least 1", 1, UINT64_MAX, &size))) return status;
    const int most = quantum ? KW_MAX_QUBITS : KW_QASM_BITS;
    if (size > (uint64_t)(most - list->total))
        return kw_qasm_fail(reader, &at, "more than %d %s in all", most, quantum ? "qubits" : "classical bits");
    if ((status = kw_qasm_symbol(reader, "]")) || (status = kw_qasm_symbol(reader, ";"))) return status;
    status = kw_reserve((void **)&reader->registers, &reader->register_capacity, reader->register_count, 1,
                        sizeof *reader->registers);
    if (status == KW_OK) status = kw_program_add_register(list, name.text, name.length, (int)size);
    if (status != KW_OK) return status;
    reader->registers[reader->register_count] = (kw_qasm_register){quantum, (int)list->count - 1};
    return kw_qasm_names_set(&reader->register_names, name.text, name.length, reader->register_count++);
}

/* ---- statements ---- */

static kw_status statement(kw_qasm_reader *reader) {
    static const struct {
        const char *word;
        int what;
    } declarations[] = {{"include", 'i'}, {"qreg", 'q'}, {"creg", 'c'}, {"gate", 'g'}, {"opaque", 'o'}};
    for (size_t i = 0; i < sizeof declarations / sizeof *declarations; ++i) {
        if (!kw_token_is(&reader->token, declarations[i].word)) continue;
        const kw_status status = kw_qasm_next(reader);
        if (status != KW_OK) return status;
        switch (declarations[i].what) {
        case 'i': return include(reader);
        case 'q': return declare_register(reader, true);
        case 'c': return declare_register(reader, false);
        default: return kw_qasm_gate_declare(reader, declarations[i].what == 'o');
        }
    }
    return reader->token.kind == KW_TOKEN_PRAGMA ? kw_qasm_pragma(reader) : kw_qasm_operation(reader);
}

static kw_status statements(kw_qasm_reader *reader) {
    kw_status status = KW_OK;
    while (status == KW_OK && reader->token.kind != KW_TOKEN_END) status = statement(reader);
    return status;
}

/* OPENQASM 2.0; */
static kw_status header(kw_qasm_reader *reader) {
    kw_status status = kw_qasm_next(reader);
    if (status != KW_OK) return status;
    if (!kw_token_is(&reader->token, "OPENQASM")) return kw_qasm_expected(reader, "'OPENQASM 2.0;' before anything else");
    if ((status = kw_qasm_next(reader))) return status;
    const kw_token *version = &reader->token;
    if ((version->kind != KW_TOKEN_REAL && version->kind != KW_TOKEN_INTEGER) || version->number != 2.0)
        return kw_qasm_expected(reader, "version 2.0 of OpenQASM, the one that is read");
    if ((status = kw_qasm_next(reader))) return status;
    return kw_qasm_symbol(reader, ";");
}

/* ---- the whole ---- */

void kw_qasm_release(kw_qasm_reader *reader) {
    while (reader->sources) {
        kw_qasm_source *source = reader->sources;
        reader->sources = source->before;
        free(source->name);
        free(source->text);
        free(source);
    }
    kw_program_destroy(&reader->program);
    kw_qasm_names_clear(&reader->gate_names);
    kw_qasm_names_clear(&reader->register_names);
    kw_qasm_names_clear(&reader->formals);
    free(reader->gates);
    free(reader->registers);
    free(reader->parameters);
    free(reader->calls);
    free(reader->arguments);
    free(reader->expressions);
    free(reader->ops);
    free(reader->values);
}

/* Takes the text over. */
static kw_status read_source(kw_qasm_reader *reader, const char *name, char *text, size_t length) {
    kw_status status = add_source(reader, name, text, length);
    if (status == KW_OK) status = kw_program_create(&reader->program);
    if (status != KW_OK) return status;
    reader->circuit = reader->program->circuit;
    status = kw_qasm_add_kernel_gates(reader);
    if (status == KW_OK) status = header(reader);
    return status ? status : statements(reader);
}

kw_status kw_qasm_read_text(kw_qasm_reader *reader, const char *text, size_t length, const char *name) {
    if (length > INT_MAX / 2) return kw_fail(KW_E_INPUT, "%s: more than 1 GiB", name);
    char *copy = malloc(length + 1);
    if (!copy) return kw_fail(KW_E_NOMEM, "%s: no memory", name);
    if (length) memcpy(copy, text, length);
    copy[length] = '\0';
    return read_source(reader, name, copy, length);
}

kw_status kw_qasm_read_file(kw_qasm_reader *reader, const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) return kw_fail(KW_E_INPUT, "%s: %s", path, strerror(errno));
    char *text = NULL;
    size_t length = 0;
    const kw_status status = read_all(file, path, &text, &length);
    fclose(file);
    reader->may_include = true;
    return status ? status : read_source(reader, path, text, length);
}

/* ---- programs ---- */

static kw_status take_program(kw_qasm_reader *reader, kw_program **out) {
    if (!reader->program->quantum.total) return kw_qasm_expected(reader, "a qreg: the program has no qubits");
    kw_program_finish(reader->program);
    *out = reader->program;
    reader->program = NULL;
    return KW_OK;
}

kw_status kw_qasm_parse(const char *text, size_t length, const char *name, size_t most_gates, kw_program **out) {
    kw_qasm_reader reader = {.gates_left = most_gates};
    kw_status status = kw_qasm_read_text(&reader, text, length, name);
    if (status == KW_OK) status = take_program(&reader, out);
    kw_qasm_release(&reader);
    return status;
}

kw_status kw_program_parse(const char *text, size_t length, const char *name, kw_program **out) {
    return kw_qasm_parse(text, length, name, KW_QASM_GATES, out);
}

kw_status kw_program_read(const char *path, kw_program **out) {
    kw_qasm_reader reader = {.gates_left = KW_QASM_GATES};
    kw_status status = kw_qasm_read_file(&reader, path);
    if (status == KW_OK) status = take_program(&reader, out);
    kw_qasm_release(&reader);
    return status;
}
