/* Another project's program: a variational eigensolver for the transverse-field Ising ring, by public calls alone, against
 * the exact ground-state energy.  Layers of exp(-i a ZZ/2) and exp(-i b X/2), as many as half the sites, hold the ground
 * state exactly.  With WITH_MPI the state is spread over all ranks. */
#include <math.h>
#include <stdio.h>

#include <ketwall/ground.h>
#include <ketwall/optimiser.h>
#include <ketwall/plan.h>
#ifdef WITH_MPI
#    include <mpi.h>
#endif

enum { SITES = 8, LAYERS = SITES / 2 };

typedef struct {
    kw_plan *plan;
    kw_observable *energy;
    kw_state *ket, *bra;
} solver;

static kw_status slope(void *context, uint64_t evaluation, const double *x, double *f, double *g) {
    const solver *s = context;
    (void)evaluation;
    const kw_status status = kw_state_set_basis(s->ket, 0);
    return status ? status : kw_plan_gradient(s->plan, x, s->energy, s->ket, s->bra, f, g, NULL, NULL);
}

static kw_status make_circuit(const kw_pauli *terms, size_t count, kw_circuit **out) {
    kw_status status = kw_circuit_create(SITES, out);
    for (int q = 0; q < SITES && !status; ++q) status = kw_circuit_append(*out, KW_GATE_H, &q, 1, NULL);
    for (int layer = 0; layer < LAYERS; ++layer)
        for (size_t t = 0; t < count && !status; ++t)
            status = kw_circuit_append_pauli_rotation(*out, terms[t].x, terms[t].z,
                                                      kw_angle_parameter(2 * layer + (terms[t].x ? 1 : 0)));
    return status;
}

static kw_status solve(kw_comm *comm, double *found, double *exact, double *product) {
    const kw_optimiser_config config = {.kind = KW_OPTIMISER_LBFGS, .max_steps = 500};
    const double start[2 * LAYERS] = {0.3, 0.2, 0.3, 0.2, 0.3, 0.2, 0.3, 0.2};
    solver s = {0};
    const kw_problem problem = {.gradient = slope, .context = &s};
    kw_pauli terms[2 * SITES];
    kw_circuit *circuit = NULL;
    kw_optimiser *optimiser = NULL;
    kw_ground ground = {0};
    double gradient[2 * LAYERS];
    const size_t count = kw_tfim_terms(SITES, 1.0, true, terms);
    kw_status status = make_circuit(terms, count, &circuit);
    if (!status) status = kw_plan_create(circuit, kw_comm_size(comm), &s.plan);
    if (!status) status = kw_observable_pauli_sum(SITES, terms, count, &s.energy);
    if (!status) status = kw_state_create(comm, SITES, KW_DOUBLE, &s.ket);
    if (!status) status = kw_state_create(comm, SITES, KW_DOUBLE, &s.bra);
    if (!status) status = kw_optimiser_create(&config, 2 * LAYERS, start, &optimiser);
    if (!status) status = kw_optimiser_run(optimiser, comm, &problem);
    if (!status) status = slope(&s, 0, kw_optimiser_x(optimiser), found, gradient);
    if (!status) status = kw_ground_energy(comm, SITES, terms, count, 1, &ground);
    if (!status) status = kw_product_energy(SITES, terms, count, 1, product);
    *exact = ground.energy;
    kw_optimiser_destroy(&optimiser);
    kw_state_destroy(&s.bra);
    kw_state_destroy(&s.ket);
    kw_observable_destroy(&s.energy);
    kw_plan_destroy(&s.plan);
    kw_circuit_destroy(&circuit);
    return status;
}

int main(int argc, char **argv) {
    double found = 0, exact = 0, product = 0;
    kw_comm *comm = kw_comm_self();
    kw_status status = KW_OK;
#ifdef WITH_MPI
    MPI_Init(&argc, &argv);
    status = kw_comm_from_mpi((int)MPI_Comm_c2f(MPI_COMM_WORLD), &comm);
#else
    (void)argc, (void)argv;
#endif
    if (!status) status = solve(comm, &found, &exact, &product);
    if (status) fprintf(stderr, "vqe: %s\n", kw_error_message());
    else if (kw_comm_rank(comm) == 0)
        printf("%d ranks: energy %.12f, exact %.12f, best product state %.6f\n", kw_comm_size(comm), found, exact, product);
    kw_comm_destroy(&comm);
#ifdef WITH_MPI
    MPI_Finalize();
#endif
    return status ? kw_status_exit_code(status) : !(fabs(found - exact) < 1e-9 && product > exact + 0.1);
}
