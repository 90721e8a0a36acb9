/* Another project's program: trains one angle by gradient descent on exact adjoint gradients.
 * The circuit makes cos(t/2)|00> + sin(t/2)|11>, so the energy <Z1> is cos t, its slope -sin t, its minimum -1 at t = pi. */
#include <math.h>
#include <stdio.h>

#include <ketwall/plan.h>

int main(void) {
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    kw_state *ket = NULL, *bra = NULL; /* a gradient needs two states, and no more for more parameters */
    kw_pauli z1;
    kw_observable *energy = NULL;
    const kw_angle t = kw_angle_parameter(0);
    double theta = 0.5, value = 0, slope = 0, worst = 0;
    kw_status status = kw_circuit_create(2, &circuit);
    if (!status) status = kw_circuit_append(circuit, KW_GATE_RY, (int[]){0}, 1, &t);
    if (!status) status = kw_circuit_append(circuit, KW_GATE_CX, (int[]){0, 1}, 2, NULL);
    if (!status) status = kw_plan_create(circuit, 1, &plan);
    if (!status) status = kw_state_create(kw_comm_self(), 2, KW_DOUBLE, &ket);
    if (!status) status = kw_state_create(kw_comm_self(), 2, KW_DOUBLE, &bra);
    if (!status) status = kw_pauli_parse("Z1", 2, &z1);
    if (!status) status = kw_observable_pauli_sum(2, &z1, 1, &energy);
    for (int step = 0; step < 60 && !status; ++step) {
        status = kw_state_set_basis(ket, 0);
        if (!status) status = kw_plan_gradient(plan, &theta, energy, ket, bra, &value, &slope, NULL, NULL);
        worst = fmax(worst, fmax(fabs(value - cos(theta)), fabs(slope + sin(theta))));
        theta -= 0.5 * slope;
    }
    if (status) fprintf(stderr, "train: %s\n", kw_error_message());
    else printf("<Z1> = %.6f at t = %.6f\n", value, theta);
    kw_observable_destroy(&energy);
    kw_state_destroy(&bra);
    kw_state_destroy(&ket);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
    return status ? kw_status_exit_code(status) : !(worst < 1e-12 && fabs(theta - acos(-1.0)) < 1e-12);
}
