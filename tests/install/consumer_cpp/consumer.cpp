/* Another project's program in C++: complex numbers cross the border as arguments, arrays and returned values. */
#include "every_header.h"

#include <cmath>
#include <cstdio>
#include <vector>

static bool holds(bool condition, const char *what) {
    if (!condition) std::fprintf(stderr, "wrong: %s (%s)\n", what, kw_error_message());
    return condition;
}

/* psi_i ~ i + 1 - 2i j */
static kw_complex amplitude(const void *scale, uint64_t index) {
    const double i = static_cast<double>(index), s = *static_cast<const double *>(scale);
    return {s * (i + 1.0), s * -2.0 * i};
}

static bool values_cross(kw_state *state, kw_state *other) {
    const double scale = 3.0, norm = std::sqrt(1 + 8 + 25 + 52); // of (1, 2-2j, 3-4j, 4-6j)
    const uint64_t indices[] = {3, 0};
    kw_complex read[2], inner;
    return holds(kw_state_fill(state, amplitude, &scale) == KW_OK, "fill")
           && holds(kw_state_amplitudes(state, indices, 2, read) == KW_OK, "amplitudes")
           && holds(std::abs(read[0] - kw_complex(4.0, -6.0) / norm) < 1e-14, "amplitude 3")
           && holds(std::abs(read[1] - kw_complex(1.0, 0.0) / norm) < 1e-14, "amplitude 0")
           && holds(kw_state_set_basis(other, 2) == KW_OK && kw_state_inner(other, state, &inner) == KW_OK, "inner")
           && holds(std::abs(inner - kw_complex(3.0, -4.0) / norm) < 1e-14, "<2|psi>");
}

static bool gates_cross() {
    const double angle = 0.7;
    kw_complex rz[4];
    kw_gate_matrix(KW_GATE_RZ, &angle, rz);
    return holds(std::abs(rz[0] - std::polar(1.0, -0.35)) < 1e-15 && std::abs(rz[3] - std::polar(1.0, 0.35)) < 1e-15, "rz");
}

static bool text_runs(kw_state *state) {
    const char text[] = "OPENQASM 2.0; include \"qelib1.inc\"; qreg q[2]; h q[0]; cx q[0], q[1];";
    kw_program *program = nullptr;
    kw_plan *plan = nullptr;
    std::vector<uint64_t> samples(100);
    bool right = holds(kw_program_parse(text, sizeof text - 1, "bell", &program) == KW_OK, "parse")
                 && holds(kw_plan_create(kw_program_circuit(program), 1, &plan) == KW_OK, "plan")
                 && holds(kw_state_set_basis(state, 0) == KW_OK && kw_plan_run(plan, nullptr, state) == KW_OK, "run")
                 && holds(kw_state_sample(state, samples.size(), 7, samples.data()) == KW_OK, "sample");
    for (uint64_t sample : samples) right = right && holds(sample == 0 || sample == 3, "a sample of the Bell state");
    kw_plan_destroy(&plan);
    kw_program_destroy(&program);
    return right;
}

static bool programs_run() {
    const char text[] = "OPENQASM 2.0; include \"qelib1.inc\"; qreg q[2]; creg c[2]; h q[0]; cx q[0], q[1]; measure q -> c;";
    const uint64_t indices[] = {3};
    kw_program *program = nullptr;
    kw_run_result *result = nullptr;
    kw_run_request request = {};
    kw_placed_gate gate;
    char key[3];
    request.shots = 100;
    request.amplitudes = indices;
    request.n_amplitudes = 1;
    const bool right = holds(kw_program_parse(text, sizeof text - 1, "bell", &program) == KW_OK, "parse")
                       && holds(kw_program_key(program, 2, key, sizeof key) == 2 && key[0] == '1', "key")
                       && holds(kw_circuit_gate(kw_program_circuit(program), 1, &gate) == KW_OK, "gate")
                       && holds(gate.kind == KW_GATE_CX && gate.n_controls == 1 && gate.qubits[1] == 1, "cx")
                       && holds(kw_program_run(kw_comm_self(), program, &request, &result) == KW_OK, "run")
                       && holds(result->n_counts == 2 && result->counts[1].bits[0] == '1', "counts")
                       && holds(std::abs(result->amplitudes[0] - std::sqrt(0.5)) < 1e-14, "amplitude 3");
    kw_run_result_destroy(&result);
    kw_program_destroy(&program);
    return right;
}

/* (x - 1)^2 */
static kw_status parabola(void *, uint64_t, const double *x, double *f, double *g) {
    *f = (x[0] - 1.0) * (x[0] - 1.0);
    g[0] = 2.0 * (x[0] - 1.0);
    return KW_OK;
}

static bool optimisers_call_back() {
    const double start = 3.0;
    kw_optimiser_config config = {};
    kw_problem problem = {};
    kw_optimiser *optimiser = nullptr;
    config.kind = KW_OPTIMISER_LBFGS;
    config.max_steps = 50;
    problem.gradient = parabola;
    const bool right = holds(kw_optimiser_create(&config, 1, &start, &optimiser) == KW_OK, "optimiser")
                       && holds(kw_optimiser_run(optimiser, kw_comm_self(), &problem) == KW_OK, "minimise")
                       && holds(std::abs(kw_optimiser_x(optimiser)[0] - 1.0) < 1e-8, "minimum");
    kw_optimiser_destroy(&optimiser);
    return right;
}

int main() {
    kw_state *state = nullptr, *other = nullptr;
    const bool right = holds(kw_state_create(kw_comm_self(), 2, KW_DOUBLE, &state) == KW_OK, "create")
                       && holds(kw_state_create(kw_comm_self(), 2, KW_DOUBLE, &other) == KW_OK, "create")
                       && values_cross(state, other) && gates_cross() && text_runs(state) && programs_run()
                       && optimisers_call_back();
    kw_state_destroy(&other);
    kw_state_destroy(&state);
    if (right) std::puts("C++: all right");
    return right ? 0 : 1;
}
