/* F4  Matrix product states: circuits. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "baselines/local_gate.h"
#include "baselines/mps_internal.h"

static const kw_complex SWAP[16] = {1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1};

/* theta(a, i, c) <- sum_j matrix(i, j) theta(a, j, c), index a + rows (i + dimension c). */
static void apply(const kw_complex *matrix, int dimension, int64_t rows, int64_t columns, kw_complex *theta) {
    kw_complex in[1 << KW_MAX_TARGETS];
    for (int64_t c = 0; c < columns; ++c)
        for (int64_t a = 0; a < rows; ++a) {
            kw_complex *at = theta + a + rows * dimension * c;
            for (int i = 0; i < dimension; ++i) in[i] = at[i * rows];
            for (int i = 0; i < dimension; ++i) {
                kw_complex sum = 0;
                for (int j = 0; j < dimension; ++j) sum += matrix[i * dimension + j] * in[j];
                at[i * rows] = sum;
            }
        }
}

/* The product of the tensors of `width` sites from q on: D_q x 2^width x D_{q+width}; takes them from their sites. */
static kw_status join(kw_mps *m, int q, int width, kw_complex **theta, uint64_t *count) {
    kw_complex *product = m->site[q];
    uint64_t items = kw_mps_items(m, q);
    m->site[q] = NULL;
    for (int j = 1; j < width; ++j) {
        const int inner = m->bond[q + j], rows = m->bond[q] << j, columns = 2 * m->bond[q + j + 1];
        const uint64_t more = (uint64_t)rows * (uint64_t)columns;
        kw_status status = kw_mps_claim(m, more + items, rows < columns ? rows : columns);
        kw_complex *longer = status == KW_OK ? kw_mps_alloc(more) : NULL;
        if (status == KW_OK && !longer) status = kw_fail(KW_E_NOMEM, "%s: no memory for %d sites", m->work, width);
        if (status == KW_OK) kw_mps_multiply(rows, inner, columns, product, m->site[q + j], longer);
        kw_mps_free(product, items);
        product = longer;
        items = more;
        if (status != KW_OK) return status;
    }
    for (int j = 1; j < width; ++j) kw_mps_replace(m, q + j, kw_mps_items(m, q + j), NULL);
    *theta = product;
    *count = items;
    return KW_OK;
}

/* A gate on the sites q .. q + width - 1, one of which becomes the centre. */
static kw_status apply_here(kw_mps *m, int q, int width, const kw_complex *matrix) {
    if (width == 1) {
        apply(matrix, 2, m->bond[q], m->bond[q + 1], m->site[q]);
        return KW_OK;
    }
    kw_complex *theta = NULL;
    uint64_t items = 0;
    kw_status status = kw_mps_move(m, m->centre < q ? q : m->centre >= q + width ? q + width - 1 : m->centre);
    if (status == KW_OK) status = join(m, q, width, &theta, &items);
    if (status != KW_OK) return status;
    apply(matrix, 1 << width, m->bond[q], m->bond[q + width], theta);
    for (int j = 0; j < width - 1 && status == KW_OK; ++j) {
        const int columns = m->bond[q + width] << (width - 1 - j);
        kw_complex *left = NULL, *rest = NULL;
        status = kw_mps_split(m, q + j + 1, 2 * m->bond[q + j], columns, theta, &left, &rest);
        kw_mps_free(theta, items);
        theta = rest;
        items = (uint64_t)m->bond[q + j + 1] * (uint64_t)columns;
        m->site[q + j] = left;
    }
    m->centre = q + width - 1;
    if (status == KW_OK) m->site[q + width - 1] = theta;
    else kw_mps_free(theta, items);
    return status;
}

/* Carries the content of one site to another, past those between. */
static kw_status carry(kw_mps *m, int from, int to) {
    kw_status status = KW_OK;
    while (from > to && status == KW_OK) status = apply_here(m, --from, 2, SWAP);
    while (from < to && status == KW_OK) status = apply_here(m, from++, 2, SWAP);
    return status;
}

kw_status kw_mps_run(kw_mps *m, const kw_circuit *circuit, const double *theta) {
    if (kw_circuit_qubits(circuit) != m->n)
        return kw_fail(KW_E_ARG, "a circuit on %d qubits for a matrix product state of %d", kw_circuit_qubits(circuit),
                       m->n);
    kw_status status = KW_OK;
    for (size_t i = 0; i < kw_circuit_gates(circuit) && status == KW_OK; ++i) {
        kw_local_gate gate = {.name = "a circuit"};
        status = kw_local_gate_of(circuit, i, theta, &gate);
        m->work = gate.name;
        const int first = gate.qubits[0];
        for (int j = 1; j < gate.width && status == KW_OK; ++j) status = carry(m, gate.qubits[j], first + j);
        if (status == KW_OK) status = apply_here(m, first, gate.width, gate.matrix);
        for (int j = gate.width - 1; j > 0 && status == KW_OK; --j) status = carry(m, first + j, gate.qubits[j]);
        m->work = "a circuit";
    }
    return status;
}
