/* Dense reference: every gate of the table as the program of qelib1.inc over U and CX, run on basis indices.
 * An inverse gate is its program read backwards.  Multi-controlled phases of any width are one textbook step. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "support/dense.h"

typedef enum { STEP_U, STEP_CX, STEP_MCP } step_kind;

typedef struct {
    step_kind kind;
    int qubit, control;
    uint64_t mask;             /* STEP_MCP: all qubits that must be 1 */
    double theta, phi, lambda; /* STEP_MCP: lambda alone */
} step;

enum { MAX_STEPS = 512 };

typedef struct {
    int count;
    step steps[MAX_STEPS];
} program;

static void add(program *p, step s) {
    if (p->count == MAX_STEPS) abort();
    p->steps[p->count++] = s;
}

/* ---- the two primitives and the one-qubit gates ---- */
static void u(program *p, double theta, double phi, double lambda, int q) {
    add(p, (step){.kind = STEP_U, .qubit = q, .theta = theta, .phi = phi, .lambda = lambda});
}
static void cx(program *p, int c, int t) { add(p, (step){.kind = STEP_CX, .qubit = t, .control = c}); }
static void u1(program *p, double lambda, int q) { u(p, 0.0, 0.0, lambda, q); }
static void h(program *p, int q) { u(p, M_PI_2, 0.0, M_PI, q); }
static void x(program *p, int q) { u(p, M_PI, 0.0, M_PI, q); }
static void rx(program *p, double theta, int q) { u(p, theta, -M_PI_2, M_PI_2, q); }
static void ry(program *p, double theta, int q) { u(p, theta, 0.0, 0.0, q); }

/* diag(e^{-it/2}, e^{it/2}) with its phase */
static void rz(program *p, double t, int q) {
    x(p, q);
    u1(p, -t / 2, q);
    x(p, q);
    u1(p, t / 2, q);
}

static void sx(program *p, int q) {
    h(p, q);
    u1(p, M_PI_2, q);
    h(p, q);
}

/* ---- controlled gates ---- */
static void cu1(program *p, double lambda, int a, int b) {
    u1(p, lambda / 2, a);
    cx(p, a, b);
    u1(p, -lambda / 2, b);
    cx(p, a, b);
    u1(p, lambda / 2, b);
}

static void cu(program *p, const double *angle, double gamma, int c, int t) {
    const double theta = angle[0], phi = angle[1], lambda = angle[2];
    u1(p, gamma, c);
    u1(p, (lambda + phi) / 2, c);
    u1(p, (lambda - phi) / 2, t);
    cx(p, c, t);
    u(p, -theta / 2, 0.0, -(phi + lambda) / 2, t);
    cx(p, c, t);
    u(p, theta / 2, phi, 0.0, t);
}

static void cy(program *p, int a, int b) {
    u1(p, -M_PI_2, b);
    cx(p, a, b);
    u1(p, M_PI_2, b);
}

static void cz(program *p, int a, int b) {
    h(p, b);
    cx(p, a, b);
    h(p, b);
}

static void ch(program *p, int a, int b) {
    u1(p, M_PI_2, b);
    h(p, b);
    u1(p, M_PI_4, b);
    cx(p, a, b);
    u1(p, -M_PI_4, b);
    h(p, b);
    u1(p, -M_PI_2, b);
}

static void controlled_sx_power(program *p, double power, int a, int b) {
    h(p, b);
    cu1(p, M_PI_2 * power, a, b);
    h(p, b);
}

static void crx(program *p, double t, int a, int b) {
    u1(p, M_PI_2, b);
    cx(p, a, b);
    u(p, -t / 2, 0.0, 0.0, b);
    cx(p, a, b);
    u(p, t / 2, -M_PI_2, 0.0, b);
}

static void cry(program *p, double t, int a, int b) {
    ry(p, t / 2, b);
    cx(p, a, b);
    ry(p, -t / 2, b);
    cx(p, a, b);
}

static void crz(program *p, double t, int a, int b) {
    rz(p, t / 2, b);
    cx(p, a, b);
    rz(p, -t / 2, b);
    cx(p, a, b);
}

static void ccx(program *p, int a, int b, int c) {
    h(p, c);
    cx(p, b, c);
    u1(p, -M_PI_4, c);
    cx(p, a, c);
    u1(p, M_PI_4, c);
    cx(p, b, c);
    u1(p, -M_PI_4, c);
    cx(p, a, c);
    u1(p, M_PI_4, b);
    u1(p, M_PI_4, c);
    h(p, c);
    cx(p, a, b);
    u1(p, M_PI_4, a);
    u1(p, -M_PI_4, b);
    cx(p, a, b);
}

/* CX walks over the controls c[i] of a target t, each followed by a phase of alternating sign. */
static void parity_phases(program *p, const int *controls, int count, int t) {
    for (int i = 0; i < count; ++i) {
        cx(p, controls[i], t);
        u1(p, i % 2 ? M_PI / 8 : -M_PI / 8, t);
    }
}

