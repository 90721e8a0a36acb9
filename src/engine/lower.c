/* F2  Gates as phases, real rotations and flips.
 *
 * U(t, p, l) = P(p) RY(t) P(l);   RZ(t) = e^{-it/2} P(t);   RX(t) = P(-pi/2) RY(t) P(pi/2);   H = RY(pi/2) Z;   Y = i X Z.
 * A control makes every phase, rotation and flip conditional, a global phase becomes a phase of the controls; phases that
 * cancel where the control is 0 stay unconditional. */
#include "engine/lower.h"

#include <math.h>

#include "base/bits.h"

typedef struct {
    kw_primitive_list *out;
    size_t op;
    uint64_t controls;
    kw_status status;
} lowering;

static kw_angle fixed(double value) { return kw_angle_constant(value); }

static kw_angle scaled(kw_angle angle, double factor) {
    return (kw_angle){angle.parameter, angle.factor * factor, angle.offset * factor};
}

static void add(lowering *l, kw_primitive_kind kind, int target, uint64_t where, uint64_t moving, kw_angle angle) {
    if (l->status == KW_OK)
        l->status = kw_reserve((void **)&l->out->items, &l->out->capacity, l->out->count, 1, sizeof *l->out->items);
    if (l->status == KW_OK) l->out->items[l->out->count++] = (kw_primitive){kind, target, where, moving, angle, l->op};
}

static void phase_where(lowering *l, uint64_t where, kw_angle angle) {
    if (angle.parameter < 0 && angle.offset == 0.0) return;
    add(l, KW_PRIMITIVE_PHASE, -1, where, 0, angle);
}

/* A phase of the gate's own (0: a global one), under its controls. */
static void phase(lowering *l, uint64_t bits, kw_angle angle) { phase_where(l, l->controls | bits, angle); }

static void rotate(lowering *l, int target, kw_angle angle) {
    if (angle.parameter < 0 && angle.offset == 0.0) return;
    add(l, KW_PRIMITIVE_ROTATION, target, l->controls, kw_bit(target), angle);
}

static void flip(lowering *l, int target, uint64_t more_controls) {
    add(l, KW_PRIMITIVE_FLIP, target, l->controls | more_controls, kw_bit(target), fixed(0));
}

static void rotate_x(lowering *l, int target, kw_angle angle) {
    phase_where(l, kw_bit(target), fixed(M_PI_2));
    rotate(l, target, angle);
    phase_where(l, kw_bit(target), fixed(-M_PI_2));
}

static void general(lowering *l, int target, kw_angle theta, kw_angle phi, kw_angle lambda) {
    phase(l, kw_bit(target), lambda);
    rotate(l, target, theta);
    phase(l, kw_bit(target), phi);
}

/* exp(-i t ZZ/2): ZZ = 1 - 2 a - 2 b + 4 a b on the bits a, b. */
static void parity_phase(lowering *l, uint64_t a, uint64_t b, kw_angle t) {
    phase(l, 0, scaled(t, -0.5));
    phase(l, a, t);
    phase(l, b, t);
    phase(l, a | b, scaled(t, -2));
}

static void parity_rotation(lowering *l, const int *targets, kw_angle t, bool y) {
    const uint64_t bits[2] = {kw_bit(targets[0]), kw_bit(targets[1])};
    for (int j = 0; j < 2 && y; ++j) phase(l, bits[j], fixed(-M_PI_2));
    for (int j = 0; j < 2; ++j) rotate(l, targets[j], fixed(-M_PI_2));
    parity_phase(l, bits[0], bits[1], t);
    for (int j = 0; j < 2; ++j) rotate(l, targets[j], fixed(M_PI_2));
    for (int j = 0; j < 2 && y; ++j) phase(l, bits[j], fixed(M_PI_2));
}

static void swap(lowering *l, int a, int b) {
    add(l, KW_PRIMITIVE_FLIP, a, kw_bit(b), kw_bit(a), fixed(0)); /* cancels with the third where the controls are 0 */
    flip(l, b, kw_bit(a));
    add(l, KW_PRIMITIVE_FLIP, a, kw_bit(b), kw_bit(a), fixed(0));
}

/* Relative-phase Toffoli gates: a Toffoli and phases (the matrices stand in the gate table). */
static void relative_toffoli(lowering *l, const int *q) {
    flip(l, q[2], kw_bit(q[0]) | kw_bit(q[1]));
    phase(l, kw_bit(q[0]) | kw_bit(q[1]), fixed(-M_PI_2));
    phase(l, kw_bit(q[0]) | kw_bit(q[2]), fixed(M_PI));
}

static void relative_phases4(lowering *l, const int *q, double sign) {
    const uint64_t pair = kw_bit(q[0]) | kw_bit(q[1]);
    phase(l, pair, fixed(sign * M_PI_2));
    phase(l, pair | kw_bit(q[2]), fixed(-sign * M_PI_2));
    phase(l, pair | kw_bit(q[3]), fixed(-sign * M_PI));
}

