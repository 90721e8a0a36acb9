/* qulacs beside the engine: circuits in blocks of two qubits, merged by its optimiser before the clock starts; gradients by
 * its backprop, gate by gate. */
#include <cppsim/circuit.hpp>
#include <cppsim/circuit_optimizer.hpp>
#include <cppsim/gate_factory.hpp>
#include <cppsim/gate_matrix.hpp>
#include <cppsim/observable.hpp>
#include <cppsim/state.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vqcsim/parametric_circuit.hpp>

#include "bench/pairs.h"

namespace {

std::unique_ptr<QuantumState> psi;
std::unique_ptr<QuantumCircuit> merged;
std::unique_ptr<ParametricQuantumCircuit> ansatz;

QuantumGateBase *controlled_phase(UINT control, UINT target, double angle) {
    QuantumGateMatrix *out = gate::U1(target, angle);
    out->add_control_qubit(control, 1);
    return out;
}

QuantumGateBase *translated(const pairs_gate &g) {
    const std::string name = g.name;
    const UINT p = g.qubits[0], q = g.qubits[1];
    if (name == "u3") return gate::U3(p, g.angles[0], g.angles[1], g.angles[2]);
    if (name == "ry") return gate::RotY(p, g.angles[0]);
    if (name == "rz") return gate::RotZ(p, g.angles[0]);
    if (name == "h") return gate::H(p);
    if (name == "cz") return gate::CZ(p, q);
    if (name == "cx") return gate::CNOT(p, q);
    if (name == "cp") return controlled_phase(p, q, g.angles[0]);
    if (name == "swap") return gate::SWAP(p, q);
    pairs_die("a gate that qulacs does not know");
    return nullptr;
}

void create(int n, int) { psi.reset(new QuantumState(n)); }

void merge(const pairs_gate *gates, size_t count) {
    merged.reset(new QuantumCircuit(psi->qubit_count));
    for (size_t g = 0; g < count; ++g) merged->add_gate(translated(gates[g]));
    const double started = pairs_seconds();
    QuantumCircuitOptimizer().optimize(merged.get(), 2);
    printf("%s: %zu gates merged into %zu in %.6f s, not counted\n", PEER, count, merged->gate_list.size(),
           pairs_seconds() - started);
}

double run(const pairs_gate *gates, size_t count) {
    if (!merged) merge(gates, count);
    psi->set_zero_state();
    const double started = pairs_seconds();
    merged->update_quantum_state(psi.get());
    return pairs_seconds() - started;
}

void amplitude(uint64_t index, double out[2]) {
    out[0] = psi->data_cpp()[index].real();
    out[1] = psi->data_cpp()[index].imag();
}

/* Parametric rotations of qulacs turn the other way. */
void add_parametric(const pairs_gate &g) {
    if (g.name[1] == 'y') ansatz->add_parametric_RY_gate(g.qubits[0], -g.angles[0]);
    else ansatz->add_parametric_RZ_gate(g.qubits[0], -g.angles[0]);
}

void parametrise(const pairs_gate *gates, size_t count) {
    ansatz.reset(new ParametricQuantumCircuit(psi->qubit_count));
    for (size_t g = 0; g < count; ++g)
        if (gates[g].parameter >= 0) add_parametric(gates[g]);
        else ansatz->add_gate(translated(gates[g]));
}

double gradient(const pairs_gate *gates, size_t count, double *out, int) {
    if (!ansatz) parametrise(gates, count);
    Observable z0(psi->qubit_count);
    z0.add_operator(1, "Z 0");
    const double started = pairs_seconds();
    const std::vector<double> derivatives = ansatz->backprop(&z0);
    const double seconds = pairs_seconds() - started;
    for (size_t g = 0, next = 0; g < count; ++g)
        if (gates[g].parameter >= 0) out[gates[g].parameter] = -derivatives[next++];
    return seconds;
}

} // namespace

int main(int argc, char **argv) {
    static const pairs_other qulacs = {PEER, 1e-10, 0, create, run, amplitude, gradient};
    return pairs_main(argc, argv, &qulacs);
}
