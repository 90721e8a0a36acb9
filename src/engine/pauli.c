/* F2  Pauli strings and Pauli sums as text.
 *
 *   a file:   # comment                          one term per line:
 *             -0.81 []                           coefficient, an optional '*', a Pauli string, an optional '+'
 *             0.17 * Z0 Z1                       sparse: a letter and its qubit; I or [] is the identity
 *             (0.045+0j) [X0 X1 Y2 Y3] +         complex coefficients whose imaginary part is 0, brackets
 *             0.12 ZZII                          dense: one letter per qubit, the highest qubit first */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "engine/observable_internal.h"

#define BLANKS " \t\r\n\f\v"

static void set_letter(kw_pauli *pauli, char letter, int qubit) {
    if (letter == 'X' || letter == 'Y') pauli->x |= kw_bit(qubit);
    if (letter == 'Z' || letter == 'Y') pauli->z |= kw_bit(qubit);
}

static char letter_at(const char *text) {
    const char letter = (char)toupper((unsigned char)*text);
    return letter && strchr("IXYZ", letter) ? letter : '\0';
}

/* Length of a dense string, "XIZ" alone; 0: something else. */
static size_t dense_length(const char *text) {
    size_t length = 0;
    while (letter_at(text + length)) ++length;
    return text[length + strspn(text + length, BLANKS)] ? 0 : length;
}

static kw_status parse_factor(const char *text, const char **rest, int n_qubits, kw_pauli *pauli) {
    const char letter = letter_at(text);
    if (!letter) return kw_fail(KW_E_INPUT, "Pauli string: found \"%.60s\", expected X, Y, Z or I and a qubit number", text);
    char *end = (char *)text + 1;
    if (letter == 'I' && !isdigit((unsigned char)*end)) {
        *rest = end;
        return KW_OK;
    }
    const long q = isdigit((unsigned char)*end) ? strtol(end, &end, 10) : -1;
    if (q < 0 || q >= n_qubits)
        return kw_fail(KW_E_INPUT, "Pauli string: \"%.60s\": expected a qubit from 0 to %d after the letter", text,
                       n_qubits - 1);
    if (letter != 'I' && (pauli->x | pauli->z) & kw_bit((int)q))
        return kw_fail(KW_E_INPUT, "Pauli string: qubit %ld stands twice", q);
    set_letter(pauli, letter, (int)q);
    *rest = end;
    return KW_OK;
}

kw_status kw_pauli_parse(const char *text, int n_qubits, kw_pauli *out) {
    kw_pauli pauli = {1.0, 0, 0};
    const char *at = text + strspn(text, BLANKS "*");
    const size_t dense = dense_length(at);
    if (!*at) return kw_fail(KW_E_INPUT, "empty Pauli string");
    if (dense == (size_t)n_qubits) {
        for (size_t i = 0; i < dense; ++i) set_letter(&pauli, letter_at(at + i), n_qubits - 1 - (int)i);
        at += dense + strspn(at + dense, BLANKS);
    } else if (dense > 1)
        return kw_fail(KW_E_INPUT, "Pauli string: \"%.60s\" has %zu letters, expected one for each of %d qubits", at, dense,
                       n_qubits);
    while (*at) {
        const kw_status status = parse_factor(at, &at, n_qubits, &pauli);
        if (status != KW_OK) return status;
        at += strspn(at, BLANKS "*");
    }
    *out = pauli;
    return KW_OK;
}

/* ---- files ---- */

typedef struct {
    const char *path;
    int line, n_qubits; /* 0: not known yet */
    kw_pauli *terms;
    size_t count, capacity;
} reader;

static kw_status fail_at(const reader *r, const char *line, const char *at, const char *found_wrong) {
    return kw_fail(KW_E_INPUT, "%s:%d:%d: %s", r->path, r->line, (int)(at - line) + 1, found_wrong);
}

/* A real number, or (re+imj) with im = 0; leaves *at behind it. */
static kw_status read_coefficient(const reader *r, const char *line, char **at, double *value) {
    char *text = *at, *end;
    const bool complex_form = *text == '(';
    double sign = 1, imaginary = 0;
    text += complex_form;
    if ((*text == '+' || *text == '-') && (text[1] == ' ' || text[1] == '\t')) {
        sign = *text == '-' ? -1 : 1;
        text += 1 + strspn(text + 1, " \t");
    }
    *value = sign * strtod(text, &end);
    if (end == text) return fail_at(r, line, text, "expected a coefficient, such as \"-0.5 Z0 Z1\"");
    if (!isfinite(*value)) return fail_at(r, line, text, "the coefficient is not a finite number");
    if (complex_form) {
        text = end;
        if (*text == '+' || *text == '-') imaginary = strtod(text, &end);
        end += *end == 'j' && end > text;
        if (*end != ')') return fail_at(r, line, end, "expected ')' behind a complex coefficient such as (0.5+0j)");
        if (imaginary != 0) return fail_at(r, line, text, "the coefficient is not real: the sum would not be Hermitian");
        ++end;
    }
    *at = end + strspn(end, " \t*");
    return KW_OK;
}

