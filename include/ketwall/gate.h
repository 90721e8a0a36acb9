/* The gate table: one row per gate, read by circuits, plans, gradients, documentation and tests.
 * Conventions are those of Qiskit's qelib1: rz(t) = exp(-i t Z/2), u(t,p,l) has a real top-left entry, p(l) = diag(1,
 * e^{il}), rxx/ryy/rzz(t) = exp(-i t PP/2), crz is the controlled rz (not cu1).  Qubits of a gate: controls first, then
 * targets; target j is bit j of the matrix index. */
#ifndef KETWALL_GATE_H
#define KETWALL_GATE_H

#include <stdbool.h>

#include "ketwall/status.h"

#ifdef __cplusplus
#    include <complex>
typedef std::complex<double> kw_complex;
extern "C" {
#else
typedef double _Complex kw_complex;
#endif

#define KW_MAX_QUBITS  62 /* of a circuit or state */
#define KW_MAX_TARGETS 5  /* of one gate: dense unitaries up to 32 x 32 */
#define KW_MAX_ANGLES  4  /* of one gate */
#define KW_MAX_SHIFTS  4  /* of the parameter-shift rule of one angle */

/* Properties of the target matrix; they hold for every angle. */
enum { KW_DIAGONAL = 1, KW_PERMUTATION = 2, KW_REAL = 4 };

/* ROW(KIND, "qasm name", controls (-1: any number >= 1), targets, angles, base matrix, inverse kind, flags)
 * The base matrix acts on the targets where all controls are 1.  Inverse: the gate of that kind with the angles of the
 * inverse rule of its base (kw_gate_inverse). */
#define KW_GATE_LIST(ROW)                                                                                                   \
    ROW(ID, "id", 0, 1, 0, ID, ID, KW_DIAGONAL | KW_PERMUTATION | KW_REAL)                                                  \
    ROW(X, "x", 0, 1, 0, X, X, KW_PERMUTATION | KW_REAL)                                                                    \
    ROW(Y, "y", 0, 1, 0, Y, Y, 0)                                                                                           \
    ROW(Z, "z", 0, 1, 0, Z, Z, KW_DIAGONAL | KW_REAL)                                                                       \
    ROW(H, "h", 0, 1, 0, H, H, KW_REAL)                                                                                     \
    ROW(S, "s", 0, 1, 0, S, SDG, KW_DIAGONAL)                                                                               \
    ROW(SDG, "sdg", 0, 1, 0, SDG, S, KW_DIAGONAL)                                                                           \
    ROW(T, "t", 0, 1, 0, T, TDG, KW_DIAGONAL)                                                                               \
    ROW(TDG, "tdg", 0, 1, 0, TDG, T, KW_DIAGONAL)                                                                           \
    ROW(SX, "sx", 0, 1, 0, SX, SXDG, 0)                                                                                     \
    ROW(SXDG, "sxdg", 0, 1, 0, SXDG, SX, 0)                                                                                 \
    ROW(RX, "rx", 0, 1, 1, RX, RX, 0)                                                                                       \
    ROW(RY, "ry", 0, 1, 1, RY, RY, KW_REAL)                                                                                 \
    ROW(RZ, "rz", 0, 1, 1, RZ, RZ, KW_DIAGONAL)                                                                             \
    ROW(P, "p", 0, 1, 1, P, P, KW_DIAGONAL)                                                                                 \
    ROW(U1, "u1", 0, 1, 1, P, U1, KW_DIAGONAL)                                                                              \
    ROW(U2, "u2", 0, 1, 2, U2, U2, 0)                                                                                       \
    ROW(U, "u", 0, 1, 3, U, U, 0)                                                                                           \
    ROW(U3, "u3", 0, 1, 3, U, U3, 0)                                                                                        \
    ROW(CX, "cx", 1, 1, 0, X, CX, KW_PERMUTATION | KW_REAL)                                                                 \
    ROW(CY, "cy", 1, 1, 0, Y, CY, 0)                                                                                        \
    ROW(CZ, "cz", 1, 1, 0, Z, CZ, KW_DIAGONAL | KW_REAL)                                                                    \
    ROW(CH, "ch", 1, 1, 0, H, CH, KW_REAL)                                                                                  \
    ROW(CSX, "csx", 1, 1, 0, SX, CSXDG, 0)                                                                                  \
    ROW(CSXDG, "csxdg", 1, 1, 0, SXDG, CSX, 0)                                                                              \
    ROW(CRX, "crx", 1, 1, 1, RX, CRX, 0)                                                                                    \
    ROW(CRY, "cry", 1, 1, 1, RY, CRY, KW_REAL)                                                                              \
    ROW(CRZ, "crz", 1, 1, 1, RZ, CRZ, KW_DIAGONAL)                                                                          \
    ROW(CP, "cp", 1, 1, 1, P, CP, KW_DIAGONAL)                                                                              \
    ROW(CU1, "cu1", 1, 1, 1, P, CU1, KW_DIAGONAL)                                                                           \
    ROW(CU3, "cu3", 1, 1, 3, U, CU3, 0)                                                                                     \
    ROW(CU, "cu", 1, 1, 4, UG, CU, 0)                                                                                       \
    ROW(CCX, "ccx", 2, 1, 0, X, CCX, KW_PERMUTATION | KW_REAL)                                                              \
    ROW(C3X, "c3x", 3, 1, 0, X, C3X, KW_PERMUTATION | KW_REAL)                                                              \
    ROW(C4X, "c4x", 4, 1, 0, X, C4X, KW_PERMUTATION | KW_REAL)                                                              \
    ROW(C3SX, "c3sqrtx", 3, 1, 0, SX, C3SXDG, 0)                                                                            \
    ROW(C3SXDG, "c3sxdg", 3, 1, 0, SXDG, C3SX, 0)                                                                           \
    ROW(SWAP, "swap", 0, 2, 0, SWAP, SWAP, KW_PERMUTATION | KW_REAL)                                                        \
    ROW(CSWAP, "cswap", 1, 2, 0, SWAP, CSWAP, KW_PERMUTATION | KW_REAL)                                                     \
    ROW(ISWAP, "iswap", 0, 2, 0, ISWAP, ISWAPDG, 0)                                                                         \
    ROW(ISWAPDG, "iswapdg", 0, 2, 0, ISWAPDG, ISWAP, 0)                                                                     \
    ROW(RXX, "rxx", 0, 2, 1, RXX, RXX, 0)                                                                                   \
    ROW(RYY, "ryy", 0, 2, 1, RYY, RYY, 0)                                                                                   \
    ROW(RZZ, "rzz", 0, 2, 1, RZZ, RZZ, KW_DIAGONAL)                                                                         \
    ROW(RCCX, "rccx", 0, 3, 0, RCCX, RCCX, 0)                                                                               \
    ROW(RC3X, "rc3x", 0, 4, 0, RC3X, RC3XDG, 0)                                                                             \
    ROW(RC3XDG, "rc3xdg", 0, 4, 0, RC3XDG, RC3X, 0)                                                                         \
    ROW(MCX, "mcx", -1, 1, 0, X, MCX, KW_PERMUTATION | KW_REAL)                                                             \
    ROW(MCZ, "mcz", -1, 1, 0, Z, MCZ, KW_DIAGONAL | KW_REAL)                                                                \
    ROW(MCP, "mcp", -1, 1, 1, P, MCP, KW_DIAGONAL)                                                                          \
    ROW(UNITARY, "unitary", 0, -1, 0, UNITARY, UNITARY, 0)

typedef enum {
#define KW_GATE_ENUM(kind, name, controls, targets, angles, base, inverse, flags) KW_GATE_##kind,
    KW_GATE_LIST(KW_GATE_ENUM)
#undef KW_GATE_ENUM
        KW_GATE_KINDS
} kw_gate_kind;

/** Name as in OpenQASM, e.g. "cu3".                                                                             @local */
const char *kw_gate_name(kw_gate_kind kind);

/** Row of the table: controls (-1: any), targets (-1: 1 to KW_MAX_TARGETS), angles, flags.                      @local */
int kw_gate_controls(kw_gate_kind kind);
int kw_gate_targets(kw_gate_kind kind);
int kw_gate_angles(kw_gate_kind kind);
int kw_gate_flags(kw_gate_kind kind);

/** Target matrix, row-major (2^t x 2^t); not for KW_GATE_UNITARY, which carries its own.
 *  @param[in]  angles  kw_gate_angles(kind) values [rad]                                                         @local */
void kw_gate_matrix(kw_gate_kind kind, const double *angles, kw_complex *matrix);

/** d matrix / d angles[which], row-major.                                                                        @local */
void kw_gate_derivative(kw_gate_kind kind, const double *angles, int which, kw_complex *matrix);

/** Parameter-shift rule of an angle: of every expectation value f of a circuit that the gate stands in,
 *  d f / d angle = sum_k weight[k] f(angle + shift[k]) exactly.                                                  @local
 *  Two terms (Mitarai et al. 2018, arXiv 1803.00745; Schuld et al. 2019, arXiv 1811.11184) where f has the one frequency 1:
 *  rotations, phases, phases under controls.  Four (Anselmetti et al. 2021, arXiv 2104.05695) for rotations under controls,
 *  whose generators have the eigenvalues 0, 1/2 and -1/2, so that f has the frequencies 1/2 and 1.
 *  @return number of terms */
int kw_gate_shifts(kw_gate_kind kind, int which, double shift[KW_MAX_SHIFTS], double weight[KW_MAX_SHIFTS]);

/** Inverse gate: its kind; angle j of it is sign[j] * angles[from[j]] + offset[j].                              @local */
kw_gate_kind kw_gate_inverse(kw_gate_kind kind, int from[KW_MAX_ANGLES], double sign[KW_MAX_ANGLES],
                             double offset[KW_MAX_ANGLES]);

#ifdef __cplusplus
}
#endif
#endif
