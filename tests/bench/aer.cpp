/* The statevector simulator of Qiskit Aer beside the engine, without Python: gates fused on up to three qubits before the
 * clock starts. */
#include <complex>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <framework/circuit.hpp>
#include <noise/noise_model.hpp>
#include <simulators/statevector/statevector_state.hpp>
#include <transpile/fusion.hpp>

#include "bench/pairs.h"

namespace {

AER::Statevector::State<> state;
std::unique_ptr<AER::Circuit> fused;

void create(int n, int threads) {
    state.set_config(AER::Config());
    state.set_parallelization(threads);
    state.set_num_global_qubits(n);
    state.set_max_matrix_qubits(3);
    state.allocate(n, n);
    state.initialize_qreg(n);
    state.initialize_creg(0, 0);
}

bool has_two(const pairs_gate &g) { return g.name[0] == 'c' || g.name[0] == 's'; }

int angles(const pairs_gate &g) { return g.name[0] == 'u' ? 3 : g.name[0] == 'r' || g.name[1] == 'p'; }

void add(const pairs_gate &g) {
    AER::reg_t where = {static_cast<AER::uint_t>(g.qubits[0])};
    if (has_two(g)) where.push_back(g.qubits[1]);
    fused->gate(g.name, where, {g.angles, g.angles + angles(g)}, {});
}

void fuse(const pairs_gate *gates, size_t count) {
    AER::Transpile::Fusion fusion;
    AER::Noise::NoiseModel noiseless;
    AER::ExperimentResult unused;
    fused = std::make_unique<AER::Circuit>();
    for (size_t g = 0; g < count; ++g) add(gates[g]);
    fused->set_params(false);
    fusion.max_qubit = 3;
    fusion.threshold = 0;
    const double started = pairs_seconds();
    fusion.optimize_circuit(*fused, noiseless, state.opset(), unused);
    printf("%s: %zu gates fused into %zu in %.6f s, not counted\n", PEER, count, fused->ops.size(),
           pairs_seconds() - started);
}

double run(const pairs_gate *gates, size_t count) {
    AER::ExperimentResult unused;
    AER::RngEngine random;
    if (!fused) fuse(gates, count);
    state.qreg().initialize();
    const double started = pairs_seconds();
    state.apply_ops(fused->ops.cbegin(), fused->ops.cend(), unused, random);
    return pairs_seconds() - started;
}

void amplitude(uint64_t index, double out[2]) {
    const std::complex<double> value = state.qreg()[index];
    out[0] = value.real();
    out[1] = value.imag();
}

} // namespace

int main(int argc, char **argv) {
    static const pairs_other aer = {PEER, 1e-10, 0, create, run, amplitude, nullptr};
    return pairs_main(argc, argv, &aer);
}
