/* F2  Trotterised adiabatic circuits of the Ising and the Heisenberg chain. */
#include "data/adiabatic.h"

#include <math.h>

#include "data/hamiltonian.h"

/* Length of Trotter step k, in units of 1/J.  Steps get shorter towards the end: the state follows the ground state of the
 * Trotterised evolution, whose distance from that of H(1) is of the order of the last steps squared. */
static double step_length(int k, int steps, double largest) {
    const double s = (k + 0.5) / steps;
    return 0.3 / fmax(1.0, largest) * (1.0 - 0.9 * s * s * s * s);
}

/* Parameters of step k.  Ising: ZZ, X.  Heisenberg: XY and ZZ of the ramped bonds, XY and ZZ of the others.  The half steps
 * between two steps are merged into one; the first does nothing to the start state but a phase. */
enum { ISING = 2, HEISENBERG = 4 };

int kw_adiabatic_parameters(kw_family family, int steps) { return steps * (family == KW_FAMILY_TFIM ? ISING : HEISENBERG); }

void kw_adiabatic_angles(kw_family family, double coupling, int steps, double *theta) {
    const bool ising = family == KW_FAMILY_TFIM;
    for (int k = 0; k < steps; ++k) {
        const double s = (k + 0.5) / steps, after = (k + 1.5) / steps, largest = ising ? 1.0 : fabs(coupling);
        const double step = step_length(k, steps, largest);
        const double next = k == steps - 1 ? 0.0 : step_length(k + 1, steps, largest);
        if (ising) { /* exp(i t ZZ) = rzz(-2 t) */
            theta[ISING * k] = -2.0 * step * s;
            theta[ISING * k + 1] = -step * (1.0 - s + s * coupling) - next * (1.0 - after + after * coupling);
        } else {
            theta[HEISENBERG * k] = 2.0 * step * s;
            theta[HEISENBERG * k + 1] = 2.0 * step * s * coupling;
            theta[HEISENBERG * k + 2] = step + next;
            theta[HEISENBERG * k + 3] = (step + next) * coupling;
        }
    }
}

static kw_status append_ising(kw_circuit *circuit, int n, bool periodic, int steps) {
    kw_status status = KW_OK;
    for (int q = 0; q < n && !status; ++q) status = kw_circuit_append(circuit, KW_GATE_H, &q, 1, NULL);
    for (int k = 0; k < steps; ++k) {
        const kw_angle zz = kw_angle_parameter(ISING * k), x = kw_angle_parameter(ISING * k + 1);
        for (int b = 0; b < kw_chain_bonds(n, periodic) && !status; ++b)
            status = kw_circuit_append(circuit, KW_GATE_RZZ, (int[]){b, (b + 1) % n}, 2, &zz);
        for (int q = 0; q < n && !status; ++q) status = kw_circuit_append(circuit, KW_GATE_RX, &q, 1, &x);
    }
    return status;
}

/* exp(-i t (XX + YY + Delta ZZ)) on every second bond from `first` to `end` - 1; angles are `factor` times the parameters.
 */
static kw_status append_bonds(kw_circuit *circuit, int first, int end, int parameter, double factor) {
    const int n = kw_circuit_qubits(circuit);
    const kw_angle xy = {parameter, factor, 0.0}, zz = {parameter + 1, factor, 0.0};
    kw_status status = KW_OK;
    for (int b = first; b < end && !status; b += 2) {
        const int qubits[2] = {b, (b + 1) % n};
        status = kw_circuit_append(circuit, KW_GATE_RXX, qubits, 2, &xy);
        if (!status) status = kw_circuit_append(circuit, KW_GATE_RYY, qubits, 2, &xy);
        if (!status) status = kw_circuit_append(circuit, KW_GATE_RZZ, qubits, 2, &zz);
    }
    return status;
}

static kw_status append_heisenberg(kw_circuit *circuit, int n, bool periodic, int steps) {
    const int bonds = kw_chain_bonds(n, periodic);
    const bool odd_ring = bonds == n && n % 2; /* its closing bond touches bonds of both kinds: half before, half after */
    const int closing = odd_ring ? n - 1 : bonds;
    kw_status status = KW_OK;
    for (int q = 0; q + 1 < n && !status; q += 2) { /* |00> -> (|01> - |10>)/sqrt 2 */
        const int pair[2] = {q, q + 1};
        status = kw_circuit_append(circuit, KW_GATE_X, pair, 1, NULL);
        if (!status) status = kw_circuit_append(circuit, KW_GATE_X, pair + 1, 1, NULL);
        if (!status) status = kw_circuit_append(circuit, KW_GATE_H, pair, 1, NULL);
        if (!status) status = kw_circuit_append(circuit, KW_GATE_CX, pair, 2, NULL);
    }
    for (int k = 0; k < steps && !status; ++k) {
        const int parameter = HEISENBERG * k;
        status = append_bonds(circuit, closing, bonds, parameter, 0.5);
        if (!status) status = append_bonds(circuit, 1, closing, parameter, 1.0);
        if (!status) status = append_bonds(circuit, closing, bonds, parameter, 0.5);
        if (!status) status = append_bonds(circuit, 0, closing, parameter + 2, 1.0);
    }
    return status;
}

kw_status kw_adiabatic_circuit(kw_family family, int n_qubits, bool periodic, int steps, kw_circuit **out) {
    kw_circuit *circuit = NULL;
    kw_status status = kw_circuit_create(n_qubits, &circuit);
    if (!status)
        status = family == KW_FAMILY_TFIM ? append_ising(circuit, n_qubits, periodic, steps)
                                          : append_heisenberg(circuit, n_qubits, periodic, steps);
    if (status) kw_circuit_destroy(&circuit);
    else *out = circuit;
    return status;
}
