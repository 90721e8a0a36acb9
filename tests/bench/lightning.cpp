/* PennyLane Lightning beside the engine, lightning.qubit without Python: one of its kernels per gate; gradients by its
 * adjoint Jacobian, on one thread or on all, whichever was faster at first. */
#include <AdjointJacobianLQubit.hpp>
#include <JacobianData.hpp>
#include <ObservablesLQubit.hpp>
#include <StateVectorLQubitManaged.hpp>
#include <complex>
#include <cstdio>
#include <memory>
#include <omp.h>
#include <string>
#include <vector>

#include "bench/pairs.h"

namespace {

using Psi = Pennylane::LightningQubit::StateVectorLQubitManaged<double>;
using Adjoint = Pennylane::LightningQubit::Algorithms::AdjointJacobian<Psi>;
using Jacobian = Pennylane::Algorithms::JacobianData<Psi>;
using Operations = Pennylane::Algorithms::OpsData<Psi>;
using Named = Pennylane::LightningQubit::Observables::NamedObs<Psi>;
using Complex = std::complex<double>;

std::unique_ptr<Psi> psi;
int all_threads, gradient_threads;

/* Wire 0 is the highest bit of an index. */
size_t wire(int qubit) { return psi->getNumQubits() - 1 - static_cast<size_t>(qubit); }

std::string translated(const std::string &name) {
    static const char *const names[][2] = {{"ry", "RY"},    {"rz", "RZ"},   {"h", "Hadamard"},
                                           {"cz", "CZ"},    {"cx", "CNOT"}, {"cp", "ControlledPhaseShift"},
                                           {"swap", "SWAP"}};
    for (const auto &pair : names)
        if (name == pair[0]) return pair[1];
    pairs_die("a gate that Lightning does not know");
    return "";
}

bool has_angle(const pairs_gate &g) { return g.name[0] == 'r' || g.name[1] == 'p'; }

std::vector<size_t> wires(const pairs_gate &g) {
    if (g.name[0] != 'c' && g.name[0] != 's') return {wire(g.qubits[0])};
    return {wire(g.qubits[0]), wire(g.qubits[1])};
}

std::vector<double> angles(const pairs_gate &g) {
    if (has_angle(g)) return {g.angles[0]};
    return {};
}

void apply_u3(const pairs_gate &g) {
    const double c = std::cos(g.angles[0] / 2), s = std::sin(g.angles[0] / 2), phi = g.angles[1], lambda = g.angles[2];
    const Complex matrix[] = {c, -std::polar(s, lambda), std::polar(s, phi), std::polar(c, phi + lambda)};
    psi->applyMatrix(matrix, wires(g));
}

void create(int n, int threads) {
    psi = std::make_unique<Psi>(n);
    all_threads = threads;
}

double run(const pairs_gate *gates, size_t count) {
    psi->resetStateVector();
    const double started = pairs_seconds();
    for (size_t g = 0; g < count; ++g)
        if (gates[g].name[0] == 'u') apply_u3(gates[g]);
        else psi->applyOperation(translated(gates[g].name), wires(gates[g]), false, angles(gates[g]));
    return pairs_seconds() - started;
}

void amplitude(uint64_t index, double out[2]) {
    out[0] = psi->getData()[index].real();
    out[1] = psi->getData()[index].imag();
}

Operations tape(const pairs_gate *gates, size_t count) {
    std::vector<std::string> names;
    std::vector<std::vector<double>> parameters;
    std::vector<std::vector<size_t>> where;
    for (size_t g = 0; g < count; ++g) {
        names.push_back(translated(gates[g].name));
        parameters.push_back(angles(gates[g]));
        where.push_back(wires(gates[g]));
    }
    return Operations(names, parameters, where, std::vector<bool>(count, false));
}

/* Every angle is a parameter.  @return seconds */
double differentiate(const Jacobian &jacobian, std::vector<double> &out, int threads) {
    omp_set_num_threads(threads);
    const double started = pairs_seconds();
    Adjoint().adjointJacobian(std::span<double>(out), jacobian, *psi, true);
    const double seconds = pairs_seconds() - started;
    omp_set_num_threads(all_threads);
    return seconds;
}

void choose_threads(const Jacobian &jacobian, std::vector<double> &out) {
    (void)differentiate(jacobian, out, all_threads); /* the first touch of memory */
    const double one = differentiate(jacobian, out, 1), all = differentiate(jacobian, out, all_threads);
    gradient_threads = one < all ? 1 : all_threads;
    printf("%s: gradient %.6f s on 1 thread, %.6f s on %d\n", PEER, one, all, all_threads);
}

double gradient(const pairs_gate *gates, size_t count, double *out, int parameters) {
    std::vector<double> derivatives(parameters);
    std::vector<size_t> trainable;
    for (size_t g = 0; g < count; ++g)
        if (has_angle(gates[g])) trainable.push_back(trainable.size());
    psi->resetStateVector();
    const Jacobian jacobian(trainable.size(), psi->getLength(), psi->getData(),
                            {std::make_shared<Named>("PauliZ", std::vector<size_t>{wire(0)})}, tape(gates, count),
                            trainable);
    if (!gradient_threads) choose_threads(jacobian, derivatives);
    const double seconds = differentiate(jacobian, derivatives, gradient_threads);
    for (size_t g = 0, next = 0; g < count; ++g)
        if (has_angle(gates[g])) out[gates[g].parameter] = derivatives[next++];
    return seconds;
}

} // namespace

int main(int argc, char **argv) {
    static const pairs_other lightning = {PEER, 1e-10, 0, create, run, amplitude, gradient};
    return pairs_main(argc, argv, &lightning);
}