static void c3x(program *p, const int *q) {
    const int a = q[0], b = q[1], c = q[2], d = q[3];
    h(p, d);
    for (int j = 0; j < 4; ++j) u1(p, M_PI / 8, q[j]);
    cx(p, a, b);
    u1(p, -M_PI / 8, b);
    cx(p, a, b);
    parity_phases(p, (int[]){b, a, b}, 3, c);
    cx(p, a, c);
    parity_phases(p, (int[]){c, b, c, a, c, b, c}, 7, d);
    cx(p, a, d);
    h(p, d);
}

static void c3sx(program *p, int a, int b, int c, int d) {
    controlled_sx_power(p, 0.25, a, d);
    cx(p, a, b);
    controlled_sx_power(p, -0.25, b, d);
    cx(p, a, b);
    controlled_sx_power(p, 0.25, b, d);
    cx(p, b, c);
    controlled_sx_power(p, -0.25, c, d);
    cx(p, a, c);
    controlled_sx_power(p, 0.25, c, d);
    cx(p, b, c);
    controlled_sx_power(p, -0.25, c, d);
    cx(p, a, c);
    controlled_sx_power(p, 0.25, c, d);
}

static void c4x(program *p, const int *q) {
    controlled_sx_power(p, 1.0, q[3], q[4]);
    c3x(p, q);
    controlled_sx_power(p, -1.0, q[3], q[4]);
    c3x(p, q);
    c3sx(p, q[0], q[1], q[2], q[4]);
}

static void mcp(program *p, double lambda, const int *q, int count) {
    step s = {.kind = STEP_MCP, .lambda = lambda};
    for (int j = 0; j < count; ++j) s.mask |= (uint64_t)1 << q[j];
    add(p, s);
}

/* ---- gates on two or more targets ---- */
static void swap(program *p, int a, int b) {
    cx(p, a, b);
    cx(p, b, a);
    cx(p, a, b);
}

static void iswap(program *p, int a, int b) {
    u1(p, M_PI_2, a);
    u1(p, M_PI_2, b);
    h(p, a);
    cx(p, a, b);
    cx(p, b, a);
    h(p, b);
}

static void rzz(program *p, double t, int a, int b) {
    cx(p, a, b);
    rz(p, t, b);
    cx(p, a, b);
}

static void rxx(program *p, double t, int a, int b) {
    h(p, a);
    h(p, b);
    rzz(p, t, a, b);
    h(p, a);
    h(p, b);
}

static void ryy(program *p, double t, int a, int b) {
    rx(p, M_PI_2, a);
    rx(p, M_PI_2, b);
    rzz(p, t, a, b);
    rx(p, -M_PI_2, a);
    rx(p, -M_PI_2, b);
}

static void rccx(program *p, int a, int b, int c) {
    h(p, c);
    u1(p, M_PI_4, c);
    cx(p, b, c);
    u1(p, -M_PI_4, c);
    cx(p, a, c);
    u1(p, M_PI_4, c);
    cx(p, b, c);
    u1(p, -M_PI_4, c);
    h(p, c);
}

static void rc3x(program *p, int a, int b, int c, int d) {
    for (int half = 0; half < 2; ++half) {
        h(p, d);
        u1(p, M_PI_4, d);
        cx(p, c, d);
        u1(p, -M_PI_4, d);
        h(p, d);
        for (int j = 0; j < 2 && half == 0; ++j) {
            cx(p, a, d);
            u1(p, M_PI_4, d);
            cx(p, b, d);
            u1(p, -M_PI_4, d);
        }
    }
}

/* ---- the table ---- */
static void write_single(program *p, kw_gate_kind kind, int q, const double *t) {
    switch (kind) {
    case KW_GATE_X: x(p, q); break;
    case KW_GATE_Y: u(p, M_PI, M_PI_2, M_PI_2, q); break;
    case KW_GATE_Z: u1(p, M_PI, q); break;
    case KW_GATE_H: h(p, q); break;
    case KW_GATE_S:
    case KW_GATE_SDG: u1(p, M_PI_2, q); break;
    case KW_GATE_T:
    case KW_GATE_TDG: u1(p, M_PI_4, q); break;
    case KW_GATE_SX:
    case KW_GATE_SXDG: sx(p, q); break;
    case KW_GATE_RX: rx(p, t[0], q); break;
    case KW_GATE_RY: ry(p, t[0], q); break;
    case KW_GATE_RZ: rz(p, t[0], q); break;
    case KW_GATE_P:
    case KW_GATE_U1: u1(p, t[0], q); break;
    case KW_GATE_U2: u(p, M_PI_2, t[0], t[1], q); break;
    case KW_GATE_U:
    case KW_GATE_U3: u(p, t[0], t[1], t[2], q); break;
    default: abort();
    }
}

