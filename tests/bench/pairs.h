/* Simulators in pairs: the engine and another one run the circuits of ketwall bench in turn, one pair after the other; each
 * pair must agree, and its ratio is printed.  Another simulator is one file that fills in a table of calls, in C or C++.
 *   NAME rqc|hea|qft|gradient QUBITS [PAIRS] */
#ifndef PAIRS_H
#define PAIRS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One gate, angles in radians; `name` is that of qelib1.inc: u3, cz, ry, rz, cx, h, cp, swap.  Qubit 0 is the lowest bit of
 * an index; of cz, cx and cp the first qubit is the control. */
typedef struct {
    char name[8];
    int qubits[2];
    double angles[3];
    int parameter; /* of the angle of ry and rz in a gradient; -1: none */
} pairs_gate;

/* All amplitudes belong to the other simulator; calls end the program if they cannot do their work. */
typedef struct {
    const char *name; /* with its version */
    double tolerance; /* of an amplitude, and of a derivative relative to the largest */
    int single;       /* complex64: the engine runs in it too */
    void (*create)(int n_qubits, int threads);
    /* |0...0>, then the gates.  @return seconds of the gates alone */
    double (*run)(const pairs_gate *gates, size_t count);
    void (*amplitude)(uint64_t index, double out[2]);
    /* All derivatives of <Z_0>, angle after angle, from |0...0>; NULL: it has none.  @return seconds */
    double (*gradient)(const pairs_gate *gates, size_t count, double *out, int parameters);
} pairs_other;

/** The whole program. */
int pairs_main(int argc, char **argv, const pairs_other *other);

void pairs_die(const char *message);
double pairs_seconds(void);

#ifdef __cplusplus
}
#endif

#endif