static void relative_toffoli4(lowering *l, const int *q, bool inverse) {
    if (inverse) relative_phases4(l, q, -1);
    flip(l, q[3], kw_bit(q[0]) | kw_bit(q[1]) | kw_bit(q[2]));
    if (!inverse) relative_phases4(l, q, 1);
}

/* Base matrices of the gate table. */
enum {
    BASE_ID,
    BASE_X,
    BASE_Y,
    BASE_Z,
    BASE_H,
    BASE_S,
    BASE_SDG,
    BASE_T,
    BASE_TDG,
    BASE_SX,
    BASE_SXDG,
    BASE_RX,
    BASE_RY,
    BASE_RZ,
    BASE_P,
    BASE_U2,
    BASE_U,
    BASE_UG,
    BASE_SWAP,
    BASE_ISWAP,
    BASE_ISWAPDG,
    BASE_RXX,
    BASE_RYY,
    BASE_RZZ,
    BASE_RCCX,
    BASE_RC3X,
    BASE_RC3XDG,
    BASE_UNITARY
};

static int base_of(kw_gate_kind kind) {
    static const int bases[] = {
#define BASE(kind_, name, controls, targets, angles, base, inverse, flags) BASE_##base,
        KW_GATE_LIST(BASE)
#undef BASE
    };
    return bases[kind];
}

kw_status kw_lower(const kw_gate *gate, size_t op, uint64_t controls, const int *q, kw_primitive_list *out) {
    lowering l = {out, op, controls, KW_OK};
    const kw_angle *t = gate->angles;
    const uint64_t bit = kw_bit(q[0]), pair = bit | (gate->n_targets > 1 ? kw_bit(q[1]) : 0);
    uint64_t all = 0;
    for (int j = 0; j < gate->n_targets; ++j) all |= kw_bit(q[j]);
    switch (base_of(gate->kind)) {
    case BASE_ID: break;
    case BASE_X: flip(&l, q[0], 0); break;
    case BASE_Y:
        phase(&l, bit, fixed(M_PI));
        flip(&l, q[0], 0);
        phase(&l, 0, fixed(M_PI_2));
        break;
    case BASE_Z: phase(&l, bit, fixed(M_PI)); break;
    case BASE_H:
        phase(&l, bit, fixed(M_PI));
        rotate(&l, q[0], fixed(M_PI_2));
        break;
    case BASE_S: phase(&l, bit, fixed(M_PI_2)); break;
    case BASE_SDG: phase(&l, bit, fixed(-M_PI_2)); break;
    case BASE_T: phase(&l, bit, fixed(M_PI_4)); break;
    case BASE_TDG: phase(&l, bit, fixed(-M_PI_4)); break;
    case BASE_SX:
        rotate_x(&l, q[0], fixed(M_PI_2));
        phase(&l, 0, fixed(M_PI_4));
        break;
    case BASE_SXDG:
        rotate_x(&l, q[0], fixed(-M_PI_2));
        phase(&l, 0, fixed(-M_PI_4));
        break;
    case BASE_RX: rotate_x(&l, q[0], t[0]); break;
    case BASE_RY: rotate(&l, q[0], t[0]); break;
    case BASE_RZ:
        phase(&l, 0, scaled(t[0], -0.5));
        phase(&l, bit, t[0]);
        break;
    case BASE_P: phase(&l, bit, t[0]); break;
    case BASE_U2: general(&l, q[0], fixed(M_PI_2), t[0], t[1]); break;
    case BASE_U: general(&l, q[0], t[0], t[1], t[2]); break;
    case BASE_UG:
        general(&l, q[0], t[0], t[1], t[2]);
        phase(&l, 0, t[3]);
        break;
    case BASE_SWAP: swap(&l, q[0], q[1]); break;
    case BASE_ISWAP:
    case BASE_ISWAPDG: {
        const double sign = gate->kind == KW_GATE_ISWAP ? 1 : -1;
        swap(&l, q[0], q[1]);
        phase(&l, bit, fixed(sign * M_PI_2));
        phase(&l, kw_bit(q[1]), fixed(sign * M_PI_2));
        phase(&l, pair, fixed(M_PI));
        break;
    }
    case BASE_RXX: parity_rotation(&l, q, t[0], false); break;
    case BASE_RYY: parity_rotation(&l, q, t[0], true); break;
    case BASE_RZZ: parity_phase(&l, bit, kw_bit(q[1]), t[0]); break;
    case BASE_RCCX: relative_toffoli(&l, q); break;
    case BASE_RC3X: relative_toffoli4(&l, q, false); break;
    case BASE_RC3XDG: relative_toffoli4(&l, q, true); break;
    default: add(&l, KW_PRIMITIVE_DENSE, -1, controls, all, fixed(0)); break;
    }
    return l.status;
}
