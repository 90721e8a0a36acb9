/* F1  The gate table: matrices, derivatives, inverses.  Matrices are row-major; target j is bit j of the index. */
#include "ketwall/gate.h"

#include <complex.h>
#include <math.h>
#include <string.h>

typedef void (*matrix_fn)(const double *angles, kw_complex *m);

/* How the inverse's angles follow from the gate's, and how the matrix depends on them. */
typedef enum { RULE_NONE, RULE_ROTATION, RULE_PHASE, RULE_U, RULE_U2 } rule;

static void fill(kw_complex *m, int targets, const kw_complex *rows) {
    memcpy(m, rows, sizeof(kw_complex) << (2 * targets));
}

static void identity(kw_complex *m, int dimension) {
    memset(m, 0, sizeof(kw_complex) * (size_t)(dimension * dimension));
    for (int i = 0; i < dimension; ++i) m[i * dimension + i] = 1.0;
}

#define FIXED1(name, a, b, c, d)                                                                                            \
    static void name(const double *angles, kw_complex *m) {                                                                 \
        (void)angles;                                                                                                       \
        fill(m, 1, (const kw_complex[]){a, b, c, d});                                                                       \
    }
FIXED1(base_ID, 1, 0, 0, 1)
FIXED1(base_X, 0, 1, 1, 0)
FIXED1(base_Y, 0, -I, I, 0)
FIXED1(base_Z, 1, 0, 0, -1)
FIXED1(base_H, M_SQRT1_2, M_SQRT1_2, M_SQRT1_2, -M_SQRT1_2)
FIXED1(base_S, 1, 0, 0, I)
FIXED1(base_SDG, 1, 0, 0, -I)
FIXED1(base_T, 1, 0, 0, M_SQRT1_2 + M_SQRT1_2 * I)
FIXED1(base_TDG, 1, 0, 0, M_SQRT1_2 - M_SQRT1_2 * I)
FIXED1(base_SX, 0.5 + 0.5 * I, 0.5 - 0.5 * I, 0.5 - 0.5 * I, 0.5 + 0.5 * I)
FIXED1(base_SXDG, 0.5 - 0.5 * I, 0.5 + 0.5 * I, 0.5 + 0.5 * I, 0.5 - 0.5 * I)
#undef FIXED1

static void base_RX(const double *a, kw_complex *m) {
    const double c = cos(a[0] / 2), s = sin(a[0] / 2);
    fill(m, 1, (const kw_complex[]){c, -I * s, -I * s, c});
}

static void base_RY(const double *a, kw_complex *m) {
    const double c = cos(a[0] / 2), s = sin(a[0] / 2);
    fill(m, 1, (const kw_complex[]){c, -s, s, c});
}

static void base_RZ(const double *a, kw_complex *m) {
    fill(m, 1, (const kw_complex[]){cexp(-0.5 * I * a[0]), 0, 0, cexp(0.5 * I * a[0])});
}

static void base_P(const double *a, kw_complex *m) { fill(m, 1, (const kw_complex[]){1, 0, 0, cexp(I * a[0])}); }

static void base_U(const double *a, kw_complex *m) {
    const double c = cos(a[0] / 2), s = sin(a[0] / 2);
    fill(m, 1, (const kw_complex[]){c, -cexp(I * a[2]) * s, cexp(I * a[1]) * s, cexp(I * (a[1] + a[2])) * c});
}

static void base_U2(const double *a, kw_complex *m) { base_U((const double[]){M_PI_2, a[0], a[1]}, m); }

static void base_UG(const double *a, kw_complex *m) {
    base_U(a, m);
    for (int i = 0; i < 4; ++i) m[i] *= cexp(I * a[3]);
}

static void base_SWAP(const double *a, kw_complex *m) {
    (void)a;
    fill(m, 2, (const kw_complex[]){1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1});
}

static void base_ISWAP(const double *a, kw_complex *m) {
    (void)a;
    fill(m, 2, (const kw_complex[]){1, 0, 0, 0, 0, 0, I, 0, 0, I, 0, 0, 0, 0, 0, 1});
}

static void base_ISWAPDG(const double *a, kw_complex *m) {
    (void)a;
    fill(m, 2, (const kw_complex[]){1, 0, 0, 0, 0, 0, -I, 0, 0, -I, 0, 0, 0, 0, 0, 1});
}

static void base_RXX(const double *a, kw_complex *m) {
    const kw_complex c = cos(a[0] / 2), s = -I * sin(a[0] / 2);
    fill(m, 2, (const kw_complex[]){c, 0, 0, s, 0, c, s, 0, 0, s, c, 0, s, 0, 0, c});
}

static void base_RYY(const double *a, kw_complex *m) {
    const kw_complex c = cos(a[0] / 2), s = -I * sin(a[0] / 2);
    fill(m, 2, (const kw_complex[]){c, 0, 0, -s, 0, c, s, 0, 0, s, c, 0, -s, 0, 0, c});
}

static void base_RZZ(const double *a, kw_complex *m) {
    const kw_complex e = cexp(-0.5 * I * a[0]), f = cexp(0.5 * I * a[0]);
    fill(m, 2, (const kw_complex[]){e, 0, 0, 0, 0, f, 0, 0, 0, 0, f, 0, 0, 0, 0, e});
}

