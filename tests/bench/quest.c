/* QuEST beside the engine, on one process: one call per gate. */
#include <complex.h>
#include <math.h>
#include <quest.h>
#include <string.h>

#include "bench/pairs.h"

static Qureg psi;

static void apply_u3(int qubit, const double *angle) {
    const double c = cos(angle[0] / 2), s = sin(angle[0] / 2), phi = angle[1], lambda = angle[2];
    applyCompMatr1(psi, qubit,
                   getInlineCompMatr1({{c, -s * cexp(I * lambda)}, {s * cexp(I * phi), c * cexp(I * (phi + lambda))}}));
}

static void apply(const pairs_gate *gate) {
    const int p = gate->qubits[0], q = gate->qubits[1];
    if (!strcmp(gate->name, "u3")) apply_u3(p, gate->angles);
    else if (!strcmp(gate->name, "ry")) applyRotateY(psi, p, gate->angles[0]);
    else if (!strcmp(gate->name, "rz")) applyRotateZ(psi, p, gate->angles[0]);
    else if (!strcmp(gate->name, "h")) applyHadamard(psi, p);
    else if (!strcmp(gate->name, "cz")) applyTwoQubitPhaseFlip(psi, p, q);
    else if (!strcmp(gate->name, "cx")) applyControlledPauliX(psi, p, q);
    else if (!strcmp(gate->name, "cp")) applyTwoQubitPhaseShift(psi, p, q, gate->angles[0]);
    else if (!strcmp(gate->name, "swap")) applySwap(psi, p, q);
    else pairs_die("a gate that QuEST does not know");
}

static void create(int n, int threads) {
    initCustomQuESTEnv(0, 0, threads > 1);
    setValidationOff();
    psi = createCustomQureg(n, 0, 0, 0, threads > 1);
}

static double run(const pairs_gate *gates, size_t count) {
    initZeroState(psi);
    const double started = pairs_seconds();
    for (size_t g = 0; g < count; ++g) apply(&gates[g]);
    return pairs_seconds() - started;
}

static void amplitude(uint64_t index, double out[2]) {
    const qcomp value = getQuregAmp(psi, (qindex)index);
    out[0] = creal(value);
    out[1] = cimag(value);
}

int main(int argc, char **argv) {
    static const pairs_other quest = {
        .name = PEER, .tolerance = 1e-10, .create = create, .run = run, .amplitude = amplitude};
    const int status = pairs_main(argc, argv, &quest);
    destroyQureg(psi);
    finalizeQuESTEnv();
    return status;
}