static kw_status add_term(reader *r, const kw_pauli *term) {
    if (r->count == r->capacity) {
        const size_t wanted = r->capacity ? 2 * r->capacity : 64;
        kw_pauli *grown = realloc(r->terms, wanted * sizeof *grown);
        if (!grown) return kw_fail(KW_E_NOMEM, "%s: no memory for %zu terms", r->path, wanted);
        r->terms = grown;
        r->capacity = wanted;
    }
    r->terms[r->count++] = *term;
    return KW_OK;
}

/* Width that a dense string gives; 0: it gives none ("I" is the identity on any number of qubits). */
static int letters_alone(const char *text) {
    const size_t length = dense_length(text);
    return length > KW_MAX_QUBITS || (length == 1 && letter_at(text) == 'I') ? 0 : (int)length;
}

static void cut_tail(char *text) {
    size_t length = strlen(text);
    while (length && strchr(BLANKS, text[length - 1])) --length;
    text[length] = '\0';
}

static kw_status read_line(reader *r, char *line) {
    kw_pauli term = {0};
    double coefficient = 0;
    line[strcspn(line, "#")] = '\0';
    cut_tail(line);
    char *at = line + strspn(line, BLANKS);
    if (!*at) return KW_OK;
    kw_status status = read_coefficient(r, line, &at, &coefficient);
    if (status != KW_OK) return status;
    char *const string = at, *const last = at + strlen(at) - 1;
    if (*at && *last == '+') *last = '\0';
    cut_tail(string);
    if (*string == '[') {
        char *close = strchr(string, ']');
        if (!close || close[1]) return fail_at(r, line, string, "expected one Pauli string between '[' and ']'");
        *close = '\0';
        ++at;
        at += strspn(at, BLANKS);
    } else if (!*at) return fail_at(r, line, at, "expected a Pauli string behind the coefficient; I is the identity");
    if (!r->n_qubits && letters_alone(at)) r->n_qubits = letters_alone(at);
    if (*at && kw_pauli_parse(at, r->n_qubits ? r->n_qubits : KW_MAX_QUBITS, &term) != KW_OK) {
        char why[KW_MESSAGE_BYTES];
        snprintf(why, sizeof why, "%s", kw_error_message());
        return fail_at(r, line, at, why);
    }
    term.coefficient = coefficient;
    return add_term(r, &term);
}

/* Terms of one string become one. */
static void merge(reader *r) {
    size_t kept = 0;
    if (r->count) kw_paulis_sort(r->terms, r->count);
    for (size_t i = 0; i < r->count; ++i) {
        kw_pauli *last = kept ? &r->terms[kept - 1] : NULL;
        if (last && last->x == r->terms[i].x && last->z == r->terms[i].z) last->coefficient += r->terms[i].coefficient;
        else r->terms[kept++] = r->terms[i];
    }
    r->count = kept;
}

/* Sparse strings may have stood before the dense one that gave the width. */
static kw_status settle_width(reader *r) {
    uint64_t used = 0;
    for (size_t i = 0; i < r->count; ++i) used |= r->terms[i].x | r->terms[i].z;
    const int needed = used ? 64 - __builtin_clzll(used) : 1;
    if (!r->n_qubits) r->n_qubits = needed;
    if (needed <= r->n_qubits) return KW_OK;
    return kw_fail(KW_E_INPUT, "%s: qubit %d, but the strings of letters alone have %d qubits", r->path, needed - 1,
                   r->n_qubits);
}

kw_status kw_paulis_read(const char *path, int *n_qubits, kw_pauli **terms, size_t *count) {
    reader r = {.path = path, .n_qubits = *n_qubits};
    char *line = NULL;
    size_t capacity = 0;
    FILE *file = fopen(path, "r");
    if (!file) return kw_fail(KW_E_INPUT, "%s: %s", path, strerror(errno));
    kw_status status = KW_OK;
    errno = 0;
    for (ssize_t length; status == KW_OK && (length = getline(&line, &capacity, file)) >= 0;) {
        ++r.line;
        status = strlen(line) == (size_t)length ? read_line(&r, line) : fail_at(&r, line, line, "this is not a text file");
    }
    if (status == KW_OK && ferror(file)) status = kw_fail(KW_E_INPUT, "%s: %s", path, strerror(errno));
    if (status == KW_OK && !r.count)
        status = kw_fail(KW_E_INPUT, "%s: no Pauli term, expected lines such as \"-0.5 Z0 Z1\"", path);
    fclose(file);
    free(line);
    if (status == KW_OK) status = settle_width(&r);
    merge(&r);
    if (status == KW_OK) {
        *n_qubits = r.n_qubits;
        *terms = r.terms;
        *count = r.count;
    } else free(r.terms);
    return status;
}

kw_status kw_observable_parse(const char *text, int n_qubits, kw_observable **out) {
    kw_pauli one, *terms = &one;
    size_t count = 1;
    const bool file = *text == '@';
    kw_status status = file ? kw_paulis_read(text + 1, &n_qubits, &terms, &count) : kw_pauli_parse(text, n_qubits, &one);
    if (status != KW_OK) return status;
    status = kw_observable_pauli_sum(n_qubits, terms, count, out);
    if (file) free(terms);
    return status;
}