/* Relative-phase Toffoli gates of qelib1 (Maslov 2016, arXiv 1508.03273): a Toffoli up to phases. */
static void base_RCCX(const double *a, kw_complex *m) {
    (void)a;
    identity(m, 8);
    m[3 * 8 + 3] = m[7 * 8 + 7] = 0;
    m[5 * 8 + 5] = -1;
    m[3 * 8 + 7] = -I;
    m[7 * 8 + 3] = I;
}

static void base_RC3X(const double *a, kw_complex *m) {
    (void)a;
    identity(m, 16);
    m[7 * 16 + 7] = m[15 * 16 + 15] = 0;
    m[3 * 16 + 3] = I;
    m[11 * 16 + 11] = -I;
    m[7 * 16 + 15] = 1;
    m[15 * 16 + 7] = -1;
}

static void base_RC3XDG(const double *a, kw_complex *m) {
    kw_complex forward[256];
    base_RC3X(a, forward);
    for (int r = 0; r < 16; ++r)
        for (int c = 0; c < 16; ++c) m[r * 16 + c] = conj(forward[c * 16 + r]);
}

#define base_UNITARY NULL

static rule rule_of(matrix_fn base) {
    if (base == base_RX || base == base_RY || base == base_RZ || base == base_RXX || base == base_RYY || base == base_RZZ)
        return RULE_ROTATION;
    if (base == base_P) return RULE_PHASE;
    if (base == base_U || base == base_UG) return RULE_U;
    return base == base_U2 ? RULE_U2 : RULE_NONE;
}

typedef struct {
    const char *name;
    int controls, targets, angles;
    matrix_fn base;
    kw_gate_kind inverse;
    int flags;
} gate_row;

static const gate_row table[KW_GATE_KINDS] = {
#define KW_GATE_ROW(kind, name, controls, targets, angles, base, inverse, flags)                                            \
    {name, controls, targets, angles, base_##base, KW_GATE_##inverse, flags},
    KW_GATE_LIST(KW_GATE_ROW)
#undef KW_GATE_ROW
};

const char *kw_gate_name(kw_gate_kind kind) { return table[kind].name; }
int kw_gate_controls(kw_gate_kind kind) { return table[kind].controls; }
int kw_gate_targets(kw_gate_kind kind) { return table[kind].targets; }
int kw_gate_angles(kw_gate_kind kind) { return table[kind].angles; }
int kw_gate_flags(kw_gate_kind kind) { return table[kind].flags; }

void kw_gate_matrix(kw_gate_kind kind, const double *angles, kw_complex *matrix) { table[kind].base(angles, matrix); }

/* d/dt (cos t/2 - i P sin t/2) is half the same rotation at t + pi; so is dU/dtheta.  phi multiplies the second row of U by
 * e^{i phi}, lambda its second column, gamma everything. */
void kw_gate_derivative(kw_gate_kind kind, const double *angles, int which, kw_complex *matrix) {
    const matrix_fn base = table[kind].base;
    const rule how = rule_of(base);
    if (how == RULE_ROTATION || (how == RULE_U && which == 0)) {
        double shifted[KW_MAX_ANGLES];
        memcpy(shifted, angles, sizeof(double) * (size_t)table[kind].angles);
        shifted[0] += M_PI;
        base(shifted, matrix);
        for (int i = 0; i < 1 << (2 * table[kind].targets); ++i) matrix[i] *= 0.5;
        return;
    }
    base(angles, matrix);
    const int role = how == RULE_U2 || how == RULE_PHASE ? which + 1 : which; /* 1: phi, 2: lambda, 3: gamma */
    for (int row = 0; row < 2; ++row)
        for (int column = 0; column < 2; ++column) {
            const bool depends = role == 3 || (role == 1 && row) || (role == 2 && column);
            matrix[2 * row + column] *= depends ? I : 0;
        }
}

int kw_gate_shifts(kw_gate_kind kind, int which, double shift[KW_MAX_SHIFTS], double weight[KW_MAX_SHIFTS]) {
    const rule how = rule_of(table[kind].base);
    const bool rotates = how == RULE_ROTATION || (how == RULE_U && which == 0);
    const int terms = rotates && table[kind].controls ? 4 : 2;
    const double step[2] = {M_PI_2, 3 * M_PI_2};
    /* with four terms (sqrt2 + 1) / (4 sqrt2) and -(sqrt2 - 1) / (4 sqrt2) */
    const double size[2] = {terms == 2 ? 0.5 : 0.25 + M_SQRT1_2 / 4, M_SQRT1_2 / 4 - 0.25};
    for (int k = 0; k < terms; ++k) {
        const double sign = k % 2 ? -1 : 1;
        shift[k] = sign * step[k / 2];
        weight[k] = sign * size[k / 2];
    }
    return terms;
}

kw_gate_kind kw_gate_inverse(kw_gate_kind kind, int from[KW_MAX_ANGLES], double sign[KW_MAX_ANGLES],
                             double offset[KW_MAX_ANGLES]) {
    const rule how = rule_of(table[kind].base);
    for (int j = 0; j < KW_MAX_ANGLES; ++j) {
        from[j] = j;
        sign[j] = -1.0;
        offset[j] = 0.0;
    }
    if (how == RULE_U) { /* U(t, p, l)^-1 = U(-t, -l, -p) */
        from[1] = 2;
        from[2] = 1;
    } else if (how == RULE_U2) { /* U2(p, l)^-1 = U2(-l - pi, -p + pi) */
        from[0] = 1;
        from[1] = 0;
        offset[0] = -M_PI;
        offset[1] = M_PI;
    }
    return table[kind].inverse;
}
