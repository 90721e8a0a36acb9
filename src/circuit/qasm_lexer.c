/* F1  OpenQASM: tokens with line and column, messages at them, and the table of names. */
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "circuit/qasm_internal.h"

enum { LONGEST_NUMBER = 1000, LONGEST_SHOWN = 40 };

kw_status kw_qasm_fail(const kw_qasm_reader *reader, const kw_token *at, const char *format, ...) {
    char text[KW_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return kw_fail(KW_E_INPUT, "%s:%d:%d: %s", reader->source->name, at->line, at->column, text);
}

kw_status kw_qasm_expected(const kw_qasm_reader *reader, const char *expected) {
    const kw_token *found = &reader->token;
    if (found->kind == KW_TOKEN_LINE_END)
        return kw_qasm_fail(reader, found, "found the end of the line, expected %s", expected);
    if (found->kind == KW_TOKEN_END) return kw_qasm_fail(reader, found, "found the end of the file, expected %s", expected);
    const int shown = found->length > LONGEST_SHOWN ? LONGEST_SHOWN : (int)found->length;
    const char *quote = found->kind == KW_TOKEN_STRING ? "\"" : "'";
    return kw_qasm_fail(reader, found, "found %s%.*s%s%s, expected %s", quote, shown, found->text,
                        shown < (int)found->length ? "..." : "", quote, expected);
}

bool kw_token_is(const kw_token *token, const char *text) {
    return (token->kind == KW_TOKEN_NAME || token->kind == KW_TOKEN_SYMBOL) && !strncmp(token->text, text, token->length)
           && !text[token->length];
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/* Length of "// ketwall:", which makes a comment one for Ketwall; 0: another comment, or none. */
static size_t pragma_length(const char *text) {
    if (strncmp(text, "//", 2) != 0) return 0;
    const size_t blanks = strspn(text + 2, " \t");
    return strncmp(text + 2 + blanks, "ketwall:", 8) ? 0 : blanks + 10;
}

/* Blanks and comments; not those for Ketwall, nor the ends of their lines. */
static void skip(kw_qasm_source *source) {
    for (;;) {
        const char c = source->text[source->position];
        if (c == '\n') {
            if (source->in_pragma) return;
            ++source->line;
            source->line_start = ++source->position;
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') ++source->position;
        else if (c == '/' && source->text[source->position + 1] == '/') {
            if (!source->in_pragma && pragma_length(source->text + source->position)) return;
            source->position += strcspn(source->text + source->position, "\n");
        } else return;
    }
}

/* Length of the number that begins here; real: it has a point or an exponent. */
static size_t number_length(const char *text, bool *real) {
    size_t n = 0;
    *real = false;
    while (is_digit(text[n])) ++n;
    if (text[n] == '.') {
        *real = true;
        for (++n; is_digit(text[n]);) ++n;
    }
    if (text[n] != 'e' && text[n] != 'E') return n;
    const size_t sign = text[n + 1] == '+' || text[n + 1] == '-';
    if (!is_digit(text[n + 1 + sign])) return n;
    *real = true;
    for (n += 1 + sign; is_digit(text[n]);) ++n;
    return n;
}

static kw_status number_value(const kw_qasm_reader *reader, kw_token *token) {
    char digits[LONGEST_NUMBER + 1];
    if (token->length > LONGEST_NUMBER)
        return kw_qasm_fail(reader, token, "a number of %zu characters; at most %d are read", token->length, LONGEST_NUMBER);
    memcpy(digits, token->text, token->length);
    digits[token->length] = '\0';
    errno = 0;
    if (token->kind == KW_TOKEN_INTEGER) {
        token->integer = strtoull(digits, NULL, 10);
        if (errno == ERANGE) token->kind = KW_TOKEN_REAL; /* no count, index or value of a register is that large */
    }
    char *point = strchr(digits, '.'), *end = NULL;
    if (point) *point = *localeconv()->decimal_point;
    token->number = strtod(digits, &end);
    if (*end) return kw_qasm_fail(reader, token, "the number '%s' cannot be read", digits);
    if (!isfinite(token->number)) return kw_qasm_fail(reader, token, "the number '%.40s' is too large", digits);
    return KW_OK;
}

static kw_status bad_character(const kw_qasm_reader *reader, const kw_token *at) {
    const unsigned char c = (unsigned char)*at->text;
    if (c < ' ' || c > '~')
        return kw_qasm_fail(reader, at, "found the byte 0x%02x, expected text%s", c, c ? "" : ": is this a text file?");
    if (c == '=') return kw_qasm_fail(reader, at, "found '=', expected '=='");
    return kw_qasm_fail(reader, at, "found '%c', which OpenQASM 2 does not use", c);
}

static kw_status string(const kw_qasm_reader *reader, kw_token *token) {
    const size_t length = strcspn(token->text + 1, "\"\n");
    if (token->text[1 + length] != '"') return kw_qasm_fail(reader, token, "a string without its closing '\"'");
    token->kind = KW_TOKEN_STRING;
    ++token->text;
    token->length = length;
    return KW_OK;
}

kw_status kw_qasm_next(kw_qasm_reader *reader) {
    kw_qasm_source *source = reader->source;
    skip(source);
    const char *text = source->text + source->position;
    kw_token token = {.text = text, .line = source->line, .column = (int)(source->position - source->line_start) + 1};
    kw_status status = KW_OK;
    size_t quotes = 0;
    if (source->in_pragma && (*text == '\n' || source->position == source->length)) {
        token.kind = KW_TOKEN_LINE_END;
        source->in_pragma = false;
    } else if (source->position == source->length) token.kind = KW_TOKEN_END;
    else if ((token.length = pragma_length(text))) {
        token.kind = KW_TOKEN_PRAGMA;
        source->in_pragma = true;
    } else if (is_letter(*text)) {
        token.kind = KW_TOKEN_NAME;
        while (is_letter(text[token.length]) || is_digit(text[token.length])) ++token.length;
    } else if (is_digit(*text) || (*text == '.' && is_digit(text[1]))) {
        bool real;
        token.length = number_length(text, &real);
        token.kind = real ? KW_TOKEN_REAL : KW_TOKEN_INTEGER;
        status = number_value(reader, &token);
    } else if (*text == '"') {
        status = string(reader, &token);
        quotes = 2;
    } else if (*text && (!strncmp(text, "->", 2) || !strncmp(text, "==", 2) || strchr(";,()[]{}+-*/^", *text))) {
        token.kind = KW_TOKEN_SYMBOL;
        token.length = !strncmp(text, "->", 2) || !strncmp(text, "==", 2) ? 2 : 1;
    } else status = bad_character(reader, &token);
    if (status != KW_OK) return status;
    source->position += token.length + quotes;
    reader->token = token;
    return KW_OK;
}

kw_status kw_qasm_symbol(kw_qasm_reader *reader, const char *symbol) {
    if (reader->token.kind == KW_TOKEN_SYMBOL && kw_token_is(&reader->token, symbol)) return kw_qasm_next(reader);
    char quoted[8];
    snprintf(quoted, sizeof quoted, "'%s'", symbol);
    return kw_qasm_expected(reader, quoted);
}

static bool is_keyword(const kw_token *token) {
    static const char *const words[] = {"OPENQASM", "include", "qreg", "creg", "gate", "opaque", "barrier", "if",  "measure",
                                        "reset",    "pi",      "sin",  "cos",  "tan",  "exp",    "ln",      "sqrt"};
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
        if (kw_token_is(token, words[i])) return true;
    return false;
}

kw_status kw_qasm_name(kw_qasm_reader *reader, const char *what, kw_token *name) {
    if (reader->token.kind != KW_TOKEN_NAME || is_keyword(&reader->token)) return kw_qasm_expected(reader, what);
    *name = reader->token;
    return kw_qasm_next(reader);
}

kw_status kw_qasm_integer(kw_qasm_reader *reader, const char *what, uint64_t least, uint64_t most, uint64_t *value) {
    const kw_token *token = &reader->token;
    if (token->kind != KW_TOKEN_INTEGER || token->integer < least || token->integer > most)
        return kw_qasm_expected(reader, what);
    *value = token->integer;
    return kw_qasm_next(reader);
}

/* ---- names: open addressing, FNV-1a ---- */

static kw_qasm_entry *slot(const kw_qasm_names *names, const char *text, size_t length) {
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < length; ++i) hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
    hash ^= hash >> 32;
    for (size_t i = (size_t)hash;; ++i) {
        kw_qasm_entry *entry = &names->entries[i & (names->capacity - 1)];
        if (!entry->text || (entry->length == length && !memcmp(entry->text, text, length))) return entry;
    }
}

const size_t *kw_qasm_names_find(const kw_qasm_names *names, const char *text, size_t length) {
    if (!names->count) return NULL;
    const kw_qasm_entry *entry = slot(names, text, length);
    return entry->text ? &entry->value : NULL;
}

kw_status kw_qasm_names_set(kw_qasm_names *names, const char *text, size_t length, size_t value) {
    if (2 * (names->count + 1) > names->capacity) {
        kw_qasm_names grown = {NULL, names->capacity ? 2 * names->capacity : 16, names->count};
        grown.entries = calloc(grown.capacity, sizeof *grown.entries);
        if (!grown.entries) return kw_fail(KW_E_NOMEM, "no memory for %zu names", grown.capacity);
        for (size_t i = 0; i < names->capacity; ++i)
            if (names->entries[i].text) *slot(&grown, names->entries[i].text, names->entries[i].length) = names->entries[i];
        free(names->entries);
        *names = grown;
    }
    kw_qasm_entry *entry = slot(names, text, length);
    names->count += !entry->text;
    *entry = (kw_qasm_entry){text, length, value};
    return KW_OK;
}

void kw_qasm_names_clear(kw_qasm_names *names) {
    free(names->entries);
    *names = (kw_qasm_names){0};
}
