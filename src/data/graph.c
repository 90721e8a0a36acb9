/* F2  Edge lists. */
#include "data/graph.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"

typedef struct {
    const char *path;
    int line, largest; /* vertex */
    kw_pauli *terms;
    size_t count, capacity;
} reader;

static kw_status add_edge(reader *r, int i, int j, double weight) {
    const uint64_t mask = kw_bit(i) | kw_bit(j);
    r->terms[0].coefficient -= weight / 2;
    for (size_t t = 1; t < r->count; ++t)
        if (r->terms[t].z == mask) return r->terms[t].coefficient += weight / 2, KW_OK;
    if (r->count == r->capacity) {
        kw_pauli *grown = realloc(r->terms, 2 * r->capacity * sizeof *grown);
        if (!grown) return kw_fail(KW_E_NOMEM, "%s: no memory for %zu edges", r->path, r->count);
        r->terms = grown;
        r->capacity *= 2;
    }
    r->terms[r->count++] = (kw_pauli){weight / 2, 0, mask};
    return KW_OK;
}

static kw_status read_line(reader *r, char *line) {
    long long i = 0, j = 0;
    double weight = 1;
    int used = 0, all = 0;
    line[strcspn(line, "#")] = '\0';
    if (!line[strspn(line, " \t\r\n")]) return KW_OK;
    const int got = sscanf(line, "%lld %lld %n%lf %n", &i, &j, &used, &weight, &all);
    const char *rest = line + (got == 3 ? all : used);
    if (got < 2 || *rest || !isfinite(weight))
        return kw_fail(KW_E_INPUT, "%s:%d: expected an edge \"i j\" or \"i j weight\"", r->path, r->line);
    if (i < 0 || j < 0 || i >= KW_MAX_QUBITS || j >= KW_MAX_QUBITS)
        return kw_fail(KW_E_INPUT, "%s:%d: vertices are numbered from 0 to %d", r->path, r->line, KW_MAX_QUBITS - 1);
    if (i == j) return kw_fail(KW_E_INPUT, "%s:%d: an edge from vertex %lld to itself is never cut", r->path, r->line, i);
    if (i > r->largest) r->largest = (int)i;
    if (j > r->largest) r->largest = (int)j;
    return add_edge(r, (int)i, (int)j, weight);
}

static kw_status read_edges(reader *r, FILE *file) {
    char *line = NULL;
    size_t capacity = 0;
    kw_status status = KW_OK;
    errno = 0;
    for (ssize_t length; status == KW_OK && (length = getline(&line, &capacity, file)) >= 0;) {
        ++r->line;
        status = strlen(line) == (size_t)length ? read_line(r, line)
                                                : kw_fail(KW_E_INPUT, "%s:%d: this is not a text file", r->path, r->line);
    }
    if (status == KW_OK && ferror(file)) status = kw_fail(KW_E_INPUT, "%s: %s", r->path, strerror(errno));
    if (status == KW_OK && r->count == 1)
        status = kw_fail(KW_E_INPUT, "%s: no edge, expected lines such as \"0 1\"", r->path);
    free(line);
    return status;
}

kw_status kw_maxcut_read(const char *path, int *n_qubits, kw_pauli **terms, size_t *count) {
    reader r = {.path = path, .count = 1, .capacity = 64};
    FILE *file = fopen(path, "r");
    if (!file) return kw_fail(KW_E_INPUT, "%s: %s", path, strerror(errno));
    r.terms = calloc(r.capacity, sizeof *r.terms);
    kw_status status = r.terms ? read_edges(&r, file) : kw_fail(KW_E_NOMEM, "%s: no memory", path);
    fclose(file);
    if (status == KW_OK && *n_qubits && r.largest >= *n_qubits)
        status = kw_fail(KW_E_INPUT, "%s: vertex %d, but %d qubits", path, r.largest, *n_qubits);
    if (status == KW_OK) {
        if (!*n_qubits) *n_qubits = r.largest + 1;
        *terms = r.terms;
        *count = r.count;
    } else free(r.terms);
    return status;
}
