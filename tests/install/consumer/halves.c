/* Another project's MPI program: splits its ranks into halves, each of which hands its own communicator to Ketwall and runs
 * a state distributed over it.  The circuit makes cos(t/2)|0...0> + sin(t/2)|1...1> with another t in each half. */
#include <math.h>
#include <stdio.h>

#include <ketwall/plan.h>
#include <mpi.h>

enum { QUBITS = 10 };

static void must(kw_status status) {
    if (status == KW_OK) return;
    fprintf(stderr, "halves: %s\n", kw_error_message());
    MPI_Abort(MPI_COMM_WORLD, kw_status_exit_code(status));
}

static double expect(const char *text, kw_state *state) {
    kw_pauli pauli;
    kw_observable *observable = NULL;
    double value = 0;
    must(kw_pauli_parse(text, QUBITS, &pauli));
    must(kw_observable_pauli_sum(QUBITS, &pauli, 1, &observable));
    must(kw_observable_expect(observable, state, &value));
    kw_observable_destroy(&observable);
    return value;
}

/* Largest distance of <Z9> from cos t and of <X0 ... X9> from sin t. */
static double run(kw_comm *comm, double t) {
    const kw_angle angle = kw_angle_constant(t);
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    kw_state *state = NULL;
    must(kw_circuit_create(QUBITS, &circuit));
    must(kw_circuit_append(circuit, KW_GATE_RY, (int[]){0}, 1, &angle));
    for (int q = 1; q < QUBITS; ++q) must(kw_circuit_append(circuit, KW_GATE_CX, (int[]){q - 1, q}, 2, NULL));
    must(kw_plan_create(circuit, kw_comm_size(comm), &plan));
    must(kw_state_create(comm, QUBITS, KW_DOUBLE, &state));
    must(kw_plan_run(plan, NULL, state));
    const double z = expect("Z9", state), x = expect("X0 X1 X2 X3 X4 X5 X6 X7 X8 X9", state);
    if (kw_comm_rank(comm) == 0) printf("t = %g on %d ranks: <Z9> = %.12f, <X...X> = %.12f\n", t, kw_comm_size(comm), z, x);
    kw_state_destroy(&state);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
    return fmax(fabs(z - cos(t)), fabs(x - sin(t)));
}

int main(int argc, char **argv) {
    int rank, size;
    MPI_Comm half;
    kw_comm *comm = NULL;
    if (!kw_has_mpi() || kw_comm_from_mpi(0, &comm) != KW_E_ARG) return 1; /* MPI does not run yet */
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const int upper = rank >= size / 2;
    MPI_Comm_split(MPI_COMM_WORLD, upper, rank, &half);
    must(kw_comm_from_mpi((int)MPI_Comm_c2f(half), &comm));
    MPI_Comm_free(&half); /* Ketwall has its own copy */
    int wrong = !(run(comm, upper ? 0.4 : 1.1) < 1e-12);
    kw_comm_destroy(&comm);
    MPI_Allreduce(MPI_IN_PLACE, &wrong, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    MPI_Finalize();
    return wrong;
}