static void write_pair(program *p, kw_gate_kind kind, const int *q, const double *t) {
    switch (kind) {
    case KW_GATE_CX: cx(p, q[0], q[1]); break;
    case KW_GATE_CY: cy(p, q[0], q[1]); break;
    case KW_GATE_CZ: cz(p, q[0], q[1]); break;
    case KW_GATE_CH: ch(p, q[0], q[1]); break;
    case KW_GATE_CSX:
    case KW_GATE_CSXDG: controlled_sx_power(p, 1.0, q[0], q[1]); break;
    case KW_GATE_CRX: crx(p, t[0], q[0], q[1]); break;
    case KW_GATE_CRY: cry(p, t[0], q[0], q[1]); break;
    case KW_GATE_CRZ: crz(p, t[0], q[0], q[1]); break;
    case KW_GATE_CP:
    case KW_GATE_CU1: cu1(p, t[0], q[0], q[1]); break;
    case KW_GATE_CU3: cu(p, t, 0.0, q[0], q[1]); break;
    case KW_GATE_CU: cu(p, t, t[3], q[0], q[1]); break;
    case KW_GATE_SWAP: swap(p, q[0], q[1]); break;
    case KW_GATE_ISWAP:
    case KW_GATE_ISWAPDG: iswap(p, q[0], q[1]); break;
    case KW_GATE_RXX: rxx(p, t[0], q[0], q[1]); break;
    case KW_GATE_RYY: ryy(p, t[0], q[0], q[1]); break;
    case KW_GATE_RZZ: rzz(p, t[0], q[0], q[1]); break;
    default: write_single(p, kind, q[0], t); break;
    }
}

static void write_gate(program *p, kw_gate_kind kind, const int *q, int count, const double *t) {
    switch (kind) {
    case KW_GATE_ID: break;
    case KW_GATE_CCX: ccx(p, q[0], q[1], q[2]); break;
    case KW_GATE_C3X: c3x(p, q); break;
    case KW_GATE_C4X: c4x(p, q); break;
    case KW_GATE_C3SX:
    case KW_GATE_C3SXDG: c3sx(p, q[0], q[1], q[2], q[3]); break;
    case KW_GATE_CSWAP:
        cx(p, q[2], q[1]);
        ccx(p, q[0], q[1], q[2]);
        cx(p, q[2], q[1]);
        break;
    case KW_GATE_RCCX: rccx(p, q[0], q[1], q[2]); break;
    case KW_GATE_RC3X:
    case KW_GATE_RC3XDG: rc3x(p, q[0], q[1], q[2], q[3]); break;
    case KW_GATE_MCX:
        h(p, q[count - 1]);
        mcp(p, M_PI, q, count);
        h(p, q[count - 1]);
        break;
    case KW_GATE_MCZ: mcp(p, M_PI, q, count); break;
    case KW_GATE_MCP: mcp(p, t[0], q, count); break;
    default: write_pair(p, kind, q, t); break;
    }
}

static int is_backwards(kw_gate_kind kind) {
    return kind == KW_GATE_SDG || kind == KW_GATE_TDG || kind == KW_GATE_SXDG || kind == KW_GATE_CSXDG
           || kind == KW_GATE_C3SXDG || kind == KW_GATE_ISWAPDG || kind == KW_GATE_RC3XDG;
}

static void run_step(kw_complex *vector, int n, const step *s) {
    const uint64_t bit = (uint64_t)1 << s->qubit;
    const double c = cos(s->theta / 2), k = sin(s->theta / 2);
    const kw_complex phase = cexp(I * s->lambda), upper = -phase * k, lower = cexp(I * s->phi) * k,
                     corner = cexp(I * (s->phi + s->lambda)) * c;
    for (uint64_t i = 0; i < (uint64_t)1 << n; ++i) {
        if (s->kind == STEP_MCP) {
            if ((i & s->mask) == s->mask) vector[i] *= phase;
        } else if (i & bit) {
            continue;
        } else if (s->kind == STEP_CX) {
            if (!((i >> s->control) & 1)) continue;
            const kw_complex zero = vector[i];
            vector[i] = vector[i | bit];
            vector[i | bit] = zero;
        } else {
            const kw_complex zero = vector[i], one = vector[i | bit];
            vector[i] = c * zero + upper * one;
            vector[i | bit] = lower * zero + corner * one;
        }
    }
}

void dense_apply(kw_complex *vector, int n, kw_gate_kind kind, const int *qubits, int n_qubits, const double *angles) {
    program p;
    p.count = 0;
    write_gate(&p, kind, qubits, n_qubits, angles);
    for (int j = 0; j < p.count; ++j) {
        if (!is_backwards(kind)) {
            run_step(vector, n, &p.steps[j]);
            continue;
        }
        const step s = p.steps[p.count - 1 - j];
        const step inverse = {s.kind,
                              s.qubit,
                              s.control,
                              s.mask,
                              -s.theta,
                              s.kind == STEP_U ? -s.lambda : 0.0,
                              s.kind == STEP_U ? -s.phi : -s.lambda};
        run_step(vector, n, &inverse);
    }
}
