/* qsim beside the engine, complex64: gates fused on up to three qubits before the clock starts. */
#include <complex>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <lib/circuit.h>
#include <lib/formux.h>
#include <lib/fuser_mqubit.h>
#include <lib/gate_appl.h>
#include <lib/gates_qsim.h>
#include <lib/io.h>
#include <lib/operation.h>
#include <lib/simmux.h>

#include "bench/pairs.h"

namespace {

using Simulator = qsim::Simulator<qsim::For>;
using Space = Simulator::StateSpace;
using Fuser = qsim::MultiQubitGateFuser<qsim::IO>;
using Gate = qsim::Operation<float>;
using Complex = std::complex<double>;

struct Run {
    Space space;
    Simulator simulator;
    Space::State psi;
};

std::unique_ptr<Run> instance;

qsim::Matrix<float> u3(double theta, double phi, double lambda) {
    const double c = std::cos(theta / 2), s = std::sin(theta / 2);
    const Complex m[] = {c, -std::polar(s, lambda), std::polar(s, phi), std::polar(c, phi + lambda)};
    qsim::Matrix<float> out;
    for (const Complex &x : m) out.insert(out.end(), {static_cast<float>(x.real()), static_cast<float>(x.imag())});
    return out;
}

Gate translated(const pairs_gate &g, unsigned time) {
    const std::string name = g.name;
    const unsigned p = g.qubits[0], q = g.qubits[1];
    const float angle = static_cast<float>(g.angles[0]);
    if (name == "u3") return qsim::GateMatrix1<float>::Create(time, p, u3(g.angles[0], g.angles[1], g.angles[2]));
    if (name == "ry") return qsim::GateRY<float>::Create(time, p, angle);
    if (name == "rz") return qsim::GateRZ<float>::Create(time, p, angle);
    if (name == "h") return qsim::GateHd<float>::Create(time, p);
    if (name == "cz") return qsim::GateCZ<float>::Create(time, p, q);
    if (name == "cx") return qsim::GateCNot<float>::Create(time, p, q);
    if (name == "cp") return qsim::GateCP<float>::Create(time, p, q, -angle); /* its phase turns the other way */
    if (name == "swap") return qsim::GateSwap<float>::Create(time, p, q);
    pairs_die("a gate that qsim does not know");
    return {};
}

void create(int n, int threads) {
    Space space(threads);
    Space::State psi = space.Create(n);
    if (Space::IsNull(psi)) pairs_die("no memory");
    instance.reset(new Run{space, Simulator(threads), std::move(psi)});
}

double run(const pairs_gate *gates, size_t count) {
    std::vector<Gate> circuit;
    for (size_t g = 0; g < count; ++g) circuit.push_back(translated(gates[g], static_cast<unsigned>(g)));
    Fuser::Parameter parameter;
    parameter.max_fused_size = 3;
    parameter.verbosity = 0;
    const auto fused = Fuser::FuseGates(parameter, instance->psi.num_qubits(), circuit);
    instance->space.SetStateZero(instance->psi);
    const double started = pairs_seconds();
    for (const auto &gate : fused) qsim::ApplyGate(instance->simulator, gate, instance->psi);
    return pairs_seconds() - started;
}

void amplitude(uint64_t index, double out[2]) {
    const std::complex<float> value = Space::GetAmpl(instance->psi, index);
    out[0] = value.real();
    out[1] = value.imag();
}

} // namespace

int main(int argc, char **argv) {
    static const pairs_other qsim = {PEER, 1e-6, 1, create, run, amplitude, nullptr};
    return pairs_main(argc, argv, &qsim);
}
